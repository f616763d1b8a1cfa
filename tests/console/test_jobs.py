"""The page of jobs: what each is for, what failed, whether the worker is silent, and one run now."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from backorder.console import jobs_words
from backorder.console.jobs import took
from backorder.jobs import JOBS
from backorder.journal import clock
from backorder.journal.jobs import Ran, jobs, take_wanted, tell

from .test_item import text_of

pytestmark = pytest.mark.django_db

FAILING = Ran("send texts", 1.0, failed_ago=2.0, failure="OSError: <b>no route</b>")


def test_every_job_of_the_worker_has_words_in_english_and_german() -> None:
    names = [job.name for job in JOBS]
    english = [jobs_words.words_of(name) for name in names]
    assert all(one.purpose for one in english)
    assert len({one.name for one in english}) == len(names)
    with translation.override("de"):
        german = [jobs_words.words_of(name) for name in names]
    assert all(de.purpose and de.purpose != en.purpose for de, en in zip(german, english, strict=True))


def test_before_the_worker_has_told_anything(desk) -> None:
    assert "No worker has told anything yet" in text_of(desk.get("settings/jobs"))


def test_what_fails_stands_first_and_says_why(desk) -> None:
    tell([Ran("purge what is old", 86_400.0, ran_ago=3.0, took_seconds=0.012, did=4), FAILING])
    page = desk.get("settings/jobs").content.decode()
    text = text_of(desk.get("settings/jobs"))
    assert "1 job fails." in text
    assert "OSError: &lt;b&gt;no route&lt;/b&gt;" in page
    assert text.index("Send texts") < text.index("Purge Deletes what is kept for some time only.")
    # The page was asked for three seconds later, or more where the machine has much to do.
    assert re.search(r"Fine \d+ (s|min) ago 4 12 ms", text)


def test_a_silent_worker_is_told_of(desk) -> None:
    clock.freeze(actor="test")
    tell([Ran("send texts", 1.0, ran_ago=0.0)])
    assert "All jobs run." in text_of(desk.get("settings/jobs"))
    clock.advance(timedelta(minutes=3), actor="test")
    assert "The worker is silent." in text_of(desk.get("settings/jobs"))


def test_script_asks_for_the_table_alone(desk) -> None:
    tell([FAILING])
    part = desk.get("settings/jobs", **{"HX-Request": "true"}).content.decode()
    assert part.startswith('<div id="jobs"')


def test_a_job_is_wanted_by_an_administrator_only(desk, desk_of) -> None:
    tell([FAILING])
    viewer = desk_of("viewer")
    assert "settings/jobs/run" not in viewer.get("settings/jobs").content.decode()
    assert viewer.do("settings/jobs/run", {"job": "send texts"}).status_code == 403
    assert jobs()[0].wanted_at is None
    assert "Hands short messages to the text service." in text_of(desk.get("settings/jobs/run?job=send texts"))
    desk.do("settings/jobs/run", {"job": "send texts"})
    assert jobs()[0].wanted_at is not None
    assert take_wanted(["send texts"]) == ["send texts"]
    assert desk.do("settings/jobs/run", {"job": "make coffee"}).status_code == 404


def test_the_page_costs_the_same_however_many_jobs(desk) -> None:
    tell([FAILING])
    desk.get("settings/jobs")
    with CaptureQueriesContext(connection) as few:
        desk.get("settings/jobs")
    tell([Ran(job.name, job.every) for job in JOBS])
    with CaptureQueriesContext(connection) as many:
        desk.get("settings/jobs")
    assert len(many) == len(few)


@pytest.mark.parametrize(("seconds", "says"), [(0.0124, "12 ms"), (3.44, "3.4 s"), (59.9, "59.9 s"), (125.0, "2 min")])
def test_how_long_a_run_took(seconds: float, says: str) -> None:
    assert took(seconds) == says
