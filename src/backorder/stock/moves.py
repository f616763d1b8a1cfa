"""Change what is on hand. Every change is a move; the same cause twice is one move.

What is on hand never falls below what is allocated: who must take units from a line does so first, in
the orders room.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from backorder.catalog.limits import MAX_UNITS, check_choice, check_count, check_text
from backorder.journal.prepared import Statement, rows, together
from backorder.journal.record import Fact, statement
from backorder.journal.refusals import Refused

from .models import Level, Move

KINDS = (
    "opening",
    "receipt",
    "shipment",
    "adjustment",
    "count",
    "short_pick",
    "restock",
    "snapshot",
    "transfer_out",
    "transfer_in",
)
MAX_CAUSE = 200


@dataclass(frozen=True, slots=True)
class NewMove:
    """`units` come (+) or go (-). `cause` names the event, such as receipt/17: the same one counts once."""

    item_id: int
    location_id: int
    units: int
    kind: str
    cause: str
    note: str = ""

    @property
    def place(self) -> tuple[int, int]:
        """Item and location: what has a level."""
        return (self.item_id, self.location_id)

    def check(self) -> None:
        """Refuse what breaks a limit."""
        check_count("units", self.units, least=-MAX_UNITS)
        if self.units == 0:
            raise Refused(
                "move_moves_nothing", "units is 0; a move moves at least one unit.", field="units", value=0, limit=1
            )
        check_choice("kind", self.kind, KINDS)
        check_text("cause", self.cause, least=1, most=MAX_CAUSE)
        check_text("note", self.note)


@dataclass(frozen=True, slots=True)
class Applied:
    """A move that was made now, and its level after all moves of the call."""

    move: NewMove
    level_id: int
    on_hand: int
    allocated: int


@transaction.atomic
def apply(moves: Sequence[NewMove], *, actor: str, at: datetime) -> list[Applied]:
    """Make those moves that were not made before; returns them, in their order.

    Refused whole: stock_below_allocated, stock_above_limit. Levels that do not exist yet are made.
    """
    for move in moves:
        move.check()
    if not moves:
        return []
    new = _insert_moves(moves, actor=actor, at=at)
    if not new:
        return []
    changes: dict[tuple[int, int], int] = {}
    for move in new:
        changes[move.place] = changes.get(move.place, 0) + move.units
    facts = [Fact("stock.moved", f"item/{move.item_id}", _body(move)) for move in new]
    found, _ = together(_change_levels(changes), statement(facts, actor=actor, at=at))
    after = {(item, location): level for item, location, *level in found}
    for place, units in changes.items():
        if place not in after:
            raise _refusal(place, units)
    return [Applied(move, *after[move.place]) for move in new]


def was_made(move: NewMove) -> bool:
    """Was a move of this item, location, kind and cause made before?"""
    return Move.objects.filter(
        item_id=move.item_id, location_id=move.location_id, kind=move.kind, cause=move.cause
    ).exists()


def ensure_levels(places: Sequence[tuple[int, int]]) -> None:
    """Make the missing levels of (item, location) pairs, with nothing on hand."""
    if places:
        rows(*_missing_levels(places))


_INSERT_LEVELS = """
    INSERT INTO stock_level (item_id, location_id, on_hand, allocated)
    SELECT item, location, 0, 0 FROM unnest(%s::bigint[], %s::bigint[]) AS n(item, location)
    ORDER BY item, location ON CONFLICT (item_id, location_id) DO NOTHING
"""
_INSERT_MOVES = """
    INSERT INTO stock_move (item_id, location_id, units, kind, cause, note, at, actor)
    SELECT item, location, units, kind, cause, note, %s::timestamptz, %s::text
    FROM unnest(%s::bigint[], %s::bigint[], %s::integer[], %s::text[], %s::text[], %s::text[])
        WITH ORDINALITY AS n(item, location, units, kind, cause, note, at_row)
    ORDER BY at_row
    ON CONFLICT (item_id, location_id, kind, cause) DO NOTHING
    RETURNING item_id, location_id, kind, cause
"""

# The levels are locked in the order of their ids first; the guard is judged on what stands there then.
_CHANGE_LEVELS = """
    WITH change AS MATERIALIZED (
        SELECT s.id, n.units
        FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[]) AS n(item, location, units)
        JOIN stock_level s ON s.item_id = n.item AND s.location_id = n.location
        ORDER BY s.id
        FOR NO KEY UPDATE OF s
    )
    UPDATE stock_level s SET on_hand = s.on_hand + change.units
    FROM change
    WHERE s.id = change.id AND s.on_hand + change.units BETWEEN s.allocated AND %s::integer
    RETURNING s.item_id, s.location_id, s.id, s.on_hand, s.allocated
"""


def _insert_moves(moves: Sequence[NewMove], *, actor: str, at: datetime) -> list[NewMove]:
    """Write those moves that were not made before, and the levels they lack; returns those moves, in their order."""
    ordered = sorted(moves, key=lambda move: move.place)
    columns: list[list[Any]] = [
        [getattr(move, name) for move in ordered]
        for name in ("item_id", "location_id", "units", "kind", "cause", "note")
    ]
    places = sorted({move.place for move in moves})
    found, _ = together((_INSERT_MOVES, [at, actor, *columns]), _missing_levels(places))
    made = dict.fromkeys(found, True)
    return [move for move in moves if made.pop(_identity(move), False)]


def _missing_levels(places: Sequence[tuple[int, int]]) -> Statement:
    return _INSERT_LEVELS, _columns(places)


def _change_levels(changes: dict[tuple[int, int], int]) -> Statement:
    """(item, location, level, on hand, allocated) after the change, of those levels that can take it."""
    return _CHANGE_LEVELS, [*_columns(changes), list(changes.values()), MAX_UNITS]


def _columns(places: Iterable[tuple[int, int]]) -> list[list[int]]:
    return [list(column) for column in zip(*places, strict=True)]


def _refusal(place: tuple[int, int], units: int) -> Refused:
    level = Level.objects.select_related("item", "location").get(item_id=place[0], location_id=place[1])
    at = {"sku": level.item.sku, "location": level.location.code}
    known_as: dict[str, Any] = {**at, "field": "units", "value": units}
    if units > 0:
        return Refused(
            "stock_above_limit",
            f"{level.item.sku} has {level.on_hand} units at {level.location.code}; {units} more are over {MAX_UNITS}.",
            limit=MAX_UNITS,
            **known_as,
        )
    return Refused(
        "stock_below_allocated",
        f"{level.item.sku} has {level.on_hand} units at {level.location.code} of which {level.allocated} are allocated;"
        f" {-units} cannot go.",
        status=409,
        limit=level.on_hand - level.allocated,
        on_hand=level.on_hand,
        allocated=level.allocated,
        **known_as,
    )


def _identity(move: NewMove) -> tuple[int, int, str, str]:
    return (move.item_id, move.location_id, move.kind, move.cause)


def _body(move: NewMove) -> dict[str, Any]:
    return {"location": move.location_id, "units": move.units, "kind": move.kind, "cause": move.cause}
