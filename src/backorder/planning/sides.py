"""Who gains by a run and who pays: its lines by what happens to them, by segment, and the runs it is compared with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from msgspec import Struct

from backorder.catalog import queries as catalog
from backorder.journal.prepared import rows

from .models import Run
from .reading import MOST_ROWS, LineDiff, RunView, run
from .working import rules_of, run_by_id

How = Literal["gains", "loses", "slips", "pulls_in", "lacks", "other_source"]

LOOKED_AT = 50_000
"""So many changed lines of a run are looked at for sums; a page says when there are more."""

_LATEST = "DATE '9999-12-31'"
_LOSES = f"""(covered_after < covered_before
    OR coalesce(ready_after, {_LATEST}) > coalesce(ready_before, {_LATEST}))"""
_GAINS = f"""(NOT {_LOSES} AND (covered_after > covered_before
    OR coalesce(ready_after, {_LATEST}) < coalesce(ready_before, {_LATEST})))"""
_HOW = f"""CASE WHEN {_LOSES} THEN 'loses' WHEN {_GAINS} THEN 'gains'
    WHEN lacking > 0 THEN 'lacks'
    WHEN coalesce(promised_after, {_LATEST}) > coalesce(promised_before, {_LATEST}) THEN 'slips'
    WHEN coalesce(promised_after, {_LATEST}) < coalesce(promised_before, {_LATEST}) THEN 'pulls_in'
    ELSE 'other_source' END"""
_COLUMNS = f"""line, item_id, "order", segment, units, covered_before, covered_after, ready_before, ready_after,
    lacking, promised_before, promised_after, {_HOW} AS how"""
_FIRST = "(SELECT * FROM planning_runline WHERE run_id = %s::bigint ORDER BY line LIMIT %s::bigint) AS l"
_LINES = f"""
    SELECT {_COLUMNS} FROM planning_runline
    WHERE run_id = %s::bigint AND line > %s::bigint AND (%s::text = '' OR {_HOW} = %s::text)
      AND (%s::smallint IS NULL OR segment = %s::smallint)
    ORDER BY line LIMIT %s::bigint
"""
_MOST = f"""
    SELECT {_COLUMNS} FROM {_FIRST} WHERE {_HOW} = %s::text
    ORDER BY abs(covered_after - covered_before) DESC,
             abs(coalesce(ready_after, {_LATEST}) - coalesce(ready_before, {_LATEST})) DESC, line
    LIMIT %s::bigint
"""
_SEGMENTS = f"""
    SELECT segment, count(*), sum(covered_after - covered_before), count(*) FILTER (WHERE {_GAINS}),
           count(*) FILTER (WHERE {_LOSES})
    FROM {_FIRST} GROUP BY segment ORDER BY segment
"""


class Side(Struct, frozen=True, kw_only=True):
    """What a run does to a segment (None: to lines that no segment takes): lines changed, units covered more or fewer,
    lines that gain and lose."""

    segment: str | None
    strategy: str
    lines: int
    units: int
    gain: int
    lose: int


def together(run_id: int) -> list[RunView]:
    """The runs that were decided on the same frozen input, in the order they were made. Refuses unknown_run."""
    one = run_by_id(run_id)
    return [run(id) for id in Run.objects.filter(frozen_id=one.frozen_id).order_by("id").values_list("id", flat=True)]


def lines(
    run_id: int, *, how: How | None = None, segment: int | None = None, after: int = 0, limit: int = 50
) -> list[LineDiff]:
    """What a run changes line by line, those after line `after`; only what happens `how`, or to one segment."""
    one = run_by_id(run_id)
    wanted = how or ""
    found = rows(_LINES, [run_id, after, wanted, wanted, segment, segment, min(limit, MOST_ROWS)])
    return _diffs(one, found)


def most_changed(run_id: int, how: How, *, limit: int = 10) -> list[LineDiff]:
    """The lines that gain (or lose) most: units first, then days; of the first LOOKED_AT that change."""
    return _diffs(run_by_id(run_id), rows(_MOST, [run_id, LOOKED_AT, how, limit]))


def by_segment(run_id: int) -> list[Side]:
    """What a run does to each of its segments, all of them named; of the first LOOKED_AT lines that change."""
    segments = rules_of(run_by_id(run_id))[0].segments
    found = {number: rest for number, *rest in rows(_SEGMENTS, [run_id, LOOKED_AT])}
    sides = [
        _side(segment.name, segment.strategy.value, found.get(number, [0, 0, 0, 0]))
        for number, segment in enumerate(segments)
    ]
    rest = [values for number, values in found.items() if not 0 <= number < len(segments)]
    return sides + [_side(None, "", values) for values in rest]


def _side(segment: str | None, strategy: str, values: Sequence[int]) -> Side:
    lines, units, gain, lose = (int(value) for value in values)
    return Side(segment=segment, strategy=strategy, lines=lines, units=units, gain=gain, lose=lose)


def _diffs(one: Run, found: Sequence[Sequence[Any]]) -> list[LineDiff]:
    skus = catalog.current().items({row[1] for row in found})
    names = [segment.name for segment in rules_of(one)[0].segments]
    return [_diff(row, skus[row[1]].sku, names) for row in found]


def _diff(row: Sequence[Any], sku: str, names: Sequence[str]) -> LineDiff:
    line, _item, order, segment, units, before, after, ready_before, ready_after, lacking, was, now, how = row
    return LineDiff(
        line=line, order=order or None, sku=sku, segment=names[segment] if 0 <= segment < len(names) else None,
        units=units, covered_before=before, covered_after=after, ready_before=ready_before, ready_after=ready_after,
        lacking=lacking, promised_before=was, promised_after=now, how=how,
    )  # fmt: skip
