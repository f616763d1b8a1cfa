"""Who has units a line could have had, under which segment and version, and which supply would have to come sooner.

Answers are found by deciding the item again under what stands for it: without the other line the asker would gain,
and with the supply earlier its day would be better.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass
from datetime import date

from backorder.engine.columns import RunPlan
from backorder.engine.model import SourceKey
from backorder.engine.run import decide_or_fall_back
from backorder.engine.strategies import Variant
from backorder.engine.trace import Taker, WhatIf, behind, takers, what_ifs
from backorder.journal.prepared import rows

from ..ledger.lock import Locked
from .frame import Frame, read_frame
from .gaining import source_keys
from .standing import DEFAULT, attributes_of, quotas_of, standing_of, takes_away

_KNOWN_AS = "SELECT id, reference FROM supply_supply WHERE id = ANY(%s::bigint[])"


@dataclass(frozen=True, slots=True)
class Taken:
    """`units` of `source`, ready on `ready_on`, that another line or hold has; `because` as the engine says it."""

    id: int
    is_hold: bool
    order: int | None
    source: SourceKey
    units: int
    ready_on: date
    segment: str
    strategy: str
    because: str


@dataclass(frozen=True, slots=True)
class Sooner:
    """If this supply came `days` earlier, the line's last unit would be ready on `ready_on` (None: still not all)."""

    supply: int
    known_as: str
    days: int
    ready_on: date | None


@dataclass(frozen=True, slots=True)
class Trace:
    """What decides a line (a variant's name and version, the line's segment), who took units, what would help."""

    variant: str
    version: int
    segment: str | None
    strategy: str | None
    taken: tuple[Taken, ...]
    sooner: tuple[Sooner, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """Who (is it a hold?, id) stands in which segment (None: in none), and what puts it behind who is before."""

    key: tuple[bool, int]
    segment: str | None
    strategy: str | None
    because: str


@dataclass(frozen=True, slots=True)
class Ranking:
    """A variant's name and version, and who stands where, the first first."""

    variant: str
    version: int
    places: tuple[Place, ...]


def trace(item: int, line: int, seen: Locked) -> Trace | None:
    """The trace of a line or hold of an item; None if it waits for nothing. Costs a decision for each answer."""
    frame, variant, plan = _decided(item, seen)
    ids = frame.run.lines.id.tolist()
    if line not in ids:
        return None
    place = ids.index(line)
    number = int(plan.segment[place])
    segment = variant.segments[number] if number >= 0 else None
    return Trace(
        variant.name,
        variant.version,
        segment.name if segment else None,
        segment.strategy.value if segment else None,
        tuple(_taken(frame, one) for one in takers(frame.run, variant, plan, place)),
        _sooner(frame, what_ifs(frame.run, variant, plan, place)),
    )


def ranked(item: int, seen: Locked, *, among: Container[tuple[bool, int]]) -> Ranking:
    """How some (is it a hold?, id) stand in an item's queue under what stands for it. Costs a decision of the item."""
    frame, variant, plan = _decided(item, seen)
    keys = list(zip(frame.is_hold.tolist(), frame.run.lines.id.tolist(), strict=True))
    order = [line for line in plan.place.argsort().tolist() if keys[line] in among]
    places = []
    for before, line in zip([None, *order], order, strict=False):
        segment = variant.segments[number] if (number := int(plan.segment[line])) >= 0 else None
        because = "first" if before is None else behind(frame.run, variant, plan, before, line)
        name, strategy = (segment.name, segment.strategy.value) if segment else (None, None)
        places.append(Place(keys[line], name, strategy, because))
    return Ranking(variant.name, variant.version, tuple(places))


def _decided(item: int, seen: Locked) -> tuple[Frame, Variant, RunPlan]:
    """The item decided by what stands for it, and the variant or fallback that did."""
    ((stands, _),) = standing_of([item])
    variants = [stands.variant, *stands.fallbacks.values()] if stands else [DEFAULT]
    frame = read_frame(
        [item], seen.catalog, now=seen.now, attributes=attributes_of(variants), holders_too=takes_away(variants),
        quotas=quotas_of(variants),
    )  # fmt: skip
    plan = decide_or_fall_back(frame.run, variants[0], {one.name: one for one in variants[1:]})[-1]
    return frame, next(one for one in variants if one.name == plan.variant), plan


def _taken(frame: Frame, one: Taker) -> Taken:
    lines = frame.run.lines
    return Taken(
        id=int(lines.id[one.line]),
        is_hold=bool(frame.is_hold[one.line]),
        order=int(frame.order[one.line]) or None,
        source=source_keys(frame)[one.source],
        units=one.units,
        ready_on=date.fromordinal(one.ready_on),
        segment=one.segment,
        strategy=one.strategy.value,
        because=one.because,
    )


def _sooner(frame: Frame, found: Sequence[WhatIf]) -> tuple[Sooner, ...]:
    ids = [int(frame.run.supplies.id[one.source]) for one in found]
    names: dict[int, str] = dict(rows(_KNOWN_AS, [ids])) if ids else {}
    return tuple(
        Sooner(id, names[id], one.days, date.fromordinal(one.last_on) if one.last_on else None)
        for id, one in zip(ids, found, strict=True)
    )
