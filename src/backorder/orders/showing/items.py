"""Items in a list: what each has, owes and expects, a page at a time by SKU."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection

# A page of items is found first; only its rows are then summed. Filters stand on indexes of who waits and what comes.
_ITEMS = """
    WITH page AS MATERIALIZED (
        SELECT i.id, i.sku, i.name, i.active, i.price_minor, i.currency FROM catalog_item i
        WHERE {where} ORDER BY i.sku LIMIT %s
    )
    SELECT p.id, p.sku, p.name, p.active, p.price_minor, p.currency, coalesce(v.on_hand, 0), coalesce(v.allocated, 0),
           coalesce(q.open_units, 0), coalesce(s.units, 0), coalesce(s.free, 0), s.next_on, s.overdue,
           coalesce((SELECT r.sell FROM catalog_itempolicy r
                     WHERE (r.item_id = p.id OR r.item_id IS NULL) AND r.location_id IS NULL AND r.channel IS NULL
                     ORDER BY r.item_id NULLS LAST LIMIT 1), 'stock_only')
    FROM page p
    LEFT JOIN orders_queue q ON q.item_id = p.id
    LEFT JOIN LATERAL (
        SELECT sum(on_hand) AS on_hand, sum(allocated) AS allocated FROM stock_level WHERE item_id = p.id
    ) v ON true
    LEFT JOIN LATERAL (
        SELECT sum(units - received - cancelled) AS units, sum(units - received - cancelled - pegged) AS free,
               min(eta) AS next_on, bool_or(eta < backorder_now()::date) AS overdue
        FROM supply_supply WHERE item_id = p.id AND units > received + cancelled
    ) s ON true
    ORDER BY p.sku
"""
_WAITS = "EXISTS (SELECT FROM orders_queue q WHERE q.item_id = i.id AND q.open_units > 0)"
_COMES = "SELECT FROM supply_supply s WHERE s.item_id = i.id AND s.units > s.received + s.cancelled"
_ONLY = {
    "waiting": _WAITS,
    "short": f"{_WAITS} AND (SELECT q.open_units FROM orders_queue q WHERE q.item_id = i.id) > coalesce(("
    f"{_COMES.replace('SELECT FROM', 'SELECT sum(s.units - s.received - s.cancelled) FROM')}), 0)",
    "free": "EXISTS (SELECT FROM stock_level v WHERE v.item_id = i.id AND v.on_hand > v.allocated)",
    "empty": "NOT EXISTS (SELECT FROM stock_level v WHERE v.item_id = i.id AND v.on_hand > 0)",
    "arriving": f"EXISTS ({_COMES})",
}
ONLY = tuple(_ONLY)
_SELL = """coalesce((SELECT r.sell FROM catalog_itempolicy r
    WHERE (r.item_id = i.id OR r.item_id IS NULL) AND r.location_id IS NULL AND r.channel IS NULL
    ORDER BY r.item_id NULLS LAST LIMIT 1), 'stock_only') = %s"""


@dataclass(frozen=True, slots=True)
class ItemShown:
    """An item with its sums, in units; `inbound_free` of what arrives nobody waits for."""

    id: int
    sku: str
    name: str
    active: bool
    price_minor: int | None
    currency: str
    on_hand: int
    allocated: int
    waiting: int
    arriving: int
    inbound_free: int
    next_on: date | None
    overdue: bool | None
    sell: str

    @property
    def free(self) -> int:
        """Units on the shelf without an owner."""
        return self.on_hand - self.allocated

    @property
    def short(self) -> int:
        """Units that wait for nothing that is on its way."""
        return max(self.waiting - self.arriving, 0)


def items(*, q: str = "", only: str = "", sell: str = "", after: str | None = None, limit: int) -> list[ItemShown]:
    """Items by SKU, those after `after`; `q` is part of a SKU or name, `only` one of ONLY."""
    conditions: list[str] = []
    values: list[Any] = []
    if q:
        conditions.append("(i.sku ILIKE %s OR i.name ILIKE %s)")
        values += [f"%{literal(q)}%"] * 2
    if only in _ONLY:
        conditions.append(_ONLY[only])
    if sell:
        conditions.append(_SELL)
        values.append(sell)
    if after is not None:
        conditions.append("i.sku > %s")
        values.append(after)
    with connection.cursor() as cursor:
        cursor.execute(_ITEMS.format(where=" AND ".join(conditions) or "true"), [*values, limit])
        return [ItemShown(*row) for row in cursor.fetchall()]


def literal(text: str) -> str:
    """As it stands, for LIKE."""
    return text.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
