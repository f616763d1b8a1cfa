"""Every number of the demo's report, asked of the database by SQL; nothing is counted anywhere else.

A line is backordered if its first promise had units that no shelf covered. A promise is kept if all its units that
were not cancelled left the house by the ship day that was promised.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection

DAY_CLOSED = "demo.day_closed"


# Each line with what its first promise said of the shelf, and when the last of its units left.
_OUTCOME = """
    WITH outcome AS (
        SELECT l.id, l.item_id, o.ordered_at::date AS ordered_on,
               l.ordered, l.cancelled, l.shipped, l.ordered - l.cancelled - l.substituted AS owed,
               l.first_promised_on, l.promised_on, l.first_ship_on, l.promised_ship_on,
               coalesce(v.from_stock, 0) AS from_stock, coalesce(v.waits, 0) AS waits, s.shipped_on
        FROM orders_line l
        JOIN orders_order o ON o.id = l.order_id
        LEFT JOIN (
            SELECT line_id, sum(units) FILTER (WHERE backing = 'stock') AS from_stock,
                   sum(units) FILTER (WHERE backing <> 'stock') AS waits
            FROM orders_part WHERE version = 1 GROUP BY line_id
        ) v ON v.line_id = l.id
        LEFT JOIN (
            SELECT sl.line_id, max(s.shipped_on) AS shipped_on
            FROM orders_shipmentline sl JOIN orders_shipment s ON s.id = sl.shipment_id GROUP BY sl.line_id
        ) s ON s.line_id = l.id
        WHERE l.kit_units IS NULL
    )
"""


@dataclass(frozen=True, slots=True)
class Totals:
    """How much happened."""

    began_on: date
    ended_on: date
    orders: int
    lines: int
    items: int
    units: int
    units_from_stock: int
    backordered_lines: int
    backordered_units: int
    waiting_lines: int
    waiting_units: int
    cancelled_units: int
    returned_units: int
    shipments: int
    purchase_orders: int
    suppliers: int
    receipts: int
    slipped_orders: int
    slips: int
    oversold: int

    @property
    def fill_rate(self) -> float:
        """Units covered by stock in promise version 1 / units ordered."""
        return self.units_from_stock / self.units if self.units else 0.0


_TOTALS = (
    _OUTCOME
    + """
    SELECT coalesce(min(ordered_on), backorder_now()::date), backorder_now()::date,
           (SELECT count(*) FROM orders_order), count(*), count(DISTINCT item_id), coalesce(sum(ordered), 0),
           coalesce(sum(from_stock), 0), count(*) FILTER (WHERE waits > 0), coalesce(sum(waits), 0),
           (SELECT count(*) FROM orders_line WHERE open > 0),
           (SELECT coalesce(sum(open), 0) FROM orders_line WHERE open > 0),
           coalesce(sum(cancelled), 0), (SELECT coalesce(sum(returned), 0) FROM orders_line),
           (SELECT count(*) FROM orders_shipment),
           (SELECT count(*) FROM supply_purchaseorder WHERE sent_at IS NOT NULL),
           (SELECT count(*) FROM supply_supplier), (SELECT count(*) FROM supply_receipt),
           (SELECT count(DISTINCT pl.purchase_order_id) FROM supply_etachange e
            JOIN supply_supply s ON s.id = e.supply_id JOIN supply_purchaseline pl ON pl.id = s.purchase_line_id
            WHERE e.now > e.was),
           (SELECT count(*) FROM supply_etachange WHERE now > was),
           (SELECT count(*) FROM stock_level WHERE allocated > on_hand OR on_hand < 0)
    FROM outcome
"""
)


def totals() -> Totals:
    """How much happened, of everything there is."""
    began_on, ended_on, *counts = _rows(_TOTALS)[0]
    return Totals(began_on, ended_on, *map(int, counts))


@dataclass(frozen=True, slots=True)
class Kept:
    """Lines whose first promised ship day has passed, and how many of them kept their first and latest day.

    `wait_days` is the mean of first promised delivery day - day ordered: who pads keeps more and promises less.
    """

    lines: int
    on_first: int
    on_latest: int
    wait_days: float
    late: int
    late_days: float
    worst_days: int

    @property
    def first_share(self) -> str:
        """Of the lines due, those that kept their first day, for people to read."""
        return f"{self.on_first / self.lines:.1%}" if self.lines else "none due"

    @property
    def latest_share(self) -> str:
        """Of the lines due, those that kept their latest day, for people to read."""
        return f"{self.on_latest / self.lines:.1%}" if self.lines else "none due"


_KEPT = (
    _OUTCOME
    + """
    , due AS (
        SELECT *, shipped >= owed AND shipped_on <= first_ship_on AS kept_first,
               shipped >= owed AND shipped_on <= promised_ship_on AS kept_latest,
               coalesce(CASE WHEN shipped >= owed THEN shipped_on END, backorder_now()::date) - first_ship_on AS late
        FROM outcome WHERE owed > 0 AND first_ship_on < backorder_now()::date AND (waits > 0 OR NOT %s)
    )
    SELECT count(*), count(*) FILTER (WHERE kept_first), count(*) FILTER (WHERE kept_latest),
           coalesce(avg(first_promised_on - ordered_on), 0)::float, count(*) FILTER (WHERE late > 0),
           coalesce(avg(late) FILTER (WHERE late > 0), 0)::float, coalesce(greatest(max(late), 0), 0)
    FROM due
"""
)


def kept(*, backordered: bool) -> Kept:
    """Promises kept: of backordered lines only, or of all lines."""
    return Kept(*_rows(_KEPT, backordered)[0])


@dataclass(frozen=True, slots=True)
class Week:
    """Backordered lines first promised to leave in the week from `monday`, and how many kept which day."""

    monday: date
    lines: int
    on_first: int
    on_latest: int


_WEEKS = (
    _OUTCOME
    + """
    SELECT date_trunc('week', first_ship_on)::date, count(*),
           count(*) FILTER (WHERE shipped >= owed AND shipped_on <= first_ship_on),
           count(*) FILTER (WHERE shipped >= owed AND shipped_on <= promised_ship_on)
    FROM outcome WHERE waits > 0 AND owed > 0 AND first_ship_on < backorder_now()::date
    GROUP BY 1 ORDER BY 1
"""
)


def kept_by_week() -> list[Week]:
    """Backordered lines by the week they were first promised to leave in."""
    return [Week(*row) for row in _rows(_WEEKS)]


_LATE_DAYS = (
    _OUTCOME
    + """
    SELECT shipped_on - first_ship_on AS days, count(*) FROM outcome
    WHERE waits > 0 AND owed > 0 AND shipped >= owed AND first_ship_on IS NOT NULL GROUP BY 1 ORDER BY 1
"""
)


def days_late() -> dict[int, int]:
    """Shipped backordered lines by days from first promised to actual ship day; negative is early."""
    return dict(_rows(_LATE_DAYS))


@dataclass(frozen=True, slots=True)
class Backlog:
    """Units that waited when a day ended: on supply that keeps its day, that slipped, and on nothing in sight."""

    day: date
    dated: int
    slipped: int
    unsupplied: int

    @property
    def units(self) -> int:
        return self.dated + self.slipped + self.unsupplied


_BACKLOG_NOW = """
    SELECT coalesce(sum(p.units) FILTER (WHERE s.eta <= s.first_eta AND s.eta >= backorder_now()::date), 0),
           coalesce(sum(p.units) FILTER (WHERE s.eta > s.first_eta OR s.eta < backorder_now()::date), 0),
           (SELECT coalesce(sum(open), 0) FROM orders_line WHERE open > 0) - coalesce(sum(p.units), 0)
    FROM orders_peg p JOIN supply_supply s ON s.id = p.supply_id WHERE p.line_id IS NOT NULL
"""


def backlog_now(day: date) -> Backlog:
    """What waits at this moment, called `day`."""
    return Backlog(day, *map(int, _rows(_BACKLOG_NOW)[0]))


def backlog() -> list[Backlog]:
    """What waited at the end of each day, as the replay wrote it into the journal."""
    found = _rows(
        "SELECT DISTINCT ON (subject) substr(subject, 5)::date, (body->>'dated')::int, (body->>'slipped')::int,"
        " (body->>'unsupplied')::int FROM journal_entry WHERE fact = %s ORDER BY subject, seq DESC",
        DAY_CLOSED,
    )
    return [Backlog(*row) for row in found]


@dataclass(frozen=True, slots=True)
class Slip:
    """A purchase order whose day moved later, and what was decided again in that same instant."""

    at: datetime
    reference: str
    supplier: str
    days: int
    lines: int
    units: int
    promises: int
    orders: int


_SLIPS = """
    WITH slip AS (
        SELECT e.at, pl.purchase_order_id, max(e.now - e.was) AS days, count(*) AS lines,
               sum(s.units) AS units, array_agg(s.item_id) AS items
        FROM supply_etachange e JOIN supply_supply s ON s.id = e.supply_id
        JOIN supply_purchaseline pl ON pl.id = s.purchase_line_id
        WHERE e.now > e.was GROUP BY e.at, pl.purchase_order_id
    )
    SELECT slip.at, po.reference, u.name, slip.days, slip.lines, slip.units,
           count(p.line_id), count(DISTINCT l.order_id)
    FROM slip JOIN supply_purchaseorder po ON po.id = slip.purchase_order_id
    JOIN supply_supplier u ON u.id = po.supplier_id
    LEFT JOIN orders_promise p ON p.at = slip.at AND p.version > 1 AND p.cause = 'eta'
    LEFT JOIN orders_line l ON l.id = p.line_id AND l.item_id = ANY(slip.items)
    WHERE p.line_id IS NULL OR l.id IS NOT NULL
    GROUP BY slip.at, po.reference, u.name, slip.days, slip.lines, slip.units
    ORDER BY count(p.line_id) DESC, slip.days DESC, slip.at LIMIT %s
"""


def worst_slips(most: int) -> list[Slip]:
    """The slips that moved the most promises, in the order they happened."""
    return sorted((Slip(*row) for row in _rows(_SLIPS, most)), key=lambda slip: (slip.at, slip.reference))


@dataclass(frozen=True, slots=True)
class Delivery:
    """Units that arrived (`received_on`) or are still due (None), with the day first and last said."""

    reference: str
    units: int
    first_eta: date
    eta: date
    received_on: date | None


@dataclass(frozen=True, slots=True)
class ItemStory:
    """One item by day: units ordered net of what was cancelled, the balance at each day's end, and deliveries.

    balance = units that ever came in - units ever ordered and not cancelled; below zero the shelf owes.
    """

    sku: str
    name: str
    ordered: dict[date, int]
    balance: dict[date, int]
    deliveries: tuple[Delivery, ...]


# The item that taught the most: many promises moved, and a slip that fits into one drawing.
_TOLD_ITEM = """
    WITH slipped AS (
        SELECT item_id, max(eta - first_eta) AS days FROM supply_supply
        WHERE eta - first_eta BETWEEN 1 AND 45 GROUP BY item_id
    ), moved AS (
        SELECT l.item_id, count(DISTINCT l.id) AS lines FROM orders_line l
        JOIN orders_promise p ON p.line_id = l.id AND p.version > 1 AND p.cause = 'eta' GROUP BY l.item_id
    )
    SELECT i.id, i.sku, i.name FROM catalog_item i
    JOIN slipped ON slipped.item_id = i.id JOIN moved ON moved.item_id = i.id
    ORDER BY moved.lines * least(slipped.days, 20) DESC, i.id LIMIT 1
"""
_ORDERED = """
    SELECT o.ordered_at::date, sum(l.ordered - l.cancelled) FROM orders_line l JOIN orders_order o ON o.id = l.order_id
    WHERE l.item_id = %s GROUP BY 1 ORDER BY 1
"""
_CAME_IN = """
    SELECT at::date, sum(units) FROM stock_move WHERE item_id = %s AND kind <> 'shipment' GROUP BY 1 ORDER BY 1
"""
_DELIVERIES = """
    SELECT s.reference, coalesce(r.units, s.units - s.cancelled - s.received), s.first_eta, s.eta, r.at::date
    FROM supply_supply s LEFT JOIN supply_receipt r ON r.supply_id = s.id
    WHERE s.item_id = %s AND s.units > s.cancelled ORDER BY s.first_eta, s.id, r.at
"""


def item_story() -> ItemStory | None:
    """The item whose slips moved the most lines; None where nothing slipped."""
    told = _rows(_TOLD_ITEM)
    if not told:
        return None
    item, sku, name = told[0]
    ordered = {day: int(units) for day, units in _rows(_ORDERED, item)}
    came = {day: int(units) for day, units in _rows(_CAME_IN, item)}
    balance, stands = {}, 0
    for day in sorted(ordered.keys() | came.keys()):
        stands += came.get(day, 0) - ordered.get(day, 0)
        balance[day] = stands
    return ItemStory(sku, name, ordered, balance, tuple(Delivery(*row) for row in _rows(_DELIVERIES, item)))


@dataclass(frozen=True, slots=True)
class Check:
    """A rule, over how much it was checked, and how often it was broken."""

    rule: str
    formula: str
    checked: int
    of: str
    broken: int


_CHECKS: Sequence[tuple[str, str, str, str]] = (
    (
        "Every line adds up",
        "ordered = open + allocated + released + shipped + cancelled + substituted",
        "lines",
        "SELECT count(*), count(*) FILTER (WHERE ordered <> open + allocated + released + shipped + cancelled"
        " + substituted) FROM orders_line",
    ),
    (
        "No unit is given twice",
        "0 ≤ allocated ≤ on hand, and allocated = the sum of its owners' units",
        "shelves",
        "SELECT count(*), count(*) FILTER (WHERE v.allocated NOT BETWEEN 0 AND v.on_hand"
        " OR v.allocated <> coalesce(a.units, 0)) FROM stock_level v LEFT JOIN (SELECT level_id,"
        " sum(allocated + released) AS units FROM orders_allocation GROUP BY 1) a ON a.level_id = v.id",
    ),
    (
        "Every shelf is the sum of its moves",
        "on hand = opening + receipts − shipments ± counts",
        "shelves",
        "SELECT count(*), count(*) FILTER (WHERE v.on_hand <> coalesce(m.units, 0)) FROM stock_level v LEFT JOIN"
        " (SELECT item_id, location_id, sum(units) AS units FROM stock_move GROUP BY 1, 2) m"
        " USING (item_id, location_id)",
    ),
    (
        "Every promise has live supply, or says it has none",
        "pegged ≤ what still comes, and pegged = the sum of its pegs",
        "deliveries",
        "SELECT count(*), count(*) FILTER (WHERE s.pegged <> coalesce(p.units, 0)"
        " OR s.pegged > greatest(s.units - s.received - s.cancelled, 0)) FROM supply_supply s LEFT JOIN"
        " (SELECT supply_id, sum(units) AS units FROM orders_peg GROUP BY 1) p ON p.supply_id = s.id",
    ),
    (
        "Nobody waits unseen",
        "open units of each item's queue = open units of its lines and holds",
        "items",
        "SELECT count(*), count(*) FILTER (WHERE q.open_units <> coalesce(l.units, 0) + coalesce(h.units, 0))"
        " FROM orders_queue q"
        " LEFT JOIN (SELECT item_id, sum(open) AS units FROM orders_line GROUP BY 1) l USING (item_id)"
        " LEFT JOIN (SELECT item_id, sum(open) AS units FROM orders_hold WHERE ended_at IS NULL GROUP BY 1) h"
        " USING (item_id)",
    ),
    (
        "Every order is told of once",
        "one order.placed in the journal for each order",
        "orders",
        "SELECT count(*), count(*) FILTER (WHERE e.times IS DISTINCT FROM 1) FROM orders_order o LEFT JOIN"
        " (SELECT subject, count(*) AS times FROM journal_entry WHERE fact = 'order.placed' GROUP BY 1) e"
        " ON e.subject = 'order/' || o.id",
    ),
)


def checks() -> list[Check]:
    """What must always be true, looked at once more."""
    return [Check(rule, formula, *_counted(sql, of)) for rule, formula, of, sql in _CHECKS]


def _counted(sql: str, of: str) -> tuple[int, str, int]:
    ((checked, broken),) = _rows(sql)
    return checked, of, broken


def an_order_that_waits() -> tuple[int, str] | None:
    """(id, reference) of the order with a slipped line that still waits; else of any that was promised twice."""
    found = _rows(
        "SELECT o.id, o.reference FROM orders_line l JOIN orders_order o ON o.id = l.order_id"
        " WHERE l.promise_version > 1 ORDER BY l.open > 0 DESC, l.promise_version DESC, o.id LIMIT 1"
    )
    return found[0] if found else None


def _rows(sql: str, *params: Any) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return list(cursor.fetchall())
