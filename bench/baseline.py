"""What bare SQL does on this server: pgbench with one prepared statement a transaction that writes an order's rows."""

from __future__ import annotations

import itertools
import re
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from backorder.config import embedded
from bench import written
from bench.written import Written

SQL = Path(__file__).parent / "sql"
CLIENTS = (4, 8, 32)

_runs = itertools.count()


@dataclass(frozen=True, slots=True)
class Baseline:
    """Transactions a second with their milliseconds, and what each wrote."""

    clients: int
    per_second: float
    p50_ms: float
    p99_ms: float
    written: Written


def best(address: str, *, seconds: int, hot: int = 0) -> tuple[Baseline, list[Baseline]]:
    """The fastest of 4, 8 and 32 clients, and all of them; `hot` is the one item all orders are for (0: uniform)."""
    found = [measure(address, clients=clients, seconds=seconds, hot=hot) for clients in CLIENTS]
    return max(found, key=lambda each: each.per_second), found


def measure(address: str, *, clients: int, seconds: int, hot: int = 0) -> Baseline:
    """Place orders by bare SQL for some seconds."""
    before = written.counts(address)
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        said = _pgbench(address, Path(folder), clients, seconds, hot)
        times = sorted(
            int(line.split()[2]) for log in Path(folder).glob("log.*") for line in log.read_text().splitlines()
        )
    after = written.counts(address)
    return Baseline(
        clients=clients,
        per_second=float(re.findall(r"tps = ([\d.]+)", said)[0]),
        p50_ms=times[len(times) // 2] / 1000,
        p99_ms=times[int(len(times) * 0.99)] / 1000,
        written=written.per_order(before, after),
    )


def _pgbench(address: str, folder: Path, clients: int, seconds: int, hot: int) -> str:
    # Each run counts its orders on from where no earlier one can have come.
    start = next(_runs) * 20_000_000
    scripts = [f"--file={SQL / 'order_from_stock.pgbench'}@9", f"--file={SQL / 'order_pegged.pgbench'}@1"]
    command = [
        str(embedded.wheel_binaries() / "pgbench"), "--no-vacuum", "--protocol=prepared", f"--client={clients}",
        "--jobs=1", f"--time={seconds}", "--log", f"--log-prefix={folder / 'log'}", f"--define=n={start}",
        f"--define=hot={hot}", *(scripts[:1] if hot else scripts), address,
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout
