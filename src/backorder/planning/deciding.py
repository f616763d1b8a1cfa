"""What a run decides on one range of items: pure, from the frozen input and the variants as they then were."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, fields
from typing import Any

import numpy as np

from backorder.engine import run as engine
from backorder.engine.columns import Bools, Ints, RunInput, RunPlan
from backorder.engine.measure import Tally, outcome, tally, unchanged
from backorder.engine.strategies import OnBroken, Variant
from backorder.orders.deciding.committing import Refusal

_ORDERS = ("orders", "open")


def plan_of(run: RunInput, variants: Sequence[Variant], stopped: Iterable[str]) -> RunPlan:
    """The plan of the first variant that is not stopped altogether; without one everything stays."""
    left = [variant for variant in variants if variant.name not in set(stopped)]
    if not left:
        return unchanged(run)
    first, *others = left
    return engine.decide_or_fall_back(run, first, {other.name: other for other in others})[-1]


def stops_all(run: RunInput, variant: Variant) -> bool:
    """Would a broken floor in this range stop the variant altogether?"""
    return variant.on_broken is OnBroken.STOP_ALL and engine.decide(run, variant).stopped_all


def digest_of(plans: Iterable[str]) -> str:
    """One fingerprint of those of all ranges."""
    return hashlib.sha256("".join(plans).encode()).hexdigest()


def tallied(run: RunInput, plan: RunPlan) -> dict[str, Any]:
    """Before and after as what JSON holds; orders as compressed columns in hexadecimal."""
    return {"before": _packed(tally(run, unchanged(run))), "after": _packed(tally(run, plan))}


def untallied(kept: Mapping[str, Any]) -> Tally:
    """Read what `tallied` made of one side."""
    columns = {
        name: np.frombuffer(zlib.decompress(bytes.fromhex(kept[name])), dtype="<i8").astype(np.int64)
        for name in _ORDERS
    }
    return Tally(**{**kept, **columns})


def worse_than_approved(fresh: RunInput, plan: RunPlan, approved: RunInput, before: RunPlan) -> list[Refusal]:
    """A refusal for each item of which some line would be worse off than in the plan that was approved.

    Fewer units or a later last day are worse; what is there today is never late. Who came since is judged by what
    he has.
    """
    new = outcome(fresh, plan)
    at, came_since = _places(fresh.lines.id, approved.lines.id)
    fewer, later = np.zeros(len(at), dtype=bool), np.zeros(len(at), dtype=bool)
    if len(approved.lines):
        old = outcome(approved, before)
        fewer = ~came_since & (new.covered_after < np.minimum(old.covered_after[at], fresh.lines.units))
        told, last_on = old.last_on_after[at], new.last_on_after
        slipped = (last_on == 0) | ((last_on > told) & (last_on > fresh.today))
        later = ~came_since & (told > 0) & (fresh.lines.units > 0) & slipped
    found: dict[int, Refusal] = {}
    for line in np.flatnonzero(fewer | later | (came_since & new.lost)).tolist():
        item, id = int(fresh.lines.item[line]), int(fresh.lines.id[line])
        worse = "get fewer units than approved" if fewer[line] else "get its units later than approved"
        says = f"Line {id} would {'lose what it has: it came since' if came_since[line] else worse}."
        found.setdefault(item, Refusal(item, id, says))
    return list(found.values())


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
