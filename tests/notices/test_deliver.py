"""A fact becomes a message once, and the message arrives at least once: signed, under one id, whatever breaks."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connection, transaction
from pytest_django import Settings

from backorder.journal import clock
from backorder.journal.models import Entry
from backorder.journal.record import Fact, record
from backorder.journal.refusals import Refused
from backorder.notices import deliver, deliveries, wire
from backorder.notices.deliver import PAUSES, deliver_due
from backorder.notices.models import Delivery, Endpoint
from backorder.notices.publish import publish
from backorder.notices.webhooks import Registered, change, register, renew_secret
from tests.connections import Running, another, until
from tests.notices.receiver import Receiver, receiving
from tests.orders.shop import open_shop

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _own_network_allowed(settings: Settings) -> None:
    settings.BACKORDER_WEBHOOK_ALLOW_PRIVATE = True


@pytest.fixture(autouse=True)
def _clock_stands() -> None:
    clock.freeze(actor="test")


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


@pytest.fixture
def hook(receiver: Receiver) -> Registered:
    return register(url=receiver.url, actor="test")


def happen(fact: str, subject: str, **body: object) -> None:
    with transaction.atomic():
        record([Fact(fact, subject, dict(body))], actor="test", at=clock.now())


def publish_all() -> None:
    """Publish up to the last entry: other databases of the server may hold the horizon back a while."""

    def is_done() -> bool:
        publish()
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT seq = (SELECT max(seq) FROM journal_entry) FROM journal_follower WHERE name = 'webhooks'"
            )
            row = cursor.fetchone()
        return bool(row and row[0])

    until(is_done)


def advance(seconds: float) -> None:
    clock.advance(timedelta(seconds=seconds), actor="test")


def end_leases() -> None:
    Delivery.objects.filter(leased_until__isnull=False).update(leased_until=clock.now().replace(year=2001))


# -- publishing -----------------------------------------------------------------------------------------------------


def test_a_fact_arrives_signed(receiver: Receiver, hook: Registered) -> None:
    at = clock.now()
    happen("order.placed", "order/7", channel="web", reference="A-1", lines=2)
    publish_all()
    assert deliver_due() == 1
    (request,) = receiver.received
    assert request.verified(hook.secret) == {
        "type": "order.placed",
        "timestamp": at.isoformat(),
        "data": {"subject": "order/7", "channel": "web", "reference": "A-1", "lines": 2},
    }
    row = Delivery.objects.get()
    assert request.id == f"msg_{row.id.hex}"
    assert request.headers["content-type"] == "application/json"
    assert (row.state, row.tries, row.last_status, row.delivered_at) == ("delivered", 1, 204, at)
    assert deliver_due() == 0
    assert len(receiver.received) == 1


def test_a_message_names_orders_and_items_as_the_receiver_knows_them(hook: Registered) -> None:
    shop = open_shop()
    lamp = shop.item("LAMP", stock=3)
    placed = shop.place(("LAMP", 5), reference="W-77")
    publish_all()
    data = Delivery.objects.get(fact="order.placed").payload["data"]
    assert (data["subject"], data["channel_code"], data["reference"]) == (f"order/{placed.id}", "web", "W-77")
    (line,) = data["lines"]
    assert (line["item"], line["sku"], line["ordered"], line["open"]) == (lamp, "LAMP", 5, 2)
    assert Delivery.objects.filter(fact="item.defined").get().payload["data"]["sku"] == "LAMP"


def test_a_fact_about_something_unknown_is_sent_without_names(hook: Registered) -> None:
    happen("order.placed", "order/99", item=99, lines={"5": 1})
    publish_all()
    assert Delivery.objects.get().payload["data"] == {"subject": "order/99", "item": 99, "lines": {"5": 1}}


def test_a_message_signed_with_another_secret_is_not_verified(receiver: Receiver, hook: Registered) -> None:
    deliveries.send_test(hook.endpoint.id)
    deliver_due()
    with pytest.raises(Exception, match="No matching signature"):
        receiver.received[0].verified("whsec_" + "A" * 44)


def test_after_a_renewal_both_secrets_sign(receiver: Receiver, hook: Registered) -> None:
    fresh = renew_secret(hook.endpoint.id, actor="test")
    deliveries.send_test(hook.endpoint.id)
    deliver_due()
    (request,) = receiver.received
    assert request.verified(fresh) == request.verified(hook.secret)
    assert len(request.headers["webhook-signature"].split()) == 2


def test_each_endpoint_gets_what_it_asked_for_from_when_it_asked(receiver: Receiver) -> None:
    happen("order.placed", "order/1")
    advance(1)
    everything = register(url=receiver.url, actor="test").endpoint.id
    orders = register(url=receiver.url, facts=["order.*"], actor="test").endpoint.id
    one = register(url=receiver.url, facts=["hold.ended"], actor="test").endpoint.id
    off = register(url=receiver.url, actor="test").endpoint.id
    change(off, active=False, actor="test")
    happen("order.placed", "order/2")
    happen("hold.ended", "hold/3")
    happen("key.created", "key/4")
    publish_all()
    found = [(row.endpoint_id, row.payload["data"]["subject"]) for row in Delivery.objects.all()]
    assert sorted(found) == [(everything, "hold/3"), (everything, "order/2"), (orders, "order/2"), (one, "hold/3")]
    publish_all()
    assert Delivery.objects.count() == 4


def test_a_publisher_that_dies_publishes_once(hook: Registered, monkeypatch: pytest.MonkeyPatch) -> None:
    happen("order.placed", "order/1")
    with monkeypatch.context() as broken:
        broken.setattr("backorder.notices.publish.follow.advance", lambda *_: 1 / 0)
        died = []

        def dies() -> bool:
            try:
                publish()
            except ZeroDivisionError:
                died.append(True)
            return bool(died)

        until(dies)
    assert not Delivery.objects.exists()
    publish_all()
    assert Delivery.objects.count() == 1


# -- trying again ---------------------------------------------------------------------------------------------------


def test_a_failure_is_tried_again_under_the_same_id_after_a_pause(receiver: Receiver, hook: Registered) -> None:
    receiver.answers = [(500, {})]
    deliveries.send_test(hook.endpoint.id)
    assert deliver_due() == 1
    row = Delivery.objects.get()
    assert (row.state, row.tries, row.last_status) == ("waiting", 1, 500)
    assert row.last_error == "The answer was 500 Internal Server Error."
    assert timedelta(seconds=5) <= row.next_try_at - clock.now() <= timedelta(seconds=5.5)
    assert Endpoint.objects.get().failing_since == clock.now()
    assert deliver_due(failing=True) == 0
    advance(6)
    assert deliver_due() == 0  # It takes its turn among the failing ones.
    assert deliver_due(failing=True) == 1
    assert [request.id for request in receiver.received] == [deliver.message_id(row.id)] * 2
    assert Delivery.objects.get().state == "delivered"
    assert Endpoint.objects.get().failing_since is None


def test_after_the_last_try_a_message_is_dead_and_can_be_sent_again(receiver: Receiver, hook: Registered) -> None:
    receiver.answers = [(500, {})] * (len(PAUSES) + 1)
    test = deliveries.send_test(hook.endpoint.id)
    start = clock.now()
    while deliver_due() or deliver_due(failing=True):
        row = Delivery.objects.get()
        if row.state == "waiting":
            clock.set_to(row.next_try_at, actor="test")
    assert (row.state, row.tries, len(receiver.received)) == ("dead", 10, 10)
    assert timedelta(hours=75) < clock.now() - start < timedelta(hours=84)
    assert deliveries.list_deliveries(state="dead") == [deliveries.delivery(test.id)]
    again = deliveries.resend(test.id)
    assert (again.state, again.tries) == ("waiting", 0)
    deliver_due(failing=True)
    assert deliveries.delivery(test.id).state == "delivered"
    assert {request.id for request in receiver.received} == {deliver.message_id(test.id)}


def test_a_receiver_may_ask_for_a_longer_pause(receiver: Receiver, hook: Registered) -> None:
    receiver.answers = [(429, {"Retry-After": "3600"}), (503, {"Retry-After": "999999"})]
    deliveries.send_test(hook.endpoint.id)
    deliver_due()
    assert Delivery.objects.get().next_try_at == clock.now() + timedelta(hours=1)
    advance(3600)
    deliver_due(failing=True)
    assert Delivery.objects.get().next_try_at == clock.now() + timedelta(days=1)


def test_a_receiver_that_is_gone_is_asked_no_more(receiver: Receiver, hook: Registered) -> None:
    receiver.answers = [(410, {})]
    deliveries.send_test(hook.endpoint.id)
    deliver_due()
    late = Delivery.objects.create(
        id="00000000-0000-4000-8000-000000000001",
        endpoint_id=hook.endpoint.id,
        fact="order.placed",
        payload={},
        next_try_at=clock.now(),
        created_at=clock.now(),
    )
    found = Endpoint.objects.get()
    assert (found.active, found.inactive_because) == (False, "The receiver answered 410 Gone.")
    assert deliver_due() + deliver_due(failing=True) == 0
    assert len(receiver.received) == 1
    assert Delivery.objects.exclude(pk=late.pk).get().state == "dead"
    assert Entry.objects.get(fact="webhook.deactivated").subject == f"webhook/{found.pk}"
    with pytest.raises(Refused, match="webhook_is_inactive"):
        deliveries.resend(late.id)


def test_what_else_waited_for_a_gone_receiver_is_dead_too(receiver: Receiver, hook: Registered) -> None:
    receiver.answers = [(410, {})]
    for _ in range(20):
        deliveries.send_test(hook.endpoint.id)
    assert deliver_due() == deliver.PER_ENDPOINT
    # Eight were under way together; the one that was told 410 ended the rest.
    assert Delivery.objects.filter(state="delivered").count() == 7
    assert Delivery.objects.filter(state="dead", tries=0).count() == 12
    assert Delivery.objects.filter(state="dead", tries=1, last_status=410).count() == 1
    change(hook.endpoint.id, active=True, actor="test")
    assert deliveries.resend_dead(hook.endpoint.id) == 13
    assert Delivery.objects.filter(state="waiting", tries=0).count() == 13


def test_private_addresses_are_not_called_once_forbidden(
    receiver: Receiver, hook: Registered, settings: Settings
) -> None:
    settings.BACKORDER_WEBHOOK_ALLOW_PRIVATE = False
    deliveries.send_test(hook.endpoint.id)
    deliver_due()
    row = Delivery.objects.get()
    assert (row.state, row.last_status) == ("waiting", None)
    assert row.last_error == "127.0.0.1 is 127.0.0.1, which is not a public address."
    assert receiver.received == []


def test_a_secret_that_cannot_be_read_is_said(receiver: Receiver, hook: Registered, settings: Settings) -> None:
    settings.SECRET_KEY = "another"
    deliveries.send_test(hook.endpoint.id)
    deliver_due()
    assert "make a new one" in Delivery.objects.get().last_error
    assert receiver.received == []


def test_jitter_lengthens_a_pause_by_a_tenth_at_most() -> None:
    found = [deliver.pause_after(2) for _ in range(200)]
    assert min(found) >= 300
    assert max(found) <= 330
    assert len(set(found)) > 100


# -- crashes and races ----------------------------------------------------------------------------------------------


def test_a_crash_between_send_and_mark_repeats_the_message(
    receiver: Receiver, hook: Registered, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliveries.send_test(hook.endpoint.id)
    with monkeypatch.context() as broken:
        broken.setattr(deliver, "_mark", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            deliver_due()
    assert len(receiver.received) == 1
    assert deliver_due() == 0  # The lease of the dead worker still holds.
    end_leases()
    assert deliver_due() == 1
    assert len({request.id for request in receiver.received}) == 1
    assert len(receiver.received) == 2
    assert Delivery.objects.get().state == "delivered"


def test_a_crash_before_the_send_loses_nothing(receiver: Receiver, hook: Registered) -> None:
    deliveries.send_test(hook.endpoint.id)
    assert len(deliver.claim()) == 1
    end_leases()
    assert deliver_due() == 1
    assert len(receiver.received) == 1


def test_while_one_worker_sends_another_leaves_the_message_alone(receiver: Receiver, hook: Registered) -> None:
    inside, go_on = threading.Event(), threading.Event()
    receiver.before_answer = lambda: (inside.set(), go_on.wait(30))
    deliveries.send_test(hook.endpoint.id)
    first = Running(deliver_due)
    assert inside.wait(30)
    assert deliver_due() == 0
    go_on.set()
    assert first.finish() == 1
    assert len(receiver.received) == 1


def test_without_the_lease_both_send(receiver: Receiver, hook: Registered) -> None:
    """The negative control: the same two workers, the lease taken away in between."""
    inside, go_on = threading.Event(), threading.Event()

    def answer_the_first_when_the_second_has_come() -> None:
        if inside.is_set():
            go_on.set()
        inside.set()
        go_on.wait(30)

    receiver.before_answer = answer_the_first_when_the_second_has_come
    deliveries.send_test(hook.endpoint.id)
    first = Running(deliver_due)
    assert inside.wait(30)
    end_leases()
    assert deliver_due() == 1
    assert first.finish() == 1
    assert len(receiver.received) == 2
    assert (Delivery.objects.get().state, Delivery.objects.get().tries) == ("delivered", 2)


def test_two_workers_claim_different_messages_without_waiting(hook: Registered) -> None:
    for _ in range(3):
        deliveries.send_test(hook.endpoint.id)
    with another() as other:
        row = other.execute("SELECT id FROM notices_delivery ORDER BY id LIMIT 1 FOR UPDATE").fetchone()
        assert row is not None
        claimed = {claim.id for claim in deliver.claim()}
    assert claimed == set(Delivery.objects.values_list("id", flat=True)) - {row[0]}


def test_a_late_mark_does_not_overwrite_a_newer_try(
    receiver: Receiver, hook: Registered, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliveries.send_test(hook.endpoint.id)
    (late,) = deliver.claim()
    end_leases()
    assert deliver_due() == 1
    deliver._mark(late, wire.Outcome(500, "late"))
    row = Delivery.objects.get()
    assert (row.state, row.last_error) == ("delivered", "")


def test_one_endpoint_does_not_take_all_turns(receiver: Receiver, hook: Registered) -> None:
    other = register(url=receiver.url, actor="test")
    for _ in range(40):
        deliveries.send_test(hook.endpoint.id)
    deliveries.send_test(other.endpoint.id)
    claimed = [claim.endpoint_id for claim in deliver.claim()]
    assert sorted(claimed) == [hook.endpoint.id] * 8 + [other.endpoint.id]


def test_nothing_is_sent_inside_a_transaction(hook: Registered) -> None:
    deliveries.send_test(hook.endpoint.id)
    with pytest.raises(AssertionError, match="inside a transaction"), transaction.atomic():
        deliver_due()
    assert Delivery.objects.get().tries == 0


# -- the list -------------------------------------------------------------------------------------------------------


def test_deliveries_are_listed_in_pages_newest_first(hook: Registered) -> None:
    made = []
    for _ in range(5):
        made.append(deliveries.send_test(hook.endpoint.id))
        advance(1)
    first = deliveries.list_deliveries(endpoint_id=hook.endpoint.id, limit=3)
    assert [row.id for row in first] == [row.id for row in reversed(made[2:])]
    rest = deliveries.list_deliveries(state="waiting", after=first[-1].id)
    assert [row.id for row in rest] == [made[1].id, made[0].id]
    assert deliveries.list_deliveries(state="dead") == []
    with pytest.raises(Refused, match="unknown_delivery_state"):
        deliveries.list_deliveries(state="lost")
    with pytest.raises(Refused, match="unknown_delivery"):
        deliveries.delivery(uuid.UUID(int=5))


def test_what_ended_is_forgotten_after_thirty_days_and_what_waits_is_not(receiver: Receiver, hook: Registered) -> None:
    deliveries.send_test(hook.endpoint.id)
    deliver_due()
    waiting = deliveries.send_test(hook.endpoint.id)
    clock.advance(timedelta(days=30, seconds=1), actor="test")
    assert deliveries.purge() == 1
    assert [row.id for row in deliveries.list_deliveries()] == [waiting.id]
