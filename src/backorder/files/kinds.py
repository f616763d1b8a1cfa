"""What can be imported and exported: the columns of each kind, how its rows are taken in, and where they come from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Annotated, Any
from uuid import uuid4

from msgspec import Meta, Struct
from msgspec.structs import asdict

from backorder.catalog import define
from backorder.catalog import queries as catalog
from backorder.catalog import reading as catalog_reading
from backorder.catalog.snapshot import unknown_item
from backorder.catalog.specs import ItemSpec
from backorder.files.shapes import Code, Count, Currency, Minor, Name, Units
from backorder.journal.refusals import Refused
from backorder.orders import reading as orders_reading
from backorder.orders.placing import forms
from backorder.orders.placing.place import place_orders
from backorder.orders.supplying.buy import buy
from backorder.orders.supplying.stocktake import Counted, count_all
from backorder.stock import reading as stock_reading
from backorder.supply import purchase
from backorder.supply import queries as supply_queries
from backorder.supply import reading as supply_reading
from backorder.supply.purchase import NewPurchaseLine, NewPurchaseOrder

PAGE = 500
Outcome = Refused | None


class ItemRow(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An item."""

    sku: Code
    name: Name
    unit: Code = "piece"
    price_minor: Minor | None = None
    currency: Currency = "GBP"
    active: bool = True
    attributes: dict[Code, str | int | bool | None] = {}


class StockRow(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Units on hand; `allocated` and `free` stand in exports and are not taken in."""

    sku: Code
    location: Code
    on_hand: Count
    allocated: Count | None = None
    free: int | None = None


class PurchaseLineRow(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Units of an item on a purchase order."""

    sku: Code
    location: Code
    units: Units
    eta: date | None = None
    price_minor: Minor | None = None


class PurchaseOrderRow(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A purchase order; `send`: its units are supply at once."""

    reference: Code
    supplier: Code
    lines: Annotated[tuple[PurchaseLineRow, ...], Meta(min_length=1, max_length=purchase.MAX_LINES)]
    ordered_at: Annotated[datetime, Meta(tz=True)] | None = None
    send: bool = True


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of data in files.

    A CSV row has `columns`; rows that agree in `group` and follow each other are one value, whose `lines`
    have the columns `line_columns`. `take` answers each value of a chunk; `give` yields all there is, for
    NDJSON or (flat, with `given_columns`) for CSV.
    """

    name: str
    form: type[Struct]
    columns: tuple[str, ...]
    take: Callable[[Sequence[Any], str], list[Outcome]]
    give: Callable[[bool], Iterator[Any]]
    chunk: int
    group: tuple[str, ...] = ()
    line_columns: tuple[str, ...] = ()
    given_columns: tuple[str, ...] = ()
    scopes: tuple[str, str] = ("catalog:read", "catalog:write")


def take_items(rows: Sequence[ItemRow], actor: str) -> list[Outcome]:
    """Make or change items, in one statement."""
    answers = define.define_items([ItemSpec(**asdict(row)) for row in rows], actor=actor)
    return [answer if isinstance(answer, Refused) else None for answer in answers]


def take_stock(rows: Sequence[StockRow], actor: str) -> list[Outcome]:
    """Make what the rows say what is on hand; a place named twice in a chunk is refused the second time."""
    places = {row.code: id for id, row in catalog.current().locations().items()}
    items = catalog.items_by_sku({row.sku for row in rows})
    outcomes: list[Outcome] = []
    counted: dict[tuple[str, str], Counted] = {}
    for row in rows:
        refused = _refuse_place(row, row.sku in items, row.location in places, (row.sku, row.location) in counted)
        outcomes.append(refused)
        if refused is None:
            counted[row.sku, row.location] = Counted(items[row.sku].id, places[row.location], row.on_hand)
    answers = iter(count_all(list(counted.values()), key=f"import-{uuid4().hex}", actor=actor))
    return [refused or next(answers) for refused in outcomes]


def take_orders(rows: Sequence[forms.NewOrder], actor: str) -> list[Outcome]:
    """Place orders; those placed before with the same body are as good as placed now."""
    outcomes = place_orders(rows, actor=actor)
    return [outcome if isinstance(outcome, Refused) else None for outcome in outcomes]


def take_purchase_orders(rows: Sequence[PurchaseOrderRow], actor: str) -> list[Outcome]:
    """Write purchase orders down and send them, each by itself."""
    return [_refusal_of(partial(_take_purchase_order, row, actor)) for row in rows]


def give_items(flat: bool) -> Iterator[Any]:
    """All items by SKU."""
    after: str | None = None
    while page := catalog_reading.items(after=after, limit=PAGE):
        yield from page
        after = page[-1].sku


def give_stock(flat: bool) -> Iterator[Any]:
    """All levels by SKU and location."""
    after: tuple[str, str] | None = None
    while page := stock_reading.levels(after=after, limit=PAGE):
        yield from page
        after = (page[-1].sku, page[-1].location)


def give_orders(flat: bool) -> Iterator[Any]:
    """All orders as they stand, newest first; flat: a row a line."""
    before: int | None = None
    while page := orders_reading.orders(before=before, limit=PAGE):
        for row in page:
            order = orders_reading.order(row.id)
            if not flat:
                yield order
                continue
            for line in order.lines:
                yield {**_order_cells(order), **{name: getattr(line, name) for name in _LINE_GIVEN}}
        before = page[-1].id


def give_purchase_orders(flat: bool) -> Iterator[Any]:
    """All purchase orders, newest first; flat: a row a line."""
    before: int | None = None
    while page := supply_queries.purchase_orders(before=before, limit=PAGE):
        for row in page:
            found = supply_reading.purchase_order(row.reference)
            if not flat:
                yield found
                continue
            for line in found.lines:
                yield {
                    "reference": found.reference,
                    "supplier": found.supplier,
                    "state": found.state,
                    **{name: getattr(line, name) for name in _PURCHASE_LINE},
                }
        before = page[-1].id


def _refuse_place(row: StockRow, is_item: bool, is_location: bool, is_twice: bool) -> Outcome:
    if not is_item:
        return unknown_item(row.sku)
    if not is_location:
        return Refused(
            "unknown_location",
            f"There is no location {row.location!r}.",
            status=404,
            field="location",
            value=row.location,
        )
    if is_twice:
        return Refused(
            "level_named_twice", f"{row.sku} at {row.location} was named before.", field="sku", value=row.sku
        )
    return None


def _take_purchase_order(row: PurchaseOrderRow, actor: str) -> None:
    lines = tuple(NewPurchaseLine(**asdict(line)) for line in row.lines)
    new = NewPurchaseOrder(supplier=row.supplier, reference=row.reference, lines=lines, ordered_at=row.ordered_at)
    if row.send:
        buy(new, actor=actor)
    else:
        purchase.draft(new, actor=actor)


def _refusal_of(work: Callable[[], None]) -> Outcome:
    try:
        work()
    except Refused as refused:
        return refused
    return None


def _order_cells(order: orders_reading.OrderView) -> dict[str, Any]:
    customer = order.customer.reference if order.customer else None
    return {
        "channel": order.channel,
        "reference": order.reference,
        "customer": customer,
        "country": order.country,
        "ordered_at": order.ordered_at,
        "currency": order.currency,
    }


_PURCHASE_LINE = ("sku", "location", "units", "eta", "price_minor")
_ORDER_LINE = ("sku", "units", "unit_price_minor", "discount_minor", "tax_minor")
_LINE_GIVEN = (
    "position", "sku", "ordered", "open", "allocated", "released", "shipped", "cancelled", "returned",
    "requested_on", "first_promised_on", "promised_on", "days_late", "unit_price_minor",
)  # fmt: skip

KINDS: dict[str, Kind] = {
    "items": Kind(
        "items", ItemRow, ItemRow.__struct_fields__, take_items, give_items, 1_000,
        given_columns=ItemRow.__struct_fields__,
    ),
    "stock": Kind(
        "stock", StockRow, StockRow.__struct_fields__, take_stock, give_stock, 1_000,
        given_columns=StockRow.__struct_fields__, scopes=("stock:read", "stock:write"),
    ),
    "orders": Kind(
        "orders", forms.NewOrder,
        ("channel", "reference", "country", "region", "zone", "locale", "service", "currency", "requested_on",
         "on_short", "ship", "substitutes_allowed", "priority", "customer_reference", "customer_name", "customer_email",
         *_ORDER_LINE),
        take_orders, give_orders, 500, group=("channel", "reference"), line_columns=_ORDER_LINE,
        given_columns=("channel", "reference", "customer", "country", "ordered_at", "currency", *_LINE_GIVEN),
        scopes=("orders:read", "orders:write"),
    ),
    "purchase-orders": Kind(
        "purchase-orders", PurchaseOrderRow, ("reference", "supplier", "ordered_at", "send", *_PURCHASE_LINE),
        take_purchase_orders, give_purchase_orders, 100, group=("reference",), line_columns=_PURCHASE_LINE,
        given_columns=("reference", "supplier", "state", *_PURCHASE_LINE), scopes=("supply:read", "supply:write"),
    ),
}  # fmt: skip
