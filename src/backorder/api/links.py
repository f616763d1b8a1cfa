"""Links of customers: make one that opens an order's page, to show it in the shop's own account pages; end them all."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

from msgspec import Meta, Struct

from backorder.access import links
from backorder.api.operation import Call, operation
from backorder.api.parameters import Id
from backorder.journal import clock
from backorder.orders import reading

TAG = "orders"
PURPOSE = "order"


class NewLink(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """For how many days the link shall work."""

    days: Annotated[int, Meta(ge=1, le=links.LONGEST_LIFETIME.days)] = links.LIFETIMES[PURPOSE].days


class MadeLink(Struct, frozen=True):
    """The address that opens the order's page, without an account, and until when."""

    url: str
    expires_at: datetime


@operation(TAG, "POST", "/orders/{int:order}/links", scope="orders:write", answer=MadeLink, status=201)
def make_link(call: Call, order: Id, body: NewLink) -> MadeLink:
    """Make a link to the customer's page of an order. Whoever has it sees the order and may choose for the customer."""
    reading.order_version(order)
    now, lifetime = clock.now(), timedelta(days=body.days)
    return MadeLink(links.address(links.make(PURPOSE, order, now=now, lifetime=lifetime)), now + lifetime)


@operation(TAG, "DELETE", "/orders/{int:order}/links", scope="orders:write", status=204)
def revoke_links(call: Call, order: Id) -> None:
    """End every link to the customer's page of an order; links made from now on work."""
    reading.order_version(order)
    links.revoke(PURPOSE, order, actor=call.actor, now=clock.now())
