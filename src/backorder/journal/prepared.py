"""Run the few hot statements prepared and with binary answers, on Django's own connection.

Django binds parameters in the client, so each of its statements is parsed and planned anew; for the
statements an order passes through that costs more than running them.
"""

from __future__ import annotations

import threading
from typing import Any

import psycopg
from django.db import connection, transaction

from .flight import Rows, Statement, fly

__all__ = ["Statement", "find_by_index", "rows", "rows_and_commit", "together"]

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


def rows(sql: str, params: list[Any]) -> Rows:
    """Run `sql` (`%s` parameters, cast in the text) and return its rows; none for a plain write."""
    (found,) = together((sql, params))
    return found


def rows_and_commit(sql: str, params: list[Any]) -> Rows:
    """Run the last statement of a transaction and commit it, in one round trip, where the transaction is our own.

    Within a block of a caller it is run like any other: then the commit is the caller's.
    """
    (found,) = _ask((sql, params), commit=not connection.savepoint_ids)
    return found


def together(*statements: Statement) -> list[Rows]:
    """Run statements one after the other in one round trip and return the rows of each.

    Each still has a snapshot of its own: what a statement locks, the next ones see as it then is.
    """
    return _ask(*statements)


def _ask(*statements: Statement, commit: bool = False) -> list[Rows]:
    connection.ensure_connection()
    with connection.wrap_database_errors:
        try:
            found = fly(connection.connection, statements, commit=commit)
        except psycopg.Error:
            if connection.in_atomic_block:
                transaction.set_rollback(True)
            raise
    if connection.queries_logged:
        connection.queries_log.extend({"sql": sql, "time": "0"} for sql, _ in statements)
    return found
