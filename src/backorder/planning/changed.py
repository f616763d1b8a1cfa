"""What a run changes, noted: its items, the lines that differ, and the fingerprint and figures of each range."""

from __future__ import annotations

from datetime import timedelta

import numpy as np

from backorder.engine.columns import Bools, Ints, RunInput, RunPlan
from backorder.engine.measure import Outcome, outcome
from backorder.orders.ledger.integers import run as run_sql

from . import deciding
from .models import Run, RunItem, RunRange

_DAY = "CASE WHEN r.{0} > 0 THEN DATE '0001-01-01' + (r.{0} - 1)::int END"
_LINES = f"""
    INSERT INTO planning_runline (run_id, line, item_id, "order", segment, units, covered_before, covered_after,
                                  ready_before, ready_after, lacking, promised_before, promised_after)
    SELECT %s::bigint, r.line, r.item, r.order_id, r.segment, r.units, r.before, r.after,
           {_DAY.format("on_before")}, {_DAY.format("on_after")}, r.lacking,
           {_DAY.format("promised_on")}, {_DAY.format("dated_on")}
    FROM unnest({", ".join(["%s::bigint[]"] * 12)})
         AS r(line, item, order_id, segment, units, before, after, on_before, on_after, lacking, promised_on, dated_on)
"""


def write_range(run: Run, number: int, held: RunInput, plan: RunPlan, state: str, *, jitter: timedelta) -> None:
    """Note what a range came to: its fingerprint, its figures, and the lines that change.

    A line whose units stay changes if its promise moves by more than the jitter lets pass.
    """
    found = outcome(held, plan)
    redated = deciding.redated(held, plan, jitter)
    changed = found.gained | found.lost | found.moved | (plan.lacking > 0) | redated
    changed |= found.covered_after != found.covered_before
    changed[deciding.lines_with_other_sources(held, plan)] = True
    _write_items(run, number, held, plan, np.flatnonzero(changed), state)
    _write_lines(run, held, plan, found, redated, np.flatnonzero(changed))
    RunRange.objects.filter(run=run, number=number).update(
        state="done", digest=plan.fingerprint(), tally=deciding.tallied(held, plan, int(redated.sum()))
    )


def _write_items(run: Run, number: int, held: RunInput, plan: RunPlan, changed: Ints, state: str) -> None:
    stopped = set(plan.stopped.tolist())
    items = set(np.unique(held.lines.item[changed]).tolist())
    RunItem.objects.bulk_create(
        RunItem(
            run=run, item_id=item, number=number, state="stopped" if item in stopped else state,
            says="A floor could not be held." if item in stopped else "",
        )
        for item in sorted(items | stopped)
    )  # fmt: skip


def _write_lines(run: Run, held: RunInput, plan: RunPlan, found: Outcome, redated: Bools, who: Ints) -> None:
    lines = held.lines
    days = [np.where(redated, 0 if on is None else on, 0) for on in (lines.promised_on, lines.dated_on)]
    columns = (
        lines.id, lines.item, lines.attributes["order"], plan.segment, lines.units, found.covered_before,
        found.covered_after, found.last_on_before, found.last_on_after, plan.lacking, *days,
    )  # fmt: skip
    if len(who):
        run_sql(_LINES, [run.pk, *(column[who] for column in columns)])
