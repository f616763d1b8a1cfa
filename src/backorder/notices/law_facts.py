"""What the delay law is told of each line of an order, read anew from the tables and the journal each time.

Nothing of the law is stored as a state, so whatever was corrected corrects the ruling. A kit is told as a whole, by the
part of it that comes last.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.conf import settings

from backorder.engine import delay_law
from backorder.engine.law.days import us_working_days, working_days_after
from backorder.engine.law.facts import (
    Action,
    AdditionalPeriod,
    Answer,
    Category,
    DelayNotice,
    GivenUp,
    LineFacts,
    Means,
    Outlook,
    Ruling,
    Said,
    Shipment,
    Stated,
)  # fmt: skip
from backorder.engine.law.rules import Event, Rule
from backorder.journal import feed
from backorder.journal.entries import Entry
from backorder.journal.prepared import rows
from backorder.journal.refusals import unknown
from backorder.orders import reading
from backorder.orders.reading import LineView, OrderView
from backorder.payments import queries as payments
from backorder.payments.queries import DueRow
from backorder.payments.reviewing import missing_refund

from .models import Case, CaseStep, Notice

BY_LAW = "delay_law"  # The reason of a cancellation that a deadline made.
BY_SELLER = "will_not_ship"
BY_ANSWER = "delay_answer"  # The reason of a cancellation that carries out an answer which is kept by itself.
SLACK_WORKING_DAYS = 3
"""What missed its day without a new one is expected this many working days later."""

FACTS = (
    "order.cancelled", "order.withdrawn", "order.edited", "order.wait_accepted", "order.blocked", "order.unblocked",
    "delay.answered", "delay.will_not_ship",
)  # fmt: skip
MOST_ENTRIES = 1000

_DAYS = """
    SELECT l.id, l.first_ship_on, l.promised_ship_on, l.first_promised_on, l.promised_on, m.at, coalesce(m.cause, ''),
           coalesce((SELECT bool_and(p.backing = 'stock') FROM orders_part p
                     WHERE p.line_id = l.id AND p.version = 1), false)
    FROM orders_line l LEFT JOIN orders_promise m ON m.line_id = l.id AND m.version = l.promise_version
    WHERE l.order_id = %s::bigint
"""


class Days(NamedTuple):
    """A line's days as they are kept, passed or not; `was_on_shelf`: all of its first promise was."""

    first_ship_on: date | None
    ship_on: date | None
    first_promised_on: date | None
    promised_on: date | None
    since: datetime | None
    cause: str
    was_on_shelf: bool


@dataclass(frozen=True, slots=True)
class Question:
    """A question that was put: its step, and what became of its notices. `sent_at` None: none of them left yet."""

    step: CaseStep
    revised_on: date | None
    revised_deliver_on: date | None
    answer_by: date | None
    sent_at: datetime | None
    means: Means
    is_waiting: bool
    has_failed: bool

    @property
    def name(self) -> str:
        return f"q{self.step.pk}"


@dataclass(frozen=True, slots=True)
class Line:
    """A line under the law. `own` is the order's, `slowest` the part of a kit that tells its days (else itself)."""

    order: OrderView
    own: LineView
    slowest: LineView
    days: Days
    facts: LineFacts
    rule: Rule
    ruling: Ruling
    case: Case | None
    questions: tuple[Question, ...]
    entries: tuple[Entry, ...]
    expected_on: date | None

    @property
    def owed(self) -> int:
        return self.slowest.open + self.slowest.allocated + self.slowest.released


def lines_under_law(order_id: int, *, now: datetime) -> list[Line]:
    """Every line of an order with what the law says of it now. Refuses unknown_order."""
    order = reading.order(order_id)
    days = {id: Days(*rest) for id, *rest in rows(_DAYS, [order_id])}
    entries = tuple(reversed(feed.of_subjects([f"order/{order_id}"], facts=FACTS, limit=MOST_ENTRIES)))
    cases = {case.line_id: case for case in Case.objects.filter(order_id=order_id).order_by("id")}
    asked = _questions(cases.values())
    tendered = _tendered_at(order)
    refunds = payments.refunds_of(order_id)
    found = []
    for own in order.lines:
        if own.kit_line is None:
            slowest = _slowest(order, own, days)
            questions = asked.get(own.id, ())
            line = _Reader(order, own, slowest, days[slowest.id], entries, questions, tendered, refunds, now)
            found.append(line.read(cases.get(own.id)))
    return found


def order_of(line_id: int) -> int:
    """The order of a line. Refuses unknown_line."""
    found = rows("SELECT order_id FROM orders_line WHERE id = %s::bigint", [line_id])
    if not found:
        raise unknown("line", line_id)
    return int(found[0][0])


def items_of(line_ids: Sequence[int]) -> dict[int, int]:
    """The items of these lines."""
    return dict(rows("SELECT id, item_id FROM orders_line WHERE id = ANY(%s::bigint[])", [list(line_ids)]))


def slack_day(now: datetime) -> date:
    """The day on which what missed its day, and has no other, may be expected."""
    today = now.date()
    return working_days_after(today, SLACK_WORKING_DAYS, us_working_days(settings.BACKORDER_LAW, around=today))


@dataclass(frozen=True, slots=True)
class _Reader:
    """Turns what is known of one line into facts of the law."""

    order: OrderView
    own: LineView
    slowest: LineView
    days: Days
    entries: Sequence[Entry]
    questions: tuple[Question, ...]
    tendered: datetime | None
    refunds: Sequence[DueRow]
    now: datetime

    def read(self, case: Case | None) -> Line:
        facts = self._facts()
        rule = delay_law.rule_for(facts, self.now)
        expected_on, facts, ruling = _judged(facts, rule, self._outlook(), self.now)
        mine = tuple(entry for entry in self.entries if _names(entry, {self.own.id, self.slowest.id}))
        return Line(
            self.order, self.own, self.slowest, self.days, facts, rule, ruling,
            case if case is not None and case.closed_at is None else None, self.questions, mine, expected_on,
        )  # fmt: skip

    @property
    def owed(self) -> int:
        return self.slowest.open + self.slowest.allocated + self.slowest.released

    def _facts(self) -> LineFacts:
        order, told = self.order, self.order.attributes
        ended = self._ended()
        blocked, honoured_at = _payment_failed(self.entries)
        category = str(told.get("law_category") or "")
        shipments = [
            Shipment(one.shipped_at, sent.units)
            for one in order.shipments for sent in one.lines if sent.line == self.slowest.id
        ]  # fmt: skip
        facts = LineFacts(
            order.country, self._units(ended), self.tendered, self.slowest.ordered_at, region=order.region,
            buyer_zone=order.zone, seller_zone=settings.BACKORDER_LAW_PRACTICE.seller_zone,
            bounced=blocked, honoured_at=honoured_at,
            category=Category(category) if category in set(Category) else Category.GOODS,
            stated=self._stated(), deliver_by=_earliest(self.days.first_promised_on, order.shown_on),
            applied_to_seller_for_credit=told.get("applied_to_seller_for_credit") is True,
            seller_is_creditor=told.get("seller_is_creditor") is True,
            time_is_essential=told.get("time_is_essential") is True,
            contract_at=self.slowest.ordered_at, shipments=tuple(sorted(shipments, key=lambda one: one.possession_at)),
            notices=tuple(_as_notice(one) for one in self.questions if one.sent_at is not None),
            answers=tuple(_answers(self.entries, self.own.id, self.slowest.id)),
            periods=tuple(_periods(self.entries, order)), refund_sent_at=self._refunded_at(ended),
            same_means_impossible_at=self._impossible_at(ended),
        )  # fmt: skip
        return self._delivered(_with_end(facts, ended, self.order))

    def _units(self, ended: Entry | None) -> int:
        """Units ordered less those taken back before the end; what an end took back is still the law's."""
        line = self.slowest
        if ended is None:
            return max(line.ordered - line.substituted - line.cancelled, 1)
        before = sum(_cancelled_by(entry, line.id) for entry in self.entries if entry is not ended)
        return max(line.ordered - line.substituted - min(before, line.cancelled), 1)

    def _ended(self) -> Entry | None:
        """The fact that took back the last units of the line; None while units are owed or all have left."""
        if self.owed or not self.slowest.cancelled:
            return None
        last = next((entry for entry in reversed(self.entries) if _cancelled_by(entry, self.slowest.id)), None)
        if last is None:
            return None
        left_later = any(
            one.shipped_at > last.at and any(sent.line == self.slowest.id for sent in one.lines)
            for one in self.order.shipments
        )
        return None if left_later else last

    def _stated(self) -> Stated | None:
        """The time stated at the order: the first promise, and what the shop showed; the earlier of both."""
        promised = self.days.first_ship_on if settings.BACKORDER_LAW_PRACTICE.stated_time == "promised" else None
        if self.days.was_on_shelf:
            promised = None  # "In stock" states no time; what the shop showed does.
        on = _earliest(promised, self.order.shown_on)
        return None if on is None else Stated(on=on)

    def _outlook(self) -> Outlook | None:
        if not self.owed:
            return None
        since = self.days.since or self.slowest.ordered_at
        if self.days.ship_on is None:
            return Outlook(since, None)
        today = self.now.astimezone(ZoneInfo(self.order.zone)).date()
        if self.days.ship_on >= today or not self.slowest.open:
            # What lies ready may leave today, as long as today lasts.
            return Outlook(since, max(self.days.ship_on, today))
        asked_on = self.questions[-1].revised_on if self.questions else None
        if asked_on is not None and asked_on >= today:
            return Outlook(since, asked_on)
        passed_at = datetime.combine(self.days.ship_on + timedelta(days=1), time(), tzinfo=UTC)
        return Outlook(min(passed_at, self.now), slack_day(self.now))

    def _refunded_at(self, ended: Entry | None) -> datetime | None:
        """When the last of what had to go back went; with nothing to give back, when the line ended."""
        if self.owed:
            return None
        if any(one.state == "open" for one in self.refunds):
            return None
        if self.refunds:
            return max(one.closed_at for one in self.refunds if one.closed_at is not None)
        if ended is None or missing_refund(self.order.id, now=self.now):
            return None
        return ended.at

    def _impossible_at(self, ended: Entry | None) -> datetime | None:
        """Since when it is known that the money cannot go back the way it came."""
        if ended is None:
            return None
        return max((one.found_at for one in self.refunds if one.found_at), default=None)

    def _delivered(self, facts: LineFacts) -> LineFacts:
        mine = [one for one in self.order.shipments if any(sent.line == self.slowest.id for sent in one.lines)]
        arrived = [one.delivered_at for one in mine if one.delivered_at is not None]
        if self.owed or not mine or len(arrived) < len(mine):
            units = sum(s.units for one in mine if one.delivered_at for s in one.lines if s.line == self.slowest.id)
            return replace(facts, delivered_units=units)
        return replace(facts, delivered_at=max(arrived))


def _judged(
    facts: LineFacts, rule: Rule, outlook: Outlook | None, now: datetime
) -> tuple[date | None, LineFacts, Ruling]:
    """The day that is expected, the facts with it, and the ruling.

    What has not left shortly before its last day ends is not believed to leave on it.
    """
    facts = replace(facts, outlook=outlook)
    ruling = delay_law.judge(facts, now=now, assumptions=settings.BACKORDER_LAW)
    ends_soon = timedelta(hours=settings.BACKORDER_LAW_PRACTICE.ask_hours)
    is_near = ruling.latest_at is not None and ruling.latest_at - ends_soon <= now
    if outlook is not None and rule.event is Event.SHIP and ruling.action is Action.SHIP and is_near:
        facts = replace(facts, outlook=Outlook(now, slack_day(now)))
        ruling = delay_law.judge(facts, now=now, assumptions=settings.BACKORDER_LAW)
    return facts.outlook.ship_on if facts.outlook else None, facts, ruling


def _slowest(order: OrderView, own: LineView, days: Mapping[int, Days]) -> LineView:
    parts = [one for one in order.lines if one.kit_line == own.id] or [own]
    return max(parts, key=lambda one: (one.open + one.allocated + one.released > 0, days[one.id].ship_on or date.max))


def _tendered_at(order: OrderView) -> datetime | None:
    """When payment was tendered or authorised; the order's own time where nothing is known and that counts."""
    known = payments.first_paid_at(order.id) or order.paid_at
    if known is not None:
        return known
    counts = order.authorisation or settings.BACKORDER_LAW_PRACTICE.unknown_payment_counts
    return order.ordered_at if counts else None


def _payment_failed(entries: Iterable[Entry]) -> tuple[bool, datetime | None]:
    """Did the payment fail, and when was it honoured after all?"""
    if not settings.BACKORDER_LAW_PRACTICE.payment_block_restarts:
        return False, None
    told = [entry for entry in entries if entry.body.get("kind") == "payment" and entry.fact.endswith("blocked")]
    if not told:
        return False, None
    return True, told[-1].at if told[-1].fact == "order.unblocked" else None


# -- what was asked -------------------------------------------------------------------------------------------------


def _questions(cases: Iterable[Case]) -> dict[int, tuple[Question, ...]]:
    """By line, the questions that were put, oldest first, over all its cases."""
    by_case = {case.pk: case.line_id for case in cases}
    steps = list(CaseStep.objects.filter(case_id__in=by_case, what="asked").order_by("id")) if by_case else []
    ids = [id for step in steps for id in step.body.get("notices", [])]
    notices = list(Notice.objects.filter(id__in=ids) | Notice.objects.filter(instead_of_id__in=ids)) if ids else []
    found: dict[int, tuple[Question, ...]] = {}
    for step in steps:
        line, own = by_case[step.case_id], set(step.body.get("notices", []))
        mine = [one for one in notices if one.pk in own or one.instead_of_id in own]
        found[line] = (*found.get(line, ()), _question(step, mine))
    return found


def _question(step: CaseStep, notices: Sequence[Notice]) -> Question:
    body = step.body
    alive = [one for one in notices if one.state == "sent" and one.bounced_at is None]
    sent = alive or [one for one in notices if one.sent_at is not None]
    first = min(sent, key=lambda one: one.sent_at or step.at, default=None)
    by_hand = body.get("by_hand")
    sent_at = datetime.fromisoformat(body["sent_at"]) if by_hand else first.sent_at if first else None
    waits = not alive and any(one.state == "waiting" for one in notices)
    return Question(
        step, _day(body.get("revised_on")), _day(body.get("revised_deliver_on")), _day(body.get("answer_by")),
        sent_at, Means(by_hand or (first.channel if first else "email")), waits,
        has_failed=not by_hand and not alive and not waits,
    )  # fmt: skip


def _as_notice(one: Question) -> DelayNotice:
    assert one.sent_at is not None
    return DelayNotice(
        one.name, one.sent_at, one.revised_on, means=one.means, bounced=one.has_failed,
        revised_deliver_on=one.revised_deliver_on,
        # A page is only kept as a question when it was confirmed, so it was seen then.
        seen_at=one.sent_at if one.means is Means.STATUS_PAGE else None,
    )  # fmt: skip


# -- what was answered ----------------------------------------------------------------------------------------------


def _answers(entries: Iterable[Entry], own: int, slowest: int) -> Iterable[Answer]:
    for entry in entries:
        body = entry.body
        if entry.fact == "delay.answered" and body.get("line") == own:
            yield Answer(
                Said(body["said"]), datetime.fromisoformat(body["received_at"]), str(body.get("to", "")),
                further_until=_day(body.get("further_until")),
                further_indefinite=bool(body.get("further_indefinite")),
            )  # fmt: skip
        if entry.fact == "order.wait_accepted" and {str(own), str(slowest)} & body["lines"].keys():
            yield Answer(Said.CONSENT, entry.at)


def _with_end(facts: LineFacts, ended: Entry | None, order: OrderView) -> LineFacts:
    """The end of a line by somebody's word, as each law sees it; an end by the law itself follows from its dates."""
    if ended is None:
        return facts
    at = ended.at
    if any(one.possession_at == at for one in facts.shipments):
        at += timedelta(microseconds=1)  # The books know the order of things that have one instant.
    reason = ended.body.get("reason")
    if ended.fact == "order.withdrawn":
        facts = replace(facts, withdrawn_at=at)
    elif reason == BY_SELLER:
        return replace(facts, given_up=GivenUp(at, at), terminated_at=at)
    elif reason == BY_LAW:
        return facts
    else:
        # Whatever the law gives a right to: the shop let the customer cancel, and carried it out.
        facts = replace(facts, terminated_at=at, seller_agreed=True)
    return replace(facts, answers=(*facts.answers, Answer(Said.CANCEL, at)))


def _periods(entries: Iterable[Entry], order: OrderView) -> Iterable[AdditionalPeriod]:
    """A last day that the customer set: an additional period."""
    for entry in entries:
        is_period = entry.fact == "order.edited" and "cancel_if_not_by" in entry.body.get("fields", ())
        if is_period and entry.actor.startswith("customer") and order.cancel_if_not_by is not None:
            yield AdditionalPeriod(entry.at, order.cancel_if_not_by)


def _cancelled_by(entry: Entry, line: int) -> int:
    """How many units of a line a fact took back; of an edit, at least one where it lowered the line."""
    if entry.fact == "order.cancelled":
        return int(entry.body.get("lines", {}).get(str(line), 0))
    if entry.fact == "order.withdrawn":
        return int(entry.body.get("cancelled", {}).get(str(line), 0))
    return int(entry.fact == "order.edited" and str(line) in entry.body.get("units", {}))


def _names(entry: Entry, lines: set[int]) -> bool:
    body: dict[str, Any] = entry.body
    named = {str(body.get("line", ""))}
    for key in ("lines", "cancelled", "units"):
        named |= set(body[key]) if isinstance(body.get(key), dict) else set()
    return bool(named & {str(line) for line in lines})


def _earliest(*days: date | None) -> date | None:
    return min((day for day in days if day is not None), default=None)


def _day(text: object) -> date | None:
    return date.fromisoformat(str(text)) if text else None
