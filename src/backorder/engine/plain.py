"""One item decided line by line: what an event needs, what rationing rules need, and the measure of the fast way.

First floors are served, WIN, GAIN, IMPROVE, each in the order of rank: what a line holds it keeps first,
then units nobody has a floor on, then those of floors that come after it. Then, in the order of rank, each
line takes the best of what it holds and what is free, up to its ceiling. When a line with a floor moves up and leaves
units that somebody before it would rather have, what has no floor is laid back and the round starts anew. When a WIN
floor was broken and a line that was served before moved up, all begins anew from what the WIN lines now hold.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from .columns import Rule
from .quotas import Limits
from .share import deal
from .shipments import shipments
from .strategies import Share, Variant
from .terms import DAY_BITS, FILL, GAIN, IMPROVE, LOSE, MOST_TRIES, NEVER, REDISTRIBUTE, SKIP, UNABLE, WIN, Terms
from .views import Line, read_lines

FLOORED = (WIN, GAIN, IMPROVE)


@dataclass(frozen=True, slots=True)
class Shared:
    """What an item came to: (line, supply, units, rule) and (line, units lacking of its floor), by index in the run."""

    pegs: list[tuple[int, int, int, int]]
    lacking: list[tuple[int, int]]


def decide_item(terms: Terms, variant: Variant, row: int) -> Shared:
    """Decide one item, by its row."""
    table = _Table(terms, variant, row)
    table.serve()
    for _ in range(MOST_TRIES):
        if not table.could_win_more():
            break
        table.begin_anew()
        table.serve()
    return table.result()


class _Table:
    """The units of one item on their way to its lines; none is lost or doubled."""

    def __init__(self, terms: Terms, variant: Variant, row: int) -> None:
        supplies, seats = terms.run.supplies, terms.seats
        self.piles: list[int] = terms.piles[terms.pile_start[row] : terms.pile_start[row + 1]].tolist()
        self.moments: list[int] = terms.moment[self.piles].tolist()
        self.left: list[int] = supplies.free[self.piles].tolist()
        self.reserved = [0] * len(self.piles)
        self.pegs: list[tuple[int, int, int, int]] = []
        self.limits: Limits | None = None
        if terms.limits.exist:
            self.limits = Limits(terms.limits, int(seats.items[row]), supplies.ready_on[self.piles].tolist())
        self.lines: list[Line] = []
        for line in read_lines(terms, variant, row, self.piles):
            self._seat(line)

    def _seat(self, line: Line) -> None:
        if line.strategy == SKIP:
            self._keep(line, line.had)
            return
        lost = {source: units for source, units in line.had.items() if line.view.late[source] == UNABLE}
        line.had = {source: units for source, units in line.had.items() if source not in lost}
        if line.strategy in (REDISTRIBUTE, LOSE):
            for source, units in lost.items():
                self.left[source] += units
        else:
            # From where it may not be served any more: not ours to take, nor to move.
            self._keep(line, lost)
            line.units -= sum(lost.values())
        line.own = line.had
        for source, units in line.had.items():
            self.left[source] += units
        if line.strategy in (GAIN, IMPROVE):
            self._reserve(line, 1)
        self.lines.append(line)

    def _keep(self, line: Line, units: dict[int, int]) -> None:
        for source, n in units.items():
            self.pegs.append((line.index, self.piles[source], n, Rule.SKIPPED))
            if self.limits:
                self.limits.take(line.index, source, n)

    def _reserve(self, line: Line, sign: int) -> None:
        for source, units in self._floor_of(line).items():
            self.reserved[source] += sign * units

    def _floor_of(self, line: Line) -> dict[int, int]:
        """What GAIN and IMPROVE keep: all it has; of a complete line that lacks units not what is on the shelf."""
        if line.complete and sum(line.had.values()) < line.units:
            return {source: units for source, units in line.had.items() if self.moments[source] % 2}
        return line.had

    # Tries

    def serve(self) -> None:
        """Floors, then rounds until nobody would rather have what came back."""
        self.serve_floors()
        while not self.serve_round():
            self.lay_back()
        dealt = [line for line in self.lines if line.is_dealt]
        while any(self._gains(line) for line in dealt):
            pass  # What one left when it moved up another may lack.

    def _gains(self, line: Line) -> bool:
        before = dict(line.held)
        self._serve(line)
        return line.held != before

    def could_win_more(self) -> bool:
        """Is a WIN floor broken while a WIN line has left units it was served with, so that they could be used?

        Where WIN lines hold what they began with all would be the same again.
        """
        winners = [line for line in self.lines if line.strategy == WIN]
        has_left = any(line.held.get(source, 0) < n for line in winners for source, n in line.floor.items())
        return has_left and any(line.lacking for line in winners) and any(line.held != line.own for line in winners)

    def begin_anew(self) -> None:
        """Lay all back; WIN lines rather take again what they had."""
        for line in self.lines:
            if line.strategy == WIN:
                line.own = dict(line.held)
            if line.strategy in (GAIN, IMPROVE):
                self._reserve(line, 1)
            line.is_dealt = False
            self._give_all(line)

    # Floors

    def serve_floors(self) -> None:
        """Serve WIN, then GAIN, then IMPROVE, each in the order of rank."""
        for phase in FLOORED:
            for line in self.lines:
                if line.strategy == phase:
                    short = self._win(line) if phase == WIN else self._hold_on(line)
                    line.lacking = short if phase != IMPROVE else 0
                    line.floor = dict(line.held)

    def _win(self, line: Line) -> int:
        """All units by the due day, the latest first: own ones, free ones, those of floors to come."""
        able = [source for source in line.view.last if line.view.in_time[source]]
        if line.shape.binds:
            self._shape(line, able)
            return line.missing
        for source in able:
            self._take(line, source, min(line.own.get(source, 0), self._unreserved(source)))
        self._take_in_turn(line, able, line.missing)
        if line.complete and line.missing:
            self._give_all(line)
        return line.missing

    def _hold_on(self, line: Line) -> int:
        """What it has, or as many units by the same days."""
        self._reserve(line, -1)
        floor = self._floor_of(line)
        for source, units in floor.items():
            self._take(line, source, min(units, self.left[source]), bounded=False)
        late = line.view.late
        lost = sorted((late[s], s, n - line.held.get(s, 0)) for s, n in floor.items() if n > line.held.get(s, 0))
        short = 0
        for by, _, units in lost:
            limit = max(late[source] for source in floor) if line.complete else by
            able = [source for source in line.view.last if late[source] <= limit]
            short += units - self._take_in_turn(line, able, units)
        if short and line.complete:
            self._give_all(line)
            return line.units if sum(floor.values()) == line.units else 0
        return short

    def _take_in_turn(self, line: Line, able: Sequence[int], wanted: int) -> int:
        """Take what nobody has a floor on, then what there is; returns how many units were found."""
        found = 0
        for source in able:
            found += self._take(line, source, min(wanted - found, self._unreserved(source)))
        for source in able:
            found += self._take(line, source, min(wanted - found, self.left[source]))
        return found

    def _unreserved(self, source: int) -> int:
        return max(self.left[source] - self.reserved[source], 0)

    # Rounds

    def serve_round(self) -> bool:
        """Serve all in the order of rank; False as soon as units came back that somebody before would rather have."""
        watched: set[int] = set()
        for place, line in enumerate(self.lines):
            if line.share is not Share.IN_ORDER and not line.is_dealt:
                self._deal_tier(place)
            before = dict(line.held)
            self._serve(line)
            is_floored = line.strategy in FLOORED
            if is_floored and any(line.held.get(source, 0) < n and source in watched for source, n in before.items()):
                return False
            watched |= self._watches(line)
        return True

    def lay_back(self) -> None:
        """Return what has no floor."""
        for line in self.lines:
            line.is_dealt = False
            if line.strategy not in FLOORED:
                self._give_all(line)

    def _watches(self, line: Line) -> set[int]:
        """Sources of which units might still change what it has."""
        view, worst = line.view, line.worst()
        if line.strategy == LOSE or (line.strategy == FILL and line.held == line.had and not self.limits):
            return set()
        if line.strategy == FILL or line.shape.binds or self.limits or line.share is not Share.IN_ORDER:
            return set(view.best)
        if line.complete:
            return {source for source in view.best if view.late[source] <= worst >> DAY_BITS}
        return {source for source in view.best if view.grade[source] < worst}

    def _serve(self, line: Line) -> None:
        if line.strategy == LOSE:
            return
        if line.strategy == FILL:
            self._fill(line)
        elif line.complete:
            self._complete(line)
        elif line.shape.binds:
            self._shape(line, line.view.best)
        else:
            self._better(line)

    def _better(self, line: Line) -> None:
        """The best of what it holds and what is free; of equally good ones what it has."""
        grade, tie, worst = line.view.grade, line.view.tie, line.worst()
        if not any(self.left[source] and grade[source] < worst for source in line.view.best):
            return
        before = dict(line.held)
        if line.strategy == WIN or (line.strategy == REDISTRIBUTE and not before):
            for source in line.view.best:
                more = line.own.get(source, 0) - line.held.get(source, 0)
                self._take(line, source, min(more, self.left[source], line.missing))
        own = dict(line.held)
        self._give_all(line)
        there = [(grade[source], False, tie[source], source, units) for source, units in own.items()]
        there += [(grade[source], True, tie[source], source, self.left[source]) for source in line.view.best]
        for _, _, _, source, units in sorted(there):
            self._take(line, source, min(units, self.left[source], line.missing))
        if self.limits and not _is_better(line, before):
            self._restore(line, before)

    def _complete(self, line: Line) -> None:
        """All its units by the earliest day on which they can be there, the latest first, if that is a gain."""
        late, before = line.view.late, dict(line.held)
        worst = NEVER if line.missing else max((late[source] for source in before), default=0)
        self._give_all(line)
        by, units = NEVER, line.units
        for source in reversed(line.view.last):
            units -= self._most(line, source)
            if units <= 0:
                by = late[source]
                break
        if by < worst:
            for source in line.view.last:
                if late[source] <= by:
                    self._take(line, source, min(self.left[source], line.missing))
        if by >= worst or line.missing:
            self._restore(line, before)

    def _fill(self, line: Line) -> None:
        """What it had as far as that is there; for the rest units that are no earlier."""
        self._give_all(line)
        for source, units in line.had.items():
            self._take(line, source, min(units, self.left[source]))
        if line.complete:
            if sum(line.had.values()) < line.units or line.missing:
                self._give_all(line)
                self._fill_complete(line)
            return
        for source in line.view.best:
            self._take(line, source, min(self.left[source], self._below_ceiling(line, source)))

    def _below_ceiling(self, line: Line, source: int) -> int:
        """Units of `source` it may take more and be nowhere above the curve it had."""
        late = line.view.late
        return min(
            sum(units for other, units in line.had.items() if late[other] <= by)
            - sum(units for other, units in line.held.items() if late[other] <= by)
            for by in {late[other] for other in line.view.best if late[other] >= late[source]}
        )

    def _fill_complete(self, line: Line) -> None:
        late = line.view.late
        if sum(line.had.values()) < line.units:
            return
        since, there = max((late[source] for source in line.had), default=0), 0
        for source in reversed(line.view.last):
            there += self._most(line, source)
            if there >= line.units and late[source] >= since and self._most(line, source):
                for other in line.view.last:
                    if late[other] <= late[source]:
                        self._take(line, other, min(self.left[other], line.missing))
                break
        if line.missing:
            self._give_all(line)

    def _shape(self, line: Line, able: Sequence[int]) -> None:
        """Parts that are each large enough, few enough and whole multiples; what comes early waits."""
        if line.is_dealt:
            return
        before = dict(line.held)
        late = line.view.late
        self._give_all(line)
        there = [(late[source] >> 1, self._most(line, source)) for source in reversed(able)]
        for by, units in shipments(line.shape, line.units, there):
            for source in line.view.last:
                if source in able and late[source] >> 1 <= by:
                    units -= self._take(line, source, min(units, self.left[source]))
        if not _is_better(line, before):
            self._restore(line, before)

    def _deal_tier(self, place: int) -> None:
        """Deal the free units among the lines that rank equal, those that come first first."""
        tier = self.lines[place].tier
        members = [line for line in self.lines[place:] if line.tier == tier and not line.is_dealt]
        members = [line for line in members if _may_share(line)]
        for line in members:
            line.is_dealt = True
        for source in range(len(self.left)):
            while self._deal(source, [line for line in members if line.view.late[source] != UNABLE]):
                pass

    def _deal(self, source: int, members: Sequence[Line]) -> int:
        got = deal(
            self.left[source],
            wanted=[line.units for line in members],
            have=[line.units - line.missing for line in members],
            room=[self._room(line, source) for line in members],
            how=members[0].share if members else Share.IN_ORDER,
            multiples=[line.shape.multiple for line in members],
        )
        return sum(self._take(line, source, units) for line, units in zip(members, got, strict=True))

    def _room(self, line: Line, source: int) -> int:
        """What it may take of `source`, however much of it there is: all it lacks or whole multiples."""
        room = min(line.missing, self.limits.allowed(line.index, source, self.left)) if self.limits else line.missing
        return room if room == line.missing else room - room % line.shape.multiple

    # Hands

    def _most(self, line: Line, source: int) -> int:
        if not self.limits:
            return self.left[source]
        return min(self.left[source], self.limits.allowed(line.index, source, self.left))

    def _take(self, line: Line, source: int, units: int, *, bounded: bool = True) -> int:
        if units > 0 and self.limits and bounded:
            units = min(units, self.limits.allowed(line.index, source, self.left))
        if units <= 0:
            return 0
        self.left[source] -= units
        assert self.left[source] >= 0
        line.held[source] = line.held.get(source, 0) + units
        if self.limits:
            self.limits.take(line.index, source, units)
        return units

    def _give_all(self, line: Line) -> None:
        for source, units in line.held.items():
            self.left[source] += units
            if self.limits:
                self.limits.take(line.index, source, -units)
        line.held = {}

    def _restore(self, line: Line, before: dict[int, int]) -> None:
        self._give_all(line)
        for source, units in before.items():
            self._take(line, source, units, bounded=False)

    def result(self) -> Shared:
        """The pegs and the broken floors."""
        pegs = list(self.pegs)
        for line in self.lines:
            pegs += [
                (line.index, self.piles[source], units, _rule(line, source, units))
                for source, units in line.held.items()
            ]
        return Shared(pegs, [(line.index, line.lacking) for line in self.lines if line.lacking])


def _rule(line: Line, source: int, units: int) -> Rule:
    if line.strategy in FLOORED and source in line.floor:
        return Rule.KEPT if units <= line.had.get(source, 0) else Rule.FLOOR
    return Rule.SHARED if line.is_dealt else Rule.TOP_UP


def _is_better(line: Line, before: dict[int, int]) -> bool:
    """Is what it holds nowhere worse than `before`, and somewhere better?"""
    gained: dict[int, int] = {}
    for held, sign in ((line.held, 1), (before, -1)):
        for source, units in held.items():
            grade = line.view.grade[source]
            gained[grade] = gained.get(grade, 0) + sign * units
    curve = list(accumulate(gained[grade] for grade in sorted(gained)))
    return min(curve, default=0) >= 0 and any(curve)


def _may_share(line: Line) -> bool:
    return line.strategy in (*FLOORED, REDISTRIBUTE) and not (line.complete or line.shape.least > 1 or line.shape.most)
