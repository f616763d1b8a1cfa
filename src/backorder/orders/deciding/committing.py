"""Decide items as a run says and commit what the run's judge lets pass; each item all or nothing.

The run decides and judges; here is what it decides on, the lock, and the one way to write.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
from django.db import transaction

from backorder.engine.columns import Bools, Ints, RunInput, RunPlan
from backorder.engine.strategies import Variant
from backorder.journal.prepared import find_by_index

from ..ledger.lock import Locked, lock_queues, look
from ..ledger.save_columns import save_columns
from ..placing.end_holds import end_holds
from .differences import differences, restricted, written
from .frame import Frame, read_frame
from .standing import attributes_of, takes_away

CAUSE = "run"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an item is not committed, and which line stands in the way."""

    item: int
    line: int
    says: str


@dataclass(frozen=True, slots=True)
class Committed:
    """What was decided on and how; `refused` items were left, `changed` are indexes of lines that were written."""

    run: RunInput
    plan: RunPlan
    refused: Sequence[Refusal]
    changed: Ints


Decide = Callable[[RunInput], RunPlan]
Judge = Callable[[RunInput, RunPlan], Sequence[Refusal]]


def look_at(items: Iterable[int], variants: Sequence[Variant]) -> RunInput:
    """What these variants would decide on now; locks nothing."""
    wanted = list(items)
    return _frame(wanted, variants, look(wanted)).run


@transaction.atomic
def commit(
    items: Sequence[int], variants: Sequence[Variant], *, decide: Decide, judge: Judge | None = None, actor: str
) -> Committed:
    """Lock the items, decide them, and write what changes but of those the judge refuses."""
    find_by_index()
    lock_queues(items)
    seen = look(items)
    if seen.due_holds:
        end_holds(seen.due_holds, outcome="expired", at=seen.now, actor=actor)
    frame = _frame(items, variants, seen)
    plan = decide(frame.run)
    refused = judge(frame.run, plan) if judge else ()
    jitter = timedelta(days=variants[0].jitter_days)
    found = differences(frame, plan.peg_line, plan.peg_source, plan.peg_units, jitter=jitter)
    if refused:
        found = restricted(found, _kept(frame, refused))
    save_columns(written(frame, found, causes={}, usual=CAUSE), actor=actor, at=seen.now)
    return Committed(frame.run, plan, refused, np.flatnonzero(found.changed))


def _frame(items: Sequence[int], variants: Sequence[Variant], seen: Locked) -> Frame:
    return read_frame(
        items, seen.catalog, now=seen.now, attributes=attributes_of(variants), holders_too=takes_away(variants)
    )


def _kept(frame: Frame, refused: Sequence[Refusal]) -> Bools:
    kept: Bools = ~np.isin(frame.run.lines.item, [one.item for one in refused])
    return kept
