"""What a run changes, noted: its items, the lines that differ, and the fingerprint and figures of each range."""

from __future__ import annotations

import numpy as np

from backorder.engine.columns import Ints, RunInput, RunPlan
from backorder.engine.measure import Outcome, outcome
from backorder.orders.ledger.integers import run as run_sql

from . import deciding
from .models import Run, RunItem, RunRange

_DAY = "CASE WHEN r.{0} > 0 THEN DATE '0001-01-01' + (r.{0} - 1)::int END"
_LINES = f"""
    INSERT INTO planning_runline (run_id, line, item_id, "order", segment, units, covered_before, covered_after,
                                  ready_before, ready_after, lacking)
    SELECT %s::bigint, r.line, r.item, r.order_id, r.segment, r.units, r.before, r.after,
           {_DAY.format("on_before")}, {_DAY.format("on_after")}, r.lacking
    FROM unnest({", ".join(["%s::bigint[]"] * 10)})
         AS r(line, item, order_id, segment, units, before, after, on_before, on_after, lacking)
"""


def write_range(run: Run, number: int, held: RunInput, plan: RunPlan, state: str) -> None:
    """Note what a range came to: its fingerprint, its figures, and the lines that change."""
    found = outcome(held, plan)
    changed = found.gained | found.lost | found.moved | (plan.lacking > 0)
    changed |= found.covered_after != found.covered_before
    changed[_lines_with_other_sources(held, plan)] = True
    _write_items(run, number, held, plan, np.flatnonzero(changed), state)
    _write_lines(run, held, plan, found, np.flatnonzero(changed))
    RunRange.objects.filter(run=run, number=number).update(
        state="done", digest=plan.fingerprint(), tally=deciding.tallied(held, plan)
    )


def _lines_with_other_sources(held: RunInput, plan: RunPlan) -> Ints:
    """Lines that hang on other sources, or with other units, than before."""
    many = len(held.supplies) + 1
    owner = np.repeat(np.arange(len(held.lines)), np.diff(held.lines.held_start))
    keys = np.concatenate((owner * many + held.lines.held_source, plan.peg_line * many + plan.peg_source))
    signed = np.concatenate((-held.lines.held_units, plan.peg_units))
    pairs, place = np.unique(keys, return_inverse=True)
    found: Ints = np.unique(pairs[np.bincount(place, signed, len(pairs)) != 0] // many)
    return found


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


def _write_lines(run: Run, held: RunInput, plan: RunPlan, found: Outcome, who: Ints) -> None:
    lines = held.lines
    columns = (
        lines.id, lines.item, lines.attributes["order"], plan.segment, lines.units, found.covered_before,
        found.covered_after, found.last_on_before, found.last_on_after, plan.lacking,
    )  # fmt: skip
    if len(who):
        run_sql(_LINES, [run.pk, *(column[who] for column in columns)])
