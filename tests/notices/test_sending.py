"""A notice is sent at least once and marked once, over the wire to a real SMTP server, whatever breaks."""

from __future__ import annotations

import smtplib
from datetime import timedelta

import pytest
from django.db import connection, transaction
from pytest_django import Settings

from backorder.journal import clock
from backorder.journal.identity import new_ids
from backorder.journal.models import Entry
from backorder.journal.refusals import Refused
from backorder.notices import alerts, queries, sending, wishes, writing
from backorder.notices.kinds import KINDS
from backorder.notices.models import Notice
from backorder.notices.recipients import Recipient
from backorder.notices.sending import claim, mark_sent, send_due
from backorder.notices.wording.render import Content
from tests.notices.post import Mailbox, advance, send

pytestmark = pytest.mark.django_db(transaction=True)

NOBODY_LISTENS = 9  # The discard port of this machine.


@pytest.fixture(autouse=True)
def _clock_stands(transactional_db: None) -> None:
    clock.freeze(actor="test")


def written(kind: str = "answer", *, n: int = 1, email: str = "hannah@example.com", **given: object) -> list[Notice]:
    """Notices to somebody, with the fewest words."""
    said = {
        "shop": "Larkfold",
        "greeting": "Hello,",
        "thread": {"subject": "Re: When?", "text": "Soon.", "question": ""},
    }
    to = Recipient(name="Hannah Weaver", email=email, **{k: given.pop(k) for k in ("sms", "phone") if k in given})  # type: ignore[arg-type]
    draft = writing.Draft(KINDS[kind], to, Content(values=said), **given)  # type: ignore[arg-type]
    with transaction.atomic():
        return writing.write([draft] * n, now=clock.now(), actor="test")


def again(notice: Notice) -> Notice:
    return Notice.objects.get(pk=notice.pk)


def broken_wire(settings: Settings) -> None:
    settings.BACKORDER_MAIL = "smtp://127.0.0.1:9"
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", NOBODY_LISTENS


# -- over the wire ----------------------------------------------------------------------------------------------------


def test_a_notice_arrives_as_text_and_html_with_the_headers_machines_look_at(mailbox: Mailbox) -> None:
    (notice,) = written()
    assert send() == 1
    (message,) = mailbox.received
    assert message["Message-ID"] == notice.message_id
    assert str(message["To"]) == "Hannah Weaver <hannah@example.com>"
    assert str(message["From"]) == "Backorder <orders@localhost>"
    assert (message["Subject"], message["Auto-Submitted"]) == ("Re: When?", "auto-generated")
    assert message["List-Unsubscribe"] is None
    text, html = message.get_body(("plain",)), message.get_body(("html",))
    assert text is not None
    assert html is not None
    assert text.get_content().replace("\r\n", "\n") == "Hello,\n\nSoon.\n"
    assert "Soon." in html.get_content()
    row = again(notice)
    assert (row.state, row.tries, row.provider, row.sent_at) == ("sent", 1, "smtp", clock.now())
    (fact,) = Entry.objects.filter(fact="notice.sent")
    assert fact.body == {"notice": notice.pk, "kind": "answer", "channel": "email", "provider": "smtp"}
    assert send() == 0
    assert len(mailbox.received) == 1


def test_many_go_over_one_connection(mailbox: Mailbox) -> None:
    written(n=30)
    assert send_due("email") == 30
    assert (len(mailbox.received), mailbox.sessions) == (30, 1)


def test_what_is_commercial_can_be_ended_with_one_click(mailbox: Mailbox) -> None:
    (notice,) = written("back_in_stock")
    send()
    (message,) = mailbox.received
    link = str(message["List-Unsubscribe"]).strip()
    assert link.startswith("<http://localhost:8000/unsubscribe/unsubscribe.")
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert link.strip("<>") in notice.text


# -- failures ---------------------------------------------------------------------------------------------------------


def test_a_passing_failure_is_tried_again_under_the_same_message_id(mailbox: Mailbox) -> None:
    (notice,) = written()
    mailbox.answers = ["451 Try later"]
    assert send_due("email") == 1
    row = again(notice)
    assert (row.state, row.tries, row.last_error) == ("waiting", 1, "451 Try later")
    assert timedelta(seconds=60) <= row.next_try_at - clock.now() <= timedelta(seconds=66)
    assert send_due("email") == 0
    advance(seconds=67)
    assert send_due("email") == 1
    assert [message["Message-ID"] for message in mailbox.received] == [notice.message_id]
    assert (again(notice).state, again(notice).tries) == ("sent", 2)


def test_a_mailbox_that_does_not_exist_is_closed_and_the_notice_dead(mailbox: Mailbox) -> None:
    (notice,) = written("ready")
    mailbox.answers = ["550 No such user"]
    send()
    row = again(notice)
    assert (row.state, row.last_error, row.leased_until) == ("dead", "550 No such user", None)
    (closed,) = wishes.suppressions()
    assert (closed.channel, closed.address, closed.reason) == ("email", "hannah@example.com", "bounce")
    (next_one,) = written("ready")
    assert (next_one.state, next_one.last_error) == ("suppressed", "suppressed: bounce")
    assert send() == 0
    with pytest.raises(Refused, match="notice_is_suppressed"):
        queries.resend(notice.pk, actor="test")
    assert again(notice).state == "dead"


def test_a_message_that_is_refused_for_good_is_dead_but_its_address_is_not(mailbox: Mailbox) -> None:
    (notice,) = written("ready")
    mailbox.data_answers = ["554 Looks like spam"]
    send()
    assert (again(notice).state, again(notice).last_error) == ("dead", "554 Looks like spam")
    assert wishes.suppressions() == []
    queries.resend(notice.pk, actor="test")
    assert send() == 1
    assert [message["Message-ID"] for message in mailbox.received] == [notice.message_id]


def test_one_refusal_does_not_keep_the_others_of_its_batch_back(mailbox: Mailbox) -> None:
    written(n=3)
    mailbox.answers = ["250", "451 Try later", "250"]
    send_due("email")
    assert len(mailbox.received) == 2
    assert Notice.objects.filter(state="sent").count() == 2


def test_while_the_server_is_down_nothing_is_lost_and_no_try_is_used_up(settings: Settings, mailbox: Mailbox) -> None:
    address, port = settings.EMAIL_HOST, settings.EMAIL_PORT
    notices = written(n=5)
    broken_wire(settings)
    for _ in range(30):  # Five hours.
        send_due("email")
        advance(minutes=10)
    rows = [again(notice) for notice in notices]
    assert {(row.state, row.tries) for row in rows} == {("waiting", 0)}
    assert "refused" in rows[0].last_error
    settings.EMAIL_HOST, settings.EMAIL_PORT = address, port
    advance(seconds=70)
    assert send() == 5
    assert len(mailbox.received) == 5


def test_after_the_last_try_a_notice_is_dead_and_the_operator_told_if_the_law_wants_it(mailbox: Mailbox) -> None:
    (notice,) = written("refund_sent")
    start = clock.now()
    while (row := again(notice)).state == "waiting":
        mailbox.answers = ["451 Try later"]
        clock.set_to(max(row.next_try_at, clock.now()), actor="test")
        send_due("email")
    assert row.tries == len(sending.PAUSES) + 1
    assert timedelta(hours=68) < clock.now() - start < timedelta(hours=80)
    (alert,) = Notice.objects.filter(channel="alert")
    assert alert.subject == "A notice that the law asks for could not be delivered (refund_sent)"
    assert [one.notice.id for one in queries.outbox() if one.notice.state == "waiting"] == [alert.pk]


def test_an_address_that_could_break_out_of_a_header_is_never_written_to(mailbox: Mailbox) -> None:
    (notice,) = written(email="a@example.com\r\nBcc: all@example.com")
    assert (notice.state, notice.address) == ("dead", "")
    assert notice.last_error == "This is no e-mail address that a message can be sent to."
    assert send() == 0
    with pytest.raises(Refused, match="notice_has_no_address"):
        queries.resend(notice.pk, actor="test")
    assert mailbox.received == []


def test_every_notice_in_trouble_is_named_to_the_operator_once() -> None:
    notices = written("refund_sent", n=3)
    for notice in [*notices, notices[0]]:
        alerts.raise_alert("At risk", f"Notice {notice.pk}.", about=notice, now=clock.now())
    (alert,) = Notice.objects.filter(channel="alert")
    assert alert.text == "\n".join(f"Notice {one.pk}." for one in notices)
    Notice.objects.filter(pk=alert.pk).update(state="sent", sent_at=clock.now())
    (later,) = written("refund_sent")
    gathered = alerts.raise_alert("At risk", f"Notice {later.pk}.", about=later, now=clock.now())
    assert gathered is not None
    assert gathered.next_try_at == alert.created_at + alerts.QUIET, "one went out just now"


# -- deadlines --------------------------------------------------------------------------------------------------------


def test_a_deadline_is_met_first_and_tried_often_and_escalated_loudly(settings: Settings, mailbox: Mailbox) -> None:
    working = settings.EMAIL_HOST, settings.EMAIL_PORT
    written("ready", n=3)
    (pressing,) = written("delay_question", wanted_by=clock.now() + timedelta(hours=10))
    assert [one.id for one in claim("email")][:1] == [pressing.pk]
    Notice.objects.update(leased_until=None)
    assert claim("email", limit=1)[0].id == pressing.pk
    Notice.objects.update(leased_until=None)
    broken_wire(settings)
    assert alerts.watch_deadlines() == 0  # Nothing went wrong yet.
    send_due("email")
    assert alerts.watch_deadlines() == 1
    assert alerts.watch_deadlines() == 0
    assert Entry.objects.filter(fact="notice.deadline_at_risk").count() == 1
    advance(hours=10)
    assert alerts.watch_deadlines() == 1
    assert alerts.watch_deadlines() == 0
    (missed,) = Entry.objects.filter(fact="notice.deadline_missed")
    assert missed.body["notice"] == pressing.pk
    assert Notice.objects.filter(channel="alert").count() == 2
    settings.EMAIL_HOST, settings.EMAIL_PORT = working
    advance(seconds=70)
    send()
    assert mailbox.received[0]["Message-ID"] == pressing.message_id


def test_a_try_before_a_near_deadline_is_never_far_away(mailbox: Mailbox) -> None:
    (notice,) = written("delay_question", wanted_by=clock.now() + timedelta(hours=20))
    Notice.objects.filter(pk=notice.pk).update(tries=6)
    mailbox.answers = ["451 Try later"]
    send_due("email")
    assert again(notice).next_try_at - clock.now() == timedelta(minutes=5)


# -- crashes ----------------------------------------------------------------------------------------------------------


class Killed(BaseException):
    """The worker is gone, between one statement and the next."""


def test_killed_a_thousand_times_between_sending_and_marking(mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every notice arrives at least once, is marked once, and repetitions carry the same Message-ID."""
    notices = written(n=50)
    ids = {notice.message_id for notice in notices}
    deaths = 0

    def dies(sent: object) -> int:
        raise Killed

    with monkeypatch.context() as broken:
        broken.setattr(sending, "mark_sent", dies)
        while deaths < 1000:
            with pytest.raises(Killed):
                send_due("email", limit=1)
            deaths += 1
            if deaths % 50 == 0:
                end_leases()
    assert not Notice.objects.filter(state="sent").exists()
    assert not Entry.objects.filter(fact="notice.sent").exists()
    end_leases()
    assert send() == 50
    assert {message["Message-ID"] for message in mailbox.received} == ids
    assert len(mailbox.received) == 1050
    assert Notice.objects.filter(state="sent", tries=1).count() == 50
    assert Entry.objects.filter(fact="notice.sent").count() == 50


def end_leases() -> None:
    """Let the time pass after which what a dead worker held is free: leases are real time."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE notices_notice SET leased_until = '2001-01-01' WHERE leased_until IS NOT NULL")


def test_two_workers_that_both_sent_mark_once(mailbox: Mailbox) -> None:
    written()
    first = claim("email")
    end_leases()
    second = claim("email")
    outcomes = [list(sending.sender("email")(claimed)) for claimed in (first, second)]
    assert [mark_sent(outcome) for outcome in outcomes] == [1, 0]
    assert len(mailbox.received) == 2
    assert Entry.objects.filter(fact="notice.sent").count() == 1


def test_a_failure_of_a_worker_that_lost_its_lease_changes_nothing(mailbox: Mailbox) -> None:
    written()
    (late,) = claim("email")
    end_leases()
    send()
    sending.mark_failed(late, sending.Outcome(False, error="too late"))
    assert Notice.objects.get().state == "sent"


def test_a_claimed_notice_is_left_alone_by_others() -> None:
    written(n=3)
    assert len(claim("email", limit=2)) == 2
    assert len(claim("email")) == 1
    assert claim("email") == []


# -- where nothing is set ---------------------------------------------------------------------------------------------


def test_without_a_provider_everything_is_in_the_outbox() -> None:
    (notice,) = written()
    assert send() == 1
    assert (again(notice).state, again(notice).provider) == ("sent", "outbox")
    (shown,) = queries.outbox()
    assert (shown.notice.id, shown.notice.subject) == (notice.pk, "Re: When?")


def test_ids_are_unique_and_cannot_be_guessed() -> None:
    a, b = written(n=2)
    assert a.message_id != b.message_id
    made = writing.message_id(new_ids(1)[0])
    assert made.startswith("<n")
    assert len(made.split(".")[1].split("@")[0]) == 16


def test_an_smtp_error_of_ours_is_an_outage(mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    (notice,) = written()

    def refuses(*_: object) -> None:
        raise smtplib.SMTPAuthenticationError(535, b"5.7.8 Bad credentials")

    monkeypatch.setattr("django.core.mail.backends.smtp.EmailBackend.open", refuses)
    send_due("email")
    assert (again(notice).state, again(notice).tries) == ("waiting", 0)
    assert "Bad credentials" in again(notice).last_error
