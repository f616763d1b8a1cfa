"""Two want what only one can have: one gets it, the other is told. Without the lock both would."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection

from backorder.journal import clock
from backorder.journal.refusals import Refused
from backorder.orders.models import Allocation, Hold, Line
from backorder.orders.placing import hold as hold_module
from backorder.orders.placing.forms import NewHold, NewLine, Placed
from backorder.orders.placing.hold import hold, release_hold
from backorder.orders.placing.place import place_orders
from tests import invariants
from tests.orders.shop import Shop

from .meeting import race, without_locks

SAVE = "backorder.orders.ledger.save:writes"


def buyers(shop: Shop, sku: str, units: int, count: int) -> list[Any]:
    """So many who each place an order for so many units."""
    orders = [shop.order((sku, units)) for _ in range(count)]
    return [lambda order=order: place_orders([order], actor="test")[0] for order in orders]


def holder(sku: str, units: int, token: str) -> Any:
    """One who holds units for a cart."""
    wanted = NewHold(channel="web", token=token, country="GB", lines=(NewLine(sku=sku, units=units),))
    return lambda: hold(wanted, actor="test")


def names(outcomes: list[Any]) -> list[str]:
    """What became of each, sorted."""
    return sorted(o.name if isinstance(o, Refused) else type(o).__name__ for o in outcomes)


def test_the_last_unit_is_sold_once(shop: Shop, clean: None, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.item("LAMP", sell="stock_only", stock=1)
    outcomes = race(monkeypatch, SAVE, buyers(shop, "LAMP", 1, 2))
    assert names(outcomes) == ["Placed", "item_is_not_sellable_on_backorder"]
    assert shop.level("LAMP") == (1, 1)
    assert Line.objects.count() == 1


def test_without_the_lock_the_last_unit_is_sold_twice(
    shop: Shop, oversellable: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.item("LAMP", sell="stock_only", stock=1)
    without_locks(monkeypatch)
    assert names(race(monkeypatch, SAVE, buyers(shop, "LAMP", 1, 2))) == ["Placed", "Placed"]
    assert shop.level("LAMP") == (1, 2)
    assert [v.name for v in invariants.check(connection)] == ["never_oversold"]


def test_without_the_lock_the_database_still_refuses_to_oversell(
    shop: Shop, clean: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The CHECK has the last word: the second order is not stored, and nothing of it is kept."""
    shop.item("LAMP", sell="stock_only", stock=1)
    without_locks(monkeypatch)
    assert names(race(monkeypatch, SAVE, buyers(shop, "LAMP", 1, 2))) == ["Placed", "order_could_not_be_stored"]
    assert shop.level("LAMP") == (1, 1)
    assert Line.objects.count() == 1


def test_two_want_all_five(shop: Shop, clean: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """S147: stock 5, two concurrent allocations of 5: one success, one refusal."""
    shop.item("LAMP", sell="stock_only", stock=5)
    outcomes = race(monkeypatch, SAVE, buyers(shop, "LAMP", 5, 2))
    assert names(outcomes) == ["Placed", "item_is_not_sellable_on_backorder"]
    assert shop.level("LAMP") == (5, 5)


def test_three_of_four_get_three_of_nine(shop: Shop, clean: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """S147: item 9: 3 + 3 + 3 are taken, a fourth 3 is refused."""
    shop.item("LAMP", sell="stock_only", stock=9)
    outcomes = race(monkeypatch, SAVE, buyers(shop, "LAMP", 3, 4))
    assert names(outcomes) == ["Placed"] * 3 + ["item_is_not_sellable_on_backorder"]
    assert shop.level("LAMP") == (9, 9)


def test_units_beyond_the_shelf_wait_and_none_twice(shop: Shop, clean: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """S147: 25 and 20 of 45 are both full; 25 and 25 of 45 leave five that wait."""
    shop.item("LAMP", stock=45)
    placed = race(monkeypatch, SAVE, buyers(shop, "LAMP", 25, 2))
    assert all(isinstance(each, Placed) for each in placed)
    assert sorted(each.lines[0].allocated for each in placed) == [20, 25]
    assert shop.level("LAMP") == (45, 45)
    assert shop.waits("LAMP") == 5


def test_the_last_capped_backorder_is_taken_once(shop: Shop, clean: None, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.item("LAMP", backorder_limit=1)
    assert names(race(monkeypatch, SAVE, buyers(shop, "LAMP", 1, 2))) == ["Placed", "backorder_limit_reached"]
    assert shop.waits("LAMP") == 1


def test_without_the_lock_the_cap_is_passed(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.item("LAMP", backorder_limit=1)
    without_locks(monkeypatch)
    assert names(race(monkeypatch, SAVE, buyers(shop, "LAMP", 1, 2))) == ["Placed", "Placed"]
    assert shop.waits("LAMP") == 2


def test_the_same_order_twice_at_once_is_one_order(shop: Shop, clean: None, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.item("LAMP", stock=5)
    order = shop.order(("LAMP", 2), reference="W-1")
    outcomes = race(monkeypatch, SAVE, [lambda: place_orders([order], actor="test")[0]] * 2)
    first, second = outcomes
    assert (first.id, first.lines) == (second.id, second.lines)
    assert sorted(o.replayed is True for o in outcomes) == [False, True]
    assert shop.level("LAMP") == (5, 2)


def test_a_hold_and_an_order_at_once(shop: Shop, clean: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """S151: stock 5, allocated 3; a hold and an order of 2 each at once: exactly one is accepted."""
    shop.item("LAMP", sell="stock_only", stock=5)
    shop.place(("LAMP", 3))
    order = shop.order(("LAMP", 2))
    works = [holder("LAMP", 2, "cart"), lambda: place_orders([order], actor="test")[0]]
    outcomes = race(monkeypatch, SAVE, works)
    assert sum(isinstance(o, Refused) for o in outcomes) == 1
    assert shop.level("LAMP") == (5, 5)


def test_two_checkouts_at_once(shop: Shop, clean: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """S151: stock 5, allocated 3; two parallel checkouts of 2: exactly one is accepted."""
    shop.item("LAMP", sell="stock_only", stock=5)
    shop.place(("LAMP", 3))
    outcomes = race(monkeypatch, SAVE, buyers(shop, "LAMP", 2, 2))
    assert names(outcomes) == ["Placed", "item_is_not_sellable_on_backorder"]
    assert shop.level("LAMP") == (5, 5)


def test_one_cart_holds_once(shop: Shop, clean: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same cart asks twice at once: it holds what it asked for, not twice as much."""
    shop.item("LAMP", sell="stock_only", stock=10)
    works = [holder("LAMP", 3, "cart"), holder("LAMP", 4, "cart")]
    race(monkeypatch, "backorder.orders.placing.hold:save", works)
    assert Hold.objects.get(ended_at=None).units in {3, 4}
    assert shop.level("LAMP")[1] == Hold.objects.get(ended_at=None).units


@pytest.fixture
def grown(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """A cart that took five chairs while the one who now asks for lamps waited; another ends it meanwhile."""
    shop.item("LAMP", sell="stock_only", stock=10)
    shop.item("CHAIR", sell="stock_only", stock=10)
    holder("CHAIR", 5, "cart")()
    came_before, ask = threading.local(), hold_module.rows
    monkeypatch.setattr(hold_module, "rows", lambda *asked: [] if hasattr(came_before, "is_so") else ask(*asked))

    def asks_for_lamps() -> Any:
        came_before.is_so = True
        return holder("LAMP", 2, "cart")()

    return [asks_for_lamps, lambda: release_hold("web", "cart", actor="test")]


def test_a_cart_that_grew_meanwhile_is_changed_with_all_its_items_locked(
    shop: Shop, clean: None, grown: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    outcomes = race(monkeypatch, SAVE, grown)
    assert [each for each in outcomes if isinstance(each, Exception) and not isinstance(each, Refused)] == []
    assert shop.level("CHAIR") == (10, 0)
    assert shop.level("LAMP")[1] == sum(Hold.objects.filter(ended_at=None).values_list("units", flat=True))


def test_without_its_lock_what_the_cart_took_is_given_back_twice(
    shop: Shop, grown: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: only what was known before is locked, and both end the hold of the chairs."""
    lock = hold_module.lock_queues
    monkeypatch.setattr(hold_module, "lock_queues", lambda items: lock(set(items) - {shop.items["CHAIR"]}))
    outcomes = race(monkeypatch, SAVE, grown)
    broken = [each for each in outcomes if isinstance(each, IntegrityError)]
    assert broken or invariants.check(connection)


def test_one_hold_becomes_one_order(shop: Shop, clean: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two orders name the same hold: its units pass to one of them, the other has to do without."""
    shop.item("LAMP", sell="stock_only", stock=5)
    holder("LAMP", 5, "cart")()
    orders = [shop.order(("LAMP", 5), hold="cart") for _ in range(2)]
    works = [lambda order=order: place_orders([order], actor="test")[0] for order in orders]
    assert names(race(monkeypatch, SAVE, works)) == ["Placed", "item_is_not_sellable_on_backorder"]
    assert shop.level("LAMP") == (5, 5)
    assert Hold.objects.get().outcome == "ordered"


def test_a_hold_that_has_just_ended_is_sold_once(shop: Shop, clean: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two orders both find the hold past its end: it is ended once, and its unit sold once."""
    shop.item("LAMP", sell="stock_only", stock=1)
    holder("LAMP", 1, "cart")()
    clock.advance(timedelta(hours=1), actor="test")
    outcomes = race(monkeypatch, "backorder.orders.placing.place:_end_holds_first", buyers(shop, "LAMP", 1, 2))
    assert names(outcomes) == ["Placed", "item_is_not_sellable_on_backorder"]
    assert Hold.objects.get().outcome == "expired"
    assert Allocation.objects.get().line_id is not None
