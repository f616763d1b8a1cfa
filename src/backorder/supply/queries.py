"""What supply answers: what is coming and when, purchase orders and suppliers for the doors."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import msgspec
from django.db import connection

from backorder.catalog import queries as catalog
from backorder.engine.calendars import WorkingDays
from backorder.engine.model import Source
from backorder.journal.prepared import rows
from backorder.journal.refusals import unknown

from .models import EtaChange, PurchaseOrder, Supplier, SupplierItem

MOST_ROWS = 1_000
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class SupplyRow:
    """Dated units of one item that come to one location."""

    id: int
    item: int
    location: int
    kind: str
    reference: str
    purchase_line: int | None
    units: int
    received: int
    cancelled: int
    pegged: int
    first_eta: date
    eta: date
    certainty: str

    @property
    def to_come(self) -> int:
        """Units still to come; none after an over-receipt."""
        return max(self.units - self.received - self.cancelled, 0)

    @property
    def free(self) -> int:
        """Units still to come that nobody is promised."""
        return max(self.to_come - self.pegged, 0)


@dataclass(frozen=True, slots=True)
class PurchaseLineRow:
    """One item on a purchase order with its deliveries (none before it is sent)."""

    id: int
    item: int
    sku: str
    location: str
    units: int
    price_minor: int | None
    eta: date
    supplies: tuple[SupplyRow, ...]


@dataclass(frozen=True, slots=True)
class PurchaseOrderRow:
    """A purchase order as a list shows it."""

    id: int
    reference: str
    supplier: str
    state: str
    created_at: datetime
    sent_at: datetime | None
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class PurchaseOrderDetail:
    """A purchase order with its lines."""

    order: PurchaseOrderRow
    lines: tuple[PurchaseLineRow, ...]


@dataclass(frozen=True, slots=True)
class Offer:
    """What a supplier sells of one of our items, and on which terms."""

    item: int
    supplier: int
    supplier_code: str
    supplier_sku: str
    price_minor: int | None
    currency: str
    min_order_units: int
    pack_units: int
    lead_time_days: int
    calendar: int | None


SUPPLY_COLUMNS = (
    "s.id, s.item_id, s.location_id, s.kind, s.reference, s.purchase_line_id, s.units, s.received, s.cancelled,"
    " s.pegged, s.first_eta, s.eta, s.certainty"
)
# The partial index supply_still_to_come answers this condition.
_TO_COME = "s.units > s.received + s.cancelled"

# One value, so that it can stand in a statement with what else a decision must know.
INBOUND = f"""
    SELECT coalesce(json_agg(json_build_array({SUPPLY_COLUMNS}) ORDER BY s.item_id, s.eta, s.id), '[]')::text
    FROM supply_supply s WHERE s.item_id = ANY(%s::bigint[]) AND {_TO_COME}
"""
_USUALLY_LATE = """
    SELECT s.id, p.usual_late_days, p.calendar_id
    FROM supply_supply s JOIN supply_purchaseline n ON n.id = s.purchase_line_id
    JOIN supply_purchaseorder o ON o.id = n.purchase_order_id JOIN supply_supplier p ON p.id = o.supplier_id
    WHERE s.id = ANY(%s::bigint[])
"""
_coming: Callable[[str], list[tuple[Any, ...]]] = msgspec.json.Decoder(
    list[tuple[int, int, int, str, str, int | None, int, int, int, int, date, date, str]]
).decode


def inbound(item_ids: Iterable[int], *, today: Mapping[int, date]) -> list[tuple[int, Source]]:
    """(item, dated units still to come) for the engine, by item, day and id; `today` is by location.

    Overdue supply (its ETA is before today where it should be) counts from the next working day of its
    supplier's calendar (the location's, if it has none) plus the supplier's usual lateness, and is not
    certain.
    """
    return as_inbound(rows(INBOUND, [list(item_ids)])[0][0], today=today)


def as_inbound(found: str, *, today: Mapping[int, date]) -> list[tuple[int, Source]]:
    """The value of INBOUND as the engine sees it; one statement more when some of it is overdue."""
    coming = [SupplyRow(*columns) for columns in _coming(found)]
    counted = _counted_from([row for row in coming if row.eta < today[row.location]], today=today)
    return [
        (row.item, as_source(row, ready_on=counted.get(row.id, row.eta), is_overdue=row.id in counted))
        for row in coming
    ]


def _counted_from(overdue: list[SupplyRow], *, today: Mapping[int, date]) -> dict[int, date]:
    """The day overdue supply counts from, by its id."""
    if not overdue:
        return {}
    now = catalog.current()
    usual = {
        id: (late_days, calendar) for id, late_days, calendar in rows(_USUALLY_LATE, [[row.id for row in overdue]])
    }
    counted = {}
    for row in overdue:
        late_days, calendar = usual.get(row.id, (0, None))
        days = now.locations()[row.location].days if calendar is None else now.calendar_days(calendar)
        counted[row.id] = counts_from(today[row.location], days=days, late_days=late_days)
    return counted


def as_source(row: SupplyRow, *, ready_on: date, is_overdue: bool) -> Source:
    """Supply as the engine sees it."""
    return Source(
        ("supply", row.id),
        row.location,
        free=row.free,
        left=row.to_come,
        ready_on=ready_on,
        certain=not is_overdue and row.certainty != "uncertain",
        known_as=row.reference,
    )


def counts_from(today: date, *, days: WorkingDays, late_days: int) -> date:
    """The day from which overdue supply counts: next working day, plus usual lateness, on a working day."""
    return days.next_working(days.next_working(today + ONE_DAY) + timedelta(days=late_days))


def supplies(supply_ids: Iterable[int]) -> dict[int, SupplyRow]:
    """Supplies by id; unknown ones are absent."""
    found = _read(f"SELECT {SUPPLY_COLUMNS} FROM supply_supply s WHERE s.id = ANY(%s::bigint[])", list(supply_ids))
    return {row[0]: SupplyRow(*row) for row in found}


def supply(supply_id: int) -> SupplyRow:
    """One supply, or the refusal unknown_supply."""
    found = supplies([supply_id])
    if supply_id not in found:
        raise unknown("supply", supply_id)
    return found[supply_id]


def supplies_of(item_id: int) -> list[SupplyRow]:
    """What is still to come of an item, by day."""
    found = _read(
        f"SELECT {SUPPLY_COLUMNS} FROM supply_supply s WHERE s.item_id = %s AND {_TO_COME} ORDER BY s.eta, s.id",
        item_id,
    )
    return [SupplyRow(*row) for row in found]


def overdue_items(location_id: int, *, today: date) -> list[int]:
    """Items with supply whose ETA at a location has passed: it is before `today`."""
    found = _read(
        "SELECT DISTINCT s.item_id FROM supply_supply s"
        f" WHERE s.location_id = %s AND s.eta < %s AND {_TO_COME} ORDER BY s.item_id",
        location_id,
        today,
    )
    return [item for (item,) in found]


def eta_history(supply_id: int) -> list[EtaChange]:
    """How the day of a supply moved, oldest first."""
    return list(EtaChange.objects.filter(supply_id=supply_id).order_by("id"))


def purchase_orders(
    *, state: str | None = None, supplier: str | None = None, before: int | None = None, limit: int = 100
) -> list[PurchaseOrderRow]:
    """Purchase orders, newest first; `before` is the id of the last one seen."""
    found = PurchaseOrder.objects.order_by("-id")
    for name, value in (("state", state), ("supplier__code", supplier), ("id__lt", before)):
        if value is not None:
            found = found.filter(**{name: value})
    columns = ("id", "reference", "supplier__code", "state", "created_at", "sent_at", "closed_at")
    return [PurchaseOrderRow(*row) for row in found.values_list(*columns)[: min(limit, MOST_ROWS)]]


def purchase_order(reference: str) -> PurchaseOrderDetail:
    """A purchase order with its lines and their deliveries, or the refusal unknown_purchase_order."""
    columns = ("id", "reference", "supplier__code", "state", "created_at", "sent_at", "closed_at")
    found = PurchaseOrder.objects.filter(reference=reference).values_list(*columns).first()
    if found is None:
        raise unknown("purchase_order", reference)
    order = PurchaseOrderRow(*found)
    deliveries: dict[int, list[SupplyRow]] = {}
    for row in _read(
        f"SELECT {SUPPLY_COLUMNS} FROM supply_supply s JOIN supply_purchaseline n"
        " ON n.id = s.purchase_line_id WHERE n.purchase_order_id = %s ORDER BY s.eta, s.id",
        order.id,
    ):
        deliveries.setdefault(row[5], []).append(SupplyRow(*row))
    lines = _read(
        "SELECT n.id, n.item_id, i.sku, l.code, n.units, n.price_minor, n.eta FROM supply_purchaseline n"
        " JOIN catalog_item i ON i.id = n.item_id JOIN catalog_location l ON l.id = n.location_id"
        " WHERE n.purchase_order_id = %s ORDER BY n.id",
        order.id,
    )
    return PurchaseOrderDetail(
        order, tuple(PurchaseLineRow(*[*line, tuple(deliveries.get(line[0], ()))]) for line in lines)
    )


def suppliers() -> list[Supplier]:
    """All suppliers by code."""
    return list(Supplier.objects.order_by("code"))


def supplier_items(supplier_code: str) -> list[SupplierItem]:
    """What a supplier sells of ours, by SKU."""
    return list(SupplierItem.objects.select_related("item").filter(supplier__code=supplier_code).order_by("item__sku"))


def best_offers(item_ids: Iterable[int]) -> dict[int, Offer]:
    """By item: the offer of the active supplier to be asked first (rank, then price, then code)."""
    found = _read(
        "SELECT DISTINCT ON (si.item_id) si.item_id, si.supplier_id, p.code, si.supplier_sku, si.price_minor,"
        " si.currency, si.min_order_units, si.pack_units, coalesce(si.lead_time_days, p.lead_time_days), p.calendar_id"
        " FROM supply_supplieritem si JOIN supply_supplier p ON p.id = si.supplier_id AND p.active"
        " WHERE si.item_id = ANY(%s::bigint[])"
        " ORDER BY si.item_id, si.rank, si.price_minor NULLS LAST, p.code",
        list(item_ids),
    )
    return {row[0]: Offer(*row) for row in found}


def drafted_units(item_ids: Iterable[int]) -> dict[tuple[int, int], int]:
    """By item and location: units on purchase orders that are drafts, so not supply yet."""
    found = _read(
        "SELECT n.item_id, n.location_id, sum(n.units) FROM supply_purchaseline n"
        " JOIN supply_purchaseorder o ON o.id = n.purchase_order_id AND o.state = 'draft'"
        " WHERE n.item_id = ANY(%s::bigint[]) GROUP BY 1, 2",
        list(item_ids),
    )
    return {(item, location): int(units) for item, location, units in found}


def _read(sql: str, *params: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found
