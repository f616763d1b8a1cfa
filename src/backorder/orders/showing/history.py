"""Every version of an order's promises, newest first: what was said when, and what moved it. And who orders."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection

MOST_VERSIONS = 100
COUNTED = 100


@dataclass(frozen=True, slots=True)
class Version:
    """A promise as it was given: units owed by it, the days of its last part, and why it was made.

    `waits` says whether its units were all on the shelf (False) or some were to come.
    """

    line: int
    sku: str
    version: int
    at: datetime
    cause: str
    units: int
    from_on: date | None
    on: date | None
    before_on: date | None
    waits: bool
    supply: str


@dataclass(frozen=True, slots=True)
class Standing:
    """What a customer ordered before: orders (at most COUNTED are counted), and how many of them were late."""

    orders: int
    late: int


_VERSIONS = """
    SELECT m.line_id, i.sku, m.version, m.at, m.cause, coalesce(p.units, 0), p.from_on, p.on_day, b.on_day,
           coalesce(p.waits, l.open > 0), coalesce(p.supply, '')
    FROM orders_line l
    JOIN catalog_item i ON i.id = l.item_id
    JOIN orders_promise m ON m.line_id = l.id
    LEFT JOIN LATERAL (
        SELECT sum(q.units)::int AS units, max(q.deliver_from_on) AS from_on, max(q.deliver_on) AS on_day,
               bool_or(q.backing <> 'stock') AS waits, max(s.reference) AS supply
        FROM orders_part q LEFT JOIN supply_supply s ON s.id = q.supply_id
        WHERE q.line_id = m.line_id AND q.version = m.version
    ) p ON true
    LEFT JOIN LATERAL (
        SELECT max(q.deliver_on) AS on_day FROM orders_part q WHERE q.line_id = m.line_id AND q.version = m.version - 1
    ) b ON true
    WHERE l.order_id = %s
    ORDER BY m.at DESC, m.line_id, m.version DESC LIMIT %s
"""
_STANDING = """
    SELECT count(*), count(*) FILTER (WHERE late) FROM (
        SELECT EXISTS (
            SELECT 1 FROM orders_line l JOIN orders_shipmentline n ON n.line_id = l.id
            JOIN orders_shipment s ON s.id = n.shipment_id
            WHERE l.order_id = o.id AND s.deliver_on > l.first_promised_on
        ) AS late
        FROM orders_order o
        WHERE o.customer_id = (SELECT customer_id FROM orders_order WHERE id = %s) AND o.id < %s
        ORDER BY o.id DESC LIMIT %s
    ) before
"""


def versions(order_id: int) -> list[Version]:
    """The versions of all promises of an order, newest first, at most MOST_VERSIONS."""
    return [Version(*row) for row in _read(_VERSIONS, [order_id, MOST_VERSIONS])]


def standing(order_id: int) -> Standing:
    """What the customer of this order ordered before it."""
    return Standing(*_read(_STANDING, [order_id, order_id, COUNTED])[0])


def _read(sql: str, params: list[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found
