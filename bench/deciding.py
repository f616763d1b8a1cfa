"""Re-deciding: how fast, how soon after the event, and what it does to those who order something else."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench import batching
from bench.installation import Installation
from bench.results import Measured, Row

BARE = (Path(__file__).parent / "sql" / "decide.sql").read_text()
ROUNDS = 20
WAITING = 1_000
CROWD = 10_000
EVENTS = 40
RATE = 500
# Every tenth item waits for a purchase order. Each measurement has its own of them.
CROWD_ITEM = 10
DECIDED = [20 + 10 * n for n in range(ROUNDS + 1)]
BARE_DECIDED = [1_000 + 10 * n for n in range(6)]
EVENT_ITEMS = [2_000 + 10 * n for n in range(EVENTS)]
OTHERS = (5_001, 5_009)
LONGEST_WAIT = 120.0

_RECEIPT = """
    WITH move AS (
        INSERT INTO stock_move (item_id, location_id, units, kind, cause, note, at, actor)
        SELECT %(item)s, id, %(units)s, 'adjustment', %(cause)s, '', now(), 'bench' FROM catalog_location
        RETURNING item_id, location_id, units
    ),
    level AS (
        INSERT INTO stock_level (item_id, location_id, on_hand, allocated)
        SELECT item_id, location_id, units, 0 FROM move
        ON CONFLICT (item_id, location_id) DO UPDATE SET on_hand = stock_level.on_hand + excluded.on_hand
    )
    INSERT INTO stock_changed (item_id, cause, at) VALUES (%(item)s, 'receipt', now())
"""


def decisions(here: Installation) -> Measured:
    """One decision of the worker for an item with 1,000 waiting lines that got 500 units, against bare SQL."""
    _wait_in_line(here, DECIDED + BARE_DECIDED, WAITING)
    for item in DECIDED + BARE_DECIDED:
        _receive(here, item, 500)
    took = sorted(json.loads(_worker(here, "timed", *DECIDED)))
    bare = _bare_decisions(here)
    p95 = took[int(len(took) * 0.95)]
    row = Row(
        "one worker decision committed, 1,000 waiting lines on the item",
        f"p95 {p95:.3f} s, median {statistics.median(took):.3f} s; bare SQL {bare:.3f} s",
        "p95 < 0.2 s",
        p95 < 0.2,
        "<= 5 x bare SQL writing the same rows",
        statistics.median(took) <= 5 * bare,
    )
    return Measured([row])


def bystanders(here: Installation, *, seconds: int) -> Measured:
    """Orders for other items while one with 10,000 waiting lines is re-decided without pause."""
    _wait_in_line(here, [CROWD_ITEM], CROWD)
    here.start_web()
    rate = _bearable(here)
    quiet = _steady(here, rate, seconds, "quiet")
    with _again(here, CROWD_ITEM) as rounds:
        disturbed = _steady(here, rate, seconds, "disturbed")
    here.stop("web")
    ratio = disturbed["p99_ms"] / quiet["p99_ms"]
    row = Row(
        "other items while one item with 10,000 waiting lines is re-decided without pause",
        f"p99 {ratio:.2f} x undisturbed ({disturbed['p99_ms']:.1f} of {quiet['p99_ms']:.1f} ms at {rate:.0f} orders/s)",
        "p99 <= 2 x",
        ratio <= 2,
        "1.2 x",
        ratio <= 1.2,
    )
    return Measured([row], [_told(rounds)])


def events(here: Installation) -> Measured:
    """From an event's commit to its decision's, while orders come in; then all items marked at once."""
    _wait_in_line(here, EVENT_ITEMS, 10)
    here.start_web()
    _bearable(here)  # Warms up.
    here.start_worker()
    _drained(here)
    with _steadily(here, RATE, "events") as during_events:
        took = sorted(_event(here, item) for item in EVENT_ITEMS)
    _drained(here)
    with _steadily(here, RATE, "flood") as during_flood:
        flood = _flood(here)
    here.stop("worker")
    here.stop("web")
    p95 = took[int(len(took) * 0.95)]
    is_paced, is_paced_in_flood = _kept_up(during_events), _kept_up(during_flood)
    return Measured(
        [
            Row(
                f"event to commit, while {during_events['rate']:.0f} orders/s are placed",
                f"p95 {p95:.2f} s, median {statistics.median(took):.2f} s; orders p99 {during_events['p99_ms']:.0f} ms",
                "p95 < 2 s",
                p95 < 2 and is_paced,
                "< 0.5 s",
                p95 < 0.5 and is_paced,
            ),
            Row(
                f"10,000 items marked at once, while {during_flood['rate']:.0f} orders/s are placed",
                f"{flood:.1f} s; orders p99 {during_flood['p99_ms']:.0f} ms",
                "<= 60 s",
                flood <= 60 and is_paced_in_flood,
                "<= 15 s",
                flood <= 15 and is_paced_in_flood,
            ),
        ]
    )


def _kept_up(load: dict[str, float]) -> bool:
    """Was every order of the steady load answered, in the end as fast as they were sent?"""
    return load["refused"] == 0 and load["rate"] >= 0.995 * RATE


def _told(rounds: list[float]) -> str:
    if not rounds:
        return "Not one decision on the crowded item ended meanwhile."
    return f"The crowded item was decided {len(rounds)} times meanwhile, in {statistics.median(rounds):.2f} s each."


def _wait_in_line(here: Installation, items: list[int], lines: int) -> None:
    """Let `lines` orders of one unit wait for each item, placed through the product."""
    here.start_web()
    wanted = [f"SKU-{item}" for item in items for _ in range(lines)]
    for start in range(0, len(wanted), batching.ORDERS):
        batching.place(here, wanted[start : start + batching.ORDERS])
    here.stop("web")


def _receive(here: Installation, item: int, units: int) -> None:
    with here.connect() as connection:
        connection.execute(_RECEIPT, {"item": item, "units": units, "cause": f"bench/{time.time_ns()}"})


def _bare_decisions(here: Installation) -> float:
    """Median seconds of the same decision as one statement; the first one warms up and is not counted."""
    took = []
    with here.connect() as connection:
        for item in BARE_DECIDED:
            began = time.perf_counter()
            connection.execute(BARE, {"item": item})
            took.append(time.perf_counter() - began)
    return statistics.median(took[1:])


def _event(here: Installation, item: int) -> float:
    """Seconds from the commit of units that arrive to that of the decision on them."""
    with here.connect() as connection:
        _receive(here, item, 5)
        began = time.perf_counter()
        while _marks(connection, item):
            assert time.perf_counter() - began < LONGEST_WAIT, "the worker does not decide"
            time.sleep(0.002)
        took = time.perf_counter() - began
    time.sleep(0.05)
    return took


def _flood(here: Installation) -> float:
    """Seconds until 10,000 items that were marked in one transaction are all decided."""
    with here.connect() as connection:
        connection.execute(
            "INSERT INTO stock_changed (item_id, cause, at) SELECT id, 'bench', now() FROM catalog_item LIMIT 10000"
        )
        return _until_no_marks(connection)


def _drained(here: Installation) -> None:
    with here.connect() as connection:
        _until_no_marks(connection)


def _until_no_marks(connection: Any) -> float:
    began = time.perf_counter()
    while _marks(connection):
        assert time.perf_counter() - began < LONGEST_WAIT, "the worker does not decide"
        time.sleep(0.02)
    return time.perf_counter() - began


def _marks(connection: Any, item: int | None = None) -> bool:
    sql = "SELECT EXISTS (SELECT FROM stock_changed WHERE coalesce(item_id = %s, true))"
    return bool(connection.execute(sql, [item]).fetchone()[0])


def _bearable(here: Installation) -> float:
    """500 orders a second, or half of what this machine can do if that is less."""
    return min(RATE, _steady(here, 2 * RATE, 2, f"probe{time.time_ns()}-")["rate"] / 2)


def _steady(here: Installation, rate: float, seconds: float, prefix: str) -> dict[str, float]:
    """A steady load for some seconds, to its end."""
    process = _paced(here, rate, seconds, prefix)
    found: dict[str, float] = json.loads(process.communicate()[0])
    assert found["refused"] == 0, found
    return found


@contextmanager
def _steadily(here: Installation, rate: float, prefix: str) -> Iterator[dict[str, float]]:
    """A steady load beside what happens inside, and ended with it; afterwards the mapping says how it went."""
    process = _paced(here, rate, LONGEST_WAIT, prefix)
    found: dict[str, float] = {}
    try:
        yield found
    finally:
        process.terminate()
        said = process.communicate()[0]
    found |= json.loads(said)


def _paced(here: Installation, rate: float, seconds: float, prefix: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "bench.paced", here.url, here.key, str(rate), str(seconds), prefix]
    return subprocess.Popen([*command, *map(str, OTHERS)], stdout=subprocess.PIPE, text=True)


@contextmanager
def _again(here: Installation, item: int) -> Iterator[list[float]]:
    """The item is re-decided without pause; afterwards the list holds the seconds of each decision."""
    rounds: list[float] = []
    command = [sys.executable, "-m", "bench.worker", "again", str(item)]
    process = subprocess.Popen(command, env=here.environment, stdout=subprocess.PIPE, text=True)
    try:
        yield rounds
    finally:
        process.terminate()
        rounds += [float(word) for word in process.communicate()[0].split()]


def _worker(here: Installation, mode: str, *items: int) -> str:
    command = [sys.executable, "-m", "bench.worker", mode, *map(str, items)]
    return subprocess.run(command, env=here.environment, check=True, capture_output=True, text=True).stdout
