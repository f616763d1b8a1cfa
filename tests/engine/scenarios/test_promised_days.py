"""Which day is promised: groups, purchases on their way, lead times; and due days against rank."""

from tests.engine.tables import check_allocation, check_promises


def test_three_items_each_on_its_own_day_or_all_on_the_last():
    """S109: lead times of 14, 6 and 30 days; independent, and all together on the day of the slowest."""
    check_promises("""
        policy  SLOW  backorder lead=14
        policy  FAST  backorder lead=6
        policy  LAST  backorder lead=30
        ask     A SLOW 1 order=1
        ask     B FAST 1 order=1
        ask     C LAST 1 order=1
        gets    A 1 nothing day15 lead_time
        gets    B 1 nothing day7 lead_time
        gets    C 1 nothing day31 lead_time
        ask     D SLOW 1 order=2
        ask     E FAST 1 order=2
        ask     F LAST 1 order=2
        together 2
        gets    D 1 nothing day31 lead_time
        gets    E 1 nothing day31 lead_time
        gets    F 1 nothing day31 lead_time
    """)


def test_priority_beats_the_due_date():
    """S111: 25 units; the third is due first, and still has what the two before it leave."""
    check_allocation("""
        supply  SHELF 25 day0
        demand  P3 10 priority=3 need=day4
        demand  P1 10 priority=1 need=day9
        demand  P2 10 priority=2 need=day9
        peg     P1 SHELF 10
        peg     P2 SHELF 10
        peg     P3 SHELF 5
        short   P3 5
    """)


def test_who_is_due_later_leaves_the_early_supply_to_the_earlier():
    """S113: 10 units now and 10 in 19 days; the second takes the later ones, the third what is left of both."""
    check_allocation("""
        supply  NOW   10 day0
        supply  LATER 10 day19
        demand  P1 8  priority=1 need=day9
        demand  P2 8  priority=2 need=day21
        demand  P3 10 priority=3 need=day4
        peg     P1 NOW 8
        peg     P2 LATER 8
        peg     P3 NOW 2
        peg     P3 LATER 2
        short   P3 6
    """)


def test_what_supply_on_its_way_lacks_is_bought():
    """S115: 200 wanted, 100 on their way for the 27th day, a new purchase takes 7 days."""
    check_promises("""
        policy  LAMP backorder lead=7
        supply  PO-1 LAMP L1 100 day27
        ask     A LAMP 200
        gets    A 100 nothing day8 lead_time
        gets    A 100 PO-1 day28 inbound
    """)


def test_what_is_on_its_way_is_promised_before_anything_new_is_bought():
    """S117: 50 or 300 more come only in months; they are used all the same, and 50 of the first 200 are bought."""
    check_promises("""
        policy  LAMP backorder lead=7
        policy  BULB backorder lead=7
        supply  PO-1 LAMP L1 100 day27
        supply  PO-2 LAMP L1 50 day240
        supply  PO-3 BULB L1 100 day27
        supply  PO-4 BULB L1 300 day240
        ask     A LAMP 200
        ask     B BULB 200
        gets    A 50 nothing day8 lead_time
        gets    A 100 PO-1 day28 inbound
        gets    A 50 PO-2 day241 inbound
        gets    B 100 PO-3 day28 inbound
        gets    B 100 PO-4 day241 inbound
    """)


def test_what_is_kept_for_a_later_day_is_not_lent():
    """S119: 40 of 50 are wanted in summer and more can be made in 5 days; of 20 wanted now 10 come at once."""
    check_promises("""
        policy  LAMP backorder lead=5
        shelf   LAMP L1 50
        ask     A LAMP 40 wanted=day170
        ask     B LAMP 20
        gets    A 40 L1 day170 on_shelf
        gets    B 10 L1 day1 on_shelf
        gets    B 10 nothing day6 lead_time
    """)


def test_the_state_of_an_order_of_a_hundred():
    """S127: all there; half there; none there but a receipt in sight; nothing at all."""
    check_promises("""
        policy  FULL backorder
        policy  HALF backorder
        policy  SOON backorder
        policy  NONE backorder
        shelf   FULL L1 100
        shelf   HALF L1 50
        supply  PO-1 HALF L1 100 day8
        supply  PO-2 SOON L1 100 day8
        ask     A FULL 100
        ask     B HALF 100
        ask     C SOON 100
        ask     D NONE 100
        gets    A 100 L1 day1 on_shelf
        gets    B 50 L1 day1 on_shelf
        gets    B 50 PO-1 day9 inbound
        gets    C 100 PO-2 day9 inbound
        short   D 100 no_supply_in_sight
    """)


def test_without_supply_the_day_is_the_order_day_and_the_lead_time():
    """S129: 30 days, where nothing more exact is known."""
    check_promises("""
        policy  LAMP backorder lead=30
        ask     A LAMP 1
        gets    A 1 nothing day31 lead_time
    """)
