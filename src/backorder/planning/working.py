"""How runs are shared: the tables say what is to be done, and each worker takes what no other holds.

Ranges of items are decided, or items committed, in a transaction each. A worker that is killed loses nothing:
whoever comes next goes on where it was.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from django.db import transaction
from django.db.models import Count

from backorder.engine.columns import RunInput, RunPlan
from backorder.engine.measure import figures, total
from backorder.engine.run import restrict
from backorder.engine.strategies import Variant, from_document
from backorder.journal import clock
from backorder.journal.prepared import rows
from backorder.journal.record import Fact, record
from backorder.journal.refusals import Refused, unknown
from backorder.orders.deciding.committing import Refusal, commit
from backorder.orders.ledger.retry import retried

from . import deciding, frozen, optimising
from .changed import write_range
from .deciding import part_of_plan
from .frozen import Progress, Range
from .models import Run, RunItem, RunLine, RunRange
from .selection import selected_items

log = logging.getLogger(__name__)

ITEMS_AT_ONCE = 200
LINES_AT_ONCE = 5_000
FAILED = "The item could not be decided; the log says why."

_CLAIM_RANGE = """
    SELECT number, first_item, last_item FROM planning_runrange
    WHERE run_id = %s AND state = 'open' ORDER BY number LIMIT 1 FOR UPDATE SKIP LOCKED
"""
_CLAIM_ITEMS = """
    SELECT item_id, number FROM planning_runitem
    WHERE run_id = %s AND state = 'proposed' ORDER BY item_id LIMIT %s FOR UPDATE SKIP LOCKED
"""


def go_on(run_id: int, *, progress: Progress | None = None) -> int:
    """Do what is left of a run and nobody else is doing; returns how many ranges or items that were."""
    done, total = 0, _left(run_id)
    while count := _next(run_id):
        done += count
        if progress:
            progress(min(done, total), total)
    return done


def go_on_with_all() -> int:
    """Take part in every run that is under way; the job of the workers. Returns how much was done."""
    under_way = Run.objects.filter(state__in=["deciding", "committing"]).order_by("id").values_list("id", flat=True)
    return sum(_next(run_id) for run_id in under_way)


def run_by_id(run_id: int) -> Run:
    found = Run.objects.filter(pk=run_id).select_related("frozen").first()
    if found is None:
        raise unknown("run", run_id)
    return found


def locked_run(run_id: int) -> Run:
    found = Run.objects.select_for_update().filter(pk=run_id).first()
    if found is None:
        raise unknown("run", run_id)
    return found


def rules_of(run: Run) -> list[Variant]:
    return [from_document(document) for document in run.documents]


def jitter_of(rules: Sequence[Variant]) -> timedelta:
    """By how much a promise may get better before it is news, which the first variant says for its fallbacks too."""
    return timedelta(days=rules[0].jitter_days)


def tell(fact: str, run: Run, actor: str, at: datetime, **more: Any) -> None:
    body = {"variant": run.variant, "version": run.version, **more}
    record([Fact(fact, f"run/{run.pk}", body)], actor=actor, at=at)


def _next(run_id: int) -> int:
    """Do the next piece of a run that nobody else holds; 0 if there is none."""
    run = run_by_id(run_id)
    if run.state == "deciding":
        return _decide_range(run) or _finish_deciding(run_id)
    if run.state == "committing" and RunRange.objects.filter(run=run, state="open").exists():
        return _commit_range(run)
    if run.state == "committing":
        return _commit_items(run) or _finish_committing(run_id)
    return 0


def _left(run_id: int) -> int:
    ranges = RunRange.objects.filter(run_id=run_id, state="open").count()
    return ranges or RunItem.objects.filter(run_id=run_id, state="proposed").count()


def _decide_range(run: Run) -> int:
    return _solve_range(run.pk) if optimising.optimises(rules_of(run)) else _decide_claimed_range(run)


def _solve_range(run_id: int) -> int:
    """Solve in no transaction, by one worker alone: it may take a minute, and what is told waits for transactions."""
    with optimising.alone(run_id) as is_alone:
        run = run_by_id(run_id)
        number = RunRange.objects.filter(run=run, state="open").values_list("number", flat=True).first()
        if not is_alone or run.state != "deciding" or number is None:
            return 0
        held, rules = frozen.thaw(run.frozen_id, number), rules_of(run)
        first = next((one for one in rules if one.name not in run.stopped), None)
        if first is not None and deciding.stops_all(held, first):
            with transaction.atomic():
                return _stop(run, first.name)
        plan, found = optimising.bettered(held, rules, run.stopped)
        with transaction.atomic():
            optimising.keep(run.pk, number, plan, found)
            write_range(run, number, held, plan, "proposed", jitter=jitter_of(rules))
        return 1


@transaction.atomic
def _decide_claimed_range(run: Run) -> int:
    claimed = rows(_CLAIM_RANGE, [run.pk])
    if not claimed:
        return 0
    ((number, _, _),) = claimed
    held = frozen.thaw(run.frozen_id, number)
    rules = rules_of(run)
    first = next((one for one in rules if one.name not in run.stopped), None)
    if first is not None and deciding.stops_all(held, first):
        return _stop(run, first.name)
    plan = deciding.plan_of(held, rules, run.stopped)
    write_range(run, number, held, plan, "proposed", jitter=jitter_of(rules))
    return 1


def _stop(run: Run, name: str) -> int:
    """A floor that must hold cannot be held: the fallback decides everything, from the first range on."""
    locked = locked_run(run.pk)
    if name not in locked.stopped:
        locked.stopped = [*locked.stopped, name]
        locked.save(update_fields=["stopped"])
        RunItem.objects.filter(run=run).delete()
        RunLine.objects.filter(run=run).delete()
        RunRange.objects.filter(run=run).update(state="open", digest="", tally={}, plan=None, optimised=[])
    return 1


def _commit_range(run: Run) -> int:
    try:
        return retried(lambda: _commit_claimed_range(run))
    except Refused:
        raise
    except Exception:
        log.exception("A range of run %d could not be committed", run.pk)
        return _halve(run)


@transaction.atomic
def _commit_claimed_range(run: Run) -> int:
    claimed = rows(_CLAIM_RANGE, [run.pk])
    if not claimed:
        return 0
    ((number, first, last),) = claimed
    rules = rules_of(run)
    items = selected_items(run.frozen.skus, first=first, last=last)
    if not items:
        RunRange.objects.filter(run=run, number=number).update(state="done")
        return 1
    done = commit(items, rules, decide=lambda held: deciding.plan_of(held, rules, run.stopped), actor=run.committed_by)
    frozen.keep(run.frozen, Range(number, items), done.run)
    write_range(run, number, done.run, done.plan, "committed", jitter=jitter_of(rules))
    return 1


@transaction.atomic
def _halve(run: Run) -> int:
    """Try the two halves of a range that failed; an item that fails alone is refused, and the rest goes on."""
    claimed = rows(_CLAIM_RANGE, [run.pk])
    if not claimed:
        return 0
    ((number, first, last),) = claimed
    if first == last:
        RunItem.objects.create(run=run, item_id=first, number=number, state="refused", says=FAILED)
        RunRange.objects.filter(run=run, number=number).update(state="done")
        return 1
    middle = (first + last) // 2
    most = max(RunRange.objects.filter(run=run).values_list("number", flat=True))
    RunRange.objects.filter(run=run, number=number).update(last_item=middle)
    RunRange.objects.create(run=run, number=most + 1, first_item=middle + 1, last_item=last)
    return 1


def _commit_items(run: Run) -> int:
    try:
        return retried(lambda: _commit_claimed_items(run, ITEMS_AT_ONCE))
    except Exception:
        log.exception("Items of run %d could not be committed together; each is tried alone", run.pk)
    try:
        return retried(lambda: _commit_claimed_items(run, 1))
    except Exception:
        log.exception("An item of run %d could not be committed", run.pk)
        return _give_up(run)


@transaction.atomic
def _commit_claimed_items(run: Run, many: int) -> int:
    claimed = rows(_CLAIM_ITEMS, [run.pk, many])
    if not claimed:
        return 0
    rules = rules_of(run)
    approved = _approved(run, claimed)
    items = sorted(approved)
    parts = _parts(run, approved)
    done = commit(
        items,
        rules,
        decide=lambda held: _decided(held, rules, run.stopped, parts),
        judge=lambda held, plan: _judge(held, plan, rules, parts),
        actor=run.committed_by,
    )
    RunItem.objects.filter(run=run, item_id__in=items).update(state="committed")
    for one in done.refused:
        RunItem.objects.filter(run=run, item_id=one.item).update(state="refused", says=one.says, line=one.line)
    return len(items)


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """Claimed items of one range: what was decided on, how, and whether that is an assignment to be kept to."""

    items: Sequence[int]
    run: RunInput
    plan: RunPlan
    is_stored: bool


def _parts(run: Run, approved: Mapping[int, tuple[int, RunInput]]) -> list[_Part]:
    """By range what the run had decided on the claimed items."""
    rules, found = rules_of(run), []
    for number, held in dict(approved.values()).items():
        items = [item for item, (mine, _) in approved.items() if mine == number]
        part, whole = restrict(held, items), optimising.stored(run.pk, number)
        plan = deciding.plan_of(part, rules, run.stopped) if whole is None else part_of_plan(held, whole, items)
        found.append(_Part(items, part, plan, whole is not None))
    return found


def _decided(held: RunInput, rules: Sequence[Variant], stopped: Sequence[str], parts: Sequence[_Part]) -> RunPlan:
    """Decided again under the lock; what was optimised is kept to, and nothing is solved."""
    if any(part.is_stored for part in parts):
        return optimising.assigned(held, [(part.run, part.plan) for part in parts])
    return deciding.plan_of(held, rules, stopped)


def _judge(held: RunInput, plan: RunPlan, rules: Sequence[Variant], parts: Sequence[_Part]) -> list[Refusal]:
    """Each claimed item against what the run had decided on it."""
    found: list[Refusal] = []
    for part in parts:
        now, mine = restrict(held, part.items), part_of_plan(held, plan, part.items)
        changed = optimising.refusals(now, [part.run]) if part.is_stored else []
        worse = deciding.worse_than_approved(now, mine, part.run, part.plan, jitter=jitter_of(rules))
        found += changed + [one for one in worse if one.item not in {other.item for other in changed}]
    return found


def _approved(run: Run, claimed: Sequence[tuple[int, int]]) -> dict[int, tuple[int, RunInput]]:
    """By item: its range and the frozen input of that. No more items than one transaction can decide in time."""
    found: dict[int, tuple[int, RunInput]] = {}
    lines = 0
    for number, group in groupby(sorted(claimed, key=lambda row: (row[1], row[0])), key=lambda row: row[1]):
        held = frozen.thaw(run.frozen_id, number)
        for item, _ in group:
            lines += int((held.lines.item == item).sum())
            if found and lines > LINES_AT_ONCE:
                return found
            found[item] = (number, held)
    return found


@transaction.atomic
def _give_up(run: Run) -> int:
    claimed = rows(_CLAIM_ITEMS, [run.pk, 1])
    for item, _ in claimed:
        RunItem.objects.filter(run=run, item_id=item).update(state="refused", says=FAILED)
    return len(claimed)


def _finish_deciding(run_id: int) -> int:
    return _finish(run_id, "deciding", "simulated")


def _finish_committing(run_id: int) -> int:
    return _finish(run_id, "committing", "committed")


def _finish(run_id: int, was: str, state: str) -> int:
    """When nothing is left, in nobody's hands either, add the figures up."""
    run = run_by_id(run_id)
    if run.state != was or not _is_done(run):
        return 0
    # Added up before the lock is taken: of a run of which nothing is left it always comes to the same.
    found = RunRange.objects.filter(run=run).order_by("first_item").values_list("digest", "tally", "optimised")
    digest = deciding.digest_of(one for one, _, _ in found)
    figures = _figures([tally for _, tally, _ in found if tally])
    figures["optimised"] = [each for _, _, bettered in found for each in bettered]
    with transaction.atomic():
        run = locked_run(run_id)
        if run.state != was or not _is_done(run):
            return 0
        run.digest, run.figures, run.state = run.digest or digest, run.figures or figures, state
        run.save(update_fields=["state", "digest", "figures"])
        counts = RunItem.objects.filter(run=run).values_list("state").annotate(count=Count("*"))
        tell(f"run.{state}", run, run.committed_by or run.made_by, clock.now(), items=dict(counts))
    return 0


def _is_done(run: Run) -> bool:
    ranges = RunRange.objects.filter(run=run, state="open").exists()
    return not ranges and not (run.state == "committing" and RunItem.objects.filter(run=run, state="proposed").exists())


def _figures(tallies: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    sums = {side: total([deciding.untallied(kept[side]) for kept in tallies]) for side in ("before", "after")}
    return {"lines": sums["after"].lines, **{side: deciding.measures(figures(sums[side])) for side in sums}}
