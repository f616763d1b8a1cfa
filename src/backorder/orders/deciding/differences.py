"""What a plan changes of a frame: units that move, days that move, and what must be told of it.

Days are worked out once for each different way, source day and wish, however many lines share it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np

from backorder.engine.columns import MISSING, Bools, Ints
from backorder.engine.model import Shape, Slice, Source
from backorder.engine.promise import REASONS, date_units, date_unsupplied
from backorder.engine.shipments import in_shipments

from ..ledger.integers import integers, run
from ..ledger.save_columns import PartRows, Rows, Written
from .frame import Frame
from .ways import day, distinct, instant

JITTER = timedelta(days=1)
"""A promise that would get better by no more than this is left as it is: people are not told of a wobble."""

SET = "set"  # The cause of a mark that a set's own change made.
QUARTER_HOUR_US = 900_000_000  # Zones differ by multiples of it, so all its instants have one local day.

_SAID = """/* 2 */
    SELECT p.line_id, sum(p.units)::bigint FROM orders_part p JOIN orders_line l ON l.id = p.line_id
    WHERE p.line_id = ANY(%s::bigint[]) AND p.version = l.promise_version AND p.backing = 'nothing' GROUP BY p.line_id
"""
_SET_ITEMS = """
    SELECT DISTINCT w.item_id
    FROM orders_line l JOIN orders_order o ON o.id = l.order_id JOIN orders_line w ON w.order_id = o.id
    WHERE l.id = ANY(%s::bigint[]) AND w.id <> l.id AND w.open + w.allocated > 0
      AND (o.ship = 'together' OR w.kit_line_id = l.kit_line_id)
"""


@dataclass(frozen=True, slots=True)
class Units:
    """Units of a line (index) at a source (index) before and after; only soft ones, each pair once."""

    line: Ints
    source: Ints
    before: Ints
    after: Ints


@dataclass(frozen=True, slots=True)
class Pieces:
    """Units with their days, one entry for each line and source (-1: nothing covers them).

    `firm` ones are with the warehouse or stay pegged whatever is decided; days are ordinals, `reason` an index
    into REASONS.
    """

    line: Ints
    source: Ints
    units: Ints
    released: Bools
    location: Ints
    ship_on: Ints
    deliver_from_on: Ints
    deliver_on: Ints
    reason: Ints
    certain: Bools


@dataclass(frozen=True, slots=True)
class Differences:
    """What is to be written. `changed` are the lines and holds of which anything changes, `gained` units from the
    shelf, `deliver_on` the new day (MISSING: none can be given), `moved` whose promise gets a new version."""

    units: Units
    pieces: Pieces
    gained: Ints
    deliver_on: Ints
    whole: Bools
    moved: Bools
    changed: Bools


def differences(frame: Frame, line: Ints, source: Ints, units: Ints, *, jitter: timedelta = JITTER) -> Differences:
    """Compare a plan, `units` of `source` for `line` (indexes), with what is."""
    moves = _units(frame, line, source, units)
    stock = frame.run.supplies.kind[moves.source] == 0
    gained = _sum(moves.line[stock], (moves.after - moves.before)[stock], len(frame))
    pieces = _pieces(frame, moves)
    deliver_on, whole = _days(frame, pieces)
    settled = _settled(frame)
    settled[moves.line[moves.before != moves.after]] = False
    moved = ~frame.is_hold & ~settled & is_news(frame.promised_on, deliver_on, jitter)
    moved |= _lost_backing(frame, pieces, ~frame.is_hold & ~settled & ~moved)
    changed = moved.copy()
    changed[moves.line[moves.before != moves.after]] = True
    return Differences(moves, pieces, gained, deliver_on, whole, moved, changed)


def standing_days(frame: Frame) -> Ints:
    """The day each line would be promised now with the units it has (MISSING: none); a hold was promised none."""
    held = frame.run.lines
    owner = np.repeat(np.arange(len(frame)), np.diff(held.held_start))
    deliver_on, _ = _days(frame, _pieces(frame, Units(owner, held.held_source, held.held_units, held.held_units)))
    return np.where(_settled(frame) | frame.is_hold, frame.promised_on, deliver_on)


def is_news(was: Ints, now: Ints, jitter: timedelta) -> Bools:
    """Is the day worse than promised, or better by more than the jitter? A day that comes or goes is always news."""
    known = (was != MISSING) & (now != MISSING)
    shift = np.where(known, now - np.where(known, was, 0), 0)
    return np.where(known, (shift > 0) | (-shift > jitter.days), was != now)


def restricted(found: Differences, kept: Bools) -> Differences:
    """The differences of the lines that are `kept` only; the others stay as they are."""
    units, pieces = found.units, found.pieces
    mine = kept[units.line]
    return Differences(
        Units(units.line[mine], units.source[mine], units.before[mine], units.after[mine]),
        pieces,
        np.where(kept, found.gained, 0),
        found.deliver_on,
        found.whole,
        found.moved & kept,
        found.changed & kept,
    )


def written(frame: Frame, found: Differences, *, causes: Mapping[int, str], usual: str) -> Written:
    """The rows to write. `causes` are by item; where there is none the `usual` one counts."""
    names = sorted({usual, *causes.values()})
    number = {name: place for place, name in enumerate(names)}
    items, back = np.unique(frame.run.lines.item, return_inverse=True)
    cause = np.array([number[causes.get(item, usual)] for item in items.tolist()], dtype=np.int64)[back]
    told = (found.moved | (found.gained != 0)) & ~frame.is_hold
    return Written(
        rows=_rows(frame, found),
        gained=_gained(frame, found),
        queues=_by_item(frame, -found.gained),
        promises=_promises(frame, found, cause),
        parts=_parts(frame, found),
        facts=_facts(frame, found, told, cause),
        causes=names,
        marks=_sets_to_mark(frame, found, cause, number.get(SET)),
        mark_cause=SET,
    )


def _units(frame: Frame, line: Ints, source: Ints, units: Ints) -> Units:
    """Both sides of the comparison, pair by pair."""
    held, many = frame.run.lines, len(frame.run.supplies) + 1
    owner = np.repeat(np.arange(len(frame)), np.diff(held.held_start))
    keys, back = np.unique(np.concatenate((owner * many + held.held_source, line * many + source)), return_inverse=True)
    before = _sum(back[: len(owner)], held.held_units, len(keys))
    after = _sum(back[len(owner) :], units, len(keys))
    assert (_sum(keys // many, after, len(frame)) <= held.units).all(), "no line is given more than it asks for"
    return Units(keys // many, keys % many, before, after)


def _sum(place: Ints, units: Ints, size: int) -> Ints:
    return np.bincount(place, units, size).astype(np.int64)


def _settled(frame: Frame) -> Bools:
    """Who has all its units keeps its day, unless a plan moves them or what it goes with moves."""
    settled: Bools = (frame.open == 0) & (frame.goes_with == 0)
    return settled


def _days(frame: Frame, pieces: Pieces) -> tuple[Ints, Bools]:
    """A line's day is that of its last part; while some of it cannot be dated, it has none and is not whole."""
    deliver_on = np.full(len(frame), MISSING, dtype=np.int64)
    np.maximum.at(deliver_on, pieces.line, pieces.deliver_on)
    released = _sum(frame.backing.line, frame.backing.released, len(frame))
    dated = _sum(pieces.line, pieces.units, len(frame))
    whole: Bools = (dated == frame.open + frame.allocated + released) & (dated > 0)
    return np.where(whole, deliver_on, MISSING), whole


def _pieces(frame: Frame, moves: Units) -> Pieces:
    backing = frame.backing
    given, hard, released = moves.after > 0, backing.hard, backing.released > 0
    line = np.concatenate((moves.line[given], backing.line[hard], backing.line[released]))
    source = np.concatenate((moves.source[given], backing.source[hard], backing.source[released]))
    units = np.concatenate((moves.after[given], backing.units[hard], backing.released[released]))
    gone = np.zeros(len(line), dtype=bool)
    gone[len(line) - int(released.sum()) :] = True
    covered = _dated(frame, line, source, units, gone)
    missing = frame.run.lines.units - _sum(moves.line, moves.after, len(frame))
    open = np.flatnonzero(missing > 0)
    return _in_shipments(frame, _joined(covered, _unsupplied(frame, open, missing[open])))


def _in_shipments(frame: Frame, pieces: Pieces) -> Pieces:
    """With the days on which they leave, where a line has a rule about its shipments; what is packed has left."""
    lines = frame.run.lines
    if lines.min_part is None or lines.multiple is None or lines.max_parts is None:
        return pieces
    shaped = (lines.min_part > 1) | (lines.multiple > 1) | (lines.max_parts > 0)
    mine = np.flatnonzero((shaped & (frame.goes_with == 0))[pieces.line] & ~pieces.released)
    mine = mine[np.argsort(pieces.line[mine], kind="stable")]
    each, begins = np.unique(pieces.line[mine], return_index=True)
    again = [
        piece
        for line, places in zip(each.tolist(), np.split(mine, begins[1:]), strict=False)
        for piece in _of_shape(
            pieces,
            places.tolist(),
            Shape(int(lines.min_part[line]), int(lines.multiple[line]), int(lines.max_parts[line])),
        )
    ]
    if not again:
        return pieces
    kept = np.ones(len(pieces.line), dtype=bool)
    kept[mine] = False
    place, units, *days = np.array(again, dtype=np.int64).T
    left = Pieces(*(getattr(pieces, name)[kept] for name in Pieces.__dataclass_fields__))
    moved = Pieces(*(getattr(pieces, name)[place] for name in Pieces.__dataclass_fields__))
    return _joined(left, replace(moved, units=units, ship_on=days[0], deliver_from_on=days[1], deliver_on=days[2]))


def _of_shape(pieces: Pieces, places: list[int], shape: Shape) -> list[tuple[int, ...]]:
    """(place, units, ship_on, deliver_from_on, deliver_on) of the pieces at these places as they leave."""
    slices = [
        Slice(
            int(pieces.units[at]), ("supply", at), int(pieces.location[at]), date.fromordinal(pieces.ship_on[at]),
            date.fromordinal(pieces.deliver_from_on[at]), date.fromordinal(pieces.deliver_on[at]), "",
        )
        for at in places
    ]  # fmt: skip
    return [
        (
            piece.source[1],
            piece.units,
            *(on.toordinal() for on in (piece.ship_on, piece.deliver_from_on, piece.deliver_on)),
        )
        for piece in in_shipments(slices, shape)
        if piece.source is not None
    ]


def _dated(frame: Frame, line: Ints, source: Ints, units: Ints, gone: Bools) -> Pieces:
    """Units of sources. What is with the warehouse leaves at once, whatever day was wanted."""
    there = frame.run.supplies
    wanted_on = np.where(gone, MISSING, frame.wanted_on[line])
    keys, back = distinct(
        frame.way[line], frame.policy[line], wanted_on, there.kind[source], there.location[source],
        np.where(there.kind[source] == 0, 0, there.ready_on[source]), there.certain[source].astype(np.int64),
    )  # fmt: skip
    slices = [_slice(frame, *key) for key in keys.T.tolist()]
    return _as_pieces(slices, back, line, source, units, gone)


def _slice(
    frame: Frame, way: int, policy: int, wanted_on: int, kind: int, location: int, ready_on: int, certain: int
) -> Slice | None:
    if not frame.ways[way].routes:
        return None
    route = frame.ways[way].route(location)
    ready = date.fromordinal(ready_on) if kind else route.today(frame.now)
    source = Source(("supply" if kind else "stock", 0), location, 0, 0, ready, certain=bool(certain))
    return date_units(source, route, 1, policy=frame.policies[policy], now=frame.now, wanted_on=day(wanted_on))


def _unsupplied(frame: Frame, line: Ints, units: Ints) -> Pieces:
    """Units that nothing covers, by the lead-time rule; those it gives no day are left out."""
    keys, back = distinct(
        frame.way[line], frame.policy[line], frame.wanted_on[line], frame.ordered_us[line] // QUARTER_HOUR_US
    )
    slices = [_slice_of_nothing(frame, *key) for key in keys.T.tolist()]
    return _as_pieces(slices, back, line, np.full(len(line), -1), units, np.zeros(len(line), dtype=bool))


def _slice_of_nothing(frame: Frame, way: int, policy: int, wanted_on: int, quarter: int) -> Slice | None:
    rule = frame.policies[policy]
    routes = {route.location: route for route in frame.ways[way].routes}
    place = next((at for at in rule.backorder_locations if at in routes), None)
    if place is None:
        return None
    counted_from = routes[place].today(instant(quarter * QUARTER_HOUR_US))
    return date_unsupplied(
        routes[place], 1, policy=rule, now=frame.now, wanted_on=day(wanted_on), counted_from=counted_from
    )


def _as_pieces(
    slices: list[Slice | None], back: Ints, line: Ints, source: Ints, units: Ints, released: Bools
) -> Pieces:
    nothing = (0, 0, 0, 0, 0, False)
    each = np.array([nothing if one is None else _numbers(one) for one in slices], dtype=np.int64).reshape(-1, 6)
    has_day = np.array([one is not None for one in slices], dtype=bool)[back]
    location, ship_on, deliver_from_on, deliver_on, reason, certain = each[back[has_day]].T
    return Pieces(
        line[has_day], source[has_day], units[has_day], released[has_day], location, ship_on, deliver_from_on,
        deliver_on, reason, certain == 1,
    )  # fmt: skip


def _numbers(piece: Slice) -> tuple[int, ...]:
    days = (piece.ship_on, piece.deliver_from_on, piece.deliver_on)
    return (piece.location, *(on.toordinal() for on in days), REASONS.index(piece.reason), piece.certain)


def _joined(one: Pieces, other: Pieces) -> Pieces:
    names = Pieces.__dataclass_fields__
    return Pieces(*(np.concatenate((getattr(one, name), getattr(other, name))) for name in names))


def _lost_backing(frame: Frame, pieces: Pieces, asked: Bools) -> Bools:
    """Stand more units on nothing than the promise says? Then it must say so, even where the day stays."""
    bare = (pieces.source < 0) & asked[pieces.line]
    lost = np.zeros(len(frame), dtype=bool)
    if bare.any():
        unsupplied = _sum(pieces.line[bare], pieces.units[bare], len(frame))
        lines = np.flatnonzero(unsupplied)
        ids = frame.run.lines.id[lines]
        said = np.zeros(len(ids), dtype=np.int64)
        id, units = integers(_SAID, [ids])
        said[np.searchsorted(ids, id)] = units
        lost[lines] = unsupplied[lines] > said
    return lost


def _rows(frame: Frame, found: Differences) -> Rows:
    """Which rows of allocations and pegs are made, changed or removed, and the counters beside them."""
    units, there, backing = found.units, frame.run.supplies, frame.backing
    many = len(there) + 1
    soft = np.flatnonzero(~backing.hard)
    key = (backing.line * many + backing.source)[soft]
    changed = units.before != units.after
    line, source = units.line[changed], units.source[changed]
    before, after = units.before[changed], units.after[changed]
    place = np.minimum(np.searchsorted(key, line * many + source), max(len(key) - 1, 0))
    exists = key[place] == line * many + source if len(key) else np.zeros(len(line), dtype=bool)
    row = backing.row[soft][place] if len(key) else np.zeros(len(line), dtype=np.int64)
    released = np.where(exists, backing.released[soft][place], 0) if len(key) else np.zeros(len(line), dtype=np.int64)
    sums = _sum(source, after - before, len(there))
    return Rows(
        supply=there.kind[source] == 1,
        row=np.where(exists, row, 0),
        owner=frame.run.lines.id[line],
        is_hold=frame.is_hold[line],
        source=there.id[source],
        after=after,
        stays=after + released > 0,
        counter=there.id[sums != 0],
        counter_is_supply=there.kind[sums != 0] == 1,
        counter_by=sums[sums != 0],
    )


def _gained(frame: Frame, found: Differences) -> tuple[Ints, Bools, Ints]:
    """(line or hold, is a hold, units from the shelf) of those who gain or, if negative, give back."""
    who = np.flatnonzero(found.gained)
    return frame.run.lines.id[who], frame.is_hold[who], found.gained[who]


def _by_item(frame: Frame, units: Ints) -> tuple[Ints, Ints]:
    items, back = np.unique(frame.run.lines.item, return_inverse=True)
    sums = _sum(back, units, len(items))
    return items[sums != 0], sums[sums != 0]


def _promises(frame: Frame, found: Differences, cause: Ints) -> tuple[Ints, ...]:
    """(line, version, cause, deliver_on or MISSING, ship_on or MISSING) of each new version."""
    who = np.flatnonzero(found.moved)
    ship_on = np.full(len(frame), MISSING, dtype=np.int64)
    pieces = found.pieces
    np.maximum.at(ship_on, pieces.line, pieces.ship_on)
    ship_on = np.where(found.whole, ship_on, MISSING)
    return frame.run.lines.id[who], frame.version[who] + 1, cause[who], found.deliver_on[who], ship_on[who]


def _parts(frame: Frame, found: Differences) -> PartRows:
    """The parts of each new version: what is with the warehouse first, then by date."""
    pieces = found.pieces
    mine = np.flatnonzero(found.moved[pieces.line])
    line, source = pieces.line[mine], pieces.source[mine]
    ship_on, from_on, deliver_on = _on_one_day(frame, pieces, mine)
    order = np.lexsort((source, source < 0, ship_on, deliver_on, ~pieces.released[mine], line))
    line, source = line[order], source[order]
    begins = np.flatnonzero(np.r_[True, line[1:] != line[:-1]]) if len(line) else np.empty(0, dtype=np.int64)
    number = np.arange(len(line)) - np.repeat(begins, np.diff(np.r_[begins, len(line)])) + 1
    there = frame.run.supplies
    kind = np.where(source < 0, 2, np.append(there.kind, 0)[source])
    return PartRows(
        line=frame.run.lines.id[line],
        version=frame.version[line] + 1,
        number=number,
        units=pieces.units[mine][order],
        location=pieces.location[mine][order],
        supply=np.where(kind == 1, np.append(there.id, 0)[source], 0),
        backing=kind,
        ship_on=ship_on[order],
        deliver_from_on=from_on[order],
        deliver_on=deliver_on[order],
        reason=pieces.reason[mine][order],
        certain=pieces.certain[mine][order].astype(np.int64),
    )


def _on_one_day(frame: Frame, pieces: Pieces, mine: Ints) -> tuple[Ints, Ints, Ints]:
    """The days of `mine`; what goes together arrives on the last one's day, and leaves each location once."""
    line, ship_on = pieces.line[mine], pieces.ship_on[mine].copy()
    from_on, deliver_on = pieces.deliver_from_on[mine].copy(), pieces.deliver_on[mine].copy()
    together = (frame.goes_with[line] == 1) & ~pieces.released[mine]
    if together.any():
        for days, group in (
            (from_on, line[together]),
            (deliver_on, line[together]),
            (ship_on, distinct(line[together], pieces.location[mine][together])[1]),
        ):
            last = np.zeros(int(group.max()) + 1, dtype=np.int64)
            np.maximum.at(last, group, days[together])
            days[together] = last[group]
    return ship_on, from_on, deliver_on


def _facts(frame: Frame, found: Differences, told: Bools, cause: Ints) -> tuple[Ints, ...]:
    """(order, line, item, cause, units from the shelf, the day before, the day after) of each line to tell of."""
    who = np.flatnonzero(told)
    now = np.where(found.moved, found.deliver_on, frame.promised_on)
    lines = frame.run.lines
    return (
        frame.order[who], lines.id[who], lines.item[who], cause[who], found.gained[who], frame.promised_on[who],
        now[who],
    )  # fmt: skip


def _sets_to_mark(frame: Frame, found: Differences, cause: Ints, set_cause: int | None) -> list[int]:
    """Items of what goes with lines that moved: they are decided again for the new day, and do not answer in turn."""
    moved = found.moved & (frame.goes_with > 0) & (cause != (-1 if set_cause is None else set_cause))
    lines = frame.run.lines.id[moved]
    return [item for (item,) in run(_SET_ITEMS, [lines])] if len(lines) else []
