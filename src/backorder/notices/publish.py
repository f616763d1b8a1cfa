"""Turn facts of the journal into deliveries, each once: the follower `webhooks` moves in the same transaction.

A message says what happened and to whom, in ids, numbers and references, as the journal does; whoever needs more asks
the API, and gets the current state rather than that of a late message.
"""

from __future__ import annotations

import json
import uuid
from typing import Any

from django.db import connection, transaction

from backorder.journal import follow
from backorder.journal.entries import Entry

from .models import Endpoint

FOLLOWER = "webhooks"
TEST = "webhook.test"

# What is about the installation itself is nobody's business outside.
PRIVATE_NOUNS = frozenset({"clock", "era", "journal", "key", "webhook"})

_INSERT = """
    INSERT INTO notices_delivery
        (id, endpoint_id, fact, payload, state, tries, next_try_at, last_error, created_at)
    SELECT n.id, n.endpoint_id, n.fact, n.payload, 'waiting', 0, at.now, '', at.now
    FROM unnest(%s::uuid[], %s::bigint[], %s::text[], %s::jsonb[]) AS n(id, endpoint_id, fact, payload),
         (SELECT backorder_now() AS now) AS at
"""


@transaction.atomic
def publish(*, limit: int = follow.LIMIT) -> int:
    """Write deliveries for the next entries of the journal, and return how many entries were read."""
    entries = follow.read(FOLLOWER, limit=limit)
    if not entries:
        return 0
    public = [entry for entry in entries if is_public(entry.fact)]
    if public:
        endpoints = Endpoint.objects.filter(active=True).order_by("id")
        _write([(endpoint.pk, entry) for endpoint in endpoints for entry in public if wants(endpoint, entry)])
    follow.advance(FOLLOWER, entries[-1])
    return len(entries)


def is_public(fact: str) -> bool:
    """May this fact be sent to webhooks?"""
    return fact.partition(".")[0] not in PRIVATE_NOUNS


def wants(endpoint: Endpoint, entry: Entry) -> bool:
    """Did this endpoint ask for this fact, at a time before it happened?"""
    noun = entry.fact.partition(".")[0]
    asked = not endpoint.facts or entry.fact in endpoint.facts or f"{noun}.*" in endpoint.facts
    return asked and endpoint.created_at <= entry.at


def message(entry: Entry) -> dict[str, Any]:
    """What is sent for an entry: `type`, `timestamp`, `data` (Standard Webhooks)."""
    return {
        "type": entry.fact,
        "timestamp": entry.at.isoformat(),
        "data": {**entry.body, "subject": entry.subject},
    }


def _write(pairs: list[tuple[int, Entry]]) -> None:
    if not pairs:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            _INSERT,
            [
                [uuid.uuid4() for _ in pairs],
                [endpoint_id for endpoint_id, _ in pairs],
                [entry.fact for _, entry in pairs],
                [json.dumps(message(entry), separators=(",", ":")) for _, entry in pairs],
            ],
        )
