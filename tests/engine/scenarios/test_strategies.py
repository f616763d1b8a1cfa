"""What each strategy may do to a confirmation, one rule a test."""

from tests.engine.runs import check_run


def test_win_takes_from_whoever_may_lose():
    check_run("""
        supply  SHELF 0 day0
        line    A 5 redistribute holds=SHELF:5
        line    B 3 win due=day0
        peg     B SHELF 3
        peg     A SHELF 2
        short   A 3
    """)


def test_win_takes_the_latest_units_that_make_its_day_and_leaves_the_shelf_to_others():
    check_run("""
        supply  SHELF 3 day0
        supply  PO-1 3 day4
        line    A 3 redistribute
        line    B 3 win due=day4
        peg     B PO-1 3
        peg     A SHELF 3
    """)


def test_win_that_comes_first_takes_the_shelf_too():
    """Its floor is safe with PO-1, and at its turn the shelf is free and better."""
    check_run("""
        supply  SHELF 3 day0
        supply  PO-1 3 day4
        line    B 3 win due=day4
        line    A 3 redistribute
        peg     B SHELF 3
        peg     A PO-1 3
    """)


def test_what_win_leaves_when_it_moves_up_holds_the_floor_of_another():
    """A's floor is safe with both purchases; it moves to the shelf, and C can be in time after all."""
    check_run("""
        supply  SHELF 9 day0 at=L2
        supply  PO-1 2 day7
        supply  PO-2 2 day36
        line    A 4 win due=day54 at=L1,L2 priority=1
        line    B 3 win due=day0 priority=2
        line    C 1 win due=day19 priority=3
        peg     A SHELF 4
        peg     B PO-1 1
        peg     B PO-2 2
        peg     C PO-1 1
        broken  B 3
    """)


def test_win_whose_day_is_lost_stays_with_equally_good_units():
    """Both purchases come before the day B wants; it does not change for the later one."""
    check_run("""
        supply  SHELF 7 day0 at=L2
        supply  PO-1 2 day57
        supply  PO-2 7 day47
        line    B 4 win need=day59 due=day3 holds=PO-1:1,PO-2:3
        peg     B PO-1 1
        peg     B PO-2 3
        broken  B 4
    """)


def test_win_is_served_before_gain_and_the_broken_floor_is_named():
    check_run("""
        supply  SHELF 0 day0
        line    A 4 gain holds=SHELF:4
        line    B 3 win due=day0
        peg     B SHELF 3
        peg     A SHELF 1
        short   A 3
        broken  A 3
    """)


def test_win_prefers_what_nobody_has_a_floor_on():
    check_run("""
        supply  SHELF 2 day0
        supply  PO-1 0 day1
        line    A 3 gain holds=PO-1:3
        line    B 2 win due=day1
        peg     A PO-1 3
        peg     B SHELF 2
    """)


def test_a_win_that_cannot_be_held_is_named_and_holds_what_it_can():
    check_run("""
        supply  SHELF 2 day0
        supply  PO-1 9 day9
        line    A 5 win due=day3
        peg     A SHELF 2
        peg     A PO-1 3
        broken  A 3
    """)


def test_gain_keeps_and_may_rise():
    check_run("""
        supply  SHELF 3 day0
        supply  PO-1 0 day5
        line    A 5 gain holds=PO-1:4
        line    B 5 gain priority=1
        peg     A SHELF 3
        peg     A PO-1 2
        peg     B PO-1 2
        short   B 3
    """)


def test_gain_whose_units_were_taken_gets_others_by_the_same_day():
    check_run("""
        supply  SHELF 0 day0
        supply  PO-1 2 day3
        line    A 2 gain holds=PO-1:2 at=L1
        line    B 4 win due=day3
        line    C 2 redistribute holds=SHELF:2
        peg     B SHELF 2
        peg     B PO-1 2
        peg     A PO-1 2
        short   C 2
    """)


def test_of_two_gains_the_last_in_rank_loses_to_a_win():
    check_run("""
        supply  SHELF 0 day0
        line    A 2 gain priority=1 holds=SHELF:2
        line    B 2 gain priority=2 holds=SHELF:2
        line    W 2 win due=day0
        peg     W SHELF 2
        peg     A SHELF 2
        short   B 2
        broken  B 2
    """)


def test_improve_gives_way_without_being_an_exception():
    check_run("""
        supply  SHELF 0 day0
        line    A 2 improve holds=SHELF:2
        line    B 2 gain holds=SHELF:2
        line    W 2 win due=day0
        peg     W SHELF 2
        peg     B SHELF 2
        short   A 2
    """)


def test_redistribute_shares_anew_by_rank():
    check_run("""
        supply  SHELF 0 day0
        supply  PO-1 0 day7
        line    A 4 redistribute priority=2 holds=SHELF:4
        line    B 4 redistribute priority=1 holds=PO-1:4
        peg     B SHELF 4
        peg     A PO-1 4
    """)


def test_fill_keeps_what_is_left_of_its_own_and_never_rises():
    check_run("""
        supply  SHELF 5 day0
        supply  PO-1 0 day7
        line    A 4 fill holds=PO-1:2
        peg     A PO-1 2
        short   A 2
    """)


def test_fill_takes_later_units_for_those_it_lost():
    check_run("""
        supply  SHELF 0 day0
        supply  PO-1 5 day7
        line    W 2 win due=day0
        line    A 4 fill holds=SHELF:2
        peg     W SHELF 2
        peg     A PO-1 2
        short   A 2
    """)


def test_lose_gives_all_back_even_if_nobody_wants_it():
    check_run("""
        supply  SHELF 0 day0
        line    A 4 lose holds=SHELF:4
        short   A 4
    """)


def test_skip_is_left_alone_and_nobody_takes_from_it():
    check_run("""
        supply  SHELF 0 day0
        line    A 4 skip holds=SHELF:3
        line    W 4 win due=day0
        peg     A SHELF 3
        short   A 1
        short   W 4
        broken  W 4
    """)


def test_a_line_that_no_segment_selects_is_excluded_and_stays():
    check_run("""
        segment  gold win where=tier:gold
        supply  SHELF 0 day0
        line    A 4 tier=lead holds=SHELF:2
        line    G 2 tier=gold due=day0
        peg     A SHELF 2
        short   A 2
        short   G 2
        broken  G 2
    """)


def test_the_first_segment_that_selects_wins():
    check_run("""
        segment  web gain where=channel:web
        segment  gold lose where=tier:gold
        supply  SHELF 0 day0
        line    A 2 tier=gold channel=web holds=SHELF:2
        line    B 2 tier=gold channel=shop holds=SHELF:2
        peg     A SHELF 2
        short   B 2
    """)


def test_segments_stand_in_their_order_whatever_the_priority():
    check_run("""
        segment  gold redistribute where=tier:gold
        segment  rest redistribute
        supply  SHELF 3 day0
        line    A 2 priority=0
        line    G 2 priority=9 tier=gold
        peg     G SHELF 2
        peg     A SHELF 1
        short   A 1
    """)


def test_an_exclusion_leaves_a_line_to_the_next_segment():
    check_run("""
        segment  gold redistribute where=tier:gold not=country:CH
        segment  rest lose
        supply  SHELF 5 day0
        line    A 2 tier=gold country=CH
        line    B 2 tier=gold country=AT
        peg     B SHELF 2
        short   A 2
    """)


def test_a_complete_win_takes_all_or_nothing():
    check_run("""
        supply  SHELF 3 day0
        line    A 4 win complete due=day0
        line    B 3 redistribute
        peg     B SHELF 3
        short   A 4
        broken  A 4
    """)


def test_a_complete_gain_that_loses_a_unit_it_cannot_replace_loses_all():
    check_run("""
        supply  SHELF 0 day0
        line    A 4 gain complete holds=SHELF:4
        line    W 1 win due=day0
        line    B 3 redistribute
        peg     W SHELF 1
        peg     B SHELF 3
        short   A 4
        broken  A 4
    """)


def test_a_complete_line_waits_with_the_latest_units_that_make_its_day():
    check_run("""
        supply  SHELF 6 day0
        supply  PO-1 3 day12
        line    A 8 redistribute complete
        line    B 5 redistribute
        peg     A SHELF 5
        peg     A PO-1 3
        peg     B SHELF 1
        short   B 4
    """)


def test_wanted_later_under_redistribute_leaves_the_shelf():
    check_run("""
        supply  SHELF 0 day0
        supply  PO-1 3 day5
        line    A 3 redistribute need=day8 holds=SHELF:3
        line    B 3 redistribute
        peg     A PO-1 3
        peg     B SHELF 3
    """)


def test_wanted_later_under_gain_keeps_what_is_on_time():
    check_run("""
        supply  SHELF 0 day0
        supply  PO-1 3 day5
        line    A 3 gain need=day8 holds=SHELF:3
        line    B 3 gain
        peg     A SHELF 3
        peg     B PO-1 3
    """)


def test_units_that_a_floor_leaves_go_to_the_first_who_gains_not_to_the_next():
    check_run("""
        supply  SHELF 1 day0 at=L2
        supply  PO-1 0 day5 at=L1
        line    A 1 gain at=L1 priority=1
        line    B 1 gain at=L1,L2 holds=PO-1:1 priority=2
        line    C 1 gain at=L1 priority=3
        peg     B SHELF 1
        peg     A PO-1 1
        short   C 1
    """)


def test_stop_item_leaves_an_item_with_a_broken_floor_as_it_was():
    check_run("""
        on_broken stop_item
        supply  SHELF-A 0 day0 item=A
        supply  SHELF-B 4 day0 item=B
        line    A1 2 gain item=A holds=SHELF-A:2
        line    A2 2 win item=A due=day0
        line    B1 4 gain item=B
        peg     A1 SHELF-A 2
        peg     B1 SHELF-B 4
        short   A2 2
        broken  A1 2
        stopped A
    """)


def test_stop_all_changes_nothing():
    check_run("""
        on_broken stop_all
        supply  SHELF-A 0 day0 item=A
        supply  SHELF-B 4 day0 item=B
        line    A1 2 gain item=A holds=SHELF-A:2
        line    A2 2 win item=A due=day0
        line    B1 4 gain item=B
        peg     A1 SHELF-A 2
        short   A2 2
        short   B1 4
        broken  A1 2
        stopped A
    """)


def test_nothing_in_sight_leaves_all_short():
    check_run("""
        line    A 2 win due=day0
        line    B 2 redistribute
        short   A 2
        short   B 2
        broken  A 2
    """)
