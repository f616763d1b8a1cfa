"""Variants as documents, previews, bad filters, broken floors and fallbacks."""

from __future__ import annotations

import json

import numpy as np
import pytest
from tests.engine.runs import RANK, Row, Source, build, by_strategy
from tests.engine.tables import TODAY

from backorder.engine.columns import MISSING
from backorder.engine.run import decide, decide_or_fall_back, preview, who_would_lose
from backorder.engine.seats import selects
from backorder.engine.share import deal, jain
from backorder.engine.strategies import (
    GAIN_DEFAULT,
    Condition,
    CyclicFallback,
    Filter,
    Key,
    OnBroken,
    Protection,
    Quota,
    Segment,
    Share,
    Strategy,
    UnknownAttribute,
    Variant,
    from_document,
    to_document,
)

DAY = TODAY.toordinal()
GOLD = Filter((Condition("tier", ("gold",)),))
SHELF = Source("SHELF", 0, DAY, is_stock=True)
CONFLICT = [Row(2, "gain", holds=((0, 2),), texts={"tier": "gold"}), Row(2, "win", due=DAY)]


def test_a_variant_goes_through_json_and_comes_back_equal():
    variant = Variant(
        "key accounts",
        (
            Segment("gold", Strategy.WIN, GOLD, (Key("tier", sequence=("gold", "silver")), Key("value", True))),
            Segment("rest", Strategy.REDISTRIBUTE, share=Share.PROPORTIONAL),
        ),
        version=3,
        on_broken=OnBroken.STOP_ITEM,
        fallback="default",
        quotas=(Quota("north", GOLD, 5, from_on=DAY, used={7: 2}),),
        protections=(Protection("key", GOLD, 4, expires_on=DAY + 9),),
        customer_cap=5,
    )
    assert from_document(json.loads(json.dumps(to_document(variant)))) == variant
    assert from_document(to_document(GAIN_DEFAULT)) == GAIN_DEFAULT


@pytest.mark.parametrize("broken", [{"segments": [{"name": "x", "strategy": "grab"}], "name": "v"}, {"name": "v"}])
def test_what_is_no_variant_is_not_read(broken):
    with pytest.raises((ValueError, KeyError)):
        from_document(broken)


def test_a_preview_says_who_is_selected_who_overlaps_and_who_is_left_out():
    rows = [Row(1, texts={"tier": "gold", "channel": "web"}), Row(1, texts={"tier": "gold"}), Row(1)]
    web = Filter((Condition("channel", ("web",)),))
    variant = Variant("v", (Segment("web", Strategy.GAIN, web), Segment("gold", Strategy.WIN, GOLD)))
    shown = preview(build(rows, []), variant)
    assert [(each.segment, each.lines.tolist(), each.taken_before) for each in shown.selected] == [
        ("web", [0], 0),
        ("gold", [1], 1),
    ]
    assert shown.excluded.tolist() == [2]
    assert shown.overlapping.tolist() == [0]


def test_a_filter_that_selects_nothing_changes_nothing():
    run = build([Row(2, holds=((0, 1),))], [Source("SHELF", 5, DAY, is_stock=True)])
    variant = Variant("v", (Segment("none", Strategy.LOSE, Filter((Condition("priority", (99,)),)), RANK),))
    plan = decide(run, variant)
    assert (plan.peg_units.tolist(), plan.segment.tolist()) == ([1], [-1])


def test_an_unknown_attribute_is_named_with_those_there_are():
    variant = Variant("v", (Segment("x", Strategy.GAIN, Filter((Condition("colour", ("red",)),))),))
    with pytest.raises(UnknownAttribute) as refused:
        decide(build([Row(1)], []), variant)
    assert refused.value.args[0] == "colour"
    assert "priority" in refused.value.args[1]


def test_ranges_missing_values_and_exclusions():
    lines = build([Row(1, priority=n) for n in (1, 5, 9)], []).lines
    lines.attributes["promised"] = np.array([DAY, MISSING, DAY + 5])  # type: ignore[index]
    assert selects(Filter((Condition("priority", at_least=5),)), lines).tolist() == [False, True, True]
    assert selects(Filter((Condition("promised", at_most=DAY),)), lines).tolist() == [True, False, False]
    assert selects(Filter((Condition("promised", (None,)),)), lines).tolist() == [False, True, False]
    assert selects(Filter((), (Condition("priority", (1, 9)),)), lines).tolist() == [False, True, False]
    assert selects(Filter((Condition("confirmed", (0,)),)), lines).tolist() == [True, True, True]


def test_a_custom_sequence_and_a_descending_key_rank():
    rows = [
        Row(1, texts={"tier": "silver"}, priority=1),
        Row(1, texts={"tier": "gold"}, priority=1),
        Row(1, texts={"tier": "gold"}, priority=2),
        Row(1, texts={}),
        Row(1, texts={"tier": "lead"}),
    ]
    rank = (Key("tier", sequence=("gold", "silver")), Key("priority", descending=True))
    plan = decide(build(rows, []), Variant("v", (Segment("all", Strategy.GAIN, rank=rank),)))
    assert plan.place.tolist() == [2, 1, 0, 4, 3]


def test_who_would_have_to_lose_is_named():
    rows = [
        Row(2, "gain", holds=((0, 2),), priority=1),
        Row(2, "gain", holds=((0, 2),), priority=2),
        Row(3, "win", due=DAY),
        Row(1, "win", due=DAY, priority=9),
    ]
    run, variant = build(rows, [SHELF]), by_strategy(["win", "gain"])
    plan = decide(run, variant)
    assert plan.lacking.tolist() == [2, 2, 0, 0]
    named = who_would_lose(run, variant, plan, 0)
    assert [(each.line, each.units) for each in named] == [(3, 1), (2, 1)]


def test_the_fallback_decides_what_was_stopped_and_leaves_the_rest():
    rows = [*CONFLICT, Row(3, "gain", 2)]
    sources = [SHELF, Source("SHELF", 3, DAY, 2, is_stock=True)]
    strict = by_strategy(["gain", "win"], on_broken=OnBroken.STOP_ITEM, fallback="mild")
    mild = Variant("mild", (Segment("all", Strategy.GAIN, rank=RANK),))
    plans = decide_or_fall_back(build(rows, sources), strict, {"mild": mild})
    assert plans[0].stopped.tolist() == [1]
    assert len(plans[1].stopped) == 0
    assert plans[1].peg_line.tolist() == [0, 2]
    assert plans[1].unsupplied.tolist() == [0, 2, 0]


def test_fallbacks_that_lead_in_a_circle_are_refused():
    one = by_strategy(["gain", "win"], on_broken=OnBroken.STOP_ALL, fallback="two")
    two = Variant("two", one.segments, on_broken=OnBroken.STOP_ALL, fallback="test")
    with pytest.raises(CyclicFallback) as refused:
        decide_or_fall_back(build(CONFLICT, [SHELF]), one, {"two": two, "test": one})
    assert refused.value.args == ("test", "two", "test")


def test_a_million_units_are_dealt_as_one_by_one():
    wanted = [700_000, 500_000, 300_001]
    got = deal(1_000_000, wanted=wanted, have=[0, 0, 0], room=wanted, how=Share.PROPORTIONAL)
    assert sum(got) == 1_000_000
    assert got == [466_666, 333_333, 200_001]


def test_jain():
    assert jain([1.0, 1.0, 1.0]) == 1.0
    assert jain([1.0, 0.0]) == 0.5
    assert jain([]) == 1.0
