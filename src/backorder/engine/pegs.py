"""Pegs as columns, while a plan is put together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .columns import Bools, Ints, Rule, RunInput


@dataclass(frozen=True, slots=True)
class Pegs:
    """`units` of supply `source` go to `line` (indexes of the input), by `rule`; in no order."""

    line: Ints
    source: Ints
    units: Ints
    rule: Ints

    @classmethod
    def of(cls, rows: Sequence[tuple[int, int, int, int]]) -> Pegs:
        columns = np.array(rows, np.int64).reshape(-1, 4).T
        return cls(columns[0], columns[1], columns[2], columns[3])

    @classmethod
    def join(cls, *parts: Pegs) -> Pegs:
        return cls(
            *(
                np.concatenate([getattr(part, name) for part in parts]).astype(np.int64, copy=False)
                for name in ("line", "source", "units", "rule")
            )
        )

    def where(self, chosen: Bools) -> Pegs:
        return Pegs(self.line[chosen], self.source[chosen], self.units[chosen], self.rule[chosen])

    def sorted(self, run: RunInput) -> Pegs:
        """By line id, then kind and id of the supply."""
        supplies = run.supplies
        rank = supplies.id + (supplies.kind != 0) * (supplies.id.max(initial=0) + 1)
        ids = run.lines.id
        line = self.line
        if not (ids[1:] > ids[:-1]).all():
            place = np.empty(len(ids), np.int64)
            place[np.argsort(ids)] = np.arange(len(ids))
            line = place[line]
        order = _together(line, len(ids))
        line, source = line[order], rank[self.source[order]]
        again = np.flatnonzero((line[1:] == line[:-1]) & (source[1:] < source[:-1]))
        if len(again):
            mixed = np.zeros(len(ids), np.bool_)
            mixed[line[again]] = True
            at = np.flatnonzero(mixed[line])
            order[at] = order[at[np.lexsort((source[at], line[at]))]]
        return Pegs(self.line[order], self.source[order], self.units[order], self.rule[order])


def _together(line: Ints, lines: int) -> Ints:
    """The order of pegs by line. Pegs of a line mostly stand together: then they are counted, not sorted."""
    if not len(line):
        return np.empty(0, np.int64)
    first = np.concatenate([[True], line[1:] != line[:-1]])
    count = np.bincount(line, minlength=lines)
    if first.sum() > (count > 0).sum():
        return np.argsort(line, kind="stable")
    begins = np.cumsum(count) - count
    runs = np.flatnonzero(first)
    within = np.arange(len(line)) - np.repeat(runs, np.diff(np.append(runs, len(line))))
    order = np.empty(len(line), np.int64)
    order[begins[line] + within] = np.arange(len(line))
    return order


def held_pegs(run: RunInput) -> Pegs:
    """What the lines hold before the decision."""
    lines = run.lines
    line = np.repeat(np.arange(len(lines)), np.diff(lines.held_start))
    there = lines.held_units > 0
    rule = np.full(int(there.sum()), int(Rule.SKIPPED), np.int64)
    return Pegs(line[there], lines.held_source[there], lines.held_units[there], rule)
