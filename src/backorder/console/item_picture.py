"""The picture of an item over time: supply up, demand down, what is left as a line, the shortage, each slip.

Pure geometry: days and units in, shapes in SVG units out. Demand stands on the day that was first promised, so a slip
shows as a shortage and not as a wish that moved along.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from backorder.orders.showing.item_queue import Coming, Due

Scale = Literal["day", "week"]

MOST_COLUMNS = 20
MOST_SLIPS = 3
WIDTH, LEFT, RIGHT = 1104, 64, 1084
TOP, PLOT, FOOT = 14, 250, 40
LANE = 24
WORDS = 240  # Room that the words beside a slip take, in SVG units.
ONE_DAY, ONE_WEEK = timedelta(days=1), timedelta(days=7)
SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Period:
    """A day or week: what arrives and is due in it, and what is left at its end (negative: short)."""

    start: date
    until: date
    arrives: int
    due: int
    lines: int
    balance: int
    coming: tuple[Coming, ...]


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Column:
    """A period as it is drawn."""

    period: Period
    place: Box
    chosen: bool
    arrives: Box | None
    due: Box | None
    short: Box | None
    left: Box | None
    label_x: float
    arrives_y: float
    names_month: bool


@dataclass(frozen=True, slots=True)
class Slip:
    """Where a supply was expected, and the way from there to where it is now."""

    coming: Coming
    expected: Box | None
    start_x: float
    end_x: float
    y: float
    label_x: float
    anchor: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A line of the grid and the number beside it."""

    y: float
    units: int


@dataclass(frozen=True, slots=True)
class Drawing:
    """Everything the template draws. `worst` is the deepest shortage, `later` what lies beyond the last column."""

    scale: Scale
    height: int
    columns: tuple[Column, ...]
    marks: tuple[Mark, ...]
    zero: float
    balance: str
    slips: tuple[Slip, ...]
    worst: Column | None
    later_arrives: int
    later_due: int

    @property
    def last(self) -> Column:
        return self.columns[-1]

    @property
    def bottom(self) -> int:
        return self.height - FOOT

    @property
    def chosen(self) -> Period | None:
        return next((column.period for column in self.columns if column.chosen), None)

    @property
    def first_free(self) -> Period | None:
        """The first period at whose end something is left, and stays left."""
        free = None
        for column in reversed(self.columns):
            if column.period.balance <= 0:
                break
            free = column.period
        return free


def draw(
    coming: Sequence[Coming], due: Sequence[Due], *, free: int, today: date, scale: Scale, chosen: date | None = None
) -> Drawing:
    """Draw what comes and is due from `today` on, beginning with `free` units on the shelf."""
    found, later_arrives, later_due = periods(coming, due, free=free, today=today, scale=scale)
    slips = _slipped(coming, found)
    step = _step(found)
    top = max([0, *(max(one.arrives, one.balance) for one in found), *(slip.units for slip in slips)])
    deep = max([0, *(max(one.due, -one.balance) for one in found)])
    above, below = math.ceil(top / step) or 1, math.ceil(deep / step) or 1
    roof = TOP + LANE * len(slips) + 12
    unit = PLOT / ((above + below) * step)
    zero = roof + above * step * unit
    columns = tuple(_columns(found, zero, unit, roof, chosen))
    marks = tuple(Mark(round(zero - n * step * unit, 1), n * step) for n in range(above, -below - 1, -1))
    worst = min(columns, key=lambda column: column.period.balance)
    return Drawing(
        scale=scale, height=roof + PLOT + FOOT, columns=columns, marks=marks, zero=round(zero, 1),
        balance=_line(columns, zero, unit), slips=tuple(_slips(slips, columns, zero, unit)),
        worst=worst if worst.period.balance < 0 else None, later_arrives=later_arrives, later_due=later_due,
    )  # fmt: skip


def periods(
    coming: Sequence[Coming], due: Sequence[Due], *, free: int, today: date, scale: Scale
) -> tuple[list[Period], int, int]:
    """The periods to draw, and the units that arrive and are due after them. What is overdue counts in the first."""
    days = {max(one.ready_on, today) for one in coming} | {max(one.on or today, today) for one in due}
    starts = _weeks(today, days) if scale == "week" else _days(today, days)
    until = [*starts[1:], starts[-1] + (ONE_WEEK if scale == "week" else ONE_DAY)]
    found: list[Period] = []
    balance = free
    for start, end in zip(starts, until, strict=True):
        here = tuple(one for one in coming if start <= max(one.ready_on, today) < end)
        owed = [one for one in due if start <= max(one.on or today, today) < end]
        arrives, units = sum(one.units for one in here), sum(one.units for one in owed)
        balance += arrives - units
        found.append(Period(start, end, arrives, units, sum(one.lines for one in owed), balance, here))
    last = until[-1]
    later = sum(one.units for one in coming if one.ready_on >= last)
    return found, later, sum(one.units for one in due if one.on is not None and one.on >= last)


def _days(today: date, events: set[date]) -> list[date]:
    """Today, every weekday and each day on which something happens, as many as there is room for."""
    end = max([*events, today + 9 * ONE_DAY])
    days, day = [today], today + ONE_DAY
    while len(days) < MOST_COLUMNS and day <= end:
        if day.weekday() < SATURDAY or day in events:
            days.append(day)
        day += ONE_DAY
    return days


def _weeks(today: date, events: set[date]) -> list[date]:
    """Today, and each Monday after it until the last thing happens."""
    end = max([*events, today + 7 * ONE_WEEK])
    monday = today + timedelta(days=7 - today.weekday())
    weeks = [today]
    while len(weeks) < MOST_COLUMNS and monday <= end:
        weeks.append(monday)
        monday += ONE_WEEK
    return weeks


def _step(found: Iterable[Period]) -> int:
    """Units from one line of the grid to the next: 1, 2 or 5 of some power of ten, about five lines in all."""
    most = max(max(one.arrives, one.due, abs(one.balance)) for one in found)
    rough = max(most, 4) / 3
    power = 10 ** math.floor(math.log10(rough))
    return max(int(next(n * power for n in (1, 2, 5, 10) if n * power >= rough)), 1)


def _columns(found: Sequence[Period], zero: float, unit: float, roof: int, chosen: date | None) -> Iterable[Column]:
    width = (RIGHT - LEFT) / len(found)
    bar = min(18.0, width / 3)
    for number, one in enumerate(found):
        x = LEFT + number * width
        height = one.arrives * unit
        yield Column(
            period=one,
            place=_box(x, roof - 12, width, PLOT + 12),
            chosen=chosen is not None and one.start <= chosen < one.until,
            arrives=_box(x + width / 2 - bar - 1, zero - height, bar, height) if one.arrives else None,
            due=_box(x + width / 2 + 1, zero + 0.5, bar, one.due * unit) if one.due else None,
            short=_box(x, zero, width, -one.balance * unit) if one.balance < 0 else None,
            left=_box(x, zero - one.balance * unit, width, one.balance * unit) if one.balance > 0 else None,
            label_x=round(x + width / 2, 1),
            arrives_y=round(zero - height - 6, 1),
            names_month=number == 0 or one.start.month != found[number - 1].start.month,
        )


def _line(columns: Sequence[Column], zero: float, unit: float) -> str:
    """The path of what is left: one step for each period."""
    steps = [f"M{columns[0].place.x} {round(zero - columns[0].period.balance * unit, 1)}"]
    for column in columns:
        y = round(zero - column.period.balance * unit, 1)
        steps.append(f"V{y}H{round(column.place.x + column.place.width, 1)}")
    return "".join(steps)


def _slipped(coming: Sequence[Coming], found: Sequence[Period]) -> list[Coming]:
    """The largest supplies that are drawn in a later period than they were first expected in."""
    drawn = {one.id: period.start for period in found for one in period.coming}
    slipped = [one for one in coming if one.id in drawn and one.first_eta < drawn[one.id]]
    largest = sorted(slipped, key=lambda one: (-one.units, one.id))[:MOST_SLIPS]
    return sorted(largest, key=lambda one: (one.ready_on, one.id))


def _slips(slipped: Sequence[Coming], columns: Sequence[Column], zero: float, unit: float) -> Iterable[Slip]:
    for lane, one in enumerate(slipped):
        here = next(column for column in columns if one in column.period.coming)
        at = next((c for c in columns if c.period.start <= one.first_eta < c.period.until), None)
        bar = here.arrives.width if here.arrives else 16.0
        expected, start = None, float(LEFT)
        if at is not None:
            height = one.units * unit
            expected = _box(at.label_x - bar - 1, zero - height, bar, height)
            start = round(at.label_x - bar / 2 - 1, 1)
        end = round(here.label_x - bar / 2 - 1, 1)
        x, anchor = _beside(start, end)
        yield Slip(one, expected, start, end, TOP + LANE * lane + 18, x, anchor)


def _beside(start: float, end: float) -> tuple[float, str]:
    """Where the words of a slip stand: over it, or if it is short on the side with more room."""
    if end - start >= WORDS:
        return round((start + end) / 2, 1), "middle"
    return (end + 8, "start") if end < WIDTH / 2 else (start - 8, "end")


def _box(x: float, y: float, width: float, height: float) -> Box:
    return Box(round(x, 1), round(y, 1), round(width, 1), round(max(height, 1.0), 1))
