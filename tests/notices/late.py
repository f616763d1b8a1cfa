"""A shop whose supplies slip, and the worker's steps from a slip to what the delay law wants done about it."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db import connection

from backorder.journal import clock, feed
from backorder.notices import cases, delay, sending
from backorder.notices.cases import CaseView
from backorder.notices.models import Notice
from backorder.orders.deciding.redecide import work_marks
from backorder.orders.placing.forms import Placed
from backorder.orders.reading import line as read_line
from backorder.orders.supplying.inbound import move_eta
from backorder.payments import watching
from tests.connections import until
from tests.notices import post
from tests.orders.shop import Shop
from tests.payments import money

HANNAH = {"contact": {"email": "hannah@example.com", "name": "Hannah Weaver"}}


def order(shop: Shop, *lines: tuple[str, int, int], country: str = "US", **given: Any) -> Placed:
    """A paid order of (SKU, units, price), whose customer has an address."""
    return money.place(shop, *lines, country=country, **{"paid_at": clock.now(), **HANNAH, **given})


def slip(shop: Shop, supply: int, day: int) -> None:
    """The supply comes on another day, and what hangs on it is decided anew."""
    move_eta(supply, eta=shop.day(day), actor="test")
    decide()


def decide() -> None:
    while work_marks():
        pass


def work(*, send: bool = True) -> None:
    """What the worker does when it looks: money, the law, and the post."""
    for _ in range(3):
        _read("delay", delay.watch)
        _read("payments", watching.follow_orders)
        while delay.act_due():
            pass
        if send:
            for channel in ("email", "sms"):
                while sending.send_due(channel):
                    pass


def on(shop: Shop, day: int, hour: int = 9) -> None:
    """Let the clock come to a day of the shop, and the worker work."""
    clock.set_to(datetime.combine(shop.day(day), time(hour), tzinfo=UTC), actor="test")


def the_case(placed: Placed, number: int = 0) -> CaseView:
    """The last case of a line."""
    line = placed.lines[number].id
    found = [*cases.cases(order=placed.id), *cases.cases(order=placed.id, is_open=False)]
    return cases.case(max(one.id for one in found if one.line == line))


def whats(placed: Placed) -> list[str]:
    """The steps of the case, in order."""
    return [step.what for step in the_case(placed).steps]


def questions(placed: Placed) -> list[Notice]:
    return list(Notice.objects.filter(order_id=placed.id, kind="delay_question").order_by("id"))


def units(placed: Placed) -> dict[str, int]:
    line = read_line(placed.lines[0].id)
    names = ("open", "allocated", "released", "shipped", "cancelled")
    return {name: getattr(line, name) for name in names if getattr(line, name)}


def facts(fact: str) -> list[dict[str, Any]]:
    return [entry.body for entry in feed.search(facts=[fact]).entries]


def days(text: str) -> date:
    return date.fromisoformat(text)


def _read(follower: str, read: Any) -> None:
    """Let a follower read up to the last entry."""

    def is_done() -> bool:
        read()
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT seq = (SELECT max(seq) FROM journal_entry) FROM journal_follower WHERE name = %s", [follower]
            )
            row = cursor.fetchone()
        return bool(row and row[0])

    until(is_done)


__all__ = ["post", "timedelta"]
