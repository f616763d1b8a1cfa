"""E-mail through whatever Django sends with: plain SMTP, or any provider that Anymail knows.

One connection carries a whole batch. What a server says about one message is that message's failure; a server that is
gone or refuses us is an outage, and the rest of the batch is not tried against it.
"""

from __future__ import annotations

import smtplib
from collections.abc import Iterator, Sequence
from email.utils import formataddr
from typing import Any

from anymail.exceptions import AnymailAPIError, AnymailError, AnymailInvalidAddress, AnymailRecipientsRefused
from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.smtp import EmailBackend as Smtp

from . import mime
from .outcome import OUTBOX, Outcome, Outgoing, failed

# RFC 3834: a machine wrote this, and no machine should answer; the second header says so to Exchange.
_AUTOMATIC = {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"}
_NO_SUCH_MAILBOX = {550, 551, 553}


def send_all(batch: Sequence[Outgoing]) -> Iterator[tuple[Outgoing, Outcome]]:
    """Send one after the other over one connection, and say of each what became of it as soon as it is known."""
    if not settings.BACKORDER_MAIL:
        yield from ((one, Outcome(True, provider=OUTBOX, provider_id=one.message_id)) for one in batch)
        return
    connection = get_connection()
    outage: Outcome | None = None
    try:
        for one in batch:
            outcome = outage or _send(connection, one)
            outage = outcome if outcome.is_outage else None
            yield one, outcome
    finally:
        _close(connection)


def as_message(one: Outgoing, connection: Any = None) -> EmailMultiAlternatives:
    """The notice as a message: text and HTML, with the headers machines look at. Its Message-ID never changes."""
    message = EmailMultiAlternatives(
        subject=one.subject,
        body=one.text,
        from_email=settings.BACKORDER_MAIL_FROM,
        to=[formataddr((one.name, one.address)) if one.name else one.address],
        reply_to=[settings.BACKORDER_MAIL_REPLY_TO] if settings.BACKORDER_MAIL_REPLY_TO else None,
        headers=_headers(one),
        connection=connection,
    )
    if one.html:
        message.attach_alternative(one.html, "text/html")
    return message


def _headers(one: Outgoing) -> dict[str, str]:
    return {**_AUTOMATIC, **one.headers, "Message-ID": one.message_id}


def _send(connection: Any, one: Outgoing) -> Outcome:
    provided = ""
    try:
        if type(connection) is Smtp:
            _over_smtp(connection, one)
        else:
            provided = _by_provider(connection, one)
    except smtplib.SMTPRecipientsRefused as refused:
        code, says = next(iter(refused.recipients.values()))
        return _refused(code, says, recipient=True)
    except smtplib.SMTPNotSupportedError as error:
        return failed(error, permanent=True)
    except (smtplib.SMTPAuthenticationError, smtplib.SMTPSenderRefused, smtplib.SMTPConnectError) as error:
        # That is about us, not about the message: it is a matter of settings, and others will fare no better.
        _close(connection)
        return failed(error, outage=True)
    except smtplib.SMTPResponseException as error:
        _close(connection)
        return _refused(error.smtp_code, error.smtp_error)
    except AnymailError as error:
        return _of_provider(error)
    except (OSError, smtplib.SMTPException) as error:
        _close(connection)
        return failed(error, outage=True)
    except (ValueError, UnicodeError) as error:
        # A header or an address that cannot be written: BadHeaderError is one of these.
        return failed(error, permanent=True)
    return Outcome(True, provider=_provider(), provider_id=provided or one.message_id)


def _over_smtp(connection: Smtp, one: Outgoing) -> None:
    """Written by ourselves over the connection Django opened: see `mime` for why."""
    sender = settings.BACKORDER_MAIL_FROM
    answer_to = settings.BACKORDER_MAIL_REPLY_TO
    headers = {**({"Reply-To": mime.mailbox(answer_to)} if answer_to else {}), **_headers(one)}
    message = mime.octets(one, headers, sender=sender)
    connection.open()
    assert connection.connection is not None
    connection.connection.sendmail(mime.mailbox(sender), [mime.mailbox(one.address)], message)


def _by_provider(connection: Any, one: Outgoing) -> str:
    message = as_message(one, connection)
    connection.open()
    connection.send_messages([message])
    return _id_at_provider(message)


def _refused(code: int, says: bytes | str, *, recipient: bool = False) -> Outcome:
    text = says.decode(errors="replace") if isinstance(says, bytes) else says
    permanent = 500 <= code < 600
    closes = "bounce" if recipient and code in _NO_SUCH_MAILBOX else ""
    # 421 means that the server is closing down.
    return failed(f"{code} {text}", permanent=permanent, outage=code == 421, closes=closes)


def _of_provider(error: AnymailError) -> Outcome:
    if isinstance(error, AnymailRecipientsRefused):
        return failed(error, permanent=True, closes="bounce")
    if isinstance(error, AnymailInvalidAddress):
        return failed(error, permanent=True)
    status = error.status_code if isinstance(error, AnymailAPIError) else None
    found = failed(error, permanent=status in (400, 413, 422), outage=status not in (400, 413, 422))
    return Outcome(
        False, error=found.error, is_permanent=found.is_permanent, is_outage=found.is_outage,
        retry_after=_retry_after(error),
    )  # fmt: skip


def _retry_after(error: AnymailError) -> float | None:
    answer = getattr(error, "response", None)
    value = answer.headers.get("Retry-After", "") if answer is not None else ""
    return float(value[:9]) if value.isascii() and value.isdigit() else None


def _provider() -> str:
    return str(settings.EMAIL_BACKEND).split(".")[-2]


def _id_at_provider(message: EmailMultiAlternatives) -> str:
    status = getattr(message, "anymail_status", None)
    found = status.message_id if status is not None else None
    return found if isinstance(found, str) else ""


def _close(connection: Any) -> None:
    try:
        connection.close()
    except (OSError, smtplib.SMTPException):
        connection.connection = None
