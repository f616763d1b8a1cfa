"""Put the question of the delay law: what is asked alike of several lines of an order goes in one letter.

Each line keeps a case and a step of its own, so that each is judged, answered and ended by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from backorder.engine import delay_law
from backorder.engine.law.facts import OptionKind, Silence
from backorder.engine.law.rules import Event

from . import saying, steps, telling
from .law_facts import Line, Question
from .models import Case, CaseStep, Notice

FAIR_TIME = timedelta(hours=24)
NOBODY = "The question of a late line reaches nobody"


@dataclass(frozen=True, slots=True)
class Asked:
    """A line that is to be asked about, and its open case."""

    case: Case
    line: Line


@dataclass(frozen=True, slots=True)
class _Letter:
    """What a question says: lines of which it says the same share it."""

    option: OptionKind | None
    silence: Silence
    revised_on: date | None
    answer_by: date | None
    reasons: str
    wanted_by: datetime | None


def ask(found: Sequence[Asked], *, now: datetime, actor: str, at_once: bool = False) -> None:
    """Put the questions that are due, unless they were put already.

    While more may change they wait to be gathered; when one of an order goes, those of its other lines go with it.
    """
    open_ones = [one for one in found if not _is_put(one, now, actor)]
    if not at_once and not any(now >= asks_at(one.line, now) for one in open_ones):
        return
    for made in put(open_ones, now=now, actor=actor):
        if not Notice.objects.filter(id__in=made.body["notices"], state="waiting").exists():
            line = next(one.line for one in open_ones if one.case.pk == made.case_id)
            steps.alert_once(made.case, line, f"unreachable/q{made.pk}", NOBODY, now=now, actor=actor)


def put(found: Sequence[Asked], *, now: datetime, actor: str) -> list[CaseStep]:
    """Ask the customer of these late lines of an order whether to wait; nothing where it could not count any more."""
    letters: dict[_Letter, list[Asked]] = {}
    for one in found:
        letter = _letter(one.line, now)
        if letter is not None:
            letters.setdefault(letter, []).append(one)
    return [step for letter, about in letters.items() for step in _put(letter, about, now, actor)]


def asks_at(line: Line, now: datetime) -> datetime:
    """When the question is put: after the time in which changes are gathered, but well before its deadline."""
    known_at = line.facts.outlook.known_at if line.facts.outlook else now
    at = known_at + timedelta(minutes=settings.BACKORDER_DIGEST_MINUTES)
    if line.ruling.latest_at is not None:
        at = min(at, line.ruling.latest_at - timedelta(hours=settings.BACKORDER_LAW_PRACTICE.ask_hours))
    return at


def reasons(line: Line) -> str:
    """Why it is late, in the customer's language."""
    with saying.spoken(saying.language_of(line.order.locale)):
        return why(line)


def why(line: Line) -> str:
    """Why it is late, in the active language; nothing that is about other customers or suppliers."""
    match line.days.cause:
        case "cancelled_supply":
            return _("A delivery that we counted on does not come.")
        case "count" | "adjustment" | "snapshot" | "short_pick":
            return _("We counted our shelves, and fewer were there than our books said.")
        case _ if line.expected_on is None:
            return _("Our supplier cannot tell us when it arrives.")
    return _("The delivery that carries it comes later than we were told.")


def _is_put(one: Asked, now: datetime, actor: str) -> bool:
    last = one.line.questions[-1] if one.line.questions else None
    if last is None or last.revised_on != one.line.expected_on:
        return False
    if last.has_failed:
        steps.alert_once(one.case, one.line, f"unreachable/{last.name}", NOBODY, now=now, actor=actor)
    return last.is_waiting or last.has_failed


def _letter(line: Line, now: datetime) -> _Letter | None:
    draft = delay_law.draft_option(line.facts, revised_on=line.expected_on, now=now, assumptions=settings.BACKORDER_LAW)
    if draft.defect or (line.rule.event is Event.SHIP and draft.kind is None):
        return None
    wanted_by = line.ruling.latest_at if line.rule.event is Event.SHIP else None
    return _Letter(draft.kind, draft.silence, line.expected_on, draft.answer_by, reasons(line), wanted_by)


def _put(letter: _Letter, about: Sequence[Asked], now: datetime, actor: str) -> list[CaseStep]:
    for one in about:
        steps.withdraw(one.case, why="a newer question was put", now=now)
    evidence: dict[str, Any] = {"case": about[0].case.pk, "basis": steps.basis(about[0].line)}
    if len(about) > 1:
        evidence["cases"] = [one.case.pk for one in about]
    ids = telling.ask_about_delay(
        about[0].line.order.id, lines=[one.line.own.id for one in about], option=letter.option,
        revised_on=letter.revised_on, answer_by=letter.answer_by, reasons=letter.reasons, wanted_by=letter.wanted_by,
        evidence=evidence, actor=actor, now=now,
    )  # fmt: skip
    return [_keep(letter, one, ids, now, actor) for one in about]


def _keep(letter: _Letter, one: Asked, ids: Sequence[int], now: datetime, actor: str) -> CaseStep:
    case, line = one.case, one.line
    made = steps.step(
        case, "asked", now=now, actor=actor, paragraph=line.ruling.paragraph, notice=ids[0] if ids else None,
        body={
            "option": letter.option, "revised_on": letter.revised_on, "revised_deliver_on": line.days.promised_on,
            "answer_by": letter.answer_by, "silence": letter.silence, "reasons": letter.reasons, "notices": ids,
            "basis": steps.basis(line), "latest_at": line.ruling.latest_at,
        },
    )  # fmt: skip
    told = {"option": letter.option and letter.option.value, "silence": letter.silence.value, "notices": ids}
    steps.tell("asked", case, told, now=now, actor=actor)
    return made


# -- ask again --------------------------------------------------------------------------------------------------------


def remind(found: Sequence[Asked], *, now: datetime, actor: str) -> None:
    """Put the questions again, once, when silence is about to cancel; what one letter asked one reminder repeats."""
    again: dict[tuple[tuple[int, ...], date | None], list[tuple[Asked, Question]]] = {}
    for one in found:
        question = _to_repeat(one, now)
        if question is not None:
            letter = tuple(question.step.body.get("notices", ()))
            again.setdefault((letter or (-question.step.pk,), one.line.ruling.answer_by), []).append((one, question))
    for about in again.values():
        _remind(about, now, actor)


def reminds_at(line: Line, now: datetime) -> datetime:
    """When the question is put again: some days before its last day, and never right after it was put."""
    ends = line.ruling.latest_at or now
    at = ends - timedelta(days=settings.BACKORDER_LAW_PRACTICE.remind_days)
    question = _open_question(line)
    # Whoever was asked just now is not pressed; where that leaves no time, the question itself has said it all.
    return at if question is None or question.sent_at is None else max(at, question.sent_at + FAIR_TIME)


def _to_repeat(one: Asked, now: datetime) -> Question | None:
    question = _open_question(one.line)
    if question is None or one.line.ruling.silence is not Silence.CANCEL or now < reminds_at(one.line, now):
        return None
    said = CaseStep.objects.filter(case=one.case, what="reminded", body__question=question.name).exists()
    return None if said else question


def _remind(about: Sequence[tuple[Asked, Question]], now: datetime, actor: str) -> None:
    first, question = about[0]
    option = question.step.body.get("option")
    ids = telling.ask_about_delay(
        first.line.order.id, lines=[one.line.own.id for one, _question in about],
        option=OptionKind(option) if option else None, revised_on=question.revised_on,
        answer_by=first.line.ruling.answer_by, reasons=question.step.body.get("reasons", ""),
        evidence={"case": first.case.pk}, is_reminder=True, actor=actor, now=now,
    )  # fmt: skip
    for one, its_question in about:
        body = {"question": its_question.name, "notices": ids}
        steps.step(one.case, "reminded", now=now, actor=actor, body=body, notice=ids[0] if ids else None)


def _open_question(line: Line) -> Question | None:
    return next((one for one in reversed(line.questions) if one.sent_at is not None), None)
