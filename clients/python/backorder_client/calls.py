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

    def make_hold(self, body: shapes.NewHold) -> shapes.HeldCart:
        """Hold units for a cart; naming the cart again changes its hold. Refused whole when a line is short."""
        return cast("shapes.HeldCart", self._transport.call("POST", "/holds", body=body, repeatable=True))

    def end_hold(self, *, channel: str, token: str) -> None:
        """End a cart's hold before its time."""
        self._transport.call("DELETE", "/holds", query={"channel": channel, "token": token}, repeatable=True)

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
        self, order: int, body: shapes.Cancellation, *, idempotency_key: str | None = None
    ) -> shapes.OrderView:
        """Cancel units that have not left; refused whole when more is named than can be cancelled."""
        return cast(
            "shapes.OrderView",
            self._transport.call(
                "POST",
                f"/orders/{quote(str(order), safe='')}/cancel",
                body=body,
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

    def explain_whole_order(
        self, order: int, *, audience: Literal["customer", "staff"] | None = None
    ) -> list[shapes.LineExplained]:
        """Say why each line's dates are what they are. What is told to customers names no other order or quantity."""
        return cast(
            "list[shapes.LineExplained]",
            self._transport.call(
                "GET", f"/orders/{quote(str(order), safe='')}/explain", query={"audience": audience}, repeatable=True
            ),
        )

    def explain_one_line(
        self, line: int, *, audience: Literal["customer", "staff"] | None = None
    ) -> shapes.LineExplained:
        """Say why a line's dates are what they are, and what stands before it."""
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

    def take_stock_snapshot(self, body: shapes.Snapshot) -> shapes.Taken:
        """Take an ERP's statement of what is on hand; what moved since its instant stays."""
        return cast("shapes.Taken", self._transport.call("POST", "/snapshots", body=body))

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

    def lose_units(self, supply: int, body: shapes.Loss, *, idempotency_key: str | None = None) -> shapes.SupplyView:
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

    def renew_webhook_secret(self, webhook: int) -> shapes.Secret:
        """Give an address a new secret. It is shown this once."""
        return cast("shapes.Secret", self._transport.call("POST", f"/webhooks/{quote(str(webhook), safe='')}/secret"))

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
