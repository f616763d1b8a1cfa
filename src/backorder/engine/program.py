"""A linear program over whole units, as rows of coefficients, and its solution by HiGHS."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

INFINITY = float("inf")
FEWEST_NODES = 100
"""So many each part may look at when the others have used up all."""
CLOSED = 1e-9
"""A gap as small as that is rounding."""


class NoSolver(RuntimeError):
    """The solver is not installed."""


@dataclass(slots=True)
class Program:
    """Whole-numbered columns from 0 to `most` with what each is `worth`, and rows that bind their sums."""

    most: list[int] = field(default_factory=list)
    worth: list[float] = field(default_factory=list)
    starts: list[int] = field(default_factory=lambda: [0])
    columns: list[int] = field(default_factory=list)
    factors: list[float] = field(default_factory=list)
    lower: list[float] = field(default_factory=list)
    upper: list[float] = field(default_factory=list)

    def column(self, most: int, worth: float = 0) -> int:
        """A new column; returns its number."""
        self.most.append(most)
        self.worth.append(worth)
        return len(self.most) - 1

    def row(self, terms: Mapping[int, float], *, lower: float = -INFINITY, upper: float = INFINITY) -> None:
        """Bind a sum of columns times factors."""
        self.columns += terms.keys()
        self.factors += terms.values()
        self.starts.append(len(self.columns))
        self.lower.append(lower)
        self.upper.append(upper)

    def allows(self, values: Sequence[int]) -> bool:
        """Do these values keep to all columns and rows?"""
        if any(not 0 <= value <= most for value, most in zip(values, self.most, strict=True)):
            return False
        for row, (start, end) in enumerate(pairwise(self.starts)):
            found = sum(self.factors[at] * values[self.columns[at]] for at in range(start, end))
            if not self.lower[row] <= found <= self.upper[row]:
                return False
        return True


@dataclass(frozen=True, slots=True)
class Solution:
    """The values of all columns, by how much (share) a better one may be missing, and the nodes that were looked at."""

    values: list[int]
    gap: float
    nodes: int


def solve(program: Program, first: Sequence[int], *, nodes: int) -> Solution:
    """The most worth, from `first` on, in at most so many nodes: the same for the same program. Raises NoSolver.

    Columns that no row binds together are solved apart, which is the same and much faster.
    """
    values, worth, bound, left = list(first), 0.0, 0.0, nodes
    for columns, rows in _apart(program):
        part = _part(program, columns, rows)
        found = _solve_part(part, [first[column] for column in columns], max(left, FEWEST_NODES))
        for column, value in zip(columns, found.values, strict=True):
            values[column] = value
        worth += found.worth
        bound += found.bound
        left -= found.nodes
    gap = max(bound - worth, 0.0) / max(abs(worth), 1.0)
    return Solution(values, gap if gap > CLOSED else 0.0, nodes - left)


@dataclass(frozen=True, slots=True)
class _Found:
    """What one part came to: it is worth so much, and at most `bound`."""

    values: list[int]
    worth: float
    bound: float
    nodes: int


def _apart(program: Program) -> Iterator[tuple[list[int], list[int]]]:
    """(columns, rows) of each part of the program that shares no row with another, in the order of columns."""
    root = list(range(len(program.most)))

    def find(column: int) -> int:
        while root[column] != column:
            root[column] = column = root[root[column]]
        return column

    bound = [program.columns[start:end] for start, end in pairwise(program.starts)]
    for mine in bound:
        for column in mine[1:]:
            low, high = sorted((find(mine[0]), find(column)))
            root[high] = low
    parts: dict[int, tuple[list[int], list[int]]] = {}
    for column in range(len(root)):
        parts.setdefault(find(column), ([], []))[0].append(column)
    for row, mine in enumerate(bound):
        if mine:
            parts[find(mine[0])][1].append(row)
    yield from parts.values()


def _part(program: Program, columns: Sequence[int], rows: Sequence[int]) -> Program:
    place = {column: at for at, column in enumerate(columns)}
    part = Program([program.most[one] for one in columns], [program.worth[one] for one in columns])
    for row in rows:
        span = range(program.starts[row], program.starts[row + 1])
        terms = {place[program.columns[at]]: program.factors[at] for at in span}
        part.row(terms, lower=program.lower[row], upper=program.upper[row])
    return part


def _solve_part(program: Program, first: list[int], nodes: int) -> _Found:
    highs = _highs()
    solver = _silent(highs)
    options = {
        "threads": 1, "parallel": "off", "random_seed": 0, "mip_rel_gap": 0.0, "mip_max_nodes": nodes,
    }  # fmt: skip
    for name, value in options.items():
        solver.setOptionValue(name, value)
    solver.passModel(_model(program, highs))
    start = highs.HighsSolution()
    start.col_value = [float(value) for value in first]
    solver.setSolution(start)
    solver.run()
    info = solver.getInfo()
    values = [round(value) for value in solver.getSolution().col_value]
    if len(values) != len(first):
        values = first
    worth = sum(one * value for one, value in zip(program.worth, values, strict=True))
    return _Found(values, worth, max(float(info.mip_dual_bound), worth), max(int(info.mip_node_count), 0))


def _highs() -> Any:
    try:
        import highspy  # The only place: it is not needed by those who do not optimise.
    except ImportError as missing:
        raise NoSolver("optimising needs the solver HiGHS: install highspy") from missing
    return highspy


def _silent(highs: Any) -> Any:
    """A solver that writes nothing, not even the line with which its making greets: it would be in people's output."""

    class Silent(highs.Highs):  # type: ignore[misc]
        def enableCallbacks(self) -> Any:  # noqa: N802
            self.setOptionValue("output_flag", False)
            return super().enableCallbacks()

    solver = Silent()
    solver.setOptionValue("output_flag", False)
    return solver


def _model(program: Program, highs: Any) -> Any:
    model = highs.HighsLp()
    model.num_col_, model.num_row_ = len(program.most), len(program.lower)
    model.sense_ = highs.ObjSense.kMaximize
    model.col_cost_, model.col_lower_ = program.worth, [0.0] * len(program.most)
    model.col_upper_ = [float(most) for most in program.most]
    model.row_lower_, model.row_upper_ = program.lower, program.upper
    model.a_matrix_.format_ = highs.MatrixFormat.kRowwise
    model.a_matrix_.start_, model.a_matrix_.index_ = program.starts, program.columns
    model.a_matrix_.value_ = program.factors
    model.integrality_ = [highs.HighsVarType.kInteger] * len(program.most)
    return model
