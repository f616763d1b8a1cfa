"""What is bought: suppliers and their terms, purchase orders from draft to closed, and what should be ordered."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct
from msgspec.structs import asdict

from backorder.api import paging
from backorder.api.operation import Answered, Call, operation
from backorder.api.parameters import Code as InAddress
from backorder.api.parameters import Cursor, Limit, Sku
from backorder.api.shapes import Code, Country, Currency, Days, Minor, Name, Rank, Text, Units
from backorder.orders.supplying.inbound import cancel_purchase_order, send_purchase_order
from backorder.planning.proposals import Proposal, Unbuyable, order_proposal, purchase_proposals, without_supplier
from backorder.supply import purchase, queries, reading
from backorder.supply.purchase import NewPurchaseLine, NewPurchaseOrder
from backorder.supply.queries import PurchaseOrderRow
from backorder.supply.reading import PurchaseOrderView
from backorder.supply.suppliers import (
    SupplierItemSpec,
    SupplierSpec,
    define_supplier,
    define_supplier_item,
    remove_supplier_item,
)

TAG = "supply"

Instant = Annotated[datetime, Meta(tz=True)]


class SupplierForm(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is said of a supplier; `calendar` null: the days of the location it delivers to."""

    name: Name
    country: Country = "GB"
    calendar: Code | None = None
    lead_time_days: Days = 14
    usual_late_days: Days = 0
    email: Text = ""
    active: bool = True


class Terms(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """On which terms a supplier sells an item; lower rank is asked first."""

    supplier_sku: Text = ""
    price_minor: Minor | None = None
    currency: Currency = "GBP"
    min_order_units: Units = 1
    pack_units: Units = 1
    lead_time_days: Days | None = None
    rank: Rank = 0


class PurchaseLineForm(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Units of an item for a location; without `eta` the supplier's lead time says the day."""

    sku: Code
    location: Code
    units: Units
    eta: date | None = None
    price_minor: Minor | None = None


Lines = Annotated[tuple[PurchaseLineForm, ...], Meta(min_length=1, max_length=purchase.MAX_LINES)]


class PurchaseOrderForm(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An order to a supplier; `ordered_at` is for one made elsewhere, earlier."""

    supplier: Code
    lines: Lines
    ordered_at: Instant | None = None


class NewPurchaseOrderForm(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A purchase order with its reference."""

    reference: Code
    supplier: Code
    lines: Lines
    ordered_at: Instant | None = None


class Reason(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why."""

    reason: Text = ""


class ProposalOrder(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Order what is proposed from a supplier: all, or these SKUs."""

    supplier: Code
    skus: Annotated[tuple[Code, ...], Meta(min_length=1, max_length=purchase.MAX_LINES)] | None = None
    reference: Code | None = None


@operation(TAG, "GET", "/suppliers", scope="supply:read", answer=list[SupplierSpec])
def list_suppliers(call: Call) -> list[SupplierSpec]:
    """List all suppliers."""
    return reading.suppliers()


@operation(TAG, "GET", "/suppliers/{path:code}/items", scope="supply:read", answer=list[SupplierItemSpec], paged=True)
def list_supplier_items(call: Call, code: InAddress, limit: Limit = 50, cursor: Cursor = None) -> Answered:
    """List what a supplier sells of our items."""
    reading.supplier(code)
    rows = reading.supplier_items(code, after=paging.read_cursor(cursor, str), limit=limit + 1)
    page, more = paging.cut(rows, limit, lambda row: row.sku)
    return Answered(page, headers=paging.link(call.request, more))


@operation(TAG, "PUT", "/suppliers/{path:code}/items/{path:sku}", scope="supply:write", answer=SupplierItemSpec)
def define_terms(call: Call, code: InAddress, sku: Sku, body: Terms) -> SupplierItemSpec:
    """Make or change the terms on which a supplier sells an item."""
    spec = SupplierItemSpec(supplier=code, sku=sku, **asdict(body))
    define_supplier_item(spec, actor=call.actor)
    return spec


@operation(TAG, "DELETE", "/suppliers/{path:code}/items/{path:sku}", scope="supply:write", status=204)
def remove_terms(call: Call, code: InAddress, sku: Sku) -> None:
    """Say that a supplier no longer sells an item."""
    remove_supplier_item(code, sku=sku, actor=call.actor)


@operation(TAG, "GET", "/suppliers/{path:code}", scope="supply:read", answer=SupplierSpec)
def get_supplier(call: Call, code: InAddress) -> SupplierSpec:
    """Show a supplier."""
    return reading.supplier(code)


@operation(TAG, "PUT", "/suppliers/{path:code}", scope="supply:write", answer=SupplierSpec)
def make_supplier(call: Call, code: InAddress, body: SupplierForm) -> SupplierSpec:
    """Make or change a supplier."""
    define_supplier(SupplierSpec(code=code, **asdict(body)), actor=call.actor)
    return reading.supplier(code)


@operation(TAG, "GET", "/purchase-orders", scope="supply:read", answer=list[PurchaseOrderRow], paged=True)
def list_purchase_orders(
    call: Call,
    state: Literal["draft", "sent", "closed", "cancelled"] | None = None,
    supplier: InAddress | None = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Answered:
    """List purchase orders, the newest first."""
    before = paging.read_cursor(cursor, int)
    rows = queries.purchase_orders(state=state, supplier=supplier, before=before, limit=limit + 1)
    page, more = paging.cut(rows, limit, lambda row: row.id)
    return Answered(page, headers=paging.link(call.request, more))


@operation(TAG, "POST", "/purchase-orders", scope="supply:write", answer=PurchaseOrderView, status=201, once=True)
def draft_purchase_order(call: Call, body: NewPurchaseOrderForm) -> PurchaseOrderView:
    """Write an order to a supplier down. Its units are no supply before it is sent."""
    purchase.draft(_new(body.reference, body), actor=call.actor)
    return reading.purchase_order(body.reference)


@operation(TAG, "POST", "/purchase-orders/{path:reference}/close", scope="supply:write", answer=PurchaseOrderView)
def close_purchase_order(call: Call, reference: InAddress) -> PurchaseOrderView:
    """Close an order of which nothing more will come."""
    purchase.close(reference, actor=call.actor)
    return reading.purchase_order(reference)


@operation(TAG, "GET", "/purchase-orders/{path:reference}", scope="supply:read", answer=PurchaseOrderView)
def get_purchase_order(call: Call, reference: InAddress) -> PurchaseOrderView:
    """Show a purchase order with its lines and deliveries."""
    return reading.purchase_order(reference)


@operation(TAG, "PUT", "/purchase-orders/{path:reference}", scope="supply:write", answer=PurchaseOrderView)
def change_draft(call: Call, reference: InAddress, body: PurchaseOrderForm) -> PurchaseOrderView:
    """Replace supplier and lines of a draft."""
    purchase.change_draft(_new(reference, body), actor=call.actor)
    return reading.purchase_order(reference)


@operation(TAG, "POST", "/purchase-orders/{path:reference}/send", scope="supply:write", answer=PurchaseOrderView)
def send_order(call: Call, reference: InAddress) -> PurchaseOrderView:
    """Send a draft: its lines become dated supply, and who waits for their items is re-decided."""
    send_purchase_order(reference, actor=call.actor)
    return reading.purchase_order(reference)


@operation(TAG, "POST", "/purchase-orders/{path:reference}/cancel", scope="supply:write", answer=PurchaseOrderView)
def cancel_purchase(call: Call, reference: InAddress, body: Reason) -> PurchaseOrderView:
    """Cancel a draft, or all that is still to come of a sent order."""
    cancel_purchase_order(reference, reason=body.reason, actor=call.actor)
    return reading.purchase_order(reference)


@operation(TAG, "GET", "/purchase-proposals", scope="supply:read", answer=list[Proposal])
def list_proposals(call: Call, supplier: InAddress | None = None) -> list[Proposal]:
    """List what should be ordered: units owed without supply, by supplier, with MOQ and pack."""
    return purchase_proposals(supplier=supplier)


@operation(TAG, "POST", "/purchase-proposals", scope="supply:write", answer=PurchaseOrderView, status=201, once=True)
def order_from_proposal(call: Call, body: ProposalOrder) -> PurchaseOrderView:
    """Order what is proposed from a supplier and send it, in one call."""
    sent = order_proposal(body.supplier, skus=body.skus, reference=body.reference, actor=call.actor)
    return reading.purchase_order(sent.reference)


@operation(TAG, "GET", "/without-supplier", scope="supply:read", answer=list[Unbuyable])
def list_without_supplier(call: Call) -> list[Unbuyable]:
    """List units owed without supply that no active supplier sells us."""
    return without_supplier()


def _new(reference: str, body: PurchaseOrderForm | NewPurchaseOrderForm) -> NewPurchaseOrder:
    lines = tuple(NewPurchaseLine(**asdict(line)) for line in body.lines)
    return NewPurchaseOrder(supplier=body.supplier, reference=reference, lines=lines, ordered_at=body.ordered_at)
