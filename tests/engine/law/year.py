"""A year of a shop whose supplies slip: a merchant who does what the law engine says, on the last day if he may.

Everything follows from a seed. The merchant sees the engine's rulings and nothing else; the checker sees what he did.
`Habits` lets him break the law on purpose, so that a test can show that the checker would have seen it.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta

from tests.engine.law.checker import Happening, Log

from backorder.engine.law.assumptions import DEFAULTS
from backorder.engine.law.facts import (
    Action,
    Answer,
    DelayNotice,
    GivenUp,
    LineFacts,
    Outlook,
    Ruling,
    Said,
    Shipment,
    Silence,
    State,
    Stated,
)
from backorder.engine.law.rules import Jurisdiction, Rule, rule_on
from backorder.engine.law.us import judge_shipping

START = date(2026, 1, 5)
END = START + timedelta(days=365)
ZONES = {"buyer_zone": "America/Los_Angeles", "seller_zone": "America/New_York"}
LAW = rule_on(Jurisdiction.US, START)
KEEPS_RUNNING = {State.OPEN, State.OPEN_INDEFINITE}
ASKS = {Action.SEND_FIRST_OPTION, Action.SEND_RENEWED_OPTION}


@dataclass(frozen=True)
class Habits:
    """What the merchant does wrong, if anything; `law` is the rule he was told."""

    law: Rule = LAW
    asks_days_late: int = 0
    refunds_days_late: int = 0
    ships_whatever: bool = False  # He ships when the goods come, whatever silence meant.
    says_consent_always: bool = False
    cancels_on_any_silence: bool = False  # Also when the short first option was answered by silence.
    never_asks: bool = False


@dataclass
class Line:
    """One order: what the merchant knows (`facts`), what will happen to its supply, and the log of what he did."""

    facts: LineFacts
    log: Log
    ready_on: date | None
    slips: dict[date, date | None]
    temper: random.Random
    answers: dict[date, tuple[Said, str]] = field(default_factory=dict)
    gives_up_on: date | None = None
    asked: int = 0
    over: bool = False
    looked: tuple[date, LineFacts, Ruling] | None = None

    def note(self, day: date, what: str, **more: object) -> None:
        self.log.happenings.append(Happening(day, what, **more))  # type: ignore[arg-type]


def live(seed: int, *, lines: int, habits: Habits = Habits()) -> list[Log]:
    """A year of `lines` orders; the logs of all of them."""
    chance = random.Random(seed)
    shop = [_ordered(chance) for _ in range(lines)]
    for line in shop:
        day = line.log.complete
        while day <= END and not line.over:
            _live_day(line, day, habits)
            day += timedelta(days=1)
    return [line.log for line in shop]


def _ordered(chance: random.Random) -> Line:
    day = START + timedelta(days=chance.randrange(200))
    stated_days = chance.choice([None, None, 3, 14, 45])
    stated = None if stated_days is None else Stated(days=stated_days)
    facts = LineFacts("US", 1, _at(day, 8), stated=stated, **ZONES)
    ready_on = day + timedelta(days=chance.randrange(2, 50))
    line = Line(facts, Log(day, stated_days), ready_on, {}, random.Random(chance.random()))
    if chance.random() < 0.2:
        line.gives_up_on = day + timedelta(days=chance.randrange(40))
    known_on = day
    for _ in range(chance.choice([0, 1, 1, 2, 3, 4])):
        known_on += timedelta(days=chance.randrange(1, 30))
        slips_to = known_on + timedelta(days=chance.choice([0, 1, 3, 10, 25, 60]))
        if chance.random() < 0.4:  # Days on which a mistake of one day shows.
            time_ends_on = day + timedelta(days=30 if stated_days is None else stated_days)
            slips_to = max(known_on, time_ends_on + timedelta(days=chance.choice([0, 1, 29, 30, 31, 32])))
        line.slips[known_on] = None if chance.random() < 0.2 else slips_to
    if line.slips and line.slips[max(line.slips)] is None and chance.random() < 0.7:
        line.slips[known_on + timedelta(days=chance.randrange(5, 60))] = known_on + timedelta(days=70)
    return line


def _live_day(line: Line, day: date, habits: Habits) -> None:
    _learn(line, day)
    if line.gives_up_on == day and _look(line, day, 9, habits).state in KEEPS_RUNNING:
        line.facts = replace(line.facts, given_up=GivenUp(_at(day, 9)))
    _ask(line, day, habits)
    _hear(line, day, Said.CONSENT, 12)
    _ship(line, day, habits)
    _tell_no(line, day, habits)
    _hear(line, day, Said.CANCEL, 18)
    _refund(line, day, habits)


def _look(line: Line, day: date, hour: int, habits: Habits) -> Ruling:
    if line.looked is None or line.looked[:2] != (day, line.facts):
        ruling = judge_shipping(line.facts, habits.law, now=_at(day, hour), assumptions=DEFAULTS)
        line.looked = (day, line.facts, ruling)  # The rest of a day brings nothing new unless something happens.
    return line.looked[2]


def _learn(line: Line, day: date) -> None:
    if day == line.log.complete or day in line.slips:
        line.ready_on = line.slips.get(day, line.ready_on)
        line.facts = replace(line.facts, outlook=Outlook(_at(day, 8), line.ready_on))
        line.note(day, "known", revised=line.ready_on)


def _ask(line: Line, day: date, habits: Habits) -> None:
    ruling = _look(line, day, 10, habits)
    if ruling.action not in ASKS or habits.never_asks:
        return
    assert ruling.latest is not None
    if day < ruling.latest and line.temper.random() < 0.7:
        return
    _send(line, day + timedelta(days=habits.asks_days_late), habits)


def _send(line: Line, day: date, habits: Habits) -> None:
    line.asked += 1
    notice = DelayNotice(f"n{line.asked}", _at(day, 10), line.ready_on)
    line.facts = replace(line.facts, notices=(*line.facts.notices, notice))
    findings = {finding.notice: finding for finding in _look(line, day, 10, habits).findings}
    silence = findings[notice.id].silence
    says = "consent" if silence is Silence.CONSENT or habits.says_consent_always else "cancel"
    line.note(day, "notice", id=notice.id, revised=notice.revised_on, says=says)
    answer = line.temper.choice([None, None, "yes", "yes", "no", "late yes"])
    if answer:
        on = day + timedelta(days=line.temper.randrange(40, 70) if answer == "late yes" else line.temper.randrange(8))
        line.answers[on] = (Said.CANCEL if answer == "no" else Said.CONSENT, notice.id)


def _hear(line: Line, day: date, said: Said, hour: int) -> None:
    answer = line.answers.get(day)
    if answer is None or answer[0] is not said:
        return
    line.note(day, "yes" if said is Said.CONSENT else "no", id=answer[1])
    received = Answer(said, _at(day, hour), answer[1])
    line.facts = replace(line.facts, answers=(*line.facts.answers, received))


def _ship(line: Line, day: date, habits: Habits) -> None:
    if line.ready_on is None or day < line.ready_on or line.facts.given_up is not None:
        return
    may = _look(line, day, 15, habits).state in KEEPS_RUNNING or habits.ships_whatever
    if may and not line.facts.shipments:
        line.facts = replace(line.facts, shipments=(Shipment(_at(day, 15), 1),))
        line.note(day, "shipped")
        line.over = True


def _tell_no(line: Line, day: date, habits: Habits) -> None:
    given_up = line.facts.given_up
    if given_up is not None and given_up.told_at is None and _look(line, day, 16, habits).state in KEEPS_RUNNING:
        line.facts = replace(line.facts, given_up=replace(given_up, told_at=_at(day, 16)))
        line.note(day, "told_no")


def _refund(line: Line, day: date, habits: Habits) -> None:
    ruling = _look(line, day, 20, habits)
    if (
        habits.cancels_on_any_silence
        and ruling.silence is Silence.CONSENT
        and day > line.facts.notices[-1].sent_at.date()
    ):
        _pay_back(line, day)
    if ruling.action is not Action.REFUND or (habits.ships_whatever and line.ready_on is not None):
        return
    assert ruling.latest is not None
    if day >= ruling.latest or line.temper.random() < 0.2:
        _pay_back(
            line,
            max(day, ruling.latest) + timedelta(days=habits.refunds_days_late) if habits.refunds_days_late else day,
        )


def _pay_back(line: Line, day: date) -> None:
    line.facts = replace(line.facts, refund_sent_at=_at(day, 20))
    line.note(day, "refund")
    line.over = True


def _at(day: date, hour: int) -> datetime:
    """An hour of a day that is the same day in both zones."""
    return datetime.combine(day, time(hour), tzinfo=UTC)
