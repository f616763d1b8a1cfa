"""The clocks that look at delivery: EU, Germany, the UK, Ontario, and Australia's reasonable time."""

from dataclasses import replace
from datetime import date

import pytest
from tests.engine.law.story import at, day, ruled

from backorder.engine.law.assumptions import DEFAULTS
from backorder.engine.law.delivery import (
    additional_period,
    choices_on_short_delivery,
    may_take_payment,
    must_accept_instalments,
    withdrawal_ends_on,
)
from backorder.engine.law.facts import Action, AdditionalPeriod, Silence, State
from backorder.engine.law.rules import Jurisdiction, duties_on, jurisdiction_of, rule_on

ORDERED = "ordered 2026-03-02\n"
EUROPE = ["FR", "DE", "GB"]


def period(set_on, until):
    return (AdditionalPeriod(at(set_on), day(until)),)


@pytest.mark.parametrize(("country", "paragraph"), [("FR", "18(1)"), ("DE", "475(1)"), ("GB", "s28(3)")])
def test_without_an_agreed_day_it_is_30_days_after_the_contract(country, paragraph):
    ruling = ruled(ORDERED, on="2026-03-10", country=country)
    assert (ruling.state, ruling.action, ruling.latest, ruling.paragraph) == (
        State.OPEN,
        Action.DELIVER,
        day("2026-04-01"),
        paragraph,
    )


@pytest.mark.parametrize("country", EUROPE)
def test_an_agreed_day_stands_even_if_it_is_far(country):
    ruling = ruled(ORDERED, on="2026-06-01", country=country, deliver_by=date(2026, 12, 16))
    assert (ruling.state, ruling.latest) == (State.OPEN, day("2026-12-16"))


@pytest.mark.parametrize("country", EUROPE)
def test_silence_to_a_later_day_changes_nothing_and_a_yes_does(country):
    story = ORDERED + "notice n1 2026-03-20 until 2026-05-18 delivered 2026-05-20\n"
    silent = ruled(story, on="2026-04-02", country=country)
    assert (silent.state, silent.due_on, silent.silence) == (State.LATE, day("2026-04-01"), Silence.NOTHING)
    agreed = ruled(story + "yes 2026-03-22", on="2026-04-02", country=country)
    assert (agreed.state, agreed.due_on) == (State.OPEN, day("2026-05-20"))
    machine = ruled(story + "yes 2026-03-22 automatic yes", on="2026-04-02", country=country)
    assert machine.due_on == day("2026-04-01")


@pytest.mark.parametrize("country", EUROPE)
def test_shipping_is_not_delivering(country):
    assert ruled(ORDERED + "shipped 2026-03-31", on="2026-04-02", country=country).state is State.LATE
    delivered = ruled(ORDERED, on="2026-04-02", country=country, delivered_at=at("2026-04-01"))
    assert (delivered.state, delivered.is_on_time) == (State.DELIVERED, True)
    late = ruled(ORDERED, on="2026-04-09", country=country, delivered_at=at("2026-04-02"))
    assert (late.state, late.is_on_time) == (State.DELIVERED_LATE, False)


@pytest.mark.parametrize("country", EUROPE)
def test_a_late_seller_gets_an_additional_period_and_then_the_consumer_may_end_it(country):
    facts = {"country": country, "periods": period("2026-04-05", "2026-04-15")}
    assert ruled(ORDERED, on="2026-04-04", **facts).state is State.LATE
    running = ruled(ORDERED, on="2026-04-15", **facts)
    assert (running.state, running.latest, running.may_terminate_from) == (
        State.LATE_PERIOD_RUNNING,
        day("2026-04-15"),
        day("2026-04-16"),
    )
    assert ruled(ORDERED, on="2026-04-16", **facts).state is State.MAY_TERMINATE
    ended = ruled(ORDERED, on="2026-04-17", **facts, terminated_at=at("2026-04-17"))
    assert (ended.state, ended.action) == (State.TERMINATED, Action.REFUND)
    assert (ended.refund.rule, ended.refund.vests_on, ended.refund.sent_by) == (
        "without_undue_delay",
        day("2026-04-17"),
        day("2026-04-21"),
    )
    assert ended.refund.is_target


def test_in_germany_a_period_set_before_the_due_day_has_no_effect():
    early = period("2026-03-30", "2026-04-10")
    assert ruled(ORDERED, on="2026-04-11", country="DE", periods=early).state is State.LATE
    assert ruled(ORDERED, on="2026-04-11", country="FR", periods=early).state is State.MAY_TERMINATE


@pytest.mark.parametrize("country", EUROPE)
def test_a_refusal_or_an_essential_day_needs_no_period(country):
    refused = ruled(ORDERED + "gave_up 2026-03-10 told 2026-03-11", on="2026-03-11", country=country)
    assert (refused.state, refused.may_terminate_from) == (State.MAY_TERMINATE, day("2026-03-11"))
    essential = [ruled(ORDERED, on=on, country=country, time_is_essential=True) for on in ("2026-04-01", "2026-04-02")]
    assert [ruling.state for ruling in essential] == [State.OPEN, State.MAY_TERMINATE]


def test_only_german_law_lets_go_early_when_failure_is_obvious():
    states = [ruled(ORDERED, on="2026-03-20", country=country, failure_is_obvious=True) for country in EUROPE]
    assert [ruling.state for ruling in states] == [State.OPEN, State.MAY_TERMINATE, State.OPEN]
    assert states[1].paragraph == "323(4)"


def test_who_received_a_part_keeps_it_unless_it_is_of_no_use_alone():
    facts = {
        "country": "DE",
        "units": 5,
        "delivered_units": 3,
        "periods": period("2026-04-05", "2026-04-15"),
        "terminated_at": at("2026-04-16"),
    }
    assert ruled(ORDERED, on="2026-04-16", **facts).refund.units == 2
    assert ruled(ORDERED, on="2026-04-16", **facts, no_interest_in_part=True).refund.units == 5


# Withdrawal.


@pytest.mark.parametrize("country", EUROPE)
def test_who_waits_may_withdraw_and_gets_the_money_in_14_days(country):
    ruling = ruled(ORDERED, on="2026-03-10", country=country, withdrawn_at=at("2026-03-10"))
    assert (ruling.state, ruling.action, ruling.why) == (State.WITHDRAWN, Action.REFUND, "withdrawal")
    assert (ruling.refund.rule, ruling.refund.sent_by) == ("14_days", day("2026-03-24"))


@pytest.mark.parametrize("country", EUROPE)
def test_who_ends_a_contract_too_early_has_withdrawn_from_it(country):
    ruling = ruled(ORDERED, on="2026-03-10", country=country, terminated_at=at("2026-03-10"))
    assert (ruling.state, ruling.refund.sent_by) == (State.WITHDRAWN, day("2026-03-24"))


def test_a_line_that_waits_keeps_the_whole_order_open_for_withdrawal():
    rule = rule_on(Jurisdiction.EU, date(2026, 3, 2))
    assert withdrawal_ends_on(rule, last_delivered_on=None) is None
    assert withdrawal_ends_on(rule, last_delivered_on=day("2026-04-10")) == day("2026-04-24")
    came = {"country": "FR", "delivered_at": at("2026-03-10")}
    withdrawn = ruled(ORDERED, on="2026-04-20", **came, withdrawn_at=at("2026-04-20"))
    assert (withdrawn.state, withdrawn.refund.units) == (State.WITHDRAWN, 1)
    too_late = ruled(
        ORDERED, on="2026-04-20", **came, order_delivered_at=at("2026-04-05"), withdrawn_at=at("2026-04-20")
    )
    assert (too_late.state, too_late.action) == (State.MANUAL_REVIEW, Action.REVIEW)


def test_what_was_delivered_cannot_be_terminated_for_lateness_afterwards():
    ruling = ruled(
        ORDERED, on="2026-04-10", country="FR", delivered_at=at("2026-04-03"), terminated_at=at("2026-04-05")
    )
    assert ruling.state is State.DELIVERED_LATE


# Ontario and Australia.


def test_in_ontario_a_delivery_more_than_30_days_late_may_be_cancelled():
    facts = {"country": "CA", "region": "ON", "deliver_by": date(2026, 3, 31)}
    assert ruled(ORDERED, on="2026-04-30", **facts).state is State.LATE
    free = ruled(ORDERED, on="2026-05-01", **facts)
    assert (free.state, free.may_terminate_from) == (State.MAY_TERMINATE, day("2026-05-01"))
    ended = ruled(ORDERED, on="2026-05-02", **facts, terminated_at=at("2026-05-02"))
    assert (ended.refund.rule, ended.refund.sent_by) == ("15_days", day("2026-05-17"))
    agreed = ruled(ORDERED, on="2026-12-31", **facts, late_delivery_agreed=True)
    assert (agreed.state, agreed.may_terminate_from) == (State.LATE, None)
    early = ruled(ORDERED, on="2026-04-10", **facts, terminated_at=at("2026-04-10"))
    assert early.state is State.MANUAL_REVIEW


def test_in_ontario_without_a_stated_day_it_is_30_days_after_the_contract():
    facts = {"country": "CA", "region": "ON"}
    assert ruled(ORDERED, on="2026-04-01", **facts).state is State.OPEN
    assert ruled(ORDERED, on="2026-04-02", **facts).state is State.MAY_TERMINATE


def test_in_australia_it_is_a_reasonable_time_and_the_seller_tells():
    ruling = ruled(ORDERED, on="2026-03-10", country="AU")
    assert (ruling.latest, ruling.said) == (
        day("2026-04-01"),
        ("stock availability", "likely timing", "remedies"),
    )
    other = replace(DEFAULTS, reasonable_days=10)
    assert ruled(ORDERED, on="2026-03-10", country="AU", assumptions=other).latest == day("2026-03-12")
    informed = ruled(ORDERED + "known 2026-03-10", on="2026-03-10", country="AU")
    assert (informed.action, informed.is_duty, informed.ask_by) == (Action.INFORM, True, day("2026-03-11"))


@pytest.mark.parametrize("country", EUROPE)
def test_in_europe_to_tell_is_good_practice(country):
    story = ORDERED + "known 2026-03-20 late 2026-04-20\n"
    ruling = ruled(story, on="2026-03-20", country=country)
    assert (ruling.action, ruling.is_duty, ruling.ask_by) == (Action.INFORM, False, day("2026-03-23"))
    assert ruled(story + "notice n1 2026-03-21 until 2026-04-20", on="2026-03-22", country=country).action is (
        Action.DELIVER
    )


def test_small_rules():
    assert not must_accept_instalments(split_agreed=False)
    assert must_accept_instalments(split_agreed=True)
    asked = [(intends, grounds) for intends in (True, False) for grounds in (True, False)]
    allowed = [may_take_payment(intends_to_supply=intends, has_reasonable_grounds=has) for intends, has in asked]
    assert allowed == [True, False, False, False]
    assert choices_on_short_delivery() == ("reject", "accept_and_pay_contract_rate")
    assert additional_period(day("2026-04-05"), DEFAULTS) == day("2026-04-19")
    assert ruled("", on="2026-04-05", country="FR").state is State.INCOMPLETE


def test_whose_law_it_is():
    places = {
        ("NO", ""): "eu",
        ("DE", "BY"): "de",
        ("GB", ""): "uk",
        ("CA", "CA-ON"): "ontario",
        ("CH", ""): "strictest",
    }
    assert {place: jurisdiction_of(*place).value for place in places} == places


def test_further_duties_come_into_force_on_their_day():
    names = [
        [duty.name for duty in duties_on(Jurisdiction.EU, day(on))] for on in ("2026-06-18", "2026-06-19", "2026-09-27")
    ]
    assert names == [[], ["withdrawal_function"], ["withdrawal_function", "durability_and_repair_information"]]
    assert not rule_on(Jurisdiction.EU, day("2026-06-18")).may_cite


@pytest.mark.parametrize(
    ("stated", "from_on"), [(None, "2026-04-02"), ("2026-03-31", "2026-05-01"), ("2026-04-01", "2026-05-02")]
)
def test_ontario_gives_grace_to_a_stated_day_whichever_it_is(stated, from_on):
    deliver_by = None if stated is None else day(stated)
    ruling = ruled(ORDERED, on="2026-06-01", country="CA", region="ON", deliver_by=deliver_by)
    assert ruling.may_terminate_from == day(from_on)


@pytest.mark.parametrize(("country", "region"), [("AU", ""), ("CA", "ON")])
def test_an_end_that_the_shop_agreed_to_needs_no_right_and_no_person(country, region):
    ended = {"country": country, "region": region, "terminated_at": at("2026-03-10")}
    assert ruled(ORDERED, on="2026-03-11", **ended).state is State.MANUAL_REVIEW
    agreed = ruled(ORDERED, on="2026-03-11", seller_agreed=True, **ended)
    assert (agreed.state, agreed.action, agreed.why) == (State.TERMINATED, Action.REFUND, "agreed")
