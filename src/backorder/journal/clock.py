"""The one clock of the installation: the database's, so that every process agrees.

Only an installation created for simulation may freeze or move it, and never backwards: the journal
would tell its story out of order.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection, transaction

from .models import Clock, Entry
from .record import Fact, record
from .refusals import Refused


def now() -> datetime:
    """The current instant (UTC) of the installation."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT backorder_now()")
        (instant,) = cursor.fetchone()
    assert isinstance(instant, datetime)
    return instant


def is_simulated() -> bool:
    """Was this installation created with a clock that may be moved?"""
    return Clock.objects.get().simulated


def is_frozen() -> bool:
    """Does the clock stand still?"""
    return Clock.objects.get().frozen_at is not None


def set_to(instant: datetime, *, actor: str) -> datetime:
    """Move the clock to `instant` (aware); a frozen clock stays frozen, a running one runs on."""
    assert instant.tzinfo is not None
    return _move(instant, freeze=None, actor=actor)


def advance(by: timedelta, *, actor: str) -> datetime:
    """Move the clock forward by `by`."""
    return _move(now() + by, freeze=None, actor=actor)


def freeze(*, actor: str) -> datetime:
    """Stop the clock at the current instant."""
    return _move(None, freeze=True, actor=actor)


def run(*, actor: str) -> datetime:
    """Let a frozen clock run on from where it stands."""
    return _move(None, freeze=False, actor=actor)


@transaction.atomic
def begin_at(instant: datetime, *, actor: str) -> datetime:
    """Freeze the clock of a simulated installation at any instant, also an earlier one, before its first fact.

    Afterwards time only goes forward: this is how a replay of the past begins.
    """
    clock = Clock.objects.select_for_update().get()
    if not clock.simulated or Entry.objects.exists():
        raise Refused(
            "clock_has_begun",
            "The clock can begin in the past only in a simulated installation in which nothing has happened yet.",
            status=409,
        )
    _store(instant, stands=True)
    body = {"from": instant.isoformat(), "to": instant.isoformat(), "frozen": True}
    record([Fact("clock.moved", "clock/1", body)], actor=actor, at=instant)
    return instant


@transaction.atomic
def _move(instant: datetime | None, *, freeze: bool | None, actor: str) -> datetime:
    clock = Clock.objects.select_for_update().get()
    if not clock.simulated:
        raise Refused(
            "clock_is_real",
            "The clock can be moved only where BACKORDER_SIMULATED_CLOCK=1 was set when the installation was created.",
            status=409,
        )
    before = now()
    target = before if instant is None else instant
    if target < before:
        raise Refused(
            "clock_cannot_go_back",
            f"The clock stands at {before.isoformat()} and cannot go back to {target.isoformat()}.",
            field="now",
            value=target.isoformat(),
            limit=before.isoformat(),
        )
    stands = clock.frozen_at is not None if freeze is None else freeze
    _store(target, stands=stands)
    record(
        [Fact("clock.moved", "clock/1", {"from": before.isoformat(), "to": target.isoformat(), "frozen": stands})],
        actor=actor,
        at=target,
    )
    return target


def _store(target: datetime, *, stands: bool) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE journal_clock SET frozen_at = CASE WHEN %s THEN %s END, shift = %s - clock_timestamp()",
            [stands, target, target],
        )
