"""The link is the only key: whatever else is tried opens nothing, and nobody is told more than that."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

import pytest

from backorder.access import links
from backorder.journal import clock
from backorder.journal.models import Entry
from backorder.portal import limits
from tests.orders.shop import Shop
from tests.portal.conftest import Customer, customer_of, words

pytestmark = pytest.mark.django_db

STEPS = ("", "choose", "confirm", "withdraw", "address", "ask", "reach")


@pytest.fixture
def customer(shop: Shop) -> Customer:
    shop.item("LAMP", stock=3)
    return customer_of(shop.place(("LAMP", 2)))


@pytest.mark.parametrize("step", STEPS)
def test_a_changed_link_opens_nothing(customer: Customer, step: str) -> None:
    other = Customer(customer.placed, customer.link[:-1] + ("a" if customer.link[-1] != "a" else "b"))
    before = Entry.objects.count()
    for answer in (other.get(step), other.post(step, choice="all", once="abcdefgh")):
        assert answer.status_code == 404
        assert "This link does not open anything." in words(answer)
    assert Entry.objects.count() == before


def test_a_link_for_another_purpose_or_order_opens_nothing(customer: Customer) -> None:
    other = links.make("unsubscribe", customer.placed.id, now=clock.now())
    assert Customer(customer.placed, other).get().status_code == 404
    bent = customer.link.replace(str(customer.placed.id), str(customer.placed.id + 1))
    assert Customer(customer.placed, bent).get().status_code == 404


def test_a_link_ends_and_can_be_revoked(customer: Customer) -> None:
    clock.advance(timedelta(days=181), actor="test")
    answer = customer.get()
    assert (answer.status_code, "This link has ended." in words(answer)) == (410, True)
    again = customer_of(customer.placed)
    assert again.get().status_code == 200
    links.revoke("order", customer.placed.id, actor="test", now=clock.now())
    answer = again.get()
    assert (answer.status_code, "This link was replaced" in words(answer)) == (410, True)


def test_the_page_is_kept_nowhere_and_sets_no_cookie(customer: Customer) -> None:
    answer = customer.get()
    assert answer["Cache-Control"] == "no-store"
    assert answer["Referrer-Policy"] == "no-referrer"
    assert answer["X-Robots-Tag"] == "noindex, nofollow"
    assert answer["Content-Security-Policy"] == (
        "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none';"
        " frame-ancestors 'none'"
    )
    assert not answer.cookies
    assert len(answer.content) < 40_000


def test_who_guesses_links_is_slowed_down(customer: Customer, monkeypatch: pytest.MonkeyPatch) -> None:
    # On a busy machine guessing takes seconds, in which a bucket fills again.
    monkeypatch.setattr(limits, "time", SimpleNamespace(monotonic=lambda: 1000.0))
    guesses = [Customer(customer.placed, f"order.{n}.1.0.aaaa").get().status_code for n in range(25)]
    assert guesses == [404] * 20 + [429] * 5
    assert customer.get().status_code == 200


def test_one_link_may_be_looked_at_often_but_not_without_end(customer: Customer) -> None:
    for _ in range(limits.LOOKS_PER_MINUTE):
        limits.take(f"look/{customer.placed.id}", per_minute=limits.LOOKS_PER_MINUTE)
    answer = customer.get()
    assert answer.status_code == 429
    assert int(answer["Retry-After"]) >= 1


def test_buckets_refill_with_time() -> None:
    for _ in range(60):
        limits.take("x", per_minute=60, at=1000.0)
    with pytest.raises(Exception, match="too_often"):
        limits.take("x", per_minute=60, at=1000.5)
    limits.take("x", per_minute=60, at=1001.5)


@pytest.mark.parametrize("language", ["en", "de", "es", "fr"])
def test_the_language_is_the_orders_and_can_be_chosen(shop: Shop, language: str) -> None:
    shop.item("MUG", stock=1)
    customer = customer_of(shop.place(("MUG", 1), locale=language))
    assert f'<html lang="{language}">' in customer.get().content.decode()
    assert '<html lang="fr">' in customer.get(lang="fr").content.decode()
    assert f'<html lang="{language}">' in customer.get(lang="xx").content.decode()
