"""A warehouse, a shop and an item, made through the catalog's own verbs."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from backorder.catalog.define import define_calendar, define_item, define_location
from backorder.catalog.specs import CalendarSpec, ItemSpec, LocationSpec


@dataclass(frozen=True)
class Ground:
    """Ids of what every test stands on."""

    lamp: int
    bulb: int
    main: int
    shop: int


@pytest.fixture
def ground(db: None) -> Ground:
    """Two items, two locations."""
    define_calendar(CalendarSpec(code="uk", zone="Europe/London"), actor="test")
    return Ground(
        lamp=define_item(ItemSpec(sku="LAMP", name="Lamp"), actor="test"),
        bulb=define_item(ItemSpec(sku="BULB", name="Bulb"), actor="test"),
        main=define_location(LocationSpec(code="MAIN", name="Main", calendar="uk"), actor="test"),
        shop=define_location(LocationSpec(code="SHOP", name="Shop", calendar="uk", rank=1), actor="test"),
    )
