"""Which locations serve an ask, and where the rest is owed."""

import pytest
from tests.engine.tables import check_promises


def test_the_first_location_that_has_all_of_it():
    """S29: L1 has 100 of each and serves 30 and 5."""
    check_promises("""
        policy  LAMP backorder lead=10
        policy  BULB backorder lead=10
        shelf   LAMP L1 100
        shelf   BULB L1 100
        shelf   LAMP L2 0
        shelf   BULB L2 0
        ask     A LAMP 30 order=1
        ask     B BULB 5 order=1
        gets    A 30 L1 day1 on_shelf
        gets    B 5 L1 day1 on_shelf
    """)


def test_the_rest_is_owed_where_it_may_be_owed():
    """S31: L1 has 10 + 10, L2 2 and may owe; 15 and 5 are wanted."""
    check_promises("""
        policy  LAMP backorder lead=10 owed_at=L2
        policy  BULB backorder lead=10 owed_at=L2
        shelf   LAMP L1 10
        shelf   BULB L1 10
        shelf   LAMP L2 2
        ask     A LAMP 15 from=L1,L2 order=1
        ask     B BULB 5 from=L1,L2 order=1
        gets    A 10 L1 day1 on_shelf
        gets    A 2 L2 day1 on_shelf
        gets    A 3 nothing day11 lead_time
        gets    B 5 L1 day1 on_shelf
    """)


def test_a_location_that_may_not_owe_to_this_customer_is_passed_over():
    check_promises("""
        policy  LAMP backorder lead=10 owed_at=L2
        ask     A LAMP 1 from=L1,L3
        short   A 1 no_supply_in_sight
    """)


@pytest.mark.parametrize(
    ("first", "second", "pegs"),
    [
        (0, 0, []),
        (1, 1, [("L1", 1), ("L2", 1)]),
        (5, 0, [("L1", 5)]),
        (0, 5, [("L2", 5)]),
        (2, 3, [("L1", 2), ("L2", 3)]),
        (2, 5, [("L2", 5)]),
        (5, 2, [("L1", 5)]),
        (5, 5, [("L1", 5)]),
    ],
)
def test_five_wanted_from_two_locations(first, second, pegs):
    """S33: the combination table; never more than five, never a unit twice."""
    short = 5 - sum(units for _, units in pegs)
    rows = [f"gets A {units} {location} day1 on_shelf" for location, units in pegs]
    if short:
        rows.append(f"short A {short} item_is_not_sellable_on_backorder limit={5 - short}")
    check_promises(
        "\n".join(
            [
                "policy LAMP stock_only",
                f"shelf LAMP L1 {first}",
                f"shelf LAMP L2 {second}",
                "ask A LAMP 5",
                *rows,
            ]
        )
    )


def test_the_configured_order_of_locations():
    """S35: L2 comes before L1."""
    check_promises("""
        policy  LAMP stock_only
        shelf   LAMP L1 4
        shelf   LAMP L2 3
        ask     A LAMP 5 from=L2,L1 sourcing=ordered
        gets    A 3 L2 day1 on_shelf
        gets    A 2 L1 day1 on_shelf
    """)


def test_the_location_with_most_left_first():
    """S37: after earlier allocations 2 are left at each of two; 3 take 2 and 1, and 6 were too many."""
    check_promises("""
        policy  LAMP stock_only
        policy  BULB stock_only
        shelf   LAMP L1 2
        shelf   LAMP L2 2
        shelf   BULB L1 2
        shelf   BULB L2 3
        ask     A LAMP 3 sourcing=most_available
        ask     B BULB 6 sourcing=most_available
        gets    A 2 L1 day1 on_shelf
        gets    A 1 L2 day1 on_shelf
        gets    B 3 L2 day1 on_shelf
        gets    B 2 L1 day1 on_shelf
        short   B 1 item_is_not_sellable_on_backorder limit=5
    """)


def test_units_are_not_counted_at_two_locations():
    """S39: L1 has 10 and L2 15; 13 take 10 and 3 in the channel's order, and one parcel where it may."""
    check_promises("""
        policy  LAMP stock_only
        policy  BULB stock_only
        shelf   LAMP L1 10
        shelf   LAMP L2 15
        shelf   BULB L1 10
        shelf   BULB L2 15
        ask     A LAMP 13 sourcing=ordered
        ask     B BULB 13
        gets    A 10 L1 day1 on_shelf
        gets    A 3 L2 day1 on_shelf
        gets    B 13 L2 day1 on_shelf
    """)


def test_fewest_splits_uses_the_least_number_of_locations_first_ones_on_a_tie():
    check_promises("""
        policy  LAMP stock_only
        policy  BULB stock_only
        shelf   LAMP L1 1
        shelf   LAMP L2 4
        shelf   LAMP L3 4
        shelf   BULB L1 4
        shelf   BULB L2 4
        shelf   BULB L3 5
        ask     A LAMP 8
        ask     B BULB 8
        gets    A 4 L2 day1 on_shelf
        gets    A 4 L3 day1 on_shelf
        gets    B 4 L1 day1 on_shelf
        gets    B 4 L2 day1 on_shelf
    """)
