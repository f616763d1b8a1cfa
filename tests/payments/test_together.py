"""Many orders are looked at together, in as many statements as one, and each as if it were alone."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from backorder.journal import clock, feed
from backorder.orders.changing.cancel import cancel
from backorder.orders.changing.withdraw import withdraw
from backorder.orders.fulfilling.release import release
from backorder.orders.fulfilling.ship import ship
from backorder.orders.placing.forms import Placed
from backorder.payments import reviewing
from backorder.payments.models import Due
from backorder.payments.recording import NewPayment, note_orders, record_payment
from tests.orders.shop import START, Shop
from tests.payments.money import look, place

PAID = {"paid_at": START}
HELD = {"authorisation": "A-1", "attributes": {"payment_provider": "stripe", "payment_network": "visa"}}
DEPOSIT = {"paid_at": START, "attributes": {"deposit_minor": 500}}
NAMES = ("kind", "amount_minor", "raised_minor", "by_at", "send_by_on", "vests_on", "rule", "paragraph", "why", "state")


def some_of_everything(shop: Shop) -> list[Placed]:
    """Orders to each of which something else happened, all before the follower looked."""
    shop.item("LAMP", stock=200)
    shop.item("MUG")
    placed = [place(shop, ("LAMP", 3, 1000), ("MUG", 2, 700), **given) for given in (PAID, HELD, DEPOSIT, {}) * 4]
    north = shop.locations["NORTH"]
    for number, one in enumerate(placed):
        match number // 4:
            case 0:
                cancel(one.id, lines={one.lines[1].id: 1}, actor="test")
            case 1:
                cancel(one.id, actor="test")
            case 2:
                release(one.id, lines={one.lines[0].id: 2}, actor="test")
                ship(one.id, location=north, key=f"p{number}", actor="test")
            case 3:
                withdraw(one.id, actor="test")
    return placed


def state() -> list[tuple[Any, ...]]:
    """Everything that is due, order by order, without the numbers that are drawn anew each time."""
    return list(Due.objects.order_by("order_id", "id").values_list("order_id", *NAMES))


def told() -> list[tuple[str, str, dict[str, Any]]]:
    facts = [*reviewing.RAISED.values(), "payment.due_dropped"]
    return sorted(
        (one.subject, one.fact, {name: value for name, value in one.body.items() if name != "due"})
        for one in feed.search(facts=facts, limit=1000).entries
    )  # fmt: skip


def noted(placed: list[Placed]) -> None:
    """What the orders say of their payment is kept, and nothing was looked at yet."""
    note_orders([one.id for one in placed], now=clock.now())


@pytest.mark.django_db(transaction=True)
def test_together_gives_what_one_by_one_gives(shop: Shop) -> None:
    placed = some_of_everything(shop)
    ids, now = [one.id for one in placed], clock.now()
    found: list[Any] = []
    for work in (
        lambda: [reviewing.review(id, now=now, actor="test") for id in ids],
        lambda: reviewing.review_all(ids, now=now, actor="test"),
    ):
        with transaction.atomic():
            noted(placed)
            for _ in range(2):  # A second look finds nothing more.
                work()
            found.append((state(), told()))
            transaction.set_rollback(True)
    assert found[0] == found[1]
    kinds = {(row[1], row[-2]) for row in found[0][0]}
    assert kinds == {
        ("refund", "cancelled"), ("refund", "withdrawn"), ("void", "cancelled"), ("capture", "shipped"),
        ("balance", "released"),
    }  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_what_is_moot_is_dropped_together_as_well(shop: Shop) -> None:
    placed = some_of_everything(shop)
    look()
    released = [one for one in placed if one.lines[0].id and Due.objects.filter(order=one.id, kind="capture").exists()]
    assert len(released) == 1
    record_payment(released[0].id, NewPayment("voided", 0), key="v", actor="test")
    assert Due.objects.filter(order=released[0].id, kind="authorise_again", state="open").exists()
    cancel(released[0].id, actor="test")
    look()
    assert Due.objects.get(order=released[0].id, kind="authorise_again").state == "dropped"


@pytest.mark.django_db(transaction=True)
def test_one_order_and_twenty_take_as_many_statements(shop: Shop) -> None:
    shop.item("LAMP", stock=100)
    placed = [place(shop, ("LAMP", 3, 1000), **PAID) for _ in range(21)]
    for one in placed:
        cancel(one.id, lines={one.lines[0].id: 1}, actor="test")
    noted(placed)
    taken = []
    for some in (placed[:1], placed[1:]):
        with CaptureQueriesContext(connection) as seen, transaction.atomic():
            raised = reviewing.review_all([one.id for one in some], now=clock.now(), actor="test")
        assert len(raised) == len(some)
        taken.append(len([one for one in seen.captured_queries if "payments_" in one["sql"]]))
    assert taken == [3, 3]  # Payments and dues are read, dues are written.
