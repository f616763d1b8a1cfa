"""All lines that fit a filter, up to 100,000: what shall be done is asked, then they are counted, then it is done."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backorder.access import staff
from backorder.catalog import queries as catalog
from backorder.orders import reading
from backorder.supply import queries as supply

from . import backorders, errands, line_actions
from .asking import Ask, Did, Field, Form, Given, form
from .door import Visit, address, page
from .errands import Progress, Wanted
from .errands_doing import NEEDS
from .line_actions import HIGHEST, LONGEST_REASON
from .listing import cell, criteria_of
from .models import Errand, ErrandLine
from .refusals import in_words
from .states import State
from .templatetags.look import count, day, sums
from .words import actor_name

SHOWN = 50


class Told(NamedTuple):
    """What an action is called: as a question, on the button that does it, and what it means for the customers."""

    title: str
    button: str
    icon: str
    means: str
    danger: bool = False


class Row(NamedTuple):
    """A refused line as the page shows it."""

    order: int
    reference: str
    sku: str
    why: str


def actions() -> dict[str, Told]:
    """Everything that can be done to many lines, and what takes it back."""
    quiet = _("Customers are told only if their date changes.")
    return {
        "repromise": Told(_("Decide again"), _("Re-promise"), "cal", quiet),
        "priority": Told(_("Change the priority"), _("Change priority"), "up", quiet),
        "priority_back": Told(_("Take the priority back"), _("Undo"), "undo", quiet),
        "pin": Told(_("Pin to a delivery"), _("Pin"), "pin", quiet),
        "unpin": Told(_("Unpin"), _("Unpin"), "pin", quiet),
        "substitute": Told(_("Send another item instead"), _("Substitute"), "swap", _("Each of them is told.")),
        "cancel": Told(
            _("Cancel units"), _("Cancel units"), "x", _("Each of them is told. This cannot be undone."), danger=True
        ),
    }


# -- the forms of the list, where all that it finds are meant ----------------------------------------------------------


def _hang(hung: Form, action: str) -> None:
    def ask(visit: Visit, given: Given) -> Ask:
        wanted, told = _meant(visit, given, action), actions()[action]
        back = line_actions.back_of(visit)
        says = [
            meant(wanted.filters),
            _(
                "They are found and counted first, at most %(n)s. "
                "Nothing changes before you have seen the sum and said so."
            )
            % {"n": count(errands.MOST_LINES)},
        ]
        hidden = [Field("all", "", "hidden", given.query), Field("back", "", "hidden", back)]
        return Ask(told.title, _("Find and count"), back, says=says, icon="search",
                   fields=[*_fields(visit, wanted, action), *hidden])  # fmt: skip

    def do(visit: Visit, given: Given) -> Did:
        wanted = _meant(visit, given, action)
        values = _values(given, _fields(visit, wanted, action))
        id = errands.begin(replace(wanted, values=values), person=visit.person, now=visit.now)
        return Did(_("The lines are being found."), address("errand", id))

    hung.for_all(ask, do)


def _meant(visit: Visit, given: Given, action: str) -> Wanted:
    query = dict(parse_qsl(given.query.removeprefix("?")))
    criteria = criteria_of(visit, backorders.listing(), query)
    filters = backorders.filters_of(criteria.filters)
    if action in ("pin", "substitute") and not _item(filters):
        raise line_actions.several_items()
    return Wanted(action, {}, filters, criteria.sort, criteria.descending, criteria.query())


def _item(filters: Mapping[str, Any]) -> int | None:
    found = catalog.items_by_sku([str(filters.get("sku", ""))])
    return next((row.id for row in found.values()), None)


def _fields(visit: Visit, wanted: Wanted, action: str) -> list[Field]:
    """What the form asks for, like its sister for some lines."""
    if action == "priority":
        return [Field("priority", _("Priority"), "units", least=-HIGHEST, most=HIGHEST,
                      hint=_("From −100 to 100; usually 0."))]  # fmt: skip
    if action == "cancel":
        return [Field("reason", _("Reason"), most=LONGEST_REASON, required=False, hint=_("The customer may read it."))]
    item = _item(wanted.filters)
    if action == "pin" and item:
        coming = [(str(one.id), f"{one.reference}, {day(one.eta, visit.now.date())}",
                   _("%(free)s free") % {"free": count(one.free)}) for one in supply.supplies_of(item)]  # fmt: skip
        return [Field("supply", _("Delivery"), "choice", options=coming)]
    if action == "substitute" and item:
        offered = line_actions.instead_of(item, "GBP")
        return [Field("sku", _("Instead"), "choice", options=offered),
                Field("consent", _("The customers agreed"), "check", required=False)]  # fmt: skip
    return []


def _values(given: Given, fields: list[Field]) -> dict[str, Any]:
    read: dict[str, Callable[[Field], Any]] = {
        "priority": lambda one: given.number("priority", least=one.least, most=HIGHEST),
        "reason": lambda one: given.text("reason", longest=LONGEST_REASON),
        "supply": lambda one: int(given.choice("supply", [value for value, _label, _hint in one.options])),
        "sku": lambda one: given.choice("sku", [value for value, _label, _hint in one.options]),
        "consent": lambda one: given.check("consent"),
    }
    return {one.name: read[one.name](one) for one in fields}


def meant(filters: Mapping[str, Any]) -> str:
    """Which lines are meant: `All lines with State late and Item LAMP.`"""
    listing = backorders.listing()
    known = [(one, str(filters[one.name])) for one in listing.filters if one.name in filters]
    if not known:
        return _("All lines that wait.")
    said = ", ".join(f"{one.label} {one.says(value)}" for one, value in known)
    return _("All lines that wait with %(filters)s.") % {"filters": said}


for _form, _action in (
    (line_actions.repromise, "repromise"), (line_actions.priority, "priority"), (line_actions.pinning, "pin"),
    (line_actions.substituting, "substitute"), (line_actions.cancelling, "cancel"),
):  # fmt: skip
    _hang(_form, _action)


# -- an errand, while and after it is done -----------------------------------------------------------------------------


@page("backorders/many", name="errands", needs=NEEDS)
def many(visit: Visit) -> HttpResponseBase:
    """What was done to many lines lately, by whom, and what came of it."""
    known = actions()
    found = errands.recent()
    names = staff.names({_actor(one) for one in found})
    rows = [(one, known[one.action], _state(one), _sentence(one), actor_name(_actor(one), names)) for one in found]
    return visit.render("console/errands.html", title=_("Done to many lines"), errands=rows)


@page("backorders/many/<int:errand>", name="errand", needs=NEEDS)
def errand(visit: Visit, errand: int) -> HttpResponseBase:
    """The lines counted, how far it is, which were refused; script asks for the middle alone."""
    one = errands.errand(errand)
    told, far = actions()[one.action], errands.progress(errand)
    is_worked_on = one.state in ("finding", "doing")
    values: dict[str, Any] = {
        "errand": one, "told": told, "state": _state(one), "says": _says(one, far), "far": far,
        "is_worked_on": is_worked_on, "is_open": is_worked_on or one.state == "found",
        "share": round(100 * (far.done + far.refused) / one.lines) if one.state == "doing" and one.lines else 0,
        "refused": _refused(one), "hidden": max(far.refused - SHOWN, 0),
        "may_undo": errands.can_be_undone(one) and far.done and not Errand.objects.filter(undo_of=one).exists(),
        "meant": meant(one.filters) if one.undo_of is None else "", "asked": _asked(one.values),
        "list": address("backorders") + one.query,
        "who": actor_name(_actor(one), staff.names({_actor(one)})),
    }  # fmt: skip
    template = "console/errand_state.html" if visit.is_fragment else "console/errand.html"
    response = visit.render(template, title=told.title, **values)
    response["Vary"] = "HX-Request, Cookie"
    return response


@page("backorders/many/<int:errand>/refused", name="errand-refused", needs=NEEDS)
def refused(visit: Visit, errand: int) -> HttpResponseBase:
    """The refused lines as CSV."""
    one = errands.errand(errand)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["order", "sku", "line", "reason"])
    lines = errands.refused_lines(one.pk, limit=errands.MOST_LINES)
    for line, row in zip(lines, _rows(lines), strict=True):
        writer.writerow([cell(value) for value in (row.reference, row.sku, line.line, row.why)])
    response = HttpResponse("\ufeff" + text.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="refused-{one.pk}.csv"'
    return response


doing = form("backorders/many/<int:errand>/do", name="errand-do", needs=NEEDS)
stopping = form("backorders/many/<int:errand>/stop", name="errand-stop", needs=NEEDS)
undoing = form("backorders/many/<int:errand>/undo", name="errand-undo", needs=NEEDS)


@doing.asks
def ask_do(visit: Visit, given: Given, errand: int) -> Ask:
    """Do it to all that were found?"""
    one = errands.errand(errand)
    told = actions()[one.action]
    apart = _("What is refused is left out and does not touch the others.")
    says = [_found(one), told.means, *_asked(one.values), apart]
    return Ask(_("%(action)s?") % {"action": told.title}, _button(one, told), address("errand", errand), says=says,
               icon=told.icon, danger=told.danger)  # fmt: skip


@doing.does
def do_do(visit: Visit, given: Given, errand: int) -> Did:
    """The worker does it."""
    errands.do(errand)
    return Did(_("It is being done."), address("errand", errand))


@stopping.asks
def ask_stop(visit: Visit, given: Given, errand: int) -> Ask:
    """Stop it in the middle?"""
    errands.errand(errand)
    says = [_("What was done stays done, the other lines are left as they are.")]
    return Ask(_("Stop it?"), _("Stop"), address("errand", errand), says=says, icon="x", danger=True)


@stopping.does
def do_stop(visit: Visit, given: Given, errand: int) -> Did:
    """Stop it."""
    errands.stop(errand)
    return Did(_("It is stopped."), address("errand", errand))


@undoing.asks
def ask_undo(visit: Visit, given: Given, errand: int) -> Ask:
    """Take it back?"""
    one = errands.errand(errand)
    done = errands.progress(one.pk).done
    says = ngettext("%(n)s line is set back to what it was.", "%(n)s lines are set back to what they were.", done)
    kept = _("Where somebody changed it meanwhile, that stays.")
    return Ask(_("Take it back?"), _("Undo"), address("errand", errand), says=[says % {"n": count(done)}, kept],
               icon="undo")  # fmt: skip


@undoing.does
def do_undo(visit: Visit, given: Given, errand: int) -> Did:
    """The worker takes it back."""
    made = errands.undo(errand, person=visit.person, now=visit.now)
    return Did(_("It is being taken back."), address("errand", made))


# -- in words ----------------------------------------------------------------------------------------------------------


def _actor(one: Errand) -> str:
    return f"staff:{one.person_id}"


def _state(one: Errand) -> State:
    return {
        "finding": State("", "wait", _("Being counted")), "found": State("risk", "ask", _("Counted")),
        "doing": State("", "wait", _("Being done")), "done": State("kept", "kept", _("Done")),
        "stopped": State("late", "late", _("Stopped")),
    }[one.state]  # fmt: skip


def _says(one: Errand, far: Progress) -> str:
    if one.state == "finding":
        return ngettext("%(n)s line so far", "%(n)s lines so far", one.lines) % {"n": count(one.lines)}
    if one.state == "found":
        return _found(one)
    values = {"n": count(one.lines), "done": count(far.done), "refused": count(far.refused)}
    if one.state == "doing":
        return _("%(done)s of %(n)s lines so far, %(refused)s refused.") % values
    if one.trouble == "no_right":
        return _("Whoever asked for it may not do it any more. %(done)s of %(n)s lines were done.") % values
    said = _("%(done)s of %(n)s lines were done, %(refused)s refused.") % values
    if one.action == "repromise":
        changed = ngettext("%(n)s promise changed.", "%(n)s promises changed.", one.changed)
        return f"{said} {changed % {'n': count(one.changed)}}"
    return said


def _sentence(one: Errand) -> str:
    """What a row of the list says: without counting what is under way."""
    lines = ngettext("%(n)s line", "%(n)s lines", one.lines) % {"n": count(one.lines)}
    return f"{lines} · {sums(one.sums['worth'])}" if one.sums else lines


def _found(one: Errand) -> str:
    """`12,000 lines of 9,000 orders and 8,000 customers, £9,000.`"""
    if not one.lines:
        return _("No line fits.")
    orders, customers = one.sums["orders"], one.sums["customers"]
    values = {
        "lines": ngettext("%(n)s line", "%(n)s lines", one.lines) % {"n": count(one.lines)},
        "orders": ngettext("%(n)s order", "%(n)s orders", orders) % {"n": count(orders)},
        "customers": ngettext("%(n)s customer", "%(n)s customers", customers) % {"n": count(customers)},
        "worth": sums(one.sums["worth"]),
    }
    said = _("%(lines)s of %(orders)s by %(customers)s, %(worth)s.") % values
    if one.sums["more"]:
        return f"{said} {_('More fit: these are the first in the order of the list.')}"
    return said


def _button(one: Errand, told: Told) -> str:
    lines = ngettext("%(n)s line", "%(n)s lines", one.lines) % {"n": count(one.lines)}
    return _("%(action)s: %(lines)s") % {"action": told.button, "lines": lines}


def _asked(values: Mapping[str, Any]) -> list[str]:
    """What was typed, in words."""
    said = []
    if "priority" in values:
        said.append(_("Priority %(n)s.") % {"n": values["priority"]})
    if "supply" in values:
        said.append(_("Delivery %(name)s.") % {"name": supply.supply(values["supply"]).reference})
    if "sku" in values:
        said.append(_("Instead: %(sku)s.") % {"sku": values["sku"]})
    if values.get("reason"):
        said.append(_("Reason: %(text)s") % {"text": values["reason"]})
    return said


def _refused(one: Errand) -> list[Row]:
    return _rows(errands.refused_lines(one.pk, limit=SHOWN))


def _rows(lines: list[ErrandLine]) -> list[Row]:
    named = catalog.items({one.item for one in lines})
    references = reading.references({one.order for one in lines})
    return [Row(one.order, references[one.order], named[one.item].sku, _why(one.refusal or {})) for one in lines]


def _why(refusal: Mapping[str, Any]) -> str:
    own = {
        "line_waits_no_more": _("It waits no more."), "line_has_changed": _("Its priority was changed meanwhile."),
        "failed": _("It failed; an administrator finds why in the log."),
    }  # fmt: skip
    name, says = refusal["name"], refusal["says"]
    return own.get(name) or in_words(name, {**refusal["values"], "says": says}) or str(says)
