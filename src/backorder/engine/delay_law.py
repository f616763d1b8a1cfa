"""The delay law: what must be done about a line at an instant, by when, what silence means, which paragraph says so.

Pure and deterministic: the caller passes facts and `now`. `judge` is the door; the rules live in `engine/law/` as dated
data. What the law leaves open is a named setting of `Assumptions`. Not legal advice.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from .law import delivery, us
from .law.assumptions import DEFAULTS, Assumptions
from .law.content import NEVER, REQUIRED
from .law.days import Days
from .law.facts import DelayNotice, Element, Finding, LineFacts, OptionKind, RefundDue, Ruling, Silence, State
from .law.rules import Event, Jurisdiction, Rule, jurisdiction_of, rule_on

DRAFT = "draft"  # The id of a notice that is only imagined.
REFUND_FORMS = frozenset({"same_means", "credit_memo_to_issuer", "cash", "check", "money_order"})


@dataclass(frozen=True, slots=True)
class Draft:
    """What a notice would be if it went out at an instant; `kind` None: a courtesy that asks nothing.

    `defect` says why it would count as never sent ("": it counts). `answer_by` is the last day an answer counts,
    `answer_by_at` the instant that day ends.
    """

    kind: OptionKind | None
    silence: Silence
    answer_by: date | None
    answer_by_at: datetime | None
    must_contain: frozenset[Element]
    never_contains: frozenset[Element]
    defect: str = ""


def judge(facts: LineFacts, *, now: datetime, assumptions: Assumptions = DEFAULTS) -> Ruling:
    """What the law says of a line at `now` (aware); everything in `facts` that happened later is ignored."""
    rule = rule_for(facts, now)
    look = us.judge_shipping if rule.event is Event.SHIP else delivery.judge_delivery
    return look(facts, rule, now=now, assumptions=assumptions)


def rule_for(facts: LineFacts, now: datetime) -> Rule:
    """The rule the line follows: the one in force when the contract was concluded."""
    concluded_at = facts.contract_at or facts.tendered_at or now
    return rule_on(jurisdiction_of(facts.country, facts.region), concluded_at.date())


def strictest(country: str, region: str = "") -> bool:
    """Is no rule known for this place, so that the strictest of all is applied (and must be said to be)?"""
    return jurisdiction_of(country, region) is Jurisdiction.STRICTEST


def draft_option(
    facts: LineFacts, *, revised_on: date | None, now: datetime, assumptions: Assumptions = DEFAULTS
) -> Draft:
    """What a notice with this new day to ship (None: no date can be given) would be if it went out at `now`."""
    imagined = DelayNotice(DRAFT, now, revised_on)
    ruling = judge(replace(facts, notices=(*facts.notices, imagined)), now=now, assumptions=assumptions)
    nothing = Finding(DRAFT, None, Silence.NOTHING, None)
    finding = next((finding for finding in ruling.findings if finding.notice == DRAFT), nothing)
    ends_at = None if finding.answer_by is None else Days(facts, assumptions).ends_at(finding.answer_by)
    contents = (REQUIRED[finding.kind], NEVER[finding.kind]) if finding.kind else (frozenset(), frozenset())
    return Draft(finding.kind, finding.silence, finding.answer_by, ends_at, *contents, defect=finding.defect)


def needs_option(*, promised_on: date, new_on: date | None) -> bool:
    """Must the buyer be asked about a new day? An earlier or equal one is news, not a question."""
    return new_on is None or new_on > promised_on


def refund_deadline(
    facts: LineFacts, *, at: datetime, units: int, withdrawn: bool = False, assumptions: Assumptions = DEFAULTS
) -> RefundDue:
    """By when money must go back that is owed since `at`, for whatever reason; `withdrawn`: the right to withdraw."""
    rule, vests_on = rule_for(facts, at), Days(facts, assumptions).started_on(at)
    if rule.event is Event.SHIP:
        return us.refund_due(facts, rule, vests_on=vests_on, units=units, assumptions=assumptions)
    withdrawn = withdrawn and rule.withdrawal_days is not None
    return delivery.refund_due(rule, vests_on=vests_on, units=units, assumptions=assumptions, withdrawn=withdrawn)


def return_deadline(facts: LineFacts, *, at: datetime, assumptions: Assumptions = DEFAULTS) -> RefundDue:
    """By when the money for goods that came back at `at` goes back.

    Where goods may be given back without a reason, within the days of a withdrawal (Directive 2011/83/EU Art 13);
    elsewhere no law names a day, and the merchant's own target counts.
    """
    rule, vests_on = rule_for(facts, at), Days(facts, assumptions).started_on(at)
    withdrawn = rule.withdrawal_days is not None
    if not withdrawn:
        rule = replace(rule, refund_days=None)
    return delivery.refund_due(rule, vests_on=vests_on, units=1, assumptions=assumptions, withdrawn=withdrawn)


def other_means_deadline(
    facts: LineFacts, due: RefundDue, *, found_at: datetime, assumptions: Assumptions = DEFAULTS
) -> RefundDue:
    """By when a refund goes back that was found, at `found_at`, not to be able to go the way the payment came.

    The US rule counts its working days from the discovery (16 CFR 435.1(b)); no other law gives more time.
    """
    rule = rule_for(facts, found_at)
    if rule.refund_working_days is None or due.rule != f"{rule.refund_working_days}_working_days":
        return due
    found = replace(facts, same_means_impossible_at=found_at)
    return us.refund_due(found, rule, vests_on=due.vests_on, units=due.units, assumptions=assumptions)


def ends_at(facts: LineFacts, day: date, assumptions: Assumptions = DEFAULTS) -> datetime:
    """The instant (UTC) at which a deadline on `day` has passed, in the stricter of the zones."""
    return Days(facts, assumptions).ends_at(day)


def leaves_by(facts: LineFacts, ruling: Ruling, rule: Rule, assumptions: Assumptions = DEFAULTS) -> datetime | None:
    """The instant (UTC) from which nothing of a line may leave, should its buyer say no more; None: no law sets one.

    Past its day the order is deemed cancelled by itself where the law cancels (16 CFR 435.2(c)), asked or not.
    """
    if not rule.must_cancel:
        return None
    if ruling.state is State.OPEN and ruling.due_on is not None:
        return ends_at(facts, ruling.due_on, assumptions)
    if ruling.state in (State.CANCELLED, State.REFUNDED) and ruling.refund is not None:
        return ends_at(facts, ruling.refund.vests_on - timedelta(days=1), assumptions)
    return None


def refund_amount(*, paid_minor: int, shipped_alone_minor: int | None, refunded_minor: int = 0) -> int:
    """What must go back, in minor units (FTC guide, "How Much You Must Refund").

    `paid_minor` is everything tendered, shipping, handling and insurance included. `shipped_alone_minor` is what the
    shipped items alone would have cost under the ordering instructions, their shipping included; None: nothing shipped.
    """
    assert paid_minor >= 0
    assert refunded_minor >= 0
    return max(paid_minor - (shipped_alone_minor or 0) - refunded_minor, 0)


def refund_form_allowed(form: str) -> bool:
    """May a refund take this form? Money and its ways back only: never store credit, vouchers or scrip (FTC guide)."""
    return form in REFUND_FORMS


def withdrawal_refund(*, goods_minor: int, standard_delivery_minor: int) -> int:
    """What goes back when a consumer withdraws: the goods and standard delivery, not the price of a faster one."""
    return goods_minor + standard_delivery_minor
