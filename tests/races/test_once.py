"""What is given back, given up or taken in at the same time from several sides happens once."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction

from backorder.journal import clock
from backorder.journal.refusals import Refused
from backorder.orders.changing.cancel import cancel
from backorder.orders.deciding.redecide import work_marks
from backorder.orders.placing.forms import NewHold, NewLine
from backorder.orders.placing.hold import hold, release_hold
from backorder.stock.marks import mark
from tests.orders.shop import Shop

from .meeting import race


def refusals(outcomes: list[Any]) -> list[str]:
    """The refusals among the outcomes, sorted; anything else unexpected is raised."""
    for outcome in outcomes:
        if isinstance(outcome, Exception) and not isinstance(outcome, Refused):
            raise outcome
    return sorted(o.name for o in outcomes if isinstance(o, Refused))


def test_four_end_one_hold(shop: Shop, clean: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """S149: four parallel releases of 5 on allocated 5 leave 0 allocated, not -15."""
    shop.item("LAMP", sell="stock_only", stock=10)
    hold(NewHold(channel="web", token="cart", country="GB", lines=(NewLine(sku="LAMP", units=5),)), actor="test")
    works = [lambda: release_hold("web", "cart", actor="test")] * 4
    outcomes = race(monkeypatch, "backorder.orders.placing.hold:lock_queues", works)
    assert refusals(outcomes) == ["unknown_hold"] * 3
    assert shop.level("LAMP") == (10, 0)


def test_four_cancel_one_order(shop: Shop, clean: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """S149 with an order: it is cancelled once, three are told that nothing is left."""
    shop.item("LAMP", stock=5)
    placed = shop.place(("LAMP", 5))
    works = [lambda: cancel(placed.id, actor="test")] * 4
    outcomes = race(monkeypatch, "backorder.orders.changing.cancel:open_order", works)
    assert refusals(outcomes) == ["nothing_to_cancel"] * 3
    assert shop.level("LAMP") == (5, 0)
    assert shop.line(placed).cancelled == 5


def test_two_workers_decide_an_item_once(shop: Shop, clean: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both find the same mark: one decides, the other finds nothing left to give."""
    item = shop.item("LAMP")
    first, second = shop.place(("LAMP", 4)), shop.place(("LAMP", 4))
    shop.stock("LAMP", 6)
    with transaction.atomic():
        mark([item], cause="receipt", at=clock.now())
    race(monkeypatch, "backorder.orders.deciding.redecide:lock_queues", [work_marks, work_marks])
    assert (shop.line(first).allocated, shop.line(second).allocated) == (4, 2)
    assert shop.level("LAMP") == (6, 6)
    assert work_marks() == 0
