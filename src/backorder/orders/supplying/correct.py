"""Set what is on hand at a place to what is really there, taking units back from those who own too many.

Used by counts and adjustments. Units are taken from the lowest rank upwards, those that are released to
the warehouse last; what is freed or found marks the item.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from backorder.engine import allocate as engine
from backorder.journal import feed
from backorder.journal.prepared import rows
from backorder.journal.refusals import Refused, unknown
from backorder.stock import moves

from ..ledger.claims import Claimed, allocated_of, as_engine, deallocate
from ..ledger.lock import Locked
from ..ledger.save import Changes, save

MAX_KEY = 120  # The cause of its move, adjustment/<key>, must fit as well.

_LEVEL = "SELECT id, on_hand, allocated FROM stock_level WHERE item_id = %s AND location_id = %s FOR NO KEY UPDATE"


@dataclass(frozen=True, slots=True)
class Corrected:
    """What a count or adjustment did, in units: on hand `was` and `on_hand` is; `taken_back` from lines and
    holds, `short_released` of them already with the warehouse. `replayed`: its key was used before."""

    item: int
    location: int
    was: int
    on_hand: int
    taken_back: int
    short_released: int
    replayed: bool = False

    def body(self) -> dict[str, Any]:
        """As the journal remembers it."""
        return {name: value for name, value in asdict(self).items() if name != "replayed"}


@dataclass(frozen=True, slots=True)
class Shelf:
    """A level under its lock, in units."""

    level: int
    item: int
    location: int
    on_hand: int
    allocated: int


def lock_shelf(item: int, location: int, seen: Locked) -> Shelf:
    """Lock one level, making it if it is missing; the item's queue is locked already."""
    if location not in seen.catalog.locations():
        raise unknown("location", location)
    moves.ensure_levels([(item, location)])
    ((level, on_hand, allocated),) = rows(_LEVEL, [item, location])
    return Shelf(level, item, location, on_hand, allocated)


def first_answer(subject: str, item: int, location: int) -> Corrected | None:
    """What this key did before; refused if that was elsewhere."""
    entries = feed.of_subject(subject).entries
    if not entries:
        return None
    known = Corrected(**{**entries[0].body, "replayed": True})
    if (known.item, known.location) != (item, location):
        key = subject.partition("/")[2]
        raise Refused(
            "key_used_elsewhere",
            f"key {key!r} was used for another item or location.",
            status=409,
            field="key",
            value=key,
            limit=known.item,
        )
    return known


def correct(
    shelf: Shelf, *, units: int, kind: str, subject: str, note: str = "", seen: Locked, actor: str
) -> Corrected:
    """Make `units` what is on hand, by a move whose cause is `subject`; equal units are no move.

    The caller records what was done, as a fact of `subject`: it is the first answer.
    """
    changes = Changes()
    taken, short = give_up(changes, allocated_of([shelf.level]), max(shelf.allocated - units, 0), cause=kind)
    if units != shelf.on_hand:
        changes.mark([shelf.item], kind)
    save(changes, actor=actor, at=seen.now)  # Never more is allocated than is there: owners give up first.
    if units != shelf.on_hand:
        move = moves.NewMove(shelf.item, shelf.location, units - shelf.on_hand, kind, subject, note)
        moves.apply([move], actor=actor, at=seen.now)
    return Corrected(shelf.item, shelf.location, shelf.on_hand, units, taken, short)


def give_up(changes: Changes, claims: Sequence[Claimed], units: int, *, cause: str) -> tuple[int, int]:
    """Take `units` of one level from its owners; returns (units taken, those of them that were released)."""
    taken = engine.take_back(as_engine(claims), units)
    for place, n in taken:
        deallocate(changes, claims[place], n, cause=cause)
    assert sum(n for _, n in taken) == units, "what is allocated has an owner"
    return units, sum(n for place, n in taken if claims[place].released)
