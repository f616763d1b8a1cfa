"""How long authorisations live, what captures leave, how an order is paid."""

from datetime import UTC, datetime, timedelta

import pytest

from backorder.engine.payments import (
    AuthKind,
    HoldAction,
    Initiator,
    MoneyBack,
    Plan,
    after_capture,
    capture_before,
    extended_authorisation,
    hold_clock,
    may_charge_balance,
    may_present_charge,
    on_cancel,
    plan_payment,
    shopify_charge_on_ship,
)

AT = datetime(2026, 3, 2, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("provider", "network", "initiator", "kind", "lasts", "is_known"),
    [
        ("stripe", "visa", Initiator.CUSTOMER, AuthKind.FINAL, timedelta(days=7), True),
        ("Stripe", "VISA", Initiator.MERCHANT, AuthKind.FINAL, timedelta(days=4, hours=18), True),
        ("stripe", "mastercard", Initiator.MERCHANT, AuthKind.FINAL, timedelta(days=7), True),
        ("stripe", "amex", Initiator.CUSTOMER, AuthKind.EXTENDED, timedelta(days=30), True),
        ("braintree", "visa", Initiator.CUSTOMER, AuthKind.FINAL, timedelta(days=8), True),
        ("adyen", "visa", Initiator.CUSTOMER, AuthKind.FINAL, timedelta(days=10), True),
        ("checkout", "mastercard", Initiator.CUSTOMER, AuthKind.FINAL, timedelta(days=7), True),
        # The shortest window of that network, because providers disagree.
        ("acme", "visa", Initiator.CUSTOMER, AuthKind.FINAL, timedelta(days=7), False),
        ("adyen", "mastercard", Initiator.CUSTOMER, AuthKind.PRE, timedelta(days=30), False),
        # Nothing at all is known of it: the shortest of all.
        ("acme", "jcb", Initiator.CUSTOMER, AuthKind.PRE, timedelta(days=4, hours=18), False),
    ],
)
def test_how_long_an_authorisation_lives(provider, network, initiator, kind, lasts, is_known):
    found = capture_before(authorised_at=AT, provider=provider, network=network, initiator=initiator, kind=kind)
    assert (found.capture_before - AT, found.is_known) == (lasts, is_known)


def test_what_the_provider_says_wins():
    said = datetime(2026, 3, 5, tzinfo=UTC)
    found = capture_before(authorised_at=AT, provider="stripe", network="visa", provider_says=said)
    assert (found.capture_before, found.is_known) == (said, True)


@pytest.mark.parametrize(
    ("hours_left", "can_capture", "action"),
    [
        (25, True, HoldAction.NONE),
        (24, True, HoldAction.CAPTURE_OR_RENEW),
        (1, True, HoldAction.CAPTURE_OR_RENEW),
        (0, False, HoldAction.REAUTHORISE),
        (-1, False, HoldAction.REAUTHORISE),
    ],
)
def test_a_hold_warns_before_it_lapses(hours_left, can_capture, action):
    clock = hold_clock(capture_before=AT, now=AT - timedelta(hours=hours_left))
    assert (clock.can_capture, clock.action, clock.warn_at) == (can_capture, action, AT - timedelta(hours=24))


@pytest.mark.parametrize(
    ("provider", "split", "left", "again"),
    [
        ("adyen", False, 0, 4000),
        ("adyen", True, 4000, 0),
        ("checkout", False, 0, 4000),
        ("stripe", True, 4000, 0),
        ("acme", False, 0, 4000),
    ],
)
def test_what_a_partial_capture_leaves(provider, split, left, again):
    after = after_capture(provider, authorised_minor=10_000, captured_minor=6_000, split_enabled=split)
    assert (after.authorised_minor, after.reauthorise_minor) == (left, again)


def test_a_full_capture_leaves_nothing():
    after = after_capture("adyen", authorised_minor=10_000, captured_minor=10_000, split_enabled=False)
    assert (after.authorised_minor, after.reauthorise_minor) == (0, 0)


@pytest.mark.parametrize(
    ("days", "wishes", "plan"),
    [
        (6, {}, Plan.AUTHORISE_NOW),
        (7, {}, Plan.AT_RELEASE),
        (7, {"merchant_may_extend": True}, Plan.EXTENDED),
        (29, {"merchant_may_extend": True}, Plan.EXTENDED),
        (30, {"merchant_may_extend": True}, Plan.AT_RELEASE),
        (20, {"merchant_may_extend": True, "is_link": True}, Plan.AT_RELEASE),
        (None, {"merchant_may_extend": True}, Plan.AT_RELEASE),
        (60, {"charge_at_order": True, "consent_names_ship_date": True}, Plan.AT_ORDER),
        (60, {"charge_at_order": True}, Plan.AT_RELEASE),
    ],
)
def test_how_an_order_is_paid(days, wishes, plan):
    ships_at = None if days is None else AT + timedelta(days=days)
    assert plan_payment(authorised_at=AT, ships_at=ships_at, provider="stripe", network="visa", **wishes) is plan


def test_extended_authorisations_are_not_everywhere():
    assert extended_authorisation("adyen", "visa") is None
    assert extended_authorisation("stripe", "jcb") is None
    assert extended_authorisation("stripe", "visa").most_days == 30


def test_when_a_charge_may_be_presented():
    asked = [(shipped, agreed) for shipped in (True, False) for agreed in (True, False)]
    allowed = [may_present_charge(goods_shipped=shipped, agreed_to_disclosed_delay=agreed) for shipped, agreed in asked]
    assert allowed == [True, True, True, False]
    assert not may_charge_balance("amex", deposit_charged=True, goods_shipped=False)
    assert may_charge_balance("amex", deposit_charged=True, goods_shipped=True)
    assert may_charge_balance("visa", deposit_charged=True, goods_shipped=False)


def test_how_a_cancelled_order_gives_its_money_back():
    assert on_cancel(authorised_minor=100, captured_minor=0) is MoneyBack.VOID
    assert on_cancel(authorised_minor=100, captured_minor=40) is MoneyBack.REFUND
    assert on_cancel(authorised_minor=0, captured_minor=0) is MoneyBack.NONE


def test_shopify_charges_at_fulfilment_since_a_version():
    assert [shopify_charge_on_ship(version) for version in ("2025-10", "2026-01", "2026-07")] == [
        None,
        "ON_FULFILLMENT",
        "ON_FULFILLMENT",
    ]
