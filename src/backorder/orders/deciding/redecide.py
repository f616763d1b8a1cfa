"""Share anew what an item has when something changed: a receipt, a slip, a cancellation, a hold that ended.

The mark is the truth. Items are claimed by their queues' locks (busy ones are left for the next round),
their marks are read, everything is loaded and decided, only differences are written, and exactly the
marks that were read are removed, all in one transaction. Deciding twice changes nothing.
"""

from __future__ import annotations

import logging
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from django.db import transaction

from backorder.engine.allocate import allocate
from backorder.engine.calendars import Route
from backorder.engine.model import Slice, Source, SourceKey
from backorder.engine.promise import date_units, date_unsupplied, on_one_day
from backorder.journal.prepared import find_by_index
from backorder.stock import marks

from ..ledger.books import load_sources
from ..ledger.lock import Locked, lock_queues, look
from ..ledger.promises import days, last_days, write_promise
from ..ledger.retry import retried
from ..ledger.save import Changes, save
from ..ledger.waiting import Waiter, load_waiters
from ..placing.end_holds import end_holds

log = logging.getLogger(__name__)

JITTER = timedelta(days=1)
"""A promise that would get better by no more than this is left as it is: people are not told of a wobble."""

SET = "set"  # The cause of a mark that a set's own change made.

ITEMS_AT_ONCE = 50
_SET_ASIDE_SECONDS = 60.0
_set_aside: dict[int, float] = {}  # Items that could not be decided, until when they are left alone.


def work_marks(limit: int = ITEMS_AT_ONCE, *, actor: str = "worker") -> int:
    """Re-decide up to `limit` marked items that nobody else holds; returns how many were."""
    items = _due(limit)
    if not items:
        return 0
    try:
        return retried(lambda: _claim_and_decide(items, actor))
    except Exception:
        log.exception("Re-deciding %d items together failed; each is tried alone", len(items))
    return sum(_alone(item, actor) for item in items)


def redecide(items: Iterable[int], *, cause: str, actor: str) -> int:
    """Re-decide these items now, marked or not; returns how many lines and holds changed."""
    with transaction.atomic():
        locked = lock_queues(items)
        return _decide(locked, cause=cause, actor=actor)


def _due(limit: int) -> list[int]:
    now = time.monotonic()
    for item in [item for item, until in _set_aside.items() if until < now]:
        del _set_aside[item]
    return [item for item in marks.waiting(limit + len(_set_aside)) if item not in _set_aside][:limit]


def _alone(item: int, actor: str) -> int:
    try:
        return _claim_and_decide([item], actor)
    except Exception:
        log.exception("Item %d could not be re-decided; it stays marked and is left alone for a minute", item)
        _set_aside[item] = time.monotonic() + _SET_ASIDE_SECONDS
        return 0


@transaction.atomic
def _claim_and_decide(items: Sequence[int], actor: str) -> int:
    find_by_index()
    locked = lock_queues(items, skip_busy=True) or lock_queues(items[:1])
    _decide(locked, cause=None, actor=actor)
    return len(locked)


def _decide(items: set[int], *, cause: str | None, actor: str) -> int:
    seen = look(items)
    if seen.due_holds:
        end_holds(seen.due_holds, outcome="expired", at=seen.now, actor=actor)
        seen = look(items)
    read = marks.read(sorted(items))
    causes = {mark.item: mark.cause for mark in read}
    changes = Changes()
    # A set's other line has moved: who has all its units already is dated with it, too.
    sets = {mark.item for mark in read if mark.cause == SET}
    changed = decide_items(changes, items, seen, causes, cause, sets_of=sets)
    save(changes, actor=actor, at=seen.now)
    marks.remove(read)
    return changed


def decide_items(
    changes: Changes,
    items: set[int],
    seen: Locked,
    causes: dict[int, str],
    cause: str | None = None,
    *,
    sets_of: Iterable[int] = (),
) -> int:
    """Decide locked items and collect the differences; returns how many lines and holds changed.

    Of the items `sets_of` also those lines are decided that wait for nothing but ship together with others.
    """
    waiters: dict[int, list[Waiter]] = defaultdict(list)
    for waiter in load_waiters(sorted(items), seen.catalog, sets_of=sorted(sets_of)):
        waiters[waiter.item].append(waiter)
    sources = load_sources(sorted(waiters), seen)
    return sum(
        _share(changes, waiters[item], sources[item], seen.now, cause or causes.get(item, "redecided"))
        for item in sorted(waiters)
    )


def _share(changes: Changes, waiters: list[Waiter], known: list[Source], now: datetime, cause: str) -> int:
    sources = with_held(known, waiters, now)
    plan = allocate([waiter.demand() for waiter in waiters], list(sources.values()))
    shares: dict[int, dict[SourceKey, int]] = defaultdict(dict)
    for peg in plan.pegs:
        shares[peg.demand][peg.source] = peg.units
    return sum(_apply(changes, waiter, shares[waiter.id], sources, now, cause) for waiter in waiters)


def with_held(known: list[Source], waiters: list[Waiter], now: datetime) -> dict[SourceKey, Source]:
    """Sources by key, with shelves that have nothing free but hold units of somebody who waits."""
    sources = {source.key: source for source in known}
    for waiter in waiters:
        for one in waiter.backing:
            if one.source not in sources:
                route = waiter.routes.get(one.location)
                today = route.today(now) if route else now.date()
                sources[one.source] = Source(one.source, one.location, 0, 0, today)
    return sources


def _apply(
    changes: Changes,
    waiter: Waiter,
    share: dict[SourceKey, int],
    sources: dict[SourceKey, Source],
    now: datetime,
    cause: str,
) -> int:
    had = {one.source: one.units for one in waiter.backing if not one.hard}
    gained = 0
    for key in sorted(had.keys() | share.keys()):
        units = share.get(key, 0) - had.get(key, 0)
        if units and key[0] == "stock":
            changes.allocate(waiter.owner, key[1], units)
            gained += units
        elif units:
            changes.peg(waiter.owner, key[1], units)
    if gained:
        _allocate_units(changes, waiter, gained)
    moved = not waiter.is_hold and _promise(changes, waiter, share, sources, now, cause, gained)
    return int(bool(moved or share != had))


def _allocate_units(changes: Changes, waiter: Waiter, units: int) -> None:
    if waiter.is_hold:
        changes.move_hold_units(waiter.id, waiter.item, open=-units)
    else:
        changes.move_units(waiter.id, waiter.item, open=-units, allocated=units)


def _promise(
    changes: Changes,
    waiter: Waiter,
    share: dict[SourceKey, int],
    sources: dict[SourceKey, Source],
    now: datetime,
    cause: str,
    gained: int,
) -> bool:
    slices = [*_with_the_warehouse(waiter, now), *dated(waiter, share, sources, now)]
    owed = waiter.open + waiter.allocated + sum(one.units for one in waiter.released)
    is_whole = sum(piece.units for piece in slices) == owed
    # A line's day is that of its last part; while some of it cannot be dated, it has none.
    deliver_on = last_days(slices)[0] if is_whole else None
    moves = _is_news(waiter.promised_on, deliver_on) or _lost_backing(waiter, slices)
    if moves:
        version = waiter.promise_version + 1
        write_promise(changes, waiter.id, slices, version=version, cause=cause, at=now)
        changes.promised_days[waiter.id] = days(slices if is_whole else (), version=version)
        if waiter.set_items and cause != SET:
            # The others of the set are decided again for the new day, and do not answer in turn.
            changes.mark(waiter.set_items, SET)
    if moves or gained:
        changes.tell(
            "line.redecided",
            f"order/{waiter.order}",
            line=waiter.id,
            item=waiter.item,
            cause=cause,
            allocated=gained,
            was=waiter.promised_on,
            promised_on=deliver_on if moves else waiter.promised_on,
        )
    return moves


def _is_news(was: date | None, now: date | None) -> bool:
    """Is the day worse than promised, or better by more than the jitter?"""
    if was is None or now is None:
        return was != now
    return now > was or was - now > JITTER


def _with_the_warehouse(waiter: Waiter, now: datetime) -> list[Slice]:
    """Units that are released: they leave from where they stand, and the promise still covers them."""
    slices = []
    for one in waiter.released:
        route = _route(waiter, one.location)
        shelf = Source(one.source, one.location, 0, 0, route.today(now))
        slices.append(date_units(shelf, route, one.units, policy=waiter.policy, now=now))
    return slices


def _lost_backing(waiter: Waiter, slices: list[Slice]) -> bool:
    """Stand more units on nothing than the promise says? Then it must say so, even where the day stays."""
    return sum(piece.units for piece in slices if piece.source is None) > waiter.said_unsupplied


def dated(waiter: Waiter, share: dict[SourceKey, int], sources: dict[SourceKey, Source], now: datetime) -> list[Slice]:
    """The units of a waiter with their days; units that no date can be given for are left out."""
    units = dict(share)
    for one in waiter.backing:
        if one.hard:
            units[one.source] = units.get(one.source, 0) + one.units
    slices = [
        date_units(
            sources[key], _route(waiter, sources[key].location), n, policy=waiter.policy, now=now,
            wanted_on=waiter.wanted_on,
        )
        for key, n in units.items()
    ]  # fmt: skip
    missing = waiter.open + waiter.allocated - sum(units.values())
    if missing and (piece := _unsupplied(waiter, missing, now)):
        slices.append(piece)
    if waiter.together:
        slices = on_one_day(slices)
    return sorted(slices, key=lambda piece: (piece.deliver_on, piece.ship_on, piece.source is None))


def _route(waiter: Waiter, location: int) -> Route:
    # What a line held before its channel's locations were changed still goes its nearest present way.
    return waiter.routes.get(location) or next(iter(waiter.routes.values()))


def _unsupplied(waiter: Waiter, units: int, now: datetime) -> Slice | None:
    place = next((at for at in waiter.policy.backorder_locations if at in waiter.routes), None)
    if place is None:
        return None
    route = waiter.routes[place]
    return date_unsupplied(
        route, units, policy=waiter.policy, now=now, wanted_on=waiter.wanted_on,
        counted_from=route.today(waiter.ordered_at),
    )  # fmt: skip
