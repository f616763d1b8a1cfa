"""Plain first come, first served for many items at once.

All items are laid end to end on one line of units, demand and supply side by side, a stretch for each item.
A line gets the supplies whose stretches overlap its own. This is what rounds come to for items in which
everybody is served afresh, wants all as soon as possible, and may be served from every source.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from .columns import ASAP, Bools, Ints, Rule
from .pegs import Pegs
from .terms import LOSE, REDISTRIBUTE, SKIP, Terms


def flat_rows(terms: Terms, rows: Ints) -> Bools:
    """Which of all items (by row) are as plain as that; only `rows` are asked for."""
    seats, lines, supplies = terms.seats, terms.run.lines, terms.run.supplies
    flat = np.zeros(len(seats.items), np.bool_)
    flat[rows] = True
    plays = (terms.strategy != SKIP) & (terms.strategy != LOSE)
    odd = plays & ((terms.strategy != REDISTRIBUTE) | terms.complete | ~terms.from_shelf)
    flat[seats.row[odd]] = False
    flat[seats.row[np.flatnonzero(plays & (np.diff(lines.way_start) != 1))]] = False
    if not flat.any() or not len(supplies):
        return flat & False
    if lines.max_late_days is not None:
        flat[seats.row[plays & (lines.max_late_days >= 0)]] = False
    holder = np.repeat(np.arange(len(lines)), np.diff(lines.held_start))
    flat[seats.row[holder[plays[holder] & (lines.held_units > 0)]]] = False
    # All sources of an item at one place, and its lines go there.
    flat &= np.diff(terms.pile_start) > 0
    at = supplies.location[terms.piles[np.minimum(terms.pile_start[:-1], len(terms.piles) - 1)]]
    flat[seats.row_of_supply[supplies.location != at[seats.row_of_supply]]] = False
    line = np.flatnonzero(plays & flat[seats.row])
    way = lines.way_start[line]
    strays = (lines.way_location[way] != at[seats.row[line]]) | (lines.way_need[way] != ASAP)
    flat[seats.row[line[strays]]] = False
    return flat


def hand_out(terms: Terms, flat: Bools, order: Ints, free: Ints) -> Pegs:
    """Share the `free` units (by supply) of flat items among their lines, which come in this `order`."""
    seats = terms.seats
    line = order[flat[seats.row[order]]]
    pile = _piles(terms, flat, free)
    row, pile_row = seats.row[line], seats.row_of_supply[pile]
    units, stock = terms.run.lines.units[line], free[pile]
    wanted = np.bincount(row, units, len(flat)).astype(np.int64)
    there = np.bincount(pile_row, stock, len(flat)).astype(np.int64)
    stretch = np.maximum(wanted, there)
    begin = np.cumsum(stretch) - stretch
    ends = np.cumsum(units) + (begin - (np.cumsum(wanted) - wanted))[row]
    pile_ends = np.cumsum(stock) + (begin - (np.cumsum(there) - there))[pile_row]
    starts = ends - units
    ends = np.minimum(ends, (begin + there)[row])
    served = np.flatnonzero(starts < ends)
    line, starts, ends = line[served], starts[served], ends[served]
    first = _passed(pile_ends, starts, "left")
    last = _passed(pile_ends, ends, "right")
    many = last - first + 1
    who = np.repeat(np.arange(len(line)), many)
    source = np.arange(len(who)) + np.repeat(first - (np.cumsum(many) - many), many)
    pile_starts = pile_ends - stock
    got = np.minimum(ends[who], pile_ends[source]) - np.maximum(starts[who], pile_starts[source])
    return Pegs(line[who], pile[source], got, np.full(len(who), int(Rule.TOP_UP), np.int64))


def _passed(marks: Ints, points: Ints, side: Literal["left", "right"]) -> Ints:
    """How many marks each point has passed, with those it stands on ("left") or without ("right"); both ascend.

    There are fewer marks than points, so they are looked up among the points and counted.
    """
    return np.cumsum(np.bincount(np.searchsorted(points, marks, side), minlength=len(points) + 1))[: len(points)]


def _piles(terms: Terms, flat: Bools, free: Ints) -> Ints:
    """Supplies of flat items that have units, item by item: earlier ones first, then certain ones."""
    row_of, supplies = terms.seats.row_of_supply, terms.run.supplies
    pile = terms.piles[flat[row_of[terms.piles]] & (free[terms.piles] > 0)]
    row, moment, uncertain = row_of[pile], terms.moment[pile], ~supplies.certain[pile]
    if ((row[1:] == row[:-1]) & (moment[1:] == moment[:-1]) & (uncertain[1:] < uncertain[:-1])).any():
        pile = pile[np.lexsort((uncertain, moment, row))]
    return pile
