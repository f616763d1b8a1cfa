"""The load: wrk from Debian's packages posting orders with references of their own, and its counts checked."""

from __future__ import annotations

import itertools
import json
import re
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from bench.installation import Installation

SCRIPT = Path(__file__).parent / "wrk" / "post.lua"
WARM_SECONDS = 2
ORDER = '{"channel":"web","reference":"@REF@","country":"GB","lines":[{"sku":"@SKU@","units":1}]}'
INQUIRY = '{"channel":"web","country":"GB","lines":[{"sku":"@SKU@","units":1}]}'
ITEMS = 10_000

_runs = itertools.count()


@dataclass(frozen=True, slots=True)
class Load:
    """What wrk saw (milliseconds as it measured them), and the CPU the product and its database used meanwhile."""

    connections: int
    answered: int
    not_2xx: int
    broken: int
    per_second: float
    p50_ms: float
    p99_ms: float
    cpu_ms_each: float = 0.0


def orders(here: Installation, *, connections: int, seconds: int, hot: str = "", all_placed: bool = True) -> Load:
    """Post single orders; every 2xx that wrk counted must be an order in the database."""
    _post(here, "/api/v1/orders", ORDER, f"warm{next(_runs)}-", connections, WARM_SECONDS, hot)
    prefix = f"run{next(_runs)}-"
    cpu = here.cpu_seconds("web")
    load = _post(here, "/api/v1/orders", ORDER, prefix, connections, seconds, hot)
    cpu = here.cpu_seconds("web") - cpu
    placed = _placed(here, prefix)
    accepted = load.answered - load.not_2xx
    # What was under way when wrk hung up may be placed without having been counted.
    assert accepted <= placed <= accepted + connections, f"{accepted} orders were answered, {placed} are placed"
    assert load.broken == 0, f"{load.broken} connections broke"
    assert not all_placed or load.not_2xx == 0, f"{load.not_2xx} orders were refused"
    return Load(
        connections, load.answered, load.not_2xx, load.broken, load.per_second, load.p50_ms, load.p99_ms,
        1000 * cpu / max(load.answered, 1),
    )  # fmt: skip


def inquiries(here: Installation, *, connections: int, seconds: int) -> Load:
    """Post single inquiries; all must be answered."""
    _post(here, "/api/v1/inquiries", INQUIRY, "", connections, WARM_SECONDS, "")
    load = _post(here, "/api/v1/inquiries", INQUIRY, "", connections, seconds, "")
    assert load.broken == load.not_2xx == 0, load
    return load


def _post(here: Installation, path: str, template: str, prefix: str, connections: int, seconds: int, hot: str) -> Load:
    assert shutil.which("wrk"), "wrk is missing. Install it: apt-get install wrk"
    command = [
        "wrk", "--threads=1", f"--connections={connections}", f"--duration={seconds}s", "--timeout=30s",
        f"--script={SCRIPT}", f"{here.url}{path}", "--", here.key, prefix, template, str(next(_runs)),
        f"hot:{hot}" if hot else str(ITEMS),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    found = re.search(r"RESULT (\{.*\})", done.stdout)
    assert found, done.stdout + done.stderr
    said = json.loads(found[1])
    return Load(
        connections, said["requests"], said["not_2xx"], said["broken"], said["requests"] / said["seconds"],
        said["p50_ms"], said["p99_ms"],
    )  # fmt: skip


def _placed(here: Installation, prefix: str) -> int:
    """How many orders of this run the database holds, counted when the last one under way has ended."""
    with here.connect() as connection:
        seen = -1
        while True:
            row = connection.execute(
                "SELECT count(*) FROM orders_order WHERE reference LIKE %s", [f"{prefix}%"]
            ).fetchone()
            assert row is not None
            if row[0] == seen:
                return int(seen)
            seen = int(str(row[0]))
            time.sleep(0.3)
