"""One's own pages: how one likes them, and the way to passwords, second steps and sessions."""

from __future__ import annotations

from zoneinfo import available_timezones

from django.http import HttpResponse
from django.utils.translation import gettext as _

from backorder.access import staff

from .asking import Ask, Did, Field, Given, form
from .door import Visit, address, page

preferences = form("me/preferences", name="preferences", needs="orders:read")


@page("me", name="me", needs=None)
def me(visit: Visit) -> HttpResponse:
    """Who one is here, and what one may do."""
    return visit.render("console/me.html", title=_("You"), scopes=sorted(visit.person.scopes))


@page("live", name="live", needs=None)
def live(visit: Visit) -> HttpResponse:
    """When something was last decided; the page asks again and again."""
    from .pulse import last_decided_at

    return visit.render("console/live.html", at=last_decided_at())


@preferences.asks
def ask(visit: Visit, given: Given) -> Ask:
    """Language, zone, theme, density."""
    person = visit.person
    return Ask(
        title=_("How you like your pages"),
        button=_("Save"),
        back=address("me"),
        fields=[
            Field("language", _("Language"), "choice", person.language, required=False, options=_languages()),
            Field("theme", _("Light or dark"), "choice", person.theme, required=False, options=_themes()),
            Field("density", _("Rows"), "choice", person.density, required=False, options=_densities()),
            Field("zone", _("Time zone"), "choice", person.zone, options=_zones()),
        ],
    )


@preferences.does
def save(visit: Visit, given: Given) -> Did:
    """Keep them."""
    staff.prefer(
        visit.person.id,
        language=given.text("language"),
        zone=given.text("zone", longest=80),
        theme=given.text("theme"),
        density=given.text("density"),
    )
    return Did(_("Saved."), address("me"))


def _languages() -> list[tuple[str, str, str]]:
    return [("", _("As the browser says"), ""), ("en", "English", ""), ("de", "Deutsch", "")]


def _themes() -> list[tuple[str, str, str]]:
    return [("", _("As the system says"), ""), ("light", _("Light"), ""), ("dark", _("Dark"), "")]


def _densities() -> list[tuple[str, str, str]]:
    return [("", _("Dense"), ""), ("roomy", _("Roomy"), "")]


def _zones() -> list[tuple[str, str, str]]:
    return [(zone, zone, "") for zone in sorted(available_timezones())]
