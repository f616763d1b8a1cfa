"""`backorder demo`: play the months once, tell them, then serve what they left."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from secrets import token_urlsafe
from typing import TYPE_CHECKING

from rich.console import Console
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from backorder.config import embedded, installation, secrets, supervisor

if TYPE_CHECKING:
    from .replay import Progress as Played
    from .report import Story

FOLDER = ".backorder-demo"
REPORT = "report.html"
MARK = ".demo"
KEY_NAME = "demo"
EMAIL = "priya@demo.example"
SCOPES = ("admin",)
SECONDS_LATE = 1  # The clock is handed over a moment ago, so that it never stands in the future.


class DemoRefused(Exception):
    """The demo cannot be played here; the message says why."""


def run(*, once: bool, again: bool = False, host: str, port: int, days: int | None, seed: int) -> int:
    """Play the demo where it was not yet played (or `again`), write its report, and serve it unless `once`.

    Its data are kept apart, in ./.backorder-demo, unless BACKORDER_DATA or DATABASE_URL say where.
    Returns the exit code; serving replaces this process.
    """
    _set_up_environment()
    console = Console(highlight=False)
    data = secrets.data_folder()
    _check_place(data)
    if again or not (data / REPORT).exists():
        _forget(data)  # Also what an interrupted demo left.
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    (data / MARK).touch(mode=0o600)
    with installation.opened(application_name="backorder demo", migrated=False):
        installation.migrate()
        clean = True
        if not (data / REPORT).exists():
            clean = _play(console, data, days=days, seed=seed)
        key = None if once else _key()
        password = None if once else _sign_in()
    console.print(f"Report: {(data / REPORT).as_uri()}", soft_wrap=True)
    if once:
        return 0 if clean else 1
    _serve(console, key or "", password or "", host=host, port=port)
    return 0


def _set_up_environment() -> None:
    os.environ.setdefault("BACKORDER_DATA", str(Path(FOLDER).absolute()))
    os.environ["BACKORDER_SIMULATED_CLOCK"] = "1"
    # Its customers do not exist: whatever it has to tell stays in its outbox.
    for way in ("BACKORDER_MAIL", "BACKORDER_SMS", "BACKORDER_ALERTS"):
        os.environ[way] = ""


def _check_place(data: Path) -> None:
    """The demo never touches data that are not its own."""
    if data.exists() and any(data.iterdir()) and not (data / MARK).exists():
        raise DemoRefused(f"{data} holds data that are no demo's. Name another folder in BACKORDER_DATA.")


def _forget(data: Path) -> None:
    """Remove what a demo left in its folder, for a new one."""
    if not (data / MARK).exists():
        return
    if os.environ.get("DATABASE_URL"):
        raise DemoRefused("A demo was played in the database of DATABASE_URL. Empty it yourself to play another.")
    if installation.is_served(data):
        raise DemoRefused("The demo is being served. Stop it first (Ctrl-C), then play it again.")
    embedded.stop(data)
    shutil.rmtree(data)


def _play(console: Console, data: Path, *, days: int | None, seed: int) -> bool:
    """Replay and report; returns whether every check holds."""
    from backorder.orders.checking.verify import verify

    from . import report
    from .replay import decide_all, replay

    began = time.monotonic()
    until = datetime.now(UTC) - timedelta(seconds=SECONDS_LATE)
    with _shown(console) as show:
        replay(until=until, days=days, seed=seed, show=show)
    seconds = time.monotonic() - began
    story = report.gather(seed=seed, seconds=seconds, changed_by_second_pass=decide_all())
    written = data / f".{REPORT}"
    written.write_text(report.page(story), encoding="utf-8")
    written.replace(data / REPORT)
    findings = verify()
    console.print(_summary(story, findings))
    return not findings and not any(check.broken for check in story.checks)


@contextmanager
def _shown(console: Console) -> Iterator[Callable[[Played], None]]:
    bar = Progress(
        TextColumn("{task.description}"), BarColumn(bar_width=24), MofNCompleteColumn(), TextColumn("days"),
        TimeElapsedColumn(), console=console,
    )  # fmt: skip
    task = bar.add_task("Playing", total=None)

    def show(played: Played) -> None:
        bar.update(task, total=played.days, completed=played.days_done, description=f"{played.day:%a %d %b %Y}")
        live.update(_now(bar, played))

    with Live(bar, console=console, transient=True, refresh_per_second=8) as live:
        yield show


def _now(bar: Progress, played: Played) -> Table:
    """What the replay has come to, under its bar."""
    told = (
        f"{played.orders:,} orders, {played.lines:,} lines; {played.purchase_orders:,} purchase orders,"
        f" {played.deliveries:,} deliveries; {played.shipments:,} parcels sent;"
        f" {played.redecided:,} items decided again; {played.waiting:,} units wait"
    )
    table = Table.grid()
    table.add_row(bar)
    table.add_row(told)
    return table


def _summary(story: Story, findings: Sequence[object]) -> Table:
    t, b, a = story.totals, story.backordered, story.everything
    broken = sum(check.broken for check in story.checks)
    table = Table(title=f"{t.began_on:%d %b %Y} to {t.ended_on:%d %b %Y}, played in {story.seconds:.0f} s",
                  show_header=False, title_justify="left")  # fmt: skip
    for name, value in (
        ("Orders", f"{t.orders:,} with {t.lines:,} lines"),
        ("Units from stock at first ask", f"{t.fill_rate:.1%} ({t.units_from_stock:,} of {t.units:,})"),
        ("Backordered", f"{t.backordered_lines:,} lines, {t.backordered_units:,} units"),
        ("Waiting now", f"{t.waiting_lines:,} lines, {t.waiting_units:,} units"),
        ("Purchase orders", f"{t.purchase_orders:,}, of which {t.slipped_orders:,} slipped ({t.slips:,} deliveries)"),
        ("Kept, first date", f"{b.first_share} of backordered lines; all lines {a.first_share}"),
        ("Kept, latest date", f"{b.latest_share} of backordered lines; all lines {a.latest_share}"),
        ("Mean promised wait", f"{b.wait_days:.1f} days for backordered lines; all lines {a.wait_days:.1f}"),
        ("Days late", f"{b.late_days:.1f} on average of {b.late:,} late backordered lines, {b.worst_days:,} at worst"),
        ("Oversold", f"{t.oversold:,}"),
        ("Decided again", f"{story.changed_by_second_pass:,} changes"),
        ("Invariants", "clean" if not findings and not broken else f"{broken:,} broken, {len(findings)} findings"),
    ):
        table.add_row(name, value)
    return table


def _key() -> str:
    """A fresh key for this start; the ones of earlier starts end."""
    from backorder.access import keys

    for old in keys.list_keys():
        if old.name == KEY_NAME and old.revoked_at is None:
            keys.revoke(old.prefix, actor="demo")
    return keys.create(name=KEY_NAME, scopes=SCOPES, actor="demo")


def _sign_in() -> str:
    """A fresh password for the demo's planner, who may do everything."""
    from django.contrib.auth.models import User

    from backorder.access import staff

    if not any(person.email == EMAIL for person in staff.people()):
        staff.invite(EMAIL, name="Priya Nair", roles=["admin", "planner"], actor="demo")
    user = User.objects.get(pk=staff.by_email(EMAIL).id)
    password = token_urlsafe(12)
    user.set_password(password)
    user.save(update_fields=["password"])
    return password


def _serve(console: Console, key: str, password: str, *, host: str, port: int) -> None:
    """Become `backorder serve` on the demo's data."""
    shown = "localhost" if host in ("0.0.0.0", "::") else host
    address = f"http://[{shown}]:{port}" if ":" in shown else f"http://{shown}:{port}"
    call = shlex.join(["curl", "-H", f"Authorization: Bearer {key}", f"{address}/api/v1/orders?limit=2"])
    told = (
        f"Serving at {address}. The report is at {address}/report.\n"
        f"The console is at {address}/console/: sign in as {EMAIL} with {password}\n"
        f"A key to try:\n\n    {call}\n"
    )
    console.print(told, soft_wrap=True)
    sys.stdout.flush()
    command = supervisor.program("serve", "--host", host, "--port", str(port))
    os.execv(command[0], command)
