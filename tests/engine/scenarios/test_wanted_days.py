"""Asks for a later day, orders that go together, and units owed to the queue of a stale item."""

from tests.engine.tables import check_promises


def test_wanted_later_takes_the_latest_supply_that_makes_the_day():
    check_promises("""
        policy  LAMP backorder
        shelf   LAMP L1 10
        supply  PO-1 LAMP L1 10 day5
        supply  PO-2 LAMP L1 10 day9
        supply  PO-3 LAMP L1 10 day20
        ask     A LAMP 15 wanted=day12
        ask     B LAMP 8
        gets    A 10 PO-2 day12 inbound
        gets    A 5 PO-1 day12 inbound
        gets    B 8 L1 day1 on_shelf
    """)


def test_the_shelf_counts_as_the_earliest_and_leaves_for_the_wanted_day():
    check_promises("""
        policy  LAMP backorder
        shelf   LAMP L1 10
        supply  PO-3 LAMP L1 10 day20
        ask     A LAMP 3 wanted=day12
        gets    A 3 L1 day12 on_shelf
    """)


def test_what_cannot_make_the_wanted_day_comes_as_early_as_it_can():
    check_promises("""
        policy  LAMP backorder lead=30
        supply  PO-2 LAMP L1 2 day9
        supply  PO-3 LAMP L1 2 day20
        supply  PO-4 LAMP L1 2 day25
        ask     A LAMP 7 wanted=day12
        gets    A 2 PO-2 day12 inbound
        gets    A 2 PO-3 day21 inbound
        gets    A 2 PO-4 day26 inbound
        gets    A 1 nothing day31 lead_time
    """)


def test_a_wanted_day_in_the_past_is_as_soon_as_possible():
    check_promises("""
        policy  LAMP backorder
        shelf   LAMP L1 2
        supply  PO-2 LAMP L1 9 day9
        ask     A LAMP 3 wanted=day-3
        gets    A 2 L1 day1 on_shelf
        gets    A 1 PO-2 day10 inbound
    """)


def test_an_order_that_goes_together_has_the_day_of_its_slowest_line():
    """The lamp waits for the bulb, and takes the latest supply that makes that day."""
    check_promises("""
        policy  LAMP backorder
        policy  BULB backorder
        shelf   LAMP L1 5
        supply  PO-1 LAMP L1 5 day8
        supply  PO-2 LAMP L1 5 day10
        supply  PO-3 LAMP L1 5 day11
        supply  PO-9 BULB L1 5 day10
        ask     A LAMP 5 order=1
        ask     B BULB 5 order=1
        ask     C LAMP 5 order=2
        together 1
        gets    A 5 PO-2 day11 inbound
        gets    B 5 PO-9 day11 inbound
        gets    C 5 L1 day1 on_shelf
    """)


def test_together_keeps_the_shelf_where_no_later_supply_makes_the_day():
    check_promises("""
        policy  LAMP backorder
        policy  BULB backorder lead=30
        shelf   LAMP L1 5
        supply  PO-1 LAMP L1 5 day40
        ask     A LAMP 5 order=1
        ask     B BULB 5 order=1
        together 1
        gets    A 5 L1 day31 on_shelf
        gets    B 5 nothing day31 lead_time
    """)


def test_a_stale_item_keeps_the_shelf_for_the_queue():
    """Seven units wait; ten have just arrived and nobody has decided yet: three are free to sell."""
    check_promises("""
        policy  LAMP backorder lead=30
        shelf   LAMP L1 10
        open    LAMP 7 stale=yes
        ask     A LAMP 5
        gets    A 3 L1 day1 on_shelf
        gets    A 2 nothing day31 lead_time
    """)


def test_the_queue_of_a_stale_item_is_owed_the_shelf_first_and_then_supply_by_day():
    check_promises("""
        policy  LAMP backorder lead=30
        shelf   LAMP L1 4
        supply  PO-2 LAMP L1 6 day9
        supply  PO-1 LAMP L1 2 day5
        open    LAMP 7 stale=yes
        ask     A LAMP 9
        gets    A 5 PO-2 day10 inbound
        gets    A 4 nothing day31 lead_time
    """)


def test_what_the_queue_is_pegged_to_is_not_owed_twice():
    """Four wait on PO-1; four new units on the shelf are theirs, and then PO-1's other units are free, not all ten."""
    check_promises("""
        policy  LAMP backorder
        shelf   LAMP L1 4
        supply  PO-1 LAMP L1 10 day5 pegged=4
        open    LAMP 4 stale=yes
        ask     A LAMP 10
        gets    A 6 PO-1 day6 inbound
        short   A 4 no_supply_in_sight
    """)


def test_a_settled_item_offers_all_that_is_free():
    check_promises("""
        policy  LAMP backorder
        shelf   LAMP L1 4
        open    LAMP 4
        ask     A LAMP 4
        gets    A 4 L1 day1 on_shelf
    """)


def test_safety_stock_is_not_for_the_queue_of_a_stale_item_either():
    check_promises("""
        policy  LAMP backorder safety=L1:2
        shelf   LAMP L1 5
        supply  PO-1 LAMP L1 5 day5
        open    LAMP 4 stale=yes
        ask     A LAMP 5
        gets    A 4 PO-1 day6 inbound
        short   A 1 no_supply_in_sight
    """)
