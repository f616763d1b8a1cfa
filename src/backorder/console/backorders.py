"""The queue: which lines wait, why, and until when."""

from __future__ import annotations

from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from .door import Visit, page


@page("backorders", name="backorders", needs="orders:read")
def backorders(visit: Visit) -> HttpResponseBase:
    """The lines that wait."""
    return visit.render("console/today.html", title=_("Backorders"))
