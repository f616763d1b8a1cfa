"""The pages beside the API: the start page, the reference for people, the document for machines, the numbers.

They are rendered here, without script, and load nothing from anywhere else.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse
from django.template import Context, Engine

from backorder import __version__
from backorder.api import clock, reference
from backorder.api.refusal_index import refusals
from backorder.api.root import api
from backorder.journal import clock as journal_clock

WEB = Path(__file__).parent / "web"
LOOK = Path(__file__).parents[1] / "look"
STYLES = (LOOK / "tokens.css", LOOK / "base.css", WEB / "docs.css")
POLICY = "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'"

_engine = Engine(dirs=[str(WEB)])


def start(request: HttpRequest) -> HttpResponse:
    """What this is, and where to go."""
    return _page("start.html", request, address=f"{request.scheme}://{request.get_host()}", report=has_report())


def reference_page(request: HttpRequest) -> HttpResponse:
    """Every operation and shape."""
    found = document()
    lines = " ".join(found["info"]["description"].split())
    return _page(
        "reference.html",
        request,
        tags=reference.tags(found),
        shapes=reference.shapes(found),
        description=reference.in_html(lines),
    )


def refusals_page(request: HttpRequest) -> HttpResponse:
    """Every refusal."""
    return _page("refusals.html", request, refusals=refusals())


def openapi(request: HttpRequest) -> HttpResponse:
    """The OpenAPI document."""
    return HttpResponse(document_json(), content_type="application/json")


def style(request: HttpRequest) -> HttpResponse:
    """The look of these pages."""
    response = HttpResponse(_style(), content_type="text/css; charset=utf-8")
    response["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


@cache
def document() -> dict[str, Any]:
    """The OpenAPI document of this version."""
    return dict(api.get_openapi_schema(path_prefix=reference.PREFIX + "/"))


@cache
def document_json() -> bytes:
    return msgspec.json.format(msgspec.json.encode(document()), indent=2) + b"\n"


@cache
def _style() -> bytes:
    return b"".join(path.read_bytes() for path in STYLES)


@cache
def _mark() -> str:
    return hashlib.sha256(_style()).hexdigest()[:12]


def has_report() -> bool:
    """Did the demo leave a report?"""
    from django.urls import Resolver404, resolve

    try:
        resolve("/report")
    except Resolver404:
        return False
    return True


def _page(template: str, request: HttpRequest, **values: Any) -> HttpResponse:
    shown = clock.Clock(journal_clock.now(), journal_clock.is_simulated(), journal_clock.is_frozen())
    context = Context({"version": __version__, "clock": shown, "style": _mark(), **values})
    response = HttpResponse(_engine.get_template(template).render(context))
    response["Content-Security-Policy"] = POLICY
    return response
