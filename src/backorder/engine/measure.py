"""What a plan is worth, in the figures by which planners compare variants."""

from __future__ import annotations

from dataclasses import dataclass

from .columns import Bools, Ints, RunInput, RunPlan


@dataclass(frozen=True, slots=True)
class Outcome:
    """Per line, before and after: units covered, the last ready day (0: not all covered), and whether it changed.

    `late_before` and `late_after` are days past the due day of the last unit (-1: not all covered; 0 on time).
    """

    covered_before: Ints
    covered_after: Ints
    last_on_before: Ints
    last_on_after: Ints
    late_before: Ints
    late_after: Ints
    gained: Bools
    lost: Bools
    moved: Bools


@dataclass(frozen=True, slots=True)
class Measures:
    """Figures over all lines after the plan. Shares are 0 to 1; values are minor units (0 without `unit_price_minor`).

    `fill_rate`: units covered by the due day / units wanted. `promises_broken`: lines that were in time, or
    covered, and no more are. `orders_complete`: by attribute `order`. `fairness`: Jain's figure over the
    shares covered. `notices`: lines whose last day changes.
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


def outcome(run: RunInput, plan: RunPlan) -> Outcome:
    """Before and after of every line."""
    raise NotImplementedError


def measure(run: RunInput, plan: RunPlan) -> Measures:
    """The figures of a plan; `measure(run, unchanged(run))` are those of today."""
    raise NotImplementedError


def unchanged(run: RunInput) -> RunPlan:
    """The plan that leaves everything as it is."""
    raise NotImplementedError
