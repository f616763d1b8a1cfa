"""Fair shares, quotas, protections, caps, minimum parts, lateness and sets, one rule a test."""

from tests.engine.runs import check_run


def test_fifty_over_ten_twenty_and_fifty_are_six_thirteen_and_thirty_one():
    check_run("""
        segment  all redistribute share=proportional
        supply  SHELF 50 day0
        line    A 10
        line    B 20
        line    C 50
        peg     A SHELF 6
        peg     B SHELF 13
        peg     C SHELF 31
        short   A 4
        short   B 7
        short   C 19
    """)


def test_max_min_gives_the_small_all_and_the_large_the_rest():
    check_run("""
        segment  all redistribute share=max_min
        supply  SHELF 50 day0
        line    A 10
        line    B 20
        line    C 50
        peg     A SHELF 10
        peg     B SHELF 20
        peg     C SHELF 20
        short   C 30
    """)


def test_a_share_is_dealt_date_by_date_and_what_one_may_not_have_goes_to_the_others():
    check_run("""
        segment  all redistribute share=proportional
        supply  SHELF 10 day0 at=L1
        supply  PO-1 10 day5 at=L2
        line    A 10 at=L1
        line    B 10 at=L1,L2
        peg     A SHELF 5
        peg     B SHELF 5
        peg     B PO-1 5
        short   A 5
    """)


def test_shares_are_whole_ship_multiples():
    check_run("""
        segment  all redistribute share=proportional
        supply  SHELF 20 day0
        line    A 12 multiple=6
        line    B 12 multiple=6
        line    C 12 multiple=6
        peg     A SHELF 6
        peg     B SHELF 6
        peg     C SHELF 6
        short   A 6
        short   B 6
        short   C 6
    """)


def test_the_better_tier_is_served_before_the_share_of_the_next():
    check_run("""
        segment  all redistribute share=proportional
        supply  SHELF 10 day0
        line    A 6 priority=1
        line    B 8 priority=2
        line    C 8 priority=2
        peg     A SHELF 6
        peg     B SHELF 2
        peg     C SHELF 2
        short   B 6
        short   C 6
    """)


def test_a_quota_is_the_most_a_group_may_have_in_a_period():
    check_run("""
        quota   north 5 where=region:north from=day0 until=day9
        supply  SHELF 20 day0
        supply  PO-1 20 day10
        line    A 8 redistribute region=north
        line    B 8 redistribute region=south
        line    C 4 redistribute region=north
        peg     A SHELF 5
        peg     A PO-1 3
        peg     B SHELF 8
        peg     C PO-1 4
    """)


def test_used_units_count_to_a_quota():
    check_run("""
        quota   north 5 where=region:north used=3
        supply  SHELF 20 day0
        line    A 8 redistribute region=north
        peg     A SHELF 2
        short   A 6
    """)


def test_what_is_confirmed_beyond_a_quota_is_kept_by_gain():
    check_run("""
        quota   north 5 where=region:north
        supply  SHELF 20 day0
        line    A 8 gain region=north holds=SHELF:7
        peg     A SHELF 7
        short   A 1
    """)


def test_a_protection_keeps_units_for_its_group():
    check_run("""
        protect key 6 where=tier:key
        supply  SHELF 10 day0
        line    A 8 redistribute tier=web priority=1
        line    K 5 redistribute tier=key priority=2
        peg     A SHELF 4
        peg     K SHELF 5
        short   A 4
    """)


def test_an_expired_protection_is_first_come_again():
    check_run("""
        protect key 6 where=tier:key expires=day0
        supply  SHELF 10 day0
        line    A 8 redistribute tier=web priority=1
        line    K 5 redistribute tier=key priority=2
        peg     A SHELF 8
        peg     K SHELF 2
        short   K 3
    """)


def test_horizontal_protections_hold_against_each_other():
    check_run("""
        protect gold 4 where=tier:gold
        protect silver 4 where=tier:silver
        supply  SHELF 8 day0
        line    G 8 redistribute tier=gold
        line    S 8 redistribute tier=silver
        peg     G SHELF 4
        peg     S SHELF 4
        short   G 4
        short   S 4
    """)


def test_a_prioritised_protection_does_not_hold_against_those_listed_before_it():
    check_run("""
        protect gold 4 where=tier:gold basis=prioritised
        protect silver 4 where=tier:silver basis=prioritised
        supply  SHELF 9 day0
        line    W 9 redistribute tier=web
        line    G 8 redistribute tier=gold
        line    S 8 redistribute tier=silver
        peg     W SHELF 1
        peg     G SHELF 8
        short   W 8
        short   S 8
    """)


def test_a_cap_by_customer_stops_hoarding():
    check_run("""
        cap     5
        supply  SHELF 20 day0
        line    A 4 redistribute customer=1
        line    B 4 redistribute customer=1
        line    C 4 redistribute customer=2
        peg     A SHELF 4
        peg     B SHELF 1
        peg     C SHELF 4
        short   B 3
    """)


def test_no_lateness():
    """S103: what may not be late takes the units that are in time, and is short of the rest."""
    check_run("""
        supply  PO-1 10 day4
        supply  PO-2 10 day9
        line    B 20 redistribute due=day4 most_late=0
        peg     B PO-1 10
        short   B 10
    """)


def test_no_lateness_and_a_minimum():
    """S105: nothing, because what is in time is less than a shipment must have."""
    check_run("""
        supply  PO-1 10 day4
        supply  PO-2 10 day9
        line    D 20 redistribute due=day4 most_late=0 min=20
        short   D 20
    """)


def test_a_minimum_shipment_waits_until_the_rest_is_no_remnant():
    """S107: 15 now would leave 5, less than the minimum of 11; all 20 on the tenth, 5 left."""
    check_run("""
        supply  SHELF 15 day0
        supply  PO-1 10 day5
        line    F 20 redistribute min=11
        peg     F PO-1 10
        peg     F SHELF 10
    """)


def test_a_minimum_that_both_parts_meet_splits():
    check_run("""
        supply  SHELF 9 day0
        supply  PO-1 11 day5
        line    F 20 redistribute min=8
        peg     F SHELF 9
        peg     F PO-1 11
    """)


def test_at_most_two_shipments_wait_for_the_third_receipt():
    check_run("""
        supply  SHELF 2 day0
        supply  PO-1 2 day3
        supply  PO-2 6 day6
        line    A 10 redistribute parts=2
        line    B 2 redistribute
        peg     A SHELF 2
        peg     A PO-1 2
        peg     A PO-2 6
        short   B 2
    """)


def test_lines_of_a_set_wait_for_the_slowest_without_sitting_on_the_shelf():
    check_run("""
        supply  SHELF-A 3 day0 item=A
        supply  PO-A 3 day6 item=A
        supply  PO-B 2 day8 item=B
        line    A1 3 redistribute item=A set=S
        line    B1 2 redistribute item=B set=S
        line    A2 3 redistribute item=A
        peg     A1 PO-A 3
        peg     B1 PO-B 2
        peg     A2 SHELF-A 3
    """)


def test_a_set_that_lacks_units_in_sight_leaves_the_shelf():
    check_run(
        """
        supply  SHELF-A 3 day0 item=A
        line    A1 3 redistribute item=A set=S
        line    B1 2 redistribute item=B set=S
        line    A2 2 redistribute item=A
        peg     A2 SHELF-A 2
        short   A1 3
        short   B1 2
        short   A2 0
    """.replace("        short   A2 0\n", "")
    )


def test_a_set_in_ratio_holds_no_more_than_its_scarcest_line_allows():
    check_run("""
        supply  SHELF-A 10 day0 item=A
        supply  SHELF-B 2 day0 item=B
        line    A1 10 redistribute ratio item=A set=S
        line    B1 4 redistribute ratio item=B set=S
        line    A2 4 redistribute item=A
        peg     A1 SHELF-A 5
        peg     B1 SHELF-B 2
        peg     A2 SHELF-A 4
        short   A1 5
        short   B1 2
    """)


def test_nobody_else_is_displaced_for_a_set():
    check_run(
        """
        supply  SHELF-A 3 day0 item=A
        supply  PO-A 3 day6 item=A
        supply  PO-B 2 day8 item=B
        line    A2 3 gain item=A holds=PO-A:3
        line    A1 3 redistribute item=A set=S
        line    B1 2 redistribute item=B set=S
        peg     A2 SHELF-A 3
        peg     A1 PO-A 3
        peg     B1 PO-B 2
    """.replace("PO-A 3 day6", "PO-A 0 day6").replace(
            "        peg     A2 SHELF-A 3\n        peg     A1 PO-A 3",
            "        peg     A2 SHELF-A 3\n        peg     A1 PO-A 3",
        )
    )


def test_priority_beats_due_date():
    """S111: P1 and P2 are served before P3, though P3 is due first."""
    check_run("""
        supply  SHELF 25 day0
        line    P1 10 redistribute priority=1 need=day9 due=day9
        line    P2 10 redistribute priority=2 need=day8 due=day8
        line    P3 10 redistribute priority=3 need=day4 due=day4
        peg     P1 SHELF 10
        peg     P2 SHELF 10
        peg     P3 SHELF 5
        short   P3 5
    """)


def test_committed_stock_is_not_stolen():
    """S113: P3 gets what the others do not need: 2 of the first and 2 of the second receipt."""
    check_run("""
        supply  PO-1 10 day0
        supply  PO-2 10 day19
        line    P1 8 redistribute priority=1 need=day9 due=day9
        line    P2 8 redistribute priority=2 need=day21 due=day21
        line    P3 10 redistribute priority=3 need=day4 due=day4
        peg     P1 PO-1 8
        peg     P2 PO-2 8
        peg     P3 PO-1 2
        peg     P3 PO-2 2
        short   P3 6
    """)


def test_independent_lines_have_each_its_own_day_and_a_set_has_the_last():
    """S109: lead times of 14, 6 and 30 days; all together nobody takes what came before for himself."""
    check_run("""
        supply  PO-A 1 day10 item=A
        supply  PO-B 1 day2 item=B
        supply  PO-B2 1 day29 item=B
        supply  PO-C 1 day30 item=C
        line    A1 1 redistribute item=A set=S
        line    B1 1 redistribute item=B set=S
        line    C1 1 redistribute item=C set=S
        line    B2 1 redistribute item=B
        peg     A1 PO-A 1
        peg     B1 PO-B2 1
        peg     C1 PO-C 1
        peg     B2 PO-B 1
    """)


def test_two_urgent_tie_by_date_and_the_rest_wait_behind():
    """S65: 20 units; the third takes all."""
    check_run("""
        segment  all redistribute rank=priority
        supply  SHELF 20 day0
        line    n1 5  priority=1
        line    n2 3  priority=1
        line    n3 20 priority=0
        line    n4 20 priority=0
        line    n5 15 priority=1
        peg     n3 SHELF 20
        short   n1 5
        short   n2 3
        short   n4 20
        short   n5 15
    """)


def test_released_units_are_not_in_the_game_and_the_rest_is_shared_by_rank():
    """S69: 23 units, 5 released; 18 are left: 15, 3, 0."""
    check_run("""
        segment  all redistribute rank=priority
        supply  SHELF 18 day0
        line    n5 15 priority=0
        line    n2 3 priority=1
        line    n3 20 priority=1
        peg     n5 SHELF 15
        peg     n2 SHELF 3
        short   n3 20
    """)


def test_lines_beyond_a_horizon_are_not_counted():
    """S67: the first moved out of the horizon, so the second and the third come first: 3 and 17."""
    check_run("""
        segment  near redistribute where=horizon:near
        supply  SHELF 20 day0
        line    n1 5 priority=1 horizon=far
        line    n2 3 priority=2 horizon=near
        line    n3 20 priority=3 horizon=near
        peg     n2 SHELF 3
        peg     n3 SHELF 17
        short   n1 5
        short   n3 3
    """)


def test_rebalance_six_units_among_three_that_lack_four_each():
    """S73: ranks (priority, promise): r3, r2, r1 get 4, 2, 0, and nobody who is released is touched."""
    check_run("""
        segment  all redistribute rank=priority,promise
        supply  SHELF 6 day0
        line    r1 4 priority=2 promise=05
        line    r2 4 priority=1 promise=09
        line    r3 4 priority=1 promise=07
        peg     r3 SHELF 4
        peg     r2 SHELF 2
        short   r2 2
        short   r1 4
    """)


def test_what_one_leaves_who_was_dealt_it_goes_to_another_who_was():
    """C was dealt one of PO-1, but rather takes PO-2, which still makes its day; B may only have PO-1."""
    check_run("""
        segment all redistribute share=proportional
        supply  PO-1 6 day0
        supply  PO-2 1 day1
        line    A 4 priority=0
        line    B 2 priority=3 due=day0 most_late=0
        line    C 1 priority=3 need=day1
        peg     A PO-1 4
        peg     B PO-1 2
        peg     C PO-2 1
    """)
