"""Customers as orders name them: remembered once per channel, and what they have taken before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from backorder.journal.identity import new_ids
from backorder.journal.prepared import rows

from .drafts import Draft
from .forms import NewCustomer, NewOrder

Named = tuple[int, str]
"""(channel id, the shop's reference of the customer)."""

_SAVE = """
    WITH given AS (
        SELECT * FROM json_to_recordset(%s::json)
        AS r(id bigint, channel_id bigint, reference text, name text, email text, phone text, tier text)
    ), saved AS (
        INSERT INTO orders_customer AS c (id, channel_id, reference, name, email, phone, tier)
        SELECT id, channel_id, reference, name, email, phone, tier FROM given ORDER BY channel_id, reference
        ON CONFLICT (channel_id, reference) DO UPDATE
        SET name = excluded.name, email = excluded.email, phone = excluded.phone, tier = excluded.tier
        WHERE (c.name, c.email, c.phone, c.tier)
              IS DISTINCT FROM (excluded.name, excluded.email, excluded.phone, excluded.tier)
        RETURNING id, channel_id, reference
    )
    SELECT id, channel_id, reference FROM saved
    UNION
    SELECT c.id, c.channel_id, c.reference FROM orders_customer c JOIN given USING (channel_id, reference)
"""
_TAKEN = """
    SELECT o.customer_id, l.item_id, sum(l.ordered - l.cancelled - l.substituted - l.returned)
    FROM orders_line l JOIN orders_order o ON o.id = l.order_id
    WHERE o.customer_id = ANY(%s::bigint[]) AND l.item_id = ANY(%s::bigint[])
    GROUP BY 1, 2
"""


def save_customers(drafts: Sequence[Draft]) -> dict[Named, int]:
    """Remember the customers these orders name, as they are now; returns their ids. No statement if none is named."""
    named: dict[Named, NewCustomer] = {}
    for draft in drafts:
        if isinstance(draft.given, NewOrder) and draft.given.customer is not None:
            named[draft.channel.id, draft.given.customer.reference] = draft.given.customer
    if not named:
        return {}
    document = [
        {"id": id, "channel_id": key[0], **msgspec.structs.asdict(customer)}
        for id, (key, customer) in zip(
            new_ids(len(named)), sorted(named.items(), key=lambda pair: pair[0]), strict=True
        )
    ]
    saved = rows(_SAVE, [msgspec.json.encode(document).decode()])
    return {(channel, reference): id for id, channel, reference in saved}


def taken_before(drafts: Sequence[Draft], customers: dict[Named, int]) -> None:
    """Tell the drafts whose items are rationed per customer what that customer has already."""
    for draft in drafts:
        draft.customer = customers.get(name_of(draft)) if customers else None
    rationed = [draft for draft in drafts if draft.customer is not None and _is_rationed(draft)]
    if not rationed:
        return
    items = sorted({item for draft in rationed for item in draft.items})
    taken = rows(_TAKEN, [sorted({draft.customer for draft in rationed}), items])
    for draft in rationed:
        draft.taken = {item: int(units) for customer, item, units in taken if customer == draft.customer}


def name_of(draft: Draft) -> Named:
    """By what name the draft's customer is remembered."""
    customer: Any = getattr(draft.given, "customer", None)
    return draft.channel.id, customer.reference if customer is not None else ""


def _is_rationed(draft: Draft) -> bool:
    return any(line.policy.max_per_customer is not None for line in draft.asked_lines)
