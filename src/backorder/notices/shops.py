"""By which name a shop signs its messages: that of the sales channel an order came through."""

from __future__ import annotations

from email.utils import parseaddr
from functools import lru_cache

from django.conf import settings

from backorder.catalog import queries as catalog
from backorder.orders.reading import channels


def shop_name(channel: str) -> str:
    """The channel's name; that of our mail address where a channel has none of its own."""
    return _name(channel, catalog.latest().version) or parseaddr(settings.BACKORDER_MAIL_FROM)[0] or channel


@lru_cache(maxsize=100)
def _name(channel: str, version: int) -> str:
    # Changing a channel renews the catalog's version, so what was remembered is then read again.
    return next((row.name for row in channels(channel)), "")
