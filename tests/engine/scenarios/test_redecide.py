"""Who gets what when something changed: rank, GAIN, wanted days, and lines that must ship complete."""

from tests.engine.tables import check_allocation


def test_the_shelf_first_then_the_earliest_receipt():
    check_allocation("""
        supply  SHELF 6 day0
        supply  PO-9 10 day12
        demand  A 4
        demand  B 5
        peg     A SHELF 4
        peg     B SHELF 2
        peg     B PO-9 3
    """)


def test_one_unit_goes_to_the_first_in_the_queue():
    """S57: two units wait, one arrives."""
    check_allocation("""
        supply  SHELF 1 day0
        demand  A 1
        demand  B 1
        peg     A SHELF 1
        short   B 1
    """)


def test_nothing_new_fills_nobody():
    """S59: a loss never fills; who waits goes on waiting."""
    check_allocation("""
        supply  SHELF 0 day0
        demand  A 2
        demand  B 1
        short   A 2
        short   B 1
    """)


def test_exactly_the_units_that_arrived_are_filled():
    """S61: 7 and 4 wait, 5 arrive: all in the first."""
    check_allocation("""
        supply  SHELF 5 day0
        demand  A 7
        demand  B 4
        peg     A SHELF 5
        short   A 2
        short   B 4
    """)


def test_the_rank_decides_who_is_promised_before_whom():
    """S63: stock 20; demands of 5, 3, 20, 20, 15 in order of their dates have 5, 3, 12, 0, 0."""
    check_allocation("""
        supply  SHELF 20 day0
        demand  A 5
        demand  B 3
        demand  C 20
        demand  D 20
        demand  E 15
        peg     A SHELF 5
        peg     B SHELF 3
        peg     C SHELF 12
        short   C 8
        short   D 20
        short   E 15
    """)


def test_urgent_ones_come_first_and_tie_by_date():
    """S65: the third and fourth are urgent; the third has all 20."""
    check_allocation("""
        supply  SHELF 20 day0
        demand  A 5  priority=1
        demand  B 3  priority=1
        demand  C 20 priority=0
        demand  D 20 priority=0
        demand  E 15 priority=1
        peg     C SHELF 20
        short   A 5
        short   B 3
        short   D 20
        short   E 15
    """)


def test_what_is_released_is_out_of_the_game_and_the_urgent_come_next():
    """S69: of 23 units 5 are released (not in this decision); 18 are left: E first, then B, then C none."""
    check_allocation("""
        supply  SHELF 18 day0
        demand  B 3  priority=1
        demand  C 20 priority=1
        demand  D 20 priority=1
        demand  E 15 priority=0
        peg     E SHELF 15
        peg     B SHELF 3
        short   C 20
        short   D 20
    """)


def test_the_first_due_comes_first_though_it_was_entered_later():
    """S71: stock 5; the second order is due earlier."""
    check_allocation("""
        supply  SHELF 5 day0
        demand  A 5 priority=7
        demand  B 5 priority=1
        peg     B SHELF 5
        short   A 5
    """)


def test_six_units_among_three_that_lack_four_each():
    """S73: in the order r3, r2, r1: 4, 2, 0."""
    check_allocation("""
        supply  SHELF 6 day0
        demand  r1 4 priority=3
        demand  r2 4 priority=2
        demand  r3 4 priority=1
        peg     r3 SHELF 4
        peg     r2 SHELF 2
        short   r2 2
        short   r1 4
    """)


def test_a_confirmation_is_kept_when_a_more_urgent_demand_comes():
    check_allocation("""
        supply  SHELF 4 day0
        supply  PO-1 0 day5
        demand  A 6  priority=9 holds=PO-1:6
        demand  B 10 priority=0
        peg     B SHELF 4
        peg     A PO-1 6
        short   B 6
    """)


def test_who_moves_forward_leaves_his_place_to_the_next():
    """Ten arrive early: A moves to the shelf, B to A's supply, C to B's."""
    check_allocation("""
        supply  SHELF 10 day0
        supply  PO-1 0 day5
        supply  PO-2 0 day9
        demand  A 10 holds=PO-1:10
        demand  B 10 holds=PO-2:10
        demand  C 10
        peg     A SHELF 10
        peg     B PO-1 10
        peg     C PO-2 10
    """)


def test_freed_units_go_to_the_first_who_gains_not_to_the_next_in_line():
    """B may use both locations and frees a unit that A, before it, could not have before."""
    check_allocation("""
        supply  SHELF 1 day0 at=L2
        supply  PO-1 0 day5 at=L1
        demand  A 1 at=L1
        demand  B 1 at=L1,L2 holds=PO-1:1
        demand  C 1 at=L1
        peg     B SHELF 1
        peg     A PO-1 1
        short   C 1
    """)


def test_a_location_that_does_not_serve_the_customer_is_no_help():
    check_allocation("""
        supply  SHELF 5 day0 at=L2
        demand  A 3 at=L1
        short   A 3
    """)


def test_units_at_a_location_that_no_longer_serves_are_kept_but_no_more_are_given():
    """A location taken out of a channel costs nobody what was confirmed."""
    check_allocation("""
        supply  SHELF 2 day0 at=L2
        demand  A 5 at=L1 holds=SHELF:3
        demand  B 2 at=L2
        peg     A SHELF 3
        peg     B SHELF 2
        short   A 2
    """)


def test_lost_supply_leaves_its_line_unsupplied_or_on_the_next():
    """PO-1 is gone: its peg was cut, and what is free later serves the first in rank."""
    check_allocation("""
        supply  PO-2 4 day9
        demand  A 5
        demand  B 2
        peg     A PO-2 4
        short   A 1
        short   B 2
    """)


def test_wanted_later_keeps_what_is_on_time():
    check_allocation("""
        supply  SHELF 5 day0
        supply  PO-1 0 day5
        demand  A 5 need=day9 holds=PO-1:5
        demand  B 5
        peg     A PO-1 5
        peg     B SHELF 5
    """)


def test_wanted_later_takes_the_latest_that_makes_its_day():
    check_allocation("""
        supply  SHELF 5 day0
        supply  PO-1 5 day5
        supply  PO-2 5 day8
        supply  PO-3 5 day12
        demand  A 7 need=day9
        peg     A PO-2 5
        peg     A PO-1 2
    """)


def test_wanted_later_and_late_moves_up():
    check_allocation("""
        supply  PO-1 5 day10
        supply  PO-2 0 day20
        demand  A 5 need=day9 holds=PO-2:5
        peg     A PO-1 5
    """)


def test_a_line_that_must_ship_complete_waits_and_lets_others_pass():
    check_allocation("""
        supply  SHELF 6 day0
        demand  A 8 complete
        demand  B 5
        peg     B SHELF 5
        short   A 8
    """)


def test_a_complete_line_that_the_shelf_covers_takes_it():
    check_allocation("""
        supply  SHELF 8 day0
        supply  PO-1 8 day5
        demand  A 8 complete
        demand  B 5
        peg     A SHELF 8
        peg     B PO-1 5
    """)


def test_a_complete_line_leaves_the_shelf_to_others_when_a_later_day_is_its_earliest():
    check_allocation("""
        supply  SHELF 6 day0
        supply  PO-1 10 day12
        demand  A 8 complete
        demand  B 5
        peg     A PO-1 8
        peg     B SHELF 5
    """)


def test_a_complete_line_uses_from_the_shelf_only_what_its_day_lacks():
    check_allocation("""
        supply  SHELF 6 day0
        supply  PO-1 3 day12
        demand  A 8 complete
        demand  B 5
        peg     A SHELF 5
        peg     A PO-1 3
        peg     B SHELF 1
        short   B 4
    """)


def test_a_complete_line_does_not_sit_on_the_shelf_when_its_rest_is_out_of_sight():
    check_allocation("""
        supply  SHELF 0 day0
        demand  A 8 complete holds=SHELF:6
        demand  B 5
        peg     B SHELF 5
        short   A 8
    """)


def test_a_complete_line_keeps_its_place_at_inbound_when_the_rest_is_lost():
    """Its peg is not in anybody's way until the goods are on the shelf, and the rest may be found until then."""
    check_allocation("""
        supply  PO-1 0 day9
        demand  A 8 complete holds=PO-1:5
        demand  B 5
        peg     A PO-1 5
        short   A 3
        short   B 5
    """)


def test_a_complete_line_swaps_its_shelf_units_for_free_ones_that_make_its_day():
    """PO-1 is no use to B, but A can take it instead of the shelf and lose nothing."""
    check_allocation("""
        supply  SHELF 0 day0 at=L1
        supply  PO-1 5 day12 at=L2
        supply  PO-2 0 day12 at=L1
        demand  A 8 complete at=L1,L2 holds=SHELF:5,PO-2:3
        demand  B 4 at=L1
        peg     B SHELF 4
        peg     A SHELF 1
        peg     A PO-1 4
        peg     A PO-2 3
    """)


def test_a_complete_line_moves_up_with_what_it_holds():
    check_allocation("""
        supply  SHELF 0 day0
        supply  PO-1 5 day8
        supply  PO-2 0 day12
        demand  A 8 complete holds=SHELF:5,PO-2:3
        demand  B 5
        peg     A SHELF 3
        peg     A PO-1 5
        peg     B SHELF 2
        peg     B PO-2 3
    """)


def test_a_complete_line_swaps_with_one_who_waits_for_supply_that_makes_its_day():
    check_allocation("""
        supply  SHELF 0 day0
        supply  PO-1 0 day8
        supply  PO-2 0 day12
        demand  A 8 complete holds=SHELF:5,PO-2:3
        demand  B 4 holds=PO-1:4
        peg     B SHELF 4
        peg     A SHELF 1
        peg     A PO-1 4
        peg     A PO-2 3
    """)


def test_a_complete_line_keeps_its_shelf_units_where_a_swap_would_cost_its_day():
    check_allocation("""
        supply  SHELF 0 day0
        supply  PO-1 0 day20
        supply  PO-2 0 day12
        demand  A 8 complete holds=SHELF:5,PO-2:3
        demand  B 4 holds=PO-1:4
        peg     B PO-1 4
        peg     A SHELF 5
        peg     A PO-2 3
    """)


def test_a_complete_line_moves_up_whole_when_all_its_units_are_there_earlier():
    check_allocation("""
        supply  SHELF 8 day0
        supply  PO-1 0 day9
        demand  A 8 complete holds=PO-1:8
        demand  B 3
        peg     A SHELF 8
        peg     B PO-1 3
    """)
