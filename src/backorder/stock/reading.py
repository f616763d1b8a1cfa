"""Stock as the doors show it: levels and moves by SKU and location code."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import connection
from msgspec import Struct


class LevelView(Struct, frozen=True, kw_only=True):
    """Units of an item at a location: physically there, and of those owned by lines or holds."""

    sku: str
    location: str
    on_hand: int
    allocated: int
    free: int


class MoveView(Struct, frozen=True, kw_only=True):
    """One change of what is on hand."""

    id: int
    sku: str
    location: str
    units: int
    kind: str
    cause: str
    note: str
    at: datetime
    actor: str


def levels(
    *, sku: str | None = None, location: str | None = None, after: tuple[str, str] | None = None, limit: int
) -> list[LevelView]:
    """Levels by SKU and location, those after the pair `after`."""
    wanted: dict[str, Any] = {"i.sku = %s": sku, "l.code = %s": location}
    used = {condition: value for condition, value in wanted.items() if value is not None}
    params = [*used.values()]
    if after is not None:
        used["(i.sku, l.code) > (%s, %s)"] = after
        params += after
    rows = _read(_LEVELS.format(where=" AND ".join(used) or "true"), *params, limit)
    return [LevelView(**dict(zip(LevelView.__struct_fields__, row, strict=True))) for row in rows]


def moves(
    *, sku: str | None = None, location: str | None = None, before: int | None = None, limit: int
) -> list[MoveView]:
    """Moves, newest first, those with an id below `before`."""
    wanted: dict[str, Any] = {"i.sku = %s": sku, "l.code = %s": location, "m.id < %s": before}
    used = {condition: value for condition, value in wanted.items() if value is not None}
    rows = _read(_MOVES.format(where=" AND ".join(used) or "true"), *used.values(), limit)
    return [MoveView(**dict(zip(MoveView.__struct_fields__, row, strict=True))) for row in rows]


_LEVELS = """
    SELECT i.sku, l.code, s.on_hand, s.allocated, s.on_hand - s.allocated
    FROM stock_level s JOIN catalog_item i ON i.id = s.item_id JOIN catalog_location l ON l.id = s.location_id
    WHERE {where} ORDER BY i.sku, l.code LIMIT %s
"""
_MOVES = """
    SELECT m.id, i.sku, l.code, m.units, m.kind, m.cause, m.note, m.at, m.actor
    FROM stock_move m JOIN catalog_item i ON i.id = m.item_id JOIN catalog_location l ON l.id = m.location_id
    WHERE {where} ORDER BY m.id DESC LIMIT %s
"""


def _read(sql: str, *params: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found
