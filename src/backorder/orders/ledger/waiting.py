"""The queue as the engine sees it: who waits for an item, in which rank, holding what."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from backorder.catalog.snapshot import Snapshot
from backorder.engine.calendars import Route, needs
from backorder.engine.model import Demand, Policy, Shape, SourceKey
from backorder.journal.prepared import rows

from .save import Owner
from .shaping import SHAPE

FAR = date.max

_WAITING = f"""
    SELECT l.id, false, l.item_id, l.open, l.allocated, l.priority, l.first_promised_on, l.requested_on, l.ordered_at,
           l.promised_on, l.promised_ship_on, l.promise_version, o.id, c.code, o.country, o.service_id,
           o.ship = 'together', s.ready_on, s.items, n.units, {SHAPE}
    FROM orders_line l JOIN orders_order o ON o.id = l.order_id JOIN orders_channel c ON c.id = o.channel_id
    LEFT JOIN LATERAL (
        SELECT max(greatest(p.eta, CASE WHEN w.open > p.units THEN w.promised_ship_on END)) AS ready_on,
               array_agg(DISTINCT w.item_id) AS items
        FROM orders_line w CROSS JOIN LATERAL (
            SELECT max(i.eta) AS eta, coalesce(sum(p.units), 0) AS units
            FROM orders_peg p JOIN supply_supply i ON i.id = p.supply_id WHERE p.line_id = w.id
        ) p
        WHERE w.order_id = o.id AND w.id <> l.id AND w.open + w.allocated > 0
          AND (o.ship = 'together' OR w.kit_line_id = l.kit_line_id)
    ) s ON o.ship = 'together' OR l.kit_line_id IS NOT NULL
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(units), 0)::int AS units FROM orders_part
        WHERE line_id = l.id AND version = l.promise_version AND backing = 'nothing'
    ) n
    WHERE l.item_id = ANY(%s::bigint[]) AND (l.open > 0 OR %s::bool AND l.allocated > 0)
    OR l.item_id = ANY(%s::bigint[]) AND l.open = 0 AND l.allocated > 0 AND o.ship = 'together'
    UNION ALL
    SELECT h.id, true, h.item_id, h.open, h.units - h.open, 0, NULL, NULL, h.made_at,
           NULL, NULL, 0, NULL, c.code, h.country, h.service_id, false, NULL, NULL, 0, 1, 1, 0
    FROM orders_hold h JOIN orders_channel c ON c.id = h.channel_id
    WHERE h.item_id = ANY(%s::bigint[]) AND h.ended_at IS NULL AND (h.open > 0 OR %s::bool)
"""
_BACKING = """
    SELECT coalesce(a.line_id, a.hold_id), 'stock', a.level_id, a.allocated, false, v.location_id
    FROM orders_allocation a JOIN stock_level v ON v.id = a.level_id
    WHERE (a.line_id = ANY(%s::bigint[]) OR a.hold_id = ANY(%s::bigint[])) AND a.allocated > 0
    UNION ALL
    SELECT a.line_id, 'released', a.level_id, a.released, false, v.location_id
    FROM orders_allocation a JOIN stock_level v ON v.id = a.level_id
    WHERE a.line_id = ANY(%s::bigint[]) AND a.released > 0
    UNION ALL
    SELECT coalesce(p.line_id, p.hold_id), 'supply', p.supply_id, p.units, p.hard, s.location_id
    FROM orders_peg p JOIN supply_supply s ON s.id = p.supply_id
    WHERE p.line_id = ANY(%s::bigint[]) OR p.hold_id = ANY(%s::bigint[])
"""


@dataclass(frozen=True, slots=True)
class Backed:
    """Units of a waiter and the source they hang on."""

    source: SourceKey
    units: int
    hard: bool
    location: int


@dataclass(slots=True)
class Waiter:
    """A line (or hold) with open units; its days are delivery days but for `promised_ship_on`.

    `set_ready_on` is the day the slowest of what it ships together with is ready, `set_items` what that is.
    `said_unsupplied` units of its promise stand on nothing, and say so.
    """

    id: int
    is_hold: bool
    item: int
    open: int
    allocated: int
    priority: int
    first_promised_on: date | None
    requested_on: date | None
    ordered_at: datetime
    promised_on: date | None
    promised_ship_on: date | None
    promise_version: int
    order: int | None
    channel: str
    country: str
    service: int
    together: bool
    set_ready_on: date | None
    set_items: list[int] | None
    said_unsupplied: int
    shape: Shape = field(kw_only=True)
    policy: Policy = field(kw_only=True)
    routes: Mapping[int, Route] = field(kw_only=True)
    backing: list[Backed] = field(default_factory=list)
    released: list[Backed] = field(default_factory=list)  # With the warehouse: still owed, no more decided on.

    @property
    def owner(self) -> Owner:
        return ("hold" if self.is_hold else "line", self.id)

    @property
    def unsupplied(self) -> int:
        """Open units that no supply covers."""
        return self.open - sum(one.units for one in self.backing if one.source[0] == "supply")

    @property
    def rank(self) -> tuple[Any, ...]:
        """Priority, first promised day (the requested one if none), order time, id: a slip never costs a place."""
        return (-self.priority, self.first_promised_on or self.requested_on or FAR, self.ordered_at, self.id)

    @property
    def wanted_on(self) -> date | None:
        """The delivery day to aim at: the one requested, or later that of what it ships together with."""
        if self.set_ready_on is None or not self.routes:
            return self.requested_on
        route = next(iter(self.routes.values()))
        _, set_on = route.delivery(route.ship_on_from_supply(self.set_ready_on))
        return max(set_on, self.requested_on or set_on)

    def demand(self) -> Demand:
        """What the engine decides on: hard pegs stay out of it."""
        hard = sum(one.units for one in self.backing if one.hard)
        wanted_on = self.wanted_on
        return Demand(
            id=self.id,
            units=self.open + self.allocated - hard,
            rank=self.rank,
            need_on=needs(self.routes.values(), wanted_on=wanted_on, asked_on=self.ordered_at.date()),
            held=tuple((one.source, one.units) for one in self.backing if not one.hard),
            complete=self.together,
            is_hold=self.is_hold,
        )


def load_waiters(
    items: Iterable[int], book: Snapshot, *, holders_too: bool = False, sets_of: Iterable[int] = ()
) -> list[Waiter]:
    """Everybody who waits for these items, with what they hold; to decide, read it under the lock of their queues.

    With `holders_too` also those who wait for nothing but hold units on the shelf; of the items `sets_of` those
    of them who ship together with others.
    """
    wanted = list(items)
    sets = [] if holders_too else list(sets_of)
    found = rows(_WAITING, [wanted, holders_too, sets, wanted, holders_too])
    policies = _policies(found, book)
    waiters = {row[0]: _waiter(row, policies[row[2], row[13], row[14]], book) for row in found}
    lines = [id for id, waiter in waiters.items() if not waiter.is_hold]
    holds = [id for id, waiter in waiters.items() if waiter.is_hold]
    for id, kind, source, units, hard, location in rows(_BACKING, [lines, holds, lines, lines, holds]):
        if kind == "released":
            waiters[id].released.append(Backed(("stock", source), units, hard, location))
        else:
            waiters[id].backing.append(Backed((kind, source), units, hard, location))
    return list(waiters.values())


def _policies(found: list[tuple[Any, ...]], book: Snapshot) -> dict[tuple[int, str, str], Policy]:
    items: dict[tuple[str, str], set[int]] = defaultdict(set)
    for row in found:
        items[row[13], row[14]].add(row[2])
    return {
        (item, channel, country): policy
        for (channel, country), wanted in items.items()
        for item, policy in book.policies(wanted, channel=channel, country=country).items()
    }


def _waiter(row: tuple[Any, ...], policy: Policy, book: Snapshot) -> Waiter:
    routes = book.routes(channel=row[13], country=row[14], service_id=row[15])
    shape = Shape(*row[-3:])
    places = {route.location: route for route in routes}
    return Waiter(*row[:-3], shape=shape, policy=policy, routes=places)
