"""Once a night, look whether any waiting item would be decided otherwise today than it stands, and mark those.

A safety net: whatever changes an item marks it at once, so nothing should be found. Items are looked at without a
lock, some at a time; the worker decides what was marked.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import numpy as np
from django.db import transaction

from backorder.journal import clock
from backorder.journal.prepared import rows
from backorder.journal.record import Fact, record
from backorder.stock import marks

from ..ledger.lock import look
from .differences import JITTER, differences
from .frame import read_frame, waiting_items
from .standing import attributes_of, decide, quotas_of, standing_of, takes_away

log = logging.getLogger(__name__)

CAUSE = "nightly"
HOUR = 2  # UTC, from which on a night's look may begin.
ITEMS_AT_ONCE = 500

_LAST = """
    SELECT body->>'day' FROM journal_entry WHERE subject = 'items' AND fact = 'items.looked_through'
    ORDER BY seq DESC LIMIT 1
"""
_TRY_LOCK = "SELECT pg_try_advisory_xact_lock(hashtext('items_looked_through'))"


def look_through(*, actor: str = "worker") -> int:
    """Look through the next of the waiting items if this night's look is due; returns how many were looked at.

    Called until it returns 0, so that a worker can stop in between; another start begins anew.
    """
    now = clock.now()
    if now.hour < HOUR or _last() == now.date():
        return 0
    if _look.day != now.date():
        _look.day, _look.left, _look.found = now.date(), waiting_items(), 0
    items, _look.left = _look.left[:ITEMS_AT_ONCE], _look.left[ITEMS_AT_ONCE:]
    _look.found += _mark(items_that_differ(items), now) if items else 0
    if not _look.left:
        _note(now, _look.found, actor)
        _look.day = None
    return len(items)


def items_that_differ(items: Sequence[int]) -> list[int]:
    """Which of these items would be decided otherwise now than they stand; those with a mark will be anyway."""
    stale = marks.stale(items)
    seen = look(items)
    found: set[int] = set()
    for stands, group in standing_of(set(items) - stale):
        variants = [stands.variant, *stands.fallbacks.values()] if stands else []
        frame = read_frame(
            group, seen.catalog, now=seen.now, attributes=attributes_of(variants), holders_too=takes_away(variants),
            quotas=quotas_of(variants),
        )  # fmt: skip
        line, source, units, _ = decide(frame, stands)
        jitter = timedelta(days=stands.variant.jitter_days) if stands else JITTER
        changed = differences(frame, line, source, units, jitter=jitter).changed
        found |= set(np.unique(frame.run.lines.item[changed]).tolist())
    return sorted(found)


@dataclass(slots=True)
class _Look:
    """How far this process has come in a night's look."""

    day: date | None = None
    left: list[int] = field(default_factory=list)
    found: int = 0


_look = _Look()


@transaction.atomic
def _mark(items: Sequence[int], now: datetime) -> int:
    marks.mark(items, cause=CAUSE, at=now)
    if items:
        log.warning("%d items were not decided as they should have been; they are marked", len(items))
    return len(items)


@transaction.atomic
def _note(now: datetime, found: int, actor: str) -> None:
    ((alone,),) = rows(_TRY_LOCK, [])
    if alone and _last() != now.date():
        body = {"day": now.date().isoformat(), "items": found}
        record([Fact("items.looked_through", "items", body)], actor=actor, at=now)


def _last() -> date | None:
    found = rows(_LAST, [])
    return date.fromisoformat(found[0][0]) if found else None
