"""What is freed belongs to those who wait, even before the worker has decided it: a newcomer gets only the rest.

Each event is committed with the worker stopped, then somebody orders. The control removes the marks of the event, and
the newcomer is given what the queue is owed.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection

from backorder.orders.changing.cancel import cancel
from backorder.orders.deciding.redecide import work_marks
from backorder.orders.placing.forms import NewHold, NewLine, Placed
from backorder.orders.placing.hold import hold, release_hold
from backorder.orders.supplying.inbound import send_purchase_order
from backorder.orders.supplying.receive import receive
from backorder.stock.models import Changed
from backorder.supply.purchase import NewPurchaseLine, NewPurchaseOrder, draft
from backorder.supply.suppliers import SupplierSpec, define_supplier
from tests import invariants
from tests.orders.shop import Shop

WAITING = 4
FREED = 6

Event = Callable[[], object]


def a_cancelled_order(shop: Shop) -> Event:
    """An order of six from the shelf is cancelled while four units wait."""
    shop.stock("LAMP", FREED)
    placed = shop.place(("LAMP", FREED))
    return lambda: cancel(placed.id, actor="test")


def an_ended_hold(shop: Shop) -> Event:
    """A hold of six from the shelf is released while four units wait."""
    shop.stock("LAMP", FREED)
    lines = (NewLine(sku="LAMP", units=FREED),)
    hold(NewHold(channel="web", token="cart", country="GB", lines=lines), actor="test")
    return lambda: release_hold("web", "cart", actor="test")


def a_receipt(shop: Shop) -> Event:
    """Six more than were promised to anybody arrive while four units wait."""
    supply = shop.inbound("LAMP", 1, 30)
    shop.place(("LAMP", 1))
    return lambda: receive(supply, units=1 + FREED, key="delivery-1", actor="test")


def a_new_purchase_order(shop: Shop) -> Event:
    """Six are ordered from a supplier while four units wait."""
    define_supplier(SupplierSpec(code="ACME", name="Acme"), actor="test")
    line = NewPurchaseLine(sku="LAMP", location="NORTH", units=FREED, eta=shop.day(9))
    draft(NewPurchaseOrder(reference="PO-X", supplier="ACME", lines=(line,)), actor="test")
    return lambda: send_purchase_order("PO-X", actor="test")


EVENTS = [a_receipt, a_new_purchase_order, a_cancelled_order, an_ended_hold]


def arrange(shop: Shop, event: Callable[[Shop], Event]) -> tuple[Placed, Event]:
    """One who waits for four units without any supply in sight, and what will free six."""
    shop.item("LAMP")
    happens = event(shop)
    return shop.place(("LAMP", WAITING)), happens


@pytest.mark.parametrize("event", EVENTS)
def test_a_newcomer_gets_only_what_the_queue_cannot_use(
    shop: Shop, clean: None, event: Callable[[Shop], Event]
) -> None:
    waiting, happens = arrange(shop, event)
    happens()
    newcomer = shop.place(("LAMP", FREED))
    assert backed(shop, newcomer) == FREED - WAITING
    work_marks()
    assert backed(shop, waiting) == WAITING
    assert backed(shop, newcomer) == FREED - WAITING


@pytest.mark.parametrize("event", EVENTS)
def test_without_the_mark_the_newcomer_takes_what_the_queue_is_owed(shop: Shop, event: Callable[[Shop], Event]) -> None:
    waiting, happens = arrange(shop, event)
    happens()
    Changed.objects.all().delete()
    newcomer = shop.place(("LAMP", FREED))
    assert backed(shop, newcomer) == FREED
    work_marks()
    assert backed(shop, waiting) == 0
    invariants.assert_clean(connection)


def backed(shop: Shop, placed: Placed) -> int:
    """Units of an order that stand on the shelf or hang on dated supply."""
    line = shop.line(placed)
    pegged = sum(peg.units for peg in line.pegs.all())
    return int(line.allocated) + pegged
