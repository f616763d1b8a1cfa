"""Where orders come from: a shop, a marketplace, the phone."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from backorder.api.operation import Call, operation
from backorder.api.parameters import Code as InAddress
from backorder.api.shapes import Code, Currency, Name
from backorder.catalog import queries as catalog
from backorder.journal.refusals import unknown
from backorder.orders import reading
from backorder.orders.placing.channels import define_channel as define

TAG = "channels"

LONGEST_HOLD_MINUTES = 43_200


class Channel(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is said of a channel; `service` is the code of the usual one."""

    name: Name
    sourcing: Literal["fewest_splits", "ordered", "most_available"] = "fewest_splits"
    service: Code | None = None
    currency: Currency = "GBP"
    hold_minutes: Annotated[int, Meta(ge=1, le=LONGEST_HOLD_MINUTES)] = 15
    active: bool = True


@operation(TAG, "GET", "/channels", scope="catalog:read", answer=list[reading.ChannelView])
def list_channels(call: Call) -> list[reading.ChannelView]:
    """List all channels."""
    return reading.channels()


@operation(TAG, "GET", "/channels/{path:code}", scope="catalog:read", answer=reading.ChannelView)
def get_channel(call: Call, code: InAddress) -> reading.ChannelView:
    """Show a channel."""
    for found in reading.channels(code):
        return found
    raise unknown("channel", code)


@operation(TAG, "PUT", "/channels/{path:code}", scope="catalog:write", answer=reading.ChannelView)
def define_channel(call: Call, code: InAddress, body: Channel) -> reading.ChannelView:
    """Make or change a channel."""
    service = None if body.service is None else catalog.service(body.service).id
    define(
        code,
        actor=call.actor,
        name=body.name,
        sourcing=body.sourcing,
        service_id=service,
        currency=body.currency,
        hold_minutes=body.hold_minutes,
        active=body.active,
    )
    return get_channel(call, code)
