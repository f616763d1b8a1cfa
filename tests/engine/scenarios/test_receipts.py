"""Who is filled when units arrive, and who gives up units that were lost."""

from backorder.engine.allocate import receive, take_back
from backorder.engine.model import Claim


def test_a_receipt_fills_hard_pegs_first_and_then_the_rank():
    claims = [Claim(1, 4, (5,)), Claim(2, 3, (1,)), Claim(3, 2, (9,), hard=True)]
    assert receive(claims, 6) == ((3, 2), (2, 3), (1, 1))


def test_what_a_receipt_leaves_over_belongs_to_nobody():
    """S133: more arrives than is waited for; the surplus of 3 goes to storage."""
    assert receive([Claim(1, 4, (5,))], 7) == ((1, 4),)
    assert receive([], 7) == ()


def test_a_receipt_of_exactly_what_is_waited_for_and_of_less():
    """S133: equal amounts all go through; less leaves the remainder waiting."""
    assert receive([Claim(1, 4, (1,)), Claim(2, 3, (2,))], 7) == ((1, 4), (2, 3))
    assert receive([Claim(1, 4, (1,)), Claim(2, 3, (2,))], 5) == ((1, 4), (2, 1))


def test_equal_ranks_are_filled_by_id():
    assert receive([Claim(2, 4, (1,)), Claim(1, 4, (1,))], 5) == ((1, 4), (2, 1))


def test_a_loss_is_taken_from_the_lowest_rank_upwards():
    claims = [Claim(1, 4, (1,)), Claim(2, 3, (2,)), Claim(3, 2, (3,))]
    assert take_back(claims, 4) == ((3, 2), (2, 2))


def test_released_units_are_taken_last_and_hard_claims_after_soft_ones():
    claims = [Claim(1, 4, (1,)), Claim(2, 3, (2,), hard=True), Claim(3, 2, (9,), released=True)]
    assert take_back(claims, 8) == ((1, 4), (2, 3), (3, 1))


def test_no_more_is_taken_back_than_anybody_has():
    """S77: six of five."""
    assert take_back([Claim(1, 5, (1,))], 6) == ((1, 5),)


def test_nothing_arrives_and_nothing_is_lost():
    assert receive([Claim(1, 5, (1,))], 0) == ()
    assert take_back([Claim(1, 5, (1,))], 0) == ()
