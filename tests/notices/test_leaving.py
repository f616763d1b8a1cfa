"""Nothing leaves after the delay law has ended it, though nobody has looked yet; what is agreed to may leave."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from backorder.catalog import define
from backorder.catalog.specs import KitSpec
from backorder.journal import clock
from backorder.journal.models import Entry
from backorder.journal.refusals import Refused
from backorder.notices import cases
from backorder.orders.fulfilling import leaving
from backorder.orders.fulfilling.release import release, release_all, release_ready
from backorder.orders.fulfilling.ship import Parcel, ship, ship_all
from backorder.orders.models import Line, Shipment
from backorder.orders.placing.forms import Placed
from backorder.orders.supplying.receive import receive
from tests.connections import Running, another, until
from tests.notices import late, post
from tests.notices.late import on, order, slip, the_case, units, work
from tests.orders.shop import Shop, open_shop
from tests.payments import money


@pytest.fixture
def shop(transactional_db: None) -> Shop:
    return open_shop()


def asked(shop: Shop, *, slips_to: int = 60) -> Placed:
    """Promised for day 12, asked about a later one; the goods come all the same, and lie ready on the shelf."""
    shop.item("LAMP")
    supply = shop.inbound("LAMP", 10, 12)
    placed = order(shop, ("LAMP", 3, 1000))
    work()
    slip(shop, supply, slips_to)
    post.advance(minutes=10)
    work()
    on(shop, 30)
    work()
    receive(supply, units=3, key="r", actor="test")
    late.decide()
    assert units(placed) == {"allocated": 3}
    return placed


def leaves_by(placed: Placed) -> datetime | None:
    return Line.objects.get(order_id=placed.id).leave_by_at


def refused(refusal: pytest.ExceptionInfo[Refused], shop: Shop, day: int) -> None:
    """Deemed cancelled since midnight of the shop's day."""
    at = datetime.combine(shop.day(day), datetime.min.time(), tzinfo=UTC).isoformat()
    assert (refusal.value.name, refusal.value.status, refusal.value.values["limit"]) == ("deemed_cancelled", 409, at)
    assert at in refusal.value.says


def test_what_silence_has_ended_is_not_released_though_nobody_looked(shop: Shop) -> None:
    placed = asked(shop)
    line = placed.lines[0].id
    on(shop, 43, 0)  # T is day 12; T+30 is over.
    entries = Entry.objects.count()
    with pytest.raises(Refused) as refusal:
        release(placed.id, actor="test")
    refused(refusal, shop, 43)
    with pytest.raises(Refused) as refusal:
        release(placed.id, lines={line: 1}, actor="test")
    refused(refusal, shop, 43)
    (outcome,) = release_all([(placed.id, shop.locations["NORTH"])], actor="test")
    assert isinstance(outcome, Refused)
    assert outcome.name == "deemed_cancelled"
    assert (units(placed), Entry.objects.count()) == ({"allocated": 3}, entries)
    work()
    assert units(placed) == {"cancelled": 3}
    assert [(due.amount_minor, due.why) for due in money.dues(placed)] == [(3000, "(c)(2)")]


def test_a_moment_before_it_may_leave(shop: Shop) -> None:
    placed = asked(shop)
    on(shop, 42, 23)
    assert release(placed.id, actor="test") == {placed.lines[0].id: 3}
    assert ship(placed.id, location=shop.locations["NORTH"], key="p", actor="test")
    work()
    assert the_case(placed).state == "shipped_compliant"


def test_without_the_instant_on_the_line_it_would_leave(shop: Shop) -> None:
    """The control: only the kept instant stops it."""
    placed = asked(shop)
    Line.objects.update(leave_by_at=None)
    on(shop, 43, 0)
    assert release(placed.id, actor="test") == {placed.lines[0].id: 3}


def test_places_that_release_by_themselves_pass_it_over(shop: Shop) -> None:
    placed = asked(shop)
    shop.release_mode("NORTH", "when_any")
    on(shop, 43, 0)
    assert release_ready() == 0
    assert units(placed) == {"allocated": 3}


def test_what_the_warehouse_has_in_hand_does_not_ship_unless_it_is_gone_already(shop: Shop) -> None:
    placed = asked(shop)
    release(placed.id, actor="test")
    on(shop, 43, 0)
    north = shop.locations["NORTH"]
    with pytest.raises(Refused) as refusal:
        ship(placed.id, location=north, key="p", actor="test")
    refused(refusal, shop, 43)
    (outcome,) = ship_all([Parcel(placed.id, north, "p")], actor="test")
    assert isinstance(outcome, Refused)
    assert outcome.name == "deemed_cancelled"
    assert (units(placed), Shipment.objects.count()) == ({"released": 3}, 0)
    ship(placed.id, location=north, key="p", has_left=True, actor="test")
    work()
    assert (units(placed), the_case(placed).state) == ({"shipped": 3}, "shipped_late")
    assert [(due.amount_minor, due.why) for due in money.dues(placed)] == [(3000, "(c)(2)")]


def test_the_rest_of_the_order_goes_without_it(shop: Shop) -> None:
    shop.item("LAMP")
    shop.item("MUG", stock=2)
    supply = shop.inbound("LAMP", 10, 12)
    placed = order(shop, ("LAMP", 3, 1000), ("MUG", 1, 500), shown_on=shop.day(12))
    work()
    slip(shop, supply, 60)
    post.advance(minutes=10)
    work()
    mug = placed.lines[1].id
    assert Line.objects.get(pk=mug).leave_by_at is None
    on(shop, 30)
    receive(supply, units=3, key="r", actor="test")
    late.decide()
    Line.objects.filter(pk=placed.lines[0].id).update(leave_by_at=clock.now())
    assert release(placed.id, actor="test") == {mug: 1}


def test_a_yes_moves_the_instant_and_a_second_end_comes_back(shop: Shop) -> None:
    placed = asked(shop)
    assert leaves_by(placed) == datetime.combine(shop.day(43), datetime.min.time(), tzinfo=UTC)
    case = the_case(placed)
    cases.answer_wait(case.id, by="phone", actor="staff:1")
    assert leaves_by(placed) == datetime.combine(shop.day(61), datetime.min.time(), tzinfo=UTC)
    on(shop, 43, 0)
    assert release(placed.id, actor="test") == {placed.lines[0].id: 3}


def test_where_the_law_ends_nothing_there_is_no_instant(shop: Shop) -> None:
    shop.item("LAMP")
    supply = shop.inbound("LAMP", 10, 12)
    placed = order(shop, ("LAMP", 3, 1000), country="DE")
    work()
    slip(shop, supply, 60)
    post.advance(minutes=10)
    work()
    assert the_case(placed).jurisdiction == "de"
    assert leaves_by(placed) is None


def test_a_kits_parts_share_the_instant_of_the_kit(shop: Shop) -> None:
    shop.item("LAMP")
    shop.item("BULB", stock=10)
    shop.item("SET")
    define.define_kit(KitSpec(sku="SET", parts={"LAMP": 1, "BULB": 2}), actor="test")
    supply = shop.inbound("LAMP", 10, 12)
    placed = order(shop, ("SET", 2, 1000))
    work()
    slip(shop, supply, 60)
    post.advance(minutes=10)
    work()
    slowest = Line.objects.get(order_id=placed.id, item_id=shop.items["LAMP"])
    assert slowest.first_ship_on is not None
    at = datetime.combine(slowest.first_ship_on + timedelta(days=31), datetime.min.time(), tzinfo=UTC)
    assert set(Line.objects.filter(order_id=placed.id).values_list("leave_by_at", flat=True)) == {at}


@pytest.mark.parametrize("is_kept", [True, False], ids=["kept", "control"])
def test_a_shipment_that_waits_for_a_lock_past_midnight_is_refused(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, is_kept: bool
) -> None:
    """What counts is the instant behind the locks, not the one at which somebody began."""
    placed = asked(shop)
    release(placed.id, actor="test")
    on(shop, 42, 23)
    if not is_kept:
        monkeypatch.setattr(leaving, "may_leave", lambda order, line: True)
    with another() as other:
        other.execute("SELECT 1 FROM orders_queue WHERE item_id = %s FOR UPDATE", [shop.items["LAMP"]])
        began = Running(lambda: _outcome(placed, shop.locations["NORTH"]))
        until(lambda: _is_waiting(other))
        on(shop, 43, 0)
        other.rollback()
        outcome = began.finish()
    assert outcome == ("deemed_cancelled" if is_kept else "shipped")


def _outcome(placed: Placed, location: int) -> str:
    try:
        ship(placed.id, location=location, key="p", actor="test")
    except Refused as refusal:
        return refusal.name
    return "shipped"


def _is_waiting(other: psycopg.Connection) -> bool:
    """Does somebody wait for what `other` holds?"""
    sql = "SELECT 1 FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"
    return other.execute(sql).fetchone() is not None
