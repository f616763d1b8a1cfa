"""Why a line has what it has under a variant: who took units it could have had, and what would change its day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

import numpy as np

from .columns import Ints, RunInput, RunPlan, pick_lines
from .run import decide, restrict
from .seats import EXCLUDED, STRATEGIES, attribute
from .strategies import Key, OnBroken, Strategy, Variant
from .terms import FILL, IMPROVE, LOSE, SKIP, UNABLE, WIN, terms
from .views import Line, read_lines


@dataclass(frozen=True, slots=True)
class Taker:
    """`line` (index) has `units` of `source` (index) that the asker could use earlier, and why it goes before.

    `because` is one of: floor (its strategy's floor is served first), segment (an earlier one), the name of
    the first rank attribute on which it stands before the asker, or `id`; `held` (it was confirmed before, and
    its floor keeps that), `ceiling` (the asker's strategy forbids it to gain), `rule` (a quota, protection,
    cap or set of the variant decides).
    """

    line: int
    source: int
    units: int
    ready_on: int
    segment: str
    strategy: Strategy
    place: int
    version: int
    because: str


@dataclass(frozen=True, slots=True)
class WhatIf:
    """If `source` (index) came `days` earlier, the line's last unit would be ready on `last_on` (0: still not all)."""

    source: int
    days: int
    last_on: int


def takers(run: RunInput, variant: Variant, plan: RunPlan, line: int) -> tuple[Taker, ...]:
    """Who has units that `line` (index) could have had earlier, the earliest units first.

    Each is counterfactually true: without that line, deciding again, the asker gains.
    """
    part, mine = _alone(run, line)
    before = _Position(part, variant, plan, mine)
    if before.asker.strategy in (SKIP, LOSE):
        return ()
    found = []
    for other in before.others:
        wanted = before.wanted_from(other)
        if wanted and before.gains_without(other):
            because = before.because(other)
            found += [before.taker(other, source, units, because) for source, units in wanted]
    found.sort(key=lambda taker: (taker.ready_on, taker.place, taker.line, taker.source))
    return tuple(found)


def what_ifs(
    run: RunInput, variant: Variant, plan: RunPlan, line: int, *, days: Sequence[int] = (1, 2, 3, 5, 7, 10, 14)
) -> tuple[WhatIf, ...]:
    """The least of `days` by which each inbound supply of the item would have to come earlier to better its day."""
    part, mine = _alone(run, line)
    position = _Position(part, variant, plan, mine)
    supplies = part.run.supplies
    found = []
    for source in np.flatnonzero(supplies.kind != 0).tolist():
        for earlier in sorted(days):
            ready_on = supplies.ready_on.copy()
            ready_on[source] = max(int(ready_on[source]) - earlier, run.today)
            moved = replace(part.run, supplies=replace(supplies, ready_on=ready_on))
            then = decide(moved, position.variant)
            last_on = _last_on(moved, then, position.line)
            if _is_earlier(last_on, position.last_on):
                found.append(WhatIf(int(part.supplies[source]), earlier, last_on))
                break
    return tuple(found)


def behind(run: RunInput, variant: Variant, plan: RunPlan, before: int, after: int) -> str:
    """What puts line `after` behind line `before` of its item (indexes): segment, a rank attribute, or id."""
    segment = int(plan.segment[after])
    if int(plan.segment[before]) != segment:
        return "segment"
    return _first_key(run, variant.segments[segment].rank if segment != EXCLUDED else (), before, after)


def _first_key(run: RunInput, rank: Sequence[Key], one: int, other: int) -> str:
    for key in rank:
        column = attribute(run.lines, key.attribute)
        if column[one] != column[other]:
            return key.attribute
    return "id"


@dataclass(frozen=True, slots=True)
class _Part:
    """One item of a run, and which lines and supplies of the run these are."""

    run: RunInput
    lines: Ints
    supplies: Ints


def _alone(run: RunInput, line: int) -> tuple[_Part, int]:
    item = int(run.lines.item[line])
    lines, supplies = np.flatnonzero(run.lines.item == item), np.flatnonzero(run.supplies.item == item)
    part = restrict(run, [item])
    part = replace(part, lines=replace(part.lines, set_id=None))
    return _Part(part, lines, supplies), int(np.searchsorted(lines, line))


class _Position:
    """Where a line stands among those of its item, decided by itself: sets are left out of it."""

    def __init__(self, part: _Part, variant: Variant, plan: RunPlan, line: int) -> None:
        self.part, self.line = part, line
        self.variant = replace(variant, on_broken=OnBroken.REPORT)
        self.terms = terms(part.run, self.variant)
        piles = self.terms.piles.tolist()
        known = {each.index: each for each in read_lines(self.terms, self.variant, 0, piles)}
        self.asker = known[line]
        self.late = {pile: self.asker.view.late[source] for source, pile in enumerate(piles)}
        self.plan = decide(part.run, self.variant)
        self.held = {each: _held(self.plan, each) for each in known}
        self.others = [each for each in known.values() if each.index != line]
        self.last_on = _last_on(part.run, self.plan, line)

    def wanted_from(self, other: Line) -> list[tuple[int, int]]:
        """What `other` has that the asker could use earlier than its own last unit: (supply, units)."""
        mine = self.held[self.line]
        is_short = sum(mine.values()) < self.asker.units
        worst = max((self.late[source] for source in mine), default=0)
        return [
            (source, units)
            for source, units in self.held[other.index].items()
            if self.late[source] < (UNABLE if is_short else worst)
        ]

    def gains_without(self, other: Line) -> bool:
        """Decide again without `other`: has the asker more units by some day, and fewer by none?"""
        without = _without(self.part.run, other.index)
        then = _held(decide(without, self.variant), self.line - (other.index < self.line))
        gained: dict[int, int] = {}
        for held, sign in ((then, 1), (self.held[self.line], -1)):
            for source, units in held.items():
                gained[self.late[source]] = gained.get(self.late[source], 0) + sign * units
        curve = list(accumulate(gained[late] for late in sorted(gained)))
        return any(units > 0 for units in curve) and min(curve, default=0) >= 0

    def because(self, other: Line) -> str:
        """Why `other` goes before."""
        seats, segment = self.terms.seats, self.terms.seats.segment
        if self.asker.strategy == FILL:
            return "ceiling"
        if other.strategy == SKIP:
            return "held"
        if other.strategy < self.asker.strategy and other.strategy <= IMPROVE:
            return "held" if other.had and other.strategy != WIN else "floor"
        if seats.place[other.index] > seats.place[self.line]:
            return "held" if other.had and other.strategy <= IMPROVE else "rule"
        if segment[other.index] != segment[self.line]:
            return "segment"
        return _first_key(self.part.run, self.variant.segments[segment[self.line]].rank, other.index, self.line)

    def taker(self, other: Line, source: int, units: int, because: str) -> Taker:
        segment = int(self.terms.seats.segment[other.index])
        return Taker(
            int(self.part.lines[other.index]),
            int(self.part.supplies[source]),
            units,
            int(self.part.run.supplies.ready_on[source]),
            self.variant.segments[segment].name if segment >= 0 else "",
            STRATEGIES[other.strategy],
            int(self.terms.seats.place[other.index]),
            self.variant.version,
            because,
        )


def _without(run: RunInput, line: int) -> RunInput:
    """The input without one line; what it holds is free."""
    lines, supplies = run.lines, run.supplies
    free = supplies.free.copy()
    held = slice(int(lines.held_start[line]), int(lines.held_start[line + 1]))
    np.add.at(free, lines.held_source[held], lines.held_units[held])
    keeps = np.ones(len(lines), np.bool_)
    keeps[line] = False
    rest = pick_lines(lines, keeps, np.arange(len(supplies)))
    return replace(run, lines=rest, supplies=replace(supplies, free=free))


def _held(plan: RunPlan, line: int) -> dict[int, int]:
    mine = plan.peg_line == line
    return dict(zip(plan.peg_source[mine].tolist(), plan.peg_units[mine].tolist(), strict=True))


def _last_on(run: RunInput, plan: RunPlan, line: int) -> int:
    """The ready day of its last unit; 0 if units are missing."""
    if plan.unsupplied[line]:
        return 0
    return int(run.supplies.ready_on[plan.peg_source[plan.peg_line == line]].max(initial=0))


def _is_earlier(last_on: int, than: int) -> bool:
    return last_on > 0 and (than == 0 or last_on < than)
