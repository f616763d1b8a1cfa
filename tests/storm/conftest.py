"""A shop with something of everything, seen by all connections."""

from __future__ import annotations

import pytest

from backorder.catalog import define
from backorder.catalog.specs import KitSpec, SubstituteSpec
from tests.orders.shop import Shop, open_shop


@pytest.fixture
def busy_shop(transactional_db: None) -> Shop:
    """Items of every kind: stock only, backorder with and without limit, preorder, made to order, a kit."""
    shop = open_shop()
    shop.item("CHAIR", sell="stock_only", stock=60)
    shop.item("LAMP", stock=30)
    shop.item("DESK", stock=20, backorder_limit=40, max_per_customer=30)
    shop.item("GAME", sell="preorder", street_on=shop.day(10), stock=10)
    shop.item("SOFA", sell="made_to_order", lead_time_days=30)
    shop.item("BOLT", stock=80, safety_units=5, lead_time_days=None)
    shop.item("SET")
    define.define_kit(KitSpec(sku="SET", parts={"BOLT": 4, "LAMP": 1}), actor="test")
    define.define_substitute(SubstituteSpec(sku="LAMP", substitute="CHAIR"), actor="test")
    shop.stock("LAMP", 10, at="SOUTH")
    shop.stock("CHAIR", 15, at="SOUTH")
    shop.stock("BOLT", 40, at="SOUTH")
    shop.inbound("LAMP", 20, 9)
    shop.inbound("DESK", 30, 14, at="SOUTH")
    return shop
