"""Delay cases as staff and customers act on them: answers, a question sent now, a decision not to ship, a closed case.

An answer is a fact with the instant it was received; what it is worth, the law says. Whoever answers, by whatever way,
goes through the same door and the same locks.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from msgspec import Struct

from backorder.catalog import queries as catalog
from backorder.engine import delay_law
from backorder.engine.law.content import REQUIRED
from backorder.engine.law.facts import Action, Means, Said
from backorder.journal import clock
from backorder.journal.refusals import Refused, unknown
from backorder.orders.changing.cancel import cancel
from backorder.orders.changing.opened import open_order
from backorder.orders.ledger.retry import retried
from backorder.orders.names import order_names

from . import asking, content, delay, law_facts, saying, steps, telling
from .law_facts import BY_ANSWER, BY_SELLER, Line
from .models import Case, CaseStep
from .wording import templates
from .wording.render import render

LIMIT = 100
OVER = {"cancelled", "refunded", "terminated", "withdrawn", "shipped_late", "shipped_compliant", "delivered"}


class StepView(Struct, frozen=True, kw_only=True):
    """What was done, told or answered, when, by whom; `body` holds what was shown or said."""

    id: int
    what: str
    at: datetime
    actor: str
    paragraph: str
    notice: int | None
    body: dict[str, Any]


class CaseView(Struct, frozen=True, kw_only=True):
    """A case: what the law says of a late line (`ruling`), what must be done until `deadline_at`, what was done."""

    id: int
    order: int
    channel: str
    reference: str
    line: int
    sku: str
    jurisdiction: str
    state: str
    action: str
    paragraph: str
    applicable_on: date | None
    revised_on: date | None
    deadline_at: datetime | None
    is_strictest: bool
    opened_at: datetime
    changed_at: datetime
    closed_at: datetime | None
    ruling: dict[str, Any]
    promised: dict[str, Any]
    steps: tuple[StepView, ...] = ()


class Preview(Struct, frozen=True, kw_only=True):
    """The question as it would go out now. `defect` says why it would count as never sent; blank: it counts."""

    option: str | None
    silence: str
    revised_on: date | None
    answer_by: date | None
    answer_by_at: datetime | None
    must_contain: tuple[str, ...]
    defect: str
    is_strictest: bool
    subject: str
    text: str
    html: str
    sms: str


def answer_wait(
    case_id: int,
    *,
    by: str,
    received_at: datetime | None = None,
    further_until: date | None = None,
    further_indefinite: bool = False,
    is_automatic: bool = False,
    actor: str,
) -> CaseView:
    """The customer agrees to wait, by portal, phone, mail or api; what a machine sent changes nothing.

    Refuses unknown_case, case_is_closed, nothing_was_asked, answer_too_late, answer_in_the_future.
    """
    more = {"further_until": further_until and further_until.isoformat(), "further_indefinite": further_indefinite}
    return _answer(case_id, Said.CONSENT, by, received_at, more, is_automatic, actor)


def answer_cancel(
    case_id: int, *, by: str, received_at: datetime | None = None, is_automatic: bool = False, actor: str
) -> CaseView:
    """The customer cancels: what has not left is cancelled at once and its money goes back.

    It counts from when it was received, whatever left since. Refuses as `answer_wait`; nobody need have asked.
    """
    return _answer(case_id, Said.CANCEL, by, received_at, {}, is_automatic, actor)


def will_not_ship(line_id: int, *, why: str, actor: str) -> CaseView:
    """The merchant decides not to ship a line: it is cancelled, the customer is told and gets the money back.

    Refuses unknown_line, nothing_is_owed, and released_units_cannot_be_cancelled.
    """
    return case(retried(lambda: _will_not_ship(line_id, why, actor)))


def ask_now(case_id: int, *, actor: str) -> CaseView:
    """Put the question of a case at once. Refuses nothing_to_ask and question_is_on_its_way."""
    return retried(lambda: _ask_now(case_id, actor))


def asked_by_hand(
    case_id: int, *, means: str, sent_at: datetime, revised_on: date | None, text: str, actor: str
) -> CaseView:
    """Keep a question that was put by phone or letter: `text` is what was said. Refuses nothing_to_ask."""
    return retried(lambda: _asked_by_hand(case_id, means, sent_at, revised_on, text, actor))


@transaction.atomic
def close(case_id: int, *, note: str, actor: str) -> CaseView:
    """Somebody has looked at a case that the law leaves to people, and closes it. Refuses case_needs_no_person."""
    found = _open(case_id)
    line, now = _locked(found, actor)
    if line.ruling.action is not Action.REVIEW and line.owed:
        raise Refused(
            "case_needs_no_person",
            f"The law says what to do ({line.ruling.action.value}): the case closes by itself when it is done.",
            status=409, field="case", value=case_id,
        )  # fmt: skip
    steps.close(found, why=f"by hand: {note}", now=now, actor=actor)
    return case(case_id)


def preview(case_id: int) -> Preview:
    """The question of a case in its customer's language, as it would go out now. Refuses unknown_case."""
    found, now = _open(case_id), clock.now()
    line = _line(found, now)
    draft = delay_law.draft_option(
        line.facts, revised_on=line.expected_on, now=now, assumptions=settings.BACKORDER_LAW
    )  # fmt: skip
    made = content.of_delay(
        telling.scene_of(found.order_id, now=now), [found.line_id], option=draft.kind, revised_on=line.expected_on,
        answer_by=draft.answer_by, reasons=asking.reasons(line),
    )  # fmt: skip
    language = saying.language_of(line.order.locale)
    wording = templates.live().get(("delay_question", language), templates.own("delay_question"))
    shown = render(wording, made, language=language)
    return Preview(
        option=draft.kind.value if draft.kind else None, silence=draft.silence.value, revised_on=line.expected_on,
        answer_by=draft.answer_by, answer_by_at=draft.answer_by_at, defect=draft.defect,
        must_contain=tuple(sorted(one.value for one in REQUIRED[draft.kind])) if draft.kind else (),
        is_strictest=line.ruling.is_strictest, subject=shown.subject, text=shown.text, html=shown.html, sms=shown.sms,
    )  # fmt: skip


def case(case_id: int) -> CaseView:
    """One case with its steps. Refuses unknown_case."""
    found = Case.objects.filter(pk=case_id).first()
    if found is None:
        raise unknown("case", case_id)
    made = CaseStep.objects.filter(case=found).order_by("id")
    return _views([found], tuple(
        StepView(id=one.pk, what=one.what, at=one.at, actor=one.actor, paragraph=one.paragraph, notice=one.notice_id,
                 body=one.body)
        for one in made
    ))[0]  # fmt: skip


def cases(
    *,
    is_open: bool = True,
    order: int | None = None,
    after: tuple[datetime | None, int] | None = None,
    limit: int = LIMIT,
) -> list[CaseView]:
    """Cases without their steps, the next deadline first (none last), behind (deadline, id) `after`."""
    found = Case.objects.filter(closed_at__isnull=is_open).order_by("deadline_at", "id")
    if order is not None:
        found = found.filter(order_id=order)
    if after is not None:
        by_at, id = after
        undated = Case.objects.filter(deadline_at=None, closed_at__isnull=is_open)
        behind = found.filter(deadline_at=by_at, id__gt=id)
        if by_at is not None:
            later = found.filter(deadline_at__gt=by_at)
            behind = behind | later | found.filter(pk__in=undated.values("pk"))
        found = behind.order_by("deadline_at", "id")
    return _views(list(found[:limit]))


# -- the verbs inside -----------------------------------------------------------------------------------------------


def _answer(
    case_id: int, said: Said, by: str, received_at: datetime | None, more: dict[str, Any], automatic: bool, actor: str
) -> CaseView:
    def attempt() -> CaseView:
        with transaction.atomic():
            return _answered(case_id, said, by, received_at, more, automatic, actor)

    return retried(attempt)


def _answered(
    case_id: int, said: Said, by: str, received_at: datetime | None, more: dict[str, Any], automatic: bool, actor: str
) -> CaseView:
    found = _open(case_id)
    line, now = _locked(found, actor)
    at = received_at or now
    if automatic:
        steps.step(found, "ignored", now=now, actor=actor, body={"said": said, "why": "automatic", "by": by})
        return case(case_id)
    _check_answer(line, said, at, now)
    body = {"said": said.value, "received_at": at.isoformat(), "by": by, **more}
    steps.tell("answered", found, body, now=now, actor=actor)
    line = _line(found, now)
    delay.keep_answers(found, line, actor)
    if said is Said.CANCEL and line.owed:
        delay.cancel_rest(found, line, reason=BY_ANSWER, now=now, actor=actor)
    delay.act(found.order_id, now=now, actor=actor)
    return case(case_id)


def _check_answer(line: Line, said: Said, at: datetime, now: datetime) -> None:
    if at > now:
        raise Refused("answer_in_the_future", f"{at.isoformat()} has not come yet.", field="received_at",
                      value=at.isoformat(), limit=now.isoformat())  # fmt: skip
    # What happened in the same instant leaves a cancellation open: then a person must look.
    before = at - timedelta(microseconds=1) if said is Said.CANCEL else at
    then = delay_law.judge(line.facts, now=before, assumptions=settings.BACKORDER_LAW)
    if said is Said.CANCEL:
        if then.state.value in OVER:
            raise Refused("answer_too_late", f"By then the line was {then.state.value.replace('_', ' ')}.",
                          status=409, field="received_at", value=at.isoformat())  # fmt: skip
        return
    if not any(one.sent_at is not None and one.sent_at <= at for one in line.questions):
        raise Refused("nothing_was_asked", "No question had been put by then: there is nothing to agree to.",
                      status=409, field="received_at", value=at.isoformat())  # fmt: skip
    if then.state.value in OVER or then.refund is not None or not line.owed:
        raise Refused("answer_too_late", f"By then the line was {then.state.value.replace('_', ' ')}.",
                      status=409, field="received_at", value=at.isoformat())  # fmt: skip


@transaction.atomic
def _will_not_ship(line_id: int, why: str, actor: str) -> int:
    order_id = law_facts.order_of(line_id)
    now = open_order(order_id, actor=actor).seen.now
    line = _of(law_facts.lines_under_law(order_id, now=now), line_id)
    if not line.owed:
        raise Refused("nothing_is_owed", "Nothing of this line is owed any more.", status=409, field="line",
                      value=line_id)  # fmt: skip
    found = steps.open_case(line, now=now, actor=actor)
    steps.step(found, "will_not_ship", now=now, actor=actor, paragraph="(b)(4)", body={"why": why})
    steps.tell("will_not_ship", found, {}, now=now, actor=actor)
    cancel(order_id, lines={line_id: delay.whole_units(line)}, reason=BY_SELLER, actor=actor)
    delay.act(order_id, now=now, actor=actor)
    return int(found.pk)


@transaction.atomic
def _ask_now(case_id: int, actor: str) -> CaseView:
    found = _open(case_id)
    line, now = _locked(found, actor)
    if line.ruling.action not in delay.ASKS:
        raise _nothing_to_ask(line)
    last = line.questions[-1] if line.questions else None
    if last is not None and last.is_waiting and last.revised_on == line.expected_on:
        raise Refused("question_is_on_its_way", "This question was written and waits to be sent.", status=409,
                      field="case", value=case_id)  # fmt: skip
    if not asking.put([asking.Asked(found, line)], now=now, actor=actor):
        raise _nothing_to_ask(line)
    return case(case_id)


@transaction.atomic
def _asked_by_hand(
    case_id: int, means: str, sent_at: datetime, revised_on: date | None, text: str, actor: str
) -> CaseView:
    found = _open(case_id)
    line, now = _locked(found, actor)
    if sent_at > now:
        raise Refused("answer_in_the_future", f"{sent_at.isoformat()} has not come yet.", field="sent_at",
                      value=sent_at.isoformat(), limit=now.isoformat())  # fmt: skip
    draft = delay_law.draft_option(line.facts, revised_on=revised_on, now=sent_at, assumptions=settings.BACKORDER_LAW)
    if draft.defect or draft.kind is None:
        raise _nothing_to_ask(line)
    body = {"by_hand": Means(means), "sent_at": sent_at, "revised_on": revised_on, "answer_by": draft.answer_by,
            "option": draft.kind, "silence": draft.silence, "text": text, "notices": [],
            "basis": steps.basis(line)}  # fmt: skip
    steps.step(found, "asked", now=now, actor=actor, paragraph=line.ruling.paragraph, body=body)
    delay.act(found.order_id, now=now, actor=actor)
    return case(case_id)


def _nothing_to_ask(line: Line) -> Refused:
    return Refused(
        "nothing_to_ask", f"There is nothing to ask now: {line.ruling.action.value.replace('_', ' ')}.", status=409,
        field="case", value=line.case.pk if line.case else None,
    )  # fmt: skip


def _open(case_id: int) -> Case:
    found = Case.objects.filter(pk=case_id).first()
    if found is None:
        raise unknown("case", case_id)
    if found.closed_at is not None:
        raise Refused("case_is_closed", "This case is closed.", status=409, field="case", value=case_id)
    return found


def _locked(found: Case, actor: str) -> tuple[Line, datetime]:
    """The line of a case behind the locks of its order, and the instant."""
    now = open_order(found.order_id, actor=actor).seen.now
    return _line(_open(found.pk), now), now


def _line(found: Case, now: datetime) -> Line:
    return _of(law_facts.lines_under_law(found.order_id, now=now), found.line_id)


def _of(lines: list[Line], line_id: int) -> Line:
    for line in lines:
        if line.own.id == line_id:
            return line
    raise unknown("line", line_id)


def _views(found: list[Case], made: tuple[StepView, ...] = ()) -> list[CaseView]:
    names = order_names({one.order_id for one in found})
    items = law_facts.items_of([one.line_id for one in found])
    skus = {id: row.sku for id, row in catalog.items(set(items.values())).items()} if items else {}
    return [
        CaseView(
            id=one.pk, order=one.order_id, channel=names[one.order_id].channel, reference=names[one.order_id].reference,
            line=one.line_id, sku=skus.get(items.get(one.line_id, 0), ""), jurisdiction=one.jurisdiction,
            state=one.state, action=one.action, paragraph=one.paragraph, applicable_on=one.applicable_on,
            revised_on=one.revised_on, deadline_at=one.deadline_at, is_strictest=bool(one.ruling.get("is_strictest")),
            opened_at=one.opened_at, changed_at=one.changed_at, closed_at=one.closed_at, ruling=one.ruling,
            promised=one.evidence, steps=made,
        )
        for one in found
    ]  # fmt: skip
