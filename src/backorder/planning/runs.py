"""Runs: simulate variants on one frozen input, approve one, commit it item by item, replay any.

A verb here begins something and goes on with it as far as nobody else does; `working` says how it is shared.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from backorder.engine.strategies import Variant, to_document
from backorder.journal import clock
from backorder.journal.refusals import Refused

from . import deciding, frozen, variants
from .frozen import Progress, Range
from .models import Frozen, FrozenRange, Run, RunRange
from .optimising import is_verified, optimises, stored
from .selection import selected_items
from .working import go_on, locked_run, rules_of, run_by_id, tell

MOST_VARIANTS = 10


def simulate(
    codes: Sequence[str],
    *,
    skus: Sequence[str] | None = None,
    actor: str,
    progress: Progress | None = None,
    wait: bool = True,
) -> list[int]:
    """Decide several variants on one frozen input; returns a run for each. Nothing of orders is changed.

    Without `wait` the input is frozen and the runs are left to the workers.
    """
    chains = {code: variants.chain(code) for code in codes[:MOST_VARIANTS]}
    if not chains or len(codes) > MOST_VARIANTS:
        raise Refused(
            "wrong_number_of_variants", f"variants: give 1 to {MOST_VARIANTS}.", field="variants", value=len(codes),
            limit=MOST_VARIANTS,
        )  # fmt: skip
    held = frozen.freeze([one for chain in chains.values() for one in chain], skus=skus, progress=progress)
    runs = [_make(held, chain, code, "deciding", actor) for code, chain in chains.items()]
    for run in runs if wait else ():
        go_on(run, progress=progress)
    return runs


def are_solved(codes: Sequence[str]) -> bool:
    """Does any of these variants take a solver, and so longer than a request may?"""
    return any(optimises(variants.chain(code)) for code in codes[:MOST_VARIANTS])


def commit_at_once(
    code: str, *, skus: Sequence[str] | None = None, actor: str, progress: Progress | None = None
) -> int:
    """Decide and commit range by range, without looking first; returns the run. What it decided on is kept, too.

    Refused for a variant that must stop altogether, wants a second person or is optimised: that takes a simulation.
    """
    chain = variants.chain(code)
    form = variants.variant(code).form
    if form.second_person or form.on_broken == "stop_all" or optimises(chain):
        raise Refused(
            "simulate_first",
            f"{code!r} stops altogether on a broken floor, wants a second person or is optimised: simulate, then "
            "commit.",
            status=409,
            field="variant",
            value=code,
        )
    ranges = frozen.ranges_of(selected_items(skus))
    if not ranges:
        raise Refused("nothing_is_selected", "Nobody waits for any of these items.", field="skus", value=skus)
    held = Frozen.objects.create(at=clock.now(), skus=skus)
    run = _make(held, chain, code, "committing", actor, ranges)
    go_on(run, progress=progress)
    return run


def approve(run_id: int, *, actor: str) -> None:
    """Agree to a simulated run; twice changes nothing. A variant may ask for a second person to do it."""
    with transaction.atomic():
        run = locked_run(run_id)
        if run.state == "approved":
            return
        _require(run, "simulated")
        _check_variant(run)
        if run.second_person and actor == run.made_by:
            raise Refused(
                "second_person_needed",
                "Somebody else than who made this run must approve it.",
                status=403,
                field="run",
                value=run_id,
            )
        run.state, run.approved_at, run.approved_by = "approved", clock.now(), actor
        run.save(update_fields=["state", "approved_at", "approved_by"])
        tell("run.approved", run, actor, run.approved_at)


def commit_run(run_id: int, *, actor: str, progress: Progress | None = None, wait: bool = True) -> None:
    """Commit what a run proposes, item by item, each decided again under its lock.

    An item is refused, and named, if one of its lines would be worse off than approved. Refused altogether: a run
    that is not simulated, not approved where that is needed, committed before, or whose variant was changed since.
    Without `wait` it is left to the workers.
    """
    with transaction.atomic():
        run = locked_run(run_id)
        _require(run, *(("approved",) if run.second_person else ("simulated", "approved")))
        _check_variant(run)
        frozen.check_kept(run.frozen_id)
        run.state, run.committed_at, run.committed_by = "committing", clock.now(), actor
        run.save(update_fields=["state", "committed_at", "committed_by"])
        tell("run.committing", run, actor, run.committed_at)
    if wait:
        go_on(run_id, progress=progress)


def discard(run_id: int, *, actor: str) -> None:
    """Put a run away that shall not be committed; twice changes nothing."""
    with transaction.atomic():
        run = locked_run(run_id)
        if run.state == "discarded":
            return
        _require(run, "simulated", "approved")
        run.state = "discarded"
        run.save(update_fields=["state"])
        tell("run.discarded", run, actor, clock.now())


def replay(run_id: int, *, progress: Progress | None = None) -> bool:
    """Decide a run's frozen input again: is every plan the same, byte for byte?

    An assignment that a solver found is not solved again: it is verified, rule by rule.
    """
    run = run_by_id(run_id)
    frozen.check_kept(run.frozen_id)
    digests = dict(RunRange.objects.filter(run=run).values_list("number", "digest"))
    rules = rules_of(run)
    same = True
    for done, (number, held) in enumerate(frozen.thaw_all(run.frozen_id), 1):
        plan = stored(run.pk, number)
        if plan is None:
            same &= deciding.plan_of(held, rules, run.stopped).fingerprint() == digests[number]
        else:
            same &= is_verified(held, rules, run.stopped, plan, digests[number])
        if progress:
            progress(done, len(digests))
    return same


def _make(
    held: Frozen, chain: Sequence[Variant], code: str, state: str, actor: str, ranges: Sequence[Range] = ()
) -> int:
    with transaction.atomic():
        run = Run.objects.create(
            frozen=held, variant=code, version=chain[0].version, documents=[to_document(one) for one in chain],
            second_person=variants.variant(code).form.second_person, state=state, made_at=clock.now(), made_by=actor,
        )  # fmt: skip
        if state == "committing":
            run.committed_at, run.committed_by = run.made_at, actor
            run.save(update_fields=["committed_at", "committed_by"])
        kept = FrozenRange.objects.filter(frozen=held).values_list("number", "first_item", "last_item")
        spans = [(one.number, one.items[0], one.items[-1]) for one in ranges] or list(kept)
        RunRange.objects.bulk_create(
            RunRange(run=run, number=number, first_item=first, last_item=last) for number, first, last in spans
        )
        tell("run.made", run, actor, run.made_at)
    return int(run.pk)


def _require(run: Run, *states: str) -> None:
    if run.state not in states:
        raise Refused(
            "run_is_not_ready",
            f"Run {run.pk} is {run.state}; it must be {' or '.join(states)}.",
            status=409,
            field="run",
            value=run.state,
            limit=list(states),
        )


def _check_variant(run: Run) -> None:
    """A run stands for what its variant said; when that was changed since, it must be simulated again."""
    now = variants.variant(run.variant).version
    if now != run.version:
        raise Refused(
            "variant_changed",
            f"The variant {run.variant!r} is at version {now} now, the run was decided by version {run.version}.",
            status=409,
            field="variant",
            value=run.version,
            limit=now,
        )
