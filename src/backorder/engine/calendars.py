"""Days on which people work, and the way from a location to a customer counted in them.

A `Route` turns the day units are ready into the day they ship and arrive, and a wanted day back into
the last day units may be ready; the two directions are exact inverses.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

ONE_DAY = timedelta(days=1)
MOST_CLOSED_DAYS = 366  # In a row; a calendar without any working day in a year is a mistake.


class NoWorkingDayError(ValueError):
    """A calendar has no working day within a year of the day asked about."""

    def __init__(self, day: date) -> None:
        super().__init__(f"The calendar has no working day within {MOST_CLOSED_DAYS} days of {day.isoformat()}.")
        self.day = day


@dataclass(frozen=True, slots=True)
class WorkingDays:
    """The days on which somebody works: `weekdays` (0 is Monday), less `closed`, and `opened` in any case."""

    weekdays: frozenset[int]
    closed: frozenset[date] = frozenset()
    opened: frozenset[date] = frozenset()

    def is_working(self, day: date) -> bool:
        return (day.weekday() in self.weekdays and day not in self.closed) or day in self.opened

    def next_working(self, day: date) -> date:
        """The first working day on or after `day`; NoWorkingDayError if there is none in a year."""
        return next(self._from(day, ONE_DAY))

    def last_working(self, day: date) -> date:
        """The last working day on or before `day`; NoWorkingDayError if there is none in a year."""
        return next(self._from(day, -ONE_DAY))

    def add(self, day: date, n: int) -> date:
        """`n` working days after the first working day on or after `day`."""
        assert n >= 0
        days = self._from(day, ONE_DAY)
        return [next(days) for _ in range(n + 1)][-1]

    def subtract(self, day: date, n: int) -> date:
        """`n` working days before the last working day on or before `day`: the last day whose `add` is <= `day`."""
        assert n >= 0
        days = self._from(day, -ONE_DAY)
        return [next(days) for _ in range(n + 1)][-1]

    def _from(self, day: date, step: timedelta) -> Iterator[date]:
        since = day
        while abs((day - since).days) <= MOST_CLOSED_DAYS:
            if self.is_working(day):
                since = day
                yield day
            day += step
        raise NoWorkingDayError(since)


EVERY_DAY = WorkingDays(frozenset(range(7)))
MONDAY_TO_FRIDAY = WorkingDays(frozenset(range(5)))


def needs(routes: Iterable[Route], *, wanted_on: date | None, asked_on: date) -> dict[int, date | None]:
    """By location, in the order of `routes`, the last day units may arrive there for a delivery on `wanted_on`.

    Without a wish it is None, unless the ways differ in length: then it is the day that would have made
    a delivery on `asked_on`, so that the allocator compares how late each location's supply would be.
    """
    ways = list(routes)
    if wanted_on is None and len({route.days() for route in ways}) > 1:
        wanted_on = asked_on
    return {route.location: route.need_on(wanted_on) for route in ways}


@dataclass(frozen=True, slots=True, eq=False)
class Route:
    """The way of units from one location to one customer; equal only to itself, so share it, do not copy it.

    `cut_off` is local time in `zone`: what is ordered at or after it counts from the next working day.
    `receiving_days` are calendar days from arrival to stock, `processing_days` are working days of the
    location, transit is in working days of the carrier. Days asked before are remembered.
    """

    location: int
    service: int | None
    zone: str
    location_days: WorkingDays
    cut_off: time
    receiving_days: int
    processing_days: int
    carrier_days: WorkingDays
    transit_min_days: int
    transit_max_days: int
    _clock: ZoneInfo = field(init=False, repr=False)
    _from_stock: dict[tuple[date, bool], date] = field(init=False, repr=False, default_factory=dict)
    _from_supply: dict[date, date] = field(init=False, repr=False, default_factory=dict)
    _deliveries: dict[date, tuple[date, date]] = field(init=False, repr=False, default_factory=dict)
    _ship_by: dict[date, date] = field(init=False, repr=False, default_factory=dict)

    def __post_init__(self) -> None:
        assert 0 <= self.transit_min_days <= self.transit_max_days
        assert self.receiving_days >= 0
        assert self.processing_days >= 0
        object.__setattr__(self, "_clock", ZoneInfo(self.zone))

    def days(self) -> tuple[int, int, int]:
        """(receiving, processing, longest transit) in days: how long the way is."""
        return self.receiving_days, self.processing_days, self.transit_max_days

    def today(self, now: datetime) -> date:
        """The day it is at the location; `now` is aware."""
        return now.astimezone(self._clock).date()

    def ship_on_from_stock(self, now: datetime) -> date:
        """The day units on the shelf leave when ordered at `now` (aware)."""
        local = now.astimezone(self._clock)
        asked = (local.date(), local.time() < self.cut_off)
        ship_on = self._from_stock.get(asked)
        if ship_on is None:
            ship_on = self._from_stock[asked] = self._processed(*asked)
        return ship_on

    def ship_on_from_supply(self, ready_on: date) -> date:
        """The day units leave that arrive at the location on `ready_on`."""
        ship_on = self._from_supply.get(ready_on)
        if ship_on is None:
            put_away_on = ready_on + timedelta(days=self.receiving_days)
            ship_on = self._from_supply[ready_on] = self.location_days.add(put_away_on, self.processing_days)
        return ship_on

    def street_ship_on(self, street_on: date) -> date:
        """The first day units may leave that are not to be sold before `street_on`."""
        return self.location_days.next_working(street_on)

    def delivery(self, ship_on: date) -> tuple[date, date]:
        """(deliver_from_on, deliver_on): the earliest and the promised day of arrival."""
        days = self._deliveries.get(ship_on)
        if days is None:
            first, last = (self.carrier_days.add(ship_on, n) for n in (self.transit_min_days, self.transit_max_days))
            days = self._deliveries[ship_on] = (first, last)
        return days

    def ship_by(self, wanted_on: date) -> date:
        """The last working day of the location on which units may leave and still arrive by `wanted_on`."""
        ship_by = self._ship_by.get(wanted_on)
        if ship_by is None:
            handed_over_by = self.carrier_days.subtract(wanted_on, self.transit_max_days)
            ship_by = self._ship_by[wanted_on] = self.location_days.last_working(handed_over_by)
        return ship_by

    def need_on(self, wanted_on: date | None) -> date | None:
        """The last day units may arrive at the location and still be delivered by `wanted_on` (None: no wish)."""
        if wanted_on is None:
            return None
        put_away_by = self.location_days.subtract(self.ship_by(wanted_on), self.processing_days)
        return put_away_by - timedelta(days=self.receiving_days)

    def _processed(self, today: date, in_time: bool) -> date:
        starts_on = today if in_time else today + ONE_DAY
        return self.location_days.add(starts_on, self.processing_days)
