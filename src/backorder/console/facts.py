"""Facts of the journal as short sentences: for the timeline of an order, and for who changed what."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from backorder.journal.entries import Entry

SAID = {
    "order.placed": gettext_noop("Order placed"),
    "order.edited": gettext_noop("Order edited"),
    "order.lines_added": gettext_noop("Lines added"),
    "order.cancelled": gettext_noop("Units cancelled"),
    "order.blocked": gettext_noop("Order blocked"),
    "order.unblocked": gettext_noop("Block lifted"),
    "order.released": gettext_noop("Handed to the warehouse"),
    "order.given_back": gettext_noop("Given back by the warehouse"),
    "order.shipped": gettext_noop("Parcel left"),
    "order.returned": gettext_noop("Units came back"),
    "shipment.delivered": gettext_noop("Parcel arrived"),
    "line.allocated": gettext_noop("Units set aside from the shelf"),
    "line.deallocated": gettext_noop("Units taken back from a line"),
    "line.redecided": gettext_noop("Promise decided again"),
    "line.substituted": gettext_noop("Another item instead"),
    "line.short_picked": gettext_noop("Units were missing when picked"),
    "line.unsupplied": gettext_noop("No supply stands behind some units"),
    "line.pinned": gettext_noop("Pinned to a delivery"),
    "supply.announced": gettext_noop("Delivery announced"),
    "supply.eta_moved": gettext_noop("Delivery moved"),
    "supply.received": gettext_noop("Goods arrived"),
    "supply.reduced": gettext_noop("Delivery reduced"),
    "supply.split": gettext_noop("Delivery split"),
    "receipt.shared": gettext_noop("Arrived goods shared out"),
    "stock.adjusted": gettext_noop("Stock corrected"),
    "stock.counted": gettext_noop("Stock counted"),
    "stock.snapshot_taken": gettext_noop("Stock taken over"),
    "release.short": gettext_noop("Less on the shelf than was released"),
    "books.repaired": gettext_noop("Books repaired"),
    "message.sent": gettext_noop("Message sent"),
}
# Icon and tone of a fact on a timeline; what is not named has neither.
DRAWN = {
    "order.placed": ("order", ""),
    "order.cancelled": ("cut", ""),
    "order.edited": ("note", ""),
    "order.blocked": ("late", "risk"),
    "order.unblocked": ("check", "kept"),
    "order.released": ("ship", "acc"),
    "order.given_back": ("undo", "risk"),
    "order.shipped": ("ship", "kept"),
    "order.returned": ("undo", ""),
    "shipment.delivered": ("kept", "kept"),
    "line.substituted": ("swap", "acc"),
    "line.short_picked": ("late", "late"),
    "line.unsupplied": ("none", "late"),
    "line.pinned": ("pin", "acc"),
    "supply.eta_moved": ("slip", "late"),
    "supply.received": ("inbound", "kept"),
    "supply.announced": ("inbound", "acc"),
    "supply.reduced": ("cut", "late"),
    "stock.counted": ("stock", ""),
    "stock.adjusted": ("stock", ""),
    "receipt.shared": ("bolt", "kept"),
    "release.short": ("late", "late"),
    "books.repaired": ("check", "kept"),
}
FIELDS = {
    "priority": gettext_noop("priority"),
    "requested_on": gettext_noop("wanted day"),
    "ship_to": gettext_noop("address"),
    "contact": gettext_noop("contact"),
    "ship": gettext_noop("parcels"),
    "service_id": gettext_noop("delivery service"),
    "substitutes_allowed": gettext_noop("consent to substitutes"),
}


def say(entry: Entry) -> str:
    """The fact in a few words."""
    said = _(SAID[entry.fact]) if entry.fact in SAID else entry.fact.replace(".", " ").replace("_", " ").capitalize()
    more = _more(entry.body)
    return f"{said}: {more}" if more else said


def drawn(fact: str) -> tuple[str, str]:
    """Icon and tone of a fact."""
    return DRAWN.get(fact, ("info", ""))


def _more(body: Mapping[str, Any]) -> str:
    fields = body.get("fields")
    if isinstance(fields, list) and fields:
        return ", ".join(_(FIELDS[name]) if name in FIELDS else str(name).replace("_", " ") for name in fields)
    units = body.get("units")
    if isinstance(units, int):
        return ngettext("%(n)s unit", "%(n)s units", units) % {"n": units}
    if body.get("kind"):
        return str(body["kind"])
    return ""
