"""What goes in and comes out, as typed dictionaries. Made by tools.make_client from docs/openapi.json: do not edit."""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict


class AccountView(TypedDict):
    """An order's money: what it costs as wanted now, what was paid, what is held until when, what went back."""

    order: int
    currency: str
    total_minor: int
    captured_minor: int
    held_minor: int
    held_until: str | None
    refunded_minor: int
    is_known: bool
    payments: list[PaymentRow]
    dues: list[DueRow]


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


class AtOnce(TypedDict):
    """A variant to decide by, and the items to decide."""

    variant: str
    skus: NotRequired[list[str] | None]


class Attribute(TypedDict):
    """What a filter or rank may name; days in conditions are written 2026-12-31."""

    name: str
    kind: Literal["day", "instant", "number", "text", "yes_no"]
    says: str


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


class Bettered(TypedDict):
    """What a solver made of a variant's plan: the score by its objective before and after, more is better. `gap` ..."""

    variant: str
    objective: str
    before: float
    after: float
    gap: float | None
    nodes: int


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


class Broken(TypedDict):
    """A win or gain floor that could not be held: units lacking, and who would have to lose to keep it (none: ..."""

    line: int
    sku: str
    segment: str
    lacking: int
    losers: list[ReadingLoss]


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


class CaseAnswer(TypedDict):
    """What the customer answered, `by` which way, and when it was received (none: now). `further_until` or ..."""

    said: Literal["cancel", "consent"]
    by: NotRequired[Literal["api", "letter", "mail", "phone", "portal", "sms"]]
    received_at: NotRequired[str | None]
    further_until: NotRequired[str | None]
    further_indefinite: NotRequired[bool]
    is_automatic: NotRequired[bool]


class CaseClosing(TypedDict):
    """What a person found out about a case that the law leaves to people."""

    note: str


class CaseView(TypedDict):
    """A case: what the law says of a late line (`ruling`), what must be done until `deadline_at`, what was done."""

    id: int
    order: int
    channel: str
    reference: str
    line: int
    sku: str
    jurisdiction: str
    state: str
    action: str
    paragraph: str
    applicable_on: str | None
    revised_on: str | None
    deadline_at: str | None
    is_strictest: bool
    opened_at: str
    changed_at: str
    closed_at: str | None
    ruling: dict[str, Any]
    promised: dict[str, Any]
    steps: NotRequired[list[CasesStepView]]


class CasesPreview(TypedDict):
    """The question as it would go out now. `defect` says why it would count as never sent; blank: it counts."""

    option: str | None
    silence: str
    revised_on: str | None
    answer_by: str | None
    answer_by_at: str | None
    must_contain: list[str]
    defect: str
    is_strictest: bool
    subject: str
    text: str
    html: str
    sms: str


class CasesStepView(TypedDict):
    """What was done, told or answered, when, by whom; `body` holds what was shown or said."""

    id: int
    what: str
    at: str
    actor: str
    paragraph: str
    notice: int | None
    body: dict[str, Any]


class Change(TypedDict):
    """A field that a version changed."""

    field: str
    was: Any
    now: Any


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


class ConditionForm(TypedDict):
    """An attribute that has one of `values`, or lies between `at_least` and `at_most`, both included."""

    attribute: str
    values: NotRequired[list[str | int | bool | None] | None]
    at_least: NotRequired[str | int | None]
    at_most: NotRequired[str | int | None]


class Correction(TypedDict):
    """What a count or adjustment did: on hand `was` and `on_hand` is; `taken_back` from lines and holds."""

    sku: str
    location: str
    was: int
    on_hand: int
    taken_back: int
    short_released: int
    replayed: bool


class CustomerRow(TypedDict):
    """A customer of a channel; `reference` is the shop's own."""

    id: int
    channel: str
    reference: str
    name: str
    email: str
    phone: str
    tier: str


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


class DueDropped(TypedDict):
    """Why this need not move any more."""

    note: str


class DueRow(TypedDict):
    """Money that must move: `kind` is refund, capture, authorise_again, balance or void; until the end of ..."""

    id: int
    kind: str
    order: int
    channel: str
    reference: str
    authorisation: str
    amount_minor: int
    raised_minor: int
    currency: str
    by_at: str | None
    send_by_on: str | None
    vests_on: str | None
    rule: str
    paragraph: str
    why: str
    state: str
    raised_at: str
    closed_at: str | None
    note: str
    means: str
    because: str
    found_at: str | None


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


class ExplainStepView(TypedDict):
    """One step on the way to a date."""

    what: str
    on: str
    days: int
    says: str


class FilterForm(TypedDict):
    """Lines that meet all of `include` and none of `exclude`; an empty filter takes every line."""

    include: NotRequired[list[ConditionForm]]
    exclude: NotRequired[list[ConditionForm]]


class HandQuestion(TypedDict):
    """A question that was put by letter or phone: when, the new day (none: no day can be given), what was said."""

    means: Literal["letter", "phone"]
    sent_at: str
    revised_on: NotRequired[str | None]
    text: str


class HeldCart(TypedDict):
    """A live hold: until when, and what it holds."""

    channel: str
    token: str
    ends_at: str
    lines: list[AskedLine]


class HoldRow(TypedDict):
    """Units of one item that a cart (`token`) holds until it ends: `allocated` on the shelf, `open` of them ..."""

    id: int
    channel: str
    token: str
    sku: str
    country: str
    units: int
    allocated: int
    open: int
    made_at: str
    ends_at: str


class InboundTaken(TypedDict):
    """What became of something that came in: thread, bounce, automatic, opt_out, opt_in, help, duplicate, ignored."""

    as_what: str
    thread: NotRequired[int | None]
    reply: NotRequired[str]


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


class ItemState(TypedDict):
    """How far an item of a run is; `says` and `line` tell why it was refused or stopped."""

    sku: str
    state: str
    says: str
    line: int | None


class KeyForm(TypedDict):
    """One part of a rank: smaller values first, larger ones if `descending`, or as listed in `sequence`."""

    attribute: str
    descending: NotRequired[bool]
    sequence: NotRequired[list[str | int | bool | None] | None]


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


class KindChange(TypedDict):
    """Whether a kind of notice is told."""

    active: bool


class KindRow(TypedDict):
    """A kind of notice, and whether it is told."""

    kind: str
    says: str
    about: str
    is_active: bool
    is_lawful: bool
    is_commercial: bool
    is_texted: bool


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


class LineDiff(TypedDict):
    """What a run changes of a line or hold. Days are those on which its last unit is ready (null: not all ..."""

    line: int
    order: int | None
    sku: str
    segment: str | None
    units: int
    covered_before: int
    covered_after: int
    ready_before: str | None
    ready_after: str | None
    lacking: int
    promised_before: str | None
    promised_after: str | None
    how: str


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
    """A line's dates and place, in values and in sentences. `variant`, `version` and `segment` are what decides ..."""

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
    variant: NotRequired[str]
    version: NotRequired[int]
    segment: NotRequired[str | None]
    strategy: NotRequired[str | None]
    sooner: NotRequired[list[SoonerView]]


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
    ship_multiple: int
    max_shipments: int | None
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


class MadeKey(TypedDict):
    """The key itself: it is shown this once."""

    key: str


class MadeLink(TypedDict):
    """The address that opens the order's page, without an account, and until when."""

    url: str
    expires_at: str


class MessageRow(TypedDict):
    """One message. `author` is customer or staff; a machine's is kept but answers nothing."""

    id: int
    author: str
    actor: str
    text: str
    at: str
    is_automatic: bool
    notice: int | None


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


class NewAnswer(TypedDict):
    """What the customer is answered."""

    text: str


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
            "notices:read",
            "notices:write",
            "orders:fulfil",
            "orders:read",
            "orders:write",
            "planning:read",
            "planning:write",
            "queue:read",
            "stock:read",
            "stock:write",
            "supply:read",
            "supply:receive",
            "supply:write",
            "webhooks",
        ]
    ]
    expires_at: NotRequired[str | None]
    rate_per_minute: NotRequired[int]


class NewLine(TypedDict):
    """Units of one item; `requested_on` is the delivery day wished for (none: as soon as possible). They come in ..."""

    sku: str
    units: int
    unit_price_minor: NotRequired[int]
    discount_minor: NotRequired[int]
    tax_minor: NotRequired[int]
    requested_on: NotRequired[str | None]
    max_shipments: NotRequired[int | None]


class NewLink(TypedDict):
    """For how many days the link shall work."""

    days: NotRequired[int]


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


class NewPin(TypedDict):
    """The delivery, and how many units of the line are pinned to it (all that can be, if it is left out)."""

    supply: int
    units: NotRequired[int | None]


class NewPreference(TypedDict):
    """What the owner of an address wants to be told there; `kind` blank: everything. `source`: how you know."""

    channel: Literal["email", "sms"]
    address: str
    wanted: bool
    kind: NotRequired[str]
    source: str


class NewPurchaseOrderForm(TypedDict):
    """A purchase order with its reference."""

    reference: str
    supplier: str
    lines: list[PurchaseLineForm]
    ordered_at: NotRequired[str | None]


class NewQuestion(TypedDict):
    """What a customer asked about an order, by telephone or anywhere else."""

    order: int
    text: str
    subject: NotRequired[str]


class NewShipment(TypedDict):
    """What left a location; without lines all that is released there. `has_left`: it is gone though the delay ..."""

    location: str
    lines: NotRequired[list[LineUnits] | None]
    tracking: NotRequired[str]
    has_left: NotRequired[bool]
    key: NotRequired[str | None]


class NewSplit(TypedDict):
    """How many of the units that wait become a line of their own: those that come last."""

    units: int


class NewSuppression(TypedDict):
    """An address to which nothing is to go any more."""

    channel: Literal["email", "sms"]
    address: str
    note: NotRequired[str]


class NewWebhook(TypedDict):
    """An https address, and the facts it wants (`order.placed`, `order.*`; none: all public ones)."""

    url: str
    facts: NotRequired[list[str]]


class NoticeRow(TypedDict):
    """A notice without its words; `address` is where it went, `provider` who took it."""

    id: int
    kind: str
    channel: str
    order: int | None
    line: int | None
    thread: int | None
    instead_of: int | None
    language: str
    wording: str
    address: str
    subject: str
    state: str
    tries: int
    next_try_at: str | None
    wanted_by: str | None
    last_error: str
    provider: str
    segments: int
    created_at: str
    sent_at: str | None
    delivered_at: str | None
    bounced_at: str | None


class NoticeText(TypedDict):
    """A notice exactly as it was or will be sent, and what it rests on."""

    notice: NoticeRow
    text: str
    html: str
    headers: dict[str, str]
    message_id: str
    evidence: dict[str, Any]


class Offer(TypedDict):
    """A substitute for what waits of a line, and when it could be there."""

    line: int
    sku: str
    on: NotRequired[str | None]


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


class OtherMeans(TypedDict):
    """How a refund goes back that cannot go the way it was paid, why, and since when that is known (none: now)."""

    means: Literal["cash", "check", "credit_memo_to_issuer", "money_order"]
    because: str
    found_at: NotRequired[str | None]


class OwnWords(TypedDict):
    """The product's own words for a kind; they speak every language."""

    kind: str
    subject: str
    body: str
    sms: str


class PartExplained(TypedDict):
    """Units of a line with their day, and how that day came about. `backing` is stock, supply or nothing."""

    units: int
    deliver_on: str
    backing: str
    certain: bool
    steps: list[ExplainStepView]


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


class PaymentRow(TypedDict):
    """What happened to an order's money, as it was told; `capture_source` says who knows `capture_before`."""

    id: int
    order: int
    kind: str
    amount_minor: int
    currency: str
    at: str
    provider: str
    network: str
    reference: str
    form: str
    is_deposit: bool
    capture_before: str | None
    capture_source: str
    lapsed_at: str | None
    recorded_at: str


class PaymentTold(TypedDict):
    """What happened to an order's money. `due` names what it settles (none: the oldest of its kind). ..."""

    kind: Literal["authorised", "captured", "failed", "refunded", "voided"]
    amount_minor: int
    currency: NotRequired[str | None]
    at: NotRequired[str | None]
    provider: NotRequired[str]
    network: NotRequired[str]
    reference: NotRequired[str]
    form: NotRequired[str]
    is_deposit: NotRequired[bool]
    split_enabled: NotRequired[bool]
    capture_before: NotRequired[str | None]
    due: NotRequired[int | None]
    key: NotRequired[str | None]


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
    ship_multiple: NotRequired[int]
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
    ship_multiple: NotRequired[int]
    safety_units: NotRequired[int]


class PreferenceRow(TypedDict):
    """A wish: `kind` blank means everything on this channel."""

    channel: str
    kind: str
    wanted: bool
    source: str
    at: str


class PreviewOf(TypedDict):
    """A variant that need not be saved, and the items to look at."""

    form: VariantForm
    skus: NotRequired[list[str] | None]


class PreviewView(TypedDict):
    """What a variant would look at. A line belongs to the first segment that takes it: `overlapping` meet several."""

    items: int
    lines: int
    segments: list[SelectedView]
    excluded: int
    overlapping: int
    overlapping_first: list[int]


class PreviewWords(TypedDict):
    """Words to look at, with a real order or without."""

    kind: str
    language: Literal["de", "en", "es", "fr"]
    subject: str
    body: str
    sms: NotRequired[str]
    note: NotRequired[str]
    order: NotRequired[int | None]


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


class ProtectionForm(TypedDict):
    """At least `units` of each item (or of `sku`) kept for the lines a filter takes, until `expires_on`."""

    name: str
    units: int
    filter: NotRequired[FilterForm]
    basis: NotRequired[Literal["horizontal", "prioritised"]]
    sku: NotRequired[str | None]
    from_on: NotRequired[str | None]
    until_on: NotRequired[str | None]
    expires_on: NotRequired[str | None]


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
    """One who waits for an item, in rank order. `because` is what puts it behind the row above. That is segment, ..."""

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
    segment: NotRequired[str | None]
    strategy: NotRequired[str | None]


class QueueView(TypedDict):
    """The queue of an item, ranked by the `variant` that stands for it; `stale`: a change is not yet re-decided."""

    sku: str
    open_units: int
    stale: bool
    rule: str
    rows: list[QueueRow]
    variant: NotRequired[str]
    version: NotRequired[int]


class QuotaForm(TypedDict):
    """At most `units` of each item (or of `sku`) for the lines a filter takes, from supply of a period."""

    name: str
    units: int
    filter: NotRequired[FilterForm]
    sku: NotRequired[str | None]
    from_on: NotRequired[str | None]
    until_on: NotRequired[str | None]


class ReadingLoss(TypedDict):
    """Units that a line would have to give up."""

    line: int
    units: int


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


class Redecided(TypedDict):
    """How many promises changed."""

    changed: int


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


class Replayed(TypedDict):
    """Did the frozen input give the same plan again, byte for byte?"""

    same: bool
    digest: str


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


class RunView(TypedDict):
    """A run: by which variant, how far it is, and its figures before and after; `items` counts items by state."""

    id: int
    frozen: int
    variant: str
    version: int
    state: str
    second_person: bool
    stopped: list[str]
    made_at: str
    made_by: str
    approved_at: str | None
    approved_by: str
    committed_at: str | None
    committed_by: str
    digest: str
    ranges_left: int
    items: dict[str, int]
    lines: int
    before: dict[str, float]
    after: dict[str, float]
    optimised: list[Bettered]


class Schedule(TypedDict):
    """Parts that add up to what is still to come."""

    parts: list[DatedUnits]
    reason: NotRequired[str]


class Secret(TypedDict):
    """The secret that messages are signed with; it is shown this once."""

    secret: str


class SegmentForm(TypedDict):
    """Which lines, in which order, and what may happen to them; without `rank` the usual one counts."""

    name: str
    strategy: Literal["fill", "gain", "improve", "lose", "redistribute", "skip", "win"]
    filter: NotRequired[FilterForm]
    rank: NotRequired[list[KeyForm] | None]
    share: NotRequired[Literal["in_order", "max_min", "proportional"]]


class SelectedView(TypedDict):
    """What a segment takes: how many lines and units, the first of them, and what an earlier segment took from it."""

    segment: str
    strategy: str
    lines: int
    units: int
    first: list[int]
    taken_before: int


class Selection(TypedDict):
    """The items to look at."""

    skus: NotRequired[list[str] | None]


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


class Simulation(TypedDict):
    """Variants to decide by, side by side, and the items to decide."""

    variants: list[str]
    skus: NotRequired[list[str] | None]


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


class SnapshotTaken(TypedDict):
    """What a snapshot did: items it named, those whose level it changed, units taken back from owners, SKUs that ..."""

    snapshot: int
    items: int
    changed: int
    taken_back: int
    unknown: list[str]
    overdrawn: list[str]


class SoonerView(TypedDict):
    """If this supply came `days` earlier, the line's last unit would be ready on `ready_on` (null: still not all)."""

    supply: int
    known_as: str
    days: int
    ready_on: str | None
    says: str


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


class Stand(TypedDict):
    """Let a variant decide an item, or (null) all that have none of their own, whenever something changes."""

    variant: str
    sku: NotRequired[str | None]


class StandingView(TypedDict):
    """By what an item (null: all that have nothing of their own) is decided when something changes."""

    sku: str | None
    variant: str
    version: int
    since: str


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


class SuppliesLoss(TypedDict):
    """Units that will not come (none: all that are still due)."""

    units: NotRequired[int | None]
    reason: NotRequired[str]


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


class SuppressionRow(TypedDict):
    """An address to which nothing goes, and why."""

    id: int
    channel: str
    address: str
    reason: str
    note: str
    at: str


class TemplateRow(TypedDict):
    """A version of some words; `state` is draft, live or retired."""

    id: int
    kind: str
    language: str
    version: int
    subject: str
    body: str
    sms: str
    note: str
    state: str
    made_by: str
    made_at: str
    live_at: str | None
    retired_at: str | None


class TemplatesPreview(TypedDict):
    """What words make of a situation: the notice in all its forms, and what its text message costs."""

    situation: str
    subject: str
    text: str
    html: str
    sms: str
    segments: int
    elements: list[str]


class Terms(TypedDict):
    """On which terms a supplier sells an item; lower rank is asked first."""

    supplier_sku: NotRequired[str]
    price_minor: NotRequired[int | None]
    currency: NotRequired[str]
    min_order_units: NotRequired[int]
    pack_units: NotRequired[int]
    lead_time_days: NotRequired[int | None]
    rank: NotRequired[int]


class ThreadRow(TypedDict):
    """A conversation; `waits_for` is staff, customer or nobody (closed)."""

    id: int
    order: int | None
    address: str
    subject: str
    opened_at: str
    last_at: str
    waits_for: str
    closed_at: str | None
    messages: NotRequired[list[MessageRow]]


class Told(TypedDict):
    """The notices that were written."""

    notices: list[int]


class Unbuyable(TypedDict):
    """Units owed without supply that no active supplier sells us."""

    item: int
    sku: str
    location: str
    units: int
    needed_by: str | None


class VariantForm(TypedDict):
    """A way to decide: a line belongs to the first segment that takes it; lines that none takes stay as they ..."""

    segments: list[SegmentForm]
    on_broken: NotRequired[Literal["report", "stop_all", "stop_item"]]
    fallback: NotRequired[str | None]
    quotas: NotRequired[list[QuotaForm]]
    protections: NotRequired[list[ProtectionForm]]
    customer_cap: NotRequired[int | None]
    jitter_days: NotRequired[int]
    objective: NotRequired[Literal["full_orders", "kept_promises", "lateness", "value"] | None]
    weight: NotRequired[str | None]
    second_person: NotRequired[bool]
    note: NotRequired[str]


class VariantView(TypedDict):
    """A variant in one of its versions, with who wrote it down."""

    code: str
    version: int
    at: str
    actor: str
    form: VariantForm


class VersionView(TypedDict):
    """A version of a variant, and what it changed of the one before."""

    variant: VariantView
    changes: list[Change]


class WebhookChange(TypedDict):
    """What is to change; the rest stays."""

    url: NotRequired[str | None]
    facts: NotRequired[list[str] | None]
    active: NotRequired[bool | None]


class WillNotShip(TypedDict):
    """Why the merchant decided not to ship."""

    why: NotRequired[str]


class Words(TypedDict):
    """Words for a kind of notice in a language: Jinja in a sandbox, with marks for headings, bold and links."""

    kind: str
    language: Literal["de", "en", "es", "fr"]
    subject: str
    body: str
    sms: NotRequired[str]
    note: NotRequired[str]
