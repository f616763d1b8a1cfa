"""Frozen inputs: what runs decide on, kept as compressed columns so that a replay decides on the very same bytes."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Max

from backorder.engine.columns import RunInput, pack, unpack
from backorder.engine.optimise import MOST_LINES
from backorder.engine.strategies import Variant
from backorder.journal import clock
from backorder.journal.refusals import Refused
from backorder.orders.deciding.committing import look_at
from backorder.orders.deciding.standing import attributes_of

from .models import Frozen, FrozenRange, Run, RunRange
from .optimising import optimises
from .selection import selected_items

ITEMS_AT_ONCE = 1_000
FASTEST = 1  # Of zlib's levels: reading and writing again cost more than the space.

Progress = Callable[[int, int], None]
"""Called with how much is done, and of how much."""


@dataclass(frozen=True, slots=True)
class Range:
    """Items next to each other by id."""

    number: int
    items: Sequence[int]


def freeze(variants: Sequence[Variant], *, skus: Sequence[str] | None, progress: Progress | None = None) -> Frozen:
    """Keep what these variants decide on, range by range; refused if nobody waits for anything selected."""
    items = selected_items(skus)
    if not items:
        raise Refused("nothing_is_selected", "Nobody waits for any of these items.", field="skus", value=skus)
    ranges = ranges_of(items)
    if optimises(variants):
        _check_lines(ranges, variants)
        ranges = [Range(1, items)]
    frozen = Frozen.objects.create(at=clock.now(), attributes=sorted(attributes_of(variants)), skus=skus)
    for one in ranges:
        keep(frozen, one, look_at(one.items, variants))
        if progress:
            progress(one.number, len(ranges))
    return frozen


def _check_lines(ranges: Sequence[Range], variants: Sequence[Variant]) -> None:
    """Refuse more lines than are optimised together."""
    lines = 0
    for one in ranges:
        lines += len(look_at(one.items, variants).lines)
        if lines > MOST_LINES:
            raise Refused(
                "too_many_to_optimise",
                f"skus: at most {MOST_LINES} lines are optimised together, and here are more: name fewer items.",
                field="skus",
                value=lines,
                limit=MOST_LINES,
            )


def ranges_of(items: Sequence[int]) -> list[Range]:
    """Sorted items in ranges that one transaction can decide, numbered from 1."""
    return [
        Range(1 + start // ITEMS_AT_ONCE, items[start : start + ITEMS_AT_ONCE])
        for start in range(0, len(items), ITEMS_AT_ONCE)
    ]


@transaction.atomic
def keep(frozen: Frozen, one: Range, run: RunInput) -> None:
    """Keep the input of one range."""
    FrozenRange.objects.create(
        frozen=frozen,
        number=one.number,
        first_item=one.items[0],
        last_item=one.items[-1],
        lines=len(run.lines),
        content=zlib.compress(pack(run), FASTEST),
    )


def check_kept(frozen_id: int) -> None:
    """Refuse a run whose input is not kept any more."""
    if not FrozenRange.objects.filter(frozen_id=frozen_id).exists():
        raise Refused("input_is_gone", "What this run was decided on is not kept any more.", status=410, field="run")


def thaw(frozen_id: int, number: int) -> RunInput:
    """The input of one range as it was; refused if it is not kept any more."""
    row = FrozenRange.objects.filter(frozen_id=frozen_id, number=number).values_list("content", flat=True).first()
    if row is None:
        check_kept(frozen_id)
        raise AssertionError(f"range {number} of the frozen input {frozen_id} is missing")
    found: RunInput = unpack(zlib.decompress(row))
    return found


def thaw_all(frozen_id: int) -> Iterator[tuple[int, RunInput]]:
    """(number, input) of every range, in order of items."""
    for number in (
        FrozenRange.objects.filter(frozen_id=frozen_id).order_by("first_item").values_list("number", flat=True)
    ):
        yield number, thaw(frozen_id, number)


def purge() -> int:
    """Delete inputs older than `BACKORDER_RUN_INPUT_DAYS` that no run is at work on; returns how many ranges.

    Runs keep their figures and who gained and lost; they cannot be replayed or committed any more.
    """
    oldest = clock.now() - timedelta(days=settings.BACKORDER_RUN_INPUT_DAYS)
    at_work = Run.objects.filter(state__in=["deciding", "committing"]).values("frozen_id")
    old = Frozen.objects.filter(at__lt=oldest).exclude(id__in=at_work)
    RunRange.objects.filter(run__frozen__in=old, plan__isnull=False).update(plan=None)
    return FrozenRange.objects.filter(frozen_id__in=old.values("id")).delete()[0]


def next_number(frozen_id: int) -> int:
    """A number that no range has yet."""
    most = FrozenRange.objects.filter(frozen_id=frozen_id).aggregate(most=Max("number"))["most"]
    return int(most or 0) + 1
