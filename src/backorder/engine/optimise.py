"""The best assignment a solver finds for a selection, never worse than the plan it starts from.

Floors, ceilings, quotas, protections, caps and complete lines hold as in the plan; lines with rules about parts
or sets stay as the plan has them. The assignment is a plan like any other and is stored: replaying
verifies it (`verified`) and does not solve again.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace

import numpy as np

from .columns import NO_SET, Bools, Ints, Rule, RunInput, RunPlan
from .pegs import Pegs
from .program import Program, solve
from .run import decide
from .strategies import Basis, Objective, UnknownAttribute, Variant
from .terms import FILL, GAIN, IMPROVE, LOSE, SKIP, UNABLE, WIN, Terms, terms
from .views import Line, read_lines

MOST_LINES = 5_000
"""The largest selection that is optimised."""
MOST_NODES = 300
"""So many nodes of its tree the solver looks at, at most: a count, so that the same input gives the same plan."""
A_YEAR = 366
"""A unit that nothing covers counts as so many days late."""


@dataclass(frozen=True, slots=True)
class Optimised:
    """The plan found, its score and the greedy plan's, and by how much (share of the score) it might be bettered."""

    plan: RunPlan
    score: float
    greedy_score: float
    gap: float
    nodes: int


class TooLarge(ValueError):
    """The selection has more lines than are optimised; `args` are their number and the limit."""


class NotVerified(ValueError):
    """A stored assignment breaks what its variant demands, or is worth less than the greedy plan."""


def optimise(run: RunInput, variant: Variant, *, nodes: int = MOST_NODES) -> Optimised:
    """Decide by `variant`, then let the solver better it by its objective.

    Raises TooLarge, NoSolver, UnknownAttribute.
    """
    if len(run.lines) > MOST_LINES:
        raise TooLarge(len(run.lines), MOST_LINES)
    greedy = decide(run, variant)
    before = score(run, greedy, variant)
    model = _Model(terms(run, variant), variant, greedy)
    model.bind()
    model.aim()
    found = solve(model.program, model.start(), nodes=nodes)
    plan = _planned(run, greedy, model.pegs(found.values))
    after = score(run, plan, variant)
    if after <= before:
        return Optimised(greedy, before, before, found.gap, found.nodes)
    return Optimised(plan, after, before, found.gap, found.nodes)


def verified(run: RunInput, variant: Variant, stored: RunPlan) -> RunPlan:
    """The plan that a stored assignment of this input makes, without solving again. Raises NotVerified.

    Lines that the solver does not touch are decided again; of those it does, the assignment must keep to every floor,
    ceiling and rule, and be worth no less than the greedy plan.
    """
    greedy = decide(run, variant)
    model = _Model(terms(run, variant), variant, greedy)
    model.bind()
    values = model.values_of(stored)
    plan = _planned(run, greedy, model.pegs(values))
    if not model.program.allows(values) or score(run, plan, variant) < score(run, greedy, variant):
        raise NotVerified(variant.name)
    return plan


def score(run: RunInput, plan: RunPlan, variant: Variant) -> float:
    """What a plan is worth by the variant's objective, more is better (lateness counts negative)."""
    lines, objective = run.lines, variant.objective
    days = _days_late(run, plan.peg_line, plan.peg_source)
    in_time = _by_line(run, plan.peg_line, plan.peg_units * (days == 0))
    if objective is Objective.KEPT_PROMISES:
        return float((in_time == lines.units).sum())
    if objective is Objective.VALUE:
        return float((in_time * _attribute(run, "unit_price_minor")).sum())
    if objective is Objective.FULL_ORDERS:
        number = np.unique(_attribute(run, "order"), return_inverse=True)[1]
        return float((np.bincount(number, plan.unsupplied) == 0).sum())
    weight = _weights(run, variant)
    late = (weight[plan.peg_line] * days * plan.peg_units).sum()
    return -float(late + (weight * plan.unsupplied).sum() * A_YEAR)


class _Model:
    """Columns for the units of each line from each source, bound by what the greedy plan holds to."""

    def __init__(self, start: Terms, variant: Variant, greedy: RunPlan) -> None:
        self.terms, self.variant, self.run = start, variant, start.run
        self.program = Program()
        self.column: dict[tuple[int, int], int] = {}  # By line and supply.
        self.lines: dict[int, tuple[Line, list[int]]] = {}
        self.greedy: dict[int, dict[int, int]] = defaultdict(dict)
        for line, source, units in zip(
            greedy.peg_line.tolist(), greedy.peg_source.tolist(), greedy.peg_units.tolist(), strict=True
        ):
            self.greedy[line][source] = units
        self.first: list[int] = []
        self.wholes: list[tuple[int, list[int], int]] = []  # A switch, its columns, and the units that turn it on.
        self.room = self._room()
        stays = self._stays(greedy)
        for row in range(len(start.seats.items)):
            piles = start.piles[start.pile_start[row] : start.pile_start[row + 1]].tolist()
            for line in read_lines(start, variant, row, piles):
                if not stays[line.index]:
                    self._add(line, piles)

    def _room(self) -> dict[int, int]:
        held = np.bincount(self.run.lines.held_source, self.run.lines.held_units, len(self.run.supplies))
        room = dict(enumerate((self.run.supplies.free + held.astype(np.int64)).tolist()))
        for holds in self.greedy.values():
            for source, units in holds.items():
                room[source] -= units
        return room  # What the greedy plan leaves; what moving lines have of it comes on top.

    def _stays(self, greedy: RunPlan) -> Bools:
        lines = self.run.lines
        stays = (self.terms.strategy == SKIP) | (self.terms.strategy == LOSE) | self.terms.shaped
        stays |= np.isin(lines.item, greedy.stopped) | greedy.stopped_all
        if lines.set_id is not None:
            stays |= lines.set_id != NO_SET
        return np.asarray(stays)

    def _add(self, line: Line, piles: list[int]) -> None:
        self.lines[line.index] = (line, piles)
        for source, pile in enumerate(piles):
            if line.view.late[source] != UNABLE:
                self.column[line.index, pile] = self.program.column(line.units)
                units = self.greedy[line.index].pop(pile, 0)
                self.first.append(units)
                self.room[pile] += units
        # What is left in `greedy` stays where it is: units from where the line may no longer be served.
        line.units -= sum(self.greedy[line.index].values())

    def start(self) -> list[int]:
        """The greedy plan as values of the columns; the columns of an aim follow from them."""
        return self.first

    def bind(self) -> None:
        """Supplies, wants, floors, ceilings, complete lines and the rules of groups."""
        by_supply: dict[int, dict[int, float]] = defaultdict(dict)
        for (_, pile), column in self.column.items():
            by_supply[pile][column] = 1
        for pile, mine in by_supply.items():
            self.program.row(mine, upper=self.room[pile])
        for line, piles in self.lines.values():
            self._bind_line(line, piles)
        self._bind_groups()

    def _bind_line(self, line: Line, piles: list[int]) -> None:
        mine = {source: self.column[line.index, piles[source]] for source in line.view.best}
        self.program.row(dict.fromkeys(mine.values(), 1.0), upper=line.units)
        late = line.view.late
        for by in sorted({late[source] for source in mine}):
            chosen = {column: 1.0 for source, column in mine.items() if late[source] <= by}
            had = sum(units for source, units in line.had.items() if late[source] <= by)
            has = sum(self.first[column] for column in chosen)
            if line.strategy in (GAIN, IMPROVE) and min(had, has):
                self.program.row(chosen, lower=min(had, has))
            if line.strategy == FILL:
                self.program.row(chosen, upper=max(had, has))
        if line.strategy == WIN:
            in_time = {column: 1.0 for source, column in mine.items() if line.view.in_time[source]}
            self.program.row(in_time, lower=sum(self.first[column] for column in in_time))
        if line.complete:
            self._bind_complete(line, mine)

    def _bind_complete(self, line: Line, mine: dict[int, int]) -> None:
        has = sum(self.first[column] for column in mine.values())
        if has in (0, line.units) and line.units:
            whole = self._switch(has == line.units)
            self.wholes.append((whole, list(mine.values()), line.units))
            self.program.row({**dict.fromkeys(mine.values(), 1.0), whole: -line.units}, lower=0, upper=0)
        else:  # It keeps its place at inbound supply while units are lacking.
            for column in mine.values():
                self.program.row({column: 1.0}, lower=self.first[column], upper=self.first[column])

    def _switch(self, is_on: bool, worth: float = 0) -> int:
        self.first.append(int(is_on))
        return self.program.column(1, worth)

    def _bind_groups(self) -> None:
        """Quotas, protections and caps: nobody gets more through them than they allow, or than he has."""
        limits, items = self.terms.limits, np.unique(self.run.lines.item).tolist()
        for quota, members, used in zip(self.variant.quotas, limits.quotas, limits.used, strict=True):
            for item in items:
                if quota.item in (None, item):
                    most = quota.units - used.get(item, 0)
                    self._bind_group(item, members, quota.from_on, quota.until_on, most=most)
        for index, (guard, members) in enumerate(zip(self.variant.protections, limits.protections, strict=True)):
            if guard.expires_on is not None and self.run.today >= guard.expires_on:
                continue
            exempt = members.copy()
            for before in limits.protections[:index] if guard.basis is Basis.PRIORITISED else ():
                exempt |= before
            for item in items:
                if guard.item in (None, item):
                    self._bind_group(item, ~exempt, guard.from_on, guard.until_on, leaves=guard.units)
        if limits.customers is not None:
            customer = np.array(limits.customers)
            for item, who in sorted({(int(self.run.lines.item[line]), int(customer[line])) for line in self.lines}):
                if who >= 0:
                    self._bind_group(item, customer == who, None, None, most=self.variant.customer_cap or 0)

    def _bind_group(
        self, item: int, members: Bools, from_on: int | None, until_on: int | None,
        *, most: int = 0, leaves: int | None = None,
    ) -> None:  # fmt: skip
        """The members together get at most `most` of these days' units, or all but those they must leave."""
        on = self.run.supplies.ready_on
        within = {
            (line, pile): column
            for (line, pile), column in self.column.items()
            if self.run.lines.item[line] == item
            and (from_on is None or on[pile] >= from_on)
            and (until_on is None or on[pile] <= until_on)
        }
        chosen = {column: 1.0 for (line, _), column in within.items() if members[line]}
        if leaves is not None:
            most = sum(self.room[pile] for pile in {pile for _, pile in within}) - leaves
        self.program.row(chosen, upper=max(most, sum(self.first[column] for column in chosen)))

    def aim(self) -> None:
        """What the columns are worth; of equally good plans that which leaves fewer units lying."""
        objective = self.variant.objective
        for column in self.column.values():
            self.program.worth[column] = 0.25 / max(int(self.run.lines.units.sum()), 1)
        if objective is Objective.FULL_ORDERS:
            self._aim_at_orders()
            return
        price = _attribute(self.run, "unit_price_minor") if objective is Objective.VALUE else None
        weight = _weights(self.run, self.variant) if objective is Objective.LATENESS else None
        for line, piles in self.lines.values():
            mine = {source: self.column[line.index, piles[source]] for source in line.view.best}
            in_time = {column: 1.0 for source, column in mine.items() if line.view.in_time[source]}
            if price is not None:
                for column in in_time:
                    self.program.worth[column] += float(price[line.index])
            elif weight is not None:
                days = _days_late(self.run, np.full(len(mine), line.index), np.array([piles[s] for s in mine], int))
                for column, late in zip(mine.values(), days.tolist(), strict=True):
                    self.program.worth[column] += float(weight[line.index]) * (A_YEAR - late)
            elif line.units and not self.greedy[line.index]:
                kept = self._switch(sum(self.first[column] for column in in_time) == line.units, 1)
                self.program.row({**in_time, kept: -line.units}, lower=0)

    def _aim_at_orders(self) -> None:
        order = _attribute(self.run, "order")
        members: dict[object, list[int]] = defaultdict(list)
        for index, name in enumerate(order.tolist()):
            members[name].append(index)
        covered = _by_line(
            self.run,
            np.array([line for line, holds in self.greedy.items() for _ in holds], np.int64),
            np.array([units for holds in self.greedy.values() for units in holds.values()], np.int64),
        )
        for indexes in members.values():
            if any(index not in self.lines and covered[index] < self.run.lines.units[index] for index in indexes):
                continue
            sums = [self._columns_of(index) for index in indexes if index in self.lines]
            wants = [self.lines[index][0].units for index in indexes if index in self.lines]
            is_full = all(sum(self.first[c] for c in mine) == n for mine, n in zip(sums, wants, strict=True))
            full = self._switch(is_full, 1)
            for mine, units in zip(sums, wants, strict=True):
                self.program.row({**dict.fromkeys(mine, 1.0), full: -units}, lower=0)

    def _columns_of(self, index: int) -> list[int]:
        line, piles = self.lines[index]
        return [self.column[index, piles[source]] for source in line.view.best]

    def values_of(self, plan: RunPlan) -> list[int]:
        """A plan as values of the columns, before anything is aimed at."""
        values = [0] * len(self.first)
        for line, source, units in zip(
            plan.peg_line.tolist(), plan.peg_source.tolist(), plan.peg_units.tolist(), strict=True
        ):
            if (line, source) in self.column:
                values[self.column[line, source]] = units
        for switch, columns, units in self.wholes:
            values[switch] = int(sum(values[column] for column in columns) == units)
        return values

    def pegs(self, values: list[int]) -> Pegs:
        """The assignment as pegs; who did not take part keeps his."""
        rows = [
            (line, pile, values[column], int(Rule.OPTIMISED))
            for (line, pile), column in self.column.items()
            if values[column]
        ]
        rows += [(line, pile, n, int(Rule.SKIPPED)) for line, holds in self.greedy.items() for pile, n in holds.items()]
        return Pegs.of(rows)


def _planned(run: RunInput, greedy: RunPlan, pegs: Pegs) -> RunPlan:
    pegs = pegs.sorted(run)
    known = {
        (line, source): (units, rule)
        for line, source, units, rule in zip(
            greedy.peg_line.tolist(), greedy.peg_source.tolist(), greedy.peg_units.tolist(), greedy.peg_rule.tolist(),
            strict=True,
        )
    }  # fmt: skip
    rule = [
        known[line, source][1] if known.get((line, source), (0, 0))[0] == units else given
        for line, source, units, given in zip(
            pegs.line.tolist(), pegs.source.tolist(), pegs.units.tolist(), pegs.rule.tolist(), strict=True
        )
    ]
    covered = _by_line(run, pegs.line, pegs.units)
    return replace(
        greedy,
        peg_line=pegs.line,
        peg_source=pegs.source,
        peg_units=pegs.units,
        peg_rule=np.array(rule, np.int64),
        unsupplied=run.lines.units - covered,
    )


def _by_line(run: RunInput, line: Ints, units: Ints) -> Ints:
    return np.bincount(line, units, len(run.lines)).astype(np.int64)


def _attribute(run: RunInput, name: str) -> Ints:
    if name in run.lines.attributes:
        return run.lines.attributes[name]
    return np.ones(len(run.lines), np.int64) if name != "order" else run.lines.id


def _weights(run: RunInput, variant: Variant) -> Ints:
    """What a unit-day late of each line weighs; what has no number, or a negative one, weighs nothing."""
    if variant.weight is None:
        return np.ones(len(run.lines), np.int64)
    if variant.weight not in run.lines.attributes:
        raise UnknownAttribute(variant.weight, sorted(run.lines.attributes))
    return np.maximum(run.lines.attributes[variant.weight].astype(np.int64), 0)


def _days_late(run: RunInput, line: Ints, source: Ints) -> Ints:
    """Days past the line's due day of each peg; 0 where it is not served from any more."""
    lines, supplies = run.lines, run.supplies
    late = np.zeros(len(line), np.int64)
    for place, (one, pile) in enumerate(zip(line.tolist(), source.tolist(), strict=True)):
        for way in range(int(lines.way_start[one]), int(lines.way_start[one + 1])):
            if lines.way_location[way] == supplies.location[pile]:
                late[place] = max(int(supplies.ready_on[pile] - lines.way_due[way]), 0)
                break
    return late
