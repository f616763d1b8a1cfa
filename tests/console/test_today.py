"""Today: what needs a person stands first by deadline; figures are measured by formulas that are said."""

from __future__ import annotations

import html
import re
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backorder.console import charts, measuring
from backorder.console.models import Measured
from backorder.journal import clock
from backorder.orders.changing.block import block
from backorder.orders.changing.cancel import cancel
from backorder.orders.fulfilling.release import release
from backorder.orders.fulfilling.ship import ship
from backorder.orders.models import Line
from backorder.orders.showing import figures
from backorder.payments import queries, recording, reviewing
from backorder.supply.models import Supply
from tests.notices.late import order
from tests.orders.shop import START, Shop

pytestmark = pytest.mark.django_db


def wanted(desk) -> list[tuple[str, str]]:
    """(kind, what) of everything that needs somebody."""
    text = desk.get("").content.decode()
    found = re.findall(
        r'<tr><td><span class="pill[^"]*"><svg.*?</svg>([^<]*)</span></td><th[^>]*><a[^>]*>([^<]*)</a>', text
    )
    return [(kind, html.unescape(what)) for kind, what in found]


def test_a_fresh_installation_says_what_will_come(desk, shop: Shop) -> None:
    text = desk.get("").content.decode()
    assert "Nothing needs a person now." in text
    assert "Nothing needs you" in text
    assert "The figures come within a minute" in text


def test_what_needs_a_person_comes_by_deadline_with_its_stake(desk, shop: Shop) -> None:
    shop.item("LAMP")
    shop.item("DESK")
    late_supply = shop.inbound("LAMP", 5, 2)
    shop.place(("LAMP", 2))
    shop.place(("DESK", 3))
    Line.objects.update(unit_price_minor=1_000)
    blocked = shop.place(("DESK", 1))
    block(blocked.id, kind="payment", actor="test")
    clock.advance(timedelta(days=4, hours=2), actor="test")
    assert wanted(desk) == [
        ("Late", "1 promise is overdue"),
        ("No supply", "2 lines have no supply behind them"),
        ("Overdue", "1 delivery is overdue"),
        ("Blocked", "1 order is blocked"),
    ]
    text = desk.get("").content.decode()
    assert "£20.00" in text
    assert f"{Supply.objects.get(id=late_supply).reference} was due on 9 Jan. 2 units are promised" in text
    assert 'href="/console/backorders?state=late"' in text


def test_refunds_come_with_the_law_when_their_last_day_is_near(desk, shop: Shop) -> None:
    shop.item("LAMP", stock=3)
    placed = order(shop, ("LAMP", 3, 1000), country="GB")
    recording.note_orders([placed.id], now=clock.now())
    cancel(placed.id, lines={placed.lines[0].id: 2}, reason="too many", actor="test")
    reviewing.review(placed.id, now=clock.now(), actor="test")
    (due,) = queries.dues(kind="refund")
    assert due.by_at - clock.now() > timedelta(days=2)
    assert wanted(desk) == []
    clock.set_to(due.by_at - timedelta(days=2), actor="test")
    assert wanted(desk) == [("Refund", "1 refund is due")]
    text = desk.get("").content.decode()
    assert "£20.00" in text
    assert "messages/dues?kind=refund" in text
    sent = recording.NewPayment("refunded", due.amount_minor, due.currency)
    recording.record_payment(placed.id, sent, key="back", due=due.id, actor="test")
    assert wanted(desk) == []


def test_the_backlog_is_counted_and_valued(shop: Shop) -> None:
    shop.item("LAMP")
    shop.place(("LAMP", 2))
    clock.advance(timedelta(days=3), actor="test")
    shop.place(("LAMP", 5))
    Line.objects.update(unit_price_minor=250)
    found = figures.measure(now=clock.now()).backlog
    assert (found.lines, found.units, found.value) == (2, 7, {"GBP": 1_750})
    assert (found.median_age, found.oldest) == (0, 3)


def test_fill_rate_and_kept_promises_are_counted_by_their_formulas(shop: Shop) -> None:
    shop.item("LAMP", stock=6)
    shop.inbound("LAMP", 20, 3)
    in_time = shop.place(("LAMP", 4))  # All of it from the shelf.
    shop.place(("LAMP", 6))  # 2 from the shelf, 4 to come.
    release(in_time.id, actor="test")
    ship(in_time.id, location=shop.locations["NORTH"], key="one", actor="test")
    today = START.date()
    (day,) = figures.days(today, today)
    assert (day.asked, day.filled) == (10, 6)
    assert (day.left, day.first, day.latest) == (1, 1, 1)
    Line.objects.filter(order_id=in_time.id).update(first_promised_on=today - timedelta(days=9))
    (day,) = figures.days(today, today)
    assert (day.left, day.first, day.latest) == (1, 0, 1)
    assert figures.waited(today, today) == {today: 4}


def test_the_weeks_to_come_compare_what_arrives_with_what_was_promised(shop: Shop) -> None:
    shop.item("LAMP")
    shop.inbound("LAMP", 9, 1)
    shop.inbound("LAMP", 5, 8)
    shop.place(("LAMP", 11))
    weeks = figures.measure(now=clock.now()).weeks
    assert [(week.monday, week.arriving, week.promised) for week in weeks[:3]] == [
        (date(2030, 1, 7), 9, 0),
        (date(2030, 1, 14), 5, 11),
        (date(2030, 1, 21), 0, 0),
    ]


def test_measuring_twice_keeps_one_row_a_day_and_fills_the_past_once(shop: Shop) -> None:
    shop.item("LAMP")
    shop.place(("LAMP", 2))
    assert measuring.measure() == 0
    assert measuring.measure() == 0
    days = measuring.stood()
    assert len(days) == Measured.objects.count() == measuring.KEPT_DAYS + 1
    assert (days[-1].on, days[-1].waiting, days[-1].lines) == (START.date(), 2, 1)
    clock.advance(timedelta(days=2), actor="test")
    shop.place(("LAMP", 3))
    measuring.measure()
    days = measuring.stood()
    assert [(one.on - START.date(), one.waiting) for one in days[-3:]] == [
        (timedelta(0), 2),
        (timedelta(days=1), 2),
        (timedelta(days=2), 5),
    ]
    assert days[-3].lines == 1  # What was measured then stands.


def test_figures_and_charts_are_drawn_with_their_finding_and_their_table(desk, shop: Shop) -> None:
    shop.item("LAMP", stock=3)
    shop.inbound("LAMP", 9, 10)
    placed = shop.place(("LAMP", 12))
    release(placed.id, actor="test")
    ship(placed.id, location=shop.locations["NORTH"], key="one", actor="test")
    measuring.measure()
    text = html.unescape(desk.get("").content.decode())
    assert '<span class="figure">25.0<small>%</small></span>' in text  # Fill rate: 3 of 12.
    assert text.count('role="img"') == 3
    assert text.count("As a table") == 3
    assert re.findall(r"(?:NaN|inf|None)", re.search(r"<main.*</main>", text, re.DOTALL)[0]) == []


def test_today_costs_the_same_for_one_line_and_for_thirty(desk, shop: Shop) -> None:
    shop.item("LAMP")
    shop.place(("LAMP", 1))
    measuring.measure()
    desk.get("")
    with CaptureQueriesContext(connection) as one:
        desk.get("")
    for _ in range(29):
        shop.place(("LAMP", 1))
    measuring.measure()
    with CaptureQueriesContext(connection) as many:
        desk.get("")
    assert len(one) == len(many)
    assert len(many) <= 22


@pytest.mark.parametrize(("most", "grid"), [(0, [0, 1]), (1, [0, 1]), (9, [0, 5, 10]), (1_190, [0, 500, 1_000, 1_500])])
def test_scales_end_in_round_numbers(most: int, grid: list[int]) -> None:
    assert charts.steps(most) == grid


def test_nothing_to_draw_draws_nothing() -> None:
    assert charts.spark([]) == charts.spark([1.0]) == ("", "")
    _, (line,) = charts.lines([[None, None]])
    assert line.path == ""
    _, drawn = charts.pairs([(0, 0)])
    assert drawn[0].first.height == 0
