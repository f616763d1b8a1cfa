"""A key may call so many times a minute; the bucket refills steadily."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from backorder.access import limits
from backorder.access.keys import Caller
from backorder.journal.refusals import Refused

CALLER = Caller(1, "shop", "abc", frozenset({"orders:read"}), rate_per_minute=60)


@pytest.fixture(autouse=True)
def _full_buckets() -> Iterator[None]:
    limits.forget()
    yield
    limits.forget()


def test_a_minutes_worth_at_once_then_one_a_second() -> None:
    limits.take(CALLER, 60, at=100.0)
    with pytest.raises(Refused, match="rate_limited") as refusal:
        limits.take(CALLER, at=100.5)
    assert (refusal.value.status, refusal.value.values) == (429, {"limit": 60, "retry_after": 1})
    limits.take(CALLER, at=101.0)
    with pytest.raises(Refused):
        limits.take(CALLER, at=101.0)


def test_a_refusal_takes_nothing_and_its_advice_is_right() -> None:
    limits.take(CALLER, 60, at=0.0)
    for _ in range(100):
        with pytest.raises(Refused) as refusal:
            limits.take(CALLER, 10, at=0.0)
    assert refusal.value.values["retry_after"] == 10
    limits.take(CALLER, 10, at=10.0)


def test_more_than_a_bucket_is_granted_when_full_and_owed_afterwards() -> None:
    limits.take(CALLER, 90, at=0.0)
    with pytest.raises(Refused) as refusal:
        limits.take(CALLER, at=0.0)
    assert refusal.value.values["retry_after"] == 31
    limits.take(CALLER, at=31.0)


def test_a_bucket_holds_no_more_than_a_minutes_worth() -> None:
    limits.take(CALLER, at=0.0)
    limits.take(CALLER, 60, at=3600.0)
    with pytest.raises(Refused):
        limits.take(CALLER, at=3600.0)


def test_keys_have_their_own_buckets() -> None:
    other = Caller(2, "erp", "def", frozenset({"orders:read"}), rate_per_minute=60)
    limits.take(CALLER, 60, at=0.0)
    limits.take(other, 60, at=0.0)
    with pytest.raises(Refused):
        limits.take(other, at=0.0)
