"""Items side by side as matrices: a row is an item, a column a source; each line has a row of its own beside them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from .columns import ANY_DAY, ASAP, Bools, Ints, Rule
from .pegs import Pegs
from .terms import DAY_BITS, FILL, LATEST, LOSE, REDISTRIBUTE, SKIP, UNABLE, Terms

WIDTHS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 64)
"""Items are put together with others of about as many sources."""
MOST_SOURCES = WIDTHS[-1]
MOST_WAYS = 16
FAR = 1 << 25
"""Later than any lateness, as far as sorting goes."""


@dataclass
class Chunk:
    """Some items. Lines lie round by round: those of round k from `offset[k]` on, `counts[k]` many, row after row.

    By row: `left` units, `pile` (supply index), `inbound`, `ready_on`, `moment`, `uncertain` of each source.
    By line: its index, `row`, `strategy`, `units`, `complete`, `kind` (0 plain, 1 complete, 2 FILL), and by source
    what it `had`, the `grade` and how `near` it is. `kept` is what it holds where it may not be served.
    """

    terms: Terms
    counts: Ints
    offset: Ints
    left: Ints
    pile: Ints
    location: Ints
    ready_on: Ints
    moment: Ints
    uncertain: Ints
    line: Ints
    row: Ints
    strategy: Ints
    units: Ints
    complete: Bools
    kind: Ints
    had: Ints
    grade: Ints
    near: Ints | None
    kept: Ints | None
    ordinals: Ints  # The place among the lines of one strategy in its item.

    @cached_property
    def inbound(self) -> Ints:
        return self.moment & 1

    @cached_property
    def row_tie(self) -> Ints:
        tie = (LATEST - self.moment << 11) | (self.uncertain << 10)
        return np.asarray(tie | np.arange(self.left.shape[1]))

    @cached_property
    def has_kind(self) -> tuple[bool, bool, bool]:
        return (True, bool((self.kind == 1).any()), bool((self.kind == 2).any()))

    @cached_property
    def has_holdings(self) -> bool:
        """Does anybody hold anything?"""
        return bool(self.had.any())

    @cached_property
    def has_own(self) -> bool:
        """May a line hold anything before its turn? Otherwise all is handed out afresh."""
        return self.has_holdings or bool((self.strategy < REDISTRIBUTE).any())

    def in_time(self, lines: Ints) -> Bools:
        """Which sources are ready by the due days of the lines."""
        row = self.row[lines]
        columns = self.terms.run.lines
        index = self.line[lines]
        in_time = np.zeros((len(lines), self.left.shape[1]), np.bool_)
        counts = columns.way_start[index + 1] - columns.way_start[index]
        for way in range(int(counts.max(initial=0)) - 1, -1, -1):
            has = np.flatnonzero(counts > way)
            at = columns.way_start[index[has]] + way
            here = self.location[row[has]] == columns.way_location[at][:, None]
            by = self.ready_on[row[has]] <= columns.way_due[at][:, None]
            in_time[has] = np.where(here, by, in_time[has])
        return np.asarray(in_time & (self.grade[lines] != UNABLE))

    def tie(self, lines: Ints) -> Ints:
        """Of equally late sources the later first, then certain ones, near ones, in their order."""
        tie = self.row_tie[self.row[lines]]
        if self.near is not None:
            tie |= self.near[lines] << 6
        return tie

    def entry_keys(self, lines: Ints, *, with_own: bool) -> Ints:
        """What to take first: sources by grade and tie; `with_own` first all own units, then all free ones, as columns.

        Of one grade own units come first.
        """
        late, tie = np.minimum(self.grade[lines] >> DAY_BITS, FAR), self.tie(lines)
        key = (late << 35) | tie
        if not with_own:
            return np.asarray(key)
        # Where later units are preferred the moment belongs to the grade, and own units come first only within it.
        later = self.terms.later[self.line[lines]][:, None]
        moment = tie >> 11
        split = (late << 35) | (moment << 12) | (tie & 2047)
        return np.concatenate([np.where(later, split, key), np.where(later, split | 1 << 11, key | 1 << 34)], axis=1)


class Board:
    """All items that are decided together, before they are cut into chunks."""

    def __init__(self, terms: Terms, rows: Ints) -> None:
        lines, seats = terms.run.lines, terms.seats
        self.terms = terms
        self.chosen = np.zeros(len(seats.items), np.bool_)
        self.chosen[rows] = True
        plays = (terms.strategy != SKIP) & (terms.strategy != LOSE)
        self.order = seats.order[(plays & self.chosen[seats.row])[seats.order]]
        self.counts = np.bincount(seats.row[self.order], minlength=len(seats.items))
        self.start = np.concatenate([[0], np.cumsum(self.counts)])
        self.width = np.diff(terms.pile_start)
        self.place = np.empty(len(terms.run.supplies), np.int64)
        self.place[terms.piles] = np.arange(len(terms.piles)) - np.repeat(terms.pile_start[:-1], self.width)
        self.free = terms.run.supplies.free.astype(np.int64)
        holder = np.repeat(np.arange(len(lines)), np.diff(lines.held_start))
        self._give_back(holder, terms.strategy[holder] == LOSE)
        self.holds = bool((lines.held_units > 0).any())
        skipped = (terms.strategy[holder] == SKIP) & self.chosen[seats.row[holder]] & (lines.held_units > 0)
        rule = np.full(int(skipped.sum()), int(Rule.SKIPPED), np.int64)
        self.skipped = Pegs(holder[skipped], lines.held_source[skipped], lines.held_units[skipped], rule)

    def _give_back(self, holder: Ints, chosen: Bools) -> None:
        if chosen.any():
            columns = self.terms.run.lines
            np.add.at(self.free, columns.held_source[chosen], columns.held_units[chosen])

    def chunks(self, most: int, *, leave: Bools) -> Iterator[Chunk]:
        """The items but those to `leave`, about equally wide ones together, at most so many at a time."""
        wanted = self.chosen & (self.counts > 0) & ~leave
        narrower = -1
        for width in WIDTHS:
            rows = np.flatnonzero(wanted & (self.width <= width) & (self.width > narrower))
            narrower = width
            for begin in range(0, len(rows), most):
                yield self._chunk(rows[begin : begin + most], width)

    def _chunk(self, rows: Ints, width: int) -> Chunk:
        terms = self.terms
        rows = rows[np.argsort(-self.counts[rows], kind="stable")]
        many = self.counts[rows]
        counts = np.bincount(many)[::-1].cumsum()[::-1][1:]  # How many rows have more than k lines.
        offset = np.concatenate([[0], np.cumsum(counts)])
        begin = np.repeat(self.start[rows], many)
        row = np.repeat(np.arange(len(rows)), many)
        turn = np.arange(len(row)) - np.repeat(np.cumsum(many) - many, many)
        at = offset[turn] + row
        line = np.empty(len(row), np.int64)
        line[at] = self.order[begin + turn]
        where = np.empty(len(row), np.int64)
        where[at] = row
        ordinals = np.empty(len(row), np.int64)
        ordinals[at] = _ordinals(terms.strategy[self.order[begin + turn]], row, turn)
        sources = terms.pile_start[rows][:, None] + np.arange(width)
        there = np.arange(width) < self.width[rows][:, None]
        pile = terms.piles[np.where(there, sources, 0)]
        supplies = terms.run.supplies
        location = np.where(there, supplies.location[pile], np.iinfo(np.int64).min)
        strategy, complete = terms.strategy[line], terms.complete[line]
        chunk = Chunk(
            terms,
            counts,
            offset,
            np.where(there, self.free[pile], 0),
            pile,
            location,
            np.where(there, supplies.ready_on[pile], 0),
            np.where(there, terms.moment[pile], 0),
            np.where(there, ~supplies.certain[pile], False).astype(np.int64),
            line,
            where,
            strategy,
            terms.run.lines.units[line].astype(np.int64),
            complete,
            np.where(strategy == FILL, 2, complete.astype(np.int64)),
            np.zeros((len(line), width), np.int64),
            np.full((len(line), width), UNABLE, np.int64),
            None,
            None,
            ordinals,
        )
        _grade(chunk)
        if self.holds:
            self._hold(chunk)
        # FILL wants no more than it had; and nothing if it must be complete and was not.
        fills = np.flatnonzero(chunk.kind == 2)
        had = chunk.had[fills].sum(axis=1)
        chunk.had[fills[chunk.complete[fills] & (had < chunk.units[fills])]] = 0
        chunk.units[fills] = chunk.had[fills].sum(axis=1)
        return chunk

    def _hold(self, chunk: Chunk) -> None:
        """What the lines of the chunk hold: what may serve them, what they keep elsewhere, what goes back."""
        lines = self.terms.run.lines
        begin = lines.held_start[chunk.line]
        many = lines.held_start[chunk.line + 1] - begin
        holder = np.repeat(np.arange(len(chunk.line)), many)
        entry = np.repeat(begin - (np.cumsum(many) - many), many) + np.arange(len(holder))
        chunk.had[holder, self.place[lines.held_source[entry]]] = lines.held_units[entry]
        add_rows(chunk.left, chunk.row, chunk.had)
        unable = np.where(chunk.grade == UNABLE, chunk.had, 0)
        if unable.any():
            chunk.had -= unable
            unable[chunk.strategy == REDISTRIBUTE] = 0
            add_rows(chunk.left, chunk.row, -unable)
            chunk.units -= unable.sum(axis=1)
            chunk.kept = unable


def set_up(terms: Terms, rows: Ints) -> Board:
    """The board of these items."""
    return Board(terms, rows)


def by_rank(chunk: Chunk, strategy: int, rows: Bools | None = None) -> Iterator[Ints]:
    """The lines of one strategy, one of each row at a time, in the order of rank."""
    chosen = chunk.strategy == strategy
    if rows is not None:
        chosen &= rows[chunk.row]
    lines = np.flatnonzero(chosen)
    order = lines[np.argsort(chunk.ordinals[lines], kind="stable")]
    begin = 0
    for end in np.cumsum(np.bincount(chunk.ordinals[lines])).tolist():
        if end > begin:
            yield order[begin:end]
        begin = end


def add_rows(matrix: Ints, row: Ints, values: Ints) -> None:
    """Add each row of values to a row of the matrix, several to one."""
    for column in range(matrix.shape[1]):
        matrix[:, column] += np.bincount(row, values[:, column], len(matrix)).astype(np.int64)


def gathered(matrix: Ints, columns: Ints) -> Ints:
    """Row by row the entries in these columns."""
    return np.take_along_axis(matrix, columns, 1)


def take_in_order(there: Ints, order: Ints, wanted: Ints) -> Ints:
    """Row by row take what is wanted, source after source in this order, as far as units are there."""
    sorted_ = np.take_along_axis(there, order, 1)
    before = np.cumsum(sorted_, axis=1) - sorted_
    taken = np.clip(wanted[:, None] - before, 0, sorted_)
    result = np.empty_like(taken)
    np.put_along_axis(result, order, taken, 1)
    return result


def sort_last(late: Ints, tie: Ints) -> Ints:
    """The order of sources that begins with the latest."""
    return np.argsort(((FAR - np.minimum(late, FAR)) << 35) | tie, axis=1)


def _ordinals(strategy: Ints, row: Ints, turn: Ints) -> Ints:
    """The place of each line among those of its strategy in its row; lines lie row by row."""
    found = np.zeros(len(strategy), np.int64)
    for code in np.unique(strategy):
        chosen = strategy == code
        count = np.cumsum(chosen)
        begins = np.flatnonzero(turn == 0)
        base = np.repeat(count[begins] - chosen[begins], np.diff(np.append(begins, len(row))))
        found[chosen] = (count - 1 - base)[chosen]
    return found


def _grade(chunk: Chunk) -> None:
    """Fill in how good each source is for each line, and how near."""
    columns = chunk.terms.run.lines
    begin = columns.way_start[chunk.line]
    many = columns.way_start[chunk.line + 1] - begin
    most = int(many.max(initial=0))
    if most > 1:
        chunk.near = np.zeros(chunk.had.shape, np.int64)
    later = chunk.terms.later[chunk.line]
    by_moment = (chunk.moment << DAY_BITS) | (LATEST - chunk.moment)
    for way in range(most - 1, -1, -1):
        has = slice(None) if way == 0 and int(many.min()) > 0 else np.flatnonzero(many > way)
        at, row = begin[has] + way, chunk.row[has]
        here = chunk.location[row] == columns.way_location[at][:, None]
        grade = _graded(chunk, by_moment, row, columns.way_need[at], later[has])
        here &= _allowed(chunk, has, row, at)
        chunk.grade[has] = np.where(here, grade, chunk.grade[has])
        if chunk.near is not None:
            chunk.near[has] = np.where(here, way, chunk.near[has])


def _graded(chunk: Chunk, by_moment: Ints, row: Ints, need: Ints, later: Bools) -> Ints:
    """Lateness and, for those who rather have later units, the moment; without a wanted day the one is the other."""
    grade = by_moment[row]
    wanted = np.flatnonzero(need != ASAP)
    if len(wanted):
        moment = chunk.moment[row[wanted]]
        days = chunk.ready_on[row[wanted]] - need[wanted][:, None]
        late = np.where(days > 0, 2 * days + (moment & 1), 0) << DAY_BITS
        grade[wanted] = np.where(later[wanted][:, None], late | (LATEST - moment), late)
    return grade


def _allowed(chunk: Chunk, has: slice | Ints, row: Ints, at: Ints) -> Bools | bool:
    """Neither too late for the line nor on a shelf that is not for it."""
    columns, line = chunk.terms.run.lines, chunk.line[has]
    allowed: Bools | bool = True
    if columns.max_late_days is not None and (columns.max_late_days[line] >= 0).any():
        most, due = columns.max_late_days[line], columns.way_due[at]
        unlimited = (most < 0) | (due == ANY_DAY)
        allowed = unlimited[:, None] | (chunk.ready_on[row] <= (due + most)[:, None])
    from_shelf = chunk.terms.from_shelf[line]
    if not from_shelf.all():
        allowed = allowed & (from_shelf[:, None] | (chunk.moment[row] & 1 == 1))
    return allowed
