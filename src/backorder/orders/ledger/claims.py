"""Who has units of a supply or of a shelf, in rank order, and what it means to give them or take them away.

Read and changed under the lock of the items' queues. Units that lose what they hung on stay open: they
are unsupplied from then on, and their item is marked so that they are decided anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from backorder.engine.model import Claim
from backorder.journal.prepared import rows

from .save import Changes, Owner
from .waiting import FAR

_OWNER = """
    coalesce(x.line_id, x.hold_id), x.line_id IS NULL, coalesce(l.item_id, h.item_id), l.order_id,
    coalesce(l.priority, 0), coalesce(l.first_promised_on, l.requested_on), coalesce(l.ordered_at, h.made_at)
    FROM {table} x LEFT JOIN orders_line l ON l.id = x.line_id LEFT JOIN orders_hold h ON h.id = x.hold_id
"""
_PEGS = f"""
    SELECT x.supply_id, x.units, x.hard, false, {_OWNER.format(table="orders_peg")}
    WHERE x.supply_id = ANY(%s::bigint[]) ORDER BY x.id
"""
_ALLOCATIONS = f"""
    SELECT x.level_id, u.units, false, u.released, {_OWNER.format(table="orders_allocation")}
    CROSS JOIN LATERAL (VALUES (x.allocated, false), (x.released, true)) u(units, released)
    WHERE x.level_id = ANY(%s::bigint[]) AND u.units > 0 ORDER BY x.id, u.released
"""


@dataclass(frozen=True, slots=True)
class Claimed:
    """Units that a line or hold has of one source: a peg of a supply, or an allocation of a level."""

    source: int
    units: int
    hard: bool
    released: bool
    id: int
    is_hold: bool
    item: int
    order: int | None
    priority: int
    day: date | None
    since: datetime

    @property
    def owner(self) -> Owner:
        return ("hold" if self.is_hold else "line", self.id)

    @property
    def rank(self) -> tuple[Any, ...]:
        """As in the queue: priority, first promised day (the requested one if none), order time, id."""
        return (-self.priority, self.day or FAR, self.since, self.id)


def pegged_to(supplies: Iterable[int]) -> list[Claimed]:
    """Who waits for these supplies."""
    return [Claimed(*row) for row in rows(_PEGS, [list(supplies)])]


def allocated_of(levels: Iterable[int]) -> list[Claimed]:
    """Who owns units of these levels; released units are claims of their own."""
    return [Claimed(*row) for row in rows(_ALLOCATIONS, [list(levels)])]


def as_engine(claims: Sequence[Claimed]) -> list[Claim]:
    """The claims as the engine deals them; their ids are their places in `claims`."""
    return [
        Claim(place, claim.units, claim.rank, hard=claim.hard, released=claim.released)
        for place, claim in enumerate(claims)
    ]


def turn_into_stock(changes: Changes, claim: Claimed, units: int, *, level: int) -> None:
    """Units that waited for a supply stand on the shelf now and are their owner's."""
    changes.peg(claim.owner, claim.source, -units, hard=claim.hard)
    changes.allocate(claim.owner, level, units)
    if claim.is_hold:
        changes.move_hold_units(claim.id, claim.item, open=-units)
        return
    changes.move_units(claim.id, claim.item, open=-units, allocated=units)
    changes.tell(
        "line.allocated", f"order/{claim.order}", line=claim.id, item=claim.item, units=units, supply=claim.source
    )


def unpeg(changes: Changes, claim: Claimed, units: int, *, cause: str) -> None:
    """The supply that units waited for does not come; they are unsupplied."""
    changes.peg(claim.owner, claim.source, -units, hard=claim.hard)
    if not claim.is_hold:
        changes.tell(
            "line.unsupplied",
            f"order/{claim.order}",
            line=claim.id,
            item=claim.item,
            units=units,
            supply=claim.source,
            cause=cause,
        )


def deallocate(changes: Changes, claim: Claimed, units: int, *, cause: str) -> None:
    """Units that were their owner's are not on the shelf; they wait again.

    With the warehouse already they open an exception: the fact `release.short` names the line.
    """
    if claim.is_hold:
        changes.allocate(claim.owner, claim.source, -units)
        changes.move_hold_units(claim.id, claim.item, open=units)
        return
    about = {"line": claim.id, "item": claim.item, "units": units, "level": claim.source, "cause": cause}
    if claim.released:
        changes.allocate(claim.owner, claim.source, 0, released=-units)
        changes.move_units(claim.id, claim.item, released=-units, open=units)
        changes.tell("release.short", f"order/{claim.order}", **about)
    else:
        changes.allocate(claim.owner, claim.source, -units)
        changes.move_units(claim.id, claim.item, allocated=-units, open=units)
        changes.tell("line.deallocated", f"order/{claim.order}", **about)
