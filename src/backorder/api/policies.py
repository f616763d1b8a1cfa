"""How items may be promised: per item, location and channel, the most specific counts."""

from __future__ import annotations

from datetime import date
from typing import Literal

from msgspec import Struct
from msgspec.structs import asdict

from backorder.api import paging
from backorder.api.operation import Answered, Call, operation
from backorder.api.parameters import Code as InAddress
from backorder.api.parameters import Cursor, Limit, Sku
from backorder.api.shapes import Code, Count, Days, Units
from backorder.catalog import reading
from backorder.catalog.specs import PolicySpec
from backorder.orders.deciding.policies import change_policy, drop_policy

TAG = "policies"


class Policy(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a scope may be promised; null for sku, location or channel means any, no limit is null and never 0."""

    sell: Literal["stock_only", "backorder", "preorder", "made_to_order"]
    sku: Code | None = None
    location: Code | None = None
    channel: Code | None = None
    backorder_limit: Units | None = None
    street_on: date | None = None
    lead_time_days: Days | None = None
    max_per_customer: Units | None = None
    min_ship_units: Units = 1
    ship_multiple: Units = 1
    safety_units: Count = 0


@operation(TAG, "GET", "/policies", scope="catalog:read", answer=list[PolicySpec], paged=True)
def list_policies(call: Call, sku: Sku | None = None, limit: Limit = 50, cursor: Cursor = None) -> Answered:
    """List policies in the order they were made, of one item or of all."""
    rows = reading.policies(sku=sku, after=paging.read_cursor(cursor, int), limit=limit + 1)
    page, more = paging.cut(rows, limit, lambda row: row[0])
    return Answered([spec for _, spec in page], headers=paging.link(call.request, more))


@operation(TAG, "PUT", "/policies", scope="catalog:write", answer=PolicySpec)
def define_policy(call: Call, body: Policy) -> PolicySpec:
    """Make or change the policy of a scope; lines that wait are re-decided by it."""
    spec = PolicySpec(**asdict(body))
    change_policy(spec, actor=call.actor)
    return spec


@operation(TAG, "DELETE", "/policies", scope="catalog:write", status=204)
def remove_policy(
    call: Call, sku: Sku | None = None, location: InAddress | None = None, channel: InAddress | None = None
) -> None:
    """Take the policy of exactly this scope away; what is less specific then counts."""
    drop_policy(sku=sku, location=location, channel=channel, actor=call.actor)
