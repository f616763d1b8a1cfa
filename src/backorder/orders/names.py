"""By which names the outside knows orders: their channel's code and the reference it gave."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from backorder.journal.prepared import rows

_NAMES = """
    SELECT o.id, c.code, o.reference FROM orders_order o JOIN orders_channel c ON c.id = o.channel_id
    WHERE o.id = ANY(%s::bigint[])
"""


class OrderName(NamedTuple):
    """The identity of an order outside: `reference` is unique within `channel`, a code."""

    channel: str
    reference: str


def order_names(order_ids: Iterable[int]) -> dict[int, OrderName]:
    """The names of these orders by id; unknown ones are absent."""
    wanted = sorted(set(order_ids))
    return {id: OrderName(channel, reference) for id, channel, reference in rows(_NAMES, [wanted])} if wanted else {}


def order_customers(order_ids: Iterable[int]) -> dict[int, int]:
    """The customers of these orders by order id; orders without one are absent."""
    wanted = sorted(set(order_ids))
    sql = "SELECT id, customer_id FROM orders_order WHERE id = ANY(%s::bigint[]) AND customer_id IS NOT NULL"
    return dict(rows(sql, [wanted])) if wanted else {}
