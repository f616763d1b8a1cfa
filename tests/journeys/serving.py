"""A `backorder serve` of its own for a test: the web server and the worker as a merchant starts them."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.connections import until


@dataclass(frozen=True)
class Served:
    """Where it answers, and its first key."""

    address: str
    key: str
    process: subprocess.Popen[bytes]


@contextmanager
def serving(folder: Path, *, database: str) -> Iterator[Served]:
    """Serve a new installation, with a clock that tests may move, until the block ends."""
    port, log = _free_port(), folder / "serve.log"
    environment = {
        "BACKORDER_DATA": str(folder / "data"),
        "BACKORDER_SIMULATED_CLOCK": "1",
        "BACKORDER_WEBHOOK_ALLOW_PRIVATE": "1",
        "DATABASE_URL": database,
    }
    with log.open("wb") as said:
        process = subprocess.Popen(
            [sys.executable, "-m", "backorder.cli", "serve", "--port", str(port)],
            env={**os.environ, **environment},
            stdout=said,
            stderr=subprocess.STDOUT,
        )
    try:
        until(lambda: "first API key" in log.read_text() or process.poll() is not None)
        assert process.poll() is None, log.read_text()
        told = re.search(r"bo_\w+_\S+", log.read_text())
        assert told
        yield Served(f"http://127.0.0.1:{port}", told[0], process)
        assert process.poll() is None, log.read_text()
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)
    assert "Traceback" not in log.read_text(), log.read_text()


def is_answering(address: str) -> bool:
    """Does the server there say that it is well?"""
    with suppress(httpx.TransportError):
        return httpx.get(f"{address}/healthz").status_code == 200
    return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
