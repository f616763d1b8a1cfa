"""A withdrawal is confirmed by a message of its own: its content, day and time, and what follows from it."""

from __future__ import annotations

import pytest

from backorder.journal import clock
from backorder.notices import queries
from backorder.notices.models import Notice
from backorder.orders.changing.cancel import cancel
from backorder.orders.fulfilling.release import release
from backorder.orders.fulfilling.ship import ship
from backorder.orders.placing.forms import Placed
from backorder.payments.recording import NewPayment, record_payment
from tests.notices.post import HANNAH, advance, tell
from tests.orders.shop import Shop
from tests.payments.money import look
from tests.portal.conftest import Customer, customer_of

pytestmark = pytest.mark.django_db(transaction=True)


def order(shop: Shop, **given: object) -> Customer:
    shop.item("LAMP", stock=3)
    shop.inbound("LAMP", 5, day=10)
    placed: Placed = shop.place(("LAMP", 4), reference="W-10482", **{"contact": HANNAH, **given})
    return customer_of(placed)


def withdraw(customer: Customer) -> None:
    assert customer.post("withdraw", once="abcdefgh").status_code == 303


def letter(notices: list[Notice]) -> str:
    """The words of the only notice, a confirmation; the pictures of its HTML left out."""
    (notice,) = notices
    assert (notice.kind, notice.channel, notice.state) == ("withdrawn", "email", "waiting")
    return " ".join(notice.text.split())


def test_a_withdrawal_in_the_portal_is_confirmed_at_once_with_content_day_and_time(shop: Shop) -> None:
    customer = order(shop, zone="Europe/London")
    tell()
    advance(hours=5, minutes=7)
    withdraw(customer)
    at = f"{clock.now():%H:%M}"
    (notice,) = found = tell()
    assert notice.subject == "Your withdrawal is confirmed: order W-10482"
    assert notice.address == "hannah@example.com"
    said = letter(found)
    assert f"your declaration has reached us on 7 January 2030, {at} (Europe/London). Please keep this message." in said
    assert "I withdraw from my contract about order W-10482." in said
    assert "Cancelled at once: 4 × Lamp." in said
    assert "send back" not in said
    assert "Our warehouse" not in said
    assert "goes back to you the way you paid, by 21 January at the latest." in said
    assert tell() == []


def test_what_is_packed_is_stopped_and_what_was_sent_is_called_back(shop: Shop) -> None:
    customer = order(shop)
    line = customer.placed.lines[0].id
    release(customer.placed.id, lines={line: 2}, actor="test")
    ship(customer.placed.id, location=shop.locations["NORTH"], lines={line: 1}, key="p1", actor="test")
    tell()
    withdraw(customer)
    said = letter(tell())
    assert "Cancelled at once: 2 × Lamp." in said
    assert "Our warehouse has this in hand, and we stop it: 1 × Lamp." in said
    assert "Please send back by 21 January what has left us already: 1 × Lamp." in said


def test_a_withdrawal_before_anything_was_told_is_all_that_is_told(shop: Shop) -> None:
    customer = order(shop)
    withdraw(customer)
    assert "Cancelled at once: 4 × Lamp." in letter(tell())
    assert tell() == []


def test_the_money_that_goes_back_is_told_with_it(shop: Shop) -> None:
    customer = order(shop)
    tell()
    record_payment(
        customer.placed.id, NewPayment(kind="captured", amount_minor=4000, currency="GBP"), key="k", actor="test"
    )
    withdraw(customer)
    look()
    said = letter(tell())
    assert "You get back £40.00, the way you paid. It is sent by 21 January." in said
    assert "Nothing more is charged" not in said


def test_units_that_were_cancelled_a_moment_before_are_told_apart(shop: Shop) -> None:
    customer = order(shop)
    tell()
    cancel(customer.placed.id, lines={customer.placed.lines[0].id: 1}, reason="customer", actor="test")
    tell()
    withdraw(customer)
    assert "Cancelled at once: 3 × Lamp." in letter(tell())


@pytest.mark.parametrize(
    ("locale", "subject", "declared"),
    [
        ("de", "Ihr Widerruf ist bestätigt: Bestellung W-10482", "Ich widerrufe meinen Vertrag über die Bestellung"),
        ("es", "Su desistimiento está confirmado: pedido W-10482", "Desisto de mi contrato sobre el pedido W-10482."),
        ("fr", "Votre rétractation est confirmée : commande W-10482", "Je me rétracte du contrat portant sur la"),
    ],
)
def test_it_is_said_in_the_customers_language(shop: Shop, locale: str, subject: str, declared: str) -> None:
    customer = order(shop, locale=locale)
    tell()
    withdraw(customer)
    (notice,) = found = tell()
    assert notice.subject == subject
    assert declared in letter(found)


def test_nobody_can_switch_it_off(shop: Shop) -> None:
    with pytest.raises(Exception, match="kind_is_lawful"):
        queries.set_active("withdrawn", active=False, actor="test")
