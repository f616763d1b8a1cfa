"""Today: what needs a person, by deadline and value; how we stand."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils.translation import gettext as _

from .door import Visit, page


@page("", name="today", needs="orders:read")
def today(visit: Visit) -> HttpResponse:
    """The first page of the day."""
    return visit.render("console/today.html", title=_("Today"))
