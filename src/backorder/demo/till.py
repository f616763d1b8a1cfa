"""The till: what customers of the last weeks paid for and lost again is paid back, by the verbs of the shop's adapter.

Older orders are of a time before the till spoke to us: nothing is known of their money.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from backorder.journal.prepared import rows
from backorder.payments import queries, recording, reviewing
from backorder.payments.recording import NewPayment

from .stage import ACTOR

DAYS = 60
"""From so many days before the end orders tell that they are paid."""

PAYS_AFTER = timedelta(days=2)
MOST = 1_000

_LOST_UNITS = """
    SELECT DISTINCT l.order_id FROM orders_line l JOIN orders_order o ON o.id = l.order_id
    WHERE l.cancelled + l.returned > 0 AND o.paid_at IS NOT NULL ORDER BY l.order_id
"""


def close(now: datetime) -> int:
    """At the end of a day, raise the refunds that are due and send those of the days before; returns how many went."""
    _raise_refunds(now)
    ripe = [one for one in queries.dues(state="open", kind="refund", limit=MOST) if now - one.raised_at >= PAYS_AFTER]
    for one in ripe:
        sent = NewPayment("refunded", one.amount_minor, one.currency)
        recording.record_payment(one.order, sent, key=f"till/{one.id}", due=one.id, actor=ACTOR, now=now)
    return len(ripe)


@transaction.atomic
def _raise_refunds(now: datetime) -> None:
    lost = [order for (order,) in rows(_LOST_UNITS, [])]
    for order in lost:
        recording.lock_order(order)
    recording.note_orders(lost, now=now)
    reviewing.review_all(lost, now=now, actor=ACTOR)
