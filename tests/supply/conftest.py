"""Two items, two warehouses, one supplier with terms for one of the items; the clock stands still."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime

import pytest

from backorder.catalog.define import define_calendar, define_item, define_location
from backorder.catalog.specs import CalendarSpec, ItemSpec, LocationSpec
from backorder.supply import purchase
from backorder.supply.purchase import NewPurchaseLine, NewPurchaseOrder
from backorder.supply.suppliers import SupplierItemSpec, SupplierSpec, define_supplier, define_supplier_item

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)  # A Wednesday.
TODAY = date(2026, 3, 4)


@dataclass(frozen=True)
class Ground:
    """Ids of what every test stands on."""

    lamp: int
    bulb: int
    main: int
    shop: int
    acme: int


@pytest.fixture
def ground(db: None) -> Ground:
    """Two items, two locations, a supplier."""
    define_calendar(CalendarSpec(code="uk", zone="Europe/London"), actor="test")
    define_calendar(CalendarSpec(code="daily", weekdays=(0, 1, 2, 3, 4, 5, 6)), actor="test")
    lamp = define_item(ItemSpec(sku="LAMP", name="Lamp"), actor="test")
    bulb = define_item(ItemSpec(sku="BULB", name="Bulb"), actor="test")
    main = define_location(LocationSpec(code="MAIN", name="Main", calendar="uk"), actor="test")
    shop = define_location(LocationSpec(code="SHOP", name="Shop", calendar="uk", rank=1), actor="test")
    acme = define_supplier(SupplierSpec(code="ACME", name="Acme", lead_time_days=10, usual_late_days=3), actor="test")
    define_supplier_item(SupplierItemSpec(supplier="ACME", sku="LAMP", price_minor=450, lead_time_days=5), actor="test")
    return Ground(lamp, bulb, main, shop, acme)


def new_order(*lines: NewPurchaseLine, reference: str = "PO-1", **given: object) -> NewPurchaseOrder:
    """An order to ACME; 10 lamps for MAIN if nothing else is said."""
    return NewPurchaseOrder(
        supplier="ACME", reference=reference, lines=lines or (NewPurchaseLine(sku="LAMP", location="MAIN", units=10),),
        **given,  # type: ignore[arg-type]
    )  # fmt: skip


def sent_supply(units: int = 10, *, eta: date = date(2026, 3, 20), reference: str = "PO-1") -> int:
    """The supply of a sent order of lamps."""
    line = NewPurchaseLine(sku="LAMP", location="MAIN", units=units, eta=eta)
    purchase.draft(new_order(line, reference=reference), actor="test", now=NOW)
    (supply,) = purchase.send(reference, actor="test", now=NOW).supplies
    return supply
