"""How the units of one line leave: how many at least at a time, in which multiples, how often.

What comes too early for a shipment of its own leaves with a later one. Deciding, dating and releasing ask the
same two functions, so that the day a customer is told is the day on which the warehouse may send.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from .model import Shape, Slice


def shipments(shape: Shape, units: int, there: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Of what comes, (day, units), what leaves by which day until `units` have: (day, units) of each shipment.

    The last one allowed waits for everything, or for all that will come.
    """
    leave: list[tuple[int, int]] = []
    missing, pool = units, 0
    days = sorted({day for day, n in there if n})
    for day in days:
        pool += sum(n for on, n in there if on == day)
        if not missing:
            break
        is_last = shape.most > 0 and len(leave) + 1 == shape.most
        ready = min(pool, missing)
        gone = shape.part(ready, missing, is_last=is_last, no_more=day == days[-1])
        if gone:
            leave.append((day, gone))
            pool, missing = pool - gone, missing - gone
            if is_last:
                break
    return leave


def in_shipments(slices: Sequence[Slice], shape: Shape) -> list[Slice]:
    """The same units with the days of the shipments they leave with; a slice that leaves in two is two."""
    if not shape.binds or len({piece.deliver_on for piece in slices}) < 2:
        return list(slices)
    pool = sorted(slices, key=lambda piece: (piece.deliver_on, piece.ship_on, piece.source is None))
    there = [(piece.deliver_on.toordinal(), piece.units) for piece in pool]
    found: list[Slice] = []
    for _day, units in shipments(shape, sum(piece.units for piece in pool), there):
        pack, pool = _packed(pool, units)
        found += pack if len({piece.deliver_on for piece in pack}) == 1 else on_one_day(pack)
    return found


def on_one_day(pieces: Sequence[Slice]) -> list[Slice]:
    """The slices of what goes together: all arrive on the last one's day, those of one location leave on one day."""
    if not pieces:
        return []
    arrive_from = max(piece.deliver_from_on for piece in pieces)
    arrive = max(piece.deliver_on for piece in pieces)
    leave: dict[int, date] = {}
    for piece in pieces:
        leave[piece.location] = max(piece.ship_on, leave.get(piece.location, piece.ship_on))
    return [
        replace(piece, ship_on=leave[piece.location], deliver_from_on=arrive_from, deliver_on=arrive)
        for piece in pieces
    ]


def _packed(pool: Sequence[Slice], units: int) -> tuple[list[Slice], list[Slice]]:
    """So many units of the pool, the first first, and what is left of it."""
    pack: list[Slice] = []
    left: list[Slice] = []
    for piece in pool:
        take = min(units, piece.units)
        units -= take
        if take:
            pack.append(replace(piece, units=take))
        if take < piece.units:
            left.append(replace(piece, units=piece.units - take))
    return pack, left
