"""Stock: levels and moves are listed; corrections and counts say whom they hit before, and can be taken back."""

from __future__ import annotations

import re

import pytest
from django.db import connection

from backorder.journal.models import Entry
from backorder.orders.models import Allocation, Line
from backorder.orders.showing import levels
from backorder.stock.models import Level, Move
from tests.invariants import assert_clean
from tests.orders.shop import Shop

from .test_item import text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def place(shop: Shop) -> str:
    """The address of LAMP at NORTH: 10 on hand, 8 of them owned by W-A (5) and W-B (3)."""
    item = shop.item("LAMP", stock=10)
    for name, units in (("W-A", 5), ("W-B", 3)):
        shop.place(("LAMP", units), reference=name)
    return f"stock/{item}/{shop.locations['NORTH']}"


def everything() -> list[object]:
    models = (Level, Move, Allocation, Line, Entry)
    return [list(model._default_manager.order_by("pk").values()) for model in models]


def test_levels_are_listed_by_item_and_place_and_filtered(desk, shop: Shop, place: str) -> None:
    shop.item("VASE")
    shop.stock("LAMP", 2, at="SOUTH")
    found = levels.levels()
    assert [(one.sku, one.location, one.on_hand, one.allocated, one.free) for one in found] == [
        ("LAMP", "NORTH", 10, 8, 2),
        ("LAMP", "SOUTH", 2, 0, 2),
    ]
    assert [one.location for one in levels.levels(after=("LAMP", "NORTH"))] == ["SOUTH"]
    assert [one.location for one in levels.levels(only="owned")] == ["NORTH"]
    assert [one.location for one in levels.levels(location="SOUTH", search="am")] == ["SOUTH"]
    assert levels.levels(search="%") == []
    assert "Lamp" in text_of(desk.get("stock?only=owned"))


def test_moves_are_listed_with_why_and_who(desk, shop: Shop, place: str) -> None:
    desk.do(f"{place}/adjust", {"units": "-1", "reason": "broken", "note": "fell off"})
    text = text_of(desk.get("stock/moves?kind=adjustment&item=LAMP"))
    assert "−1" in text
    assert "broken: fell off" in text
    assert "Priya Nair" in text


def test_a_correction_says_whom_it_hits_and_changes_nothing_yet(desk, place: str) -> None:
    before = everything()
    text = text_of(desk.post(f"{place}/adjust", {"units": "-4", "reason": "lost"}))
    assert "On hand from 10 to 6: lost" in text
    assert "1 line gives units from the shelf back, 2 in all." in text
    assert "W-B" in text
    assert everything() == before


def test_a_correction_takes_from_the_lowest_rank(desk, place: str) -> None:
    desk.do(f"{place}/adjust", {"units": "-4", "reason": "lost", "token": "t1"})
    desk.do(f"{place}/adjust", {"units": "-4", "reason": "lost", "token": "t1"})  # A double click.
    assert list(Level.objects.values_list("on_hand", "allocated")) == [(6, 6)]
    assert dict(Line.objects.values_list("order__reference", "open")) == {"W-A": 0, "W-B": 2}
    assert desk.client.session["toast"]["says"] == (
        "LAMP: 6 on hand at North now. 2 units were taken back from who owned them."
    )
    assert_clean(connection)


def test_a_correction_that_hits_nobody_is_taken_back_by_undo(desk, place: str) -> None:
    desk.do(f"{place}/adjust", {"units": "-2", "reason": "broken"})
    toast = desk.client.session["toast"]
    desk.client.post(toast["undo"], {"confirmed": "1", **dict(toast["fields"])})
    assert list(Level.objects.values_list("on_hand", "allocated")) == [(10, 8)]
    assert list(Move.objects.filter(kind="adjustment").order_by("id").values_list("units", flat=True)) == [10, -2, 2]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"units": "0", "reason": "lost"}, "Nothing would change."),
        ({"units": "some", "reason": "lost"}, "Choose a whole number"),
        ({"units": "-1", "reason": "whim"}, "Choose one of those offered."),
        ({"units": "-11", "reason": "lost"}, "only 10 are on hand"),
    ],
)
def test_a_correction_that_cannot_be_is_refused(desk, place: str, given: dict[str, str], says: str) -> None:
    before = everything()
    for confirmed in ({}, {"confirmed": "1"}):
        assert says in text_of(desk.post(f"{place}/adjust", {**given, **confirmed}))
    assert everything() == before


def test_a_short_count_is_one_click_and_says_whom_it_hits(desk, place: str) -> None:
    before = everything()
    text = text_of(desk.post(f"{place}/count", {"units": "7"}))
    assert "7 counted: 3 fewer than the books say." in text
    assert "1 line gives units from the shelf back, 1 in all." in text
    assert everything() == before
    desk.do(f"{place}/count", {"units": "7"})
    assert list(Level.objects.values_list("on_hand", "allocated")) == [(7, 7)]
    assert Entry.objects.get(fact="stock.counted").actor == desk.person.actor
    assert_clean(connection)


def test_a_sheet_is_counted_in_one_go(desk, shop: Shop, place: str) -> None:
    vase = shop.item("VASE", stock=4)
    north = shop.locations["NORTH"]
    sheet = desk.get("stock/sheet").content.decode()
    assert re.findall(r'name="n-(\d+-\d+)"', sheet) == [f"{shop.items['LAMP']}-{north}", f"{vase}-{north}"]
    assert ">10<" not in sheet  # What the books say is not shown to who counts.
    counted = {f"n-{shop.items['LAMP']}-{north}": "9", f"n-{vase}-{north}": "6", "location": "NORTH"}
    before = everything()
    text = text_of(desk.post("stock/sheet", counted))
    assert "LAMP: −1" in text
    assert "VASE: +2" in text
    assert everything() == before
    desk.do("stock/sheet", counted)
    assert list(Level.objects.order_by("item__sku").values_list("on_hand", flat=True)) == [9, 6]


def test_an_empty_sheet_is_refused(desk, place: str) -> None:
    assert "Fill in at least one count." in text_of(desk.do("stock/sheet", {"location": "NORTH"}))


def test_who_may_not_correct_sees_levels_only(desk_of, place: str) -> None:
    viewer = desk_of("viewer")
    assert "Count sheet" not in text_of(viewer.get("stock"))
    before = everything()
    assert viewer.do(f"{place}/count", {"units": "1"}).status_code == 403
    assert everything() == before
