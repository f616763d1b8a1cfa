"""The default rule GAIN: nobody loses a confirmation, and what is free goes to the first who gains."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import Any

import numpy as np

from backorder.engine.allocate import allocate
from backorder.engine.columns import ASAP, MISSING, Ints
from backorder.engine.model import Demand, Source, SourceKey
from backorder.engine.run import decide, restrict
from backorder.engine.strategies import Variant

from .frame import Frame

KINDS = ("stock", "supply")
FAR = date.max.toordinal()


def gain(frame: Frame, rules: Variant) -> tuple[Ints, Ints, Ints]:
    """(line, source, units) of each peg, as indexes into the frame. `rules` are GAIN for everybody.

    Items where a line takes all or nothing are decided one by one: such a line swaps units with others rather than
    keep what it cannot use. All other items are decided at once, which comes to the same.
    """
    lines = frame.run.lines
    assert lines.complete is not None
    careful = np.unique(lines.item[lines.complete])
    at_once = ~np.isin(lines.item, careful)
    if not at_once.any():
        return _one_by_one(frame)
    if not len(careful):
        plan = decide(frame.run, rules)
        return plan.peg_line, plan.peg_source, plan.peg_units
    plan = decide(restrict(frame.run, lines.item[at_once].tolist()), rules)
    line = np.flatnonzero(at_once)
    source = np.flatnonzero(~np.isin(frame.run.supplies.item, careful) & np.isin(frame.run.supplies.item, lines.item))
    others = _one_by_one(frame, careful)
    mine = (line[plan.peg_line], source[plan.peg_source], plan.peg_units)
    one, two, three = (np.concatenate(pair) for pair in zip(mine, others, strict=True))
    return one, two, three


def _one_by_one(frame: Frame, items: Ints | None = None) -> tuple[Ints, Ints, Ints]:
    given: list[tuple[int, int, int]] = []
    demands, sources = demands_of(frame), sources_of(frame)
    line = {demand.id: place for place, demand in enumerate(demands)}
    place = {source.key: at for at, source in enumerate(sources)}
    shelves = _by_item(sources, frame.run.supplies.item)
    wanted = None if items is None else set(items.tolist())
    for item, waiting in _by_item(demands, frame.run.lines.item).items():
        if wanted is None or item in wanted:
            plan = allocate(waiting, shelves.get(item, []))
            given += [(line[peg.demand], place[peg.source], peg.units) for peg in plan.pegs]
    columns = np.array(given, dtype=np.int64).reshape(-1, 3).T
    return columns[0], columns[1], columns[2]


def demands_of(frame: Frame) -> list[Demand]:
    """The lines and holds as the engine's plain values, in the frame's order."""
    lines = frame.run.lines
    keys = source_keys(frame)
    places, needs = lines.way_location.tolist(), [_day(need) for need in lines.way_need.tolist()]
    sources, units = lines.held_source.tolist(), lines.held_units.tolist()
    assert lines.complete is not None
    columns = zip(
        lines.id.tolist(), lines.units.tolist(), ranks_of(frame), lines.complete.tolist(), frame.is_hold.tolist(),
        lines.way_start.tolist(), lines.way_start.tolist()[1:], lines.held_start.tolist(),
        lines.held_start.tolist()[1:], strict=False,
    )  # fmt: skip
    return [
        Demand(
            id=id,
            units=wanted,
            rank=rank,
            need_on=dict(zip(places[way:way_end], needs[way:way_end], strict=True)),
            held=tuple((keys[sources[n]], units[n]) for n in range(held, held_end)),
            complete=complete,
            is_hold=is_hold,
        )
        for id, wanted, rank, complete, is_hold, way, way_end, held, held_end in columns
    ]


def sources_of(frame: Frame) -> list[Source]:
    """The shelves and supplies as the engine's plain values, in the frame's order."""
    there = frame.run.supplies
    columns = zip(
        source_keys(frame), there.location.tolist(), there.free.tolist(), there.ready_on.tolist(),
        there.certain.tolist(), strict=True,
    )  # fmt: skip
    return [
        Source(key, location, free, free, date.fromordinal(ready_on), certain)
        for key, location, free, ready_on, certain in columns
    ]


def source_keys(frame: Frame) -> list[SourceKey]:
    """("stock", level) or ("supply", supply) of each source."""
    there = frame.run.supplies
    return [(KINDS[kind], id) for kind, id in zip(there.kind.tolist(), there.id.tolist(), strict=True)]  # type: ignore[misc]


def ranks_of(frame: Frame) -> list[tuple[int, int, int, int]]:
    """Priority, first promised day (the requested one if none), order time, id: a slip never costs a place."""
    named = frame.run.lines.attributes
    first_on = np.where(named["first_promised_on"] == MISSING, FAR, named["first_promised_on"])
    columns = (-named["priority"], first_on, frame.ordered_us, frame.run.lines.id)
    return list(zip(*(column.tolist() for column in columns), strict=True))


def _day(need: int) -> date | None:
    return None if need == ASAP else date.fromordinal(need)


def _by_item(values: list[Any], items: Ints) -> dict[int, list[Any]]:
    groups: dict[int, list[Any]] = defaultdict(list)
    for value, item in zip(values, items.tolist(), strict=True):
        groups[item].append(value)
    return groups
