"""Runs: several variants simulated on one frozen input, compared, approved, committed, replayed."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from backorder.api import paging
from backorder.api.operation import Answered, Call, operation
from backorder.api.parameters import Code as InAddress
from backorder.api.parameters import Cursor, Id, Limit, Word
from backorder.api.shapes import Code
from backorder.api.variants import Skus
from backorder.journal.refusals import Refused
from backorder.planning import reading, runs
from backorder.planning.reading import Broken, ItemState, LineDiff, RunView
from backorder.planning.runs import MOST_VARIANTS

TAG = "runs"

State = Literal["proposed", "committed", "refused", "stopped"]


class Simulation(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Variants to decide by, side by side, and the items to decide."""

    variants: Annotated[tuple[Code, ...], Meta(min_length=1, max_length=MOST_VARIANTS)]
    skus: Skus | None = None


class AtOnce(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A variant to decide by, and the items to decide."""

    variant: Code
    skus: Skus | None = None


class Replayed(Struct, frozen=True):
    """Did the frozen input give the same plan again, byte for byte?"""

    same: bool
    digest: str


@operation(TAG, "POST", "/runs", scope="planning:write", answer=list[RunView], status=201, once=True)
def simulate_runs(call: Call, body: Simulation) -> list[RunView]:
    """Simulate variants on one frozen input, a run each. Nothing of orders changes.

    Where one has an objective they are left to the workers: look again until `state` is `simulated`.
    """
    wait = not runs.are_solved(body.variants)
    made = runs.simulate(body.variants, skus=body.skus, actor=call.actor, wait=wait)
    return reading.compared(made)


@operation(TAG, "POST", "/runs/at-once", scope="planning:write", answer=RunView, status=201, once=True)
def commit_at_once(call: Call, body: AtOnce) -> RunView:
    """Decide by a variant and commit, without a simulation in between; replayed like any run."""
    return reading.run(runs.commit_at_once(body.variant, skus=body.skus, actor=call.actor))


@operation(TAG, "GET", "/runs", scope="planning:read", answer=list[RunView], paged=True)
def list_runs(call: Call, variant: InAddress | None = None, limit: Limit = 50, cursor: Cursor = None) -> Answered:
    """List runs, newest first."""
    rows = reading.runs(variant=variant, before=paging.read_cursor(cursor, int), limit=limit + 1)
    page, more = paging.cut(rows, limit, lambda row: row.id)
    return Answered(page, headers=paging.link(call.request, more))


@operation(TAG, "GET", "/runs/compare", scope="planning:read", answer=list[RunView])
def compare_runs(call: Call, runs: Word) -> list[RunView]:
    """Show runs of one frozen input side by side; `runs` are their ids, by comma."""
    words = runs.split(",")
    if len(words) > MOST_VARIANTS or not all(word.isdecimal() and len(word) < 19 for word in words):
        raise Refused(
            "invalid_parameter", f"runs: give up to {MOST_VARIANTS} ids by comma.", field="runs", value=runs,
            limit=MOST_VARIANTS,
        )  # fmt: skip
    return reading.compared([int(word) for word in words])


@operation(TAG, "GET", "/runs/{int:run}", scope="planning:read", answer=RunView)
def get_run(call: Call, run: Id) -> RunView:
    """Show a run: how far it is, and its figures before and after."""
    return reading.run(run)


@operation(TAG, "GET", "/runs/{int:run}/diff", scope="planning:read", answer=list[LineDiff], paged=True)
def get_run_diff(call: Call, run: Id, limit: Limit = 50, cursor: Cursor = None) -> Answered:
    """List what a run changes, line by line: who gains, who loses, what is lacking."""
    rows = reading.diff(run, after=paging.read_cursor(cursor, int) or 0, limit=limit + 1)
    page, more = paging.cut(rows, limit, lambda row: row.line)
    return Answered(page, headers=paging.link(call.request, more))


@operation(TAG, "GET", "/runs/{int:run}/items", scope="planning:read", answer=list[ItemState], paged=True)
def list_run_items(
    call: Call, run: Id, state: State | None = None, limit: Limit = 50, cursor: Cursor = None
) -> Answered:
    """List how far the items of a run are; those refused say which line stood in the way."""
    rows = reading.items(run, state=state, after=paging.read_cursor(cursor, int) or 0, limit=limit + 1)
    page, more = paging.cut(rows, limit, lambda row: row[0])
    return Answered([item for _, item in page], headers=paging.link(call.request, more))


@operation(TAG, "GET", "/runs/{int:run}/broken", scope="planning:read", answer=list[Broken])
def list_broken_floors(call: Call, run: Id) -> list[Broken]:
    """List the first floors that could not be held, and who would have to lose so that they could."""
    return reading.broken_floors(run)


@operation(TAG, "POST", "/runs/{int:run}/approve", scope="planning:write", answer=RunView)
def approve_run(call: Call, run: Id) -> RunView:
    """Agree to a simulated run; some variants want somebody else than who made it."""
    runs.approve(run, actor=call.actor)
    return reading.run(run)


@operation(TAG, "POST", "/runs/{int:run}/commit", scope="planning:write", answer=RunView)
def commit_run(call: Call, run: Id) -> RunView:
    """Commit a run item by item, each decided again under its lock.

    An item is refused, and named, if one of its lines would be worse off than approved.
    """
    runs.commit_run(run, actor=call.actor)
    return reading.run(run)


@operation(TAG, "POST", "/runs/{int:run}/discard", scope="planning:write", answer=RunView)
def discard_run(call: Call, run: Id) -> RunView:
    """Put a run away that shall not be committed."""
    runs.discard(run, actor=call.actor)
    return reading.run(run)


@operation(TAG, "POST", "/runs/{int:run}/replay", scope="planning:read", answer=Replayed)
def replay_run(call: Call, run: Id) -> Replayed:
    """Decide the frozen input of a run again and compare the plans byte for byte."""
    return Replayed(runs.replay(run), reading.run(run).digest)
