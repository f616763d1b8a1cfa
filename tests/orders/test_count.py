"""A count says what is there; who owns units that are not there gives them back, the lowest rank first."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

from backorder.journal.models import Entry
from backorder.journal.refusals import Refused
from backorder.orders.deciding.redecide import work_marks
from backorder.orders.models import Allocation, Hold, Part
from backorder.orders.placing.forms import NewHold, NewLine, Placed
from backorder.orders.placing.hold import hold
from backorder.orders.supplying.adjust import adjust
from backorder.orders.supplying.count import count
from backorder.stock.models import Changed, Level, Move
from tests.invariants import assert_clean

from .shop import Shop

pytestmark = pytest.mark.django_db


def counted(shop: Shop, sku: str, units: int, key: str = "C1") -> tuple[int, int, int]:
    """Count; (was, taken back, short of what the warehouse has)."""
    done = count(shop.items[sku], shop.locations["NORTH"], units=units, key=key, actor="test")
    assert_clean(connection)
    return done.was, done.taken_back, done.short_released


def adjusted(shop: Shop, sku: str, units: int, key: str = "A1", **given: Any) -> tuple[int, int]:
    """Adjust; (on hand afterwards, taken back)."""
    done = adjust(shop.items[sku], shop.locations["NORTH"], units=units, key=key, actor="test", **given)
    assert_clean(connection)
    return done.on_hand, done.taken_back


def units(shop: Shop, placed: Placed) -> tuple[int, int, int]:
    """(open, allocated, released) of an order's first line."""
    line = shop.line(placed)
    return line.open, line.allocated, line.released


def release(shop: Shop, placed: Placed) -> None:
    line = shop.line(placed)
    Allocation.objects.filter(line=line).update(allocated=0, released=line.allocated)
    line.allocated, line.released = 0, line.allocated
    line.save()


def moved() -> list[tuple[int, str, str]]:
    """Moves after the opening stock: (units, kind, cause)."""
    return list(Move.objects.exclude(cause__startswith="test/").order_by("id").values_list("units", "kind", "cause"))


def everything() -> list[Any]:
    models = (Allocation, Move, Changed, Level, Entry)
    return [list(model._default_manager.order_by("pk").values()) for model in models]


def test_s81_the_same_value_is_not_a_movement(shop: Shop) -> None:
    """S81: 5 counted where 5 are is no move; 0 -> 5 is +5; 5 -> 3 is -2."""
    shop.item("LAMP")
    assert counted(shop, "LAMP", 5, "C1") == (0, 0, 0)
    assert counted(shop, "LAMP", 5, "C2") == (5, 0, 0)
    assert counted(shop, "LAMP", 3, "C3") == (5, 0, 0)
    assert moved() == [(5, "count", "count/C1"), (-2, "count", "count/C3")]
    assert Entry.objects.filter(fact="stock.counted").count() == 3
    assert list(Changed.objects.values_list("cause", flat=True)) == ["count", "count"]


def test_s85_a_count_takes_back_and_an_adjustment_is_refused(shop: Shop) -> None:
    """S85, diverging: 5 on hand of which 4 are held. Setting 2 is refused elsewhere; here a count of 2 is the
    truth and takes 2 back, while an adjustment by -3 is refused and leaves 5."""
    shop.item("LAMP", sell="stock_only", stock=5)
    cart = NewHold(channel="web", token="cart", country="GB", lines=(NewLine(sku="LAMP", units=4),))
    hold(cart, actor="test")
    before = everything()
    with pytest.raises(Refused) as no:
        adjusted(shop, "LAMP", -3)
    assert (no.value.name, no.value.status) == ("stock_below_allocated", 409)
    assert no.value.values == {"field": "units", "value": -3, "limit": -1, "on_hand": 5, "allocated": 4}
    assert everything() == before
    assert counted(shop, "LAMP", 2) == (5, 2, 0)
    assert (shop.level("LAMP"), Hold.objects.get().open, shop.waits("LAMP")) == ((2, 2), 2, 2)


def test_a_short_count_takes_back_from_the_lowest_rank_upwards(shop: Shop) -> None:
    item = shop.item("LAMP", stock=10)
    first, second, third = shop.place(("LAMP", 4)), shop.place(("LAMP", 3)), shop.place(("LAMP", 2))
    assert counted(shop, "LAMP", 5) == (10, 4, 0)
    assert [units(shop, placed) for placed in (first, second, third)] == [(0, 4, 0), (2, 1, 0), (2, 0, 0)]
    assert (shop.level("LAMP"), shop.waits("LAMP")) == ((5, 5), 4)
    assert list(Changed.objects.values_list("item_id", "cause")) == [(item, "count")]
    facts = Entry.objects.filter(fact="line.deallocated").order_by("seq").values_list("subject", "body__units")
    assert list(facts) == [(f"order/{third.id}", 2), (f"order/{second.id}", 2)]
    work_marks()
    assert [shop.line(placed).promised_on for placed in (first, second, third)] == [
        shop.day(1),
        shop.day(21),
        shop.day(21),
    ]
    assert_clean(connection)


def test_released_units_go_last_and_open_an_exception(shop: Shop) -> None:
    shop.item("LAMP", stock=7)
    released, waiting = shop.place(("LAMP", 4)), shop.place(("LAMP", 3))
    release(shop, released)
    assert counted(shop, "LAMP", 2) == (7, 5, 2)
    assert (units(shop, waiting), units(shop, released)) == ((3, 0, 0), (2, 0, 2))
    short = Entry.objects.get(fact="release.short")
    assert (short.subject, short.body["line"], short.body["units"]) == (
        f"order/{released.id}",
        released.lines[0].id,
        2,
    )


def test_a_promise_made_anew_still_covers_what_is_with_the_warehouse(shop: Shop) -> None:
    shop.item("LAMP", stock=4)
    placed = shop.place(("LAMP", 4))
    release(shop, placed)
    assert counted(shop, "LAMP", 3) == (4, 1, 1)
    work_marks()
    line = shop.line(placed)
    parts = Part.objects.filter(line_id=line.id, version=2).order_by("number")
    assert [(part.units, part.backing, part.deliver_on) for part in parts] == [
        (3, "stock", shop.day(1)),
        (1, "nothing", shop.day(21)),
    ]
    assert line.promised_on == shop.day(21)
    assert_clean(connection)


def test_units_that_are_found_go_to_who_waits(shop: Shop) -> None:
    shop.item("LAMP", stock=1)
    placed = shop.place(("LAMP", 4))
    assert counted(shop, "LAMP", 3) == (1, 0, 0)
    work_marks()
    assert (units(shop, placed), shop.level("LAMP")) == ((1, 3, 0), (3, 3))


def test_s59_a_loss_never_fills(shop: Shop) -> None:
    """S59: 2 wait; one unit fewer: none is filled, 3 wait. (Ours is taken from who has it: nothing is below 0.)"""
    shop.item("LAMP", stock=1)
    first, second = shop.place(("LAMP", 1)), shop.place(("LAMP", 2))
    assert adjusted(shop, "LAMP", -1, take_back=True) == (0, 1)
    work_marks()
    assert (units(shop, first), units(shop, second), shop.waits("LAMP")) == ((1, 0, 0), (2, 0, 0), 3)


def test_s79_an_increase_goes_to_who_waits_by_itself(shop: Shop) -> None:
    """S79, diverging: 100 on hand, 80 allocated, +50. There it touches no order; here who waits is refilled."""
    shop.item("LAMP", stock=80)
    shop.place(("LAMP", 80))
    waiting = shop.place(("LAMP", 30))
    assert adjusted(shop, "LAMP", 70) == (150, 0)
    assert shop.level("LAMP") == (150, 80)
    work_marks()
    assert (shop.level("LAMP"), units(shop, waiting)) == ((150, 110), (0, 30, 0))


def test_the_same_key_twice_is_one_correction(shop: Shop) -> None:
    shop.item("LAMP", stock=5)
    assert adjusted(shop, "LAMP", -2) == (3, 0)
    assert counted(shop, "LAMP", 9) == (3, 0, 0)
    before = everything()
    assert adjusted(shop, "LAMP", -2) == (3, 0)
    assert counted(shop, "LAMP", 9) == (3, 0, 0)
    assert everything() == before
    item, south = shop.items["LAMP"], shop.locations["SOUTH"]
    for attempt in (
        lambda: count(item, south, units=9, key="C1", actor="test"),
        lambda: adjust(item, south, units=9, key="A1", actor="test"),
    ):
        with pytest.raises(Refused, match="key_used_elsewhere"):
            attempt()
    assert everything() == before


@pytest.mark.parametrize(
    ("units", "limit", "name"),
    [
        (0, 1, "adjustment_of_nothing"),
        (-6, -5, "stock_below_zero"),
        (10**9, 10**9, "stock_above_limit"),
        (-(10**9) - 1, -(10**9), "number_out_of_range"),
        (10**9 + 1, 10**9, "number_out_of_range"),
    ],
)
def test_a_refused_adjustment_changes_nothing(shop: Shop, units: int, limit: int, name: str) -> None:
    shop.item("LAMP", stock=5)
    before = everything()
    with pytest.raises(Refused) as no:
        adjusted(shop, "LAMP", units, take_back=True)
    assert (no.value.name, no.value.values["value"], no.value.values["limit"]) == (name, units, limit)
    assert everything() == before


def test_unknown_places_items_and_impossible_counts_are_refused(shop: Shop) -> None:
    item, north = shop.item("LAMP", stock=5), shop.locations["NORTH"]
    before = everything()
    for given, name in (
        ((10**9, north, 1), "unknown_item"),
        ((item, 10**6, 1), "unknown_location"),
        ((item, north, -1), "number_out_of_range"),
    ):
        with pytest.raises(Refused) as no:
            count(given[0], given[1], units=given[2], key="C1", actor="test")
        assert no.value.name == name
    assert everything() == before
