"""What leaves: released with what may not named, picked by a list with bar codes, confirmed with what was missing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backorder.console.ship import bars, walk
from backorder.journal import clock
from backorder.journal.models import Entry
from backorder.orders.changing.block import block
from backorder.orders.models import Line, Order, Shipment
from backorder.orders.showing import parcels
from backorder.stock.models import Level
from tests.invariants import assert_clean
from tests.orders.shop import Shop

from .test_item import text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def keys(shop: Shop) -> dict[str, str]:
    """Parcels by reference: W-A (5 LAMP, 2 VASE) may leave, W-B (3 LAMP) is blocked, W-C waits for the rest of it."""
    shop.item("LAMP", stock=10)
    shop.item("VASE", stock=2)
    placed = {
        "W-A": shop.place(("LAMP", 5), ("VASE", 2), reference="W-A"),
        "W-B": shop.place(("LAMP", 3), reference="W-B"),
        "W-C": shop.place(("LAMP", 4), reference="W-C", ship="together"),
    }
    block(placed["W-B"].id, kind="fraud", actor="test")
    return {name: f"{one.id}-{shop.locations['NORTH']}" for name, one in placed.items()}


def units() -> dict[str, tuple[int, int, int, int]]:
    """(open, allocated, released, shipped) by order, over its lines."""
    found: dict[str, tuple[int, int, int, int]] = {}
    for name, *now in Line.objects.values_list("order__reference", "open", "allocated", "released", "shipped"):
        had = found.get(name, (0, 0, 0, 0))
        found[name] = tuple(a + b for a, b in zip(had, now, strict=True))
    return found


def test_parcels_stand_in_the_order_they_came_with_why_they_stay(desk, keys) -> None:
    found, goes_on = parcels.parcels("ready")
    assert [(one.reference, one.allocated, one.stops) for one in found] == [
        ("W-A", 7, ""),
        ("W-B", 3, "blocked"),
        ("W-C", 2, "together"),
    ]
    assert goes_on == 0
    text = text_of(desk.get("ship"))
    assert "Blocked: fraud" in text
    assert "Waits for 2 more units" in text


def test_parcels_come_page_by_page(shop: Shop, keys) -> None:
    first, goes_on = parcels.parcels("ready", most=2)
    second, end = parcels.parcels("ready", most=2, after=goes_on)
    assert [one.reference for one in (*first, *second)] == ["W-A", "W-B", "W-C"]
    assert end == 0


def test_the_list_takes_as_many_statements_for_many_parcels_as_for_one(desk, shop: Shop, keys) -> None:
    desk.get("ship")
    with CaptureQueriesContext(connection) as few:
        desk.get("ship")
    shop.item("CARD", stock=50)
    for number in range(30):
        shop.place(("CARD", 1), reference=f"X-{number}")
    with CaptureQueriesContext(connection) as many:
        desk.get("ship")
    assert len(many) == len(few) <= 25


def test_releasing_names_what_stays_and_undo_gives_back(desk, keys) -> None:
    before = units()
    text = text_of(desk.post("ship/release", {"parcel": list(keys.values())}))
    assert "Release 1 parcel" in text
    assert "W-B: Blocked: fraud" in text
    assert units() == before
    desk.do("ship/release", {"parcels": ",".join(keys.values())})
    assert units()["W-A"] == (0, 0, 7, 0)
    assert units()["W-B"] == before["W-B"]
    toast = desk.client.session["toast"]
    assert toast["says"].startswith("Released 1 parcel. 2 stay:")
    desk.client.post(toast["undo"], {"confirmed": "1", **dict(toast["fields"])})
    assert units() == before
    assert_clean(connection)


@pytest.mark.parametrize("given", [{}, {"parcels": "x-y,1"}, {"parcels": "99-1"}])
def test_nothing_to_release_is_refused(desk, keys, given: dict[str, str]) -> None:
    before = units()
    assert desk.do("ship/release", given).status_code in (409, 422)
    assert units() == before


def test_the_pick_list_has_each_item_once_and_a_slip_for_each_parcel(desk, keys) -> None:
    desk.do("ship/release", {"parcels": keys["W-A"]})
    page = desk.get(f"ship/pick?parcel={keys['W-A']}")
    text = text_of(page)
    assert "7 units for 1 parcel" in text
    assert page.content.decode().count('class="bars"') == 3  # The order and its two items.
    assert "style=" not in page.content.decode()


def test_the_walk_names_each_item_once_with_its_parcels(desk, shop: Shop) -> None:
    shop.item("LAMP", stock=10)
    north = shop.locations["NORTH"]
    placed = [shop.place(("LAMP", 2), ("LAMP", 3)), shop.place(("LAMP", 1))]
    desk.do("ship/release", {"parcels": ",".join(f"{one.id}-{north}" for one in placed)})
    found, _ = parcels.parcels("released")
    assert [(line.sku, place, units, into) for line, place, units, into in walk(found)] == [("LAMP", "NORTH", 6, 2)]


def test_bar_codes_are_code_128() -> None:
    code = bars("W-1")
    # Start B, W, -, 1, check and stop: 5 * 11 + 13 modules, and 10 of white on each side.
    assert code.width == 5 * 11 + 13 + 20
    assert code.bars[:3] == ((10, 2), (13, 1), (16, 1))
    assert bars("Ü") is None or bars("Ü").bars


def test_a_parcel_leaves_with_a_part_missing(desk, shop: Shop, keys) -> None:
    desk.do("ship/release", {"parcels": keys["W-A"]})
    order = Order.objects.get(reference="W-A")
    lamp, vase = order.lines.order_by("position")
    sent = {f"s-{lamp.id}": "3", f"m-{lamp.id}": "1", f"s-{vase.id}": "2", "tracking": "JD 0146", "token": "t1"}
    for _ in range(2):  # A double click.
        assert desk.do(f"ship/{order.id}/{shop.locations['NORTH']}", sent).status_code == 302
    assert units()["W-A"] == (1, 0, 1, 5)
    assert list(Shipment.objects.values_list("tracking", flat=True)) == ["JD 0146"]
    assert Level.objects.get(item__sku="LAMP").on_hand == 6
    assert desk.client.session["toast"]["says"] == "5 units of W-A left. 1 missing unit waits again."
    assert "JD 0146" in text_of(desk.get("ship/sent"))
    assert_clean(connection)


@pytest.mark.parametrize(
    ("leaves", "missing", "says"),
    [("5", "1", "more than that together"), ("", "", "Say of at least one unit"), ("-1", "", "Choose a whole number")],
)
def test_what_cannot_leave_is_refused(desk, shop: Shop, keys, leaves: str, missing: str, says: str) -> None:
    desk.do("ship/release", {"parcels": keys["W-A"]})
    order = Order.objects.get(reference="W-A")
    lamp = order.lines.order_by("position")[0]
    before = units()
    given = {f"s-{lamp.id}": leaves, f"m-{lamp.id}": missing}
    assert says in text_of(desk.do(f"ship/{order.id}/{shop.locations['NORTH']}", given))
    assert units() == before
    assert Shipment.objects.count() == 0


def test_what_may_not_leave_any_more_leaves_only_if_it_is_gone_already(desk, shop: Shop, keys) -> None:
    desk.do("ship/release", {"parcels": keys["W-A"]})
    order = Order.objects.get(reference="W-A")
    place = f"ship/{order.id}/{shop.locations['NORTH']}"
    assert "It has left already" not in text_of(desk.get(place))
    lamp, vase = order.lines.order_by("position")
    Line.objects.filter(id=lamp.id).update(leave_by_at=clock.now() - timedelta(hours=1))
    assert "May not leave any more" in text_of(desk.get("ship/released"))
    text = text_of(desk.get(place))
    assert "The law&#x27;s last day is over since" in text
    assert "It has left already" in text

    before = units()
    sent = {f"s-{lamp.id}": "5", f"s-{vase.id}": "2", "tracking": "JD 0147", "token": "t9"}
    refused = desk.do(place, sent)
    assert (refused.status_code, units(), Shipment.objects.count()) == (409, before, 0)
    assert 'value="JD 0147"' in refused.content.decode()
    # The part that may leave does so by itself.
    assert desk.do(place, {f"s-{vase.id}": "2", "token": "t10"}).status_code == 302
    assert units()["W-A"] == (0, 0, 5, 2)
    assert desk.do(place, {f"s-{lamp.id}": "5", "has_left": "1", "token": "t11"}).status_code == 302
    assert units()["W-A"] == (0, 0, 0, 7)
    left = Entry.objects.filter(fact="order.shipped").order_by("seq")
    assert [one.body["lines"] for one in left] == [{str(vase.id): 2}, {str(lamp.id): 5}]
    assert_clean(connection)


def test_many_parcels_are_confirmed_at_once(desk, keys) -> None:
    desk.do("ship/release", {"parcels": ",".join(keys.values())})
    assert "Confirm 1 parcel as sent" in text_of(desk.post("ship/send", {"parcel": list(keys.values())}))
    desk.do("ship/send", {"parcels": ",".join(keys.values()), "token": "t2"})
    assert units()["W-A"] == (0, 0, 0, 7)
    assert desk.client.session["toast"]["says"] == "1 parcel left."


def test_who_may_not_fulfil_sees_only(desk_of, keys) -> None:
    viewer = desk_of("viewer")
    assert "W-A" in text_of(viewer.get("ship"))
    before = units()
    assert viewer.do("ship/release", {"parcels": keys["W-A"]}).status_code == 403
    assert units() == before
