"""Working days, cut-offs, zones, and the way to the customer and back."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backorder.engine.calendars import EVERY_DAY, MONDAY_TO_FRIDAY, NoWorkingDayError, Route, WorkingDays, needs

THURSDAY = date(2025, 3, 13)


def berlin(**changes: object) -> Route:
    values: dict[str, object] = {
        "location": 1,
        "service": None,
        "zone": "Europe/Berlin",
        "location_days": MONDAY_TO_FRIDAY,
        "cut_off": time(14),
        "receiving_days": 0,
        "processing_days": 0,
        "carrier_days": MONDAY_TO_FRIDAY,
        "transit_min_days": 1,
        "transit_max_days": 2,
    }
    return Route(**(values | changes))  # type: ignore[arg-type]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_a_working_day_is_a_weekday_not_closed_or_one_opened_by_exception():
    days = WorkingDays(frozenset({0, 1, 2, 3, 4}), frozenset({THURSDAY}), frozenset({date(2025, 3, 15)}))
    assert [days.is_working(THURSDAY + timedelta(days=n)) for n in range(5)] == [False, True, True, False, True]


def test_opened_wins_over_closed():
    assert WorkingDays(frozenset(), frozenset({THURSDAY}), frozenset({THURSDAY})).is_working(THURSDAY)


def test_working_days_are_counted_from_the_next_one_and_back_from_the_last_one():
    assert MONDAY_TO_FRIDAY.next_working(date(2025, 3, 15)) == date(2025, 3, 17)
    assert MONDAY_TO_FRIDAY.last_working(date(2025, 3, 15)) == date(2025, 3, 14)
    assert MONDAY_TO_FRIDAY.add(THURSDAY, 0) == THURSDAY
    assert MONDAY_TO_FRIDAY.add(THURSDAY, 5) == date(2025, 3, 20)
    assert MONDAY_TO_FRIDAY.add(date(2025, 3, 15), 1) == date(2025, 3, 18)
    assert MONDAY_TO_FRIDAY.subtract(date(2025, 3, 20), 5) == THURSDAY
    assert MONDAY_TO_FRIDAY.subtract(date(2025, 3, 15), 1) == THURSDAY


def test_a_calendar_without_any_working_day_says_so():
    with pytest.raises(NoWorkingDayError, match="no working day within 366 days of 2025-03-13"):
        WorkingDays(frozenset()).next_working(THURSDAY)
    with pytest.raises(NoWorkingDayError, match="no working day within 366 days of 2025-03-13"):
        WorkingDays(frozenset()).subtract(THURSDAY, 3)


def test_a_closed_year_is_not_yet_a_mistake():
    summer = WorkingDays(frozenset(), opened=frozenset({THURSDAY + timedelta(days=360)}))
    assert summer.next_working(THURSDAY) == THURSDAY + timedelta(days=360)


def test_stock_and_restock_over_a_weekend():
    """S125: Thursday, 1-2 days of delivery: in stock 14th to 17th; restocked in 5 working days, 21st to 24th."""
    route = berlin()
    assert route.delivery(route.ship_on_from_stock(at("2025-03-13 10:00"))) == (date(2025, 3, 14), date(2025, 3, 17))
    restocked_on = MONDAY_TO_FRIDAY.add(THURSDAY, 5)
    assert route.delivery(route.ship_on_from_supply(restocked_on)) == (date(2025, 3, 21), date(2025, 3, 24))


def test_a_range_of_days_and_restock_days_come_on_top():
    """S123: a range of 4 to 5 days, and two days of restock before it: 6 to 7."""
    route = berlin(location_days=EVERY_DAY, carrier_days=EVERY_DAY, transit_min_days=4, transit_max_days=5)
    ordered = route.ship_on_from_stock(at("2025-03-13 10:00"))
    assert [(day - THURSDAY).days for day in route.delivery(ordered)] == [4, 5]
    restocked = route.ship_on_from_supply(THURSDAY + timedelta(days=2))
    assert [(day - THURSDAY).days for day in route.delivery(restocked)] == [6, 7]


@pytest.mark.parametrize(
    ("now", "ships_on"),
    [
        ("2025-03-13 12:59", date(2025, 3, 13)),  # 13:59 in Berlin.
        ("2025-03-13 13:00", date(2025, 3, 14)),  # 14:00: the cut-off itself is too late.
        ("2025-03-14 13:00", date(2025, 3, 17)),  # Friday after the cut-off: Monday.
        ("2025-03-15 08:00", date(2025, 3, 17)),  # A Saturday.
        ("2025-03-12 23:30", date(2025, 3, 13)),  # Already Thursday in Berlin, early in the morning.
        ("2025-03-31 11:59", date(2025, 3, 31)),  # Summer time: 13:59.
        ("2025-03-31 12:00", date(2025, 4, 1)),  # Summer time: 14:00.
        ("2025-10-27 12:59", date(2025, 10, 27)),  # Winter time again.
    ],
)
def test_the_cut_off_is_local_time_of_the_location(now, ships_on):
    assert berlin().ship_on_from_stock(at(now)) == ships_on


def test_the_day_of_a_zone_is_not_the_day_of_another():
    assert berlin(zone="Pacific/Kiritimati").today(at("2025-03-12 10:30")) == date(2025, 3, 13)
    assert berlin(zone="Pacific/Pago_Pago").today(at("2025-03-13 10:30")) == date(2025, 3, 12)


def test_receiving_is_in_days_and_processing_in_working_days():
    route = berlin(receiving_days=1, processing_days=2)
    assert route.ship_on_from_supply(date(2025, 3, 14)) == date(2025, 3, 19)  # In on Saturday; Monday + 2.
    assert route.ship_on_from_stock(at("2025-03-13 10:00")) == date(2025, 3, 17)


def test_a_parcel_waits_for_a_carrier_who_rests():
    """It leaves the location on Saturday, the carrier takes it on Monday and delivers on Tuesday or Wednesday."""
    assert berlin(location_days=EVERY_DAY).delivery(date(2025, 3, 15)) == (date(2025, 3, 18), date(2025, 3, 19))


def test_the_street_date_is_kept_on_a_working_day():
    assert berlin().street_ship_on(date(2025, 3, 15)) == date(2025, 3, 17)


def test_no_wish_needs_no_day():
    assert berlin().need_on(None) is None


def test_ways_of_one_length_need_no_day_without_a_wish():
    near, far = berlin(), berlin(location=2)
    assert needs([near, far], wanted_on=None, asked_on=THURSDAY) == {1: None, 2: None}


def test_ways_of_unlike_length_are_compared_by_the_day_that_would_be_needed():
    near = berlin(location_days=EVERY_DAY, carrier_days=EVERY_DAY, transit_max_days=2)
    far = berlin(location=2, location_days=EVERY_DAY, carrier_days=EVERY_DAY, transit_max_days=7, receiving_days=1)
    assert needs([near, far], wanted_on=None, asked_on=THURSDAY) == {1: date(2025, 3, 11), 2: date(2025, 3, 5)}


def test_a_wish_needs_its_own_day_at_each_location():
    wanted_on = date(2025, 3, 20)
    assert needs([berlin()], wanted_on=wanted_on, asked_on=THURSDAY) == {1: date(2025, 3, 18)}


def test_routes_are_equal_only_to_themselves():
    assert berlin() != berlin()
    assert len({berlin(), berlin()}) == 2


working_days = st.builds(
    WorkingDays,
    st.frozensets(st.integers(0, 6), min_size=1),
    st.frozensets(st.integers(0, 40).map(lambda n: THURSDAY + timedelta(days=n)), max_size=12),
    st.frozensets(st.integers(0, 40).map(lambda n: THURSDAY + timedelta(days=n)), max_size=4),
)
routes = st.builds(
    lambda location_days, carrier_days, receiving, processing, first, more: berlin(
        location_days=location_days,
        carrier_days=carrier_days,
        receiving_days=receiving,
        processing_days=processing,
        transit_min_days=first,
        transit_max_days=first + more,
    ),
    working_days,
    working_days,
    st.integers(0, 4),
    st.integers(0, 4),
    st.integers(0, 3),
    st.integers(0, 3),
)


@settings(deadline=None, max_examples=200)
@given(routes, st.integers(0, 60))
def test_the_needed_day_is_the_last_that_makes_the_wanted_day(route, n):
    wanted_on = THURSDAY + timedelta(days=n)
    need_on = route.need_on(wanted_on)
    assert route.delivery(route.ship_on_from_supply(need_on))[1] <= wanted_on
    assert route.delivery(route.ship_on_from_supply(need_on + timedelta(days=1)))[1] > wanted_on


@settings(deadline=None, max_examples=200)
@given(routes, st.integers(0, 60))
def test_the_last_day_to_ship_is_the_last_that_makes_the_wanted_day(route, n):
    wanted_on = THURSDAY + timedelta(days=n)
    ship_by = route.ship_by(wanted_on)
    assert route.location_days.is_working(ship_by)
    assert route.delivery(ship_by)[1] <= wanted_on
    assert route.delivery(route.location_days.next_working(ship_by + timedelta(days=1)))[1] > wanted_on


@settings(deadline=None, max_examples=200)
@given(working_days, st.integers(0, 40), st.integers(0, 40), st.integers(0, 6))
def test_subtract_is_the_exact_inverse_of_add(days, a, b, n):
    one, other = THURSDAY + timedelta(days=a), THURSDAY + timedelta(days=b)
    assert (days.add(one, n) <= other) == (one <= days.subtract(other, n))
