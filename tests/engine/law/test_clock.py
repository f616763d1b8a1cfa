"""When the clock of the US rule starts, when it ends, in whose zone, and how the settings A1 to A6 move it."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from tests.engine.law.story import at, day, end_of, ruled, told

from backorder.engine.calendars import MONDAY_TO_FRIDAY
from backorder.engine.delay_law import judge, refund_amount, refund_form_allowed, strictest
from backorder.engine.law.assumptions import DEFAULTS, Assumptions, Zones
from backorder.engine.law.days import Days, federal_holidays, working_days_after
from backorder.engine.law.facts import Action, Category, LineFacts, OptionKind, Silence, State, Stated
from backorder.engine.law.rules import RULES, Jurisdiction, rule_on
from backorder.engine.law.us import refund_due, us_refund_sent_by

US = rule_on(Jurisdiction.US, date(2026, 3, 2))
ORDERED = "ordered 2026-03-02\n"


@pytest.mark.parametrize(
    ("facts", "ends"),
    [
        ({}, "2026-04-01"),
        ({"stated": Stated(days=14)}, "2026-03-16"),
        ({"stated": Stated(days=5, days_from=3)}, "2026-03-07"),
        ({"stated": Stated(days=5, days_from=3, working=True)}, "2026-03-09"),
        ({"stated": Stated(on=date(2026, 9, 1))}, "2026-09-01"),
        ({"stated": Stated(on=date(2026, 3, 2))}, "2026-03-02"),
        ({"stated": Stated(on=date(2026, 3, 1))}, "2026-04-01"),
        ({"applied_to_seller_for_credit": True}, "2026-04-21"),
        ({"applied_to_seller_for_credit": True, "stated": Stated(days=14)}, "2026-03-16"),
        ({"informed_at": at("2026-03-05")}, "2026-04-04"),
        ({"bounced": True, "honoured_at": at("2026-03-09")}, "2026-04-08"),
        ({"bounced": True, "honoured_at": at("2026-03-09"), "informed_at": at("2026-03-10")}, "2026-04-09"),
    ],
    ids=[
        "30",
        "stated",
        "range",
        "working",
        "day",
        "that day",
        "day gone",
        "credit",
        "both",
        "info",
        "bounced",
        "latest",
    ],
)
def test_the_applicable_time(facts, ends):
    assert ruled(ORDERED, on="2026-03-31", **facts).applicable_time_end == day(ends)


def test_without_payment_there_is_no_clock():
    waiting = ruled("", on="2026-12-31")
    assert (waiting.state, waiting.action, waiting.latest) == (State.INCOMPLETE, Action.NONE, None)
    assert ruled(ORDERED, on="2026-12-31", bounced=True).state is State.INCOMPLETE


def test_before_the_order_is_complete_nothing_is_asked():
    assert ruled(ORDERED, on="2026-03-01").state is State.INCOMPLETE


@pytest.mark.parametrize("category", [category for category in Category if category is not Category.GOODS])
def test_what_the_rule_does_not_cover(category):
    ruling = ruled(ORDERED, on="2026-12-31", category=category)
    assert (ruling.state, ruling.action, ruling.refund) == (State.NOT_COVERED, Action.NONE, None)


def test_a_deadline_ends_when_it_ends_in_the_first_of_the_two_zones():
    facts = told("ordered 2026-03-02T12:00-08:00", buyer_zone="America/Los_Angeles", seller_zone="America/New_York")
    ruling = judge(facts, now=at("2026-03-10"))
    assert ruling.latest == day("2026-04-01")
    assert ruling.latest_at == datetime(2026, 4, 2, 4, tzinfo=UTC)  # Midnight in New York.
    assert judge(facts, now=datetime(2026, 4, 2, 3, 59, tzinfo=UTC)).state is State.OPEN
    assert judge(facts, now=datetime(2026, 4, 2, 4, tzinfo=UTC)).why == "(c)(5)"


def test_a_notice_after_midnight_in_one_zone_is_late():
    zones = {"buyer_zone": "America/Los_Angeles", "seller_zone": "America/New_York"}
    story = "ordered 2026-03-02T12:00-08:00\nnotice n1 2026-04-02T00:30-04:00 until 2026-04-20"
    assert ruled(story, on="2026-04-02T13:00+00:00", **zones).findings[0].defect == "sent_late"
    only_buyer = replace(DEFAULTS, zones=Zones.BUYER)
    assert ruled(story, on="2026-04-02T13:00+00:00", assumptions=only_buyer, **zones).findings[0].defect == ""


def test_a_period_starts_on_the_earlier_of_two_dates():
    """23:30 in Los Angeles is already the next day in New York."""
    facts = LineFacts(
        "US", 1, at("2026-03-02T23:30-08:00"), buyer_zone="America/Los_Angeles", seller_zone="America/New_York"
    )
    started = [
        Days(facts, replace(DEFAULTS, zones=zones)).started_on(facts.tendered_at)
        for zones in (Zones.STRICTEST, Zones.BUYER, Zones.SELLER)
    ]
    assert started == [day("2026-03-02"), day("2026-03-02"), day("2026-03-03")]


@pytest.mark.parametrize("name", ["", "Mars/Olympus", "../etc", "America"])
def test_an_unknown_zone_counts_as_the_sellers(name):
    facts = LineFacts("US", 1, at("2026-03-02"), buyer_zone=name, seller_zone="America/New_York")
    assert Days(facts, DEFAULTS).ends_at(day("2026-07-01")) == datetime(2026, 7, 2, 4, tzinfo=UTC)


def test_the_day_the_clocks_change_is_a_day_like_others():
    facts = LineFacts("US", 1, at("2026-02-06"), buyer_zone="America/New_York", seller_zone="America/New_York")
    assert Days(facts, DEFAULTS).ends_at(day("2026-03-07")) == datetime(2026, 3, 8, 5, tzinfo=UTC)
    assert Days(facts, DEFAULTS).ends_at(day("2026-03-08")) == datetime(2026, 3, 9, 4, tzinfo=UTC)


def test_instants_without_a_zone_are_a_mistake():
    with pytest.raises(AssertionError, match="aware"):
        Days(LineFacts("US", 1, None), DEFAULTS).acted_on(datetime(2026, 3, 2))  # noqa: DTZ001


# The settings.

CHANGED = [
    (Assumptions(last_day_counts=False), ORDERED, "2026-03-10", "applicable_time_end", "2026-03-31"),
    (Assumptions(vests_on_next_day=False), ORDERED, "2026-04-02", "vests", "2026-04-01"),
    (Assumptions(counting_starts_after_vesting=False), ORDERED, "2026-04-02", "sent_by", "2026-04-10"),
    (Assumptions(working_weekdays=frozenset(range(6))), ORDERED, "2026-04-02", "sent_by", "2026-04-10"),
    (Assumptions(closed=frozenset({date(2026, 4, 3)})), ORDERED, "2026-04-02", "sent_by", "2026-04-14"),
]


@pytest.mark.parametrize(("assumptions", "story", "on", "what", "expected"), CHANGED)
def test_a_setting_moves_what_it_names(assumptions, story, on, what, expected):
    ruling = ruled(story, on=on, assumptions=assumptions)
    found = {
        "applicable_time_end": ruling.applicable_time_end,
        "vests": ruling.refund and ruling.refund.vests_on,
        "sent_by": ruling.refund and ruling.refund.sent_by,
    }
    assert found[what] == day(expected)


def test_the_other_settings_move_what_they_name():
    ranged = {"stated": Stated(days=5, days_from=3)}
    assert ruled(ORDERED, on="2026-03-04", assumptions=Assumptions(range_means_last=False), **ranged).latest == day(
        "2026-03-05"
    )
    labor_day = Assumptions(federal_holidays_are_working_days=True)
    assert us_refund_sent_by(day("2026-09-05"), labor_day) == day("2026-09-15")
    slower = ruled(ORDERED + "known 2026-03-20", on="2026-03-20", assumptions=Assumptions(notice_working_days=3))
    assert slower.ask_by == day("2026-03-25")
    before_any_option = ORDERED + "no 2026-03-10"
    assert ruled(before_any_option, on="2026-03-11").why == "(c)(1)"
    strict = Assumptions(cancellation_needs_option=True)
    assert ruled(before_any_option, on="2026-03-11", assumptions=strict).state is State.OPEN
    bounced = ORDERED + "notice n1 2026-03-25 until 2026-04-20 bounced yes"
    assert ruled(bounced, on="2026-04-05", assumptions=Assumptions(bounced_notice_counts=True)).state is State.OPEN


# Working days and refunds.


@pytest.mark.parametrize(
    ("vests", "sent_by"),
    [
        ("2026-09-05", "2026-09-16"),
        ("2026-09-09", "2026-09-18"),
        ("2026-10-11", "2026-10-21"),
        ("2026-09-01", "2026-09-11"),
        ("2026-07-01", "2026-07-13"),  # Independence Day is a Saturday, kept on Friday the 3rd.
        ("2026-12-24", "2027-01-06"),
    ],
)
def test_seven_working_days(vests, sent_by):
    assert us_refund_sent_by(day(vests), DEFAULTS) == day(sent_by)


def test_federal_holidays_of_some_years():
    assert sorted(federal_holidays(2026)) == [
        date(2026, *pair)
        for pair in [(1, 1), (1, 19), (2, 16), (5, 25), (6, 19), (7, 3), (9, 7), (10, 12), (11, 11), (11, 26), (12, 25)]
    ]
    # New Year's Day 2028 is a Saturday: kept on the last day of 2027, and none is left in January 2028.
    assert date(2027, 12, 31) in federal_holidays(2027)
    assert date(2028, 1, 1) not in federal_holidays(2028)
    assert date(2020, 6, 19) not in federal_holidays(2020)
    assert date(2021, 6, 18) in federal_holidays(2021)


def test_federal_holidays_agree_with_the_published_ones():
    import holidays

    published = holidays.country_holidays("US", years=range(1990, 2061), categories=("public",))
    for year in range(1990, 2061):
        observed = {on for on in published if on.year == year and on.weekday() < 5}
        own = {on for on in federal_holidays(year) if on.weekday() < 5}
        assert own == observed, year


def test_no_days_after_a_day_is_that_day():
    assert working_days_after(day("2026-03-07"), 0, MONDAY_TO_FRIDAY) == day("2026-03-07")
    assert working_days_after(day("2026-03-07"), 1, MONDAY_TO_FRIDAY) == day("2026-03-09")


def test_a_seller_who_gave_the_credit_has_a_billing_cycle():
    ruling = ruled(ORDERED, on="2026-04-02", seller_is_creditor=True)
    assert (ruling.refund.rule, ruling.refund.sent_by) == ("one_billing_cycle", day("2026-04-30"))
    longer = Assumptions(billing_cycle_days=30)
    assert ruled(ORDERED, on="2026-04-02", assumptions=longer, seller_is_creditor=True).latest == day("2026-05-02")


def test_when_the_same_way_is_impossible_the_days_count_from_finding_out():
    facts = LineFacts("US", 1, None, same_means_impossible_at=at("2026-04-08"))
    due = refund_due(facts, US, vests_on=day("2026-04-02"), units=1, assumptions=DEFAULTS)
    assert (due.vests_on, due.sent_by) == (day("2026-04-02"), day("2026-04-17"))


def test_a_refund_ends_the_matter():
    done = ruled(ORDERED + "refunded 2026-04-13", on="2026-04-13")
    assert (done.state, done.action, done.latest) == (State.REFUNDED, Action.NONE, None)


@pytest.mark.parametrize(
    ("amounts", "due"),
    [
        ({"paid_minor": 12_500, "shipped_alone_minor": None}, 12_500),
        ({"paid_minor": 12_500, "shipped_alone_minor": 8_000}, 4_500),
        # A discount for buying two that one alone would not have had: the buyer keeps less of it.
        ({"paid_minor": 9_000, "shipped_alone_minor": 6_000, "refunded_minor": 1_000}, 2_000),
        ({"paid_minor": 5_000, "shipped_alone_minor": 6_000}, 0),
    ],
)
def test_how_much_goes_back(amounts, due):
    assert refund_amount(**amounts) == due


def test_money_goes_back_as_money():
    assert [refund_form_allowed(form) for form in ("same_means", "check", "voucher", "scrip", "store_credit")] == [
        True,
        True,
        False,
        False,
        False,
    ]


# Where no rule is known.


def test_an_unknown_country_gets_the_strictest_rule_and_it_is_said():
    assert strictest("XX")
    assert strictest("CA", "BC")
    assert not strictest("CA", "ON")
    assert not strictest("us")
    ruling = ruled(ORDERED, on="2026-03-10", country="JP")
    assert (ruling.is_strictest, ruling.action, ruling.latest) == (True, Action.SHIP, day("2026-04-01"))


def test_where_no_rule_is_known_silence_never_consents():
    story = ORDERED + "notice n1 2026-03-25 until 2026-04-20"
    ruling = ruled(story, on="2026-04-05", country="JP")
    assert (ruling.findings[0].kind, ruling.silence) == (OptionKind.FIRST_LONG, Silence.CANCEL)
    assert (ruling.action, ruling.latest) == (Action.SHIP_OR_GET_CONSENT, day("2026-04-20"))
    after = ruled(story, on="2026-04-21", country="JP")
    assert (after.state, after.refund.sent_by, after.refund.rule) == (
        State.CANCELLED,
        day("2026-04-23"),
        "without_undue_delay",
    )


def test_rules_are_chosen_by_the_day_of_the_contract():
    assert rule_on(Jurisdiction.ONTARIO, date(2030, 1, 1)).act == "CPA 2002"
    assert [rule.act for rule in RULES if rule.effective_from is None] == ["CPA 2023"]
    assert rule_on(Jurisdiction.US, date(2000, 1, 1)) == US
    assert ruled(ORDERED, on="2026-03-10").latest_at == datetime(2026, 4, 2, tzinfo=UTC)
    assert end_of("2026-04-01") < datetime(2026, 4, 2, tzinfo=UTC)
