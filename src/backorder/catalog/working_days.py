"""Turns a calendar's row into the engine's working days, public holidays included."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from datetime import date
from functools import lru_cache

import holidays

from backorder.engine.calendars import WorkingDays

YEARS = range(2000, 2101)


def knows_holidays(country: str, region: str = "") -> bool:
    """Are the public holidays of this country (and region of it) known?"""
    regions = holidays.list_supported_countries().get(country)
    return regions is not None and (not region or region in regions)


def working_days(
    weekdays: Iterable[int], *, country: str, region: str, closed: Iterable[date], opened: Iterable[date]
) -> WorkingDays:
    """The days on which somebody works; equal calendars give one shared object."""
    return _shared(frozenset(weekdays), country, region, frozenset(closed), frozenset(opened))


@lru_cache(maxsize=1024)
def _shared(
    weekdays: frozenset[int], country: str, region: str, closed: frozenset[date], opened: frozenset[date]
) -> WorkingDays:
    return WorkingDays(weekdays, closed | public_holidays(country, region), opened)


@lru_cache(maxsize=512)
def public_holidays(country: str, region: str) -> frozenset[date]:
    """Public holidays of the years 2000 to 2100; none where no country is named."""
    if not country:
        return frozenset()
    with warnings.catch_warnings():
        # Some countries publish their holidays for a few years only; the years known are used.
        warnings.simplefilter("ignore")
        return frozenset(holidays.country_holidays(country, subdiv=region or None, years=YEARS))
