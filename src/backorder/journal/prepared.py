"""Run the few hot statements prepared and with binary answers, on Django's own connection.

Django binds parameters in the client, so each of its statements is parsed and planned anew; for the
statements an order passes through that costs more than running them.
"""

from __future__ import annotations

from typing import Any

import psycopg
from django.db import connection, transaction


def rows(sql: str, params: list[Any]) -> list[tuple[Any, ...]]:
    """Run `sql` (`%s` parameters, cast in the text) and return its rows; none for a plain write."""
    connection.ensure_connection()
    with connection.wrap_database_errors:
        return _run(sql, params)


def _run(sql: str, params: list[Any]) -> list[tuple[Any, ...]]:
    raw = connection.connection
    try:
        with psycopg.Cursor(raw, row_factory=psycopg.rows.tuple_row) as cursor:
            cursor.execute(sql, params, prepare=True, binary=True)
            found = cursor.fetchall() if cursor.description else []
    except psycopg.Error:
        if connection.in_atomic_block:
            transaction.set_rollback(True)
        raise
    if connection.queries_logged:
        connection.queries_log.append({"sql": sql, "time": "0"})
    return found
