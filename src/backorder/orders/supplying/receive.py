"""Goods arrive: whoever was promised them gets them in the same transaction, only the surplus is free.

The units of a supply's pegs become allocations, hard pegs first, then by rank, so what is owed goes
straight to its order (cross-dock) and no newcomer can come between.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import transaction

from backorder.catalog.limits import check_count, check_text
from backorder.engine import allocate as engine
from backorder.journal import feed
from backorder.journal.prepared import rows
from backorder.journal.record import Fact, record
from backorder.stock import moves
from backorder.supply import deliveries
from backorder.supply import queries as supply

from ..ledger.claims import Claimed, as_engine, pegged_to, turn_into_stock, unpeg
from ..ledger.retry import retried
from ..ledger.save import Changes, save
from .begin import begin

CAUSE = "receipt"
MAX_KEY = 120  # The cause of its move, receipt/<key>, must fit as well.

_KNOWN = "SELECT id, supply_id FROM supply_receipt WHERE key = %s"


@dataclass(frozen=True, slots=True)
class Received:
    """What a receipt did, in units: `allocated` went to those who waited for it, `free` to nobody yet,
    `unsupplied` were promised and will not come. `replayed`: its key was used before."""

    receipt: int
    supply: int
    item: int
    location: int
    units: int
    over: int
    closes: bool
    still_due: int
    allocated: int
    free: int
    unsupplied: int
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class Arrived:
    """`units` of a supply that arrived; `closes` says that nothing more of it comes (None: if all arrived)."""

    supply: int
    units: int
    closes: bool | None = None


def receive_all(arrived: Sequence[Arrived], *, key: str, actor: str) -> list[Received]:
    """Count in what arrived together, all or nothing; each receipt's key is `key/<supply>`.

    Refused as `receive` refuses any of them.
    """
    return retried(lambda: _receive_all(arrived, key, actor))


def receive(supply_id: int, *, units: int, closes: bool | None = None, key: str, actor: str) -> Received:
    """Count `units` of a supply in; `closes` says that nothing more of it comes (None: if all arrived).

    More than was due is taken in and recorded as `over`. The same `key` again changes nothing and gives
    the first answer. Refused: unknown_supply, number_out_of_range, receipt_of_nothing, supply_is_closed,
    receipt_key_used_elsewhere.
    """
    check_count("units", units)
    check_text("key", key, least=1, most=MAX_KEY)
    return retried(lambda: _receive(supply_id, units, closes, key, actor))


@transaction.atomic
def _receive_all(arrived: Sequence[Arrived], key: str, actor: str) -> list[Received]:
    begin({supply.supply(one.supply).item for one in arrived}, actor=actor)
    return [
        receive(one.supply, units=one.units, closes=one.closes, key=f"{key}/{one.supply}", actor=actor)
        for one in sorted(arrived, key=lambda one: one.supply)
    ]


@transaction.atomic
def _receive(supply_id: int, units: int, closes: bool | None, key: str, actor: str) -> Received:
    seen = begin([supply.supply(supply_id).item], actor=actor)
    before = deliveries.lock([supply_id])[supply_id]
    if known := rows(_KNOWN, [key]):
        return _first_answer(known[0][0], known[0][1], supply_id, key, actor, seen.now)
    lost = _lost(before, units, closes)
    level = _count_in(before, units, key, actor, seen.now)
    changes = Changes()
    allocated, unsupplied = _share(changes, pegged_to([supply_id]), units, level, closing=closes is True)
    changes.mark([before.item], CAUSE)
    save(changes, actor=actor, at=seen.now)
    done = deliveries.add_received(supply_id, units=units, closes=closes, key=key, actor=actor, at=seen.now)
    assert done.supply.cancelled == before.cancelled + lost
    answer = Received(
        done.receipt, supply_id, before.item, before.location, units, done.over, done.closes, done.supply.to_come,
        allocated, units - allocated, unsupplied,
    )  # fmt: skip
    record([Fact("receipt.shared", f"receipt/{done.receipt}", asdict(answer))], actor=actor, at=seen.now)
    return answer


def _lost(before: supply.SupplyRow, units: int, closes: bool | None) -> int:
    """Units that were due and will not come."""
    return max(before.to_come - units, 0) if closes else 0


def _count_in(before: supply.SupplyRow, units: int, key: str, actor: str, at: datetime) -> int:
    """Put the units on the shelf; returns its level (0 if none came)."""
    if not units:
        return 0
    move = moves.NewMove(before.item, before.location, units, "receipt", f"receipt/{key}")
    (applied,) = moves.apply([move], actor=actor, at=at)
    return applied.level_id


def _share(changes: Changes, claims: Sequence[Claimed], units: int, level: int, *, closing: bool) -> tuple[int, int]:
    """(units that went to who waits, units of who waits that will not come)."""
    dealt = dict(engine.receive(as_engine(claims), units))
    for place, n in dealt.items():
        turn_into_stock(changes, claims[place], n, level=level)
    left = [(claim, claim.units - dealt.get(place, 0)) for place, claim in enumerate(claims)] if closing else []
    for claim, n in left:
        if n:
            unpeg(changes, claim, n, cause=CAUSE)
    return sum(dealt.values()), sum(n for _, n in left)


def _first_answer(receipt: int, of: int, supply_id: int, key: str, actor: str, at: datetime) -> Received:
    if of != supply_id:  # The supply room refuses the key in its own words.
        deliveries.add_received(supply_id, units=1, key=key, actor=actor, at=at)
    (entry,) = feed.of_subject(f"receipt/{receipt}").entries
    return Received(**{**entry.body, "replayed": True})
