"""`python -m bench.soak`: 10,000 operations from 8 clients on a served installation whose parts are killed meanwhile.

The clients write every success to files outside the database. Afterwards each must be found with its units, and all
invariants must hold. `--disk` runs the installation on a small disk that fills up and is then made larger.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any

import psutil
import psycopg
from tests import invariants

from backorder.config import embedded
from bench import installation
from bench.installation import Installation

CLIENTS = 8
SEED = (Path(__file__).parent / "sql" / "soak.sql").read_text()
PATIENCE_SECONDS = 180.0
SMALL_DISK, LARGER_DISK = "160M", "2G"

# How each success that a client wrote down is found in the database: a query that gives the same units.
FIND = {
    "order": (
        "SELECT jsonb_build_object('total', coalesce(sum(l.ordered), 0)) FROM orders_order o"
        " JOIN orders_line l ON l.order_id = o.id AND l.placed WHERE o.reference = %(key)s AND o.id = %(id)s"
    ),
    "hold": (
        "SELECT coalesce(jsonb_object_agg(i.sku, h.units), '{}') FROM orders_hold h"
        " JOIN catalog_item i ON i.id = h.item_id WHERE h.token = %(key)s"
    ),
    "supply": ("SELECT coalesce(sum(units), 0) FROM supply_supply WHERE reference = %(key)s"),
    "receipt": "SELECT coalesce(sum(units), 0) FROM supply_receipt WHERE key = %(key)s",
    "adjustment": "SELECT coalesce(sum(units), 0) FROM stock_move WHERE cause = 'adjustment/' || %(key)s",
    "shipment": "SELECT count(*) FROM orders_shipment WHERE key = %(key)s AND order_id = %(order)s",
}


def main() -> int:
    """Soak, look everything up, and say what was found."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--operations", type=int, default=10_000)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--kills", type=int, default=9, help="how many times a part is killed")
    arguments.add_argument("--disk", action="store_true", help="fill a small disk instead of killing (needs root)")
    given = arguments.parse_args()
    with (
        installation.empty() as here,
        tempfile.TemporaryDirectory(dir="/tmp") as logs,
        _disk(here) if given.disk else nullcontext(),
    ):
        _serve(here)
        trouble = _fill_the_disk if given.disk else _kill_by_turns
        said = _soak(here, Path(logs), given.operations, given.seed, lambda done: trouble(here, done, given.kills))
        lost = _look_up(here, Path(logs))
        violations = [str(violation) for violation in invariants.check(psycopg.connect(here.address))]
        here.stop("serve")
    print(f"answers: {dict(sorted(said.items()))}")
    for line in [*lost[:20], *violations]:
        print(line)
    # Whatever is killed, a call is answered, refused for a while (503) or cut; it never falls over.
    fallen = sum(n for status, n in said.items() if status in {"500", "502"})
    print(f"{len(lost)} successes lost, {len(violations)} invariants violated, {fallen} server errors")
    return 1 if lost or violations or fallen else 0


def _serve(here: Installation) -> None:
    here.start("serve", "serve", "--port", str(here.port))
    installation.wait_until_answering(here.url)
    here.key, here.address = here.run("keys", "create", "soak", "--scope", "admin").strip(), embedded.url(here.data)
    with here.connect() as connection:
        connection.execute(SEED)
        connection.execute("UPDATE access_key SET rate_per_minute = 10000000")


def _soak(
    here: Installation, logs: Path, operations: int, seed: int, trouble: Callable[[threading.Event], None]
) -> Counter[str]:
    program = [sys.executable, "-m", "bench.soaker", here.url, here.key]
    share = str(operations // CLIENTS)
    clients = [
        subprocess.Popen(
            [*program, str(seed * 100 + n), share, str(logs / f"{n}.jsonl")], stdout=subprocess.PIPE, text=True
        )
        for n in range(CLIENTS)
    ]
    done = threading.Event()
    troubling = threading.Thread(target=trouble, args=(done,), daemon=True)
    troubling.start()
    said: Counter[str] = Counter()
    try:
        for client in clients:
            answers = client.communicate()[0]
            assert client.returncode == 0, "a client gave up: see above"
            said.update(json.loads(answers))
    finally:
        done.set()
        for client in clients:
            client.kill()
        troubling.join()
    return said


# -- trouble ---------------------------------------------------------------------------------------------------------


def _kill_by_turns(here: Installation, done: threading.Event, kills: int) -> None:
    """Kill -9 web, worker and database by turns; each must come back by itself before the next is killed."""
    for n in range(kills):
        if done.wait(3):
            return
        name = ("web", "worker", "database")[n % 3]
        victim = _pid(here, name)
        if victim is None:
            continue
        os.kill(victim, signal.SIGKILL)
        print(f"killed {name} {victim}", flush=True)
        _until(lambda name=name, victim=victim: _pid(here, name) not in {None, victim}, f"{name} does not come back")
        installation.wait_until_answering(here.url)


def _pid(here: Installation, name: str) -> int | None:
    if name == "database":
        return embedded.process_id(here.data)
    word = {"web": "web", "worker": "work"}[name]
    for child in psutil.Process(here.processes["serve"].pid).children():
        with suppress(psutil.Error):
            if word in child.cmdline()[1:]:
                return int(child.pid)
    return None


def _fill_the_disk(here: Installation, done: threading.Event, _: int) -> None:
    """Leave the disk full for some seconds, then make it larger."""
    ballast = here.data / "ballast"
    if done.wait(5):
        return
    with suppress(OSError), ballast.open("wb") as file:
        while True:
            file.write(bytes(1 << 20))
    print(f"disk full: {psutil.disk_usage(str(here.data)).free} bytes free", flush=True)
    done.wait(10)
    subprocess.run(["mount", "-o", f"remount,size={LARGER_DISK}", str(here.data)], check=True)
    ballast.unlink()
    print("disk larger", flush=True)


@contextmanager
def _disk(here: Installation) -> Iterator[None]:
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SMALL_DISK},mode=711", "tmpfs", str(here.data)], check=True)
    try:
        yield
    finally:
        with suppress(subprocess.TimeoutExpired):
            here.stop("serve")
        embedded.stop(here.data)
        subprocess.run(["umount", "-l", str(here.data)], check=True)


# -- looking up ------------------------------------------------------------------------------------------------------


def _look_up(here: Installation, logs: Path) -> list[str]:
    """What clients were told had succeeded and is not in the database with its units."""
    installation.wait_until_answering(here.url)
    lost = []
    cancelled: Counter[int] = Counter()
    with here.connect() as connection:
        _until(lambda: not _marks(connection), "the worker does not decide")
        for log in sorted(logs.glob("*.jsonl")):
            for success in map(json.loads, log.read_text().splitlines()):
                if success["what"] == "cancel":
                    cancelled[success["line"]] += success["units"]
                elif _find(connection, success) != success.get("units", 1):
                    lost.append(f"lost: {success}, found {_find(connection, success)}")
        for line, units in cancelled.items():
            row = connection.execute("SELECT cancelled FROM orders_line WHERE id = %s", [line]).fetchone()
            if row is None or int(str(row[0])) < units:
                lost.append(f"lost: {units} cancelled units of line {line}")
    return lost


def _find(connection: Any, success: dict[str, Any]) -> Any:
    values = {name: value for name, value in success.items() if not isinstance(value, dict)}
    return connection.execute(FIND[success["what"]], values).fetchone()[0]


def _marks(connection: Any) -> bool:
    return bool(connection.execute("SELECT EXISTS (SELECT FROM stock_changed)").fetchone()[0])


def _until(is_so: Callable[[], bool], otherwise: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        assert time.monotonic() < deadline, otherwise
        time.sleep(0.05)


if __name__ == "__main__":
    sys.exit(main())
