"""The outbox page of an installation without a provider: everything that would have been sent, and what waits.

It shows what customers are told, so it asks for an administrator's key: as the password of HTTP's own sign-in.
"""

from __future__ import annotations

import base64
import binascii

from django.http import HttpRequest, HttpResponse
from django.template import Context, Engine

from backorder.access import keys
from backorder.api.pages import WEB
from backorder.journal.refusals import Refused
from backorder.notices import queries

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-src 'self'; base-uri 'none'"
# A letter is a document of its own: its inline styles are what mail programs need; it runs and loads nothing.
LETTER_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'self'"

_engine = Engine(dirs=[str(WEB)])


def outbox(request: HttpRequest) -> HttpResponse:
    """The list of messages, newest first."""
    if (refusal := _refusal(request)) is not None:
        return refusal
    page = _engine.get_template("outbox.html")
    response = HttpResponse(page.render(Context({"notices": queries.outbox(), "counts": queries.counts()})))
    response["Content-Security-Policy"] = POLICY
    return response


def letter(request: HttpRequest, notice: int) -> HttpResponse:
    """One letter as its reader sees it."""
    if (refusal := _refusal(request)) is not None:
        return refusal
    try:
        found = queries.notice(notice)
    except Refused as refused:
        return HttpResponse(refused.says, status=refused.status, content_type="text/plain; charset=utf-8")
    response = HttpResponse(found.html)
    if not found.html:
        response = HttpResponse(found.text, content_type="text/plain; charset=utf-8")
    response["Content-Security-Policy"] = LETTER_POLICY
    return response


def _refusal(request: HttpRequest) -> HttpResponse | None:
    """None for an administrator's key; else what asks for one."""
    try:
        keys.authenticate(_password(request)).require("admin")
    except Refused as refused:
        response = HttpResponse(refused.says, status=401, content_type="text/plain; charset=utf-8")
        response["WWW-Authenticate"] = 'Basic realm="backorder: any name, and an API key as password", charset="UTF-8"'
        return response
    return None


def _password(request: HttpRequest) -> str:
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return given
    try:
        return base64.b64decode(given, validate=True).decode().partition(":")[2] if scheme.lower() == "basic" else ""
    except (binascii.Error, UnicodeDecodeError):
        return ""
