"""What leaves, as staff see it: what can be released, what is with the warehouse, and the list to pick it by.

Allocations are few beside orders, for shipping removes them; the lists walk them in the order their lines came.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal

from django.db import connection

from backorder.journal.prepared import rows

Stage = Literal["ready", "released"]

PAGE = 50
LINES_AT_ONCE = 400
MOST_PICKED = 100
MOST_COUNTED = 1_000

# Line after line in the order of their ids; the orders of these lines are then read whole.
_WALK = """
    SELECT l.order_id, v.location_id, a.line_id
    FROM orders_allocation a JOIN stock_level v ON v.id = a.level_id JOIN orders_line l ON l.id = a.line_id
    WHERE a.line_id > %s AND {units} > 0 {where}
    ORDER BY a.line_id LIMIT %s
"""
_PARCELS = """
    SELECT o.id, o.reference, c.name, coalesce(nullif(p.name, ''), p.reference, ''), o.country, s.name, o.ship,
           o.priority, o.zone, v.location_id, w.code, w.name,
           json_agg(json_build_array(l.id, i.sku, i.name, a.allocated, a.released, l.open, l.unit_price_minor,
                                     l.promised_ship_on, l.promised_on, l.first_promised_on, l.leave_by_at)
                    ORDER BY l.position)::text,
           o.currency,
           ARRAY(SELECT kind FROM orders_block b WHERE b.order_id = o.id AND b.lifted_at IS NULL ORDER BY kind),
           (SELECT coalesce(sum(open), 0) FROM orders_line x WHERE x.order_id = o.id),
           (SELECT coalesce(sum(y.allocated + y.released), 0) FROM orders_line x
            JOIN orders_allocation y ON y.line_id = x.id JOIN stock_level z ON z.id = y.level_id
            WHERE x.order_id = o.id AND z.location_id <> v.location_id),
           o.ship_to::text, o.contact::text
    FROM unnest(%s::bigint[], %s::bigint[]) WITH ORDINALITY AS n(order_id, location_id, nth)
    JOIN orders_order o ON o.id = n.order_id
    JOIN orders_channel c ON c.id = o.channel_id
    JOIN catalog_service s ON s.id = o.service_id
    LEFT JOIN orders_customer p ON p.id = o.customer_id
    JOIN orders_line l ON l.order_id = o.id
    JOIN catalog_item i ON i.id = l.item_id
    JOIN orders_allocation a ON a.line_id = l.id
    JOIN stock_level v ON v.id = a.level_id AND v.location_id = n.location_id
    JOIN catalog_location w ON w.id = v.location_id
    GROUP BY o.id, c.name, p.name, p.reference, s.name, v.location_id, w.code, w.name, n.nth
    ORDER BY n.nth
"""
_COUNT = """
    SELECT count(*) FROM (
        SELECT DISTINCT l.order_id, v.location_id
        FROM orders_allocation a JOIN orders_line l ON l.id = a.line_id JOIN stock_level v ON v.id = a.level_id
        WHERE a.line_id IS NOT NULL AND {units} > 0 LIMIT %s
    ) p
"""
_SHIPPED = """
    SELECT s.id, s.order_id, o.reference, w.code, s.tracking, s.shipped_at, v.name,
           (SELECT sum(n.units) FROM orders_shipmentline n WHERE n.shipment_id = s.id), s.delivered_at
    FROM orders_shipment s JOIN orders_order o ON o.id = s.order_id JOIN catalog_location w ON w.id = s.location_id
    JOIN catalog_service v ON v.id = s.service_id
    WHERE s.id < %s ORDER BY s.id DESC LIMIT %s
"""
_UNITS: dict[Stage, str] = {"ready": "a.allocated", "released": "a.released"}


@dataclass(frozen=True, slots=True)
class PickLine:
    """Units of one line at the parcel's location; `open` ones of the line still wait."""

    line: int
    sku: str
    name: str
    allocated: int
    released: int
    open: int
    price_minor: int
    ship_on: str | None
    promised_on: str | None
    first_promised_on: str | None
    leave_by_at: str | None


@dataclass(frozen=True, slots=True)
class Parcel:
    """What of one order stands at one location: to be released, or released and to be picked and sent."""

    order: int
    reference: str
    channel: str
    customer: str
    country: str
    service: str
    ship: str
    priority: int
    zone: str
    location_id: int
    location: str
    location_name: str
    lines: tuple[PickLine, ...]
    currency: str
    blocks: tuple[str, ...]
    waiting: int
    elsewhere: int
    ship_to: dict[str, str] = field(default_factory=dict)
    contact: dict[str, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """How a form names it."""
        return f"{self.order}-{self.location_id}"

    @property
    def allocated(self) -> int:
        return sum(line.allocated for line in self.lines)

    @property
    def released(self) -> int:
        return sum(line.released for line in self.lines)

    @property
    def units_shown(self) -> int:
        """Units at the location, of this order."""
        return self.allocated + self.released

    @property
    def more_lines(self) -> int:
        """Lines after the first."""
        return max(len(self.lines) - 1, 0)

    @property
    def rest(self) -> int:
        """Units of the order that are not in this parcel yet."""
        return self.waiting + self.elsewhere

    @property
    def value_minor(self) -> int:
        return sum((line.allocated + line.released) * line.price_minor for line in self.lines)

    @property
    def ship_on(self) -> date | None:
        """The first day promised to leave."""
        days = [date.fromisoformat(line.ship_on) for line in self.lines if line.ship_on]
        return min(days, default=None)

    def ended_at(self, now: datetime) -> datetime | None:
        """Since when something that is released here may not leave any more; None while all may (ADR 0043)."""
        until = [datetime.fromisoformat(line.leave_by_at) for line in self.lines if line.released and line.leave_by_at]
        return min((at for at in until if at <= now), default=None)

    @property
    def stops(self) -> str:
        """Why it may not be released: blocked, together, or nothing."""
        if self.blocks:
            return "blocked"
        return "together" if self.ship == "together" and self.waiting else ""


@dataclass(frozen=True, slots=True)
class Sent:
    """A shipment as the list shows it."""

    id: int
    order: int
    reference: str
    location: str
    tracking: str
    at: datetime
    service: str
    units: int
    delivered_at: datetime | None


def parcels(
    stage: Stage, *, location: int | None = None, item: int | None = None, after: int = 0, most: int = PAGE
) -> tuple[list[Parcel], int]:
    """Parcels of a stage whose first line comes after line `after`, and the line to go on after (0: no more)."""
    wanted = {"AND v.location_id = %s": location, "AND l.item_id = %s": item}
    used = {condition: value for condition, value in wanted.items() if value is not None}
    found: dict[tuple[int, int], None] = {}
    at = after
    walk = _WALK.format(units=_UNITS[stage], where=" ".join(used))
    walked = _read(walk, at, *used.values(), LINES_AT_ONCE)
    for order, place, line in walked:
        if (order, place) not in found and len(found) == most:
            return _parcels(list(found)), at
        found[order, place] = None
        at = line
    return _parcels(list(found)), at if len(walked) == LINES_AT_ONCE else 0


def named(keys: Sequence[str]) -> list[Parcel]:
    """The parcels of these keys (`order-location`), in their order; what is not there any more is left out."""
    pairs = [tuple(map(int, key.split("-"))) for key in keys if key.replace("-", "", 1).isdecimal() and "-" in key]
    return _parcels([(pair[0], pair[1]) for pair in pairs if all(0 < n < 2**62 for n in pair)])


def counts() -> dict[Stage, int]:
    """Parcels of each stage, counted up to one more than MOST_COUNTED."""
    return {stage: int(_read(_COUNT.format(units=units), MOST_COUNTED + 1)[0][0]) for stage, units in _UNITS.items()}


def shipped(*, before: int | None = None, limit: int = PAGE + 1) -> list[Sent]:
    """What was shipped, newest first; those with an id below `before`."""
    return [Sent(*row) for row in _read(_SHIPPED, before or 2**62, limit)]


def _parcels(pairs: Sequence[tuple[int, int]]) -> list[Parcel]:
    if not pairs:
        return []
    return [_parcel(*row) for row in rows(_PARCELS, [[order for order, _ in pairs], [place for _, place in pairs]])]


def _parcel(*row: Any) -> Parcel:
    *head, lines, currency, blocks, waiting, elsewhere, ship_to, contact = row
    rest = (tuple(PickLine(*line) for line in json.loads(lines)), currency, tuple(blocks), int(waiting), int(elsewhere))
    return Parcel(*[*head, *rest, json.loads(ship_to), json.loads(contact)])


def _read(sql: str, *params: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found
