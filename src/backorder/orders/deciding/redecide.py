"""Share anew what an item has when something changed: a receipt, a slip, a cancellation, a hold that ended.

The mark is the truth. Items are claimed by their queues' locks (busy ones are left for the next round),
their marks are read, everything is loaded and decided, only differences are written, and exactly the
marks that were read are removed, all in one transaction. Deciding twice changes nothing.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Sequence
from datetime import timedelta

from django.db import transaction

from backorder.journal.prepared import find_by_index
from backorder.stock import marks
from backorder.stock.marks import Mark

from ..ledger.lock import Locked, lock_queues, look
from ..ledger.retry import retried
from ..ledger.save_columns import save_columns
from ..placing.end_holds import end_holds
from .differences import JITTER, SET, differences, written
from .frame import read_frame
from .standing import Standing, attributes_of, decide, quotas_of, standing_of, takes_away

log = logging.getLogger(__name__)

ITEMS_AT_ONCE = 50
_SET_ASIDE_SECONDS = 60.0
_set_aside: dict[int, float] = {}  # Items that could not be decided, until when they are left alone.


def work_marks(limit: int = ITEMS_AT_ONCE, *, actor: str = "worker") -> int:
    """Re-decide up to `limit` marked items that nobody else holds; returns how many were."""
    items = _due(limit)
    if not items:
        return 0
    try:
        return retried(lambda: _claim_and_decide(items, actor))
    except Exception:
        log.exception("Re-deciding %d items together failed; each is tried alone", len(items))
    return sum(_alone(item, actor) for item in items)


def redecide(items: Iterable[int], *, cause: str, actor: str) -> int:
    """Re-decide these items now, marked or not; returns how many lines and holds changed."""
    with transaction.atomic():
        locked = lock_queues(items)
        return _decide(locked, cause=cause, actor=actor)


def _due(limit: int) -> list[int]:
    now = time.monotonic()
    for item in [item for item, until in _set_aside.items() if until < now]:
        del _set_aside[item]
    return [item for item in marks.waiting(limit + len(_set_aside)) if item not in _set_aside][:limit]


def _alone(item: int, actor: str) -> int:
    try:
        return _claim_and_decide([item], actor)
    except Exception:
        log.exception("Item %d could not be re-decided; it stays marked and is left alone for a minute", item)
        _set_aside[item] = time.monotonic() + _SET_ASIDE_SECONDS
        return 0


@transaction.atomic
def _claim_and_decide(items: Sequence[int], actor: str) -> int:
    find_by_index()
    locked = lock_queues(items, skip_busy=True) or lock_queues(items[:1])
    _decide(locked, cause=None, actor=actor)
    return len(locked)


def _decide(items: set[int], *, cause: str | None, actor: str) -> int:
    seen = look(items)
    if seen.due_holds:
        end_holds(seen.due_holds, outcome="expired", at=seen.now, actor=actor)
        seen = look(items)
    read = marks.read(sorted(items))
    return sum(
        _decide_by(stands, group, [mark for mark in read if mark.item in set(group)], seen, cause=cause, actor=actor)
        for stands, group in standing_of(items)
    )


def _decide_by(
    stands: Standing | None, items: Sequence[int], read: Sequence[Mark], seen: Locked, *, cause: str | None, actor: str
) -> int:
    causes = {} if cause else {mark.item: mark.cause for mark in read}
    # A set's other line has moved: who has all its units already is dated with it, too.
    sets = {mark.item for mark in read if mark.cause == SET}
    variants = [stands.variant, *stands.fallbacks.values()] if stands else []
    frame = read_frame(
        items, seen.catalog, now=seen.now, attributes=attributes_of(variants), sets_of=sets,
        holders_too=takes_away(variants), quotas=quotas_of(variants),
    )  # fmt: skip
    line, source, units, _ = decide(frame, stands)
    jitter = timedelta(days=stands.variant.jitter_days) if stands else JITTER
    found = differences(frame, line, source, units, jitter=jitter)
    save_columns(
        written(frame, found, causes=causes, usual=cause or "redecided"),
        actor=actor,
        at=seen.now,
        unmark=[mark.id for mark in read],
    )
    return int(found.changed.sum())
