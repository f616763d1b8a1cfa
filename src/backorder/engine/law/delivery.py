"""The clocks that look at delivery: EU Directive 2011/83 art. 18, BGB 323/475, UK CRA 2015 s28, Ontario, AU ACL s36.

Silence never moves a date here, and nothing is cancelled by itself: a late seller can be given an additional period,
and when that is missed too the consumer may end the contract. Withdrawal, where there is one, is open until days after
the last delivery, so before it in any case.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from .assumptions import Assumptions
from .days import Days, plain_working_days, working_days_after
from .facts import Action, LineFacts, RefundDue, Ruling, Said, State
from .rules import Jurisdiction, Rule

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Case:
    """What a ruling on delivery looks at. `due_on` includes no grace; `agreed_on`: the consumer agreed to that day."""

    facts: LineFacts
    rule: Rule
    assumptions: Assumptions
    days: Days
    now: datetime
    today: date
    concluded_on: date
    due_on: date


def judge_delivery(facts: LineFacts, rule: Rule, *, now: datetime, assumptions: Assumptions) -> Ruling:
    """The ruling at `now` (aware); what happened after `now` is not known yet."""
    days = Days(facts, assumptions)
    at = facts.contract_at or facts.tendered_at
    if at is None or at > now:
        return Ruling(rule.act, State.INCOMPLETE, Action.NONE, rule.cites["time"], units_open=facts.units)
    concluded_on = days.started_on(at)
    due_on = _due_on(facts, rule, concluded_on, now, assumptions)
    case = Case(facts, rule, assumptions, days, now, days.acted_on(now), concluded_on, due_on)
    return _rule(case)


def additional_period(today: date, assumptions: Assumptions) -> date:
    """The last day of the additional period that is proposed to a consumer who sets one today."""
    return today + timedelta(days=assumptions.additional_period_days)


def withdrawal_ends_on(rule: Rule, *, last_delivered_on: date | None) -> date | None:
    """The last day to withdraw: counted from the last good of the order; None while one is not delivered (9(2)(b))."""
    assert rule.withdrawal_days is not None
    return None if last_delivered_on is None else last_delivered_on + timedelta(days=rule.withdrawal_days)


def refund_due(
    rule: Rule, *, vests_on: date, units: int, assumptions: Assumptions, withdrawn: bool = False
) -> RefundDue:
    """By when the refund that vested on a day must be sent, for units not delivered (or withdrawn from)."""
    days = rule.withdrawal_days if withdrawn else rule.refund_days
    if days is not None:
        return RefundDue(vests_on, vests_on + timedelta(days=days), f"{days}_days", units)
    sent_by = working_days_after(vests_on, assumptions.undue_delay_working_days, plain_working_days(assumptions))
    return RefundDue(vests_on, sent_by, "without_undue_delay", units, is_target=True)


def must_accept_instalments(*, split_agreed: bool) -> bool:
    """Is a consumer bound to take an order in parts? Only as agreed, so it is asked at the order (UK CRA s26(1))."""
    return split_agreed


def choices_on_short_delivery() -> tuple[str, str]:
    """What a consumer may do with fewer units than ordered (UK CRA s25(1))."""
    return "reject", "accept_and_pay_contract_rate"


def may_take_payment(*, intends_to_supply: bool, has_reasonable_grounds: bool) -> bool:
    """May payment be taken (ACL s36)? Only with the intention and reasonable grounds to supply in the stated time."""
    return intends_to_supply and has_reasonable_grounds


def _due_on(facts: LineFacts, rule: Rule, concluded_on: date, now: datetime, assumptions: Assumptions) -> date:
    """The agreed day, or the rule's own."""
    agreed_on = _agreed_on(facts, concluded_on, now)
    if agreed_on is not None:
        return agreed_on
    return concluded_on + timedelta(days=rule.default_days or assumptions.reasonable_days)


def _agreed_on(facts: LineFacts, concluded_on: date, now: datetime) -> date | None:
    """The last day the consumer expressly agreed to, else the one stated at the order; None where none was."""
    agreed_on = _agreed_later(facts, now) or facts.deliver_by
    if agreed_on is None and facts.stated is not None:
        # Only a time to ship was stated; to deliver within it is the strict reading.
        days = facts.stated.days
        agreed_on = facts.stated.on or (None if days is None else concluded_on + timedelta(days=days))
    return agreed_on


def _agreed_later(facts: LineFacts, now: datetime) -> date | None:
    """The day of delivery of the last notice the consumer said yes to; a mere notice changes nothing."""
    said_yes = [a for a in facts.answers if a.said is Said.CONSENT and not a.automatic and a.received_at <= now]
    for answer in sorted(said_yes, key=lambda answer: answer.received_at, reverse=True):
        before = [n for n in facts.notices if n.sent_at <= answer.received_at and answer.to in ("", n.id)]
        notice = max(before, key=lambda n: n.sent_at, default=None)
        if notice is not None and (agreed_on := notice.revised_deliver_on or notice.revised_on):
            return agreed_on
    return None


def _rule(case: Case) -> Ruling:
    ruling = Ruling(
        case.rule.act,
        State.OPEN,
        Action.DELIVER,
        case.rule.cites["time"],
        latest=case.due_on,
        clock_start=case.concluded_on,
        applicable_time_end=case.due_on,
        due_on=case.due_on,
        units_open=case.facts.units - case.facts.delivered_units,
        said=case.rule.must_tell,
    )
    return _over(case, ruling) or _timed(case, _running(case, ruling))


def _timed(case: Case, ruling: Ruling) -> Ruling:
    return replace(ruling, latest_at=case.days.ends_at(ruling.latest)) if ruling.latest is not None else ruling


def _over(case: Case, ruling: Ruling) -> Ruling | None:
    """The ruling when the contract was ended, withdrawn from or fulfilled; whichever came first."""
    facts = case.facts
    happened = [
        (facts.delivered_at, _delivered),
        (facts.withdrawn_at, _withdrawn),
        (facts.terminated_at, _terminated),
    ]
    told = sorted(((at, rule) for at, rule in happened if at is not None and at <= case.now), key=lambda pair: pair[0])
    if not told:
        return None
    if len(told) > 1 and told[0][1] is _delivered and told[1][1] is _withdrawn:
        return _withdrawn(case, ruling, told[1][0])
    return told[0][1](case, ruling, told[0][0])


def _delivered(case: Case, ruling: Ruling, at: datetime) -> Ruling:
    is_on_time = case.days.acted_on(at) <= case.due_on
    state = State.DELIVERED if is_on_time else State.DELIVERED_LATE
    return replace(ruling, state=state, action=Action.NONE, latest=None, is_on_time=is_on_time, units_open=0)


def _withdrawn(case: Case, ruling: Ruling, at: datetime) -> Ruling:
    on, days = case.days.started_on(at), case.rule.withdrawal_days
    if days is None or not _may_withdraw(case, on):
        return _by_agreement(case, ruling, at) if case.facts.seller_agreed else _unclear(case, ruling, at)
    refund = refund_due(case.rule, vests_on=on, units=case.facts.units, assumptions=case.assumptions, withdrawn=True)
    return _refunding(case, replace(ruling, state=State.WITHDRAWN, why="withdrawal"), refund)


def _may_withdraw(case: Case, on: date) -> bool:
    last = case.facts.order_delivered_at
    ends_on = withdrawal_ends_on(case.rule, last_delivered_on=None if last is None else case.days.acted_on(last))
    return ends_on is None or on <= ends_on


def _terminated(case: Case, ruling: Ruling, at: datetime) -> Ruling:
    on = case.days.acted_on(at)
    may_from = _may_terminate_from(replace(case, now=at, today=on))
    if may_from is None or on < may_from:
        # Who may withdraw without a reason needs none; elsewhere a human must look.
        return _withdrawn(case, ruling, at)
    # The part that came is kept, unless it is of no use alone (BGB 323(5), and in spirit elsewhere).
    units = case.facts.units if case.facts.no_interest_in_part else ruling.units_open
    vests_on = case.days.started_on(at)
    refund = refund_due(case.rule, vests_on=vests_on, units=units, assumptions=case.assumptions)
    return _refunding(case, replace(ruling, state=State.TERMINATED, why="terminated"), refund)


def _by_agreement(case: Case, ruling: Ruling, at: datetime) -> Ruling:
    """The shop offered to take the order back and did: no right was needed, and the money goes back as after one."""
    vests_on = case.days.started_on(at)
    units = case.facts.units if case.facts.no_interest_in_part else ruling.units_open
    refund = refund_due(case.rule, vests_on=vests_on, units=units, assumptions=case.assumptions)
    return _refunding(case, replace(ruling, state=State.TERMINATED, why="agreed"), refund)


def _unclear(case: Case, ruling: Ruling, at: datetime) -> Ruling:
    on = case.days.started_on(at)
    said = (*ruling.said, "The consumer ended the contract when the law does not say they may: somebody must decide.")
    return _timed(case, replace(ruling, state=State.MANUAL_REVIEW, action=Action.REVIEW, latest=on, said=said))


def _refunding(case: Case, ruling: Ruling, refund: RefundDue) -> Ruling:
    ruling = replace(ruling, refund=refund, paragraph=case.rule.cites["refund"], latest=None)
    sent_at = case.facts.refund_sent_at
    if sent_at is not None and sent_at <= case.now:
        return replace(ruling, state=State.REFUNDED, action=Action.NONE)
    return _timed(case, replace(ruling, action=Action.REFUND, latest=refund.sent_by))


def _running(case: Case, ruling: Ruling) -> Ruling:
    """The ruling while the goods are awaited."""
    may_from = _may_terminate_from(case)
    ruling = replace(ruling, may_terminate_from=may_from)
    if may_from is not None and may_from <= case.today:
        paragraph = case.rule.cites[_ground(case)]
        return replace(ruling, state=State.MAY_TERMINATE, paragraph=paragraph)
    if case.today <= case.due_on:
        return _before_due(case, ruling)
    if may_from is not None and _period_until(case) is not None:
        until, paragraph = may_from - ONE_DAY, case.rule.cites["period"]
        return replace(ruling, state=State.LATE_PERIOD_RUNNING, latest=until, paragraph=paragraph)
    return replace(ruling, state=State.LATE)


def _before_due(case: Case, ruling: Ruling) -> Ruling:
    """In time, unless it is known that it will not be: then the consumer is told, duty or not."""
    outlook = case.facts.outlook
    if outlook is None or outlook.known_at > case.now:
        return ruling
    if outlook.ship_on is not None and outlook.ship_on <= case.due_on:
        return ruling
    if any(notice.sent_at >= outlook.known_at for notice in case.facts.notices if notice.sent_at <= case.now):
        return ruling
    known_on = case.days.started_on(outlook.known_at)
    working = plain_working_days(case.assumptions)
    ask_by = min(working_days_after(known_on, case.assumptions.notice_working_days, working), case.due_on)
    return replace(ruling, action=Action.INFORM, ask_by=ask_by, is_duty=bool(case.rule.must_tell))


def _may_terminate_from(case: Case) -> date | None:
    """The first day the consumer may end the contract, as far as is known; None: not foreseeable."""
    facts, rule = case.facts, case.rule
    if rule.jurisdiction is Jurisdiction.AU:
        return None  # Remedies there follow the circumstances, not a day.
    if rule.grace_days:
        return _after_grace(case)
    first = []
    if facts.given_up is not None and facts.given_up.told_at is not None and facts.given_up.told_at <= case.now:
        first.append(case.days.started_on(facts.given_up.told_at))
    if facts.failure_is_obvious and "early" in rule.cites:
        first.append(case.today)
    if facts.time_is_essential:
        first.append(case.due_on + ONE_DAY)
    until = _period_until(case)
    if until is not None:
        first.append(max(until, case.due_on) + ONE_DAY)
    return min(first, default=None)


def _after_grace(case: Case) -> date | None:
    """Ontario: more than 30 days after the stated day, or after the contract when none was stated."""
    if case.facts.late_delivery_agreed:
        return None
    grace = case.rule.grace_days if _agreed_on(case.facts, case.concluded_on, case.now) is not None else 0
    return case.due_on + timedelta(days=grace) + ONE_DAY


def _period_until(case: Case) -> date | None:
    """The end of the additional period set last; under the BGB one set before the due day has no effect."""
    counted = [
        period
        for period in case.facts.periods
        if period.set_at <= case.now
        and (not case.rule.period_only_after_due or case.days.acted_on(period.set_at) > case.due_on)
    ]
    return max(counted, key=lambda period: period.set_at).until if counted else None


def _ground(case: Case) -> str:
    facts = case.facts
    if facts.failure_is_obvious and "early" in case.rule.cites and case.today <= case.due_on:
        return "early"
    refused = facts.given_up is not None and facts.given_up.told_at is not None
    return "at_once" if refused or facts.time_is_essential or case.rule.grace_days else "period"
