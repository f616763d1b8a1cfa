"""The picture of an item, as values: what is on each day, where the shortage lies, where a slip is drawn."""

from datetime import date, timedelta

from backorder.console.item_picture import MOST_COLUMNS, draw, periods
from backorder.orders.showing.item_queue import Coming, Due

TODAY = date(2026, 11, 23)  # A Monday.


def day(number):
    return TODAY + timedelta(days=number)


def coming(units, on, *, first=None, id=1, free=0):
    return Coming(id, f"PO-{id}", units, free, day(on if first is None else first), day(on), day(on))


def balances(*args, scale="day", free=0):
    found, _, _ = periods(*args, free=free, today=TODAY, scale=scale)
    return {one.start: one.balance for one in found}


def test_supply_raises_and_demand_lowers_what_is_left():
    left = balances([coming(60, 3)], [Due(day(3), 4, 38), Due(day(4), 2, 30)], free=5)
    assert [left[day(n)] for n in (0, 1, 2, 3, 4, 7)] == [5, 5, 5, 27, -3, -3]


def test_what_is_overdue_and_what_has_no_day_counts_today():
    left = balances([], [Due(day(-9), 1, 3), Due(None, 1, 4)], free=2)
    assert left[TODAY] == -5


def test_a_weekend_is_shown_only_when_something_happens_on_it():
    days = balances([coming(10, 5)], [Due(day(9), 1, 1)])  # Saturday, and Wednesday after.
    assert day(5) in days
    assert day(6) not in days


def test_weeks_begin_on_mondays():
    weeks = balances([coming(10, 8)], [Due(day(20), 1, 4)], scale="week")
    assert list(weeks)[:3] == [day(0), day(7), day(14)]
    assert [weeks[day(0)], weeks[day(7)], weeks[day(14)]] == [0, 10, 6]


def test_what_lies_beyond_the_last_column_is_summed():
    drawing = draw([coming(10, 100)], [Due(day(120), 2, 7)], free=0, today=TODAY, scale="day")
    assert len(drawing.columns) == MOST_COLUMNS
    assert (drawing.later_arrives, drawing.later_due) == (10, 7)


def test_the_worst_shortage_is_named_and_drawn_below_the_line():
    drawing = draw([coming(240, 16)], [Due(day(7), 4, 46), Due(day(8), 5, 51)], free=0, today=TODAY, scale="day")
    assert drawing.worst is not None
    assert (drawing.worst.period.start, drawing.worst.period.balance) == (day(8), -97)
    assert drawing.worst.short.y == drawing.zero
    assert drawing.first_free.start == day(16)


def test_a_slip_is_drawn_from_where_it_was_expected_to_where_it_is():
    drawing = draw([coming(240, 16, first=4)], [], free=0, today=TODAY, scale="day")
    (slip,) = drawing.slips
    assert slip.coming.slipped_days == 12
    assert slip.expected.height == drawing.columns[-1].arrives.height
    assert slip.start_x < slip.end_x == round(drawing.columns[-1].arrives.x + drawing.columns[-1].arrives.width / 2, 1)


def test_a_slip_from_before_today_begins_at_the_edge():
    (slip,) = draw([coming(5, 2, first=-30)], [], free=0, today=TODAY, scale="day").slips
    assert (slip.expected, slip.start_x) == (None, 64.0)


def test_shapes_stay_inside_the_drawing():
    drawing = draw(
        [coming(900, 3, id=1), coming(70, 9, first=1, id=2), coming(5000, 11, first=2, id=3)],
        [Due(day(n), 1, 300) for n in range(12)], free=17, today=TODAY, scale="day",
    )  # fmt: skip
    for column in drawing.columns:
        for box in (column.arrives, column.due, column.short, column.left):
            assert box is None or 0 <= box.y <= box.y + box.height <= drawing.bottom + 1


def test_the_chosen_day_is_found():
    drawing = draw([coming(10, 8)], [], free=0, today=TODAY, scale="week", chosen=day(9))
    assert drawing.chosen.start == day(7)
    assert draw([coming(10, 8)], [], free=0, today=TODAY, scale="week").chosen is None


def test_nothing_at_all_is_drawn_as_a_flat_line():
    drawing = draw([], [], free=0, today=TODAY, scale="day")
    assert drawing.worst is None
    assert {column.period.balance for column in drawing.columns} == {0}
