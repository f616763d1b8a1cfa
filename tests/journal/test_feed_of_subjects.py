"""The newest facts about several things at once."""

from datetime import UTC, datetime

import pytest
from django.db import transaction

from backorder.journal import feed
from backorder.journal.record import Fact, record

AT = datetime(2030, 1, 7, 9, tzinfo=UTC)


@pytest.mark.django_db
def test_the_newest_facts_of_several_subjects_come_newest_first():
    with transaction.atomic():
        facts = [("a.done", "a/1"), ("b.done", "b/2"), ("a.done", "a/3"), ("a.left", "a/1"), ("a.done", "a/1")]
        record([Fact(fact, subject, {"n": n}) for n, (fact, subject) in enumerate(facts)], actor="test", at=AT)

    found = feed.of_subjects(["a/1", "b/2", "b/2"], facts=["a.done", "b.done"], limit=2)

    assert [(entry.fact, entry.subject, entry.body["n"]) for entry in found] == [
        ("a.done", "a/1", 4),
        ("b.done", "b/2", 1),
    ]
    assert feed.of_subjects([], facts=["a.done"]) == ()
