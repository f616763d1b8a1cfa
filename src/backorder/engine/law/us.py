"""The FTC's Mail, Internet, or Telephone Order Merchandise Rule, 16 CFR Part 435, for one line.

What happened is told again in order of time: each notice, answer and shipment moves where the line stands, and a
day that passed ends it. The question of the instant (what must be done now) is answered from where it then stands.
The same code runs the strictest reading, where silence never consents.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from .assumptions import Assumptions
from .content import NEVER, REQUIRED, SILENCE_OF, option_kind
from .days import Days, plain_working_days, us_working_days, working_days_after
from .facts import (
    Action,
    Answer,
    Category,
    DelayNotice,
    Finding,
    GivenUp,
    LineFacts,
    Means,
    OptionKind,
    RefundDue,
    Ruling,
    Said,
    Shipment,
    Silence,
    State,
    Stated,
)
from .rules import Jurisdiction, Rule

Event = DelayNotice | Answer | Shipment | GivenUp
SHORT = OptionKind.FIRST_SHORT
PASSED = {"(c)(2)", "(c)(3)", "(c)(5)"}  # The triggers that a day pulls, not a person.
LONG = {OptionKind.FIRST_LONG, OptionKind.FIRST_INDEFINITE}


@dataclass(frozen=True, slots=True)
class Case:
    """What does not change while a line's story is told."""

    facts: LineFacts
    rule: Rule
    assumptions: Assumptions
    days: Days
    started_on: date
    time_ends_on: date  # T, the last day of the applicable time.

    @property
    def window_ends_on(self) -> date:
        """T+30: how far a silent buyer can be kept waiting."""
        assert self.rule.longest_unconsented_days is not None
        return self.time_ends_on + timedelta(days=self.rule.longest_unconsented_days)

    @property
    def last_short_day(self) -> date | None:
        if self.rule.short_delay_days is None:
            return None
        return self.time_ends_on + timedelta(days=self.rule.short_delay_days)


@dataclass(frozen=True, slots=True)
class Ended:
    """The order is deemed cancelled (or, without `why`, nobody can say and a human must look)."""

    why: str
    vests_on: date
    paragraph: str


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a line stands: it must ship by `due_on` (None: the buyer agreed to wait without a day)."""

    due_on: date | None
    paragraph: str
    on_expiry: str = "(c)(5)"
    findings: tuple[Finding, ...] = ()
    options: tuple[tuple[DelayNotice, Finding], ...] = ()  # The valid ones.
    agreed: int = -1  # Which of the options the buyer agreed to last.
    shipped: int = 0  # Units that left while the order stood.
    shipped_too_late: int = 0  # Units that left after it was deemed cancelled.
    shipped_on: date | None = None
    ended: Ended | None = None

    @property
    def open_option(self) -> tuple[DelayNotice, Finding] | None:
        """The last valid option, while the buyer's express yes to it is missing and needed."""
        if not self.options or self.agreed == len(self.options) - 1:
            return None
        last = self.options[-1]
        return None if last[1].silence is Silence.CONSENT else last


def judge_shipping(facts: LineFacts, rule: Rule, *, now: datetime, assumptions: Assumptions) -> Ruling:
    """The ruling at `now` (aware); what happened after `now` is not known yet."""
    is_strictest = rule.jurisdiction is Jurisdiction.STRICTEST
    if not is_strictest and facts.category is not Category.GOODS:
        return Ruling(rule.act, State.NOT_COVERED, Action.NONE, "435.3(a)", units_open=facts.units)
    days = Days(facts, assumptions)
    if facts.same_means_impossible_at is not None and facts.same_means_impossible_at > now:
        facts = replace(facts, same_means_impossible_at=None)
    started_on = clock_start(facts, assumptions)
    if started_on is None or started_on > days.acted_on(now):
        incomplete = Ruling(rule.act, State.INCOMPLETE, Action.NONE, "435.1(c)", units_open=facts.units)
        return replace(incomplete, is_strictest=is_strictest)
    case = Case(facts, rule, assumptions, days, started_on, applicable_time_end(facts, rule, started_on, assumptions))
    standing = _stand(case, now)
    return _rule(case, standing, now)


def clock_start(facts: LineFacts, assumptions: Assumptions) -> date | None:
    """The day the order was properly completed (435.1(c)); None while payment or information is missing.

    Payment counts when tendered or authorised, not when charged; a payment that failed counts once it is honoured.
    """
    needed = [facts.tendered_at, facts.informed_at or facts.tendered_at]
    if facts.bounced:
        needed.append(facts.honoured_at)
    known = [at for at in needed if at is not None]
    return Days(facts, assumptions).started_on(max(known)) if len(known) == len(needed) else None


def applicable_time_end(facts: LineFacts, rule: Rule, started_on: date, assumptions: Assumptions) -> date:
    """T, the last day to ship: as stated, else 30 days, 50 if the buyer applied to the seller for credit.

    A stated day that had passed when the order became complete states no time.
    """
    stated = facts.stated
    if stated is not None and stated.on is not None and stated.on >= started_on:
        return stated.on
    if stated is not None and stated.days is not None:
        return _stated_end(stated, stated.days, started_on, assumptions)
    days = rule.credit_days if facts.applied_to_seller_for_credit and rule.credit_days else rule.default_days
    assert days is not None
    return _period_end(started_on, days, assumptions)


def refund_due(facts: LineFacts, rule: Rule, *, vests_on: date, units: int, assumptions: Assumptions) -> RefundDue:
    """By when the refund that vested on a day must be sent (435.1(b)), for units that did not ship."""
    if facts.seller_is_creditor and rule.refund_working_days:
        cycle_ends_on = vests_on + timedelta(days=assumptions.billing_cycle_days)
        return RefundDue(vests_on, cycle_ends_on, "one_billing_cycle", units)
    if rule.refund_working_days is None:
        working = plain_working_days(assumptions)
        sent_by = working_days_after(vests_on, assumptions.undue_delay_working_days, working)
        return RefundDue(vests_on, sent_by, "without_undue_delay", units, is_target=True)
    counted_from = vests_on
    if facts.same_means_impossible_at is not None:
        counted_from = max(vests_on, Days(facts, assumptions).started_on(facts.same_means_impossible_at))
    sent_by = us_refund_sent_by(counted_from, assumptions, working_days=rule.refund_working_days)
    return RefundDue(vests_on, sent_by, f"{rule.refund_working_days}_working_days", units)


def us_refund_sent_by(vests_on: date, assumptions: Assumptions, *, working_days: int = 7) -> date:
    """The last day to send a refund that vested on a day, in working days of readings A2 and A6."""
    counted_from = vests_on if assumptions.counting_starts_after_vesting else vests_on - timedelta(days=1)
    return working_days_after(counted_from, working_days, us_working_days(assumptions, around=vests_on))


def _stated_end(stated: Stated, days: int, started_on: date, assumptions: Assumptions) -> date:
    if not assumptions.range_means_last and stated.days_from is not None:
        days = stated.days_from
    if stated.working:
        return working_days_after(started_on, days, us_working_days(assumptions, around=started_on))
    return _period_end(started_on, days, assumptions)


def _period_end(started_on: date, days: int, assumptions: Assumptions) -> date:
    return started_on + timedelta(days=days if assumptions.last_day_counts else days - 1)


# The story, event by event.


def _stand(case: Case, now: datetime) -> Standing:
    standing = Standing(case.time_ends_on, case.rule.cites["time"])
    for at, event in _events(case.facts, now):
        standing = _expired(case, standing, case.days.acted_on(at))
        match event:
            case DelayNotice():
                standing = _noticed(case, standing, event)
            case Answer():
                standing = _answered(case, standing, event)
            case Shipment():
                standing = _shipped(case, standing, event)
            case GivenUp():
                standing = _given_up(case, standing, at)
    return _expired(case, standing, case.days.acted_on(now))


def _events(facts: LineFacts, now: datetime) -> Iterator[tuple[datetime, Event]]:
    """What happened up to `now`; at one instant notices come first, then yes, shipment, refusal and no."""
    told: list[tuple[datetime, int, Event]] = [(_reached_at(notice), 0, notice) for notice in facts.notices]
    for answer in facts.answers:
        if not answer.automatic:
            told.append((answer.received_at, 1 if answer.said is Said.CONSENT else 4, answer))
    told += [(shipment.possession_at, 2, shipment) for shipment in facts.shipments]
    if facts.given_up is not None and facts.given_up.told_at is not None:
        told.append((facts.given_up.told_at, 3, facts.given_up))
    for at, _, event in sorted(told, key=lambda entry: entry[:2]):
        if at <= now:
            yield at, event


def _reached_at(notice: DelayNotice) -> datetime:
    """A status page is a notice once the buyer looked at it (FTC guide)."""
    if notice.means is Means.STATUS_PAGE and notice.seen_at is not None:
        return max(notice.sent_at, notice.seen_at)
    return notice.sent_at


def _expired(case: Case, standing: Standing, today: date) -> Standing:
    due_on = standing.due_on
    if standing.ended or _is_shipped(case, standing) or due_on is None or today <= due_on:
        return standing
    vests_on = due_on + timedelta(days=1 if case.assumptions.vests_on_next_day else 0)
    return replace(standing, ended=Ended(standing.on_expiry, vests_on, standing.on_expiry))


def _noticed(case: Case, standing: Standing, notice: DelayNotice) -> Standing:
    if standing.ended or _is_shipped(case, standing):
        return replace(standing, findings=(*standing.findings, _finding_too_late(standing, notice)))
    is_first = not standing.options
    last_day = standing.due_on
    if notice.revised_on is not None and last_day is not None and notice.revised_on <= last_day:
        courtesy = Finding(notice.id, None, Silence.NOTHING, None)
        return replace(standing, findings=(*standing.findings, courtesy))
    finding = _finding(case, notice, is_first=is_first, answer_by=last_day)
    standing = replace(standing, findings=(*standing.findings, finding))
    if finding.defect:
        return standing
    standing = replace(standing, options=(*standing.options, (notice, finding)))
    if not is_first:
        return standing
    if finding.kind is SHORT:
        return replace(standing, due_on=notice.revised_on, paragraph=case.rule.cites["short"], on_expiry="(c)(3)")
    assert finding.answer_by is not None
    return replace(standing, due_on=finding.answer_by, paragraph=case.rule.cites["long"], on_expiry="(c)(2)")


def _finding_too_late(standing: Standing, notice: DelayNotice) -> Finding:
    passed = standing.ended is not None and standing.ended.why in PASSED
    return Finding(notice.id, None, Silence.NOTHING, None, "sent_late" if passed else "order_was_over")


def _finding(case: Case, notice: DelayNotice, *, is_first: bool, answer_by: date | None) -> Finding:
    """What a notice that was sent in time is worth."""
    kind = option_kind(
        notice.revised_on,
        last_short_day=case.last_short_day,
        is_first=is_first,
        silence_may_consent=case.rule.short_delay_days is not None,
    )
    if is_first:
        answer_by = min(notice.revised_on or case.window_ends_on, case.window_ends_on)
    # Who agreed to wait without a day is asked again only out of courtesy: no day passes, so silence changes nothing.
    silence = SILENCE_OF[kind] if answer_by is not None else Silence.NOTHING
    return Finding(notice.id, kind, silence, answer_by, _defect(case, notice, kind))


def _defect(case: Case, notice: DelayNotice, kind: OptionKind) -> str:
    """Why a notice counts as none: the first of its faults; "" if it has none."""
    if notice.means is Means.STATUS_PAGE and notice.seen_at is None:
        return "not_seen"
    if notice.bounced and not case.assumptions.bounced_notice_counts:
        return "bounced"
    if not notice.has_basis:
        return "no_reasonable_basis"
    if notice.elements is None:
        return ""
    lacks = [element for element in REQUIRED[kind] if element not in notice.elements]
    if lacks:
        return f"lacks_{min(lacks)}"
    wrong = NEVER[kind] & notice.elements
    return f"wrongly_says_{min(wrong)}" if wrong else ""


def _answered(case: Case, standing: Standing, answer: Answer) -> Standing:
    if answer.said is Said.CANCEL:
        return _cancelled(case, standing, answer)
    if standing.ended or _is_shipped(case, standing):
        return standing
    index = _option_index(standing, answer)
    if index is None or index < standing.agreed:
        return standing  # A yes to nothing, to a notice that counts as none, or to what was superseded by a later yes.
    notice, finding = standing.options[index]
    return _agreed(case, replace(standing, agreed=index), notice, finding, answer)


def _option_index(standing: Standing, answer: Answer) -> int | None:
    """Which of the valid options a yes answers; an answer that names none answers the last one."""
    asked = [finding.notice for finding in standing.findings if finding.kind is not None]
    to = answer.to or (asked[-1] if asked else "")
    return next((index for index, (notice, _) in enumerate(standing.options) if notice.id == to), None)


def _agreed(case: Case, standing: Standing, notice: DelayNotice, finding: Finding, answer: Answer) -> Standing:
    """An express yes in time: the day agreed on is the day to ship by."""
    cites = case.rule.cites
    paragraph = cites["agreed"] if finding.kind in LONG else cites["renewed"]
    due_on = notice.revised_on
    if finding.kind is SHORT:
        paragraph = cites["short"]
    if standing.agreed > 0:
        return replace(standing, due_on=due_on, paragraph=paragraph, on_expiry="(c)(3)")
    if answer.further_indefinite:
        due_on, paragraph = None, cites["further"]
    elif answer.further_until is not None and due_on is not None:
        due_on, paragraph = max(due_on, answer.further_until), cites["further"]
    return replace(standing, due_on=due_on, paragraph=paragraph, on_expiry="(c)(3)")


def _cancelled(case: Case, standing: Standing, answer: Answer) -> Standing:
    at = answer.received_at
    ties = any(shipment.possession_at == at for shipment in case.facts.shipments)
    if ties and not _ended_before(case, standing, at):
        unclear = Ended("", case.days.started_on(at), "(c)(1)")
        return replace(standing, ended=unclear)
    if standing.ended or _is_shipped(case, standing):
        return standing
    if not standing.options and case.assumptions.cancellation_needs_option:
        return standing
    return replace(standing, ended=Ended("(c)(1)", case.days.started_on(at), "(c)(1)"))


def _ended_before(case: Case, standing: Standing, at: datetime) -> bool:
    """Was the line over, by cancellation or by shipment, before what happened at one instant?"""
    shipped_before = sum(s.units for s in case.facts.shipments if s.possession_at < at)
    return standing.ended is not None or shipped_before >= case.facts.units


def _shipped(case: Case, standing: Standing, shipment: Shipment) -> Standing:
    on = case.days.acted_on(shipment.possession_at)
    if standing.ended:
        return replace(standing, shipped_too_late=standing.shipped_too_late + shipment.units, shipped_on=on)
    return replace(standing, shipped=standing.shipped + shipment.units, shipped_on=on)


def _given_up(case: Case, standing: Standing, at: datetime) -> Standing:
    if standing.ended or _is_shipped(case, standing):
        return standing
    return replace(standing, ended=Ended("(c)(4)", case.days.started_on(at), case.rule.cites["give_up"]))


def _is_shipped(case: Case, standing: Standing) -> bool:
    return standing.shipped >= case.facts.units


# The question of the instant.


def _rule(case: Case, standing: Standing, now: datetime) -> Ruling:
    ruling = Ruling(
        case.rule.act,
        State.OPEN,
        Action.SHIP,
        standing.paragraph,
        clock_start=case.started_on,
        applicable_time_end=case.time_ends_on,
        due_on=standing.due_on,
        findings=standing.findings,
        units_open=max(case.facts.units - standing.shipped - standing.shipped_too_late, 0),
        is_strictest=case.rule.jurisdiction is Jurisdiction.STRICTEST,
    )
    if standing.ended:
        return _ended_ruling(case, standing, ruling, now)
    if _is_shipped(case, standing):
        return replace(
            ruling, state=State.SHIPPED_COMPLIANT, action=Action.NONE, shipped_on=standing.shipped_on, is_on_time=True
        )
    return _timed(case, _open_ruling(case, standing, ruling, now))


def _timed(case: Case, ruling: Ruling) -> Ruling:
    return replace(ruling, latest_at=case.days.ends_at(ruling.latest)) if ruling.latest is not None else ruling


def _ended_ruling(case: Case, standing: Standing, ruling: Ruling, now: datetime) -> Ruling:
    ended = standing.ended
    assert ended is not None
    ruling = replace(ruling, paragraph=ended.paragraph, why=ended.why, shipped_on=standing.shipped_on)
    if not ended.why:
        return replace(
            ruling,
            state=State.MANUAL_REVIEW,
            action=Action.REVIEW,
            latest=ended.vests_on,
            latest_at=case.days.ends_at(ended.vests_on),
            said=("A cancellation and a shipment have the same instant: somebody must find out which came first.",),
        )
    is_late = standing.shipped_too_late > 0 and ruling.units_open == 0
    units = case.facts.units - standing.shipped  # They are owed back, whatever left later.
    refund = refund_due(case.facts, case.rule, vests_on=ended.vests_on, units=units, assumptions=case.assumptions)
    state = State.SHIPPED_LATE if is_late else State.CANCELLED
    ruling = replace(ruling, state=state, refund=refund, is_on_time=False if is_late else None)
    sent_at = case.facts.refund_sent_at
    if sent_at is not None and sent_at <= now:
        return replace(ruling, state=state if is_late else State.REFUNDED, action=Action.NONE)
    return _timed(case, replace(ruling, action=Action.REFUND, latest=refund.sent_by))


def _open_ruling(case: Case, standing: Standing, ruling: Ruling, now: datetime) -> Ruling:
    ruling = _with_question(standing, replace(ruling, latest=standing.due_on))
    given_up = case.facts.given_up
    if given_up is not None and given_up.decided_at <= now:
        ask_by = _target(case, case.days.started_on(given_up.decided_at))
        latest = ask_by if standing.due_on is None else min(ask_by, standing.due_on)
        paragraph = case.rule.cites["give_up"]
        return replace(ruling, action=Action.TELL_AND_REFUND, ask_by=latest, latest=latest, paragraph=paragraph)
    if standing.due_on is None:
        paragraph = case.rule.cites["indefinite"]
        return replace(ruling, state=State.OPEN_INDEFINITE, action=Action.CONTINUING_RIGHT, paragraph=paragraph)
    if _must_ask(case, standing, now):
        return _asking(case, standing, ruling)
    if standing.open_option is not None:
        paragraph = case.rule.cites["long"] if len(standing.options) == 1 else case.rule.cites["renewed"]
        return replace(ruling, action=Action.SHIP_OR_GET_CONSENT, paragraph=paragraph)
    return ruling


def _with_question(standing: Standing, ruling: Ruling) -> Ruling:
    """What silence will mean to the question that is open, if one is."""
    if not standing.options or standing.agreed == len(standing.options) - 1:
        return ruling
    finding = standing.options[-1][1]
    answer_by = finding.answer_by if finding.kind is SHORT else standing.due_on
    if answer_by is None:  # The buyer agreed to wait without a day: silence to a later question changes nothing.
        return ruling
    return replace(ruling, silence=finding.silence, answer_by=answer_by)


def _must_ask(case: Case, standing: Standing, now: datetime) -> bool:
    """Is it known that the day cannot be kept, and has nobody been asked about a day that can?"""
    outlook = case.facts.outlook
    assert standing.due_on is not None
    if outlook is None or outlook.known_at > now:
        return False
    if outlook.ship_on is not None and outlook.ship_on <= standing.due_on:
        return False
    if standing.open_option is None:
        return True
    asked_on = standing.open_option[0].revised_on
    return asked_on is not None and (outlook.ship_on is None or outlook.ship_on > asked_on)


def _asking(case: Case, standing: Standing, ruling: Ruling) -> Ruling:
    outlook, due_on = case.facts.outlook, standing.due_on
    assert outlook is not None
    assert due_on is not None
    ask_by = min(_target(case, case.days.started_on(outlook.known_at)), due_on)
    if standing.options:
        return replace(ruling, action=Action.SEND_RENEWED_OPTION, ask_by=ask_by, paragraph=case.rule.cites["renew"])
    return replace(ruling, action=Action.SEND_FIRST_OPTION, ask_by=ask_by, paragraph=case.rule.cites["ask"])


def _target(case: Case, known_on: date) -> date:
    """The merchant's own target for a notice: so many working days after the knowledge (A7)."""
    working = us_working_days(case.assumptions, around=known_on)
    return working_days_after(known_on, case.assumptions.notice_working_days, working)
