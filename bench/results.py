"""What was measured, beside what it shall hold and aims at, written to RESULTS.md with the machine it ran on."""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psutil

PLACE = Path(__file__).parent / "RESULTS.md"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table; `holds` and `aims` are None where there is nothing to compare with."""

    what: str
    measured: str
    hold: str
    holds: bool | None
    aim: str = ""
    aims: bool | None = None


@dataclass(frozen=True, slots=True)
class Measured:
    """A section of results: its rows, and lines of detail below them."""

    rows: Sequence[Row]
    details: Sequence[str] = ()


def write(sections: Sequence[Measured], *, seconds: int, violations: Sequence[str], place: Path = PLACE) -> str:
    """Write the page and return it."""
    rows = [row for section in sections for row in section.rows]
    page = "\n".join(
        [
            "# Results",
            "",
            "Written by `make bench`; do not edit. Ratios compare with pgbench on the same server in the same run.",
            "",
            *_circumstances(seconds),
            "",
            "| what | measured | hold | | aim | |",
            "|---|---|---|---|---|---|",
            *(
                f"| {row.what} | {row.measured} | {row.hold} | {_mark(row.holds)} | {row.aim} | {_mark(row.aims)} |"
                for row in rows
            ),
            "",
            *(line for section in sections for line in [*section.details, ""] if section.details),
            "Invariants afterwards: " + ("clean." if not violations else "; ".join(violations) + "."),
            "",
        ]
    )
    place.write_text(page)
    return page


def all_hold(sections: Sequence[Measured]) -> bool:
    """Is no row below what it shall hold?"""
    return all(row.holds is not False for section in sections for row in section.rows)


def _circumstances(seconds: int) -> list[str]:
    load = os.getloadavg()[0]
    return [
        f"- {datetime.now(UTC):%Y-%m-%d %H:%M} UTC, commit {_commit()}, {seconds} s a measurement",
        f"- {os.cpu_count()} x {_processor()}, {psutil.virtual_memory().total / 2**30:.0f} GiB, "
        f"{platform.system()} {platform.release()}, Python {platform.python_version()}, PostgreSQL 18, fsync on",
        f"- server, database and load generator share these processors; load average when this was written: {load:.1f}",
    ]


def _processor() -> str:
    names = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    return names[0].partition(":")[2].strip() if names else platform.processor()


def _commit() -> str:
    done = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=PLACE.parent, capture_output=True, text=True, check=False
    )
    return done.stdout.strip() or "unknown"


def _mark(passed: bool | None) -> str:
    return {None: "", True: "yes", False: "**no**"}[passed]
