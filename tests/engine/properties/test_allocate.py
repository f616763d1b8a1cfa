"""What must hold of every re-decision, whatever the demands and sources."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backorder.engine.allocate import allocate
from backorder.engine.model import Demand, Plan, Source, SourceKey

TODAY = date(2026, 1, 5)
LOCATIONS = (1, 2, 3)
many = settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.too_slow])

days = st.integers(0, 12).map(lambda n: TODAY + timedelta(days=n))


@st.composite
def sources(draw: st.DrawFn) -> list[Source]:
    shelves = draw(
        st.lists(st.tuples(st.sampled_from(LOCATIONS), st.integers(0, 9)), max_size=3, unique_by=lambda s: s[0])
    )
    inbound = draw(st.lists(st.tuples(st.sampled_from(LOCATIONS), st.integers(0, 9), days), max_size=5))
    return [
        *(Source(("stock", location), location, units, units, TODAY) for location, units in shelves),
        *(Source(("supply", n), location, units, units, on) for n, (location, units, on) in enumerate(inbound, 1)),
    ]


@st.composite
def demands(draw: st.DrawFn, *, with_complete: bool = True, with_wishes: bool = True) -> list[Demand]:
    found = []
    for n in range(draw(st.integers(0, 8))):
        locations = draw(st.lists(st.sampled_from(LOCATIONS), min_size=1, max_size=3, unique=True))
        wishes = with_wishes and draw(st.booleans())
        need_on = {location: draw(days) if wishes else None for location in locations}
        complete = with_complete and draw(st.integers(0, 3)) == 0
        found.append(Demand(n, draw(st.integers(1, 9)), (draw(st.integers(0, 3)),), need_on, complete=complete))
    return found


@st.composite
def situations(
    draw: st.DrawFn, *, with_complete: bool = True, with_wishes: bool = True
) -> tuple[list[Demand], list[Source]]:
    """Demands that already hold some of the sources' units, in any way that earlier events may have left."""
    supply = draw(sources())
    free = {source.key: source.free for source in supply}
    waiting = []
    for demand in draw(demands(with_complete=with_complete, with_wishes=with_wishes)):
        held: dict[SourceKey, int] = {}
        for source in draw(st.permutations(supply)):
            lacks = demand.units - sum(held.values())
            if source.location in demand.need_on and (most := min(lacks, free[source.key])):
                units = draw(st.integers(0, most))
                if units:
                    held[source.key] = units
                    free[source.key] -= units
        waiting.append(replace(demand, held=tuple(held.items())))
    return waiting, [replace(source, free=free[source.key]) for source in supply]


def after(plan: Plan, waiting: list[Demand], supply: list[Source]) -> tuple[list[Demand], list[Source]]:
    """The same situation once the plan is carried out."""
    there = Counter({source.key: source.free for source in supply})
    for demand in waiting:
        for key, units in demand.held:
            there[key] += units
    held: dict[int, list[tuple[SourceKey, int]]] = {demand.id: [] for demand in waiting}
    for peg in plan.pegs:
        there[peg.source] -= peg.units
        held[peg.demand].append((peg.source, peg.units))
    return (
        [replace(demand, held=tuple(held[demand.id])) for demand in waiting],
        [replace(source, free=there[source.key]) for source in supply],
    )


def lateness(demand: Demand, source: Source) -> tuple[int, bool]:
    """How late a source is for a demand; of one day the shelf comes first."""
    need = demand.need_on[source.location]
    if need is None:
        return (source.ready_on.toordinal(), not source.on_shelf)
    return ((source.ready_on - need).days, not source.on_shelf) if source.ready_on > need else (0, False)


def curve(demand: Demand, supply: list[Source]) -> list[tuple[int, bool]]:
    """How late each of its units is, the earliest first; for a complete demand all are as late as the last."""
    known = {source.key: source for source in supply}
    late = sorted(lateness(demand, known[key]) for key, units in demand.held for _ in range(units))
    if demand.complete:
        return [late[-1]] * len(late) if len(late) == demand.units else []
    return late


def is_no_worse(new: list[tuple[int, bool]], old: list[tuple[int, bool]]) -> bool:
    return len(new) >= len(old) and all(mine <= before for mine, before in zip(new, old, strict=False))


@many
@given(situations())
def test_units_are_conserved_and_each_demand_is_pegged_or_unsupplied(situation):
    waiting, supply = situation
    plan = allocate(waiting, supply)
    then, left = after(plan, waiting, supply)
    assert all(source.free >= 0 for source in left)
    for demand in then:
        assert sum(units for _, units in demand.held) + plan.unsupplied.get(demand.id, 0) == demand.units
        located = {source.key: source.location for source in supply}
        assert all(located[key] in demand.need_on for key, _ in demand.held)


@many
@given(situations())
def test_no_confirmation_gets_worse(situation):
    waiting, supply = situation
    then, _ = after(allocate(waiting, supply), waiting, supply)
    for new, old in zip(then, waiting, strict=True):
        assert is_no_worse(curve(new, supply), curve(old, supply))


@many
@given(situations())
def test_no_unit_is_left_while_somebody_would_gain_from_it(situation):
    waiting, supply = situation
    plan = allocate(waiting, supply)
    then, left = after(plan, waiting, supply)
    for demand in then:
        able = [source for source in left if source.free and source.location in demand.need_on]
        late = curve(demand, supply)
        if demand.complete:
            held = dict(demand.held)
            known = {source.key: source for source in left}
            best = sorted(
                lateness(demand, known[key])
                for key in {source.key for source in able} | set(held)
                for _ in range(known[key].free + held.get(key, 0))
            )[: demand.units]
            assert len(best) < demand.units or (late and best[-1] >= late[-1])
        elif plan.unsupplied.get(demand.id):
            assert not able
        else:
            assert all(lateness(demand, source) >= late[-1] for source in able)


@many
@given(situations(), st.randoms(use_true_random=False))
def test_the_order_of_the_input_does_not_matter(situation, random):
    waiting, supply = situation
    plan = allocate(waiting, supply)
    random.shuffle(waiting)
    random.shuffle(supply)
    assert allocate(waiting, supply) == plan


@many
@given(situations())
def test_deciding_twice_changes_nothing(situation):
    waiting, supply = situation
    plan = allocate(waiting, supply)
    assert allocate(*after(plan, waiting, supply)) == plan


@many
@given(situations(with_complete=False), st.integers(0, 12), st.integers(1, 9), st.sampled_from(LOCATIONS))
def test_more_supply_never_hurts(situation, day, units, location):
    waiting, supply = situation
    more = [*supply, Source(("supply", 99), location, units, units, TODAY + timedelta(days=day))]
    with_less, _ = after(allocate(waiting, supply), waiting, supply)
    with_more, _ = after(allocate(waiting, more), waiting, more)
    for rich, poor in zip(with_more, with_less, strict=True):
        assert is_no_worse(curve(rich, more), curve(poor, supply))


@many
@given(demands(with_complete=False), sources())
def test_one_by_one_is_one_run(waiting, supply):
    waiting = [replace(demand, rank=(demand.id,)) for demand in waiting]
    at_once = allocate(waiting, supply)
    arrived: list[Demand] = []
    left = supply
    for demand in waiting:
        arrived.append(demand)
        arrived, left = after(allocate(arrived, left), arrived, left)
    assert {d.id: sorted(d.held) for d in arrived} == {
        d.id: sorted((peg.source, peg.units) for peg in at_once.pegs if peg.demand == d.id) for d in waiting
    }


@many
@given(demands(), sources())
def test_a_higher_rank_is_never_served_worse_than_when_alone_before_the_lower(waiting, supply):
    waiting = [replace(demand, rank=(demand.id,)) for demand in waiting if not demand.complete]
    everybody, _ = after(allocate(waiting, supply), waiting, supply)
    for n in range(len(waiting)):
        first = waiting[: n + 1]
        alone, _ = after(allocate(first, supply), first, supply)
        assert sorted(alone[n].held) == sorted(everybody[n].held)
