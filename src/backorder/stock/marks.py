"""Marks say that something about an item changed and is not yet re-decided. The mark is the truth.

Whoever frees units marks their item in the same transaction; whoever re-decides reads the marks, then
loads, decides, and removes exactly the marks that were read.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from backorder.catalog.limits import check_text


@dataclass(frozen=True, slots=True)
class Mark:
    """One change of one item."""

    id: int
    item: int
    cause: str
    at: datetime


def mark(item_ids: Iterable[int], *, cause: str, at: datetime) -> None:
    """Mark items as changed, each once; in the transaction that changes them."""
    assert connection.in_atomic_block, "a mark is written with the change it tells of"
    check_text("cause", cause, least=1)
    ids = sorted(set(item_ids))
    if not ids:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO stock_changed (item_id, cause, at) SELECT item, %s, %s FROM unnest(%s::bigint[]) AS n(item)",
            [cause, at, ids],
        )


def waiting(limit: int) -> list[int]:
    """Ids of marked items, the longest marked first; takes no lock.

    The re-decision locks their queues (skipping those that are busy) and reads the marks after that.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT item_id FROM stock_changed GROUP BY item_id ORDER BY min(id) LIMIT %s", [limit])
        return [item for (item,) in cursor.fetchall()]


def claim(limit: int) -> list[int]:
    """Ids of marked items nobody else is claiming, the longest marked first; theirs until the transaction ends.

    The claim is a lock on each item's oldest mark, so two workers share the items between them. Marks
    written meanwhile are not held up.
    """
    assert connection.in_atomic_block, "a claim lasts as long as its transaction"
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT item_id FROM stock_changed c"
            " WHERE NOT EXISTS (SELECT 1 FROM stock_changed o WHERE o.item_id = c.item_id AND o.id < c.id)"
            " ORDER BY c.id LIMIT %s FOR UPDATE OF c SKIP LOCKED",
            [limit],
        )
        return [item for (item,) in cursor.fetchall()]


def read(item_ids: Sequence[int]) -> list[Mark]:
    """The marks of these items in the order they were made; read under the lock of their queues."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, item_id, cause, at FROM stock_changed WHERE item_id = ANY(%s::bigint[]) ORDER BY id",
            [list(item_ids)],
        )
        return [Mark(*row) for row in cursor.fetchall()]


def remove(marks: Iterable[Mark]) -> None:
    """Remove exactly these marks: what they told of is decided."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM stock_changed WHERE id = ANY(%s::bigint[])", [[mark.id for mark in marks]])


def stale(item_ids: Iterable[int]) -> set[int]:
    """Those of the items that have a mark."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT item_id FROM stock_changed WHERE item_id = ANY(%s::bigint[])", [list(item_ids)])
        return {item for (item,) in cursor.fetchall()}


def count() -> int:
    """How many items wait to be re-decided."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(DISTINCT item_id) FROM stock_changed")
        (items,) = cursor.fetchone()
        return int(items)
