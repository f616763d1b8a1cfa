"""The one clock of the installation: the database's, so that every process agrees.

Only an installation created for simulation may freeze or move it, and never backwards: the journal
would tell its story out of order.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from .models import Clock, Entry
from .prepared import rows, together
from .record import Fact, statement
from .refusals import Refused

_LOCK = "SELECT id FROM journal_clock FOR UPDATE"
_STANDS = "SELECT simulated, frozen_at IS NOT NULL, backorder_now() FROM journal_clock"
_STORE = """
    UPDATE journal_clock
    SET frozen_at = CASE WHEN %s::bool THEN %s::timestamptz END, shift = %s::timestamptz - clock_timestamp()
"""


def now() -> datetime:
    """The current instant (UTC) of the installation."""
    ((instant,),) = rows("SELECT backorder_now()", [])
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
    _store(instant, instant, stands=True, actor=actor)
    return instant


@transaction.atomic
def _move(instant: datetime | None, *, freeze: bool | None, actor: str) -> datetime:
    _, ((simulated, stands, before),) = together((_LOCK, []), (_STANDS, []))
    if not simulated:
        raise Refused(
            "clock_is_real",
            "The clock can be moved only where BACKORDER_SIMULATED_CLOCK=1 was set when the installation was created.",
            status=409,
        )
    target = before if instant is None else instant
    if target < before:
        raise Refused(
            "clock_cannot_go_back",
            f"The clock stands at {before.isoformat()} and cannot go back to {target.isoformat()}.",
            field="now",
            value=target.isoformat(),
            limit=before.isoformat(),
        )
    stands = stands if freeze is None else freeze
    _store(before, target, stands=stands, actor=actor)
    return target


def _store(before: datetime, target: datetime, *, stands: bool, actor: str) -> None:
    moved = Fact("clock.moved", "clock/1", {"from": before.isoformat(), "to": target.isoformat(), "frozen": stands})
    together((_STORE, [stands, target, target]), statement([moved], actor=actor, at=target))
