"""What a customer answers before the letter that asks has left, or though it cannot leave, counts as the law says."""

from __future__ import annotations

import pytest

from backorder.notices.models import Notice
from backorder.orders.changing.cancel import cancel
from backorder.orders.placing.forms import Placed
from backorder.supply.models import Supply
from tests.notices import late, post
from tests.notices.late import on, questions, slip, the_case, units, whats, work
from tests.orders.shop import Shop, open_shop
from tests.portal.conftest import customer_of


@pytest.fixture
def shop(transactional_db: None) -> Shop:
    return open_shop()


def slipped(shop: Shop, *, to: int = 60, minutes: int = 0, country: str = "US") -> Placed:
    """An order of the twelfth day whose supply now comes later; nothing that is written is sent."""
    shop.item("LAMP")
    supply = shop.inbound("LAMP", 10, 12)
    placed = late.order(shop, ("LAMP", 3, 1000), country=country)
    work(send=False)
    slip(shop, supply, to)
    post.advance(minutes=minutes)
    work(send=False)
    return placed


@pytest.mark.parametrize("minutes", [0, 11], ids=["still gathered", "waits to be sent"])
def test_a_yes_before_the_letter_left_keeps_the_order(shop: Shop, minutes: int) -> None:
    placed = slipped(shop, minutes=minutes)
    seen = customer_of(placed).post("choose", choice="wait").content.decode()
    assert "We can now send it by" in seen
    assert "You can cancel now." in seen
    assert "we cancel it by ourselves" in seen
    assert customer_of(placed).choose("wait").status_code == 303
    assert the_case(placed).revised_on == shop.day(60)
    assert [whats(placed)[-2:], the_case(placed).action] == [["asked", "answered"], "ship"]
    assert [one.state for one in questions(placed)] == ([] if minutes == 0 else ["suppressed"])
    on(shop, 43)
    work()
    assert units(placed) == {"open": 3}


def test_without_a_yes_the_letter_that_never_left_ends_it(shop: Shop) -> None:
    placed = slipped(shop, minutes=11)
    on(shop, 43)
    work(send=False)
    assert units(placed) == {"cancelled": 3}


def test_the_page_says_what_silence_will_mean_before_the_letter_left(shop: Shop) -> None:
    placed = slipped(shop)
    page = customer_of(placed).page()
    assert "If we hear nothing from you by" in page
    assert "we keep waiting with you" not in page


def test_where_silence_keeps_the_order_the_page_says_that(shop: Shop) -> None:
    assert "If you choose nothing, we keep waiting with you." in customer_of(slipped(shop, to=20)).page()


def test_what_is_over_is_not_asked_any_more(shop: Shop) -> None:
    placed = slipped(shop, minutes=11)
    (asked,) = questions(placed)
    assert asked.state == "waiting"
    cancel(placed.id, reason="changed mind", actor="test")
    work(send=False)
    asked.refresh_from_db()
    assert (asked.state, asked.last_error) == ("suppressed", "withdrawn: nothing is to be decided any more")
    assert late.facts("notice.withdrawn")[0]["notice"] == asked.pk


def test_a_newer_question_takes_the_place_of_one_that_waits(shop: Shop) -> None:
    placed = slipped(shop, minutes=11)
    slip(shop, Supply.objects.get().pk, 70)
    post.advance(minutes=11)
    work(send=False)
    assert [one.state for one in questions(placed)] == ["suppressed", "waiting"]


def test_a_reminder_does_not_follow_its_question_at_once(shop: Shop) -> None:
    placed = slipped(shop, to=12)
    on(shop, 10)
    slip(shop, Supply.objects.get().pk, 14)  # Two days late: the day to answer is near.
    post.advance(minutes=11)
    work()
    post.advance(minutes=30)
    work()
    assert Notice.objects.filter(order_id=placed.id, kind="choice_reminder").count() == 0
