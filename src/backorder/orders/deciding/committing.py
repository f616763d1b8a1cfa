"""Decide items as a run says and commit what the run's judge lets pass; each item all or nothing.

The run decides and judges; here is what it decides on, the lock, and the one way to write.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np
from django.db import transaction

from backorder.engine.columns import Ints, RunInput, RunPlan
from backorder.engine.strategies import Variant
from backorder.journal.prepared import find_by_index

from ..ledger.lock import Locked, lock_queues, look
from ..ledger.save_columns import save_columns
from ..placing.end_holds import end_holds
from .differences import differences, restricted, standing_days, written
from .frame import Frame, read_frame
from .standing import attributes_of, quotas_of, takes_away

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
    frame = _frame(wanted, variants, look(wanted))
    return _with_days(frame, standing_days(frame))


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
    jitter = timedelta(days=variants[0].jitter_days)
    found = differences(frame, plan.peg_line, plan.peg_source, plan.peg_units, jitter=jitter)
    run = _with_days(frame, np.where(found.moved, found.deliver_on, frame.promised_on))
    refused = judge(run, plan) if judge else ()
    # What a simulation shows as stopped nobody commits; unseen it is left whole as well.
    left = [one.item for one in refused] if judge else plan.stopped.tolist()
    if left:
        found = restricted(found, ~np.isin(frame.run.lines.item, left))
    save_columns(written(frame, found, causes={}, usual=CAUSE), actor=actor, at=seen.now)
    return Committed(run, plan, refused, np.flatnonzero(found.changed))


def _frame(items: Sequence[int], variants: Sequence[Variant], seen: Locked) -> Frame:
    return read_frame(
        items, seen.catalog, now=seen.now, attributes=attributes_of(variants), holders_too=takes_away(variants),
        quotas=quotas_of(variants),
    )  # fmt: skip


def _with_days(frame: Frame, dated_on: Ints) -> RunInput:
    return replace(frame.run, lines=replace(frame.run.lines, promised_on=frame.promised_on, dated_on=dated_on))
