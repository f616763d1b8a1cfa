"""A throw-away installation to measure: embedded database, seeded books, and the processes of the product.

The product runs as its users run it, by its commands. The baseline has a copy of the seeded database on the same
server.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import psycopg
from psycopg import sql

from backorder.config import embedded

START_SECONDS = 120
STOP_SECONDS = 120  # Longer than its three parts may take, one after the other.
SEED = (Path(__file__).parent / "sql" / "seed.sql").read_text()
HIGHEST_RATE = 10_000_000


@dataclass
class Installation:
    """Where it lives, how to reach it, and the key that opens it."""

    data: Path
    address: str
    port: int
    key: str = ""
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, "BACKORDER_DATA": str(self.data), "DJANGO_SETTINGS_MODULE": "backorder.config.settings"}

    def connect(self) -> psycopg.Connection[tuple[object, ...]]:
        """A connection of our own to its database, each statement by itself."""
        return psycopg.connect(self.address, autocommit=True)

    def run(self, *command: str) -> str:
        """Run a `backorder` command to its end and return what it says."""
        done = subprocess.run(_program(*command), env=self.environment, check=True, capture_output=True, text=True)
        return done.stdout

    def python(self, *lines: str) -> str:
        """Run lines of Python in the product's settings and return what they print."""
        command = [sys.executable, "-c", "\n".join(lines)]
        done = subprocess.run(command, env=self.environment, check=True, capture_output=True, text=True)
        return done.stdout

    def start(self, name: str, *command: str) -> subprocess.Popen[bytes]:
        """Start a `backorder` command under a name and leave it running."""
        log = (self.data / f"{name}.log").open("ab")
        self.processes[name] = subprocess.Popen(_program(*command), env=self.environment, stdout=log, stderr=log)
        return self.processes[name]

    def start_web(self) -> None:
        """Start the web server and wait until it answers."""
        self.start("web", "web", "--port", str(self.port))
        wait_until_answering(self.url)

    def start_worker(self, *only: str) -> None:
        """Start the worker, for some of its jobs only if any are named; it needs no greeting."""
        self.start("worker", "work", *(word for job in only for word in ("--only", job)))

    def stop(self, name: str) -> None:
        """End a process we started, politely."""
        process = self.processes.pop(name, None)
        if process is not None:
            process.terminate()
            process.wait(STOP_SECONDS)

    def cpu_seconds(self, *names: str) -> float:
        """CPU used so far by the named processes and the database, their ended children included."""
        found = [psutil.Process(self.processes[name].pid) for name in names]
        server = embedded.process_id(self.data)
        if server is not None:
            found.append(psutil.Process(server))
        return sum(map(_cpu_of_tree, found))

    def clone(self, name: str) -> str:
        """Copy the database, in which nobody may be at work, and return the address of the copy."""
        superuser = embedded.superuser_url(self.data)
        with psycopg.connect(superuser, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))
            connection.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {}").format(
                    sql.Identifier(name), sql.Identifier(embedded.ROLE), sql.Identifier(embedded.ROLE)
                )
            )
        return self.address.replace(f"/{embedded.ROLE}?", f"/{name}?")


@contextmanager
def empty() -> Iterator[Installation]:
    """An empty data folder, gone afterwards with whatever was started in it."""
    data = Path(tempfile.mkdtemp(prefix="backorder-bench-", dir="/tmp"))
    data.chmod(0o711)
    os.environ["BACKORDER_DATA"] = str(data)
    os.environ.pop("DATABASE_URL", None)
    here = Installation(data, "", _free_port())
    try:
        yield here
    finally:
        for name in list(here.processes):
            with suppress(subprocess.TimeoutExpired):
                here.stop(name)
        embedded.stop(data)
        shutil.rmtree(data, ignore_errors=True)


@contextmanager
def seeded() -> Iterator[Installation]:
    """A migrated installation with the items of seed.sql and a key; its database runs."""
    with empty() as here:
        here.address = embedded.start(here.data)
        # A command stops the database on its way out unless somebody else is connected.
        elsewhere = here.address.replace(f"/{embedded.ROLE}?", "/postgres?")
        with psycopg.connect(elsewhere, autocommit=True):
            here.run("migrate")
            with here.connect() as connection:
                connection.execute(SEED)
                connection.execute("VACUUM ANALYZE")
            here.key = _make_key(here)
            yield here


def _make_key(here: Installation) -> str:
    """A key that may do everything as fast as it likes."""
    return here.python(
        "import django; django.setup()",
        "from backorder.access import keys",
        f"print(keys.create(name='bench', scopes=['admin'], rate_per_minute={HIGHEST_RATE}))",
    ).strip()


def wait_until_answering(url: str) -> None:
    """Return as soon as /healthz says 200."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        with suppress(OSError), urllib.request.urlopen(f"{url}/healthz", timeout=2) as answer:
            if answer.status == 200:
                return
        time.sleep(0.02)
    raise AssertionError(f"{url} does not answer after {START_SECONDS} s")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _program(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "backorder.cli", *arguments]


def _cpu_of_tree(process: psutil.Process) -> float:
    total = 0.0
    for member in [process, *process.children(recursive=True)]:
        with suppress(psutil.NoSuchProcess):
            used = member.cpu_times()
            total += used.user + used.system + used.children_user + used.children_system
    return total
