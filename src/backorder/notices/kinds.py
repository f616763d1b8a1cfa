"""The kinds of notices on one page: what each tells, how pressing it is, and which way it may go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from backorder.journal.refusals import unknown

About = Literal["order", "shipment", "delay", "money", "substitute", "thread", "waitlist"]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of notice.

    Of several changes told in one message the kind of the lowest `rank` gives it its words. `is_commercial`: it is not
    about an order under way, so it carries a way to unsubscribe and goes to nobody who did. `is_lawful`: the law asks
    for it, so no preference and no complaint holds it back. `is_active`: told unless the merchant decides otherwise.
    `is_texted`: whoever wants texts gets one beside the e-mail; of other kinds only if the e-mail cannot be delivered.
    """

    name: str
    says: str
    about: About
    rank: int = 50
    is_commercial: bool = False
    is_lawful: bool = False
    is_active: bool = True
    is_texted: bool = False


_ALL = (
    Kind("order_received", "The order was received: what comes now and what later.", "order", 5),
    Kind("cancelled", "Units were cancelled.", "order", 10, is_lawful=True),
    Kind("withdrawn", "A withdrawal was received: what, when, what follows.", "order", 8, is_lawful=True),
    Kind("changed", "The order was changed: another item, other units, other wishes.", "order", 15),
    Kind("backordered", "Units that were to leave now have to wait.", "order", 20, is_texted=True),
    Kind("slipped", "A date got later.", "order", 25, is_texted=True),
    Kind("preorder_released", "A preordered item is out and leaves.", "order", 30, is_texted=True),
    Kind("ready", "What waited is here.", "order", 35, is_texted=True),
    Kind("improved", "A date got earlier.", "order", 40),
    Kind("shipped", "A parcel left: part n of m.", "shipment", 1, is_texted=True),
    Kind("survey", "A question after delivery: how was it?", "shipment", is_commercial=True, is_active=False),
    Kind("delay_question", "The lawful question at a delay: wait or cancel?", "delay", is_lawful=True, is_texted=True),
    Kind("choice_reminder", "The question is still open, and until when.", "delay", is_lawful=True, is_texted=True),
    Kind("refund_due", "Money goes back: how much and until when.", "money", is_lawful=True),
    Kind("refund_sent", "Money went back.", "money", is_lawful=True),
    Kind("substitute_offered", "Another item could leave sooner.", "substitute"),
    Kind("answer", "A person answered.", "thread", is_lawful=True),
    Kind("back_in_stock", "An item is back, and a unit is held.", "waitlist", is_commercial=True, is_texted=True),
)
KINDS: Mapping[str, Kind] = {kind.name: kind for kind in _ALL}


def kind(name: str) -> Kind:
    """The kind of this name, or the refusal unknown_kind."""
    found = KINDS.get(name)
    if found is None:
        raise unknown("kind", name[:60])
    return found
