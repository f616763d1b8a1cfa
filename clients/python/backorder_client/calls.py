"""One method for each operation of the API. Made by tools.make_client from docs/openapi.json: do not edit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal, cast
from urllib.parse import quote

from . import shapes
from .transport import Pages, Transport


class Calls:
    """Every operation; use `Client`, which adds the connection."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def place_batch(self, body: list[shapes.NewOrder]) -> list[shapes.BatchRow]:
        """Place up to 5,000 orders of together 10,000 lines; each gets its own answer, in the order given."""
        return cast("list[shapes.BatchRow]", self._transport.call("POST", "/orders/batch", body=body, repeatable=True))

    def make_inquiry(self, body: shapes.Inquiry) -> shapes.InquiryAnswer:
        """Ask for dates and alternatives; nothing is held."""
        return cast("shapes.InquiryAnswer", self._transport.call("POST", "/inquiries", body=body, repeatable=True))

    def list_orders(
        self,
        *,
        channel: str | None = None,
        reference: str | None = None,
        customer: str | None = None,
        sku: str | None = None,
        state: Literal["waiting", "late", "released", "blocked"] | None = None,
        since: str | None = None,
        until: str | None = None,
        limit: int | None = None,
    ) -> Pages[shapes.OrderRow]:
        """List orders, the newest first."""
        return Pages(
            self._transport,
            "/orders",
            {
                "channel": channel,
                "reference": reference,
                "customer": customer,
                "sku": sku,
                "state": state,
                "since": since,
                "until": until,
                "limit": limit,
            },
        )

    def place_order(self, body: shapes.NewOrder) -> shapes.Placed:
        """Place an order and answer with its promise."""
        return cast("shapes.Placed", self._transport.call("POST", "/orders", body=body, repeatable=True))

    def get_line(self, line: int) -> shapes.LineView:
        """Show a line with its current promise."""
        return cast(
            "shapes.LineView", self._transport.call("GET", f"/lines/{quote(str(line), safe='')}", repeatable=True)
        )

    def list_holds(
        self, *, channel: str | None = None, token: str | None = None, sku: str | None = None, limit: int | None = None
    ) -> Pages[shapes.HoldRow]:
        """List the holds that have not ended, the newest first: one for each item of a cart."""
        return Pages(self._transport, "/holds", {"channel": channel, "token": token, "sku": sku, "limit": limit})

    def make_hold(self, body: shapes.NewHold) -> shapes.HeldCart:
        """Hold units for a cart; naming the cart again changes its hold. Refused whole when a line is short."""
        return cast("shapes.HeldCart", self._transport.call("POST", "/holds", body=body, repeatable=True))

    def end_hold(self, *, channel: str, token: str) -> None:
        """End a cart's hold before its time."""
        self._transport.call("DELETE", "/holds", query={"channel": channel, "token": token}, repeatable=True)

    def list_customers(
        self,
        *,
        channel: str | None = None,
        reference: str | None = None,
        email: str | None = None,
        limit: int | None = None,
    ) -> Pages[shapes.CustomerRow]:
        """List customers, the newest first."""
        return Pages(
            self._transport, "/customers", {"channel": channel, "reference": reference, "email": email, "limit": limit}
        )

    def edit_order(self, order: int, body: shapes.OrderEdit, *, version: int) -> shapes.OrderView:
        """Edit an order, whole or not at all. Lowered units go to the queue, raised ones get a place of their own."""
        return cast(
            "shapes.OrderView",
            self._transport.call("PATCH", f"/orders/{quote(str(order), safe='')}", body=body, version=version),
        )

    def get_order(self, order: int) -> shapes.OrderView:
        """Show an order with its lines, promises, blocks and shipments. Its ETag is what an edit must send back."""
        return cast(
            "shapes.OrderView", self._transport.call("GET", f"/orders/{quote(str(order), safe='')}", repeatable=True)
        )

    def cancel_order(
        self, order: int, body: shapes.Cancellation, *, version: int | None = None, idempotency_key: str | None = None
    ) -> shapes.OrderView:
        """Cancel units that have not left; refused whole when more is named than can be cancelled."""
        return cast(
            "shapes.OrderView",
            self._transport.call(
                "POST",
                f"/orders/{quote(str(order), safe='')}/cancel",
                body=body,
                version=version,
                once=True,
                idempotency_key=idempotency_key,
                repeatable=True,
            ),
        )

    def block_order(self, order: int, body: shapes.BlockOrder) -> shapes.OrderView:
        """Block an order: it keeps its units and is not released. Twice changes nothing."""
        return cast(
            "shapes.OrderView", self._transport.call("POST", f"/orders/{quote(str(order), safe='')}/blocks", body=body)
        )

    def lift_block(self, order: int, kind: Literal["fraud", "payment", "address", "other"]) -> shapes.OrderView:
        """Lift a block."""
        return cast(
            "shapes.OrderView",
            self._transport.call(
                "DELETE", f"/orders/{quote(str(order), safe='')}/blocks/{quote(str(kind), safe='')}", repeatable=True
            ),
        )

    def release_order(
        self, order: int, body: shapes.Release, *, idempotency_key: str | None = None
    ) -> shapes.OrderView:
        """Hand allocated units to the warehouse; from then on they are frozen."""
        return cast(
            "shapes.OrderView",
            self._transport.call(
                "POST",
                f"/orders/{quote(str(order), safe='')}/release",
                body=body,
                once=True,
                idempotency_key=idempotency_key,
                repeatable=True,
            ),
        )

    def ship_order(
        self, order: int, body: shapes.NewShipment, *, idempotency_key: str | None = None
    ) -> shapes.OrderView:
        """Ship released units: possession passes to the carrier. More than is released is refused."""
        return cast(
            "shapes.OrderView",
            self._transport.call(
                "POST",
                f"/orders/{quote(str(order), safe='')}/shipments",
                body=body,
                once=True,
                idempotency_key=idempotency_key,
                repeatable=True,
            ),
        )

    def deliver_shipment(self, shipment: int, body: shapes.Arrival) -> None:
        """Say that a parcel arrived; the first word counts."""
        self._transport.call("POST", f"/shipments/{quote(str(shipment), safe='')}/delivered", body=body)

    def return_shipped(
        self, order: int, body: shapes.Return, *, idempotency_key: str | None = None
    ) -> shapes.OrderView:
        """Record that shipped units came back or were lost. What is restocked goes to the queue first."""
        return cast(
            "shapes.OrderView",
            self._transport.call(
                "POST",
                f"/orders/{quote(str(order), safe='')}/returns",
                body=body,
                once=True,
                idempotency_key=idempotency_key,
                repeatable=True,
            ),
        )

    def pick_short(self, order: int, body: shapes.ShortPick, *, idempotency_key: str | None = None) -> shapes.OrderView:
        """Say that released units are not there: they wait again and keep their place."""
        return cast(
            "shapes.OrderView",
            self._transport.call(
                "POST",
                f"/orders/{quote(str(order), safe='')}/short-picks",
                body=body,
                once=True,
                idempotency_key=idempotency_key,
                repeatable=True,
            ),
        )

    def substitute_item(
        self, order: int, body: shapes.Substitution, *, idempotency_key: str | None = None
    ) -> shapes.OrderView:
        """Replace units that wait by another item, with the customer's consent."""
        return cast(
            "shapes.OrderView",
            self._transport.call(
                "POST",
                f"/orders/{quote(str(order), safe='')}/substitutions",
                body=body,
                once=True,
                idempotency_key=idempotency_key,
                repeatable=True,
            ),
        )

    def pin_line(self, line: int, body: shapes.NewPin) -> shapes.LineView:
        """Fix a line's units to a delivery. What others were promised from it is not taken; the date follows at once."""
        return cast(
            "shapes.LineView", self._transport.call("POST", f"/lines/{quote(str(line), safe='')}/pin", body=body)
        )

    def unpin_line(self, line: int) -> shapes.LineView:
        """Let a line's pinned units go with the queue again."""
        return cast(
            "shapes.LineView",
            self._transport.call("DELETE", f"/lines/{quote(str(line), safe='')}/pin", repeatable=True),
        )

    def split_line(self, line: int, body: shapes.NewSplit, *, idempotency_key: str | None = None) -> shapes.LineView:
        """Split units off a line; the answer is the new line, which keeps the place, the first promise and the pegs."""
        return cast(
            "shapes.LineView",
            self._transport.call(
                "POST",
                f"/lines/{quote(str(line), safe='')}/split",
                body=body,
                once=True,
                idempotency_key=idempotency_key,
                repeatable=True,
            ),
        )

    def redecide_line(self, line: int) -> shapes.Redecided:
        """Decide the line's item anew, by the rules that stand; nobody loses what was confirmed."""
        return cast("shapes.Redecided", self._transport.call("POST", f"/lines/{quote(str(line), safe='')}/redecide"))

    def make_link(self, order: int, body: shapes.NewLink) -> shapes.MadeLink:
        """Make a link to the customer's page of an order. Whoever has it sees the order and may choose for the customer."""
        return cast(
            "shapes.MadeLink", self._transport.call("POST", f"/orders/{quote(str(order), safe='')}/links", body=body)
        )

    def revoke_links(self, order: int) -> None:
        """End every link to the customer's page of an order; links made from now on work."""
        self._transport.call("DELETE", f"/orders/{quote(str(order), safe='')}/links", repeatable=True)

    def explain_whole_order(
        self, order: int, *, audience: Literal["customer", "staff"] | None = None
    ) -> list[shapes.LineExplained]:
        """Say why each line's dates are what they are. What is told to customers names no other order or quantity;."""
        return cast(
            "list[shapes.LineExplained]",
            self._transport.call(
                "GET", f"/orders/{quote(str(order), safe='')}/explain", query={"audience": audience}, repeatable=True
            ),
        )

    def explain_one_line(
        self, line: int, *, audience: Literal["customer", "staff"] | None = None
    ) -> shapes.LineExplained:
        """Say why a line's dates are what they are, and what stands before it; to staff with the scope queue:read."""
        return cast(
            "shapes.LineExplained",
            self._transport.call(
                "GET", f"/lines/{quote(str(line), safe='')}/explain", query={"audience": audience}, repeatable=True
            ),
        )

    def show_queue(self, sku: str) -> shapes.QueueView:
        """Show who waits for an item, in the order in which units are given, and the rule. For staff."""
        return cast(
            "shapes.QueueView", self._transport.call("GET", f"/items/{quote(str(sku), safe='')}/queue", repeatable=True)
        )

    def list_items(self, *, search: str | None = None, limit: int | None = None) -> Pages[shapes.ItemSpec]:
        """List items by SKU; `search` is part of a SKU or name."""
        return Pages(self._transport, "/items", {"search": search, "limit": limit})

    def get_parts(self, sku: str) -> shapes.KitSpec:
        """Show the parts of a kit; none for a plain item."""
        return cast(
            "shapes.KitSpec", self._transport.call("GET", f"/items/{quote(str(sku), safe='')}/parts", repeatable=True)
        )

    def define_parts(self, sku: str, body: shapes.Parts) -> shapes.KitSpec:
        """Set the parts of a kit, all of them. Kits do not contain kits."""
        return cast(
            "shapes.KitSpec",
            self._transport.call("PUT", f"/items/{quote(str(sku), safe='')}/parts", body=body, repeatable=True),
        )

    def list_substitutes(self, sku: str) -> list[shapes.SubstituteSpec]:
        """List what may be offered instead, first choice first."""
        return cast(
            "list[shapes.SubstituteSpec]",
            self._transport.call("GET", f"/items/{quote(str(sku), safe='')}/substitutes", repeatable=True),
        )

    def define_substitute(self, sku: str, substitute: str, body: shapes.Instead) -> list[shapes.SubstituteSpec]:
        """Offer an item instead of this one."""
        return cast(
            "list[shapes.SubstituteSpec]",
            self._transport.call(
                "PUT",
                f"/items/{quote(str(sku), safe='')}/substitutes/{quote(str(substitute), safe='')}",
                body=body,
                repeatable=True,
            ),
        )

    def remove_substitute(self, sku: str, substitute: str) -> None:
        """No longer offer an item instead of this one."""
        self._transport.call(
            "DELETE",
            f"/items/{quote(str(sku), safe='')}/substitutes/{quote(str(substitute), safe='')}",
            repeatable=True,
        )

    def get_item(self, sku: str) -> shapes.ItemSpec:
        """Show an item."""
        return cast(
            "shapes.ItemSpec", self._transport.call("GET", f"/items/{quote(str(sku), safe='')}", repeatable=True)
        )

    def define_item(self, sku: str, body: shapes.Item) -> shapes.ItemSpec:
        """Make or change an item. The same twice changes nothing."""
        return cast(
            "shapes.ItemSpec",
            self._transport.call("PUT", f"/items/{quote(str(sku), safe='')}", body=body, repeatable=True),
        )

    def list_policies(self, *, sku: str | None = None, limit: int | None = None) -> Pages[shapes.PolicySpec]:
        """List policies in the order they were made, of one item or of all."""
        return Pages(self._transport, "/policies", {"sku": sku, "limit": limit})

    def define_policy(self, body: shapes.Policy) -> shapes.PolicySpec:
        """Make or change the policy of a scope; lines that wait are re-decided by it."""
        return cast("shapes.PolicySpec", self._transport.call("PUT", "/policies", body=body, repeatable=True))

    def remove_policy(self, *, sku: str | None = None, location: str | None = None, channel: str | None = None) -> None:
        """Take the policy of exactly this scope away; what is less specific then counts."""
        self._transport.call(
            "DELETE", "/policies", query={"sku": sku, "location": location, "channel": channel}, repeatable=True
        )

    def adjust_stock(self, body: shapes.Adjustment, *, idempotency_key: str | None = None) -> shapes.Correction:
        """Correct what is on hand by a difference; refused below what is allocated, unless it is taken back."""
        return cast(
            "shapes.Correction",
            self._transport.call(
                "POST", "/adjustments", body=body, once=True, idempotency_key=idempotency_key, repeatable=True
            ),
        )

    def count_stock(self, body: shapes.StockCount, *, idempotency_key: str | None = None) -> shapes.Correction:
        """Say what was counted. Fewer than are allocated: the lowest ranks give back first, released units last."""
        return cast(
            "shapes.Correction",
            self._transport.call(
                "POST", "/counts", body=body, once=True, idempotency_key=idempotency_key, repeatable=True
            ),
        )

    def take_stock_snapshot(self, body: shapes.Snapshot) -> shapes.SnapshotTaken:
        """Take an ERP's statement of what is on hand; what moved since its instant stays."""
        return cast("shapes.SnapshotTaken", self._transport.call("POST", "/snapshots", body=body))

    def list_levels(
        self, *, sku: str | None = None, location: str | None = None, limit: int | None = None
    ) -> Pages[shapes.LevelView]:
        """List what is on hand and allocated, by SKU and location."""
        return Pages(self._transport, "/levels", {"sku": sku, "location": location, "limit": limit})

    def list_moves(
        self, *, sku: str | None = None, location: str | None = None, limit: int | None = None
    ) -> Pages[shapes.MoveView]:
        """List the moves behind the levels, newest first."""
        return Pages(self._transport, "/moves", {"sku": sku, "location": location, "limit": limit})

    def get_availability(self, sku: str, *, channel: str, country: str | None = None) -> shapes.Availability:
        """Show what a channel may sell of an item: from the shelf, later, and whether beyond both."""
        return cast(
            "shapes.Availability",
            self._transport.call(
                "GET",
                f"/items/{quote(str(sku), safe='')}/availability",
                query={"channel": channel, "country": country},
                repeatable=True,
            ),
        )

    def list_availability(
        self, *, channel: str, country: str | None = None, limit: int | None = None
    ) -> Pages[shapes.Availability]:
        """List what a channel may sell of every item: the numbers to publish to a shop or an ERP."""
        return Pages(self._transport, "/availability", {"channel": channel, "country": country, "limit": limit})

    def list_supplies(self, *, sku: str) -> list[shapes.SupplyView]:
        """List what is still to come of an item, by day."""
        return cast(
            "list[shapes.SupplyView]", self._transport.call("GET", "/supplies", query={"sku": sku}, repeatable=True)
        )

    def announce(self, body: shapes.SupplyForm, *, idempotency_key: str | None = None) -> shapes.SupplyView:
        """Announce supply without a purchase order."""
        return cast(
            "shapes.SupplyView",
            self._transport.call(
                "POST", "/supplies", body=body, once=True, idempotency_key=idempotency_key, repeatable=True
            ),
        )

    def get_supply(self, supply: int) -> shapes.SupplyView:
        """Show a supply."""
        return cast(
            "shapes.SupplyView",
            self._transport.call("GET", f"/supplies/{quote(str(supply), safe='')}", repeatable=True),
        )

    def list_etas(self, supply: int) -> list[shapes.EtaView]:
        """List how the day of a supply moved, oldest first."""
        return cast(
            "list[shapes.EtaView]",
            self._transport.call("GET", f"/supplies/{quote(str(supply), safe='')}/etas", repeatable=True),
        )

    def receive_units(
        self, supply: int, body: shapes.Receipt, *, idempotency_key: str | None = None
    ) -> shapes.Received:
        """Count units in: they go to those who wait for them; only the surplus is free."""
        return cast(
            "shapes.Received",
            self._transport.call(
                "POST",
                f"/supplies/{quote(str(supply), safe='')}/receipts",
                body=body,
                once=True,
                idempotency_key=idempotency_key,
                repeatable=True,
            ),
        )

    def change_eta(self, supply: int, body: shapes.EtaMove) -> shapes.SupplyView:
        """Move the day of a supply; who waits for it keeps it and gets a new day."""
        return cast(
            "shapes.SupplyView", self._transport.call("POST", f"/supplies/{quote(str(supply), safe='')}/eta", body=body)
        )

    def split(
        self, supply: int, body: shapes.Schedule, *, idempotency_key: str | None = None
    ) -> list[shapes.SupplyView]:
        """Give what is still to come a schedule of dated parts."""
        return cast(
            "list[shapes.SupplyView]",
            self._transport.call(
                "POST",
                f"/supplies/{quote(str(supply), safe='')}/split",
                body=body,
                once=True,
                idempotency_key=idempotency_key,
                repeatable=True,
            ),
        )

    def lose_units(
        self, supply: int, body: shapes.SuppliesLoss, *, idempotency_key: str | None = None
    ) -> shapes.SupplyView:
        """Take units off what is to come; free ones first, then from the lowest rank upwards."""
        return cast(
            "shapes.SupplyView",
            self._transport.call(
                "POST",
                f"/supplies/{quote(str(supply), safe='')}/cancel",
                body=body,
                once=True,
                idempotency_key=idempotency_key,
                repeatable=True,
            ),
        )

    def list_suppliers(self) -> list[shapes.SupplierSpec]:
        """List all suppliers."""
        return cast("list[shapes.SupplierSpec]", self._transport.call("GET", "/suppliers", repeatable=True))

    def list_supplier_items(self, code: str, *, limit: int | None = None) -> Pages[shapes.SupplierItemSpec]:
        """List what a supplier sells of our items."""
        return Pages(self._transport, f"/suppliers/{quote(str(code), safe='')}/items", {"limit": limit})

    def define_terms(self, code: str, sku: str, body: shapes.Terms) -> shapes.SupplierItemSpec:
        """Make or change the terms on which a supplier sells an item."""
        return cast(
            "shapes.SupplierItemSpec",
            self._transport.call(
                "PUT",
                f"/suppliers/{quote(str(code), safe='')}/items/{quote(str(sku), safe='')}",
                body=body,
                repeatable=True,
            ),
        )

    def remove_terms(self, code: str, sku: str) -> None:
        """Say that a supplier no longer sells an item."""
        self._transport.call(
            "DELETE", f"/suppliers/{quote(str(code), safe='')}/items/{quote(str(sku), safe='')}", repeatable=True
        )

    def get_supplier(self, code: str) -> shapes.SupplierSpec:
        """Show a supplier."""
        return cast(
            "shapes.SupplierSpec",
            self._transport.call("GET", f"/suppliers/{quote(str(code), safe='')}", repeatable=True),
        )

    def make_supplier(self, code: str, body: shapes.SupplierForm) -> shapes.SupplierSpec:
        """Make or change a supplier."""
        return cast(
            "shapes.SupplierSpec",
            self._transport.call("PUT", f"/suppliers/{quote(str(code), safe='')}", body=body, repeatable=True),
        )

    def list_purchase_orders(
        self,
        *,
        state: Literal["draft", "sent", "closed", "cancelled"] | None = None,
        supplier: str | None = None,
        limit: int | None = None,
    ) -> Pages[shapes.PurchaseOrderRow]:
        """List purchase orders, the newest first."""
        return Pages(self._transport, "/purchase-orders", {"state": state, "supplier": supplier, "limit": limit})

    def draft_purchase_order(
        self, body: shapes.NewPurchaseOrderForm, *, idempotency_key: str | None = None
    ) -> shapes.PurchaseOrderView:
        """Write an order to a supplier down. Its units are no supply before it is sent."""
        return cast(
            "shapes.PurchaseOrderView",
            self._transport.call(
                "POST", "/purchase-orders", body=body, once=True, idempotency_key=idempotency_key, repeatable=True
            ),
        )

    def close_purchase_order(self, reference: str) -> shapes.PurchaseOrderView:
        """Close an order of which nothing more will come."""
        return cast(
            "shapes.PurchaseOrderView",
            self._transport.call("POST", f"/purchase-orders/{quote(str(reference), safe='')}/close"),
        )

    def get_purchase_order(self, reference: str) -> shapes.PurchaseOrderView:
        """Show a purchase order with its lines and deliveries."""
        return cast(
            "shapes.PurchaseOrderView",
            self._transport.call("GET", f"/purchase-orders/{quote(str(reference), safe='')}", repeatable=True),
        )

    def change_draft(self, reference: str, body: shapes.PurchaseOrderForm) -> shapes.PurchaseOrderView:
        """Replace supplier and lines of a draft."""
        return cast(
            "shapes.PurchaseOrderView",
            self._transport.call(
                "PUT", f"/purchase-orders/{quote(str(reference), safe='')}", body=body, repeatable=True
            ),
        )

    def send_order(self, reference: str) -> shapes.PurchaseOrderView:
        """Send a draft: its lines become dated supply, and who waits for their items is re-decided."""
        return cast(
            "shapes.PurchaseOrderView",
            self._transport.call("POST", f"/purchase-orders/{quote(str(reference), safe='')}/send"),
        )

    def cancel_purchase(self, reference: str, body: shapes.Reason) -> shapes.PurchaseOrderView:
        """Cancel a draft, or all that is still to come of a sent order."""
        return cast(
            "shapes.PurchaseOrderView",
            self._transport.call("POST", f"/purchase-orders/{quote(str(reference), safe='')}/cancel", body=body),
        )

    def list_proposals(self, *, supplier: str | None = None) -> list[shapes.Proposal]:
        """List what should be ordered: units owed without supply, by supplier, with MOQ and pack."""
        return cast(
            "list[shapes.Proposal]",
            self._transport.call("GET", "/purchase-proposals", query={"supplier": supplier}, repeatable=True),
        )

    def order_from_proposal(
        self, body: shapes.ProposalOrder, *, idempotency_key: str | None = None
    ) -> shapes.PurchaseOrderView:
        """Order what is proposed from a supplier and send it, in one call."""
        return cast(
            "shapes.PurchaseOrderView",
            self._transport.call(
                "POST", "/purchase-proposals", body=body, once=True, idempotency_key=idempotency_key, repeatable=True
            ),
        )

    def list_without_supplier(self) -> list[shapes.Unbuyable]:
        """List units owed without supply that no active supplier sells us."""
        return cast("list[shapes.Unbuyable]", self._transport.call("GET", "/without-supplier", repeatable=True))

    def list_locations(self) -> list[shapes.LocationSpec]:
        """List all locations."""
        return cast("list[shapes.LocationSpec]", self._transport.call("GET", "/locations", repeatable=True))

    def get_location(self, code: str) -> shapes.LocationSpec:
        """Show a location."""
        return cast(
            "shapes.LocationSpec",
            self._transport.call("GET", f"/locations/{quote(str(code), safe='')}", repeatable=True),
        )

    def define_location(self, code: str, body: shapes.Location) -> shapes.LocationSpec:
        """Make or change a location."""
        return cast(
            "shapes.LocationSpec",
            self._transport.call("PUT", f"/locations/{quote(str(code), safe='')}", body=body, repeatable=True),
        )

    def list_sourcing(self) -> list[shapes.SourcingSpec]:
        """List every rule of sourcing."""
        return cast("list[shapes.SourcingSpec]", self._transport.call("GET", "/sourcing", repeatable=True))

    def define_sourcing(self, body: shapes.Sourcing) -> list[shapes.SourcingSpec]:
        """Set the locations that serve a channel and country, all of them, first choice first."""
        return cast("list[shapes.SourcingSpec]", self._transport.call("PUT", "/sourcing", body=body, repeatable=True))

    def list_calendars(self) -> list[shapes.CalendarSpec]:
        """List all calendars."""
        return cast("list[shapes.CalendarSpec]", self._transport.call("GET", "/calendars", repeatable=True))

    def get_calendar(self, code: str) -> shapes.CalendarSpec:
        """Show a calendar."""
        return cast(
            "shapes.CalendarSpec",
            self._transport.call("GET", f"/calendars/{quote(str(code), safe='')}", repeatable=True),
        )

    def define_calendar(self, code: str, body: shapes.Calendar) -> shapes.CalendarSpec:
        """Make or change a calendar. Promises follow at their next decision."""
        return cast(
            "shapes.CalendarSpec",
            self._transport.call("PUT", f"/calendars/{quote(str(code), safe='')}", body=body, repeatable=True),
        )

    def list_services(self) -> list[shapes.ServiceSpec]:
        """List all services."""
        return cast("list[shapes.ServiceSpec]", self._transport.call("GET", "/services", repeatable=True))

    def get_service(self, code: str) -> shapes.ServiceSpec:
        """Show a service."""
        return cast(
            "shapes.ServiceSpec", self._transport.call("GET", f"/services/{quote(str(code), safe='')}", repeatable=True)
        )

    def define_service(self, code: str, body: shapes.Service) -> shapes.ServiceSpec:
        """Make or change a service."""
        return cast(
            "shapes.ServiceSpec",
            self._transport.call("PUT", f"/services/{quote(str(code), safe='')}", body=body, repeatable=True),
        )

    def list_channels(self) -> list[shapes.ChannelView]:
        """List all channels."""
        return cast("list[shapes.ChannelView]", self._transport.call("GET", "/channels", repeatable=True))

    def get_channel(self, code: str) -> shapes.ChannelView:
        """Show a channel."""
        return cast(
            "shapes.ChannelView", self._transport.call("GET", f"/channels/{quote(str(code), safe='')}", repeatable=True)
        )

    def define_channel(self, code: str, body: shapes.Channel) -> shapes.ChannelView:
        """Make or change a channel."""
        return cast(
            "shapes.ChannelView",
            self._transport.call("PUT", f"/channels/{quote(str(code), safe='')}", body=body, repeatable=True),
        )

    def import_file(
        self,
        kind: Literal["items", "stock", "orders", "purchase-orders"],
        content: bytes | Iterable[bytes],
        *,
        media_type: Literal["application/x-ndjson", "text/csv"],
    ) -> shapes.Report:
        """Take a file in, chunk by chunk. Needs the scope that writes its kind."""
        return cast(
            "shapes.Report",
            self._transport.call(
                "POST", f"/imports/{quote(str(kind), safe='')}", content=content, media_type=media_type
            ),
        )

    def export_file(
        self,
        kind: Literal["items", "stock", "orders", "purchase-orders"],
        *,
        format: Literal["ndjson", "csv"] | None = None,
    ) -> Iterator[bytes]:
        """Export all of a kind, as NDJSON or CSV. Needs the scope that reads its kind."""
        return self._transport.stream(f"/exports/{quote(str(kind), safe='')}", query={"format": format})

    def list_variants(self) -> list[shapes.VariantView]:
        """List all variants in their newest version."""
        return cast("list[shapes.VariantView]", self._transport.call("GET", "/variants", repeatable=True))

    def get_variant(self, code: str) -> shapes.VariantView:
        """Show a variant in its newest version; its ETag is what an edit needs."""
        return cast(
            "shapes.VariantView", self._transport.call("GET", f"/variants/{quote(str(code), safe='')}", repeatable=True)
        )

    def save_variant(self, code: str, body: shapes.VariantForm, *, version: int | None = None) -> shapes.VariantView:
        """Make a variant, or change it (with If-Match): each change is a version of its own, and the old ones stay."""
        return cast(
            "shapes.VariantView",
            self._transport.call(
                "PUT", f"/variants/{quote(str(code), safe='')}", body=body, version=version, repeatable=True
            ),
        )

    def list_variant_versions(self, code: str) -> list[shapes.VersionView]:
        """Show who changed what of a variant, the newest version first."""
        return cast(
            "list[shapes.VersionView]",
            self._transport.call("GET", f"/variants/{quote(str(code), safe='')}/versions", repeatable=True),
        )

    def preview_variant(self, code: str, body: shapes.Selection) -> shapes.PreviewView:
        """Show which lines each segment selects, before anything runs. The first segment that fits a line wins."""
        return cast(
            "shapes.PreviewView",
            self._transport.call("POST", f"/variants/{quote(str(code), safe='')}/preview", body=body),
        )

    def preview_form(self, body: shapes.PreviewOf) -> shapes.PreviewView:
        """Show the same for a variant that is not saved."""
        return cast("shapes.PreviewView", self._transport.call("POST", "/variant-previews", body=body))

    def list_attributes(self) -> list[shapes.Attribute]:
        """List what filters and ranks may name of a line."""
        return cast("list[shapes.Attribute]", self._transport.call("GET", "/variant-attributes", repeatable=True))

    def list_standing_variants(self) -> list[shapes.StandingView]:
        """List by what items are decided when something changes; what is not listed is decided by GAIN."""
        return cast("list[shapes.StandingView]", self._transport.call("GET", "/standing-variants", repeatable=True))

    def let_variant_stand(self, body: shapes.Stand) -> shapes.StandingView:
        """Let the newest version of a variant decide an item, or all others, from now on; what waits is re-decided."""
        return cast(
            "shapes.StandingView", self._transport.call("PUT", "/standing-variants", body=body, repeatable=True)
        )

    def end_standing_variant(self, *, sku: str | None = None) -> None:
        """Decide an item, or all others, by GAIN again; what waits is re-decided."""
        self._transport.call("DELETE", "/standing-variants", query={"sku": sku}, repeatable=True)

    def simulate_runs(self, body: shapes.Simulation, *, idempotency_key: str | None = None) -> list[shapes.RunView]:
        """Simulate variants on one frozen input, a run each. Nothing of orders changes."""
        return cast(
            "list[shapes.RunView]",
            self._transport.call(
                "POST", "/runs", body=body, once=True, idempotency_key=idempotency_key, repeatable=True
            ),
        )

    def list_runs(self, *, variant: str | None = None, limit: int | None = None) -> Pages[shapes.RunView]:
        """List runs, newest first."""
        return Pages(self._transport, "/runs", {"variant": variant, "limit": limit})

    def commit_at_once(self, body: shapes.AtOnce, *, idempotency_key: str | None = None) -> shapes.RunView:
        """Decide by a variant and commit, without a simulation in between; replayed like any run."""
        return cast(
            "shapes.RunView",
            self._transport.call(
                "POST", "/runs/at-once", body=body, once=True, idempotency_key=idempotency_key, repeatable=True
            ),
        )

    def compare_runs(self, *, runs: str) -> list[shapes.RunView]:
        """Show runs of one frozen input side by side; `runs` are their ids, by comma."""
        return cast(
            "list[shapes.RunView]", self._transport.call("GET", "/runs/compare", query={"runs": runs}, repeatable=True)
        )

    def get_run(self, run: int) -> shapes.RunView:
        """Show a run: how far it is, and its figures before and after."""
        return cast("shapes.RunView", self._transport.call("GET", f"/runs/{quote(str(run), safe='')}", repeatable=True))

    def get_run_diff(self, run: int, *, limit: int | None = None) -> Pages[shapes.LineDiff]:
        """List what a run changes, line by line: who gains, who loses, what is lacking."""
        return Pages(self._transport, f"/runs/{quote(str(run), safe='')}/diff", {"limit": limit})

    def list_run_items(
        self,
        run: int,
        *,
        state: Literal["proposed", "committed", "refused", "stopped"] | None = None,
        limit: int | None = None,
    ) -> Pages[shapes.ItemState]:
        """List how far the items of a run are; those refused say which line stood in the way."""
        return Pages(self._transport, f"/runs/{quote(str(run), safe='')}/items", {"state": state, "limit": limit})

    def list_broken_floors(self, run: int) -> list[shapes.Broken]:
        """List the first floors that could not be held, and who would have to lose so that they could."""
        return cast(
            "list[shapes.Broken]",
            self._transport.call("GET", f"/runs/{quote(str(run), safe='')}/broken", repeatable=True),
        )

    def approve_run(self, run: int) -> shapes.RunView:
        """Agree to a simulated run; some variants want somebody else than who made it."""
        return cast("shapes.RunView", self._transport.call("POST", f"/runs/{quote(str(run), safe='')}/approve"))

    def commit_run(self, run: int) -> shapes.RunView:
        """Commit a run item by item, each decided again under its lock."""
        return cast("shapes.RunView", self._transport.call("POST", f"/runs/{quote(str(run), safe='')}/commit"))

    def discard_run(self, run: int) -> shapes.RunView:
        """Put a run away that shall not be committed."""
        return cast("shapes.RunView", self._transport.call("POST", f"/runs/{quote(str(run), safe='')}/discard"))

    def replay_run(self, run: int) -> shapes.Replayed:
        """Decide the frozen input of a run again and compare the plans byte for byte."""
        return cast("shapes.Replayed", self._transport.call("POST", f"/runs/{quote(str(run), safe='')}/replay"))

    def take_inbound_mail(
        self, content: bytes | Iterable[bytes], *, media_type: Literal["message/rfc822"]
    ) -> shapes.InboundTaken:
        """Hand in a mail that reached the shop, as it came (RFC 5322): an answer, a bounce, an automatic reply."""
        return cast(
            "shapes.InboundTaken",
            self._transport.call("POST", "/inbound-mails", content=content, media_type=media_type),
        )

    def list_notices(
        self,
        *,
        order: int | None = None,
        kind: str | None = None,
        channel: Literal["email", "sms", "alert"] | None = None,
        state: Literal["waiting", "sent", "dead", "suppressed"] | None = None,
        address: str | None = None,
        limit: int | None = None,
    ) -> Pages[shapes.NoticeRow]:
        """List notices, newest first; those in state `dead` need a person."""
        return Pages(
            self._transport,
            "/notices",
            {"order": order, "kind": kind, "channel": channel, "state": state, "address": address, "limit": limit},
        )

    def get_notice(self, notice: int) -> shapes.NoticeText:
        """Show a notice word for word, with what it rests on."""
        return cast(
            "shapes.NoticeText", self._transport.call("GET", f"/notices/{quote(str(notice), safe='')}", repeatable=True)
        )

    def resend_notice(self, notice: int) -> shapes.NoticeRow:
        """Send a notice again as it was, dead or not."""
        return cast("shapes.NoticeRow", self._transport.call("POST", f"/notices/{quote(str(notice), safe='')}/resend"))

    def tell_order(self, order: int, *, idempotency_key: str | None = None) -> shapes.Told:
        """Tell the customer how the order stands now."""
        return cast(
            "shapes.Told",
            self._transport.call(
                "POST",
                f"/orders/{quote(str(order), safe='')}/notices",
                once=True,
                idempotency_key=idempotency_key,
                repeatable=True,
            ),
        )

    def offer_substitute(self, order: int, body: shapes.Offer, *, idempotency_key: str | None = None) -> shapes.Told:
        """Offer the customer one of the item's substitutes for what waits."""
        return cast(
            "shapes.Told",
            self._transport.call(
                "POST",
                f"/orders/{quote(str(order), safe='')}/offers",
                body=body,
                once=True,
                idempotency_key=idempotency_key,
                repeatable=True,
            ),
        )

    def list_notice_kinds(self) -> list[shapes.KindRow]:
        """List the kinds of notices, and whether each is told."""
        return cast("list[shapes.KindRow]", self._transport.call("GET", "/notice-kinds", repeatable=True))

    def set_notice_kind(self, kind: str, body: shapes.KindChange) -> shapes.KindRow:
        """Tell a kind of notice, or not. What the law asks for is always told."""
        return cast(
            "shapes.KindRow",
            self._transport.call("PUT", f"/notice-kinds/{quote(str(kind), safe='')}", body=body, repeatable=True),
        )

    def list_suppressions(
        self, *, channel: Literal["email", "sms"] | None = None, address: str | None = None, limit: int | None = None
    ) -> Pages[shapes.SuppressionRow]:
        """List addresses to which nothing goes, newest first, and why."""
        return Pages(self._transport, "/suppressions", {"channel": channel, "address": address, "limit": limit})

    def suppress_address(self, body: shapes.NewSuppression) -> shapes.SuppressionRow:
        """Send nothing to an address any more."""
        return cast("shapes.SuppressionRow", self._transport.call("POST", "/suppressions", body=body))

    def allow_address(self, suppression: int) -> None:
        """Send to an address again."""
        self._transport.call("DELETE", f"/suppressions/{quote(str(suppression), safe='')}", repeatable=True)

    def list_preferences(self, *, channel: Literal["email", "sms"], address: str) -> list[shapes.PreferenceRow]:
        """Show what the owner of an address wants to be told there."""
        return cast(
            "list[shapes.PreferenceRow]",
            self._transport.call(
                "GET", "/preferences", query={"channel": channel, "address": address}, repeatable=True
            ),
        )

    def choose_preference(self, body: shapes.NewPreference) -> list[shapes.PreferenceRow]:
        """Remember what the owner of an address wants to be told there."""
        return cast(
            "list[shapes.PreferenceRow]", self._transport.call("PUT", "/preferences", body=body, repeatable=True)
        )

    def list_threads(
        self,
        *,
        order: int | None = None,
        waits_for: Literal["staff", "customer", "nobody"] | None = None,
        limit: int | None = None,
    ) -> Pages[shapes.ThreadRow]:
        """List conversations, newest first, without their messages; `waits_for` staff: somebody must answer."""
        return Pages(self._transport, "/threads", {"order": order, "waits_for": waits_for, "limit": limit})

    def open_thread(self, body: shapes.NewQuestion, *, idempotency_key: str | None = None) -> shapes.ThreadRow:
        """Keep a customer's question about an order: in its open conversation, or in a new one."""
        return cast(
            "shapes.ThreadRow",
            self._transport.call(
                "POST", "/threads", body=body, once=True, idempotency_key=idempotency_key, repeatable=True
            ),
        )

    def get_thread(self, thread: int) -> shapes.ThreadRow:
        """Show a conversation with its messages."""
        return cast(
            "shapes.ThreadRow", self._transport.call("GET", f"/threads/{quote(str(thread), safe='')}", repeatable=True)
        )

    def answer_thread(
        self, thread: int, body: shapes.NewAnswer, *, idempotency_key: str | None = None
    ) -> shapes.ThreadRow:
        """Answer the customer; the answer is sent by e-mail."""
        return cast(
            "shapes.ThreadRow",
            self._transport.call(
                "POST",
                f"/threads/{quote(str(thread), safe='')}/messages",
                body=body,
                once=True,
                idempotency_key=idempotency_key,
                repeatable=True,
            ),
        )

    def close_thread(self, thread: int) -> shapes.ThreadRow:
        """Close a conversation."""
        return cast("shapes.ThreadRow", self._transport.call("POST", f"/threads/{quote(str(thread), safe='')}/close"))

    def list_templates(
        self,
        *,
        kind: str | None = None,
        language: Literal["en", "de", "es", "fr"] | None = None,
        limit: int | None = None,
    ) -> Pages[shapes.TemplateRow]:
        """List versions of the merchant's words, newest first."""
        return Pages(self._transport, "/templates", {"kind": kind, "language": language, "limit": limit})

    def draft_template(self, body: shapes.Words, *, idempotency_key: str | None = None) -> shapes.TemplateRow:
        """Keep new words as the next version, if they may be used; they do not speak yet."""
        return cast(
            "shapes.TemplateRow",
            self._transport.call(
                "POST", "/templates", body=body, once=True, idempotency_key=idempotency_key, repeatable=True
            ),
        )

    def preview_template(self, body: shapes.PreviewWords) -> list[shapes.TemplatesPreview]:
        """Show what words make of a real order, or of every situation of their kind; nothing is kept or sent."""
        return cast("list[shapes.TemplatesPreview]", self._transport.call("POST", "/templates/preview", body=body))

    def get_own_words(self, kind: str) -> shapes.OwnWords:
        """Show the product's own words for a kind, to begin your own with."""
        return cast(
            "shapes.OwnWords",
            self._transport.call("GET", f"/templates/own/{quote(str(kind), safe='')}", repeatable=True),
        )

    def get_template(self, template: int) -> shapes.TemplateRow:
        """Show a version."""
        return cast(
            "shapes.TemplateRow",
            self._transport.call("GET", f"/templates/{quote(str(template), safe='')}", repeatable=True),
        )

    def put_template_live(self, template: int) -> shapes.TemplateRow:
        """Let a version speak from now on."""
        return cast(
            "shapes.TemplateRow", self._transport.call("POST", f"/templates/{quote(str(template), safe='')}/live")
        )

    def retire_template(self, template: int) -> shapes.TemplateRow:
        """Let the product's own words speak again."""
        return cast(
            "shapes.TemplateRow", self._transport.call("POST", f"/templates/{quote(str(template), safe='')}/retire")
        )

    def list_cases(
        self, *, state: Literal["open", "closed"] | None = None, order: int | None = None, limit: int | None = None
    ) -> Pages[shapes.CaseView]:
        """List delay cases, the next deadline first; without their steps."""
        return Pages(self._transport, "/cases", {"state": state, "order": order, "limit": limit})

    def get_case(self, case: int) -> shapes.CaseView:
        """Show a case: the ruling with its paragraph, what was promised, and every step."""
        return cast(
            "shapes.CaseView", self._transport.call("GET", f"/cases/{quote(str(case), safe='')}", repeatable=True)
        )

    def preview_case(self, case: int) -> shapes.CasesPreview:
        """Show the question as it would go out now, what silence would mean, and what the law demands it to say."""
        return cast(
            "shapes.CasesPreview",
            self._transport.call("GET", f"/cases/{quote(str(case), safe='')}/preview", repeatable=True),
        )

    def ask_case(self, case: int) -> shapes.CaseView:
        """Put the question now, without waiting for more changes."""
        return cast("shapes.CaseView", self._transport.call("POST", f"/cases/{quote(str(case), safe='')}/ask"))

    def record_question(self, case: int, body: shapes.HandQuestion) -> shapes.CaseView:
        """Keep a question that was put by letter or phone."""
        return cast(
            "shapes.CaseView", self._transport.call("POST", f"/cases/{quote(str(case), safe='')}/asked", body=body)
        )

    def answer_case(self, case: int, body: shapes.CaseAnswer) -> shapes.CaseView:
        """Keep what the customer answered, such as on the phone; it counts from when it was received."""
        return cast(
            "shapes.CaseView", self._transport.call("POST", f"/cases/{quote(str(case), safe='')}/answers", body=body)
        )

    def close_case(self, case: int, body: shapes.CaseClosing) -> shapes.CaseView:
        """Close a case that the law leaves to people."""
        return cast(
            "shapes.CaseView", self._transport.call("POST", f"/cases/{quote(str(case), safe='')}/close", body=body)
        )

    def will_not_ship(self, line: int, body: shapes.WillNotShip) -> shapes.CaseView:
        """Decide not to ship a line: it is cancelled, the customer is told and gets the money back."""
        return cast(
            "shapes.CaseView",
            self._transport.call("POST", f"/lines/{quote(str(line), safe='')}/will-not-ship", body=body),
        )

    def export_evidence(self, case: int) -> str:
        """Export everything about a case as one file for a regulator: a page to read, with the same as JSON within."""
        return cast("str", self._transport.call("GET", f"/cases/{quote(str(case), safe='')}/evidence", repeatable=True))

    def list_dues(
        self,
        *,
        state: Literal["open", "done", "dropped"] | None = None,
        kind: Literal["refund", "capture", "authorise_again", "balance", "void"] | None = None,
        order: int | None = None,
        limit: int | None = None,
    ) -> Pages[shapes.DueRow]:
        """List money that must move, the nearest deadline first."""
        return Pages(self._transport, "/dues", {"state": state, "kind": kind, "order": order, "limit": limit})

    def get_due(self, due: int) -> shapes.DueRow:
        """Show what is due, of what, until when, and what it rests on."""
        return cast("shapes.DueRow", self._transport.call("GET", f"/dues/{quote(str(due), safe='')}", repeatable=True))

    def drop_due(self, due: int, body: shapes.DueDropped) -> shapes.DueRow:
        """Decide that this need not move any more. It is not raised again."""
        return cast("shapes.DueRow", self._transport.call("POST", f"/dues/{quote(str(due), safe='')}/drop", body=body))

    def refund_by_other_means(self, due: int, body: shapes.OtherMeans) -> shapes.DueRow:
        """Say that a refund cannot go back the way it was paid; where the law counts from the discovery, its day moves."""
        return cast(
            "shapes.DueRow", self._transport.call("POST", f"/dues/{quote(str(due), safe='')}/other-means", body=body)
        )

    def get_account(self, order: int) -> shapes.AccountView:
        """Show an order's money: what was paid, what is held until when, what went back, what is due."""
        return cast(
            "shapes.AccountView",
            self._transport.call("GET", f"/orders/{quote(str(order), safe='')}/payments", repeatable=True),
        )

    def tell_payment(
        self, order: int, body: shapes.PaymentTold, *, idempotency_key: str | None = None
    ) -> shapes.PaymentRow:
        """Tell that money was authorised, captured, refunded or voided; what it settles is closed."""
        return cast(
            "shapes.PaymentRow",
            self._transport.call(
                "POST",
                f"/orders/{quote(str(order), safe='')}/payments",
                body=body,
                once=True,
                idempotency_key=idempotency_key,
                repeatable=True,
            ),
        )

    def list_entries(
        self,
        *,
        subject: str | None = None,
        fact: str | None = None,
        actor: str | None = None,
        since: str | None = None,
        until: str | None = None,
        limit: int | None = None,
    ) -> Pages[shapes.Entry]:
        """List facts, newest first: of one subject, or of a kind, an actor, a time."""
        return Pages(
            self._transport,
            "/journal",
            {"subject": subject, "fact": fact, "actor": actor, "since": since, "until": until, "limit": limit},
        )

    def list_demand_unmet(
        self, *, since: str | None = None, until: str | None = None, limit: int | None = None
    ) -> Pages[shapes.Entry]:
        """List refused and clamped quantities, newest first: lost sales are demand too."""
        return Pages(self._transport, "/demand-unmet", {"since": since, "until": until, "limit": limit})

    def list_webhooks(self) -> list[shapes.EndpointRow]:
        """List all addresses."""
        return cast("list[shapes.EndpointRow]", self._transport.call("GET", "/webhooks", repeatable=True))

    def register_webhook(self, body: shapes.NewWebhook) -> shapes.Registered:
        """Send what happens from now on to an address. Its secret is shown this once."""
        return cast("shapes.Registered", self._transport.call("POST", "/webhooks", body=body))

    def get_webhook(self, webhook: int) -> shapes.EndpointRow:
        """Show an address."""
        return cast(
            "shapes.EndpointRow",
            self._transport.call("GET", f"/webhooks/{quote(str(webhook), safe='')}", repeatable=True),
        )

    def change_webhook(self, webhook: int, body: shapes.WebhookChange) -> shapes.EndpointRow:
        """Change an address, what it wants, or switch it off and on."""
        return cast(
            "shapes.EndpointRow", self._transport.call("PATCH", f"/webhooks/{quote(str(webhook), safe='')}", body=body)
        )

    def remove_webhook(self, webhook: int) -> None:
        """Forget an address and all its messages."""
        self._transport.call("DELETE", f"/webhooks/{quote(str(webhook), safe='')}", repeatable=True)

    def renew_webhook_secret(self, webhook: int, *, at_once: bool | None = None) -> shapes.Secret:
        """Give an address a new secret. It is shown this once. Messages are signed with the one before as well for a day,."""
        return cast(
            "shapes.Secret",
            self._transport.call(
                "POST", f"/webhooks/{quote(str(webhook), safe='')}/secret", query={"at_once": at_once}
            ),
        )

    def test_webhook(self, webhook: int) -> shapes.DeliveryRow:
        """Send a message of type `webhook.test`."""
        return cast(
            "shapes.DeliveryRow", self._transport.call("POST", f"/webhooks/{quote(str(webhook), safe='')}/test")
        )

    def resend_dead_letters(self, webhook: int) -> shapes.Resent:
        """Send the dead letters of an address again."""
        return cast("shapes.Resent", self._transport.call("POST", f"/webhooks/{quote(str(webhook), safe='')}/resend"))

    def list_deliveries(
        self,
        *,
        webhook: int | None = None,
        state: Literal["waiting", "delivered", "dead"] | None = None,
        limit: int | None = None,
    ) -> Pages[shapes.DeliveryRow]:
        """List messages, newest first; those in state `dead` are dead letters."""
        return Pages(self._transport, "/deliveries", {"webhook": webhook, "state": state, "limit": limit})

    def get_delivery(self, delivery: str) -> shapes.DeliveryRow:
        """Show a message and its fate."""
        return cast(
            "shapes.DeliveryRow",
            self._transport.call("GET", f"/deliveries/{quote(str(delivery), safe='')}", repeatable=True),
        )

    def resend_delivery(self, delivery: str) -> shapes.DeliveryRow:
        """Send a message again, dead or not."""
        return cast(
            "shapes.DeliveryRow", self._transport.call("POST", f"/deliveries/{quote(str(delivery), safe='')}/resend")
        )

    def list_keys(self) -> list[shapes.KeySummary]:
        """List all keys, ended ones included, by what may be shown of them."""
        return cast("list[shapes.KeySummary]", self._transport.call("GET", "/keys", repeatable=True))

    def create_key(self, body: shapes.NewKey) -> shapes.MadeKey:
        """Make a key. It is shown this once: only its hash is kept, and no Idempotency-Key brings it back."""
        return cast("shapes.MadeKey", self._transport.call("POST", "/keys", body=body))

    def revoke_key(self, prefix: str) -> None:
        """End a key for good; twice changes nothing."""
        self._transport.call("DELETE", f"/keys/{quote(str(prefix), safe='')}", repeatable=True)

    def show_clock(self) -> shapes.Clock:
        """Show the instant it is in this installation."""
        return cast("shapes.Clock", self._transport.call("GET", "/clock", repeatable=True))

    def move_clock(self, body: shapes.ClockMove) -> shapes.Clock:
        """Move, freeze or run the clock. Refused where the clock is real; it never goes back."""
        return cast("shapes.Clock", self._transport.call("POST", "/clock", body=body))
