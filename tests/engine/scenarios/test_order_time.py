"""What is promised at order time from one location: the shelf, the safety stock, and what is short."""

from tests.engine.tables import NOW, TODAY, check_promises, route

from backorder.engine.model import Ask, Book, Policy, Sell, Source
from backorder.engine.promise import OpenBooks


def test_the_shelf_covers_the_ask():
    """S01: on hand 100, order 50."""
    check_promises("""
        policy  LAMP stock_only
        shelf   LAMP L1 100
        ask     A LAMP 50
        ask     B LAMP 51
        gets    A 50 L1 day1 on_shelf
        gets    B 50 L1 day1 on_shelf
        short   B 1 item_is_not_sellable_on_backorder limit=50
    """)


def test_every_short_item_of_an_order_is_named():
    """S03: A is asked 100 of 4 + 3 units, B 100 of none."""
    check_promises("""
        policy  LAMP stock_only
        policy  BULB stock_only
        shelf   LAMP L1 4
        shelf   LAMP L2 3
        ask     A LAMP 100 order=1
        ask     B BULB 100 order=1
        gets    A 4 L1 day1 on_shelf
        gets    A 3 L2 day1 on_shelf
        short   A 93 item_is_not_sellable_on_backorder limit=7
        short   B 100 item_is_not_sellable_on_backorder limit=0
    """)


def test_what_may_not_wait_is_filled_as_far_as_the_shelf_goes():
    """S05 (and S07): backorder forbidden; on hand 10 and 0, and an item without any stock record."""
    check_promises("""
        policy  FULL stock_only
        policy  PART stock_only
        policy  ZERO stock_only
        policy  NONE stock_only
        shelf   FULL L1 10
        shelf   PART L1 10
        shelf   ZERO L1 0
        ask     A FULL 5
        ask     B PART 20
        ask     C ZERO 20
        ask     D NONE 1
        gets    A 5 L1 day1 on_shelf
        gets    B 10 L1 day1 on_shelf
        short   B 10 item_is_not_sellable_on_backorder limit=10
        short   C 20 item_is_not_sellable_on_backorder limit=0
        short   D 1 item_is_not_sellable_on_backorder limit=0
    """)


def test_three_are_there_of_five_wanted():
    """S07: the answer says that three are available."""
    check_promises("""
        policy  LAMP stock_only
        shelf   LAMP L1 3
        ask     A LAMP 5
        gets    A 3 L1 day1 on_shelf
        short   A 2 item_is_not_sellable_on_backorder limit=3
    """)


def test_safety_stock_is_never_offered():
    """S09: on hand 3, safety 2, want 2."""
    check_promises("""
        policy  LAMP stock_only safety=L1:2
        shelf   LAMP L1 3
        ask     A LAMP 2
        gets    A 1 L1 day1 on_shelf
        short   A 1 item_is_not_sellable_on_backorder limit=1
    """)


def test_more_safety_stock_than_stock_offers_nothing():
    check_promises("""
        policy  LAMP backorder lead=14 safety=L1:5
        shelf   LAMP L1 3
        ask     A LAMP 2
        gets    A 2 nothing day15 lead_time
    """)


def test_inbound_covers_what_the_shelf_lacks_and_the_lead_time_the_rest():
    check_promises("""
        policy  LAMP backorder lead=30
        shelf   LAMP L1 6
        supply  PO-9 LAMP L1 10 day12
        supply  PO-8 LAMP L1 2 day5
        ask     A LAMP 20
        gets    A 6 L1 day1 on_shelf
        gets    A 2 PO-8 day6 inbound
        gets    A 10 PO-9 day13 inbound
        gets    A 2 nothing day31 lead_time
    """)


def test_nothing_another_is_pegged_to_is_taken():
    check_promises("""
        policy  LAMP backorder
        supply  PO-9 LAMP L1 10 day12 pegged=7
        open    LAMP 7
        ask     A LAMP 5
        gets    A 3 PO-9 day13 inbound
        short   A 2 no_supply_in_sight
    """)


def test_overdue_supply_gives_an_uncertain_day():
    """S131: its own day has passed; the day from which it now counts lies ahead."""
    check_promises("""
        policy  LAMP backorder
        supply  PO-9 LAMP L1 10 day2 late=yes
        ask     A LAMP 5
        gets    A 5 PO-9 day3 inbound_late
    """)


def test_without_supply_or_lead_time_there_is_no_honest_day():
    check_promises("""
        policy  LAMP backorder
        ask     A LAMP 5
        short   A 5 no_supply_in_sight
    """)


def test_who_cancels_the_rest_gets_the_shelf_only():
    check_promises("""
        policy  LAMP backorder lead=7
        shelf   LAMP L1 3
        supply  PO-9 LAMP L1 10 day12
        ask     A LAMP 5 on_short=cancel_rest
        gets    A 3 L1 day1 on_shelf
        short   A 2 cancelled_by_choice
    """)


def test_made_to_order_is_owed_from_its_lead_time():
    check_promises("""
        policy  SOFA made_to_order lead=40
        shelf   SOFA L1 1
        ask     A SOFA 3
        gets    A 1 L1 day1 on_shelf
        gets    A 2 nothing day41 made_to_order
    """)


def test_an_order_below_the_minimum_is_refused_whole():
    check_promises("""
        policy  BOLT backorder min=50 lead=7
        shelf   BOLT L1 1000
        ask     A BOLT 49
        ask     B BOLT 50
        short   A 49 below_min_ship_units limit=50
        gets    B 50 L1 day1 on_shelf
    """)


def test_backordered_units_in_sequence():
    """S51: on hand 2; orders of 3 and 2 backorder 1 and 2."""
    check_promises("""
        policy  LAMP backorder lead=10
        shelf   LAMP L1 2
        ask     A LAMP 3
        ask     B LAMP 2
        gets    A 2 L1 day1 on_shelf
        gets    A 1 nothing day11 lead_time
        gets    B 2 nothing day11 lead_time
    """)


def test_exact_exhaustion():
    """S53: on hand 5; buying 5 backorders none, then 1 backorders 1, then 6 backorder 6."""
    check_promises("""
        policy  LAMP backorder lead=10
        shelf   LAMP L1 5
        ask     A LAMP 5
        ask     B LAMP 1
        ask     C LAMP 6
        gets    A 5 L1 day1 on_shelf
        gets    B 1 nothing day11 lead_time
        gets    C 6 nothing day11 lead_time
    """)


def test_a_second_line_of_the_same_item_sees_what_the_first_left():
    """S47 and S141: two lines of 3 share a stock of 5, and are never both served from the shelf."""
    check_promises("""
        policy  LAMP stock_only
        shelf   LAMP L1 5
        ask     A LAMP 3 order=1
        ask     B LAMP 3 order=1
        gets    A 3 L1 day1 on_shelf
        gets    B 2 L1 day1 on_shelf
        short   B 1 item_is_not_sellable_on_backorder limit=2
    """)


def test_the_shortage_of_the_second_order_is_five():
    """S135: 100 in stock, 40 then 65 wanted: the second gets 60 and is short of exactly 5."""
    check_promises("""
        policy  LAMP stock_only
        shelf   LAMP L1 100
        ask     A LAMP 40
        ask     B LAMP 65
        gets    A 40 L1 day1 on_shelf
        gets    B 60 L1 day1 on_shelf
        short   B 5 item_is_not_sellable_on_backorder limit=60
    """)


def test_a_refused_order_gives_back_what_it_was_given():
    """The first wants two items of which one is short, and is refused whole; the second has the other item."""
    shelf = Source(("stock", 1), 1, 5, 5, TODAY)
    books = OpenBooks({1: Book(1, (shelf,)), 2: Book(2, ())})
    policy = Policy(Sell.STOCK_ONLY, max_per_customer=5)
    asks = [Ask(n, n, 5, policy, (route(1),), buyer="ann") for n in (1, 2)]
    refused = books.promise(asks, now=NOW)
    assert [answer.promised_units for answer in refused] == [5, 0]
    assert books.promise(asks[:1], now=NOW)[0].promised_units == 0
    books.give_back(refused)
    assert books.promise(asks[:1], now=NOW)[0].promised_units == 5
