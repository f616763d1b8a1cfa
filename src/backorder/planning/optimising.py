"""Runs that a solver betters: the assignment is stored with its range, and replayed and committed as it is stored.

Nothing is solved under a lock or in a replay. An item of which anything changed since is refused and named.
"""

from __future__ import annotations

import math
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np

from backorder.engine import run as engine
from backorder.engine.columns import Ints, RunInput, RunPlan, pack, unpack
from backorder.engine.measure import unchanged
from backorder.engine.optimise import NotVerified, Optimised, optimise, verified
from backorder.engine.pegs import Pegs
from backorder.engine.strategies import Variant
from backorder.journal.prepared import rows
from backorder.orders.deciding.committing import Refusal

from .deciding import part_of_plan, plan_of
from .models import RunRange

QUICK = 1  # Of zlib's levels.
_TRY_LOCK = "SELECT pg_try_advisory_lock(hashtext('solve_run'), %s::int)"
_UNLOCK = "SELECT pg_advisory_unlock(hashtext('solve_run'), %s::int)"


def optimises(variants: Iterable[Variant]) -> bool:
    """Does any of these variants have an objective?"""
    return any(variant.objective is not None for variant in variants)


@contextmanager
def alone(run_id: int) -> Iterator[bool]:
    """Is nobody else solving this run? A worker that is killed leaves it to the next."""
    ((is_alone,),) = rows(_TRY_LOCK, [run_id])
    try:
        yield is_alone
    finally:
        if is_alone:
            rows(_UNLOCK, [run_id])


def bettered(
    run: RunInput, variants: Sequence[Variant], stopped: Iterable[str]
) -> tuple[RunPlan, list[dict[str, Any]]]:
    """The plan of the first variant that is not stopped, bettered by the solver; and by how much, by variant."""
    found: list[dict[str, Any]] = []

    def decide(part: RunInput, variant: Variant) -> RunPlan:
        if variant.objective is None:
            return engine.decide(part, variant)
        best = optimise(part, variant)
        found.append(_measured(variant, best))
        return best.plan

    return plan_of(run, variants, stopped, decide=decide), found


def keep(run_id: int, number: int, plan: RunPlan, found: Sequence[dict[str, Any]]) -> None:
    """Store the assignment of a range."""
    content = zlib.compress(pack(plan), QUICK)
    RunRange.objects.filter(run_id=run_id, number=number).update(plan=content, optimised=list(found))


def stored(run_id: int, number: int) -> RunPlan | None:
    """The assignment of a range, if one was stored."""
    content = RunRange.objects.filter(run_id=run_id, number=number).values_list("plan", flat=True).first()
    return None if content is None else unpack(zlib.decompress(content))


def is_verified(run: RunInput, variants: Sequence[Variant], stopped: Iterable[str], plan: RunPlan, digest: str) -> bool:
    """Is a stored assignment the one that was noted, within every rule, and worth no less than the greedy plan?"""

    def decide(part: RunInput, variant: Variant) -> RunPlan:
        if variant.objective is None:
            return engine.decide(part, variant)
        return verified(part, variant, part_of_plan(run, plan, np.unique(part.lines.item).tolist()))

    try:
        again = plan_of(run, variants, stopped, decide=decide)
    except NotVerified:
        return False
    return plan.fingerprint() == digest == again.fingerprint()


def assigned(fresh: RunInput, parts: Sequence[tuple[RunInput, RunPlan]]) -> RunPlan:
    """What was assigned to these items, on what is there now; an item that changed since stays as it is."""
    left = sorted(changed_since(fresh, [run for run, _ in parts]))
    as_is = unchanged(fresh)
    columns = {name: getattr(as_is, name).copy() for name in ("segment", "place", "unsupplied", "lacking")}
    pegs = _pegs(as_is).where(np.isin(fresh.lines.item, left)[as_is.peg_line])
    for run, plan in parts:
        keeps = ~np.isin(run.lines.item, left)
        line, source = _places(run.lines.id.tolist(), fresh.lines.id.tolist()), _places(_names(run), _names(fresh))
        for name, column in columns.items():
            column[line[keeps]] = getattr(plan, name)[keeps]
        mine = _pegs(plan).where(keeps[plan.peg_line])
        pegs = Pegs.join(pegs, Pegs(line[mine.line], source[mine.source], mine.units, mine.rule))
    pegs = pegs.sorted(fresh)
    return replace(
        as_is, variant=parts[0][1].variant, version=parts[0][1].version, peg_line=pegs.line, peg_source=pegs.source,
        peg_units=pegs.units, peg_rule=pegs.rule, **columns,
    )  # fmt: skip


def changed_since(fresh: RunInput, then: Sequence[RunInput]) -> set[int]:
    """Items of which lines, their units and due days, what they hold, or supplies are not what they were."""
    now, were = _states(fresh), [_states(run) for run in then]
    items = {item for one in were for item in one}
    return {item for item in items if now[item] != next(one[item] for one in were if item in one)}


def refusals(fresh: RunInput, then: Sequence[RunInput]) -> list[Refusal]:
    """A refusal for each item that is not what was optimised."""
    first = {int(item): int(id) for run in then for item, id in zip(run.lines.item, run.lines.id, strict=True)}
    return [
        Refusal(item, first.get(item, 0), "It changed since it was optimised; simulate again.")
        for item in sorted(changed_since(fresh, then))
    ]


def _measured(variant: Variant, best: Optimised) -> dict[str, Any]:
    return {
        "variant": variant.name, "objective": str(variant.objective), "before": best.greedy_score,
        "after": best.score, "gap": best.gap if math.isfinite(best.gap) else None, "nodes": best.nodes,
    }  # fmt: skip


def _pegs(plan: RunPlan) -> Pegs:
    return Pegs(plan.peg_line, plan.peg_source, plan.peg_units, plan.peg_rule)


def _places(names: Sequence[Any], among: Sequence[Any]) -> Ints:
    """Where each of the names stands; -1 where it is not there any more."""
    at = {name: place for place, name in enumerate(among)}
    return np.array([at.get(name, -1) for name in names], np.int64)


def _names(run: RunInput) -> list[tuple[int, int]]:
    return list(zip(run.supplies.kind.tolist(), run.supplies.id.tolist(), strict=True))


def _states(run: RunInput) -> dict[int, set[tuple[Any, ...]]]:
    """By item all that an assignment rests on, but for the day on which a shelf is looked at."""
    lines, supplies, names = run.lines, run.supplies, _names(run)
    found: dict[int, set[tuple[Any, ...]]] = defaultdict(set)
    for at, (item, id, units) in enumerate(
        zip(lines.item.tolist(), lines.id.tolist(), lines.units.tolist(), strict=True)
    ):
        held = range(int(lines.held_start[at]), int(lines.held_start[at + 1]))
        holds = frozenset((names[int(lines.held_source[one])], int(lines.held_units[one])) for one in held)
        ways = slice(int(lines.way_start[at]), int(lines.way_start[at + 1]))
        due = tuple(zip(lines.way_location[ways].tolist(), lines.way_due[ways].tolist(), strict=True))
        found[item].add((id, units, holds, due))
    for at, (item, location, free) in enumerate(
        zip(supplies.item.tolist(), supplies.location.tolist(), supplies.free.tolist(), strict=True)
    ):
        ready_on = int(supplies.ready_on[at]) if names[at][0] else 0
        found[item].add((names[at], location, free, ready_on))
    return found
