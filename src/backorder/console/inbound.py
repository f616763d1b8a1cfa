"""Inbound: what is late, what hangs on each delivery, what arrived lately, and which suppliers keep their dates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backorder.access import staff
from backorder.catalog import queries as catalog
from backorder.orders.showing import inbound as data
from backorder.orders.showing.inbound import Delivery, Keeping
from backorder.supply import queries as supply

from .door import Visit, page
from .listing import Column, Criteria, Filter, Found, Listing, Sort, cut, show
from .saved_views import View
from .states import State
from .words import actor_name

TRACK, TRACK_LEFT, TRACK_RIGHT = 140, 4, 136
DAYS_BACK, DAYS_AHEAD = 14, 56
SHOWN_SUPPLIERS = 8


@dataclass(frozen=True, slots=True)
class Track:
    """First ETA and ETA now on one line, in SVG units; `slip` is the stretch between them."""

    today: float
    first: float | None
    now: float
    tone: str
    slip: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Row:
    """A delivery with how it stands and how it is drawn."""

    delivery: Delivery
    state: State
    watch: str
    track: Track


@page("inbound", name="inbound", needs="supply:read")
def inbound(visit: Visit) -> HttpResponseBase:
    """Deliveries still to come by day, what arrived lately, and who keeps their dates."""
    is_rows = visit.request.headers.get("HX-Target") == "rows" or visit.request.GET.get("format") == "csv"
    more = {} if is_rows else _beside(visit)
    reader = Reader(visit)
    return show(visit, _listing(), reader.read, template="console/inbound.html", today=visit.now.date(), **more)


@dataclass(slots=True)
class Reader:
    """Reads pages of deliveries at one instant."""

    visit: Visit

    def read(self, criteria: Criteria, limit: int) -> Found:
        """A page of deliveries by day."""
        asked: dict[str, Any] = dict(criteria.filters)
        book = catalog.current()
        found = data.deliveries(
            self.visit.now,
            reference=asked.get("reference"),
            item=book.item(asked["item"]).id if "item" in asked else None,
            location=book.location(asked["location"]).id if "location" in asked else None,
            supplier=asked.get("supplier"),
            overdue=asked.get("state") == "overdue",
            slipped=asked.get("state") == "slipped",
            after=_after(criteria),
            limit=limit + 1,
        )
        rows = [row(one) for one in found]
        return cut(rows, limit, lambda one: _key(one.delivery))


def _key(one: Delivery) -> tuple[str, str, int]:
    return one.eta.isoformat(), one.reference, one.location_id


def _after(criteria: Criteria) -> tuple[date, str, int] | None:
    if criteria.after is None:
        return None
    eta, reference, location = criteria.after
    return date.fromisoformat(str(eta)), str(reference), int(location)


def _beside(visit: Visit) -> dict[str, object]:
    received = data.lately()
    names = staff.names({one.actor for one in received})
    return {
        "head": data.head(visit.now),
        "received": [(one, actor_name(one.actor, names), result(one)) for one in received],
        "keeping": [(one, keeps(one)) for one in data.keeping()[:SHOWN_SUPPLIERS]],
        "may_receive": visit.may("supply:receive"),
        "may_buy": visit.may("supply:write"),
    }


def row(delivery: Delivery) -> Row:
    """A delivery as its row shows it."""
    return Row(delivery, state(delivery), watch(delivery), track(delivery))


def state(delivery: Delivery) -> State:
    """On time, later or sooner than first said, or overdue."""
    if delivery.overdue_days:
        n = delivery.overdue_days
        return State("late", "late", ngettext("%(n)s day overdue", "%(n)s days overdue", n) % {"n": n})
    moved = delivery.slipped_days
    if moved > 0:
        return State("risk", "slip", ngettext("%(n)s day later", "%(n)s days later", moved) % {"n": moved})
    if moved < 0:
        return State("kept", "up", ngettext("%(n)s day sooner", "%(n)s days sooner", -moved) % {"n": -moved})
    if delivery.uncertain:
        return State("risk", "risk", _("Uncertain"))
    return State("kept", "kept", _("On its way") if delivery.kind == "transfer" else _("On time"))


def watch(delivery: Delivery) -> str:
    """What would hurt most if it came later."""
    hanging = delivery.hanging
    if hanging.late:
        n = hanging.late
        return ngettext("%(n)s line is late already", "%(n)s lines are late already", n) % {"n": n}
    if hanging.wished:
        n = hanging.wished
        return ngettext("%(n)s was wanted sooner", "%(n)s were wanted sooner", n) % {"n": n}
    if hanging.priority:
        n = hanging.priority
        return ngettext("%(n)s line with priority", "%(n)s lines with priority", n) % {"n": n}
    return ""


def track(delivery: Delivery) -> Track:
    """The line from two weeks ago to eight weeks ahead; what lies outside stands at its ends."""
    today = delivery.today

    def x(day: date) -> float:
        part = ((day - today).days + DAYS_BACK) / (DAYS_BACK + DAYS_AHEAD)
        return round(TRACK_LEFT + max(0.0, min(part, 1.0)) * (TRACK_RIGHT - TRACK_LEFT), 1)

    first, now = x(delivery.first_eta), x(delivery.eta)
    moved = delivery.eta != delivery.first_eta
    late = delivery.eta > delivery.first_eta or delivery.overdue_days > 0
    slip = (min(first, now) + 4, max(first, now) - 4) if moved and abs(now - first) > 9 else None
    return Track(x(today), first if moved else None, now, "late" if late else "kept", slip)


def result(one: data.Counted) -> State:
    """Full, short, over, or a part of it."""
    if one.over:
        return State("", "plus", _("%(n)s over") % {"n": one.over})
    if one.short:
        return State("late", "late", _("%(n)s short") % {"n": one.short})
    if one.still_due:
        return State("", "wait", _("%(n)s still due") % {"n": one.still_due})
    return State("kept", "kept", _("Full"))


def keeps(one: Keeping) -> str:
    """The tone of how a supplier keeps its dates."""
    if not one.deliveries or one.kept >= one.deliveries * 0.75:
        return "kept"
    return "risk" if one.kept >= one.deliveries * 0.5 else "late"


def _listing() -> Listing:
    places = [(row.code, row.name) for row in catalog.current().locations().values()]
    suppliers = [(row.code, row.name) for row in supply.suppliers()]
    return Listing(
        name="inbound",
        page_rows=data.PAGE,
        title=_("Inbound"),
        caption=_("Deliveries still to come, by day"),
        row="console/inbound_row.html",
        columns=(
            Column("delivery", _("Delivery"), csv=lambda row: row.delivery.reference),
            Column("brings", _("Brings"), csv=lambda row: row.delivery.units),
            Column("eta", _("ETA"), csv=lambda row: row.delivery.eta),
            Column("state", _("State and watch"), csv=lambda row: row.state.word),
            Column("hangs", _("Hangs on it"), csv=lambda row: row.delivery.hanging.lines, number=True),
            Column("location", _("Location"), csv=lambda row: row.delivery.location, shown=len(places) > 1, low=True),
            Column("first", _("First ETA"), csv=lambda row: row.delivery.first_eta, shown=False),
            Column("do", _("Actions")),
        ),
        sorts=(Sort("eta", _("ETA")),),
        filters=(
            Filter("state", _("State"), "choice", options=(("overdue", _("overdue")), ("slipped", _("moved")))),
            Filter("item", _("Item"), hint=_("Its SKU")),
            Filter("supplier", _("Supplier"), "choice", options=suppliers),
            Filter("location", _("Location"), "choice", options=places),
            Filter("reference", _("Reference")),
        ),
        views=(
            View(_("All to come")),
            View(_("Overdue"), {"state": "overdue"}),
            View(_("Moved"), {"state": "slipped"}),
        ),
        empty_title=_("Nothing is on its way"),
        empty_says=_("Purchase orders that were sent, transfers and productions appear here with their day."),
    )  # fmt: skip
