"""Lines that ship together, settled in a second pass after every item has been decided by itself.

The slowest line of a set gives the day. The others move to the latest free supply that still makes it, and what
they leave goes to the first in rank who gains; no other line is displaced. A set that lacks units in
sight does not sit on the shelf meanwhile; one that ships in ratio holds no more than its scarcest line allows.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from .columns import ASAP, NO_SET, Bools, Ints, Rule, RunInput
from .pegs import Pegs
from .terms import FILL, GAIN, LOSE, REDISTRIBUTE, SKIP, Terms


@dataclass(frozen=True, slots=True)
class Again:
    """What the second pass decides: everybody keeps what he has (`terms`), and `freed` rows are decided anew."""

    terms: Terms
    in_set: Bools

    @property
    def rows(self) -> Ints:
        """The items to decide again, by row."""
        return np.unique(self.terms.seats.row[self.in_set])

    def merge(self, first: Pegs, second: Pegs) -> Pegs:
        """The pegs of the second pass, with the rules of the first where nothing changed."""
        key = first.line * len(self.terms.run.supplies) + first.source
        order = np.argsort(key)
        at = np.searchsorted(key[order], second.line * len(self.terms.run.supplies) + second.source)
        at = order[np.minimum(at, len(order) - 1)] if len(order) else at
        same = np.zeros(len(second.line), np.bool_)
        if len(order):
            same = (first.line[at] == second.line) & (first.source[at] == second.source)
            same &= first.units[at] >= second.units
        new = np.where(self.in_set[second.line], int(Rule.SET), int(Rule.TOP_UP))
        rule = np.where(same, first.rule[at] if len(order) else 0, new)
        untouched = ~self.touches(first.line)
        return Pegs.join(first.where(untouched), Pegs(second.line, second.source, second.units, rule))

    def touches(self, line: Ints) -> Bools:
        """Which lines belong to items that the second pass decides."""
        return np.isin(self.terms.seats.row[line], self.rows)


@dataclass(frozen=True, slots=True)
class Moves:
    """By line: must it move for the sake of its set, does the set lack units in sight, how many units may it hold,
    and the day of the slowest."""

    moves: Bools
    hopeless: Bools
    units: Ints
    day: Ints

    def of(self, lines: Ints) -> Moves:
        """Those of some lines."""
        return Moves(self.moves[lines], self.hopeless[lines], self.units[lines], self.day[lines])


def moves(start: Terms, pegs: Pegs, stopped: Bools) -> Moves | None:
    """Which lines have to move; None if there are none."""
    lines, supplies = start.run.lines, start.run.supplies
    if lines.set_id is None:
        return None
    member = (lines.set_id != NO_SET) & (start.strategy != SKIP) & (start.strategy != LOSE)
    member &= ~stopped[start.seats.row]
    if not member.any():
        return None
    covered = np.bincount(pegs.line, weights=pegs.units, minlength=len(lines)).astype(np.int64)
    last_on = np.zeros(len(lines), np.int64)
    number = np.full(len(lines), -1)
    named = np.flatnonzero(lines.set_id != NO_SET)
    sets, number[named] = np.unique(lines.set_id[named], return_inverse=True)
    mine = np.flatnonzero(number[pegs.line] >= 0)
    np.maximum.at(last_on, pegs.line[mine], supplies.ready_on[pegs.source[mine]])
    in_ratio = np.zeros(len(lines), np.bool_) if lines.in_ratio is None else lines.in_ratio & member
    units = _in_ratio(number, in_ratio, covered, lines.units, len(sets))
    slowest, is_whole = _slowest(number[named], last_on[named], (covered >= units)[named], len(sets))
    hopeless = member & ~in_ratio & ~is_whole[number]
    # In ratio the excess of units is given up; whoever stays whole aims at the slowest day.
    found = member & (hopeless | (covered > units) | (is_whole[number] & (last_on < slowest[number])))
    found &= (covered > 0) & (np.bincount(number[named], minlength=len(sets) + 1)[number] > 1)
    return Moves(found, hopeless & found, units, slowest[number]) if found.any() else None


def second_pass(start: Terms, pegs: Pegs, news: Moves) -> Again:
    """What to decide again for the sake of sets."""
    return _again(start, pegs, news.moves, news.hopeless, news.units, news.day)


def _in_ratio(number: Ints, in_ratio: Bools, covered: Ints, units: Ints, sets: int) -> Ints:
    """The units each line may hold: those of a set in ratio in proportion to its scarcest line."""
    if not in_ratio.any():
        return units
    share = np.ones(sets)
    np.minimum.at(share, number[in_ratio], covered[in_ratio] / np.maximum(units[in_ratio], 1))
    most = np.floor(units * share[number] + 1e-9).astype(np.int64)
    return np.where(in_ratio, most, units)


def _slowest(number: Ints, last_on: Ints, is_covered: Bools, sets: int) -> tuple[Ints, Bools]:
    slowest = np.zeros(sets + 1, np.int64)
    np.maximum.at(slowest, number, last_on)
    is_whole = np.ones(sets + 1, np.bool_)
    np.logical_and.at(is_whole, number, is_covered)
    return slowest, is_whole


def _again(start: Terms, pegs: Pegs, moves: Bools, hopeless: Bools, units: Ints, day: Ints) -> Again:
    """Everybody in the items of moving lines keeps what he has; the moving ones rather have later units."""
    run = start.run
    pegs = pegs.where(~(hopeless[pegs.line] & (run.supplies.kind[pegs.source] == 0)))
    pegs = _trimmed(pegs, moves, units, run.supplies.ready_on)
    way_moves = np.repeat(moves, np.diff(run.lines.way_start))
    way_day = np.repeat(np.where(hopeless, ASAP, day), np.diff(run.lines.way_start))
    held = _holding(run, pegs)
    lines = replace(
        held.lines,
        units=np.where(moves, np.minimum(units, run.lines.units), run.lines.units),
        way_need=np.where(way_moves, way_day, run.lines.way_need),
        set_id=None,
    )
    again = Terms(
        replace(held, lines=lines),
        start.seats,
        _keeping(start, moves),
        start.complete & ~moves,
        moves,
        start.from_shelf & ~hopeless,
        start.sharing & False,
        start.shaped,
        start.limits,
        start.piles,
        start.pile_start,
        start.moment,
    )
    return Again(again, moves)


def swaps(start: Terms, again: Again, pegs: Pegs) -> Again | None:
    """After the second pass: moving lines that still hold earlier units than their set needs give them to those
    who hold later ones that make the set's day, and take these.

    The moving lines lay all back and come last; the others may only exchange, and only units that are ready by
    the day of every set in the item, so that nobody ends short. None if there is nothing to exchange.
    """
    run, seats = again.terms.run, start.seats
    lines, supplies = run.lines, run.supplies
    need = np.full(len(lines), -1)
    first = np.minimum(lines.way_start[:-1], max(len(lines.way_need) - 1, 0))
    need[again.in_set] = lines.way_need[first][again.in_set]
    last, early = np.zeros(len(lines), np.int64), np.full(len(lines), np.iinfo(np.int64).max)
    np.maximum.at(last, pegs.line, supplies.ready_on[pegs.source])
    np.minimum.at(early, pegs.line, supplies.ready_on[pegs.source])
    moving = again.in_set & (need != ASAP) & (early < need)
    by = np.full(len(seats.items), np.iinfo(np.int64).max)
    np.minimum.at(by, seats.row[moving], need[moving])
    others = ~again.in_set & (again.terms.strategy == GAIN) & (last <= by[seats.row]) & (last > 0) & ~start.complete
    rows = np.intersect1d(seats.row[moving], seats.row[others])
    if not len(rows):
        return None
    moving &= np.isin(seats.row, rows)
    held = _holding(run, pegs)
    covered = np.bincount(pegs.line, weights=pegs.units, minlength=len(lines)).astype(np.int64)
    strategy = np.where(moving, REDISTRIBUTE, np.where(others, GAIN, SKIP))
    order = seats.order[np.lexsort((seats.place[seats.order], moving[seats.order], seats.row[seats.order]))]
    place = np.empty(len(lines), np.int64)
    place[order] = np.arange(len(lines)) - seats.start[seats.row[order]]
    terms = replace(
        again.terms,
        run=replace(held, lines=replace(held.lines, units=np.where(strategy == SKIP, held.lines.units, covered))),
        seats=replace(seats, order=order, place=place),
        strategy=strategy,
    )
    return Again(terms, moving)


def settled(start: Terms, again: Again, before: Pegs, after: Pegs) -> Pegs:
    """The exchanged pegs of items in which nobody lost by it, the earlier ones of the others."""
    lines, supplies = start.run.lines, start.run.supplies
    covered = [np.bincount(pegs.line, weights=pegs.units, minlength=len(lines)) for pegs in (before, after)]
    worse = covered[1] < covered[0]
    need = np.where(again.in_set, again.terms.run.lines.way_need[again.terms.run.lines.way_start[:-1]], 0)
    too_late = again.in_set[after.line] & (supplies.ready_on[after.source] > need[after.line])
    worse[after.line[too_late]] = True
    bad = np.zeros(len(start.seats.items), np.bool_)
    bad[start.seats.row[worse]] = True
    merged = again.merge(before, after)
    return Pegs.join(merged.where(~bad[start.seats.row[merged.line]]), before.where(bad[start.seats.row[before.line]]))


def _holding(run: RunInput, pegs: Pegs) -> RunInput:
    """The input with these pegs held."""
    lines, supplies = run.lines, run.supplies
    order = np.argsort(pegs.line, kind="stable")
    counts = np.bincount(pegs.line, minlength=len(lines))
    taken = np.bincount(pegs.source, weights=pegs.units, minlength=len(supplies)).astype(np.int64)
    held = np.bincount(lines.held_source, weights=lines.held_units, minlength=len(supplies)).astype(np.int64)
    return replace(
        run,
        lines=replace(
            lines,
            held_start=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
            held_source=pegs.source[order],
            held_units=pegs.units[order],
        ),
        supplies=replace(supplies, free=supplies.free + held - taken),
    )


def _keeping(start: Terms, moves: Bools) -> Ints:
    """Everybody keeps and may gain; who is below a ceiling, and items without a moving line, stay as they are."""
    touched = np.zeros(len(start.seats.items), np.bool_)
    touched[start.seats.row[moves]] = True
    stays = (start.strategy == FILL) | (start.strategy == LOSE) | (start.strategy == SKIP)
    return np.where(stays | ~touched[start.seats.row], SKIP, GAIN)


def _trimmed(pegs: Pegs, moves: Bools, units: Ints, ready_on: Ints) -> Pegs:
    """The pegs of moving lines as far as their units go, the earliest first."""
    if not moves[pegs.line].any():
        return pegs
    order = np.lexsort((pegs.source, ready_on[pegs.source], pegs.line))
    pegs = Pegs(pegs.line[order], pegs.source[order], pegs.units[order], pegs.rule[order])
    before = np.cumsum(pegs.units) - pegs.units
    first = np.concatenate([[True], pegs.line[1:] != pegs.line[:-1]])
    before -= np.maximum.accumulate(np.where(first, before, 0))
    room = np.clip(units[pegs.line] - before, 0, pegs.units)
    kept = np.where(moves[pegs.line], room, pegs.units)
    return Pegs(pegs.line, pegs.source, kept, pegs.rule).where(kept > 0)
