"""Why: an order's and a line's dates, and who stands where in an item's queue.

Who waits beside a line, and with how much, is for staff: it takes a scope of its own, which a shop's key lacks.
"""

from __future__ import annotations

from typing import Literal

from backorder.api.operation import Call, operation
from backorder.api.parameters import Id, Sku
from backorder.orders.deciding.explain import LineExplained, QueueView, explain_line, explain_order, queue

TAG = "explanations"

STAFF = "queue:read"

Audience = Literal["customer", "staff"]


@operation(TAG, "GET", "/orders/{int:order}/explain", scope="orders:read", answer=list[LineExplained])
def explain_whole_order(call: Call, order: Id, audience: Audience = "customer") -> list[LineExplained]:
    """Say why each line's dates are what they are. What is told to customers names no other order or quantity;
    what is told to staff takes the scope queue:read."""
    _check(call, audience)
    return list(explain_order(order, audience=audience))


@operation(TAG, "GET", "/lines/{int:line}/explain", scope="orders:read", answer=LineExplained)
def explain_one_line(call: Call, line: Id, audience: Audience = "customer") -> LineExplained:
    """Say why a line's dates are what they are, and what stands before it; to staff with the scope queue:read."""
    _check(call, audience)
    return explain_line(line, audience=audience)


@operation(TAG, "GET", "/items/{path:sku}/queue", scope=STAFF, answer=QueueView)
def show_queue(call: Call, sku: Sku) -> QueueView:
    """Show who waits for an item, in the order in which units are given, and the rule. For staff."""
    return queue(sku)


def _check(call: Call, audience: Audience) -> None:
    if audience == "staff":
        call.caller.require(STAFF)
