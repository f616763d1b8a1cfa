"""Act on the delay law: open a case when a promise cannot be held, ask in time, and end what silence ended.

The follower notes which orders the law must be asked about and when; the job asks it and acts, one order in one
transaction, under the same locks as whoever ships, cancels or answers, with everything read again behind them. What
was done follows from what is written, so after a crash the same look does what is left to do, and nothing twice.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction

from backorder.engine import delay_law
from backorder.engine.law.facts import Action, Ruling, Silence, State
from backorder.engine.law.rules import Event
from backorder.journal import clock, follow
from backorder.journal.entries import Entry
from backorder.orders.changing import block as blocks
from backorder.orders.changing.cancel import cancel
from backorder.orders.changing.opened import open_order
from backorder.orders.fulfilling.leaving import leave_by
from backorder.orders.ledger.retry import retried
from backorder.payments import recording, reviewing
from backorder.payments.reviewing import Ground

from . import asking, law_facts, replies, steps
from .asking import Asked
from .law_facts import BY_ANSWER, BY_LAW, BY_SELLER, Line
from .models import Case, CaseStep, Watch

log = logging.getLogger(__name__)

FOLLOWER = "delay"
ACTOR = "worker"
AT_ONCE = 100
REST = timedelta(days=30)
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=1)
JUST_AFTER = timedelta(seconds=1)
RELEASED_PAUSE = timedelta(hours=1)
MANUAL = {State.MANUAL_REVIEW}
ASKS = {Action.SEND_FIRST_OPTION, Action.SEND_RENEWED_OPTION, Action.INFORM}
LATE = {State.LATE, State.MAY_TERMINATE, State.LATE_PERIOD_RUNNING}
CALM = {Action.NONE, Action.SHIP, Action.DELIVER, Action.CONTINUING_RIGHT}

PLACED = ("order.placed", "order.lines_added", "line.substituted")
MOVED = (
    "line.redecided", "line.unsupplied", "line.deallocated", "line.short_picked", "release.short", "order.given_back",
    "order.edited",
)  # fmt: skip
ACTED = (
    "order.cancelled", "order.withdrawn", "order.wait_accepted", "order.shipped", "shipment.delivered",
    "order.blocked", "order.unblocked", "refund.sent", "payment.due_dropped", "notice.sent", "notice.failed",
    "notice.bounced", "thread.opened", "thread.continued", "delay.answered",
)  # fmt: skip

NO_ANSWERS = ("order.blocked", "order.unblocked", "delay.will_not_ship")

_OWED = "l.open + l.allocated + l.released > 0"
# The first look: a day before the first day that was promised, shown, or follows from the law's own days.
_PLACED = f"""
    INSERT INTO notices_watch AS w (order_id, look_at, tries)
    SELECT o.id, min(least(o.shown_on, coalesce(l.first_ship_on, o.ordered_at::date + 28), o.ordered_at::date + 28))
                 ::timestamp AT TIME ZONE 'UTC' - interval '36 hours', 0
    FROM orders_order o JOIN orders_line l ON l.order_id = o.id
    WHERE o.id = ANY(%s::bigint[]) AND {_OWED}
    GROUP BY o.id ORDER BY o.id
    ON CONFLICT (order_id) DO UPDATE SET look_at = least(w.look_at, excluded.look_at)
"""
_HAS_CASE = "EXISTS (SELECT 1 FROM notices_case c WHERE c.order_id = o.id AND c.closed_at IS NULL)"
_IS_LATER = f"""EXISTS (
    SELECT 1 FROM orders_line l WHERE l.order_id = o.id AND {_OWED}
      AND (l.promised_ship_on IS NULL OR l.promised_ship_on > l.first_ship_on OR l.promised_ship_on > o.shown_on
           OR l.promised_on > l.first_promised_on OR l.promised_ship_on > o.ordered_at::date + 28))"""
_LOOK_NOW = """
    INSERT INTO notices_watch AS w (order_id, look_at, tries)
    SELECT o.id, backorder_now(), 0 FROM orders_order o
    WHERE o.id = ANY(%s::bigint[]) AND ({where}) ORDER BY o.id
    ON CONFLICT (order_id) DO UPDATE SET look_at = least(w.look_at, excluded.look_at)
"""
_DUE = "SELECT order_id FROM notices_watch WHERE look_at <= backorder_now() ORDER BY look_at, order_id LIMIT %s"
# Most orders have left when their day comes: they need no look of their own.
_DONE = f"""
    DELETE FROM notices_watch w WHERE w.order_id IN (
        SELECT order_id FROM notices_watch WHERE look_at <= backorder_now() ORDER BY look_at LIMIT %s
        FOR UPDATE SKIP LOCKED)
      AND NOT EXISTS (SELECT 1 FROM orders_line l WHERE l.order_id = w.order_id AND {_OWED})
      AND NOT EXISTS (SELECT 1 FROM notices_case c WHERE c.order_id = w.order_id AND c.closed_at IS NULL)
"""


@transaction.atomic
def watch(*, limit: int = follow.LIMIT) -> int:
    """Note which orders the law must be asked about, from the next entries of the journal; how many were read."""
    entries = follow.read(FOLLOWER, limit=limit)
    if not entries:
        return 0
    with connection.cursor() as cursor:
        for sql, facts in (
            (_PLACED, PLACED),
            (_LOOK_NOW.format(where=f"{_HAS_CASE} OR {_IS_LATER}"), MOVED),
            (_LOOK_NOW.format(where=_HAS_CASE), ACTED),
        ):
            if found := _orders(entries, facts):
                cursor.execute(sql, [found])
    follow.advance(FOLLOWER, entries[-1])
    return len(entries)


def act_due(*, limit: int = AT_ONCE) -> int:
    """Look at the orders whose time has come; returns how many were looked at."""
    with connection.cursor() as cursor:
        cursor.execute(_DONE, [limit])
        cursor.execute(_DUE, [limit])
        due = [order for (order,) in cursor.fetchall()]
    for order in due:
        try:
            look(order)
        except Exception:
            log.exception("The delay law could not be applied to order %d; it is tried again", order)
            _put_off(order)
    return len(due)


def look(order_id: int, *, actor: str = ACTOR) -> None:
    """Ask the law about every line of an order, do what it wants done now, and note when to look again."""
    retried(lambda: _look(order_id, actor))


@transaction.atomic
def _look(order_id: int, actor: str) -> None:
    now = clock.now()
    lines = law_facts.lines_under_law(order_id, now=now)
    if not all(_is_calm(line) for line in lines):
        # From here on nobody ships, cancels or answers; what they did before is read now.
        now = open_order(order_id, actor=actor).seen.now
        act(order_id, now=now, actor=actor)
        lines = law_facts.lines_under_law(order_id, now=now)
    _rest(order_id, lines, now)


def act(order_id: int, *, now: datetime, actor: str, at_once: bool = False) -> None:
    """Do what the law wants done about an order now; the caller holds its locks. `at_once`: ask without gathering."""
    replies.take(order_id, now=now)
    asked: list[Asked] = []
    reminded: list[Asked] = []
    for line in law_facts.lines_under_law(order_id, now=now):
        if not _is_calm(line):
            case = _act(line, now, actor)
            if line.ruling.action in ASKS and line.owed:
                asked.append(Asked(case, line))
            elif line.ruling.action is Action.SHIP_OR_GET_CONSENT:
                reminded.append(Asked(case, line))
    asking.ask(asked, now=now, actor=actor, at_once=at_once)
    asking.remind(reminded, now=now, actor=actor)
    # What was cancelled for one line may have ended others; a second look finds what is over.
    ends: dict[int, datetime | None] = {}
    for line in law_facts.lines_under_law(order_id, now=now):
        if line.case is not None:
            steps.update(line.case, line.ruling, now=now)
            _close_if_over(line, line.case, now, actor)
            ends[line.own.id] = _leaves_by(line, line.case)
    leave_by(order_id, ends)


def hear(order_id: int, *, actor: str = ACTOR) -> None:
    """Let what a customer just answered count at once, in the caller's transaction: what he agreed to may leave.

    Costs one small read where the order has no open case.
    """
    if Case.objects.filter(order_id=order_id, closed_at=None).exists():
        act(order_id, now=open_order(order_id, actor=actor).seen.now, actor=actor)


def _leaves_by(line: Line, case: Case) -> datetime | None:
    """Until when the line may leave, for the doors of the warehouse; a closed case keeps nothing back."""
    if case.closed_at is not None:
        return None
    return delay_law.leaves_by(line.facts, line.ruling, line.rule, settings.BACKORDER_LAW)


def _is_calm(line: Line) -> bool:
    """Is there nothing to be done or kept? A line without a case of which nothing is owed is nobody's concern."""
    if line.case is not None:
        return False
    if not line.owed:
        return True
    return line.ruling.action in CALM and line.ruling.state not in LATE


def _act(line: Line, now: datetime, actor: str) -> Case:
    case = steps.open_case(line, now=now, actor=actor)
    keep_answers(case, line, actor)
    steps.update(case, line.ruling, now=now)
    action = line.ruling.action
    if action is Action.REFUND:
        _end(case, line, now, actor)
    elif action is Action.REVIEW:
        steps.alert_once(case, line, "review", "A case of the delay law needs a person", now=now, actor=actor)
    return case


# -- keep what was answered -----------------------------------------------------------------------------------------


def keep_answers(case: Case, line: Line, actor: str) -> None:
    """Every answer and every end by somebody's word becomes a step, once."""
    known = set(CaseStep.objects.filter(case=case, what="answered").values_list("body__seq", flat=True))
    for entry in line.entries:
        is_ours = entry.body.get("reason") in (BY_ANSWER, BY_LAW, BY_SELLER) or entry.fact in NO_ANSWERS
        if not is_ours and entry.position.seq not in known:
            body = {"seq": entry.position.seq, "fact": entry.fact, "by": entry.actor, **_said(entry, line)}
            steps.step(case, "answered", now=entry.at, actor=entry.actor, body=body)


def _said(entry: Entry, line: Line) -> Mapping[str, object]:
    if entry.fact == "delay.answered":
        return entry.body
    if entry.fact == "order.wait_accepted":
        return {"said": "consent", "shown": entry.body["lines"].get(str(line.slowest.id))}
    return {"said": "cancel", "reason": entry.body.get("reason", "")}


# -- end what is over -----------------------------------------------------------------------------------------------


def _end(case: Case, line: Line, now: datetime, actor: str) -> None:
    """The order is deemed cancelled: cancel what has not left, and raise the refund, in this transaction."""
    if line.owed:
        reason = BY_ANSWER if line.ruling.why == "(c)(1)" else BY_LAW
        cancel_rest(case, line, reason=reason, now=now, actor=actor)
    refund(line, now=now, actor=actor)
    if line.ruling.state is State.SHIPPED_LATE and not steps.was_alerted(case, "shipped_late"):
        _owe_back(line, now, actor)
        steps.alert_once(
            case, line, "shipped_late", "Goods left after their order was deemed cancelled", now=now, actor=actor
        )


def _owe_back(line: Line, now: datetime, actor: str) -> None:
    """What left too late is owed back all the same: nobody had agreed to it any more."""
    assert line.ruling.refund is not None
    units = {line.own.id: line.own.kit_units or line.ruling.refund.units}
    ground = Ground(line.ruling.why, line.ruling.refund, line.ruling.paragraph)
    reviewing.owe(line.order.id, units, ground=ground, now=now, actor=actor)


def cancel_rest(case: Case, line: Line, *, reason: str, now: datetime, actor: str) -> None:
    """Cancel what has not left of a line; what the warehouse has in hand is stopped by a block, and staff are told."""
    units = _cancellable(line)
    if units:
        cancel(line.order.id, lines={line.own.id: units}, reason=reason, actor=actor)
        body = {"units": units, "why": line.ruling.why, "vests_on": line.ruling.refund and line.ruling.refund.vests_on}
        steps.step(case, "cancelled", now=now, actor=actor, paragraph=line.ruling.paragraph, body=body)
        steps.tell("cancelled", case, {"units": units, "why": line.ruling.why}, now=now, actor=actor)
    if line.slowest.released:
        # With the warehouse: it must give back what the law has taken from the order.
        blocks.block(line.order.id, kind="other", note="deemed cancelled by the delay law", actor=actor)
        steps.alert_once(
            case, line, "with_the_warehouse", "Stop a parcel: its order is deemed cancelled", now=now, actor=actor
        )


def _cancellable(line: Line) -> int:
    """Units of the order's own line that can still be cancelled; whole kits of a kit."""
    if line.own.kit_units is None:
        return line.own.open + line.own.allocated
    parts = [one for one in line.order.lines if one.kit_line == line.own.id]
    return min((one.open + one.allocated) // (one.per_kit or 1) for one in parts)


def whole_units(line: Line) -> int:
    """Everything that is owed of a line, as a cancellation names it: whole kits of a kit."""
    return line.owed // (line.slowest.per_kit or 1)


def refund(line: Line, *, now: datetime, actor: str) -> None:
    """Raise what goes back of the order, on the ground the law gives for this line."""
    recording.lock_order(line.order.id)
    recording.note_orders([line.order.id], now=now)
    ruling: Ruling = line.ruling
    ground = Ground(ruling.why, ruling.refund, ruling.paragraph)
    reviewing.review(line.order.id, now=now, actor=actor, ground=ground)


def _close_if_over(line: Line, case: Case, now: datetime, actor: str) -> None:
    ruling = line.ruling
    if ruling.state in MANUAL and line.rule.event is Event.SHIP:
        return
    if not line.owed:
        steps.withdraw(case, why="nothing is to be decided any more", now=now)
    is_settled = ruling.action not in (Action.REFUND, Action.REVIEW) or line.facts.refund_sent_at is not None
    if not line.owed and is_settled:
        keep_answers(case, line, actor)
        steps.close(case, why="shipped" if line.slowest.shipped else "ended", now=now, actor=actor)
    elif ruling.action in (Action.SHIP, Action.DELIVER) and ruling.state is State.OPEN and not line.questions:
        steps.close(case, why="kept_after_all", now=now, actor=actor)


# -- when to look again ---------------------------------------------------------------------------------------------


def _rest(order_id: int, lines: Sequence[Line], now: datetime) -> None:
    """Note when the law must be asked again; an order that is over is forgotten."""
    open_lines = [line for line in lines if line.owed or line.case is not None]
    if not open_lines:
        Watch.objects.filter(order_id=order_id).delete()
        return
    at = min(_next_look(line, now) for line in open_lines)
    Watch.objects.update_or_create(order_id=order_id, defaults={"look_at": at, "tries": 0})


def _next_look(line: Line, now: datetime) -> datetime:
    ruling, practice = line.ruling, settings.BACKORDER_LAW_PRACTICE
    moments = [now + REST]
    if ruling.latest_at is not None:
        moments.append(ruling.latest_at + JUST_AFTER)
        if line.owed:
            moments.append(ruling.latest_at - timedelta(hours=practice.ask_hours))
        if ruling.silence is Silence.CANCEL:
            moments.append(asking.reminds_at(line, now))
    if ruling.may_terminate_from is not None:
        moments.append(delay_law.ends_at(line.facts, ruling.may_terminate_from - timedelta(days=1)))
    if ruling.action in ASKS and not (line.questions and line.questions[-1].is_waiting):
        moments.append(asking.asks_at(line, now))
    if ruling.action is Action.REFUND and line.slowest.released:
        moments.append(now + RELEASED_PAUSE)
    return min((at for at in moments if at > now), default=now + timedelta(days=1))


@transaction.atomic
def _put_off(order_id: int) -> None:
    row = Watch.objects.select_for_update().filter(order_id=order_id).first()
    if row is not None:
        row.tries += 1
        row.look_at = clock.now() + min(FIRST_PAUSE * 2 ** min(row.tries, 10), LONGEST_PAUSE)
        row.save()


def _orders(entries: Sequence[Entry], facts: Sequence[str]) -> list[int]:
    """The orders that these facts are about."""
    subjects = {entry.subject.partition("/") for entry in entries if entry.fact in facts}
    return sorted(int(id) for kind, _, id in subjects if kind == "order" and id.isdecimal())
