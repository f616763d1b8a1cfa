"""Texts through Twilio's own library, or through any gateway that Apprise knows.

An address chooses: `twilio://account:token@+15551234567`, or an Apprise address in which `{to}` stands for the number.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from urllib.parse import parse_qsl, unquote, urlsplit

import apprise
import requests
from django.conf import settings
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from .outcome import OUTBOX, Outcome, Outgoing, failed

TIMEOUT_SECONDS = 20.0
TWILIO = "twilio"
RECEIPTS_PATH = "/hooks/sms/twilio/receipts"

# Twilio's numbers for what is about the number we wrote to: it said stop, it is none, it takes no texts.
_STOPPED = {21610}
_NO_NUMBER = {21211, 21214, 21217, 21219, 21612, 21614}


def send_all(batch: Sequence[Outgoing]) -> Iterator[tuple[Outgoing, Outcome]]:
    """Send one after the other, and say of each what became of it."""
    gateway = settings.BACKORDER_SMS
    if not gateway:
        yield from ((one, Outcome(True, provider=OUTBOX, provider_id=one.message_id)) for one in batch)
        return
    client = twilio_client(gateway) if gateway.startswith("twilio:") else None
    outage: Outcome | None = None
    for one in batch:
        outcome = outage or (_by_twilio(client, one) if client else _by_apprise(gateway, one))
        outage = outcome if outcome.is_outage else None
        yield one, outcome


def twilio_client(gateway: str) -> Client:
    """Twilio's client for our address of it; `?api=` names another server, for tests."""
    parts = urlsplit(gateway)
    client = Client(
        unquote(parts.username or ""),
        unquote(parts.password or ""),
        http_client=TwilioHttpClient(timeout=TIMEOUT_SECONDS),
    )
    other = dict(parse_qsl(parts.query)).get("api")
    if other:
        client.api.base_url = other
    return client


def _by_twilio(client: Client, one: Outgoing) -> Outcome:
    sender = unquote(urlsplit(settings.BACKORDER_SMS).hostname or "")
    try:
        made = client.messages.create(
            to=one.address,
            from_=sender,
            body=one.text,
            status_callback=settings.BACKORDER_PUBLIC_URL.rstrip("/") + RECEIPTS_PATH,
        )
    except TwilioRestException as error:
        return _of_twilio(error)
    except (TwilioException, requests.RequestException, OSError) as error:
        return failed(error, outage=True)
    return Outcome(True, provider=TWILIO, provider_id=str(made.sid))


def _of_twilio(error: TwilioRestException) -> Outcome:
    says = f"{error.status} {error.code or ''} {error.msg}"
    if error.code in _STOPPED:
        return failed(says, permanent=True, closes="stop")
    if error.code in _NO_NUMBER:
        return failed(says, permanent=True, closes="bounce")
    # 401 and 403 are about our account, 429 and above about Twilio: neither is the message's fault.
    is_ours = error.status in (400, 404, 422)
    return failed(says, permanent=is_ours, outage=not is_ours)


def _by_apprise(gateway: str, one: Outgoing) -> Outcome:
    sender = apprise.Apprise()
    if not sender.add(gateway.replace("{to}", one.address)):
        return failed("The address in BACKORDER_SMS is none that Apprise knows.", outage=True)
    with apprise.LogCapture(level=logging.WARNING) as said:  # type: ignore[no-untyped-call]
        if sender.notify(body=one.text):
            return Outcome(True, provider="apprise")
        return failed(said.getvalue() or "The gateway did not take the text.")
