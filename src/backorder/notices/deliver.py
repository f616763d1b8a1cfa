"""Send what waits: claimed, sent, then marked. A crash in between repeats a message under the same id, and loses none.

Nothing is sent inside a transaction. A claim is a lease: other workers leave the message alone until it ends, and a
worker that died frees it by that. Failures are tried again after growing pauses for about three days; then the message
is dead, stays visible, and can be sent again by hand.
"""

from __future__ import annotations

import asyncio
import json
import random
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from backorder import __version__
from backorder.journal import clock
from backorder.journal.record import Fact, record

from . import sealing, signing, wire
from .models import Delivery, Endpoint
from .wire import Outcome

# Pauses after a failed try, in seconds: those that Standard Webhooks recommends, 75.6 hours in all.
PAUSES = (5, 5 * 60, 30 * 60, 2 * 3600, 5 * 3600, 10 * 3600, 14 * 3600, 20 * 3600, 24 * 3600)
JITTER = 0.1
LONGEST_PAUSE = 24 * 3600.0
LEASE_SECONDS = 60  # Longer than wire.TOTAL_SECONDS, with time to mark.
CLAIMED_AT_ONCE = 32
PER_ENDPOINT = 8
GONE = 410

ACTOR = "worker"

# The lease is real time: the outside world does not stand still when a simulated clock does.
_CLAIM = """
    WITH due AS (
        SELECT d.id FROM notices_endpoint AS e
        CROSS JOIN LATERAL (
            SELECT id, next_try_at FROM notices_delivery
            WHERE endpoint_id = e.id AND state = 'waiting' AND next_try_at <= backorder_now()
              AND (leased_until IS NULL OR leased_until < clock_timestamp())
            ORDER BY next_try_at LIMIT %s
            FOR NO KEY UPDATE SKIP LOCKED
        ) AS d
        WHERE e.active AND (e.failing_since IS NOT NULL) = %s
        ORDER BY d.next_try_at LIMIT %s
    )
    UPDATE notices_delivery AS d
    SET leased_until = clock_timestamp() + make_interval(secs => %s), tries = d.tries + 1
    FROM due, notices_endpoint AS e
    WHERE d.id = due.id AND e.id = d.endpoint_id
    RETURNING d.id, d.endpoint_id, d.payload::text, d.tries, e.url, e.secret
"""


@dataclass(frozen=True, slots=True)
class Claim:
    """A message that is ours to send until its lease ends. `tries` counts this one, and fences what we write later."""

    id: uuid.UUID
    endpoint_id: int
    payload: dict[str, Any]
    tries: int
    url: str
    secret: str


def deliver_due(*, failing: bool = False) -> int:
    """Send what is due, and return how many messages were tried.

    `failing` chooses the endpoints whose last try failed: they take their turns apart, so that one that answers
    slowly or never does not delay the others.
    """
    assert not connection.in_atomic_block, "nothing leaves the machine inside a transaction"
    claims = claim(failing=failing)
    for sent, outcome in zip(claims, asyncio.run(_send_all(claims)) if claims else [], strict=True):
        _mark(sent, outcome)
    return len(claims)


def claim(*, failing: bool = False, limit: int = CLAIMED_AT_ONCE) -> list[Claim]:
    """Lease up to `limit` due messages, at most PER_ENDPOINT of one endpoint."""
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, [PER_ENDPOINT, failing, limit, LEASE_SECONDS])
        return [Claim(row[0], row[1], json.loads(row[2]), *row[3:]) for row in cursor.fetchall()]


def message_id(delivery_id: uuid.UUID) -> str:
    """The `webhook-id` of a delivery: the same at each try, so that receivers can drop repetitions."""
    return f"msg_{delivery_id.hex}"


# -- sending --------------------------------------------------------------------------------------------------------


async def _send_all(claims: list[Claim]) -> list[Outcome]:
    return await asyncio.gather(*(_send(sent) for sent in claims))


async def _send(sent: Claim) -> Outcome:
    at = datetime.now(UTC)
    try:
        secrets = signing.secrets_at(sent.secret, at)
    except sealing.CannotOpen:
        return Outcome(None, "The secret of this endpoint cannot be read, the SECRET_KEY has changed: make a new one.")
    body = json.dumps(sent.payload, separators=(",", ":"), ensure_ascii=False)
    headers = _headers(sent, secrets, body, at=at)
    return await wire.post(sent.url, body.encode(), headers, allow_private=settings.BACKORDER_WEBHOOK_ALLOW_PRIVATE)


def _headers(sent: Claim, secrets: list[str], body: str, *, at: datetime) -> dict[str, str]:
    """The headers of Standard Webhooks. `at` is real time: receivers refuse what is not from these minutes."""
    name = message_id(sent.id)
    return {
        "Content-Type": "application/json",
        "User-Agent": f"backorder/{__version__}",
        "webhook-id": name,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": signing.signature(name, body, secrets, at=at),
    }


# -- marking --------------------------------------------------------------------------------------------------------


@transaction.atomic
def _mark(sent: Claim, outcome: Outcome) -> None:
    """Write down what came of a try, unless the message has meanwhile been claimed or sent again by others."""
    now = clock.now()
    # Endpoint before delivery, as everywhere.
    Endpoint.objects.select_for_update(no_key=True).filter(pk=sent.endpoint_id).first()
    ours = Delivery.objects.filter(pk=sent.id, tries=sent.tries)
    if not outcome.is_delivered:
        # What arrived has arrived, even if others meanwhile gave its endpoint up.
        ours = ours.filter(state="waiting")
    ours.update(leased_until=None, last_status=outcome.status, last_error=outcome.error, **_fate(sent, outcome, now))
    if outcome.is_delivered:
        Endpoint.objects.filter(pk=sent.endpoint_id, failing_since__isnull=False).update(failing_since=None)
    else:
        Endpoint.objects.filter(pk=sent.endpoint_id, failing_since=None).update(failing_since=now)
    if outcome.status == GONE:
        _deactivate(sent.endpoint_id, now)


def _fate(sent: Claim, outcome: Outcome, now: datetime) -> dict[str, Any]:
    if outcome.is_delivered:
        return {"state": "delivered", "delivered_at": now}
    if outcome.status == GONE or sent.tries > len(PAUSES):
        return {"state": "dead"}
    return {"next_try_at": now + timedelta(seconds=pause_after(sent.tries, outcome.retry_after))}


def pause_after(tries: int, retry_after: float | None = None) -> float:
    """Seconds until the next try after the `tries`-th failed; at least what the receiver asks for, up to a day."""
    pause = PAUSES[tries - 1] * random.uniform(1, 1 + JITTER)
    return max(pause, min(retry_after or 0.0, LONGEST_PAUSE))


def _deactivate(endpoint_id: int, now: datetime) -> None:
    """The receiver said that it is gone for good: ask no more, and keep what it missed visible."""
    because = "The receiver answered 410 Gone."
    if Endpoint.objects.filter(pk=endpoint_id, active=True).update(active=False, inactive_because=because):
        waiting = Delivery.objects.filter(endpoint_id=endpoint_id, state="waiting")
        waiting.update(state="dead", leased_until=None, last_error=because)
        record([Fact("webhook.deactivated", f"webhook/{endpoint_id}", {"status": GONE})], actor=ACTOR, at=now)
