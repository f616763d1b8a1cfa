"""What is sold: items, their parts if they are kits, and what may be offered instead."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from backorder.api import paging
from backorder.api.operation import Answered, Call, operation
from backorder.api.parameters import Cursor, Limit, Sku, Word
from backorder.api.shapes import Code, Currency, Difference, Minor, Name, Rank
from backorder.catalog import define, reading
from backorder.catalog.specs import MAX_ATTRIBUTES, MAX_PARTS, MAX_PER_KIT, ItemSpec, KitSpec, SubstituteSpec

TAG = "items"

Value = Annotated[str, Meta(max_length=200)] | Annotated[int, Meta(ge=-(2**53), le=2**53)] | bool | None


class Item(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is said of an item; its SKU stands in the address."""

    name: Name
    unit: Code = "piece"
    price_minor: Minor | None = None
    currency: Currency = "GBP"
    active: bool = True
    attributes: Annotated[dict[Code, Value], Meta(max_length=MAX_ATTRIBUTES)] = {}


class Parts(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """SKU -> units in one kit; empty makes it a plain item again."""

    parts: Annotated[dict[Code, Annotated[int, Meta(ge=1, le=MAX_PER_KIT)]], Meta(max_length=MAX_PARTS)]


class Instead(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a substitute is offered."""

    rank: Rank = 0
    price_difference_minor: Difference = 0


@operation(TAG, "GET", "/items", scope="catalog:read", answer=list[ItemSpec], paged=True)
def list_items(call: Call, search: Word | None = None, limit: Limit = 50, cursor: Cursor = None) -> Answered:
    """List items by SKU; `search` is part of a SKU or name."""
    after = paging.read_cursor(cursor, str)
    rows = reading.items(after=after, limit=limit + 1, search=search)
    page, more = paging.cut(rows, limit, lambda row: row.sku)
    return Answered(page, headers=paging.link(call.request, more))


@operation(TAG, "GET", "/items/{path:sku}/parts", scope="catalog:read", answer=KitSpec)
def get_parts(call: Call, sku: Sku) -> KitSpec:
    """Show the parts of a kit; none for a plain item."""
    reading.item(sku)
    return reading.kit(sku)


@operation(TAG, "PUT", "/items/{path:sku}/parts", scope="catalog:write", answer=KitSpec)
def define_parts(call: Call, sku: Sku, body: Parts) -> KitSpec:
    """Set the parts of a kit, all of them. Kits do not contain kits."""
    define.define_kit(KitSpec(sku=sku, parts=body.parts), actor=call.actor)
    return reading.kit(sku)


@operation(TAG, "GET", "/items/{path:sku}/substitutes", scope="catalog:read", answer=list[SubstituteSpec])
def list_substitutes(call: Call, sku: Sku) -> list[SubstituteSpec]:
    """List what may be offered instead, first choice first."""
    reading.item(sku)
    return reading.substitutes(sku)


@operation(
    TAG, "PUT", "/items/{path:sku}/substitutes/{path:substitute}", scope="catalog:write", answer=list[SubstituteSpec]
)
def define_substitute(call: Call, sku: Sku, substitute: Sku, body: Instead) -> list[SubstituteSpec]:
    """Offer an item instead of this one."""
    spec = SubstituteSpec(
        sku=sku, substitute=substitute, rank=body.rank, price_difference_minor=body.price_difference_minor
    )
    define.define_substitute(spec, actor=call.actor)
    return reading.substitutes(sku)


@operation(TAG, "DELETE", "/items/{path:sku}/substitutes/{path:substitute}", scope="catalog:write", status=204)
def remove_substitute(call: Call, sku: Sku, substitute: Sku) -> None:
    """No longer offer an item instead of this one."""
    define.remove_substitute(sku, substitute=substitute, actor=call.actor)


@operation(TAG, "GET", "/items/{path:sku}", scope="catalog:read", answer=ItemSpec)
def get_item(call: Call, sku: Sku) -> ItemSpec:
    """Show an item."""
    return reading.item(sku)


@operation(TAG, "PUT", "/items/{path:sku}", scope="catalog:write", answer=ItemSpec)
def define_item(call: Call, sku: Sku, body: Item) -> ItemSpec:
    """Make or change an item. The same twice changes nothing."""
    define.define_item(
        ItemSpec(
            sku=sku,
            name=body.name,
            unit=body.unit,
            price_minor=body.price_minor,
            currency=body.currency,
            active=body.active,
            attributes=body.attributes,
        ),
        actor=call.actor,
    )
    return reading.item(sku)
