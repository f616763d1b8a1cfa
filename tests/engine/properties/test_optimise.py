"""The solver's plan: never worse than the greedy one, within the same floors and ceilings, the same every time."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.engine.properties.test_runs import compare, held_by, situations, variant_of
from tests.engine.runs import Row, Source, build, by_strategy, with_pegs
from tests.engine.tables import TODAY

from backorder.engine import optimise as optimising
from backorder.engine.optimise import NotVerified, TooLarge, optimise, score, verified
from backorder.engine.run import decide
from backorder.engine.strategies import Objective, Variant

DAY = TODAY.toordinal()
few = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def aiming(variant: Variant, objective: Objective, weight: str | None = None) -> Variant:
    return replace(variant, objective=objective, weight=weight)


def test_two_small_promises_are_kept_instead_of_one_large():
    sources = [Source("SHELF", 4, DAY, is_stock=True)]
    rows = [Row(4, "redistribute", due=DAY), Row(2, "redistribute", due=DAY), Row(2, "redistribute", due=DAY)]
    run, variant = build(rows, sources), aiming(by_strategy(["redistribute"]), Objective.KEPT_PROMISES)
    found = optimise(run, variant)
    assert (found.greedy_score, found.score, found.gap) == (1.0, 2.0, 0.0)
    assert found.plan.peg_line.tolist() == [1, 2]
    assert found.plan.unsupplied.tolist() == [4, 0, 0]


def test_orders_are_filled_across_items():
    """Order a needs both items, b and c one each; the greedy plan splits the items between a and the others."""
    sources = [Source("X", 2, DAY, 1), Source("Y", 2, DAY, 2)]
    rows = [
        Row(2, "redistribute", 1, priority=1, texts={"order": "a"}),
        Row(2, "redistribute", 2, priority=9, texts={"order": "a"}),
        Row(2, "redistribute", 1, priority=9, texts={"order": "b"}),
        Row(2, "redistribute", 2, priority=1, texts={"order": "c"}),
        Row(3, "redistribute", 2, priority=0, texts={"order": "d"}),
    ]
    run, variant = build(rows, sources), aiming(by_strategy(["redistribute"]), Objective.FULL_ORDERS)
    found = optimise(run, variant)
    assert (found.greedy_score, found.score) == (0.0, 2.0)
    assert found.plan.peg_line.tolist() == [2, 3]


def test_lateness_is_weighed():
    sources = [Source("SHELF", 1, DAY, is_stock=True), Source("PO", 1, DAY + 10)]
    rows = [Row(1, "redistribute", due=DAY + 9), Row(1, "redistribute", due=DAY)]
    run, variant = build(rows, sources), aiming(by_strategy(["redistribute"]), Objective.LATENESS)
    found = optimise(run, variant)
    assert (found.greedy_score, found.score) == (-10.0, -1.0)


def test_lateness_weighs_by_an_attribute():
    """Both would be a day late with the later unit: the one that weighs more gets the earlier."""
    sources = [Source("SHELF", 1, DAY, is_stock=True), Source("PO", 1, DAY + 1)]
    rows = [Row(1, "redistribute", due=DAY, priority=0), Row(1, "redistribute", due=DAY, priority=7)]
    run, variant = build(rows, sources), aiming(by_strategy(["redistribute"]), Objective.LATENESS, "priority")
    found = optimise(run, variant)
    assert found.plan.peg_source[found.plan.peg_line == 1].tolist() == [0]
    assert found.score == 0.0


def test_a_stored_assignment_that_breaks_a_floor_is_not_verified():
    sources = [Source("SHELF", 4, DAY, is_stock=True)]
    rows = [Row(4, "gain", due=DAY, holds=((0, 2),)), Row(4, "redistribute", due=DAY)]
    run, variant = build(rows, sources), aiming(by_strategy(["gain", "redistribute"]), Objective.VALUE)
    found = optimise(run, variant).plan
    assert verified(run, variant, found).fingerprint() == found.fingerprint()
    line, units = np.array([0, 1]), np.array([1, 3])
    forged = replace(found, peg_line=line, peg_source=line * 0, peg_units=units, peg_rule=line * 0)
    with pytest.raises(NotVerified):
        verified(run, variant, forged)


def test_a_selection_that_is_too_large_is_refused(monkeypatch):
    monkeypatch.setattr(optimising, "MOST_LINES", 1)
    run = build([Row(1), Row(1)], [])
    with pytest.raises(TooLarge):
        optimise(run, aiming(by_strategy(["gain"]), Objective.VALUE))


def test_the_solver_writes_nothing_into_peoples_output():
    script = (
        "from backorder.engine.program import Program, solve; one = Program(); one.column(3, 1);"
        "print(solve(one, [0], nodes=1).values)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("[3]\n", "")


@few
@given(situations(sets=True), st.sampled_from(list(Objective)))
def test_it_is_never_worse_and_keeps_the_floors(situation, objective):
    rows, sources = situation
    run, variant = build(rows, sources), aiming(variant_of(situation), objective)
    greedy, found = decide(run, variant), optimise(run, variant)
    assert found.score == score(run, found.plan, variant)
    assert found.score >= found.greedy_score == score(run, greedy, variant)
    assert (with_pegs(run, found.plan).supplies.free >= 0).all()
    covered = np.bincount(found.plan.peg_line, found.plan.peg_units, len(rows))
    assert (covered + found.plan.unsupplied == run.lines.units).all()
    for line, row in enumerate(rows):
        had, then, now = dict(row.holds), held_by(greedy, line), held_by(found.plan, line)
        if row.strategy == "skip":
            assert now == had
        if row.strategy == "lose":
            assert not now
        if row.strategy == "gain" and not greedy.lacking[line] and not row.complete and not row.set_id > 0:
            assert not compare(run, line, had, now)[1]
        if row.strategy == "fill" and not row.set_id > 0:
            assert not compare(run, line, had, now)[0]
        if row.complete and sum(then.values()) in (0, row.units):
            assert sum(now.values()) in (0, row.units)
    assert optimise(run, variant).plan.fingerprint() == found.plan.fingerprint()
    assert verified(run, variant, found.plan).fingerprint() == found.plan.fingerprint()
