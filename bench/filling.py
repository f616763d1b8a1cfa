"""Fill an installation with as many open lines as wanted, in seconds: `python -m bench.filling --lines N --items N`.

The books are as a run would have left them: every line promised, pegged to dated supply or openly without it. For
benches of runs and of pages; the installation is the one of BACKORDER_DATA, which must be embedded and new.
"""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path

import psycopg

from backorder.config import embedded

FILL = (Path(__file__).parent / "sql" / "fill.sql").read_text()
STIR = (Path(__file__).parent / "sql" / "stir.sql").read_text()
LINES, ITEMS = 1_000_000, 100_000


def fill(data: Path, *, lines: int = LINES, items: int = ITEMS) -> float:
    """Fill the running database of a data folder, as its superuser for speed; returns the seconds it took."""
    began = time.perf_counter()
    superuser = embedded.superuser_url(data).replace("/postgres?", f"/{embedded.ROLE}?")
    with psycopg.connect(superuser) as connection:
        for statement in FILL.format(lines=lines, items=items).split(";\n"):
            connection.execute(statement)
    with psycopg.connect(superuser, autocommit=True) as connection:
        connection.execute("VACUUM (FREEZE, ANALYZE)")
    return time.perf_counter() - began


def stir(address: str) -> None:
    """Let happen what a day brings: slips and finds that nobody has decided on yet."""
    with psycopg.connect(address) as connection:
        for statement in STIR.split(";\n"):
            connection.execute(statement)


def main() -> None:
    """Fill the installation of BACKORDER_DATA."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--lines", type=int, default=LINES)
    arguments.add_argument("--items", type=int, default=ITEMS)
    given = arguments.parse_args()
    data = Path(os.environ["BACKORDER_DATA"])
    print(f"{given.lines} lines on {given.items} items in {fill(data, lines=given.lines, items=given.items):.1f} s")


if __name__ == "__main__":
    main()
