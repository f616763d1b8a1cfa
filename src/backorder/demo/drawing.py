"""Draws the report's charts as SVG text: numbers in, geometry out, colours left to the style sheet.

Solid is here now, outlined is dated, hatched is dated and slipped, dashed has no
supply. No script, no reference outside.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from html import escape
from itertools import pairwise

WIDTH = 864
LEFT, RIGHT, TOP = 44, 860, 18

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Scale:
    """Maps [low, high] onto [start, end] of the drawing, linearly."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        return self.start + (value - self.low) / ((self.high - self.low) or 1) * (self.end - self.start)


def nice_step(span: float, *, at_most: int = 5) -> int:
    """The smallest of 1, 2, 3, 5 x 10^n (at least 1) that divides `span` into `at_most` steps or fewer."""
    least = max(span / at_most, 1)
    power = 10 ** math.floor(math.log10(least))
    return int(next(step * power for step in (1, 2, 3, 5, 10) if step * power >= least))


def chart(body: Iterable[str], *, name: str, title: str, height: int) -> str:
    """A whole chart; `title` says its finding to those who cannot see it."""
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="Chart: {escape(title, quote=True)}">'
        f'<svg class="chart tall" viewBox="0 0 {WIDTH} {height}" role="img" aria-labelledby="{name}">'
        f'<title id="{name}">{escape(title)}</title>{"".join(body)}</svg></div>'
    )


def rect(style: str, x: float, y: float, width: float, height: float, *, round_by: float = 0) -> str:
    corners = f' rx="{_n(round_by)}"' if round_by else ""
    return f'<rect class="{style}" x="{_n(x)}" y="{_n(y)}" width="{_n(width)}" height="{_n(max(height, 0))}"{corners}/>'


def text(x: float, y: float, says: str, *, style: str = "") -> str:
    kind = f' class="{style}"' if style else ""
    return f'<text{kind} x="{_n(x)}" y="{_n(y)}">{escape(says)}</text>'


def path(style: str, points: Sequence[Point], *, closed: bool = False) -> str:
    drawn = "M" + "L".join(f"{_n(x)} {_n(y)}" for x, y in points) + ("Z" if closed else "")
    return f'<path class="{style}" d="{drawn}"/>'


def steps(points: Sequence[Point]) -> list[Point]:
    """The same line walked in steps: a value holds until the next one."""
    walked = list(points[:1])
    for (_, before), (x, y) in pairwise(points):
        walked += [(x, before), (x, y)]
    return walked


def y_axis(scale: Scale, *, every: float, label: Callable[[float], str]) -> list[str]:
    """Hairlines with labels; zero is drawn stronger."""
    drawn = []
    value = math.ceil(scale.low / every) * every
    while value <= scale.high + 1e-9:
        y = scale(value)
        drawn.append(f'<path class="{"zero" if abs(value) < 1e-9 else "grid"}" d="M{LEFT} {_n(y)}H{RIGHT}"/>')
        drawn.append(text(LEFT - 8, y + 4, label(value), style="e"))
        value += every
    return drawn


def months(scale: Scale, first: date, last: date, *, y: float) -> list[str]:
    """Month names at the first day of each month in sight; the year under January and at the start."""
    drawn, month = [], first.replace(day=1)
    while month <= last:
        if month >= first and scale.end - scale(month.toordinal()) > 24:
            x = scale(month.toordinal())
            drawn.append(f'<path class="grid" d="M{_n(x)} {_n(y - 14)}v4"/>')
            drawn.append(text(x, y, f"{month:%b %Y}" if month.month == 1 or not drawn[1:] else f"{month:%b}"))
        month = (month + timedelta(days=32)).replace(day=1)
    return drawn


def backlog(days: Sequence[tuple[date, int, int, int]]) -> str:
    """Units waiting at each day's end: (day, on supply that keeps its day, on slipped supply, on none)."""
    height, floor = 216, 184
    first, last = days[0][0], days[-1][0]
    waiting = [day[1:] for day in days]
    top = max(*(sum(counts) for counts in waiting), 4)
    x = Scale(first.toordinal(), last.toordinal(), LEFT, RIGHT)
    y = Scale(0, top * 1.08, floor, TOP)
    body = y_axis(y, every=nice_step(top), label=units)
    below = [0] * len(days)
    for column, style in enumerate(("u-later", "f-h-late l-late f-under", "u-none")):
        above = [low + counts[column] for low, counts in zip(below, waiting, strict=True)]
        if above != below:
            edge = [(x(day[0].toordinal()), y(n)) for day, n in zip(days, above, strict=True)]
            base = [(x(day[0].toordinal()), y(n)) for day, n in zip(days, below, strict=True)]
            body.append(path(style, [*edge, *reversed(base)], closed=True))
        below = above
    peak = max(range(len(days)), key=lambda n: below[n])
    at = x(days[peak][0].toordinal())
    end = at > WIDTH * 0.8
    body.append(f'<circle class="f-ink" cx="{_n(at)}" cy="{_n(y(below[peak]))}" r="2.5"/>')
    body.append(text(at + (-6 if end else 6), y(below[peak]) - 5, f"{below[peak]:,} on {day_month(days[peak][0])}",
                     style="strong e" if end else "strong"))  # fmt: skip
    body += months(x, first, last, y=floor + 18)
    title = (
        f"Units waiting at the end of each day: at most {below[peak]:,} on {day_month(days[peak][0])}, "
        f"{below[-1]:,} on {day_month(last)}."
    )
    return chart(body, name="c-backlog", title=title, height=height)


def kept(weeks: Sequence[tuple[date, int, int, int]], *, title: str) -> str:
    """Shares kept by week: (monday, lines due, kept on first day, kept on latest day); bars show how many were due."""
    height, floor = 204, 172
    x = Scale(weeks[0][0].toordinal(), weeks[-1][0].toordinal() + 7, LEFT, RIGHT - 70)
    y = Scale(0, 1, floor, TOP)
    body = y_axis(y, every=0.25, label=lambda value: f"{value:.0%}")
    wide = x(7) - x(0)
    most = max(week[1] for week in weeks)
    amount = Scale(0, most, floor, floor - 56)
    for monday, lines, _, _ in weeks:
        left = x(monday.toordinal())
        body.append(rect("f-bar", left + 1, amount(lines), max(wide - 2, 1), floor - amount(lines), round_by=1))
    shares = [(first / lines, latest / lines) for _, lines, first, latest in weeks]
    for column, style in enumerate(("l-acc dash", "l-acc")):
        line = [
            (x(week[0].toordinal()) + wide / 2, y(share[column])) for week, share in zip(weeks, shares, strict=True)
        ]
        body.append(path(style, line))
        body.append(f'<circle class="f-acc" cx="{_n(line[-1][0])}" cy="{_n(line[-1][1])}" r="3"/>')
    at_first, at_latest = shares[-1]
    body += _end_labels(x(weeks[-1][0].toordinal()) + wide + 2, [(y(at_latest), "latest date", "t-acc"),
                                                                (y(at_first), "first date", "")])  # fmt: skip
    busiest = max(weeks, key=lambda week: week[1])
    middle = max(x(busiest[0].toordinal()) + wide / 2, LEFT + 40)
    body.append(text(middle, amount(most) - 5, f"{most:,} lines due", style="m"))
    body += months(x, weeks[0][0], weeks[-1][0], y=floor + 18)
    return chart(body, name="c-kept", title=title, height=height)


def histogram(buckets: Sequence[tuple[str, int, bool]], *, title: str) -> str:
    """Lines by days late: (label, lines, is late). Late bars are hatched."""
    height, floor = 196, 160
    most = max((lines for _, lines, _ in buckets), default=1) or 1
    y = Scale(0, most * 1.1, floor, TOP)
    every = nice_step(most, at_most=4)
    body = y_axis(y, every=every, label=units)
    wide = (RIGHT - LEFT) / len(buckets)
    for n, (label, lines, is_late) in enumerate(buckets):
        left, bar = LEFT + n * wide + wide * 0.16, wide * 0.68
        style, tell = ("f-h-late l-late f-under", "m t-late") if is_late else ("f-kept", "m t-kept")
        body.append(rect(style, left, y(lines), bar, floor - y(lines), round_by=2))
        body.append(text(left + bar / 2, y(lines) - 6, f"{lines:,}", style=tell))
        body.append(text(left + bar / 2, floor + 18, label, style="m"))
    return chart(body, name="c-late", title=title, height=height)


@dataclass(frozen=True, slots=True)
class Arrival:
    """A delivery in the item's chart; `came_on` None: still due on `eta`."""

    reference: str
    units: int
    first_eta: date
    eta: date
    came_on: date | None

    @property
    def day(self) -> date:
        return self.came_on or self.eta

    @property
    def slipped_days(self) -> int:
        return (self.day - self.first_eta).days


def item(
    window: Sequence[date], ordered: dict[date, int], balance: dict[date, int], arrivals: Sequence[Arrival], title: str
) -> str:
    """One item by day: arrivals up, orders down, the balance as a line, the shortage hatched, slips drawn."""
    height, floor, head = 292, 262, 34
    first, last = window[0], window[-1]
    x = Scale(first.toordinal(), last.toordinal() + 1, LEFT, RIGHT)
    stands = _filled(window, balance)
    seen = [one for one in arrivals if first <= one.day <= last]
    high = max([*stands, *(one.units for one in seen), 1])
    low = min([*stands, *(-n for n in ordered.values()), 0])
    y = Scale(low, high * 1.05, floor - (20 if low < 0 else 4), head + 14 * len(_slipped(seen, first)))
    wide = x(1) - x(0)
    body = y_axis(y, every=nice_step(high - low, at_most=5), label=units)
    line = steps([(x(day.toordinal()), y(n)) for day, n in zip(window, stands, strict=True)] + [(x.end, y(stands[-1]))])
    body.append(_shortage(line, y(0)))
    for day in window:
        if ordered.get(day, 0) > 0:
            n = ordered[day]
            body.append(
                rect("f-h-wait l-wait f-under", x(day.toordinal()) + wide * 0.25, y(0), wide * 0.5, y(-n) - y(0))
            )
    body += _arrivals(seen, x, y, wide)
    body.append(path("l-ink", line))
    body += _deepest(window, stands, x, y)
    for n, one in enumerate(_slipped(seen, first)):
        body += _slip_arrow(one, x, y, wide, head + 14 * n - 14)
    body += _days(window, x, floor + 18)
    return chart(body, name="c-item", title=title, height=height)


def _slipped(seen: Sequence[Arrival], first: date) -> list[Arrival]:
    late = [one for one in seen if one.slipped_days > 0 and one.first_eta >= first]
    return sorted(late, key=lambda one: (-one.slipped_days, one.reference))[:2]


def _arrivals(seen: Sequence[Arrival], x: Scale, y: Scale, wide: float) -> list[str]:
    """Bars with their units; a label that would run into the one before it moves above it."""
    drawn: list[str] = []
    last = (-100.0, 0.0)
    for one in sorted(seen, key=lambda one: (one.day, one.reference)):
        left = x(one.day.toordinal()) + wide * 0.1
        drawn.append(rect("f-acc" if one.came_on else "u-due", left, y(one.units), wide * 0.8, y(0) - y(one.units)))
        top = y(one.units) - 5
        if left - last[0] < 46 and abs(top - last[1]) < 13:
            top = last[1] - 13
        drawn.append(text(left + wide * 0.4, top, f"+{one.units:,}", style="m t-acc"))
        last = (left, top)
    return drawn


def _slip_arrow(one: Arrival, x: Scale, y: Scale, wide: float, at: float) -> list[str]:
    start, end = x(one.first_eta.toordinal()) + wide * 0.5, x(one.day.toordinal()) + wide * 0.5
    says = f"{one.reference} slipped {one.slipped_days} day{'s' if one.slipped_days != 1 else ''}: {one.units:,} units"
    room = end - start
    return [
        rect("expected", start - wide * 0.4, y(one.units), wide * 0.8, y(0) - y(one.units)),
        path("l-late dash", [(start, at + 6), (end - 3, at + 6)]),
        path("l-late", [(end - 8, at + 2), (end - 3, at + 6), (end - 8, at + 10)]),
        text(start + room / 2, at, says, style="m t-late") if room > 150
        else text(start - 6, at + 10, says, style="e t-late"),
    ]  # fmt: skip


def _deepest(window: Sequence[date], stands: Sequence[int], x: Scale, y: Scale) -> list[str]:
    worst = min(range(len(window)), key=lambda n: stands[n])
    if stands[worst] >= 0:
        return []
    at = x(window[worst].toordinal())
    end = at > WIDTH * 0.5
    says = f"{-stands[worst]:,} short on {day_month(window[worst])}"
    return [text(at - 6 if end else at + 8, y(stands[worst]) + 13, says, style="t-late e" if end else "t-late")]


def _shortage(line: Sequence[Point], zero: float) -> str:
    below = [(px, max(py, zero)) for px, py in line]
    return path("f-h-late faint", [(line[0][0], zero), *below, (line[-1][0], zero)], closed=True)


def _filled(window: Sequence[date], balance: dict[date, int]) -> list[int]:
    stands, found = 0, []
    before = [day for day in balance if day < window[0]]
    if before:
        stands = balance[max(before)]
    for day in window:
        stands = balance.get(day, stands)
        found.append(stands)
    return found


def _days(window: Sequence[date], x: Scale, y: float) -> list[str]:
    """Mondays, as many as have room; the month is said where it begins."""
    every = -(-len(window) // 84)
    mondays = [day for day in window if day.weekday() == 0][::every]
    drawn, said = [], None
    for day in mondays:
        if x.end - x(day.toordinal()) > 30:
            drawn.append(text(x(day.toordinal()), y, str(day.day) if day.month == said else day_month(day)))
            said = day.month
    return drawn


def _end_labels(x: float, labels: list[tuple[float, str, str]]) -> list[str]:
    (first, _, _), (second, _, _) = labels
    push = max(0.0, 13 - abs(first - second)) / 2 * (1 if first <= second else -1)
    return [
        text(x, y + 4 + (-push if n == 0 else push), says, style=style) for n, (y, says, style) in enumerate(labels)
    ]


def day_month(day: date) -> str:
    """`3 Nov`."""
    return f"{day.day} {day:%b}"


def units(value: float) -> str:
    """Whole units with a real minus sign."""
    return f"{value:,.0f}".replace("-", "−")


def _n(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
