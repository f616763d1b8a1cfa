"""A new day is an event: at each location's midnight, what depends on the day is marked, once.

Marked are items with overdue supply at the location, items whose promised day passed there, and items
that may ship from today. Orders whose customers asked for an end by a day that is over are cancelled.
The journal remembers the last day that was begun at each location, so a worker that was down catches up.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta

from django.db import transaction

from backorder.catalog import queries as catalog
from backorder.catalog.snapshot import LocationRow
from backorder.journal import clock
from backorder.journal.prepared import rows
from backorder.journal.record import Fact, record
from backorder.journal.refusals import Refused
from backorder.stock import marks
from backorder.supply import queries as supply

from ..changing.cancel import cancel

log = logging.getLogger(__name__)

CAUSE = "new_day"
MOST_AT_ONCE = 500
LATE_DAYS = 30
"""How far back the first day of an installation looks for street dates."""

_LAST_DAYS = """
    SELECT n.id, e.day FROM unnest(%s::bigint[]) AS n(id)
    CROSS JOIN LATERAL (
        SELECT body->>'day' AS day FROM journal_entry
        WHERE subject = 'location/' || n.id AND fact = 'location.day_begun' ORDER BY seq DESC LIMIT 1
    ) e
"""
_TRY_LOCK = "SELECT pg_try_advisory_xact_lock(hashtext('location_day'), %s::int)"
_PASSED = """
    SELECT DISTINCT l.item_id FROM orders_line l
    JOIN orders_part p ON p.line_id = l.id AND p.version = l.promise_version
    WHERE l.open > 0 AND p.location_id = %s::bigint AND p.ship_on < %s::date
"""
_STREET = """
    SELECT DISTINCT q.item_id
    FROM catalog_itempolicy p JOIN orders_queue q ON p.item_id IS NULL OR p.item_id = q.item_id
    WHERE p.street_on > %s::date AND p.street_on <= %s::date
      AND (p.item_id IS NOT NULL OR q.open_units > 0)
"""
# What is not with the warehouse yet of orders to be cancelled if not sent by a day that is over; kits whole.
_UNWANTED = """
    SELECT w.order_id, array_agg(w.line), array_agg(w.units)
    FROM (
        SELECT l.order_id, coalesce(l.kit_line_id, l.id) AS line,
               min((l.open + l.allocated) / coalesce(l.per_kit, 1)) AS units
        FROM orders_order o JOIN orders_line l ON l.order_id = o.id AND l.kit_units IS NULL
        WHERE o.cancel_if_not_by < (%s::timestamptz AT TIME ZONE o.zone)::date AND o.id > %s::bigint
        GROUP BY 1, 2
    ) w
    WHERE w.units > 0 GROUP BY w.order_id ORDER BY w.order_id LIMIT %s::int
"""


def mark_day_changes(*, actor: str = "worker") -> int:
    """Begin the day at each location where it has not begun; returns at how many it did.

    With the first of them, orders whose day is over are cancelled.
    """
    now = clock.now()
    places = catalog.current().locations()
    last = _last_days(places)
    due = [place for place in places.values() if place.id not in last or last[place.id] < place.today(now)]
    begun = sum(_begin_day(place, now, actor) for place in due)
    if begun:
        cancel_unwanted(now=now, actor=actor)
    return begun


def cancel_unwanted(*, now: datetime, actor: str) -> int:
    """Cancel, for orders with `cancel_if_not_by` before today in their zone, what the warehouse does not have
    yet; returns how many orders lost units."""
    done, after = 0, 0
    while found := rows(_UNWANTED, [now, after, MOST_AT_ONCE]):
        for order, lines, units in found:
            done += _cancel(order, dict(zip(lines, units, strict=True)), actor)
        after = found[-1][0]
    return done


@transaction.atomic
def _begin_day(place: LocationRow, now: datetime, actor: str) -> int:
    ((alone,),) = rows(_TRY_LOCK, [place.id])
    today = place.today(now)
    before = _last_days([place.id]).get(place.id)
    if not alone or (before is not None and before >= today):
        return 0  # Another worker begins it, or has.
    items = _changed(place.id, before or today - timedelta(days=LATE_DAYS), today)
    marks.mark(items, cause=CAUSE, at=now)
    fact = Fact("location.day_begun", f"location/{place.id}", {"day": today.isoformat(), "items": len(items)})
    record([fact], actor=actor, at=now)
    return 1


def _last_days(locations: Iterable[int]) -> dict[int, date]:
    """By location: the day that was begun there last."""
    return {place: date.fromisoformat(day) for place, day in rows(_LAST_DAYS, [list(locations)])}


def _changed(location: int, before: date, today: date) -> set[int]:
    """Items for which the days after `before` up to `today` make a difference at a location."""
    overdue = supply.overdue_items(location, today=today)
    passed = rows(_PASSED, [location, today])
    street = rows(_STREET, [before, today])
    return {*overdue, *(item for (item,) in (*passed, *street))}


def _cancel(order: int, lines: Mapping[int, int], actor: str) -> int:
    try:
        cancel(order, lines=lines, reason="cancel_if_not_by", actor=actor)
    except Refused as refused:  # It was released or shipped meanwhile; the next day looks again.
        log.info("Order %d is not cancelled: %s", order, refused)
        return 0
    return 1
