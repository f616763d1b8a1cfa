"""By which variant an item is decided when something changes: its own, the general one, or GAIN for everybody.

A planner makes a variant stand for an item or for all; here is what stands, frozen as it was then, so that
a decision reads one small table and asks nobody above.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db import transaction

from backorder.engine import run as engine
from backorder.engine.columns import Ints, RunPlan
from backorder.engine.strategies import Key, Quota, Segment, Strategy, Variant, from_document, to_document
from backorder.journal import clock
from backorder.journal.prepared import rows
from backorder.journal.record import Fact, record
from backorder.stock import marks

from .frame import Frame, waiting_items
from .gaining import gain

CAUSE = "variant"
RANK = (Key("priority", descending=True), Key("first_promised_on"), Key("ordered_at"))
"""Who comes first unless a variant says otherwise; the line's id decides last."""

DEFAULT = Variant("default", (Segment("everybody", Strategy.GAIN, rank=RANK),), version=0)

_STANDING = """
    SELECT s.item_id, s.variant, s.version, s.documents::text, s.since FROM orders_standing s
    WHERE s.item_id = ANY(%s::bigint[]) OR s.item_id IS NULL
"""
_ALL = "SELECT item_id, variant, version, documents::text, since FROM orders_standing ORDER BY item_id NULLS FIRST"
_MAKE = """
    INSERT INTO orders_standing (item_id, variant, version, documents, since, by)
    VALUES (%s::bigint, %s::text, %s::int, %s::jsonb, %s::timestamptz, %s::text)
    ON CONFLICT (item_id) DO UPDATE
    SET variant = excluded.variant, version = excluded.version, documents = excluded.documents,
        since = excluded.since, by = excluded.by
"""
_END = "DELETE FROM orders_standing WHERE item_id IS NOT DISTINCT FROM %s::bigint RETURNING variant"


@dataclass(frozen=True, slots=True)
class Standing:
    """What stands for an item (None: for all that have none of their own): a variant and its fallbacks."""

    item: int | None
    variant: Variant
    fallbacks: Mapping[str, Variant]
    since: datetime


@transaction.atomic
def let_stand(variant: Variant, *, fallbacks: Iterable[Variant], item: int | None, actor: str) -> None:
    """Decide an item, or all that have none of their own, by this variant from now on; what waits is re-decided."""
    at = clock.now()
    documents = json.dumps([to_document(one) for one in (variant, *fallbacks)])
    rows(_MAKE, [item, variant.name, variant.version, documents, at, actor])
    _tell("variant.stands", item, {"variant": variant.name, "version": variant.version}, actor, at)


@transaction.atomic
def end_standing(*, item: int | None, actor: str) -> bool:
    """Decide an item, or all, as if nothing had been said; False if nothing stood."""
    ended = rows(_END, [item])
    if ended:
        _tell("variant.stands_no_more", item, {"variant": ended[0][0]}, actor, clock.now())
    return bool(ended)


def everything_standing() -> list[Standing]:
    """What stands, the general one first."""
    return [_standing(*row) for row in rows(_ALL, [])]


def standing_of(items: Iterable[int]) -> list[tuple[Standing | None, list[int]]]:
    """The items by what stands for them; None: nothing does, they are decided by DEFAULT."""
    wanted = sorted(set(items))
    found = {row[0]: _standing(*row) for row in rows(_STANDING, [wanted])}
    groups: dict[int | None, list[int]] = defaultdict(list)
    for item in wanted:
        groups[item if item in found else None].append(item)
    return [(found.get(key), groups[key]) for key in sorted(groups, key=lambda key: key or 0)]


def decide(frame: Frame, stands: Standing | None) -> tuple[Ints, Ints, Ints, RunPlan | None]:
    """(lines, sources, units) of the pegs, and the plan itself unless it is the default's."""
    if stands is None:
        return (*gain(frame, DEFAULT), None)
    plan = engine.decide_or_fall_back(frame.run, stands.variant, stands.fallbacks)[-1]
    return plan.peg_line, plan.peg_source, plan.peg_units, plan


def attributes_of(variants: Iterable[Variant]) -> set[str]:
    """What the filters and ranks of variants name."""
    names: set[str] = set()
    for variant in variants:
        filters = [one.filter for one in variant.segments]
        filters += [one.filter for one in variant.quotas] + [one.filter for one in variant.protections]
        names |= {condition.attribute for each in filters for condition in (*each.include, *each.exclude)}
        names |= {key.attribute for segment in variant.segments for key in segment.rank}
        names |= {variant.weight} if variant.weight else set()
    return names


def quotas_of(variants: Iterable[Variant]) -> list[Quota]:
    """The quotas of all these variants: for them it counts what has left already."""
    return [quota for variant in variants for quota in variant.quotas]


def takes_away(variants: Iterable[Variant]) -> bool:
    """May a decision by these concern who waits for nothing any more: take units from them, or count them?"""
    taking = (Strategy.REDISTRIBUTE, Strategy.FILL, Strategy.LOSE)
    return any(
        one.quotas
        or one.protections
        or one.customer_cap
        or one.objective
        or any(each.strategy in taking for each in one.segments)
        for one in variants
    )


def _standing(item: int | None, name: str, version: int, documents: str, since: datetime) -> Standing:
    first, *others = _parsed(documents)
    return Standing(item, first, {other.name: other for other in others}, since)


@lru_cache(maxsize=256)
def _parsed(documents: str) -> Sequence[Variant]:
    return tuple(from_document(document) for document in json.loads(documents))


def _tell(fact: str, item: int | None, body: dict[str, Any], actor: str, at: datetime) -> None:
    subject = "items" if item is None else f"item/{item}"
    record([Fact(fact, subject, body)], actor=actor, at=at)
    items = [item] if item is not None else waiting_items()
    marks.mark(items, cause=CAUSE, at=at)
