"""The best assignment a solver finds for a selection, never worse than the plan it starts from.

HiGHS by `highspy`, which is imported only here and only when asked: one thread, a fixed seed, a limit of
nodes. The assignment is a plan like any other and is stored; replaying verifies it and does not solve again.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from .columns import RunInput, RunPlan
from .strategies import Variant


class Objective(StrEnum):
    """What is best."""

    KEPT_PROMISES = "kept_promises"  # Most lines whole by their due day.
    VALUE = "value"  # Most value (attribute `unit_price_minor`) covered by the due day.
    FULL_ORDERS = "full_orders"  # Most orders (attribute `order`) with all their lines covered.
    LATENESS = "lateness"  # Fewest unit-days late, weighted by attribute `weight` where there is one.


@dataclass(frozen=True, slots=True)
class Optimised:
    """The plan found, its score and the greedy plan's, and by how much (share of the score) it might be bettered."""

    plan: RunPlan
    score: float
    greedy_score: float
    gap: float
    nodes: int


def optimise(run: RunInput, variant: Variant, objective: Objective, *, nodes: int = 10_000) -> Optimised:
    """Decide by `variant`, then let the solver better it; floors, ceilings, quotas and complete lines hold as before."""
    raise NotImplementedError


def score(run: RunInput, plan: RunPlan, objective: Objective) -> float:
    """What a plan is worth, more is better (lateness counts negative)."""
    raise NotImplementedError
