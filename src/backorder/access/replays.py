"""A creating call that is repeated gets the answer it was given: `Idempotency-Key`, scoped to the API key.

The answer is written in the transaction that did the work, so a crash leaves both or neither and a token is never
locked by a dead process. While a call is under way, an advisory lock of its transaction turns away a second one.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from backorder.journal import clock
from backorder.journal.refusals import Refused

from .keys import Caller
from .models import Replay as Kept

KEPT = timedelta(days=30)
TOKEN_CHARACTERS = 200
CHUNK = 5_000


@dataclass(frozen=True, slots=True)
class Answer:
    """What a call was answered: an HTTP status and a JSON body."""

    status: int
    body: Any


@dataclass(slots=True)
class Replay:
    """One creating call: `answer` is there if it was given before; else do the work and `finish`."""

    answer: Answer | None
    is_replayed: bool

    def finish(self, status: int, body: Any) -> None:
        """Give the answer that this call and its repetitions get."""
        assert self.answer is None, "a call is answered once"
        self.answer = Answer(status, body)


def fingerprint(method: str, path: str, body: bytes) -> bytes:
    """32 bytes that tell two calls apart."""
    return hashlib.sha256(b"\0".join((method.upper().encode(), path.encode(), body))).digest()


@contextmanager
def once(caller: Caller, token: str, print_of_call: bytes, *, now: datetime | None = None) -> Iterator[Replay]:
    """Run the work inside at most once for this caller and token, in one transaction with its answer.

    The work must call `finish` unless `is_replayed`. If it raises, nothing is kept and a repetition is decided anew.
    Refuses a token that is empty, longer than TOKEN_CHARACTERS or not printable ASCII without spaces (422), one used
    for another call (idempotency_key_reused, 422), one whose call is still under way
    (idempotent_call_in_progress, 409).
    """
    _check(token)
    with transaction.atomic():
        _claim(caller, token)
        given = _given(caller, token, print_of_call)
        replay = Replay(given, is_replayed=given is not None)
        yield replay
        if not replay.is_replayed:
            assert replay.answer is not None, "the work ended without an answer"
            _keep(caller, token, print_of_call, replay.answer, now or clock.now())


def purge(*, now: datetime | None = None) -> int:
    """Delete answers older than 30 days, in short transactions, and return how many."""
    before = (now or clock.now()) - KEPT
    deleted = 0
    while True:
        ids = list(Kept.objects.filter(made_at__lt=before).order_by("made_at").values_list("id", flat=True)[:CHUNK])
        if not ids:
            return deleted
        deleted += Kept.objects.filter(id__in=ids).delete()[0]


def _check(token: str) -> None:
    if 1 <= len(token) <= TOKEN_CHARACTERS and all("!" <= sign <= "~" for sign in token):
        return
    raise Refused(
        "idempotency_key_malformed",
        f"An Idempotency-Key has 1 to {TOKEN_CHARACTERS} printable ASCII characters, no space; this has {len(token)}.",
        field="Idempotency-Key",
        value=token[:TOKEN_CHARACTERS],
        limit=TOKEN_CHARACTERS,
    )


def _claim(caller: Caller, token: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_lock_number(caller, token)])
        (ours,) = cursor.fetchone()
    if not ours:
        raise Refused(
            "idempotent_call_in_progress",
            f"A call with the Idempotency-Key {token!r} is still under way; repeat it in a moment.",
            status=409,
            field="Idempotency-Key",
            value=token,
        )


def _lock_number(caller: Caller, token: str) -> int:
    digest = hashlib.sha256(f"replay/{caller.id}/{token}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


def _given(caller: Caller, token: str, print_of_call: bytes) -> Answer | None:
    # A statement of its own after the lock: only then does it see what the previous holder committed.
    kept = Kept.objects.filter(key_id=caller.id, token=token).first()
    if kept is None:
        return None
    if not hmac.compare_digest(bytes(kept.fingerprint), print_of_call):
        raise Refused(
            "idempotency_key_reused",
            f"The Idempotency-Key {token!r} was used for another call.",
            field="Idempotency-Key",
            value=token,
        )
    assert kept.status is not None
    return Answer(kept.status, kept.answer)


def _keep(caller: Caller, token: str, print_of_call: bytes, answer: Answer, now: datetime) -> None:
    Kept.objects.create(
        key_id=caller.id,
        token=token,
        fingerprint=print_of_call,
        status=answer.status,
        answer=answer.body,
        made_at=now,
    )
