"""Ids of hot tables, handed out by the process from blocks it fetched: no round trip, no lock.

A block is never given twice, a restart wastes at most the rest of one; so ids are unique over all
processes but only roughly in order of time.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper

from .flight import is_in_flight

BLOCK = 1000  # The sequence `backorder_id` steps by this much; changing one means changing both.

_lock = threading.Lock()
_left: list[range] = []
_at_hand = threading.local()


def new_id() -> int:
    """One id, unique over all tables and processes."""
    return new_ids(1)[0]


def new_ids(count: int) -> list[int]:
    """`count` ids, ascending within one block."""
    ids: list[int] = _from_hand(count)
    with _lock:
        while len(ids) < count:
            block = _left.pop() if _left else _fetch(count - len(ids))
            take = min(count - len(ids), len(block))
            ids.extend(block[:take])
            if take < len(block):
                _left.append(block[take:])
    return ids


def id_in_order() -> int:
    """One id above all that any process asked for before, for a row that is read by age; one round trip."""
    return ids_in_order(1)[0]


def ids_in_order(count: int) -> list[int]:
    """`count` ids, ascending, above all that any process asked for before; one round trip.

    The rest of their block is never used: of 2^63 ids there are enough.
    """
    return [id for block in _blocks(count) for id in block][:count] if count else []


@contextmanager
def ids_at_hand(count: int) -> Iterator[None]:
    """Have `count` ids now for this thread: within, so many are given without a word to the database.

    Within another such block its ids are used first, and what is left stays for it.
    """
    kept: list[int] = getattr(_at_hand, "ids", [])
    _at_hand.ids = []
    _at_hand.ids = kept + new_ids(max(count - len(kept), 0))
    try:
        yield
    finally:
        if not kept:
            _at_hand.ids = []


def _from_hand(count: int) -> list[int]:
    ids: list[int] = getattr(_at_hand, "ids", [])
    taken, ids[:count] = ids[:count], []
    return taken


def _fetch(at_least: int) -> range:
    first, *others = _blocks(at_least)
    _left.extend(reversed(others))
    return first


def _blocks(at_least: int) -> list[range]:
    """Blocks of so many ids that nobody else has."""
    if not is_in_flight(connection.connection):
        return _nextvals(connection, -(-at_least // BLOCK))
    # Statements are on their way on our connection, and asking on it would wait for itself.
    other = connection.copy()
    try:
        return _nextvals(other, -(-at_least // BLOCK))
    finally:
        other.close()


def _nextvals(where: BaseDatabaseWrapper, blocks: int) -> list[range]:
    with where.cursor() as cursor:
        cursor.execute("SELECT nextval('backorder_id') FROM generate_series(1, %s)", [blocks])
        return [range(first, first + BLOCK) for (first,) in cursor.fetchall()]
