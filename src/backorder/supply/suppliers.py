"""Who delivers, and what each sells of our items on which terms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from backorder.catalog import queries as catalog
from backorder.catalog.define import calendar_id
from backorder.catalog.limits import (
    MAX_DAYS,
    MAX_MINOR,
    check_code,
    check_count,
    check_letters,
    check_text,
    check_units,
)
from backorder.catalog.snapshot import ItemRow, unknown_item
from backorder.catalog.specs import check_rank
from backorder.journal import clock
from backorder.journal.record import Fact, record
from backorder.journal.refusals import Refused, unknown

from .models import Supplier, SupplierItem


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplierSpec:
    """Who delivers; `calendar` is the code of one (None: the days of the location it delivers to)."""

    code: str
    name: str
    country: str = "GB"
    calendar: str | None = None
    lead_time_days: int = 14
    usual_late_days: int = 0
    email: str = ""
    active: bool = True

    def check(self) -> None:
        """Refuse what breaks a limit."""
        check_code("code", self.code)
        check_text("name", self.name, least=1)
        check_letters("country", self.country, count=2)
        check_count("lead_time_days", self.lead_time_days, most=MAX_DAYS)
        check_count("usual_late_days", self.usual_late_days, most=MAX_DAYS)
        check_text("email", self.email)


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplierItemSpec:
    """What a supplier sells of ours; lower rank is asked first, `lead_time_days` None is the supplier's."""

    supplier: str
    sku: str
    supplier_sku: str = ""
    price_minor: int | None = None
    currency: str = "GBP"
    min_order_units: int = 1
    pack_units: int = 1
    lead_time_days: int | None = None
    rank: int = 0

    def check(self) -> None:
        """Refuse what breaks a limit."""
        check_text("supplier_sku", self.supplier_sku)
        if self.price_minor is not None:
            check_count("price_minor", self.price_minor, most=MAX_MINOR)
        check_letters("currency", self.currency, count=3)
        check_units("min_order_units", self.min_order_units)
        check_units("pack_units", self.pack_units)
        if self.lead_time_days is not None:
            check_count("lead_time_days", self.lead_time_days, most=MAX_DAYS)
        check_rank(self.rank)


@transaction.atomic
def define_supplier(spec: SupplierSpec, *, actor: str, now: datetime | None = None) -> int:
    """Make or change a supplier by its code; returns its id."""
    spec.check()
    values: dict[str, Any] = {
        "name": spec.name,
        "country": spec.country,
        "calendar_id": None if spec.calendar is None else calendar_id(spec.calendar),
        "lead_time_days": spec.lead_time_days,
        "usual_late_days": spec.usual_late_days,
        "email": spec.email,
        "active": spec.active,
    }
    row, made = Supplier.objects.get_or_create(code=spec.code, defaults=values)
    if not made:
        row = Supplier.objects.select_for_update().get(pk=row.pk)
        changed = [name for name, value in values.items() if getattr(row, name) != value]
        if not changed:
            return row.pk
        for name in changed:
            setattr(row, name, values[name])
        row.save(update_fields=changed)
    # Facts hold no addresses of people.
    body = {name: value for name, value in values.items() if name != "email"}
    record([Fact("supplier.defined", f"supplier/{row.pk}", {"made": made, **body})], actor=actor, at=now or clock.now())
    return row.pk


@transaction.atomic
def define_supplier_item(spec: SupplierItemSpec, *, actor: str, now: datetime | None = None) -> int:
    """Make or change what a supplier sells of one item; returns its id."""
    (answer,) = define_supplier_items([spec], actor=actor, now=now)
    if isinstance(answer, Refused):
        raise answer
    return answer


@transaction.atomic
def define_supplier_items(
    specs: Sequence[SupplierItemSpec], *, actor: str, now: datetime | None = None
) -> list[int | Refused]:
    """Make or change many in one statement; an id or a refusal per row, in their order."""
    items = catalog.items_by_sku({spec.sku for spec in specs})
    suppliers = dict(
        Supplier.objects.filter(code__in={spec.supplier for spec in specs if "\0" not in spec.supplier})
        .values_list("code", "id")
    )  # fmt: skip
    refused = _refusals(specs, suppliers, items)
    good = [
        ((suppliers[spec.supplier], items[spec.sku].id), spec)
        for spec, no in zip(specs, refused, strict=True)
        if no is None
    ]
    _write(good, actor=actor, at=now or clock.now())
    ids = _ids([key for key, _ in good])
    written = iter([ids[key] for key, _ in good])
    return [no or next(written) for no in refused]


@transaction.atomic
def remove_supplier_item(supplier: str, *, sku: str, actor: str, now: datetime | None = None) -> None:
    """This supplier no longer sells this item."""
    row = SupplierItem.objects.filter(supplier__code=supplier, item__sku=sku).first()
    if row is None:
        raise unknown("supplier_item", f"{supplier}/{sku}")
    row.delete()
    fact = Fact("supplier_item.removed", f"supplier/{row.supplier_id}", {"item": row.item_id})
    record([fact], actor=actor, at=now or clock.now())


def lock_supplier(code: str) -> int:
    """Lock a supplier until the transaction ends, so that who buys from it takes turns; returns its id."""
    rows = Supplier.objects.select_for_update(no_key=True)
    found = None if "\0" in code else rows.filter(code=code).first()
    if found is None:
        raise unknown("supplier", code)
    return found.pk


def _refusals(
    specs: Sequence[SupplierItemSpec], suppliers: dict[str, int], items: dict[str, ItemRow]
) -> list[Refused | None]:
    seen: set[tuple[str, str]] = set()
    answers: list[Refused | None] = []
    for spec in specs:
        answers.append(_refusal(spec, suppliers, items, seen))
        seen.add((spec.supplier, spec.sku))
    return answers


def _refusal(
    spec: SupplierItemSpec, suppliers: dict[str, int], items: dict[str, ItemRow], seen: set[tuple[str, str]]
) -> Refused | None:
    if spec.supplier not in suppliers:
        return unknown("supplier", spec.supplier)
    if spec.sku not in items:
        return unknown_item(spec.sku)
    if (spec.supplier, spec.sku) in seen:
        return Refused(
            "supplier_item_twice_in_batch",
            f"{spec.supplier} and {spec.sku} were named before.",
            field="sku",
            value=spec.sku,
        )
    try:
        spec.check()
    except Refused as no:
        return no
    return None


_COLUMNS = ("supplier_sku", "price_minor", "currency", "min_order_units", "pack_units", "lead_time_days", "rank")
_WRITE = f"""
    INSERT INTO supply_supplieritem AS s (supplier_id, item_id, {", ".join(_COLUMNS)})
    SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::bigint[], %s::text[], %s::integer[],
        %s::integer[], %s::integer[], %s::integer[]) ORDER BY 1, 2
    ON CONFLICT (supplier_id, item_id) DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in _COLUMNS)}
    WHERE ({", ".join(f"s.{name}" for name in _COLUMNS)})
        IS DISTINCT FROM ({", ".join(f"excluded.{name}" for name in _COLUMNS)})
    RETURNING supplier_id, item_id
"""


def _write(good: Sequence[tuple[tuple[int, int], SupplierItemSpec]], *, actor: str, at: datetime) -> None:
    if not good:
        return
    keys = [[supplier for (supplier, _), _ in good], [item for (_, item), _ in good]]
    values = [[getattr(spec, name) for _, spec in good] for name in _COLUMNS]
    with connection.cursor() as cursor:
        cursor.execute(_WRITE, [*keys, *values])
        changed = cursor.fetchall()
    facts = [Fact("supplier_item.defined", f"supplier/{supplier}", {"item": item}) for supplier, item in changed]
    record(facts, actor=actor, at=at)


def _ids(keys: Sequence[tuple[int, int]]) -> dict[tuple[int, int], int]:
    found = SupplierItem.objects.filter(
        supplier_id__in={supplier for supplier, _ in keys}, item_id__in={item for _, item in keys}
    )
    return {(row.supplier_id, row.item_id): row.pk for row in found}
