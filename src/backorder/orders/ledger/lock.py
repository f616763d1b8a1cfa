"""The lock of orders: one queue row per item, taken sorted, in one statement, before anything is read."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from backorder.catalog import queries as catalog
from backorder.catalog.snapshot import Snapshot
from backorder.journal.prepared import Statement, rows
from backorder.journal.refusals import Refused

_LOCK = "SELECT item_id FROM orders_queue WHERE item_id = ANY(%s::bigint[]) ORDER BY item_id FOR NO KEY UPDATE"
_STATE = """
    SELECT clock.now,
           coalesce((SELECT n FROM catalog_version), 0),
           (SELECT coalesce(json_object_agg(item_id, open_units), '{}')::text FROM orders_queue
            WHERE item_id = ANY(%s::bigint[]) AND open_units > 0),
           ARRAY(SELECT DISTINCT item_id FROM stock_changed WHERE item_id = ANY(%s::bigint[])),
           ARRAY(SELECT id FROM orders_hold
                 WHERE item_id = ANY(%s::bigint[]) AND ended_at IS NULL AND ends_at <= clock.now)
"""
_CLOCK = "FROM (SELECT backorder_now() AS now OFFSET 0) AS clock"
_waiting = msgspec.json.Decoder(dict[int, int], strict=False).decode


class Locked(NamedTuple):
    """What is known of locked items: the instant, the catalog as it stands, open units (where any), items
    with marks, holds past their end."""

    now: datetime
    catalog: Snapshot
    open_units: dict[int, int]
    stale: frozenset[int]
    due_holds: tuple[int, ...]


def lock_statement(items: Iterable[int], *, skip_busy: bool) -> Statement:
    """The one statement that locks the queues of `items`, sorted, and returns those it locked."""
    return _LOCK + " SKIP LOCKED" if skip_busy else _LOCK, [sorted(set(items))]


def lock_queues(items: Iterable[int], *, skip_busy: bool = False) -> set[int]:
    """Lock the queues of `items` until the transaction ends; returns those locked.

    With `skip_busy` items that another transaction holds are left out, otherwise it waits for them.
    """
    wanted = set(items)
    locked = {item for (item,) in rows(*lock_statement(wanted, skip_busy=skip_busy))} if wanted else set()
    if not skip_busy and len(locked) < len(wanted):
        missing = min(wanted - locked)
        raise Refused("unknown_item", f"There is no item {missing}.", status=404, field="item", value=missing)
    return locked


def look(items: Iterable[int]) -> Locked:
    """Read, after the lock and in a snapshot of its own, what every decision on `items` must know."""
    return seen_by(rows(*look_statement(items)))[0]


def look_statement(items: Iterable[int], *also: str) -> Statement:
    """The statement of `look`, with what each of the one-value statements `also` says of the items."""
    sql = ", ".join([_STATE, *(f"({one})" for one in also)])
    return f"{sql} {_CLOCK}", [list(items)] * (3 + len(also))


def seen_by(found: list[tuple[Any, ...]]) -> tuple[Locked, list[Any]]:
    """What the rows of a look statement say: the state of the items, and the values of `also`."""
    ((*values,),) = found
    return _locked(values[:5]), values[5:]


def _locked(state: list[Any]) -> Locked:
    now, version, open_units, stale, due = state
    return Locked(now, catalog.current(version=version), _waiting(open_units), frozenset(stale), tuple(due))
