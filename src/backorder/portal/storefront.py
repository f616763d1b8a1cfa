"""What a shop puts on its product pages: a cached answer as JSON, as a piece of HTML or by a script, and a feed.

Anybody may ask, from any site (CORS); answers carry an ETag and may be kept half a minute. The script and the piece of
HTML say the same as schema.org data, so that search engines are told what customers are.
"""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string

from backorder.journal.refusals import Refused, unknown
from backorder.notices.saying import LANGUAGES, language_of, plain_amount
from backorder.orders.reading import channels

from . import limits
from .feed import feed as feed_of
from .offers import Offered, offers

KEPT_SECONDS = 30
MOST_KEPT = 10_000
MOST_UNITS = 99  # What a basket asks; larger numbers would only measure the shelf.
SCRIPT = Path(__file__).parent / "static" / "portal" / "snippet.js"
SCHEMA = "https://schema.org/"

_lock = threading.Lock()
_kept: dict[tuple[Any, ...], tuple[float, Offered]] = {}
_encode = msgspec.json.Encoder(order="deterministic").encode

View = Callable[..., HttpResponseBase]


def for_everybody(view: View) -> View:
    """GET from any site, without cookies; what is refused is told as JSON."""

    @wraps(view)
    def wrapped(request: HttpRequest, **given: Any) -> HttpResponseBase:
        try:
            if request.method == "OPTIONS":
                response: HttpResponseBase = HttpResponse(status=204)
            elif request.method not in ("GET", "HEAD"):
                response = HttpResponseNotAllowed(["GET", "HEAD", "OPTIONS"])
            else:
                limits.take(f"storefront/{limits.address_of(request)}", per_minute=limits.ASKS_PER_MINUTE)
                response = view(request, **given)
        except Refused as refused:
            response = _refused(refused)
        response["Access-Control-Allow-Origin"] = "*"
        response["Access-Control-Allow-Methods"] = "GET, HEAD, OPTIONS"
        response["Cross-Origin-Resource-Policy"] = "cross-origin"
        return response

    return wrapped


@for_everybody
def item_json(request: HttpRequest, sku: str) -> HttpResponseBase:
    """What is said of an item, as JSON."""
    return _cached(request, _encode(_plain(_offered(request, sku))), "application/json")


@for_everybody
def item_html(request: HttpRequest, sku: str) -> HttpResponseBase:
    """The same as a piece of HTML with its schema.org data, to be put into a page by the shop's own server."""
    found = _offered(request, sku)
    data = json.dumps(json_ld(found), ensure_ascii=False, sort_keys=True)
    # Inside <script> only "<" could end it.
    given = {"offer": found, "data": data.replace("<", "\\u003c"), "language": _language(request)}
    return _cached(request, render_to_string("portal/offer.html", given).encode(), "text/html; charset=utf-8")


@for_everybody
def snippet(request: HttpRequest) -> HttpResponseBase:
    """The script: `<script src=".../storefront/snippet.js" async></script>` fills every `data-backorder-sku`."""
    return _cached(request, SCRIPT.read_bytes(), "text/javascript; charset=utf-8", seconds=3600)


@for_everybody
def feed(request: HttpRequest) -> HttpResponseBase:
    """A feed for Google Merchant Center; with `?supplement=1` only what a shop's own feed does not know."""
    channel, country = _channel(request), _country(request)
    if not channels(channel):
        raise unknown("channel", channel)
    lines = feed_of(channel, country, _language(request), is_supplement=request.GET.get("supplement") == "1")
    response = StreamingHttpResponse(lines, content_type="application/xml; charset=utf-8")
    response["Cache-Control"] = "public, max-age=600"
    return response


def json_ld(found: Offered) -> dict[str, Any]:
    """The offer in schema.org's words; its day is the one that is promised."""
    offer: dict[str, Any] = {"@type": "Offer", "availability": SCHEMA + found.availability}
    if found.starts_at is not None:
        offer["availabilityStarts"] = found.starts_at.isoformat(timespec="minutes")
    if found.price_minor is not None:
        offer |= {"price": plain_amount(found.price_minor, found.currency), "priceCurrency": found.currency}
    return {"@context": SCHEMA, "@type": "Product", "sku": found.sku, "name": found.name, "offers": offer}


def forget() -> None:
    """Look everything up again."""
    with _lock:
        _kept.clear()


# -- one item -------------------------------------------------------------------------------------------------------


def _offered(request: HttpRequest, sku: str) -> Offered:
    key = (sku, _channel(request), _country(request), _language(request), _units(request))
    now = time.monotonic()
    with _lock:
        known = _kept.get(key)
    if known is not None and now < known[0]:
        return known[1]
    found = offers([sku], channel=key[1], country=key[2], language=key[3], units=key[4])
    if not found:
        raise unknown("item", sku[:64])
    with _lock:
        if len(_kept) >= MOST_KEPT:
            _kept.clear()
        _kept[key] = (now + KEPT_SECONDS, found[0])
    return found[0]


def _plain(found: Offered) -> dict[str, Any]:
    return {
        "sku": found.sku,
        "units": found.units,
        "text": found.text,
        "availability": found.availability,
        "now_units": found.now_units,
        "later_units": found.units - found.now_units if found.ship_on else 0,
        "ship_on": found.ship_on,
        "deliver_from_on": found.deliver_from_on,
        "deliver_on": found.deliver_on,
        "json_ld": json_ld(found),
    }


def _cached(request: HttpRequest, body: bytes, kind: str, *, seconds: int = KEPT_SECONDS) -> HttpResponse:
    tag = f'"{hashlib.sha256(body).hexdigest()[:20]}"'
    known = {one.strip().removeprefix("W/") for one in request.headers.get("If-None-Match", "").split(",")}
    response = HttpResponse(status=304) if tag in known else HttpResponse(body, content_type=kind)
    response["ETag"] = tag
    response["Cache-Control"] = f"public, max-age={seconds}"
    return response


def _refused(refused: Refused) -> HttpResponse:
    body = {"name": refused.name, "detail": refused.says}
    response = HttpResponse(_encode(body), status=refused.status, content_type="application/problem+json")
    if "retry_after" in refused.values:
        response["Retry-After"] = str(refused.values["retry_after"])
    return response


# -- what is asked --------------------------------------------------------------------------------------------------


def _channel(request: HttpRequest) -> str:
    return request.GET.get("channel", "web")[:64]


def _country(request: HttpRequest) -> str:
    said = request.GET.get("country", "GB")
    if len(said) == 2 and said.isascii() and said.isalpha():
        return said.upper()
    raise Refused(
        "invalid_parameter", f"country is {said[:20]!r}; it is two letters (ISO 3166-1).", field="country",
        value=said[:20], limit="two letters",
    )  # fmt: skip


def _language(request: HttpRequest) -> str:
    said = request.GET.get("lang", "") or language_of(request.headers.get("Accept-Language", "en")[:20])
    return said if said in LANGUAGES else "en"


def _units(request: HttpRequest) -> int:
    said = request.GET.get("units", "1")
    number = int(said) if said.isascii() and said.isdigit() and len(said) < 9 else 0
    if 1 <= number <= MOST_UNITS:
        return number
    raise Refused(
        "invalid_parameter", f"units is {said[:20]!r}; it is a whole number from 1 to {MOST_UNITS}.", field="units",
        value=said[:20], limit=MOST_UNITS,
    )  # fmt: skip
