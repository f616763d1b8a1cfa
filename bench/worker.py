"""Runs the product's re-decision by itself, in a process of its own: `python -m bench.worker again|timed ITEM...`.

`again` re-decides one item without pause until it is ended; `timed` re-decides each item once and prints the seconds.
"""

from __future__ import annotations

import json
import sys
import time

import django


def again(item: int) -> None:
    """Re-decide without pause, at the worker's priority, and print the seconds of each round."""
    from backorder.jobs import step_behind
    from backorder.orders.deciding.redecide import redecide

    step_behind()

    while True:
        began = time.perf_counter()
        redecide([item], cause="bench", actor="bench")
        print(time.perf_counter() - began, flush=True)


def timed(items: list[int]) -> list[float]:
    """The seconds each item's decision took, its commit included; the first one warms up and is not counted."""
    from backorder.orders.deciding.redecide import redecide

    seconds = []
    for item in items:
        began = time.perf_counter()
        changed = redecide([item], cause="receipt", actor="bench")
        seconds.append(time.perf_counter() - began)
        assert changed > 0, f"nothing changed for item {item}"
    return seconds[1:]


if __name__ == "__main__":
    django.setup()
    if sys.argv[1] == "again":
        again(int(sys.argv[2]))
    else:
        print(json.dumps(timed([int(word) for word in sys.argv[2:]])))
