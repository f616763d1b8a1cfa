"""The journal notices when it is not what it claims to be."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction

from backorder.journal import clock, era
from backorder.journal.models import Entry, Follower
from backorder.journal.record import Fact, record
from backorder.journal.verify import verify

pytestmark = pytest.mark.django_db


def run(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


@pytest.fixture
def entry() -> Entry:
    record([Fact("thing.done", "thing/1", {"units": 3})], actor="test", at=clock.now())
    return Entry.objects.get(subject="thing/1")


def test_a_sound_journal_has_no_findings(entry: Entry) -> None:
    assert verify() == []
    era.begin("test")
    record([Fact("thing.done", "thing/2")], actor="test", at=clock.now())
    assert verify() == []


@pytest.mark.parametrize("change", ["UPDATE journal_entry SET actor = 'me'", "DELETE FROM journal_entry"])
def test_nobody_edits_the_past(entry: Entry, change: str) -> None:
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        run(change)
    assert Entry.objects.get(subject="thing/1").actor == "test"


def test_a_missing_protection_is_found() -> None:
    run("ALTER TABLE journal_entry DISABLE TRIGGER journal_entry_append_only")
    assert verify() == ["The trigger journal_entry_append_only that protects journal_entry is missing or switched off."]


def test_a_number_that_the_database_no_longer_draws_is_found() -> None:
    run("ALTER TABLE journal_entry ALTER xact DROP DEFAULT")
    assert verify() == ["The column journal_entry.xact is not filled by the database."]


def test_entries_of_transactions_to_come_are_found() -> None:
    run(
        "INSERT INTO journal_entry (era, xact, at, actor, fact, subject, body)"
        " VALUES (1, '9000000000', backorder_now(), 'test', 'thing.done', 'thing/1', '{}')"
    )
    assert verify() == ["The current era holds entries of transactions to come: restored data need a new era."]


def test_numbers_out_of_step_with_their_eras_are_found(entry: Entry) -> None:
    run("INSERT INTO journal_era (id, began_at, reason) SELECT 2, began_at - interval '1 day', 'test' FROM journal_era")
    run(
        "INSERT INTO journal_entry (era, seq, at, actor, fact, subject, body)"
        f" VALUES (2, {entry.seq - 1}, backorder_now(), 'test', 'thing.done', 'thing/2', '{{}}')"
    )
    assert verify() == [
        "Era 2 began before the era in front of it.",
        f"Era 2 holds the number {entry.seq - 1}, though the era in front of it already came to {entry.seq}.",
    ]


def test_numbers_used_twice_or_not_yet_drawn_are_found(entry: Entry) -> None:
    run(
        "INSERT INTO journal_entry (era, xact, seq, at, actor, fact, subject, body)"
        f" VALUES (1, '5', {entry.seq}, backorder_now(), 'test', 'thing.done', 'thing/2', '{{}}')"
    )
    run(f"SELECT setval('journal_seq', {max(entry.seq - 1, 1)})")
    found = verify()
    assert found[0] == f"The number {entry.seq} stands on 2 entries."
    assert found[1:] in ([], [f"The next number to be drawn is not above {entry.seq}."])


@pytest.mark.parametrize(
    ("fact", "subject", "actor"),
    [
        ("done", "thing/1", "test"),
        ("Thing.done", "thing/1", "test"),
        ("thing.done", "1", "test"),
        ("thing.done", "thing/1", ""),
    ],
)
def test_entries_that_say_nothing_are_found(fact: str, subject: str, actor: str) -> None:
    record([Fact(fact, subject)], actor=actor, at=clock.now())
    (finding,) = verify()
    assert finding.endswith(f" is not well formed: {fact} of {subject} by {actor}.")


def test_a_follower_ahead_of_the_journal_is_found(entry: Entry) -> None:
    Follower.objects.create(name="honest", era=entry.era, xact=entry.xact, seq=entry.seq)
    Follower.objects.create(name="new")
    assert verify() == []
    Follower.objects.create(name="ahead", era=entry.era, xact=entry.xact, seq=entry.seq + 1)
    assert verify() == [
        f"The follower ahead stands at ({entry.era}, {entry.xact}, {entry.seq + 1}), beyond the last entry."
    ]


def test_entries_of_the_future_are_found() -> None:
    clock.freeze(actor="test")
    at = clock.now().replace(year=2090)
    record([Fact("thing.done", "thing/1")], actor="test", at=at)
    (finding,) = verify()
    assert finding.endswith("which is yet to come.")
