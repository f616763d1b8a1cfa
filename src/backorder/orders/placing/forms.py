"""What callers hand in and get back when they place, hold or ask: the shapes, their limits, the JSON.

One definition serves every door: msgspec reads JSON straight into these structs and checks them, and
its schema is what the OpenAPI document shows. Money is minor units, dates are ISO days.
"""

from __future__ import annotations

import hashlib
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from backorder.journal.refusals import Refused

MAX_UNITS = 1_000_000
MAX_LINES = 1_000
MAX_MINOR = 10**13
FIRST_YEAR, LAST_YEAR = 2000, 2100
WIDEST_OFFSET = timedelta(hours=16)

Units = Annotated[int, Meta(ge=1, le=MAX_UNITS, description="Whole units of the item's stock unit.")]
Shipments = Annotated[int, Meta(ge=1, le=1_000, description="How many shipments a line may come in.")]
Minor = Annotated[int, Meta(ge=0, le=MAX_MINOR, description="Money in minor units of the currency.")]
Sku = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f]+$")]
Code = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f]+$")]
Reference = Annotated[str, Meta(min_length=1, max_length=128, pattern=r"^[^\x00-\x1f\x7f]+$")]
Text = Annotated[str, Meta(max_length=1_000, pattern=r"^[^\x00]*$")]
Word = Annotated[str, Meta(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+$")]
Texts = Annotated[dict[Word, Text], Meta(max_length=50)]
Whole = Annotated[int, Meta(ge=-(2**53), le=2**53)]
Country = Annotated[str, Meta(pattern="^[A-Z]{2}$", description="ISO 3166-1 alpha-2.")]
Currency = Annotated[str, Meta(pattern="^[A-Z]{3}$", description="ISO 4217.")]


def check_instant(instant: datetime) -> None:
    """Raise ValueError for an instant that no order can have, or whose offset PostgreSQL does not know."""
    offset = instant.utcoffset()
    if not FIRST_YEAR <= instant.year <= LAST_YEAR or offset is None or abs(offset) >= WIDEST_OFFSET:
        raise ValueError(f"Expected an instant of the years {FIRST_YEAR} to {LAST_YEAR} with an offset under 16 hours")


class NewCustomer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who orders; `reference` is the shop's own id of the customer."""

    reference: Reference
    name: Text = ""
    email: Text = ""
    phone: Text = ""
    tier: Text = ""


class NewLine(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Units of one item; `requested_on` is the delivery day wished for (none: as soon as possible).

    They come in at most `max_shipments` (none: any number); the last one waits for all that is left.
    """

    sku: Sku
    units: Units
    unit_price_minor: Minor = 0
    discount_minor: Minor = 0
    tax_minor: Minor = 0
    requested_on: date | None = None
    max_shipments: Shipments | None = None


class NewOrder(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An order with the choices made at order time; (channel, reference) is its identity."""

    channel: Code
    reference: Reference
    country: Country
    lines: Annotated[tuple[NewLine, ...], Meta(min_length=1, max_length=MAX_LINES)]
    customer: NewCustomer | None = None
    region: Text = ""
    zone: Annotated[str, Meta(max_length=64)] = "UTC"
    locale: Annotated[str, Meta(max_length=35, pattern=r"^[A-Za-z0-9-]*$")] = "en"
    contact: Texts = {}
    ship_to: Texts = {}
    service: Code | None = None
    currency: Currency | None = None
    shipping_minor: Minor = 0
    discount_minor: Minor = 0
    tax_minor: Minor = 0
    paid_at: Annotated[datetime, Meta(tz=True)] | None = None
    authorisation: Text = ""
    capture_before: Annotated[datetime, Meta(tz=True)] | None = None
    shown_on: date | None = None
    shown_wording: Text = ""
    requested_on: date | None = None
    on_short: Literal["wait", "ship_rest", "cancel_rest"] = "wait"
    ship: Literal["as_ready", "together"] = "as_ready"
    substitutes_allowed: bool = False
    cancel_if_not_by: date | None = None
    early_charge_consent: bool = False
    priority: Annotated[int, Meta(ge=-100, le=100)] = 0
    tags: Annotated[tuple[Text, ...], Meta(max_length=50)] = ()
    attributes: Annotated[dict[Word, Text | Whole | bool | None], Meta(max_length=100)] = {}
    hold: Reference | None = None

    def __post_init__(self) -> None:
        for instant in (self.paid_at, self.capture_before):
            if instant is not None:
                check_instant(instant)


class Inquiry(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A question for dates and alternatives; nothing is held."""

    channel: Code
    country: Country
    lines: Annotated[tuple[NewLine, ...], Meta(min_length=1, max_length=MAX_LINES)]
    service: Code | None = None
    requested_on: date | None = None
    on_short: Literal["wait", "ship_rest", "cancel_rest"] = "wait"
    ship: Literal["as_ready", "together"] = "as_ready"
    hold: Reference | None = None


class NewHold(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Units to hold for a cart (`token`) for some minutes; naming the cart again changes its hold."""

    channel: Code
    token: Reference
    country: Country
    lines: Annotated[tuple[NewLine, ...], Meta(min_length=1, max_length=MAX_LINES)]
    service: Code | None = None
    minutes: Annotated[int, Meta(ge=1, le=43_200)] | None = None


class PlacedPart(Struct, frozen=True):
    """Units of a line with their days, and what stands behind them."""

    units: int
    location: str
    ship_on: date
    deliver_from_on: date
    deliver_on: date
    reason: str
    certain: bool
    supply: int | None = None


class PlacedLine(Struct, frozen=True):
    """A line as it was answered: ordered = allocated + open + cancelled."""

    id: int
    position: int
    sku: str
    ordered: int
    allocated: int
    open: int
    cancelled: int
    first_promised_on: date | None
    promised_on: date | None
    parts: tuple[PlacedPart, ...]
    kit_units: int | None = None
    kit_line: int | None = None


class Placed(Struct, frozen=True):
    """An accepted order. `replayed`: it was placed before with the same body; this is the first answer."""

    id: int
    channel: str
    reference: str
    ordered_at: datetime
    lines: tuple[PlacedLine, ...]
    replayed: bool | UnsetType = UNSET


Form = TypeVar("Form")

_encode = msgspec.json.Encoder(order="deterministic").encode


def fingerprint(order: Struct) -> bytes:
    """16 bytes that tell two bodies apart; equal for equal content whatever the order of its keys."""
    return hashlib.blake2b(_encode(order), digest_size=16).digest()


def read(body: bytes, decoder: msgspec.json.Decoder[Form]) -> Form:
    """Parse and check JSON; what is wrong is refused with the path of the field and the limit broken."""
    try:
        return decoder.decode(body)
    except msgspec.ValidationError as wrong:
        raise refusal_of(str(wrong)) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as wrong:
        raise Refused("body_is_not_json", f"The body is not valid JSON: {wrong}.", status=400) from None


def refusal_of(said: str) -> Refused:
    """What msgspec said of a wrong value, as a refusal that names the field and the limit."""
    problem, _, path = said.partition(" - at `")
    field = path.removeprefix("key` in `").removeprefix("$").rstrip("`").lstrip(".") or "body"
    return Refused("invalid_field", f"{field}: {problem}.", field=field, limit=problem)


def to_plain(value: Any) -> Any:
    """A struct as plain JSON values, for doors that encode by themselves."""
    return msgspec.to_builtins(value)
