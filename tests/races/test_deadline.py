"""An answer that meets the deadline's job: one of them is first, and the other sees what it did."""

from __future__ import annotations

from datetime import timedelta

import pytest

from backorder.journal import clock
from backorder.journal.refusals import Refused
from backorder.notices import cases, delay
from backorder.orders.changing import opened
from tests.notices import late, post
from tests.payments import money
from tests.races import meeting


@pytest.fixture
def asked(shop):
    """A line whose question ends in silence tonight; now it is a second after."""
    shop.item("LAMP")
    supply = shop.inbound("LAMP", 10, 12)
    placed = late.order(shop, ("LAMP", 3, 1000))
    late.work()
    late.slip(shop, supply, 60)
    post.advance(minutes=10)
    late.work()
    late.on(shop, 43, 0)
    post.advance(seconds=5)
    return placed


def race(monkeypatch, placed):
    """The customer had said yes on the phone an hour ago; it is written down while the job is at it."""
    case, received = late.the_case(placed).id, clock.now() - timedelta(hours=1)
    return meeting.race(
        monkeypatch,
        "backorder.notices.steps:tell",
        [
            lambda: cases.answer_wait(case, by="phone", received_at=received, actor="staff:1"),
            lambda: delay.look(placed.id),
        ],
    )


def test_a_yes_is_kept_or_refused_never_kept_and_cancelled(asked, monkeypatch):
    answered, looked = race(monkeypatch, asked)
    assert looked is None
    if isinstance(answered, Refused):
        assert answered.name in ("answer_too_late", "case_is_closed")
        assert late.units(asked) == {"cancelled": 3}
        assert [due.amount_minor for due in money.dues(asked)] == [3000]
    else:
        assert late.units(asked) == {"open": 3}
        assert money.dues(asked) == []


def test_without_the_lock_a_kept_yes_is_cancelled(asked, monkeypatch):
    meeting.without_locks(monkeypatch)
    unlocked = tuple(sql.replace(" FOR NO KEY UPDATE OF o", "") for sql in opened._LOADED)
    monkeypatch.setattr(opened, "_LOADED", unlocked)
    answered, looked = race(monkeypatch, asked)
    assert (isinstance(answered, Exception), looked) == (False, None)
    assert late.units(asked) == {"cancelled": 3}


def test_two_workers_cancel_and_refund_once(asked, monkeypatch):
    works = [lambda: delay.look(asked.id)] * 2
    assert meeting.race(monkeypatch, "backorder.notices.law_facts:lines_under_law", works) == [None, None]
    assert late.units(asked) == {"cancelled": 3}
    assert len(money.dues(asked)) == 1
    assert late.whats(asked).count("cancelled") == 1
