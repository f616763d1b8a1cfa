"""What somebody may choose who cannot have everything at once."""

from datetime import timedelta

from tests.engine.tables import NOW, TODAY, route

from backorder.engine.alternatives import Alternative, Choice, Offer, alternatives
from backorder.engine.model import Ask, Book, Part, Policy, Sell, Source

LAMP, BULB, CORD = 1, 2, 3
ROUTES = (route(1),)


def shelf(units):
    return Source(("stock", 1), 1, units, units, TODAY)


def inbound(units, n):
    return Source(("supply", n), 1, units, units, TODAY + timedelta(days=n))


def part(units, ships, reason):
    on = TODAY + timedelta(days=ships)
    arrives = on + timedelta(days=1)
    return Part(units, on, arrives, arrives, reason)


def choices(policy, *sources, units=5, substitutes=(), books=None, **ask):
    known = {LAMP: Book(LAMP, sources)} | (books or {})
    return alternatives(Ask(1, LAMP, units, policy, ROUTES, **ask), known, now=NOW, substitutes=substitutes)


def test_what_the_shelf_serves_needs_no_choice():
    assert choices(Policy(Sell.BACKORDER), shelf(5)) == ()


def test_to_wait_in_parts_all_at_one_time_take_what_is_there_or_cancel():
    assert choices(Policy(Sell.BACKORDER), shelf(2), inbound(9, 6)) == (
        Alternative(Choice.WAIT, LAMP, 5, (part(2, 0, "on_shelf"), part(3, 6, "inbound"))),
        Alternative(Choice.LATER_DATE, LAMP, 5, (part(5, 6, "inbound"),)),
        Alternative(Choice.PARTIAL, LAMP, 2, (part(2, 0, "on_shelf"),)),
        Alternative(Choice.CANCEL, LAMP, 5),
    )


def test_where_nothing_may_wait_there_is_no_waiting():
    assert choices(Policy(Sell.STOCK_ONLY), shelf(2), inbound(9, 6)) == (
        Alternative(Choice.PARTIAL, LAMP, 2, (part(2, 0, "on_shelf"),)),
        Alternative(Choice.CANCEL, LAMP, 5),
    )


def test_a_preorder_is_called_so():
    policy = Policy(Sell.PREORDER, street_on=TODAY + timedelta(days=9), backorder_locations=(1,))
    preorder, cancel = choices(policy)
    assert (preorder.choice, preorder.units) == (Choice.PREORDER, 5)
    assert [(piece.units, piece.ship_on, piece.reason) for piece in preorder.parts] == [
        (5, TODAY + timedelta(days=9), "street_date")
    ]
    assert cancel == Alternative(Choice.CANCEL, LAMP, 5)


def test_a_substitute_is_offered_only_if_it_is_on_the_shelf():
    """S145: the bulb has stock, the cord only inbound."""
    offers = (Offer(BULB, Policy(Sell.BACKORDER), ROUTES, 250), Offer(CORD, Policy(Sell.BACKORDER), ROUTES, -100))
    books = {BULB: Book(BULB, (shelf(7),)), CORD: Book(CORD, (inbound(9, 1),))}
    assert choices(Policy(Sell.STOCK_ONLY), substitutes=offers, books=books) == (
        Alternative(Choice.SUBSTITUTE, BULB, 5, (part(5, 0, "on_shelf"),), 250),
        Alternative(Choice.CANCEL, LAMP, 5),
    )


def test_a_wanted_day_that_is_missed_is_a_choice_too():
    late = choices(Policy(Sell.BACKORDER), inbound(9, 6), wanted_on=TODAY + timedelta(days=3))
    assert late == (
        Alternative(Choice.WAIT, LAMP, 5, (part(5, 6, "inbound"),)),
        Alternative(Choice.CANCEL, LAMP, 5),
    )


def test_it_takes_nothing_from_the_books():
    books = {LAMP: Book(LAMP, (shelf(2), inbound(9, 6)))}
    ask = Ask(1, LAMP, 5, Policy(Sell.BACKORDER), ROUTES)
    assert alternatives(ask, books, now=NOW) == alternatives(ask, books, now=NOW)
