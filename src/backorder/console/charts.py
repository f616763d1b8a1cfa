"""Charts as SVG geometry, drawn on the server: bars side by side, lines over time, sparks. Colour comes from roles.

Pure: numbers in, shapes out; templates write the words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, log10

WIDTH, HEIGHT, WIDE = 484, 200, 784
LEFT, TOP, FLOOR = 44, 22, 172
SPARK_WIDTH, SPARK_TOP, SPARK_FLOOR = 160, 4, 28


@dataclass(frozen=True, slots=True)
class Tick:
    """A grid line and its number."""

    y: float
    value: float


@dataclass(frozen=True, slots=True)
class Bar:
    """A column of a pair: where it stands, and its label's middle."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Pair:
    """Two columns that are compared, under one label."""

    first: Bar
    second: Bar
    middle: float
    top: float


@dataclass(frozen=True, slots=True)
class Line:
    """A line over time: its path, and its last point."""

    path: str
    x: float
    y: float


def steps(most: float, *, count: int = 3) -> list[float]:
    """Round numbers from 0 up to at least `most`."""
    if most <= 0:
        return [0, 1]
    raw = most / count
    size = 10 ** int(log10(raw)) if raw >= 1 else 1
    step = next(one * size for one in (1, 2, 2.5, 5, 10) if one * size >= raw)
    step = max(step, 1)
    return [n * step for n in range(ceil(most / step) + 1)]


def pairs(values: Sequence[tuple[float, float]]) -> tuple[list[Tick], list[Pair]]:
    """Columns two by two, and the grid behind them."""
    grid = steps(max((max(pair) for pair in values), default=0))
    ticks = [Tick(_y(value, grid[-1]), value) for value in grid]
    room = (WIDTH - LEFT) / max(len(values), 1)
    drawn = []
    for number, (one, other) in enumerate(values):
        middle = LEFT + room * (number + 0.5)
        width = min(23, room / 3)
        first = _bar(middle - width - 2, width, one, grid[-1])
        second = _bar(middle + 2, width, other, grid[-1])
        drawn.append(Pair(first, second, round(middle, 1), min(first.y, second.y) - 8))
    return ticks, drawn


def lines(series: Sequence[Sequence[float | None]], *, right: float = WIDTH - 8) -> tuple[list[Tick], list[Line]]:
    """Lines over the same days, from the smallest to the largest value of all; days without a value are left out."""
    known = [value for one in series for value in one if value is not None]
    lowest, highest = _range(known)
    ticks = [Tick(_between(value, lowest, highest), value) for value in (lowest, (lowest + highest) / 2, highest)]
    return ticks, [_line(one, lowest, highest, right) for one in series]


def area(values: Sequence[float], *, right: float = WIDE - 8) -> tuple[list[Tick], str, Line]:
    """A line from zero with the ground under it."""
    grid = steps(max(values, default=0))
    ticks = [Tick(_y(value, grid[-1]), value) for value in grid]
    line = _line(list(values), 0, grid[-1], right)
    return ticks, f"{line.path} V{FLOOR} H{LEFT}z" if line.path else "", line


def spark(values: Sequence[float]) -> tuple[str, str]:
    """A small line without scale, and the ground under it."""
    if len(values) < 2:
        return "", ""
    low, high = min(values), max(values)
    room = (high - low) or 1
    places = [
        (2 + n * (SPARK_WIDTH - 4) / (len(values) - 1), SPARK_FLOOR - (value - low) / room * (SPARK_FLOOR - SPARK_TOP))
        for n, value in enumerate(values)
    ]
    path = "M" + " ".join(f"{x:.4g} {y:.4g}" for x, y in places)
    return path, f"{path} V34 H2z"


def _bar(x: float, width: float, value: float, most: float) -> Bar:
    y = _y(value, most)
    return Bar(round(x, 1), y, round(width, 1), round(FLOOR - y, 1))


def _y(value: float, most: float) -> float:
    return round(FLOOR - value / most * (FLOOR - TOP), 1) if most else FLOOR


def _range(known: Sequence[float]) -> tuple[float, float]:
    if not known:
        return 0, 100
    low = min(known)
    return max(0.0, float(int(low / 5) * 5) - (0 if low % 5 else 5)), 100.0


def _between(value: float, low: float, high: float) -> float:
    return round(FLOOR - (value - low) / ((high - low) or 1) * (FLOOR - TOP), 1)


def _line(values: Sequence[float | None], low: float, high: float, right: float) -> Line:
    apart = (right - LEFT) / max(len(values) - 1, 1)
    places = [
        (round(LEFT + n * apart, 1), _between(value, low, high)) for n, value in enumerate(values) if value is not None
    ]
    if not places:
        return Line("", LEFT, FLOOR)
    return Line("M" + " ".join(f"{x:g} {y:g}" for x, y in places), *places[-1])
