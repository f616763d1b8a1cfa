"""Signed links: one address that opens one thing for whoever it was sent to, without an account.

A link says what it is for (`purpose`), whom it is about (`subject`), until when it works and of which generation it
is; an HMAC with the installation's secret seals all four, so that a link for one thing never opens another. Revoking
counts the generation of a subject up, which ends every link sent before. Only revoking writes: making and opening
links costs one look at a small table.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F

from backorder.journal.record import Fact, record
from backorder.journal.refusals import Refused

from .models import Revoked

# What a link may be for, and how long it works unless its maker says otherwise.
LIFETIMES = {
    "order": timedelta(days=180),  # "My order" in the portal.
    "answer": timedelta(days=60),  # The answer to one delay question.
    "unsubscribe": timedelta(days=400),  # One kind of message to one address.
    "waitlist": timedelta(days=60),  # A place on a back-in-stock list.
}
LONGEST_LIFETIME = timedelta(days=1000)
LINK_CHARACTERS = 200

_SUBJECT = re.compile(r"[A-Za-z0-9_-]{1,64}")
_NUMBER = re.compile(r"[0-9a-z]{1,12}")
_SEAL_BYTES = 20
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class Link:
    """What a link that was opened stands for."""

    purpose: str
    subject: str
    expires_at: datetime


def make(purpose: str, subject: int | str, *, now: datetime, lifetime: timedelta | None = None) -> str:
    """A link as text (letters, digits, `_`, `-` and `.`), good from now on for `lifetime`."""
    ends = now + (LIFETIMES[purpose] if lifetime is None else lifetime)
    assert timedelta(0) < ends - now <= LONGEST_LIFETIME
    return _made(purpose, str(subject), ends, _generation(purpose, str(subject)))


def make_all(purpose: str, subjects: Collection[int | str], *, now: datetime) -> dict[int | str, str]:
    """A link for each of these subjects, as `make` makes it, in one look."""
    found = Revoked.objects.filter(purpose=purpose, subject__in=[str(subject) for subject in subjects])
    generations = dict(found.values_list("subject", "generation"))
    ends = now + LIFETIMES[purpose]
    return {subject: _made(purpose, str(subject), ends, generations.get(str(subject), 0)) for subject in subjects}


def address(link: str) -> str:
    """The full address that opens a link, to be put into messages."""
    return f"{settings.BACKORDER_PUBLIC_URL.rstrip('/')}/my/{link}"


def open_link(link: str, *, purpose: str, now: datetime) -> Link:
    """What the link stands for. Refuses link_not_valid (404), link_expired and link_revoked (410).

    A link for another purpose is not valid here, however genuine it is.
    """
    said, _, seal = link.rpartition(".")
    if len(link) > LINK_CHARACTERS or not link.isascii() or not hmac.compare_digest(seal, _seal(said)):
        raise _not_valid()
    # From here on the link is one of ours: what it says can be believed.
    for_what, subject, minutes, generation = said.split(".")
    if for_what != purpose:
        raise _not_valid()
    expires_at = datetime.fromtimestamp(_long(minutes) * 60, UTC)
    if expires_at <= now:
        raise Refused("link_expired", f"This link worked until {expires_at:%Y-%m-%d %H:%M} UTC.", status=410)
    if _long(generation) != _generation(purpose, subject):
        raise Refused("link_revoked", "This link was replaced by a newer one.", status=410)
    return Link(purpose, subject, expires_at)


@transaction.atomic
def revoke(purpose: str, subject: int | str, *, actor: str, now: datetime) -> None:
    """End every link made so far for this purpose and subject; links made from now on work."""
    assert purpose in LIFETIMES, purpose
    assert _SUBJECT.fullmatch(str(subject)), subject
    row, made = Revoked.objects.get_or_create(
        purpose=purpose, subject=str(subject), defaults={"generation": 1, "revoked_at": now}
    )
    if not made:
        Revoked.objects.filter(pk=row.pk).update(generation=F("generation") + 1, revoked_at=now)
    record([Fact("link.revoked", f"{purpose}/{subject}", {"purpose": purpose})], actor=actor, at=now)


def _made(purpose: str, subject: str, ends: datetime, generation: int) -> str:
    assert _SUBJECT.fullmatch(subject), subject
    # Rounded up to minutes: short, and never over before its time.
    minutes = -(-int(ends.timestamp()) // 60)
    said = f"{purpose}.{subject}.{_short(minutes)}.{_short(generation)}"
    return f"{said}.{_seal(said)}"


def _generation(purpose: str, subject: str) -> int:
    found = Revoked.objects.filter(purpose=purpose, subject=subject).values_list("generation", flat=True).first()
    return found or 0


def _seal(said: str) -> str:
    # Lower-case letters and digits only: mail programs cut other signs off the end of an address.
    key = hashlib.sha256(b"backorder.access.links/1:" + settings.SECRET_KEY.encode()).digest()
    sealed = hmac.digest(key, said.encode(), "sha256")[:_SEAL_BYTES]
    return base64.b32encode(sealed).decode().lower()


def _short(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = _DIGITS[digit] + digits
    return digits or "0"


def _long(digits: str) -> int:
    assert _NUMBER.fullmatch(digits), digits
    return int(digits, 36)


def _not_valid() -> Refused:
    return Refused("link_not_valid", "This link is not valid: it may have been cut off on its way.", status=404)
