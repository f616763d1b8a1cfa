"""Dated supply as it comes, slips, splits, is received or lost; whatever hangs on it is re-decided."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal
from uuid import uuid4

from msgspec import Meta, Struct
from msgspec.structs import asdict

from backorder.api.operation import Call, operation
from backorder.api.parameters import Id, Sku
from backorder.api.shapes import Code, Count, Reference, Text, Units
from backorder.orders.supplying.inbound import MAX_PARTS, announce_supply, cancel_supply, move_eta, split_supply
from backorder.orders.supplying.receive import Received, receive
from backorder.supply import reading
from backorder.supply.deliveries import NewSupply
from backorder.supply.reading import EtaView, SupplyView

TAG = "supply"

Certainty = Literal["confirmed", "expected", "uncertain"]


class SupplyForm(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Units that come without a purchase order: from another location (transfer) or our own making."""

    kind: Literal["transfer", "production"]
    reference: Code
    sku: Code
    location: Code
    units: Units
    eta: date
    certainty: Certainty = "confirmed"


class Receipt(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Units counted in; `closes`: nothing more comes (none: if all arrived); the same `key` again changes nothing."""

    units: Count
    closes: bool | None = None
    key: Reference | None = None


class EtaMove(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The new day of a supply."""

    eta: date
    reason: Text = ""
    certainty: Certainty | None = None


class Loss(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Units that will not come (none: all that are still due)."""

    units: Units | None = None
    reason: Text = ""


class DatedUnits(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Units on a day."""

    units: Units
    eta: date


class Schedule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Parts that add up to what is still to come."""

    parts: Annotated[tuple[DatedUnits, ...], Meta(min_length=1, max_length=MAX_PARTS)]
    reason: Text = ""


@operation(TAG, "GET", "/supplies", scope="supply:read", answer=list[SupplyView])
def list_supplies(call: Call, sku: Sku) -> list[SupplyView]:
    """List what is still to come of an item, by day."""
    return reading.supplies_of(sku)


@operation(TAG, "POST", "/supplies", scope="supply:write", answer=SupplyView, status=201, once=True)
def announce(call: Call, body: SupplyForm) -> SupplyView:
    """Announce supply without a purchase order."""
    return reading.supply(announce_supply(NewSupply(**asdict(body)), actor=call.actor))


@operation(TAG, "GET", "/supplies/{int:supply}", scope="supply:read", answer=SupplyView)
def get_supply(call: Call, supply: Id) -> SupplyView:
    """Show a supply."""
    return reading.supply(supply)


@operation(TAG, "GET", "/supplies/{int:supply}/etas", scope="supply:read", answer=list[EtaView])
def list_etas(call: Call, supply: Id) -> list[EtaView]:
    """List how the day of a supply moved, oldest first."""
    return reading.eta_history(supply)


@operation(
    TAG, "POST", "/supplies/{int:supply}/receipts", scope="supply:receive", answer=Received, status=201, once=True
)
def receive_units(call: Call, supply: Id, body: Receipt) -> Received:
    """Count units in: they go to those who wait for them; only the surplus is free."""
    return receive(supply, units=body.units, closes=body.closes, key=body.key or uuid4().hex, actor=call.actor)


@operation(TAG, "POST", "/supplies/{int:supply}/eta", scope="supply:write", answer=SupplyView)
def change_eta(call: Call, supply: Id, body: EtaMove) -> SupplyView:
    """Move the day of a supply; who waits for it keeps it and gets a new day."""
    move_eta(supply, eta=body.eta, reason=body.reason, certainty=body.certainty, actor=call.actor)
    return reading.supply(supply)


@operation(TAG, "POST", "/supplies/{int:supply}/split", scope="supply:write", answer=list[SupplyView], once=True)
def split(call: Call, supply: Id, body: Schedule) -> list[SupplyView]:
    """Give what is still to come a schedule of dated parts."""
    parts = [(part.units, part.eta) for part in body.parts]
    rows = split_supply(supply, parts=parts, reason=body.reason, actor=call.actor)
    return [reading.supply(row.id) for row in rows]


@operation(TAG, "POST", "/supplies/{int:supply}/cancel", scope="supply:write", answer=SupplyView, once=True)
def lose_units(call: Call, supply: Id, body: Loss) -> SupplyView:
    """Take units off what is to come; free ones first, then from the lowest rank upwards."""
    cancel_supply(supply, units=body.units, reason=body.reason, actor=call.actor)
    return reading.supply(supply)
