"""Every background job on one page: its name, how often it looks, what it does.

The tables are the truth: a mark, a due hold, a waiting message say what is to be done, so nothing is lost when a worker
dies and any number of workers share the work (each takes rows that no other holds). A job that fails is logged, waits
a little longer each time, and goes on; so the worker also survives a restart of the database.
"""

from __future__ import annotations

import logging
import math
import os
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from django.db import DatabaseError, InterfaceError, connection

from backorder.access import replays
from backorder.console import errands, measuring, uploads
from backorder.journal import era, follow
from backorder.journal import jobs as told
from backorder.journal.jobs import Ran
from backorder.notices import alerts, composing, delay, deliver, deliveries, noting, sending
from backorder.notices.publish import publish
from backorder.orders.checking import repair
from backorder.orders.deciding import midnight, net_change
from backorder.orders.deciding.redecide import work_marks
from backorder.orders.ledger.retry import is_lost
from backorder.orders.placing import waitlist as wishes
from backorder.orders.placing.end_holds import end_due_holds
from backorder.payments import watching
from backorder.planning import frozen, working
from backorder.portal import waitlist

log = logging.getLogger(__name__)

FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 10.0
LOOK_SECONDS = 0.5
# How often the worker tells how its jobs went, and asks whether somebody wants one to run now.
TELL_SECONDS = 5.0
# A job that rests at least this long gives its database session back meanwhile.
LONG_REST_SECONDS = 5.0
LAG_ALARM_SECONDS = 60.0
# Connections to the mail server that are used at once: sending is mostly waiting for its answers.
MAIL_SENDERS = 3
# Steps of niceness.
BEHIND = 10


@dataclass(frozen=True, slots=True)
class Job:
    """`run` returns how much it did: it is called again at once after some, `every` seconds after none."""

    name: str
    every: float
    run: Callable[[], int]


_lags: dict[str, float] = {}  # How far behind each follower of the journal was at the last look, in seconds.


def watch_lag() -> int:
    """Raise the alarm for followers of the journal that are behind, and no less than at the look before."""
    for name, seconds in follow.lags().items():
        if LAG_ALARM_SECONDS < seconds >= _lags.get(name, math.inf):
            log.warning("The follower %s of the journal is %.0f s behind", name, seconds)
        _lags[name] = seconds
    return 0


def purge() -> int:
    """Delete what is kept for some time only: answers, messages that arrived or died, old wishes, inputs of runs."""
    replays.purge()
    deliveries.purge()
    wishes.purge()
    uploads.purge()
    errands.purge()
    frozen.purge()
    return 0


JOBS = (
    Job("re-decide what changed", 0.25, work_marks),
    Job("end holds whose time has passed", 1, end_due_holds),
    Job("take part in runs", 1, working.go_on_with_all),
    Job("serve the waitlist", 5, waitlist.serve),
    Job("mark what a new day changes", 5, midnight.mark_day_changes),
    Job("look through what waits, at night", 600, net_change.look_through),
    Job("mend promises that are stuck", 3600, repair.mend_stuck),
    Job("publish facts to webhooks", 0.5, publish),
    Job("deliver webhooks", 0.5, deliver.deliver_due),
    Job("deliver webhooks that failed", 1, lambda: deliver.deliver_due(failing=True)),
    Job("note what there is to tell", 0.5, noting.note),
    Job("compose notices", 1, composing.compose_due),
    *(Job(f"send e-mails, {n}", 1, lambda: sending.send_due("email")) for n in range(1, MAIL_SENDERS + 1)),
    Job("send texts", 1, lambda: sending.send_due("sms")),
    Job("send alerts", 2, lambda: sending.send_due("alert")),
    Job("note what the delay law asks", 0.5, delay.watch),
    Job("act on the delay law", 5, delay.act_due),
    Job("look at the money of orders", 0.5, watching.follow_orders),
    Job("watch authorisations that lapse", 30, watching.watch_holds),
    Job("watch refunds that are due", 60, watching.watch_dues),
    Job("watch deadlines of notices", 30, alerts.watch_deadlines),
    Job("watch the lag of followers", 60, watch_lag),
    Job("take in files", 1, uploads.go_on),
    Job("do what was asked for many lines", 1, errands.go_on),
    Job("measure how we stand", 300, measuring.measure),
    Job("purge what is old", 24 * 3600, purge),
)


@dataclass(slots=True)
class Shift:
    """A worker's work: when it ends, what wakes a job that rests, and what became of each since it was told."""

    stop: threading.Event
    wakes: dict[str, threading.Event] = field(default_factory=dict)
    ran: dict[str, tuple[Ran, float]] = field(default_factory=dict)
    guard: threading.Lock = field(default_factory=threading.Lock)

    def went(self, job: Job, *, took: float, did: int) -> None:
        """It ran."""
        self._note(job, ran_ago=0.0, took_seconds=took, did=did)

    def failed(self, job: Job, failure: Exception) -> None:
        """It failed."""
        self._note(job, failed_ago=0.0, failure=told.in_a_line(failure))

    def _note(self, job: Job, **change: object) -> None:
        now = time.monotonic()
        with self.guard:
            old, at = self.ran.get(job.name, (Ran(job.name, job.every), now))
            self.ran[job.name] = replace(_aged(old, now - at), **change), now  # type: ignore[arg-type]

    def untold(self) -> list[Ran]:
        """What became of the jobs since this was asked last."""
        now = time.monotonic()
        with self.guard:
            found, self.ran = self.ran, {}
        return [_aged(one, now - at) for one, at in found.values()]


def step_behind() -> None:
    """Let this process have the processor that others leave: whoever orders waits for an answer, a job does not.

    For a process of its own only, after the database has started: what it starts from here on inherits it.
    """
    os.nice(BEHIND)


def work(stop: threading.Event, *, jobs: tuple[Job, ...] = JOBS) -> None:
    """Run every job, each in a thread of its own, until `stop` is set; then finish what is under way."""
    _persist(era.check_on_start, "begin", stop)
    shift = Shift(stop, {job.name: threading.Event() for job in jobs})
    threads = [threading.Thread(target=_keep, args=(job, shift), name=job.name, daemon=True) for job in jobs]
    for thread in threads:
        thread.start()
    _tell([Ran(job.name, job.every) for job in jobs], shift)
    tell_at = time.monotonic() + TELL_SECONDS
    while not stop.wait(LOOK_SECONDS):
        # Only a defect of the loop itself ends a thread; whoever started us then starts us again.
        assert all(thread.is_alive() for thread in threads) or stop.is_set(), "a job has ended"
        if time.monotonic() >= tell_at:
            _tell(shift.untold(), shift)
            tell_at = time.monotonic() + TELL_SECONDS
    for wake in shift.wakes.values():
        wake.set()
    for thread in threads:
        thread.join()
    connection.close()


def _tell(runs: Sequence[Ran], shift: Shift) -> None:
    """Tell how the jobs went and wake those that somebody wants; what cannot be told now is told of the next runs."""
    try:
        connection.close_if_unusable_or_obsolete()
        told.tell(runs)
        for name in told.take_wanted(shift.wakes):
            shift.wakes[name].set()
    except (DatabaseError, InterfaceError) as failure:
        _log("tell how the jobs went", failure)
        connection.close()


def _aged(one: Ran, seconds: float) -> Ran:
    ages = {name: getattr(one, name) for name in ("ran_ago", "failed_ago")}
    return replace(one, **{name: ago + seconds for name, ago in ages.items() if ago is not None})


def _keep(job: Job, shift: Shift) -> None:
    """Run one job again and again."""
    wake = shift.wakes[job.name]

    def run() -> int:
        began = time.monotonic()
        did = job.run()
        shift.went(job, took=time.monotonic() - began, did=did)
        return did

    try:
        while not shift.stop.is_set():
            if _persist(run, job.name, shift.stop, failed=lambda failure: shift.failed(job, failure)):
                continue
            if job.every >= LONG_REST_SECONDS:
                connection.close()
            wake.wait(job.every)
            if not shift.stop.is_set():
                wake.clear()
    finally:
        connection.close()


def _persist(
    run: Callable[[], int | None],
    name: str,
    stop: threading.Event,
    *,
    failed: Callable[[Exception], None] = lambda failure: None,
) -> int:
    """Run until it succeeds or we are stopped, with growing pauses; return how much it did."""
    pause = FIRST_PAUSE_SECONDS
    while not stop.is_set():
        try:
            connection.close_if_unusable_or_obsolete()
            return run() or 0
        except Exception as failure:
            _log(name, failure)
            failed(failure)
            connection.close()
        stop.wait(pause)
        pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
    return 0


def _log(name: str, failure: Exception) -> None:
    if isinstance(failure, InterfaceError) or (isinstance(failure, DatabaseError) and is_lost(failure)):
        log.warning("%s: the database does not answer; trying again", name)
    else:
        log.error("%s failed; trying again", name, exc_info=failure)
