"""Where webhooks go: register an address, change it, give it a new secret, remove it.

The secret is shown once and kept encrypted: it must be used again to sign (Standard Webhooks, HMAC-SHA256).
"""

from __future__ import annotations

import base64
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.db import transaction

from backorder.journal import clock
from backorder.journal.record import Fact, record
from backorder.journal.refusals import Refused, unknown

from . import sealing, signing, wire
from .models import Delivery, Endpoint
from .publish import is_public

MOST_ENDPOINTS = 100
MOST_FACTS = 100
URL_CHARACTERS = 2_000
SECRET_BYTES = 32

# All facts are named noun.happened, but for unmet demand.
_FACT = re.compile(r"[a-z_]{1,60}\.([a-z_]{1,60}|\*)|demand_unmet")
_LOCAL_NAMES = ("localhost", ".localhost", ".local", ".internal")


@dataclass(frozen=True, slots=True)
class EndpointRow:
    """A webhook address as it may be shown."""

    id: int
    url: str
    facts: tuple[str, ...]
    active: bool
    inactive_because: str
    created_at: datetime
    failing_since: datetime | None


@dataclass(frozen=True, slots=True)
class Registered:
    """A new address with its secret, which is shown only now."""

    endpoint: EndpointRow
    secret: str


@transaction.atomic
def register(*, url: str, facts: Sequence[str] = (), actor: str, now: datetime | None = None) -> Registered:
    """Send what happens from now on to `url`: these facts (`order.placed`, `order.*`), all public ones if empty.

    Refuses addresses that are not https or lead into a private network (unless the installation allows them), facts
    that are malformed or not public, more than MOST_ENDPOINTS addresses.
    """
    _check_url(url)
    _check_facts(facts)
    # The oldest row stands for the list: two at once must not both be the last that fits.
    Endpoint.objects.select_for_update(no_key=True).order_by("id").first()
    if Endpoint.objects.count() >= MOST_ENDPOINTS:
        raise Refused(
            "too_many_webhooks",
            f"There are already {MOST_ENDPOINTS} webhook addresses; remove one first.",
            status=409,
            limit=MOST_ENDPOINTS,
        )
    now = now or clock.now()
    secret = _new_secret()
    endpoint = Endpoint.objects.create(url=url, secret=sealing.seal(secret), facts=sorted(set(facts)), created_at=now)
    _record("registered", endpoint, actor, now)
    return Registered(_row(endpoint), secret)


def list_endpoints() -> list[EndpointRow]:
    """Every webhook address, oldest first."""
    return [_row(endpoint) for endpoint in Endpoint.objects.order_by("id")]


def endpoint(endpoint_id: int) -> EndpointRow:
    """One webhook address. Refuses unknown_webhook (404)."""
    return _row(_found(Endpoint.objects.filter(pk=endpoint_id).first(), endpoint_id))


@transaction.atomic
def change(
    endpoint_id: int,
    *,
    actor: str,
    url: str | None = None,
    facts: Sequence[str] | None = None,
    active: bool | None = None,
    now: datetime | None = None,
) -> EndpointRow:
    """Change what is given and leave the rest. What happens while an address is not active is never sent to it."""
    found = _lock(endpoint_id)
    if url is not None:
        _check_url(url)
        found.url = url
    if facts is not None:
        _check_facts(facts)
        found.facts = sorted(set(facts))
    if active is not None:
        found.active = active
        found.inactive_because = found.inactive_because if not active else ""
    found.failing_since = None
    found.save()
    _record("changed", found, actor, now or clock.now())
    return _row(found)


@transaction.atomic
def renew_secret(endpoint_id: int, *, at_once: bool = False, actor: str, now: datetime | None = None) -> str:
    """Give the address a new secret and return it; whatever is sent from now on is signed with it.

    For signing.OVERLAP with the one before as well, unless that is to end `at_once` (somebody has seen it).
    """
    found = _lock(endpoint_id)
    secret = _new_secret()
    found.secret = sealing.seal(secret) if at_once else signing.renewed(found.secret, secret, at=datetime.now(UTC))
    found.save(update_fields=["secret"])
    _record("secret_renewed", found, actor, now or clock.now())
    return secret


@transaction.atomic
def remove(endpoint_id: int, *, actor: str, now: datetime | None = None) -> None:
    """Forget the address and everything that was or would have been sent to it."""
    found = _lock(endpoint_id)
    _record("removed", found, actor, now or clock.now())
    Delivery.objects.filter(endpoint=found).delete()
    found.delete()


def _lock(endpoint_id: int) -> Endpoint:
    return _found(Endpoint.objects.select_for_update().filter(pk=endpoint_id).first(), endpoint_id)


def _found(endpoint: Endpoint | None, endpoint_id: int) -> Endpoint:
    if endpoint is None:
        raise unknown("webhook", endpoint_id)
    return endpoint


def _row(endpoint: Endpoint) -> EndpointRow:
    return EndpointRow(
        id=endpoint.pk,
        url=endpoint.url,
        facts=tuple(endpoint.facts),
        active=endpoint.active,
        inactive_because=endpoint.inactive_because,
        created_at=endpoint.created_at,
        failing_since=endpoint.failing_since,
    )


def _record(what: str, endpoint: Endpoint, actor: str, now: datetime) -> None:
    # The address may hold a token of the receiver's, so it stays out of the journal.
    body = {"facts": endpoint.facts, "active": endpoint.active}
    record([Fact(f"webhook.{what}", f"webhook/{endpoint.pk}", body)], actor=actor, at=now)


def _new_secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


# -- what an address may be -----------------------------------------------------------------------------------------


def _check_url(url: str) -> None:
    if len(url) > URL_CHARACTERS:
        raise _url_refused(url, f"The address has {len(url)} characters; {URL_CHARACTERS} are allowed.")
    if not url.isprintable() or " " in url or "\\" in url:
        raise _url_refused(url, "The address holds spaces or characters that no address has.")
    parts = _split(url)
    allow_private = settings.BACKORDER_WEBHOOK_ALLOW_PRIVATE
    if parts.scheme not in ({"https", "http"} if allow_private else {"https"}):
        raise _url_refused(url, f"The address must begin with https://, not {parts.scheme}://.")
    if not parts.hostname or parts.username is not None or parts.password is not None or parts.fragment:
        raise _url_refused(url, "The address needs a host, and has no user, password or fragment.")
    if not allow_private and _is_private_name(parts.hostname):
        raise _url_refused(url, f"{parts.hostname} is not on the public internet.", name="webhook_address_is_private")


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        port = 0
    if port == 0:
        raise _url_refused(url, "The address is malformed.")
    return parts


def _is_private_name(host: str) -> bool:
    """What can be told without asking: names are resolved and checked at each sending."""
    name = host.rstrip(".").lower()
    if name.endswith(_LOCAL_NAMES):
        return True
    is_number = ":" in name or name.replace(".", "").isdigit() or name.startswith("0x")
    return not wire.is_public(name) if is_number else "." not in name


def _url_refused(url: str, says: str, *, name: str = "webhook_address_refused") -> Refused:
    return Refused(name, says, field="url", value=url[:URL_CHARACTERS], limit=URL_CHARACTERS)


def _check_facts(facts: Sequence[str]) -> None:
    wrong = [fact[:120] for fact in facts if not (_FACT.fullmatch(fact) and is_public(fact))]
    if wrong or len(facts) > MOST_FACTS:
        raise Refused(
            "webhook_facts_refused",
            f"Facts are named like order.placed or order.*, at most {MOST_FACTS} of them; not {', '.join(wrong[:5])}."
            if wrong
            else f"At most {MOST_FACTS} facts can be named, not {len(facts)}.",
            field="facts",
            value=wrong[:MOST_FACTS] or len(facts),
            limit=MOST_FACTS,
        )
