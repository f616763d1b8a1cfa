"""How we stand, in figures: the backlog, the fill rate, promises kept, and the weeks to come; each formula is said.

These read much, so a job measures them every few minutes and pages show what was measured last.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection

WEEKS_AHEAD = 6


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits now. `value` is units that wait times price, by currency, in minor units; ages are in days."""

    lines: int
    units: int
    value: dict[str, int]
    median_age: int
    oldest: int


@dataclass(frozen=True, slots=True)
class Day:
    """One day. Fill rate = `filled` / `asked`: units covered from the shelf in the first promise, of units ordered.

    Of the line-parcels that `left`, `first` arrive by the day first promised, `latest` by the day promised last.
    `waiting` are units that were waiting at its end.
    """

    on: date
    asked: int = 0
    filled: int = 0
    left: int = 0
    first: int = 0
    latest: int = 0
    waiting: int = 0


@dataclass(frozen=True, slots=True)
class Week:
    """Units expected from suppliers in a week, and units promised to leave in it that are not on the shelf."""

    monday: date
    arriving: int
    promised: int


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything, at one instant."""

    at: datetime
    backlog: Backlog
    weeks: list[Week] = field(default_factory=list)


_BACKLOG = """
    SELECT count(*), coalesce(sum(l.open), 0),
           coalesce(percentile_disc(0.5) WITHIN GROUP (ORDER BY %(today)s - l.ordered_at::date), 0),
           coalesce(max(%(today)s - l.ordered_at::date), 0)
    FROM orders_line l WHERE l.open > 0
"""
_VALUE = """
    SELECT o.currency, sum(l.open::bigint * l.unit_price_minor)::bigint
    FROM orders_line l JOIN orders_order o ON o.id = l.order_id WHERE l.open > 0 GROUP BY o.currency ORDER BY 1
"""
_WEEKS = """
    WITH arriving AS (
        SELECT date_trunc('week', s.eta)::date AS monday, sum(s.units - s.received - s.cancelled) AS units
        FROM supply_supply s
        WHERE s.units > s.received + s.cancelled AND s.eta >= %(first)s::date AND s.eta < %(end)s::date GROUP BY 1
    ), promised AS (
        SELECT date_trunc('week', l.promised_ship_on)::date AS monday, sum(l.open) AS units
        FROM orders_line l
        WHERE l.open > 0 AND l.promised_ship_on >= %(first)s::date AND l.promised_ship_on < %(end)s::date GROUP BY 1
    )
    SELECT w::date, coalesce(a.units, 0)::int, coalesce(p.units, 0)::int
    FROM generate_series(%(first)s::date, %(end)s::date - 7, interval '7 days') w
    LEFT JOIN arriving a ON a.monday = w LEFT JOIN promised p ON p.monday = w
    ORDER BY 1
"""
# Ids and instants rise together, so the days of a stretch are found by a block range index.
_ASKED = """
    SELECT l.ordered_at::date, sum(l.ordered), coalesce(sum(p.units), 0)
    FROM orders_line l
    LEFT JOIN LATERAL (
        SELECT sum(units) AS units FROM orders_part WHERE line_id = l.id AND version = 1 AND backing = 'stock'
    ) p ON true
    WHERE l.placed AND l.kit_units IS NULL AND l.ordered_at >= %(since)s::date
      AND l.ordered_at < %(until)s::date + 1
    GROUP BY 1
"""
_LEFT = """
    SELECT s.shipped_on, count(*), count(*) FILTER (WHERE s.deliver_on <= l.first_promised_on),
           count(*) FILTER (WHERE s.deliver_on <= l.promised_on)
    FROM orders_shipment s JOIN orders_shipmentline n ON n.shipment_id = s.id JOIN orders_line l ON l.id = n.line_id
    WHERE s.shipped_at >= %(since)s::date - 1 AND s.shipped_on BETWEEN %(since)s::date AND %(until)s::date
      AND l.first_promised_on IS NOT NULL
    GROUP BY 1
"""
# Units of a line waited from its order until its last parcel left, or wait still.
_WAITED = """
    WITH waited AS (
        SELECT l.ordered_at::date AS since, w.left_on AS until, coalesce(p.units, 0) AS units
        FROM orders_line l
        JOIN LATERAL (
            SELECT sum(units)::int AS units FROM orders_part
            WHERE line_id = l.id AND version = 1 AND backing <> 'stock'
        ) p ON p.units > 0
        LEFT JOIN LATERAL (
            SELECT max(s.shipped_on) AS left_on
            FROM orders_shipmentline n JOIN orders_shipment s ON s.id = n.shipment_id
            WHERE n.line_id = l.id
        ) w ON true
        WHERE l.ordered_at < %(until)s::date + 1 AND (l.open > 0 OR w.left_on >= %(since)s::date)
    )
    SELECT d::date, (SELECT coalesce(sum(units), 0) FROM waited w
                     WHERE w.since <= d AND (w.until IS NULL OR w.until > d))::int
    FROM generate_series(%(since)s::date, %(until)s::date, interval '1 day') d
"""


def measure(*, now: datetime) -> Figures:
    """The backlog and the weeks to come, as they are now."""
    today = now.date()
    ((lines, units, median, oldest),) = _read(_BACKLOG, today=today)
    value = dict(_read(_VALUE))
    monday = today - timedelta(days=today.weekday())
    weeks = [Week(*row) for row in _read(_WEEKS, first=monday, end=monday + timedelta(weeks=WEEKS_AHEAD))]
    return Figures(now, Backlog(lines, int(units), value, int(median), int(oldest)), weeks)


def days(since: date, until: date) -> list[Day]:
    """Fill rate and promises kept of each day of a stretch; `waiting` is left at 0."""
    asked = {row[0]: row[1:] for row in _read(_ASKED, since=since, until=until)}
    left = {row[0]: row[1:] for row in _read(_LEFT, since=since, until=until)}
    stretch = [since + timedelta(days=n) for n in range((until - since).days + 1)]
    return [
        Day(on, *(int(n) for n in asked.get(on, (0, 0))), *(int(n) for n in left.get(on, (0, 0, 0)))) for on in stretch
    ]


def waited(since: date, until: date) -> dict[date, int]:
    """Units that waited at the end of each day, reconstructed from orders and parcels; cancelled ones are left out."""
    return dict(_read(_WAITED, since=since, until=until))


def _read(sql: str, **values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found
