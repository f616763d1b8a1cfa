"""Every background job on one page: its name, how often it looks, what it does.

The tables are the truth: a mark, a due hold, a waiting message say what is to be done, so nothing is lost when a worker
dies and any number of workers share the work (each takes rows that no other holds). A job that fails is logged, waits
a little longer each time, and goes on; so the worker also survives a restart of the database.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass

from django.db import DatabaseError, InterfaceError, connection

from backorder.access import replays
from backorder.console import measuring
from backorder.journal import era, follow
from backorder.notices import alerts, composing, delay, deliver, deliveries, noting, sending
from backorder.notices.publish import publish
from backorder.orders.checking import repair
from backorder.orders.deciding import midnight, net_change
from backorder.orders.deciding.redecide import work_marks
from backorder.orders.ledger.retry import is_lost
from backorder.orders.placing import waitlist as wishes
from backorder.orders.placing.end_holds import end_due_holds
from backorder.payments import watching
from backorder.planning import working
from backorder.portal import waitlist

log = logging.getLogger(__name__)

FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 10.0
LOOK_SECONDS = 0.5
# A job that rests at least this long gives its database session back meanwhile.
LONG_REST_SECONDS = 5.0
LAG_ALARM_SECONDS = 60.0
# Connections to the mail server that are used at once: sending is mostly waiting for its answers.
MAIL_SENDERS = 3


@dataclass(frozen=True, slots=True)
class Job:
    """`run` returns how much it did: it is called again at once after some, `every` seconds after none."""

    name: str
    every: float
    run: Callable[[], int]


def watch_lag() -> int:
    """Raise the alarm for followers of the journal that do not keep up."""
    for name, seconds in follow.lags().items():
        if seconds > LAG_ALARM_SECONDS:
            log.warning("The follower %s of the journal is %.0f s behind", name, seconds)
    return 0


def purge() -> int:
    """Delete what is kept for some time only: answers to repeated calls, messages that arrived or died, old wishes."""
    replays.purge()
    deliveries.purge()
    wishes.purge()
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
    Job("measure how we stand", 300, measuring.measure),
    Job("purge what is old", 24 * 3600, purge),
)


def work(stop: threading.Event, *, jobs: tuple[Job, ...] = JOBS) -> None:
    """Run every job, each in a thread of its own, until `stop` is set; then finish what is under way."""
    _persist(era.check_on_start, "begin", stop)
    threads = [threading.Thread(target=_keep, args=(job, stop), name=job.name, daemon=True) for job in jobs]
    for thread in threads:
        thread.start()
    while not stop.wait(LOOK_SECONDS):
        # Only a defect of the loop itself ends a thread; whoever started us then starts us again.
        assert all(thread.is_alive() for thread in threads) or stop.is_set(), "a job has ended"
    for thread in threads:
        thread.join()


def _keep(job: Job, stop: threading.Event) -> None:
    """Run one job again and again."""
    try:
        while not stop.is_set():
            done = _persist(job.run, job.name, stop)
            if done:
                continue
            if job.every >= LONG_REST_SECONDS:
                connection.close()
            stop.wait(job.every)
    finally:
        connection.close()


def _persist(run: Callable[[], int | None], name: str, stop: threading.Event) -> int:
    """Run until it succeeds or we are stopped, with growing pauses; return how much it did."""
    pause = FIRST_PAUSE_SECONDS
    while not stop.is_set():
        try:
            connection.close_if_unusable_or_obsolete()
            return run() or 0
        except Exception as failure:
            _log(name, failure)
            connection.close()
        stop.wait(pause)
        pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
    return 0


def _log(name: str, failure: Exception) -> None:
    if isinstance(failure, InterfaceError) or (isinstance(failure, DatabaseError) and is_lost(failure)):
        log.warning("%s: the database does not answer; trying again", name)
    else:
        log.error("%s failed; trying again", name, exc_info=failure)
