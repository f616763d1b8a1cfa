"""Statements that touch a few rows find them by index, even where the planner takes them for many."""

from __future__ import annotations

import json
import threading

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from backorder.journal import prepared
from backorder.journal.prepared import find_by_index, rows

pytestmark = pytest.mark.django_db

# Joined by a document of unknown length, as every write of a decision is.
_JOIN = "FROM json_to_recordset(%s::json) AS r(seq bigint) JOIN journal_entry e ON e.seq = r.seq"
_METHODS = {"enable_hashjoin", "enable_mergejoin", "enable_seqscan"}


def plan() -> str:
    """How PostgreSQL would run the join now."""
    return " ".join(line for (line,) in rows(f"EXPLAIN SELECT e.seq {_JOIN}", [json.dumps([{"seq": 1}])]))


def methods() -> dict[str, str]:
    return {name: rows(f"SELECT current_setting('{name}')", [])[0][0] for name in _METHODS}


@pytest.fixture
def entries() -> None:
    """A hundred entries: a page or two, which the planner would rather read whole."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO journal_entry (era, at, actor, fact, subject, body)"
            " SELECT (SELECT max(id) FROM journal_era), now(), 'test', 'test.filled', 'test/' || n, '{}'"
            " FROM generate_series(1, 100) n"
        )
        cursor.execute("ANALYZE journal_entry")


@pytest.mark.usefixtures("entries")
def test_rows_are_found_by_index_where_the_planner_would_read_the_table() -> None:
    # Read by a sequential or a bitmap scan, as the planner finds the table of this run.
    assert "Hash Join" in plan(), "without it"
    find_by_index()
    found = plan()
    assert "Nested Loop" in found
    assert "Index Cond: (seq = r.seq)" in found
    assert "Hash Join" not in found


@pytest.mark.django_db(transaction=True)
def test_it_lasts_as_long_as_the_transaction() -> None:
    with transaction.atomic():
        find_by_index()
        assert methods() == dict.fromkeys(_METHODS, "off")
    assert methods() == dict.fromkeys(_METHODS, "on")


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_answers_no_screens_keeps_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prepared, "_session", threading.local())
    connection.close()  # This test's own session, so that no other test is left with it.
    try:
        find_by_index(always=True)
        assert methods() == dict.fromkeys(_METHODS, "off")
        with CaptureQueriesContext(connection) as asked, transaction.atomic():
            find_by_index()
        assert [query["sql"] for query in asked if "set_config" in query["sql"]] == [], "it is not said again"
        assert methods() == dict.fromkeys(_METHODS, "off")
    finally:
        connection.close()
    assert methods() == dict.fromkeys(_METHODS, "on"), "a new session knows nothing of it"
