"""A follower reads everything once and in order, whatever the order of commits."""

from __future__ import annotations

import random
import threading
from datetime import timedelta

import psycopg
import pytest
from django.db import connection, transaction
from tests.connections import Running, another, until

from backorder.journal import clock, era, follow
from backorder.journal.entries import START, Entry
from backorder.journal.models import Follower
from backorder.journal.record import Fact, record

pytestmark = pytest.mark.django_db(transaction=True)

NAME = "reader"
WRITE = (
    "INSERT INTO journal_entry (era, at, actor, fact, subject, body)"
    " VALUES ((SELECT max(id) FROM journal_era), backorder_now(), 'test', 'thing.done', %s, '{}') RETURNING seq"
)


def write(subject: str) -> None:
    with transaction.atomic():
        record([Fact("thing.done", subject)], actor="test", at=clock.now())


def write_open(other: psycopg.Connection, subject: str) -> int:
    row = other.execute(WRITE, [subject]).fetchone()
    assert row is not None
    return int(row[0])


def take(name: str = NAME, *, limit: int = 500) -> list[str]:
    """One turn of a follower: read, use, move on; the subjects it read."""
    with transaction.atomic():
        entries = follow.read(name, limit=limit)
        if entries:
            follow.advance(name, entries[-1])
    return [entry.subject for entry in entries]


def take_until(count: int) -> list[str]:
    """Turns until `count` entries were read: other databases of the server may hold the horizon back a while."""
    found: list[str] = []
    until(lambda: found.extend(take()) or len(found) >= count)
    return found


def test_an_entry_committed_late_with_a_lower_number_is_not_skipped() -> None:
    with another() as late:
        low = write_open(late, "thing/late")
        write("thing/early")
        assert take() == []  # The early one must wait: what is still open may come before it.
        late.commit()
    assert take_until(2) == ["thing/late", "thing/early"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT subject FROM journal_entry WHERE seq > %s", [low])
        assert cursor.fetchall() == [("thing/early",)]


def test_the_naive_reader_does_skip_it() -> None:
    """The negative control: the same two commits, read by `seq > last`."""
    last, read = 0, []

    def naive() -> None:
        nonlocal last
        with connection.cursor() as cursor:
            cursor.execute("SELECT seq, subject FROM journal_entry WHERE seq > %s ORDER BY seq", [last])
            for seq, subject in cursor.fetchall():
                last = seq
                read.append(subject)

    with another() as late:
        write_open(late, "thing/late")
        write("thing/early")
        naive()
        late.commit()
    naive()
    assert read == ["thing/early"]


def test_an_open_transaction_that_wrote_elsewhere_first_counts_from_its_first_write() -> None:
    with another() as late:
        late.execute("SELECT pg_current_xact_id()")
        write("thing/early")
        assert take() == []
        write_open(late, "thing/late")
        late.commit()
    # The later number stands first: its transaction is the older one.
    assert take_until(2) == ["thing/late", "thing/early"]


def test_what_is_rolled_back_never_happened() -> None:
    with another() as other:
        write_open(other, "thing/undone")
        other.rollback()
    write("thing/done")
    assert take_until(1) == ["thing/done"]


def test_a_follower_that_fails_reads_the_same_again() -> None:
    write("thing/1")
    until(lambda: peek() == ["thing/1"])

    def fail() -> None:
        with transaction.atomic():
            entries = follow.read(NAME)
            follow.advance(NAME, entries[-1])
            raise ConnectionError

    with pytest.raises(ConnectionError):
        fail()
    assert Follower.objects.get(name=NAME).seq == START.seq
    assert take() == ["thing/1"]
    assert take() == []


def peek() -> list[str]:
    with transaction.atomic():
        return [entry.subject for entry in follow.read(NAME)]


def test_two_readers_of_one_name_do_not_read_the_same() -> None:
    write("thing/1")
    until(peek)
    inside, go_on = threading.Event(), threading.Event()

    def slow() -> list[str]:
        with transaction.atomic():
            entries = follow.read(NAME)
            inside.set()
            assert go_on.wait(30)
            follow.advance(NAME, entries[-1])
        return [entry.subject for entry in entries]

    first = Running(slow)
    assert inside.wait(30)
    assert take() == []
    assert take_other() == ["thing/1"]
    go_on.set()
    assert first.finish() == ["thing/1"]
    assert take() == []


def test_without_the_lock_two_readers_read_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: the same two readers, the lock taken away."""
    monkeypatch.setattr(follow, "_LOCK", "SELECT era, xact, seq FROM journal_follower WHERE name = %s")
    write("thing/1")
    until(peek)
    inside, go_on = threading.Event(), threading.Event()

    def slow() -> list[str]:
        with transaction.atomic():
            entries = follow.read(NAME)
            inside.set()
            assert go_on.wait(30)
        return [entry.subject for entry in entries]

    first = Running(slow)
    assert inside.wait(30)
    second = peek()
    go_on.set()
    assert first.finish() == second == ["thing/1"]


def take_other() -> list[str]:
    return take("another")


def test_pages_of_a_follower_join_without_gap() -> None:
    for number in range(5):
        write(f"thing/{number}")
    until(lambda: len(peek()) == 5)
    assert take(limit=2) == ["thing/0", "thing/1"]
    assert take(limit=2) == ["thing/2", "thing/3"]
    assert take(limit=2) == ["thing/4"]
    assert take(limit=2) == []


def test_a_follower_never_moves_back() -> None:
    write("thing/1")
    write("thing/2")
    entries: list[Entry] = []
    with transaction.atomic():
        until(lambda: entries.extend(follow.read(NAME)) or len(entries) >= 2)
        follow.advance(NAME, entries[1])
        with pytest.raises(AssertionError, match="would move back"):
            follow.advance(NAME, entries[0])
        with pytest.raises(AssertionError, match="does not exist"):
            follow.advance("nobody", entries[0])
    assert Follower.objects.get(name=NAME).seq == entries[1].position.seq


def test_many_writers_one_reader_each_entry_once() -> None:
    """A small storm: four writers who keep their transactions open for a while, one reader who never waits."""
    seed = random.randrange(1 << 30)

    def writer(who: int) -> list[str]:
        chance = random.Random(seed + who)
        done = []
        with another() as other:
            for number in range(25):
                subjects = [f"thing/{who}-{number}-{part}" for part in range(chance.randint(1, 3))]
                for subject in subjects:
                    write_open(other, subject)
                if chance.random() < 0.2:
                    other.rollback()
                else:
                    other.commit()
                    done += subjects
        return done

    writers = [Running(lambda who=who: writer(who)) for who in range(4)]
    read: list[str] = []
    for _ in range(50):
        read += take(limit=7)
    written = [subject for running in writers for subject in running.finish()]  # type: ignore[attr-defined]
    until(lambda: read.extend(take(limit=7)) or len(read) >= len(written))
    assert sorted(read) == sorted(written), f"seed {seed}"
    assert take() == []


def test_the_lag_is_the_age_of_the_oldest_unread_entry() -> None:
    clock.freeze(actor="test")
    take_until(1)
    assert follow.lags() == {NAME: 0.0}
    write("thing/1")
    clock.advance(timedelta(seconds=90), actor="test")
    assert follow.lags() == {NAME: 90.0}
    assert follow.lag() == 90.0
    take_until(2)
    assert follow.lag() == 0.0


# -- eras -----------------------------------------------------------------------------------------------------------


def test_a_start_on_ordinary_data_begins_no_era() -> None:
    assert era.check_on_start() is None
    write("thing/1")
    assert era.check_on_start() is None
    assert era.current() == 1


def test_restored_data_get_a_new_era_and_nothing_is_skipped() -> None:
    write("thing/before")
    with connection.cursor() as cursor:  # As if restored from a server that was far ahead.
        cursor.execute(
            "INSERT INTO journal_entry (era, xact, at, actor, fact, subject, body)"
            " VALUES (1, '9000000000', backorder_now(), 'test', 'thing.done', 'thing/restored', '{}')"
        )
    assert take_until(1) == ["thing/before"]
    assert era.has_entries_from_the_future()
    assert era.check_on_start() == 2
    assert era.check_on_start() is None
    write("thing/after")
    assert take_until(2) == ["thing/restored", "thing/after"]
    assert take() == []


def test_without_a_new_era_the_reader_loses_what_follows_restored_data() -> None:
    """The negative control: a follower restored beside the data stands ahead of everything written from now on."""
    write("thing/before")
    Follower.objects.create(name=NAME, era=1, xact=9_000_000_000, seq=1)
    write("thing/after")
    assert take() == []
    era.begin("test")
    write("thing/in the new era")
    assert take_until(1) == ["thing/in the new era"]


def test_a_new_era_waits_for_open_writers_and_new_writers_wait_for_it() -> None:
    with another() as open_writer, another() as next_writer:
        write_open(open_writer, "thing/old")
        beginning = Running(lambda: era.begin("test"))
        until(lambda: blocked() == 1)
        waiting = Running(lambda: (write_open(next_writer, "thing/new"), next_writer.commit()))
        until(lambda: blocked() == 2)
        open_writer.commit()
        assert beginning.finish() == 2
        waiting.finish()
    with connection.cursor() as cursor:
        cursor.execute("SELECT era, subject FROM journal_entry ORDER BY era")
        assert cursor.fetchall() == [(1, "thing/old"), (2, "thing/new")]


def blocked() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return int(cursor.fetchone()[0])


def test_a_follower_that_stays_behind_another_reads_only_what_that_one_has_read() -> None:
    write("thing/1")
    assert take_until(1) == ["thing/1"]
    write("thing/2")

    def behind(ahead: str) -> list[str]:
        with transaction.atomic():
            entries = follow.read("second", behind=ahead)
            if entries:
                follow.advance("second", entries[-1])
        return [entry.subject for entry in entries]

    assert behind(NAME) == ["thing/1"]
    assert behind(NAME) == []
    assert take_until(1) == ["thing/2"]
    assert behind(NAME) == ["thing/2"]
    # Who is not there yet holds nobody back.
    write("thing/3")
    found: list[str] = []
    until(lambda: found.extend(behind("nobody")) or found)
    assert found == ["thing/3"]
