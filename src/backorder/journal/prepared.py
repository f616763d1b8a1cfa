"""Run the few hot statements prepared and with binary answers, on Django's own connection.

Django binds parameters in the client, so each of its statements is parsed and planned anew; for the
statements an order passes through that costs more than running them.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import psycopg
from django.db import connection, transaction

from .flight import Rows, Statement, fly, is_in_flight, stream

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


def rows_and_commit(statements: Iterable[Statement]) -> None:
    """Run the last statements of a transaction and commit it, in one round trip, where the transaction is our own.

    Each is sent as soon as it is made; from the second on, making one must not use the connection. Within a block of
    a caller the commit is left to him.
    """

    def run(raw: psycopg.Connection[Any]) -> list[Rows]:
        with connection.execute_wrapper(_refuse_in_flight):
            return stream(raw, _logged(statements), commit=not connection.savepoint_ids)

    _ask(run)


def together(*statements: Statement) -> list[Rows]:
    """Run statements one after the other in one round trip and return the rows of each.

    Each still has a snapshot of its own: what a statement locks, the next ones see as it then is.
    """
    return _ask(lambda raw: fly(raw, list(_logged(statements))))


def _ask(run: Callable[[psycopg.Connection[Any]], list[Rows]]) -> list[Rows]:
    connection.ensure_connection()
    assert not is_in_flight(connection.connection), "asked while statements are on their way"
    with connection.wrap_database_errors:
        try:
            return run(connection.connection)
        except psycopg.Error:
            if connection.in_atomic_block:
                transaction.set_rollback(True)
            raise


def _refuse_in_flight(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
    """Asked on a connection whose statements are on their way, psycopg would wait for itself, for ever."""
    assert not is_in_flight(connection.connection), f"asked while statements are on their way: {sql[:200]}"
    return execute(sql, params, many, context)


def _logged(statements: Iterable[Statement]) -> Iterator[Statement]:
    """The statements, told to Django's log of queries where it is kept."""
    for text, params in statements:
        if connection.queries_logged:
            connection.queries_log.append({"sql": text, "time": "0"})
        yield text, params
