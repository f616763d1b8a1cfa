"""Real connections beside the test's own, for tests of what happens at the same time. Nothing here sleeps for luck."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
from django.db import connection, connections

PATIENCE_SECONDS = 120.0


@contextmanager
def another() -> Iterator[psycopg.Connection]:
    """A second connection to the test database, outside Django; what it does not commit is rolled back."""
    wanted = connection.get_connection_params()
    for name in ("cursor_factory", "context"):
        wanted.pop(name, None)
    found = psycopg.connect(**wanted)
    try:
        yield found
    finally:
        found.rollback()
        found.execute("SELECT pg_advisory_unlock_all()")  # Closing alone would let them go a moment later.
        found.close()


class Running:
    """Work in a thread with a Django connection of its own."""

    def __init__(self, work: Callable[[], object]) -> None:
        self._work = work
        self._failure: BaseException | None = None
        self.result: object = None
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        try:
            self.result = self._work()
        except BaseException as failure:
            self._failure = failure
        finally:
            connections.close_all()

    def finish(self) -> object:
        """Wait for the end and return the result, or raise what the work raised."""
        self._thread.join(PATIENCE_SECONDS)
        assert not self._thread.is_alive(), "the work does not end"
        if self._failure is not None:
            raise self._failure
        return self.result


def until(is_so: Callable[[], object]) -> None:
    """Wait until the condition holds, which it must some time."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        assert time.monotonic() < deadline, "it never came to be"
        time.sleep(0.01)


def until_someone_waits_for_a_lock() -> None:
    """Wait until a session of this database is blocked by another."""

    def is_so() -> bool:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT EXISTS (SELECT FROM pg_stat_activity"
                " WHERE datname = current_database() AND wait_event_type = 'Lock')"
            )
            return bool(cursor.fetchone()[0])

    until(is_so)
