"""Why: an order's and a line's dates, and who stands where in an item's queue."""

from __future__ import annotations

from typing import Literal

from backorder.api.operation import Call, operation
from backorder.api.parameters import Id, Sku
from backorder.orders.deciding.explain import LineExplained, QueueView, explain_line, explain_order, queue

TAG = "explanations"

Audience = Literal["customer", "staff"]


@operation(TAG, "GET", "/orders/{int:order}/explain", scope="orders:read", answer=list[LineExplained])
def explain_whole_order(call: Call, order: Id, audience: Audience = "customer") -> list[LineExplained]:
    """Say why each line's dates are what they are. What is told to customers names no other order or quantity."""
    return list(explain_order(order, audience=audience))


@operation(TAG, "GET", "/lines/{int:line}/explain", scope="orders:read", answer=LineExplained)
def explain_one_line(call: Call, line: Id, audience: Audience = "customer") -> LineExplained:
    """Say why a line's dates are what they are, and what stands before it."""
    return explain_line(line, audience=audience)


@operation(TAG, "GET", "/items/{path:sku}/queue", scope="orders:read", answer=QueueView)
def show_queue(call: Call, sku: Sku) -> QueueView:
    """Show who waits for an item, in the order in which units are given, and the rule. For staff."""
    return queue(sku)
