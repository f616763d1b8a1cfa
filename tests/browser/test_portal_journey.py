"""A customer's whole way: ordered short, told by mail, the link opened, each choice made, what it moved, told again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from backorder.catalog import define
from backorder.catalog.specs import SubstituteSpec
from backorder.orders.deciding.redecide import work_marks
from backorder.orders.models import Line, Order
from backorder.orders.placing.forms import Placed
from tests.notices import post
from tests.orders.shop import Shop

from .conftest import NewVisitor


@pytest.fixture
def mailbox(settings: Any) -> Iterator[post.Mailbox]:
    """An SMTP server that keeps what the shop sends."""
    found = post.Mailbox()
    controller = post.serving(found)
    controller.start()
    post.use(settings, controller)
    yield found
    controller.stop()


def order_short(shop: Shop) -> Placed:
    """Five hearts are here, two wait for day 10; cream ones could be taken instead."""
    shop.item("HEART", stock=5)
    shop.item("CREAM", stock=40)
    define.define_substitute(SubstituteSpec(sku="HEART", substitute="CREAM"), actor="test")
    shop.inbound("HEART", 50, day=10)
    return shop.place(("HEART", 7), contact=post.HANNAH)


def link_in(mailbox: post.Mailbox) -> str:
    """The path of the order's page in the last mail."""
    body = mailbox.received[-1].get_body(("plain",))
    assert body is not None
    found = re.search(r"/my/\S+", body.get_content())
    assert found, body.get_content()
    return found[0]


def units(number: int = 0) -> dict[str, int]:
    line = Line.objects.order_by("position")[number]
    names = ("open", "allocated", "cancelled", "substituted")
    return {name: getattr(line, name) for name in names if getattr(line, name)}


def choose(page: Page, title: str, button: str) -> None:
    page.locator("label").filter(has_text=re.compile(f"^{re.escape(title)}$")).click()
    page.get_by_role("button", name="Check my choice").click()
    expect(page.get_by_text("Nothing has been done yet.")).to_be_visible()
    page.get_by_role("button", name=button).click()
    expect(page.get_by_role("status")).to_be_visible()


@pytest.mark.parametrize(
    ("title", "button", "moved", "subject"),
    [
        ("Keep waiting", "Yes, I wait", {"open": 2, "allocated": 5}, None),
        ("Take 2 × Cream instead", "Yes, take these instead", {"allocated": 5, "substituted": 2}, "changed"),
        ("Send everything together", "Yes, send all together", {"open": 2, "allocated": 5}, None),
        ("Cancel 2 × Heart", "Yes, cancel them", {"allocated": 5, "cancelled": 2}, "cancelled"),
        ("Cancel the whole order", "Yes, cancel the order", {"cancelled": 7}, "cancelled"),
    ],
)
def test_from_a_short_order_to_the_choice_and_its_mail(
    visitor: NewVisitor, shop: Shop, mailbox: post.Mailbox, title: str, button: str, moved: dict[str, int],
    subject: str | None,
) -> None:  # fmt: skip
    order_short(shop)
    post.tell(minutes=30)
    assert post.send() == 1
    one = visitor(device="phone", scripts=False)
    page = one.open(link_in(mailbox))
    expect(page.get_by_role("heading", level=1)).to_have_text("5 come now. 2 follow 18 January.")
    choose(page, title, button)
    assert units() == moved
    work_marks()
    assert Order.objects.get().ship == ("together" if "together" in title else "as_ready")
    told = [notice.kind for notice in post.tell(minutes=30)]
    assert told == ([subject] if subject else [])
    assert post.send() == len(told)
