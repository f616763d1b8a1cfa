"""Inbound as staff see it: deliveries by day with what hangs on each, receipts, suppliers and their dates.

A delivery is what comes under one reference to one location on one day, whatever the number of its items. Lists walk
an index and have a next page, never a count of everything.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection

from backorder.catalog import queries as catalog
from backorder.journal.prepared import rows

PAGE = 25
LATELY = 6
LAST_DELIVERIES = 12
MOST_COUNTED = 1_000
MOST_UNITS = 1_000_000_000

_TO_COME = "s.units > s.received + s.cancelled"
# Groups are read in the order of the index supply_by_day, so that a page is found without reading the others.
_DELIVERIES = """
    SELECT s.eta, s.reference, s.location_id, array_agg(s.id ORDER BY s.id), min(s.first_eta), min(s.kind),
           sum(s.units - s.received - s.cancelled), sum(s.pegged), sum(s.received),
           array_agg(s.item_id ORDER BY s.units DESC, s.id), min(s.purchase_line_id),
           bool_or(s.certainty = 'uncertain')
    FROM supply_supply s
    WHERE {where}
    GROUP BY s.eta, s.reference, s.location_id
    ORDER BY s.eta, s.reference, s.location_id LIMIT %s
"""
# Added up by delivery where the rows are: what hangs on a large delivery does not travel.
_HANGS_ON = """
    WITH hung AS (
        SELECT g.delivery, l.id, sum(l.unit_price_minor * p.units) AS value, min(o.currency) AS currency, l.promised_on,
               l.requested_on, o.cancel_if_not_by, l.priority
        FROM unnest(%s::bigint[], %s::int[]) AS g(supply, delivery) JOIN orders_peg p ON p.supply_id = g.supply
        JOIN orders_line l ON l.id = p.line_id JOIN orders_order o ON o.id = l.order_id
        GROUP BY g.delivery, l.id, o.id
    )
    SELECT h.delivery, count(*), sum(h.value)::bigint, min(h.currency), count(*) FILTER (WHERE h.promised_on < t.today),
           count(*) FILTER (WHERE h.requested_on IS NOT NULL AND coalesce(h.promised_on, 'infinity') > h.requested_on),
           min(h.cancel_if_not_by), count(*) FILTER (WHERE h.priority > 0)
    FROM hung h JOIN unnest(%s::int[], %s::date[]) AS t(delivery, today) ON t.delivery = h.delivery
    GROUP BY h.delivery
"""
_DUE = """
    SELECT s.id, s.item_id, i.sku, i.name, coalesce(x.supplier_sku, ''), w.code, s.units, s.received, s.cancelled,
           s.pegged, s.first_eta, s.eta, n.price_minor
    FROM supply_supply s JOIN catalog_item i ON i.id = s.item_id JOIN catalog_location w ON w.id = s.location_id
    LEFT JOIN supply_purchaseline n ON n.id = s.purchase_line_id
    LEFT JOIN supply_purchaseorder o ON o.id = n.purchase_order_id
    LEFT JOIN supply_supplieritem x ON x.supplier_id = o.supplier_id AND x.item_id = s.item_id
    WHERE s.reference = %s AND {where} ORDER BY s.eta, i.sku, s.id LIMIT %s
"""
_WHO = """
    SELECT l.id, l.order_id, o.reference, coalesce(nullif(c.name, ''), c.reference, ''), i.sku, p.units, p.hard,
           l.unit_price_minor * p.units, o.currency, l.priority, l.first_promised_on, l.promised_on, l.requested_on
    FROM orders_peg p JOIN orders_line l ON l.id = p.line_id JOIN orders_order o ON o.id = l.order_id
    JOIN catalog_item i ON i.id = l.item_id LEFT JOIN orders_customer c ON c.id = o.customer_id
    WHERE p.supply_id = ANY(%s::bigint[])
    ORDER BY l.priority DESC, coalesce(l.first_promised_on, l.requested_on, 'infinity'), l.ordered_at, l.id LIMIT %s
"""
_SUPPLIERS_OF = """
    SELECT n.id, f.code, f.name, f.country FROM supply_purchaseline n
    JOIN supply_purchaseorder o ON o.id = n.purchase_order_id JOIN supply_supplier f ON f.id = o.supplier_id
    WHERE n.id = ANY(%s::bigint[])
"""
_LATELY = """
    SELECT r.id, r.at, r.actor, r.units, r.over, r.closes, s.id, s.reference, i.sku, i.name, s.units, s.received,
           s.cancelled, e.body::text
    FROM supply_receipt r JOIN supply_supply s ON s.id = r.supply_id JOIN catalog_item i ON i.id = s.item_id
    LEFT JOIN LATERAL (
        SELECT body FROM journal_entry WHERE subject = 'receipt/' || r.id ORDER BY seq LIMIT 1
    ) e ON true
    {where} ORDER BY r.id DESC LIMIT %s
"""
_KEPT = """
    SELECT f.code, f.name, k.deliveries, k.kept, k.late_days
    FROM supply_supplier f CROSS JOIN LATERAL (
        SELECT count(*) AS deliveries, count(*) FILTER (WHERE d.closed_on <= d.first_eta) AS kept,
               coalesce(avg(greatest(d.closed_on - d.first_eta, 0)), 0)::float AS late_days
        FROM (
            SELECT (o.closed_at AT TIME ZONE 'UTC')::date AS closed_on,
                   (SELECT max(s.first_eta) FROM supply_purchaseline n JOIN supply_supply s
                    ON s.purchase_line_id = n.id WHERE n.purchase_order_id = o.id) AS first_eta
            FROM supply_purchaseorder o WHERE o.supplier_id = f.id AND o.state = 'closed'
            ORDER BY o.closed_at DESC LIMIT %s
        ) d
    ) k
    WHERE f.active AND (%s::text[] IS NULL OR f.code = ANY(%s::text[]))
    ORDER BY k.kept::float / nullif(k.deliveries, 0) NULLS LAST, f.name
"""
_HEAD = f"""
    SELECT
        (SELECT count(*) FROM (
            SELECT FROM supply_supply s WHERE {_TO_COME} GROUP BY s.eta, s.reference, s.location_id LIMIT %s) d),
        (SELECT count(*) FROM (SELECT FROM supply_supply s WHERE {_TO_COME} AND s.eta < %s LIMIT %s) d),
        (SELECT count(DISTINCT supply_id) FROM supply_etachange WHERE at > %s)
"""


@dataclass(frozen=True, slots=True)
class Hanging:
    """What hangs on a delivery: lines, their value, the earliest day one of them must leave, and what would hurt."""

    lines: int
    value_minor: int
    currency: str
    late: int
    wished: int
    ends_on: date | None
    priority: int


NOTHING = Hanging(0, 0, "", 0, 0, None, 0)


@dataclass(frozen=True, slots=True)
class Delivery:
    """Units that come under one reference to one location on one day."""

    eta: date
    reference: str
    location_id: int
    location: str
    supplies: tuple[int, ...]
    first_eta: date
    kind: str
    units: int
    pegged: int
    received: int
    items: tuple[str, ...]
    supplier: str
    supplier_code: str
    country: str
    uncertain: bool
    today: date
    hanging: Hanging

    @property
    def slipped_days(self) -> int:
        """Days that it is later than first said; negative: sooner."""
        return (self.eta - self.first_eta).days

    @property
    def overdue_days(self) -> int:
        """Days since it should have been here."""
        return max((self.today - self.eta).days, 0)

    @property
    def more_items(self) -> int:
        """Items after the first."""
        return max(len(self.items) - 1, 0)

    @property
    def free(self) -> int:
        """Units that nobody waits for."""
        return max(self.units - self.pegged, 0)


@dataclass(frozen=True, slots=True)
class Hung:
    """A line some of whose units wait for a delivery."""

    line: int
    order: int
    reference: str
    customer: str
    sku: str
    units: int
    hard: bool
    value_minor: int
    currency: str
    priority: int
    first_promised_on: date | None
    promised_on: date | None
    requested_on: date | None


@dataclass(frozen=True, slots=True)
class Due:
    """Units of one item that are to come with a delivery; `pegged` of them somebody waits for."""

    supply: int
    item: int
    sku: str
    name: str
    supplier_sku: str
    location: str
    units: int
    received: int
    cancelled: int
    pegged: int
    first_eta: date
    eta: date
    price_minor: int | None

    @property
    def to_come(self) -> int:
        return max(self.units - self.received - self.cancelled, 0)


@dataclass(frozen=True, slots=True)
class Counted:
    """A receipt as the list shows it: of `due` units `units` came."""

    id: int
    at: datetime
    actor: str
    reference: str
    supply: int
    sku: str
    name: str
    units: int
    over: int
    short: int
    allocated: int
    free: int
    unsupplied: int
    still_due: int


@dataclass(frozen=True, slots=True)
class Keeping:
    """How many of a supplier's last deliveries came by the day first named, and how late they are on average."""

    code: str
    name: str
    deliveries: int
    kept: int
    late_days: float

    @property
    def share(self) -> float:
        """Of 1, those that came by their day."""
        return self.kept / self.deliveries if self.deliveries else 0.0


@dataclass(frozen=True, slots=True)
class Head:
    """How much is coming, counted up to MOST_COUNTED."""

    deliveries: int
    overdue: int
    moved_lately: int


def head(now: datetime) -> Head:
    """What the page says first."""
    (found,) = _read(_HEAD, MOST_COUNTED + 1, now.date(), MOST_COUNTED + 1, now - timedelta(days=3))
    return Head(*found)


def deliveries(
    now: datetime,
    *,
    reference: str | None = None,
    item: int | None = None,
    location: int | None = None,
    supplier: str | None = None,
    overdue: bool = False,
    slipped: bool = False,
    after: tuple[date, str, int] | None = None,
    limit: int = PAGE + 1,
) -> list[Delivery]:
    """Deliveries still to come, by day; those after (day, reference, location id). Three statements for any number."""
    wanted: dict[str, Any] = {
        "s.reference = %s": reference,
        "s.item_id = %s": item,
        "s.location_id = %s": location,
        "s.purchase_line_id IN (SELECT n.id FROM supply_purchaseline n JOIN supply_purchaseorder o"
        " ON o.id = n.purchase_order_id JOIN supply_supplier f ON f.id = o.supplier_id WHERE f.code = %s)": supplier,
        "s.eta < %s": now.date() if overdue else None,
    }
    used = {condition: value for condition, value in wanted.items() if value is not None}
    conditions, values = [_TO_COME, *used], list(used.values())
    if slipped:
        conditions.append("s.eta <> s.first_eta")
    if after is not None:
        conditions.append("(s.eta, s.reference, s.location_id) > (%s, %s, %s)")
        values += after
    found = _read(_DELIVERIES.format(where=" AND ".join(conditions)), *values, limit)
    return _deliveries(found, now)


def due(*, reference: str, limit: int = MOST_COUNTED, all_of_it: bool = False) -> list[Due]:
    """The items of what comes under a reference, by day and SKU; with `all_of_it` also what came or was cancelled."""
    return [Due(*row) for row in _read(_DUE.format(where="true" if all_of_it else _TO_COME), reference, limit)]


def is_known(reference: str) -> bool:
    """Did anything ever come, or is it to come, under this reference?"""
    return bool(_read("SELECT FROM supply_supply WHERE reference = %s LIMIT 1", reference))


def who_waits_for(supplies: Sequence[int], *, limit: int) -> list[Hung]:
    """The lines that wait for these supplies, by rank."""
    return [Hung(*row) for row in _read(_WHO, list(supplies), limit)]


def lately(*, supplies: Sequence[int] | None = None, limit: int = LATELY) -> list[Counted]:
    """The last receipts, newest first; of these supplies, or of all."""
    where = "WHERE r.supply_id = ANY(%s::bigint[])" if supplies is not None else ""
    values: list[Any] = [] if supplies is None else [list(supplies)]
    return [_counted(row) for row in _read(_LATELY.format(where=where), *values, limit)]


def keeping(codes: Iterable[str] | None = None) -> list[Keeping]:
    """Suppliers with how they kept their dates in their last deliveries, the worst first."""
    wanted = None if codes is None else sorted(set(codes))
    return [Keeping(*row) for row in _read(_KEPT, LAST_DELIVERIES, wanted, wanted)]


def _deliveries(found: Sequence[tuple[Any, ...]], now: datetime) -> list[Delivery]:
    book = catalog.current()
    suppliers = {row[0]: row[1:] for row in rows(_SUPPLIERS_OF, [[row[10] for row in found if row[10] is not None]])}
    items = book.items({id for row in found for id in row[9][:3]})
    places, todays = book.locations(), book.todays(now)
    hanging = _hanging(found, todays)
    return [
        Delivery(
            eta=row[0], reference=row[1], location_id=row[2], location=places[row[2]].code, supplies=tuple(row[3]),
            first_eta=row[4], kind=row[5], units=int(row[6]), pegged=int(row[7]), received=int(row[8]),
            items=tuple(items[id].name for id in dict.fromkeys(row[9][:3])) + ("",) * (len(set(row[9])) - 3),
            supplier_code=suppliers.get(row[10], ("", "", ""))[0], supplier=suppliers.get(row[10], ("", "", ""))[1],
            country=suppliers.get(row[10], ("", "", ""))[2], uncertain=row[11], today=todays[row[2]],
            hanging=hanging.get(place, NOTHING),
        )
        for place, row in enumerate(found)
    ]  # fmt: skip


def _hanging(found: Sequence[tuple[Any, ...]], todays: Mapping[int, date]) -> dict[int, Hanging]:
    """By the place of a delivery in the list what hangs on it; nothing hangs on those that are missing."""
    if not found:
        return {}
    pairs = [(supply, place) for place, row in enumerate(found) for supply in row[3]]
    supplies, deliveries = [supply for supply, _ in pairs], [place for _, place in pairs]
    days = [todays[row[2]] for row in found]
    hung = rows(_HANGS_ON, [supplies, deliveries, list(range(len(found))), days])
    names = ("lines", "value_minor", "currency", "late", "wished", "ends_on", "priority")
    return {place: Hanging(**dict(zip(names, what, strict=True))) for place, *what in hung}


def _counted(row: tuple[Any, ...]) -> Counted:
    id, at, actor, units, over, closes, supply, reference, sku, name, ordered, received, cancelled, body = row
    said = json.loads(body) if body else {}
    short = max(ordered - received, 0) if closes else 0
    return Counted(
        id=id, at=at, actor=actor, reference=reference, supply=supply, sku=sku, name=name, units=units, over=over,
        short=short, allocated=said.get("allocated", 0), free=said.get("free", 0),
        unsupplied=said.get("unsupplied", 0), still_due=said.get("still_due", max(ordered - received - cancelled, 0)),
    )  # fmt: skip


def _read(sql: str, *params: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found
