"""Caps on what may wait, on what one customer may have, and what changes on the street date."""

from tests.engine.tables import check_promises


def test_the_limit_adds_to_the_stock():
    """S15 and S21: on hand 3 and a limit of 5 sell 8; on hand 2 and 5 sell 7 but not 8."""
    check_promises("""
        policy  LAMP backorder limit=5 lead=10
        policy  BULB backorder limit=5 lead=10
        policy  CORD backorder limit=5 lead=10
        shelf   LAMP L1 3
        shelf   BULB L1 2
        shelf   CORD L1 2
        ask     A LAMP 8
        ask     B BULB 7
        ask     C CORD 8
        gets    A 3 L1 day1 on_shelf
        gets    A 5 nothing day11 lead_time
        gets    B 2 L1 day1 on_shelf
        gets    B 5 nothing day11 lead_time
        gets    C 2 L1 day1 on_shelf
        gets    C 5 nothing day11 lead_time
        short   C 1 backorder_limit_reached limit=5
    """)


def test_once_the_limit_is_reached_not_even_one_more():
    """S17 in whole units: 8 on hand and a limit of 5 sell 13, not 14; after 13 not even 1; stock only sells 8."""
    check_promises("""
        policy  OFF stock_only limit=5
        policy  ONE backorder limit=5 lead=10
        policy  TWO backorder limit=5 lead=10
        shelf   OFF L1 8
        shelf   ONE L1 8
        shelf   TWO L1 8
        ask     A OFF 13
        gets    A 8 L1 day1 on_shelf
        short   A 5 item_is_not_sellable_on_backorder limit=8
        ask     B ONE 13
        gets    B 8 L1 day1 on_shelf
        gets    B 5 nothing day11 lead_time
        ask     C ONE 1
        short   C 1 backorder_limit_reached limit=5
        ask     D TWO 14
        gets    D 8 L1 day1 on_shelf
        gets    D 5 nothing day11 lead_time
        short   D 1 backorder_limit_reached limit=5
    """)


def test_no_limit_is_unlimited_however_many_wait():
    """S19: 15 units already wait and one more may."""
    check_promises("""
        policy  LAMP backorder lead=10
        open    LAMP 15
        ask     A LAMP 1
        gets    A 1 nothing day11 lead_time
    """)


def test_a_limit_on_plain_backorder_and_none():
    """S23: limit 3 takes 3, not 4; without a limit 9,999 may wait."""
    check_promises("""
        policy  LAMP backorder limit=3 lead=10
        policy  BULB backorder limit=3 lead=10
        policy  CORD backorder lead=10
        ask     A LAMP 3
        ask     B BULB 4
        ask     C CORD 9999
        gets    A 3 nothing day11 lead_time
        gets    B 3 nothing day11 lead_time
        short   B 1 backorder_limit_reached limit=3
        gets    C 9999 nothing day11 lead_time
    """)


def test_a_limit_of_zero_lets_nobody_wait():
    check_promises("""
        policy  LAMP backorder limit=0 lead=10
        shelf   LAMP L1 2
        supply  PO-9 LAMP L1 10 day5
        ask     A LAMP 3
        gets    A 2 L1 day1 on_shelf
        short   A 1 backorder_limit_reached limit=0
    """)


def test_units_promised_from_inbound_wait_too():
    check_promises("""
        policy  LAMP backorder limit=4
        supply  PO-9 LAMP L1 10 day5
        ask     A LAMP 3
        ask     B LAMP 3
        gets    A 3 PO-9 day6 inbound
        gets    B 1 PO-9 day6 inbound
        short   B 2 backorder_limit_reached limit=4
    """)


def test_a_preorder_ships_on_its_street_date_and_not_before():
    """S25: before the street date it is a preorder, from the shelf, from inbound or from nothing."""
    check_promises("""
        policy  GAME preorder street=day20
        shelf   GAME L1 1
        supply  PO-9 GAME L1 1 day5
        supply  PO-8 GAME L1 1 day30
        ask     A GAME 4
        gets    A 1 L1 day21 street_date
        gets    A 1 PO-9 day21 street_date
        gets    A 1 PO-8 day31 inbound
        gets    A 1 nothing day21 street_date
    """)


def test_after_its_street_date_a_preorder_is_a_backorder():
    """S25 and S131: street date yesterday; the past day is never promised."""
    check_promises("""
        policy  GAME preorder street=day-1
        policy  BOOK preorder street=day-1 lead=9
        supply  PO-9 GAME L1 1 day5
        ask     A GAME 2
        ask     B BOOK 1
        gets    A 1 PO-9 day6 inbound
        short   A 1 no_supply_in_sight
        gets    B 1 nothing day10 lead_time
    """)


def test_a_limited_preorder():
    """S25: not yet out, limit 5: five yes, a sixth no."""
    check_promises("""
        policy  GAME preorder street=day20 limit=5
        ask     A GAME 6
        gets    A 5 nothing day21 street_date
        short   A 1 backorder_limit_reached limit=5
    """)


def test_a_preorder_threshold_counts_what_others_hold():
    """S27: threshold 100 takes 50 and refuses 101; with a unit held by others a threshold of 5 refuses 5."""
    check_promises("""
        policy  GAME preorder street=day20 limit=100
        policy  BOOK preorder street=day20 limit=100
        policy  DISC preorder street=day20 limit=5
        open    DISC 1
        ask     A GAME 50
        ask     B BOOK 101
        ask     C DISC 5
        gets    A 50 nothing day21 street_date
        gets    B 100 nothing day21 street_date
        short   B 1 backorder_limit_reached limit=100
        gets    C 4 nothing day21 street_date
        short   C 1 backorder_limit_reached limit=5
    """)


def test_one_customer_may_have_only_so_many():
    check_promises("""
        policy  LAMP backorder most=4 lead=10
        shelf   LAMP L1 100
        ask     A LAMP 3 order=1
        ask     B LAMP 3 order=1
        ask     C LAMP 3 order=2
        ask     D LAMP 3 taken=2
        ask     E LAMP 3 taken=9
        gets    A 3 L1 day1 on_shelf
        gets    B 1 L1 day1 on_shelf
        short   B 2 max_per_customer_reached limit=4
        gets    C 3 L1 day1 on_shelf
        gets    D 2 L1 day1 on_shelf
        short   D 1 max_per_customer_reached limit=4
        short   E 3 max_per_customer_reached limit=4
    """)


def test_a_named_buyer_is_counted_over_the_orders_of_a_batch():
    check_promises("""
        policy  LAMP stock_only most=4
        shelf   LAMP L1 100
        ask     A LAMP 3 buyer=ann
        ask     B LAMP 3 buyer=ann
        ask     C LAMP 3 buyer=bob
        gets    A 3 L1 day1 on_shelf
        gets    B 1 L1 day1 on_shelf
        short   B 2 max_per_customer_reached limit=4
        gets    C 3 L1 day1 on_shelf
    """)


def test_where_nobody_ships_there_is_no_promise():
    check_promises("""
        policy  LAMP backorder lead=10
        shelf   LAMP L1 100
        ask     A LAMP 3 from=nowhere
        short   A 3 no_location_ships_there
    """)
