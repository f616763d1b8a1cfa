"""Work beside an ERP that is master of the stock: take its statements in.

A snapshot says what was on hand at an instant, its watermark. What moved since then is applied on top,
so nothing received, shipped or counted after it is lost and nothing before it is deducted twice. What
was allocated stays, unless the goods are not there.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from django.db import transaction

from backorder.catalog import queries as catalog
from backorder.catalog.limits import check_count, check_text
from backorder.journal import clock
from backorder.journal.identity import new_id
from backorder.journal.prepared import rows as run
from backorder.journal.record import Fact, record
from backorder.journal.refusals import Refused, unknown
from backorder.stock import moves, snapshots
from backorder.stock.snapshots import MAX_SNAPSHOT_ROWS

from ..ledger.claims import Claimed, allocated_of
from ..ledger.retry import retried
from ..ledger.save import Changes, save
from .begin import begin
from .correct import give_up

CAUSE = "snapshot"
ITEMS_AT_ONCE = 500
"""A snapshot is taken in transactions of this many items: none lasts long, each item is whole."""

_BOOKS = """
    SELECT i.item, coalesce(v.id, 0), coalesce(v.on_hand, 0), coalesce(v.allocated, 0), coalesce(m.units, 0)
    FROM unnest(%s::bigint[]) AS i(item)
    LEFT JOIN stock_level v ON v.item_id = i.item AND v.location_id = %s::bigint
    LEFT JOIN LATERAL (
        SELECT sum(units)::bigint AS units FROM stock_move
        WHERE item_id = i.item AND location_id = %s::bigint AND at > %s::timestamptz AND kind <> 'snapshot'
    ) m ON true
    ORDER BY i.item
"""
_UNNAMED = """
    SELECT item_id FROM stock_level WHERE location_id = %s::bigint AND on_hand > 0 AND item_id <> ALL(%s::bigint[])
"""
_TRY_LOCK = "SELECT pg_try_advisory_lock(hashtext('take_snapshot'), %s::int)"
_UNLOCK = "SELECT pg_advisory_unlock(hashtext('take_snapshot'), %s::int)"


@dataclass(frozen=True, slots=True)
class Taken:
    """What a snapshot did: items it named, those whose level it changed, units taken back from owners, SKUs
    that are not ours, and SKUs of which more went since than the snapshot says were there."""

    snapshot: int
    items: int
    changed: int
    taken_back: int
    unknown: tuple[str, ...]
    overdrawn: tuple[str, ...]


def take_snapshot(
    location: int,
    *,
    taken_at: datetime,
    rows: Sequence[tuple[str, int]],
    source: str = "",
    actor: str,
    complete: bool = False,
) -> Taken:
    """Make (SKU, units on hand at `taken_at`) at a location (its id) what is there, plus what moved since.

    `complete`: items that are not named had none. Taken in chunks; one that broke off may be sent again.
    Refused whole: snapshot_is_older, snapshot_from_the_future, snapshot_under_way, sku_twice,
    number_out_of_range, unknown_location.
    """
    _check(rows)
    check_text("source", source)
    with _alone_at(location):
        return _take(location, taken_at, rows, source, actor, complete)


def _check(rows: Sequence[tuple[str, int]]) -> None:
    check_count("rows", len(rows), most=MAX_SNAPSHOT_ROWS)
    seen: set[str] = set()
    for number, (sku, units) in enumerate(rows):
        check_count(f"rows[{number}].on_hand", units)
        if sku in seen:
            raise Refused("sku_twice", f"rows[{number}] names {sku!r} again.", field=f"rows[{number}].sku", value=sku)
        seen.add(sku)


@contextmanager
def _alone_at(location: int) -> Iterator[None]:
    """Two snapshots of one location are never taken at once: chunks of an older one could come last."""
    if location not in catalog.current().locations():
        raise unknown("location", location)
    ((locked,),) = run(_TRY_LOCK, [location])
    if not locked:
        raise Refused(
            "snapshot_under_way",
            "Another snapshot of this location is being taken.",
            status=409,
            field="location",
            value=location,
        )
    try:
        yield
    finally:
        run(_UNLOCK, [location])


def _take(
    location: int, taken_at: datetime, rows: Sequence[tuple[str, int]], source: str, actor: str, complete: bool
) -> Taken:
    _refuse_old(location, taken_at, len(rows), source)
    known = catalog.items_by_sku([sku for sku, _ in rows])
    wanted = {known[sku].id: units for sku, units in rows if sku in known}
    if complete:
        wanted.update(dict.fromkeys((item for (item,) in run(_UNNAMED, [location, list(wanted)])), 0))
    changed, taken_back = 0, 0
    overdrawn: list[int] = []
    for chunk in _chunks(wanted):
        done = retried(partial(_apply, location, taken_at, chunk, actor))
        changed, taken_back = changed + done[0], taken_back + done[1]
        overdrawn += done[2]
    snapshot = _record(location, taken_at, len(rows), source, actor)
    missing = tuple(sku for sku, _ in rows if sku not in known)
    names = catalog.items(overdrawn)
    return Taken(snapshot, len(wanted), changed, taken_back, missing, tuple(names[item].sku for item in overdrawn))


def _refuse_old(location: int, taken_at: datetime, rows: int, source: str) -> None:
    """Ask the stock room whether it would take it, before anything is changed."""
    with transaction.atomic():
        snapshots.record_snapshot(location, taken_at=taken_at, received_at=clock.now(), rows=rows, source=source)
        transaction.set_rollback(True)


@transaction.atomic
def _record(location: int, taken_at: datetime, rows: int, source: str, actor: str) -> int:
    at = clock.now()
    snapshot = snapshots.record_snapshot(location, taken_at=taken_at, received_at=at, rows=rows, source=source)
    body = {"snapshot": snapshot, "taken_at": taken_at.isoformat(), "rows": rows}
    record([Fact("stock.snapshot_taken", f"location/{location}", body)], actor=actor, at=at)
    return snapshot


def _chunks(wanted: Mapping[int, int]) -> Iterator[dict[int, int]]:
    items = sorted(wanted)
    for start in range(0, len(items), ITEMS_AT_ONCE):
        yield {item: wanted[item] for item in items[start : start + ITEMS_AT_ONCE]}


@transaction.atomic
def _apply(location: int, taken_at: datetime, wanted: Mapping[int, int], actor: str) -> tuple[int, int, list[int]]:
    """(items changed, units taken back, items overdrawn) of one chunk."""
    seen = begin(wanted, actor=actor)
    books = run(_BOOKS, [list(wanted), location, location, taken_at])
    targets = {item: max(wanted[item] + moved, 0) for item, _, _, _, moved in books}
    short = {level: allocated - targets[item] for item, level, _, allocated, _ in books if allocated > targets[item]}
    news = [(item, targets[item] - on_hand) for item, _, on_hand, _, _ in books if targets[item] != on_hand]
    changes = Changes()
    taken = _take_back(changes, short)
    changes.mark([item for item, _ in news], CAUSE)
    save(changes, actor=actor, at=seen.now)
    cause = f"snapshot/{new_id()}"
    moves.apply([moves.NewMove(item, location, units, CAUSE, cause) for item, units in news], actor=actor, at=seen.now)
    return len(news), taken, [item for item, _, _, _, moved in books if wanted[item] + moved < 0]


def _take_back(changes: Changes, short: Mapping[int, int]) -> int:
    """Owners give up what is missing of each level (level id -> units)."""
    owners: dict[int, list[Claimed]] = defaultdict(list)
    for claim in allocated_of(short):
        owners[claim.source].append(claim)
    return sum(give_up(changes, owners[level], units, cause=CAUSE)[0] for level, units in short.items())
