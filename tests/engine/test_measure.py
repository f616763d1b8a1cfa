"""The figures by which variants are compared."""

from __future__ import annotations

from tests.engine.runs import Row, Source, build, by_strategy
from tests.engine.tables import TODAY

from backorder.engine.measure import measure, outcome, unchanged
from backorder.engine.run import decide

DAY = TODAY.toordinal()


def test_what_a_run_changes_is_counted_line_by_line_and_in_all():
    sources = [Source("SHELF", 0, DAY, is_stock=True), Source("PO-1", 1, DAY + 7)]
    rows = [
        Row(4, "redistribute", holds=((0, 4),), priority=2, due=DAY, texts={"order": "a"}),
        Row(3, "redistribute", holds=((1, 3),), priority=1, due=DAY + 2, texts={"order": "b"}),
    ]
    run = build(rows, sources)
    plan = decide(run, by_strategy(["redistribute"]))

    found = outcome(run, plan)
    assert found.covered_before.tolist() == [4, 3]
    assert found.covered_after.tolist() == [4, 3]
    assert found.last_on_before.tolist() == [DAY, DAY + 7]
    assert found.last_on_after.tolist() == [DAY + 7, DAY]
    assert found.late_before.tolist() == [0, 5]
    assert found.late_after.tolist() == [7, 0]
    assert found.gained.tolist() == [False, True]
    assert found.lost.tolist() == [True, False]
    assert found.moved.tolist() == [True, True]

    after, today = measure(run, plan), measure(run, unchanged(run))
    assert (today.fill_rate, after.fill_rate) == (4 / 7, 4 / 7)
    assert (today.days_late, after.days_late) == (5, 7)
    assert (today.promises_broken, after.promises_broken) == (0, 1)
    assert (after.gainers, after.losers, after.notices) == (1, 1, 2)
    assert (after.lines_complete, after.orders_complete, after.fairness) == (2, 2, 1.0)
    assert (today.gainers, today.losers, today.notices) == (0, 0, 0)


def test_a_line_that_holds_nothing_is_not_late_but_uncovered():
    run = build([Row(4, "redistribute", due=DAY)], [])
    found = measure(run, unchanged(run))
    assert (found.fill_rate, found.covered_rate, found.days_late, found.lines_complete) == (0.0, 0.0, 0, 0)
