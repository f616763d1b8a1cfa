"""Fill a new installation with as many open lines as wanted, in minutes: to see pages and runs at a merchant's size.

The books are as a run would have left them: every line promised, pegged to dated supply or openly without it.
"""

from __future__ import annotations

import time
from pathlib import Path

import psycopg

from backorder.config import embedded

FILL = (Path(__file__).parent / "fill.sql").read_text()
LINES, ITEMS = 1_000_000, 100_000


class NotFilled(Exception):
    """The installation cannot be filled; the message says why."""


def fill(data: Path, *, lines: int = LINES, items: int = ITEMS) -> float:
    """Fill the running embedded database of a data folder, as its superuser for speed; returns the seconds it took.

    Refuses (NotFilled), before anything is written, an installation that has items or orders already.
    """
    began = time.perf_counter()
    superuser = embedded.superuser_url(data).replace("/postgres?", f"/{embedded.ROLE}?")
    with psycopg.connect(superuser) as connection:
        _refuse_books(connection)
        for statement in FILL.format(lines=lines, items=items).split(";\n"):
            connection.execute(statement)
    with psycopg.connect(superuser, autocommit=True) as connection:
        connection.execute("VACUUM (FREEZE, ANALYZE)")
    return time.perf_counter() - began


def _refuse_books(connection: psycopg.Connection[tuple[bool, ...]]) -> None:
    found = connection.execute("SELECT EXISTS (SELECT FROM catalog_item) OR EXISTS (SELECT FROM orders_order)")
    if any(has_books for (has_books,) in found):
        raise NotFilled("This installation has items or orders of its own. Name a new folder in BACKORDER_DATA.")
