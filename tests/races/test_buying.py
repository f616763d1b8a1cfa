"""What two buyers, two receivers or two counters do at the same time comes out as if one came after the other."""

from __future__ import annotations

from typing import Any

import pytest

from backorder.journal import clock
from backorder.orders.supplying.receive import receive
from backorder.planning import proposals
from backorder.planning.proposals import order_proposal
from backorder.stock import moves
from backorder.stock.moves import NewMove
from backorder.supply import deliveries, purchase, queries
from backorder.supply.purchase import NewPurchaseLine, NewPurchaseOrder
from backorder.supply.suppliers import SupplierItemSpec, SupplierSpec, define_supplier, define_supplier_item
from tests.orders.shop import Shop

from .meeting import race
from .test_once import refusals


@pytest.fixture
def owing(shop: Shop) -> Shop:
    """14 lamps are owed, and ACME sells them."""
    shop.item("LAMP")
    define_supplier(SupplierSpec(code="ACME", name="Acme"), actor="test")
    define_supplier_item(SupplierItemSpec(supplier="ACME", sku="LAMP"), actor="test")
    shop.place(("LAMP", 14))
    return shop


def buy_twice(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    works = [lambda: order_proposal("ACME", actor="test")] * 2
    return race(monkeypatch, "backorder.planning.proposals:_purchase_order", works)


def test_two_buyers_buy_once(owing: Shop, clean: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second waits for the first and then finds nothing to order."""
    assert refusals(buy_twice(monkeypatch)) == ["nothing_to_order"]
    assert [row.state for row in queries.purchase_orders()] == ["sent"]


def test_without_the_lock_they_buy_twice(owing: Shop, clean: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: both read what is owed before either has bought it."""
    monkeypatch.setattr(proposals, "lock_supplier", lambda code: 0)
    assert refusals(buy_twice(monkeypatch)) == []
    assert [row.state for row in queries.purchase_orders()] == ["sent", "sent"]


def receive_both(owing: Shop, monkeypatch: pytest.MonkeyPatch, *, point: str = "_close_what_is_done") -> str:
    owing.item("CHAIR")
    lines = tuple(NewPurchaseLine(sku=sku, location="NORTH", units=5) for sku in ("LAMP", "CHAIR"))
    purchase.draft(NewPurchaseOrder(supplier="ACME", reference="PO-1", lines=lines), actor="test")
    one, two = purchase.send("PO-1", actor="test").supplies
    works = [
        lambda: receive(one, units=5, key="one", actor="test"),
        lambda: receive(two, units=5, key="two", actor="test"),
    ]
    assert refusals(race(monkeypatch, f"backorder.supply.deliveries:{point}", works)) == []
    return queries.purchase_order("PO-1").order.state


def test_the_last_two_receipts_close_the_order(owing: Shop, clean: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each sees only its own receipt, until one waits for the other."""
    assert receive_both(owing, monkeypatch) == "closed"


def test_without_the_lock_nobody_closes_it(owing: Shop, clean: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: each takes the other's delivery for one that is still due.

    They meet again when both have looked and before either commits.
    """
    monkeypatch.setattr(deliveries, "_SENT", deliveries._SENT.removesuffix(" FOR NO KEY UPDATE"))
    assert receive_both(owing, monkeypatch, point="Received") == "sent"


def take(shop: Shop, units: int, cause: str) -> list[moves.Applied]:
    move = NewMove(shop.items["LAMP"], shop.locations["NORTH"], -units, "adjustment", cause)
    return moves.apply([move], actor="test", at=clock.now())


def test_two_take_more_than_there_is(shop: Shop, clean: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The guard is judged on what stands there when the row is ours, so one of them is refused."""
    shop.item("LAMP", stock=10)
    works = [lambda: take(shop, 6, "one"), lambda: take(shop, 6, "two")]
    outcomes = race(monkeypatch, "backorder.stock.moves:_change_levels", works)
    assert refusals(outcomes) == ["stock_below_allocated"]
    assert shop.level("LAMP") == (4, 0)


def test_the_same_cause_at_the_same_time_counts_once(shop: Shop, clean: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second waits for the first's row and finds its move made."""
    shop.item("LAMP", stock=10)
    outcomes = race(monkeypatch, "backorder.stock.moves:_insert_moves", [lambda: take(shop, 6, "one")] * 2)
    assert sorted(len(applied) for applied in outcomes) == [0, 1]
    assert shop.level("LAMP") == (4, 0)
