"""Write what happens to dated supply: it arrives, its day moves, it shrinks, it is split.

These are for the orders room, which first locks the items' queues and takes units from lines; here it
is refused to go below what is pegged. A purchase order of which nothing more will come closes itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection, transaction

from backorder.catalog import queries as catalog
from backorder.catalog.limits import (
    MAX_UNITS,
    check_choice,
    check_code,
    check_count,
    check_day,
    check_text,
    check_units,
)
from backorder.journal.prepared import rows, together
from backorder.journal.record import Fact, record
from backorder.journal.refusals import Refused, unknown

from .models import EtaChange, Supply
from .queries import SUPPLY_COLUMNS, SupplyRow

CERTAINTIES = ("confirmed", "expected", "uncertain")
KINDS = ("transfer", "production")
MAX_KEY = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSupply:
    """Units that come without a purchase order: from another location (transfer) or our own making."""

    kind: str
    reference: str
    sku: str
    location: str
    units: int
    eta: date
    certainty: str = "confirmed"

    def check(self) -> None:
        """Refuse what breaks a limit."""
        check_choice("kind", self.kind, KINDS)
        check_code("reference", self.reference)
        check_units("units", self.units)
        check_day("eta", self.eta)
        check_choice("certainty", self.certainty, CERTAINTIES)


@dataclass(frozen=True, slots=True)
class Received:
    """A receipt as it was written. `replayed`: its key was used before; this is what happened then."""

    receipt: int
    supply: SupplyRow
    units: int
    over: int
    closes: bool
    replayed: bool = False


@transaction.atomic
def announce(new: NewSupply, *, actor: str, at: datetime) -> int:
    """Write down supply that comes without a purchase order; returns its id."""
    new.check()
    now = catalog.current()
    item, location = now.item(new.sku), now.location(new.location)
    refuse_early_eta(new.eta, ordered_on=location.today(at))
    supply = Supply.objects.create(
        kind=new.kind, reference=new.reference, item_id=item.id, location_id=location.id, units=new.units,
        first_eta=new.eta, eta=new.eta, certainty=new.certainty, created_at=at,
    )  # fmt: skip
    body = {"item": item.id, "location": location.id, "units": new.units, "eta": new.eta, "kind": new.kind}
    record([Fact("supply.announced", f"supply/{supply.pk}", body)], actor=actor, at=at)
    return supply.pk


def lock(supply_ids: Iterable[int]) -> dict[int, SupplyRow]:
    """Lock supplies in the order of their ids and read them; refused as unknown_supply if one does not exist."""
    assert connection.in_atomic_block, "a lock lasts as long as its transaction"
    wanted = sorted(set(supply_ids))
    locked = {row[0]: SupplyRow(*row) for row in rows(_LOCK, [wanted])}
    for supply_id in wanted:
        if supply_id not in locked:
            raise unknown("supply", supply_id)
    return locked


@transaction.atomic
def add_received(
    supply_id: int, *, units: int, closes: bool | None = None, unpeg: int = 0, key: str, actor: str, at: datetime
) -> Received:
    """Count units in; more than was due is recorded as `over`.

    `closes`: nothing more will come, what is still due is cancelled (None: if all arrived). `unpeg` units
    lose their peg with it. The same key again answers what happened the first time. Refused:
    supply_is_closed, supply_below_pegged, receipt_key_used_elsewhere, receipt_of_nothing.
    """
    check_count("units", units)
    check_text("key", key, least=1, most=MAX_KEY)
    before = lock([supply_id])[supply_id]
    if known := rows(_KNOWN, [key]):
        return _replay(known[0], key, before)
    _refuse_receipt(before, units, closes)
    over = max(units - before.to_come, 0)
    due = before.to_come - (units - over)
    closing = due == 0 if closes is None else closes
    lost = due if closing else 0
    after = _change(before, received=units, cancelled=lost, pegged=-unpeg)
    ((receipt,),) = rows(_COUNT_IN, [supply_id, units, over, closing, key, at, actor])
    body = {
        "receipt": receipt,
        "item": before.item,
        "location": before.location,
        "units": units,
        "over": over,
        "cancelled": lost,
        "still_due": after.to_come,
    }
    record([Fact("supply.received", f"supply/{supply_id}", body)], actor=actor, at=at)
    _close_what_is_done([after], actor=actor, at=at)
    return Received(receipt, after, units, over, closing)


@transaction.atomic
def set_eta(
    supply_id: int, *, eta: date, reason: str = "", certainty: str | None = None, actor: str, at: datetime
) -> SupplyRow:
    """Move the day of a supply, or say how certain it is; returns it as it was before.

    Refused: eta_before_order, eta_has_passed, supply_is_closed.
    """
    check_day("eta", eta)
    check_text("reason", reason)
    before = lock([supply_id])[supply_id]
    certainty = check_choice("certainty", certainty or before.certainty, CERTAINTIES)
    if (eta, certainty) == (before.eta, before.certainty):
        return before
    _refuse_closed(before)
    if eta != before.eta:
        _refuse_eta(before, eta, at)
        EtaChange.objects.create(supply_id=supply_id, was=before.eta, now=eta, reason=reason, at=at, actor=actor)
    Supply.objects.filter(pk=supply_id).update(eta=eta, certainty=certainty)
    body = {"item": before.item, "location": before.location, "was": before.eta, "eta": eta, "certainty": certainty}
    record([Fact("supply.eta_moved", f"supply/{supply_id}", body)], actor=actor, at=at)
    return before


@transaction.atomic
def reduce(supply_id: int, *, units: int, unpeg: int = 0, reason: str = "", actor: str, at: datetime) -> SupplyRow:
    """Cancel units that are still to come; returns the supply after it.

    `unpeg` units lose their peg with it. Refused: more_than_is_due, supply_below_pegged.
    """
    check_units("units", units)
    check_text("reason", reason)
    before = lock([supply_id])[supply_id]
    _refuse_more_than_due(before, units)
    after = _change(before, cancelled=units, pegged=-unpeg)
    body = {"item": before.item, "location": before.location, "units": units, "still_due": after.to_come}
    record([Fact("supply.reduced", f"supply/{supply_id}", body)], actor=actor, at=at)
    _close_what_is_done([after], actor=actor, at=at)
    return after


@transaction.atomic
def split(
    supply_id: int, *, units: int, eta: date, unpeg: int = 0, reason: str = "", actor: str, at: datetime
) -> SupplyRow:
    """Let `units` of what is still to come arrive on a day of their own; returns the new supply.

    It starts without pegs; `unpeg` units of the old one lose theirs with it. It keeps the first day
    ever named, so that a slip stays a slip. Refused: more_than_is_due, supply_below_pegged, split_of_all,
    eta_before_order, eta_has_passed.
    """
    check_units("units", units)
    check_day("eta", eta)
    before = lock([supply_id])[supply_id]
    _refuse_more_than_due(before, units)
    if units == before.to_come and before.received == 0:
        raise Refused(
            "split_of_all",
            f"All {units} units still to come would move; move the ETA instead.",
            field="units",
            value=units,
            limit=before.to_come - 1,
        )
    _refuse_eta(before, eta, at)
    _change(before, units=-units, pegged=-unpeg)
    new = Supply.objects.create(
        kind=before.kind, purchase_line_id=before.purchase_line, reference=before.reference, item_id=before.item,
        location_id=before.location, units=units, first_eta=before.first_eta, eta=eta, certainty=before.certainty,
        created_at=at,
    )  # fmt: skip
    if eta != before.eta:
        EtaChange.objects.create(supply_id=new.pk, was=before.eta, now=eta, reason=reason, at=at, actor=actor)
    body = {
        "from": supply_id,
        "item": before.item,
        "location": before.location,
        "units": units,
        "was": before.eta,
        "eta": eta,
    }
    record([Fact("supply.split", f"supply/{new.pk}", body)], actor=actor, at=at)
    return _row(new)


_LOCK = f"""
    SELECT {SUPPLY_COLUMNS} FROM supply_supply s WHERE s.id = ANY(%s::bigint[]) ORDER BY s.id FOR NO KEY UPDATE
"""
_KNOWN = "SELECT id, supply_id, units, over, closes FROM supply_receipt WHERE key = %s::text"
_COUNT_IN = """
    INSERT INTO supply_receipt (supply_id, units, over, closes, key, at, actor)
    VALUES (%s::bigint, %s::integer, %s::integer, %s::boolean, %s::text, %s::timestamptz, %s::text) RETURNING id
"""
_SET_UNITS = """
    UPDATE supply_supply SET units = %s::integer, received = %s::integer, cancelled = %s::integer, pegged = %s::integer
    WHERE id = %s::bigint
"""
_SENT = "SELECT id FROM supply_purchaseorder WHERE {which} AND state = 'sent' ORDER BY id FOR NO KEY UPDATE"
_OF_LINES = "id IN (SELECT purchase_order_id FROM supply_purchaseline WHERE id = ANY(%s::bigint[]))"
_DONE = """
    SELECT o.id, coalesce(bool_or(s.received > 0), false)
    FROM supply_purchaseorder o LEFT JOIN supply_purchaseline n ON n.purchase_order_id = o.id
    LEFT JOIN supply_supply s ON s.purchase_line_id = n.id
    WHERE o.{which} AND o.state = 'sent'
    GROUP BY o.id HAVING NOT coalesce(bool_or(s.units > s.received + s.cancelled), false) ORDER BY o.id
"""
_CLOSE = """
    UPDATE supply_purchaseorder o SET state = n.state, closed_at = %s::timestamptz
    FROM unnest(%s::bigint[], %s::text[]) AS n(id, state) WHERE o.id = n.id
"""
_CHANGE_PEGGED = """
    WITH change AS MATERIALIZED (
        SELECT s.id, n.units FROM unnest(%s::bigint[], %s::bigint[]) AS n(id, units)
        JOIN supply_supply s ON s.id = n.id ORDER BY s.id FOR NO KEY UPDATE OF s
    )
    UPDATE supply_supply s SET pegged = s.pegged + change.units FROM change
    WHERE s.id = change.id
      AND s.pegged + change.units BETWEEN 0 AND greatest(s.units - s.received - s.cancelled, 0)
    RETURNING s.id
"""


@transaction.atomic
def change_pegged(units: Mapping[int, int]) -> None:
    """Peg (+) or unpeg (-) units of supplies by id; refused as supply_below_pegged if one has not so many."""
    changes = {supply: n for supply, n in units.items() if n}
    if not changes:
        return
    with connection.cursor() as cursor:
        cursor.execute(_CHANGE_PEGGED, [list(changes), list(changes.values())])
        done = {supply for (supply,) in cursor.fetchall()}
    for supply in changes:
        if supply not in done:
            row = lock([supply])[supply]
            raise _below_pegged(row, row.pegged + changes[supply])


def refuse_early_eta(eta: date, *, ordered_on: date, field: str = "eta") -> None:
    """An ETA cannot lie before the day the order is made."""
    if eta < ordered_on:
        raise Refused(
            "eta_before_order",
            f"{field} is {eta.isoformat()}, before the order's day {ordered_on.isoformat()}.",
            field=field, value=eta.isoformat(), limit=ordered_on.isoformat(),
        )  # fmt: skip


def close_if_done(purchase_order_ids: Sequence[int], *, actor: str, at: datetime) -> list[int]:
    """Close those sent purchase orders of which nothing more will come; returns them.

    One of which nothing ever came is cancelled. The lock is one statement and the look the next, so
    that of two last receipts at once one sees the other.
    """
    return _close_done("id = ANY(%s::bigint[])", purchase_order_ids, actor=actor, at=at)


def _close_done(which: str, ids: Sequence[int], *, actor: str, at: datetime) -> list[int]:
    _, done = together((_SENT.format(which=which), [list(ids)]), (_DONE.format(which=which), [list(ids)]))
    if not done:
        return []
    states = ["closed" if came else "cancelled" for _, came in done]
    rows(_CLOSE, [at, [order for order, _ in done], states])
    facts = [
        Fact(f"purchase_order.{state}", f"purchase_order/{order}")
        for (order, _), state in zip(done, states, strict=True)
    ]
    record(facts, actor=actor, at=at)
    return [order for order, _ in done]


def _row(row: Supply) -> SupplyRow:
    return SupplyRow(
        row.pk, row.item_id, row.location_id, row.kind, row.reference, row.purchase_line_id, row.units, row.received,
        row.cancelled, row.pegged, row.first_eta, row.eta, row.certainty,
    )  # fmt: skip


def _change(before: SupplyRow, *, units: int = 0, received: int = 0, cancelled: int = 0, pegged: int = 0) -> SupplyRow:
    after = SupplyRow(
        before.id, before.item, before.location, before.kind, before.reference, before.purchase_line,
        before.units + units, before.received + received, before.cancelled + cancelled, before.pegged + pegged,
        before.first_eta, before.eta, before.certainty,
    )  # fmt: skip
    if not 0 <= after.pegged <= after.to_come:
        raise _below_pegged(after, after.pegged)
    check_count("received", after.received, most=MAX_UNITS)
    rows(_SET_UNITS, [after.units, after.received, after.cancelled, after.pegged, after.id])
    return after


def _below_pegged(row: SupplyRow, pegged: int) -> Refused:
    return Refused(
        "supply_below_pegged",
        f"{row.reference} has {row.to_come} units to come; {pegged} cannot be pegged to it.",
        status=409, field="units", value=pegged, limit=row.to_come, supply=row.id,
    )  # fmt: skip


def _replay(known: tuple[int, int, int, int, bool], key: str, before: SupplyRow) -> Received:
    receipt, supply, units, over, closes = known
    if supply != before.id:
        raise Refused(
            "receipt_key_used_elsewhere",
            f"key {key!r} was used for another supply.",
            status=409,
            field="key",
            value=key,
            limit=supply,
        )
    return Received(receipt, before, units, over, closes, replayed=True)


def _refuse_receipt(before: SupplyRow, units: int, closes: bool | None) -> None:
    if units == 0 and not closes:
        raise Refused(
            "receipt_of_nothing",
            "units is 0; a receipt counts units in, or closes the supply.",
            field="units",
            value=0,
            limit=1,
        )
    # What arrived in full may still turn out to be more; what was closed short is over.
    if before.cancelled:
        _refuse_closed(before)


def _refuse_closed(before: SupplyRow) -> None:
    if before.to_come == 0:
        raise Refused(
            "supply_is_closed",
            f"Nothing more of {before.reference} is to come.",
            status=409,
            field="supply",
            value=before.id,
            limit=0,
        )


def _refuse_more_than_due(before: SupplyRow, units: int) -> None:
    if units > before.to_come:
        raise Refused(
            "more_than_is_due",
            f"units is {units}; only {before.to_come} of {before.reference} are to come.",
            status=409,
            field="units",
            value=units,
            limit=before.to_come,
        )


def _refuse_eta(before: SupplyRow, eta: date, at: datetime) -> None:
    location = catalog.current().locations()[before.location]
    created_at = Supply.objects.values_list("created_at", flat=True).get(pk=before.id)
    refuse_early_eta(eta, ordered_on=location.today(created_at))
    today = location.today(at)
    if eta < today:
        raise Refused(
            "eta_has_passed",
            f"eta is {eta.isoformat()}, before today, {today.isoformat()}.",
            field="eta",
            value=eta.isoformat(),
            limit=today.isoformat(),
        )


def _close_what_is_done(supplies: Sequence[SupplyRow], *, actor: str, at: datetime) -> None:
    lines = [row.purchase_line for row in supplies if row.purchase_line and not row.to_come]
    if lines:
        _close_done(_OF_LINES, lines, actor=actor, at=at)
