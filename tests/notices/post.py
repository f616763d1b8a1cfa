"""A shop whose customers have addresses, and the worker's steps from a fact to what lies in a mailbox."""

from __future__ import annotations

import socket
from dataclasses import dataclass, field
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.db import connection

from backorder.journal import clock
from backorder.journal.models import Follower
from backorder.notices import composing, delay, noting, sending
from backorder.notices.models import Notice
from tests.connections import until

HANNAH = {"email": "hannah@example.com", "name": "Hannah Weaver"}


@dataclass
class Mailbox:
    """An SMTP server that keeps what it is given; `answers` are given to the next recipients instead of 250."""

    received: list[EmailMessage] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    data_answers: list[str] = field(default_factory=list)
    sessions: int = 0

    async def handle_EHLO(  # noqa: N802 - the library calls it so
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        self.sessions += 1
        session.host_name = hostname
        return responses

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.answers and (answer := self.answers.pop(0)) != "250":
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.data_answers and (answer := self.data_answers.pop(0)) != "250":
            return answer
        assert isinstance(envelope.content, bytes)
        found = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(found, EmailMessage)
        self.received.append(found)
        return "250 OK"

    def subjects(self) -> list[str]:
        return [str(message["Subject"]) for message in self.received]


def serving(mailbox: Mailbox) -> Controller:
    """A server on a free port of this machine, not yet started."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    return Controller(mailbox, hostname="127.0.0.1", port=port)


def use(settings: Any, controller: Controller) -> None:
    """Send mail to this server."""
    host, port = controller.hostname, controller.port
    settings.BACKORDER_MAIL = f"smtp://{host}:{port}"
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = host, port
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""


def note_all() -> None:
    """Note up to the last entry: other databases of the server may hold the horizon back a while."""

    # What is told stays behind what the law is asked about, where that is read at all.
    asks_the_law = Follower.objects.filter(name=delay.FOLLOWER).exists()

    def is_done() -> bool:
        if asks_the_law:
            delay.watch()
        noting.note()
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT seq = (SELECT max(seq) FROM journal_entry) FROM journal_follower WHERE name = 'notices'"
            )
            row = cursor.fetchone()
        return bool(row and row[0])

    until(is_done)


def tell(*, minutes: float = 0) -> list[Notice]:
    """Note, wait for the digest, compose; the notices that this wrote."""
    before = set(Notice.objects.values_list("id", flat=True))
    note_all()
    if minutes:
        advance(minutes=minutes)
    while composing.compose_due():
        pass
    return list(Notice.objects.exclude(id__in=before).order_by("id"))


def send(channel: str = "email") -> int:
    """Send what is due, all of it."""
    sent = 0
    while n := sending.send_due(channel):
        sent += n
    return sent


def advance(**by: float) -> None:
    clock.advance(timedelta(**by), actor="test")
