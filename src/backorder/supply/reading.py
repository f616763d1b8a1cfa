"""Suppliers and their terms as the doors show them: the same values that define them."""

from __future__ import annotations

from backorder.journal.refusals import unknown

from .models import Supplier, SupplierItem
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
            supplier=code, sku=row.item.sku, supplier_sku=row.supplier_sku, price_minor=row.price_minor,
            currency=row.currency, min_order_units=row.min_order_units, pack_units=row.pack_units,
            lead_time_days=row.lead_time_days, rank=row.rank,
        )
        for row in rows[:limit]
    ]


def _supplier(row: Supplier) -> SupplierSpec:
    return SupplierSpec(
        code=row.code, name=row.name, country=row.country, calendar=row.calendar and row.calendar.code,
        lead_time_days=row.lead_time_days, usual_late_days=row.usual_late_days, email=row.email, active=row.active,
    )
