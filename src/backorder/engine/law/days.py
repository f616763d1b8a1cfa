"""The days of the law: from instants, by the strictest zone, in calendar days or working days.

A deadline is a day and lasts to its end. Under the strictest reading (A5) it ends when it ends in the first of the two
zones, so what people do counts on the later of its two local dates, and a period starts on the earlier.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

from ..calendars import WorkingDays
from .assumptions import Assumptions, Zones
from .facts import LineFacts

LONGEST_SPAN_YEARS = 3  # Working days are counted within so many years of a day.


class Days:
    """The zones of one line, and how its instants become days."""

    __slots__ = ("_zones",)

    def __init__(self, facts: LineFacts, assumptions: Assumptions) -> None:
        seller = _zone(facts.seller_zone) or UTC
        buyer = _zone(facts.buyer_zone) or seller
        chosen = {Zones.BUYER: {buyer}, Zones.SELLER: {seller}, Zones.STRICTEST: {buyer, seller}}
        self._zones = chosen[assumptions.zones]

    def acted_on(self, at: datetime) -> date:
        """The day an act counts on when it is held against a deadline: the later local date."""
        return max(self._dates(at))

    def started_on(self, at: datetime) -> date:
        """The day a period starts that runs against the seller: the earlier local date."""
        return min(self._dates(at))

    def ends_at(self, day: date) -> datetime:
        """The instant (UTC) at which a deadline on `day` has passed: the first midnight after it."""
        midnight = datetime.combine(day + timedelta(days=1), time())
        return min(midnight.replace(tzinfo=zone).astimezone(UTC) for zone in self._zones)

    def _dates(self, at: datetime) -> list[date]:
        assert at.tzinfo is not None, "The law needs aware instants."
        return [at.astimezone(zone).date() for zone in self._zones]


def us_working_days(assumptions: Assumptions, *, around: date) -> WorkingDays:
    """Working days of reading A2 for the years around a day."""
    closed = set(assumptions.closed)
    if not assumptions.federal_holidays_are_working_days:
        years = range(around.year - 1, around.year + LONGEST_SPAN_YEARS)
        closed |= {day for year in years for day in federal_holidays(year)}
    return WorkingDays(assumptions.working_weekdays, frozenset(closed))


def plain_working_days(assumptions: Assumptions) -> WorkingDays:
    """Working days outside the US: the weekdays of A2 less the days the caller says are closed."""
    return WorkingDays(assumptions.working_weekdays, assumptions.closed)


def working_days_after(day: date, n: int, working: WorkingDays) -> date:
    """The n-th working day after `day`, `day` itself not counted; `day` for n = 0."""
    return day if n == 0 else working.add(day + timedelta(days=1), n - 1)


@lru_cache(maxsize=64)
def federal_holidays(year: int) -> frozenset[date]:
    """The days US federal offices are closed that fall in `year` (5 USC 6103, 85 FR 8 for days kept in lieu)."""
    kept = (_in_lieu(day) for y in (year, year + 1) for day in _legal_holidays(y))
    return frozenset(day for day in kept if day.year == year)


def _legal_holidays(year: int) -> Iterable[date]:
    yield date(year, 1, 1)
    if year >= 1986:
        yield _nth_weekday(year, 1, 0, 3)  # Martin Luther King, Jr.
    yield _nth_weekday(year, 2, 0, 3)  # Washington's Birthday
    yield _nth_weekday(year, 6, 0, 1) - timedelta(days=7)  # Memorial Day: the last Monday of May
    if year >= 2021:
        yield date(year, 6, 19)  # Juneteenth
    yield date(year, 7, 4)
    yield _nth_weekday(year, 9, 0, 1)  # Labor Day
    yield _nth_weekday(year, 10, 0, 2)  # Columbus Day
    yield date(year, 11, 11)  # Veterans Day
    yield _nth_weekday(year, 11, 3, 4)  # Thanksgiving
    yield date(year, 12, 25)


def _nth_weekday(year: int, month: int, weekday: int, n: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (n - 1))


def _in_lieu(day: date) -> date:
    """A holiday on a Saturday is kept on the Friday before, one on a Sunday on the Monday after."""
    return day + timedelta(days={5: -1, 6: 1}.get(day.weekday(), 0))


@lru_cache(maxsize=512)
def _zone(name: str) -> tzinfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (ValueError, OSError, KeyError):  # A name nobody knows, or no name at all.
        return None
