"""The staff's door: who is there, whether they may, and what becomes of a refusal.

A page is a plain function `(visit, path values) -> response`, hung in by `page` with the scope it needs. Pages that
change something are hung in by `asking.form`. Everything that hangs here stands in `registry`, so that one test can
try every address with every role.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.contrib.auth.views import redirect_to_login
from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils import timezone, translation

from backorder.access import staff
from backorder.access.keys import SCOPES
from backorder.access.staff import Person
from backorder.journal.refusals import Refused

from . import navigation, saying_no, toasts

PREFIX = "console/"
LANGUAGES = ("en", "de")

View = Callable[..., HttpResponseBase]


@dataclass(slots=True)
class Visit:
    """A request of a person who may make it."""

    request: HttpRequest
    person: Person
    now: datetime = field(default_factory=lambda: _now())

    @property
    def actor(self) -> str:
        """As the journal names the person."""
        return self.person.actor

    @property
    def zone(self) -> ZoneInfo:
        """Where the person's day begins and ends."""
        return ZoneInfo(self.person.zone)

    @property
    def is_fragment(self) -> bool:
        """Does script ask for a part of the page only?"""
        return "HX-Request" in self.request.headers

    def may(self, scope: str) -> bool:
        """Does one of the person's roles allow this?"""
        return self.person.may(scope)

    def render(self, template: str, *, status: int = 200, **values: Any) -> HttpResponse:
        """A page of the shell; a waiting toast is shown on it and then gone."""
        shell = {} if self.is_fragment else {"rail": navigation.rail(self), "toast": toasts.take(self.request)}
        context = {"visit": self, "person": self.person, "now": self.now, "fragment": self.is_fragment, **shell}
        return render(self.request, template, {**context, **values}, status=status)


@dataclass(frozen=True, slots=True)
class Hung:
    """An address of the console, and what it needs."""

    name: str
    route: str
    needs: str | None
    methods: tuple[str, ...]
    view: View


registry: dict[str, Hung] = {}
"""Every address of the console by its name."""


def page(route: str, *, name: str, needs: str | None, methods: Iterable[str] = ("GET",)) -> Callable[[View], View]:
    """Hang a view in at /console/<route>; `needs` is a scope, None is for everybody who works here.

    A refusal of the view becomes a page (or, for script, a note) that says it.
    """
    assert needs is None or needs in SCOPES, needs

    def hang(view: View) -> View:
        assert name not in registry, name
        registry[name] = Hung(name, route, needs, tuple(methods), view)
        return view

    return hang


def url_patterns() -> list[URLPattern]:
    """The addresses of everything that was hung in; those that end in any text come last, for they fit others too."""
    ordered = sorted(registry.values(), key=lambda one: "<path:" in one.route and one.route.endswith(">"))
    return [path(PREFIX + one.route, _guarded(one), name=one.name) for one in ordered]


def address(name: str, *args: Any) -> str:
    """The address of a page of the console by its name."""
    return reverse(f"console:{name}", args=args)


def _guarded(hung: Hung) -> Callable[..., HttpResponseBase]:
    @functools.wraps(hung.view)
    def run(request: HttpRequest, **given: Any) -> HttpResponseBase:
        if request.method not in (*hung.methods, "HEAD"):
            return HttpResponseNotAllowed(hung.methods)
        person = staff.find(request.user.pk) if request.user.is_authenticated else None
        if person is None:
            return _to_sign_in(request)
        visit = Visit(request, person)
        language = person.language or translation.get_language() or "en"
        with translation.override(language if language in LANGUAGES else "en"), timezone.override(visit.zone):
            return _answer(visit, hung, given)

    return run


def _answer(visit: Visit, hung: Hung, given: dict[str, Any]) -> HttpResponseBase:
    if hung.needs is not None and not visit.may(hung.needs):
        return saying_no.no_right(visit, hung.needs)
    try:
        response = hung.view(visit, **given)
    except Refused as refused:
        return saying_no.refused(visit, refused)
    # What one person may see is kept by no cache; the back button asks again.
    response.headers.setdefault("Cache-Control", "private, no-store")
    return response


def _to_sign_in(request: HttpRequest) -> HttpResponseBase:
    """To sign-in and back; what was typed into a form waits in the session until then."""
    back = request.get_full_path() if request.method == "GET" else toasts.keep_typed(request)
    if "HX-Request" not in request.headers:
        return redirect_to_login(back)
    if request.method == "GET":
        # Script asked for a part of the page; the person wants the page.
        seen = urlsplit(request.headers.get("HX-Current-URL", ""))
        back = seen.path + (f"?{seen.query}" if seen.query else "")
    response = HttpResponse(status=204)
    response["HX-Redirect"] = redirect_to_login(back or address("today")).url
    return response


def _now() -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT backorder_now()")
        (instant,) = cursor.fetchone()
    assert isinstance(instant, datetime)
    return instant
