"""GAIN decided for all items at once comes to the same as item by item, peg for peg."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime

import numpy as np
import pytest

from backorder.engine.columns import ANY_DAY, ASAP, MISSING, Lines, RunInput, Supplies
from backorder.orders.deciding.frame import Backing, Frame
from backorder.orders.deciding.gaining import _one_by_one, gain
from backorder.orders.deciding.standing import DEFAULT

TODAY = date(2030, 1, 7).toordinal()


def column(values: list[int]) -> np.ndarray:
    return np.array(values, dtype=np.int64)


def random_frame(seed: int) -> Frame:
    """Some items with up to three shelves and supplies and up to eight lines each, which hold some of them already."""
    rng = random.Random(seed)
    items = range(1, rng.randint(2, 5))
    there = [(item, rng.randint(0, 1), rng.randint(1, 2), TODAY + rng.randint(1, 9)) for item in items
             for _ in range(rng.randint(0, 3))]  # fmt: skip
    there.sort(key=lambda row: row[1])
    free = [rng.randint(0, 4) for _ in there]
    lines, held = [], []
    for item in items:
        for _ in range(rng.randint(0, 8)):
            units = rng.randint(1, 5)
            places = rng.choice([[1], [2], [1, 2]])
            has: dict[int, int] = {}
            for n in rng.sample(range(len(there)), len(there)):
                if there[n][0] == item and there[n][2] in places and rng.random() < 0.3:
                    has[n] = rng.randint(0, units - sum(has.values()))
            held.append(sorted((n, u) for n, u in has.items() if u))
            wish = ASAP if rng.random() < 0.7 else TODAY + rng.randint(0, 10)
            lines.append((item, units, places, wish, rng.randint(0, 2), rng.random() < 0.1))
    return _frame(lines, held, there, free)


def _frame(lines: list[tuple], held: list[list[tuple[int, int]]], there: list[tuple], free: list[int]) -> Frame:
    many = len(lines)
    starts = [0, *np.cumsum([len(places) for _, _, places, *_ in lines]).tolist()]
    none, zeros = column([]), np.zeros(many, dtype=np.int64)
    found = Lines(
        column(list(range(1, many + 1))), column([row[0] for row in lines]), column([row[1] for row in lines]),
        column(starts), column([place for row in lines for place in row[2]]),
        column([row[3] for row in lines for _ in row[2]]), column([ANY_DAY for row in lines for _ in row[2]]),
        column([0, *np.cumsum([len(has) for has in held]).tolist()]), column([n for has in held for n, _ in has]),
        column([u for has in held for _, u in has]),
        attributes={"priority": column([row[4] for row in lines]), "first_promised_on": zeros + MISSING,
                    "ordered_at": zeros},
        complete=np.array([row[5] for row in lines], dtype=bool), customer=zeros,
    )  # fmt: skip
    supplies = Supplies(
        column(list(range(1, len(there) + 1))), column([row[1] for row in there]), column([row[0] for row in there]),
        column([row[2] for row in there]), column(free),
        column([row[3] if row[1] else TODAY for row in there]), np.ones(len(there), dtype=bool),
    )  # fmt: skip
    backing = Backing(none, none, none, none, none, none.astype(bool))
    return Frame(
        RunInput(found, supplies, TODAY), datetime(2030, 1, 7, tzinfo=UTC), (), (), backing, zeros > 0, zeros, zeros,
        zeros, zeros, zeros, zeros, zeros, zeros, zeros, zeros,
    )  # fmt: skip


@pytest.mark.parametrize("start", range(0, 400, 100))
def test_all_at_once_is_item_by_item(start: int) -> None:
    for seed in range(start, start + 100):
        frame = random_frame(seed)
        at_once, alone = (set(zip(*(one.tolist() for one in plan), strict=True))
                          for plan in (gain(frame, DEFAULT), _one_by_one(frame)))  # fmt: skip
        assert at_once == alone, seed
