"""A `backorder serve` of its own for a test: the web server and the worker as a merchant starts them."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.connections import until


@dataclass(frozen=True)
class Served:
    """Where it answers, and its first key."""

    address: str
    key: str
    process: subprocess.Popen[bytes]


@contextmanager
def serving(folder: Path, *, database: str = "", largest_file_kb: int | None = None) -> Iterator[Served]:
    """Serve the installation of a folder, with a clock that tests may move, until the block ends.

    Without `database` it has the embedded one; no file may then grow beyond `largest_file_kb`, the database's included.
    The key is empty where the installation is not new.
    """
    port, log = _free_port(), folder / "serve.log"
    address = f"http://127.0.0.1:{port}"
    last_words = "answers at" if (folder / "data").exists() else "first API key"
    environment = {
        "BACKORDER_DATA": str(folder / "data"),
        "BACKORDER_SIMULATED_CLOCK": "1",
        "BACKORDER_WEBHOOK_ALLOW_PRIVATE": "1",
        **({"DATABASE_URL": database} if database else {}),
    }
    limit = f"ulimit -S -f {largest_file_kb};" if largest_file_kb else ""
    with log.open("wb") as said:
        process = subprocess.Popen(
            [
                "bash",
                "-c",
                f'{limit} exec "$@"',
                "serve",
                sys.executable,
                "-m",
                "backorder.cli",
                "serve",
                "--port",
                str(port),
            ],
            env={**os.environ, **environment},
            stdout=said,
            stderr=subprocess.STDOUT,
        )
    try:
        until(lambda: last_words in log.read_text() or process.poll() is not None)
        assert process.poll() is None, log.read_text()
        yield Served(address, _key_in(log.read_text()), process)
        assert process.poll() is None, log.read_text()
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)


def _key_in(said: str) -> str:
    told = re.search(r"bo_\w+_\S+", said)
    return told[0] if told else ""


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
