"""Five hundred things happen by chance, from four sides at once; afterwards every unit is where the books say."""

from __future__ import annotations

import traceback
from collections import Counter

import pytest
from django.db import connection

from backorder.journal.refusals import Refused
from backorder.orders.deciding.redecide import work_marks
from tests import invariants
from tests.connections import Running
from tests.orders.shop import Shop

from .operations import OPERATIONS, Storm

SIDES = 4
STEPS = 125


@pytest.mark.parametrize("seed", [11])
def test_five_hundred_things_from_four_sides(busy_shop: Shop, seed: int) -> None:
    """Refusals are the product's right; any other exception, and any broken invariant, is a defect."""
    running = [Running(lambda side=side: weather(busy_shop, seed * 100 + side)) for side in range(SIDES)]
    done = sum((each.finish() for each in running), Counter())
    assert {outcome for _, outcome in done} == {"done", "refused"}
    assert {name for name, _ in done} == set(OPERATIONS)
    assert done.total() == SIDES * STEPS
    assert sum(n for (_, outcome), n in done.items() if outcome == "done") > SIDES * STEPS / 2
    assert_clean()
    settle()
    assert_clean()


def weather(shop: Shop, seed: int) -> Counter[tuple[str, str]]:
    """One side's steps: how often each thing was done, was refused, or failed in which way."""
    storm, done = Storm(shop, seed), Counter[tuple[str, str]]()
    for _ in range(STEPS):
        try:
            done[storm.step(), "done"] += 1
        except Refused as refused:
            done[storm.name, "refused" if refused.status < 500 else str(refused)] += 1
        except Exception:
            done[storm.name, traceback.format_exc()] += 1
    return done


def assert_clean() -> None:
    """Everything holds."""
    found = invariants.check(connection)
    assert not found, "\n".join(map(str, found))


def settle() -> None:
    """Let the worker finish; then there is nothing left for it to do."""
    while work_marks():
        pass
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM stock_changed")
        assert cursor.fetchone() == (0,)
