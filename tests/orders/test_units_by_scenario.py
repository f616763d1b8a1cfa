"""Scenarios of units through the verbs: allocated, held, shipped in parts, given back, and the numbers they leave."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from backorder.journal import clock
from backorder.journal.models import Entry
from backorder.journal.refusals import Refused
from backorder.orders.changing.cancel import cancel
from backorder.orders.changing.edit import Edit, edit
from backorder.orders.deciding.redecide import work_marks
from backorder.orders.fulfilling.release import release
from backorder.orders.fulfilling.returns import return_units
from backorder.orders.fulfilling.ship import ship
from backorder.orders.models import Hold, Line, Shipment
from backorder.orders.placing.end_holds import end_due_holds
from backorder.orders.placing.forms import Inquiry, NewHold, NewLine, Placed
from backorder.orders.placing.hold import hold, release_hold
from backorder.orders.placing.inquire import inquire
from backorder.orders.placing.place import place_orders
from backorder.orders.supplying.adjust import adjust
from backorder.orders.supplying.receive import receive
from backorder.stock.marks import mark
from backorder.stock.models import Move
from tests.invariants import assert_clean

from .shop import Shop

pytestmark = pytest.mark.django_db


def refusal(name: str) -> pytest.RaisesExc[Refused]:
    return pytest.raises(Refused, match=f"^{name}:")


def held(token: str, *lines: tuple[str, int], **given: Any) -> NewHold:
    wanted = tuple(NewLine(sku=sku, units=units) for sku, units in lines)
    return NewHold(channel="web", token=token, country="GB", lines=wanted, **given)


def free(shop: Shop, sku: str, at: str = "NORTH") -> int:
    on_hand, allocated = shop.level(sku, at)
    return on_hand - allocated


def leave(shop: Shop, placed: Placed, at: str = "NORTH", lines: dict[int, int] | None = None) -> int:
    """Release and ship units of an order from one location; returns the shipment."""
    release(placed.id, location=shop.locations[at], lines=lines, actor="test")
    return ship(
        placed.id, location=shop.locations[at], lines=lines, key=f"{placed.id}/{clock.now()}/{at}/{lines}", actor="test"
    )


class TestAllocated:
    def test_s11_what_is_allocated_is_not_free_and_what_left_is_neither(self, shop: Shop) -> None:
        shop.item("LAMP", stock=10)
        placed = shop.place(("LAMP", 5))
        assert (free(shop, "LAMP"), shop.level("LAMP")) == (5, (10, 5))
        leave(shop, placed, lines={placed.lines[0].id: 3})
        assert shop.level("LAMP") == (7, 2)

    def test_s13_in_whole_units_what_the_shelf_lacks_waits(self, shop: Shop) -> None:
        """Decimals are refused at the door; 7 of 5 are 5 and 2."""
        shop.item("LAMP", stock=5)
        placed = shop.place(("LAMP", 7))
        assert (shop.level("LAMP"), shop.waits("LAMP")) == ((5, 5), 2)
        assert (placed.lines[0].allocated, placed.lines[0].open) == (5, 2)

    def test_s55_an_order_and_its_cancellation_leave_nothing_but_the_record(self, shop: Shop) -> None:
        shop.item("LAMP", stock=8)
        placed = shop.place(("LAMP", 3))
        cancel(placed.id, actor="test")
        assert shop.level("LAMP") == (8, 0)
        assert list(Move.objects.values_list("units", flat=True)) == [8], "an allocation is no movement"
        facts = Entry.objects.filter(subject=f"order/{placed.id}").order_by("seq").values_list("fact", flat=True)
        assert list(facts) == ["order.placed", "order.cancelled"]

    def test_s75_all_of_it_or_a_part_is_given_back(self, shop: Shop) -> None:
        shop.item("LAMP", stock=100)
        placed = shop.place(("LAMP", 80))
        line = placed.lines[0].id
        cancel(placed.id, lines={line: 50}, actor="test")
        assert shop.level("LAMP") == (100, 30)
        cancel(placed.id, lines={line: 30}, actor="test")
        assert shop.level("LAMP") == (100, 0)

    def test_s139_an_order_takes_it_from_what_is_free_and_shipping_from_what_is_there(self, shop: Shop) -> None:
        shop.item("LAMP", stock=509)
        placed = shop.place(("LAMP", 1))
        assert (free(shop, "LAMP"), shop.level("LAMP")[0]) == (508, 509)
        leave(shop, placed)
        assert (free(shop, "LAMP"), shop.level("LAMP")[0]) == (508, 508)

    def test_s147_a_line_is_not_raised_beyond_the_last_unit(self, shop: Shop) -> None:
        """Nine on the shelf, three times three are sold: a fourth three and one more for the first are refused."""
        shop.item("LAMP", sell="stock_only", stock=9)
        first, *_ = [shop.place(("LAMP", 3)) for _ in range(3)]
        assert isinstance(shop.try_place(("LAMP", 3)), Refused)
        with refusal("item_is_not_sellable_on_backorder"):
            edit(first.id, Edit(units={first.lines[0].id: 4}), version=1, actor="test")
        assert (Line.objects.count(), shop.level("LAMP")) == (3, (9, 9))


class TestLocations:
    def test_s41_units_leave_and_come_back_where_they_were_allocated(self, shop: Shop) -> None:
        """100 in the north and 120 in the south; one line of 2 from each, of which one unit is cancelled."""
        shop.item("LAMP", stock=100)
        shop.item("DESK")
        shop.stock("LAMP", 20, at="SOUTH")
        shop.stock("DESK", 120, at="SOUTH")
        placed = shop.place(("LAMP", 2), ("DESK", 2))
        lamp, desk = (line.id for line in placed.lines)
        cancel(placed.id, lines={desk: 1}, actor="test")
        assert shop.level("DESK", "SOUTH") == (120, 1)
        leave(shop, placed)
        leave(shop, placed, "SOUTH")
        assert (shop.level("LAMP"), shop.level("DESK", "SOUTH")) == ((98, 0), (119, 0))
        return_units(placed.id, lines={lamp: 2}, restock_at=shop.locations["NORTH"], key="back-1", actor="test")
        return_units(placed.id, lines={desk: 1}, restock_at=shop.locations["SOUTH"], key="back-2", actor="test")
        assert (shop.level("LAMP"), shop.level("DESK", "SOUTH")) == ((100, 0), (120, 0))

    def test_s91_a_unit_that_one_location_cannot_give_is_found_at_another(self, shop: Shop) -> None:
        """Two are allocated in the north; one is lost there, and the south has two. An inquiry moves nothing."""
        shop.item("LAMP", stock=2)
        placed = shop.place(("LAMP", 2))
        shop.stock("LAMP", 2, at="SOUTH")
        inquire(Inquiry(channel="web", country="GB", lines=(NewLine(sku="LAMP", units=1),)))
        assert (shop.level("LAMP"), shop.level("LAMP", "SOUTH")) == ((2, 2), (2, 0))
        adjust(
            shop.items["LAMP"], shop.locations["NORTH"], units=-1, key="broken", reason="broken", take_back=True,
            actor="test",
        )  # fmt: skip
        work_marks()
        assert (shop.level("LAMP"), shop.level("LAMP", "SOUTH")) == ((1, 1), (2, 1))
        assert (shop.line(placed).allocated, shop.line(placed).open) == (2, 0)

    def test_s93_what_waits_is_given_up_before_what_is_there(self, shop: Shop) -> None:
        """Ten units of which six wait; taking seven away leaves three on the shelf and none waiting."""
        shop.item("LAMP", stock=4)
        placed = shop.place(("LAMP", 10))
        assert shop.waits("LAMP") == 6
        cancel(placed.id, lines={placed.lines[0].id: 7}, actor="test")
        assert (shop.level("LAMP"), shop.waits("LAMP")) == ((4, 3), 0)

    @pytest.mark.parametrize(
        ("units", "at", "name"),
        [
            (0, "NORTH", "more_than_is_released"),
            (3, "NORTH", "more_than_is_released"),
            (1, "SOUTH", "more_than_is_released"),
        ],
    )
    def test_s95_none_too_many_elsewhere_and_twice_are_refused(
        self, shop: Shop, units: int, at: str, name: str
    ) -> None:
        shop.item("LAMP", stock=2)
        placed = shop.place(("LAMP", 2))
        release(placed.id, actor="test")
        with refusal(name):
            ship(placed.id, location=shop.locations[at], lines={placed.lines[0].id: units}, key="k", actor="test")
        assert (shop.level("LAMP"), Shipment.objects.count()) == ((2, 2), 0)
        ship(placed.id, location=shop.locations["NORTH"], key="all", actor="test")
        with refusal("nothing_to_ship"):
            ship(placed.id, location=shop.locations["NORTH"], key="again", actor="test")
        assert (shop.level("LAMP"), Shipment.objects.count()) == ((0, 0), 1)


class TestHolds:
    def test_s43_a_hold_of_three_ends_seven_minutes_later(self, shop: Shop) -> None:
        shop.item("LAMP", sell="stock_only", stock=10)
        answer = hold(held("cart", ("LAMP", 3), minutes=7), actor="test")
        assert answer.ends_at == clock.now() + timedelta(minutes=7)
        assert (Hold.objects.get().units, shop.level("LAMP")) == (3, (10, 3))

    def test_s45_a_hold_of_more_than_there_is_holds_nothing(self, shop: Shop) -> None:
        shop.item("LAMP", sell="stock_only", stock=1)
        with refusal("item_is_not_sellable_on_backorder"):
            hold(held("cart", ("LAMP", 3)), actor="test")
        assert (Hold.objects.count(), shop.level("LAMP")) == (0, (1, 0))

    def test_s47_two_lines_of_one_item_are_counted_together(self, shop: Shop) -> None:
        shop.item("LAMP", sell="stock_only", stock=5)
        with refusal("item_is_not_sellable_on_backorder"):
            hold(held("cart", ("LAMP", 3), ("LAMP", 3)), actor="test")
        assert (Hold.objects.count(), shop.level("LAMP")) == (0, (5, 0))

    def test_s49_a_hold_never_stands_in_its_owners_way(self, shop: Shop) -> None:
        shop.item("LAMP", sell="stock_only", stock=10)
        for units in (3, 7, 2, 10):
            hold(held("cart", ("LAMP", units)), actor="test")
            assert (Hold.objects.get(ended_at=None).units, shop.level("LAMP")) == (units, (10, units))
        with refusal("item_is_not_sellable_on_backorder"):
            hold(held("cart", ("LAMP", 11)), actor="test")
        assert (Hold.objects.get(ended_at=None).units, shop.level("LAMP")) == (10, (10, 10))

    def test_s49b_a_hold_past_its_end_is_free_and_one_too_large_waits_for_the_rest(self, shop: Shop) -> None:
        item = shop.item("LAMP", stock=10)
        hold(held("a", ("LAMP", 6)), actor="test")
        assert free(shop, "LAMP") == 4
        hold(held("b", ("LAMP", 1), minutes=30), actor="test")
        assert free(shop, "LAMP") == 3
        release_hold("web", "a", actor="test")
        assert free(shop, "LAMP") == 9
        clock.advance(timedelta(minutes=30), actor="test")
        assert end_due_holds() == 1
        assert free(shop, "LAMP") == 10

        hold(held("c", ("LAMP", 11)), actor="test")
        assert (shop.level("LAMP"), shop.waits("LAMP")) == ((10, 10), 1)
        shop.stock("LAMP", 10)
        with transaction.atomic():
            mark([item], cause="receipt", at=clock.now())
        work_marks()
        assert (free(shop, "LAMP"), shop.waits("LAMP")) == (9, 0)

    def test_s27_what_the_owner_holds_does_not_count_against_his_limit(self, shop: Shop) -> None:
        """A preorder limit of five, all five held: others get none, the holder changes his hold and orders all."""
        shop.item("GAME", sell="preorder", street_on=shop.day(20), backorder_limit=5, lead_time_days=None)
        hold(held("cart", ("GAME", 5)), actor="test")
        assert isinstance(shop.try_place(("GAME", 5)), Refused)
        for units in (4, 5):
            hold(held("cart", ("GAME", units)), actor="test")
            assert shop.waits("GAME") == units
        with refusal("backorder_limit_reached"):
            hold(held("cart", ("GAME", 6)), actor="test")
        placed = shop.place(("GAME", 5), hold="cart")
        assert (placed.lines[0].open, shop.waits("GAME")) == (5, 5)
        assert_clean(connection)

    def test_what_the_owner_holds_counts_for_the_least_and_for_the_most_he_may_have(self, shop: Shop) -> None:
        shop.item("LAMP", stock=100, max_per_customer=5, min_ship_units=3)
        shop.place(("LAMP", 3), customer="ann")
        hold(held("cart", ("LAMP", 4)), actor="test")
        hold(held("cart", ("LAMP", 5)), actor="test")
        for units in (2, 6):
            with refusal("below_min_ship_units" if units == 2 else "max_per_customer_reached"):
                hold(held("cart", ("LAMP", units)), actor="test")
        for units, whose in ((6, "bob"), (5, "ann"), (2, "bob")):
            assert isinstance(shop.try_place(("LAMP", units), hold="cart", customer=whose), Refused)
        assert shop.level("LAMP") == (100, 8)
        shop.place(("LAMP", 5), hold="cart", customer="bob")
        assert shop.level("LAMP") == (100, 8)
        assert_clean(connection)

    def test_an_order_refused_beside_its_hold_leaves_the_books_of_the_batch_as_they_were(self, shop: Shop) -> None:
        """The first needs a second item that is not there; the second may have just the one unit that may wait."""
        shop.item("LAMP", backorder_limit=3)
        shop.item("DESK", sell="stock_only")
        hold(held("cart", ("LAMP", 2)), actor="test")
        orders = [
            shop.order(("LAMP", 2), ("DESK", 1), hold="cart"),
            shop.order(("LAMP", 2)),
            shop.order(("LAMP", 1)),
        ]
        outcomes = place_orders(orders, actor="test")
        assert [isinstance(outcome, Refused) for outcome in outcomes] == [True, True, False]
        assert shop.waits("LAMP") == 3
        assert_clean(connection)

    def test_s121_a_quote_that_is_held_takes_supply_and_an_inquiry_takes_none(self, shop: Shop) -> None:
        shop.item("LAMP", stock=2)
        question = Inquiry(channel="web", country="GB", lines=(NewLine(sku="LAMP", units=1),))
        assert inquire(question).possible
        assert shop.level("LAMP") == (2, 0)
        hold(held("quote", ("LAMP", 1)), actor="test")
        assert inquire(question).possible
        assert shop.level("LAMP") == (2, 1), "of the two only the quote is planned"


class TestParcels:
    def test_s89_what_is_there_and_what_waits_leave_in_two_parcels(self, shop: Shop) -> None:
        shop.item("LAMP", stock=4)
        supply = shop.inbound("LAMP", 5, 6)
        placed = shop.place(("LAMP", 9))
        assert [(part.units, part.ship_on) for part in placed.lines[0].parts] == [(4, shop.day(0)), (5, shop.day(6))]
        parcels = [leave(shop, placed)]
        receive(supply, units=5, key="truck", actor="test")
        clock.advance(timedelta(days=6), actor="test")
        parcels.append(leave(shop, placed))
        packed = [Shipment.objects.get(id=parcel).lines.get().units for parcel in parcels]
        assert packed == [4, 5]

    def test_s97_of_four_lines_what_is_there_is_released_and_the_rest_waits(self, shop: Shop) -> None:
        wanted = [("LAMP", 20), ("BULB", 10), ("DESK", 20), ("SOFA", 10)]
        for (sku, _), stock in zip(wanted, (15, 10, 0, 0), strict=True):
            shop.item(sku, stock=stock)
        placed = shop.place(*wanted)
        released = release(placed.id, actor="test")
        assert [released.get(line.id, 0) for line in placed.lines] == [15, 10, 0, 0]
        assert [shop.line(placed, n).open for n in range(4)] == [5, 0, 20, 10]

    def test_s97_an_order_that_goes_together_stays_together(self, shop: Shop) -> None:
        shop.item("LAMP", stock=15)
        shop.item("BULB", stock=10)
        placed = shop.place(("LAMP", 20), ("BULB", 10), ship="together")
        with refusal("order_ships_together"):
            release(placed.id, actor="test")
        assert [shop.line(placed, n).released for n in range(2)] == [0, 0]

    def test_s99_what_did_not_leave_waits_or_is_cancelled(self, shop: Shop) -> None:
        shop.item("LAMP", stock=10)
        placed = shop.place(("LAMP", 15))
        leave(shop, placed)
        assert (shop.line(placed).shipped, shop.line(placed).open) == (10, 5)
        shop.item("DESK", stock=10)
        other = shop.place(("DESK", 10))
        line = other.lines[0].id
        leave(shop, other, lines={line: 5})
        cancel(other.id, lines={line: 5}, actor="test")
        assert (shop.line(other).shipped, shop.line(other).cancelled, shop.level("DESK")) == (5, 5, (5, 0))

    def test_s99_more_than_was_ordered_does_not_leave(self, shop: Shop) -> None:
        """Two lines of ten, twelve and eight were done: twelve are refused, two of the second still wait."""
        for sku in ("LAMP", "DESK"):
            shop.item(sku, stock=20)
        placed = shop.place(("LAMP", 10), ("DESK", 10))
        lamp, desk = (line.id for line in placed.lines)
        release(placed.id, actor="test")
        north = shop.locations["NORTH"]
        with refusal("more_than_is_released"):
            ship(placed.id, location=north, lines={lamp: 12, desk: 8}, key="k", actor="test")
        assert Shipment.objects.count() == 0
        ship(placed.id, location=north, lines={lamp: 10, desk: 8}, key="k", actor="test")
        assert [(shop.line(placed, n).shipped, shop.line(placed, n).released) for n in range(2)] == [(10, 0), (8, 2)]

    def test_s101_what_is_there_is_shipped_and_the_rest_is_given_up(self, shop: Shop) -> None:
        shop.item("LAMP", stock=1)
        placed = shop.place(("LAMP", 1), ("LAMP", 1))
        assert [(line.allocated, line.open) for line in placed.lines] == [(1, 0), (0, 1)]
        cancel(placed.id, lines={placed.lines[1].id: 1}, actor="test")
        parcel = leave(shop, placed)
        assert [row.units for row in Shipment.objects.get(id=parcel).lines.all()] == [1]
        assert [shop.line(placed, n).cancelled for n in range(2)] == [0, 1]


class TestQueue:
    def test_s143_seven_places_go_to_the_first_seven_of_ten(self, shop: Shop) -> None:
        """One of higher priority comes before all; when there is enough, everybody has one."""
        item = shop.item("SEAT")
        waiting = [shop.place(("SEAT", 1)) for _ in range(9)]
        urgent = shop.place(("SEAT", 1), priority=5)
        for units, served in ((7, [1, 1, 1, 1, 1, 1, 0, 0, 0, 1]), (3, [1] * 10)):
            shop.stock("SEAT", units)
            with transaction.atomic():
                mark([item], cause="receipt", at=clock.now())
            work_marks()
            assert [shop.line(placed).allocated for placed in [*waiting, urgent]] == served
        assert_clean(connection)

    def test_s103_who_wants_nothing_late_is_left_with_what_was_in_time(self, shop: Shop) -> None:
        """Twenty wanted on day 4 or not at all: ten are on the shelf and leave, ten are short."""
        shop.item("LAMP", stock=10)
        shop.inbound("LAMP", 10, 6)
        placed = shop.place(("LAMP", 20), on_short="cancel_rest")
        assert (placed.lines[0].allocated, placed.lines[0].open, placed.lines[0].cancelled) == (10, 0, 10)

    def test_s105_nothing_late_and_nothing_in_parts_is_nothing(self, shop: Shop) -> None:
        """Twenty or nothing, in time or not at all: ten are on the shelf, so all twenty are refused."""
        shop.item("LAMP", stock=10, min_ship_units=20)
        shop.inbound("LAMP", 10, 6)
        outcome = shop.try_place(("LAMP", 20), on_short="cancel_rest")
        assert isinstance(outcome, Refused)
        assert (outcome.name, outcome.values["limit"], outcome.values["lines"][0]["available"]) == (
            "below_min_ship_units",
            20,
            0,
        )
        assert (shop.level("LAMP"), Line.objects.count()) == ((10, 0), 0)

    def test_s107_a_least_that_ships_together_leaves_five(self, shop: Shop) -> None:
        """Fifteen are there and ten come on day 9; twenty that go together leave on day 9, and five are for others."""
        shop.item("LAMP", stock=15, min_ship_units=11)
        shop.inbound("LAMP", 10, 9)
        placed = shop.place(("LAMP", 20), ship="together")
        assert {(part.units, part.ship_on) for part in placed.lines[0].parts} == {(10, shop.day(9))}
        assert free(shop, "LAMP") == 5
        assert isinstance(shop.try_place(("LAMP", 5)), Refused), "five are fewer than the least"
