"""What a run decides on one range of items: pure, from the frozen input and the variants as they then were."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, fields, replace
from datetime import timedelta
from typing import Any

import numpy as np

from backorder.engine import run as engine
from backorder.engine.columns import ANY_DAY, MISSING, Bools, Ints, Lines, RunInput, RunPlan
from backorder.engine.measure import Tally, outcome, tally, unchanged
from backorder.engine.strategies import OnBroken, Variant
from backorder.orders.deciding.committing import Refusal
from backorder.orders.deciding.differences import is_news

_ORDERS = ("orders", "open")


Decide = Callable[[RunInput, Variant], RunPlan]


def plan_of(
    run: RunInput, variants: Sequence[Variant], stopped: Iterable[str], *, decide: Decide = engine.decide
) -> RunPlan:
    """The plan of the first variant that is not stopped altogether; without one everything stays."""
    left = [variant for variant in variants if variant.name not in set(stopped)]
    if not left:
        return unchanged(run)
    first, *others = left
    return engine.decide_or_fall_back(run, first, {other.name: other for other in others}, decide)[-1]


def part_of_plan(run: RunInput, plan: RunPlan, items: Sequence[int]) -> RunPlan:
    """The part of a plan that concerns these items, with the indexes of the input restricted to them."""
    lines, there = np.isin(run.lines.item, items), np.isin(run.supplies.item, items)
    mine = lines[plan.peg_line]
    line, source = np.cumsum(lines) - 1, np.cumsum(there) - 1
    return RunPlan(
        plan.variant, plan.version, line[plan.peg_line[mine]], source[plan.peg_source[mine]], plan.peg_units[mine],
        plan.peg_rule[mine], plan.segment[lines], plan.place[lines], plan.unsupplied[lines], plan.lacking[lines],
        plan.stopped,
    )  # fmt: skip


def stops_all(run: RunInput, variant: Variant) -> bool:
    """Would a broken floor in this range stop the variant altogether?"""
    return variant.on_broken is OnBroken.STOP_ALL and engine.decide(run, variant).stopped_all


def digest_of(plans: Iterable[str]) -> str:
    """One fingerprint of those of all ranges."""
    return hashlib.sha256("".join(plans).encode()).hexdigest()


def lines_with_other_sources(run: RunInput, plan: RunPlan) -> Ints:
    """Indexes of lines that hang on other sources, or with other units, than before."""
    lines, many = run.lines, len(run.supplies) + 1
    owner = np.repeat(np.arange(len(lines)), np.diff(lines.held_start))
    keys = np.concatenate((owner * many + lines.held_source, plan.peg_line * many + plan.peg_source))
    signed = np.concatenate((-lines.held_units, plan.peg_units))
    pairs, place = np.unique(keys, return_inverse=True)
    found: Ints = np.unique(pairs[np.bincount(place, signed, len(pairs)) != 0] // many)
    return found


def redated(run: RunInput, plan: RunPlan, jitter: timedelta) -> Bools:
    """Lines whose units stay but whose promise moves, because a supply slipped or a calendar changed."""
    lines = run.lines
    # Inputs from before days were kept tell of units only; what is stopped keeps its promise, too.
    if lines.promised_on is None or lines.dated_on is None or not plan.variant:
        return np.zeros(len(lines), dtype=bool)
    found = is_news(lines.promised_on, lines.dated_on, jitter) & ~np.isin(lines.item, plan.stopped)
    found[lines_with_other_sources(run, plan)] = False
    return found


def tallied(run: RunInput, plan: RunPlan, redated: int) -> dict[str, Any]:
    """Before and after as what JSON holds; orders as compressed columns in hexadecimal.

    The customers of the `redated` lines, whose units stay, must be told as well.
    """
    after = tally(run, plan)
    after = replace(after, notices=after.notices + redated)
    return {"before": _packed(tally(run, unchanged(run))), "after": _packed(after)}


def untallied(kept: Mapping[str, Any]) -> Tally:
    """Read what `tallied` made of one side."""
    columns = {
        name: np.frombuffer(zlib.decompress(bytes.fromhex(kept[name])), dtype="<i8").astype(np.int64)
        for name in _ORDERS
    }
    return Tally(**{**kept, **columns})


def worse_than_approved(
    fresh: RunInput, plan: RunPlan, approved: RunInput, before: RunPlan, *, jitter: timedelta
) -> list[Refusal]:
    """A refusal for each item of which some line would be worse off than in the plan that was approved.

    Fewer units, a later last day, or a later promise where a new one was approved are worse; what is there today is
    never late. Who came since is judged by what he has.
    """
    new = outcome(fresh, plan)
    at, came_since = _places(fresh.lines.id, approved.lines.id)
    fewer, later, put_off = (np.zeros(len(at), dtype=bool) for _ in range(3))
    if len(approved.lines):
        old = outcome(approved, before)
        fewer = ~came_since & (new.covered_after < np.minimum(old.covered_after[at], fresh.lines.units))
        told, last_on = old.last_on_after[at], new.last_on_after
        slipped = (last_on == 0) | ((last_on > told) & (last_on > fresh.today))
        later = ~came_since & (told > 0) & (fresh.lines.units > 0) & slipped
        put_off = ~came_since & redated(approved, before, jitter)[at] & _is_later(fresh.lines, approved.lines, at)
    found: dict[int, Refusal] = {}
    for line in np.flatnonzero(fewer | later | put_off | (came_since & new.lost)).tolist():
        item, id = int(fresh.lines.item[line]), int(fresh.lines.id[line])
        worse = "get its units later than approved" if later[line] else "be promised a later day than approved"
        worse = "get fewer units than approved" if fewer[line] else worse
        says = f"Line {id} would {'lose what it has: it came since' if came_since[line] else worse}."
        found.setdefault(item, Refusal(item, id, says))
    return list(found.values())


def _is_later(fresh: Lines, approved: Lines, at: Ints) -> Bools:
    """Is the day that a line would be promised later than the approved one? No day at all is the latest."""
    if fresh.dated_on is None or approved.dated_on is None:
        return np.zeros(len(fresh), dtype=bool)
    now, then = (np.where(on == MISSING, ANY_DAY, on) for on in (fresh.dated_on, approved.dated_on[at]))
    return now > then


def _places(ids: Ints, among: Ints) -> tuple[Ints, Bools]:
    """Where each id stands in `among` (anywhere, if it does not), and whether it is missing there."""
    if not len(among):
        return np.zeros(len(ids), dtype=np.int64), np.ones(len(ids), dtype=bool)
    order = np.argsort(among)
    place = np.minimum(np.searchsorted(among[order], ids), len(among) - 1)
    return order[place], among[order][place] != ids


def _packed(found: Tally) -> dict[str, Any]:
    kept = {each.name: getattr(found, each.name) for each in fields(Tally) if each.name not in _ORDERS}
    return kept | {name: zlib.compress(getattr(found, name).astype("<i8").tobytes(), 1).hex() for name in _ORDERS}


def measures(found: Any) -> dict[str, Any]:
    """The figures as what JSON holds."""
    return {name: round(value, 6) if isinstance(value, float) else value for name, value in asdict(found).items()}
