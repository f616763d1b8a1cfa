"""Run the few hot statements prepared and with binary answers, on Django's own connection.

Django binds parameters in the client, so each of its statements is parsed and planned anew; for the
statements an order passes through that costs more than running them.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack, nullcontext
from typing import Any

import psycopg
from django.db import connection, transaction


def rows(sql: str, params: list[Any]) -> list[tuple[Any, ...]]:
    """Run `sql` (`%s` parameters, cast in the text) and return its rows; none for a plain write."""
    (found,) = together((sql, params))
    return found


def together(*statements: tuple[str, list[Any]]) -> list[list[tuple[Any, ...]]]:
    """Run statements one after the other in one round trip and return the rows of each.

    Each still has a snapshot of its own: what a statement locks, the next ones see as it then is.
    """
    connection.ensure_connection()
    with connection.wrap_database_errors:
        try:
            found = _run(connection.connection, statements)
        except psycopg.Error:
            if connection.in_atomic_block:
                transaction.set_rollback(True)
            raise
    if connection.queries_logged:
        connection.queries_log.extend({"sql": sql, "time": "0"} for sql, _ in statements)
    return found


def _run(raw: psycopg.Connection[Any], statements: Sequence[tuple[str, list[Any]]]) -> list[list[tuple[Any, ...]]]:
    with ExitStack() as stack:
        cursors = [stack.enter_context(psycopg.Cursor(raw, row_factory=psycopg.rows.tuple_row)) for _ in statements]
        # Leaving the pipeline is what waits for the answers: once for all.
        with raw.pipeline() if len(statements) > 1 else nullcontext():
            for cursor, (sql, params) in zip(cursors, statements, strict=True):
                cursor.execute(sql, params, prepare=True, binary=True)
        return [cursor.fetchall() if cursor.description else [] for cursor in cursors]
