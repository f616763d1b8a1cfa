"""Goods arrive: counted by keyboard or scanner, what that does shown before it is taken in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import uuid4

from django.http import HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backorder.catalog import queries as catalog
from backorder.journal.refusals import Refused
from backorder.orders.showing import inbound as data
from backorder.orders.showing.inbound import Due
from backorder.orders.supplying.receive import Arrived, Received, receive_all

from . import effects
from .asking import Ask, Did, Field, Given, form, invalid
from .door import Visit, address, page
from .inbound import row
from .refusals import said
from .templatetags.look import count

MOST_LINES = 500


@dataclass(frozen=True, slots=True)
class Counting:
    """A line of the sheet: what is due, what was counted so far (text as typed), and whether the rest is lost."""

    due: Due
    units: str
    closes: bool
    scanned: bool = False


@page("inbound/receive", name="receive", needs="supply:receive")
def receive(visit: Visit) -> HttpResponseBase:
    """What is there to receive: found by a delivery's reference or an item's SKU, typed or scanned."""
    words = visit.request.GET.get("q", "").strip().replace("\x00", "")[:64]
    found = data.due(reference=words) if words else []
    if found:
        return HttpResponseRedirect(address("inbound-receive", words))
    item = catalog.items_by_sku([words]).get(words) if words else None
    deliveries = data.deliveries(visit.now, item=item.id if item else None, limit=12) if item or not words else []
    if item and len({one.reference for one in deliveries}) == 1:
        return HttpResponseRedirect(address("inbound-receive", deliveries[0].reference))
    return visit.render(
        "console/receive.html", title=_("Receive"), words=words, item=item, today=visit.now.date(),
        rows=[row(one) for one in deliveries],
    )  # fmt: skip


take_in = form("inbound/<path:reference>/receive", name="inbound-receive", needs="supply:receive")


@take_in.asks
def ask(visit: Visit, given: Given, reference: str) -> Ask:
    """The sheet to count on; then what taking that in would do."""
    sheet = counting(given, _due(reference))
    title = _("Receive %(what)s") % {"what": reference}
    back = address("purchase", reference)
    again = Ask(
        title, _("See what it does"), back, icon="runs", looks=True, part="console/receive_sheet.html",
        values={"sheet": sheet, "today": visit.now.date(), "scan": given.text("scan", longest=64),
                "found": any(one.scanned for one in sheet)},
    )  # fmt: skip
    is_first = visit.request.method != "POST" or bool(given.text("scan", longest=64)) or given.check("again")
    if is_first:
        return again
    try:
        arrived = arrivals(sheet)
    except Refused as refused:
        return replace(again, says=[said(refused)])
    items = sorted({one.due.item for one in sheet})
    done, seen, refusal = effects.look_ahead(
        lambda: receive_all(arrived, key=f"look/{visit.person.id}", actor=visit.actor), items=items, actor=visit.actor
    )
    if refusal:
        return replace(again, says=[refusal])
    fields = [Field(name, "", "hidden", given.text(name)) for name in given.values if name.startswith(("u-", "c-"))]
    units = sum(one.units for one in arrived)
    button = ngettext("Take in %(n)s unit", "Take in %(n)s units", units) % {"n": count(units)}
    return Ask(
        title, button, back, says=list(_says(sheet, arrived, done or [])), fields=fields, icon="get",
        part="console/effect.html", values={"seen": seen, "today": visit.now.date()},
    )  # fmt: skip


@take_in.does
def do(visit: Visit, given: Given, reference: str) -> Did:
    """Take it in; who waited has it in the same breath."""
    arrived = arrivals(counting(given, _due(reference)))
    key = f"console/{given.text('token', longest=64) or uuid4().hex}"
    done = receive_all(arrived, key=key, actor=visit.actor)
    units, allocated = sum(one.units for one in done), sum(one.allocated for one in done)
    says = _("%(units)s units taken in: %(allocated)s for those who waited, %(free)s free.") % {
        "units": count(units), "allocated": count(allocated), "free": count(units - allocated),
    }  # fmt: skip
    return Did(says, address("purchase", reference))


def counting(given: Given, due: Sequence[Due]) -> list[Counting]:
    """The sheet as it was typed; a scanned SKU adds one to its first line that still lacks units."""
    scan = given.text("scan", longest=64).casefold()
    sheet = []
    for one in due:
        typed = given.text(f"u-{one.supply}", longest=12)
        is_it = bool(scan) and scan in (one.sku.casefold(), one.supplier_sku.casefold())
        if is_it:
            scan = ""
            typed = str(_number(typed) + 1)
        sheet.append(Counting(one, typed, given.check(f"c-{one.supply}"), is_it))
    return sheet


def arrivals(sheet: Sequence[Counting]) -> list[Arrived]:
    """What was counted; refused when nothing was, or what was typed is no number."""
    found = []
    for one in sheet:
        if one.units and (not one.units.isdecimal() or int(one.units) > data.MOST_UNITS):
            raise invalid("scan", _("%(sku)s: choose a whole number of units.") % {"sku": one.due.sku})
        if one.units or one.closes:
            found.append(Arrived(one.due.supply, _number(one.units), True if one.closes else None))
    if not found:
        raise invalid("scan", _("Count at least one unit, or say that a line's rest will not come."))
    return found


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) <= 10 else 0


def _due(reference: str) -> list[Due]:
    found = data.due(reference=reference, limit=MOST_LINES)
    if not found:
        raise Refused(
            "nothing_is_due", _("Nothing more of %(what)s is to come.") % {"what": reference}, status=404,
            field="reference", value=reference,
        )  # fmt: skip
    return found


def _says(sheet: Sequence[Counting], arrived: Sequence[Arrived], done: Sequence[Received]) -> list[str]:
    units, due = sum(one.units for one in arrived), sum(one.due.to_come for one in sheet)
    allocated = sum(one.allocated for one in done)
    says = [_("%(units)s of %(due)s units that are due.") % {"units": count(units), "due": count(due)}]
    says.append(
        _("%(allocated)s go to those who wait for them, %(free)s are free.")
        % {"allocated": count(allocated), "free": count(units - allocated)}
    )
    if over := sum(one.over for one in done):
        says.append(_("%(n)s more than was ordered; they are taken in and told.") % {"n": count(over)})
    if lost := sum(one.unsupplied for one in done):
        says.append(_("%(n)s units that were promised will not come; their lines look for other supply.") % {"n": lost})
    still = sum(one.still_due for one in done)
    if still:
        says.append(_("%(n)s units stay due.") % {"n": count(still)})
    return says
