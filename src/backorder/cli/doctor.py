"""`backorder doctor`: one line for each thing an installation needs, whether it is well, and what to do if not."""

import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

OK, WARN, FAIL = "ok", "warn", "fail"
COLOURS = {OK: "green", WARN: "yellow", FAIL: "red"}

DISK_WARN_BYTES = 2_000_000_000
DISK_FAIL_BYTES = 300_000_000
CLOCK_WARN_SECONDS = 2
LAG_WARN_SECONDS = 60
MARK_WARN_SECONDS = 60


@dataclass(frozen=True)
class Check:
    """What was looked at, how it is, and what it says or asks for."""

    name: str
    state: str
    says: str


@click.command()
def doctor_command() -> None:
    """Examine the installation. Ends with 1 if something fails."""
    checks = []
    for check in examine():
        checks.append(check)
        click.echo(f"{click.style(check.state.ljust(4), fg=COLOURS[check.state])}  {check.name.ljust(12)} {check.says}")
    if any(check.state == FAIL for check in checks):
        sys.exit(1)


def examine() -> Iterator[Check]:
    """Examine everything, from the machine up to the work that is waiting; what needs a database comes last."""
    from backorder.config import embedded, installation, secrets

    data = secrets.data_folder()
    yield _python()
    yield _disk(data)
    yield _permissions(data)
    try:
        with installation.opened(application_name="backorder doctor", migrated=False):
            yield from _examine_database()
    except embedded.DatabaseUnavailable as error:
        yield Check("database", FAIL, str(error))


def _examine_database() -> Iterator[Check]:
    from backorder.config import installation

    yield _database()
    yield _durability()
    yield _sessions()
    yield _clock_of_the_machine()
    pending = installation.pending_migrations()
    if pending:
        yield Check("tables", FAIL, f"{len(pending)} migrations are missing. Run: backorder migrate")
        return
    yield Check("tables", OK, "up to date")
    yield _clock()
    yield from _followers()
    yield _marks()
    yield _webhooks()


def _python() -> Check:
    found = ".".join(str(number) for number in sys.version_info[:3])
    return Check("python", OK if sys.version_info >= (3, 11) else FAIL, f"{found} (3.11 or later is needed)")


def _disk(data: Path) -> Check:
    free = shutil.disk_usage(data if data.exists() else data.parent).free
    state = FAIL if free < DISK_FAIL_BYTES else WARN if free < DISK_WARN_BYTES else OK
    advice = "" if state == OK else " Make room before orders are refused."
    return Check("disk", state, f"{free / 1e9:.1f} GB free at {data}.{advice}")


def _permissions(data: Path) -> Check:
    from backorder.config import secrets

    file = data / secrets.FILE_NAME
    if not file.exists():
        return Check("secrets", OK, f"none yet; they are made in {data} at the first start")
    if file.stat().st_mode & 0o077:
        return Check("secrets", FAIL, f"others may read {file}. Run: chmod 600 {file}")
    return Check("secrets", OK, f"{file} is closed to others")


def _database() -> Check:
    from backorder.config import database

    kind = "embedded" if database.is_embedded() else "DATABASE_URL"
    version = _value("SHOW server_version")
    return Check("database", OK, f"PostgreSQL {version} ({kind}), {database.without_password(database.url())}")


def _durability() -> Check:
    wanted = ("fsync", "synchronous_commit", "full_page_writes")
    weak = [name for name in wanted if _value(f"SHOW {name}") == "off"]
    if weak:
        return Check("durability", FAIL, f"{', '.join(weak)} off: a power cut may lose answered orders. Turn it on.")
    return Check("durability", OK, "what is answered is on disk")


def _sessions() -> Check:
    used = _value("SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'")
    most = int(_value("SHOW max_connections"))
    state = WARN if used > 0.8 * most else OK
    return Check("sessions", state, f"{used} of {most} in use." + (" Raise max_connections." if state == WARN else ""))


def _clock_of_the_machine() -> Check:
    drift = abs((_value("SELECT clock_timestamp()") - datetime.now(UTC)).total_seconds())
    if drift > CLOCK_WARN_SECONDS:
        return Check(
            "time", WARN, f"this machine and the database differ by {drift:.0f} s. Set up time synchronisation."
        )
    return Check("time", OK, f"this machine and the database agree within {drift:.1f} s")


def _clock() -> Check:
    from backorder.journal import clock

    if clock.is_simulated():
        return Check("clock", WARN, f"simulated, now {clock.now():%Y-%m-%d %H:%M} UTC. Not for real orders.")
    return Check("clock", OK, "real")


def _followers() -> Iterator[Check]:
    """The age of the oldest entry that a follower of the journal has not read."""
    for name, lag in _rows("""
        SELECT follower.name, extract(epoch FROM backorder_now() - unread.at)::float
        FROM journal_follower AS follower
        LEFT JOIN LATERAL (
            SELECT entry.at FROM journal_entry AS entry
            WHERE (entry.era, entry.xact, entry.seq) > (follower.era, follower.xact::text::xid8, follower.seq)
            ORDER BY entry.era, entry.xact, entry.seq LIMIT 1
        ) AS unread ON true
        ORDER BY follower.name
    """):
        if lag is not None and lag > LAG_WARN_SECONDS:
            yield Check("journal", WARN, f"{name} is {lag:.0f} s behind. Is the worker running? Run: backorder work")
        else:
            yield Check("journal", OK, f"{name} keeps up")


def _marks() -> Check:
    ((count, age),) = _rows("SELECT count(*), extract(epoch FROM backorder_now() - min(at))::float FROM stock_changed")
    if count and age > MARK_WARN_SECONDS:
        return Check(
            "marks", WARN, f"{count} wait, the oldest for {age:.0f} s. Is the worker running? Run: backorder work"
        )
    return Check("marks", OK, f"{count} wait to be re-decided")


def _webhooks() -> Check:
    dead = _value("SELECT count(*) FROM notices_delivery WHERE state = 'dead'")
    if dead:
        return Check("webhooks", WARN, f"{dead} messages were given up. See GET /api/v1/webhooks for the endpoints.")
    return Check("webhooks", OK, "none given up")


def _value(statement: str) -> Any:
    ((value,),) = _rows(statement)
    return value


def _rows(statement: str) -> list[tuple[Any, ...]]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall())
