"""Run the few hot statements prepared and with binary answers, on Django's own connection.

Django binds parameters in the client, so each of its statements is parsed and planned anew; for the
statements an order passes through that costs more than running them.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from contextlib import ExitStack, nullcontext
from typing import Any

import psycopg
from django.db import connection, transaction

_BY_INDEX = """
    SELECT set_config('enable_hashjoin', 'off', %s::bool), set_config('enable_mergejoin', 'off', %s::bool),
           set_config('enable_seqscan', 'off', %s::bool)
"""
_session = threading.local()


def find_by_index(*, always: bool = False) -> None:
    """Let the statements of this transaction (`always`: of this thread's connection) find their rows by index only.

    They touch a few rows, but the planner takes a JSON document for a hundred and would rather read whole
    tables for that; it plans once, so a wrong plan stays. Not for connections that also answer screens.
    """
    connection.ensure_connection()
    raw = connection.connection
    if getattr(_session, "raw", None) is raw:
        return
    rows(_BY_INDEX, [not always] * 3)
    if always:
        _session.raw = raw


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
