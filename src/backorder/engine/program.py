"""A linear program over whole units, as rows of coefficients, and its solution by HiGHS."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

INFINITY = float("inf")


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


@dataclass(frozen=True, slots=True)
class Solution:
    """The values of all columns, by how much (share) a better one may be missing, and the nodes that were looked at."""

    values: list[int]
    gap: float
    nodes: int


def solve(program: Program, first: list[int], *, nodes: int) -> Solution:
    """The most worth, from `first` on, in at most so many nodes: the same for the same program. Raises NoSolver."""
    try:
        import highspy  # The only place: it is not needed by those who do not optimise.
    except ImportError as missing:
        raise NoSolver("optimising needs the solver HiGHS: install highspy") from missing
    highs: Any = highspy
    solver = highs.Highs()
    options = {
        "output_flag": False, "threads": 1, "parallel": "off", "random_seed": 0, "mip_rel_gap": 0.0,
        "mip_max_nodes": nodes,
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
        return Solution(first, INFINITY, 0)
    return Solution(values, max(float(info.mip_gap), 0.0), max(int(info.mip_node_count), 0))


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
