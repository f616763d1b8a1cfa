"""A delivery moves to another day: whom it hits is shown before it is saved, and the undo moves it back."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

from backorder.journal.refusals import Refused, unknown
from backorder.orders.showing import inbound as data
from backorder.orders.showing.inbound import Delivery
from backorder.orders.supplying.inbound import move_etas
from backorder.supply import queries as supply

from . import effects
from .asking import Ask, Did, Field, Given, form
from .door import Visit, address
from .refusals import said
from .templatetags.look import count, day, weekday

MOST_DELIVERIES = 200

move = form("inbound/<path:reference>/move", name="inbound-move", needs="supply:write")


@move.asks
def ask(visit: Visit, given: Given, reference: str) -> Ask:
    """The new day and why; then whom it hits."""
    delivery = chosen(visit, given, reference)
    back = address("purchase", reference)
    title = _("Move %(what)s") % {"what": reference}
    which = Field("supply", "", "hidden", str(delivery.supplies[0]))
    now = _("Now %(day)s") % {"day": weekday(delivery.eta)}
    if delivery.slipped_days:
        now += ", " + _("first said %(day)s") % {"day": day(delivery.first_eta)}
    says = [_("%(units)s units of %(what)s.") % {"units": count(delivery.units), "what": brings(delivery)}]
    fields = [
        which,
        Field("eta", _("New ETA"), "day", delivery.eta.isoformat(), hint=now),
        Field("reason", _("Reason customers may read"), required=False, most=200),
    ]
    if not given.text("eta", longest=10) or visit.request.method != "POST":
        return Ask(title, _("See whom it hits"), back, says=says, fields=fields, icon="runs", looks=True)
    try:
        eta = given.day("eta")
    except Refused as refused:
        return Ask(title, _("See whom it hits"), back, says=[said(refused)], fields=fields, looks=True)
    _done, seen, refusal = effects.look_ahead(
        lambda: move_etas(delivery.supplies, eta=eta, actor=visit.actor),
        items=items_of(delivery.supplies),
        actor=visit.actor,
    )
    if refusal:
        return Ask(title, _("See whom it hits"), back, says=[*says, refusal], fields=fields, icon="runs", looks=True)
    title = _("%(what)s from %(was)s to %(day)s") % {"what": reference, "was": day(delivery.eta), "day": weekday(eta)}
    kept = [Field("eta", "", "hidden", eta.isoformat()), Field("reason", "", "hidden", given.text("reason"))]
    return Ask(
        title, _("Save the new day"), back, says=says, fields=[which, *kept], part="console/effect.html",
        values={"seen": seen, "today": visit.now.date()},
    )  # fmt: skip


@move.does
def do(visit: Visit, given: Given, reference: str) -> Did:
    """Move it. Lines that wait for it get their new day from the standing decision, at once."""
    delivery = chosen(visit, given, reference)
    eta = given.day("eta")
    move_etas(delivery.supplies, eta=eta, reason=given.text("reason", longest=200), actor=visit.actor)
    back = address("purchase", reference)
    says = _("%(what)s is expected on %(day)s now.") % {"what": reference, "day": weekday(eta)}
    if delivery.eta < delivery.today:
        return Did(says, back)
    fields = {"supply": str(delivery.supplies[0]), "eta": delivery.eta.isoformat()}
    return Did(says, back, undo=address("inbound-move", reference), fields=fields)


def chosen(visit: Visit, given: Given, reference: str) -> Delivery:
    """The delivery of a reference that a supply was named of; the first one if none was."""
    found = data.deliveries(visit.now, reference=reference, limit=MOST_DELIVERIES)
    wanted = given.text("supply", longest=19)
    for delivery in found:
        if not wanted or wanted in map(str, delivery.supplies):
            return delivery
    if found or not data.is_known(reference):
        raise unknown("delivery", reference)
    raise Refused("supply_is_closed", _("Nothing more of %(what)s is to come.") % {"what": reference}, status=409)


def items_of(supplies: Sequence[int]) -> list[int]:
    """The items of supplies, each once."""
    return sorted({row.item for row in supply.supplies(supplies).values()})


def brings(delivery: Delivery) -> str:
    """`Lantern`, `Lantern and 2 more`."""
    if len(delivery.items) < 2:
        return delivery.items[0] if delivery.items else ""
    return _("%(item)s and %(n)s more") % {"item": delivery.items[0], "n": len(delivery.items) - 1}
