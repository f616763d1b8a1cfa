"""Reads the extract that ships with the package (see data/ATTRIBUTION.md) into plain values."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from importlib.resources import files

COUNTRIES = {
    "United Kingdom": "GB", "Germany": "DE", "France": "FR", "EIRE": "IE", "Spain": "ES", "Netherlands": "NL",
    "Belgium": "BE", "Switzerland": "CH", "Australia": "AU", "Portugal": "PT", "Channel Islands": "JE",
    "Norway": "NO", "Finland": "FI", "Italy": "IT", "Cyprus": "CY", "Sweden": "SE", "Japan": "JP", "Austria": "AT",
    "Hong Kong": "HK", "Israel": "IL", "Poland": "PL", "Denmark": "DK", "Singapore": "SG", "Canada": "CA",
    "Iceland": "IS", "Greece": "GR", "Malta": "MT", "Lebanon": "LB", "Lithuania": "LT", "Brazil": "BR",
    "United Arab Emirates": "AE", "USA": "US", "Bahrain": "BH", "Czech Republic": "CZ", "Saudi Arabia": "SA",
}  # fmt: skip
ELSEWHERE = "GB"  # "Unspecified" and "European Community" ship from, and are served like, the home country.
LEAST_DELIVERIES = 20  # A vendor with fewer says little about how late it is.


@dataclass(frozen=True, slots=True)
class Sale:
    """One line of an invoice; `returned_at` is None where nothing came back."""

    invoice: str
    at: datetime
    customer: str
    country: str
    sku: str
    units: int
    price_minor: int
    returned_units: int
    returned_at: datetime | None


@dataclass(frozen=True, slots=True)
class Basket:
    """One invoice: its lines in their order."""

    invoice: str
    at: datetime
    customer: str
    country: str
    lines: tuple[Sale, ...]


def baskets(*, last_day: date, days: int | None = None) -> list[Basket]:
    """Invoices by time, moved by whole weeks so that they end on `last_day`; of the last `days` days only.

    Weekdays stay what they were (nobody bought on Saturdays), so up to six days at the very end may fall off.
    """
    sales = list(_sales())
    last = max(sale.at for sale in sales).date()
    shift = timedelta(weeks=-((last - last_day).days // 7))
    first_day = last_day - timedelta(days=days - 1) if days else date.min
    found: dict[str, list[Sale]] = {}
    for sale in sales:
        if first_day <= (sale.at + shift).date() <= last_day:
            found.setdefault(sale.invoice, []).append(sale)
    return sorted((_basket(lines, shift) for lines in found.values()), key=lambda basket: (basket.at, basket.invoice))


def item_names() -> dict[str, str]:
    """SKU to what it is called, in sentence case."""
    return {row["StockCode"].upper(): _sentence(row["Description"]) for row in _rows("online_retail_items.csv.gz")}


def lateness() -> dict[str, tuple[int, ...]]:
    """Vendor to the days late of its deliveries (negative: early), vendors with the most deliveries first."""
    found: dict[str, list[int]] = {}
    for row in _rows("scms_lateness.csv.gz"):
        found.setdefault(row["Vendor"], []).append(int(row["DaysLate"]))
    known = {vendor: tuple(days) for vendor, days in found.items() if len(days) >= LEAST_DELIVERIES}
    return dict(sorted(known.items(), key=lambda pair: (-len(pair[1]), pair[0])))


def _sales() -> Iterator[Sale]:
    for row in _rows("online_retail_lines.csv.gz"):
        yield Sale(
            invoice=row["InvoiceNo"],
            at=_instant(row["InvoiceDate"]),
            customer=row["CustomerID"],
            country=COUNTRIES.get(row["Country"], ELSEWHERE),
            sku=row["StockCode"].upper(),
            units=int(row["Quantity"]),
            price_minor=int(Decimal(row["UnitPrice"]) * 100),
            returned_units=int(row["ReturnedQuantity"] or 0),
            returned_at=_instant(row["ReturnedDate"]) if row["ReturnedDate"] else None,
        )


def _basket(lines: list[Sale], shift: timedelta) -> Basket:
    first = lines[0]
    return Basket(first.invoice, first.at + shift, first.customer, first.country, tuple(_moved(lines, shift)))


def _moved(lines: list[Sale], shift: timedelta) -> Iterator[Sale]:
    for sale in lines:
        back = sale.returned_at + shift if sale.returned_at else None
        yield Sale(sale.invoice, sale.at + shift, sale.customer, sale.country, sale.sku, sale.units,
                   sale.price_minor, sale.returned_units, back)  # fmt: skip


def _rows(name: str) -> Iterator[dict[str, str]]:
    packed = (files("backorder.demo") / "data" / name).read_bytes()
    yield from csv.DictReader(io.StringIO(gzip.decompress(packed).decode()))


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _sentence(text: str) -> str:
    return " ".join(text.split()).capitalize()
