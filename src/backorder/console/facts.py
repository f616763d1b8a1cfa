"""Facts of the journal as short sentences: for the timeline of an order, and for who changed what."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as N_  # noqa: N812
from django.utils.translation import ngettext

from backorder.journal.entries import Entry

SAID = {
    "order.placed": N_("Order placed"),
    "order.edited": N_("Order edited"),
    "order.lines_added": N_("Lines added"),
    "order.cancelled": N_("Units cancelled"),
    "order.blocked": N_("Order blocked"),
    "order.unblocked": N_("Block lifted"),
    "order.released": N_("Handed to the warehouse"),
    "order.given_back": N_("Given back by the warehouse"),
    "order.shipped": N_("Parcel left"),
    "order.returned": N_("Units came back"),
    "shipment.delivered": N_("Parcel arrived"),
    "line.allocated": N_("Units set aside from the shelf"),
    "line.deallocated": N_("Units taken back from a line"),
    "line.redecided": N_("Promise decided again"),
    "line.substituted": N_("Another item instead"),
    "line.short_picked": N_("Units were missing when picked"),
    "line.unsupplied": N_("No supply stands behind some units"),
    "line.pinned": N_("Pinned to a delivery"),
    "line.unpinned": N_("Line unpinned"),
    "line.split": N_("Line split"),
    "supply.announced": N_("Delivery announced"),
    "supply.eta_moved": N_("Delivery moved"),
    "supply.received": N_("Goods arrived"),
    "supply.reduced": N_("Delivery reduced"),
    "supply.split": N_("Delivery split"),
    "receipt.shared": N_("Arrived goods shared out"),
    "stock.adjusted": N_("Stock corrected"),
    "stock.counted": N_("Stock counted"),
    "stock.snapshot_taken": N_("Stock taken over"),
    "release.short": N_("Less on the shelf than was released"),
    "books.repaired": N_("Books repaired"),
    "message.sent": N_("Message sent"),
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
    "priority": N_("priority"),
    "requested_on": N_("wanted day"),
    "ship_to": N_("address"),
    "contact": N_("contact"),
    "ship": N_("parcels"),
    "service_id": N_("delivery service"),
    "substitutes_allowed": N_("consent to substitutes"),
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
