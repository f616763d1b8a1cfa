"""Whoever got a message that is not about an order can end such messages by the link in it, without signing in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from backorder.access import links
from backorder.journal.refusals import Refused

from . import wishes
from .models import Notice


@dataclass(frozen=True, slots=True)
class Reader:
    """Who follows the link."""

    address: str
    language: str


def reader_of(link: str, *, now: datetime) -> Reader:
    """Whose link this is; changes nothing. Refuses links that are not valid or too old."""
    notice = Notice.objects.filter(pk=int(links.open_link(link, purpose="unsubscribe", now=now).subject)).first()
    if notice is None or notice.channel != "email" or not notice.address:
        raise Refused("link_not_valid", "This link is not valid any more.", status=404)
    return Reader(notice.address, notice.language)


@transaction.atomic
def unsubscribe(reader: Reader, *, actor: str) -> None:
    """Send this reader nothing more that is not about an order; again changes nothing."""
    wishes.suppress(channel="email", address=reader.address, reason="unsubscribed", note="one click", actor=actor)
