"""The ways to each kind of customer and the policies of items, by number, so that columns can point to them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backorder.catalog.snapshot import Snapshot
from backorder.engine.calendars import Route, needs
from backorder.engine.columns import ANY_DAY, ASAP, MISSING, Ints
from backorder.engine.model import Policy

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Way:
    """Where customers of one channel, country and service are served from, the first choice first."""

    channel: str
    country: str
    routes: tuple[Route, ...]
    first_location: str | None

    def route(self, location: int) -> Route:
        """The route from a location; what is held where the channel no longer sources goes its first way."""
        return next((route for route in self.routes if route.location == location), self.routes[0])


@dataclass(frozen=True, slots=True)
class Needs:
    """Entries `start[i]` to `start[i + 1]` are the ways of line i, as `engine.columns.Lines` wants them."""

    start: Ints
    location: Ints
    need: Ints
    due: Ints


def ways(book: Snapshot, channels: dict[int, str], keys: Iterable[Sequence[int]]) -> list[Way]:
    """A way for each (channel id, country as two letters in a number, service id)."""
    return [_way(book, channels[channel], letters(country), service) for channel, country, service in keys]


def _way(book: Snapshot, channel: str, country: str, service: int) -> Way:
    routes = book.routes(channel=channel, country=country, service_id=service)
    return Way(channel, country, routes, book.locations()[routes[0].location].code if routes else None)


def letters(country: int) -> str:
    """The country whose two letters make the number `256 * first + second`."""
    return chr(country // 256) + chr(country % 256)


def policies(book: Snapshot, found: Sequence[Way], way: Ints, item: Ints) -> tuple[list[Policy], Ints]:
    """Each policy once, and its number for every line by its way and item."""
    pairs, back = distinct(way, item)
    kept: dict[int, int] = {}
    each: list[Policy] = []
    number = np.empty(pairs.shape[1], dtype=np.int64)
    for one in np.unique(pairs[0]).tolist():
        here = np.flatnonzero(pairs[0] == one)
        by_item = book.policies(pairs[1][here].tolist(), channel=found[one].channel, country=found[one].country)
        for place, id in zip(here.tolist(), pairs[1][here].tolist(), strict=True):
            policy = by_item[id]
            if id_of(policy) not in kept:
                kept[id_of(policy)] = len(each)
                each.append(policy)
            number[place] = kept[id_of(policy)]
    return each, number[back]


def needed(found: Sequence[Way], way: Ints, wanted_on: Ints, asked_on: Ints, due_on: Ints) -> Needs:
    """By when units must be at each location of each line's way: for the wanted day, and for the due day.

    Days are ordinals, MISSING where there is none; `asked_on` counts where ways differ in length.
    """
    differs = np.array([len({route.days() for route in one.routes}) > 1 for one in found], dtype=bool)
    # A wish decides alone, and ways of one length need no day to be compared by.
    asked = np.where(differs[way] & (wanted_on == MISSING), asked_on, MISSING)
    keys, back = distinct(way, wanted_on, asked, due_on)
    each = [_need(found[key[0]], *map(day, key[1:])) for key in keys.T.tolist()]
    sizes = np.array([len(one) for one in each], dtype=np.int64)
    flat = np.array([row for one in each for row in one], dtype=np.int64).reshape(-1, 3)
    start, places = spread(sizes, back)
    return Needs(start, *(flat[places].T.copy()))


def spread(sizes: Ints, chosen: Ints) -> tuple[Ints, Ints]:
    """Groups of `sizes` lie end to end; the entries of the `chosen` groups, and where each choice begins."""
    first = np.concatenate(([0], np.cumsum(sizes)))
    start = np.concatenate(([0], np.cumsum(sizes[chosen])))
    places = np.arange(start[-1]) - np.repeat(start[:-1] - first[chosen], sizes[chosen])
    return start, places


def distinct(*columns: Ints) -> tuple[NDArray[np.int64], Ints]:
    """The different rows of some columns (one row a column of the result), and which of them each row is."""
    together = np.zeros(len(columns[0]), dtype=np.int64)
    for column in columns:
        _, place = np.unique(column, return_inverse=True)
        # Renumbered after each column, so that the numbers never outgrow the rows.
        _, together = np.unique(together * (int(place.max(initial=0)) + 1) + place, return_inverse=True)
    _, first = np.unique(together, return_index=True)
    return np.array([column[first] for column in columns]), together


def day(ordinal: int) -> date | None:
    """The day of an ordinal, None for MISSING."""
    return None if ordinal == MISSING else date.fromordinal(ordinal)


def instant(microseconds: int) -> datetime:
    """The instant so many microseconds after 1970."""
    return EPOCH + timedelta(microseconds=microseconds)


def id_of(value: Any) -> int:
    """Policies are shared objects and hold mappings, so they are told apart by identity."""
    return id(value)


def _need(way: Way, wanted_on: date | None, asked_on: date | None, due_on: date | None) -> list[tuple[int, int, int]]:
    # Without `asked_on` it is not used: there is a wish, or all ways are of one length.
    need = needs(way.routes, wanted_on=wanted_on, asked_on=asked_on or date.min)
    return [
        (
            route.location,
            ASAP if (by := need[route.location]) is None else by.toordinal(),
            ANY_DAY if (due := route.need_on(due_on)) is None else due.toordinal(),
        )
        for route in way.routes
    ]
