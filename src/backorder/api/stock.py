"""What is there and what may be sold of it: levels, moves, counts, an ERP's snapshots, availability."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import uuid4

from msgspec import Meta, Struct

from backorder.api import paging
from backorder.api.operation import Answered, Call, operation
from backorder.api.parameters import Code, Country, Cursor, Limit, Sku
from backorder.api.shapes import Change, Count, Reference, Text
from backorder.api.shapes import Code as InBody
from backorder.catalog import queries as catalog
from backorder.catalog import reading as catalog_reading
from backorder.orders.placing.availability import Availability, availability
from backorder.orders.supplying.adjust import adjust
from backorder.orders.supplying.correct import MAX_KEY, Corrected
from backorder.orders.supplying.count import count
from backorder.orders.supplying.snapshot import Taken, take_snapshot
from backorder.stock import reading
from backorder.stock.reading import LevelView, MoveView

TAG = "stock"

MOST_SNAPSHOT_ROWS = 200_000

Key = Annotated[Reference, Meta(description=f"At most {MAX_KEY} characters; the same key again changes nothing.")]


class Adjustment(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Units more (or, negative, fewer) at a location; `take_back`: owners give up what is missing."""

    sku: InBody
    location: InBody
    units: Change
    reason: Text = ""
    take_back: bool = False
    key: Key | None = None


class StockCount(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Units somebody counted at a location, those released to the warehouse included."""

    sku: InBody
    location: InBody
    units: Count
    key: Key | None = None


class SnapshotRow(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an ERP says is on hand of an item."""

    sku: InBody
    on_hand: Count


class Snapshot(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an ERP says is on hand at a location as of `taken_at`; `complete`: items not named had none."""

    location: InBody
    taken_at: Annotated[datetime, Meta(tz=True)]
    rows: Annotated[tuple[SnapshotRow, ...], Meta(max_length=MOST_SNAPSHOT_ROWS)]
    source: Text = ""
    complete: bool = False


class Correction(Struct, frozen=True, kw_only=True):
    """What a count or adjustment did: on hand `was` and `on_hand` is; `taken_back` from lines and holds."""

    sku: str
    location: str
    was: int
    on_hand: int
    taken_back: int
    short_released: int
    replayed: bool


@operation(TAG, "POST", "/adjustments", scope="stock:write", answer=Correction, status=201, once=True)
def adjust_stock(call: Call, body: Adjustment) -> Correction:
    """Correct what is on hand by a difference; refused below what is allocated, unless it is taken back."""
    item, location = catalog.current().item(body.sku), catalog.location(body.location)
    done = adjust(
        item.id,
        location.id,
        units=body.units,
        reason=body.reason,
        key=body.key or uuid4().hex,
        actor=call.actor,
        take_back=body.take_back,
    )
    return _correction(done, body.sku, body.location)


@operation(TAG, "POST", "/counts", scope="stock:write", answer=Correction, status=201, once=True)
def count_stock(call: Call, body: StockCount) -> Correction:
    """Say what was counted. Fewer than are allocated: the lowest ranks give back first, released units last."""
    item, location = catalog.current().item(body.sku), catalog.location(body.location)
    done = count(item.id, location.id, units=body.units, key=body.key or uuid4().hex, actor=call.actor)
    return _correction(done, body.sku, body.location)


@operation(TAG, "POST", "/snapshots", scope="stock:write", answer=Taken, status=201)
def take_stock_snapshot(call: Call, body: Snapshot) -> Taken:
    """Take an ERP's statement of what is on hand; what moved since its instant stays."""
    rows = [(row.sku, row.on_hand) for row in body.rows]
    return take_snapshot(
        catalog.location(body.location).id,
        taken_at=body.taken_at,
        rows=rows,
        source=body.source,
        complete=body.complete,
        actor=call.actor,
    )


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


def _correction(done: Corrected, sku: str, location: str) -> Correction:
    return Correction(
        sku=sku,
        location=location,
        was=done.was,
        on_hand=done.on_hand,
        taken_back=done.taken_back,
        short_released=done.short_released,
        replayed=done.replayed,
    )
