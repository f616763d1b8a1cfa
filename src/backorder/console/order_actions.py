"""What can be done about a whole order: release, cancel, how it is sent, blocks. Each says first what it will do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backorder.catalog import queries as catalog
from backorder.notices import threads
from backorder.orders import reading
from backorder.orders.changing import block as blocks
from backorder.orders.changing.cancel import cancel
from backorder.orders.changing.edit import Edit, edit
from backorder.orders.fulfilling.release import release
from backorder.orders.reading import OrderView
from backorder.orders.showing.queue import Row

from . import effects
from .asking import Ask, Did, Field, Given, form
from .door import Visit, address
from .templatetags.look import count, money

NEEDS = "orders:write"
LONGEST_TEXT = 200
ADDRESS = ("name", "street", "city", "postcode", "country")

releasing = form("orders/<int:order>/release", name="order-release", needs="orders:fulfil")
cancelling = form("orders/<int:order>/cancel", name="order-cancel", needs=NEEDS)
sending = form("orders/<int:order>/parcels", name="order-parcels", needs=NEEDS)
blocking = form("orders/<int:order>/block", name="order-block", needs=NEEDS)
messaging = form("orders/<int:order>/message", name="order-message", needs=NEEDS)
lifting = form("orders/<int:order>/unblock", name="order-unblock", needs=NEEDS)


@dataclass(frozen=True, slots=True)
class Action:
    """A button of the order's page."""

    url: str
    label: str
    icon: str
    key: str = ""
    danger: bool = False


@dataclass(frozen=True, slots=True)
class Offered:
    """What this person can do about this order now: the one first thing, what fits the call, the rest."""

    primary: Action | None
    on_the_phone: list[Action]
    more: list[Action]


def offered(visit: Visit, order: OrderView, waiting: Mapping[int, Row]) -> Offered:
    """The buttons, by what the order holds and what the person may do."""
    here = sum(line.allocated for line in order.lines)
    is_blocked = any(block.lifted_at is None for block in order.blocks)
    primary = None
    if here and not is_blocked and visit.may("orders:fulfil") and not (order.ship == "together" and waiting):
        said = ngettext("Release %(n)s unit", "Release %(n)s units", here) % {"n": count(here)}
        primary = Action(address("order-release", order.id), said, "ship", "r")
    if not visit.may(NEEDS):
        return Offered(primary, [], [])
    return Offered(primary, _on_the_phone(order, waiting), _more(order, here, waiting, is_blocked))


def _on_the_phone(order: OrderView, waiting: Mapping[int, Row]) -> list[Action]:
    if not waiting:
        return []
    row = next(iter(waiting.values()))
    back = f"&back={address('order', order.id)}"
    worth = money(row.value_minor, row.currency)
    told = [
        Action(f"{address('lines-substitute')}?line={row.id}{back}", _("Another item instead"), "swap", "s"),
        Action(
            f"{address('lines-cancel')}?line={row.id}{back}",
            _("Cancel %(n)s, %(money)s back") % {"n": count(row.open), "money": worth},
            "cut",
        ),
    ]
    if len(order.lines) > 1 or row.allocated:
        label = _("Send all together") if order.ship == "as_ready" else _("Send what is here")
        told.append(Action(address("order-parcels", order.id), label, "ship"))
    return told


def _more(order: OrderView, here: int, waiting: Mapping[int, Row], is_blocked: bool) -> list[Action]:
    back = f"&back={address('order', order.id)}"
    told = []
    if waiting:
        picked = "&".join(f"line={id}" for id in waiting)
        told += [
            Action(f"{address('lines-repromise')}?{picked}{back}", _("Decide again"), "cal", "p"),
            Action(f"{address('lines-priority')}?{picked}{back}", _("Priority"), "up"),
        ]
    if is_blocked:
        told.append(Action(address("order-unblock", order.id), _("Lift the block"), "check"))
    elif here or waiting:
        told.append(Action(address("order-block", order.id), _("Block"), "late"))
    if here or waiting:
        told.append(Action(address("order-cancel", order.id), _("Cancel the order"), "x", danger=True))
    return told


@releasing.asks
def ask_release(visit: Visit, given: Given, order: int) -> Ask:
    """What goes to the warehouse."""
    found = reading.order(order)
    here = sum(line.allocated for line in found.lines)
    said = ngettext("%(n)s unit is handed to the warehouse and frozen from then on.",
                    "%(n)s units are handed to the warehouse and frozen from then on.", here)  # fmt: skip
    waiting = sum(line.open for line in found.lines)
    more = ngettext("%(n)s unit goes on waiting.", "%(n)s units go on waiting.", waiting) % {"n": count(waiting)}
    says = [said % {"n": count(here)}, *([more] if waiting else [])]
    return _ask(found, title=_("Release to the warehouse"), button=_("Release"), icon="ship", says=says)


@releasing.does
def do_release(visit: Visit, given: Given, order: int) -> Did:
    """Release all that is allocated."""
    units = sum(release(order, actor=visit.actor).values())
    said = ngettext("%(n)s unit is with the warehouse.", "%(n)s units are with the warehouse.", units)
    return Did(said % {"n": count(units)}, address("order", order))


@cancelling.asks
def ask_cancel(visit: Visit, given: Given, order: int) -> Ask:
    """All that has not left."""
    found = reading.order(order)
    units = sum(line.open + line.allocated for line in found.lines)
    worth = sum(line.unit_price_minor * (line.open + line.allocated) for line in found.lines)
    items = [row.id for row in catalog.items_by_sku({line.sku for line in found.lines}).values()]
    _cancelled, seen, trouble = effects.look_ahead(
        lambda: cancel(order, actor=visit.actor), items=items, actor=visit.actor
    )
    said = ngettext("%(n)s unit that has not left is cancelled, %(money)s.",
                    "%(n)s units that have not left are cancelled, %(money)s.", units)  # fmt: skip
    return _ask(
        found,
        title=_("Cancel %(order)s?") % {"order": found.reference},
        button=_("Cancel the order"),
        icon="x",
        danger=True,
        says=[
            trouble or said % {"n": count(units), "money": money(worth, found.currency)},
            _("This cannot be undone: units ordered again get a new place at the end of the queue."),
        ],
        fields=[
            Field("reason", _("Reason"), most=LONGEST_TEXT, required=False, hint=_("The customer may read it.")),
        ],
        part="" if trouble else "console/effect.html",
        values={"seen": seen, "today": visit.now.date()},
    )


@cancelling.does
def do_cancel(visit: Visit, given: Given, order: int) -> Did:
    """Cancel it."""
    reason = given.text("reason", longest=LONGEST_TEXT)
    units = sum(cancel(order, reason=reason, actor=visit.actor, version=given.version).values())
    said = ngettext("%(n)s unit is cancelled.", "%(n)s units are cancelled.", units) % {"n": count(units)}
    return Did(said, address("order", order))


@sending.asks
def ask_parcels(visit: Visit, given: Given, order: int) -> Ask:
    """In one parcel or as things are ready."""
    found = reading.order(order)
    return _ask(
        found,
        title=_("How is it sent?"),
        button=_("Save"),
        icon="ship",
        says=[_("All together waits for the slowest line; its day becomes that of all.")],
        fields=[
            Field("ship", _("Parcels"), "choice", "as_ready" if found.ship == "together" else "together", options=[
                ("as_ready", _("Each when it is ready"), _("What is here leaves now; the rest follows.")),
                ("together", _("All together"), _("Nothing leaves before everything is here.")),
            ]),
        ],
    )  # fmt: skip


@sending.does
def do_parcels(visit: Visit, given: Given, order: int) -> Did:
    """Save it."""
    before = reading.order(order).ship
    ship = given.choice("ship", ["as_ready", "together"])
    edit(order, Edit(order={"ship": ship}), version=given.version, actor=visit.actor)
    said = _("It is sent all together.") if ship == "together" else _("Each part is sent when it is ready.")
    undo = address("order-parcels", order) if before != ship else ""
    return Did(said, address("order", order), undo=undo, fields={"ship": before})


@blocking.asks
def ask_block(visit: Visit, given: Given, order: int) -> Ask:
    """Keep it from leaving."""
    kinds = {"payment": _("Payment"), "address": _("Address"), "fraud": _("Fraud"), "other": _("Something else")}
    return _ask(
        reading.order(order),
        title=_("Block the order"),
        button=_("Block"),
        icon="late",
        says=[_("It keeps its units and its place, and nothing of it is released until the block is lifted.")],
        fields=[
            Field("kind", _("Because of"), "choice", "payment", options=[(k, v, "") for k, v in kinds.items()]),
            Field("note", _("Note"), most=LONGEST_TEXT, required=False),
        ],
    )


@blocking.does
def do_block(visit: Visit, given: Given, order: int) -> Did:
    """Block it."""
    kind = given.choice("kind", blocks.KINDS)
    blocks.block(order, kind=kind, note=given.text("note", longest=LONGEST_TEXT), actor=visit.actor)
    undo = address("order-unblock", order)
    return Did(_("The order is blocked."), address("order", order), undo=undo, fields={"kind": kind})


@lifting.asks
def ask_lift(visit: Visit, given: Given, order: int) -> Ask:
    """Let it leave again."""
    found = reading.order(order)
    kinds = [(one.kind, one.kind, one.note) for one in found.blocks if one.lifted_at is None]
    return _ask(
        found,
        title=_("Lift the block"),
        button=_("Lift"),
        icon="check",
        says=[_("What is on the shelf can be released again.")],
        fields=[Field("kind", _("Block"), "choice", kinds[0][0] if kinds else "", options=kinds)],
    )


@lifting.does
def do_lift(visit: Visit, given: Given, order: int) -> Did:
    """Lift it."""
    kind = given.choice("kind", blocks.KINDS)
    blocks.lift(order, kind=kind, actor=visit.actor)
    undo = address("order-block", order)
    return Did(_("The block is lifted."), address("order", order), undo=undo, fields={"kind": kind})


@messaging.asks
def ask_message(visit: Visit, given: Given, order: int) -> Ask:
    """Write to the customer."""
    return _ask(
        reading.order(order),
        title=_("Write to the customer"),
        button=_("Send"),
        icon="mail",
        says=[_("It goes out as an e-mail; the answer comes back here.")],
        fields=[Field("text", _("Message"), "long")],
    )


@messaging.does
def do_message(visit: Visit, given: Given, order: int) -> Did:
    """Send it."""
    threads.write(order, given.text("text", longest=threads.TEXT_CHARACTERS), actor=visit.actor)
    return Did(_("The message is on its way."), address("order", order))


def _ask(order: OrderView, **asked: Any) -> Ask:
    return Ask(back=address("order", order.id), subject=f"order/{order.id}", version=order.version, **asked)
