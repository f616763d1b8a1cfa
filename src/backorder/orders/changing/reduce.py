"""Take units off a line: from what waits first, unsupplied before pegged, then from the shelf.

What is given back is free for the queue: its item is marked. Units with the warehouse are not touched.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from backorder.engine.model import Slice
from backorder.journal.prepared import rows

from ..ledger.promises import days, write_promise
from ..ledger.save import Changes
from .opened import OpenLine, OpenOrder

_PARTS = """
    SELECT units, backing, supply_id, location_id, ship_on, deliver_from_on, deliver_on, reason, certain
    FROM orders_part WHERE line_id = %s AND version = %s ORDER BY number
"""


def reduce_line(
    changes: Changes,
    order: OpenOrder,
    line: OpenLine,
    units: int,
    *,
    to: Literal["cancelled", "substituted"],
    cause: str,
) -> None:
    """Move `units` (at most open + allocated) of a line to `to`, freeing what backed them."""
    assert 0 < units <= line.open + line.allocated
    from_open = min(units, line.open)
    unpeg(changes, line, line.open - from_open)
    deallocate(changes, line, units - from_open)
    changes.move_units(line.id, line.item, open=-from_open, allocated=from_open - units, **{to: units})
    changes.mark([line.item], cause)
    left = line.owed - units
    if left:
        slices = still_owed(line, left)
        version = line.promise_version + 1
        write_promise(changes, line.id, slices, version=version, cause=cause, at=order.seen.now)
        changes.promised_days[line.id] = days(slices, version=version)
        line.promise_version = version
    line.open -= from_open
    line.allocated -= units - from_open


def unpeg(changes: Changes, line: OpenLine, keep: int) -> None:
    """Give up pegs, the latest first and hard ones last, until at most `keep` units are pegged."""
    excess = sum(peg.units for peg in line.pegs) - keep
    for peg in sorted(line.pegs, key=lambda peg: (peg.hard, -peg.eta.toordinal(), -peg.supply)):
        give = min(excess, peg.units)
        if give > 0:
            changes.peg(line.owner, peg.supply, -give, hard=peg.hard)
            peg.units -= give
            excess -= give


def deallocate(changes: Changes, line: OpenLine, units: int) -> None:
    """Take `units` back from the shelf, smallest allocation first so that fewer parcels remain."""
    for one in sorted(line.allocations, key=lambda one: (one.allocated, one.level)):
        give = min(units, one.allocated)
        if give:
            changes.allocate(line.owner, one.level, -give)
            one.allocated -= give
            units -= give
    assert units == 0


def still_owed(line: OpenLine, units: int) -> list[Slice]:
    """The dated parts of the current promise that remain when `units` are owed: the earliest of what has not left."""
    parts = [_slice(row) for row in rows(_PARTS, [line.id, line.promise_version])]
    left = _drop(parts, sum(part.units for part in parts) - line.owed)
    kept = _drop(left[::-1], sum(part.units for part in left) - units)
    return kept[::-1]


def last_owed(line: OpenLine, units: int) -> list[Slice]:
    """The other end of the current promise: the parts of the last `units` that are owed."""
    parts = [_slice(row) for row in rows(_PARTS, [line.id, line.promise_version])]
    return _drop(parts, sum(part.units for part in parts) - units)


def _drop(parts: list[Slice], units: int) -> list[Slice]:
    """The parts without their first `units` units."""

    kept = []
    for part in parts:
        gone = min(max(units, 0), part.units)
        units -= gone
        if part.units > gone:
            kept.append(replace(part, units=part.units - gone))
    return kept


def _slice(row: tuple[object, ...]) -> Slice:
    units, backing, supply, location, *dated = row
    source = ("supply", supply) if backing == "supply" else ("stock", 0) if backing == "stock" else None
    return Slice(units, source, location, *dated)  # type: ignore[arg-type]
