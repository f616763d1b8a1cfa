"""What a plan is worth, in the figures by which planners compare variants.

Figures of ranges of items add up: `tally` each range, and take the `figures` of their `total`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from .columns import ANY_DAY, Bools, Ints, Rule, RunInput, RunPlan
from .pegs import held_pegs

NOT_COVERED = -1


@dataclass(frozen=True, slots=True)
class Outcome:
    """Per line, before and after: units covered, the last ready day (0: not all covered), and whether it changed.

    `late_before` and `late_after` are days past the due day of the last unit (-1: not all covered; 0 on time);
    `in_time_before` and `in_time_after` units that are ready by the due day.
    """

    covered_before: Ints
    covered_after: Ints
    last_on_before: Ints
    last_on_after: Ints
    late_before: Ints
    late_after: Ints
    in_time_before: Ints
    in_time_after: Ints
    gained: Bools
    lost: Bools
    moved: Bools


@dataclass(frozen=True, slots=True)
class Measures:
    """Figures over all lines after the plan. Shares are 0 to 1; values are minor units (0 without `unit_price_minor`).

    `fill_rate`: units covered by the due day / units wanted. `value_late_minor`: value of units that are not covered
    by it. `promises_broken`: lines that were in time, or covered, and no more are. `orders_complete`: by attribute
    `order`. `fairness`: Jain's figure over the shares covered. `notices`: lines whose last day changes.
    """

    fill_rate: float
    covered_rate: float
    value_late_minor: int
    days_late: int
    promises_broken: int
    lines_complete: int
    orders_complete: int
    fairness: float
    notices: int
    gainers: int
    losers: int


@dataclass(frozen=True, slots=True)
class Tally:
    """What figures are made of, so that it adds up over ranges. `orders` are order ids (sorted, each once), `open` how
    many of the lines of each are not covered."""

    lines: int
    units: int
    in_time: int
    covered: int
    value_late_minor: int
    days_late: int
    promises_broken: int
    lines_complete: int
    shares: float
    squared_shares: float
    notices: int
    gainers: int
    losers: int
    orders: Ints
    open: Ints


def outcome(run: RunInput, plan: RunPlan) -> Outcome:
    """Before and after of every line."""
    held = held_pegs(run)
    covered_before, last_before, late_before, in_time_before = _side(run, held.line, held.source, held.units)
    covered, last, late, in_time = _side(run, plan.peg_line, plan.peg_source, plan.peg_units)
    before, after = last_before > 0, last > 0
    return Outcome(
        covered_before, covered, last_before, last, late_before, late, in_time_before, in_time,
        gained=(covered > covered_before) | (after & (~before | (last < last_before))) & (covered >= covered_before),
        lost=(covered < covered_before) | (before & (~after | (last > last_before))),
        moved=last != last_before,
    )  # fmt: skip


def measure(run: RunInput, plan: RunPlan) -> Measures:
    """The figures of a plan; `measure(run, unchanged(run))` are those of today."""
    return figures(tally(run, plan))


def tally(run: RunInput, plan: RunPlan) -> Tally:
    """What the figures of a plan are made of."""
    found, lines = outcome(run, plan), run.lines
    wanted = lines.units > 0
    share = found.covered_after[wanted] / lines.units[wanted]
    price = lines.attributes.get("unit_price_minor", np.zeros(len(lines), np.int64))
    kept = ~((found.late_before == 0) & (found.late_after != 0))
    kept &= ~((found.last_on_before > 0) & (found.last_on_after == 0))
    orders, place = np.unique(lines.attributes.get("order", np.zeros(len(lines), np.int64)), return_inverse=True)
    return Tally(
        lines=len(lines),
        units=int(lines.units.sum()),
        in_time=int(found.in_time_after.sum()),
        covered=int(found.covered_after.sum()),
        value_late_minor=int((price * (lines.units - found.in_time_after)).sum()),
        days_late=int(np.maximum(found.late_after, 0).sum()),
        promises_broken=int((~kept).sum()),
        lines_complete=int((found.last_on_after > 0).sum()),
        shares=float(share.sum()),
        squared_shares=float((share * share).sum()),
        notices=int(found.moved.sum()),
        gainers=int(found.gained.sum()),
        losers=int(found.lost.sum()),
        orders=orders,
        open=np.bincount(place, found.last_on_after == 0, len(orders)).astype(np.int64),
    )


def total(tallies: Sequence[Tally]) -> Tally:
    """The tallies of several ranges as one; an order may have lines in many of them."""
    names = [each.name for each in fields(Tally) if each.name not in ("orders", "open")]
    none = np.empty(0, np.int64)
    orders, place = np.unique(np.concatenate([none, *(one.orders for one in tallies)]), return_inverse=True)
    open = np.bincount(place, np.concatenate([none, *(one.open for one in tallies)]), len(orders)).astype(np.int64)
    sums: dict[str, Any] = {name: sum(getattr(one, name) for one in tallies) for name in names}
    return Tally(**sums, orders=orders, open=open)


def figures(found: Tally) -> Measures:
    """The figures that a sum of tallies makes."""
    wanted = max(found.units, 1)
    return Measures(
        fill_rate=found.in_time / wanted,
        covered_rate=found.covered / wanted,
        value_late_minor=found.value_late_minor,
        days_late=found.days_late,
        promises_broken=found.promises_broken,
        lines_complete=found.lines_complete,
        orders_complete=int(((found.open == 0) & (found.orders != 0)).sum()),
        fairness=found.shares**2 / (found.lines * found.squared_shares) if found.squared_shares else 1.0,
        notices=found.notices,
        gainers=found.gainers,
        losers=found.losers,
    )


def unchanged(run: RunInput) -> RunPlan:
    """The plan that leaves everything as it is."""
    held = held_pegs(run).sorted(run)
    many = len(run.lines)
    covered = np.bincount(held.line, held.units, many).astype(np.int64)
    none = np.zeros(many, np.int64)
    return RunPlan(
        "", 0, held.line, held.source, held.units, np.full(len(held.line), int(Rule.SKIPPED), np.int64),
        none - 1, none, run.lines.units - covered, none, np.empty(0, np.int64),
    )  # fmt: skip


def _side(run: RunInput, line: Ints, source: Ints, units: Ints) -> tuple[Ints, Ints, Ints, Ints]:
    """(units covered, last ready day or 0, days late or -1, units ready by the due day) of each line."""
    many, there = len(run.lines), run.supplies
    covered = np.bincount(line, units, many).astype(np.int64)
    whole = (covered == run.lines.units) & (run.lines.units > 0)
    last, late = np.zeros(many, np.int64), np.zeros(many, np.int64)
    np.maximum.at(last, line, there.ready_on[source])
    days = np.maximum(there.ready_on[source] - _due(run, line, there.location[source]), 0)
    np.maximum.at(late, line, days)
    in_time = np.bincount(line, units * (days == 0), many).astype(np.int64)
    return covered, np.where(whole, last, 0), np.where(whole, late, NOT_COVERED), in_time


def _due(run: RunInput, line: Ints, location: Ints) -> Ints:
    """By when units must be ready at a location to make the line's due day; ANY_DAY where it is not served from."""
    lines = run.lines
    base = int(max(location.max(initial=0), lines.way_location.max(initial=0))) + 1
    owner = np.repeat(np.arange(len(lines)), np.diff(lines.way_start))
    key = owner * base + lines.way_location
    order = np.argsort(key, kind="stable")
    place = np.searchsorted(key[order], line * base + location)
    found = np.append(lines.way_due[order], ANY_DAY)[place]
    known = np.append(key[order], -1)[place] == line * base + location
    return np.where(known, found, ANY_DAY)
