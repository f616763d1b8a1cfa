"""Stock as staff see it: levels by item and place, what moved them, and the sheet to count by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from .items import literal

PAGE = 50

_LEVELS = """
    SELECT i.id, i.sku, i.name, w.id, w.code, w.name, v.on_hand, v.allocated,
           (SELECT q.open_units FROM orders_queue q WHERE q.item_id = i.id),
           (SELECT coalesce(sum(a.released), 0) FROM orders_allocation a WHERE a.level_id = v.id)
    FROM catalog_item i JOIN stock_level v ON v.item_id = i.id JOIN catalog_location w ON w.id = v.location_id
    WHERE {where} ORDER BY i.sku, w.code LIMIT %s
"""
_MOVES = """
    SELECT m.id, i.sku, i.name, w.code, m.units, m.kind, m.cause, m.note, m.at, m.actor
    FROM stock_move m JOIN catalog_item i ON i.id = m.item_id JOIN catalog_location w ON w.id = m.location_id
    WHERE {where} ORDER BY m.id DESC LIMIT %s
"""


@dataclass(frozen=True, slots=True)
class Level:
    """Units of an item at a place; `waiting` of the item are owed and have none, `released` are with the warehouse."""

    item: int
    sku: str
    name: str
    location_id: int
    location: str
    location_name: str
    on_hand: int
    allocated: int
    waiting: int
    released: int

    @property
    def free(self) -> int:
        """Units without an owner."""
        return self.on_hand - self.allocated

    @property
    def key(self) -> str:
        """How a form names it."""
        return f"{self.item}-{self.location_id}"


@dataclass(frozen=True, slots=True)
class Moved:
    """One change of what is on hand."""

    id: int
    sku: str
    name: str
    location: str
    units: int
    kind: str
    cause: str
    note: str
    at: datetime
    actor: str


def levels(
    *,
    search: str = "",
    location: str = "",
    only: str = "",
    after: tuple[str, str] | None = None,
    limit: int = PAGE + 1,
) -> list[Level]:
    """Levels by SKU and place, those after the pair `after`; `only` is free, owned, waiting or empty."""
    wanted: dict[str, Any] = {}
    conditions = []
    if search:
        conditions.append("(i.sku ILIKE %s OR i.name ILIKE %s)")
        wanted["search"] = [f"{literal(search)}%", f"%{literal(search)}%"]
    if location:
        conditions.append("w.code = %s")
        wanted["location"] = [location]
    if only in _ONLY:
        conditions.append(_ONLY[only])
    if after is not None:
        conditions.append("(i.sku, w.code) > (%s, %s)")
        wanted["after"] = list(after)
    params = [value for values in wanted.values() for value in values]
    return _levels(" AND ".join(conditions) or "true", *params, limit)


_ONLY = {
    "free": "v.on_hand > v.allocated",
    "owned": "v.allocated > 0",
    "waiting": "EXISTS (SELECT FROM orders_queue q WHERE q.item_id = i.id AND q.open_units > 0)",
    "empty": "v.on_hand = 0",
}
ONLY = tuple(_ONLY)


def of_item(item: int) -> list[Level]:
    """The levels of one item."""
    return _levels("i.id = %s", item, PAGE)


def at(item: int, location: int) -> Level | None:
    """One level."""
    found = _levels("i.id = %s AND w.id = %s", item, location, 1)
    return found[0] if found else None


def moves(*, item: int | None = None, location: str = "", kind: str = "", before: int | None = None,
          limit: int = PAGE + 1) -> list[Moved]:  # fmt: skip
    """What moved, newest first; those with an id below `before`."""
    wanted = {"m.item_id = %s": item, "w.code = %s": location or None, "m.kind = %s": kind or None, "m.id < %s": before}
    used = {condition: value for condition, value in wanted.items() if value is not None}
    found = _read(_MOVES.format(where=" AND ".join(used) or "true"), *used.values(), limit)
    return [Moved(*row) for row in found]


def _levels(where: str, *params: Any) -> list[Level]:
    return [Level(*row) for row in _read(_LEVELS.format(where=where), *params)]


def _read(sql: str, *params: Any) -> Sequence[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found
