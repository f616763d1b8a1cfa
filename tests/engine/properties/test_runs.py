"""What holds for every run: conservation, floors and ceilings, idempotence, order of input, all at once = one by one."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from backorder.engine import run as engine
from backorder.engine.columns import ANY_DAY, ASAP, NO_SET, RunInput, RunPlan, pack, unpack
from backorder.engine.run import decide, restrict, who_would_lose
from backorder.engine.strategies import Key, Segment, Share, Strategy, Variant
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.engine.runs import Row, Source, build, by_strategy, with_pegs
from tests.engine.tables import TODAY

many = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
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


@pytest.fixture
def all_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """However few items there are, they are decided in rounds."""
    monkeypatch.setattr(engine, "FEW", 0)


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
            assert not engine._need_care(start).any()
        at_once = decide(run, variant)
        patch.setattr(engine, "FEW", 1 << 30)
        one_by_one = decide(run, variant)
    assert told(at_once) == told(one_by_one)
    assert one_by_one.plain_items == len(start.seats.items)
