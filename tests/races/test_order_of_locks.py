"""Orders that name the same items in opposite order do not deadlock, because locks are taken sorted."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

from backorder.catalog import queries as catalog
from backorder.journal.prepared import rows
from backorder.orders.ledger import retry
from backorder.orders.placing import place
from backorder.orders.placing.forms import Placed
from backorder.orders.placing.place import place_orders
from tests.connections import Running
from tests.orders.shop import Shop

from .meeting import Meeting, race

ROUNDS = 15


def opposite(shop: Shop) -> list[Any]:
    """Two orders of the same two items, one forwards and one backwards."""
    orders = [shop.order(("A", 1), ("B", 1)), shop.order(("B", 1), ("A", 1))]
    return [lambda order=order: place_orders([order], actor="test")[0] for order in orders]


def test_opposite_lines_do_not_deadlock(shop: Shop, clean: None, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.item("A", stock=2)
    shop.item("B", stock=2)
    monkeypatch.setattr(retry, "PAUSES", ())
    what = "backorder.orders.placing.place:lock_statement"
    assert [type(o) for o in race(monkeypatch, what, opposite(shop))] == [Placed] * 2
    assert (shop.level("A"), shop.level("B")) == ((2, 2), (2, 2))


def test_many_opposite_orders_from_four_sides_do_not_deadlock(
    shop: Shop, clean: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.item("A", stock=1000)
    shop.item("B", stock=1000)
    monkeypatch.setattr(retry, "PAUSES", ())

    def buy() -> int:
        return sum(isinstance(work(), Placed) for _ in range(ROUNDS) for work in opposite(shop))

    running = [Running(buy) for _ in range(4)]
    assert [each.finish() for each in running] == [2 * ROUNDS] * 4
    assert shop.level("A") == shop.level("B") == (1000, 4 * 2 * ROUNDS)


def test_locks_in_the_order_of_the_lines_would_deadlock(
    shop: Shop, clean: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: lock item by item as the lines come, and one of the two is ended by the database."""
    items = {sku: shop.item(sku, stock=2) for sku in ("A", "B")}
    catalog.current()  # Known before, or the first try would end before it has locked in this order.
    meeting = Meeting(2)
    first = iter([["A", "B"], ["B", "A"]])

    def unsorted(wanted: Any, *, skip_busy: bool) -> tuple[str, list[Any]]:
        one, other = (items[sku] for sku in next(first))
        _lock(one)
        meeting.arrive()
        _lock(other)
        return "SELECT unnest(%s::bigint[])", [[one, other]]

    monkeypatch.setattr(retry, "PAUSES", ())
    monkeypatch.setattr(place, "lock_statement", unsorted)
    running = [Running(lambda work=work: _failure_of(work)) for work in opposite(shop)]
    assert sorted(str(each.finish()) for each in running) == ["40P01", "placed"]
    assert (shop.level("A"), shop.level("B")) == ((2, 1), (2, 1))


def test_a_deadlock_from_elsewhere_is_tried_again(shop: Shop, clean: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same deadlock with the product's pauses: the one that was ended tries again and is placed."""
    items = {sku: shop.item(sku, stock=2) for sku in ("A", "B")}
    catalog.current()  # Known before, or the first try would end before it has locked in this order.
    meeting = Meeting(2)
    first = iter([["A", "B"], ["B", "A"]])
    original = place.lock_statement

    def unsorted_once(wanted: Any, *, skip_busy: bool) -> tuple[str, list[Any]]:
        skus = next(first, None)
        if skus is not None:
            _lock(items[skus[0]])
            meeting.arrive()
            _lock(items[skus[1]])
        return original(wanted, skip_busy=skip_busy)

    monkeypatch.setattr(place, "lock_statement", unsorted_once)
    running = [Running(lambda work=work: _failure_of(work)) for work in opposite(shop)]
    assert [str(each.finish()) for each in running] == ["placed", "placed"]
    assert (shop.level("A"), shop.level("B")) == ((2, 2), (2, 2))


def _lock(item: int) -> None:
    rows("SELECT item_id FROM orders_queue WHERE item_id = %s FOR NO KEY UPDATE", [item])


def _failure_of(work: Any) -> str:
    try:
        assert isinstance(work(), Placed)
    except Exception as failure:
        return str(getattr(failure.__cause__, "sqlstate", failure))
    finally:
        connection.close()
    return "placed"
