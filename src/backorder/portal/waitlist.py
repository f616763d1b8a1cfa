"""The back-in-stock list: a shop's page puts somebody on it, a job serves it, a signed link shows where they stand."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import quote, urlsplit

import msgspec
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.formats import time_format
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from backorder.access import links
from backorder.catalog import queries as catalog
from backorder.catalog import reading
from backorder.journal import clock
from backorder.journal.refusals import Refused
from backorder.notices import quiet, recipients, saying, shops, telling
from backorder.orders.ledger.retry import retried
from backorder.orders.placing import waitlist
from backorder.orders.placing.forms import read
from backorder.orders.placing.waitlist import NewWish, WishRow

from . import limits, regrets
from .door import HEADERS

ACTOR = "customer:portal"
PURPOSE = "waitlist"
JOINS_PER_MINUTE = 10  # One address.
MOST_HOURS = 720  # No hold lasts longer.
_decoder = msgspec.json.Decoder(NewWish)


def serve() -> int:
    """Hold a unit for whoever's turn it is and tell them, both or neither; then end what is over. How many it was."""
    done = waitlist.move_on()
    return done + sum(retried(lambda one=one: _serve(one)) for one in waitlist.next_in_turn())  # type: ignore[misc]


@transaction.atomic
def _serve(one: WishRow) -> int:
    held = waitlist.hold_for(one.id, hours=hold_hours(), actor="worker")
    if held is None or held.held_until is None:
        return 0
    telling.tell_waitlist(
        _recipient(held), sku=held.sku, units=held.units, until=held.held_until, link=address_of(held.id),
        shop=shops.shop_name(held.channel), evidence={"wish": held.id}, actor="worker",
    )  # fmt: skip
    return 1


def hold_hours() -> int:
    """For how many hours a unit is held: BACKORDER_WAITLIST_HOURS."""
    return int(max(1, min(settings.BACKORDER_WAITLIST_HOURS, MOST_HOURS)))


def address_of(wish_id: int) -> str:
    """The whole address of the page of a wish."""
    link = links.make(PURPOSE, wish_id, now=clock.now())
    return f"{settings.BACKORDER_PUBLIC_URL.rstrip('/')}/waitlist/{link}"


@csrf_exempt
def join(request: HttpRequest) -> HttpResponse:
    """POST from any shop page, as JSON or a form: put an address on the list of an item. Says the same every time."""
    try:
        response = _join(request)
    except Refused as refused:
        response = JsonResponse({"name": refused.name, "detail": refused.says}, status=refused.status)
        if "retry_after" in refused.values:
            response["Retry-After"] = str(refused.values["retry_after"])
    response["Access-Control-Allow-Origin"] = "*"
    response["Access-Control-Allow-Methods"] = "POST, OPTIONS"
    response["Access-Control-Allow-Headers"] = "Content-Type"
    return response


def _join(request: HttpRequest) -> HttpResponse:
    if request.method == "OPTIONS":
        return HttpResponse(status=204)
    if request.method != "POST":
        raise Refused("method_not_allowed", f"{request.method} is not possible here.", status=405)
    limits.take(f"join/{limits.address_of(request)}", per_minute=JOINS_PER_MINUTE)
    wanted = read(_body(request), _decoder)
    wanted = msgspec.structs.replace(wanted, email=recipients.email(wanted.email))
    waitlist.join(wanted, actor=ACTOR)
    with translation.override(saying.language_of(wanted.locale)):
        return JsonResponse({"text": _("We write to you as soon as it is back.")}, status=202)


def _body(request: HttpRequest) -> bytes:
    """The JSON, or a form as JSON."""
    if request.content_type == "application/json":
        return request.body
    given: dict[str, Any] = {name: value for name, value in request.POST.items() if value}
    if str(given.get("units", "")).isascii() and str(given.get("units", "")).isdigit():
        given["units"] = int(str(given["units"])[:6])
    return msgspec.json.encode(given)


@csrf_exempt
def page(request: HttpRequest, link: str) -> HttpResponse:
    """GET: what is held, or the place on the list. POST: leave the list."""
    spoken = saying.language_of(request.headers.get("Accept-Language", "en")[:20])
    try:
        one = _opened(request, link)
        spoken = saying.language_of(one.locale)
        if request.method == "POST":
            waitlist.leave(one.id, actor=ACTOR)
            response: HttpResponse = HttpResponseRedirect(f"/waitlist/{link}", status=303)
        else:
            with translation.override(spoken):
                found = {**_shown(one), "language": spoken, "address": f"/waitlist/{link}"}
                response = render(request, "portal/waitlist.html", found)
    except Refused as refused:
        with translation.override(spoken):
            given = {"regret": regrets.regret(refused), "language": spoken}
            response = render(request, "portal/sorry.html", given, status=refused.status)
    for name, value in HEADERS.items():
        response[name] = value
    return response


def _opened(request: HttpRequest, link: str) -> WishRow:
    try:
        opened = links.open_link(link, purpose=PURPOSE, now=clock.now())
    except Refused:
        limits.take(f"wrong link/{limits.address_of(request)}", per_minute=limits.WRONG_LINKS_PER_MINUTE)
        raise
    limits.take(f"wish/{opened.subject}", per_minute=limits.LOOKS_PER_MINUTE)
    return waitlist.wish(int(opened.subject))


def _shown(one: WishRow) -> dict[str, Any]:
    item = catalog.current().item(one.sku)
    is_held = one.state == "held" and one.held_until is not None and one.held_until > clock.now()
    return {
        "wish": one,
        "shop": shops.shop_name(one.channel),
        "item": item.name,
        "is_held": is_held,
        "until": _until(one) if is_held else "",
        "buy": _buy(one) if is_held else "",
        "is_over": one.state in ("missed", "ordered", "left") or (one.state == "held" and not is_held),
    }


def _until(one: WishRow) -> str:
    assert one.held_until is not None
    local = _local(one.held_until, one)
    day = saying.day(local.date(), locale=one.locale, today=_local(clock.now(), one).date())
    return f"{day}, {time_format(local.time(), 'H:i')} ({local.tzname()})"


def _local(at: datetime, one: WishRow) -> datetime:
    return at.astimezone(quiet.zones_of(_recipient(one))[0])


def _recipient(one: WishRow) -> recipients.Recipient:
    return recipients.Recipient(name=one.name, email=one.email, locale=one.locale, zone=one.zone, country=one.country)


def _buy(one: WishRow) -> str:
    """The item's page in the shop, told which units are held: the attribute `link` of the item, where it is https."""
    link = reading.item(one.sku).attributes.get("link")
    if not isinstance(link, str) or urlsplit(link).scheme != "https":
        return ""
    return f"{link}{'&' if '?' in link else '?'}hold={quote(one.token)}"
