"""What others tell us without a key of ours: mail providers, Twilio, and readers who want no more.

Each is believed for a signature or a secret only. A link that unsubscribes does so by POST (RFC 8058); GET shows a
button, because mail scanners follow links.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from email import message_from_bytes, policy
from email.message import EmailMessage
from importlib import import_module
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured, SuspiciousOperation
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.html import escape
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from backorder.api import bodies
from backorder.api.operation import Call, operation
from backorder.journal import clock
from backorder.journal.refusals import Refused
from backorder.notices import inbound, saying, unsubscribing
from backorder.notices.inbound import Taken

log = logging.getLogger(__name__)

MAIL = ("message/rfc822",)
MOST_BYTES = 10 * 1024 * 1024
ONE_CLICK = b"List-Unsubscribe=One-Click"
# Providers of Anymail whose webhook views are called as `<Name>TrackingWebhookView` and `<Name>InboundWebhookView`.
PROVIDERS = {
    "amazon_ses": "AmazonSES", "brevo": "Brevo", "mailersend": "MailerSend", "mailgun": "Mailgun", "mailjet": "Mailjet",
    "mandrill": "MandrillCombined", "postal": "Postal", "postmark": "Postmark", "resend": "Resend",
    "sendgrid": "SendGrid", "sparkpost": "SparkPost", "unisender_go": "UnisenderGo",
}  # fmt: skip

_PAGE = """<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1"></head>
<body><main><h1>{title}</h1><p>{text}</p>{form}</main></body></html>
"""
_FORM = '<form method="post"><button type="submit">{label}</button></form>'


@operation(
    "notices",
    "POST",
    "/inbound-mails",
    scope="notices:write",
    answer=Taken,
    body=bytes,
    media_types=MAIL,
)
def take_inbound_mail(call: Call) -> Taken:
    """Hand in a mail that reached the shop, as it came (RFC 5322): an answer, a bounce, an automatic reply."""
    mail = bodies.read(call.request, types=MAIL, most=MOST_BYTES)
    if not mail:
        raise Refused("mail_is_empty", "Send the mail as it came (RFC 5322).", status=422, field="body")
    return inbound.take_mail(_parsed(mail))


@csrf_exempt
def unsubscribe(request: HttpRequest, link: str) -> HttpResponse:
    """GET shows a button and changes nothing; POST ends messages that are not about an order, without questions."""
    try:
        found = unsubscribing.reader_of(link, now=clock.now())
    except Refused as refused:
        return HttpResponse(escape(refused.says), status=refused.status, content_type="text/plain; charset=utf-8")
    with saying.spoken(found.language):
        if request.method == "POST":
            unsubscribing.unsubscribe(found, actor="reader")
            return _page(
                _("Unsubscribed"), _("You get no more such messages. Messages about your orders still come."), ""
            )
        text = _("Do you want no more messages that are not about an order of yours?")
        return _page(_("Unsubscribe"), text, _FORM.format(label=escape(_("Unsubscribe"))))


@csrf_exempt
def mail_tracking(request: HttpRequest, provider: str) -> HttpResponseBase:
    """A provider's news: delivered, bounced, complained, unsubscribed."""
    return _from_provider(request, provider, "tracking", _note_event)


@csrf_exempt
def mail_inbound(request: HttpRequest, provider: str) -> HttpResponseBase:
    """A mail that a provider received for us."""
    return _from_provider(request, provider, "inbound", lambda event: inbound.take_mail(event.message))


@csrf_exempt
def twilio_inbound(request: HttpRequest) -> HttpResponse:
    """A text that somebody wrote to our number; the answer is what is texted back."""
    if not _is_twilio(request):
        return HttpResponse("The signature is not Twilio's.", status=403)
    from twilio.twiml.messaging_response import MessagingResponse

    answer = MessagingResponse()
    try:
        taken = inbound.take_text(
            sender=request.POST.get("From", ""),
            text=request.POST.get("Body", ""),
            provider_id=request.POST.get("MessageSid", ""),
        )
    except Refused as refused:
        log.warning("A text was not taken in: %s", refused.says)
    else:
        # Where Twilio itself answers stop, start and help it says so, and a second answer would be one too many.
        if taken.reply and not request.POST.get("OptOutType"):
            answer.message(taken.reply)
    return HttpResponse(str(answer), content_type="text/xml")


@csrf_exempt
def twilio_receipts(request: HttpRequest) -> HttpResponse:
    """What became of a text."""
    if not _is_twilio(request):
        return HttpResponse("The signature is not Twilio's.", status=403)
    status, sid = request.POST.get("MessageStatus", ""), request.POST.get("MessageSid", "")
    if status == "delivered":
        inbound.note_delivered(provider_id=sid)
    elif status in ("undelivered", "failed"):
        code = request.POST.get("ErrorCode", "")[:10]
        inbound.note_undelivered(provider_id=sid, says=f"{status} {code}".strip())
    return HttpResponse(status=204)


def _is_twilio(request: HttpRequest) -> bool:
    """Was this call signed with our token, for this address of ours?"""
    # Its library is large, and most installations never hear of Twilio; the same goes for Anymail's below.
    from twilio.request_validator import RequestValidator

    token = inbound.twilio_token()
    url = settings.BACKORDER_PUBLIC_URL.rstrip("/") + request.get_full_path()
    signature = request.headers.get("X-Twilio-Signature", "")
    return bool(token) and request.method == "POST" and RequestValidator(token).validate(url, request.POST, signature)


def _from_provider(request: HttpRequest, provider: str, what: str, use: Callable[[Any], object]) -> HttpResponseBase:
    """Check a provider's call as Anymail does, and use each of its events; one that fails is asked for again."""
    from anymail.exceptions import AnymailError

    if not settings.BACKORDER_MAIL_WEBHOOK_SECRET or provider not in PROVIDERS:
        return HttpResponse("No webhook secret is set, or there is no such provider.", status=404)
    try:
        view = _view(provider, what)
        if request.method == "HEAD":
            return HttpResponse()
        view.run_validators(request)
        events = view.parse_events(request)
    except (SuspiciousOperation, AnymailError, ImproperlyConfigured) as error:
        log.warning("A call of %s was refused: %s", provider, error)
        return HttpResponse("This call could not be verified.", status=400)
    except (ValueError, KeyError, TypeError, AttributeError):
        return HttpResponse("This call could not be read.", status=400)
    for event in events:
        use(event)
    return HttpResponse()


def _view(provider: str, what: str) -> Any:
    module = import_module(f"anymail.webhooks.{provider}")
    name = PROVIDERS[provider]
    suffix = "WebhookView" if name.endswith("Combined") else f"{what.title()}WebhookView"
    return getattr(module, name + suffix)()


def _note_event(event: Any) -> None:
    from anymail.signals import EventType

    if event.event_type == EventType.DELIVERED:
        inbound.note_delivered(provider_id=event.message_id or "", at=event.timestamp)
    elif event.event_type in (EventType.BOUNCED, EventType.REJECTED):
        _closed(event, "bounce")
    elif event.event_type == EventType.COMPLAINED:
        _closed(event, "complaint")
    elif event.event_type == EventType.UNSUBSCRIBED:
        _closed(event, "unsubscribed")


def _closed(event: Any, reason: str) -> None:
    says = " ".join(str(part) for part in (event.reject_reason, event.description) if part)
    inbound.note_bounce(provider_id=event.message_id or "", address=event.recipient or "", reason=reason, says=says)


def _parsed(body: bytes) -> EmailMessage:
    found = message_from_bytes(body, policy=policy.default)
    assert isinstance(found, EmailMessage)
    return found


def _page(title: str, text: str, form: str) -> HttpResponse:
    language = escape(saying.active())
    return HttpResponse(_PAGE.format(language=language, title=escape(title), text=escape(text), form=form))
