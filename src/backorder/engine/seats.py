"""Who is served in which order: the segment each line belongs to and its place in its item's queue.

Ranks are packed into as few whole numbers as hold them, so that a million lines are sorted once or twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .columns import MISSING, Bools, Ints, Lines, RunInput
from .strategies import Condition, Filter, Key, Segment, Share, Strategy, UnknownAttribute, Variant

EXCLUDED = -1
STRATEGIES = tuple(Strategy)
"""A line's strategy by number: its index here."""
_WORD_BITS = 40
_KEY_BITS = 62


@dataclass(frozen=True, slots=True)
class Seats:
    """The order of serving. `order` are line indexes by (item, segment, rank, id).

    `row` is the item's row of each line (rows are items sorted by id, `items` their ids), `start` where each
    row begins in `order`. Per line: `segment` (EXCLUDED: none), `strategy` (its number; SKIP for excluded
    lines), `place` in its item's order, and `tier`, equal for lines of one item, segment and rank.
    """

    items: Ints
    order: Ints
    start: Ints
    row: Ints
    segment: Ints
    strategy: Ints
    place: Ints
    tier: Ints
    row_of_supply: Ints


def seat(run: RunInput, variant: Variant) -> Seats:
    """Put every line into its segment and its place."""
    lines = run.lines
    items, row, row_of_supply = rows_of(lines.item, run.supplies.item)
    segment = segments(lines, variant)
    words = _rank_words(lines, segment, variant.segments)
    order = _sorted(row, segment, words, lines.id)
    counts = np.bincount(row, minlength=len(items))
    start = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    place = np.empty(len(lines), np.int64)
    place[order] = np.arange(len(lines)) - np.repeat(start[:-1], counts)
    codes = np.array([STRATEGIES.index(each.strategy) for each in variant.segments], np.int64)
    codes = np.append(codes, STRATEGIES.index(Strategy.SKIP))
    is_shared = any(each.share is not Share.IN_ORDER for each in variant.segments)
    tier = _tiers(order, row, segment, words) if is_shared else place
    return Seats(items, order, start, row, segment, codes[segment], place, tier, row_of_supply)


def segments(lines: Lines, variant: Variant) -> Ints:
    """The index of the first segment that selects each line, EXCLUDED for none."""
    found = np.full(len(lines), EXCLUDED, np.int64)
    for index in range(len(variant.segments) - 1, -1, -1):
        found[selects(variant.segments[index].filter, lines)] = index
    return found


def selects(filter: Filter, lines: Lines) -> Bools:
    """Which lines a filter selects."""
    chosen = np.ones(len(lines), np.bool_)
    for condition in filter.include:
        chosen &= _meets(condition, lines)
    for condition in filter.exclude:
        chosen &= ~_meets(condition, lines)
    return chosen


def attribute(lines: Lines, name: str) -> NDArray[Any]:
    """The column of an attribute. Raises UnknownAttribute."""
    if name in lines.attributes:
        return lines.attributes[name]
    if name == "confirmed":
        sums = np.concatenate([[0], np.cumsum(lines.held_units)])
        return np.asarray(sums[lines.held_start[1:]] - sums[lines.held_start[:-1]])
    if name in ("id", "item", "units", "complete", "customer"):
        column = getattr(lines, name)
        if column is not None:
            return np.asarray(column)
    known = (*lines.attributes, "id", "item", "units", "complete", "customer", "confirmed")
    raise UnknownAttribute(name, tuple(sorted(known)))


def rows_of(lines: Ints, supplies: Ints) -> tuple[Ints, Ints, Ints]:
    """The item ids of both, sorted; and the row of each line's and each supply's item."""
    if not len(lines) + len(supplies):
        nothing = np.empty(0, np.int64)
        return nothing, nothing, nothing
    both = [column for column in (lines, supplies) if len(column)]
    low, high = min(int(column.min()) for column in both), max(int(column.max()) for column in both)
    if high - low > 8 * (len(lines) + len(supplies)) + 1024:
        items, inverse = np.unique(np.concatenate([lines, supplies]), return_inverse=True)
        return items, inverse[: len(lines)], inverse[len(lines) :]
    there = np.zeros(high - low + 1, np.bool_)
    for column in both:
        there[column - low] = True
    number = np.cumsum(there) - 1
    return np.flatnonzero(there) + low, number[lines - low], number[supplies - low]


def is_missing(column: NDArray[Any]) -> Bools:
    """Where a column has no value."""
    if column.dtype == object:
        return np.array([each is None for each in column], np.bool_)
    if column.dtype.kind == "i" and column.dtype.itemsize == 8:
        return np.asarray(column == MISSING)
    if column.dtype.kind == "f":
        return np.asarray(np.isnan(column))
    return np.zeros(len(column), np.bool_)


def _meets(condition: Condition, lines: Lines) -> Bools:
    column = attribute(lines, condition.attribute)
    missing = is_missing(column)
    met = ~missing
    if condition.values is not None:
        met &= _is_one_of(_plain(column, missing), [value for value in condition.values if value is not None])
        if None in condition.values:
            met |= missing
    if condition.at_least is not None:
        met &= _plain(column, missing) >= condition.at_least
    if condition.at_most is not None:
        met &= _plain(column, missing) <= condition.at_most
    return met


def _is_one_of(column: NDArray[Any], values: list[Any]) -> Bools | bool:
    if not values:
        return False
    if len(values) == 1 and column.dtype.kind in "biu" and isinstance(values[0], int):
        return np.asarray(column == values[0])
    return np.isin(column, np.array(values))


def _plain(column: NDArray[Any], missing: Bools) -> NDArray[Any]:
    """A column of objects as one of text; where a value is missing it does not matter what stands there."""
    if column.dtype != object:
        return column
    return np.array(["" if gone else each for each, gone in zip(column, missing, strict=True)])


def _rank_words(lines: Lines, segment: Ints, known: Sequence[Segment]) -> list[Ints]:
    """The rank of each line as whole numbers, the most significant first; lines compare within their segment."""
    whole: list[Ints] = []
    ranks = list(dict.fromkeys(each.rank for each in known))
    for rank in ranks:
        members = [index for index, each in enumerate(known) if each.rank == rank]
        chosen = np.ones(len(lines), np.bool_) if len(ranks) == 1 else np.isin(segment, members)
        for depth, word in enumerate(_packed([_code(lines, key) for key in rank], chosen)):
            if depth == len(whole):
                whole.append(np.zeros(len(lines), np.int64))
            whole[depth] = word if len(ranks) == 1 else np.where(chosen, word, whole[depth])
    return whole


def _code(lines: Lines, key: Key) -> Ints:
    """A key as whole numbers of which the smaller comes first."""
    column = attribute(lines, key.attribute)
    missing = is_missing(column)
    if key.sequence is not None:
        return _in_sequence(column, missing, key.sequence)
    if column.dtype.kind in "biu":
        code = column.astype(np.int64)
    else:
        code = np.unique(_plain(column, missing), return_inverse=True)[1].astype(np.int64)
    if key.descending:
        code = -code
    if missing.any():
        present = code[~missing]
        code = np.where(missing, (int(present.max()) + 1) if len(present) else 0, code)
    return code


def _in_sequence(column: NDArray[Any], missing: Bools, sequence: Sequence[Any]) -> Ints:
    values, inverse = np.unique(_plain(column, missing), return_inverse=True)
    order = {value: index for index, value in enumerate(sequence)}
    code = np.array([order.get(value, len(sequence)) for value in values.tolist()], np.int64)[inverse]
    return np.asarray(np.where(missing, len(sequence) + 1, code))


def _packed(codes: Sequence[Ints], chosen: Bools) -> list[Ints]:
    """Codes side by side in as few words as hold them."""
    words: list[Ints] = []
    room = 0
    for code in codes:
        there = code if chosen.all() else code[chosen]
        if not len(there):
            continue
        low = int(there.min())
        bits = (int(there.max()) - low).bit_length()
        if words and bits <= room:
            words[-1] = (words[-1] << bits) | (code - low)
            room -= bits
        else:
            words.append(code - low if low else code)
            room = _WORD_BITS - bits
    return words


def _sorted(row: Ints, segment: Ints, words: Sequence[Ints], ids: Ints) -> Ints:
    """Line indexes by row, segment, rank and id. Values are sorted rather than indexes, which is much faster: the
    lowest bits of each say which line it is.
    """
    many = len(row)
    if not many:
        return np.empty(0, np.int64)
    # None: as they are. Most inputs come by id, and to look each code up again would cost as much as a sort.
    line: Ints | None = None if (ids[1:] > ids[:-1]).all() else np.argsort(ids, kind="stable")
    place_bits = (many - 1).bit_length()
    key, bits = np.arange(many), place_bits
    for code in (*reversed(words), segment, row):
        wide = (int(code.max()) - int(code.min())).bit_length()
        if wide + place_bits > _KEY_BITS:
            code = np.unique(code, return_inverse=True)[1]
            wide = int(code.max()).bit_length()
        if wide + bits > _KEY_BITS:
            line = _by_key(key, place_bits, line)
            key, bits = np.arange(many), place_bits
        key |= ((code if line is None else code[line]) - code.min()) << bits
        bits += wide
    return _by_key(key, place_bits, line)


def _by_key(key: Ints, place_bits: int, line: Ints | None) -> Ints:
    place = np.sort(key) & ((1 << place_bits) - 1)
    return np.asarray(place if line is None else line[place])


def _tiers(order: Ints, row: Ints, segment: Ints, words: Sequence[Ints]) -> Ints:
    differs = np.zeros(len(order), np.bool_)
    for column in (row, segment, *words):
        there = column[order]
        differs[1:] |= there[1:] != there[:-1]
    tier = np.empty(len(order), np.int64)
    tier[order] = np.cumsum(differs)
    return tier
