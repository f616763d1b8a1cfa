"""How the console says no: no right, no such thing, refused, a form from elsewhere. Each says what to do next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from backorder.access import staff
from backorder.access.keys import ADMIN
from backorder.access.roles import roles_with
from backorder.journal.refusals import Refused

from .words import role_name

if TYPE_CHECKING:
    from .door import Visit

ASKABLE = 3


def no_right(visit: Visit, scope: str) -> HttpResponse:
    """403: which role it takes, and whom to ask."""
    admins = [one.name for one in staff.people() if ADMIN in one.roles and one.ended_at is None]
    return visit.render(
        "console/no_right.html",
        status=403,
        title=_("You may not do this"),
        needed=[role_name(role) for role in roles_with(scope)],
        has=[role_name(role) for role in visit.person.roles],
        ask=admins[:ASKABLE],
    )


def refused(visit: Visit, refusal: Refused) -> HttpResponse:
    """The refusal as a page of its own, or as a note where script asked."""
    title = _("Not found") if refusal.status == 404 else _("Not possible")
    return visit.render("console/refused.html", status=refusal.status, title=title, refusal=refusal)


def csrf(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form that did not come from our own page, or from one that is too old."""
    return render(request, "console/csrf.html", status=403)
