"""An item as staff see it: its figures, what comes and is due, the queue by what covers it, what may replace it.

A fixed number of statements whatever waits; long groups of the queue are opened one at a time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import msgspec
from django.db import connection

from backorder.catalog import queries as catalog
from backorder.catalog.snapshot import ItemRow
from backorder.journal.prepared import rows
from backorder.supply import queries as supply

SHOWN_OF_A_GROUP = 5
SHOWN_OF_AN_OPEN_GROUP = 100
NO_SUPPLY = 0  # The group of lines that stand on nothing, at least in part.

_FIGURES = """
    SELECT
        (SELECT coalesce(json_agg(json_build_array(v.location_id, v.on_hand, v.allocated)
                                  ORDER BY w.rank, w.code), '[]')
         FROM stock_level v JOIN catalog_location w ON w.id = v.location_id
         WHERE v.item_id = %(item)s AND v.on_hand > 0)::text,
        (SELECT json_build_array(count(*), coalesce(sum(open), 0), coalesce(sum(open * unit_price_minor), 0))
         FROM orders_line WHERE item_id = %(item)s AND open > 0)::text,
        (SELECT count(*) FROM orders_line WHERE item_id = %(item)s AND allocated > 0),
        (SELECT coalesce(sum(open), 0) FROM orders_hold WHERE item_id = %(item)s AND ended_at IS NULL),
        EXISTS (SELECT FROM stock_changed WHERE item_id = %(item)s),
        (SELECT o.currency FROM orders_line l JOIN orders_order o ON o.id = l.order_id
         WHERE l.item_id = %(item)s AND l.open > 0 LIMIT 1),
        backorder_now()
"""
_DUE = """
    SELECT coalesce(first_ship_on, requested_on) AS due, count(*), sum(open)
    FROM orders_line WHERE item_id = %s::bigint AND open > 0 GROUP BY 1 ORDER BY 1
"""
_QUEUE = """
    WITH waiting AS (
        SELECT l.id, false AS is_hold, l.order_id, l.open, l.allocated + l.released AS here, l.shipped, l.ordered,
               l.priority, l.first_promised_on, l.promised_on, l.requested_on, l.ordered_at
        FROM orders_line l WHERE l.item_id = %(item)s AND l.open > 0
        UNION ALL
        SELECT h.id, true, NULL, h.open, h.units - h.open, 0, h.units, 0, NULL, NULL, NULL, h.made_at
        FROM orders_hold h WHERE h.item_id = %(item)s AND h.ended_at IS NULL AND h.open > 0
    ), ranked AS (
        SELECT w.*, g.pegged, CASE WHEN g.pegged < w.open THEN 0 ELSE g.last END AS covered_by,
               row_number() OVER standing AS rank, sum(w.open) OVER standing - w.open AS before
        FROM waiting w CROSS JOIN LATERAL (
            SELECT coalesce(sum(p.units), 0) AS pegged,
                   (array_agg(p.supply_id ORDER BY s.eta DESC, s.id DESC))[1] AS last
            FROM orders_peg p JOIN supply_supply s ON s.id = p.supply_id
            WHERE p.line_id = w.id AND NOT w.is_hold OR p.hold_id = w.id AND w.is_hold
        ) g
        WINDOW standing AS (
            ORDER BY w.priority DESC, coalesce(w.first_promised_on, w.requested_on, 'infinity'), w.ordered_at, w.id
        )
    ), grouped AS (
        SELECT r.*, row_number() OVER (PARTITION BY covered_by ORDER BY rank) AS place,
               count(*) OVER (PARTITION BY covered_by) AS lines, sum(open) OVER (PARTITION BY covered_by) AS units
        FROM ranked r
    )
    SELECT g.covered_by, g.lines, g.units, g.place, g.rank, g.before, g.id, g.is_hold, g.order_id,
           coalesce(o.reference, ''), coalesce(nullif(c.name, ''), c.reference, ''), coalesce(c.tier, ''),
           coalesce(k.name, ''), g.open, g.here, g.shipped, g.ordered, g.pegged, g.priority, g.first_promised_on,
           g.promised_on, g.requested_on
    FROM grouped g LEFT JOIN orders_order o ON o.id = g.order_id LEFT JOIN orders_customer c ON c.id = o.customer_id
    LEFT JOIN orders_channel k ON k.id = o.channel_id
    WHERE g.place <= CASE WHEN g.covered_by = %(opened)s THEN %(most)s ELSE %(few)s END AND g.place > CASE
        WHEN g.covered_by = %(opened)s THEN %(after)s ELSE 0 END
    ORDER BY g.covered_by, g.place
"""
_json = msgspec.json.decode


@dataclass(frozen=True, slots=True)
class Shelf:
    """Units of the item at one location; `safety` of the free ones are kept back."""

    location: str
    name: str
    on_hand: int
    allocated: int
    safety: int

    @property
    def free(self) -> int:
        """Units that may be sold."""
        return max(self.on_hand - self.allocated - self.safety, 0)


@dataclass(frozen=True, slots=True)
class Figures:
    """What an item has and owes, in units; `value_minor` is what waits."""

    shelves: tuple[Shelf, ...]
    waiting_lines: int
    waiting_units: int
    held_units: int
    value_minor: int
    currency: str
    allocated_lines: int
    stale: bool
    at: datetime

    @property
    def on_hand(self) -> int:
        return sum(shelf.on_hand for shelf in self.shelves)

    @property
    def allocated(self) -> int:
        return sum(shelf.allocated for shelf in self.shelves)

    @property
    def free(self) -> int:
        return sum(shelf.free for shelf in self.shelves)

    @property
    def safety(self) -> int:
        return sum(min(shelf.safety, shelf.on_hand - shelf.allocated) for shelf in self.shelves)


@dataclass(frozen=True, slots=True)
class Waiting:
    """One who waits, at its place in the rank; `before` units go first. `here` units are its own on the shelf."""

    place: int
    rank: int
    before: int
    id: int
    is_hold: bool
    order: int | None
    reference: str
    customer: str
    tier: str
    channel: str
    open: int
    here: int
    shipped: int
    ordered: int
    pegged: int
    priority: int
    first_promised_on: date | None
    promised_on: date | None
    requested_on: date | None

    @property
    def unsupplied(self) -> int:
        return max(self.open - self.pegged, 0)

    @property
    def slipped_days(self) -> int:
        """Days that the promise is later than the first one; negative: sooner."""
        if self.promised_on is None or self.first_promised_on is None:
            return 0
        return (self.promised_on - self.first_promised_on).days


@dataclass(frozen=True, slots=True)
class Group:
    """Those whom one supply covers last (None: nothing covers them whole), by rank."""

    supply: supply.SupplyRow | None
    lines: int
    units: int
    rows: tuple[Waiting, ...]
    opened: bool = False

    @property
    def more(self) -> int:
        """Lines after those that are shown."""
        return self.lines - (self.rows[-1].place if self.rows else 0)

    @property
    def last_place(self) -> int:
        """Where the next page of the group begins."""
        return self.rows[-1].place if self.rows else 0

    @property
    def key(self) -> int:
        return self.supply.id if self.supply else NO_SUPPLY


@dataclass(frozen=True, slots=True)
class Instead:
    """What may be offered instead, and what of it is free: units today, else the first day and its units."""

    item: ItemRow
    difference_minor: int
    free: int
    next_on: date | None = None
    next_units: int = 0


@dataclass(frozen=True, slots=True)
class Coming:
    """Units of a supply still to come: `free` of them nobody waits for; they count from `ready_on`."""

    id: int
    reference: str
    units: int
    free: int
    first_eta: date
    eta: date
    ready_on: date

    @property
    def slipped_days(self) -> int:
        """Days that its day is later than the first one."""
        return (self.ready_on - self.first_eta).days


@dataclass(frozen=True, slots=True)
class Due:
    """Open units by the day first promised to leave (None: nobody was told a day)."""

    on: date | None
    lines: int
    units: int


@dataclass(frozen=True, slots=True)
class Picture:
    """What comes and what is due, for the drawing."""

    coming: tuple[Coming, ...]
    due: tuple[Due, ...]
    references: Mapping[int, supply.SupplyRow] = field(default_factory=dict)


def figures(item: ItemRow) -> Figures:
    """The figures of an item, in one statement."""
    shelves, waits, allocated_lines, held, stale, currency, now = _one(_FIGURES, {"item": item.id})
    lines, units, value = _json(waits)
    book = catalog.current()
    safety = book.policies([item.id], channel="")[item.id].safety_units
    places = book.locations()
    return Figures(
        shelves=tuple(
            Shelf(places[at].code, places[at].name, on_hand, allocated, safety.get(at, 0))
            for at, on_hand, allocated in _json(shelves)
        ),
        waiting_lines=lines, waiting_units=int(units), held_units=int(held), value_minor=int(value),
        currency=currency or item.currency, allocated_lines=allocated_lines, stale=stale, at=now,
    )  # fmt: skip


def picture(item: int, now: datetime) -> Picture:
    """Supplies still to come with the day they count from, and open units by the day first promised to leave."""
    todays = catalog.current().todays(now)
    known = {row.id: row for row in supply.supplies_of(item)}
    ready = {source.key[1]: source.ready_on for _, source in supply.inbound([item], today=todays)}
    coming = tuple(
        Coming(row.id, row.reference, row.to_come, row.free, row.first_eta, row.eta, ready.get(row.id, row.eta))
        for row in known.values()
    )
    due = tuple(Due(on, int(lines), int(units)) for on, lines, units in rows(_DUE, [item]))
    return Picture(coming, due, known)


def queue(item: int, known: Mapping[int, supply.SupplyRow], *, opened: int | None, after: int) -> list[Group]:
    """The queue in groups by what covers each line last, by day; those that nothing covers come at the end.

    Of each group the first few; of the group `opened` (a supply's id, 0: no supply) a page after place `after`.
    """
    values = {
        "item": item, "opened": -1 if opened is None else opened, "after": after, "few": SHOWN_OF_A_GROUP,
        "most": after + SHOWN_OF_AN_OPEN_GROUP,
    }  # fmt: skip
    found: dict[int, list[tuple[Any, ...]]] = {}
    for row in _all(_QUEUE, values):
        found.setdefault(row[0], []).append(row)
    missing = [id for id in found if id and id not in known]
    supplies = {**known, **(supply.supplies(missing) if missing else {})}
    groups = [
        Group(supplies.get(key), members[0][1], int(members[0][2]), tuple(map(_waiting, members)), key == opened)
        for key, members in found.items()
    ]
    return sorted(groups, key=lambda group: (group.supply is None, group.supply and (group.supply.eta, group.key)))


def instead(item: int, now: datetime) -> list[Instead]:
    """What may be offered instead of an item, first choice first."""
    others = catalog.substitutes(item)
    ids = [id for id, _ in others]
    if not ids:
        return []
    book = catalog.current()
    names, todays = book.items(ids), book.todays(now)
    policies = book.policies(ids, channel="")
    free = dict.fromkeys(ids, 0)
    for id, at, on_hand, allocated in rows(_SHELVES, [ids]):
        free[id] += max(on_hand - allocated - policies[id].safety_units.get(at, 0), 0)
    coming: dict[int, tuple[date, int]] = {}
    for id, source in supply.inbound(ids, today=todays):
        if source.free and (id not in coming or source.ready_on < coming[id][0]):
            coming[id] = (source.ready_on, source.free)
    return [Instead(names[id], more, free[id], *coming.get(id, (None, 0))) for id, more in others if id in names]


_SHELVES = "SELECT item_id, location_id, on_hand, allocated FROM stock_level WHERE item_id = ANY(%s::bigint[])"


def _waiting(row: tuple[Any, ...]) -> Waiting:
    return Waiting(*row[3:])


def _one(sql: str, values: dict[str, Any]) -> tuple[Any, ...]:
    (row,) = _all(sql, values)
    return row


def _all(sql: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found
