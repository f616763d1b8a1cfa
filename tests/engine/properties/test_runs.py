"""What holds for every run: conservation, floors and ceilings, idempotence, any order of input, all = one by one."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.engine.runs import Row, Source, build, by_strategy, with_pegs
from tests.engine.tables import TODAY

from backorder.engine import run as engine
from backorder.engine.columns import ANY_DAY, ASAP, NO_SET, RunInput, RunPlan, pack, unpack
from backorder.engine.run import decide, restrict, who_would_lose
from backorder.engine.strategies import Key, Segment, Share, Strategy, Variant

many = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
NAMES = [strategy.value for strategy in Strategy]
DAY = TODAY.toordinal()
LOCATIONS = (1, 2, 3)


@st.composite
def situations(
    draw: Any, *, names: list[str] = NAMES, complete: bool = True, sets: bool = False, items: int = 3
) -> tuple[list[Row], list[Source]]:
    """Rows that hold what sources really have, so that freeing all and handing all out again is possible."""
    sources = [
        Source(
            "s",
            draw(st.integers(0, 6)),
            DAY + draw(st.integers(0, 8)),
            draw(st.integers(1, items)),
            draw(st.sampled_from(LOCATIONS)),
            draw(st.booleans()),
            draw(st.booleans()),
        )
        for _ in range(draw(st.integers(0, 4 * items)))
    ]
    sources = [replace(source, on=DAY) if source.is_stock else source for source in sources]
    rows = [draw(_rows(sources, names, complete, sets, items)) for _ in range(draw(st.integers(1, 6 * items)))]
    return rows, sources


@st.composite
def _rows(draw: Any, sources: list[Source], names: list[str], complete: bool, sets: bool, items: int) -> Row:
    item = draw(st.integers(1, items))
    mine = [place for place, source in enumerate(sources) if source.item == item]
    held = (
        draw(st.lists(st.tuples(st.sampled_from(mine), st.integers(1, 4)), max_size=2, unique_by=lambda held: held[0]))
        if mine
        else []
    )
    wanted = sum(units for _, units in held) + draw(st.integers(0, 4))
    ways = draw(st.permutations(LOCATIONS))[: draw(st.sampled_from((1, 1, 3)))]
    return Row(
        max(wanted, 1),
        draw(st.sampled_from(names)),
        item,
        tuple(ways),
        draw(st.one_of(st.just(ASAP), st.integers(DAY, DAY + 8))),
        draw(st.one_of(st.just(ANY_DAY), st.integers(DAY, DAY + 8))),
        tuple(held),
        draw(st.integers(0, 3)),
        complete and draw(st.integers(0, 3)) == 0,
        draw(st.sampled_from((NO_SET, NO_SET, 1, 2))) if sets else NO_SET,
        max_late_days=draw(st.sampled_from((-1, -1, -1, 0, 2))),
    )


def variant_of(situation: tuple[list[Row], list[Source]], **rules: Any) -> Variant:
    return by_strategy((row.strategy for row in situation[0]), **rules)


def held_by(plan: RunPlan, line: int) -> dict[int, int]:
    mine = plan.peg_line == line
    return dict(zip(plan.peg_source[mine].tolist(), plan.peg_units[mine].tolist(), strict=True))


def told(plan: RunPlan) -> list[Any]:
    return [
        np.stack([plan.peg_line, plan.peg_source, plan.peg_units, plan.peg_rule]).tolist(),
        plan.unsupplied.tolist(),
        plan.lacking.tolist(),
    ]


@many
@given(situations())
def test_all_at_once_is_one_by_one_peg_for_peg(situation):
    run, variant = build(*situation), variant_of(situation)
    start = engine.terms(run, variant)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "FEW", 0)
        if len(run.supplies):
            assert not (engine._have_rules(start) | engine._are_long(start)).any()
        at_once = decide(run, variant)
        patch.setattr(engine, "FEW", 1 << 30)
        one_by_one = decide(run, variant)
    assert told(at_once) == told(one_by_one)
    assert one_by_one.plain_items == len(start.seats.items)


@many
@given(
    st.lists(st.tuples(st.integers(1, 5), st.integers(1, 3), st.integers(0, 2)), min_size=1, max_size=15),
    st.lists(st.tuples(st.integers(0, 6), st.integers(0, 4), st.integers(1, 3), st.booleans()), max_size=8),
)
def test_plain_first_come_laid_end_to_end_is_the_same(plain_lines, supplies):
    rows = [Row(units, "redistribute", item, priority=priority) for units, item, priority in plain_lines]
    sources = [Source("s", units, DAY + on, item, certain=certain) for units, on, item, certain in supplies]
    run, variant = build(rows, sources), by_strategy(["redistribute"])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "FEW", 0)
        at_once = decide(run, variant)
        patch.setattr(engine, "FEW", 1 << 30)
        one_by_one = decide(run, variant)
    assert told(at_once) == told(one_by_one)


@many
@given(situations(sets=True))
def test_units_are_conserved(situation):
    run = build(*situation)
    plan = decide(run, variant_of(situation))
    assert (plan.peg_units > 0).all()
    assert (with_pegs(run, plan).supplies.free >= 0).all()
    covered = np.bincount(plan.peg_line, plan.peg_units, len(run.lines))
    assert (covered + plan.unsupplied == run.lines.units).all()
    assert (plan.unsupplied >= 0).all()


@many
@given(situations())
def test_every_line_stays_between_its_floor_and_its_ceiling(situation):
    rows, sources = situation
    run = build(rows, sources)
    plan = decide(run, variant_of(situation))
    for line, row in enumerate(rows):
        before, after = dict(row.holds), held_by(plan, line)
        rises, falls = compare(run, line, before, after)
        if row.strategy == "skip":
            assert before == after
        if row.strategy == "lose":
            assert not after
        if row.strategy == "fill":
            assert not rises
        if row.strategy == "gain" and not plan.lacking[line] and not row.complete:
            assert not falls
        if row.strategy == "win" and not plan.lacking[line] and set(before) <= set(able(run, line)):
            assert sum(after.values()) == row.units
            assert all(run.supplies.ready_on[source] <= row.due for source in after)
        if row.complete and row.strategy in ("win", "redistribute") and set(before) <= set(able(run, line)):
            assert sum(after.values()) in (0, row.units)


def able(run: RunInput, line: int) -> list[int]:
    """Sources that may serve a line."""
    lines, supplies = run.lines, run.supplies
    ways = slice(int(lines.way_start[line]), int(lines.way_start[line + 1]))
    here = np.isin(supplies.location, lines.way_location[ways]) & (supplies.item == lines.item[line])
    due, most = lines.way_due[ways][0], -1 if lines.max_late_days is None else lines.max_late_days[line]
    if most >= 0 and due != ANY_DAY:
        here &= supplies.ready_on <= due + most
    return np.flatnonzero(here).tolist()


def late(run: RunInput, line: int, source: int) -> int:
    """How late a source is for a line: 0 on time."""
    need = int(run.lines.way_need[run.lines.way_start[line]])
    on, inbound = int(run.supplies.ready_on[source]), int(run.supplies.kind[source])
    if need == ASAP:
        return 2 * on + inbound
    return 2 * (on - need) + inbound if on > need else 0


def compare(run: RunInput, line: int, before: dict[int, int], after: dict[int, int]) -> tuple[bool, bool]:
    """Is the curve of a line somewhere above, and somewhere below what it was?"""
    change: dict[int, int] = defaultdict(int)
    for held, sign in ((after, 1), (before, -1)):
        for source, units in held.items():
            change[late(run, line, source)] += sign * units
    curve = np.cumsum([change[day] for day in sorted(change)])
    return bool((curve > 0).any()), bool((curve < 0).any())


@many
@given(situations())
def test_no_unit_is_left_while_somebody_could_take_it(situation):
    rows, sources = situation
    run = build(rows, sources)
    plan = decide(run, variant_of(situation))
    free = with_pegs(run, plan).supplies.free
    for line, row in enumerate(rows):
        if row.strategy in ("skip", "lose", "fill") or row.complete:
            continue
        left = [source for source in able(run, line) if free[source]]
        mine = [source for source in held_by(plan, line) if source in able(run, line)]
        if plan.unsupplied[line]:
            assert not left
        elif mine:
            worst = max(late(run, line, source) for source in mine)
            assert all(late(run, line, source) >= worst for source in left)


@many
@given(situations(), st.randoms(use_true_random=False))
def test_the_order_of_the_input_does_not_matter(situation, random):
    rows, sources = situation
    rows = [replace(row, id=place + 1) for place, row in enumerate(rows)]
    run, variant = build(rows, sources), variant_of(situation)
    shuffled = list(range(len(rows)))
    random.shuffle(shuffled)
    other = build([rows[place] for place in shuffled], sources)
    mine, theirs = decide(run, variant), decide(other, variant)
    assert run.lines.id[mine.peg_line].tolist() == other.lines.id[theirs.peg_line].tolist()
    assert mine.peg_source.tolist() == theirs.peg_source.tolist()
    assert mine.peg_units.tolist() == theirs.peg_units.tolist()
    assert mine.lacking[shuffled].tolist() == theirs.lacking.tolist()


@many
@given(situations(), st.sampled_from((0, 1 << 30)))
def test_deciding_twice_changes_nothing(situation, few):
    """Of items; what sets leave on the shelf is handed out after the items, and may move on with the next decision."""
    run, variant = build(*situation), variant_of(situation)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "FEW", few)
        plan = decide(run, variant)
        again = decide(with_pegs(run, plan), variant)
    assert told(again)[0][:3] == told(plan)[0][:3]


@many
@given(
    situations(names=["gain", "improve", "redistribute", "fill", "skip"], complete=False),
    st.integers(0, 8),
    st.integers(1, 4),
    st.sampled_from(LOCATIONS),
    st.integers(1, 3),
)
def test_more_supply_never_hurts(situation, day, units, location, item):
    rows, sources = situation
    less, more = build(rows, sources), build(rows, [*sources, Source("m", units, DAY + day, item, location)])
    poor, rich = decide(less, variant_of(situation)), decide(more, variant_of(situation))
    for line in range(len(rows)):
        _, falls = compare(more, line, held_by(poor, line), held_by(rich, line))
        assert not falls


@many
@given(situations(sets=False), st.integers(1, 3))
def test_one_item_alone_is_the_run_restricted_to_it(situation, item):
    run, variant = build(*situation), variant_of(situation)
    lines, there = np.flatnonzero(run.lines.item == item), np.flatnonzero(run.supplies.item == item)
    alone, whole = decide(restrict(run, [item]), variant), decide(run, variant)
    mine = np.isin(whole.peg_line, lines)
    assert lines[alone.peg_line].tolist() == whole.peg_line[mine].tolist()
    assert there[alone.peg_source].tolist() == whole.peg_source[mine].tolist()
    assert alone.peg_units.tolist() == whole.peg_units[mine].tolist()


@many
@given(situations(sets=True))
def test_the_stored_input_gives_the_same_plan_byte_for_byte(situation):
    run, variant = build(*situation), variant_of(situation)
    plan = decide(run, variant)
    stored = pack(run)
    assert pack(unpack(stored)) == stored
    assert decide(unpack(stored), variant).fingerprint() == plan.fingerprint()
    assert pack(unpack(pack(plan))) == pack(plan)


@many
@given(situations(names=["redistribute", "improve"], complete=False), st.sampled_from(list(Share)))
def test_shares_leave_nothing_and_conserve(situation, share):
    rows, sources = situation
    run = build(rows, sources)
    segments = tuple(Segment(name, Strategy.REDISTRIBUTE, rank=(Key("priority"),), share=share) for name in ("all",))
    plan = decide(run, Variant("shares", segments))
    free = with_pegs(run, plan).supplies.free
    assert (free >= 0).all()
    for line in np.flatnonzero(plan.unsupplied).tolist():
        assert not any(free[source] for source in able(run, line))


@many
@given(situations(sets=False))
def test_without_those_who_would_lose_the_floor_is_held(situation):
    rows, sources = situation
    run, variant = build(rows, sources), variant_of(situation)
    plan = decide(run, variant)
    for line in plan.broken.tolist():
        losers = who_would_lose(run, variant, plan, line)
        if losers and not rows[line].complete and not any(rows[each.line].complete for each in losers):
            assert sum(each.units for each in losers) == plan.lacking[line]
            gone = {each.line for each in losers}
            freed = [*sources]
            for each in gone:
                for source, units in rows[each].holds:
                    freed[source] = replace(freed[source], units=freed[source].units + units)
            rest = [replace(row, id=place + 1) for place, row in enumerate(rows) if place not in gone]
            then = decide(build(rest, freed), variant)
            place = [row.id for row in rest].index(line + 1)
            assert then.lacking[place] < plan.lacking[line]


@many
@given(situations(sets=True))
def test_a_set_displaces_nobody_and_sits_on_no_shelf_in_vain(situation):
    rows, sources = situation
    run, variant = build(rows, sources), variant_of(situation)
    alone = build([replace(row, set_id=NO_SET) for row in rows], sources)
    without, plan = decide(alone, variant), decide(run, variant)
    for line, row in enumerate(rows):
        if row.set_id == NO_SET:
            _, falls = compare(run, line, held_by(without, line), held_by(plan, line))
            assert not falls
        elif not plan.unsupplied[line] and not without.unsupplied[line]:
            mine = [other for other, each in enumerate(rows) if each.set_id == row.set_id]
            if any(rows[other].strategy in ("skip", "lose") for other in mine):
                continue  # A set with a line that takes no part has no day it could ship on.
            days = [int(run.supplies.ready_on[source]) for other in mine for source in held_by(without, other)]
            after = [int(run.supplies.ready_on[source]) for source in held_by(plan, line)]
            if not any(without.unsupplied[other] for other in mine):
                assert max(after, default=0) <= max(days, default=0)
