"""Every promise the lines of an order were given and what moved it, and where its lines stand in their queues.

Made for the customer's own page: nothing of another order but how many stand before it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, datetime

from msgspec import Struct

from backorder.journal.prepared import rows


class PromisedPart(Struct, frozen=True):
    """Units of a promise with their days. `backing` is stock, supply or nothing."""

    units: int
    ship_on: date
    deliver_from_on: date
    deliver_on: date
    backing: str
    certain: bool


class Promised(Struct, frozen=True):
    """One version of a line's promise; `cause` names what moved it."""

    version: int
    at: datetime
    cause: str
    parts: tuple[PromisedPart, ...]


class Place(Struct, frozen=True):
    """A waiting line is number `place` of `waiting` lines that wait for its item."""

    place: int
    waiting: int


_PROMISES = """
    SELECT m.line_id, m.version, m.at, m.cause,
           p.units, p.ship_on, p.deliver_from_on, p.deliver_on, p.backing, p.certain
    FROM orders_line l
    JOIN orders_promise m ON m.line_id = l.id
    LEFT JOIN orders_part p ON p.line_id = m.line_id AND p.version = m.version
    WHERE l.order_id = %s AND m.version > l.promise_version - %s
    ORDER BY m.line_id, m.version, p.number
"""
# The same rank by which units are given: priority, first promised day, order time, id.
_PLACES = """
    SELECT mine.id, 1 + count(*) FILTER (WHERE w.rank < mine.rank), count(*)
    FROM (
        SELECT id, item_id, (-priority, coalesce(first_promised_on, requested_on, 'infinity'), ordered_at, id) AS rank
        FROM orders_line WHERE order_id = %s AND open > 0
    ) mine
    CROSS JOIN LATERAL (
        SELECT (-priority, coalesce(first_promised_on, requested_on, 'infinity'), ordered_at, id) AS rank
        FROM orders_line WHERE item_id = mine.item_id AND open > 0
    ) w
    GROUP BY mine.id
"""


def promises_of(order_id: int, *, most: int = 50) -> Mapping[int, list[Promised]]:
    """By line, the versions of its promise, oldest first; of a line with more only the latest `most`."""
    found: dict[int, list[Promised]] = defaultdict(list)
    for line, version, at, cause, *part in rows(_PROMISES, [order_id, most]):
        if not found[line] or found[line][-1].version != version:
            found[line].append(Promised(version, at, cause, ()))
        if part[0] is not None:
            before = found[line].pop()
            found[line].append(Promised(version, at, cause, (*before.parts, PromisedPart(*part))))
    return found


def places_of(order_id: int) -> Mapping[int, Place]:
    """By line that waits, its place in the queue of its item."""
    return {line: Place(place, waiting) for line, place, waiting in rows(_PLACES, [order_id])}
