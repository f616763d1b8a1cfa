"""Back in stock: a unit is held for the first who asked, then for the next; waiting orders come before."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from backorder.access import links
from backorder.journal import clock
from backorder.journal.models import Entry
from backorder.notices.models import Notice
from backorder.orders.deciding.redecide import work_marks
from backorder.orders.models import Hold, Wish
from backorder.orders.placing.end_holds import end_due_holds
from backorder.portal import waitlist
from backorder.stock import marks
from tests.orders.shop import Shop
from tests.portal.conftest import words

pytestmark = pytest.mark.django_db


def join(email: str = "ann@example.com", **more: Any) -> HttpResponse:
    given = {"channel": "web", "sku": "LAMP", "country": "GB", "email": email, **more}
    return Client().post("/storefront/waitlist", given, content_type="application/json")


def states() -> list[str]:
    return list(Wish.objects.order_by("asked_at", "id").values_list("state", flat=True))


def page(wish: Wish) -> str:
    return words(Client().get(f"/waitlist/{links.make('waitlist', wish.pk, now=clock.now())}"))


@pytest.fixture
def lamp(shop: Shop) -> Shop:
    shop.item("LAMP", sell="stock_only")
    return shop


def test_the_first_who_asked_is_told_and_the_unit_is_theirs(lamp: Shop) -> None:
    assert join("Ann@Example.com").json() == {"text": "We write to you as soon as it is back."}
    clock.advance(timedelta(minutes=1), actor="test")
    join("bob@example.com")
    assert waitlist.serve() == 0
    lamp.stock("LAMP", 1)
    work_marks()
    assert waitlist.serve() == 1
    assert waitlist.serve() == 0
    assert states() == ["held", "waiting"]
    assert lamp.level("LAMP") == (1, 1)
    notice = Notice.objects.get()
    assert (notice.kind, notice.address) == ("back_in_stock", "Ann@example.com")
    assert "/waitlist/waitlist." in notice.text
    first = Wish.objects.get(state="held")
    assert "1 × Lamp is held for you Until 8 January, 09:01 (GMT)." in page(first)


def test_the_order_that_names_the_hold_gets_the_unit(lamp: Shop) -> None:
    join()
    lamp.stock("LAMP", 1)
    work_marks()
    waitlist.serve()
    wish = Wish.objects.get()
    stranger = lamp.try_place(("LAMP", 1))
    assert getattr(stranger, "name", "") == "item_is_not_sellable_on_backorder"
    guessed = lamp.try_place(("LAMP", 1), hold=f"waitlist-{wish.pk}")
    assert getattr(guessed, "name", "") != "", "only who was told knows the name of the hold"
    placed = lamp.place(("LAMP", 1), hold=wish.token)
    assert placed.lines[0].allocated == 1
    assert waitlist.serve() == 1
    assert states() == ["ordered"]
    assert "You have ordered it." in page(wish)


def test_when_the_time_has_passed_the_next_is_told(lamp: Shop) -> None:
    join()
    clock.advance(timedelta(minutes=1), actor="test")
    join("bob@example.com")
    lamp.stock("LAMP", 1)
    work_marks()
    waitlist.serve()
    clock.advance(timedelta(hours=24), actor="test")
    assert "The time has passed." in page(Wish.objects.order_by("asked_at").first())
    end_due_holds()
    work_marks()
    assert waitlist.serve() == 2
    assert states() == ["missed", "held"]
    assert [one.address for one in Notice.objects.order_by("id")] == ["ann@example.com", "bob@example.com"]


def test_waiting_orders_come_before_the_list(shop: Shop) -> None:
    shop.item("LAMP")
    placed = shop.place(("LAMP", 2))
    join()
    shop.stock("LAMP", 2)
    marks.mark([shop.items["LAMP"]], cause="receipt", at=clock.now())
    assert waitlist.serve() == 0
    work_marks()
    assert waitlist.serve() == 0
    assert shop.line(placed).allocated == 2
    assert states() == ["waiting"]
    shop.stock("LAMP", 1)
    work_marks()
    assert waitlist.serve() == 1


def test_who_leaves_frees_the_unit(lamp: Shop) -> None:
    join()
    lamp.stock("LAMP", 1)
    work_marks()
    waitlist.serve()
    link = links.make("waitlist", Wish.objects.get().pk, now=clock.now())
    for _ in range(2):
        assert Client().post(f"/waitlist/{link}").status_code == 303
    assert (states(), lamp.level("LAMP"), Hold.objects.get().outcome) == (["left"], (1, 0), "released")
    assert "You are no longer on the list." in page(Wish.objects.get())


def test_the_same_address_is_on_the_list_once_and_nobody_learns_it(lamp: Shop) -> None:
    assert join().content == join().content
    assert Wish.objects.count() == 1
    assert not [one for one in Entry.objects.all() if "example" in str(one.body)]


@pytest.mark.parametrize(
    ("given", "status", "name"),
    [
        ({"email": "nobody"}, 422, "email_address_refused"),
        ({"email": "a@b.c\r\nBcc: x@y.z"}, 422, "email_address_refused"),
        ({"sku": "NOPE"}, 404, "unknown_item"),
        ({"channel": "nope"}, 404, "unknown_channel"),
        ({"units": 11}, 422, "invalid_field"),
        ({"country": "England"}, 422, "invalid_field"),
        ({"more": 1}, 422, "invalid_field"),
    ],
)
def test_a_wish_that_cannot_be_is_refused(lamp: Shop, given: dict[str, Any], status: int, name: str) -> None:
    answer = join(**given)
    assert (answer.status_code, answer.json()["name"]) == (status, name)
    assert not Wish.objects.exists()


def test_the_list_cannot_be_flooded_from_one_address(lamp: Shop) -> None:
    assert [join(f"a{n}@example.com").status_code for n in range(12)] == [202] * 10 + [429] * 2


def test_a_form_of_a_page_may_ask_too(lamp: Shop) -> None:
    given = {"channel": "web", "sku": "LAMP", "country": "GB", "email": "ann@example.com", "units": "2", "name": ""}
    assert Client().post("/storefront/waitlist", given).status_code == 202
    assert Wish.objects.get().units == 2
