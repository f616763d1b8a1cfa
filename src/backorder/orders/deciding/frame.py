"""All that a decision on items rests on, read as columns: lines and holds that wait, what they hold, and what there is.

Read it under the lock of the items' queues to write what is decided, without a lock to look only. One item
with ten lines and a thousand items with a hundred thousand are read by the same statements.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np

from backorder.catalog.snapshot import Snapshot
from backorder.engine.columns import ANY_DAY, MISSING, Bools, Ints, Lines, RunInput, Supplies
from backorder.engine.model import Policy
from backorder.engine.strategies import Quota
from backorder.journal.prepared import rows
from backorder.supply import queries as supply

from ..ledger.integers import Columns, integers
from ..ledger.shaping import ANY_SHAPE, PACKED_SHAPE, unpacked
from .attributes import attribute_columns
from .ways import Way, day, distinct, needed, policies, ways

DAY_US = 86_400_000_000
FIRST_DAY = 1
EPOCH_DAY = 719_163  # The ordinal of 1970-01-01.

_NONE = f"'{MISSING}'::bigint"
_ORDINAL = "coalesce({} - DATE '0001-01-01' + 1, " + _NONE + ")::bigint"
_MICROSECONDS = "(extract(epoch FROM {}) * 1000000)::bigint"
_COUNTRY = "(256 * ascii({0}) + ascii(substr({0}, 2)))::bigint"

_LINE = f"""l.id, 0::bigint, l.item_id, l.open::bigint, l.allocated::bigint, l.priority::bigint,
           {_ORDINAL.format("l.first_promised_on")}, {_ORDINAL.format("l.requested_on")},
           {_MICROSECONDS.format("l.ordered_at")}, {_ORDINAL.format("l.promised_on")}, l.promise_version::bigint, o.id,
           o.channel_id, {_COUNTRY.format("o.country")}, o.service_id,
           (CASE WHEN o.ship = 'together' THEN 1 WHEN l.kit_line_id IS NOT NULL THEN 2 ELSE 0 END)::bigint,
           l.unit_price_minor, coalesce(o.customer_id, 0), {PACKED_SHAPE}, {_ORDINAL.format("o.cancel_if_not_by")}"""
_LINES = f"""/* 20 */
    SELECT {_LINE}
    FROM orders_line l JOIN orders_order o ON o.id = l.order_id
    WHERE l.item_id = ANY(%s::bigint[]) AND l.open > 0
    UNION ALL
    SELECT l.id, 0, l.item_id, 0, l.allocated, l.priority,
           {_ORDINAL.format("l.first_promised_on")}, {_ORDINAL.format("l.requested_on")},
           {_MICROSECONDS.format("l.ordered_at")}, {_ORDINAL.format("l.promised_on")}, l.promise_version, o.id,
           o.channel_id, {_COUNTRY.format("o.country")}, o.service_id, (o.ship = 'together')::int,
           l.unit_price_minor, coalesce(o.customer_id, 0), {PACKED_SHAPE}, {_ORDINAL.format("o.cancel_if_not_by")}
    FROM orders_line l JOIN orders_order o ON o.id = l.order_id
    WHERE l.item_id = ANY(%s::bigint[]) AND l.open = 0 AND l.allocated > 0 AND (%s::bool OR o.ship = 'together')
    UNION ALL
    SELECT h.id, 1, h.item_id, h.open, h.units - h.open, 0, {_NONE}, {_NONE}, {_MICROSECONDS.format("h.made_at")},
           {_NONE}, 0, 0, h.channel_id, {_COUNTRY.format("h.country")}, h.service_id, 0, 0, 0, {ANY_SHAPE}, {_NONE}
    FROM orders_hold h WHERE h.item_id = ANY(%s::bigint[]) AND h.ended_at IS NULL AND (h.open > 0 OR %s::bool)
"""
# What the warehouse has in hand counts for today, what has left for the day on which it did.
_GONE = f"""/* 22 */
    SELECT {_LINE}, g.units::bigint, g.day::bigint
    FROM orders_line l JOIN orders_order o ON o.id = l.order_id
    CROSS JOIN LATERAL (
        SELECT l.released AS units, %s::bigint AS day WHERE l.released > 0
        UNION ALL
        SELECT w.units, h.shipped_on - DATE '0001-01-01' + 1
        FROM orders_shipmentline w JOIN orders_shipment h ON h.id = w.shipment_id WHERE w.line_id = l.id
    ) g
    WHERE l.item_id = ANY(%s::bigint[]) AND (l.released > 0 OR l.shipped > 0) AND g.day BETWEEN %s AND %s
"""
# When the slowest of what goes with a line is ready: what it is pegged to, or its promise for what nothing covers.
_SETS = f"""/* 2 */
    SELECT l.id, {_ORDINAL.format("s.ready_on")}
    FROM orders_line l JOIN orders_order o ON o.id = l.order_id
    CROSS JOIN LATERAL (
        SELECT max(greatest(p.eta, CASE WHEN w.open > p.units THEN w.promised_ship_on END)) AS ready_on
        FROM orders_line w CROSS JOIN LATERAL (
            SELECT max(i.eta) AS eta, coalesce(sum(p.units), 0) AS units
            FROM orders_peg p JOIN supply_supply i ON i.id = p.supply_id WHERE p.line_id = w.id
        ) p
        WHERE w.order_id = o.id AND w.id <> l.id AND w.open + w.allocated > 0
          AND (o.ship = 'together' OR w.kit_line_id = l.kit_line_id)
    ) s
    WHERE l.id = ANY(%s::bigint[])
"""
# Owner, row, is supply, source, units, released units, is hard.
_BACKING = """/* 7 */
    SELECT a.line_id, a.id, 0::bigint, a.level_id, a.allocated::bigint, a.released::bigint, 0::bigint
    FROM orders_allocation a WHERE a.line_id = ANY(%s::bigint[])
    UNION ALL
    SELECT p.line_id, p.id, 1, p.supply_id, p.units, 0, p.hard::int
    FROM orders_peg p WHERE p.line_id = ANY(%s::bigint[])
    UNION ALL
    SELECT a.hold_id, a.id, 0, a.level_id, a.allocated, 0, 0
    FROM orders_allocation a WHERE a.hold_id = ANY(%s::bigint[])
    UNION ALL
    SELECT p.hold_id, p.id, 1, p.supply_id, p.units, 0, p.hard::int
    FROM orders_peg p WHERE p.hold_id = ANY(%s::bigint[])
"""
_PLACES = """/* 4 */
    SELECT id, 0::bigint, item_id, location_id FROM stock_level WHERE id = ANY(%s::bigint[])
    UNION ALL
    SELECT id, 1, item_id, location_id FROM supply_supply WHERE id = ANY(%s::bigint[])
"""
# Source, is supply, item, location, free units, day (none: the shelf), is certain.
_SOURCES = f"""/* 7 */
    SELECT v.id, 0::bigint, v.item_id, v.location_id, (v.on_hand - v.allocated)::bigint, {_NONE}, 1::bigint
    FROM stock_level v WHERE v.item_id = ANY(%s::bigint[]) AND v.on_hand > 0
    UNION ALL
    SELECT s.id, 1, s.item_id, s.location_id, greatest(s.units - s.received - s.cancelled - s.pegged, 0),
           {_ORDINAL.format("s.eta")}, (s.certainty <> 'uncertain')::int
    FROM supply_supply s WHERE s.item_id = ANY(%s::bigint[]) AND s.units > s.received + s.cancelled
"""


_LAST_ID = (1 << 63) - 1
_WAITING = """/* 1 */
    SELECT item_id FROM orders_queue
    WHERE open_units > 0 AND item_id BETWEEN %s::bigint AND %s::bigint ORDER BY item_id
"""


@dataclass(frozen=True, slots=True)
class Backing:
    """Rows that give a line (index) units: `source` is an index into the supplies, `row` the row's id.

    `units` are allocated or pegged, `released` are with the warehouse; hard pegs are not decided on.
    """

    line: Ints
    row: Ints
    source: Ints
    units: Ints
    released: Ints
    hard: Bools


@dataclass(frozen=True, slots=True)
class Frame:
    """What the engine decides on (`run`), and beside it what its decision is written by; one entry a line or hold.

    Days are ordinals, MISSING where there is none; `way` and `policy` are indexes into `ways` and `policies`;
    `goes_with` is 1 where the whole order ships together, 2 for a part of a kit.
    """

    run: RunInput
    now: datetime
    ways: Sequence[Way]
    policies: Sequence[Policy]
    backing: Backing
    is_hold: Bools
    open: Ints
    allocated: Ints
    order: Ints
    promised_on: Ints
    version: Ints
    wanted_on: Ints
    ordered_us: Ints
    goes_with: Ints
    way: Ints
    policy: Ints

    def __len__(self) -> int:
        return len(self.is_hold)


def read_frame(
    items: Iterable[int],
    book: Snapshot,
    *,
    now: datetime,
    attributes: Iterable[str] = (),
    sets_of: Iterable[int] = (),
    holders_too: bool = False,
    quotas: Sequence[Quota] = (),
) -> Frame:
    """Everybody who waits for these items, with what they hold and what there is; a handful of statements.

    `attributes` are what filters and ranks name beside the usual ones. Of the items `sets_of` also those are
    read who wait for nothing but ship together with others; with `holders_too` all who hold units on the shelf;
    and for `quotas` what is gone already of their items in their periods.
    """
    wanted = np.array(sorted(set(items)), dtype=np.int64)
    also = wanted if holders_too else np.array(sorted(set(sets_of)), dtype=np.int64)
    found = integers(_LINES, [wanted, also, holders_too, wanted, holders_too])
    found = found[:, np.argsort(found[0], kind="stable")]
    supplies = _supplies(integers(_SOURCES, [wanted, wanted]), book, now)
    backing, supplies = _backing(found, supplies, now=now, book=book)
    frame = _frame(found, supplies, backing, book, now, attributes)
    if not quotas:
        return frame
    return replace(frame, run=replace(frame.run, gone=_gone(wanted, quotas, book, now, attributes)))


def waiting_items(*, first: int = 0, last: int | None = None) -> list[int]:
    """Ids of the items that somebody waits for, of those from `first` to `last`; sorted."""
    found: list[int] = integers(_WAITING, [first, _LAST_ID if last is None else last])[0].tolist()
    return found


def _frame(
    found: Columns,
    supplies: Supplies,
    backing: Backing,
    book: Snapshot,
    now: datetime,
    attributes: Iterable[str],
) -> Frame:
    id, is_hold, item, open, allocated, _, first_on, requested_on, ordered_us, promised_on, version, order = found[:12]
    keys, way = distinct(*found[12:15])
    each_way = ways(book, _channels(), keys.T.tolist())
    each_policy, policy = policies(book, each_way, way, item)
    wanted_on = _wanted_on(found, each_way, way)
    due_on = np.where(requested_on == MISSING, first_on, requested_on)
    last_on = _last_on(found[19], backing, supplies)
    due_on = np.where(last_on == MISSING, due_on, np.where(due_on == MISSING, last_on, np.minimum(due_on, last_on)))
    need = needed(each_way, way, wanted_on, ordered_us // DAY_US + EPOCH_DAY, due_on)
    soft = ~backing.hard & (backing.units > 0)
    hard_units = np.bincount(backing.line, backing.units * backing.hard, len(id)).astype(np.int64)
    today = now.date().toordinal()
    named = attribute_columns(attributes, found, each_way, way, today=today)
    lines = Lines(
        id, item, open + allocated - hard_units, need.start, need.location, need.need, need.due,
        np.concatenate(([0], np.cumsum(np.bincount(backing.line[soft], minlength=len(id))))),
        backing.source[soft], backing.units[soft], attributes=named, complete=found[15] == 1, customer=found[17],
    )  # fmt: skip
    lines = replace(lines, **_rules(found[18], last_on, due_on))
    return Frame(
        RunInput(lines, supplies, today), now, each_way, each_policy, backing, is_hold == 1, open, allocated, order,
        promised_on, version, wanted_on, ordered_us, found[15], way, policy,
    )  # fmt: skip


def _last_on(last_on: Ints, backing: Backing, supplies: Supplies) -> Ints:
    """The day after which a line is cancelled: what comes later is no use to it. None for who holds such units
    already: they may only change for better ones, and would be left alone otherwise."""
    if (last_on == MISSING).all():
        return last_on
    held_until = np.full(len(last_on), MISSING, dtype=np.int64)
    np.maximum.at(held_until, backing.line, supplies.ready_on[backing.source])
    found: Ints = np.where(held_until > last_on, MISSING, last_on)
    return found


def _rules(shape: Ints, last_on: Ints, due_on: Ints) -> dict[str, Any]:
    """The columns that say how units may leave and how late at most; only those that say something."""
    rules: dict[str, Any] = {}
    if (shape != ANY_SHAPE).any():
        rules["min_part"], rules["multiple"], rules["max_parts"] = unpacked(shape)
    if (last_on != MISSING).any():
        rules["max_late_days"] = np.where(last_on == MISSING, -1, last_on - due_on)
    return rules


def _gone(items: Ints, quotas: Sequence[Quota], book: Snapshot, now: datetime, attributes: Iterable[str]) -> Lines:
    """Units released or shipped of the items that quotas are about, with what filters name of their lines."""
    about = {quota.item for quota in quotas}
    asked = items if None in about else items[np.isin(items, [item for item in about if item is not None])]
    first = min(FIRST_DAY if quota.from_on is None else quota.from_on for quota in quotas)
    last = max(ANY_DAY if quota.until_on is None else quota.until_on for quota in quotas)
    today = now.date().toordinal()
    found = integers(_GONE, [today, asked, first, last])
    # Attributes are read once for each line, however often some of it left.
    _, place, back = np.unique(found[0], return_index=True, return_inverse=True)
    lines = found[:, place]
    keys, way = distinct(*lines[12:15])
    columns = attribute_columns(attributes, lines, ways(book, _channels(), keys.T.tolist()), way, today=today)
    named = {name: column[back] for name, column in columns.items()}
    none, starts = np.zeros(0, dtype=np.int64), np.zeros(found.shape[1] + 1, dtype=np.int64)
    return Lines(
        found[0], found[2], found[20], starts, none, none, none, starts, none, none, attributes=named,
        complete=found[15] == 1, customer=found[17], dated_on=found[21],
    )  # fmt: skip


def _channels() -> dict[int, str]:
    return dict(rows("SELECT id, code FROM orders_channel", []))


def _supplies(found: Columns, book: Snapshot, now: datetime) -> Supplies:
    """What there is: shelves count from today, overdue supply from when it may be hoped for."""
    id, kind, item, location, free, ready_on, certain = found
    today = _by_location(book, now, location)
    overdue = (kind == 1) & (ready_on < today)
    ready_on = np.where(kind == 0, today, ready_on)
    if overdue.any():
        late = supply.inbound(np.unique(item[overdue]).tolist(), today=book.todays(now))
        counted = {source.key[1]: source for _, source in late}
        for place in np.flatnonzero(overdue).tolist():
            ready_on[place] = counted[int(id[place])].ready_on.toordinal()
        certain = certain & ~overdue
    order = np.lexsort((id, kind))
    return Supplies(*(column[order] for column in (id, kind, item, location, free, ready_on, certain == 1)))


def _by_location(book: Snapshot, now: datetime, location: Ints) -> Ints:
    todays = {place: today.toordinal() for place, today in book.todays(now).items()}
    places, back = np.unique(location, return_inverse=True)
    found: Ints = np.array([todays[place] for place in places.tolist()], dtype=np.int64)[back]
    return found


def _backing(found: Columns, supplies: Supplies, *, now: datetime, book: Snapshot) -> tuple[Backing, Supplies]:
    """What the lines have, and the supplies with those that have nothing free but are held."""
    lines, holds = (found[0][found[1] == kind] for kind in (0, 1))
    owner, row, kind, source, units, released, hard = integers(_BACKING, [lines, lines, holds, holds])
    supplies = _with_held(supplies, kind, source, book, now)
    place = np.searchsorted(_key(supplies.kind, supplies.id), _key(kind, source))
    line = np.searchsorted(found[0], owner)
    order = np.lexsort((place, line))
    line, row, place, units, released = (column[order] for column in (line, row, place, units, released))
    return Backing(line, row, place, units, released, hard[order] == 1), supplies


def _with_held(supplies: Supplies, kind: Ints, source: Ints, book: Snapshot, now: datetime) -> Supplies:
    """Add what somebody holds of but is not there: a defect of the books that deciding must survive."""
    missing = ~np.isin(_key(kind, source), _key(supplies.kind, supplies.id))
    if not missing.any():
        return supplies
    levels, inbound = (np.unique(source[missing & (kind == each)]) for each in (0, 1))
    id, kinds, item, location = integers(_PLACES, [levels, inbound])
    none = np.zeros(len(id), dtype=np.int64)
    more = (id, kinds, item, location, none, _by_location(book, now, location), none == 0)
    old = [getattr(supplies, name) for name in Supplies.__dataclass_fields__]
    joined = [np.concatenate(pair) for pair in zip(old, more, strict=True)]
    order = np.lexsort((joined[0], joined[1]))
    return Supplies(*(column[order] for column in joined))


def _key(kind: Ints, id: Ints) -> Ints:
    """Levels before supplies, by id."""
    key: Ints = kind * (1 << 62) + id
    return key


def _wanted_on(found: Columns, each_way: Sequence[Way], way: Ints) -> Ints:
    """The day to aim at: the one requested, or later that of what it goes with."""
    wanted_on: Ints = found[7].copy()
    member = np.flatnonzero(found[15] > 0)
    if not len(member):
        return wanted_on
    id, ready_on = integers(_SETS, [found[0][member]])
    place = np.searchsorted(found[0], id[ready_on != MISSING])
    ready_on = ready_on[ready_on != MISSING]
    keys, back = distinct(way[place], ready_on)
    days: Mapping[int, int] = {n: _set_day(each_way[at], ready) for n, (at, ready) in enumerate(keys.T.tolist())}
    set_on = np.array([days[n] for n in back.tolist()], dtype=np.int64)
    # MISSING is less than any day, and a way without routes has none.
    wanted_on[place] = np.maximum(wanted_on[place], set_on)
    return wanted_on


def _set_day(way: Way, ready_on: int) -> Any:
    ready = day(ready_on)
    if ready is None or not way.routes:
        return MISSING
    route = way.routes[0]
    return route.delivery(route.ship_on_from_supply(ready))[1].toordinal()
