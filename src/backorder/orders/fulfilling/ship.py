"""Ship released units: possession passes to the carrier, on hand and allocated fall together, once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from backorder.journal import clock
from backorder.journal.identity import new_id, new_ids
from backorder.journal.prepared import rows
from backorder.journal.record import Fact, record
from backorder.journal.refusals import Refused, unknown
from backorder.stock import moves

from ..changing.opened import OpenLine, OpenOrder, open_order, open_orders
from ..ledger.retry import retried
from ..ledger.save import Changes, save
from ..models import Shipment
from .leaving import refuse_ended

_SENT = """
    INSERT INTO orders_shipmentline (id, shipment_id, line_id, units)
    SELECT id, shipment, line, units
    FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::integer[]) AS n(id, shipment, line, units)
"""


@dataclass(frozen=True, slots=True)
class Parcel:
    """What is to leave: released units of one order at one location (`lines` None: all of them).

    `has_left`: it is gone, whatever the delay law says of it; the books tell what happened.
    """

    order: int
    location: int
    key: str
    lines: Mapping[int, int] | None = None
    tracking: str = ""
    has_left: bool = False


@dataclass(frozen=True, slots=True)
class _Packed:
    """A checked parcel: its shipment, units by line, and the item of each line."""

    shipment: Shipment
    lines: Mapping[int, int]
    items: Mapping[int, int]


def ship(
    order_id: int,
    *,
    location: int,
    lines: Mapping[int, int] | None = None,
    tracking: str = "",
    key: str,
    has_left: bool = False,
    actor: str,
) -> int:
    """Ship released units from a location (None: all that are released there); returns the shipment's id.

    The same `key` again returns the first shipment. More than is released is refused: what the warehouse
    really sent is corrected first, as an edit or a count. Orders that ship together ship whole. What the
    delay law has ended is refused, unless it `has_left` all the same: then that is recorded, and owed back.
    """
    parcel = Parcel(order_id, location, key, lines, tracking, has_left)
    return retried(lambda: _ship(parcel, actor))


def ship_all(parcels: Sequence[Parcel], *, actor: str) -> list[int | Refused]:
    """Ship a wave of parcels in one transaction, one for each order; a shipment's id or a refusal for each.

    A refused parcel stays where it is and does not keep the others back.
    """
    assert len({parcel.order for parcel in parcels}) == len(parcels), "a wave has one parcel for each order"
    return retried(lambda: _ship_together(parcels, actor)) if parcels else []


def deliver(shipment_id: int, *, at: datetime | None = None, actor: str) -> None:
    """The parcel arrived; the first word counts."""
    with transaction.atomic():
        shipment = Shipment.objects.select_for_update().filter(id=shipment_id).first()
        if shipment is None:
            raise unknown("shipment", shipment_id)
        if shipment.delivered_at is None:
            now = clock.now()
            shipment.delivered_at = at or now
            shipment.save(update_fields=["delivered_at"])
            fact = Fact("shipment.delivered", f"order/{shipment.order_id}", {"shipment": shipment_id})
            record([fact], actor=actor, at=now)


@transaction.atomic
def _ship(parcel: Parcel, actor: str) -> int:
    order, changes = open_order(parcel.order, actor=actor), Changes()
    if (known := Shipment.objects.filter(key=parcel.key).first()) is not None:
        return _same(known, order)
    packed = _pack(changes, order, parcel)
    _write([packed], changes, actor=actor, at=order.seen.now)
    return int(packed.shipment.pk)


@transaction.atomic
def _ship_together(parcels: Sequence[Parcel], actor: str) -> list[int | Refused]:
    orders, changes = open_orders(sorted({parcel.order for parcel in parcels}), actor=actor), Changes()
    known = {row.key: row for row in Shipment.objects.filter(key__in=[parcel.key for parcel in parcels])}
    outcomes: list[int | Refused] = []
    packed: list[_Packed] = []
    for parcel in parcels:
        try:
            order = orders.get(parcel.order)
            if order is None:
                raise unknown("order", parcel.order)
            if parcel.key in known:
                outcomes.append(_same(known[parcel.key], order))
                continue
            packed.append(_pack(changes, order, parcel))
            outcomes.append(int(packed[-1].shipment.pk))
        except Refused as refused:
            outcomes.append(refused)
    if packed:
        _write(packed, changes, actor=actor, at=packed[0].shipment.shipped_at)
    return outcomes


def _pack(changes: Changes, order: OpenOrder, parcel: Parcel) -> _Packed:
    """Check what is to leave and collect what it changes; nothing is written yet."""
    wanted = {line.id: n for line in order.lines.values() if (n := _released(line, parcel.location))}
    if parcel.lines is not None:
        _check(order, parcel.lines, parcel.location)
        wanted = dict(parcel.lines)
    if not wanted:
        raise Refused(
            "nothing_to_ship",
            "Nothing of the order is released at this location.",
            status=409,
            field="order",
            value=order.id,
        )
    _check_together(order, wanted, parcel.location)
    if not parcel.has_left:
        refuse_ended(order, wanted)
    shipment = _shipment(order, parcel)
    for id, units in wanted.items():
        _ship_line(changes, order.line(id), units, parcel.location)
    changes.touch(order.id)
    changes.tell(
        "order.shipped",
        order.subject,
        shipment=shipment.pk,
        location=parcel.location,
        lines={str(id): n for id, n in wanted.items()},
        tracking=bool(parcel.tracking),
    )
    return _Packed(shipment, wanted, {id: order.line(id).item for id in wanted})


def _same(known: Shipment, order: OpenOrder) -> int:
    if known.order_id != order.id:
        raise Refused(
            "key_reused",
            f"The key {known.key!r} was used for a shipment of another order.",
            field="key",
            value=known.key,
        )
    return int(known.pk)


def _released(line: OpenLine, location: int) -> int:
    return sum(one.released for one in line.allocations if one.location == location)


def _check(order: OpenOrder, lines: Mapping[int, int], location: int) -> None:
    if not lines:
        raise Refused("nothing_to_ship", "Name at least one line to ship.", field="lines", value=[], limit=1)
    for id, units in lines.items():
        line = order.line(id)
        most = _released(line, location)
        if not 0 < units <= most:
            raise Refused(
                "more_than_is_released",
                f"{units} units of {line.sku} cannot be shipped: {most} are released there.",
                status=409,
                field="units",
                value=units,
                limit=most,
                line=id,
            )


def _check_together(order: OpenOrder, wanted: Mapping[int, int], location: int) -> None:
    """Whole orders, and whole kits, from each location."""
    for line in order.lines.values():
        left = line.open + line.allocated + _released(line, location) - wanted.get(line.id, 0)
        if order.ship == "together" and left:
            raise Refused(
                "order_ships_together",
                f"The order ships together; {left} units of {line.sku} would stay behind.",
                status=409,
                field="lines",
                value=line.id,
                limit=0,
            )
        parts = order.components(line) if line.kit_units is not None else []
        kits = {(part.shipped + wanted.get(part.id, 0)) / (part.per_kit or 1) for part in parts}
        if len(kits) > 1 or any(n != int(n) for n in kits):
            raise Refused(
                "kit_is_whole",
                f"{line.sku} is a kit: its parts ship in whole kits.",
                status=409,
                field="lines",
                value=line.id,
            )


def _ship_line(changes: Changes, line: OpenLine, units: int, location: int) -> None:
    changes.move_units(line.id, line.item, released=-units, shipped=units)
    for one in line.allocations:
        if one.location == location and one.released:
            changes.allocate(line.owner, one.level, 0, released=-units)


def _shipment(order: OpenOrder, parcel: Parcel) -> Shipment:
    routes = order.seen.catalog.routes(channel=order.channel, country=order.country, service_id=order.service_id)
    here = order.seen.catalog.locations()[parcel.location]
    shipped_on = here.today(order.seen.now)
    route = next((route for route in routes if route.location == parcel.location), None)
    return Shipment(
        id=new_id(), order_id=order.id, location_id=parcel.location, service_id=order.service_id, key=parcel.key,
        tracking=parcel.tracking, shipped_at=order.seen.now, shipped_on=shipped_on,
        deliver_on=route.delivery(shipped_on)[1] if route else shipped_on,
    )  # fmt: skip


def _write(packed: Sequence[_Packed], changes: Changes, *, actor: str, at: datetime) -> None:
    Shipment.objects.bulk_create([one.shipment for one in packed])
    gone = [(one.shipment.pk, id, units) for one in packed for id, units in one.lines.items()]
    rows(_SENT, [new_ids(len(gone)), *map(list, zip(*gone, strict=True))])
    save(changes, actor=actor, at=at)
    left = [
        moves.NewMove(one.items[id], one.shipment.location_id, -units, "shipment", f"shipment/{one.shipment.pk}/{id}")
        for one in packed
        for id, units in one.lines.items()
    ]
    moves.apply(left, actor=actor, at=at)
