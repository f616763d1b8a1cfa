"""Hand allocated units to the warehouse; from here on they are frozen, until it ships or gives them back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial

from django.db import transaction

from backorder.journal.prepared import rows
from backorder.journal.refusals import Refused, unknown

from ..changing.opened import OpenLine, OpenOrder, open_order, open_orders
from ..ledger.retry import retried
from ..ledger.save import Changes, save
from .leaving import may_leave, refuse_ended

_READY = """
    SELECT DISTINCT l.order_id, v.location_id
    FROM catalog_location p
    JOIN stock_level v ON v.location_id = p.id AND v.allocated > 0
    JOIN orders_allocation a ON a.level_id = v.id AND a.allocated > 0
    JOIN orders_line l ON l.id = a.line_id
    JOIN orders_order o ON o.id = l.order_id
    WHERE p.release <> 'by_hand' AND l.order_id > %s
      AND NOT EXISTS (SELECT 1 FROM orders_block b WHERE b.order_id = o.id AND b.lifted_at IS NULL)
      AND (l.leave_by_at IS NULL OR l.leave_by_at > backorder_now())
      AND (p.release = 'when_any' AND o.ship = 'as_ready'
           OR NOT EXISTS (SELECT 1 FROM orders_line w WHERE w.order_id = o.id AND w.open > 0))
    ORDER BY l.order_id LIMIT %s
"""


def release(
    order_id: int, *, location: int | None = None, lines: Mapping[int, int] | None = None, actor: str
) -> dict[int, int]:
    """Release allocated units (of one location; of these lines: id -> units) and return them by line.

    Refused when the order is blocked, ships together and is not complete, before an item's street date, when the
    delay law has ended what is to leave, and when nothing can be released. Kits go whole. Units of a line that are no
    shipment (fewer than the item is sent in, no whole multiple, or not all where only one more may come) wait for
    more, unless nothing more is to come or they are named.
    """
    return retried(lambda: _release(order_id, location, lines, actor))


def release_all(parcels: Sequence[tuple[int, int]], *, actor: str) -> list[dict[int, int] | Refused]:
    """Release what is allocated of each (order, location) in one transaction; units by line, or a refusal, for each.

    A refused one stays as it is and does not keep the others back.
    """
    assert len(set(parcels)) == len(parcels), "each parcel is released once"
    return retried(lambda: _release_each(parcels, actor)) if parcels else []


def release_ready(*, actor: str = "worker", limit: int = 200) -> int:
    """Release what locations that release by themselves have ready; returns how many orders were."""
    done, after = 0, 0
    while found := rows(_READY, [after, limit]):
        done += retried(partial(_release_together, found, actor))
        after = found[-1][0]
    return done


@transaction.atomic
def _release(order_id: int, location: int | None, lines: Mapping[int, int] | None, actor: str) -> dict[int, int]:
    order, changes = open_order(order_id, actor=actor), Changes()
    released = _release_order(changes, order, location, lines)
    save(changes, actor=actor, at=order.seen.now)
    return released


@transaction.atomic
def _release_each(parcels: Sequence[tuple[int, int]], actor: str) -> list[dict[int, int] | Refused]:
    orders, changes = open_orders(sorted({order for order, _ in parcels}), actor=actor), Changes()
    outcomes: list[dict[int, int] | Refused] = []
    for id, location in parcels:
        try:
            if id not in orders:
                raise unknown("order", id)
            outcomes.append(_release_order(changes, orders[id], location, None))
        except Refused as refused:
            outcomes.append(refused)
    for order in list(orders.values())[:1]:
        save(changes, actor=actor, at=order.seen.now)
    return outcomes


@transaction.atomic
def _release_together(ready: Sequence[tuple[int, int]], actor: str) -> int:
    """Release (order, location) pairs in one write; what is not ready after all is passed over."""
    orders, changes, done = open_orders(sorted({order for order, _ in ready}), actor=actor), Changes(), 0
    for id, location in ready:
        try:
            _release_order(changes, orders[id], location, None)
            done += 1
        except Refused:
            continue  # Not yet: before its street date, or a kit is not whole.
    for order in list(orders.values())[:1]:
        save(changes, actor=actor, at=order.seen.now)
    return done


def _release_order(
    changes: Changes, order: OpenOrder, location: int | None, lines: Mapping[int, int] | None
) -> dict[int, int]:
    _check_order(order)
    wanted = {id: min(units, _at(order.line(id), location)) for id, units in (lines or {}).items()}
    if lines is None:
        wanted = {line.id: _at(line, location) for line in order.lines.values()}
    else:
        _check_lines(order, lines, location)
    wanted = _before_their_end(order, wanted, named=lines is not None)
    if lines is None:
        wanted = _enough_to_send(order, wanted)
    wanted = _after_street_date(order, _whole_kits(order, wanted), named=lines is not None)
    if not any(wanted.values()):
        raise Refused(
            "nothing_to_release",
            "Nothing of the order is allocated and ready to be released.",
            status=409,
            field="order",
            value=order.id,
        )
    released = {id: _release_line(changes, order.line(id), n, location) for id, n in wanted.items() if n}
    changes.touch(order.id)
    changes.tell("order.released", order.subject, lines={str(id): at for id, at in released.items()})
    return {id: n for id, n in wanted.items() if n}


def _check_order(order: OpenOrder) -> None:
    if order.blocks:
        raise Refused(
            "order_is_blocked",
            f"The order is blocked ({', '.join(order.blocks)}) and is not released.",
            status=409,
            field="order",
            value=order.id,
            blocks=order.blocks,
        )
    waiting = sum(line.open for line in order.lines.values())
    if order.ship == "together" and waiting:
        raise Refused(
            "order_ships_together",
            f"The order ships together, and {waiting} units still wait.",
            status=409,
            field="order",
            value=order.id,
            limit=0,
        )


def _check_lines(order: OpenOrder, lines: Mapping[int, int], location: int | None) -> None:
    for id, units in lines.items():
        line = order.line(id)
        most = _at(line, location)
        if not 0 < units <= most:
            raise Refused(
                "more_than_is_allocated",
                f"{units} units of {line.sku} cannot be released: {most} are allocated.",
                status=409,
                field="units",
                value=units,
                limit=most,
                line=id,
            )


def _at(line: OpenLine, location: int | None) -> int:
    return sum(one.allocated for one in line.allocations if location in (None, one.location))


def _before_their_end(order: OpenOrder, wanted: dict[int, int], *, named: bool) -> dict[int, int]:
    """Without what the delay law has ended; refused if that was named, is all there is, or was to go with the rest."""
    ended = [id for id, units in wanted.items() if units and not may_leave(order, order.line(id))]
    left = {id: 0 if id in ended else units for id, units in wanted.items()}
    if named or order.ship == "together" or not any(left.values()):
        refuse_ended(order, ended)
    return left


def _enough_to_send(order: OpenOrder, wanted: dict[int, int]) -> dict[int, int]:
    """Without what makes no shipment while more of the line is to come; refused if that is all there is."""
    left = {id: _sent(order.line(id), units) for id, units in wanted.items()}
    if any(wanted.values()) and not any(left.values()):
        first = min(id for id, units in wanted.items() if units)
        raise _waits_for_more(order.line(first), wanted[first])
    return left


def _sent(line: OpenLine, units: int) -> int:
    if not units or not line.open:
        return units
    return line.shape.part(units, line.open + line.allocated, is_last=line.shape.most == 1)


def _waits_for_more(line: OpenLine, units: int) -> Refused:
    """Why so many units of the line make no shipment of their own."""
    ready, shape, all_left = f"{units} units of {line.sku} are ready", line.shape, line.open + line.allocated
    if units >= shape.least and shape.most == 1:
        says = f"{ready}; only one more shipment may come, and it waits for all {all_left}."
        return Refused(
            "last_shipment_waits", says, status=409, field="order", value=units, limit=all_left, sku=line.sku
        )
    if units >= shape.least and shape.multiple > units:
        says = f"{ready}; they are sent in multiples of {shape.multiple}, and more are to come."
        return Refused(
            "no_whole_multiple", says, status=409, field="order", value=units, limit=shape.multiple, sku=line.sku
        )
    says = f"{ready}; they are sent in no less than {shape.least}, and more are to come."
    return Refused("fewer_than_are_sent", says, status=409, field="order", value=units, limit=shape.least, sku=line.sku)


def _whole_kits(order: OpenOrder, wanted: dict[int, int]) -> dict[int, int]:
    """Components only as far as whole kits are there."""
    for kit in [line for line in order.lines.values() if line.kit_units is not None]:
        parts = order.components(kit)
        gone = {part.id: part.released + part.shipped for part in parts}
        kits = min((gone[part.id] + wanted.get(part.id, 0)) // (part.per_kit or 1) for part in parts)
        for part in parts:
            wanted[part.id] = max(0, min(wanted.get(part.id, 0), kits * (part.per_kit or 1) - gone[part.id]))
    return wanted


def _after_street_date(order: OpenOrder, wanted: dict[int, int], *, named: bool) -> dict[int, int]:
    policies, today = order.policies(), order.seen.now.date()
    for id in [id for id, units in wanted.items() if units]:
        street_on: date | None = policies[order.line(id).item].street_on
        if street_on is not None and street_on > today:
            if named:
                raise Refused(
                    "before_street_date",
                    f"{order.line(id).sku} may not ship before {street_on}.",
                    status=409,
                    field="line",
                    value=id,
                    limit=street_on.isoformat(),
                )
            wanted[id] = 0
    return wanted


def _release_line(changes: Changes, line: OpenLine, units: int, location: int | None) -> dict[int, int]:
    changes.move_units(line.id, line.item, allocated=-units, released=units)
    by_location: dict[int, int] = {}
    for one in line.allocations:
        take = min(units, one.allocated) if location in (None, one.location) else 0
        if take:
            changes.allocate(line.owner, one.level, -take, released=take)
            by_location[one.location] = take
            units -= take
    return by_location


def give_back(order_id: int, *, lines: Mapping[int, int], actor: str) -> None:
    """The warehouse gives released units back: they are the line's on the shelf again, and can be cancelled."""
    retried(lambda: _give_back(order_id, lines, actor))


@transaction.atomic
def _give_back(order_id: int, lines: Mapping[int, int], actor: str) -> None:
    order, changes = open_order(order_id, actor=actor), Changes()
    for id, units in lines.items():
        line = order.line(id)
        if not 0 < units <= line.released:
            raise Refused(
                "more_than_is_released",
                f"{units} units of {line.sku}: {line.released} are released.",
                status=409,
                field="units",
                value=units,
                limit=line.released,
                line=id,
            )
        changes.move_units(id, line.item, released=-units, allocated=units)
        for one in line.allocations:
            take = min(units, one.released)
            changes.allocate(line.owner, one.level, take, released=-take)
            units -= take
    changes.touch(order.id)
    changes.tell("order.given_back", order.subject, lines={str(id): n for id, n in lines.items()})
    save(changes, actor=actor, at=order.seen.now)
