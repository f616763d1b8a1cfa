"""Note which orders there may be something to tell about: the follower `notices` of the journal.

Each fact that concerns a customer is put to its order's row, in the transaction in which the follower moves: once,
whatever dies. It stays behind the follower of the delay law: what the law must be asked about is known before anything
is told of it. What a customer waits to hear is due at once; changed dates are gathered for some minutes, so that
several changes become one message.
"""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from backorder.journal import clock, feed, follow
from backorder.journal.entries import Entry

FOLLOWER = "notices"
THE_LAW = "delay"

AT_ONCE = frozenset(
    {
        "order.placed", "order.shipped", "order.cancelled", "order.withdrawn", "order.edited", "order.lines_added",
        "line.substituted", "shipment.delivered", "refund.due", "refund.goes_otherwise",
        "refund.sent",
    }
)  # fmt: skip
GATHERED = frozenset(
    {"line.redecided", "line.allocated", "line.deallocated", "line.unsupplied", "line.short_picked", "release.short"}
)

# Orders that name nobody to tell are left out here, so that an import of a million costs next to nothing.
_NOTE = """
    INSERT INTO notices_pending AS p (order_id, facts, first_at, due_at, tries)
    SELECT o.id, n.facts, n.at, n.due_at, 0
    FROM json_to_recordset(%s::json) AS n(order_id bigint, facts jsonb, at timestamptz, due_at timestamptz)
    JOIN orders_order o ON o.id = n.order_id
    LEFT JOIN orders_customer c ON c.id = o.customer_id
    WHERE coalesce(nullif(o.contact->>'email', ''), nullif(o.contact->>'sms', ''), nullif(c.email, '')) IS NOT NULL
    ORDER BY o.id
    ON CONFLICT (order_id) DO UPDATE
    SET facts = p.facts || excluded.facts, due_at = least(p.due_at, excluded.due_at)
"""


@transaction.atomic
def note(*, limit: int = follow.LIMIT) -> int:
    """Note what the next entries of the journal give to tell, and return how many entries were read."""
    entries = follow.read(FOLLOWER, limit=limit, behind=THE_LAW)
    if not entries:
        return 0
    found = [entry for entry in entries if entry.fact in AT_ONCE or entry.fact in GATHERED]
    if found:
        _note(found, now=clock.now())
    follow.advance(FOLLOWER, entries[-1])
    return len(entries)


@transaction.atomic
def begin_here() -> None:
    """Let nothing that is in the journal so far be told: for an installation that is filled with its past."""
    newest = feed.search(limit=1).entries
    follow.read(FOLLOWER, limit=1)
    if newest:
        follow.advance(FOLLOWER, newest[0])


def _note(entries: list[Entry], *, now: datetime) -> None:
    by_order: dict[int, list[Entry]] = defaultdict(list)
    for entry in entries:
        kind, _, id = entry.subject.partition("/")
        if kind == "order" and id.isdecimal():
            by_order[int(id)].append(entry)
    window = timedelta(minutes=settings.BACKORDER_DIGEST_MINUTES)
    rows = [
        {
            "order_id": order,
            "facts": [_kept(entry) for entry in found],
            "at": min(entry.at for entry in found),
            "due_at": now if any(entry.fact in AT_ONCE for entry in found) else now + window,
        }
        for order, found in by_order.items()
    ]
    with connection.cursor() as cursor:
        cursor.execute(_NOTE, [json.dumps(rows, default=str)])


def _kept(entry: Entry) -> dict[str, Any]:
    """What is needed of a fact; the lines of a placed order are read anew."""
    body = {} if entry.fact in ("order.placed", "order.lines_added") else entry.body
    return {"seq": entry.position.seq, "fact": entry.fact, "at": entry.at.isoformat(), "body": body}
