"""`backorder clock`: read the one clock of the installation, and move it where it was created for simulation."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import click

ACTOR = "cli"
UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


@click.group(name="clock")
def clock_command() -> None:
    """Show or move the clock. Moving needs BACKORDER_SIMULATED_CLOCK=1 when the installation is created."""


@clock_command.command()
def show() -> None:
    """Show the installation's current instant."""
    _with_clock(lambda clock: clock.now())


@clock_command.command(name="set")
@click.argument("instant")
def set_to(instant: str) -> None:
    """Move the clock to INSTANT, such as 2026-12-01 or 2026-12-01T08:30:00+01:00 (UTC if no zone is given)."""
    wanted = parse_instant(instant)
    _with_clock(lambda clock: clock.set_to(wanted, actor=ACTOR))


@clock_command.command()
@click.argument("by")
def advance(by: str) -> None:
    """Move the clock forward BY a time such as 90s, 30m, 6h, 3d or 2w."""
    wanted = parse_span(by)
    _with_clock(lambda clock: clock.advance(wanted, actor=ACTOR))


@clock_command.command()
def freeze() -> None:
    """Stop the clock where it stands."""
    _with_clock(lambda clock: clock.freeze(actor=ACTOR))


@clock_command.command()
def run() -> None:
    """Let a frozen clock run on."""
    _with_clock(lambda clock: clock.run(actor=ACTOR))


def parse_instant(text: str) -> datetime:
    """Return an aware instant. Raises click.BadParameter."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(f"{text!r} is not an instant such as 2026-12-01T08:30:00+01:00.") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def parse_span(text: str) -> timedelta:
    """Return a positive span of time. Raises click.BadParameter."""
    found = re.fullmatch(r"(\d{1,6})([smhdw])", text)
    if not found or not int(found[1]):
        raise click.BadParameter(f"{text!r} is not a time such as 90s, 30m, 6h, 3d or 2w.")
    return timedelta(**{UNITS[found[2]]: int(found[1])})


def _with_clock(use: "Callable[..., datetime]") -> None:
    from backorder.config import installation

    with installation.opened(application_name="backorder clock"):
        from backorder.journal import clock

        instant = use(clock).astimezone(UTC)
        kind = "simulated" if clock.is_simulated() else "real"
    click.echo(f"{instant.isoformat(timespec='seconds')} ({kind} clock)")
