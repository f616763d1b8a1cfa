"""Each explanation holds when it is put to the test."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from tests.engine.properties.test_allocate import after, curve, is_no_worse, many, situations

from backorder.engine.allocate import allocate
from backorder.engine.explain import CONFIRMED_BEFORE, ahead_of
from backorder.engine.model import Source


def without(ids, waiting, supply):
    """The demands and sources as if some had never asked: what they held is free."""
    free = {source.key: source.free for source in supply}
    for demand in waiting:
        if demand.id in ids:
            for key, units in demand.held:
                free[key] += units
    rest = [demand for demand in waiting if demand.id not in ids]
    return rest, [replace(source, free=free[source.key]) for source in supply]


@many
@given(situations(with_complete=False))
def test_without_those_who_are_named_the_asker_gains(situation):
    settled, left = after(allocate(*situation), *situation)
    for asker in settled:
        named = {ahead.demand for ahead in ahead_of(asker, settled, left, attributes=("priority",))}
        if named:
            rest, freed = without(named, settled, left)
            again, _ = after(allocate(rest, freed), rest, freed)
            new, old = curve(next(d for d in again if d.id == asker.id), freed), curve(asker, left)
            assert new != old
            assert is_no_worse(new, old)


@many
@given(situations(with_complete=False))
def test_who_is_not_named_stands_in_nobodys_way(situation):
    """Without those who hold nothing the asker could use, the asker's own units stay as they are."""
    settled, left = after(allocate(*situation), *situation)
    for asker in settled:
        if not ahead_of(asker, settled, left, attributes=("priority",)):
            rest, freed = without({demand.id for demand in settled} - {asker.id}, settled, left)
            again, _ = after(allocate(rest, freed), rest, freed)
            assert curve(again[0], freed) == curve(asker, left)


@many
@given(situations())
def test_the_rule_that_is_named_is_the_rule_that_holds(situation):
    settled, left = after(allocate(*situation), *situation)
    known: dict[object, Source] = {source.key: source for source in left}
    rank = {demand.id: demand.rank for demand in settled}
    for asker in settled:
        for ahead in ahead_of(asker, settled, left, attributes=("priority",)):
            assert ahead.source is None or known[ahead.source].location in asker.need_on
            assert ahead.demand != asker.id
            if ahead.because == "priority":
                assert rank[ahead.demand] < asker.rank
            elif ahead.because == "id":
                assert rank[ahead.demand] == asker.rank
                assert ahead.demand < asker.id
            else:
                assert ahead.because == CONFIRMED_BEFORE
                assert (rank[ahead.demand], ahead.demand) > (asker.rank, asker.id)
