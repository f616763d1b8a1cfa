"""Goods that arrive, are counted or given up from several sides at once are booked as if one came after the other."""

from __future__ import annotations

from typing import Any

import pytest

from backorder.journal.refusals import Refused
from backorder.orders.supplying.count import count
from backorder.orders.supplying.inbound import cancel_supply
from backorder.orders.supplying.receive import Received, receive
from backorder.stock.models import Move
from backorder.supply.models import Receipt
from tests.orders.shop import Shop

from .meeting import race, without_locks


def kinds(outcomes: list[Any]) -> list[str]:
    """What came out, sorted: the refusal's name, `replayed` or `done`; anything unexpected is raised."""
    names = []
    for outcome in outcomes:
        if isinstance(outcome, Exception) and not isinstance(outcome, Refused):
            raise outcome
        again = isinstance(outcome, Received) and outcome.replayed
        names.append(outcome.name if isinstance(outcome, Refused) else "replayed" if again else "done")
    return sorted(names)


def test_one_delivery_is_counted_in_once(shop: Shop, clean: None, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.item("LAMP")
    supply = shop.inbound("LAMP", 8, 5)
    shop.place(("LAMP", 3))
    works = [lambda: receive(supply, units=4, key="R1", actor="test")] * 4
    outcomes = race(monkeypatch, "backorder.orders.supplying.begin:lock_queues", works)
    assert kinds(outcomes) == ["done", "replayed", "replayed", "replayed"]
    assert {(done.receipt, done.allocated, done.free) for done in outcomes} == {(Receipt.objects.get().id, 3, 1)}
    assert (shop.level("LAMP"), Move.objects.count()) == ((4, 3), 1)


def test_one_key_for_two_supplies_is_refused_to_the_second(
    shop: Shop, clean: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.item("LAMP")
    shop.item("BULB")
    lamp, bulb = shop.inbound("LAMP", 8, 5), shop.inbound("BULB", 8, 5)
    works = [
        lambda: receive(lamp, units=4, key="R1", actor="test"),
        lambda: receive(bulb, units=4, key="R1", actor="test"),
    ]
    outcomes = race(monkeypatch, "backorder.supply.deliveries:_change", works)
    assert kinds(outcomes) == ["done", "receipt_key_used_elsewhere"]
    assert Receipt.objects.count() == Move.objects.count() == 1


def test_supply_is_received_or_given_up(shop: Shop, clean: None, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.item("LAMP")
    supply = shop.inbound("LAMP", 8, 5)
    placed = shop.place(("LAMP", 8))
    works = [lambda: receive(supply, units=8, key="R1", actor="test"), lambda: cancel_supply(supply, actor="test")]
    outcomes = race(monkeypatch, "backorder.orders.supplying.begin:lock_queues", works)
    assert kinds(outcomes) == ["done", "supply_is_closed"]
    arrived = isinstance(outcomes[0], Received)
    assert shop.line(placed).allocated == (8 if arrived else 0)


def count_beside_a_buyer(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Ten are on the shelf; somebody counts three while somebody buys eight."""
    item = shop.item("LAMP", stock=10)
    works = [
        lambda: count(item, shop.locations["NORTH"], units=3, key="C1", actor="test"),
        lambda: shop.place(("LAMP", 8)),
    ]
    return race(monkeypatch, "backorder.orders.ledger.save:_documents", works)


def test_a_count_and_a_buyer(shop: Shop, clean: None, monkeypatch: pytest.MonkeyPatch) -> None:
    counted, placed = count_beside_a_buyer(shop, monkeypatch)
    line = shop.line(placed)
    assert (shop.level("LAMP"), line.allocated, line.open) == ((3, 3), 3, 5)
    assert counted.on_hand == 3


def test_without_the_lock_the_database_refuses_one_of_them(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    without_locks(monkeypatch)
    outcomes = count_beside_a_buyer(shop, monkeypatch)
    assert any(isinstance(outcome, Exception) for outcome in outcomes)
