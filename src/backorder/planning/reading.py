"""What runs came to, for the doors: figures side by side, line by line, and floors that could not be held."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from msgspec import Struct

from backorder.catalog import queries as catalog
from backorder.engine.columns import RunPlan
from backorder.engine.run import who_would_lose
from backorder.journal.prepared import rows
from backorder.journal.refusals import Refused

from . import deciding, frozen
from .models import Run, RunItem, RunLine
from .optimising import stored
from .working import rules_of, run_by_id

MOST_ROWS = 1_000
MOST_BROKEN = 20

_COUNTS = "SELECT run_id, state, count(*) FROM planning_runitem WHERE run_id = ANY(%s::bigint[]) GROUP BY 1, 2"
_LEFT = "SELECT run_id, count(*) FROM planning_runrange WHERE run_id = ANY(%s::bigint[]) AND state = 'open' GROUP BY 1"


class Bettered(Struct, frozen=True, kw_only=True):
    """What a solver made of a variant's plan: the score by its objective before and after, more is better.

    `gap` is the share of the score by which a better assignment may have been missed (null: not known).
    """

    variant: str
    objective: str
    before: float
    after: float
    gap: float | None
    nodes: int


class RunView(Struct, frozen=True, kw_only=True):
    """A run: by which variant, how far it is, and its figures before and after; `items` counts items by state."""

    id: int
    frozen: int
    variant: str
    version: int
    state: str
    second_person: bool
    stopped: list[str]
    made_at: datetime
    made_by: str
    approved_at: datetime | None
    approved_by: str
    committed_at: datetime | None
    committed_by: str
    digest: str
    ranges_left: int
    items: dict[str, int]
    lines: int
    before: dict[str, float]
    after: dict[str, float]
    optimised: list[Bettered]


class LineDiff(Struct, frozen=True, kw_only=True):
    """What a run changes of a line or hold. Days are those on which its last unit is ready (null: not all covered).

    `how`: gains, loses, lacks, other_source; slips or pulls_in where its units stay and its promise moves: then, and
    only then, `promised_before` and `promised_after` are the promised days (null: none).
    """

    line: int
    order: int | None
    sku: str
    segment: str | None
    units: int
    covered_before: int
    covered_after: int
    ready_before: date | None
    ready_after: date | None
    lacking: int
    promised_before: date | None
    promised_after: date | None
    how: str


class ItemState(Struct, frozen=True, kw_only=True):
    """How far an item of a run is; `says` and `line` tell why it was refused or stopped."""

    sku: str
    state: str
    says: str
    line: int | None


class Loss(Struct, frozen=True):
    """Units that a line would have to give up."""

    line: int
    units: int


class Broken(Struct, frozen=True, kw_only=True):
    """A win or gain floor that could not be held: units lacking, and who would have to lose to keep it (none: nobody
    has them in time)."""

    line: int
    sku: str
    segment: str
    lacking: int
    losers: list[Loss]


def run(run_id: int) -> RunView:
    """A run; refused if there is none."""
    return _views([run_by_id(run_id)])[0]


def runs(*, variant: str | None = None, before: int | None = None, limit: int = 50) -> list[RunView]:
    """Runs, newest first; `before` is the id of the last one seen."""
    found = Run.objects.order_by("-id")
    for name, value in (("variant", variant), ("id__lt", before)):
        if value is not None:
            found = found.filter(**{name: value})
    return _views(list(found[: min(limit, MOST_ROWS)]))


def compared(run_ids: Sequence[int]) -> list[RunView]:
    """Runs side by side; refused unless all were decided on one frozen input."""
    found = [run(id) for id in run_ids]
    if len({one.frozen for one in found}) > 1:
        raise Refused(
            "runs_are_not_comparable",
            "Runs can be compared if they were simulated together, on one frozen input.",
            status=409,
            field="runs",
            value=list(run_ids),
        )
    return found


def diff(run_id: int, *, after: int = 0, limit: int = 50) -> list[LineDiff]:
    """What a run changes line by line, by line id, those after line `after`."""
    one = run_by_id(run_id)
    found = list(RunLine.objects.filter(run=one, line__gt=after).order_by("line")[: min(limit, MOST_ROWS)])
    skus = catalog.current().items({row.item_id for row in found})
    names = [segment.name for segment in rules_of(one)[0].segments]
    return [_diff(row, skus[row.item_id].sku, names) for row in found]


def items(run_id: int, *, state: str | None = None, after: int = 0, limit: int = 50) -> list[tuple[int, ItemState]]:
    """(item id, how far it is) of the items that a run changes or had to leave, by id."""
    found = RunItem.objects.filter(run=run_by_id(run_id), item_id__gt=after).order_by("item_id")
    if state is not None:
        found = found.filter(state=state)
    listed = list(found[: min(limit, MOST_ROWS)])
    skus = catalog.current().items({row.item_id for row in listed})
    return [
        (row.item_id, ItemState(sku=skus[row.item_id].sku, state=row.state, says=row.says, line=row.line))
        for row in listed
    ]


def broken_floors(run_id: int) -> list[Broken]:
    """The first floors that a run could not hold, and who would have to lose so that they could."""
    one = run_by_id(run_id)
    lacking = RunLine.objects.filter(run=one, lacking__gt=0).order_by("line")[:MOST_BROKEN]
    wanted = {row.line: row.item_id for row in lacking}
    numbers = dict(RunItem.objects.filter(run=one, item_id__in=wanted.values()).values_list("item_id", "number"))
    return [_broken(one, line, numbers[item]) for line, item in wanted.items()]


def _broken(one: Run, line: int, number: int) -> Broken:
    held, rules = frozen.thaw(one.frozen_id, number), rules_of(one)
    plan: RunPlan = stored(one.pk, number) or deciding.plan_of(held, rules, one.stopped)
    place = held.lines.id.tolist().index(line)
    rule = next((each for each in rules if each.name == plan.variant), rules[0])
    losers = who_would_lose(held, rule, plan, place)
    sku = catalog.current().items([int(held.lines.item[place])])[int(held.lines.item[place])].sku
    return Broken(
        line=line,
        sku=sku,
        segment=rule.segments[int(plan.segment[place])].name,
        lacking=int(plan.lacking[place]),
        losers=[Loss(int(held.lines.id[each.line]), each.units) for each in losers],
    )


def _views(found: Sequence[Run]) -> list[RunView]:
    ids = [one.pk for one in found]
    counts: dict[int, dict[str, int]] = {}
    for id, state, count in rows(_COUNTS, [ids]):
        counts.setdefault(id, {})[state] = count
    left: dict[int, int] = dict(rows(_LEFT, [ids]))
    return [_view(one, counts.get(one.pk, {}), left.get(one.pk, 0)) for one in found]


def _view(one: Run, counts: dict[str, int], left: int) -> RunView:
    names = ("variant", "version", "state", "second_person", "stopped", "made_at", "made_by", "approved_at")
    more = ("approved_by", "committed_at", "committed_by", "digest")
    return RunView(
        id=one.pk,
        frozen=one.frozen_id,
        ranges_left=left,
        items=counts,
        lines=one.figures.get("lines", 0),
        before=one.figures.get("before", {}),
        after=one.figures.get("after", {}),
        optimised=[Bettered(**each) for each in one.figures.get("optimised", [])],
        **{name: getattr(one, name) for name in (*names, *more)},
    )


def _diff(row: RunLine, sku: str, names: Sequence[str]) -> LineDiff:
    covered = ("covered_before", "covered_after", "lacking")
    days = ("ready_before", "ready_after", "promised_before", "promised_after")
    same: dict[str, Any] = {name: getattr(row, name) for name in ("line", "units", *covered, *days)}
    segment = names[row.segment] if 0 <= row.segment < len(names) else None
    return LineDiff(order=row.order or None, sku=sku, segment=segment, how=_how(row), **same)


def _how(row: RunLine) -> str:
    """What happens to it, in a word."""
    before, after = row.ready_before or date.max, row.ready_after or date.max
    if row.covered_after < row.covered_before or after > before:
        return "loses"
    if row.covered_after > row.covered_before or after < before:
        return "gains"
    if row.lacking:
        return "lacks"
    was, now = row.promised_before or date.max, row.promised_after or date.max
    return "slips" if now > was else "pulls_in" if now < was else "other_source"
