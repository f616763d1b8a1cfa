"""Messages, templates, delay cases and dues in a real browser: every look, and an answer that is sent."""

from __future__ import annotations

import pytest

from backorder.notices import cases, threads
from backorder.notices.models import Notice
from tests.notices import late
from tests.notices.late import order, slip, work
from tests.orders.shop import Shop

from .conftest import Gallery, NewVisitor
from .test_console_goods import signed_in


@pytest.fixture
def thread(shop: Shop) -> int:
    """A late line for the US with its case, a cancelled one with its refund due, and a question about the first."""
    shop.item("LAMP")
    supply = shop.inbound("LAMP", 10, 12)
    first = order(shop, ("LAMP", 3, 1000), country="US", reference="W-1")
    second = order(shop, ("LAMP", 2, 1000), country="US", reference="W-2")
    work(send=False)
    slip(shop, supply, 20)
    work(send=False)
    cases.answer_cancel(late.the_case(second).id, by="phone", actor="test")
    work(send=False)
    cases.ask_now(late.the_case(first).id, actor="test")
    return threads.ask("Where is my lamp? <b>🎄</b>", order=first.id, actor="customer:1").id


@pytest.mark.parametrize(
    "path",
    [
        "messages", "messages/cases", "messages/dues", "messages/outbox", "messages/suppressions",
        "messages/templates", "messages/templates/delay_question/en",
    ],
)  # fmt: skip
def test_every_look(gallery: Gallery, thread: int, path: str) -> None:
    gallery(f"console-{path.replace('/', '-')}", f"/console/{path}", **signed_in("admin", "support"))


def test_every_look_of_one(gallery: Gallery, thread: int) -> None:
    case = cases.cases()[0].id
    notice = Notice.objects.filter(kind="delay_question").values_list("id", flat=True)[0]
    person = signed_in("admin", "support")
    for name, path in {"thread": f"{thread}", "case": f"cases/{case}", "notice": f"notices/{notice}"}.items():
        gallery(f"console-{name}", f"/console/messages/{path}", **person)


def test_an_answer_is_sent(visitor: NewVisitor, thread: int) -> None:
    page = visitor(**signed_in("support")).open(f"/console/messages/{thread}")
    page.get_by_label("Your answer").fill("It leaves on Friday.")
    page.get_by_label("Your answer").press("Control+Enter")
    page.get_by_text("The answer is on its way.").wait_for()
    assert threads.thread(thread).waits_for == "customer"
