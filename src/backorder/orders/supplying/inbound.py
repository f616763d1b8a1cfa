"""What changes about supply that is still to come, with those who wait for it: sent, moved, cancelled, split.

Each verb frees or re-points what hung on the supply in its own transaction and marks the item; nobody
stays pegged to what will not come.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from datetime import date, datetime

from django.db import transaction

from backorder.catalog.limits import check_count, check_day, check_text, check_units
from backorder.engine import allocate as engine
from backorder.journal import clock
from backorder.journal.refusals import Refused
from backorder.stock import marks
from backorder.supply import deliveries, purchase
from backorder.supply import queries as supply
from backorder.supply.deliveries import NewSupply
from backorder.supply.purchase import Sent
from backorder.supply.queries import SupplyRow

from ..ledger.claims import Claimed, as_engine, pegged_to, unpeg
from ..ledger.lock import lock_queues
from ..ledger.retry import retried
from ..ledger.save import Changes, save
from .begin import begin

NEW_SUPPLY = "new_supply"
ETA = "eta"
CANCELLED = "cancelled_supply"
SPLIT = "split_supply"
MAX_PARTS = 100


def send_purchase_order(reference: str, *, actor: str) -> Sent:
    """Send a draft: its lines become dated supply, and who waits for their items is re-decided.

    Refused: unknown_purchase_order, purchase_order_state, eta_before_order.
    """
    return retried(lambda: _send(reference, actor))


def announce_supply(new: NewSupply, *, actor: str) -> int:
    """Write down supply without a purchase order (transfer, production); returns its id.

    Refused: unknown_item, unknown_location, eta_before_order.
    """
    return retried(lambda: _announce(new, actor))


def move_eta(supply_id: int, *, eta: date, reason: str = "", certainty: str | None = None, actor: str) -> SupplyRow:
    """Move the day of a supply; returns the supply after it. Those who wait for it keep it and get their new day.

    The same day again changes nothing. Refused: unknown_supply, eta_before_order, eta_has_passed,
    supply_is_closed, day_out_of_range.
    """
    return retried(lambda: _move_eta(supply_id, eta, reason, certainty, actor))


def move_etas(
    supply_ids: Sequence[int], *, eta: date, reason: str = "", certainty: str | None = None, actor: str
) -> list[SupplyRow]:
    """Move the day of several supplies, such as all items of one delivery, all or none; returns them after it.

    Refused as `move_eta` refuses any of them.
    """
    return retried(lambda: _move_etas(supply_ids, eta, reason, certainty, actor))


def cancel_supply(supply_id: int, *, units: int | None = None, reason: str = "", actor: str) -> SupplyRow:
    """Take units off what is still to come (None: all of it); returns the supply after it.

    Units that nobody waits for go first, then pegs from the lowest rank upwards, hard ones last; their
    lines are unsupplied. Refused: unknown_supply, supply_is_closed, more_than_is_due.
    """
    if units is not None:
        check_units("units", units)
    return retried(lambda: _cancel(supply_id, units, reason, actor))


def cancel_purchase_order(reference: str, *, reason: str = "", actor: str) -> list[SupplyRow]:
    """Cancel a draft, or all that is still to come of a sent order; returns the supplies it changed.

    Refused: unknown_purchase_order, purchase_order_state.
    """
    return retried(lambda: _cancel_order(reference, reason, actor))


def split_supply(supply_id: int, *, parts: Sequence[tuple[int, date]], reason: str = "", actor: str) -> list[SupplyRow]:
    """Give what is still to come a schedule: (units, ETA) parts that add up to it; returns their supplies by day.

    The supply itself becomes the earliest part. Hard pegs, then the best in rank, get the earliest days.
    Refused: unknown_supply, supply_is_closed, schedule_does_not_add_up, eta_before_order, eta_has_passed.
    """
    check_count("number of parts", len(parts), least=1, most=MAX_PARTS)
    for number, (units, eta) in enumerate(parts):
        check_units(f"parts[{number}].units", units)
        check_day(f"parts[{number}].eta", eta)
    check_text("reason", reason)
    return retried(lambda: _split(supply_id, sorted(parts, key=lambda part: part[1]), reason, actor))


@transaction.atomic
def _send(reference: str, actor: str) -> Sent:
    # Its rows are seen by nobody before the commit, and by then the queues are locked and the items marked.
    at = clock.now()
    sent = purchase.send(reference, actor=actor, now=at)
    lock_queues(sent.items)
    marks.mark(sent.items, cause=NEW_SUPPLY, at=at)
    return sent


@transaction.atomic
def _announce(new: NewSupply, actor: str) -> int:
    at = clock.now()
    made = deliveries.announce(new, actor=actor, at=at)
    items = [supply.supply(made).item]
    lock_queues(items)
    marks.mark(items, cause=NEW_SUPPLY, at=at)
    return made


@transaction.atomic
def _move_eta(supply_id: int, eta: date, reason: str, certainty: str | None, actor: str) -> SupplyRow:
    seen = begin([supply.supply(supply_id).item], actor=actor)
    before = deliveries.set_eta(supply_id, eta=eta, reason=reason, certainty=certainty, actor=actor, at=seen.now)
    after = supply.supply(supply_id)
    if after != before:
        marks.mark([after.item], cause=ETA, at=seen.now)
    return after


@transaction.atomic
def _move_etas(supply_ids: Sequence[int], eta: date, reason: str, certainty: str | None, actor: str) -> list[SupplyRow]:
    begin({supply.supply(id).item for id in supply_ids}, actor=actor)
    return [_move_eta(id, eta, reason, certainty, actor) for id in sorted(supply_ids)]


@transaction.atomic
def _cancel(supply_id: int, units: int | None, reason: str, actor: str) -> SupplyRow:
    seen = begin([supply.supply(supply_id).item], actor=actor)
    before = _live(supply_id)
    return _reduce(before, before.to_come if units is None else units, reason, actor, seen.now)


@transaction.atomic
def _cancel_order(reference: str, reason: str, actor: str) -> list[SupplyRow]:
    found = supply.purchase_order(reference)
    if found.order.state != "sent":
        purchase.cancel_draft(reference, actor=actor)
        return []
    seen = begin({line.item for line in found.lines}, actor=actor)
    due = deliveries.lock(row.id for line in supply.purchase_order(reference).lines for row in line.supplies)
    live = [row for row in due.values() if row.to_come]
    if not live:
        raise Refused(
            "nothing_is_due",
            f"Nothing more of {reference} is to come.",
            status=409,
            field="reference",
            value=reference,
            limit=0,
        )
    return [_reduce(row, row.to_come, reason, actor, seen.now) for row in live]


def _live(supply_id: int) -> SupplyRow:
    row = deliveries.lock([supply_id])[supply_id]
    if not row.to_come:
        raise Refused(
            "supply_is_closed",
            f"Nothing more of {row.reference} is to come.",
            status=409,
            field="supply",
            value=supply_id,
            limit=0,
        )
    return row


def _reduce(before: SupplyRow, units: int, reason: str, actor: str, at: datetime) -> SupplyRow:
    claims = pegged_to([before.id])
    lost = max(min(units, before.to_come) - before.free, 0)
    changes = Changes()
    for place, n in engine.take_back(as_engine(claims), lost):
        unpeg(changes, claims[place], n, cause=CANCELLED)
    changes.mark([before.item], CANCELLED)
    save(changes, actor=actor, at=at)  # The pegs go first: never more are pegged than come.
    return deliveries.reduce(before.id, units=units, reason=reason, actor=actor, at=at)


@transaction.atomic
def _split(supply_id: int, parts: list[tuple[int, date]], reason: str, actor: str) -> list[SupplyRow]:
    seen = begin([supply.supply(supply_id).item], actor=actor)
    before = _live(supply_id)
    _check_sum(before, parts)
    shares = list(_by_day(pegged_to([supply_id]), [units for units, _ in parts]))
    moved = [(claim, n) for share in shares[1:] for claim, n in share]
    off = Changes()
    for claim, n in moved:
        off.peg(claim.owner, supply_id, -n, hard=claim.hard)
    save(off, actor=actor, at=seen.now)
    ids = [supply_id]
    for units, eta in parts[1:]:
        new = deliveries.split(supply_id, units=units, eta=eta, reason=reason, actor=actor, at=seen.now)
        ids.append(new.id)
    deliveries.set_eta(supply_id, eta=parts[0][1], reason=reason, actor=actor, at=seen.now)
    on = Changes()
    for id, share in zip(ids[1:], shares[1:], strict=True):
        for claim, n in share:
            on.peg(claim.owner, id, n, hard=claim.hard)
    on.mark([before.item], SPLIT)
    save(on, actor=actor, at=seen.now)
    after = supply.supplies(ids)
    return [after[id] for id in ids]


def _check_sum(before: SupplyRow, parts: Sequence[tuple[int, date]]) -> None:
    units = sum(n for n, _ in parts)
    if units != before.to_come:
        raise Refused(
            "schedule_does_not_add_up",
            f"The parts are {units} units together; {before.to_come} of {before.reference} are to come.",
            field="parts", value=units, limit=before.to_come,
        )  # fmt: skip


def _by_day(claims: Sequence[Claimed], parts: Sequence[int]) -> Iterator[list[tuple[Claimed, int]]]:
    """Who gets what of each part, the first part to the hard pegs and the best in rank."""
    waiting = deque(engine.receive(as_engine(claims), sum(parts)))
    for units in parts:
        share = []
        while waiting and units:
            place, n = waiting.popleft()
            share.append((claims[place], min(n, units)))
            if n > units:
                waiting.appendleft((place, n - units))
            units -= min(n, units)
        yield share
