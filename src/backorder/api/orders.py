"""Orders and lines as they stand, and everything that happens to them after they were placed."""

from __future__ import annotations

from typing import Literal

from backorder.api import etags, paging
from backorder.api.operation import Answered, Call, operation
from backorder.api.parameters import Code, Cursor, Id, Instant, Limit, Reference, Sku
from backorder.orders import reading

TAG = "orders"


@operation(TAG, "GET", "/orders", scope="orders:read", answer=list[reading.OrderRow], paged=True)
def list_orders(
    call: Call,
    channel: Code | None = None,
    reference: Reference | None = None,
    customer: Reference | None = None,
    sku: Sku | None = None,
    state: Literal["waiting", "late", "released", "blocked"] | None = None,
    since: Instant | None = None,
    until: Instant | None = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Answered:
    """List orders, the newest first."""
    before = paging.read_cursor(cursor, int)
    rows = reading.orders(
        channel=channel,
        reference=reference,
        customer=customer,
        sku=sku,
        state=state,
        since=since,
        until=until,
        before=before,
        limit=limit + 1,
    )
    page, more = paging.cut(rows, limit, lambda row: row.id)
    return Answered(page, headers=paging.link(call.request, more))


@operation(TAG, "GET", "/orders/{int:order}", scope="orders:read", answer=reading.OrderView)
def get_order(call: Call, order: Id) -> Answered:
    """Show an order with its lines, promises, blocks and shipments. Its ETag is what an edit must send back."""
    found = reading.order(order)
    return Answered(found, headers={"ETag": etags.of(found.version)})


@operation(TAG, "GET", "/lines/{int:line}", scope="orders:read", answer=reading.LineView)
def get_line(call: Call, line: Id) -> reading.LineView:
    """Show a line with its current promise."""
    return reading.line(line)
