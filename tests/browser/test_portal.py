"""The customer's pages in a real browser: phone and desktop, light and dark, without script."""

from __future__ import annotations

from datetime import timedelta

import pytest

from backorder.access import links
from backorder.catalog import define
from backorder.catalog.specs import ItemSpec, SubstituteSpec
from backorder.journal import clock
from backorder.orders.changing.edit import Edit, edit
from backorder.orders.deciding.redecide import work_marks
from backorder.orders.placing.channels import define_channel
from backorder.orders.placing.forms import Placed
from backorder.orders.supplying.inbound import move_eta
from tests.orders.shop import Shop

from .conftest import Gallery

HEART = "White hanging heart T-light holder"


@pytest.fixture
def hearts(shop: Shop) -> Placed:
    """Seven hearts of which two wait for a delivery that has slipped, a lantern that is here, cream ones to swap."""
    define_channel("web", actor="test", name="Larkfold")
    for sku, name, stock in (
        ("HEART", HEART, 5),
        ("CREAM", "Cream hanging heart T-light holder", 40),
        ("STAR", "Paper star lantern, brass", 9),
    ):
        shop.item(sku, stock=stock)
        define.define_item(ItemSpec(sku=sku, name=name, price_minor=295, currency="GBP"), actor="test")
    define.define_substitute(SubstituteSpec(sku="HEART", substitute="CREAM", price_difference_minor=-30), actor="test")
    delivery = shop.inbound("HEART", 240, day=10)
    shop.place(("HEART", 1))
    placed = shop.place(("HEART", 6), ("STAR", 2))
    edit(
        placed.id,
        Edit(
            order={
                "contact": {"name": "Hannah"},
                "ship_to": {"name": "Hannah Meyer", "line1": "1 Mill Lane", "city": "Leeds", "postcode": "LS1 1AA"},
                "paid_at": clock.now(),
            },
            lines={line.id: {"unit_price_minor": 295} for line in placed.lines},
        ),
        version=None,
        actor="test",
    )
    clock.advance(timedelta(days=2, hours=3), actor="test")
    move_eta(delivery, eta=shop.day(21), actor="test")
    work_marks()
    return placed


def path_of(placed: Placed) -> str:
    return f"/my/{links.make('order', placed.id, now=clock.now())}"


def test_my_order_in_every_look(gallery: Gallery, hearts: Placed) -> None:
    gallery("portal", path_of(hearts))
