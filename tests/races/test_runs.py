"""Runs that are shared, cross each other, or are killed: nothing is decided twice, nothing is lost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from backorder.orders.deciding import committing
from backorder.orders.models import Peg
from backorder.planning import frozen, reading, runs, variants, working
from backorder.planning.models import FrozenRange, Run, RunItem, RunRange
from tests import invariants
from tests.connections import Running
from tests.orders.shop import Shop
from tests.planning.test_runs import TAKE_FOR_VIPS
from tests.planning.test_variants import form

SKUS = ["LAMP", "DESK", "SOFA", "VASE"]


class Killed(BaseException):
    """The process ends here and now."""


@pytest.fixture
def contested(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """For each of four items five units come for whoever came first, and a VIP came later; a range is one item."""
    monkeypatch.setattr(frozen, "ITEMS_AT_ONCE", 1)
    monkeypatch.setattr(working, "ITEMS_AT_ONCE", 1)
    vips = []
    for sku in SKUS:
        shop.item(sku)
        shop.inbound(sku, 5, 5)
        shop.place((sku, 4))
        vips.append(shop.place((sku, 4), tags=("vip",)))
    variants.save_variant("vips", form(*TAKE_FOR_VIPS), actor="ann")
    variants.save_variant("calm", form(), actor="ann")
    return vips


def pegged(placed: Any) -> int:
    return sum(Peg.objects.filter(line_id=placed.lines[0].id).values_list("units", flat=True))


def killed_at(monkeypatch: pytest.MonkeyPatch, where: Any, name: str, call: int) -> None:
    """Let the n-th call of a function be the last thing the process does."""
    real, calls = getattr(where, name), []

    def dying(*given: Any, **named: Any) -> Any:
        calls.append(name)
        if len(calls) == call:
            raise Killed
        return real(*given, **named)

    monkeypatch.setattr(where, name, dying)


@pytest.mark.parametrize("call", [1, 3])
@pytest.mark.parametrize(
    ("where", "name"), [(working, "write_range"), (committing, "save_columns"), (frozen, "keep"), (working, "commit")]
)
def test_a_worker_killed_at_once_loses_nothing(
    contested: list[Any], clean: None, monkeypatch: pytest.MonkeyPatch, where: Any, name: str, call: int
) -> None:
    with monkeypatch.context() as patched:
        killed_at(patched, where, name, call)
        with pytest.raises(Killed):
            runs.commit_at_once("vips", actor="ann")
    run = Run.objects.get()
    done = RunRange.objects.filter(run=run, state="done").count()
    assert (run.state, done, FrozenRange.objects.count()) == ("committing", call - 1, call - 1)
    assert sum(pegged(vip) == 4 for vip in contested) == call - 1
    assert working.go_on_with_all() > 0
    working.go_on(run.pk)
    assert reading.run(run.pk).state == "committed"
    assert [pegged(vip) for vip in contested] == [4, 4, 4, 4]
    assert runs.replay(run.pk)


@pytest.mark.parametrize("call", [1, 3])
@pytest.mark.parametrize(("where", "name"), [(committing, "save_columns"), (working, "_judge")])
def test_a_commit_that_is_killed_goes_on_where_it_was(
    contested: list[Any], clean: None, monkeypatch: pytest.MonkeyPatch, where: Any, name: str, call: int
) -> None:
    (run,) = runs.simulate(["vips"], actor="ann")
    with monkeypatch.context() as patched:
        killed_at(patched, where, name, call)
        with pytest.raises(Killed):
            runs.commit_run(run, actor="bob")
    assert RunItem.objects.filter(run_id=run, state="committed").count() == call - 1
    working.go_on(run)
    assert (reading.run(run).state, reading.run(run).items) == ("committed", {"committed": 4})
    assert [pegged(vip) for vip in contested] == [4, 4, 4, 4]


def test_a_simulation_that_is_killed_is_finished_by_the_next_worker(
    contested: list[Any], clean: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    (whole,) = runs.simulate(["vips"], actor="ann")
    with monkeypatch.context() as patched:
        killed_at(patched, working, "write_range", 3)
        with pytest.raises(Killed):
            runs.simulate(["vips"], actor="ann")
    half = Run.objects.order_by("-id").first()
    assert half is not None
    assert reading.run(half.pk).ranges_left == 2
    working.go_on(half.pk)
    assert reading.run(half.pk).digest == reading.run(whole).digest


def test_workers_share_a_run_and_no_range_is_done_twice(contested: list[Any], clean: None) -> None:
    (run,) = runs.simulate(["vips"], actor="ann")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE planning_run SET state = 'committing', committed_by = 'bob' WHERE id = %s", [run])
    helpers = [Running(lambda: working.go_on(run)) for _ in range(3)]
    assert sum(int(str(helper.finish())) for helper in helpers) == len(SKUS)
    working.go_on(run)
    assert (reading.run(run).state, reading.run(run).items) == ("committed", {"committed": 4})
    assert [pegged(vip) for vip in contested] == [4, 4, 4, 4]


@pytest.mark.parametrize("other", [lambda run: runs.commit_run(run, actor="eve"), lambda run: working.go_on(run)])
def test_two_runs_at_once_on_the_same_items(contested: list[Any], clean: None, other: Callable[[int], object]) -> None:
    """Whoever comes second decides again: what he would do is done, or he is refused by name."""
    (first,) = runs.simulate(["vips"], actor="ann")
    (second,) = runs.simulate(["vips"], actor="ann")
    one = Running(lambda: runs.commit_run(first, actor="ann"))
    two = Running(lambda: other(second))
    one.finish()
    two.finish()
    assert reading.run(first).items == {"committed": 4}
    assert "refused" not in reading.run(second).items
    assert [pegged(vip) for vip in contested] == [4, 4, 4, 4]
    invariants.assert_clean(connection)
