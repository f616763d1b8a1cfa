"""The feed for Google Merchant Center: what a shop sells, with the day it ships, item by item.

A whole feed needs the page and the picture of each item: its attributes `link` and `image_link`, or the shop's patterns
for them. An item without is left out and counted at the end, for no address is ever made up. A supplement to
a feed that the shop has elsewhere needs neither.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import timedelta
from urllib.parse import quote, urlsplit
from xml.sax.saxutils import escape

from django.conf import settings

from backorder.catalog.reading import items
from backorder.catalog.specs import ItemSpec
from backorder.journal import clock
from backorder.notices.saying import plain_amount

from .offers import GOOGLE, IN_STOCK, LIMITED, Offered, offers

CHUNK = 500
LINK_CHARACTERS = 2000
DESCRIPTION_CHARACTERS = 5000
ADDRESSES = ("link", "image_link")
FURTHEST_DAYS = 365
TOO_FAR = "more than a year ahead"


def feed(channel: str, country: str, language: str, *, is_supplement: bool) -> Iterator[bytes]:
    """The feed, piece by piece, as UTF-8."""
    yield b'<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0" xmlns:g="http://base.google.com/ns/1.0">\n'
    name = escape(channel)
    yield f"<channel><title>{name}</title><link>{_home()}</link><description>{name}</description>\n".encode()
    seen, missing = 0, Counter[str]()
    for specs in _chunks():
        told = []
        for one in offers(list(specs), channel=channel, country=country, language=language):
            addresses = {} if is_supplement else _addresses(specs[one.sku])
            seen += 1
            if lacks := _lacks(addresses) or _is_too_far(one):
                missing[lacks] += 1
            else:
                told.append(_entry(one, specs[one.sku], addresses))
        yield "".join(told).encode()
    yield f"</channel></rss>\n{_left_out(seen, missing)}".encode()


def _home() -> str:
    """The shop's own address: that of its items' pages, else where customers see their orders."""
    page = urlsplit(settings.BACKORDER_FEED_LINK.replace("{sku}", ""))
    found = f"{page.scheme}://{page.netloc}/" if page.netloc else f"{settings.BACKORDER_PUBLIC_URL.rstrip('/')}/"
    return escape(found)


def address(item: ItemSpec, name: str) -> str:
    """The item's page (`link`) or picture (`image_link`): its attribute, else the shop's pattern; blank if neither."""
    said = item.attributes.get(name)
    pattern = settings.BACKORDER_FEED_LINK if name == "link" else settings.BACKORDER_FEED_IMAGE_LINK
    found = said if isinstance(said, str) and said else pattern.replace("{sku}", quote(item.sku, safe=""))
    return found if _is_address(found) else ""


def _is_address(text: str) -> bool:
    """Google takes http and https, no more than so many characters, and nothing that would need quoting first."""
    if len(text) > LINK_CHARACTERS or not text.isascii() or not text.isprintable() or " " in text:
        return False
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def _chunks() -> Iterator[dict[str, ItemSpec]]:
    after: str | None = None
    while found := items(after=after, limit=CHUNK):
        yield {row.sku: row for row in found if row.active}
        after = found[-1].sku


def _addresses(item: ItemSpec) -> dict[str, str]:
    return {name: address(item, name) for name in ADDRESSES}


def _lacks(addresses: Mapping[str, str]) -> str:
    """The first that is missing."""
    return next((name for name, found in addresses.items() if not found), "")


def _is_too_far(found: Offered) -> str:
    """Google takes an availability date of at most a year ahead (Merchant Center, availability_date)."""
    latest = clock.now() + timedelta(days=FURTHEST_DAYS)
    return TOO_FAR if found.starts_at is not None and found.starts_at > latest else ""


def _entry(found: Offered, item: ItemSpec, addresses: Mapping[str, str]) -> str:
    rows = [("id", found.sku), ("title", found.name)]
    described = item.attributes.get("description")
    if addresses and isinstance(described, str) and described:
        rows.append(("description", described[:DESCRIPTION_CHARACTERS]))
    rows += [*addresses.items(), ("availability", GOOGLE[found.availability])]
    if found.starts_at is not None and found.availability not in (IN_STOCK, LIMITED):
        rows.append(("availability_date", found.starts_at.isoformat(timespec="minutes")))
    if found.price_minor is not None:
        rows.append(("price", f"{plain_amount(found.price_minor, found.currency)} {found.currency}"))
    told = "".join(f"<g:{name}>{escape(value)}</g:{name}>" for name, value in rows)
    return f"<item>{told}</item>\n"


def _left_out(seen: int, missing: Counter[str]) -> str:
    """How many items are not in the feed, for whoever looks for them."""
    if not missing:
        return ""
    said = [f"{missing[name]} without {name}" for name in ADDRESSES if missing[name]]
    said += [f"{missing[TOO_FAR]} {TOO_FAR}"] if missing[TOO_FAR] else []
    why = ", ".join(said)
    return f"<!-- {missing.total()} of {seen} items left out: {why} -->\n"
