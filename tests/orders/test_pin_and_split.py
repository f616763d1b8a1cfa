"""Pinning fixes a line's units to a delivery without taking anybody's; splitting changes nothing that was promised."""

from __future__ import annotations

import pytest
from django.db import connection

from backorder.journal import feed
from backorder.journal.refusals import Refused
from backorder.orders.changing.pin import pin, unpin
from backorder.orders.changing.split import split
from backorder.orders.deciding.redecide import redecide, work_marks
from backorder.orders.models import Line, Part, Peg
from backorder.supply.models import Supply
from tests.invariants import assert_clean

from .shop import Shop

pytestmark = pytest.mark.django_db


def pegs(line: int) -> list[tuple[int, int, bool]]:
    return sorted(Peg.objects.filter(line_id=line).values_list("supply_id", "units", "hard"))


def units(line: int) -> tuple[int, int, int, int]:
    found = Line.objects.get(id=line)
    return found.ordered, found.open, found.allocated, found.substituted


@pytest.fixture
def two_deliveries(shop: Shop) -> tuple[int, int]:
    """LAMP comes on day 5 (6 units) and day 12 (6 units)."""
    shop.item("LAMP")
    return shop.inbound("LAMP", 6, 5), shop.inbound("LAMP", 6, 12)


def test_a_pinned_line_keeps_its_delivery_when_somebody_more_urgent_comes(shop: Shop, two_deliveries) -> None:
    early, _ = two_deliveries
    placed = shop.place(("LAMP", 4))
    assert pin(placed.id, line=placed.lines[0].id, supply=early, actor="test") == 4
    shop.place(("LAMP", 6), priority=50)
    while work_marks():
        pass
    assert pegs(placed.lines[0].id) == [(early, 4, True)]
    assert shop.line(placed).promised_on == shop.day(6)
    assert_clean(connection)


def test_pinning_to_a_later_delivery_moves_the_date_and_frees_the_earlier_one(shop: Shop, two_deliveries) -> None:
    early, late = two_deliveries
    placed = shop.place(("LAMP", 4))
    line = placed.lines[0].id
    pin(placed.id, line=line, supply=late, units=4, actor="test")
    while work_marks():
        pass
    assert pegs(line) == [(late, 4, True)]
    assert shop.line(placed).promised_on == shop.day(13)
    assert Supply.objects.get(id=early).pegged == 0
    entry = feed.of_subject(f"order/{placed.id}").entries
    assert "line.pinned" in [one.fact for one in entry]
    assert_clean(connection)


def test_what_others_were_promised_is_not_pinned(shop: Shop, two_deliveries) -> None:
    early, _ = two_deliveries
    shop.place(("LAMP", 5))
    placed = shop.place(("LAMP", 4))
    line = placed.lines[0].id
    before = pegs(line)
    with pytest.raises(Refused) as refused:
        pin(placed.id, line=line, supply=early, units=4, actor="test")
    assert (refused.value.name, refused.value.values["limit"]) == ("supply_is_promised", 1)
    assert pegs(line) == before
    assert pin(placed.id, line=line, supply=early, units=1, actor="test") == 1


def test_a_delivery_of_another_item_is_refused(shop: Shop, two_deliveries) -> None:
    shop.item("DESK")
    other = shop.inbound("DESK", 9, 3)
    placed = shop.place(("LAMP", 4))
    for supply, name in ((other, "supply_of_another_item"), (999_999, "unknown_supply")):
        with pytest.raises(Refused) as refused:
            pin(placed.id, line=placed.lines[0].id, supply=supply, actor="test")
        assert refused.value.name == name


def test_unpinned_units_go_with_the_queue_again(shop: Shop, two_deliveries) -> None:
    early, late = two_deliveries
    placed = shop.place(("LAMP", 4))
    line = placed.lines[0].id
    pin(placed.id, line=line, supply=late, actor="test")
    assert unpin(placed.id, line=line, actor="test") == 4
    redecide([shop.items["LAMP"]], cause="asked", actor="test")
    assert pegs(line) == [(early, 4, False)]
    with pytest.raises(Refused, match="line_is_not_pinned"):
        unpin(placed.id, line=line, actor="test")


def test_a_split_line_keeps_its_place_its_pegs_and_its_days(shop: Shop, two_deliveries) -> None:
    early, late = two_deliveries
    placed = shop.place(("LAMP", 10))
    first = placed.lines[0].id
    assert pegs(first) == [(early, 6, False), (late, 4, False)]
    new = split(placed.id, line=first, units=4, actor="test")
    assert units(first) == (10, 6, 0, 4)
    assert units(new) == (4, 4, 0, 0)
    assert pegs(first) == [(early, 6, False)]
    assert pegs(new) == [(late, 4, False)]
    old, made = Line.objects.get(id=first), Line.objects.get(id=new)
    assert (old.promised_on, made.promised_on) == (shop.day(6), shop.day(13))
    assert (made.first_promised_on, made.ordered_at, made.priority) == (shop.day(13), old.ordered_at, old.priority)
    assert list(Part.objects.filter(line=new).values_list("units", "supply_id")) == [(4, late)]
    assert_clean(connection)
    assert redecide([shop.items["LAMP"]], cause="asked", actor="test") == 0


@pytest.mark.parametrize("wrong", [0, -1, 10, 11])
def test_one_unit_stays_on_the_line(shop: Shop, two_deliveries, wrong: int) -> None:
    placed = shop.place(("LAMP", 10))
    with pytest.raises(Refused, match="more_than_is_open"):
        split(placed.id, line=placed.lines[0].id, units=wrong, actor="test")
    assert units(placed.lines[0].id) == (10, 10, 0, 0)
    assert Line.objects.count() == 1


def test_units_on_the_shelf_stay_with_the_old_line(shop: Shop, two_deliveries) -> None:
    shop.stock("LAMP", 3)
    placed = shop.place(("LAMP", 8))
    new = split(placed.id, line=placed.lines[0].id, units=5, actor="test")
    assert units(placed.lines[0].id) == (8, 0, 3, 5)
    assert units(new) == (5, 5, 0, 0)
    assert_clean(connection)
