"""What keeps an order's money in view: the follower `payments` of the journal, and the clocks of authorisations.

Each fact that can change what is due makes the order's money be looked at, in the transaction in which the follower
moves. A hold that lapses before the goods leave is announced in time, and asked for anew when it has lapsed.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from backorder.journal import clock, follow
from backorder.journal.entries import Entry
from backorder.journal.prepared import rows
from backorder.journal.record import Fact, record
from backorder.orders import reading

from . import amounts, recording, reviewing
from .models import Due, Payment

FOLLOWER = "payments"
ACTOR = "worker"
ENTRIES_AT_ONCE = 500
AT_ONCE = 100

TOLD = frozenset({"order.placed", "order.edited"})
LOOKED_AT = frozenset(
    {
        "order.cancelled", "order.withdrawn", "order.edited", "order.released", "order.shipped", "order.returned",
        "order.lines_added", "line.substituted",
    }
)  # fmt: skip
# Only orders whose payment is known, or that lost units as they were placed, need a look.
_WITH_MONEY = """
    SELECT DISTINCT n.id FROM unnest(%s::bigint[]) AS n(id)
    WHERE EXISTS (SELECT 1 FROM payments_payment p WHERE p.order_id = n.id)
    ORDER BY n.id
"""
_CLAMPED = """
    SELECT DISTINCT l.order_id FROM orders_line l
    WHERE l.order_id = ANY(%s::bigint[]) AND l.cancelled > 0
"""
_LOCK = "SELECT id FROM orders_order WHERE id = ANY(%s::bigint[]) ORDER BY id FOR NO KEY UPDATE"


@transaction.atomic
def follow_orders(*, limit: int = ENTRIES_AT_ONCE) -> int:
    """Look at the money of the orders that the next entries of the journal are about; how many entries were read."""
    entries = follow.read(FOLLOWER, limit=limit)
    if not entries:
        return 0
    now = clock.now()
    told, changed = _orders(entries, TOLD), _orders(entries, LOOKED_AT)
    if told:
        recording.note_orders(told, now=now)
        changed |= {id for (id,) in rows(_CLAMPED, [sorted(told)])}
    found = [id for (id,) in rows(_WITH_MONEY, [sorted(changed)])] if changed else []
    if found:
        rows(_LOCK, [found])
        reviewing.review_all(found, now=now, actor=ACTOR)
    follow.advance(FOLLOWER, entries[-1])
    return len(entries)


def watch_holds(*, now: datetime | None = None) -> int:
    """Warn of authorisations that lapse soon though goods are owed, and ask for those that have lapsed; how many."""
    at = now or clock.now()
    ends = at + timedelta(hours=settings.BACKORDER_PAYMENT_WARN_HOURS)
    waiting = Payment.objects.filter(kind="authorised", lapsed_at=None, capture_before__lte=ends)
    waiting = waiting.filter(Q(warned_at=None) | Q(capture_before__lte=at))
    due = list(waiting.order_by("capture_before").values_list("pk", flat=True)[:AT_ONCE])
    return sum(_watch(id, at) for id in due)


@transaction.atomic
def _watch(payment_id: int, now: datetime) -> int:
    order_id = Payment.objects.values_list("order_id", flat=True).get(pk=payment_id)
    recording.lock_order(order_id)
    hold = Payment.objects.select_for_update().get(pk=payment_id)
    if hold.lapsed_at is not None or hold.capture_before is None:
        return 0
    order, money = reading.order(order_id), reviewing.account_of(order_id, now=now)
    if hold.capture_before <= now:
        hold.lapsed_at = now
        hold.save(update_fields=["lapsed_at"])
        reviewing.review(order_id, now=now, actor=ACTOR)
        return 1
    if hold.warned_at is not None:
        return 0
    hold.warned_at = now
    hold.save(update_fields=["warned_at"])
    if money.held_minor and amounts.is_owed(order):
        body = {"payment": hold.pk, "amount_minor": money.held_minor, "currency": hold.currency,
                "capture_before": hold.capture_before.isoformat()}  # fmt: skip
        record([Fact("payment.hold_lapses", f"order/{order_id}", body)], actor=ACTOR, at=now)
    return 1


@transaction.atomic
def watch_dues(*, now: datetime | None = None) -> int:
    """Say of each refund whose deadline is near or past, once, that it was not sent yet; how many were found."""
    at = now or clock.now()
    near = at + timedelta(hours=settings.BACKORDER_PAYMENT_WARN_HOURS)
    found = list(
        Due.objects.select_for_update(skip_locked=True)
        .filter(state="open", kind="refund", by_at__lte=near, warned_at=None)
        .order_by("by_at")[:AT_ONCE]
    )
    for due in found:
        due.warned_at = at
        due.save(update_fields=["warned_at"])
        assert due.by_at is not None
        body = {"due": due.pk, "amount_minor": due.amount_minor, "currency": due.currency,
                "by_at": due.by_at.isoformat()}  # fmt: skip
        record([Fact("refund.at_risk", f"order/{due.order_id}", body)], actor=ACTOR, at=at)
    return len(found)


def _orders(entries: list[Entry], facts: frozenset[str]) -> set[int]:
    """The orders that these facts are about."""
    subjects = {entry.subject.partition("/") for entry in entries if entry.fact in facts}
    return {int(id) for kind, _, id in subjects if kind == "order" and id.isdecimal()}
