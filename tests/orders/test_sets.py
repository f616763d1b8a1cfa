"""What goes together is promised together: whole kits, and orders that ship in one go."""

from __future__ import annotations

import pytest
from django.db import connection

from backorder.catalog import define
from backorder.catalog.specs import KitSpec
from backorder.journal.refusals import Refused
from backorder.orders.changing.cancel import cancel
from backorder.orders.deciding.redecide import redecide, work_marks
from backorder.orders.fulfilling.release import release
from backorder.orders.fulfilling.ship import ship
from backorder.orders.models import Line
from backorder.orders.placing.forms import NewHold, NewLine
from backorder.orders.placing.hold import hold
from backorder.stock.models import Changed
from tests.invariants import assert_clean

from .shop import Shop

pytestmark = pytest.mark.django_db


def kit(shop: Shop) -> None:
    """A SET is one LAMP and two BULBs."""
    shop.item("LAMP")
    shop.item("BULB")
    shop.item("SET")
    define.define_kit(KitSpec(sku="SET", parts={"LAMP": 1, "BULB": 2}), actor="test")


def test_a_kit_takes_from_the_shelf_only_what_makes_whole_kits(shop: Shop) -> None:
    kit(shop)
    shop.stock("LAMP", 3)
    shop.stock("BULB", 4)
    shop.inbound("BULB", 10, 6)
    shop.inbound("LAMP", 10, 9)
    whole, lamp, bulb = shop.place(("SET", 3)).lines
    assert (whole.kit_units, whole.ordered) == (3, 0)
    assert (lamp.kit_line, lamp.allocated, lamp.open) == (whole.id, 2, 1)
    assert (bulb.kit_line, bulb.allocated, bulb.open) == (whole.id, 4, 2)
    assert lamp.promised_on == bulb.promised_on == shop.day(10)
    assert shop.level("LAMP") == (3, 2), "the third lamp stays for others"


def test_two_kits_that_share_a_part_never_have_it_both(shop: Shop) -> None:
    """S141."""
    shop.item("BULB", sell="stock_only", stock=1)
    for sku in ("KIT-1", "KIT-2"):
        shop.item(sku)
        define.define_kit(KitSpec(sku=sku, parts={"BULB": 1}), actor="test")
    refused = shop.try_place(("KIT-1", 1), ("KIT-2", 1))
    assert isinstance(refused, Refused)
    assert shop.level("BULB") == (1, 0)
    shop.place(("KIT-1", 1))


def test_a_kit_with_a_short_part_is_cut_to_whole_kits(shop: Shop) -> None:
    kit(shop)
    shop.stock("LAMP", 9)
    shop.stock("BULB", 5)
    _, lamp, bulb = shop.place(("SET", 4), on_short="cancel_rest").lines
    assert (lamp.allocated, lamp.cancelled) == (2, 2)
    assert (bulb.allocated, bulb.cancelled) == (4, 4)
    assert (shop.level("LAMP"), shop.level("BULB")) == ((9, 2), (5, 4))


def test_a_part_may_come_ahead_of_the_others_but_does_not_leave_without_them(shop: Shop) -> None:
    kit(shop)
    placed = shop.place(("SET", 1))
    shop.place(("LAMP", 1))
    shop.stock("LAMP", 1)
    redecide([shop.items["LAMP"]], cause="test", actor="test")
    _, lamp, bulb = (shop.line(placed, n) for n in range(3))
    assert (lamp.allocated, bulb.allocated) == (1, 0), "the kit ranks first and keeps what comes first"
    with pytest.raises(Refused, match="nothing_to_release"):
        release(placed.id, actor="test")
    shop.stock("BULB", 2)
    redecide([shop.items["BULB"]], cause="test", actor="test")
    assert release(placed.id, actor="test") == {lamp.id: 1, bulb.id: 2}


def test_kits_are_released_shipped_and_cancelled_whole(shop: Shop) -> None:
    kit(shop)
    shop.stock("LAMP", 1)
    shop.stock("BULB", 9)
    placed = shop.place(("SET", 3))
    whole, lamp, bulb = placed.lines
    assert release(placed.id, actor="test") == {lamp.id: 1, bulb.id: 2}
    with pytest.raises(Refused, match="kit_is_whole"):
        ship(placed.id, location=shop.locations["NORTH"], lines={bulb.id: 2}, key="s", actor="test")
    ship(placed.id, location=shop.locations["NORTH"], key="s", actor="test")
    with pytest.raises(Refused, match="kit_is_whole"):
        cancel(placed.id, lines={bulb.id: 1}, actor="test")
    cancel(placed.id, lines={whole.id: 1}, actor="test")
    left = Line.objects.filter(order_id=placed.id, kit_units=None).order_by("position")
    assert [(line.shipped, line.cancelled, line.owed) for line in map(_Left, left)] == [(1, 1, 1), (2, 2, 2)]


class _Left:
    def __init__(self, line: Line) -> None:
        self.shipped, self.cancelled = line.shipped, line.cancelled
        self.owed = line.open + line.allocated + line.released


def test_when_the_slowest_line_slips_the_others_are_dated_with_it(shop: Shop) -> None:
    shop.item("A")
    shop.item("B")
    shop.inbound("A", 2, 5)
    late = shop.inbound("B", 2, 6)
    placed = shop.place(("A", 2), ("B", 2), ship="together")
    assert [line.promised_on for line in placed.lines] == [shop.day(7), shop.day(7)]
    shop.move(late, 12)
    redecide([shop.items["B"]], cause="eta", actor="test")
    assert work_marks() == 1
    assert [shop.line(placed, n).promised_on for n in (0, 1)] == [shop.day(13), shop.day(13)]
    assert not Changed.objects.exists(), "a set's own change starts no second round"


def test_a_line_that_has_all_its_units_is_dated_with_the_slowest_too(shop: Shop) -> None:
    """It keeps what it has on the shelf; only its day moves, once there and once back."""
    shop.item("A", stock=2)
    shop.item("B")
    late = shop.inbound("B", 2, 6)
    placed = shop.place(("A", 2), ("B", 2), ship="together")
    assert [line.promised_on for line in placed.lines] == [shop.day(7), shop.day(7)]
    for day in (12, 6):
        shop.move(late, day)
        redecide([shop.items["B"]], cause="eta", actor="test")
        work_marks()
        assert [shop.line(placed, n).promised_on for n in (0, 1)] == [shop.day(day + 1), shop.day(day + 1)]
        assert (shop.line(placed).allocated, shop.level("A")) == (2, (2, 2))
        assert not Changed.objects.exists()
    assert_clean(connection)


def test_when_the_slowest_line_comes_sooner_the_others_follow(shop: Shop) -> None:
    shop.item("A")
    shop.item("B")
    shop.inbound("A", 2, 5)
    late = shop.inbound("B", 2, 12)
    placed = shop.place(("A", 2), ("B", 2), ship="together")
    shop.move(late, 6)
    redecide([shop.items["B"]], cause="eta", actor="test")
    work_marks()
    assert [shop.line(placed, n).promised_on for n in (0, 1)] == [shop.day(7), shop.day(7)]


def test_a_held_kit_becomes_an_order_with_the_units_it_held(shop: Shop) -> None:
    kit(shop)
    shop.stock("LAMP", 1)
    shop.stock("BULB", 3)
    lines = (NewLine(sku="SET", units=2),)
    hold(NewHold(channel="web", token="cart", country="GB", lines=lines), actor="test")
    assert (shop.level("LAMP"), shop.level("BULB")) == ((1, 1), (3, 2))
    hold(NewHold(channel="web", token="cart", country="GB", lines=lines), actor="test")
    _, lamp, bulb = shop.place(("SET", 2), hold="cart").lines
    assert (lamp.allocated + lamp.open, bulb.allocated + bulb.open) == (2, 4)
