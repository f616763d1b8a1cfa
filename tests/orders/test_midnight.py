"""A new day is an event, once at each location, in its own zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.db import connection

from backorder.catalog import define
from backorder.catalog.specs import CalendarSpec, KitSpec, LocationSpec
from backorder.journal import clock
from backorder.journal.models import Entry
from backorder.orders.deciding.midnight import mark_day_changes
from backorder.orders.deciding.redecide import work_marks
from backorder.orders.models import Allocation, Peg
from backorder.stock.models import Changed
from tests.connections import another
from tests.invariants import assert_clean

from .shop import Shop

pytestmark = pytest.mark.django_db


def marked() -> list[tuple[int, str]]:
    return sorted(Changed.objects.values_list("item_id", "cause"))


def pass_days(days: int) -> None:
    clock.advance(timedelta(days=days), actor="test")


def test_overdue_supply_is_marked_once_each_day(shop: Shop) -> None:
    item = shop.item("LAMP", lead_time_days=60)
    supply = shop.inbound("LAMP", 5, 2)
    placed = shop.place(("LAMP", 5))
    assert mark_day_changes() == 2, "both locations begin their first day"
    assert marked() == []
    pass_days(2)
    assert (mark_day_changes(), marked()) == (2, []), "it may still come today"
    pass_days(1)
    assert (mark_day_changes(), marked()) == (2, [(item, "new_day")])
    assert (mark_day_changes(), marked()) == (0, [(item, "new_day")])
    work_marks()
    assert (shop.line(placed).promised_on, Peg.objects.get().supply_id) == (shop.day(5), supply)
    pass_days(1)
    mark_day_changes()
    work_marks()
    assert (shop.line(placed).promised_on, shop.line(placed).first_promised_on) == (shop.day(6), shop.day(3))
    assert_clean(connection)


def test_a_promise_that_passed_is_decided_anew(shop: Shop) -> None:
    item = shop.item("LAMP", lead_time_days=4)
    placed = shop.place(("LAMP", 5))
    assert shop.line(placed).promised_on == shop.day(5)
    pass_days(5)
    mark_day_changes()
    assert marked() == [(item, "new_day")]
    work_marks()
    assert shop.line(placed).promised_on == shop.day(6)


def test_what_may_ship_from_today_is_marked_on_its_street_date(shop: Shop) -> None:
    item = shop.item("GAME", sell="preorder", street_on=shop.day(3), stock=2)
    shop.place(("GAME", 2))
    mark_day_changes()
    pass_days(2)
    mark_day_changes()
    assert marked() == []
    pass_days(3)
    mark_day_changes()
    assert (item, "new_day") in marked(), "a day that was missed is caught up"
    Changed.objects.all().delete()
    pass_days(1)
    mark_day_changes()
    assert marked() == []


def test_each_location_has_its_own_midnight(shop: Shop) -> None:
    define.define_calendar(CalendarSpec(code="TOKYO", zone="Asia/Tokyo", weekdays=(0, 1, 2, 3, 4, 5, 6)), actor="test")
    east = define.define_location(
        LocationSpec(code="EAST", name="East", calendar="TOKYO", cut_off=time(23, 59), rank=9), actor="test"
    )
    mark_day_changes()
    clock.set_to(datetime(2030, 1, 7, 14, 59, tzinfo=UTC), actor="test")
    assert mark_day_changes() == 0
    clock.set_to(datetime(2030, 1, 7, 15, 0, tzinfo=UTC), actor="test")
    assert mark_day_changes() == 1, "midnight in Tokyo"
    last = Entry.objects.filter(fact="location.day_begun").order_by("-seq")[0]
    assert (last.subject, last.body["day"]) == (f"location/{east}", "2030-01-08")


def test_a_day_that_another_worker_begins_is_left_to_it(shop: Shop) -> None:
    with another() as other:
        other.execute("SELECT pg_advisory_lock(hashtext('location_day'), %s::int)", [shop.locations["NORTH"]])
        assert mark_day_changes() == 1
    assert mark_day_changes() == 1


def test_orders_are_cancelled_when_their_last_day_is_over(shop: Shop) -> None:
    item = shop.item("LAMP", stock=3, lead_time_days=60)
    wanted = shop.place(("LAMP", 5), cancel_if_not_by=shop.day(2))
    patient = shop.place(("LAMP", 2))
    mark_day_changes()
    pass_days(2)
    mark_day_changes()
    assert shop.line(wanted).cancelled == 0
    pass_days(1)
    mark_day_changes()
    line = shop.line(wanted)
    assert (line.open, line.allocated, line.cancelled) == (0, 0, 5)
    assert Entry.objects.get(fact="order.cancelled").body["reason"] == "cancel_if_not_by"
    assert item in [marked_item for marked_item, _ in marked()]
    work_marks()
    assert (shop.line(patient).open, shop.line(patient).allocated) == (0, 2)
    assert_clean(connection)
    pass_days(1)
    mark_day_changes()
    assert Entry.objects.filter(fact="order.cancelled").count() == 1


def test_the_last_day_is_one_of_the_orders_zone(shop: Shop) -> None:
    shop.item("LAMP", lead_time_days=60)
    placed = shop.place(("LAMP", 5), cancel_if_not_by=date(2030, 1, 8), zone="Pacific/Honolulu")
    clock.set_to(datetime(2030, 1, 9, 9, 59, tzinfo=UTC), actor="test")
    mark_day_changes()
    assert shop.line(placed).cancelled == 0
    clock.set_to(datetime(2030, 1, 10, 0, 0, tzinfo=UTC), actor="test")
    mark_day_changes()
    assert shop.line(placed).cancelled == 5


def test_what_the_warehouse_has_is_not_cancelled_and_kits_go_whole(shop: Shop) -> None:
    for sku in ("LAMP", "BULB", "SET"):
        shop.item(sku, lead_time_days=60)
    define.define_kit(KitSpec(sku="SET", parts={"LAMP": 1, "BULB": 2}), actor="test")
    shop.stock("LAMP", 1)
    shop.stock("BULB", 2)
    placed = shop.place(("SET", 3), cancel_if_not_by=shop.day(1))
    lamp, bulb = placed.lines[1].id, placed.lines[2].id
    for line, units in ((lamp, 1), (bulb, 2)):
        Allocation.objects.filter(line_id=line).update(allocated=0, released=units)
    for number, units in ((1, 1), (2, 2)):
        row = shop.line(placed, number)
        row.allocated, row.released = 0, units
        row.save()
    pass_days(2)
    mark_day_changes()
    assert [(shop.line(placed, n).cancelled, shop.line(placed, n).released) for n in (1, 2)] == [(2, 1), (4, 2)]
    assert_clean(connection)
