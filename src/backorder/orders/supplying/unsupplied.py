"""Which open units hang on nothing: no stock, no inbound supply. Somebody has to buy them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from backorder.catalog import queries as catalog
from backorder.catalog.snapshot import Snapshot
from backorder.journal.prepared import rows


@dataclass(frozen=True, slots=True)
class Unsupplied:
    """Units of one item owed at one location without supply.

    `needed_by` is the first day one of them is promised to leave there (None: no day was promised),
    `since` when the first of them was ordered, `waiting` how many lines and holds they belong to.
    """

    item: int
    location: int
    units: int
    needed_by: date | None
    since: datetime
    waiting: int


# Only of these items somebody waits for more than hangs on supply; of the others no line is looked at.
_LACKING = """
    SELECT q.item_id FROM orders_queue q
    LEFT JOIN (SELECT item_id, sum(pegged) AS pegged FROM supply_supply WHERE pegged > 0 GROUP BY item_id) s
        ON s.item_id = q.item_id
    WHERE q.open_units > coalesce(s.pegged, 0)
"""
# A line's promise names the location that owes what nothing backs; a line without a date has no such part.
_UNSUPPLIED = """
    SELECT w.item, w.units, w.since, w.channel, w.country, w.service, p.location_id, p.ship_on
    FROM (
        SELECT l.id AS line, l.promise_version AS version, l.item_id AS item, l.ordered_at AS since,
               l.open - coalesce((SELECT sum(g.units) FROM orders_peg g WHERE g.line_id = l.id), 0) AS units,
               c.code AS channel, o.country, o.service_id AS service
        FROM orders_line l JOIN orders_order o ON o.id = l.order_id JOIN orders_channel c ON c.id = o.channel_id
        WHERE l.open > 0 AND l.item_id = ANY(%s::bigint[])
        UNION ALL
        SELECT NULL, NULL, h.item_id, h.made_at,
               h.open - coalesce((SELECT sum(g.units) FROM orders_peg g WHERE g.hold_id = h.id), 0),
               c.code, h.country, h.service_id
        FROM orders_hold h JOIN orders_channel c ON c.id = h.channel_id
        WHERE h.ended_at IS NULL AND h.open > 0 AND h.item_id = ANY(%s::bigint[])
    ) w
    LEFT JOIN LATERAL (
        SELECT location_id, ship_on FROM orders_part
        WHERE line_id = w.line AND version = w.version AND backing = 'nothing'
        ORDER BY ship_on, number LIMIT 1
    ) p ON true
    WHERE w.units > 0
    ORDER BY w.item, w.since
"""


def unsupplied_units(items: Iterable[int] | None = None) -> list[Unsupplied]:
    """Open units of lines and live holds less their pegs, by item and location (of `items`, or of all)."""
    wanted = [item for (item,) in rows(_LACKING, [])] if items is None else list(items)
    book = catalog.current()
    found: dict[tuple[int, int], Unsupplied] = {}
    for item, units, since, channel, country, service, location, ship_on in rows(_UNSUPPLIED, [wanted] * 2):
        place = location or _usual_place(book, item, channel, country, service)
        if place is not None:
            new = Unsupplied(item, place, int(units), ship_on, since, 1)
            found[item, place] = _sum(found.get((item, place)), new)
    return [found[key] for key in sorted(found)]


def _sum(one: Unsupplied | None, other: Unsupplied) -> Unsupplied:
    if one is None:
        return other
    days = [day for day in (one.needed_by, other.needed_by) if day is not None]
    return Unsupplied(
        one.item, one.location, one.units + other.units, min(days, default=None), min(one.since, other.since),
        one.waiting + other.waiting,
    )  # fmt: skip


def _usual_place(book: Snapshot, item: int, channel: str, country: str, service: int) -> int | None:
    """Where units without a promised part would be owed: the first backorder location that ships there, else any."""
    routes: tuple[Any, ...] = book.routes(channel=channel, country=country, service_id=service)
    reachable = [route.location for route in routes]
    owes = book.policies([item], channel=channel, country=country)[item].backorder_locations
    return next((place for place in owes if place in reachable), next(iter(reachable), None))
