"""Cut the demo's extract out of the two public data sets it is made from.

    python tools/extract_demo_data.py FOLDER

FOLDER holds `online_retail*.csv.gz` (UCI Online Retail) and `scms_scheduled*.csv.gz` (USAID SCMS). The extract
is written to src/backorder/demo/data; what was left out and why stands there in ATTRIBUTION.md. Same input,
same bytes out.
"""

from __future__ import annotations

import csv
import gzip
import io
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

ITEMS = 160  # The best sellers by number of lines.
LINES_PER_ORDER = 4  # The first lines of each basket.
MOST_UNITS = 1_000  # Larger lines are slips of the keyboard, taken back minutes later.
DATA = Path(__file__).parent.parent / "src" / "backorder" / "demo" / "data"

Row = dict[str, str]


def main(folder: Path) -> None:
    """Read both sources in `folder`, write the three files of the extract, say how much it is."""
    retail = list(_rows(folder, "online_retail*.csv.gz"))
    sales = _first_lines(_best_sellers([row for row in retail if _is_sale(row)]))
    returned = _returned(sales, [row for row in retail if _is_credit(row)])
    _write("online_retail_lines.csv.gz", LINE_COLUMNS, [_line(row, returned.get(n)) for n, row in enumerate(sales)])
    _write("online_retail_items.csv.gz", ("StockCode", "Description"), _names(sales))
    _write("scms_lateness.csv.gz", LATENESS_COLUMNS, _lateness(_rows(folder, "scms_scheduled*.csv.gz")))
    for path in sorted(DATA.glob("*.gz")):
        print(f"{path.name}: {path.stat().st_size:,} bytes")


LINE_COLUMNS = (
    "InvoiceNo", "InvoiceDate", "CustomerID", "Country", "StockCode", "Quantity", "UnitPrice",
    "ReturnedQuantity", "ReturnedDate",
)  # fmt: skip
LATENESS_COLUMNS = ("Vendor", "ScheduledDate", "DeliveredDate", "DaysLate")


def _rows(folder: Path, pattern: str) -> Iterator[Row]:
    (path,) = sorted(folder.glob(pattern))
    with gzip.open(path, "rt", encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines)


def _is_product(row: Row) -> bool:
    # Five digits and at most two letters; POST, D, M, BANK CHARGES and AMAZONFEE are no products.
    return re.fullmatch(r"\d{5}[A-Za-z]{0,2}", row["StockCode"]) is not None


def _is_sale(row: Row) -> bool:
    return (
        row["InvoiceNo"].isdigit()
        and _is_product(row)
        and 0 < int(row["Quantity"]) <= MOST_UNITS
        and float(row["UnitPrice"]) > 0
    )


def _is_credit(row: Row) -> bool:
    return row["InvoiceNo"].startswith("C") and _is_product(row) and bool(row["CustomerID"])


def _best_sellers(sales: Sequence[Row]) -> list[Row]:
    lines = Counter(row["StockCode"] for row in sales)
    best = {code for code, _ in sorted(lines.items(), key=lambda pair: (-pair[1], pair[0]))[:ITEMS]}
    return [row for row in sales if row["StockCode"] in best]


def _first_lines(sales: Sequence[Row]) -> list[Row]:
    taken: Counter[str] = Counter()
    kept = []
    for row in sales:
        taken[row["InvoiceNo"]] += 1
        if taken[row["InvoiceNo"]] <= LINES_PER_ORDER:
            kept.append(row)
    return sorted(kept, key=lambda row: (row["InvoiceDate"], row["InvoiceNo"]))


def _returned(sales: Sequence[Row], credits: Iterable[Row]) -> dict[int, Row]:
    """A credit belongs to the latest earlier sale of the same item to the same customer that is large enough."""
    bought = defaultdict(list)
    for n, row in enumerate(sales):
        if row["CustomerID"]:
            bought[row["CustomerID"], row["StockCode"]].append(n)
    found: dict[int, Row] = {}
    for credit in sorted(credits, key=lambda row: (row["InvoiceDate"], row["InvoiceNo"], row["StockCode"])):
        for n in reversed(bought[credit["CustomerID"], credit["StockCode"]]):
            sale = sales[n]
            fits = int(sale["Quantity"]) >= -int(credit["Quantity"]) > 0
            if n not in found and fits and sale["InvoiceDate"] < credit["InvoiceDate"]:
                found[n] = credit
                break
    return found


def _line(row: Row, credit: Row | None) -> Sequence[object]:
    back = (-int(credit["Quantity"]), credit["InvoiceDate"][:16]) if credit else ("", "")
    customer = row["CustomerID"].split(".")[0]  # "17850.0": a spreadsheet took the number for a float.
    at = row["InvoiceDate"][:16]
    return (row["InvoiceNo"], at, customer, row["Country"], row["StockCode"], row["Quantity"], row["UnitPrice"], *back)


def _names(sales: Sequence[Row]) -> list[Sequence[object]]:
    called: dict[str, Counter[str]] = defaultdict(Counter)
    for row in sales:
        called[row["StockCode"]][row["Description"].strip()] += 1
    return [(code, min(names, key=lambda name: (-names[name], name))) for code, names in sorted(called.items())]


def _lateness(rows: Iterable[Row]) -> list[Sequence[object]]:
    """Vendors that shipped straight to the client; what came from the programme's own depots is not a supplier's."""
    found = []
    for row in rows:
        if row["Fulfill Via"] == "Direct Drop":
            scheduled, delivered = _day(row["Scheduled Delivery Date"]), _day(row["Delivered to Client Date"])
            found.append((row["Vendor"], scheduled, delivered, (delivered - scheduled).days))
    return sorted(found)


def _day(text: str) -> date:
    form = "%m/%d/%y" if "/" in text else "%d-%b-%y"
    return datetime.strptime(text, form).replace(tzinfo=UTC).date()


def _write(name: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    (DATA / name).write_bytes(gzip.compress(text.getvalue().encode(), compresslevel=9, mtime=0))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
