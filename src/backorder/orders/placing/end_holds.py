"""End holds whose time has passed: their units are freed and the items marked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from backorder.journal import clock
from backorder.journal.prepared import rows

from ..ledger.lock import lock_queues
from ..ledger.save import Changes, save
from .held import HeldItem, end_hold

MOST_AT_ONCE = 200

_DUE = """
    SELECT id, item_id FROM orders_hold WHERE ended_at IS NULL AND ends_at <= %s::timestamptz ORDER BY ends_at LIMIT %s
"""
_LIVE = """
    SELECT h.id, h.item_id, h.units, h.open, a.kind, a.source, a.units
    FROM orders_hold h
    LEFT JOIN LATERAL (
        SELECT 'stock' AS kind, level_id AS source, allocated AS units FROM orders_allocation WHERE hold_id = h.id
        UNION ALL SELECT 'supply', supply_id, units FROM orders_peg WHERE hold_id = h.id
    ) a ON true
    WHERE h.id = ANY(%s::bigint[]) AND h.ended_at IS NULL
    ORDER BY h.id
"""


def end_due_holds(*, actor: str = "worker") -> int:
    """End up to MOST_AT_ONCE holds past their end; returns how many. The job that makes it prompt."""
    with transaction.atomic():
        due = rows(_DUE, [clock.now(), MOST_AT_ONCE])
        if not due:
            return 0
        lock_queues({item for _, item in due})
        return end_holds([hold for hold, _ in due], outcome="expired", at=clock.now(), actor=actor)


def end_holds(holds: Sequence[int], *, outcome: str, at: datetime, actor: str) -> int:
    """End these holds, whose items the caller has locked; those already ended are passed over."""
    changes = Changes()
    live = live_holds(holds)
    for held in live:
        end_hold(changes, held, outcome=outcome, at=at)
        changes.mark([held.item], "hold_ended")
    save(changes, actor=actor, at=at)
    return len(live)


def live_holds(holds: Sequence[int]) -> list[HeldItem]:
    """What these holds own, those that still live."""
    found: dict[int, HeldItem] = {}
    for id, item, units, open_units, kind, source, backed in rows(_LIVE, [list(holds)]):
        held = found.setdefault(id, HeldItem(id, item, units, open_units))
        if kind is not None:
            held.backing.append(((kind, source), 0, backed, None, ""))
    return list(found.values())
