"""What happened, newest first, page by page."""

from __future__ import annotations

from datetime import timedelta

import pytest

from backorder.journal import clock, feed
from backorder.journal.record import Fact, record
from backorder.journal.refusals import Refused

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _story() -> None:
    at = clock.freeze(actor="test")
    for number in range(5):
        when = at + timedelta(hours=number)
        record([Fact("thing.made", f"thing/{number}", {"n": number})], actor="key:1", at=when)
        record([Fact("thing.moved", "thing/0", {"to": number})], actor="worker", at=when)


def subjects(page: feed.Page) -> list[str]:
    return [entry.subject for entry in page.entries]


def test_the_story_of_one_thing_in_pages() -> None:
    first = feed.of_subject("thing/0", limit=4)
    assert [(entry.fact, entry.body) for entry in first.entries] == [
        ("thing.moved", {"to": number}) for number in (4, 3, 2, 1)
    ]
    assert first.after == first.entries[-1].position.token
    second = feed.of_subject("thing/0", limit=4, after=first.after)
    assert [entry.fact for entry in second.entries] == ["thing.moved", "thing.made"]
    assert second.after is None


def test_one_kind_of_fact_in_pages() -> None:
    first = feed.search(facts=["thing.made"], limit=3)
    assert subjects(first) == ["thing/4", "thing/3", "thing/2"]
    assert subjects(feed.search(facts=["thing.made"], limit=3, after=first.after)) == ["thing/1", "thing/0"]


def test_by_actor_and_time() -> None:
    at = clock.now()
    page = feed.search(actor="key:1", since=at + timedelta(hours=1), until=at + timedelta(hours=3))
    assert subjects(page) == ["thing/2", "thing/1"]


def test_an_unknown_thing_has_no_story() -> None:
    assert feed.of_subject("thing/9") == feed.Page((), None)


@pytest.mark.parametrize("limit", [0, 1001])
def test_a_page_has_a_size(limit: int) -> None:
    with pytest.raises(Refused, match="page_size_out_of_range"):
        feed.search(limit=limit)


@pytest.mark.parametrize("cursor", ["", "1", "1-2", "1-2-x", "1-2-3-4", "1--2", "1-2-99999999999999999999"])
def test_a_cursor_is_one_that_was_given_out(cursor: str) -> None:
    with pytest.raises(Refused, match="cursor_malformed"):
        feed.of_subject("thing/0", after=cursor)
