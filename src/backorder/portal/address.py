"""Change where the order goes, while nothing of it has been handed to the warehouse."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext as _

from backorder.journal.refusals import Refused
from backorder.notices.saying import language_of
from backorder.orders.changing.edit import Edit, edit

from . import standing
from .choose import ACTOR
from .door import Visit, by_link
from .my_order import frame, show
from .standing import Order, address_may_change

LONGEST = 200
# The lines of an address in the order they are written, with what browsers call them.
USUAL = {
    "name": "name", "company": "organization", "line1": "address-line1", "line2": "address-line2",
    "city": "address-level2", "region": "address-level1", "postcode": "postal-code", "phone": "tel",
}  # fmt: skip
ALWAYS = ("name", "line1", "city", "postcode")


@dataclass(frozen=True, slots=True)
class Field:
    """One line of the form; `wrong` says what is the matter with it."""

    name: str
    label: str
    autocomplete: str
    value: str
    needed: bool
    wrong: str = ""


@by_link
def address(visit: Visit) -> HttpResponse:
    """GET: the form. POST: save it, or show it again with what is wrong."""
    order = standing.load(visit.order, language=visit.language)
    with translation.override(language_of(order.locale)):
        if not address_may_change(order):
            refused = Refused("too_late_to_change", "Part of the order is with the warehouse.", status=409)
            return show(visit, order, refused=refused)
        if visit.request.method == "POST":
            return _save(visit, order)
        return _form(visit, order, _fields(order, order.view.ship_to))


def _save(visit: Visit, order: Order) -> HttpResponse:
    post = visit.request.POST
    given = {name: " ".join(post.get(name, "").split()) for name in _names(order)}
    fields = _fields(order, given, check=True)
    if any(field.wrong for field in fields):
        return _form(visit, order, fields, status=422)
    try:
        changed = {**order.view.ship_to, **given}
        edit(visit.order, Edit(order={"ship_to": changed}), version=_version(post.get("version", "")), actor=ACTOR)
    except Refused as refused:
        return show(visit, standing.load(visit.order, language=visit.language), refused=refused)
    return visit.go(done="address")


def _form(visit: Visit, order: Order, fields: list[Field], *, status: int = 200) -> HttpResponse:
    return render(visit.request, "portal/address.html", {**frame(visit, order), "fields": fields}, status=status)


def _names(order: Order) -> list[str]:
    """The lines the order has, and those every address needs; others of the shop's own are left as they are."""
    return [name for name in USUAL if name in ALWAYS or name in order.view.ship_to or name == "line2"]


def _fields(order: Order, values: dict[str, str], *, check: bool = False) -> list[Field]:
    return [
        Field(
            name, _labels()[name], USUAL[name], values.get(name, ""), name in ALWAYS,
            _wrong(name, values.get(name, "")) if check else "",
        )
        for name in _names(order)
    ]  # fmt: skip


def _wrong(name: str, value: str) -> str:
    if name in ALWAYS and not value:
        return _("Please fill this in.")
    if len(value) > LONGEST:
        return _("At most %(n)s characters.") % {"n": LONGEST}
    return "" if value.isprintable() else _("Please use letters and digits only.")


def _labels() -> dict[str, str]:
    return {
        "name": _("Name"),
        "company": _("Company"),
        "line1": _("Street and number"),
        "line2": _("Flat, floor, addition"),
        "city": _("Town or city"),
        "region": _("County or state"),
        "postcode": _("Postcode"),
        "phone": _("Telephone for the carrier"),
    }


def _version(said: str) -> int:
    return int(said) if said.isascii() and said.isdigit() and len(said) < 10 else -1
