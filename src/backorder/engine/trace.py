"""Why a line has what it has under a variant: who took units it could have had, and what would change its day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .columns import RunInput, RunPlan
from .strategies import Strategy, Variant


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
    raise NotImplementedError


def what_ifs(
    run: RunInput, variant: Variant, plan: RunPlan, line: int, *, days: Sequence[int] = (1, 2, 3, 5, 7, 10, 14)
) -> tuple[WhatIf, ...]:
    """The least of `days` by which each inbound supply of the item would have to come earlier to better its day."""
    raise NotImplementedError
