"""Texts and alerts over the wire to a server of our own, quiet hours, wishes, and which way a notice takes."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import pytest
from django.db import transaction
from pytest_django import Settings

from backorder.config import mail
from backorder.journal import clock
from backorder.journal.refusals import Refused
from backorder.notices import quiet, recipients, wishes, writing
from backorder.notices.alerts import raise_alert
from backorder.notices.channels import alert, email, sms
from backorder.notices.channels.outcome import Outcome, Outgoing
from backorder.notices.kinds import KINDS
from backorder.notices.models import Notice
from backorder.notices.recipients import Recipient
from backorder.notices.wording.render import Content

NUMBER = "+15557654321"
# Apprise still knows a module that Python 3.13 does not have any more.
OLD_MODULE = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")


@dataclass
class Gateway:
    """An HTTP server that takes texts; `answers` are (status, JSON) for the next calls."""

    url: str = ""
    bodies: list[str] = field(default_factory=list)
    answers: list[tuple[int, object]] = field(default_factory=list)


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    found = Gateway()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            found.bodies.append(self.rfile.read(int(self.headers.get("Content-Length", 0))).decode())
            status, answer = found.answers.pop(0) if found.answers else (201, {"sid": f"SM{len(found.bodies)}"})
            body = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    found.url = f"127.0.0.1:{server.server_port}"
    yield found
    server.shutdown()
    server.server_close()


def outgoing(text: str = "Larkfold: on its way.", channel: str = "sms", address: str = NUMBER) -> Outgoing:
    return Outgoing(
        1, "shipped", channel, address, "", "Subject", text, "", {}, "<n1.x@localhost>", 0, datetime.now(UTC)
    )  # fmt: skip


def outcome(sender: object, one: Outgoing) -> Outcome:
    ((_, found),) = sender([one])  # type: ignore[operator]
    assert isinstance(found, Outcome)
    return found


# -- texts ------------------------------------------------------------------------------------------------------------


def test_a_text_goes_out_through_twilio(gateway: Gateway, settings: Settings) -> None:
    settings.BACKORDER_SMS = f"twilio://AC1:token@+15550000000?api=http://{gateway.url}"
    found = outcome(sms.send_all, outgoing())
    assert (found.is_sent, found.provider, found.provider_id) == (True, "twilio", "SM1")
    (body,) = gateway.bodies
    assert parse_qs(body) == {
        "To": [NUMBER],
        "From": ["+15550000000"],
        "Body": ["Larkfold: on its way."],
        "StatusCallback": ["http://localhost:8000/hooks/sms/twilio/receipts"],
    }


@pytest.mark.parametrize(
    ("status", "code", "permanent", "outage", "closes"),
    [
        (400, 21610, True, False, "stop"),
        (400, 21211, True, False, "bounce"),
        (400, 30034, True, False, ""),
        (429, 20429, False, True, ""),
        (503, 0, False, True, ""),
        (401, 20003, False, True, ""),
    ],
)
def test_what_twilio_says_is_told_apart(
    gateway: Gateway, settings: Settings, status: int, code: int, permanent: bool, outage: bool, closes: str
) -> None:
    settings.BACKORDER_SMS = f"twilio://AC1:token@+15550000000?api=http://{gateway.url}"
    gateway.answers = [(status, {"code": code, "message": "No", "status": status})]
    found = outcome(sms.send_all, outgoing())
    assert (found.is_sent, found.is_permanent, found.is_outage, found.closes) == (False, permanent, outage, closes)


@OLD_MODULE
def test_a_text_goes_out_through_any_gateway_of_apprise(gateway: Gateway, settings: Settings) -> None:
    settings.BACKORDER_SMS = f"json://{gateway.url}/send/{{to}}"
    assert outcome(sms.send_all, outgoing()).is_sent
    assert json.loads(gateway.bodies[0])["message"] == "Larkfold: on its way."
    gateway.answers = [(500, {})]
    found = outcome(sms.send_all, outgoing())
    assert (found.is_sent, found.is_permanent) == (False, False)


@OLD_MODULE
def test_the_operator_is_told_wherever_he_wants(gateway: Gateway, settings: Settings) -> None:
    settings.BACKORDER_ALERTS = f"json://{gateway.url}/a json://{gateway.url}/b"
    assert outcome(alert.send_all, outgoing(channel="alert", address="operator")).is_sent
    assert len(gateway.bodies) == 2
    gateway.answers = [(201, {}), (500, {})]
    assert not outcome(alert.send_all, outgoing(channel="alert", address="operator")).is_sent


@pytest.mark.django_db
def test_the_same_alert_is_not_raised_twice_within_the_hour() -> None:
    now = clock.now()
    with transaction.atomic():
        assert raise_alert("Fire", "It burns.", now=now) is not None
        assert raise_alert("Fire", "It burns more.", now=now + timedelta(minutes=59)) is None
        assert raise_alert("Water", "It leaks.", now=now) is not None
        assert raise_alert("Fire", "Again.", now=now + timedelta(minutes=61)) is not None


# -- mail through a provider ------------------------------------------------------------------------------------------


def use_postmark(settings: Settings, gateway: Gateway) -> None:
    settings.BACKORDER_MAIL = "anymail://postmark"
    settings.EMAIL_BACKEND = "anymail.backends.postmark.EmailBackend"
    settings.ANYMAIL = {"POSTMARK_SERVER_TOKEN": "t", "POSTMARK_API_URL": f"http://{gateway.url}/"}


def letter() -> Outgoing:
    return outgoing(channel="email", address="a@example.com")


def test_a_letter_goes_out_through_a_provider(gateway: Gateway, settings: Settings) -> None:
    use_postmark(settings, gateway)
    gateway.answers = [(200, {"ErrorCode": 0, "Message": "OK", "MessageID": "pm-7", "To": "a@example.com"})]
    found = outcome(email.send_all, letter())
    assert (found.is_sent, found.provider, found.provider_id) == (True, "postmark", "pm-7")
    sent = json.loads(gateway.bodies[0])
    assert {"Name": "Auto-Submitted", "Value": "auto-generated"} in sent["Headers"]


@pytest.mark.parametrize(
    ("status", "permanent", "outage"), [(429, False, True), (500, False, True), (401, False, True), (413, True, False)]
)
def test_what_a_provider_says_is_told_apart(
    gateway: Gateway, settings: Settings, status: int, permanent: bool, outage: bool
) -> None:
    use_postmark(settings, gateway)
    gateway.answers = [(status, {"ErrorCode": 999, "Message": "No"})]
    found = outcome(email.send_all, letter())
    assert (found.is_sent, found.is_permanent, found.is_outage) == (False, permanent, outage)


@pytest.mark.parametrize("name", ["Bob\r\nBcc: x@example.com", "Bob\nX"])
def test_a_name_that_could_break_out_of_a_header_is_a_failure_for_good(settings: Settings, name: str) -> None:
    settings.BACKORDER_MAIL = "smtp://127.0.0.1:9"
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    one = outgoing(channel="email", address="a@example.com")
    broken = Outgoing(*[getattr(one, field) if field != "subject" else name for field in Outgoing.__dataclass_fields__])
    found = outcome(email.send_all, broken)
    assert (found.is_sent, found.is_permanent) == (False, True)


@pytest.mark.parametrize(
    ("url", "wanted"),
    [
        ("", {"EMAIL_BACKEND": mail.NOWHERE}),
        (
            "smtp://u%40x:p%2F@mx.example:587",
            {"EMAIL_HOST_USER": "u@x", "EMAIL_HOST_PASSWORD": "p/", "EMAIL_USE_TLS": True},
        ),
        ("smtps://mx.example", {"EMAIL_PORT": 465, "EMAIL_USE_SSL": True, "EMAIL_USE_TLS": False}),
        ("smtp://localhost", {"EMAIL_PORT": 25, "EMAIL_USE_TLS": False}),
        ("anymail://amazon_ses", {"EMAIL_BACKEND": "anymail.backends.amazon_ses.EmailBackend"}),
    ],
)
def test_one_address_says_how_mail_leaves(url: str, wanted: dict[str, object]) -> None:
    found = mail.settings_for(url)
    assert {name: found[name] for name in wanted} == wanted


def test_a_mail_address_that_cannot_be_is_told_in_words() -> None:
    assert mail.settings_for("anymail://mailgun?api_key=k")["ANYMAIL"]["MAILGUN_API_KEY"] == "k"
    with pytest.raises(ValueError, match="must begin with smtp"):
        mail.settings_for("http://mx.example")


# -- when -------------------------------------------------------------------------------------------------------------


FLORIDA = Recipient(zone="America/New_York", country="US", region="FL")
GEORGIA = Recipient(zone="America/New_York", country="US", region="GA")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


@pytest.mark.parametrize(
    ("who", "now", "then"),
    [
        # In London texts wait from nine in the evening until eight.
        (Recipient(zone="Europe/London", country="GB"), "2030-01-07T21:00+00:00", "2030-01-07T21:00+00:00"),
        (Recipient(zone="Europe/London", country="GB"), "2030-01-07T21:01+00:00", "2030-01-08T08:00+00:00"),
        (Recipient(zone="Europe/London", country="GB"), "2030-01-08T07:59+00:00", "2030-01-08T08:00+00:00"),
        # Florida ends an hour earlier than the rest.
        (
            FLORIDA,
            "2030-01-07T20:30-05:00",
            "2030-01-08T08:00-05:00",
        ),
        (
            GEORGIA,
            "2030-01-07T20:30-05:00",
            "2030-01-07T20:30-05:00",
        ),
        # Nobody knows where in the US: it must be day in New York and in Honolulu.
        (Recipient(zone="UTC", country="US"), "2030-01-07T09:00-05:00", "2030-01-07T08:00-10:00"),
        (Recipient(zone="Nowhere/Land", country="US"), "2030-01-07T09:00-05:00", "2030-01-07T08:00-10:00"),
        (Recipient(zone="Nowhere/Land", country="XX"), "2030-01-07T03:00+00:00", "2030-01-07T08:00+00:00"),
        # The night in which the clocks go forward, and the one in which they go back.
        (Recipient(zone="Europe/Berlin", country="DE"), "2030-03-30T23:00+01:00", "2030-03-31T08:00+02:00"),
        (Recipient(zone="Europe/Berlin", country="DE"), "2030-10-26T23:00+02:00", "2030-10-27T08:00+01:00"),
    ],
)
def test_texts_wait_for_the_day_where_their_reader_is(who: Recipient, now: str, then: str) -> None:
    assert quiet.earliest("sms", who, at=at(now)) == at(then)


def test_a_deadline_beats_the_night_and_mail_does_not_wait() -> None:
    who = Recipient(zone="Europe/London", country="GB")
    night = at("2030-01-07T23:00+00:00")
    assert quiet.earliest("sms", who, at=night, wanted_by=at("2030-01-08T02:00+00:00")) == night
    assert quiet.earliest("sms", who, at=night, wanted_by=at("2030-01-08T09:00+00:00")) == at("2030-01-08T08:00+00:00")
    assert quiet.earliest("email", who, at=night) == night


def test_the_merchant_may_let_mail_wait_as_well(settings: Settings) -> None:
    settings.BACKORDER_MAIL_QUIET = "22-7"
    who = Recipient(zone="Europe/Berlin", country="DE")
    assert quiet.earliest("email", who, at=at("2030-01-07T23:30+01:00")) == at("2030-01-08T07:00+01:00")
    assert quiet.earliest("email", who, at=at("2030-01-07T12:00+01:00")) == at("2030-01-07T12:00+01:00")


# -- which way --------------------------------------------------------------------------------------------------------


def ways(kind: str, to: Recipient) -> list[tuple[str, str, str]]:
    with transaction.atomic():
        made = writing.write([writing.Draft(KINDS[kind], to, Content(values={}))], now=clock.now(), actor="test")
    return [(notice.channel, notice.state, notice.last_error) for notice in made]


BOTH = Recipient(email="a@example.com", sms=NUMBER, country="GB", zone="Europe/London")


@pytest.mark.django_db
def test_texts_go_beside_mail_only_for_what_is_urgent() -> None:
    assert ways("shipped", BOTH) == [("email", "waiting", ""), ("sms", "waiting", "")]
    assert ways("order_received", BOTH) == [("email", "waiting", "")]
    assert Notice.objects.get(kind="order_received").fallback["channel"] == "sms"
    assert ways("shipped", Recipient(email="a@example.com", phone=NUMBER)) == [("email", "waiting", "")]


@pytest.mark.django_db
def test_a_number_is_texted_only_if_its_owner_said_so() -> None:
    known = Recipient(email="a@example.com", phone=recipients.number("0044 1632 960961"))
    wishes.choose(channel="sms", address="+44 1632 960961", wanted=True, source="portal", actor="test")
    assert [way[0] for way in ways("shipped", known)] == ["email", "sms"]


@pytest.mark.django_db
def test_who_wants_no_mail_gets_none_but_what_the_law_asks_for() -> None:
    wishes.choose(channel="email", address="A@Example.com", wanted=False, source="portal", actor="test")
    assert ways("shipped", BOTH) == [("sms", "waiting", "")]
    assert [way[0] for way in ways("delay_question", BOTH)] == ["email", "sms"]
    assert ways("order_received", Recipient(email="a@example.com")) == []


@pytest.mark.django_db
def test_one_kind_can_be_unwanted() -> None:
    wishes.choose(channel="email", address="a@example.com", wanted=False, about="improved", source="portal", actor="t")
    assert ways("improved", Recipient(email="a@example.com")) == []
    assert ways("ready", Recipient(email="a@example.com")) == [("email", "waiting", "")]


@pytest.mark.django_db
def test_what_the_law_asks_for_is_visible_where_nobody_can_be_reached() -> None:
    assert ways("delay_question", Recipient()) == [("email", "dead", "There is no address to send it to.")]
    assert ways("ready", Recipient()) == []


@pytest.mark.parametrize(
    "wrong", ["", "a", "a@b", "a b@example.com", "a@example.com\n", "a@example.com\r\nBcc: x", "x" * 300]
)
def test_what_is_no_address_is_refused(wrong: str) -> None:
    with pytest.raises(Refused, match="email_address_refused"):
        recipients.email(wrong)


@pytest.mark.parametrize("wrong", ["", "12345", "+12", "+1555765432100000", "+44 abc", "+0155576543"])
def test_what_is_no_number_is_refused(wrong: str) -> None:
    with pytest.raises(Refused, match="phone_number_refused"):
        recipients.phone(wrong)


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("Hannah Weaver", "Hannah"),
        ("Weaver, Hannah", ""),
        ("H. Weaver", ""),
        ("", ""),
        ("Cher", "Cher"),
        ("x" * 50, ""),
    ],
)
def test_people_are_greeted_only_by_what_is_surely_their_first_name(name: str, first: str) -> None:
    assert recipients.first_name(name) == first
