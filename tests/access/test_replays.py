"""A repeated creating call gets its first answer; over real connections, also at the same instant."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, connections

from backorder.access import keys, replays
from backorder.access.keys import Caller
from backorder.access.models import Key, Replay
from backorder.journal import clock
from backorder.journal.refusals import Refused

CALL = replays.fingerprint("post", "/api/v1/holds", b'{"units":1}')
OTHER_CALL = replays.fingerprint("post", "/api/v1/holds", b'{"units":2}')


def caller(name: str = "shop") -> Caller:
    return keys.authenticate(keys.create(name=name, scopes=["orders:write"], actor="test"))


def create(who: Caller, token: str, call: bytes, work: Callable[[], object]) -> tuple[replays.Answer, bool]:
    with replays.once(who, token, call) as replay:
        if not replay.is_replayed:
            replay.finish(201, work())
    assert replay.answer is not None
    return replay.answer, replay.is_replayed


def never() -> object:
    raise AssertionError("the work ran twice")


@pytest.mark.django_db
def test_a_repetition_is_answered_the_same_and_does_nothing() -> None:
    who = caller()
    assert create(who, "t1", CALL, lambda: {"id": 7}) == (replays.Answer(201, {"id": 7}), False)
    assert create(who, "t1", CALL, never) == (replays.Answer(201, {"id": 7}), True)
    assert Replay.objects.count() == 1


@pytest.mark.django_db
def test_tokens_belong_to_their_key() -> None:
    create(caller(), "t1", CALL, lambda: 1)
    assert create(caller("erp"), "t1", CALL, lambda: 2) == (replays.Answer(201, 2), False)


@pytest.mark.django_db
def test_the_same_token_for_another_call_is_refused() -> None:
    who = caller()
    create(who, "t1", CALL, lambda: 1)
    with pytest.raises(Refused, match="idempotency_key_reused") as refusal:
        create(who, "t1", OTHER_CALL, never)
    assert refusal.value.status == 422
    assert create(who, "t1", CALL, never) == (replays.Answer(201, 1), True)


@pytest.mark.django_db
@pytest.mark.parametrize("token", ["", "x" * 201, "né", "a\nb", "a b"])
def test_a_malformed_token_is_refused(token: str) -> None:
    with pytest.raises(Refused, match="idempotency_key_malformed"):
        create(caller(), token, CALL, never)


@pytest.mark.django_db
def test_refused_work_leaves_nothing_and_is_decided_anew() -> None:
    who = caller()

    def refuse() -> object:
        Key.objects.filter(pk=who.id).update(name="half done")
        raise Refused("out_of_luck", "No.")

    with pytest.raises(Refused, match="out_of_luck"):
        create(who, "t1", CALL, refuse)
    assert Key.objects.get(pk=who.id).name == "shop"
    assert not Replay.objects.exists()
    assert create(who, "t1", OTHER_CALL, lambda: 2) == (replays.Answer(201, 2), False)


@pytest.mark.django_db
def test_answers_are_kept_thirty_days() -> None:
    clock.freeze(actor="test")
    who = caller()
    create(who, "t1", CALL, lambda: 1)
    clock.advance(timedelta(days=30), actor="test")
    assert replays.purge() == 0
    clock.advance(timedelta(seconds=1), actor="test")
    create(who, "t2", CALL, lambda: 2)
    assert replays.purge() == 1
    assert list(Replay.objects.values_list("token", flat=True)) == ["t2"]


def in_another_connection(run: Callable[[], None]) -> threading.Thread:
    def body() -> None:
        try:
            run()
        finally:
            connections.close_all()

    thread = threading.Thread(target=body)
    thread.start()
    return thread


@pytest.mark.django_db(transaction=True)
def test_a_second_call_during_the_first_is_turned_away_and_later_replayed() -> None:
    who = caller()
    inside, go_on = threading.Event(), threading.Event()

    def slow() -> object:
        inside.set()
        assert go_on.wait(30)
        return "made once"

    first = in_another_connection(lambda: create(who, "t1", CALL, slow) and None)
    assert inside.wait(30)
    with pytest.raises(Refused, match="idempotent_call_in_progress") as refusal:
        create(who, "t1", CALL, never)
    assert refusal.value.status == 409
    assert create(who, "t2", CALL, lambda: "another token is free")[1] is False
    go_on.set()
    first.join()
    assert create(who, "t1", CALL, never) == (replays.Answer(201, "made once"), True)


@pytest.mark.django_db(transaction=True)
def test_a_call_whose_connection_dies_does_not_lock_its_token() -> None:
    who = caller()
    inside, killed = threading.Event(), threading.Event()
    seen: list[int] = []

    def dying() -> object:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            seen.append(cursor.fetchone()[0])
        inside.set()
        assert killed.wait(30)
        return Replay.objects.count()

    def first() -> None:
        with pytest.raises(Exception, match=r"terminat|closed"):
            create(who, "t1", CALL, dying)

    thread = in_another_connection(first)
    assert inside.wait(30)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 10000)", seen)
    killed.set()
    thread.join()
    assert create(who, "t1", CALL, lambda: "second try") == (replays.Answer(201, "second try"), False)


@pytest.mark.django_db(transaction=True)
def test_without_the_lock_the_work_of_both_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: the same two calls, the lock taken away; the table then refuses the second, too late."""
    who = caller()
    monkeypatch.setattr(replays, "_claim", lambda *_: None)
    inside, go_on = threading.Event(), threading.Event()
    worked: list[str] = []
    failed: list[IntegrityError] = []

    def slow() -> object:
        worked.append("first")
        inside.set()
        assert go_on.wait(30)
        return 1

    def first() -> None:
        try:
            create(who, "t1", CALL, slow)
        except IntegrityError as failure:
            failed.append(failure)

    thread = in_another_connection(first)
    assert inside.wait(30)
    create(who, "t1", CALL, lambda: worked.append("second"))
    go_on.set()
    thread.join()
    assert worked == ["first", "second"]
    assert len(failed) == 1
