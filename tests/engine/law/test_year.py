"""A year, day by day: whoever does what the engine says breaks no deadline and misuses no silence.

The judge is `checker.py`, which shares nothing with the engine. That it sees what is wrong is shown by merchants who
break the law in one way each, and by engines that were told a wrong law.
"""

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from tests.engine.law.checker import Happening, Log, breaches, refund_deadline
from tests.engine.law.year import END, LAW, Habits, live

SEEDS = (1, 2, 3)


def found(logs):
    return Counter(name for log in logs for name, _ in breaches(log, end=END))


@pytest.mark.parametrize("seed", SEEDS)
def test_a_year_under_the_engine_breaks_no_deadline_and_misuses_no_silence(seed):
    logs = live(seed, lines=120)
    assert found(logs) == Counter()
    # The year was not an easy one: everything that can happen did.
    happened = Counter(happening.what for log in logs for happening in log.happenings)
    assert min(happened[what] for what in ("notice", "yes", "no", "shipped", "refund", "told_no")) >= 3
    says = Counter(h.says for log in logs for h in log.happenings if h.what == "notice")
    assert min(says.values()) > 20


WRONGS = [
    (Habits(asks_days_late=40), {"asked_too_late", "not_asked_in_time"}),
    (Habits(never_asks=True), {"not_asked_in_time"}),
    (Habits(refunds_days_late=1), {"refund_late"}),
    (Habits(ships_whatever=True), {"silence_taken_for_consent", "shipped_after_cancellation"}),
    (Habits(says_consent_always=True), {"misstates_silence"}),
    (Habits(cancels_on_any_silence=True), {"cancelled_without_cause"}),
    (Habits(law=replace(LAW, short_delay_days=45)), {"misstates_silence", "silence_taken_for_consent"}),
    (Habits(law=replace(LAW, short_delay_days=29)), {"misstates_silence"}),
    (Habits(law=replace(LAW, short_delay_days=None)), {"misstates_silence"}),
    (Habits(law=replace(LAW, longest_unconsented_days=31)), {"silence_taken_for_consent"}),
    (Habits(law=replace(LAW, default_days=31)), {"silence_taken_for_consent"}),
    (Habits(law=replace(LAW, default_days=29)), {"cancelled_without_cause"}),
    (Habits(law=replace(LAW, refund_working_days=8)), {"refund_late"}),
]


@pytest.mark.parametrize(("habits", "seen"), WRONGS)
def test_the_checker_sees_who_breaks_the_law(habits, seen):
    wrong = found(live(5, lines=120, habits=habits))
    assert seen <= set(wrong)


def test_the_checker_knows_the_published_refund_dates():
    published = {"2026-09-05": "2026-09-16", "2026-09-09": "2026-09-18", "2026-10-11": "2026-10-21"}
    assert {vests: refund_deadline(date.fromisoformat(vests)).isoformat() for vests in published} == published


ORDERED = date(2026, 3, 2)
T = ORDERED + timedelta(days=30)


def notice(days_after_t, says, *, sent=T - timedelta(days=5), **more):
    revised = None if days_after_t is None else T + timedelta(days=days_after_t)
    return Happening(sent, "notice", revised=revised, says=says, **{"id": "n1", **more})


BY_HAND = [
    ([notice(30, "consent"), Happening(T + timedelta(days=30), "shipped")], []),
    ([notice(31, "consent")], ["misstates_silence", "refund_late"]),
    ([notice(31, "cancel"), Happening(T + timedelta(days=31), "shipped")], ["silence_taken_for_consent"]),
    ([notice(31, "cancel"), Happening(T + timedelta(days=30), "shipped")], []),
    (
        [notice(31, "cancel"), Happening(T, "yes", id="n1"), Happening(T + timedelta(days=31), "shipped")],
        [],
    ),
    (
        [notice(None, "cancel", lacks=("reason",)), Happening(T + timedelta(days=1), "refund")],
        ["incomplete_notice"],
    ),
    (
        [
            notice(10, "consent"),
            notice(11, "cancel", id="n2", sent=T),
            Happening(T + timedelta(days=11), "shipped"),
        ],
        ["silence_taken_for_consent"],
    ),
    ([Happening(T, "refund")], ["cancelled_without_cause"]),
    ([Happening(T + timedelta(days=1), "refund")], []),
    ([Happening(T + timedelta(days=13), "refund")], ["refund_late"]),
    ([notice(10, "consent"), Happening(T, "no"), Happening(T, "shipped")], []),
    (
        [notice(10, "consent"), Happening(T, "no"), Happening(T + timedelta(days=1), "shipped")],
        ["shipped_after_cancellation"],
    ),
]


@pytest.mark.parametrize(("happenings", "names"), BY_HAND)
def test_the_checker_by_hand(happenings, names):
    assert [name for name, _ in breaches(Log(ORDERED, None, happenings), end=END)] == names


def test_the_checker_imports_nothing_of_the_product():
    assert "backorder" not in (Path(__file__).parent / "checker.py").read_text()
