"""Send what waits: claimed, sent, then marked. A crash in between repeats a notice under the same Message-ID.

Nothing is sent inside a transaction. A claim is a lease of real time: a worker that died frees it by that. What a
server refuses for good goes another way if there is one, and is dead and visible if not. What may still succeed is
tried again after growing pauses; while a whole way is out, notices just wait, the most pressing ones first.
"""

from __future__ import annotations

import json
import logging
import random
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from importlib import import_module
from typing import Any

from django.db import connection, transaction

from backorder.journal import clock
from backorder.journal.record import Fact, record

from . import alerts, falling_back, wishes
from .channels.outcome import Outcome, Outgoing
from .kinds import KINDS
from .models import Notice
from .writing import subject_of

log = logging.getLogger(__name__)

# Pauses after a failed try, in seconds: about three days in all.
PAUSES = (60, 5 * 60, 15 * 60, 3600, 2 * 3600, 6 * 3600, 12 * 3600, 24 * 3600, 24 * 3600)
OUTAGE_PAUSE = 60.0
PRESSING_PAUSE = 5 * 60.0
PRESSING = timedelta(hours=24)
GIVEN_UP_AFTER = timedelta(days=7)
JITTER = 0.1
LONGEST_PAUSE = 24 * 3600.0
LEASE_SECONDS = 180
CLAIMED_AT_ONCE = 100
MARKED_AT_ONCE = 20

ACTOR = "worker"

Sender = Callable[[Sequence[Outgoing]], Iterator[tuple[Outgoing, Outcome]]]

_CLAIM = """
    WITH due AS (
        SELECT id FROM notices_notice
        WHERE state = 'waiting' AND channel = %s AND next_try_at <= backorder_now()
          AND (leased_until IS NULL OR leased_until < clock_timestamp())
        ORDER BY wanted_by NULLS LAST, next_try_at, id LIMIT %s
        FOR NO KEY UPDATE SKIP LOCKED
    ), claimed AS (
        UPDATE notices_notice AS n
        SET leased_until = clock_timestamp() + make_interval(secs => %s)
        FROM due WHERE n.id = due.id
        RETURNING n.*
    )
    SELECT id, kind, channel, address, name, subject, text, html, headers::text, message_id, tries, leased_until
    FROM claimed ORDER BY wanted_by NULLS LAST, next_try_at, id
"""
_MARK_SENT = """
    UPDATE notices_notice AS n
    SET state = 'sent', sent_at = backorder_now(), tries = n.tries + 1, leased_until = NULL, last_error = '',
        provider = m.provider, provider_id = m.provider_id
    FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS m(id, provider, provider_id)
    WHERE n.id = m.id AND n.state = 'waiting'
    RETURNING n.id, n.order_id, n.kind, n.channel, n.provider
"""


def send_due(channel: str, *, limit: int = CLAIMED_AT_ONCE) -> int:
    """Send what is due by a channel, and return how many notices were tried."""
    assert not connection.in_atomic_block, "nothing leaves the machine inside a transaction"
    claimed = claim(channel, limit=limit)
    sent: list[tuple[Outgoing, Outcome]] = []
    for one, outcome in sender(channel)(claimed) if claimed else ():
        if not outcome.is_sent:
            mark_failed(one, outcome)
            continue
        sent.append((one, outcome))
        if len(sent) >= MARKED_AT_ONCE:
            mark_sent(sent)
            sent = []
    mark_sent(sent)
    return len(claimed)


def sender(channel: str) -> Sender:
    """What sends by a channel. Their libraries are large, so they are loaded by whoever first has something to send."""
    found: Sender = import_module(f"{__package__}.channels.{channel}").send_all
    return found


def claim(channel: str, *, limit: int = CLAIMED_AT_ONCE) -> list[Outgoing]:
    """Lease up to `limit` due notices, those that the law wants soonest first."""
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, [channel, limit, LEASE_SECONDS])
        return [_outgoing(row) for row in cursor.fetchall()]


def _outgoing(row: tuple[Any, ...]) -> Outgoing:
    values = dict(zip(Outgoing.__dataclass_fields__, row, strict=True))
    return Outgoing(**{**values, "headers": json.loads(values["headers"])})


@transaction.atomic
def mark_sent(sent: Sequence[tuple[Outgoing, Outcome]]) -> int:
    """Write down that these left, each once, whoever sent it, and return how many were not marked yet."""
    if not sent:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            _MARK_SENT,
            [
                [one.id for one, _ in sent],
                [outcome.provider for _, outcome in sent],
                [outcome.provider_id for _, outcome in sent],
            ],
        )
        rows = cursor.fetchall()
    facts = [
        Fact(
            "notice.sent",
            f"order/{order}" if order is not None else f"notice/{id}",
            {"notice": id, "kind": kind, "channel": channel, "provider": provider},
        )
        for id, order, kind, channel, provider in sorted(rows)
    ]
    record(facts, actor=ACTOR, at=clock.now())
    return len(rows)


@transaction.atomic
def mark_failed(one: Outgoing, outcome: Outcome) -> None:
    """Write down a failed try, unless the notice has meanwhile been claimed or sent by others."""
    notice = (
        Notice.objects.select_for_update().filter(pk=one.id, state="waiting", leased_until=one.leased_until).first()
    )
    if notice is None:
        return
    now = clock.now()
    notice.leased_until, notice.last_error = None, outcome.error
    if outcome.is_outage and now - notice.created_at < GIVEN_UP_AFTER:
        notice.next_try_at = now + timedelta(seconds=pause_of_outage(outcome))
        notice.save()
        return
    notice.tries += 1
    if outcome.is_permanent or outcome.is_outage or notice.tries > len(PAUSES):
        give_up(notice, now=now)
    else:
        notice.next_try_at = now + timedelta(seconds=pause_after(notice, outcome, now=now))
        notice.save()
    if outcome.closes:
        wishes.suppress(
            channel=one.channel, address=one.address, reason=outcome.closes, note=outcome.error, actor=ACTOR, now=now
        )


def give_up(notice: Notice, *, now: datetime) -> None:
    """Mark a locked notice as dead, go another way if there is one, and raise the alarm if the law wanted it told."""
    notice.state, notice.leased_until = "dead", None
    notice.save()
    body = {"notice": notice.pk, "kind": notice.kind, "channel": notice.channel}
    record([Fact("notice.failed", subject_of(notice), body)], actor=ACTOR, at=now)
    instead = falling_back.fall_back(notice, now=now, actor=ACTOR)
    if instead is None:
        alarm_if_lawful(notice, now=now)


def alarm_if_lawful(notice: Notice, *, now: datetime) -> None:
    """Tell the operator that what the law wants told did not get through, and nothing else will tell it."""
    if notice.kind in KINDS and KINDS[notice.kind].is_lawful:
        alerts.raise_alert(
            f"A notice that the law asks for could not be delivered ({notice.kind})",
            f"Notice {notice.pk} of {subject_of(notice)}: {notice.last_error} Reach the customer another way.",
            about=notice,
            now=now,
        )


def pause_after(notice: Notice, outcome: Outcome, *, now: datetime) -> float:
    """Seconds until the next try; at least what the server asks for, but never long when a deadline is near."""
    pause = max(PAUSES[notice.tries - 1] * random.uniform(1, 1 + JITTER), outcome.retry_after or 0.0)
    if notice.wanted_by is not None and notice.wanted_by - now < PRESSING:
        pause = min(pause, PRESSING_PAUSE)
    return min(pause, LONGEST_PAUSE)


def pause_of_outage(outcome: Outcome) -> float:
    """Seconds until a way that is out is tried again."""
    return min(max(OUTAGE_PAUSE * random.uniform(1, 1 + JITTER), outcome.retry_after or 0.0), LONGEST_PAUSE)
