"""When money may and must move: how long an authorisation lives, what a partial capture leaves, when to charge.

Windows are dated data keyed by provider, network, initiator and kind of authorisation, because providers disagree; what
a provider itself says (`capture_before`) always wins. Pure: amounts are minor units, instants are aware.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

ANY = "*"
NEVER_BEFORE = date(1, 1, 1)


class Initiator(StrEnum):
    """Who started the payment."""

    CUSTOMER = "customer"
    MERCHANT = "merchant"


class AuthKind(StrEnum):
    """What sort of authorisation it is."""

    FINAL = "final"
    PRE = "pre"
    EXTENDED = "extended"


@dataclass(frozen=True, slots=True)
class Window:
    """How long an authorisation made online lives; ANY in a key field matches everything."""

    provider: str
    network: str
    initiator: str
    kind: AuthKind
    lasts: timedelta
    source: str
    effective_from: date = NEVER_BEFORE

    def fits(self, network: str, initiator: Initiator, kind: AuthKind, on: date) -> bool:
        """Does it speak of such an authorisation, whoever the provider is?"""
        is_named = self.network in (ANY, network) and self.initiator in (ANY, initiator)
        return is_named and self.kind is kind and self.effective_from <= on

    @property
    def precision(self) -> tuple[int, date]:
        return sum(own != ANY for own in (self.network, self.initiator)), self.effective_from


def _days(n: int) -> timedelta:
    return timedelta(days=n)


STRIPE = "https://stripe.com/en-nl/docs/payments/capture-later"
STRIPE_EXTENDED = "https://docs.stripe.com/payments/extended-authorization"
COMPARED = "https://dev.to/tomwangcn/card-auth-expiry-visa-vs-mastercard-capture-rules-23i"
CHECKOUT = "Checkout.com documentation: voided after 7 days"
FINAL, PRE, EXTENDED = AuthKind.FINAL, AuthKind.PRE, AuthKind.EXTENDED

WINDOWS: tuple[Window, ...] = (
    Window("stripe", "visa", Initiator.CUSTOMER, FINAL, _days(7), STRIPE),
    # "5 days" is exactly 4 days 18 hours.
    Window("stripe", "visa", Initiator.MERCHANT, FINAL, timedelta(days=4, hours=18), STRIPE),
    Window("stripe", "mastercard", ANY, FINAL, _days(7), STRIPE),
    Window("stripe", "amex", ANY, FINAL, _days(7), STRIPE),
    Window("stripe", "discover", ANY, FINAL, _days(7), STRIPE),
    *(
        Window("stripe", network, ANY, EXTENDED, _days(30), STRIPE_EXTENDED)
        for network in ("visa", "mastercard", "amex", "discover")
    ),
    Window("braintree", "visa", Initiator.CUSTOMER, FINAL, _days(8), COMPARED),
    Window("adyen", "visa", Initiator.CUSTOMER, FINAL, _days(10), COMPARED),
    Window("checkout", ANY, ANY, FINAL, _days(7), CHECKOUT),
    Window("shopify", ANY, ANY, FINAL, _days(7), "shopify.dev changelog"),
    Window(ANY, "visa", Initiator.CUSTOMER, FINAL, _days(10), COMPARED, effective_from=date(2026, 4, 18)),
    Window(ANY, "mastercard", ANY, FINAL, _days(7), "Revolut documentation"),
    Window(ANY, "mastercard", ANY, PRE, _days(30), "Revolut documentation"),
)


@dataclass(frozen=True, slots=True)
class Validity:
    """Until when an authorisation can be captured; `is_known` false: a guess on the short side from `source`."""

    capture_before: datetime
    is_known: bool
    source: str


def capture_before(
    *,
    authorised_at: datetime,
    provider: str,
    network: str,
    initiator: Initiator = Initiator.CUSTOMER,
    kind: AuthKind = AuthKind.FINAL,
    provider_says: datetime | None = None,
) -> Validity:
    """Until when an authorisation can be captured: the provider's own word, else its window for the network.

    Where its window is not known the shortest known for that network is taken, and else the shortest of all.
    """
    assert authorised_at.tzinfo is not None
    if provider_says is not None:
        return Validity(provider_says, True, f"{provider} says so")
    fitting = [w for w in WINDOWS if w.fits(network.lower(), initiator, kind, authorised_at.date())]
    own = [window for window in fitting if window.provider == provider.lower()]
    if own:
        best = max(own, key=lambda window: window.precision)
        return Validity(authorised_at + best.lasts, True, best.source)
    shortest = min(fitting or WINDOWS, key=lambda window: window.lasts)
    return Validity(authorised_at + shortest.lasts, False, f"not known for {provider}; shortest: {shortest.source}")


class HoldAction(StrEnum):
    """What to do about an authorisation now."""

    NONE = "none"
    CAPTURE_OR_RENEW = "capture_or_renew"  # It lapses soon.
    REAUTHORISE = "reauthorise"  # It has lapsed.


@dataclass(frozen=True, slots=True)
class HoldClock:
    """Whether an authorisation can be captured at an instant, and what to do."""

    can_capture: bool
    action: HoldAction
    warn_at: datetime


def hold_clock(*, capture_before: datetime, now: datetime, warn_before: timedelta = timedelta(hours=24)) -> HoldClock:
    """Look at an authorisation at `now`; `warn_before` is how long before it lapses somebody is warned."""
    warn_at = capture_before - warn_before
    if now >= capture_before:
        return HoldClock(False, HoldAction.REAUTHORISE, warn_at)
    return HoldClock(True, HoldAction.CAPTURE_OR_RENEW if now >= warn_at else HoldAction.NONE, warn_at)


@dataclass(frozen=True, slots=True)
class CaptureRules:
    """How a provider treats captures of less than what was authorised.

    `split_setting` must be on, or else the first partial capture drops the rest. `most_captures` None: not known.
    """

    split_setting: str
    drops_rest_by_default: bool
    most_captures: int | None
    voids_after_days: int | None = None
    notes: tuple[str, ...] = ()


CAPTURES: Mapping[str, CaptureRules] = {
    "stripe": CaptureRules("multicapture", True, 50, notes=("IC+ pricing", "online cards")),
    "adyen": CaptureRules(
        "multiple_partial_captures", True, None, notes=("never /reversals with it", "captureDelayHours at most 672")
    ),
    "checkout": CaptureRules("NonFinal", True, 150, voids_after_days=7),
}
UNKNOWN_CAPTURES = CaptureRules("", True, 1)  # Of an unknown provider we believe that the rest is dropped.


@dataclass(frozen=True, slots=True)
class AfterCapture:
    """What a partial capture leaves; `reauthorise_minor` must be authorised anew before the rest ships."""

    authorised_minor: int
    reauthorise_minor: int


def after_capture(provider: str, *, authorised_minor: int, captured_minor: int, split_enabled: bool) -> AfterCapture:
    """What is left of an authorisation after a capture for the part that shipped."""
    assert 0 <= captured_minor <= authorised_minor
    rest = authorised_minor - captured_minor
    rules = CAPTURES.get(provider, UNKNOWN_CAPTURES)
    if rest and rules.drops_rest_by_default and not split_enabled:
        return AfterCapture(0, rest)
    return AfterCapture(rest, 0)


@dataclass(frozen=True, slots=True)
class Extended:
    """How long an extended authorisation may live and what it asks for."""

    most_days: int
    restrictions: tuple[str, ...]


EXTENDED_AUTHORISATION: Mapping[str, Extended] = {
    "stripe": Extended(30, ("IC+ pricing", "merchant category per network", "not Link")),
}


def extended_authorisation(provider: str, network: str, *, is_link: bool = False) -> Extended | None:
    """The extended authorisation of this provider for this network; None if there is none."""
    networks = {window.network for window in WINDOWS if window.provider == provider and window.kind is EXTENDED}
    return EXTENDED_AUTHORISATION.get(provider) if network in networks and not is_link else None


class Plan(StrEnum):
    """How an order that ships on a known day is paid."""

    AUTHORISE_NOW = "authorise_now_capture_at_ship"
    EXTENDED = "extended_authorisation"
    AT_RELEASE = "store_credential_authorise_at_release"
    AT_ORDER = "charge_at_order"


def plan_payment(
    *,
    authorised_at: datetime,
    ships_at: datetime | None,
    provider: str,
    network: str,
    is_link: bool = False,
    merchant_may_extend: bool = False,
    consent_names_ship_date: bool = False,
    charge_at_order: bool = False,
) -> Plan:
    """How to pay for what ships at an instant (None: unknown); it must lie inside the authorisation's life.

    `charge_at_order` is the merchant's wish, granted only with the buyer's stored consent that names the expected
    ship date. `merchant_may_extend`: category and contract allow an extended authorisation.
    """
    if charge_at_order and consent_names_ship_date:
        return Plan.AT_ORDER
    if ships_at is None:
        return Plan.AT_RELEASE
    validity = capture_before(authorised_at=authorised_at, provider=provider, network=network)
    if ships_at < validity.capture_before:
        return Plan.AUTHORISE_NOW
    extended = extended_authorisation(provider, network, is_link=is_link) if merchant_may_extend else None
    if extended is not None and ships_at < authorised_at + timedelta(days=extended.most_days):
        return Plan.EXTENDED
    return Plan.AT_RELEASE


def may_present_charge(*, goods_shipped: bool, agreed_to_disclosed_delay: bool) -> bool:
    """May the charge be presented? After shipment, or when the cardholder agreed to a disclosed delayed delivery."""
    return goods_shipped or agreed_to_disclosed_delay


def may_charge_balance(network: str, *, deposit_charged: bool, goods_shipped: bool) -> bool:
    """May the balance after a deposit be charged? With Amex only after shipping; elsewhere at release."""
    assert deposit_charged
    return goods_shipped or network != "amex"


class MoneyBack(StrEnum):
    """How a cancelled order gives its money back."""

    VOID = "void_at_once"
    REFUND = "refund"
    NONE = "none"


def on_cancel(*, authorised_minor: int, captured_minor: int) -> MoneyBack:
    """What a cancellation does: what was captured is refunded, what was only authorised is voided at once."""
    if captured_minor:
        return MoneyBack.REFUND
    return MoneyBack.VOID if authorised_minor else MoneyBack.NONE


DEPOSIT_DRAFTS = ("deposit", "balance")  # The labels of a deposit sale's drafts, one authorisation each.

# Reasons an authorisation is repeated, as networks number them (Cybersource field reference).
REAUTHORISATION_REASONS: Mapping[str, int] = {
    "resubmission": 1,
    "delayed_charge": 2,
    "split_shipment": 3,  # Visa, Discover.
    "partial_shipment": 6,  # Mastercard, Discover.
}
SHOPIFY_BALANCE_TRIGGERS: tuple[tuple[str, str], ...] = (("2026-01", "ON_FULFILLMENT"),)


def shopify_charge_on_ship(api_version: str) -> str | None:
    """The balance trigger that charges at fulfilment in a version of Shopify's API; None before there was one."""
    return next((value for since, value in reversed(SHOPIFY_BALANCE_TRIGGERS) if api_version >= since), None)
