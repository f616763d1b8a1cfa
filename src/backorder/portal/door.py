"""The customer's door: a signed link opens one order and nothing else.

The link is the only authority: no cookie is set or read, so nobody can act through a customer's browser who does not
know the link, and opening a page never changes anything. What is refused is said kindly, on a page.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.csrf import csrf_exempt

from backorder.access import links
from backorder.journal import clock
from backorder.journal.refusals import Refused
from backorder.notices.saying import LANGUAGES, language_of

from . import limits, regrets

PURPOSE = "order"
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none';"
    " frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    # The address is a secret: it goes into no log of another site, no cache and no search engine.
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex, nofollow",
}
NAMES = {"en": "English", "de": "Deutsch", "es": "Español", "fr": "Français"}


@dataclass(frozen=True, slots=True)
class Visit:
    """A request that came with a good link. `language` is the one asked for by `?lang=`, blank: the order's own."""

    request: HttpRequest
    link: str
    order: int
    ends_at: datetime
    language: str

    def path(self, step: str = "", **query: str) -> str:
        """The address of a step of this page, in the language that was asked for."""
        asked = {**query, **({"lang": self.language} if self.language else {})}
        tail = "&".join(f"{name}={value}" for name, value in asked.items())
        return f"/my/{self.link}{f'/{step}' if step else ''}{f'?{tail}' if tail else ''}"

    def go(self, **query: str) -> HttpResponse:
        """Back to the order's page."""
        return HttpResponseRedirect(self.path(**query), status=303)


View = Callable[[Visit], HttpResponse]


def by_link(view: View) -> Callable[[HttpRequest, str], HttpResponse]:
    """A view that is given a `Visit`; a link that does not open gets a page that says why."""

    @csrf_exempt
    @wraps(view)
    def wrapped(request: HttpRequest, link: str) -> HttpResponse:
        asked = request.GET.get("lang", "")
        language = asked if asked in LANGUAGES else ""
        try:
            response = view(_open(request, link, language))
        except Refused as refused:
            response = _refused(request, refused, language)
        for name, value in HEADERS.items():
            response[name] = value
        return response

    return wrapped


def _open(request: HttpRequest, link: str, language: str) -> Visit:
    try:
        opened = links.open_link(link, purpose=PURPOSE, now=clock.now())
    except Refused:
        limits.take(f"wrong link/{limits.address_of(request)}", per_minute=limits.WRONG_LINKS_PER_MINUTE)
        raise
    limits.take(f"look/{opened.subject}", per_minute=limits.LOOKS_PER_MINUTE)
    if request.method == "POST":
        limits.take(f"change/{opened.subject}", per_minute=limits.CHANGES_PER_MINUTE)
    return Visit(request, link, int(opened.subject), opened.expires_at, language)


def _refused(request: HttpRequest, refused: Refused, language: str) -> HttpResponse:
    spoken = language or language_of(request.headers.get("Accept-Language", "en")[:20])
    with translation.override(spoken):
        regret = regrets.regret(refused)
        response = render(request, "portal/sorry.html", {"regret": regret, "language": spoken}, status=refused.status)
    if "retry_after" in refused.values:
        response["Retry-After"] = str(refused.values["retry_after"])
    return response
