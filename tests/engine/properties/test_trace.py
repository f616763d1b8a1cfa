"""Each explanation under a variant holds counterfactually: without the named line, deciding again, the asker gains."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from tests.engine.properties.test_runs import compare, held_by, many, situations, variant_of
from tests.engine.runs import Row, Source, build, by_strategy
from tests.engine.tables import TODAY

from backorder.engine.run import decide
from backorder.engine.strategies import Strategy
from backorder.engine.trace import takers, what_ifs

DAY = TODAY.toordinal()


@many
@given(situations(items=1), st.data())
def test_without_the_named_line_the_asker_gains(situation, data):
    rows, sources = situation
    run, variant = build(rows, sources), variant_of(situation)
    plan = decide(run, variant)
    asker = data.draw(st.integers(0, len(rows) - 1))
    for named in dict.fromkeys(taker.line for taker in takers(run, variant, plan, asker)):
        freed = [*sources]
        for source, units in rows[named].holds:
            freed[source] = replace(freed[source], units=freed[source].units + units)
        rest = [replace(row, id=place + 1) for place, row in enumerate(rows) if place != named]
        then = decide(build(rest, freed), variant)
        rises, falls = compare(run, asker, held_by(plan, asker), held_by(then, asker - (named < asker)))
        assert rises
        assert not falls


@many
@given(situations(items=1), st.data())
def test_if_a_supply_came_so_much_earlier_the_day_would_be_that(situation, data):
    rows, sources = situation
    run, variant = build(rows, sources), variant_of(situation)
    asker = data.draw(st.integers(0, len(rows) - 1))
    for found in what_ifs(run, variant, decide(run, variant), asker, days=(1, 3)):
        moved = [*sources]
        moved[found.source] = replace(sources[found.source], on=max(sources[found.source].on - found.days, DAY))
        then = decide(build(rows, moved), variant)
        days = [moved[source].on for source in held_by(then, asker)]
        assert max(days) == found.last_on
        assert then.unsupplied[asker] == 0


def test_who_took_units_and_why():
    sources = [Source("SHELF", 0, DAY, is_stock=True), Source("PO-1", 2, DAY + 9)]
    rows = [
        Row(3, "gain", holds=((0, 3),), priority=9),
        Row(2, "redistribute", holds=((0, 2),), priority=1),
        Row(2, "redistribute", priority=2),
    ]
    run, variant = build(rows, sources), by_strategy(["gain", "redistribute"])
    plan = decide(run, variant)
    named = takers(run, variant, plan, 2)
    assert [(taker.line, taker.source, taker.units, taker.because) for taker in named] == [
        (0, 0, 3, "held"),
        (1, 0, 2, "priority"),
    ]
    assert [taker.strategy for taker in named] == [Strategy.GAIN, Strategy.REDISTRIBUTE]
    assert [taker.segment for taker in named] == ["gain", "redistribute"]
    assert takers(run, variant, plan, 0) == ()


def test_what_would_change_a_day():
    sources = [Source("PO-1", 2, DAY + 4), Source("PO-2", 2, DAY + 9)]
    rows = [Row(2, "redistribute"), Row(2, "redistribute")]
    run, variant = build(rows, sources), by_strategy(["redistribute"])
    plan = decide(run, variant)
    assert [(found.source, found.days, found.last_on - DAY) for found in what_ifs(run, variant, plan, 1)] == [(1, 1, 8)]
    assert np.all(plan.unsupplied == 0)
