"""The days of what one line has, piece by piece, with the reasons an explanation tells."""

from __future__ import annotations

from datetime import datetime

from backorder.engine.calendars import Route
from backorder.engine.model import Slice, Source, SourceKey
from backorder.engine.promise import date_units, date_unsupplied
from backorder.engine.shipments import in_shipments, on_one_day

from ..ledger.waiting import Waiter


def with_held(known: list[Source], waiters: list[Waiter], now: datetime) -> dict[SourceKey, Source]:
    """Sources by key, with shelves that have nothing free but hold units of somebody who waits."""
    sources = {source.key: source for source in known}
    for waiter in waiters:
        for one in waiter.backing:
            if one.source not in sources:
                route = waiter.routes.get(one.location)
                today = route.today(now) if route else now.date()
                sources[one.source] = Source(one.source, one.location, 0, 0, today)
    return sources


def dated(waiter: Waiter, share: dict[SourceKey, int], sources: dict[SourceKey, Source], now: datetime) -> list[Slice]:
    """The units of a waiter with their days; units that no date can be given for are left out."""
    units = dict(share)
    for one in waiter.backing:
        if one.hard:
            units[one.source] = units.get(one.source, 0) + one.units
    slices = [
        date_units(
            sources[key], _route(waiter, sources[key].location), n, policy=waiter.policy, now=now,
            wanted_on=waiter.wanted_on,
        )
        for key, n in units.items()
    ]  # fmt: skip
    missing = waiter.open + waiter.allocated - sum(units.values())
    if missing and (piece := _unsupplied(waiter, missing, now)):
        slices.append(piece)
    slices = on_one_day(slices) if waiter.together else in_shipments(slices, waiter.shape)
    return sorted(slices, key=lambda piece: (piece.deliver_on, piece.ship_on, piece.source is None))


def _route(waiter: Waiter, location: int) -> Route:
    # What a line held before its channel's locations were changed still goes its nearest present way.
    return waiter.routes.get(location) or next(iter(waiter.routes.values()))


def _unsupplied(waiter: Waiter, units: int, now: datetime) -> Slice | None:
    place = next((at for at in waiter.policy.backorder_locations if at in waiter.routes), None)
    if place is None:
        return None
    route = waiter.routes[place]
    return date_unsupplied(
        route, units, policy=waiter.policy, now=now, wanted_on=waiter.wanted_on,
        counted_from=route.today(waiter.ordered_at),
    )  # fmt: skip
