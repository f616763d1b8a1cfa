"""The page of an item: when is it short, who gets it, how may it be promised, what may replace it, what happened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backorder.access import staff
from backorder.catalog import queries as catalog
from backorder.catalog import reading as catalog_reading
from backorder.catalog.snapshot import ItemRow
from backorder.journal.refusals import Refused
from backorder.orders import reading as orders
from backorder.orders.placing.forms import Inquiry, NewLine
from backorder.orders.placing.inquire import inquire
from backorder.orders.showing import item_queue as data
from backorder.supply.queries import SupplyRow

from . import item_history, item_picture, item_policy
from .door import Visit, page
from .item_picture import Drawing, Scale
from .states import State
from .templatetags.look import count, day, days
from .words import actor_name

PARTS = {"chart": "console/item_chart.html", "queue": "console/item_queue.html"}


@page("items/<path:sku>", name="item", needs="catalog:read")
def show(visit: Visit, sku: str) -> HttpResponseBase:
    """The page, or (for script) its chart or its queue alone."""
    item = catalog.current().item(sku)
    found = data.figures(item)
    picture = data.picture(item.id, visit.now)
    asked = visit.request.GET
    opened = asked.get("group", "")
    groups = data.queue(
        item.id, picture.references, opened=int(opened) if opened.isdecimal() and len(opened) < 19 else None,
        after=_after(asked.get("after", "")),
    )  # fmt: skip
    drawing = item_picture.draw(
        picture.coming, picture.due, free=found.free, today=visit.now.date(), scale=_scale(asked.get("scale")),
        chosen=_day(asked.get("day")),
    )  # fmt: skip
    values: dict[str, Any] = {
        "title": item.sku, "item": item, "figures": found, "drawing": drawing,
        "groups": [_group(one) for one in groups], "finding": finding(drawing, picture.references),
        "today": visit.now.date(),
        "arriving": sum(one.units for one in picture.coming), "deliveries": len(picture.coming),
    }  # fmt: skip
    part = PARTS.get(visit.request.headers.get("HX-Target", ""))
    if part is None:
        values |= _beside(visit, item, picture.references)
    response = visit.render(part or "console/item.html", **values)
    response["Vary"] = "HX-Request, HX-Target, Cookie"
    return response


def _beside(visit: Visit, item: ItemRow, references: Mapping[int, SupplyRow]) -> dict[str, object]:
    history = item_history.of(item)
    names = staff.names({one.actor for one in history})
    return {
        "shop": shop_says(item, visit.now),
        "policy": item_policy.card(visit, item),
        "instead": data.instead(item.id, visit.now),
        "kit": catalog_reading.kit(item.sku).parts,
        "history": [(one, actor_name(one.actor, names)) for one in history],
        "may_plan": visit.may("catalog:write"),
        "may_move": visit.may("supply:write") and bool(references),
        "next_supply": min(references.values(), key=lambda row: (row.eta, row.id), default=None),
    }


def shop_says(item: ItemRow, now: datetime) -> str:
    """What a customer who asks for one is told now, on the first channel that sells."""
    channel = next((one for one in orders.channels() if one.active), None)
    place = next((row for row in catalog.current().locations().values() if row.active), None)
    if channel is None or place is None or not item.active:
        return ""
    try:
        asked = Inquiry(channel=channel.code, country=place.country, lines=(NewLine(sku=item.sku, units=1),))
        (line,) = inquire(asked).lines
    except Refused:
        return ""
    if not line.parts:
        return _("Sold out")
    part = line.parts[-1]
    when = days(part.deliver_from_on, part.deliver_on, now.date())
    return _("Order now, arrives %(days)s") % {"days": when}


def finding(drawing: Drawing, references: Mapping[int, SupplyRow]) -> str:
    """What the picture shows, in a sentence: the shortage, and what ends it."""
    if drawing.worst is None:
        free = drawing.last.period.balance
        if not free:
            return _("Nothing is short and nothing is free.")
        return _("Nothing is short. %(free)s are free in the end.") % {"free": count(free)}
    worst = drawing.worst.period
    says = _("%(units)s short on %(day)s.") % {"units": count(-worst.balance), "day": day(worst.start)}
    ends = next((c.period for c in drawing.columns if c.period.start > worst.start and c.period.balance >= 0), None)
    if ends is None:
        return f"{says} " + _("No delivery that is on its way ends it.")
    brought = " + ".join(dict.fromkeys(references[one.id].reference for one in ends.coming if one.id in references))
    return f"{says} " + _("%(what)s ends it on %(day)s.") % {"what": brought, "day": day(ends.start)}


@dataclass(frozen=True, slots=True)
class GroupShown:
    """A group of the queue with what its head says, and its rows with their states."""

    group: data.Group
    says: str
    rows: tuple[tuple[data.Waiting, State, list[tuple[str, int]]], ...]
    more_units: int


def _group(group: data.Group) -> GroupShown:
    supply = group.supply
    if supply is None:
        says = _("%(units)s units no delivery covers") % {"units": count(sum(row.unsupplied for row in group.rows))}
        if group.more:
            says = _("some of their units no delivery covers")
    else:
        says = _("%(pegged)s of %(due)s units promised") % {
            "pegged": count(supply.pegged),
            "due": count(supply.to_come),
        }
    says += ", " + ngettext("%(n)s line", "%(n)s lines", group.lines) % {"n": group.lines}
    shown = tuple((row, state(row), drawn(row)) for row in group.rows)
    return GroupShown(group, says, shown, group.units - sum(row.open for row in group.rows) if not group.opened else 0)


def state(row: data.Waiting) -> State:
    """How a line that waits stands."""
    if row.is_hold:
        return State("", "wait", _("Held in a cart"))
    if row.promised_on is None:
        return State("none", "none", _("No date"))
    if row.unsupplied:
        return State("none", "none", _("No supply"))
    late = row.slipped_days
    if late > 0:
        return State("risk", "slip", ngettext("%(n)s day later", "%(n)s days later", late) % {"n": late})
    if late < 0:
        return State("kept", "up", ngettext("%(n)s day sooner", "%(n)s days sooner", -late) % {"n": -late})
    return State("kept", "kept", _("On time"))


def drawn(row: data.Waiting) -> list[tuple[str, int]]:
    """The line's units as things: its own on the shelf, coming as promised or later, and without supply."""
    coming = "slip" if row.slipped_days > 0 else "later"
    covered = min(row.pegged, row.open)
    return [("now", row.here), (coming, covered), ("none", row.open - covered)]


def _scale(given: str | None) -> Scale:
    return "week" if given == "week" else "day"


def _day(given: str | None) -> date | None:
    try:
        return date.fromisoformat(given or "")
    except ValueError:
        return None


def _after(given: str) -> int:
    return int(given) if given.isdecimal() and len(given) < 9 else 0
