"""What leaves: what can be released, what is with the warehouse, what was sent; and the list to pick it by."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import barcode
from barcode.errors import BarcodeError
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backorder.catalog import queries as catalog
from backorder.orders.showing import parcels as data
from backorder.orders.showing.parcels import Parcel, PickLine, Stage

from .door import Visit, page
from .listing import Bulk, Column, Criteria, Filter, Found, Listing, Sort, cut, show
from .states import State

QUIET = 10  # Modules of white that a reader needs on both sides of a bar code.


@dataclass(frozen=True, slots=True)
class Row:
    """A parcel with how it stands."""

    parcel: Parcel
    state: State

    @property
    def key(self) -> str:
        """What a picked row sends."""
        return self.parcel.key


@dataclass(frozen=True, slots=True)
class Bars:
    """A Code 128: bars as (x, width) in modules, `width` in all."""

    text: str
    width: int
    bars: tuple[tuple[int, int], ...]


@page("ship", name="ship", needs="orders:read")
def ready(visit: Visit) -> HttpResponseBase:
    """What stands on the shelf for somebody and is not with the warehouse yet."""
    return _list(visit, "ready")


@page("ship/released", name="ship-released", needs="orders:read")
def released(visit: Visit) -> HttpResponseBase:
    """What is with the warehouse: to be picked, packed and sent."""
    return _list(visit, "released")


@page("ship/sent", name="ship-sent", needs="orders:read")
def sent(visit: Visit) -> HttpResponseBase:
    """What was sent, the newest first."""

    def read(criteria: Criteria, limit: int) -> Found:
        before = int(criteria.after[0]) if criteria.after else None
        return cut(data.shipped(before=before, limit=limit + 1), limit, lambda row: (row.id,))

    return show(visit, _sent_listing(), read, template="console/ship.html", stage="sent", counts=data.counts())


def _list(visit: Visit, stage: Stage) -> HttpResponseBase:
    today = visit.now.date()

    def read(criteria: Criteria, limit: int) -> Found:
        code = criteria.filters.get("location")
        location = catalog.current().location(code).id if code else None
        item = catalog.current().item(criteria.filters["item"]).id if "item" in criteria.filters else None
        after = int(criteria.after[0]) if criteria.after else 0
        found, goes_on = data.parcels(stage, location=location, item=item, after=after, most=limit)
        rows = [Row(one, state(one, stage, visit.now)) for one in found]
        if "state" in criteria.filters:
            wanted = criteria.filters["state"] == "stopped"
            rows = [row for row in rows if bool(row.parcel.stops) == wanted]
        return Found(rows, (goes_on,) if goes_on else None)

    counts = data.counts()
    return show(
        visit, _listing(stage), read, template="console/ship.html", stage=stage, counts=counts, today=today,
        most=data.MOST_COUNTED,
    )  # fmt: skip


def state(parcel: Parcel, stage: Stage, now: datetime | None = None) -> State:
    """May it leave (looked at `now`), and if not, why."""
    if now is not None and parcel.ended_at(now):
        return State("late", "law", _("May not leave any more"))
    if parcel.blocks and stage == "ready":
        return State("late", "late", _("Blocked: %(why)s") % {"why": ", ".join(parcel.blocks)})
    if parcel.stops == "together":
        n = parcel.waiting
        return State("", "wait", ngettext("Waits for %(n)s more unit", "Waits for %(n)s more units", n) % {"n": n})
    if stage == "released":
        return State("acc", "ship", _("With the warehouse"))
    if parcel.waiting or parcel.elsewhere:
        return State("risk", "cut", _("A part of the order"))
    return State("kept", "kept", _("Complete"))


@page("ship/pick", name="ship-pick", needs="orders:read", methods=("GET", "POST"))
def pick(visit: Visit) -> HttpResponseBase:
    """The list to pick by, to be printed: items in the order of their SKUs, then one slip for each parcel."""
    asked = visit.request.POST if visit.request.method == "POST" else visit.request.GET
    keys = asked.getlist("parcel")[: data.MOST_PICKED]
    found = [one for one in data.named(list(dict.fromkeys(keys))) if one.released] if keys else []
    if not keys:
        found, _goes_on = data.parcels("released", most=data.MOST_PICKED)
    return visit.render(
        "console/pick.html", title=_("Pick list"), today=visit.now.date(), walk=walk(found),
        slips=[(one, bars(one.reference), [(line, bars(line.sku)) for line in one.lines if line.released])
               for one in found],
        units=sum(one.released for one in found), parcels=found,
    )  # fmt: skip


def walk(parcels: Iterable[Parcel]) -> list[tuple[PickLine, str, int, int]]:
    """Each item of a place once: a line of it, the place, its units and the number of parcels they go into."""
    found: dict[tuple[str, str], list[tuple[PickLine, str]]] = {}
    for parcel in parcels:
        for line in parcel.lines:
            if line.released:
                found.setdefault((parcel.location, line.sku), []).append((line, parcel.key))
    return [
        (lines[0][0], place, sum(line.released for line, _ in lines), len({key for _, key in lines}))
        for (place, _sku), lines in sorted(found.items())
    ]


def bars(text: str) -> Bars | None:
    """The text as Code 128; None where its characters are not among those that it has."""
    try:
        (modules,) = barcode.Code128(text).build()
    except (BarcodeError, KeyError, ValueError):
        return None
    drawn, x = [], QUIET
    for run in _runs(modules):
        if run[0] == "1":
            drawn.append((x, len(run)))
        x += len(run)
    return Bars(text, x + QUIET, tuple(drawn))


def _runs(modules: str) -> Iterable[str]:
    start = 0
    for place in range(1, len(modules) + 1):
        if place == len(modules) or modules[place] != modules[start]:
            yield modules[start:place]
            start = place


def _listing(stage: Stage) -> Listing:
    is_ready = stage == "ready"
    places = [(row.code, row.name) for row in catalog.current().locations().values()]
    bulk: Sequence[Bulk] = (Bulk("ship-release", _("Release"), "right", "orders:fulfil", key="r"),)
    if not is_ready:
        bulk = (
            Bulk("ship-pick", _("Pick list"), "print", "orders:read", key="p"),
            Bulk("ship-send", _("Confirm as sent"), "ship", "orders:fulfil", key="s"),
            Bulk("ship-back", _("Give back"), "undo", "orders:fulfil"),
        )
    return Listing(
        name=f"ship-{stage}",
        title=_("Ship"),
        caption=_("What can be released") if is_ready else _("What is with the warehouse"),
        row="console/ship_row.html",
        columns=(
            Column("order", _("Order"), csv=lambda row: row.parcel.reference),
            Column("brings", _("Items"), csv=lambda row: row.parcel.allocated + row.parcel.released),
            Column("state", _("State"), csv=lambda row: row.state.word),
            Column("ship_on", _("Leaves by"), csv=lambda row: row.parcel.ship_on),
            Column("worth", _("Worth"), csv=lambda row: row.parcel.value_minor, number=True, low=True),
            Column("service", _("Service"), csv=lambda row: row.parcel.service, low=True),
            Column("location", _("Location"), csv=lambda row: row.parcel.location, shown=len(places) > 1, low=True),
            *([] if is_ready else [Column("do", _("Actions"))]),
        ),
        sorts=(Sort("oldest", _("oldest first")),),
        filters=(
            Filter("state", _("State"), "choice", options=(("free", _("may leave")), ("stopped", _("may not leave")))),
            Filter("location", _("Location"), "choice", options=places),
            Filter("item", _("Item"), hint=_("Its SKU")),
        ),
        bulk=bulk,
        empty_title=_("Nothing to release") if is_ready else _("Nothing is with the warehouse"),
        empty_says=_("When goods arrive or an order can be filled from the shelf, its parcel appears here.")
        if is_ready else _("Release something, and it appears here to be picked, packed and sent."),
    )  # fmt: skip


def _sent_listing() -> Listing:
    return Listing(
        name="ship-sent",
        title=_("Ship"),
        caption=_("What was sent, the newest first"),
        row="console/sent_row.html",
        columns=(
            Column("order", _("Order"), csv=lambda row: row.reference),
            Column("units", _("Units"), csv=lambda row: row.units, number=True),
            Column("at", _("Left"), csv=lambda row: row.at.isoformat()),
            Column("tracking", _("Tracking"), csv=lambda row: row.tracking),
            Column("service", _("Service"), csv=lambda row: row.service),
            Column("location", _("From"), csv=lambda row: row.location, low=True),
            Column("arrived", _("Arrived"), csv=lambda row: row.delivered_at),
        ),
        sorts=(Sort("newest", _("newest"), descending=True),),
        empty_title=_("Nothing was sent yet"),
        empty_says=_("Parcels that were confirmed as sent appear here."),
    )
