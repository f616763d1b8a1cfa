"""Withdrawing, changing the address, asking, and how one is reached."""

from __future__ import annotations

from datetime import timedelta

import pytest

from backorder.journal import clock
from backorder.journal.models import Entry
from backorder.notices import threads, wishes
from backorder.orders.fulfilling.release import release
from backorder.orders.fulfilling.ship import deliver, ship
from backorder.orders.models import Block, Line, Order
from backorder.portal.models import Choice
from tests.orders.shop import Shop
from tests.portal.conftest import Customer, customer_of, words

pytestmark = pytest.mark.django_db

ADDRESS = {"name": "Hannah Meyer", "line1": "1 Mill Lane", "city": "Leeds", "postcode": "LS1 1AA"}


@pytest.fixture
def customer(shop: Shop) -> Customer:
    shop.item("LAMP", stock=3)
    shop.inbound("LAMP", 5, day=10)
    contact = {"name": "Hannah Meyer", "email": "hannah@example.com", "sms": "+441632960961"}
    return customer_of(shop.place(("LAMP", 4), contact=contact, ship_to=ADDRESS))


def units(customer: Customer) -> dict[str, int]:
    line = Line.objects.get(order_id=customer.placed.id)
    names = ("open", "allocated", "released", "shipped", "cancelled")
    return {name: getattr(line, name) for name in names if getattr(line, name)}


def withdraw(customer: Customer, once: str = "abcdefgh") -> tuple[int, str]:
    answer = customer.post("withdraw", once=once)
    return answer.status_code, answer.get("Location", "")


def test_withdrawing_before_anything_left_cancels_everything(customer: Customer) -> None:
    page = customer.page("withdraw")
    assert "until 14 days after the last item has reached you" in page
    assert "I withdraw from my contract about order" in page
    assert units(customer) == {"open": 1, "allocated": 3}
    assert withdraw(customer) == (303, f"/my/{customer.link}?done=withdraw")
    assert units(customer) == {"cancelled": 4}
    line = str(customer.placed.lines[0].id)
    fact = Entry.objects.get(fact="order.withdrawn")
    assert fact.body == {"cancelled": {line: 4}, "stopped": {}, "to_return": {}}
    assert "You withdrew from this contract on" in customer.page()
    assert withdraw(customer, "another-once")[0] == 303
    assert Choice.objects.count() == 1


def test_withdrawing_stops_what_is_packed_and_calls_back_what_was_sent(customer: Customer, shop: Shop) -> None:
    release(customer.placed.id, lines={customer.placed.lines[0].id: 2}, actor="test")
    line = customer.placed.lines[0].id
    ship(customer.placed.id, location=shop.locations["NORTH"], lines={line: 1}, key="p1", actor="test")
    withdraw(customer)
    assert units(customer) == {"shipped": 1, "released": 1, "cancelled": 2}
    body = {"cancelled": {str(line): 2}, "stopped": {str(line): 1}, "to_return": {str(line): 1}}
    assert Entry.objects.get(fact="order.withdrawn").body == body
    assert Block.objects.get().note == "withdrawn from"


def test_the_right_ends_fourteen_days_after_the_last_arrived(shop: Shop) -> None:
    shop.item("MUG", stock=1)
    customer = customer_of(shop.place(("MUG", 1)))
    release(customer.placed.id, actor="test")
    sent = ship(customer.placed.id, location=shop.locations["NORTH"], key="p1", actor="test")
    deliver(sent, actor="test")
    clock.advance(timedelta(days=14), actor="test")
    assert "until 21 January" in customer.page("withdraw")
    clock.advance(timedelta(days=1), actor="test")
    assert "Withdraw from contract here" not in customer.page()
    answer = customer.post("withdraw", once="abcdefgh")
    assert (answer.status_code, "The time to withdraw has ended." in words(answer)) == (409, True)
    assert Choice.objects.count() == 0


def test_where_the_law_knows_no_withdrawal_none_is_shown(shop: Shop) -> None:
    shop.item("MUG", stock=1)
    shop_order = shop.order(("MUG", 1))
    customer = customer_of(shop.place(("MUG", 1), reference=shop_order.reference))
    Order.objects.update(country="US")
    assert "Withdraw from contract here" not in customer.page()
    assert customer.post("withdraw", once="abcdefgh").status_code == 409


def test_the_address_can_be_changed_until_it_is_packed(customer: Customer) -> None:
    assert 'value="1 Mill Lane"' in customer.get("address").content.decode()
    version = Order.objects.get().version
    answer = customer.post("address", **{**ADDRESS, "line1": "  2   Mill Lane "}, version=version)
    assert answer["Location"].endswith("?done=address")
    assert Order.objects.get().ship_to == {**ADDRESS, "line1": "2 Mill Lane", "line2": ""}
    release(customer.placed.id, actor="test")
    assert "It is already being packed." in words(customer.get("address"))
    answer = customer.post("address", **ADDRESS, version=version + 2)
    assert (answer.status_code, "It is already being packed." in words(answer)) == (409, True)
    assert Order.objects.get().ship_to["line1"] == "2 Mill Lane"


def test_an_address_that_cannot_be_comes_back_with_what_is_wrong(customer: Customer) -> None:
    version = Order.objects.get().version
    for wrong in ({"city": ""}, {"city": "x" * 201}, {"name": "a\x00b"}):
        answer = customer.post("address", **{**ADDRESS, **wrong}, version=version)
        assert answer.status_code == 422
        assert 'aria-invalid="true"' in answer.content.decode()
    assert Order.objects.get().ship_to == ADDRESS


def test_an_address_changed_elsewhere_meanwhile_is_told(customer: Customer) -> None:
    version = Order.objects.get().version
    customer.post("address", **{**ADDRESS, "line1": "2 Mill Lane"}, version=version)
    answer = customer.post("address", **{**ADDRESS, "line1": "3 Mill Lane"}, version=version)
    assert (answer.status_code, "Something changed" in words(answer)) == (412, True)
    assert Order.objects.get().ship_to["line1"] == "2 Mill Lane"


def test_a_question_is_asked_once_and_its_answer_is_read_here(customer: Customer) -> None:
    for _ in range(2):
        assert customer.post("ask", question="Is it <b>heavy</b>?", once="abcdefgh").status_code == 303
    (asked,) = threads.threads(order=customer.placed.id)
    assert [one.text for one in threads.thread(asked.id).messages] == ["Is it <b>heavy</b>?"]
    threads.answer(asked.id, "No, 200 g.", actor="staff:1")
    assert "<b>heavy" not in customer.get().content.decode()
    page = customer.page()
    assert "Is it <b>heavy</b>?" in page
    assert "No, 200 g." in page


@pytest.mark.parametrize("question", ["", "   ", "x" * 4001])
def test_a_question_that_cannot_be_is_refused(customer: Customer, question: str) -> None:
    assert customer.post("ask", question=question, once="abcdefgh").status_code == 422
    assert threads.threads(order=customer.placed.id) == []


def test_only_what_was_changed_of_the_wishes_is_remembered(customer: Customer) -> None:
    page = customer.page("reach")
    assert "We write to h•••@example.com." in page
    assert "Texts go to •••961." in page
    kinds = ("slipped", "improved", "ready", "substitute_offered", "survey")  # Not: shipped.
    customer.post("reach", wanted=[*(f"email:{kind}" for kind in kinds), "sms:"])
    assert [(one.kind, one.wanted) for one in wishes.preferences("email", "hannah@example.com")] == [("shipped", False)]
    assert [(one.kind, one.wanted) for one in wishes.preferences("sms", "+441632960961")] == [("", True)]
