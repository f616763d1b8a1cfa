"""The lines of one item as Python values, and the item's sources as each of them sees it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from numpy.typing import NDArray

from .columns import ANY_DAY, ASAP
from .model import Shape
from .strategies import Share, Variant
from .terms import DAY_BITS, LATEST, NEVER, UNABLE, Terms

Way = tuple[int, int, int]
"""Location, need, due."""


@dataclass(frozen=True, slots=True)
class View:
    """An item's sources as lines with equal ways see them, by source index.

    `late` is 0 on time, UNABLE where it may not serve; `grade` what compares (less is better): lateness, and
    for a line that rather has later units also how early. `best` begins with what to take first, `last`
    with the latest.
    """

    late: tuple[int, ...]
    grade: tuple[int, ...]
    in_time: tuple[bool, ...]
    tie: tuple[tuple[int, bool, int, int], ...]
    best: tuple[int, ...]
    last: tuple[int, ...]


@dataclass(slots=True, eq=False)
class Line:
    """A line at the table: what it `had`, of equally good units rather takes (`own`), and has been given (`held`)."""

    index: int
    strategy: int
    units: int
    view: View
    had: dict[int, int]
    complete: bool
    tier: int
    share: Share
    shape: Shape
    own: dict[int, int] = field(default_factory=dict)
    held: dict[int, int] = field(default_factory=dict)
    floor: dict[int, int] = field(default_factory=dict)
    lacking: int = 0
    is_dealt: bool = False

    @property
    def missing(self) -> int:
        return self.units - sum(self.held.values())

    def worst(self) -> int:
        """The grade of its last unit."""
        if self.missing:
            return NEVER
        return max((self.view.grade[source] for source in self.held), default=0)


def read_lines(terms: Terms, variant: Variant, row: int, piles: Sequence[int]) -> Iterator[Line]:
    """The lines of an item in the order of rank; lines with equal ways share one view. `piles` are its supplies."""
    lines, seats = terms.run.lines, terms.seats
    index = seats.order[seats.start[row] : seats.start[row + 1]]
    place = {pile: source for source, pile in enumerate(piles)}
    views = _Views(terms, piles)
    shares = [each.share for each in variant.segments]
    columns = zip(
        index.tolist(), terms.strategy[index].tolist(), lines.units[index].tolist(),
        lines.way_start[index].tolist(), lines.way_start[index + 1].tolist(),
        lines.held_start[index].tolist(), lines.held_start[index + 1].tolist(),
        terms.complete[index].tolist(), terms.later[index].tolist(), terms.from_shelf[index].tolist(),
        seats.tier[index].tolist(), seats.segment[index].tolist(), terms.sharing[index].tolist(),
        _picked(lines.min_part, index, 1), _picked(lines.max_parts, index, 0), _picked(lines.multiple, index, 1),
        _picked(lines.max_late_days, index, -1),
        strict=True,
    )  # fmt: skip
    for (
        line, strategy, units, way, way_end, held, held_end,
        complete, later, from_shelf, tier, segment, sharing, least, parts, multiple, late,
    ) in columns:  # fmt: skip
        had: dict[int, int] = {}
        for each in range(held, held_end):
            source, n = place[int(lines.held_source[each])], int(lines.held_units[each])
            if n:
                had[source] = had.get(source, 0) + n
        assert sum(had.values()) <= units, "a line holds no more than it wants"
        ways = tuple(
            zip(
                lines.way_location[way:way_end].tolist(),
                lines.way_need[way:way_end].tolist(),
                lines.way_due[way:way_end].tolist(),
                strict=True,
            )
        )
        share = shares[segment] if sharing else Share.IN_ORDER
        view = views.of(ways, late, later, from_shelf)
        shape = Shape(max(least, 1), max(multiple, 1), max(parts, 0))
        yield Line(line, strategy, units, view, had, complete, tier, share, shape)


class _Views:
    def __init__(self, terms: Terms, piles: Sequence[int]) -> None:
        supplies, these = terms.run.supplies, list(piles)
        self.location: list[int] = supplies.location[these].tolist()
        self.ready_on: list[int] = supplies.ready_on[these].tolist()
        self.certain: list[bool] = supplies.certain[these].tolist()
        self.moment: list[int] = terms.moment[these].tolist()
        self.known: dict[tuple[object, ...], View] = {}

    def of(self, ways: tuple[Way, ...], most: int, later: bool, from_shelf: bool) -> View:
        key = (ways, most, later, from_shelf)
        if key not in self.known:
            self.known[key] = self._look(ways, most, later, from_shelf)
        return self.known[key]

    def _look(self, ways: tuple[Way, ...], most: int, later: bool, from_shelf: bool) -> View:
        way = {location: (near, need, due) for near, (location, need, due) in reversed(list(enumerate(ways)))}
        late, grade, in_time, tie = [], [], [], []
        for source, moment in enumerate(self.moment):
            near, need, due = way.get(self.location[source], (0, ASAP, 0))
            ready_on = self.ready_on[source]
            is_able = self.location[source] in way and (from_shelf or moment % 2 == 1)
            is_able &= most < 0 or due == ANY_DAY or ready_on <= due + most
            late.append((_lateness(ready_on, moment, need)) if is_able else UNABLE)
            grade.append(late[-1] << DAY_BITS | (LATEST - moment if later else 0) if is_able else UNABLE)
            in_time.append(is_able and ready_on <= due)
            tie.append((LATEST - moment, not self.certain[source], near, source))
        able = [source for source in range(len(late)) if late[source] != UNABLE]
        best = sorted(able, key=lambda source: (late[source], tie[source]))
        last = sorted(able, key=lambda source: (-late[source], tie[source]))
        return View(tuple(late), tuple(grade), tuple(in_time), tuple(tie), tuple(best), tuple(last))


def _lateness(ready_on: int, moment: int, need: int) -> int:
    """As `allocate.lateness`: without a wanted day the moment itself, else how long after it."""
    if need == ASAP:
        return moment
    return 2 * (ready_on - need) + moment % 2 if ready_on > need else 0


def _picked(column: NDArray[Any] | None, index: NDArray[Any], otherwise: int) -> list[int]:
    return [otherwise] * len(index) if column is None else [int(each) for each in column[index]]
