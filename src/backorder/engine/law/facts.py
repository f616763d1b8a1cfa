"""What the delay law is told about one line of an order, and what it answers.

A caller turns its rows into `LineFacts`, asks `delay_law.judge`, and acts on the `Ruling`. Instants are
aware; days are plain dates of the law, found from instants by `days.py`. Nothing here decides.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class Means(StrEnum):
    """How a notice went out. A page that shows the status tells only those who come and look."""

    EMAIL = "email"
    SMS = "sms"
    LETTER = "letter"
    PHONE = "phone"
    STATUS_PAGE = "order_status_page_only"


class Element(StrEnum):
    """What the text of a delay notice can contain (16 CFR 435.2(b))."""

    REVISED_DATE = "definite_revised_ship_date"
    UNABLE_TO_DATE = "unable_to_give_any_date"
    REASONS = "reasons_for_the_delay"
    RIGHT_TO_CANCEL = "right_to_cancel_with_full_prompt_refund"
    SILENCE_IS_CONSENT = "silence_is_consent"
    SILENCE_IS_CANCEL = "silence_is_automatic_cancellation_with_last_answer_day"
    CONTINUING_RIGHT = "continuing_right_to_cancel_if_you_agree"
    FREE_ANSWER = "way_to_answer_at_sellers_expense"
    LIKELY_TO_REACH = "sent_by_a_means_likely_to_reach_in_time"


class OptionKind(StrEnum):
    """The five delay options there are; which one a notice is follows from the dates, not from its label."""

    FIRST_SHORT = "first_within_30_days"
    FIRST_LONG = "first_over_30_days"
    FIRST_INDEFINITE = "first_indefinite"
    RENEWED_DATED = "renewed_dated"
    RENEWED_INDEFINITE = "renewed_indefinite"


class Silence(StrEnum):
    """What it means when the buyer does not answer."""

    NOTHING = "nothing"  # Nothing was asked, or the law gives silence no meaning: the old date stands.
    CONSENT = "silence_is_consent"
    CANCEL = "silence_is_cancel"


class State(StrEnum):
    """How a line stands."""

    NOT_COVERED = "not_covered"  # The rule does not speak of such orders.
    INCOMPLETE = "incomplete"  # Payment or information is missing: the clock has not started.
    OPEN = "open"
    OPEN_INDEFINITE = "open_indefinite"
    SHIPPED_COMPLIANT = "shipped_compliant"
    SHIPPED_LATE = "shipped_late"  # It left after the order was already deemed cancelled.
    CANCELLED = "cancelled"
    REFUNDED = "refunded"
    MANUAL_REVIEW = "manual_review"
    LATE = "late"
    LATE_PERIOD_RUNNING = "late_additional_period_running"
    MAY_TERMINATE = "may_terminate"  # The consumer may end the contract; until then it goes on.
    TERMINATED = "terminated"
    WITHDRAWN = "withdrawn"
    DELIVERED = "delivered"
    DELIVERED_LATE = "delivered_late"


class Action(StrEnum):
    """What must be done next."""

    NONE = "none"
    SHIP = "ship"
    DELIVER = "deliver"
    SEND_FIRST_OPTION = "send_first_option"
    SEND_RENEWED_OPTION = "send_renewed_option"
    SHIP_OR_GET_CONSENT = "ship_or_get_consent"
    CONTINUING_RIGHT = "none_continuing_right_to_cancel"
    TELL_AND_REFUND = "tell_and_refund"  # The seller has decided not to ship and has not said so yet.
    REFUND = "refund"
    INFORM = "inform"  # No duty where `is_duty` is false: what a decent seller does.
    REVIEW = "manual_review"


class Category(StrEnum):
    """What sort of order it is; all but goods lie outside the US rule (16 CFR 435.3(a), FTC guide)."""

    GOODS = "goods"
    SUBSCRIPTION = "serial_subscription_after_first_shipment"
    SEEDS = "seeds_or_growing_plants"
    COD = "cod"
    NEGATIVE_OPTION = "prenotification_negative_option"
    SERVICE = "service"
    IN_STORE = "in_store"


@dataclass(frozen=True, slots=True)
class Stated:
    """The time the seller stated at the order: a last day (`on`), or days from the completed order.

    `days_from` is the first number of a range ("3-5 days" is days_from 3, days 5). `working` counts working days.
    """

    on: date | None = None
    days: int | None = None
    days_from: int | None = None
    working: bool = False


@dataclass(frozen=True, slots=True)
class DelayNotice:
    """One delay option as it was sent. `revised_on`, the new day to ship, None says that no date can be given.

    `revised_deliver_on` is the new day of delivery, for rules that look at delivery.
    `elements` is what its text contained; None: everything its kind demands (its template was checked).
    `has_basis`: there was a reasonable basis for what it says. A notice that bounced, or lay on a status page
    and was not seen (`seen_at`), reached nobody.
    """

    id: str
    sent_at: datetime
    revised_on: date | None
    elements: frozenset[Element] | None = None
    has_basis: bool = True
    means: Means = Means.EMAIL
    seen_at: datetime | None = None
    bounced: bool = False
    revised_deliver_on: date | None = None


class Said(StrEnum):
    """What the buyer answered."""

    CONSENT = "consent"
    CANCEL = "cancel"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the buyer answered to the notice `to` ("" : the last one sent before).

    `further_until` is a day up to which a consent also covers a further, unforeseen delay that was asked about in the
    same notice ((b)(1)(iv)); `further_indefinite` the same without a day. An `automatic` answer says nothing.
    """

    said: Said
    received_at: datetime
    to: str = ""
    further_until: date | None = None
    further_indefinite: bool = False
    automatic: bool = False


@dataclass(frozen=True, slots=True)
class Shipment:
    """Units that the carrier took possession of at `possession_at` (a printed label is no shipment)."""

    possession_at: datetime
    units: int


@dataclass(frozen=True, slots=True)
class Outlook:
    """What the seller has known since `known_at` about the day the rest can ship; `ship_on` None: no day is known."""

    known_at: datetime
    ship_on: date | None


@dataclass(frozen=True, slots=True)
class GivenUp:
    """The seller decided at `decided_at` not to ship, and told the buyer at `told_at`."""

    decided_at: datetime
    told_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class AdditionalPeriod:
    """A consumer's last chance for the seller: set at `set_at`, to deliver by the end of `until`."""

    set_at: datetime
    until: date


@dataclass(frozen=True, slots=True)
class LineFacts:
    """One line of one order. What is unknown stays None; what has not happened is empty.

    `units` are those ordered less those taken back outside the delay law. `region` is the part after the dash of an
    ISO 3166-2 code ("ON"). An unknown `buyer_zone` ("" or a name nobody knows) counts as the seller's. The clock of
    the US rule runs from the latest of `tendered_at`, `informed_at` and, when the first payment failed (`bounced`),
    `honoured_at`. `stated` is the time to ship, `deliver_by` the day of delivery that was agreed (for rules that look
    at delivery). `contract_at` None: the contract was concluded when payment was tendered.
    """

    country: str
    units: int
    tendered_at: datetime | None
    informed_at: datetime | None = None  # All that is needed to process and ship was known; None: with the payment.
    bounced: bool = False
    honoured_at: datetime | None = None
    region: str = ""
    buyer_zone: str = ""
    seller_zone: str = "UTC"
    category: Category = Category.GOODS
    stated: Stated | None = None
    applied_to_seller_for_credit: bool = False
    seller_is_creditor: bool = False
    notices: tuple[DelayNotice, ...] = ()
    answers: tuple[Answer, ...] = ()
    shipments: tuple[Shipment, ...] = ()
    outlook: Outlook | None = None
    given_up: GivenUp | None = None
    refund_sent_at: datetime | None = None
    same_means_impossible_at: datetime | None = None  # Found that the refund cannot go the way the payment came.
    contract_at: datetime | None = None
    deliver_by: date | None = None
    delivered_at: datetime | None = None  # All units are in the consumer's possession.
    delivered_units: int = 0  # While not all are: how many.
    no_interest_in_part: bool = False  # What was delivered is of no use to the consumer without the rest.
    order_delivered_at: datetime | None = None  # The last good of the whole order was delivered.
    time_is_essential: bool = False  # In the circumstances, or because the consumer said so before the contract.
    failure_is_obvious: bool = False  # Before it is due, it is plain that the delivery will fail (BGB 323(4)).
    periods: tuple[AdditionalPeriod, ...] = ()
    terminated_at: datetime | None = None
    withdrawn_at: datetime | None = None
    late_delivery_agreed: bool = False  # The consumer agreed to a later delivery (Ontario).
    seller_agreed: bool = False  # The end (`terminated_at`) was one that the seller had offered and carried out.


@dataclass(frozen=True, slots=True)
class Finding:
    """What a notice that was sent is worth: `defect` "" is valid; an earlier date is a courtesy (kind None)."""

    notice: str
    kind: OptionKind | None
    silence: Silence
    answer_by: date | None
    defect: str = ""


@dataclass(frozen=True, slots=True)
class RefundDue:
    """Money that must go back: since `vests_on`, at the latest on `sent_by`, for `units` that did not ship.

    `rule` is 7_working_days, one_billing_cycle, without_undue_delay or n_days; `target` is true when the law names
    no day and `sent_by` is the merchant's own.
    """

    vests_on: date
    sent_by: date
    rule: str
    units: int
    is_target: bool = False


@dataclass(frozen=True, slots=True)
class Ruling:
    """What the law says of a line at an instant: how it stands, what must be done by the end of `latest`, and why.

    `latest_at` is the instant `latest` ends, the strictest of the zones. `ask_by` is the merchant's own earlier target
    for a notice. `silence` is what the buyer's silence to the open question will mean after `answer_by`. `due_on` is
    the day the line must ship (or be delivered) as things stand; None with OPEN_INDEFINITE: until the buyer cancels.
    `why` is the trigger of a cancellation, such as "(c)(2)". `is_duty` false: good practice only.
    """

    rule: str
    state: State
    action: Action
    paragraph: str
    latest: date | None = None
    latest_at: datetime | None = None
    ask_by: date | None = None
    is_duty: bool = True
    silence: Silence = Silence.NOTHING
    answer_by: date | None = None
    clock_start: date | None = None
    applicable_time_end: date | None = None
    due_on: date | None = None
    findings: tuple[Finding, ...] = ()
    why: str = ""
    refund: RefundDue | None = None
    units_open: int = 0
    shipped_on: date | None = None
    is_on_time: bool | None = None
    may_terminate_from: date | None = None
    is_strictest: bool = False  # No rule is known for the country; the strictest of all was applied.
    said: tuple[str, ...] = ()  # Sentences for staff and for the evidence.
