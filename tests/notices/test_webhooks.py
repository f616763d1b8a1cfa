"""Addresses for webhooks: public ones, with a secret that is shown once and kept encrypted."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from pytest_django import Settings

from backorder.journal import clock
from backorder.journal.models import Entry
from backorder.journal.refusals import Refused
from backorder.notices import deliveries, sealing, signing, webhooks
from backorder.notices.models import Delivery, Endpoint

pytestmark = pytest.mark.django_db

URL = "https://shop.example.com/hook"


def test_the_secret_is_shown_once_and_kept_encrypted() -> None:
    made = webhooks.register(url=URL, facts=["order.placed", "hold.*"], actor="test")
    assert made.secret.startswith("whsec_")
    assert len(made.secret) == 50  # 32 bytes in base64
    row = Endpoint.objects.get()
    assert made.secret not in row.secret
    assert sealing.unseal(row.secret) == made.secret
    assert webhooks.endpoint(row.pk) == made.endpoint
    assert (made.endpoint.url, made.endpoint.facts, made.endpoint.active) == (URL, ("hold.*", "order.placed"), True)
    assert "whsec_" not in str(webhooks.list_endpoints())


def test_a_secret_opens_only_under_its_secret_key(settings: Settings) -> None:
    sealed = sealing.seal("whsec_1")
    old = settings.SECRET_KEY
    settings.SECRET_KEY = "another"
    with pytest.raises(sealing.CannotOpen):
        sealing.unseal(sealed)
    settings.SECRET_KEY_FALLBACKS = [old]
    assert sealing.unseal(sealed) == "whsec_1"


@pytest.mark.parametrize(
    "url",
    [
        "http://shop.example.com/hook",
        "ftp://shop.example.com",
        "shop.example.com",
        "https://",
        "https://user:pass@shop.example.com",
        "https://shop.example.com/#part",
        "https://shop.example.com:99999/",
        "https://shop.example.com:0/",
        "https://shop example.com",
        "https://shop.example.com/\nhook",
        "https://[::1",
        "https://shop.example.com/" + "x" * 2000,
    ],
)
def test_what_is_no_proper_address_is_refused(url: str) -> None:
    with pytest.raises(Refused, match="webhook_address_refused") as refusal:
        webhooks.register(url=url, actor="test")
    assert refusal.value.values["field"] == "url"
    assert not Endpoint.objects.exists()


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "db.localhost",
        "printer.local",
        "metadata.google.internal",
        "intranet",
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "10.0.0.1",
        "169.254.169.254",
        "[::1]",
        "[fc00::1]",
        "[::ffff:10.0.0.1]",
    ],
)
def test_addresses_of_the_own_network_are_refused_unless_allowed(host: str, settings: Settings) -> None:
    with pytest.raises(Refused, match="webhook_address_is_private"):
        webhooks.register(url=f"https://{host}/hook", actor="test")
    assert not Endpoint.objects.exists()
    settings.BACKORDER_WEBHOOK_ALLOW_PRIVATE = True
    assert webhooks.register(url=f"http://{host}:8080/hook", actor="test").endpoint.active


@pytest.mark.parametrize(
    "facts", [["order"], ["demand_met"], ["order.placed", "Order.Placed"], ["*"], ["key.created"], ["key.*"], [""]]
)
def test_facts_are_named_as_in_the_journal_and_public(facts: list[str]) -> None:
    with pytest.raises(Refused, match="webhook_facts_refused"):
        webhooks.register(url=URL, facts=facts, actor="test")
    with pytest.raises(Refused, match="At most 100"):
        webhooks.register(url=URL, facts=["order.placed"] * 101, actor="test")
    assert not Endpoint.objects.exists()


def test_there_is_a_most_of_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhooks, "MOST_ENDPOINTS", 1)
    webhooks.register(url=URL, actor="test")
    with pytest.raises(Refused, match="too_many_webhooks"):
        webhooks.register(url=URL, actor="test")
    assert Endpoint.objects.count() == 1


def test_an_address_can_be_changed_and_switched_off_and_on() -> None:
    made = webhooks.register(url=URL, facts=["order.placed"], actor="test").endpoint
    assert webhooks.change(made.id, url=URL + "2", actor="test").url == URL + "2"
    assert webhooks.change(made.id, facts=[], actor="test").facts == ()
    assert webhooks.change(made.id, active=False, actor="test").active is False
    with pytest.raises(Refused, match="webhook_is_inactive"):
        deliveries.send_test(made.id)
    Endpoint.objects.update(inactive_because="gone", failing_since=clock.now())
    again = webhooks.change(made.id, active=True, actor="test")
    assert (again.active, again.inactive_because, again.failing_since) == (True, "", None)
    with pytest.raises(Refused, match="webhook_address_refused"):
        webhooks.change(made.id, url="http://x", actor="test")
    assert webhooks.endpoint(made.id).url == URL + "2"


def test_a_new_secret_takes_the_place_of_the_old() -> None:
    made = webhooks.register(url=URL, actor="test")
    fresh = webhooks.renew_secret(made.endpoint.id, actor="test")
    assert fresh != made.secret
    kept = Endpoint.objects.get().secret
    assert signing.secrets_at(kept, soon := datetime.now(UTC)) == [fresh, made.secret]
    assert signing.secrets_at(kept, soon + signing.OVERLAP) == [fresh]


def test_only_the_last_secret_before_a_renewal_still_signs() -> None:
    made = webhooks.register(url=URL, actor="test")
    first, second = (webhooks.renew_secret(made.endpoint.id, actor="test") for _ in range(2))
    assert signing.secrets_at(Endpoint.objects.get().secret, datetime.now(UTC)) == [second, first]


def test_a_secret_that_somebody_has_seen_ends_at_once() -> None:
    made = webhooks.register(url=URL, actor="test")
    fresh = webhooks.renew_secret(made.endpoint.id, at_once=True, actor="test")
    assert signing.secrets_at(Endpoint.objects.get().secret, datetime.now(UTC)) == [fresh]


def test_a_secret_nobody_can_open_any_more_is_renewed_all_the_same(settings: Settings) -> None:
    made = webhooks.register(url=URL, actor="test")
    settings.SECRET_KEY = "another"
    fresh = webhooks.renew_secret(made.endpoint.id, actor="test")
    assert signing.secrets_at(Endpoint.objects.get().secret, datetime.now(UTC)) == [fresh]


def test_removing_takes_the_deliveries_along() -> None:
    made = webhooks.register(url=URL, actor="test").endpoint
    deliveries.send_test(made.id)
    webhooks.remove(made.id, actor="test")
    assert not Endpoint.objects.exists()
    assert not Delivery.objects.exists()
    for verb in (webhooks.remove, webhooks.renew_secret, webhooks.change):
        with pytest.raises(Refused, match="unknown_webhook"):
            verb(made.id, actor="test")


def test_every_step_is_a_fact_without_the_address() -> None:
    made = webhooks.register(url=URL, actor="test").endpoint
    webhooks.change(made.id, active=False, actor="test")
    webhooks.renew_secret(made.id, actor="test")
    webhooks.remove(made.id, actor="test")
    story = Entry.objects.filter(subject=f"webhook/{made.id}").order_by("seq")
    assert [entry.fact for entry in story] == [
        "webhook.registered",
        "webhook.changed",
        "webhook.secret_renewed",
        "webhook.removed",
    ]
    assert "example" not in str([entry.body for entry in story])
