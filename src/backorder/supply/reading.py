"""Suppliers, terms, purchase orders and supply as the doors show them: by code, never by the ids of other rooms."""

from __future__ import annotations

from datetime import date, datetime

from msgspec import Struct

from backorder.catalog import queries as catalog
from backorder.catalog.snapshot import Snapshot
from backorder.journal.refusals import unknown

from . import queries
from .models import EtaChange, Supplier, SupplierItem
from .queries import SupplyRow
from .suppliers import SupplierItemSpec, SupplierSpec


def suppliers() -> list[SupplierSpec]:
    """All suppliers by code."""
    return [_supplier(row) for row in Supplier.objects.order_by("code").select_related("calendar")]


def supplier(code: str) -> SupplierSpec:
    """The supplier of this code, or the refusal unknown_supplier."""
    row = Supplier.objects.filter(code=code).select_related("calendar").first()
    if row is None:
        raise unknown("supplier", code)
    return _supplier(row)


def supplier_items(code: str, *, after: str | None, limit: int) -> list[SupplierItemSpec]:
    """What a supplier sells of ours, by SKU, those after `after`."""
    rows = SupplierItem.objects.filter(supplier__code=code).order_by("item__sku").select_related("item")
    if after is not None:
        rows = rows.filter(item__sku__gt=after)
    return [
        SupplierItemSpec(
            supplier=code,
            sku=row.item.sku,
            supplier_sku=row.supplier_sku,
            price_minor=row.price_minor,
            currency=row.currency,
            min_order_units=row.min_order_units,
            pack_units=row.pack_units,
            lead_time_days=row.lead_time_days,
            rank=row.rank,
        )
        for row in rows[:limit]
    ]


def _supplier(row: Supplier) -> SupplierSpec:
    return SupplierSpec(
        code=row.code,
        name=row.name,
        country=row.country,
        calendar=row.calendar.code if row.calendar else None,
        lead_time_days=row.lead_time_days,
        usual_late_days=row.usual_late_days,
        email=row.email,
        active=row.active,
    )


class SupplyView(Struct, frozen=True, kw_only=True):
    """Dated units of an item that come to a location; `to_come` are still due, `pegged` of them are promised."""

    id: int
    kind: str
    reference: str
    sku: str
    location: str
    units: int
    received: int
    cancelled: int
    to_come: int
    pegged: int
    first_eta: date
    eta: date
    certainty: str


class EtaView(Struct, frozen=True, kw_only=True):
    """One move of a supply's day."""

    was: date
    now: date
    reason: str
    at: datetime


class PurchaseLineView(Struct, frozen=True, kw_only=True):
    """An item on a purchase order with its deliveries (none before it is sent)."""

    id: int
    sku: str
    location: str
    units: int
    price_minor: int | None
    eta: date
    deliveries: tuple[SupplyView, ...]


class PurchaseOrderView(Struct, frozen=True, kw_only=True):
    """A purchase order with its lines."""

    reference: str
    supplier: str
    state: str
    created_at: datetime
    sent_at: datetime | None
    closed_at: datetime | None
    lines: tuple[PurchaseLineView, ...]


def purchase_order(reference: str) -> PurchaseOrderView:
    """A purchase order, or the refusal unknown_purchase_order."""
    found = queries.purchase_order(reference)
    head = found.order
    book = catalog.current()
    return PurchaseOrderView(
        reference=head.reference, supplier=head.supplier, state=head.state, created_at=head.created_at,
        sent_at=head.sent_at, closed_at=head.closed_at,
        lines=tuple(
            PurchaseLineView(
                id=line.id, sku=line.sku, location=line.location, units=line.units, price_minor=line.price_minor,
                eta=line.eta, deliveries=tuple(view(row, book) for row in line.supplies),
            )
            for line in found.lines
        ),
    )  # fmt: skip


def supply(supply_id: int) -> SupplyView:
    """A supply, or the refusal unknown_supply."""
    return view(queries.supply(supply_id), catalog.current())


def supplies_of(sku: str) -> list[SupplyView]:
    """What is still to come of an item, by day."""
    book = catalog.current()
    return [view(row, book) for row in queries.supplies_of(book.item(sku).id)]


def eta_history(supply_id: int) -> list[EtaView]:
    """How the day of a supply moved, oldest first."""
    queries.supply(supply_id)
    rows = EtaChange.objects.filter(supply_id=supply_id).order_by("id").values_list("was", "now", "reason", "at")
    return [EtaView(was=was, now=now, reason=reason, at=at) for was, now, reason, at in rows]


def view(row: SupplyRow, book: Snapshot) -> SupplyView:
    """A supply with names instead of ids."""
    return SupplyView(
        id=row.id, kind=row.kind, reference=row.reference, sku=book.items([row.item])[row.item].sku,
        location=book.locations()[row.location].code, units=row.units, received=row.received, cancelled=row.cancelled,
        to_come=row.to_come, pegged=row.pegged, first_eta=row.first_eta, eta=row.eta, certainty=row.certainty,
    )  # fmt: skip
