"""Goods that arrive are theirs who were promised them, in the same breath; only the surplus is free."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from backorder.journal import clock
from backorder.journal.models import Entry
from backorder.journal.refusals import Refused
from backorder.orders.deciding.redecide import work_marks
from backorder.orders.models import Allocation, Hold, Peg
from backorder.orders.placing.forms import NewHold, NewLine, Placed
from backorder.orders.placing.hold import hold
from backorder.orders.supplying.receive import Arrived, Received, receive, receive_all
from backorder.stock.models import Changed, Move
from backorder.supply.models import Receipt, Supply
from tests.invariants import assert_clean

from .shop import Shop

pytestmark = pytest.mark.django_db


def take(supply: int, units: int, key: str = "R1", **given: Any) -> Received:
    received = receive(supply, units=units, key=key, actor="test", **given)
    assert_clean(connection)
    return received


def units(shop: Shop, placed: Placed) -> tuple[int, int]:
    """(open, allocated) of an order's first line."""
    line = shop.line(placed)
    return line.open, line.allocated


def supply_units(supply: int) -> tuple[int, int, int, int]:
    """(units, received, cancelled, pegged)."""
    row = Supply.objects.get(id=supply)
    return row.units, row.received, row.cancelled, row.pegged


def everything() -> list[Any]:
    """All that a refusal must leave alone."""
    models = (Allocation, Peg, Move, Changed, Receipt, Supply, Entry)
    return [list(model._default_manager.order_by("pk").values()) for model in models]


def test_a_full_receipt_turns_its_pegs_into_allocations(shop: Shop) -> None:
    item = shop.item("LAMP")
    supply = shop.inbound("LAMP", 10, 5)
    first, second = shop.place(("LAMP", 7)), shop.place(("LAMP", 3))
    received = take(supply, 10)
    assert (received.allocated, received.free, received.over, received.closes) == (10, 0, 0, True)
    assert (units(shop, first), units(shop, second)) == ((0, 7), (0, 3))
    assert (shop.level("LAMP"), shop.waits("LAMP")) == ((10, 10), 0)
    assert supply_units(supply) == (10, 10, 0, 0)
    assert not Peg.objects.exists()
    assert list(Changed.objects.values_list("item_id", "cause")) == [(item, "receipt")]
    move = Move.objects.get()
    assert (move.units, move.kind, move.cause) == (10, "receipt", "receipt/R1")


def test_a_partial_receipt_serves_hard_pegs_first_and_then_by_rank(shop: Shop) -> None:
    shop.item("LAMP")
    supply = shop.inbound("LAMP", 12, 5)
    first, second, third = shop.place(("LAMP", 4)), shop.place(("LAMP", 4)), shop.place(("LAMP", 4))
    Peg.objects.filter(line_id=third.lines[0].id).update(hard=True)
    received = take(supply, 6)
    assert (received.allocated, received.free, received.closes, received.still_due) == (6, 0, False, 6)
    assert [units(shop, placed) for placed in (first, second, third)] == [(2, 2), (4, 0), (0, 4)]
    assert supply_units(supply) == (12, 6, 0, 6)
    assert list(Peg.objects.order_by("line__ordered_at", "id").values_list("units", flat=True)) == [2, 4]


def test_s57_one_arrives_and_the_first_in_the_queue_has_it(shop: Shop) -> None:
    """S57: two units wait, one arrives: the first is filled, one still waits."""
    shop.item("LAMP")
    first, second = shop.place(("LAMP", 1)), shop.place(("LAMP", 1))
    supply = shop.inbound("LAMP", 1, 5)
    take(supply, 1)
    work_marks()
    assert (units(shop, first), units(shop, second)) == ((0, 1), (1, 0))
    assert shop.waits("LAMP") == 1


def test_s61_exactly_as_many_units_are_filled_as_arrive(shop: Shop) -> None:
    """S61: 7 and 4 wait, 5 arrive: exactly 5 are filled, all of them in the first row."""
    shop.item("LAMP")
    first, second = shop.place(("LAMP", 7)), shop.place(("LAMP", 4))
    take(shop.inbound("LAMP", 5, 3), 5)
    work_marks()
    assert (units(shop, first), units(shop, second)) == ((2, 5), (4, 0))


def test_s73_released_units_are_not_touched_and_priority_comes_first(shop: Shop) -> None:
    """S73: r1 (priority low), r2 and r3 (priority high, r3 promised earlier), each short 4; 6 come: r3 4, r2 2."""
    shop.item("LAMP", stock=4)
    released = shop.place(("LAMP", 4))
    Allocation.objects.update(allocated=0, released=4)
    line = shop.line(released)
    line.allocated, line.released = 0, 4
    line.save()
    low = shop.place(("LAMP", 4), priority=0)
    later = shop.place(("LAMP", 4), priority=1, requested_on=shop.day(30))
    sooner = shop.place(("LAMP", 4), priority=1)
    take(shop.inbound("LAMP", 6, 5), 6)
    work_marks()
    assert [units(shop, placed) for placed in (low, later, sooner)] == [(4, 0), (2, 2), (0, 4)]
    assert (shop.line(released).released, shop.level("LAMP")) == (4, (10, 10))


@pytest.mark.parametrize(
    ("arrives", "cross_docked", "to_storage", "waits"), [(8, 8, 0, 0), (11, 8, 3, 0), (5, 5, 0, 3)]
)
def test_s133_what_is_owed_goes_straight_to_its_order(
    shop: Shop, arrives: int, cross_docked: int, to_storage: int, waits: int
) -> None:
    """S133: inbound against backordered demand: equal, more (surplus to storage), less (the rest waits on)."""
    shop.item("LAMP")
    supply = shop.inbound("LAMP", arrives, 5)
    shop.place(("LAMP", 8))
    received = take(supply, arrives)
    assert (received.allocated, received.free, shop.waits("LAMP")) == (cross_docked, to_storage, waits)
    assert shop.level("LAMP") == (arrives, cross_docked)


def test_more_than_was_due_is_taken_in_and_the_surplus_goes_to_who_waits_without_supply(shop: Shop) -> None:
    shop.item("LAMP")
    supply = shop.inbound("LAMP", 4, 5)
    pegged, unsupplied = shop.place(("LAMP", 4)), shop.place(("LAMP", 5))
    received = take(supply, 7)
    assert (received.over, received.allocated, received.free, received.closes) == (3, 4, 3, True)
    assert (units(shop, pegged), units(shop, unsupplied)) == ((0, 4), (5, 0))
    work_marks()
    assert (units(shop, unsupplied), shop.level("LAMP")) == ((2, 3), (7, 7))
    more = take(supply, 2, key="R2")
    assert (more.over, more.free) == (2, 2)
    work_marks()
    assert units(shop, unsupplied) == (0, 5)
    assert supply_units(supply) == (4, 9, 0, 0)


def test_the_surplus_is_not_offered_to_newcomers_before_the_queue_had_its_share(shop: Shop) -> None:
    shop.item("LAMP")
    waiting = shop.place(("LAMP", 6))
    take(shop.inbound("LAMP", 8, 5), 8)
    newcomer = shop.place(("LAMP", 8))
    assert units(shop, newcomer) == (6, 2)
    work_marks()
    assert (units(shop, waiting), units(shop, newcomer)) == ((0, 6), (6, 2))


def test_a_short_receipt_that_closes_frees_who_hung_on_the_rest(shop: Shop) -> None:
    shop.item("LAMP", lead_time_days=20)
    supply = shop.inbound("LAMP", 10, 5)
    first, second = shop.place(("LAMP", 6)), shop.place(("LAMP", 4))
    later = shop.inbound("LAMP", 9, 8)
    received = take(supply, 7, closes=True)
    assert (received.allocated, received.unsupplied, received.closes, received.still_due) == (7, 3, True, 0)
    assert (units(shop, first), units(shop, second)) == ((0, 6), (3, 1))
    assert (supply_units(supply), Peg.objects.count()) == ((10, 7, 3, 0), 0)
    fact = Entry.objects.get(fact="line.unsupplied")
    assert (fact.subject, fact.body["units"], fact.body["supply"]) == (f"order/{second.id}", 3, supply)
    work_marks()
    line = shop.line(second)
    assert list(Peg.objects.values_list("supply_id", "units")) == [(later, 3)]
    assert (line.first_promised_on, line.promised_on) == (shop.day(6), shop.day(9))


def test_nothing_more_comes_can_be_said_with_no_units(shop: Shop) -> None:
    shop.item("LAMP")
    supply = shop.inbound("LAMP", 10, 5)
    placed = shop.place(("LAMP", 6))
    received = take(supply, 0, closes=True)
    assert (received.unsupplied, supply_units(supply)) == (6, (10, 0, 10, 0))
    assert (units(shop, placed), Move.objects.count()) == ((6, 0), 0)


def test_the_same_key_twice_is_one_receipt_with_one_answer(shop: Shop) -> None:
    shop.item("LAMP")
    supply = shop.inbound("LAMP", 10, 5)
    shop.place(("LAMP", 3))
    first = take(supply, 4)
    before = everything()
    second = take(supply, 4)
    assert everything() == before
    assert second.replayed
    assert (second.receipt, second.allocated, second.free, second.still_due) == (first.receipt, 3, 1, 6)


def test_holds_get_their_units_like_lines(shop: Shop) -> None:
    shop.item("LAMP")
    supply = shop.inbound("LAMP", 5, 5)
    hold(NewHold(channel="web", token="cart", country="GB", lines=(NewLine(sku="LAMP", units=3),)), actor="test")
    received = take(supply, 5)
    assert (received.allocated, received.free) == (3, 2)
    assert (Hold.objects.get().open, shop.level("LAMP"), shop.waits("LAMP")) == (0, (5, 3), 0)


def test_a_hold_past_its_end_gets_nothing(shop: Shop) -> None:
    shop.item("LAMP")
    supply = shop.inbound("LAMP", 5, 5)
    cart = NewHold(channel="web", token="cart", country="GB", lines=(NewLine(sku="LAMP", units=3),), minutes=5)
    hold(cart, actor="test")
    clock.advance(timedelta(minutes=6), actor="test")
    received = take(supply, 5)
    assert (received.allocated, received.free, Hold.objects.get().outcome) == (0, 5, "expired")


@pytest.mark.parametrize(
    ("given", "name", "values"),
    [
        ({"units": -1}, "number_out_of_range", {"field": "units", "value": -1, "limit": 0}),
        ({"units": 10**9 + 1}, "number_out_of_range", {"field": "units", "value": 10**9 + 1, "limit": 10**9}),
        ({"units": True}, "number_out_of_range", {"field": "units", "value": True, "limit": 10**9}),
        ({"units": 0}, "receipt_of_nothing", {"field": "units", "value": 0, "limit": 1}),
        ({"units": 1, "key": ""}, "text_has_wrong_length", {"field": "key", "value": "", "limit": 120}),
    ],
)
def test_a_refused_receipt_changes_nothing(shop: Shop, given: dict[str, Any], name: str, values: Any) -> None:
    shop.item("LAMP")
    supply = shop.inbound("LAMP", 5, 5)
    shop.place(("LAMP", 3))
    before = everything()
    with pytest.raises(Refused) as no:
        receive(supply, **{"key": "R1", "actor": "test", **given})
    assert (no.value.name, no.value.values) == (name, values)
    assert everything() == before


def test_a_key_of_another_supply_an_unknown_supply_and_a_closed_one_are_refused(shop: Shop) -> None:
    shop.item("LAMP")
    one, other = shop.inbound("LAMP", 5, 5), shop.inbound("LAMP", 5, 6)
    take(one, 2, closes=True)
    before = everything()
    for supply, key, name in (
        (other, "R1", "receipt_key_used_elsewhere"),
        (10**9, "R2", "unknown_supply"),
        (one, "R3", "supply_is_closed"),
    ):
        with pytest.raises(Refused) as no:
            receive(supply, units=1, key=key, actor="test")
        assert no.value.name == name
    assert everything() == before


def test_what_arrives_together_is_counted_in_together_or_not_at_all(shop: Shop) -> None:
    for sku in ("LAMP", "VASE"):
        shop.item(sku)
    lamps, vases = shop.inbound("LAMP", 5, 10), shop.inbound("VASE", 4, 10)
    placed = shop.place(("LAMP", 3), ("VASE", 4))
    arrived = [Arrived(vases, 3, closes=True), Arrived(lamps, 5)]

    done = receive_all(arrived, key="D1", actor="test")
    again = receive_all(arrived, key="D1", actor="test")

    assert [(one.supply, one.allocated, one.free, one.unsupplied) for one in done] == [
        (lamps, 3, 2, 0),
        (vases, 3, 0, 1),
    ]
    assert [one.replayed for one in again] == [True, True]
    assert (shop.level("LAMP"), shop.level("VASE")) == ((5, 3), (3, 3))
    assert shop.line(placed, 1).open == 1
    with pytest.raises(Refused, match="supply_is_closed"):
        receive_all([Arrived(lamps, 1), Arrived(vases, 1)], key="D2", actor="test")
    assert shop.level("LAMP") == (5, 3)
    assert_clean(connection)
