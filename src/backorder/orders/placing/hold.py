"""Hold units for a cart for some minutes; a hold owns its units like a line and never blocks its owner."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from backorder.engine.model import Slice, SourceKey
from backorder.engine.promise import OpenBooks
from backorder.journal import clock
from backorder.journal.identity import new_id
from backorder.journal.prepared import rows
from backorder.journal.refusals import Refused

from ..ledger.books import load_books
from ..ledger.lock import Locked, lock_queues, look
from ..ledger.retry import retried
from ..ledger.save import Changes, Owner, save
from .decide import Decision, decide, is_stock
from .drafts import Draft, draft
from .end_holds import end_holds
from .forms import NewHold
from .held import Held, HeldItem, end_hold, load_held
from .hold_answers import HeldCart, cart_answer

_CART = """
    SELECT h.id, h.item_id FROM orders_hold h JOIN orders_channel c ON c.id = h.channel_id
    WHERE c.code = %s AND h.token = %s AND h.ended_at IS NULL
"""


def hold(wanted: NewHold, *, actor: str) -> HeldCart:
    """Hold these units for the cart `wanted.token` until its end; what the cart held before is replaced.

    Refused whole when a line is short; then the cart keeps what it had.
    """
    (drafted,) = draft([wanted])
    if isinstance(drafted, Refused):
        raise drafted
    return retried(lambda: _hold(drafted, wanted, actor=actor))


def release_hold(channel: str, token: str, *, actor: str) -> int:
    """End a cart's hold before its time; returns how many items it held. Refused if it holds nothing."""
    with transaction.atomic():
        found = rows(_CART, [channel, token])
        lock_queues({item for _, item in found})
        ended = end_holds([id for id, _ in found], outcome="released", at=clock.now(), actor=actor)
    if not ended:
        raise Refused("unknown_hold", f"The cart {token!r} holds nothing.", status=404, field="token", value=token)
    return ended


@transaction.atomic
def _hold(drafted: Draft, wanted: NewHold, *, actor: str) -> HeldCart:
    items = drafted.items | {item for _, item in rows(_CART, [wanted.channel, wanted.token])}
    lock_queues(items)
    before = _held_by(drafted)
    while added := {held.item for held in before.items} - items:
        # The same cart took more while we waited: its holds are ours to change only with their items locked.
        lock_queues(added)
        items |= added
        before = _held_by(drafted)
    seen = look(items)
    if seen.due_holds:
        end_holds(seen.due_holds, outcome="expired", at=seen.now, actor=actor)
        seen, before = look(items), _held_by(drafted)
    desk = OpenBooks(load_books(drafted.items, seen))
    decision = decide(drafted, desk, now=seen.now, own=before.own_units(seen))
    ends_at = seen.now + timedelta(minutes=wanted.minutes or drafted.channel.hold_minutes)
    changes = Changes()
    _replace(changes, decision, before, ends_at=ends_at, seen=seen)
    save(changes, actor=actor, at=seen.now)
    return cart_answer(decision, ends_at=ends_at)


def _held_by(drafted: Draft) -> Held:
    return load_held([drafted]).get(drafted.id, Held([]))


def _replace(changes: Changes, decision: Decision, before: Held, *, ends_at: datetime, seen: Locked) -> None:
    slices: dict[int, list[Slice]] = defaultdict(list)
    for line in decision.draft.asked_lines:
        slices[line.item].extend(decision.slices[line.id])
    known = {held.item: held for held in before.items}
    for item, held in known.items():
        if item not in slices:
            end_hold(changes, held, outcome="released", at=seen.now)
            changes.mark([item], "hold_ended")
    for item, pieces in slices.items():
        if item in known:
            _change(changes, known[item], pieces, ends_at)
        else:
            _begin(changes, decision.draft, item, pieces, ends_at, seen.now)


def _begin(
    changes: Changes, drafted: Draft, item: int, slices: Sequence[Slice], ends_at: datetime, at: datetime
) -> None:
    given: Any = drafted.given
    id, units = new_id(), sum(piece.units for piece in slices)
    open_units = sum(piece.units for piece in slices if not is_stock(piece.source))
    changes.holds.append({
        "id": id, "channel_id": drafted.channel.id, "token": given.token, "item_id": item, "country": given.country,
        "service_id": drafted.service, "units": units, "open": open_units, "made_at": at, "ends_at": ends_at,
        "ended_at": None, "outcome": "", "order_id": None,
    })  # fmt: skip
    changes.owe(item, open_units)
    for key, backed in _backing(slices).items():
        _give(changes, ("hold", id), key, backed)
    changes.tell("hold.made", f"hold/{id}", item=item, units=units, open=open_units, ends_at=ends_at.isoformat())


def _change(changes: Changes, held: HeldItem, slices: Sequence[Slice], ends_at: datetime) -> None:
    units = sum(piece.units for piece in slices)
    open_units = sum(piece.units for piece in slices if not is_stock(piece.source))
    had = {key: backed for key, _, backed, _, _ in held.backing}
    now_has = _backing(slices)
    for key in had.keys() | now_has.keys():
        _give(changes, held.owner, key, now_has.get(key, 0) - had.get(key, 0))
    changes.move_hold_units(held.id, held.item, open=open_units - held.open)
    changes.hold_units[held.id].update({"units": units - held.units, "ends_at": ends_at})
    if any(now_has.get(key, 0) < backed for key, backed in had.items()):
        changes.mark([held.item], "hold_lowered")
    changes.tell("hold.changed", f"hold/{held.id}", item=held.item, units=units, ends_at=ends_at.isoformat())


def _backing(slices: Sequence[Slice]) -> dict[SourceKey, int]:
    backing: dict[SourceKey, int] = defaultdict(int)
    for piece in slices:
        if piece.source is not None:
            backing[piece.source] += piece.units
    return backing


def _give(changes: Changes, owner: Owner, key: SourceKey, units: int) -> None:
    kind, id = key
    if units and kind == "stock":
        changes.allocate(owner, id, units)
    elif units:
        changes.peg(owner, id, units)
