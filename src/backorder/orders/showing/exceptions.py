"""What among orders needs a person: blocked ones, and deliveries that should have come; a few at a time, by index."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection

MOST = 1_000


@dataclass(frozen=True, slots=True)
class Blocked:
    """Orders that may not leave: how many (at most MOST are counted), and what is owed of them, by currency."""

    orders: int
    value: dict[str, int]
    reference: str
    kind: str


@dataclass(frozen=True, slots=True)
class Overdue:
    """Deliveries whose day has passed: how many, the units promised from them, and the longest overdue."""

    deliveries: int
    pegged: int
    reference: str
    eta: date
    value: dict[str, int]


_BLOCKED = """
    SELECT o.id, o.reference, b.kind, o.currency,
           (SELECT coalesce(sum(l.unit_price_minor * (l.open + l.allocated)), 0)::bigint
            FROM orders_line l WHERE l.order_id = o.id)
    FROM orders_block b JOIN orders_order o ON o.id = b.order_id
    WHERE b.lifted_at IS NULL ORDER BY b.id LIMIT %(most)s
"""
_OVERDUE = """
    SELECT s.reference, s.eta, s.pegged, coalesce(v.currency, ''), coalesce(v.value, 0)
    FROM (
        SELECT * FROM supply_supply s WHERE s.units > s.received + s.cancelled AND s.eta < %(today)s
        ORDER BY s.eta, s.reference, s.location_id LIMIT %(most)s
    ) s
    LEFT JOIN LATERAL (
        SELECT min(o.currency) AS currency, sum(g.units::bigint * l.unit_price_minor)::bigint AS value
        FROM orders_peg g JOIN orders_line l ON l.id = g.line_id JOIN orders_order o ON o.id = l.order_id
        WHERE g.supply_id = s.id
    ) v ON true
    ORDER BY s.eta
"""


def blocked() -> Blocked | None:
    """Orders with a block that is not lifted; None if there are none."""
    found = _read(_BLOCKED, most=MOST)
    if not found:
        return None
    value: dict[str, int] = {}
    orders = {row[0]: row for row in found}
    for _, _, _, currency, worth in orders.values():
        value[currency] = value.get(currency, 0) + worth
    return Blocked(len(orders), value, found[0][1], found[0][2])


def overdue(today: date) -> Overdue | None:
    """Deliveries that should have come before `today`; None if there are none."""
    found = _read(_OVERDUE, today=today, most=MOST)
    if not found:
        return None
    value: dict[str, int] = {}
    for _, _, _, currency, worth in found:
        if worth:
            value[currency] = value.get(currency, 0) + worth
    references = {row[0] for row in found}
    return Overdue(len(references), sum(row[2] for row in found), found[0][0], found[0][1], value)


def _read(sql: str, **values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found
