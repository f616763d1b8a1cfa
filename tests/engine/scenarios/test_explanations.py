"""Why a day is what it is, and who stands before a line."""

from datetime import UTC, date, datetime, time, timedelta

from backorder.engine.calendars import MONDAY_TO_FRIDAY, Route
from backorder.engine.explain import Ahead, Step, ahead_of, steps
from backorder.engine.model import Ask, Book, Demand, Policy, Sell, Source
from backorder.engine.promise import promise

TODAY = date(2026, 1, 5)  # A Monday.
NOW = datetime(2026, 1, 5, 15, tzinfo=UTC)
ROUTE = Route(1, None, "UTC", MONDAY_TO_FRIDAY, time(14), 1, 2, MONDAY_TO_FRIDAY, 1, 3)


def day(n):
    return TODAY + timedelta(days=n)


def told(policy, *sources, wanted_on=None):
    """The steps of the day of one unit asked for after the cut-off."""
    ask = Ask(1, 1, 1, policy, (ROUTE,), wanted_on=wanted_on)
    (answer,) = promise([ask], {1: Book(1, sources)}, now=NOW)
    (piece,) = answer.slices
    source = next((source for source in sources if source.key == piece.source), None)
    way = steps(piece, ROUTE, policy=policy, now=NOW, source=source, wanted_on=wanted_on)
    return [(step.what, (step.on - TODAY).days, step.days) for step in way]


def test_from_the_shelf_after_the_cut_off():
    assert told(Policy(Sell.STOCK_ONLY), Source(("stock", 1), 1, 5, 5, TODAY)) == [
        ("ordered", 0, 0),
        ("next_working_day", 1, 0),
        ("processed", 3, 2),
        ("ships", 3, 0),
        ("arrives_from", 4, 1),
        ("arrives", 8, 3),
    ]


def test_from_supply_that_arrives_on_a_friday():
    assert told(Policy(Sell.BACKORDER), Source(("supply", 1), 1, 5, 5, day(4))) == [
        ("supply_arrives", 4, 0),
        ("put_away", 5, 1),
        ("next_working_day", 7, 0),
        ("processed", 9, 2),
        ("ships", 9, 0),
        ("arrives_from", 10, 1),
        ("arrives", 14, 3),
    ]


def test_overdue_supply_is_called_so():
    way = told(Policy(Sell.BACKORDER), Source(("supply", 1), 1, 5, 5, day(1), certain=False))
    assert way[0] == ("supply_is_overdue", 1, 0)


def test_from_the_lead_time_and_after_the_street_date():
    policy = Policy(Sell.PREORDER, street_on=day(12), lead_time_days=2, backorder_locations=(1,))
    assert told(policy) == [
        ("ordered", 0, 0),
        ("lead_time_ends", 2, 2),
        ("put_away", 3, 1),
        ("processed", 7, 2),
        ("street_date", 14, 0),
        ("ships", 14, 0),
        ("arrives_from", 15, 1),
        ("arrives", 17, 3),
    ]


def test_what_is_wanted_later_leaves_later():
    assert told(Policy(Sell.STOCK_ONLY), Source(("stock", 1), 1, 5, 5, TODAY), wanted_on=day(18))[2:] == [
        ("processed", 3, 2),
        ("wanted_later", 15, 0),
        ("ships", 15, 0),
        ("arrives_from", 16, 1),
        ("arrives", 18, 3),
    ]


def test_what_goes_with_a_slower_line_says_so():
    policy = Policy(Sell.BACKORDER)
    asks = [Ask(n, n, 1, policy, (ROUTE,)) for n in (1, 2)]
    books = {
        1: Book(1, (Source(("stock", 1), 1, 5, 5, TODAY),)),
        2: Book(2, (Source(("supply", 1), 1, 5, 5, day(9)),)),
    }
    fast, _ = promise(asks, books, now=NOW, together=True)
    way = steps(fast.slices[0], ROUTE, policy=policy, now=NOW, source=books[1].sources[0])
    assert Step("together", day(14)) in way
    assert way[-1] == Step("arrives", day(17), 3)


def test_who_stands_before_a_line_and_by_which_rule():
    sources = [
        Source(("stock", 1), 1, 0, 9, TODAY),
        Source(("supply", 1), 1, 0, 9, day(5)),
        Source(("supply", 2), 1, 0, 9, day(9)),
    ]
    shelf, early, late = (source.key for source in sources)
    asker = Demand(7, 4, (1, day(3), 100, 7), {1: None}, held=((late, 4),))
    others = [
        Demand(1, 3, (0, day(9), 300, 1), {1: None}, held=((shelf, 3),)),
        Demand(2, 2, (1, day(2), 300, 2), {1: None}, held=((early, 2),)),
        Demand(3, 2, (1, day(3), 99, 3), {1: None}, held=((early, 1), (late, 1))),
        Demand(6, 1, (1, day(3), 100, 6), {1: None}, held=((early, 1),)),
        Demand(9, 5, (2, day(1), 1, 9), {1: None}, held=((shelf, 5),)),
        Demand(8, 5, (0, day(1), 1, 8), {1: None}, held=((late, 4),)),
    ]
    assert ahead_of(asker, [*others, asker], sources) == (
        Ahead(1, shelf, 3, TODAY, "priority"),
        Ahead(9, shelf, 5, TODAY, "confirmed_before"),
        Ahead(2, early, 2, day(5), "first_promised_on"),
        Ahead(3, early, 1, day(5), "ordered_at"),
        Ahead(6, early, 1, day(5), "id"),
        Ahead(8, None, 1, None, "priority"),
    )


def test_nobody_stands_before_a_line_that_is_on_time():
    sources = [Source(("stock", 1), 1, 0, 9, TODAY), Source(("supply", 1), 1, 0, 9, day(5))]
    asker = Demand(2, 4, (1,), {1: day(6)}, held=((("supply", 1), 4),))
    other = Demand(1, 4, (0,), {1: None}, held=((("stock", 1), 4),))
    assert ahead_of(asker, [asker, other], sources) == ()


def test_units_at_a_location_that_does_not_serve_the_line_are_not_in_its_way():
    sources = [Source(("stock", 1), 2, 0, 9, TODAY)]
    asker = Demand(2, 4, (1,), {1: None})
    other = Demand(1, 4, (0,), {2: None}, held=((("stock", 1), 4),))
    assert ahead_of(asker, [asker, other], sources) == ()


def test_who_still_waits_before_a_line_is_named_too():
    """Were the first one gone, the second would have its units, not the third."""
    sources = [Source(("stock", 1), 1, 0, 4, TODAY)]
    first = Demand(1, 4, (0, 1), {1: None}, held=((("stock", 1), 4),))
    second, third = (Demand(n, 4, (0, n), {1: None}) for n in (2, 3))
    assert ahead_of(third, [first, second, third], sources, attributes=("priority", "ordered_at")) == (
        Ahead(1, ("stock", 1), 4, TODAY, "ordered_at"),
        Ahead(2, None, 4, None, "ordered_at"),
    )
