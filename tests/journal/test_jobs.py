"""What the worker tells of its jobs is kept by name; a wish for one is taken once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from backorder.journal import clock
from backorder.journal.jobs import JobView, Ran, in_a_line, jobs, take_wanted, tell, want
from backorder.journal.refusals import Refused

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _frozen() -> None:
    clock.freeze(actor="test")


def test_a_run_and_a_failure_stand_beside_each_other_until_the_next_of_their_kind() -> None:
    now = clock.now()
    tell([Ran("sweep", 30.0)])
    assert jobs() == [JobView("sweep", 30.0, now, None, 0.0, 0, None, "", None)]
    tell([Ran("sweep", 30.0, ran_ago=9.0, took_seconds=0.5, did=3, failed_ago=4.0, failure="KeyError: 'a'")])
    ran, failed = now - timedelta(seconds=9), now - timedelta(seconds=4)
    assert jobs() == [JobView("sweep", 30.0, now, ran, 0.5, 3, failed, "KeyError: 'a'", None)]
    assert jobs()[0].is_failing
    tell([Ran("sweep", 20.0, ran_ago=0.0, took_seconds=0.25)])
    assert jobs() == [JobView("sweep", 20.0, now, now, 0.25, 0, failed, "KeyError: 'a'", None)]
    assert not jobs()[0].is_failing


def test_a_wish_is_taken_once_and_only_for_what_there_is() -> None:
    tell([Ran("sweep", 30.0), Ran("mop", 30.0)])
    want("sweep", actor="staff:1")
    assert [one.wanted_at for one in jobs()] == [None, clock.now()]
    assert take_wanted(["mop"]) == []
    assert take_wanted(["sweep", "mop"]) == ["sweep"]
    assert take_wanted(["sweep", "mop"]) == []
    with pytest.raises(Refused) as refused:
        want("dust", actor="staff:1")
    assert (refused.value.name, refused.value.status) == ("unknown_job", 404)


def test_of_a_failure_only_the_first_line_is_kept() -> None:
    assert in_a_line(ValueError("key is taken\nDETAIL: (email)=(a@b.example)")) == "ValueError: key is taken"
    assert len(in_a_line(ValueError("x" * 5_000))) == 300
