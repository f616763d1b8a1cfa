"""What goes in and comes out, as typed dictionaries. Made by tools.make_client from docs/openapi.json: do not edit."""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict


class Adjustment(TypedDict):
    """Units more (or, negative, fewer) at a location; `take_back`: owners give up what is missing."""

    sku: str
    location: str
    units: int
    reason: NotRequired[str]
    take_back: NotRequired[bool]
    key: NotRequired[str | None]


class AheadView(TypedDict):
    """Somebody who has, or would get, units this line could use earlier; who it is only staff are told."""

    because: str
    says: str
    line: NotRequired[int | None]
    hold: NotRequired[int | None]
    order: NotRequired[int | None]
    units: NotRequired[int | None]
    ready_on: NotRequired[str | None]
    source: NotRequired[str | None]


class Arrival(TypedDict):
    """When a parcel arrived (none: now)."""

    at: NotRequired[str | None]


class AskedLine(TypedDict):
    """A line of a hold or an inquiry: units on the shelf now, all units by date, and what is short and why."""

    sku: str
    units: int
    from_stock: int
    parts: list[PlacedPart]
    short: NotRequired[dict[str, Any] | None]
    alternatives: NotRequired[list[dict[str, Any]]]


class Availability(TypedDict):
    """What a channel may sell of an item: from the shelf, later, and whether beyond both."""

    sku: str
    channel: str
    free_to_sell: int
    locations: list[LocationUnits]
    later: list[LaterUnits]
    sell: str
    lead_time_days: int | None
    street_on: str | None


class BatchRow(TypedDict):
    """What became of one order of a batch, at the place where it stood: 201 placed, 200 placed before, else ..."""

    status: int
    order: NotRequired[Placed | None]
    problem: NotRequired[Problem | None]


class BlockOrder(TypedDict):
    """Why the order may not be released."""

    kind: Literal["address", "fraud", "other", "payment"]
    note: NotRequired[str]


class BlockView(TypedDict):
    """Why an order may not be released."""

    kind: str
    note: str
    placed_at: str
    lifted_at: str | None


class Calendar(TypedDict):
    """What is said of a calendar; weekdays count from 0 (Monday) to 6."""

    zone: NotRequired[str]
    weekdays: NotRequired[list[int]]
    holiday_country: NotRequired[str]
    holiday_region: NotRequired[str]
    closed_on: NotRequired[list[str]]
    opened_on: NotRequired[list[str]]


class CalendarSpec(TypedDict):
    """Working days in one zone; weekdays from 0 (Monday) to 6."""

    code: str
    zone: NotRequired[str]
    weekdays: NotRequired[list[int]]
    holiday_country: NotRequired[str]
    holiday_region: NotRequired[str]
    closed_on: NotRequired[list[str]]
    opened_on: NotRequired[list[str]]


class Cancellation(TypedDict):
    """Units to cancel by line; without lines all that has not left."""

    lines: NotRequired[list[LineUnits] | None]
    reason: NotRequired[str]


class Channel(TypedDict):
    """What is said of a channel; `service` is the code of the usual one."""

    name: str
    sourcing: NotRequired[Literal["fewest_splits", "most_available", "ordered"]]
    service: NotRequired[str | None]
    currency: NotRequired[str]
    hold_minutes: NotRequired[int]
    active: NotRequired[bool]


class ChannelView(TypedDict):
    """Where orders come from; `service` is the usual one's code."""

    code: str
    name: str
    sourcing: str
    service: str | None
    currency: str
    hold_minutes: int
    active: bool


class Clock(TypedDict):
    """The instant it is, and whether the clock is a simulated one, which may stand still."""

    now: str
    simulated: bool
    frozen: bool


class ClockMove(TypedDict):
    """Set the clock (`to`), move it forward (`seconds`), `freeze` it or let it `run`: one of them."""

    to: NotRequired[str | None]
    seconds: NotRequired[int | None]
    be: NotRequired[Literal["frozen", "running"] | None]


class Correction(TypedDict):
    """What a count or adjustment did: on hand `was` and `on_hand` is; `taken_back` from lines and holds."""

    sku: str
    location: str
    was: int
    on_hand: int
    taken_back: int
    short_released: int
    replayed: bool


class CustomerView(TypedDict):
    """Who ordered."""

    reference: str
    name: str
    email: str
    phone: str
    tier: str


class DatedUnits(TypedDict):
    """Units on a day."""

    units: int
    eta: str


class DeliveryRow(TypedDict):
    """A message to an address and its fate."""

    id: str
    endpoint_id: int
    fact: str
    payload: dict[str, Any]
    state: str
    tries: int
    next_try_at: str | None
    last_status: int | None
    last_error: str
    created_at: str
    delivered_at: str | None


class EndpointRow(TypedDict):
    """A webhook address as it may be shown."""

    id: int
    url: str
    facts: list[str]
    active: bool
    inactive_because: str
    created_at: str
    failing_since: str | None


class Entry(TypedDict):
    """One fact: `noun.happened` to a subject (`kind/id`), when, by whom; ids and numbers only."""

    position: str
    at: str
    actor: str
    fact: str
    subject: str
    body: dict[str, Any]


class EtaMove(TypedDict):
    """The new day of a supply."""

    eta: str
    reason: NotRequired[str]
    certainty: NotRequired[Literal["confirmed", "expected", "uncertain"] | None]


class EtaView(TypedDict):
    """One move of a supply's day."""

    was: str
    now: str
    reason: str
    at: str


class HeldCart(TypedDict):
    """A live hold: until when, and what it holds."""

    channel: str
    token: str
    ends_at: str
    lines: list[AskedLine]


class Inquiry(TypedDict):
    """A question for dates and alternatives; nothing is held."""

    channel: str
    country: str
    lines: list[NewLine]
    service: NotRequired[str | None]
    requested_on: NotRequired[str | None]
    on_short: NotRequired[Literal["cancel_rest", "ship_rest", "wait"]]
    ship: NotRequired[Literal["as_ready", "together"]]
    hold: NotRequired[str | None]


class InquiryAnswer(TypedDict):
    """What would be promised at this instant; `possible`: an order like this would be accepted whole."""

    asked_at: str
    possible: bool
    lines: list[AskedLine]


class Instead(TypedDict):
    """How a substitute is offered."""

    rank: NotRequired[int]
    price_difference_minor: NotRequired[int]


class Item(TypedDict):
    """What is said of an item; its SKU stands in the address."""

    name: str
    unit: NotRequired[str]
    price_minor: NotRequired[int | None]
    currency: NotRequired[str]
    active: NotRequired[bool]
    attributes: NotRequired[dict[str, str | int | bool | None]]


class ItemSpec(TypedDict):
    """What is sold."""

    sku: str
    name: str
    unit: NotRequired[str]
    price_minor: NotRequired[int | None]
    currency: NotRequired[str]
    active: NotRequired[bool]
    attributes: NotRequired[dict[str, str | int | bool | None]]


class KeySummary(TypedDict):
    """What may be shown of a key."""

    id: int
    name: str
    prefix: str
    scopes: list[str]
    rate_per_minute: int
    created_at: str
    expires_at: str | None
    revoked_at: str | None
    last_used_at: str | None


class KitSpec(TypedDict):
    """The parts of a kit: SKU -> units in one kit. No parts make it a plain item again."""

    sku: str
    parts: dict[str, int]


class LaterUnits(TypedDict):
    """Units of dated supply that nobody is promised, by the day they would be delivered."""

    deliver_on: str
    units: int
    certain: bool


class LevelView(TypedDict):
    """Units of an item at a location: physically there, and of those owned by lines or holds."""

    sku: str
    location: str
    on_hand: int
    allocated: int
    free: int


class LineEdit(TypedDict):
    """What is to change of a line; `units` are all that are wanted of it, more become a line with its own place."""

    line: int
    units: NotRequired[int]
    priority: NotRequired[int]
    requested_on: NotRequired[str | None]
    unit_price_minor: NotRequired[int]
    discount_minor: NotRequired[int]
    tax_minor: NotRequired[int]


class LineExplained(TypedDict):
    """A line's dates and place, in values and in sentences."""

    line: int
    sku: str
    open: int
    allocated: int
    unsupplied: int
    first_promised_on: str | None
    promised_on: str | None
    is_late: bool
    place: int | None
    waiting: int
    rule: str
    parts: list[PartExplained]
    ahead: list[AheadView]
    says: str


class LineUnits(TypedDict):
    """Units of a line; of a kit's own line whole kits."""

    line: int
    units: int


class LineView(TypedDict):
    """A line: ordered = open + allocated + released + shipped + cancelled + substituted. `promised_on` is null ..."""

    id: int
    order: int
    position: int
    sku: str
    ordered: int
    open: int
    allocated: int
    released: int
    shipped: int
    cancelled: int
    substituted: int
    returned: int
    ordered_at: str
    priority: int
    requested_on: str | None
    first_promised_on: str | None
    promised_on: str | None
    days_late: int
    promise_version: int
    min_ship_units: int
    unit_price_minor: int
    discount_minor: int
    tax_minor: int
    kit_line: int | None
    kit_units: int | None
    per_kit: int | None
    instead_of: int | None
    parts: list[PartView]


class Location(TypedDict):
    """What is said of a location; `cut_off` is the calendar's local time until when an order still leaves that day."""

    name: str
    calendar: str
    country: NotRequired[str]
    cut_off: NotRequired[str]
    receiving_days: NotRequired[int]
    processing_days: NotRequired[int]
    release: NotRequired[Literal["by_hand", "when_any", "when_complete"]]
    rank: NotRequired[int]
    active: NotRequired[bool]


class LocationSpec(TypedDict):
    """A place that holds stock; `calendar` is the code of one."""

    code: str
    name: str
    calendar: str
    country: NotRequired[str]
    cut_off: NotRequired[str]
    receiving_days: NotRequired[int]
    processing_days: NotRequired[int]
    release: NotRequired[str]
    rank: NotRequired[int]
    active: NotRequired[bool]


class LocationUnits(TypedDict):
    """Units that may be sold from the shelf of a location."""

    location: str
    units: int


class Loss(TypedDict):
    """Units that will not come (none: all that are still due)."""

    units: NotRequired[int | None]
    reason: NotRequired[str]


class MadeKey(TypedDict):
    """The key itself: it is shown this once."""

    key: str


class MoveView(TypedDict):
    """One change of what is on hand."""

    id: int
    sku: str
    location: str
    units: int
    kind: str
    cause: str
    note: str
    at: str
    actor: str


class NewCustomer(TypedDict):
    """Who orders; `reference` is the shop's own id of the customer."""

    reference: str
    name: NotRequired[str]
    email: NotRequired[str]
    phone: NotRequired[str]
    tier: NotRequired[str]


class NewHold(TypedDict):
    """Units to hold for a cart (`token`) for some minutes; naming the cart again changes its hold."""

    channel: str
    token: str
    country: str
    lines: list[NewLine]
    service: NotRequired[str | None]
    minutes: NotRequired[int | None]


class NewKey(TypedDict):
    """What a key may do, until when, and how often a minute."""

    name: str
    scopes: list[
        Literal[
            "admin",
            "catalog:read",
            "catalog:write",
            "orders:read",
            "orders:write",
            "stock:read",
            "stock:write",
            "supply:read",
            "supply:write",
            "webhooks",
        ]
    ]
    expires_at: NotRequired[str | None]
    rate_per_minute: NotRequired[int]


class NewLine(TypedDict):
    """Units of one item; `requested_on` is the delivery day wished for (none: as soon as possible)."""

    sku: str
    units: int
    unit_price_minor: NotRequired[int]
    discount_minor: NotRequired[int]
    tax_minor: NotRequired[int]
    requested_on: NotRequired[str | None]


class NewOrder(TypedDict):
    """An order with the choices made at order time; (channel, reference) is its identity."""

    channel: str
    reference: str
    country: str
    lines: list[NewLine]
    customer: NotRequired[NewCustomer | None]
    region: NotRequired[str]
    zone: NotRequired[str]
    locale: NotRequired[str]
    contact: NotRequired[dict[str, str]]
    ship_to: NotRequired[dict[str, str]]
    service: NotRequired[str | None]
    currency: NotRequired[str | None]
    shipping_minor: NotRequired[int]
    discount_minor: NotRequired[int]
    tax_minor: NotRequired[int]
    paid_at: NotRequired[str | None]
    authorisation: NotRequired[str]
    capture_before: NotRequired[str | None]
    shown_on: NotRequired[str | None]
    shown_wording: NotRequired[str]
    requested_on: NotRequired[str | None]
    on_short: NotRequired[Literal["cancel_rest", "ship_rest", "wait"]]
    ship: NotRequired[Literal["as_ready", "together"]]
    substitutes_allowed: NotRequired[bool]
    cancel_if_not_by: NotRequired[str | None]
    early_charge_consent: NotRequired[bool]
    priority: NotRequired[int]
    tags: NotRequired[list[str]]
    attributes: NotRequired[dict[str, str | int | bool | None]]
    hold: NotRequired[str | None]


class NewPurchaseOrderForm(TypedDict):
    """A purchase order with its reference."""

    reference: str
    supplier: str
    lines: list[PurchaseLineForm]
    ordered_at: NotRequired[str | None]


class NewShipment(TypedDict):
    """What left a location; without lines all that is released there."""

    location: str
    lines: NotRequired[list[LineUnits] | None]
    tracking: NotRequired[str]
    key: NotRequired[str | None]


class NewWebhook(TypedDict):
    """An https address, and the facts it wants (`order.placed`, `order.*`; none: all public ones)."""

    url: str
    facts: NotRequired[list[str]]


class OrderEdit(TypedDict):
    """What is to change; the rest stays."""

    contact: NotRequired[dict[str, str]]
    ship_to: NotRequired[dict[str, str]]
    service: NotRequired[str]
    shipping_minor: NotRequired[int]
    discount_minor: NotRequired[int]
    tax_minor: NotRequired[int]
    paid_at: NotRequired[str | None]
    authorisation: NotRequired[str]
    capture_before: NotRequired[str | None]
    requested_on: NotRequired[str | None]
    on_short: NotRequired[Literal["cancel_rest", "ship_rest", "wait"]]
    ship: NotRequired[Literal["as_ready", "together"]]
    substitutes_allowed: NotRequired[bool]
    cancel_if_not_by: NotRequired[str | None]
    early_charge_consent: NotRequired[bool]
    priority: NotRequired[int]
    tags: NotRequired[list[str]]
    lines: NotRequired[list[LineEdit]]
    add: NotRequired[list[NewLine]]


class OrderRow(TypedDict):
    """An order as a list shows it; units are those of all its lines."""

    id: int
    channel: str
    reference: str
    customer: str | None
    country: str
    ordered_at: str
    version: int
    ordered: int
    open: int
    allocated: int
    released: int
    shipped: int
    cancelled: int
    promised_on: str | None
    is_late: bool
    is_blocked: bool


class OrderView(TypedDict):
    """An order with everything that belongs to it."""

    id: int
    channel: str
    reference: str
    version: int
    ordered_at: str
    customer: CustomerView | None
    country: str
    region: str
    zone: str
    locale: str
    contact: dict[str, str]
    ship_to: dict[str, str]
    service: str
    currency: str
    shipping_minor: int
    discount_minor: int
    tax_minor: int
    paid_at: str | None
    authorisation: str
    capture_before: str | None
    shown_on: str | None
    shown_wording: str
    requested_on: str | None
    on_short: str
    ship: str
    substitutes_allowed: bool
    cancel_if_not_by: str | None
    early_charge_consent: bool
    priority: int
    tags: list[str]
    attributes: dict[str, str | int | bool | None]
    lines: list[LineView]
    blocks: list[BlockView]
    shipments: list[ShipmentView]


class PartExplained(TypedDict):
    """Units of a line with their day, and how that day came about. `backing` is stock, supply or nothing."""

    units: int
    deliver_on: str
    backing: str
    certain: bool
    steps: list[StepView]


class PartView(TypedDict):
    """Units of a promise with their days, and what stands behind them."""

    units: int
    location: str
    ship_on: str
    deliver_from_on: str
    deliver_on: str
    reason: str
    certain: bool
    supply: int | None


class Parts(TypedDict):
    """SKU -> units in one kit; empty makes it a plain item again."""

    parts: dict[str, int]


class Placed(TypedDict):
    """An accepted order. `replayed`: it was placed before with the same body; this is the first answer."""

    id: int
    channel: str
    reference: str
    ordered_at: str
    lines: list[PlacedLine]
    replayed: NotRequired[bool]


class PlacedLine(TypedDict):
    """A line as it was answered: ordered = allocated + open + cancelled."""

    id: int
    position: int
    sku: str
    ordered: int
    allocated: int
    open: int
    cancelled: int
    first_promised_on: str | None
    promised_on: str | None
    parts: list[PlacedPart]
    kit_units: NotRequired[int | None]
    kit_line: NotRequired[int | None]


class PlacedPart(TypedDict):
    """Units of a line with their days, and what stands behind them."""

    units: int
    location: str
    ship_on: str
    deliver_from_on: str
    deliver_on: str
    reason: str
    certain: bool
    supply: NotRequired[int | None]


class Policy(TypedDict):
    """How a scope may be promised; null for sku, location or channel means any, no limit is null and never 0."""

    sell: Literal["backorder", "made_to_order", "preorder", "stock_only"]
    sku: NotRequired[str | None]
    location: NotRequired[str | None]
    channel: NotRequired[str | None]
    backorder_limit: NotRequired[int | None]
    street_on: NotRequired[str | None]
    lead_time_days: NotRequired[int | None]
    max_per_customer: NotRequired[int | None]
    min_ship_units: NotRequired[int]
    safety_units: NotRequired[int]


class PolicySpec(TypedDict):
    """How items may be promised; None for sku, location (a code) or channel (a code) means any."""

    sell: str
    sku: NotRequired[str | None]
    location: NotRequired[str | None]
    channel: NotRequired[str | None]
    backorder_limit: NotRequired[int | None]
    street_on: NotRequired[str | None]
    lead_time_days: NotRequired[int | None]
    max_per_customer: NotRequired[int | None]
    min_ship_units: NotRequired[int]
    safety_units: NotRequired[int]


class Problem(TypedDict):
    """Why a request was refused; further members carry the values that belong to the refusal."""

    type: str
    title: str
    status: int
    detail: str
    name: str
    field: NotRequired[str | None]
    value: NotRequired[Any]
    limit: NotRequired[Any]


class Proposal(TypedDict):
    """What to order from one supplier, the most urgent first."""

    supplier: str
    lines: list[ProposalLine]


class ProposalLine(TypedDict):
    """Units of one item to order for one location. `unsupplied_units` are owed without supply, `drafted_units` ..."""

    item: int
    sku: str
    supplier_sku: str
    location: str
    unsupplied_units: int
    drafted_units: int
    order_units: int
    price_minor: int | None
    currency: str
    needed_by: str | None
    expected_on: str
    waiting: int


class ProposalOrder(TypedDict):
    """Order what is proposed from a supplier: all, or these SKUs."""

    supplier: str
    skus: NotRequired[list[str] | None]
    reference: NotRequired[str | None]


class PurchaseLineForm(TypedDict):
    """Units of an item for a location; without `eta` the supplier's lead time says the day."""

    sku: str
    location: str
    units: int
    eta: NotRequired[str | None]
    price_minor: NotRequired[int | None]


class PurchaseLineView(TypedDict):
    """An item on a purchase order with its deliveries (none before it is sent)."""

    id: int
    sku: str
    location: str
    units: int
    price_minor: int | None
    eta: str
    deliveries: list[SupplyView]


class PurchaseOrderForm(TypedDict):
    """An order to a supplier; `ordered_at` is for one made elsewhere, earlier."""

    supplier: str
    lines: list[PurchaseLineForm]
    ordered_at: NotRequired[str | None]


class PurchaseOrderRow(TypedDict):
    """A purchase order as a list shows it."""

    id: int
    reference: str
    supplier: str
    state: str
    created_at: str
    sent_at: str | None
    closed_at: str | None


class PurchaseOrderView(TypedDict):
    """A purchase order with its lines."""

    reference: str
    supplier: str
    state: str
    created_at: str
    sent_at: str | None
    closed_at: str | None
    lines: list[PurchaseLineView]


class QueueRow(TypedDict):
    """One who waits for an item, in rank order. `because` is what puts it behind the row above."""

    place: int
    line: int | None
    hold: int | None
    order: int | None
    open: int
    allocated: int
    unsupplied: int
    priority: int
    first_promised_on: str | None
    requested_on: str | None
    promised_on: str | None
    ordered_at: str
    is_late: bool
    because: str
    pegs: list[list[Any]]


class QueueView(TypedDict):
    """The queue of an item as it stands; `stale`: a change is not yet re-decided."""

    sku: str
    open_units: int
    stale: bool
    rule: str
    rows: list[QueueRow]


class Reason(TypedDict):
    """Why."""

    reason: NotRequired[str]


class Receipt(TypedDict):
    """Units counted in; `closes`: nothing more comes (none: if all arrived); the same `key` again changes nothing."""

    units: int
    closes: NotRequired[bool | None]
    key: NotRequired[str | None]


class Received(TypedDict):
    """What a receipt did, in units: `allocated` went to those who waited for it, `free` to nobody yet, ..."""

    receipt: int
    supply: int
    item: int
    location: int
    units: int
    over: int
    closes: bool
    still_due: int
    allocated: int
    free: int
    unsupplied: int
    replayed: NotRequired[bool]


class RefusedRow(TypedDict):
    """A row that was not taken: its line in the file, what is wrong and where."""

    row: int
    name: str
    field: str | None
    reason: str


class Registered(TypedDict):
    """A new address with its secret, which is shown only now."""

    endpoint: EndpointRow
    secret: str


class Release(TypedDict):
    """What the warehouse may pick: at one location or at all, these lines or all that is allocated."""

    location: NotRequired[str | None]
    lines: NotRequired[list[LineUnits] | None]


class Report(TypedDict):
    """What became of a file."""

    kind: str
    rows: int
    taken: int
    refused: int
    refusals: list[RefusedRow]


class Resent(TypedDict):
    """How many messages are sent again."""

    messages: int


class Return(TypedDict):
    """Shipped units that came back (`restock_at` a location: they are on its shelf again) or were lost."""

    lines: list[LineUnits]
    kind: NotRequired[Literal["lost", "return"]]
    restock_at: NotRequired[str | None]
    reason: NotRequired[str]
    key: NotRequired[str | None]


class Schedule(TypedDict):
    """Parts that add up to what is still to come."""

    parts: list[DatedUnits]
    reason: NotRequired[str]


class Secret(TypedDict):
    """The secret that messages are signed with; it is shown this once."""

    secret: str


class Service(TypedDict):
    """What is said of a service."""

    name: str
    calendar: str
    carrier: NotRequired[str]
    transit_min_days: NotRequired[int]
    transit_max_days: NotRequired[int]
    active: NotRequired[bool]


class ServiceSpec(TypedDict):
    """A carrier's service; `calendar` is the code of one, transit is counted in its working days."""

    code: str
    name: str
    calendar: str
    carrier: NotRequired[str]
    transit_min_days: NotRequired[int]
    transit_max_days: NotRequired[int]
    active: NotRequired[bool]


class ShipmentView(TypedDict):
    """What left a location for an order."""

    id: int
    location: str
    service: str
    tracking: str
    shipped_at: str
    deliver_on: str
    delivered_at: str | None
    lines: list[ShippedUnits]


class ShippedUnits(TypedDict):
    """Units of a line in a shipment."""

    line: int
    units: int


class ShortPick(TypedDict):
    """Released units that the warehouse did not find."""

    line: int
    location: str
    units: int
    key: NotRequired[str | None]


class Snapshot(TypedDict):
    """What an ERP says is on hand at a location as of `taken_at`; `complete`: items not named had none."""

    location: str
    taken_at: str
    rows: list[SnapshotRow]
    source: NotRequired[str]
    complete: NotRequired[bool]


class SnapshotRow(TypedDict):
    """What an ERP says is on hand of an item."""

    sku: str
    on_hand: int


class Sourcing(TypedDict):
    """Which locations serve a channel (null: any) and country (blank: any), first choice first; none: no rule."""

    locations: list[str]
    channel: NotRequired[str | None]
    country: NotRequired[str]


class SourcingSpec(TypedDict):
    """Which locations (codes, first choice first) serve a channel (None: any) and country (blank: any). No ..."""

    locations: list[str]
    channel: NotRequired[str | None]
    country: NotRequired[str]


class StepView(TypedDict):
    """One step on the way to a date."""

    what: str
    on: str
    days: int
    says: str


class StockCount(TypedDict):
    """Units somebody counted at a location, those released to the warehouse included."""

    sku: str
    location: str
    units: int
    key: NotRequired[str | None]


class SubstituteSpec(TypedDict):
    """`substitute` may be offered instead of `sku`; lower rank is offered first."""

    sku: str
    substitute: str
    rank: NotRequired[int]
    price_difference_minor: NotRequired[int]


class Substitution(TypedDict):
    """Another item instead of units that wait (none: all that wait); `consent`: the customer agreed now."""

    line: int
    sku: str
    units: NotRequired[int | None]
    consent: NotRequired[bool]


class SupplierForm(TypedDict):
    """What is said of a supplier; `calendar` null: the days of the location it delivers to."""

    name: str
    country: NotRequired[str]
    calendar: NotRequired[str | None]
    lead_time_days: NotRequired[int]
    usual_late_days: NotRequired[int]
    email: NotRequired[str]
    active: NotRequired[bool]


class SupplierItemSpec(TypedDict):
    """What a supplier sells of ours; lower rank is asked first, `lead_time_days` None is the supplier's."""

    supplier: str
    sku: str
    supplier_sku: NotRequired[str]
    price_minor: NotRequired[int | None]
    currency: NotRequired[str]
    min_order_units: NotRequired[int]
    pack_units: NotRequired[int]
    lead_time_days: NotRequired[int | None]
    rank: NotRequired[int]


class SupplierSpec(TypedDict):
    """Who delivers; `calendar` is the code of one (None: the days of the location it delivers to)."""

    code: str
    name: str
    country: NotRequired[str]
    calendar: NotRequired[str | None]
    lead_time_days: NotRequired[int]
    usual_late_days: NotRequired[int]
    email: NotRequired[str]
    active: NotRequired[bool]


class SupplyForm(TypedDict):
    """Units that come without a purchase order: from another location (transfer) or our own making."""

    kind: Literal["production", "transfer"]
    reference: str
    sku: str
    location: str
    units: int
    eta: str
    certainty: NotRequired[Literal["confirmed", "expected", "uncertain"]]


class SupplyView(TypedDict):
    """Dated units of an item that come to a location; `to_come` are still due, `pegged` of them are promised."""

    id: int
    kind: str
    reference: str
    sku: str
    location: str
    units: int
    received: int
    cancelled: int
    to_come: int
    pegged: int
    first_eta: str
    eta: str
    certainty: str


class Taken(TypedDict):
    """What a snapshot did: items it named, those whose level it changed, units taken back from owners, SKUs that ..."""

    snapshot: int
    items: int
    changed: int
    taken_back: int
    unknown: list[str]
    overdrawn: list[str]


class Terms(TypedDict):
    """On which terms a supplier sells an item; lower rank is asked first."""

    supplier_sku: NotRequired[str]
    price_minor: NotRequired[int | None]
    currency: NotRequired[str]
    min_order_units: NotRequired[int]
    pack_units: NotRequired[int]
    lead_time_days: NotRequired[int | None]
    rank: NotRequired[int]


class Unbuyable(TypedDict):
    """Units owed without supply that no active supplier sells us."""

    item: int
    sku: str
    location: str
    units: int
    needed_by: str | None


class WebhookChange(TypedDict):
    """What is to change; the rest stays."""

    url: NotRequired[str | None]
    facts: NotRequired[list[str] | None]
    active: NotRequired[bool | None]
