"""From nothing to answering: `backorder serve` in an empty folder."""

from __future__ import annotations

import time

from bench import installation
from bench.results import Measured, Row


def measure() -> Measured:
    """Serve from an empty data folder and time the first 200 of /healthz."""
    with installation.empty() as here:
        began = time.perf_counter()
        here.start("serve", "serve", "--port", str(here.port))
        installation.wait_until_answering(here.url)
        took = time.perf_counter() - began
        here.stop("serve")
    row = Row(
        "`backorder serve` from nothing to answering", f"{took:.1f} s", "<= 10 s", took <= 10, "<= 4 s", took <= 4
    )
    return Measured([row])
