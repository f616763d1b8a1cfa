"""The people who work here: who may come in, what each may do, links to choose a password, and the end of it."""

from __future__ import annotations

from collections.abc import Mapping

from django.conf import settings
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from backorder.access import staff, welcome
from backorder.access.roles import ROLES
from backorder.access.staff import Person
from backorder.journal.refusals import Refused

from .asking import Ask, Did, Field, Given, form
from .door import Visit, address, page
from .refusals import said
from .settings import show
from .words import role_name

LINK = "{site}/console/welcome/{token}"


@page("settings/people", name="settings-people", needs="admin", methods=("GET", "POST"))
def people(visit: Visit) -> HttpResponseBase:
    """Everybody who may come in or could once. The link behind which a password is chosen is shown once, here."""
    link, whose, refused = "", None, ""
    given = visit.request.POST
    if visit.request.method == "POST":
        try:
            whose = _welcomed(visit)
            link = LINK.format(site=settings.BACKORDER_PUBLIC_URL.rstrip("/"), token=welcome.link(whose.id))
        except Refused as no:
            refused = said(no)
    return show(
        visit, "settings_people.html", _("People"), people=[(one, names_of(one)) for one in staff.people()],
        roles=[(role, role_name(role), what) for role, what in duties().items()], link=link, whose=whose,
        refused=refused, typed=given if refused else {}, picked=given.getlist("roles") if refused else [],
    )  # fmt: skip


def _welcomed(visit: Visit) -> Person:
    """Somebody new, or somebody known who gets another link."""
    given = visit.request.POST
    if again := given.get("again", ""):
        found = staff.find(int(again)) if again.isdecimal() and len(again) < 10 else None
        if found is None:
            raise Refused("unknown_staff", _("This person may not come in."), status=404, field="again")
        return found
    return staff.invite(
        given.get("email", ""), name=given.get("name", ""), roles=given.getlist("roles"), actor=visit.actor
    )  # fmt: skip


roles_form = form("settings/people/<int:person>/roles", name="settings-person-roles", needs="admin")


@roles_form.asks
def ask_roles(visit: Visit, given: Given, person: int) -> Ask:
    """What somebody may do."""
    one = _person(person)
    shown = [
        Field(role, role_name(role), "check", "1" if role in one.roles else "", hint=what, required=False)
        for role, what in duties().items()
    ]
    says = [_("It counts from the next page on.")]
    return Ask(_("What %(name)s may do") % {"name": one.name}, _("Save"), _here(), says=says, fields=shown)


@roles_form.does
def do_roles(visit: Visit, given: Given, person: int) -> Did:
    """Save it; the undo puts back what was there."""
    before = _person(person)
    after = staff.set_roles(person, roles=[role for role in ROLES if given.check(role)], actor=visit.actor)
    says = _("%(name)s is now: %(roles)s.") % {"name": after.name, "roles": names_of(after)}
    return Did(says, _here(), undo=address("settings-person-roles", person), fields=dict.fromkeys(before.roles, "1"))


end_form = form("settings/people/<int:person>/end", name="settings-person-end", needs="admin")


@end_form.asks
def ask_end(visit: Visit, given: Given, person: int) -> Ask:
    """Let somebody in no more."""
    one = _person(person)
    says = [
        _("They are signed out everywhere and cannot sign in again."),
        _("What they did stays in the journal under their name."),
    ]
    return Ask(_("Let %(name)s in no more?") % {"name": one.name}, _("End it"), _here(), says=says, danger=True)


@end_form.does
def do_end(visit: Visit, given: Given, person: int) -> Did:
    """They are out."""
    one = _person(person)
    staff.end(person, actor=visit.actor)
    return Did(_("%(name)s may not come in any more.") % {"name": one.name}, _here())


def duties() -> Mapping[str, str]:
    """What each role is for, the least first."""
    return {
        "viewer": _("Sees everything, changes nothing."),
        "support": _("Answers customers, changes their orders, keeps the delay cases."),
        "planner": _("Decides who gets what, changes policies, promises and purchase orders."),
        "buyer": _("Orders from suppliers, and moves what they announce."),
        "warehouse": _("Receives, counts, releases, packs and ships."),
        "admin": _("All of it, and people, keys and webhooks."),
    }


def names_of(one: Person) -> str:
    """The roles of somebody, in words."""
    return ", ".join(role_name(role) for role in one.roles)


def _person(id: int) -> Person:
    found = staff.find(id)
    if found is None:
        raise Refused("unknown_staff", _("This person may not come in."), status=404, field="person", value=id)
    return found


def _here() -> str:
    return address("settings-people")
