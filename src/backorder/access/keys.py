"""API keys: made, recognised, revoked.

A key is `bo_<prefix>_<secret>`. Only SHA-256 of it is kept: the secret is 256 random bits, so there is nothing to
guess and a slow password hash would only slow every call. Recognising a key stands in the path of each order, so a
process remembers it for `RECHECK_SECONDS`; a revoked or expired key works at most that much longer.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from backorder.journal import clock
from backorder.journal.record import Fact, record
from backorder.journal.refusals import Refused, unknown

from .models import Key

SCOPES = frozenset(
    {
        "orders:read",
        "orders:write",
        "orders:fulfil",
        "queue:read",
        "catalog:read",
        "catalog:write",
        "stock:read",
        "stock:write",
        "supply:read",
        "supply:write",
        "supply:receive",
        "planning:read",
        "planning:write",
        "notices:read",
        "notices:write",
        "webhooks",
        "admin",
    }
)
ADMIN = "admin"  # May do everything.
# Whoever may change orders may also send them out, and so on: a part of the work that some people do alone.
INCLUDED = {"orders:write": frozenset({"orders:fulfil"}), "supply:write": frozenset({"supply:receive"})}

RECHECK_SECONDS = 5.0
REMEMBERED = 10_000
NAME_CHARACTERS = 100
TOKEN_CHARACTERS = 200
RATE_PER_MINUTE = 60_000
HIGHEST_RATE_PER_MINUTE = 10_000_000


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls: a key that was valid when last looked up."""

    id: int
    name: str
    prefix: str
    scopes: frozenset[str]
    rate_per_minute: int = RATE_PER_MINUTE

    @property
    def actor(self) -> str:
        """How the journal names this caller."""
        return f"key:{self.id}"

    def require(self, scope: str) -> None:
        """Refuse (scope_missing, 403) unless the key has `scope` or is an administrator's."""
        assert scope in SCOPES, scope
        if not allows(self.scopes, scope):
            raise Refused(
                "scope_missing",
                f"The key bo_{self.prefix} may not do this: it lacks the scope {scope}.",
                status=403,
                field="scopes",
                value=sorted(self.scopes),
                limit=scope,
            )


@dataclass(frozen=True, slots=True)
class KeySummary:
    """What may be shown of a key."""

    id: int
    name: str
    prefix: str
    scopes: tuple[str, ...]
    rate_per_minute: int
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None

    def __str__(self) -> str:
        used = f"last used {self.last_used_at:%Y-%m-%d %H:%M}" if self.last_used_at else "never used"
        ends = f"revoked {self.revoked_at:%Y-%m-%d}" if self.revoked_at else _until(self.expires_at)
        return f"bo_{self.prefix}  {self.name}  {' '.join(self.scopes)}  {used}  {ends}"


def allows(scopes: Collection[str], scope: str) -> bool:
    """Do these scopes allow `scope`, by name, by what they include or as an administrator's?"""
    return scope in scopes or ADMIN in scopes or any(scope in INCLUDED.get(one, ()) for one in scopes)


@transaction.atomic
def create(
    *,
    name: str,
    scopes: Sequence[str],
    actor: str = "cli",
    expires_at: datetime | None = None,
    rate_per_minute: int = RATE_PER_MINUTE,
    now: datetime | None = None,
) -> str:
    """Make a key and return it: it can never be shown again.

    Refuses an empty or long name, no or unknown scopes, an end that is not in the future, a rate out of range.
    """
    now = now or clock.now()
    _check(name, scopes, expires_at, rate_per_minute, now)
    prefix, token = _new_token()
    key = Key.objects.create(
        name=name.strip(),
        prefix=prefix,
        digest=_digest(token),
        scopes=sorted(set(scopes)),
        created_at=now,
        expires_at=expires_at,
        rate_per_minute=rate_per_minute,
    )
    body = {"prefix": prefix, "scopes": key.scopes, "expires_at": expires_at, "rate_per_minute": rate_per_minute}
    record([Fact("key.created", f"key/{key.pk}", body)], actor=actor, at=now)
    return token


@transaction.atomic
def revoke(prefix: str, *, actor: str = "cli", now: datetime | None = None) -> None:
    """End a key for good, by the part of it that may be shown (with or without `bo_`). Twice changes nothing.

    Other processes notice within RECHECK_SECONDS.
    """
    key = Key.objects.select_for_update().filter(prefix=prefix.removeprefix("bo_")).first()
    if key is None:
        raise unknown("key", prefix)
    if key.revoked_at is not None:
        return
    now = now or clock.now()
    key.revoked_at = now
    key.save(update_fields=["revoked_at"])
    record([Fact("key.revoked", f"key/{key.pk}", {"prefix": key.prefix})], actor=actor, at=now)
    transaction.on_commit(forget)


def list_keys() -> list[KeySummary]:
    """Every key, oldest first, ended ones included."""
    return [
        KeySummary(
            id=key.pk,
            name=key.name,
            prefix=key.prefix,
            scopes=tuple(key.scopes),
            rate_per_minute=key.rate_per_minute,
            created_at=key.created_at,
            expires_at=key.expires_at,
            revoked_at=key.revoked_at,
            last_used_at=key.last_used_at,
        )
        for key in Key.objects.order_by("id")
    ]


def authenticate(token: str) -> Caller:
    """Who calls with this key. Refuses (401) key_not_valid, key_revoked, key_expired.

    Remembered keys cost no query; `last_used_at` is written at most once a minute.
    """
    if len(token) > TOKEN_CHARACTERS:
        raise _not_valid()
    digest = _digest(token)
    known = _remembered(digest)
    if known is not None:
        return known
    caller = _look_up(token, digest)
    with _lock:
        if len(_memory) >= REMEMBERED:
            _memory.clear()
        _memory[digest] = (caller, time.monotonic() + RECHECK_SECONDS)
    return caller


def recognised(token: str) -> Caller | None:
    """The caller if this process remembers the key: never touches the database, so an event loop may ask."""
    return _remembered(_digest(token)) if len(token) <= TOKEN_CHARACTERS else None


def forget() -> None:
    """Look every key up again at its next use."""
    with _lock:
        _memory.clear()


# -- the memory of this process -------------------------------------------------------------------------------------

_lock = threading.Lock()
_memory: dict[bytes, tuple[Caller, float]] = {}


def _remembered(digest: bytes) -> Caller | None:
    # Looking up by hash gives no timing to learn from: whoever could choose the hash would need the key first.
    found = _memory.get(digest)
    return found[0] if found is not None and time.monotonic() < found[1] else None


# -- the database ---------------------------------------------------------------------------------------------------

_FIND = """
    SELECT id, name, prefix, scopes, rate_per_minute, digest, revoked_at IS NOT NULL,
           coalesce(expires_at <= now.at, false),
           coalesce(last_used_at <= now.at - interval '1 minute', true)
    FROM access_key, (SELECT backorder_now() AS at) AS now
    WHERE prefix = %s
"""
_TOUCH = "UPDATE access_key SET last_used_at = greatest(last_used_at, backorder_now()) WHERE id = %s"


def _look_up(token: str, digest: bytes) -> Caller:
    mark, _, rest = token.partition("_")
    prefix, _, secret = rest.partition("_")
    if mark != "bo" or not secret or not prefix.isalnum():
        raise _not_valid()
    with connection.cursor() as cursor:
        cursor.execute(_FIND, [prefix])
        row = cursor.fetchone()
        if row is None or not hmac.compare_digest(bytes(row[5]), digest):
            raise _not_valid()
        caller = Caller(row[0], row[1], row[2], frozenset(row[3]), row[4])
        _refuse_ended(caller, revoked=row[6], expired=row[7])
        if row[8]:
            cursor.execute(_TOUCH, [caller.id])
    return caller


def _refuse_ended(caller: Caller, *, revoked: bool, expired: bool) -> None:
    # Only whoever holds the whole key learns this much.
    if revoked:
        raise Refused("key_revoked", f"The key bo_{caller.prefix} was revoked.", status=401)
    if expired:
        raise Refused("key_expired", f"The key bo_{caller.prefix} has expired.", status=401)


def _not_valid() -> Refused:
    return Refused("key_not_valid", "There is no such API key.", status=401)


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def _new_token() -> tuple[str, str]:
    prefix = secrets.token_hex(5)
    return prefix, f"bo_{prefix}_{secrets.token_urlsafe(32)}"


# -- what a key may be ----------------------------------------------------------------------------------------------


def _check(name: str, scopes: Sequence[str], expires_at: datetime | None, rate: int, now: datetime) -> None:
    if not 1 <= len(name.strip()) <= NAME_CHARACTERS:
        raise Refused(
            "key_name_length",
            f"The name of a key has 1 to {NAME_CHARACTERS} characters, not {len(name.strip())}.",
            field="name",
            value=name[: NAME_CHARACTERS * 2],
            limit=NAME_CHARACTERS,
        )
    if not scopes or not SCOPES.issuperset(scopes):
        wrong = sorted(set(scopes) - SCOPES)
        raise Refused(
            "unknown_scope",
            f"A key needs scopes out of {', '.join(sorted(SCOPES))}; not {', '.join(wrong) or 'none at all'}.",
            field="scopes",
            value=wrong,
            limit=sorted(SCOPES),
        )
    if expires_at is not None and expires_at <= now:
        raise Refused(
            "key_expires_in_the_past",
            f"The key would expire at {expires_at.isoformat()}, but it is already {now.isoformat()}.",
            field="expires_at",
            value=expires_at.isoformat(),
            limit=now.isoformat(),
        )
    if not 1 <= rate <= HIGHEST_RATE_PER_MINUTE:
        raise Refused(
            "key_rate_out_of_range",
            f"A key may call 1 to {HIGHEST_RATE_PER_MINUTE} times a minute, not {rate} times.",
            field="rate_per_minute",
            value=rate,
            limit=HIGHEST_RATE_PER_MINUTE,
        )


def _until(expires_at: datetime | None) -> str:
    return f"until {expires_at:%Y-%m-%d}" if expires_at else "without end"
