"""Messages in the console: conversations, notices word for word and sent again, closed addresses, templates."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backorder.journal import clock
from backorder.notices import queries, templates, threads, wishes
from backorder.notices.models import Message, Notice, Suppression, Template
from tests.orders.shop import Shop

from .test_item import text_of

pytestmark = pytest.mark.django_db

HANNAH = {"email": "hannah@example.com", "name": "Hannah Weaver"}
EVIL = "<script>alert(1)</script>"


@pytest.fixture
def order(shop: Shop) -> int:
    shop.item("LAMP", stock=5)
    return shop.place(("LAMP", 2), reference="W-1", contact=HANNAH).id


@pytest.fixture
def thread(order: int) -> int:
    return threads.ask("Where is my lamp?", order=order, actor="customer:1").id


def noted(order: int, **more: Any) -> Notice:
    values = {
        "kind": "slipped", "channel": "email", "order_id": order, "address": "hannah@example.com", "language": "en",
        "subject": "Later than we said", "text": "It comes on Friday.", "html": "<p>It comes on Friday.</p>",
        "state": "dead", "last_error": "mailbox is full", "tries": 5, "created_at": clock.now(), "message_id": "m1",
        "wording": "product",
        "next_try_at": clock.now(),
    }  # fmt: skip
    return Notice.objects.create(**{**values, **more})


def test_a_question_waits_is_answered_and_closed(desk, thread: int) -> None:
    assert "Where is my lamp?" in text_of(desk.get("messages?waits_for=staff"))
    assert "Waits for us" in text_of(desk.get(f"messages/{thread}"))
    for _ in range(2):  # A double click.
        desk.do(f"messages/{thread}/answer", {"text": "On its way.", "token": "t"})
    assert list(Message.objects.order_by("id").values_list("author", "text")) == [
        ("customer", "Where is my lamp?"),
        ("staff", "On its way."),
    ]
    assert "Priya Nair" in text_of(desk.get(f"messages/{thread}"))
    assert threads.thread(thread).waits_for == "customer"
    desk.do(f"messages/{thread}/close")
    assert threads.thread(thread).waits_for == "nobody"
    refused = desk.do(f"messages/{thread}/answer", {"text": "One more thing"})
    assert refused.status_code == 409
    assert "One more thing" in refused.content.decode(), "what was typed is kept"
    assert Message.objects.count() == 2


def test_an_empty_answer_is_refused(desk, thread: int) -> None:
    page = desk.do(f"messages/{thread}/answer", {"text": "  "})
    assert page.status_code == 422
    assert Message.objects.count() == 1


def test_a_question_from_the_phone_is_kept(desk, order: int) -> None:
    desk.do(f"messages/orders/{order}/question", {"text": "She asks for blue", "subject": "Colour"})
    (found,) = threads.threads(order=order)
    assert (found.subject, found.waits_for) == ("Colour", "staff")


def test_notices_are_shown_word_for_word_and_sent_again(desk, order: int) -> None:
    notice = noted(order)
    assert "mailbox is full" in text_of(desk.get("messages/outbox?state=dead"))
    assert "It comes on Friday." in text_of(desk.get(f"messages/notices/{notice.pk}"))
    letter = desk.get(f"messages/notices/{notice.pk}/letter")
    assert letter.content == b"<p>It comes on Friday.</p>"
    assert "sandbox" in letter["Content-Security-Policy"]
    text = text_of(desk.post("messages/notices/resend", {"notice": [str(notice.pk)]}))
    assert "1 notice goes out again as it was" in text
    notice.refresh_from_db()
    assert notice.state == "dead"
    desk.do("messages/notices/resend", {"notices": str(notice.pk)})
    notice.refresh_from_db()
    assert (notice.state, notice.tries) == ("waiting", 0)


def test_nothing_goes_to_a_closed_address(desk, order: int) -> None:
    notice = noted(order)
    desk.do("messages/suppressions/new", {"channel": "email", "address": "hannah@example.com", "note": "asked us to"})
    assert "asked us to" in text_of(desk.get("messages/suppressions"))
    assert desk.do("messages/notices/resend", {"notices": str(notice.pk)}).status_code == 409
    notice.refresh_from_db()
    assert notice.state == "dead"
    (row,) = wishes.suppressions()
    desk.do(f"messages/suppressions/{row.id}/allow")
    assert Suppression.objects.count() == 0


def test_own_words_are_looked_at_kept_put_live_and_retired(desk, order: int) -> None:
    path = "messages/templates/slipped/en"
    own = templates.words_of("slipped")
    words = {"subject": "A little later: " + own.subject, "body": own.body, "sms": own.sms}
    page = desk.post(path, {**words, "do": "look", "order": "W-1"})
    assert page.context["looked"][0][0].subject.startswith("A little later: ")
    assert Template.objects.count() == 0
    desk.post(path, {**words, "do": "save", "note": "warmer"})
    made = Template.objects.get()
    assert (made.subject, made.note, made.live_at) == (words["subject"], "warmer", None)
    desk.do(f"messages/wordings/{made.pk}/live")
    assert templates.template(made.pk).state == "live"
    toast = desk.client.session["toast"]
    assert "own words" in text_of(desk.get("messages/templates"))
    desk.client.post(toast["undo"], {"confirmed": "1"})
    assert templates.template(made.pk).state == "retired"


def test_words_that_lack_what_the_law_demands_are_refused_by_name(desk) -> None:
    path = "messages/templates/delay_question/en"
    assert "everything the law demands is said" in text_of(desk.get(path))
    page = desk.post(path, {"subject": "Late", "body": "It is late.", "sms": "", "do": "save"})
    assert page.status_code == 422
    text = text_of(page)
    assert "These words may not go live." in text
    assert "the right to cancel with a full and prompt refund" in text
    assert Template.objects.count() == 0
    assert page.context["words"].body == "It is late."


def test_words_for_an_order_that_is_not_there(desk) -> None:
    assert "There is no order NONE." in text_of(desk.get("messages/templates/slipped/en?order=NONE"))


def test_a_kind_is_told_or_not_but_never_what_the_law_asks_for(desk) -> None:
    def told(kind: str) -> bool:
        return next(one.is_active for one in queries.kinds() if one.kind == kind)

    desk.do("messages/kinds/improved/told")
    assert told("improved") is False
    desk.do("messages/kinds/improved/told")
    assert told("improved") is True
    assert desk.do("messages/kinds/refund_due/told").status_code == 409
    assert told("refund_due") is True


def test_who_may_not_write_reads_only(desk_of, order: int, thread: int) -> None:
    viewer, notice = desk_of("viewer"), noted(order)
    for path in ("messages", f"messages/{thread}", "messages/outbox", "messages/suppressions", "messages/templates"):
        assert viewer.get(path).status_code == 200
    for path in (f"messages/{thread}/answer", "messages/notices/resend", "messages/suppressions/new"):
        assert viewer.do(path, {"text": "x", "notices": str(notice.pk)}).status_code == 403
    viewer.post("messages/templates/slipped/en", {"subject": "x", "body": "y", "do": "save"})
    assert (Message.objects.count(), Template.objects.count(), Suppression.objects.count()) == (1, 0, 0)


def test_what_customers_write_is_text(desk, order: int) -> None:
    made = threads.ask(EVIL, order=order, subject=EVIL, actor="customer:1")
    notice = noted(order, subject=EVIL, text=EVIL, address=EVIL)
    for path in ("messages", f"messages/{made.id}", "messages/outbox", f"messages/notices/{notice.pk}"):
        page = desk.get(path).content.decode()
        assert EVIL not in page
        assert "&lt;script&gt;" in page


def test_lists_take_as_many_statements_for_many_as_for_one(desk, shop: Shop, order: int, thread: int) -> None:
    noted(order)
    paths = ("messages", "messages/outbox", "messages/suppressions", "messages/templates")
    counts = []
    for turn in range(2):
        found = []
        for path in paths:
            desk.get(path)
            with CaptureQueriesContext(connection) as asked:
                desk.get(path)
            found.append(len(asked))
        counts.append(found)
        for number in range(8):
            other = shop.place(("LAMP", 1), reference=f"X-{turn}-{number}").id
            threads.ask("And mine?", order=other, actor="customer:2")
            noted(other, message_id=f"x{turn}-{number}")
            wishes.suppress(channel="email", address=f"{number}@example.com", reason="by_hand", note="", actor="test")
    assert counts[0] == counts[1]
    assert max(counts[0]) <= 20
