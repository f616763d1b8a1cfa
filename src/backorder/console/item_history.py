"""What happened to an item: its deliveries, its stock and how it may be promised, as a short timeline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from backorder.catalog import reading as catalog_reading
from backorder.catalog.snapshot import ItemRow
from backorder.journal import feed
from backorder.journal.entries import Entry
from backorder.journal.prepared import rows
from backorder.supply import queries as supply

from .templatetags.look import count, day

SHOWN = 8
SUPPLIES_BACK = 30
FACTS = (
    "supply.announced", "supply.eta_moved", "supply.received", "supply.reduced", "supply.split", "policy.defined",
    "policy.removed", "item.defined", "substitute.defined", "substitute.removed", "kit.defined",
)  # fmt: skip

_SUPPLIES = "SELECT id FROM supply_supply WHERE item_id = %s::bigint ORDER BY id DESC LIMIT %s::int"
_CORRECTIONS = """
    SELECT m.at, m.actor, m.kind, m.units, w.name, m.note
    FROM stock_move m JOIN catalog_location w ON w.id = m.location_id
    WHERE m.item_id = %s::bigint AND m.kind IN ('count', 'adjustment', 'short_pick', 'restock')
    ORDER BY m.id DESC LIMIT %s::int
"""


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened, with the icon and the tone it is drawn in."""

    at: datetime
    actor: str
    icon: str
    tone: str
    says: str
    note: str = ""


def of(item: ItemRow) -> list[Event]:
    """What happened to an item, newest first."""
    supplies = [id for (id,) in rows(_SUPPLIES, [item.id, SUPPLIES_BACK])]
    policies = [id for id, _spec in catalog_reading.policies(sku=item.sku, after=None, limit=20)]
    subjects = [
        f"item/{item.id}", *(f"supply/{id}" for id in supplies), *(f"policy/{id}" for id in policies),
    ]  # fmt: skip
    entries = feed.of_subjects(subjects, facts=FACTS, limit=SHOWN)
    named = [int(entry.subject[7:]) for entry in entries if entry.subject.startswith("supply/")]
    known = {id: row.reference for id, row in supply.supplies(named).items()} if named else {}
    events = [event_of(entry, known) for entry in entries]
    events += [_correction(*row) for row in rows(_CORRECTIONS, [item.id, SHOWN])]
    return sorted(events, key=lambda event: event.at, reverse=True)[:SHOWN]


def event_of(entry: Entry, references: Mapping[int, str]) -> Event:
    """A fact as a timeline draws it; `references` name the supplies it is about."""
    body = entry.body
    what = references.get(int(entry.subject[7:]), "") if entry.subject.startswith("supply/") else ""
    icon, tone, says = _SAYS.get(entry.fact, _other)(what, body)
    return Event(entry.at, entry.actor, icon, tone, says)


def _moved(what: str, body: Mapping[str, Any]) -> tuple[str, str, str]:
    was, eta = date.fromisoformat(body["was"]), date.fromisoformat(body["eta"])
    if was == eta:
        return "info", "", _("%(what)s is %(certainty)s") % {"what": what, "certainty": body.get("certainty", "")}
    values = {"what": what, "was": day(was), "day": day(eta)}
    return "slip", "late" if eta > was else "kept", _("%(what)s from %(was)s to %(day)s") % values


def _announced(what: str, body: Mapping[str, Any]) -> tuple[str, str, str]:
    values = {"what": what, "units": count(body["units"]), "day": day(date.fromisoformat(body["eta"]))}
    return "inbound", "acc", _("%(what)s brings %(units)s on %(day)s") % values


def _received(what: str, body: Mapping[str, Any]) -> tuple[str, str, str]:
    says = _("%(units)s arrived with %(what)s") % {"what": what, "units": count(body["units"])}
    if body.get("cancelled"):
        says += ", " + _("%(n)s short") % {"n": count(body["cancelled"])}
    elif body.get("over"):
        says += ", " + _("%(n)s over") % {"n": count(body["over"])}
    return "get", "late" if body.get("cancelled") else "kept", says


def _reduced(what: str, body: Mapping[str, Any]) -> tuple[str, str, str]:
    return "cut", "late", _("%(units)s of %(what)s will not come") % {"what": what, "units": count(body["units"])}


def _split(what: str, body: Mapping[str, Any]) -> tuple[str, str, str]:
    values = {"what": what, "units": count(body["units"]), "day": day(date.fromisoformat(body["eta"]))}
    return "cut", "", _("%(units)s of %(what)s come on %(day)s") % values


def _policy(_what: str, _body: Mapping[str, Any]) -> tuple[str, str, str]:
    return "set", "acc", _("How it may be promised was changed")


def _defined(_what: str, body: Mapping[str, Any]) -> tuple[str, str, str]:
    return "item", "", _("Item made") if body.get("made") else _("Item changed")


def _other(_what: str, _body: Mapping[str, Any]) -> tuple[str, str, str]:
    return "swap", "", _("What it goes together with was changed")


_SAYS = {
    "supply.eta_moved": _moved, "supply.announced": _announced, "supply.received": _received,
    "supply.reduced": _reduced, "supply.split": _split, "policy.defined": _policy, "policy.removed": _policy,
    "item.defined": _defined,
}  # fmt: skip


def _correction(at: datetime, actor: str, kind: str, units: int, location: str, note: str) -> Event:
    values = {"location": location, "units": count(abs(units))}
    if kind == "restock":
        says = _("%(units)s came back to %(location)s") % values
    elif units < 0:
        says = _("%(units)s missing at %(location)s") % values
    else:
        says = _("%(units)s found at %(location)s") % values
    return Event(at, actor, "stock", "late" if units < 0 else "", says, note)
