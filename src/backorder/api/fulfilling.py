"""What happens to a placed order: edited, cancelled, blocked, released, shipped, returned, substituted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import uuid4

from msgspec import UNSET, Meta, Struct, UnsetType
from msgspec.structs import asdict

from backorder.api import etags
from backorder.api.operation import Answered, Call, operation
from backorder.api.parameters import Id
from backorder.api.shapes import Code, Identity, Note, Reference, Units
from backorder.catalog import queries as catalog
from backorder.journal.refusals import Refused
from backorder.orders import reading
from backorder.orders.changing import block as blocks
from backorder.orders.changing.cancel import cancel
from backorder.orders.changing.edit import Edit, edit
from backorder.orders.changing.substitute import substitute
from backorder.orders.fulfilling.release import release
from backorder.orders.fulfilling.returns import return_units
from backorder.orders.fulfilling.ship import deliver, ship
from backorder.orders.fulfilling.short_pick import short_pick
from backorder.orders.placing import forms

TAG = "orders"

Instant = Annotated[datetime, Meta(tz=True)]
Kind = Literal["fraud", "payment", "address", "other"]
Priority = Annotated[int, Meta(ge=-100, le=100)]
Key = Annotated[Reference, Meta(description="The same key again changes nothing; usually made by the server.")]


class LineUnits(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Units of a line; of a kit's own line whole kits."""

    line: Identity
    units: Units


SomeLines = Annotated[tuple[LineUnits, ...], Meta(min_length=1, max_length=forms.MAX_LINES)]


class LineEdit(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to change of a line; `units` are all that are wanted of it, more become a line with its own place."""

    line: Identity
    units: Units | UnsetType = UNSET
    priority: Priority | UnsetType = UNSET
    requested_on: date | UnsetType | None = UNSET
    unit_price_minor: forms.Minor | UnsetType = UNSET
    discount_minor: forms.Minor | UnsetType = UNSET
    tax_minor: forms.Minor | UnsetType = UNSET


class OrderEdit(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to change; the rest stays."""

    contact: forms.Texts | UnsetType = UNSET
    ship_to: forms.Texts | UnsetType = UNSET
    service: Code | UnsetType = UNSET
    shipping_minor: forms.Minor | UnsetType = UNSET
    discount_minor: forms.Minor | UnsetType = UNSET
    tax_minor: forms.Minor | UnsetType = UNSET
    paid_at: Instant | UnsetType | None = UNSET
    authorisation: forms.Text | UnsetType = UNSET
    capture_before: Instant | UnsetType | None = UNSET
    requested_on: date | UnsetType | None = UNSET
    on_short: Literal["wait", "ship_rest", "cancel_rest"] | UnsetType = UNSET
    ship: Literal["as_ready", "together"] | UnsetType = UNSET
    substitutes_allowed: bool | UnsetType = UNSET
    cancel_if_not_by: date | UnsetType | None = UNSET
    early_charge_consent: bool | UnsetType = UNSET
    priority: Priority | UnsetType = UNSET
    tags: Annotated[tuple[forms.Text, ...], Meta(max_length=50)] | UnsetType = UNSET
    lines: Annotated[tuple[LineEdit, ...], Meta(max_length=forms.MAX_LINES)] = ()
    add: Annotated[tuple[forms.NewLine, ...], Meta(max_length=forms.MAX_LINES)] = ()


class Cancellation(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Units to cancel by line; without lines all that has not left."""

    lines: SomeLines | None = None
    reason: Note = ""


class BlockOrder(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why the order may not be released."""

    kind: Kind
    note: Note = ""


class Release(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the warehouse may pick: at one location or at all, these lines or all that is allocated."""

    location: Code | None = None
    lines: SomeLines | None = None


class NewShipment(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What left a location; without lines all that is released there.

    `has_left`: it is gone though the delay law had ended it (else refused as deemed_cancelled); it is owed back.
    """

    location: Code
    lines: SomeLines | None = None
    tracking: Note = ""
    has_left: bool = False
    key: Key | None = None


class Arrival(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When a parcel arrived (none: now)."""

    at: Instant | None = None


class Return(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Shipped units that came back (`restock_at` a location: they are on its shelf again) or were lost."""

    lines: SomeLines
    kind: Literal["return", "lost"] = "return"
    restock_at: Code | None = None
    reason: Note = ""
    key: Key | None = None


class ShortPick(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Released units that the warehouse did not find."""

    line: Identity
    location: Code
    units: Units
    key: Key | None = None


class Substitution(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Another item instead of units that wait (none: all that wait); `consent`: the customer agreed now."""

    line: Identity
    sku: Code
    units: Units | None = None
    consent: bool = False


@operation(TAG, "PATCH", "/orders/{int:order}", scope="orders:write", answer=reading.OrderView, versioned=True)
def edit_order(call: Call, order: Id, body: OrderEdit) -> Answered:
    """Edit an order, whole or not at all. Lowered units go to the queue, raised ones get a place of their own."""
    columns = {name: value for name, value in asdict(body).items() if value is not UNSET}
    lines, add = columns.pop("lines"), columns.pop("add")
    if "service" in columns:
        columns["service_id"] = catalog.service(columns.pop("service")).id
    _refuse_twice([one.line for one in lines])
    wanted = Edit(
        order=columns,
        lines={one.line: found for one in lines if (found := _line_columns(one))},
        units={one.line: one.units for one in lines if one.units is not UNSET},
        add=add,
    )
    edit(order, wanted, version=call.version, actor=call.actor)
    return _show(order)


@operation(
    TAG, "POST", "/orders/{int:order}/cancel", scope="orders:write", answer=reading.OrderView, once=True,
    versioned="if_given",
)  # fmt: skip
def cancel_order(call: Call, order: Id, body: Cancellation) -> Answered:
    """Cancel units that have not left; refused whole when more is named than can be cancelled."""
    cancel(order, lines=_by_line(body.lines), reason=body.reason, actor=call.actor, version=call.version)
    return _show(order)


@operation(TAG, "POST", "/orders/{int:order}/blocks", scope="orders:write", answer=reading.OrderView, status=201)
def block_order(call: Call, order: Id, body: BlockOrder) -> Answered:
    """Block an order: it keeps its units and is not released. Twice changes nothing."""
    blocks.block(order, kind=body.kind, note=body.note, actor=call.actor)
    return _show(order)


@operation(TAG, "DELETE", "/orders/{int:order}/blocks/{kind}", scope="orders:write", answer=reading.OrderView)
def lift_block(call: Call, order: Id, kind: Kind) -> Answered:
    """Lift a block."""
    blocks.lift(order, kind=kind, actor=call.actor)
    return _show(order)


@operation(TAG, "POST", "/orders/{int:order}/release", scope="orders:fulfil", answer=reading.OrderView, once=True)
def release_order(call: Call, order: Id, body: Release) -> Answered:
    """Hand allocated units to the warehouse; from then on they are frozen."""
    release(order, location=_place(body.location), lines=_by_line(body.lines), actor=call.actor)
    return _show(order)


@operation(
    TAG, "POST", "/orders/{int:order}/shipments", scope="orders:fulfil", answer=reading.OrderView, status=201, once=True
)
def ship_order(call: Call, order: Id, body: NewShipment) -> Answered:
    """Ship released units: possession passes to the carrier. More than is released is refused."""
    ship(
        order,
        location=catalog.location(body.location).id,
        lines=_by_line(body.lines),
        tracking=body.tracking,
        key=_key(body.key),
        has_left=body.has_left,
        actor=call.actor,
    )
    return _show(order)


@operation(TAG, "POST", "/shipments/{int:shipment}/delivered", scope="orders:fulfil", status=204)
def deliver_shipment(call: Call, shipment: Id, body: Arrival) -> None:
    """Say that a parcel arrived; the first word counts."""
    deliver(shipment, at=body.at, actor=call.actor)


@operation(
    TAG, "POST", "/orders/{int:order}/returns", scope="orders:fulfil", answer=reading.OrderView, status=201, once=True
)
def return_shipped(call: Call, order: Id, body: Return) -> Answered:
    """Record that shipped units came back or were lost. What is restocked goes to the queue first."""
    return_units(
        order,
        lines=_by_line(body.lines) or {},
        key=_key(body.key),
        kind=body.kind,
        restock_at=_place(body.restock_at),
        reason=body.reason,
        actor=call.actor,
    )
    return _show(order)


@operation(
    TAG,
    "POST",
    "/orders/{int:order}/short-picks",
    scope="orders:fulfil",
    answer=reading.OrderView,
    status=201,
    once=True,
)
def pick_short(call: Call, order: Id, body: ShortPick) -> Answered:
    """Say that released units are not there: they wait again and keep their place."""
    short_pick(
        order,
        line=body.line,
        location=catalog.location(body.location).id,
        units=body.units,
        key=_key(body.key),
        actor=call.actor,
    )
    return _show(order)


@operation(
    TAG,
    "POST",
    "/orders/{int:order}/substitutions",
    scope="orders:write",
    answer=reading.OrderView,
    status=201,
    once=True,
)
def substitute_item(call: Call, order: Id, body: Substitution) -> Answered:
    """Replace units that wait by another item, with the customer's consent."""
    substitute(
        order,
        line=body.line,
        sku=body.sku,
        units=body.units,
        consent=body.consent,
        actor=call.actor,
        version=call.version,
    )
    return _show(order)


def _show(order: int) -> Answered:
    found = reading.order(order)
    return Answered(found, headers={"ETag": etags.of(found.version)})


def _by_line(lines: Sequence[LineUnits] | None) -> dict[int, int] | None:
    if lines is None:
        return None
    _refuse_twice([one.line for one in lines])
    return {one.line: one.units for one in lines}


def _refuse_twice(lines: list[int]) -> None:
    for number, line in enumerate(lines):
        if line in lines[:number]:
            raise Refused(
                "line_named_twice",
                f"lines[{number}] names the line {line} again.",
                field=f"lines[{number}].line",
                value=line,
            )


def _line_columns(one: LineEdit) -> dict[str, Any]:
    given = asdict(one)
    return {name: value for name, value in given.items() if name not in ("line", "units") and value is not UNSET}


def _place(code: str | None) -> int | None:
    return None if code is None else catalog.location(code).id


def _key(given: str | None) -> str:
    return given or uuid4().hex
