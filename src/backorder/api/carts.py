"""What carts hold now, and the customers of every channel."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from backorder.api import paging
from backorder.api.operation import Answered, Call, operation
from backorder.api.parameters import Code, Cursor, Limit, Reference, Sku
from backorder.orders.showing import carts

Email = Annotated[str, Field(min_length=1, max_length=254, pattern=r"^[^\x00-\x1f\x7f]+$")]


@operation("orders", "GET", "/holds", scope="orders:read", answer=list[carts.HoldRow], paged=True)
def list_holds(
    call: Call,
    channel: Code | None = None,
    token: Reference | None = None,
    sku: Sku | None = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Answered:
    """List the holds that have not ended, the newest first: one for each item of a cart."""
    before = paging.read_cursor(cursor, int)
    rows = carts.live_holds(channel=channel, token=token, sku=sku, before=before, limit=limit + 1)
    page, more = paging.cut(rows, limit, lambda row: row.id)
    return Answered(page, headers=paging.link(call.request, more))


@operation("orders", "GET", "/customers", scope="orders:read", answer=list[carts.CustomerRow], paged=True)
def list_customers(
    call: Call,
    channel: Code | None = None,
    reference: Reference | None = None,
    email: Email | None = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Answered:
    """List customers, the newest first."""
    before = paging.read_cursor(cursor, int)
    rows = carts.customers(channel=channel, reference=reference, email=email, before=before, limit=limit + 1)
    page, more = paging.cut(rows, limit, lambda row: row.id)
    return Answered(page, headers=paging.link(call.request, more))
