"""Decide any number of items at once under a variant: the same rules for one item on an event and for all in a run.

Pure: the same input and variant give the same plan, byte for byte, whatever the order of entries.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from .columns import Ints, RunInput, RunPlan
from .strategies import Variant


@dataclass(frozen=True, slots=True)
class Selected:
    """What one segment selects: indexes of its lines, and how many more an earlier segment took from it."""

    segment: str
    lines: Ints
    taken_before: int


@dataclass(frozen=True, slots=True)
class Preview:
    """What a variant would look at, before anything runs; `overlapping` lines meet more than one filter."""

    selected: tuple[Selected, ...]
    excluded: Ints
    overlapping: Ints


@dataclass(frozen=True, slots=True)
class Loser:
    """`line` (index) would have to give up `units` so that a broken floor could be held."""

    line: int
    units: int


def preview(run: RunInput, variant: Variant) -> Preview:
    """Which segment each line belongs to (the first that selects it). Raises UnknownAttribute."""
    raise NotImplementedError


def decide(run: RunInput, variant: Variant) -> RunPlan:
    """Share what there is among the lines, as the variant says. Raises UnknownAttribute.

    Under STOP_ITEM and STOP_ALL what has a broken floor comes back as it was and is named in `stopped`;
    `lacking` then tells which floors were broken.
    """
    raise NotImplementedError


def decide_or_fall_back(run: RunInput, variant: Variant, others: Mapping[str, Variant]) -> tuple[RunPlan, ...]:
    """`decide`, and what was stopped again by the fallback, and so on; the last plan is the one that counts.

    `others` are the variants by name. Each plan covers the whole input: items that an earlier variant decided
    are as it decided them. Raises CyclicFallback, or KeyError for a fallback that does not exist.
    """
    raise NotImplementedError


def restrict(run: RunInput, items: Iterable[int]) -> RunInput:
    """The part of the input that concerns these items (ids); columns keep their order."""
    raise NotImplementedError


def who_would_lose(run: RunInput, variant: Variant, plan: RunPlan, line: int) -> tuple[Loser, ...]:
    """Who would have to give up units so that the broken floor of `line` (an index) could be held, last in rank first.

    Empty if there are not enough units in time whoever gave them up.
    """
    raise NotImplementedError
