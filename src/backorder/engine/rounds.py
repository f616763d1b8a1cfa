"""All items at once: in each round every item serves its next line, and numpy does it for all of them together.

The rules are those of `plain`, peg for peg. Items lie in rows, the most lines first, so that those which
still have a line to serve are a prefix; an item's sources are the columns. A chunk of items is decided at a
time, to stay in the processor's cache.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from .columns import Bools, Ints, Rule
from .matrix import Board, Chunk, add_rows, by_rank, gathered, set_up, sort_last, take_in_order
from .pegs import Pegs
from .stretch import hand_out
from .terms import DAY_BITS, GAIN, IMPROVE, MOST_TRIES, NEVER, REDISTRIBUTE, UNABLE, WIN, Terms

ROWS = 16_384
"""Items in a chunk."""


@dataclass(frozen=True, slots=True)
class Rounded:
    """What the items came to; `lacking` are (line, units) columns."""

    pegs: list[Pegs]
    lacking: list[tuple[Ints, Ints]]


def decide_rows(terms: Terms, rows: Ints, flat: Bools) -> Rounded:
    """Decide these items (rows, ascending), none of whose lines shares, is shaped or limited.

    Of all items (by row) `flat` ones are handed out at once; all of those are among `rows`.
    """
    found = Rounded([], [])
    board = set_up(terms, rows)
    found.pegs.append(board.skipped)
    if flat.any():
        found.pegs.append(hand_out(terms, flat, board.order, board.free))
    chosen, own = ~flat, Pegs.of([])
    for tried in range(MOST_TRIES + 1):
        anew, kept = np.zeros(len(flat), np.bool_), [Pegs.of([])]
        for chunk in board.chunks(ROWS, leave=~chosen):
            state = _Hands(chunk, own, board)
            state.serve_floors()
            state.serve_rounds()
            if tried < MOST_TRIES:
                again = state.could_win_more()
                anew[terms.seats.row[chunk.line[: len(again)][again]]] = True
                kept.append(state.lay_aside(again))
            found.pegs.extend(state.pegs())
            found.lacking.append(state.broken())
        chosen, own = anew, Pegs.join(*kept)
        if not chosen.any():
            break
    return found


class _Hands:
    """A chunk's units on their way to its lines. `left` and `held` are units by source; lines lie round by round."""

    def __init__(self, chunk: Chunk, own: Pegs, board: Board) -> None:
        self.c = chunk
        self.left = chunk.left
        self.held = np.zeros_like(chunk.had)
        self.floor: Bools | None = None
        self.lacking = np.zeros(len(chunk.line), np.int64)
        self.is_floored = chunk.strategy <= IMPROVE
        self.winners = np.flatnonzero(chunk.strategy == WIN)
        self.won = self.held[self.winners]
        self.own = chunk.had
        if len(own.line):
            self._own(own, board)

    def _own(self, own: Pegs, board: Board) -> None:
        """WIN lines begin from what they held in the last try."""
        self.own = self.own.copy()
        self.own[self.winners] = 0
        order = np.argsort(self.c.line)
        at = np.minimum(np.searchsorted(self.c.line[order], own.line), len(order) - 1)
        mine = self.c.line[order[at]] == own.line
        self.own[order[at[mine]], board.place[own.source[mine]]] = own.units[mine]

    # Tries

    def could_win_more(self) -> Bools:
        """Items (rows) in which a WIN floor is broken while a WIN line has left units it was served with.

        And in which WIN lines came to hold anything else than they began with: otherwise all would be the same again.
        """
        broken, left, other = (np.zeros(len(self.left), np.bool_) for _ in range(3))
        lines = self.winners
        broken[self.c.row[lines[self.lacking[lines] > 0]]] = True
        at = np.flatnonzero(broken[self.c.row[lines]])
        has_left: Bools = np.any(self.held[lines[at]] < self.won[at], axis=1)
        left[self.c.row[lines[at[has_left]]]] = True
        has_other: Bools = np.any(self.held[lines[at]] != self.own[lines[at]], axis=1)
        other[self.c.row[lines[at[has_other]]]] = True
        return left & other

    def lay_aside(self, rows: Bools) -> Pegs:
        """Items that begin anew leave this try; returns what their WIN lines rather take again."""
        c = self.c
        lines = np.flatnonzero(rows[c.row])
        winners = self.winners[rows[c.row[self.winners]]]
        line, source = np.nonzero(self.held[winners])
        line = winners[line]
        units = self.held[line, source]
        own = Pegs(c.line[line], c.pile[c.row[line], source], units, np.zeros_like(units))
        self.held[lines], self.lacking[lines] = 0, 0
        if c.kept is not None:
            c.kept[lines] = 0
        return own

    # Floors

    def serve_floors(self) -> None:
        """Serve WIN, then GAIN, then IMPROVE."""
        c = self.c
        if not self.is_floored.any():
            return
        keeps = (c.strategy == GAIN) | (c.strategy == IMPROVE)
        floors = np.where(keeps[:, None], c.had, 0)
        is_short = c.had.sum(axis=1) < c.units
        floors[c.complete & is_short] *= c.inbound[c.row[c.complete & is_short]]
        reserved = np.zeros_like(self.left)
        add_rows(reserved, c.row[keeps], floors[keeps])
        for lines in by_rank(c, WIN):
            self._win(lines, reserved)
        stolen: Bools = np.any(self.left < reserved, axis=1)
        calm = keeps & ~stolen[c.row]
        self.held[calm] = floors[calm]
        self.left[~stolen] -= reserved[~stolen]
        for phase in (GAIN, IMPROVE):
            for lines in by_rank(c, phase, stolen) if stolen.any() else ():
                self._hold_on(lines, floors, reserved, counts=phase == GAIN)
        self.won = self.held[self.winners]
        self.floor = self.held > 0

    def _win(self, lines: Ints, reserved: Ints) -> None:
        c = self.c
        row = c.row[lines]
        left, had, units = self.left[row], self.own[lines], c.units[lines]
        late, in_time = c.grade[lines] >> DAY_BITS, c.in_time(lines)
        order = sort_last(late, c.tie(lines))
        free = np.maximum(left - reserved[row], 0)
        got = np.where(in_time, np.minimum(had, free), 0)
        got += take_in_order(np.where(in_time, free - got, 0), order, units - got.sum(axis=1))
        got += take_in_order(np.where(in_time, left - got, 0), order, units - got.sum(axis=1))
        lacking = units - got.sum(axis=1)
        none = c.complete[lines] & (lacking > 0)
        got[none] = 0
        self.lacking[lines] = np.where(none, units, lacking)
        self.held[lines] = got
        self.left[row] = left - got

    def _hold_on(self, lines: Ints, floors: Ints, reserved: Ints, *, counts: bool) -> None:
        c = self.c
        row = c.row[lines]
        reserved[row] -= floors[lines]
        left, floor = self.left[row], floors[lines]
        got = np.minimum(floor, left)
        left = left - got
        lost = np.flatnonzero((got < floor).any(axis=1))
        if len(lost):
            more, short = self._replace(lines[lost], floor[lost], got[lost], left[lost], reserved[row[lost]])
            got[lost] += more
            left[lost] -= more
            none = lost[c.complete[lines[lost]] & (short > 0)]
            left[none] += got[none]
            got[none] = 0
            is_whole = floor[lost].sum(axis=1) == c.units[lines[lost]]
            short = np.where(c.complete[lines[lost]] & (short > 0), np.where(is_whole, c.units[lines[lost]], 0), short)
            if counts:
                self.lacking[lines[lost]] = short
        self.held[lines] = got
        self.left[row] = left

    def _replace(self, lines: Ints, floor: Ints, got: Ints, left: Ints, reserved: Ints) -> tuple[Ints, Ints]:
        """For units that were lost others by the same days; and how many could not be found."""
        c = self.c
        late = c.grade[lines] >> DAY_BITS
        order = sort_last(late, c.tie(lines))
        last = np.where(floor > 0, late, 0).max(axis=1)
        more, short = np.zeros_like(got), np.zeros(len(lines), np.int64)
        turn = np.argsort(late, axis=1, kind="stable")
        for at in range(turn.shape[1]):
            column = turn[:, at : at + 1]
            units = gathered(floor - got, column)[:, 0]
            if not units.any():
                continue
            limit = np.where(c.complete[lines], last, gathered(late, column)[:, 0])
            able = late <= limit[:, None]
            taken = take_in_order(np.where(able, np.maximum(left - more - reserved, 0), 0), order, units)
            taken += take_in_order(np.where(able, left - more - taken, 0), order, units - taken.sum(axis=1))
            more += taken
            short += units - taken.sum(axis=1)
        return more, short

    # Rounds

    def serve_rounds(self) -> None:
        """Serve all in the order of rank; an item begins anew when somebody before would rather have what came back."""
        c = self.c
        self.worst = self._worst(np.arange(len(c.line)))
        self.threshold = self._threshold(np.arange(len(c.line)))
        self.watched = np.zeros(self.left.shape, np.bool_)
        self.stalled = np.zeros(len(self.left), np.bool_)
        self.watches = bool(self.is_floored.any())
        rows: Ints | None = None
        while rows is None or len(rows):
            for lines, these in self._turns(rows):
                self._serve_turn(lines, these)
            rows = np.flatnonzero(self.stalled)
            self._lay_back()

    def _turns(self, rows: Ints | None) -> Iterator[tuple[Ints | slice, Ints | slice]]:
        """Per round the lines and their rows, of all rows or of some."""
        c = self.c
        for turn, count in enumerate(c.counts.tolist()):
            begin = int(c.offset[turn])
            if rows is None:
                yield slice(begin, begin + count), slice(0, count)
            else:
                these = rows[: int(np.searchsorted(rows, count))]
                these = these[~self.stalled[these]]
                if len(these):
                    yield begin + these, these

    def _serve_turn(self, lines: Ints | slice, rows: Ints | slice) -> None:
        c = self.c
        gains = (c.grade[lines] < self.worst[lines, None]) & (self.left[rows] > 0)
        chosen = np.flatnonzero(gains.any(axis=1) & ~self.stalled[rows])
        if len(chosen):
            line = chosen + lines.start if isinstance(lines, slice) else lines[chosen]
            for kind, serve in enumerate((self._better, self._complete, self._fill)):
                these = line[c.kind[line] == kind] if c.has_kind[kind] else line[:0]
                if len(these):
                    self._give(these, serve(these))
        if self.watches:
            self.watched[rows] |= c.grade[lines] < self.threshold[lines, None]

    def _give(self, lines: Ints, new: Ints) -> None:
        row = self.c.row[lines]
        before = self.held[lines]
        self.left[row] += before - new
        self.held[lines] = new
        self.worst[lines] = self._worst(lines)
        self.threshold[lines] = self._threshold(lines)
        if self.watches:
            back: Bools = (new < before) & self.watched[row]
            back &= self.is_floored[lines, None]
            self.stalled[row[np.any(back, axis=1)]] = True

    def _lay_back(self) -> None:
        """Return what has no floor, in items that begin anew."""
        if not self.stalled.any():
            return
        lines = np.flatnonzero(self.stalled[self.c.row] & ~self.is_floored)
        add_rows(self.left, self.c.row[lines], self.held[lines])
        self.held[lines] = 0
        self.worst[lines] = self._worst(lines)
        self.threshold[lines] = self._threshold(lines)
        self.watched[self.stalled] = False
        self.stalled[:] = False

    def _worst(self, lines: Ints) -> Ints:
        """The grade of the last unit each holds, NEVER where units are missing."""
        c, held = self.c, self.held[lines]
        worst = np.where(held > 0, c.grade[lines], 0).max(axis=1, initial=0)
        return np.where(held.sum(axis=1) < c.units[lines], NEVER, worst)

    def _threshold(self, lines: Ints) -> Ints:
        """Units of a lower grade might still change what each has."""
        c, worst = self.c, self.worst[lines]
        kind = c.kind[lines]
        threshold = np.where((kind == 1) & (worst < NEVER), ((worst >> DAY_BITS) + 1) << DAY_BITS, worst)
        if c.has_kind[2]:
            content = (kind == 2) & (self.held[lines] == c.had[lines]).all(axis=1)
            threshold = np.where(kind == 2, np.where(content, 0, NEVER), threshold)
        return threshold

    def _better(self, lines: Ints) -> Ints:
        """The best of what it holds and what is free; of equally good ones what it has."""
        c = self.c
        left, held = self.left[c.row[lines]], self.held[lines]
        anew = (c.strategy[lines] == REDISTRIBUTE)[:, None]
        own = np.where(anew, np.minimum(c.had[lines], left), held) if c.has_holdings else held
        if c.has_holdings or self.own is not c.had:
            wins = np.flatnonzero((c.strategy[lines] == WIN) & (self.worst[lines] == NEVER))
            own[wins] += self._own_again(lines[wins], left[wins])
        free = held + left - own
        free[c.grade[lines] == UNABLE] = 0
        width = own.shape[1]
        order = np.argsort(c.entry_keys(lines, with_own=c.has_own), axis=1)
        if not c.has_own:
            return take_in_order(free, order, c.units[lines])
        taken = take_in_order(np.concatenate([own, free], axis=1), order, c.units[lines])
        return np.asarray(taken[:, :width] + taken[:, width:])

    def _own_again(self, lines: Ints, left: Ints) -> Ints:
        """Of what these lack what they had, as far as it is left."""
        c, held = self.c, self.held[lines]
        more: Ints = np.minimum(np.maximum(self.own[lines] - held, 0), left)
        has = np.flatnonzero(more.any(axis=1))
        best = np.argsort(c.entry_keys(lines[has], with_own=False), axis=1)
        more[has] = take_in_order(more[has], best, (c.units[lines] - held.sum(axis=1))[has])
        return more

    def _complete(self, lines: Ints) -> Ints:
        """All its units by the earliest day on which they can be there, the latest first, if that is a gain."""
        c = self.c
        held, late, units = self.held[lines], c.grade[lines] >> DAY_BITS, c.units[lines]
        there = np.where(c.grade[lines] == UNABLE, 0, held + self.left[c.row[lines]])
        order = np.argsort(late, axis=1)
        reach = np.cumsum(gathered(there, order), axis=1) >= units[:, None]
        by = gathered(late, gathered(order, reach.argmax(axis=1)[:, None]))[:, 0]
        better = reach[:, -1] & (by < self.worst[lines] >> DAY_BITS)
        there[late > by[:, None]] = 0
        taken = take_in_order(there, sort_last(late, c.tie(lines)), units)
        return np.where(better[:, None], taken, held)

    def _fill(self, lines: Ints) -> Ints:
        """What it had as far as that is there; for the rest units that are no earlier."""
        c = self.c
        grade, had = c.grade[lines], c.had[lines]
        late = grade >> DAY_BITS
        there = np.where(grade == UNABLE, 0, self.left[c.row[lines]])
        got = np.minimum(had, there)
        lost = np.flatnonzero((got < had).any(axis=1))
        if len(lost) < len(lines):
            if len(lost):
                got[lost] = self._fill(lines[lost])
            return got
        had_by = np.stack([np.where(late <= late[:, j : j + 1], had, 0).sum(axis=1) for j in range(late.shape[1])], 1)
        got_by = np.stack([np.where(late <= late[:, j : j + 1], got, 0).sum(axis=1) for j in range(late.shape[1])], 1)
        turn = np.argsort(c.entry_keys(lines, with_own=False), axis=1)
        for at in range(turn.shape[1]):
            column = turn[:, at : at + 1]
            after = late >= gathered(late, column)
            room = np.where(after, had_by - got_by, NEVER).min(axis=1)
            taken = np.minimum(gathered(there - got, column)[:, 0], np.maximum(room, 0))
            np.put_along_axis(got, column, gathered(got, column) + taken[:, None], 1)
            got_by += np.where(after, taken[:, None], 0)
        complete = np.flatnonzero(c.complete[lines])
        if len(complete):
            got[complete] = self._fill_complete(lines[complete], had[complete], there[complete])
        return got

    def _fill_complete(self, lines: Ints, had: Ints, there: Ints) -> Ints:
        c = self.c
        late, units = c.grade[lines] >> DAY_BITS, c.units[lines]
        since = np.where(had > 0, late, 0).max(axis=1)
        total = np.stack([np.where(late <= late[:, j : j + 1], there, 0).sum(axis=1) for j in range(late.shape[1])], 1)
        fits = (there > 0) & (late >= since[:, None]) & (total >= units[:, None])
        by = np.where(fits, late, NEVER).min(axis=1)
        taken = take_in_order(np.where(late <= by[:, None], there, 0), sort_last(late, c.tie(lines)), units)
        taken[by == NEVER] = 0
        is_there: Bools = np.all(had <= there, axis=1)
        taken = np.where(is_there[:, None], had, taken)
        return taken

    # What came of it

    def pegs(self) -> Iterator[Pegs]:
        """The pegs of the chunk."""
        c = self.c
        line, source = np.nonzero(self.held)
        units = self.held[line, source]
        rule = np.full(len(line), int(Rule.TOP_UP), np.int64)
        if self.floor is not None:
            floored = self.floor[line, source] & self.is_floored[line]
            kept = np.where(units <= c.had[line, source], int(Rule.KEPT), int(Rule.FLOOR))
            rule = np.where(floored, kept, rule)
        yield Pegs(c.line[line], c.pile[c.row[line], source], units, rule)
        line, source = np.nonzero(c.kept) if c.kept is not None else (line[:0], source[:0])
        if c.kept is not None and len(line):
            skipped = np.full(len(line), int(Rule.SKIPPED), np.int64)
            yield Pegs(c.line[line], c.pile[c.row[line], source], c.kept[line, source], skipped)

    def broken(self) -> tuple[Ints, Ints]:
        """Lines whose floor could not be held, and by how many units."""
        broken = np.flatnonzero(self.lacking)
        return self.c.line[broken], self.lacking[broken]
