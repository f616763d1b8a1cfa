"""Jobs run until they are stopped, whatever they raise and however often the database goes away."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import OperationalError, connection, transaction
from pytest_django import Settings

from backorder import jobs
from backorder.jobs import JOBS, Job
from backorder.journal import clock, era
from backorder.journal import jobs as told
from backorder.journal.models import Follower
from backorder.journal.record import Fact, record
from backorder.notices.models import Delivery
from backorder.notices.webhooks import register
from tests.connections import Running, until
from tests.notices.receiver import receiving

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def work() -> Iterator[Callable[..., None]]:
    """Run jobs in the background until the test ends; a job that never pauses makes no test slow to stop."""
    stop = threading.Event()
    running: list[Running] = []
    yield lambda *wanted: running.append(Running(lambda: jobs.work(stop, jobs=wanted)))
    stop.set()
    for one in running:
        one.finish()


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "FIRST_PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(jobs, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(jobs, "TELL_SECONDS", 0.01)


def session() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def test_a_job_that_did_something_looks_again_at_once_and_else_rests(work: Callable[..., None]) -> None:
    todo, looks = [3, 2, 1, 0], []

    def run() -> int:
        looks.append(todo[0])
        return todo.pop(0)

    work(Job("rest for an hour", 3600, run))
    until(lambda: not todo)
    assert looks == [3, 2, 1, 0]


def test_a_job_that_raises_is_logged_and_tried_again_and_disturbs_nobody(
    work: Callable[..., None], caplog: pytest.LogCaptureFixture
) -> None:
    tries: list[int] = []
    others: list[int] = []

    def fails_twice() -> int:
        tries.append(len(tries))
        if len(tries) < 3:
            raise LookupError("nothing there")
        return 0

    with caplog.at_level(logging.WARNING, logger="backorder.jobs"):
        work(Job("shaky", 3600, fails_twice), Job("calm", 0.01, lambda: others.append(1) or 0))
        until(lambda: len(tries) == 3 and len(others) > 3)
    assert [line.message for line in caplog.records] == ["shaky failed; trying again"] * 2


def test_pauses_after_failures_grow_to_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []

    class Stop(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            pauses.append(timeout or 0.0)
            return False

    monkeypatch.setattr(jobs, "FIRST_PAUSE_SECONDS", 0.5)
    left = [LookupError("no")] * 7

    def run() -> int:
        if left:
            raise left.pop()
        return 5

    assert jobs._persist(run, "test", Stop()) == 5
    assert pauses == [0.5, 1.0, 2.0, 4.0, 8.0, 10.0, 10.0]


def test_a_job_survives_the_loss_of_its_database_session(
    work: Callable[..., None], caplog: pytest.LogCaptureFixture
) -> None:
    sessions: list[int] = []
    work(Job("look", 0.01, lambda: sessions.append(session()) or 0))
    until(lambda: sessions)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 10000)", [sessions[0]])
    until(lambda: len(set(sessions)) == 2)


def test_a_session_lost_in_the_middle_of_the_work_is_a_line_in_the_log(
    work: Callable[..., None], caplog: pytest.LogCaptureFixture
) -> None:
    done: list[int] = []

    def run() -> int:
        with transaction.atomic(), connection.cursor() as cursor:
            if not done:
                done.append(1)
                cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
            cursor.execute("SELECT 1")
        done.append(2)
        return 0

    with caplog.at_level(logging.WARNING, logger="backorder.jobs"):
        work(Job("look", 3600, run))
        until(lambda: len(done) == 2)
    assert [line.message for line in caplog.records] == ["look: the database does not answer; trying again"]


def test_a_worker_that_starts_before_its_database_waits_for_it(
    work: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    refusals = [OperationalError("starting up"), OperationalError("starting up")]
    looks: list[int] = []

    def check() -> None:
        if refusals:
            raise refusals.pop()

    monkeypatch.setattr(era, "check_on_start", check)
    work(Job("look", 3600, lambda: looks.append(1) or 0))
    until(lambda: looks)
    assert refusals == []


def test_a_start_on_restored_data_begins_a_new_era_before_any_job(work: Callable[..., None]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO journal_entry (era, xact, at, actor, fact, subject, body)"
            " VALUES (1, '9000000000', backorder_now(), 'test', 'thing.done', 'thing/1', '{}')"
        )
    eras: list[int] = []
    work(Job("look", 3600, lambda: eras.append(era.current()) or 0))
    until(lambda: eras)
    assert eras == [2]


def test_every_job_has_a_name_of_its_own_and_a_rhythm() -> None:
    assert len({job.name for job in JOBS}) == len(JOBS)
    assert all(0.1 <= job.every <= 24 * 3600 for job in JOBS)


def test_the_worker_tells_how_its_jobs_went(work: Callable[..., None]) -> None:
    tries: list[int] = []

    def fails_once() -> int:
        tries.append(1)
        if len(tries) == 1:
            raise LookupError("no such lamp\nDETAIL: a row that is nobody's business")
        return 0

    todo = [7, 0]
    work(Job("busy", 3600, lambda: todo.pop(0)), Job("shaky", 1800, fails_once))
    until(lambda: len(told.jobs()) == 2 and all(one.ran_at for one in told.jobs()))
    until(lambda: not todo and told.jobs()[0].did == 0)
    busy, shaky = told.jobs()
    assert (busy.name, busy.every_seconds, busy.failed_at, busy.is_failing) == ("busy", 3600.0, None, False)
    assert (shaky.name, shaky.failure, shaky.is_failing) == ("shaky", "LookupError: no such lamp", False)
    assert shaky.failed_at <= shaky.ran_at <= shaky.seen_at


def test_a_job_that_is_wanted_runs_at_once_though_it_rests(work: Callable[..., None]) -> None:
    runs: list[int] = []
    work(Job("rests", 3600, lambda: runs.append(1) or 0))
    until(lambda: told.jobs() and told.jobs()[0].ran_at is not None)
    assert len(runs) == 1
    told.want("rests", actor="test")
    until(lambda: len(runs) == 2)
    assert told.jobs()[0].wanted_at is None


def test_a_follower_that_does_not_keep_up_raises_the_alarm(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "_lags", {})
    clock.freeze(actor="test")
    Follower.objects.create(name="slow")
    with caplog.at_level(logging.WARNING, logger="backorder.jobs"):
        jobs.watch_lag()
        assert caplog.messages == []
        clock.advance(timedelta(seconds=61), actor="test")
        jobs.watch_lag()
    assert caplog.messages == ["The follower slow of the journal is 61 s behind"]


def test_a_follower_that_catches_up_raises_none(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker that starts after months of work has a long way to go; that alone is no trouble."""
    monkeypatch.setattr(jobs, "_lags", {})
    lags = [{"slow": 900.0}, {"slow": 300.0}, {"slow": 10.0}, {"slow": 70.0}]
    monkeypatch.setattr(jobs.follow, "lags", lambda: lags.pop(0))
    with caplog.at_level(logging.WARNING, logger="backorder.jobs"):
        for _ in range(3):
            jobs.watch_lag()
        assert caplog.messages == []
        jobs.watch_lag()
    assert caplog.messages == ["The follower slow of the journal is 70 s behind"]


def test_a_fact_finds_its_way_out_through_the_real_jobs(work: Callable[..., None], settings: Settings) -> None:
    settings.BACKORDER_WEBHOOK_ALLOW_PRIVATE = True
    with receiving() as receiver:
        hook = register(url=receiver.url, actor="test")
        with transaction.atomic():
            record([Fact("order.placed", "order/7")], actor="test", at=clock.now())
        work(*(job for job in JOBS if job.name in {"publish facts to webhooks", "deliver webhooks"}))
        until(lambda: receiver.received and Delivery.objects.filter(state="delivered").exists())
        assert receiver.received[0].verified(hook.secret)["data"] == {"subject": "order/7"}


def test_every_real_job_runs_on_an_idle_installation(
    work: Callable[..., None], caplog: pytest.LogCaptureFixture
) -> None:
    ran: set[str] = set()

    def counted(job: Job) -> Job:
        def run() -> int:
            done = job.run()
            ran.add(job.name)
            return done

        return replace(job, run=run)

    with caplog.at_level(logging.WARNING):
        work(*(counted(job) for job in JOBS))
        until(lambda: len(ran) == len(JOBS))
    assert caplog.messages == []


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_job_that_ends_ends_the_worker_so_that_it_is_started_again() -> None:
    def leave() -> int:
        raise SystemExit

    with pytest.raises(AssertionError, match="a job has ended"):
        jobs.work(threading.Event(), jobs=(Job("leaves", 1, leave),))
