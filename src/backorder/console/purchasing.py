"""Purchase orders: the page of one, a new one, cancelling what will not come, and what is proposed to buy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backorder.access import staff
from backorder.catalog import queries as catalog
from backorder.journal import feed
from backorder.journal.refusals import Refused, unknown
from backorder.orders.showing import inbound as data
from backorder.orders.supplying.buy import buy
from backorder.orders.supplying.inbound import cancel_purchase_order, cancel_supply, send_purchase_order
from backorder.planning import proposals
from backorder.planning.proposals import Proposal
from backorder.supply import queries as supply
from backorder.supply.purchase import NewPurchaseLine, NewPurchaseOrder
from backorder.supply.queries import PurchaseOrderDetail

from . import effects
from .asking import Ask, Did, Field, Given, form, invalid
from .door import Visit, address, page
from .inbound import keeps, result, row
from .item_history import event_of
from .refusals import said
from .templatetags.look import count, day, money
from .words import actor_name

SHOWN_LINES = 60
SHOWN_EVENTS = 10
MOST_TYPED_LINES = 200
FACTS = ("supply.announced", "supply.eta_moved", "supply.received", "supply.reduced", "supply.split")

SHOWN_ITEMS = 200
"""So many items of a supplier are listed, the most urgent first; all of them are ordered."""


@page("inbound/suppliers", name="suppliers", needs="supply:read")
def suppliers(visit: Visit) -> HttpResponseBase:
    """All suppliers with how they kept their dates."""
    known = {one.code: one for one in supply.suppliers()}
    rows = [(one, keeps(one), known[one.code]) for one in data.keeping() if one.code in known]
    return visit.render("console/suppliers.html", title=_("Suppliers"), rows=rows, last=data.LAST_DELIVERIES)


buying = form("inbound/buy/<str:supplier>", name="buy-from", needs="supply:write")


@page("inbound/buy", name="buy", needs="supply:read")
def proposed(visit: Visit) -> HttpResponseBase:
    """What to buy so that nothing that is owed stays without supply."""
    names = {one.code: one.name for one in supply.suppliers()}
    found, without = proposals.everything_to_buy(now=visit.now)
    return visit.render(
        "console/buy.html", title=_("Purchase proposals"), today=visit.now.date(), may_buy=visit.may("supply:write"),
        proposals=[
            (one, names.get(one.supplier, one.supplier), cost(one), max(len(one.lines) - SHOWN_ITEMS, 0))
            for one in found
        ],
        most=f":{SHOWN_ITEMS}",
        without=without[:SHOWN_ITEMS], more_without=max(len(without) - SHOWN_ITEMS, 0),
    )  # fmt: skip


@buying.asks
def ask_buy(visit: Visit, given: Given, supplier: str) -> Ask:
    """What is ordered, for how much, and when it comes."""
    found = proposals.purchase_proposals(supplier=supplier, now=visit.now)
    if not found:
        raise Refused("nothing_to_order", _("Nothing is proposed from this supplier any more."), status=409)
    lines = found[0].lines
    says = [
        _("%(units)s of %(sku)s for %(location)s, expected %(day)s")
        % {"units": count(one.order_units), "sku": one.sku, "location": one.location, "day": day(one.expected_on)}
        for one in lines[:8]
    ]
    if len(lines) > len(says):
        says.append(_("and %(n)s more") % {"n": len(lines) - len(says)})
    waiting = sum(one.waiting for one in lines)
    covers = ngettext("It covers %(n)s line that waits.", "It covers %(n)s lines that wait.", waiting)
    says.append(covers % {"n": waiting})
    return Ask(
        _("Order from %(supplier)s") % {"supplier": supplier}, _("Order, %(cost)s") % {"cost": cost(found[0])},
        address("buy"), says=says, icon="bolt",
    )  # fmt: skip


@buying.does
def do_buy(visit: Visit, given: Given, supplier: str) -> Did:
    """Write the order and send it; its units are supply from now on."""
    sent = proposals.order_proposal(supplier, actor=visit.actor)
    says = _("%(what)s is sent; who waits gets its day now.") % {"what": sent.reference}
    return Did(says, address("purchase", sent.reference), undo=address("purchase-cancel", sent.reference))


new = form("inbound/new", name="purchase-new", needs="supply:write")


@new.asks
def ask_new(visit: Visit, given: Given) -> Ask:
    """From whom, what and where to; then whom it helps."""
    title = _("New purchase order")
    back = address("inbound")
    fields = new_fields(visit)
    if visit.request.method != "POST":
        return Ask(title, _("See whom it helps"), back, fields=fields, icon="runs", looks=True)
    try:
        order = read_new(visit, given)
        items = [catalog.current().item(line.sku).id for line in order.lines]
    except Refused as refused:
        shown = [with_error(one, refused) for one in fields]
        says = [] if any(one.error for one in shown) else [said(refused)]
        return Ask(title, _("See whom it helps"), back, says=says, fields=shown, icon="runs", looks=True)
    _done, seen, refusal = effects.look_ahead(lambda: buy(order, actor=visit.actor), items=items, actor=visit.actor)
    if refusal:
        return Ask(title, _("See whom it helps"), back, says=[refusal], fields=fields, icon="runs", looks=True)
    units = sum(line.units for line in order.lines)
    says = [
        _("%(reference)s to %(supplier)s: %(units)s units.")
        % {"reference": order.reference, "supplier": order.supplier, "units": count(units)}
    ]
    hidden = [Field(name, "", "hidden", given.values.get(name, "")) for name in (one.name for one in fields)]
    return Ask(
        title, _("Send it"), back, says=says, fields=hidden, part="console/effect.html",
        values={"seen": seen, "today": visit.now.date()},
    )  # fmt: skip


@new.does
def do_new(visit: Visit, given: Given) -> Did:
    """Send it."""
    sent = buy(read_new(visit, given), actor=visit.actor)
    says = _("%(what)s is sent; who waits gets its day now.") % {"what": sent.reference}
    return Did(says, address("purchase", sent.reference), undo=address("purchase-cancel", sent.reference))


def new_fields(visit: Visit) -> list[Field]:
    """The fields of a new purchase order."""
    sellers = [(one.code, one.name, "") for one in supply.suppliers() if one.active]
    places = [(one.code, one.name, "") for one in catalog.current().locations().values() if one.active]
    return [
        Field("supplier", _("Supplier"), "choice", options=sellers),
        Field("reference", _("Number of the order"), most=64),
        Field("location", _("To"), "choice", places[0][0] if places else "", options=places),
        Field("lines", _("Items"), "long", hint=_("One a line: SKU and units, and a day if it is not the usual one."
                                                   " HRT-104 240 2026-12-09")),
    ]  # fmt: skip


def read_new(visit: Visit, given: Given) -> NewPurchaseOrder:
    """The order as it was typed."""
    location = given.choice("location", [one.code for one in catalog.current().locations().values()])
    supplier = given.choice("supplier", [one.code for one in supply.suppliers()])
    typed = [line.split() for line in given.text("lines", required=True).splitlines() if line.strip()]
    if len(typed) > MOST_TYPED_LINES:
        raise invalid("lines", _("At most %(n)s lines.") % {"n": MOST_TYPED_LINES})
    lines = tuple(_line(number, words, location) for number, words in enumerate(typed, start=1))
    return NewPurchaseOrder(
        supplier=supplier, reference=given.text("reference", longest=64, required=True), lines=lines
    )


def _line(number: int, words: Sequence[str], location: str) -> NewPurchaseLine:
    wrong = invalid("lines", _("Line %(n)s: write a SKU, units, and perhaps a day.") % {"n": number})
    eta: date | None = None
    if len(words) > 2 and "-" in words[-1]:
        try:
            eta = date.fromisoformat(words[-1])
        except ValueError:
            raise wrong from None
        words = words[:-1]
    if len(words) < 2 or not words[-1].isdecimal() or len(words[-1]) > 9 or int(words[-1]) < 1:
        raise wrong
    sku = " ".join(words[:-1])
    if sku not in catalog.items_by_sku([sku]):
        raise invalid("lines", _("Line %(n)s: there is no item %(sku)s.") % {"n": number, "sku": sku[:64]})
    return NewPurchaseLine(sku=sku, location=location, units=int(words[-1]), eta=eta)


def with_error(field: Field, refused: Refused) -> Field:
    """The field with what is wrong about it."""
    return replace(field, error=said(refused)) if refused.values.get("field") == field.name else field


cancel = form("inbound/<path:reference>/cancel", name="purchase-cancel", needs="supply:write")


@cancel.asks
def ask_cancel(visit: Visit, given: Given, reference: str) -> Ask:
    """What will not come, and who then stands on nothing."""
    due = data.due(reference=reference)
    if not due and not is_draft(reference):
        raise unknown("delivery", reference)
    back = address("purchase", reference)
    title = _("Cancel the rest of %(what)s?") % {"what": reference}
    units = sum(one.to_come for one in due)
    says = [_("%(n)s units that are still due will not come. The supplier is not told by this.") % {"n": count(units)}]
    _done, seen, refusal = effects.look_ahead(
        lambda: cancel_all(reference, "", visit.actor), items=[one.item for one in due], actor=visit.actor
    )
    return Ask(
        title, _("Cancel %(n)s units") % {"n": count(units)}, back, says=[*says, *([refusal] if refusal else [])],
        fields=[Field("reason", _("Reason"), required=False, most=200)], danger=True, icon="cut",
        part="console/effect.html", values={"seen": seen, "today": visit.now.date()},
    )  # fmt: skip


@cancel.does
def do_cancel(visit: Visit, given: Given, reference: str) -> Did:
    """Take it back; who waited for it is decided again."""
    cancel_all(reference, given.text("reason", longest=200), visit.actor)
    return Did(_("The rest of %(what)s is cancelled.") % {"what": reference}, address("purchase", reference))


def cancel_all(reference: str, reason: str, actor: str) -> None:
    """Cancel what is still to come under a reference, of a purchase order or not."""
    if supply_order(reference) is not None:
        cancel_purchase_order(reference, reason=reason, actor=actor)
        return
    for one in data.due(reference=reference):
        cancel_supply(one.supply, reason=reason, actor=actor)


def supply_order(reference: str) -> PurchaseOrderDetail | None:
    """The purchase order of a reference, if it is one."""
    try:
        return supply.purchase_order(reference)
    except Refused:
        return None


def is_draft(reference: str) -> bool:
    """Is this a purchase order that was not sent?"""
    order = supply_order(reference)
    return order is not None and order.order.state == "draft"


send = form("inbound/<path:reference>/send", name="purchase-send", needs="supply:write")


@send.asks
def ask_send(visit: Visit, given: Given, reference: str) -> Ask:
    """Whom sending it helps."""
    detail = supply.purchase_order(reference)
    _done, seen, refusal = effects.look_ahead(
        lambda: send_purchase_order(reference, actor=visit.actor), items=[line.item for line in detail.lines],
        actor=visit.actor,
    )  # fmt: skip
    return Ask(
        _("Send %(what)s to %(supplier)s") % {"what": reference, "supplier": detail.order.supplier}, _("Send it"),
        address("purchase", reference), says=[refusal] if refusal else [], part="console/effect.html",
        values={"seen": seen, "today": visit.now.date()},
    )  # fmt: skip


@send.does
def do_send(visit: Visit, given: Given, reference: str) -> Did:
    """From now on it is supply."""
    send_purchase_order(reference, actor=visit.actor)
    says = _("%(what)s is sent; who waits gets its day now.") % {"what": reference}
    return Did(says, address("purchase", reference))


@page("inbound/<path:reference>", name="purchase", needs="supply:read")
def purchase(visit: Visit, reference: str) -> HttpResponseBase:
    """One purchase order (or transfer, or production): what is still to come, who waits for it, what happened."""
    lines = data.due(reference=reference, all_of_it=True)
    order = supply_order(reference)
    if not lines and order is None:
        raise unknown("purchase_order", reference)
    deliveries = [row(one) for one in data.deliveries(visit.now, reference=reference, limit=SHOWN_LINES)]
    supplies = [one.supply for one in lines]
    received = data.lately(supplies=supplies, limit=SHOWN_EVENTS) if supplies else []
    entries = feed.of_subjects([f"supply/{id}" for id in supplies[:SHOWN_LINES]], facts=FACTS, limit=SHOWN_EVENTS)
    names = staff.names({*(one.actor for one in entries), *(one.actor for one in received)})
    known = {one.supply: one.sku for one in lines}
    return visit.render(
        "console/purchase.html", title=reference, reference=reference, today=visit.now.date(), lines=lines,
        order=order, draft=order if order is not None and order.order.state == "draft" else None,
        deliveries=deliveries, waits=data.who_waits_for(supplies, limit=SHOWN_LINES),
        received=[(one, actor_name(one.actor, names), result(one)) for one in received],
        history=[(event_of(one, known), actor_name(one.actor, names)) for one in entries],
        to_come=sum(one.to_come for one in lines), may_move=visit.may("supply:write"),
        may_receive=visit.may("supply:receive"),
    )  # fmt: skip


def cost(proposal: Proposal) -> str:
    """What a proposal costs, as far as prices are known."""
    known = [one for one in proposal.lines if one.price_minor is not None]
    if not known:
        return _("price unknown")
    return money(sum((one.price_minor or 0) * one.order_units for one in known), known[0].currency)
