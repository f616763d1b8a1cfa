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
        rank = np.empty(len(supplies), np.int64)
        rank[np.lexsort((supplies.id, supplies.kind))] = np.arange(len(supplies))
        ids = run.lines.id
        if len(ids) and not (ids[1:] > ids[:-1]).all():
            place = np.empty(len(ids), np.int64)
            place[np.argsort(ids)] = np.arange(len(ids))
            ids = place
        else:
            ids = np.arange(len(ids))
        order = np.argsort(ids[self.line] * max(len(supplies), 1) + rank[self.source])
        return Pegs(self.line[order], self.source[order], self.units[order], self.rule[order])


def held_pegs(run: RunInput) -> Pegs:
    """What the lines hold before the decision."""
    lines = run.lines
    line = np.repeat(np.arange(len(lines)), np.diff(lines.held_start))
    there = lines.held_units > 0
    rule = np.full(int(there.sum()), int(Rule.SKIPPED), np.int64)
    return Pegs(line[there], lines.held_source[there], lines.held_units[there], rule)
