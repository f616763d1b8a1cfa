"""Ship released units: possession passes to the carrier, on hand and allocated fall together, once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from backorder.journal import clock
from backorder.journal.identity import new_id
from backorder.journal.record import Fact, record
from backorder.journal.refusals import Refused, unknown
from backorder.stock import moves

from .models import Shipment, ShipmentLine
from .opened import OpenLine, OpenOrder, open_order
from .retry import retried
from .save import Changes, save


def ship(
    order_id: int,
    *,
    location: int,
    lines: Mapping[int, int] | None = None,
    tracking: str = "",
    key: str,
    actor: str,
) -> int:
    """Ship released units from a location (None: all that are released there); returns the shipment's id.

    The same `key` again returns the first shipment. More than is released is refused: what the warehouse
    really sent is corrected first, as an edit or a count. Orders that ship together ship whole.
    """
    return retried(lambda: _ship(order_id, location, lines, tracking, key, actor))


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
def _ship(order_id: int, location: int, lines: Mapping[int, int] | None, tracking: str, key: str, actor: str) -> int:
    order = open_order(order_id, actor=actor)
    if (known := Shipment.objects.filter(key=key).first()) is not None:
        return _same(known, order)
    wanted = {line.id: n for line in order.lines.values() if (n := _released(line, location))}
    if lines is not None:
        _check(order, lines, location)
        wanted = dict(lines)
    if not wanted:
        raise Refused(
            "nothing_to_ship",
            "Nothing of the order is released at this location.",
            status=409,
            field="order",
            value=order_id,
        )
    _check_together(order, wanted, location)
    shipment = _write(order, location, wanted, tracking, key)
    changes = Changes()
    for id, units in wanted.items():
        _ship_line(changes, order.line(id), units, location)
    changes.touch(order.id)
    changes.tell(
        "order.shipped",
        order.subject,
        shipment=shipment.pk,
        location=location,
        lines={str(id): n for id, n in wanted.items()},
        tracking=bool(tracking),
    )
    save(changes, actor=actor, at=order.seen.now)
    gone = [
        moves.NewMove(order.line(id).item, location, -units, "shipment", f"shipment/{shipment.pk}/{id}")
        for id, units in wanted.items()
    ]
    moves.apply(gone, actor=actor, at=order.seen.now)
    return int(shipment.pk)


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


def _write(order: OpenOrder, location: int, wanted: Mapping[int, int], tracking: str, key: str) -> Shipment:
    routes = order.seen.catalog.routes(channel=order.channel, country=order.country, service_id=order.service_id)
    here = order.seen.catalog.locations()[location]
    shipped_on = here.today(order.seen.now)
    route = next((route for route in routes if route.location == location), None)
    shipment = Shipment.objects.create(
        id=new_id(), order_id=order.id, location_id=location, service_id=order.service_id, key=key, tracking=tracking,
        shipped_at=order.seen.now, shipped_on=shipped_on,
        deliver_on=route.delivery(shipped_on)[1] if route else shipped_on,
    )  # fmt: skip
    ShipmentLine.objects.bulk_create(
        ShipmentLine(shipment=shipment, line_id=id, units=units) for id, units in wanted.items()
    )
    return shipment
