"""Mend what `verify` found, as far as no guess is needed: rows are the truth, counters follow them.

Units that ended holds own and pegs on supply that will not come are taken away. Every item that was
mended is re-decided. What needs a guess (goods nobody counted, a line that does not balance) is left to
people.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from django.db import transaction

from backorder.engine import allocate as engine
from backorder.journal import clock
from backorder.journal.prepared import rows
from backorder.journal.record import Fact, record
from backorder.stock import marks

from ..ledger.claims import Claimed, as_engine, pegged_to
from ..ledger.lock import lock_queues
from ..ledger.retry import retried
from .verify import Finding, findings, verify

CAUSE = "repaired"
STUCK = ("dead_supply", "promise_without_supply")
ITEMS_AT_ONCE = 200

_ENDED_ALLOCATIONS = """
    DELETE FROM orders_allocation a USING orders_hold h
    WHERE a.hold_id = h.id AND h.ended_at IS NOT NULL AND h.item_id = ANY(%s::bigint[])
    RETURNING h.item_id, h.id, a.allocated
"""
_ENDED_PEGS = """
    DELETE FROM orders_peg p USING orders_hold h
    WHERE p.hold_id = h.id AND h.ended_at IS NOT NULL AND h.item_id = ANY(%s::bigint[])
    RETURNING h.item_id, h.id, p.units
"""
_DEAD = """
    SELECT id, excess FROM (
        SELECT s.id, sum(p.units) - CASE WHEN max(o.state) <> 'sent' THEN 0
                                    ELSE greatest(s.units - s.received - s.cancelled, 0) END AS excess
        FROM orders_peg p JOIN supply_supply s ON s.id = p.supply_id
        LEFT JOIN supply_purchaseline n ON n.id = s.purchase_line_id
        LEFT JOIN supply_purchaseorder o ON o.id = n.purchase_order_id
        WHERE s.item_id = ANY(%s::bigint[]) GROUP BY s.id
    ) x WHERE excess > 0
"""
_LEVELS = """
    UPDATE stock_level v SET allocated = n.units
    FROM (
        SELECT v.id, coalesce(sum(a.allocated + a.released), 0) AS units
        FROM stock_level v LEFT JOIN orders_allocation a ON a.level_id = v.id
        WHERE v.item_id = ANY(%s::bigint[]) GROUP BY v.id
    ) n
    WHERE n.id = v.id AND v.allocated <> n.units AND n.units <= v.on_hand
    RETURNING v.item_id, 'level/' || v.id, v.allocated
"""
_SUPPLIES = """
    UPDATE supply_supply s SET pegged = n.units
    FROM (
        SELECT s.id, coalesce(sum(p.units), 0) AS units
        FROM supply_supply s LEFT JOIN orders_peg p ON p.supply_id = s.id
        WHERE s.item_id = ANY(%s::bigint[]) GROUP BY s.id
    ) n
    WHERE n.id = s.id AND s.pegged <> n.units AND n.units <= greatest(s.units - s.received - s.cancelled, 0)
    RETURNING s.item_id, 'supply/' || s.id, s.pegged
"""
_QUEUES = """
    UPDATE orders_queue q SET open_units = n.units
    FROM (
        SELECT i.item_id, l.units + h.units AS units FROM unnest(%s::bigint[]) AS i(item_id),
            LATERAL (SELECT coalesce(sum(open), 0) AS units FROM orders_line
                     WHERE item_id = i.item_id AND open > 0) l,
            LATERAL (SELECT coalesce(sum(open), 0) AS units FROM orders_hold
                     WHERE item_id = i.item_id AND ended_at IS NULL) h
    ) n
    WHERE n.item_id = q.item_id AND q.open_units <> n.units
    RETURNING q.item_id, 'item/' || q.item_id, q.open_units
"""


@dataclass(frozen=True, slots=True)
class Mended:
    """One thing that was put right, in the books of an item."""

    item: int
    says: str


def repair(*, actor: str = "cli") -> list[str]:
    """Mend the books of the items that `verify` names; returns what was mended, a sentence each.

    Twice changes nothing the second time. What it cannot mend is found again by `verify`.
    """
    return _mend(verify(), actor)


def mend_stuck(*, actor: str = "worker") -> int:
    """Mend promises that hang on supply that will not come or that they do not have; returns how much was mended."""
    return len(_mend([finding for kind in STUCK for finding in findings(kind)], actor))


def _mend(found: Sequence[Finding], actor: str) -> list[str]:
    items = sorted({finding.item for finding in found if finding.item is not None})
    done: list[str] = []
    for start in range(0, len(items), ITEMS_AT_ONCE):
        done += retried(partial(_repair, items[start : start + ITEMS_AT_ONCE], actor))
    return done


@transaction.atomic
def _repair(items: Sequence[int], actor: str) -> list[str]:
    # Not `begin`: ending due holds moves the very counters that may be wrong.
    lock_queues(items)
    at = clock.now()
    mended = [row for step in (_drop_ended, _drop_dead, _recount, _say_stuck) for row in step(list(items))]
    marks.mark({one.item for one in mended}, cause=CAUSE, at=at)
    record([Fact("books.repaired", f"item/{one.item}", {"says": one.says}) for one in mended], actor=actor, at=at)
    return [one.says for one in mended]


def _drop_ended(items: list[int]) -> list[Mended]:
    """Holds that have ended own nothing."""
    found = [*rows(_ENDED_ALLOCATIONS, [items]), *rows(_ENDED_PEGS, [items])]
    return [Mended(item, f"hold/{hold} has ended; {units} units were taken from it.") for item, hold, units in found]


def _drop_dead(items: list[int]) -> list[Mended]:
    """Nobody is pegged to units that will not come; the lowest rank gives way first."""
    mended = []
    excess: dict[int, int] = dict(rows(_DEAD, [items]))
    claims = pegged_to(excess)
    for supply, units in sorted(excess.items()):
        own = [claim for claim in claims if claim.source == supply]
        for place, n in engine.take_back(as_engine(own), units):
            _unpeg(own[place], n)
            kind, id = own[place].owner
            mended.append(Mended(own[place].item, f"{kind}/{id} had {n} units pegged to supply/{supply} in vain."))
    return mended


def _unpeg(claim: Claimed, units: int) -> None:
    kind, id = claim.owner
    where = [id, claim.source, claim.hard]
    if units == claim.units:
        rows(f"DELETE FROM orders_peg WHERE {kind}_id = %s AND supply_id = %s AND hard = %s", where)
    else:
        rows(
            f"UPDATE orders_peg SET units = units - %s WHERE {kind}_id = %s AND supply_id = %s AND hard = %s",
            [units, *where],
        )


def _recount(items: list[int]) -> list[Mended]:
    """Counters are what their rows make; where the rows are more than there is, people must look."""
    return [
        Mended(item, f"{subject} now says {units} units, as its rows do.")
        for sql in (_LEVELS, _SUPPLIES, _QUEUES)
        for item, subject, units in rows(sql, [items])
    ]


def _say_stuck(items: list[int]) -> list[Mended]:
    """Lines whose promise hangs on supply they do not have are decided anew."""
    return [
        Mended(finding.item, f"{finding.subject} is re-decided: it {finding.says}")
        for finding in findings("promise_without_supply")
        if finding.item in items and finding.item is not None
    ]
