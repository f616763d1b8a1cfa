"""Many counts at once: what a stocktake says is on hand, set-based where nobody must give anything back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from backorder.journal.prepared import rows
from backorder.journal.refusals import Refused
from backorder.stock import marks, moves

from ..ledger.retry import retried
from .begin import begin
from .count import count

CAUSE = "count"

_LEVELS = """
    SELECT v.item_id, v.location_id, v.on_hand, v.allocated
    FROM unnest(%s::bigint[], %s::bigint[]) AS n(item_id, location_id)
    JOIN stock_level v USING (item_id, location_id)
"""


@dataclass(frozen=True, slots=True)
class Counted:
    """Units on hand of an item at a location."""

    item: int
    location: int
    units: int


def count_all(counted: Sequence[Counted], *, key: str, actor: str) -> list[Refused | None]:
    """Make each count what is on hand; None or a refusal per row, in their order. No place may be named twice.

    One transaction for all that take nothing from anybody; the others are counted one by one.
    """
    places = {(row.item, row.location) for row in counted}
    assert len(places) == len(counted), "each place is counted once"
    short = retried(lambda: _raise_or_lower(counted, key, actor)) if counted else set()
    return [_alone(row, key, actor) if (row.item, row.location) in short else None for row in counted]


@transaction.atomic
def _raise_or_lower(counted: Sequence[Counted], key: str, actor: str) -> set[tuple[int, int]]:
    """Write the counts that leave every owner its units; returns the places of the others."""
    seen = begin({row.item for row in counted}, actor=actor)
    found = rows(_LEVELS, [[row.item for row in counted], [row.location for row in counted]])
    levels = {(item, location): (on_hand, allocated) for item, location, on_hand, allocated in found}
    short, wanted = set(), []
    for row in counted:
        place = (row.item, row.location)
        on_hand, allocated = levels.get(place, (0, 0))
        if row.units < allocated:
            short.add(place)
        elif row.units != on_hand:
            wanted.append(moves.NewMove(*place, row.units - on_hand, CAUSE, f"count/{key}"))
    moves.apply(wanted, actor=actor, at=seen.now)
    marks.mark({move.item_id for move in wanted}, cause=CAUSE, at=seen.now)
    return short


def _alone(row: Counted, key: str, actor: str) -> Refused | None:
    try:
        count(row.item, row.location, units=row.units, key=f"{key}/{row.item}/{row.location}", actor=actor)
    except Refused as refused:
        return refused
    return None
