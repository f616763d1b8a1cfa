"""Orders to suppliers: drafted, changed, sent (from then on their units are supply), closed.

Sending makes dated supply; who sends for lines that wait does it through the orders room, which marks
the items. What is sent is changed delivery by delivery, never as a whole.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction

from backorder.catalog import queries as catalog
from backorder.catalog.limits import MAX_MINOR, check_code, check_count, check_day, check_units
from backorder.catalog.snapshot import LocationRow, Snapshot, unknown_item
from backorder.journal import clock
from backorder.journal.record import Fact, record
from backorder.journal.refusals import Refused, unknown

from .deliveries import close_if_done, refuse_early_eta
from .models import PurchaseLine, PurchaseOrder, Supplier, SupplierItem, Supply

MAX_LINES = 1_000

TRANSITIONS: dict[str, frozenset[str]] = {
    "draft": frozenset({"sent", "cancelled"}),
    "sent": frozenset({"closed", "cancelled"}),
    "closed": frozenset(),
    "cancelled": frozenset(),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPurchaseLine:
    """Units of one item for one location; without `eta` the supplier's lead time says the day."""

    sku: str
    location: str
    units: int
    eta: date | None = None
    price_minor: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPurchaseOrder:
    """An order to a supplier; `ordered_at` is for one that was made elsewhere, earlier."""

    supplier: str
    reference: str
    lines: tuple[NewPurchaseLine, ...]
    ordered_at: datetime | None = None

    def check(self) -> None:
        """Refuse what breaks a limit."""
        check_code("reference", self.reference)
        check_count("number of lines", len(self.lines), least=1, most=MAX_LINES)
        for number, line in enumerate(self.lines):
            check_units(f"lines[{number}].units", line.units)
            if line.eta is not None:
                check_day(f"lines[{number}].eta", line.eta)
            if line.price_minor is not None:
                check_count(f"lines[{number}].price_minor", line.price_minor, most=MAX_MINOR)


@dataclass(frozen=True, slots=True)
class Sent:
    """A purchase order that was sent: its supplies and their items, so that the caller can mark them."""

    id: int
    reference: str
    supplies: tuple[int, ...]
    items: tuple[int, ...]


@transaction.atomic
def draft(new: NewPurchaseOrder, *, actor: str, now: datetime | None = None) -> int:
    """Write an order down without sending it; returns its id. Its units are no supply yet.

    Refused: purchase_order_exists, eta_before_order, unknown_supplier, unknown_item, unknown_location.
    """
    new.check()
    at = now or clock.now()
    ordered_at = _not_later(new.ordered_at, at, field="ordered_at")
    supplier = _supplier(new.supplier)
    order = _create(new, supplier, ordered_at)
    _write_lines(order, new, supplier, ordered_at)
    _tell("drafted", order, actor=actor, at=at)
    return order.pk


@transaction.atomic
def change_draft(new: NewPurchaseOrder, *, actor: str, now: datetime | None = None) -> int:
    """Replace supplier and lines of the draft with this reference; returns its id."""
    new.check()
    at = now or clock.now()
    order = _lock(new.reference)
    if order.state != "draft":
        raise _illegal(order, "changed", "draft")
    supplier = _supplier(new.supplier)
    order.supplier = supplier
    order.created_at = _not_later(new.ordered_at, at, field="ordered_at")
    order.save(update_fields=["supplier", "created_at"])
    order.lines.all().delete()
    _write_lines(order, new, supplier, order.created_at)
    _tell("changed", order, actor=actor, at=at)
    return order.pk


@transaction.atomic
def send(reference: str, *, sent_at: datetime | None = None, actor: str, now: datetime | None = None) -> Sent:
    """Send a draft: each of its lines becomes supply, due on the line's ETA.

    `sent_at` is for one that was sent elsewhere, earlier. Refused: purchase_order_state, eta_before_order
    (an ETA of the draft has passed by then), order_from_the_future.
    """
    at = now or clock.now()
    when = _not_later(sent_at, at, field="sent_at")
    order = _lock(reference)
    _enter(order, "sent")
    order.sent_at = when
    order.save(update_fields=["state", "sent_at"])
    lines = list(order.lines.order_by("pk"))
    locations = catalog.current().locations()
    for number, line in enumerate(lines):
        today = locations[line.location_id].today(when)
        refuse_early_eta(line.eta, ordered_on=today, field=f"lines[{number}].eta")
    supplies = Supply.objects.bulk_create(_supply(order, line, when) for line in lines)
    _tell("sent", order, actor=actor, at=at)
    record([_announced(row) for row in supplies], actor=actor, at=at)
    items = sorted({row.item_id for row in supplies})
    return Sent(order.pk, reference, tuple(row.pk for row in supplies), tuple(items))


@transaction.atomic
def cancel_draft(reference: str, *, actor: str, now: datetime | None = None) -> None:
    """Drop a draft. A sent order is cancelled delivery by delivery."""
    at = now or clock.now()
    order = _lock(reference)
    if order.state == "sent":
        raise _illegal(order, "dropped", "draft")
    _enter(order, "cancelled")
    order.closed_at = at
    order.save(update_fields=["state", "closed_at"])
    _tell("cancelled", order, actor=actor, at=at)


@transaction.atomic
def close(reference: str, *, actor: str, now: datetime | None = None) -> None:
    """Close a sent order of which nothing more will come; refused as purchase_order_is_due otherwise."""
    order = _lock(reference)
    if order.state != "sent":
        raise _illegal(order, "closed", "sent")
    if not close_if_done([order.pk], actor=actor, at=now or clock.now()):
        raise Refused(
            "purchase_order_is_due",
            f"{reference} still has units to come; cancel or receive them first.",
            status=409,
            field="reference",
            value=reference,
        )


def usual_eta(
    calendar: int | None, location: LocationRow, book: Snapshot, ordered_at: datetime, lead_time_days: int
) -> date:
    """The working day of the supplier (`calendar`; None: of the location) that its lead time leads to."""
    days = location.days if calendar is None else book.calendar_days(calendar)
    return days.next_working(location.today(ordered_at) + timedelta(days=lead_time_days))


def _not_later(given: datetime | None, at: datetime, *, field: str) -> datetime:
    if given is None:
        return at
    assert given.tzinfo is not None
    if given > at:
        raise Refused(
            "order_from_the_future",
            f"{field} is {given.isoformat()}, later than now.",
            field=field,
            value=given.isoformat(),
            limit=at.isoformat(),
        )
    return given


def _supply(order: PurchaseOrder, line: PurchaseLine, created_at: datetime) -> Supply:
    return Supply(
        kind="purchase", purchase_line=line, reference=order.reference, item_id=line.item_id,
        location_id=line.location_id, units=line.units, first_eta=line.eta, eta=line.eta, created_at=created_at,
    )  # fmt: skip


def _announced(row: Supply) -> Fact:
    body = {"item": row.item_id, "location": row.location_id, "units": row.units, "eta": row.eta, "kind": row.kind}
    return Fact("supply.announced", f"supply/{row.pk}", body)


def _supplier(code: str) -> Supplier:
    found = None if "\0" in code else Supplier.objects.filter(code=code).first()
    if found is None:
        raise unknown("supplier", code)
    if not found.active:
        raise Refused("supplier_is_not_active", f"supplier {code!r} is not active.", field="supplier", value=code)
    return found


def _create(new: NewPurchaseOrder, supplier: Supplier, ordered_at: datetime) -> PurchaseOrder:
    exists = Refused(
        "purchase_order_exists",
        f"There is already a purchase order {new.reference!r}.",
        status=409,
        field="reference",
        value=new.reference,
    )
    if PurchaseOrder.objects.filter(reference=new.reference).exists():
        raise exists
    try:
        with transaction.atomic():
            return PurchaseOrder.objects.create(supplier=supplier, reference=new.reference, created_at=ordered_at)
    except IntegrityError:  # A twin was faster.
        raise exists from None


def _write_lines(order: PurchaseOrder, new: NewPurchaseOrder, supplier: Supplier, ordered_at: datetime) -> None:
    book = catalog.current()
    items = book.items_by_sku({line.sku for line in new.lines})
    for number, line in enumerate(new.lines):
        if line.sku not in items:
            raise unknown_item(line.sku, field=f"lines[{number}].sku")
    terms = _terms(supplier, (row.id for row in items.values()))
    lines = []
    for number, line in enumerate(new.lines):
        item, location = items[line.sku].id, book.location(line.location)
        lead_time_days, price_minor = terms.get(item, (supplier.lead_time_days, None))
        eta = line.eta or usual_eta(supplier.calendar_id, location, book, ordered_at, lead_time_days)
        refuse_early_eta(eta, ordered_on=location.today(ordered_at), field=f"lines[{number}].eta")
        price = price_minor if line.price_minor is None else line.price_minor
        lines.append(
            PurchaseLine(
                purchase_order=order,
                item_id=item,
                location_id=location.id,
                units=line.units,
                eta=eta,
                price_minor=price,
            )
        )
    PurchaseLine.objects.bulk_create(lines)


def _terms(supplier: Supplier, item_ids: Iterable[int]) -> dict[int, tuple[int, int | None]]:
    """By item: lead time in days and price."""
    rows = SupplierItem.objects.filter(supplier=supplier, item_id__in=list(item_ids))
    return {
        row.item_id: (supplier.lead_time_days if row.lead_time_days is None else row.lead_time_days, row.price_minor)
        for row in rows
    }


def _lock(reference: str) -> PurchaseOrder:
    rows = PurchaseOrder.objects.select_for_update(no_key=True)
    found = None if "\0" in reference else rows.filter(reference=reference).first()
    if found is None:
        raise unknown("purchase_order", reference)
    return found


def _enter(order: PurchaseOrder, state: str) -> None:
    if state not in TRANSITIONS[order.state]:
        raise _illegal(order, state, ", ".join(name for name, to in TRANSITIONS.items() if state in to))
    order.state = state


def _illegal(order: PurchaseOrder, verb: str, limit: str) -> Refused:
    return Refused(
        "purchase_order_state",
        f"{order.reference} is {order.state}; only one that is {limit} can be {verb}.",
        status=409, field="state", value=order.state, limit=limit,
    )  # fmt: skip


def _tell(what: str, order: PurchaseOrder, *, actor: str, at: datetime) -> None:
    body = {"supplier": order.supplier_id}
    record([Fact(f"purchase_order.{what}", f"purchase_order/{order.pk}", body)], actor=actor, at=at)
