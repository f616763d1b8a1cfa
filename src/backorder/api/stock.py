"""What is there and what may be sold of it: levels, moves, availability."""

from __future__ import annotations

from backorder.api import paging
from backorder.api.operation import Answered, Call, operation
from backorder.api.parameters import Code, Country, Cursor, Limit, Sku
from backorder.catalog import queries as catalog
from backorder.catalog import reading as catalog_reading
from backorder.orders.availability import Availability, availability
from backorder.stock import reading
from backorder.stock.reading import LevelView, MoveView

TAG = "stock"


@operation(TAG, "GET", "/levels", scope="stock:read", answer=list[LevelView], paged=True)
def list_levels(
    call: Call, sku: Sku | None = None, location: Code | None = None, limit: Limit = 50, cursor: Cursor = None
) -> Answered:
    """List what is on hand and allocated, by SKU and location."""
    after = paging.read_cursor(cursor, tuple[str, str])
    rows = reading.levels(sku=sku, location=location, after=after, limit=limit + 1)
    page, more = paging.cut(rows, limit, lambda row: (row.sku, row.location))
    return Answered(page, headers=paging.link(call.request, more))


@operation(TAG, "GET", "/moves", scope="stock:read", answer=list[MoveView], paged=True)
def list_moves(
    call: Call, sku: Sku | None = None, location: Code | None = None, limit: Limit = 50, cursor: Cursor = None
) -> Answered:
    """List the moves behind the levels, newest first."""
    before = paging.read_cursor(cursor, int)
    rows = reading.moves(sku=sku, location=location, before=before, limit=limit + 1)
    page, more = paging.cut(rows, limit, lambda row: row.id)
    return Answered(page, headers=paging.link(call.request, more))


@operation(TAG, "GET", "/items/{path:sku}/availability", scope="stock:read", answer=Availability)
def get_availability(call: Call, sku: Sku, channel: Code, country: Country | None = None) -> Availability:
    """Show what a channel may sell of an item: from the shelf, later, and whether beyond both."""
    (found,) = availability([catalog.current().item(sku)], where=channel, country=country or "")
    return found


@operation(TAG, "GET", "/availability", scope="stock:read", answer=list[Availability], paged=True)
def list_availability(
    call: Call, channel: Code, country: Country | None = None, limit: Limit = 50, cursor: Cursor = None
) -> Answered:
    """List what a channel may sell of every item: the numbers to publish to a shop or an ERP."""
    after = paging.read_cursor(cursor, str)
    specs = catalog_reading.items(after=after, limit=limit + 1)
    page, more = paging.cut(specs, limit, lambda spec: spec.sku)
    items = catalog.items_by_sku([spec.sku for spec in page])
    rows = availability([items[spec.sku] for spec in page], where=channel, country=country or "")
    return Answered(rows, headers=paging.link(call.request, more))
