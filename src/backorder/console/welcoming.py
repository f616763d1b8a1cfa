"""The page behind a welcome link: the owner of a new installation, or somebody invited, chooses a password."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from backorder.access import welcome
from backorder.journal.refusals import Refused

from .asking import SHOWN_AGAIN


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def welcoming(request: HttpRequest, token: str) -> HttpResponse:
    """Show the form; sent, it signs the person in."""
    refused = None
    try:
        found = welcome.open_link(token)
    except Refused as over:
        return render(request, "console/welcome_over.html", {"refusal": over}, status=over.status)
    if request.method == "POST":
        try:
            return _enter(request, token)
        except Refused as refusal:
            if refusal.status not in SHOWN_AGAIN:
                raise
            refused = refusal
    values = {"person": None, "welcomed": found.person, "refusal": refused, "typed": request.POST}
    return render(request, "console/welcome.html", values, status=refused.status if refused else 200)


def _enter(request: HttpRequest, token: str) -> HttpResponse:
    given = request.POST
    person = welcome.choose_password(
        token, password=given.get("password", ""), email=given.get("email", ""), name=given.get("name", "")
    )
    login(request, User.objects.get(pk=person.id), backend=settings.AUTHENTICATION_BACKENDS[0])
    return HttpResponseRedirect(settings.LOGIN_REDIRECT_URL)
