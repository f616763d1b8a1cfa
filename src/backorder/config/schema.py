"""Lay all tables of a new installation at once, from `schema.sql`, instead of by its whole history of migrations.

The file is made by `python -m tools.make_schema` from what the migrations make, and a test keeps both equal. Migrations
that are newer than the file are applied afterwards as always (ADR 46).
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import psycopg

FILE = Path(__file__).with_name("schema.sql")

_LOCK = "SELECT pg_advisory_xact_lock(hashtext('backorder: lay the tables'))"
_IS_EMPTY = """
    SELECT NOT EXISTS (SELECT FROM pg_class WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace)
"""
_FIRST_ERA = "INSERT INTO journal_era (began_at, reason) VALUES (now(), 'created')"
_CLOCK = "INSERT INTO journal_clock (id, simulated, shift) VALUES (1, %s, interval '0')"


def lay(address: str, *, simulated: bool) -> bool:
    """Lay the tables if the database has none, all or nothing; return whether that was so.

    `simulated` says whether the installation's clock may be moved, from now on and for ever.
    """
    with psycopg.connect(address) as connection:
        connection.execute(_LOCK)
        found = connection.execute(_IS_EMPTY).fetchone()
        if found is None or not found[0]:
            return False
        connection.execute(_script())
        connection.execute(_FIRST_ERA)
        connection.execute(_CLOCK, [simulated])
    return True


@cache
def _script() -> bytes:
    return FILE.read_bytes()
