"""Brings threads to the same point of their work at the same time, so that a race is forced and not left to luck.

The point is a function of the product. Who comes to it waits until each of the others has come too, has ended, or is
seen waiting for a lock in the database: with the lock in place one passes and the rest queue behind it, without it all
of them stand at the point with what they have read.
"""

from __future__ import annotations

import importlib
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from django.db import connection

from backorder.orders.ledger import lock, retry
from tests.connections import Running, another

PATIENCE_SECONDS = 20.0


class Meeting:
    """A point of meeting for so many parties."""

    def __init__(self, parties: int) -> None:
        self._parties = parties
        self._arrived = 0
        self._ended = 0
        self._lock = threading.Lock()

    def arrive(self) -> None:
        """Wait for the others, each only once."""
        with self._lock:
            self._arrived += 1
        deadline = time.monotonic() + PATIENCE_SECONDS
        with another() as observer:
            observer.autocommit = True
            while self._arrived + self._ended + _blocked(observer) < self._parties:
                assert time.monotonic() < deadline, "the others neither come nor wait"
                time.sleep(0.01)

    def end(self) -> None:
        """One party has ended without coming again."""
        with self._lock:
            self._ended += 1


def race(monkeypatch: pytest.MonkeyPatch, point: str, works: Sequence[Callable[[], Any]]) -> list[Any]:
    """Run the works at once, each in a thread with its own connection; returns results and exceptions, in order.

    All meet just before `point` ("module:function") is first called by each of them.
    """
    meeting = Meeting(len(works))
    module_name, _, name = point.partition(":")
    module = importlib.import_module(module_name)
    original, seen = getattr(module, name), threading.local()

    def met(*given: Any, **named: Any) -> Any:
        if not getattr(seen, "came", False):
            seen.came = True
            meeting.arrive()
        return original(*given, **named)

    monkeypatch.setattr(module, name, met)
    running = [Running(_until_the_end(work, meeting)) for work in works]
    outcomes = [each.finish() for each in running]
    monkeypatch.setattr(module, name, original)
    return outcomes


def without_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the lock of the queues away; whoever fails is not tried again."""
    monkeypatch.setattr(lock, "_LOCK", lock._LOCK.replace(" FOR NO KEY UPDATE", ""))
    monkeypatch.setattr(retry, "PAUSES", ())


def _until_the_end(work: Callable[[], Any], meeting: Meeting) -> Callable[[], Any]:
    def run() -> Any:
        try:
            return work()
        except Exception as failure:
            return failure
        finally:
            connection.close()
            meeting.end()

    return run


def _blocked(observer: Any) -> int:
    row = observer.execute(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    ).fetchone()
    return int(row[0])
