"""What comes back: mails of customers, bounces and complaints, replies by text, receipts.

Whoever writes here is nobody we know until a signature was checked by the door. The same message twice changes
nothing. Automatic answers are kept for people to read but count as nothing; a text that says stop ends all texts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage, Message
from email.utils import parseaddr
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from backorder.engine import mail, sms
from backorder.journal import clock
from backorder.journal.record import Fact, record
from backorder.journal.refusals import Refused

from . import falling_back, recipients, saying, sending, threads, wishes
from .models import Case, Notice
from .writing import subject_of

MOST_CHARACTERS = 10_000
_IDS = re.compile(r"<[^<>\s]{1,400}>")
_QUOTE_BEGINS = re.compile(
    r"^(On .{1,200} wrote:|Am .{1,200} schrieb.{0,100}:|Le .{1,200} a écrit :|El .{1,200} escribió:)$"
)


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of something that came in: thread, bounce, automatic, opt_out, opt_in, help, duplicate, ignored."""

    as_what: str
    thread: int | None = None
    reply: str = ""


# -- mail -----------------------------------------------------------------------------------------------------------


def take_mail(message: Message, *, now: datetime | None = None) -> Taken:
    """Take in a mail: a bounce closes its address, an automatic answer is kept, anything else is a customer's message.

    A mail that names one of our notices (In-Reply-To, References) belongs to that notice's order and conversation.
    """
    at = now or clock.now()
    if (bounced := _bounced(message)) is not None:
        return _take_bounce(*bounced, at=at)
    headers = {name: str(value) for name, value in message.items()}
    notice = _answered(headers)
    text = _own_words(_text(message)) or str(message.get("Subject", ""))
    sender = parseaddr(headers.get("From", ""))[1]
    is_automatic = mail.is_automatic(headers)
    if not text.strip() or not _is_address(sender):
        return Taken("ignored")
    kept = threads.ask(
        text[:MOST_CHARACTERS],
        order=notice.order_id if notice is not None else None,
        address=recipients.key("email", sender),
        subject=str(message.get("Subject", "")),
        actor="customer",
        is_automatic=is_automatic,
        message_id=headers.get("Message-ID") or headers.get("Message-Id"),
        answers=notice.pk if notice is not None else None,
        now=at,
    )
    return Taken("automatic" if is_automatic else "thread", kept.id)


def _answered(headers: Mapping[str, str]) -> Notice | None:
    """The notice a mail answers; its Message-ID can only be known to whoever got it."""
    named = {name.lower(): value for name, value in headers.items()}
    ids = _IDS.findall(named.get("in-reply-to", "") + " " + named.get("references", ""))[-50:]
    return Notice.objects.filter(message_id__in=ids).order_by("-id").first() if ids else None


def _bounced(message: Message) -> tuple[str, str, str, str] | None:
    """(recipient, action, status, the Message-ID it is about) of a delivery report (RFC 3464); None if it is none."""
    if message.get_content_type() != "multipart/report":
        return None
    for block in _reports(message):
        to = str(block.get("Final-Recipient", "") or block.get("Original-Recipient", ""))
        if to:
            ids = _IDS.findall(message.as_string()[: 10 * MOST_CHARACTERS])
            about = Notice.objects.filter(message_id__in=ids).values_list("message_id", flat=True).first() or ""
            action, status = str(block.get("Action", "")).lower(), str(block.get("Status", ""))
            return to.partition(";")[2].strip(), action.strip(), status.strip(), about
    return None


def _reports(message: Message) -> Iterator[Message]:
    """What a delivery report says of each recipient."""
    for part in message.walk():
        blocks = part.get_payload() if part.get_content_type() == "message/delivery-status" else []
        yield from (block for block in blocks if isinstance(block, Message))


def _take_bounce(address: str, action: str, status: str, about: str, *, at: datetime) -> Taken:
    # Anybody can write such a report: it counts when it returns a Message-ID that only our letter bore.
    if about and action == "failed" and status.startswith("5") and _is_address(address):
        note_bounce(message_id=about, address=address, reason="bounce", says=f"bounced with {status}", now=at)
        return Taken("bounce")
    return Taken("ignored")


# -- receipts -------------------------------------------------------------------------------------------------------


@transaction.atomic
def note_bounce(
    *, message_id: str = "", provider_id: str = "", address: str, reason: str, says: str, now: datetime | None = None
) -> None:
    """A notice came back, or its reader complained: close the address and go another way; again changes nothing."""
    at = now or clock.now()
    notice = _ours(message_id, provider_id)
    if notice is not None and notice.bounced_at is None and reason == "bounce":
        _note_back(notice, says, at)
    # Only what we sent to can be closed by what comes in from outside.
    known = notice.address if notice is not None else address
    if notice is not None or Notice.objects.filter(address=_kept(address)).exists():
        channel = notice.channel if notice is not None else "email"
        wishes.suppress(channel=channel, address=known, reason=reason, note=says, actor="provider", now=at)


@transaction.atomic
def note_delivered(*, provider_id: str, at: datetime | None = None) -> bool:
    """The notice arrived; the first word counts. Returns whether it was one of ours and new."""
    notice = _ours("", provider_id)
    if notice is None or notice.delivered_at is not None:
        return False
    now = clock.now()
    notice.delivered_at = at or now
    notice.save(update_fields=["delivered_at"])
    body = {"notice": notice.pk, "kind": notice.kind, "channel": notice.channel}
    record([Fact("notice.delivered", subject_of(notice), body)], actor="provider", at=now)
    return True


@transaction.atomic
def note_undelivered(*, provider_id: str, says: str, now: datetime | None = None) -> bool:
    """A text did not arrive: the notice goes another way; its number stays open. Returns whether that is news."""
    at = now or clock.now()
    notice = _ours("", provider_id)
    if notice is None or notice.bounced_at is not None or notice.delivered_at is not None:
        return False
    _note_back(notice, says, at)
    return True


def _note_back(notice: Notice, says: str, at: datetime) -> None:
    notice.bounced_at, notice.last_error = at, says[:500]
    notice.save(update_fields=["bounced_at", "last_error"])
    body = {"notice": notice.pk, "kind": notice.kind, "channel": notice.channel}
    record([Fact("notice.bounced", subject_of(notice), body)], actor="provider", at=at)
    if falling_back.fall_back(notice, now=at, actor="provider") is None:
        sending.alarm_if_lawful(notice, now=at)


def _ours(message_id: str, provider_id: str) -> Notice | None:
    found = Notice.objects.select_for_update()
    if message_id:
        return found.filter(message_id=message_id).first()
    return found.filter(provider_id=provider_id).order_by("-id").first() if provider_id else None


def twilio_token() -> str:
    """What Twilio signs its calls to us with; blank where Twilio is not used."""
    gateway = settings.BACKORDER_SMS
    return unquote(urlsplit(gateway).password or "") if gateway.startswith("twilio:") else ""


# -- texts ----------------------------------------------------------------------------------------------------------


def take_text(*, sender: str, text: str, provider_id: str, now: datetime | None = None) -> Taken:
    """Take in a text: stop and start are obeyed, help is answered, anything else is a customer's message.

    `reply` is what is to be texted back at once; blank for nothing. A text never agrees to a delay: that goes by link.
    """
    at = now or clock.now()
    number = recipients.phone(sender)
    last = Notice.objects.filter(channel="sms", address=number).order_by("-created_at").first()
    case_open = last is not None and last.order_id is not None and _has_case(last.order_id)
    means = sms.meaning(text, option_is_open=case_open)
    with saying.spoken(last.language if last is not None else saying.FALLBACK):
        if means.reply is sms.Reply.OPT_OUT:
            return _stopped(number, text, last, provider_id, at, may_cancel=means.may_cancel_order)
        if means.reply is sms.Reply.OPT_IN:
            wishes.choose(channel="sms", address=number, wanted=True, source="text", actor="customer", now=at)
            return Taken("opt_in", reply=_("You get texts about your orders again. Text STOP to end them."))
        if means.reply is sms.Reply.HELP:
            return Taken("help", reply=_("These texts are about your orders. Text STOP to end them."))
    kept = _ask_by_text(number, text, last, provider_id, at)
    return Taken("thread", kept)


def _has_case(order: int) -> bool:
    return Case.objects.filter(order_id=order, closed_at=None).exists()


def _stopped(number: str, text: str, last: Notice | None, provider_id: str, at: datetime, *, may_cancel: bool) -> Taken:
    """No more texts; one of them says so. A question that was open is put to a person: CANCEL may mean the order."""
    is_new = wishes.suppress(channel="sms", address=number, reason="stop", note=text, actor="customer", now=at)
    wishes.choose(channel="sms", address=number, wanted=False, source="text", actor="customer", now=at)
    thread = _ask_by_text(number, text, last, provider_id, at) if may_cancel else None
    reply = _("You get no more texts from us. Messages about your orders come by e-mail.") if is_new else ""
    return Taken("opt_out", thread, reply)


def _ask_by_text(number: str, text: str, last: Notice | None, provider_id: str, at: datetime) -> int | None:
    try:
        kept = threads.ask(
            text[:MOST_CHARACTERS],
            order=last.order_id if last is not None else None,
            address=number,
            actor="customer",
            message_id=f"sms:{provider_id}" if provider_id else None,
            now=at,
        )
    except Refused:  # An empty text says nothing.
        return None
    return kept.id


# -- reading --------------------------------------------------------------------------------------------------------


def _text(message: Message) -> str:
    if isinstance(message, EmailMessage):
        part = message.get_body(preferencelist=("plain", "html"))
        if part is None:
            return ""
        try:
            said = str(part.get_content())
        except (LookupError, UnicodeError):  # A character set nobody knows.
            payload = part.get_payload(decode=True)
            said = payload.decode("ascii", errors="replace") if isinstance(payload, bytes) else ""
        return re.sub(r"<[^>]{0,2000}>", " ", said) if part.get_content_type() == "text/html" else said
    return ""


def _own_words(text: str) -> str:
    """What the sender wrote himself, without the letter he quotes."""
    kept: list[str] = []
    for line in text.replace("\r\n", "\n").split("\n"):
        if _QUOTE_BEGINS.match(line.strip()) or line.startswith("-----"):
            break
        if not line.startswith(">"):
            kept.append(line)
    return "\n".join(kept).strip()


def _is_address(text: str) -> bool:
    try:
        recipients.email(text)
    except Refused:
        return False
    return True


def _kept(address: str) -> str:
    try:
        return recipients.email(address)
    except Refused:
        return ""
