"""What a customer reads on "my order": what comes now and later, why, and every date that was given."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backorder.orders.changing.cancel import cancel
from backorder.orders.deciding.redecide import work_marks
from backorder.orders.supplying.inbound import move_eta
from tests.orders.shop import Shop
from tests.portal.conftest import customer_of

pytestmark = pytest.mark.django_db


def test_what_comes_now_and_what_later_is_the_headline(shop: Shop) -> None:
    shop.item("HEART", stock=5)
    shop.inbound("HEART", 50, day=10)
    page = customer_of(shop.place(("HEART", 7))).page()
    assert "5 come now. 2 follow 18 January." in page
    assert "5 now With you 8 January" in page
    assert "2 later 18 January" in page
    assert "A delivery is on its way to us, and yours are on it." in page
    assert "Nobody else is waiting for this." in page
    assert "5 on 8 January, 2 on 18 January What we said when you ordered. Today 09:00" in page


def test_a_slip_shows_both_days_and_why(shop: Shop) -> None:
    shop.item("HEART", stock=5)
    supply = shop.inbound("HEART", 50, day=10)
    customer = customer_of(shop.place(("HEART", 7)))
    move_eta(supply, eta=shop.day(20), actor="test")
    work_marks()
    page = customer.page()
    assert "We are sorry that 2 are late." in page
    assert "2 later 28 January, first said 18 January" in page
    assert page.count("The delivery that carries them comes later than our supplier had said.") == 2


def test_why_it_is_late_is_what_moved_the_day_and_not_what_was_said_last(shop: Shop) -> None:
    shop.item("HEART", stock=5)
    supply = shop.inbound("HEART", 50, day=10)
    placed = shop.place(("HEART", 8))
    move_eta(supply, eta=shop.day(20), actor="test")
    work_marks()
    cancel(placed.id, lines={placed.lines[0].id: 1}, reason="customer", actor="test")
    page = customer_of(placed).page()
    assert "2 later 28 January, first said 18 January" in page
    assert page.count("Why The delivery that carries them comes later than our supplier had said.") == 1


def test_the_place_in_the_queue_is_told_and_nothing_of_the_others(shop: Shop) -> None:
    shop.item("HEART")
    shop.inbound("HEART", 50, day=10)
    first = shop.place(("HEART", 41), reference="SECRET-1", customer="secret-customer")
    second = customer_of(shop.place(("HEART", 2)))
    page = second.get().content.decode()
    assert "You are number 2 of the 2 who wait." in page
    assert "You are first of the 2 who wait." in customer_of(first).page()
    assert "41" not in second.page()  # In words: ids of our own may well hold such digits.
    for secret in ("SECRET-1", "secret-customer", f"order.{first.id}."):
        assert secret not in page.replace(second.link, "")


def test_a_page_costs_the_same_statements_for_one_line_and_for_many(shop: Shop) -> None:
    for n in range(10):
        shop.item(f"LAMP-{n}")
        shop.inbound(f"LAMP-{n}", 50, day=10)
    one = customer_of(shop.place(("LAMP-0", 2)))
    many = customer_of(shop.place(*((f"LAMP-{n}", 2) for n in range(10))))
    counts = []
    for customer in (one, many):
        customer.get()
        with CaptureQueriesContext(connection) as found:
            customer.get()
        counts.append(len(found))
    assert counts[0] == counts[1]
    assert counts[0] <= 20
