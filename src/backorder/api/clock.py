"""The one clock of the installation, movable only where it was created for simulation."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Literal

from msgspec import Meta, Struct

from backorder.api.operation import Call, operation
from backorder.journal import clock
from backorder.journal.refusals import Refused

TAG = "clock"

LONGEST_STEP = timedelta(days=3650)
LAST_INSTANT = 2100


class Clock(Struct, frozen=True):
    """The instant it is, and whether the clock is a simulated one, which may stand still."""

    now: datetime
    simulated: bool
    frozen: bool


class ClockMove(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Set the clock (`to`), move it forward (`seconds`), `freeze` it or let it `run`: one of them."""

    to: Annotated[datetime, Meta(tz=True)] | None = None
    seconds: Annotated[int, Meta(ge=1, le=int(LONGEST_STEP.total_seconds()))] | None = None
    be: Literal["frozen", "running"] | None = None


@operation(TAG, "GET", "/clock", scope="orders:read", answer=Clock)
def show_clock(call: Call) -> Clock:
    """Show the instant it is in this installation."""
    return Clock(clock.now(), clock.is_simulated(), clock.is_frozen())


@operation(TAG, "POST", "/clock", scope="admin", answer=Clock)
def move_clock(call: Call, body: ClockMove) -> Clock:
    """Move, freeze or run the clock. Refused where the clock is real; it never goes back."""
    given = [name for name in ("to", "seconds", "be") if getattr(body, name) is not None]
    if len(given) != 1:
        raise Refused("clock_needs_one_move", "Give one of: to, seconds, be.", field="body", value=given, limit=1)
    _refuse_far_future(body)
    if body.to is not None:
        clock.set_to(body.to, actor=call.actor)
    elif body.seconds is not None:
        clock.advance(timedelta(seconds=body.seconds), actor=call.actor)
    elif body.be == "frozen":
        clock.freeze(actor=call.actor)
    else:
        clock.run(actor=call.actor)
    return show_clock(call)


def _refuse_far_future(body: ClockMove) -> None:
    target = body.to or clock.now() + timedelta(seconds=body.seconds or 0)
    if target.year >= LAST_INSTANT:
        raise Refused(
            "clock_too_far",
            f"The clock ends before the year {LAST_INSTANT}.",
            field="to",
            value=target,
            limit=LAST_INSTANT,
        )
