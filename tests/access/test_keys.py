"""A key opens what its scopes say, until it ends; only its hash is kept."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backorder.access import keys
from backorder.access.models import Key
from backorder.journal import clock
from backorder.journal.models import Entry
from backorder.journal.refusals import Refused

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nothing_remembered() -> Iterator[None]:
    keys.forget()
    yield
    keys.forget()


def make(**more: object) -> str:
    wanted = {"name": "shop", "scopes": ["orders:write", "orders:read"], "actor": "test"} | more
    return keys.create(**wanted)  # type: ignore[arg-type]


def test_a_new_key_is_recognised_and_only_its_hash_is_kept() -> None:
    token = make(rate_per_minute=120)
    row = Key.objects.get()
    mark, prefix, secret = token.split("_", 2)
    assert (mark, prefix) == ("bo", row.prefix)
    assert len(secret) == 43  # 256 bits
    assert bytes(row.digest) == hashlib.sha256(token.encode()).digest()
    caller = keys.authenticate(token)
    assert caller == keys.Caller(row.pk, "shop", prefix, frozenset({"orders:read", "orders:write"}), 120)
    assert caller.actor == f"key:{row.pk}"


def test_making_and_revoking_are_facts_without_names_or_secrets() -> None:
    token = make(name="Jane Doe's shop")
    row = Key.objects.get()
    keys.revoke(row.prefix, actor="test")
    made, ended = Entry.objects.filter(subject=f"key/{row.pk}").order_by("seq")
    assert (made.fact, made.actor, ended.fact) == ("key.created", "test", "key.revoked")
    assert made.body == {
        "prefix": row.prefix,
        "scopes": ["orders:read", "orders:write"],
        "expires_at": None,
        "rate_per_minute": 60_000,
    }
    assert "Jane" not in str(made.body)
    assert token.split("_", 2)[2] not in str(made.body)


@pytest.mark.parametrize(
    "token",
    ["", "bo", "bo_", "bo_abc", "bo__secret", "xx_0123456789_secret", "bo_0123456789_secret", "ü", "bo_%_x", "b" * 201],
)
def test_what_is_not_a_key_is_refused(token: str) -> None:
    with pytest.raises(Refused, match="key_not_valid") as refusal:
        keys.authenticate(token)
    assert refusal.value.status == 401


def test_a_right_prefix_with_a_wrong_secret_is_refused() -> None:
    token = make()
    with pytest.raises(Refused, match="key_not_valid"):
        keys.authenticate(token[:-1] + ("A" if token[-1] != "A" else "B"))
    assert Key.objects.get().last_used_at is None


def test_a_key_ends_by_the_installations_clock() -> None:
    now = clock.freeze(actor="test")
    token = make(expires_at=now + timedelta(days=1))
    assert keys.authenticate(token).name == "shop"
    clock.advance(timedelta(days=1), actor="test")
    keys.forget()
    with pytest.raises(Refused, match="key_expired") as refusal:
        keys.authenticate(token)
    assert refusal.value.status == 401


def test_a_revoked_key_is_refused_at_once_here_and_revoking_twice_changes_nothing(
    django_capture_on_commit_callbacks: object,
) -> None:
    token = make()
    keys.authenticate(token)
    prefix = Key.objects.get().prefix
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        keys.revoke("bo_" + prefix, actor="test")
    with pytest.raises(Refused, match="key_revoked"):
        keys.authenticate(token)
    first = Key.objects.get().revoked_at
    keys.revoke(prefix, actor="test")
    assert Key.objects.get().revoked_at == first
    assert Entry.objects.filter(fact="key.revoked").count() == 1


def test_revoking_an_unknown_key_is_refused() -> None:
    with pytest.raises(Refused, match="unknown_key") as refusal:
        keys.revoke("bo_nothing", actor="test")
    assert refusal.value.status == 404


def test_a_remembered_key_costs_no_query_until_it_is_looked_up_again(monkeypatch: pytest.MonkeyPatch) -> None:
    token = make()
    assert keys.recognised(token) is None
    caller = keys.authenticate(token)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert keys.authenticate(token) is caller
        assert keys.recognised(token) is caller
    assert len(queries) == 0
    Key.objects.update(revoked_at=clock.now())
    assert keys.authenticate(token) is caller  # Another process revoked it: we know within RECHECK_SECONDS.
    later = keys.time.monotonic() + keys.RECHECK_SECONDS
    monkeypatch.setattr(keys.time, "monotonic", lambda: later)
    assert keys.recognised(token) is None
    with pytest.raises(Refused, match="key_revoked"):
        keys.authenticate(token)


def test_last_used_is_written_at_most_once_a_minute() -> None:
    start = clock.freeze(actor="test")
    token = make()
    keys.authenticate(token)
    assert Key.objects.get().last_used_at == start
    clock.advance(timedelta(seconds=59), actor="test")
    keys.forget()
    keys.authenticate(token)
    assert Key.objects.get().last_used_at == start
    now = clock.advance(timedelta(seconds=1), actor="test")
    keys.forget()
    keys.authenticate(token)
    assert Key.objects.get().last_used_at == now


def test_scopes_open_what_they_name_and_admin_opens_all() -> None:
    caller = keys.authenticate(make())
    caller.require("orders:read")
    with pytest.raises(Refused, match="scope_missing") as refusal:
        caller.require("stock:write")
    assert refusal.value.status == 403
    assert refusal.value.values["limit"] == "stock:write"
    keys.authenticate(make(scopes=["admin"])).require("stock:write")


@pytest.mark.parametrize(
    ("wrong", "name"),
    [
        ({"name": " "}, "key_name_length"),
        ({"name": "x" * 101}, "key_name_length"),
        ({"scopes": []}, "unknown_scope"),
        ({"scopes": ["orders:read", "orders:eat"]}, "unknown_scope"),
        ({"rate_per_minute": 0}, "key_rate_out_of_range"),
        ({"rate_per_minute": 10_000_001}, "key_rate_out_of_range"),
    ],
)
def test_a_key_that_makes_no_sense_is_refused_and_nothing_is_kept(wrong: dict[str, object], name: str) -> None:
    with pytest.raises(Refused, match=name):
        make(**wrong)
    assert not Key.objects.exists()
    assert not Entry.objects.filter(fact="key.created").exists()


def test_a_key_cannot_expire_in_the_past() -> None:
    now = clock.freeze(actor="test")
    with pytest.raises(Refused, match="key_expires_in_the_past") as refusal:
        make(expires_at=now)
    assert refusal.value.values["limit"] == now.isoformat()
    assert not Key.objects.exists()


def test_the_list_shows_what_may_be_shown() -> None:
    clock.freeze(actor="test")
    token = make()
    (shown,) = keys.list_keys()
    assert str(shown) == f"bo_{shown.prefix}  shop  orders:read orders:write  never used  without end"
    assert token not in str(shown)
