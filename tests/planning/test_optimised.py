"""Variants with an objective: a solver betters the plan; what it assigns is stored, replayed and committed as it is."""

from __future__ import annotations

import zlib
from dataclasses import replace
from threading import Thread
from typing import Any

import numpy as np
import pytest
from django.db import connection

from backorder.engine.columns import pack
from backorder.engine.optimise import MOST_LINES, optimise
from backorder.journal.refusals import Refused
from backorder.orders.models import Line, Peg
from backorder.planning import frozen, optimising, reading, runs, variants, working
from backorder.planning.models import RunItem, RunRange
from tests.invariants import assert_clean
from tests.orders.shop import Shop, open_shop

from .test_runs import pegged, state_of_orders
from .test_variants import form

pytestmark = pytest.mark.django_db

ALL = {"name": "all", "strategy": "redistribute"}


@pytest.fixture
def shop(db: None) -> Shop:
    return open_shop()


@pytest.fixture
def lamps(shop: Shop) -> list[Any]:
    """Four lamps come: the first order takes them all, two orders of two wait behind it."""
    shop.item("LAMP")
    shop.inbound("LAMP", 4, 5)
    variants.save_variant("ranked", form(ALL), actor="ann")
    variants.save_variant("best", form(ALL, objective="kept_promises"), actor="ann")
    return [shop.place(("LAMP", units)) for units in (4, 2, 2)]


def test_two_promises_are_kept_instead_of_one(shop: Shop, lamps: list[Any]) -> None:
    ranked, best = runs.simulate(["ranked", "best"], actor="ann")
    assert reading.run(ranked).optimised == []
    assert [pegged(shop, one) for one in lamps] == [4, 0, 0]
    (found,) = reading.run(best).optimised
    assert (found.variant, found.objective, found.before, found.after, found.gap) == ("best", "kept_promises", 1, 2, 0)
    assert [(one.covered_before, one.covered_after, one.how) for one in reading.diff(best)] == [
        (4, 0, "loses"), (0, 2, "gains"), (0, 2, "gains"),
    ]  # fmt: skip
    runs.commit_run(best, actor="ann")
    assert [pegged(shop, one) for one in lamps] == [0, 2, 2]
    assert runs.replay(best)
    assert runs.replay(ranked)
    assert_clean(connection)


def test_it_decides_the_same_again(shop: Shop, lamps: list[Any]) -> None:
    found = [reading.run(runs.simulate(["best"], actor="ann")[0]).digest for _ in range(2)]
    assert found[0] == found[1]


def test_many_items_are_one_assignment(shop: Shop, lamps: list[Any]) -> None:
    """An order of a lamp and a vase can only be whole where both are given to it."""
    shop.item("VASE")
    shop.inbound("VASE", 2, 6)
    whole = shop.place(("LAMP", 2), ("VASE", 2))
    variants.save_variant("full", form(ALL, objective="full_orders"), actor="ann")
    (run,) = runs.simulate(["full"], actor="ann")
    (found,) = reading.run(run).optimised
    assert (found.before, found.after) == (1, 2)
    assert RunRange.objects.filter(run_id=run).count() == 1
    runs.commit_run(run, actor="ann")
    held = [sum(Peg.objects.filter(line_id=line.id).values_list("units", flat=True)) for line in whole.lines]
    assert held == [2, 2]
    assert runs.replay(run)
    assert_clean(connection)


def test_an_item_that_changed_since_is_left_and_named(shop: Shop, lamps: list[Any]) -> None:
    shop.item("VASE")
    shop.inbound("VASE", 2, 6)
    vases = [shop.place(("VASE", units)) for units in (2, 1, 1)]
    (run,) = runs.simulate(["best"], actor="ann")
    shop.inbound("LAMP", 1, 9)
    before = [pegged(shop, one) for one in lamps]
    runs.commit_run(run, actor="ann")
    assert [pegged(shop, one) for one in lamps] == before
    assert [pegged(shop, one) for one in vases] == [0, 1, 1]
    refused = RunItem.objects.get(run_id=run, state="refused")
    assert refused.says == "It changed since it was optimised; simulate again."
    assert reading.run(run).items == {"committed": 1, "refused": 1}
    assert_clean(connection)


def test_a_stored_assignment_that_was_tampered_with_is_not_replayed(shop: Shop, lamps: list[Any]) -> None:
    (run,) = runs.simulate(["best"], actor="ann")
    plan = optimising.stored(run, 1)
    assert plan is not None
    forged = replace(plan, peg_units=np.array([2, 1]), unsupplied=np.array([4, 0, 1]))
    RunRange.objects.filter(run_id=run).update(plan=zlib.compress(pack(forged)))
    assert not runs.replay(run)  # It is not what was noted.
    forged = replace(plan, peg_units=np.array([2, 3]), unsupplied=np.array([4, 0, -1]))
    RunRange.objects.filter(run_id=run).update(plan=zlib.compress(pack(forged)), digest=forged.fingerprint())
    assert not runs.replay(run)  # It breaks the rules: more than is wanted, more than there is.


def test_what_a_floor_stops_is_decided_by_the_fallback(shop: Shop, lamps: list[Any]) -> None:
    variants.save_variant(
        "careful",
        form({"name": "all", "strategy": "win"}, on_broken="stop_item", fallback="best", objective="value"),
        actor="ann",
    )
    (run,) = runs.simulate(["careful"], actor="ann")
    assert [(one.variant, one.after) for one in reading.run(run).optimised][-1] == ("best", 2)
    runs.commit_run(run, actor="ann")
    assert [pegged(shop, one) for one in lamps] == [0, 2, 2]
    assert runs.replay(run)


def test_a_killed_commit_goes_on_with_what_was_assigned(
    shop: Shop, lamps: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    (run,) = runs.simulate(["best"], actor="ann")
    runs.commit_run(run, actor="ann", wait=False)
    assert [pegged(shop, one) for one in lamps] == [4, 0, 0]
    monkeypatch.setattr(optimising, "optimise", None)  # Nothing is solved any more.
    working.go_on(run)
    assert [pegged(shop, one) for one in lamps] == [0, 2, 2]


def test_a_line_that_is_wanted_on_another_day_since_is_left(shop: Shop, lamps: list[Any]) -> None:
    (run,) = runs.simulate(["best"], actor="ann")
    Line.objects.filter(id=lamps[1].lines[0].id).update(requested_on=shop.day(2))
    runs.commit_run(run, actor="ann")
    assert reading.run(run).items == {"refused": 1}
    assert [pegged(shop, one) for one in lamps] == [4, 0, 0]


@pytest.mark.django_db(transaction=True)
def test_nothing_is_solved_in_a_transaction_nor_twice(lamps: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """A session that is idle in a transaction is ended after seconds, and what is told waits for transactions."""
    met: list[int] = []

    def watched(part: Any, variant: Any) -> Any:
        assert not connection.in_atomic_block
        other = Thread(target=lambda: (met.append(working.go_on_with_all()), connection.close()))
        other.start()
        other.join()
        return optimise(part, variant)

    monkeypatch.setattr(optimising, "optimise", watched)
    (run,) = runs.simulate(["best"], actor="ann")
    assert met == [0]
    assert (reading.run(run).state, reading.run(run).optimised[0].after) == ("simulated", 2)


class TestRefused:
    def test_too_many_lines(self, shop: Shop, lamps: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(frozen, "MOST_LINES", 2)
        with pytest.raises(Refused, match="too_many_to_optimise") as refused:
            runs.simulate(["best"], actor="ann")
        assert [refused.value.values[name] for name in ("field", "value", "limit")] == ["skus", 3, 2]
        runs.simulate(["ranked"], actor="ann")
        assert MOST_LINES == 5_000

    def test_at_once(self, shop: Shop, lamps: list[Any]) -> None:
        before = state_of_orders()
        with pytest.raises(Refused, match="simulate_first"):
            runs.commit_at_once("best", actor="ann")
        assert state_of_orders() == before

    def test_what_stands(self, shop: Shop, lamps: list[Any]) -> None:
        with pytest.raises(Refused, match="objective_cannot_stand"):
            variants.stand("best", sku=None, actor="ann")
        assert variants.stands() == []

    @pytest.mark.parametrize(
        ("objective", "weight"), [("value", "priority"), (None, "priority"), ("lateness", "tier"), ("lateness", "x")]
    )
    def test_a_weight_that_weighs_nothing(self, shop: Shop, objective: str | None, weight: str) -> None:
        with pytest.raises(Refused, match="weight_is_no_number"):
            variants.save_variant("w", form(ALL, objective=objective, weight=weight), actor="ann")

    def test_lateness_may_be_weighed(self, shop: Shop, lamps: list[Any]) -> None:
        variants.save_variant("w", form(ALL, objective="lateness", weight="value_minor"), actor="ann")
        (run,) = runs.simulate(["w"], actor="ann")
        (found,) = reading.run(run).optimised
        assert found.after >= found.before
        assert runs.replay(run)
