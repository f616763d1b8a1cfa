"""What stock answers: levels, the shelf as the engine sees it, what is free to sell, and the moves behind it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import msgspec
from django.db import connection

from backorder.engine.model import Source
from backorder.journal.prepared import rows

from .models import Move, Snapshot

MOST_ROWS = 1_000

# One value, so that it can stand in a statement with what else a decision must know.
SHELF = """
    SELECT coalesce(json_agg(
        json_build_array(s.id, s.item_id, s.location_id, s.on_hand - s.allocated, l.code) ORDER BY s.item_id, l.id
    ), '[]')::text
    FROM stock_level s JOIN catalog_location l ON l.id = s.location_id
    WHERE s.item_id = ANY(%s::bigint[]) AND s.on_hand > s.allocated
"""
_shelves = msgspec.json.Decoder(list[tuple[int, int, int, int, str]]).decode


@dataclass(frozen=True, slots=True)
class LevelRow:
    """Units of one item at one location."""

    id: int
    item: int
    location: int
    on_hand: int
    allocated: int

    @property
    def free(self) -> int:
        """Units without an owner; safety stock is not left out here."""
        return self.on_hand - self.allocated


@dataclass(frozen=True, slots=True)
class MoveRow:
    """One change of what is on hand, as it was written."""

    id: int
    item: int
    location: int
    units: int
    kind: str
    cause: str
    note: str
    at: datetime
    actor: str


def levels(item_ids: Iterable[int]) -> list[LevelRow]:
    """The levels of these items, by item and location."""
    return [
        LevelRow(*row)
        for row in _read(
            "SELECT id, item_id, location_id, on_hand, allocated FROM stock_level"
            " WHERE item_id = ANY(%s::bigint[]) ORDER BY item_id, location_id",
            list(item_ids),
        )
    ]


def levels_at(location_id: int, *, after: int = 0, limit: int = MOST_ROWS) -> list[LevelRow]:
    """The levels of one location by item id, those after item `after`."""
    return [
        LevelRow(*row)
        for row in _read(
            "SELECT id, item_id, location_id, on_hand, allocated FROM stock_level"
            " WHERE location_id = %s AND item_id > %s ORDER BY item_id LIMIT %s",
            location_id,
            after,
            min(limit, MOST_ROWS),
        )
    ]


def shelf(item_ids: Iterable[int], *, today: Mapping[int, date]) -> list[tuple[int, Source]]:
    """(item, its units at one location) for the engine, empty levels left out; `today` is by location."""
    return as_shelf(rows(SHELF, [list(item_ids)])[0][0], today=today)


def as_shelf(found: str, *, today: Mapping[int, date]) -> list[tuple[int, Source]]:
    """The value of SHELF as the engine sees it."""
    return [
        (item, Source(("stock", level), location, free=free, left=free, ready_on=today[location], known_as=code))
        for level, item, location, free, code in _shelves(found)
    ]


def moves(
    *, item_id: int | None = None, location_id: int | None = None, before: int | None = None, limit: int = 100
) -> list[MoveRow]:
    """Moves, newest first; `before` is the id of the last one seen."""
    found = Move.objects.order_by("-id")
    for name, value in (("item_id", item_id), ("location_id", location_id), ("id__lt", before)):
        if value is not None:
            found = found.filter(**{name: value})
    columns = ("id", "item_id", "location_id", "units", "kind", "cause", "note", "at", "actor")
    return [MoveRow(*row) for row in found.values_list(*columns)[: min(limit, MOST_ROWS)]]


def moved_since(location_id: int, *, after: datetime, kinds: Iterable[str]) -> dict[int, int]:
    """By item: units that came (+) or went (-) at a location after an instant, by moves of these kinds."""
    found = _read(
        "SELECT item_id, sum(units) FROM stock_move"
        " WHERE location_id = %s AND at > %s AND kind = ANY(%s::text[]) GROUP BY item_id",
        location_id,
        after,
        list(kinds),
    )
    return {item: int(units) for item, units in found}


def last_snapshot(location_id: int) -> datetime | None:
    """The watermark: the instant of the newest snapshot of a location."""
    return (
        Snapshot.objects.filter(location_id=location_id)
        .order_by("-taken_at")
        .values_list("taken_at", flat=True)
        .first()
    )


def _read(sql: str, *params: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found
