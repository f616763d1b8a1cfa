"""What comes back: answers, machines, bounces, stops, receipts; forged, repeated and mangled ones, too."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from email import message_from_string, policy
from email.message import Message

import anymail.webhooks.postmark  # noqa: F401 - importing it within a test takes longer than a transaction may idle
import pytest
from django.db import transaction
from django.test import Client
from pytest_django import Settings
from twilio.request_validator import RequestValidator

import backorder.config.urls  # noqa: F401 - likewise
from backorder.journal import clock
from backorder.journal.models import Entry
from backorder.journal.refusals import Refused
from backorder.notices import inbound, threads, wishes, writing
from backorder.notices.kinds import KINDS
from backorder.notices.models import Notice, Preference, Suppression
from backorder.notices.recipients import Recipient
from backorder.notices.wording.render import Content
from tests.orders.shop import Shop, open_shop

pytestmark = pytest.mark.django_db

HANNAH = "hannah@example.com"
NUMBER = "+15557654321"


@pytest.fixture
def shop(db: None) -> Shop:
    return open_shop()


def written(kind: str = "ready", *, order: int | None = None, email: str = HANNAH, sms: str = "") -> list[Notice]:
    to = Recipient(email=email, sms=sms)
    with transaction.atomic():
        made = writing.write(
            [writing.Draft(KINDS[kind], to, Content(values={}), order=order)], now=clock.now(), actor="t"
        )
    Notice.objects.update(state="sent", sent_at=clock.now(), next_try_at=clock.now())
    return made


def sent_by_provider(kind: str = "ready", **given: str) -> Notice:
    (notice,) = written(kind, **given)  # type: ignore[arg-type]
    Notice.objects.filter(pk=notice.pk).update(provider_id="pm-1")
    return notice


def mail(text: str = "When will it come?", **headers: str) -> Message:
    head = {"From": f"Hannah <{HANNAH}>", "Subject": "Re: order", "Message-ID": "<a1@mail.example>", **headers}
    lines = "".join(f"{name.replace('_', '-')}: {value}\n" for name, value in head.items())
    return message_from_string(f"{lines}Content-Type: text/plain; charset=utf-8\n\n{text}\n", policy=policy.default)


# -- mail -------------------------------------------------------------------------------------------------------------


def test_an_answer_belongs_to_the_order_of_the_notice_it_answers(shop: Shop) -> None:
    shop.item("HEART", stock=1)
    placed = shop.place(("HEART", 1))
    (notice,) = written(order=placed.id)
    quoted = "When will it come?\n\nOn Mon, 7 Jan 2030 Larkfold wrote:\n> Hello Hannah"
    taken = inbound.take_mail(mail(quoted, In_Reply_To=notice.message_id))
    assert taken.as_what == "thread"
    thread = threads.thread(taken.thread or 0)
    assert (thread.order, thread.address, thread.waits_for) == (placed.id, HANNAH, "staff")
    assert [(one.author, one.text) for one in thread.messages] == [("customer", "When will it come?")]
    assert Entry.objects.filter(fact="thread.opened").get().subject == f"order/{placed.id}"


def test_the_same_mail_twice_is_kept_once() -> None:
    first, second = inbound.take_mail(mail()), inbound.take_mail(mail())
    assert first.thread == second.thread
    assert len(threads.thread(first.thread or 0).messages) == 1


@pytest.mark.parametrize(
    "headers", [{"Auto_Submitted": "auto-replied"}, {"X_Auto_Response_Suppress": "All"}, {"Precedence": "bulk"}]
)
def test_an_out_of_office_reply_is_no_answer(headers: Mapping[str, str]) -> None:
    (notice,) = written("delay_question")
    taken = inbound.take_mail(mail("Yes, I agree. I am away until Friday.", In_Reply_To=notice.message_id, **headers))
    assert taken.as_what == "automatic"
    (message,) = threads.thread(taken.thread or 0).messages
    assert message.is_automatic
    assert not Entry.objects.filter(fact__startswith="thread.").exists()


def test_a_mail_that_names_somebody_elses_notice_by_guess_finds_nothing(shop: Shop) -> None:
    shop.item("HEART", stock=1)
    (notice,) = written(order=shop.place(("HEART", 1)).id)
    guess = f"<n{notice.pk}.0123456789abcdef@localhost>"
    taken = inbound.take_mail(mail(In_Reply_To=guess))
    assert threads.thread(taken.thread or 0).order is None


@pytest.mark.parametrize("sender", ["", "nonsense", "<>", "a@b\x0bc"])
def test_a_mail_from_nowhere_is_left(sender: str) -> None:
    assert inbound.take_mail(mail(From=sender)).as_what == "ignored"


def bounce(to: str, status: str, action: str = "failed", about: str = "") -> Message:
    text = f"""From: MAILER-DAEMON@mx.example
Content-Type: multipart/report; report-type=delivery-status; boundary="B"
MIME-Version: 1.0

--B
Content-Type: text/plain

Sorry.
--B
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; {to}
Action: {action}
Status: {status}

--B
Content-Type: text/rfc822-headers

Message-ID: {about}

--B--
"""
    return message_from_string(text, policy=policy.default)


def test_a_bounce_closes_the_address_and_goes_another_way_once() -> None:
    wishes.choose(channel="sms", address=NUMBER, wanted=True, source="portal", actor="test")
    (notice,) = written("order_received", sms=NUMBER)
    assert notice.fallback["channel"] == "sms"
    for _ in range(2):
        assert inbound.take_mail(bounce(HANNAH, "5.1.1", about=notice.message_id)).as_what == "bounce"
    (instead,) = Notice.objects.filter(instead_of=notice)
    assert (instead.channel, instead.address, instead.state) == ("sms", NUMBER, "waiting")
    (closed,) = wishes.suppressions()
    assert (closed.address, closed.reason) == (HANNAH, "bounce")
    assert Entry.objects.filter(fact="notice.bounced").count() == 1


@pytest.mark.parametrize(("status", "action"), [("4.2.2", "delayed"), ("4.4.1", "failed"), ("2.0.0", "delivered")])
def test_a_delay_on_the_way_closes_nothing(status: str, action: str) -> None:
    (notice,) = written()
    assert inbound.take_mail(bounce(HANNAH, status, action, notice.message_id)).as_what == "ignored"
    assert wishes.suppressions() == []


def test_nobody_can_close_an_address_that_we_never_wrote_to() -> None:
    inbound.take_mail(bounce("somebody@else.example", "5.1.1"))
    assert wishes.suppressions() == []


@pytest.mark.parametrize("about", ["", "<made-up@evil.example>"])
def test_a_report_that_does_not_return_our_letter_closes_nothing(about: str) -> None:
    written()
    assert inbound.take_mail(bounce(HANNAH, "5.1.1", about=about)).as_what == "ignored"
    assert wishes.suppressions() == []


# -- a provider's news ------------------------------------------------------------------------------------------------


def postmark(client: Client, body: Mapping[str, object], *, password: str = "pass") -> int:
    token = base64.b64encode(f"user:{password}".encode()).decode()
    return client.post(
        "/hooks/mail/postmark/tracking",
        body,
        content_type="application/json",
        headers={"Authorization": f"Basic {token}"},
    ).status_code


@pytest.fixture
def provider(settings: Settings) -> None:
    settings.BACKORDER_MAIL_WEBHOOK_SECRET = "user:pass"
    settings.ANYMAIL = {"WEBHOOK_SECRET": "user:pass", "POSTMARK_SERVER_TOKEN": "x"}


BOUNCED = {
    "RecordType": "Bounce", "ID": 42, "Type": "HardBounce", "TypeCode": 1, "MessageID": "pm-1", "Email": HANNAH,
    "Description": "No such mailbox", "BouncedAt": "2030-01-07T10:00:00Z",
}  # fmt: skip
COMPLAINED = {**BOUNCED, "RecordType": "SpamComplaint", "Type": "SpamComplaint", "TypeCode": 100001}
DELIVERED = {"RecordType": "Delivery", "MessageID": "pm-1", "Recipient": HANNAH, "DeliveredAt": "2030-01-07T10:00:00Z"}


@pytest.mark.usefixtures("provider")
def test_a_bounce_told_by_a_provider_twice_counts_once(client: Client) -> None:
    sent_by_provider()
    assert [postmark(client, BOUNCED), postmark(client, BOUNCED)] == [200, 200]
    (closed,) = wishes.suppressions()
    assert (closed.reason, closed.address) == ("bounce", HANNAH)
    assert Entry.objects.filter(fact="notice.bounced").count() == 1


@pytest.mark.usefixtures("provider")
def test_a_complaint_ends_everything_but_what_the_law_asks_for(client: Client) -> None:
    sent_by_provider()
    assert postmark(client, COMPLAINED) == 200
    assert [notice.state for notice in written("ready")] == ["suppressed"]
    (asked,) = written("delay_question")
    assert asked.last_error == ""


@pytest.mark.usefixtures("provider")
def test_a_delivery_is_noted_once(client: Client) -> None:
    notice = sent_by_provider()
    assert [postmark(client, DELIVERED), postmark(client, DELIVERED)] == [200, 200]
    notice.refresh_from_db()
    assert notice.delivered_at is not None
    assert Entry.objects.filter(fact="notice.delivered").count() == 1


@pytest.mark.usefixtures("provider")
def test_forged_news_is_refused(client: Client) -> None:
    sent_by_provider()
    assert postmark(client, BOUNCED, password="wrong") == 400
    assert client.post("/hooks/mail/postmark/tracking", BOUNCED, content_type="application/json").status_code == 400
    assert client.post("/hooks/mail/nobody/tracking", BOUNCED, content_type="application/json").status_code == 404
    assert wishes.suppressions() == []


def test_without_a_secret_no_provider_is_believed(client: Client) -> None:
    sent_by_provider()
    assert postmark(client, BOUNCED) == 404
    assert wishes.suppressions() == []


# -- texts ------------------------------------------------------------------------------------------------------------


def text(body: str, sid: str = "SM1") -> inbound.Taken:
    return inbound.take_text(sender=NUMBER, text=body, provider_id=sid)


@pytest.mark.parametrize(
    "word",
    [
        "STOP",
        "stop.",
        "Unsubscribe",
        "please stop texting me",
        "CANCEL",
        "stop please",
        "Pls stop",
        "STOPP",
        "baja",
        "Arrêt",
        "stop all",
    ],
)
def test_stop_ends_texts_and_is_confirmed_once(word: str) -> None:
    taken = text(word)
    assert taken.as_what == "opt_out"
    assert taken.reply == "You get no more texts from us. Messages about your orders come by e-mail."
    assert text(word, "SM2").reply == ""
    (email, sms) = written("shipped", sms=NUMBER)
    assert (email.last_error, sms.last_error) == ("", "suppressed: stop")


@pytest.mark.parametrize("word", ["please stop by the shop?", "When does it stop raining", "bitte warten", "parking?"])
def test_what_only_sounds_like_it_ends_nothing(word: str) -> None:
    assert text(word).as_what == "thread"


def test_start_begins_texts_again() -> None:
    text("STOP")
    assert text("START", "SM2").as_what == "opt_in"
    assert not Suppression.objects.exists()
    assert Preference.objects.get().wanted
    assert [notice.last_error for notice in written("shipped", sms=NUMBER)] == ["", ""]


def test_help_is_answered() -> None:
    assert text("HELP").reply == "These texts are about your orders. Text STOP to end them."


def test_a_text_that_says_anything_else_is_a_question_of_the_order(shop: Shop) -> None:
    shop.item("HEART", stock=1)
    placed = shop.place(("HEART", 1))
    written("shipped", order=placed.id, email="", sms=NUMBER)
    taken = text("Where is it?")
    assert threads.thread(taken.thread or 0).order == placed.id
    assert text("Where is it?").thread == taken.thread
    assert len(threads.thread(taken.thread or 0).messages) == 1


def twilio(client: Client, settings: Settings, path: str, body: dict[str, str], token: str = "secret") -> int:
    settings.BACKORDER_SMS = "twilio://AC1:secret@+15550000000"
    signature = RequestValidator(token).compute_signature(f"http://localhost:8000{path}", body)
    return client.post(path, body, headers={"X-Twilio-Signature": signature}).status_code


def test_twilio_is_believed_for_its_signature_only(client: Client, settings: Settings) -> None:
    body = {"From": NUMBER, "Body": "STOP", "MessageSid": "SM9"}
    assert twilio(client, settings, "/hooks/sms/twilio/inbound", body, token="forged") == 403
    assert client.post("/hooks/sms/twilio/inbound", body).status_code == 403
    assert not Suppression.objects.exists()
    assert twilio(client, settings, "/hooks/sms/twilio/inbound", body) == 200
    assert Suppression.objects.get().reason == "stop"


def test_a_text_that_did_not_arrive_is_told(client: Client, settings: Settings) -> None:
    (_, notice) = written("shipped", sms=NUMBER)
    Notice.objects.filter(pk=notice.pk).update(provider_id="SM7")
    body = {"MessageSid": "SM7", "MessageStatus": "undelivered", "ErrorCode": "30003"}
    assert twilio(client, settings, "/hooks/sms/twilio/receipts", body) == 204
    notice.refresh_from_db()
    assert (notice.last_error, notice.bounced_at is not None) == ("undelivered 30003", True)


# -- one click --------------------------------------------------------------------------------------------------------


def test_only_a_post_unsubscribes_and_orders_are_still_told(client: Client) -> None:
    (notice,) = written("back_in_stock")
    path = notice.headers["List-Unsubscribe"].strip("<>").removeprefix("http://localhost:8000")
    page = client.get(path)
    assert (page.status_code, b'method="post"' in page.content) == (200, True)
    assert not Suppression.objects.exists()
    for _ in range(2):
        answer = client.post(path, b"List-Unsubscribe=One-Click", content_type="application/x-www-form-urlencoded")
        assert answer.status_code == 200
    assert Suppression.objects.get().reason == "unsubscribed"
    assert [one.state for one in written("back_in_stock")] == ["suppressed"]
    assert [one.state for one in written("ready")] == ["waiting"]


def test_a_mangled_link_unsubscribes_nobody(client: Client) -> None:
    (notice,) = written("back_in_stock")
    path = notice.headers["List-Unsubscribe"].strip("<>").removeprefix("http://localhost:8000")
    assert client.post(path[:-1] + ("a" if path[-1] != "a" else "b")).status_code == 404
    assert not Suppression.objects.exists()


# -- conversations ----------------------------------------------------------------------------------------------------


def test_an_answer_goes_out_in_the_thread_and_the_next_mail_comes_back_into_it() -> None:
    asked = inbound.take_mail(mail())
    answered = threads.answer(asked.thread or 0, "On Friday.\nAs we said.", actor="staff")
    assert answered.waits_for == "customer"
    (notice,) = Notice.objects.filter(kind="answer")
    assert (notice.address, notice.subject) == (HANNAH, "Re: Re: order")
    assert notice.headers["In-Reply-To"] == "<a1@mail.example>"
    assert "On Friday.\nAs we said." in notice.text
    assert "On Friday.<br>As we said." in notice.html
    back = inbound.take_mail(mail("Thanks", Message_ID="<a2@mail.example>", In_Reply_To=notice.message_id))
    assert back.thread == asked.thread
    closed = threads.close(asked.thread or 0, actor="staff")
    assert (closed.waits_for, len(closed.messages)) == ("nobody", 3)
    with pytest.raises(Refused, match="thread_is_closed"):
        threads.answer(asked.thread or 0, "More", actor="staff")
    again = inbound.take_mail(mail("One more thing", Message_ID="<a3@mail.example>"))
    assert again.thread != asked.thread


@pytest.mark.parametrize(("text_", "name"), [("  \x00 ", "text_is_empty"), ("x" * 10_001, "text_too_long")])
def test_what_cannot_be_a_message_is_refused(text_: str, name: str) -> None:
    with pytest.raises(Refused, match=name):
        threads.ask(text_, actor="customer", address=HANNAH)
    assert threads.threads() == []
