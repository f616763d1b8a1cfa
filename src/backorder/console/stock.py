"""Stock: levels by item and place, what moved them, corrections with a reason, and counts that say whom they hit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backorder.access import staff
from backorder.catalog import queries as catalog
from backorder.journal.refusals import Refused, unknown
from backorder.orders.showing import levels as data
from backorder.orders.showing.levels import Level, Moved
from backorder.orders.supplying.adjust import adjust
from backorder.orders.supplying.correct import Corrected
from backorder.orders.supplying.count import count as count_units
from backorder.stock.moves import KINDS

from . import effects
from .asking import Ask, Did, Field, Given, form, invalid
from .door import Visit, address, page
from .listing import Column, Criteria, Filter, Found, Listing, Sort, cut, show
from .refusals import said
from .saved_views import View
from .templatetags.look import count
from .words import actor_name

MOST_UNITS = 1_000_000
SHEET = 60


@dataclass(frozen=True, slots=True)
class Sheeted:
    """A level on the count sheet, and what was typed beside it."""

    level: Level
    typed: str


@page("stock", name="stock", needs="stock:read")
def stock(visit: Visit) -> HttpResponseBase:
    """Levels by item and place."""
    return show(visit, _listing(), read, template="console/stock.html", may_correct=visit.may("stock:write"))


@page("stock/moves", name="stock-moves", needs="stock:read")
def moves(visit: Visit) -> HttpResponseBase:
    """What moved, the newest first."""

    def read_moves(criteria: Criteria, limit: int) -> Found:
        asked: dict[str, Any] = dict(criteria.filters)
        item = catalog.current().item(asked.pop("item")).id if "item" in asked else None
        before = int(criteria.after[0]) if criteria.after else None
        found = data.moves(item=item, **asked, before=before, limit=limit + 1)
        names = staff.names({one.actor for one in found})
        rows = [(one, actor_name(one.actor, names), kind_name(one.kind)) for one in found]
        return cut(rows, limit, lambda row: (row[0].id,))

    return show(visit, _moves_listing(), read_moves, template="console/stock.html", is_moves=True)


def read(criteria: Criteria, limit: int) -> Found:
    """A page of levels by SKU and place."""
    wanted: dict[str, Any] = dict(criteria.filters)
    after = (str(criteria.after[0]), str(criteria.after[1])) if criteria.after else None
    found = data.levels(search=wanted.pop("q", ""), **wanted, after=after, limit=limit + 1)
    return cut(found, limit, lambda row: (row.sku, row.location))


correct = form("stock/<int:item>/<int:location>/adjust", name="stock-adjust", needs="stock:write")


@correct.asks
def ask_adjust(visit: Visit, given: Given, item: int, location: int) -> Ask:
    """By how many units and why; then whom it hits."""
    level = _level(item, location)
    title = _("Correct %(sku)s at %(place)s") % {"sku": level.sku, "place": level.location_name}
    now = _stands(level)
    fields = [
        Field("units", _("Units, with − to take off"), "units", "", least=-MOST_UNITS),
        Field("reason", _("Why"), "choice", options=[(word, said, "") for word, said in reasons().items()]),
        Field("note", _("Note"), required=False, most=150),
    ]
    again = Ask(title, _("See whom it hits"), address("stock"), says=[now], fields=fields, icon="runs", looks=True)
    if visit.request.method != "POST":
        return again
    try:
        units, reason = _units(given), _reason(given)
    except Refused as refused:
        return replace(again, fields=[_marked(one, refused) for one in fields])
    _done, seen, refusal = effects.look_ahead(
        lambda: adjust(item, location, units=units, reason=reason, key=f"look/{visit.person.id}", actor=visit.actor,
                       take_back=True),
        items=[item], actor=visit.actor,
    )  # fmt: skip
    if refusal:
        return replace(again, says=[now, refusal])
    after = _("On hand from %(was)s to %(now)s: %(reason)s") % {
        "was": count(level.on_hand), "now": count(level.on_hand + units), "reason": reason,
    }  # fmt: skip
    hidden = [Field(name, "", "hidden", given.text(name)) for name in ("units", "reason", "note")]
    return Ask(title, _("Correct it"), address("stock"), says=[after], fields=hidden, part="console/effect.html",
               values={"seen": seen, "today": visit.now.date()}, danger=units < 0)  # fmt: skip


@correct.does
def do_adjust(visit: Visit, given: Given, item: int, location: int) -> Did:
    """Correct it; who owns too much gives back, the lowest rank first."""
    level, units = _level(item, location), _units(given)
    done = adjust(item, location, units=units, reason=_reason(given), key=_key(visit, given), actor=visit.actor,
                  take_back=True)  # fmt: skip
    says = _("%(sku)s: %(units)s on hand at %(place)s now.") % {
        "sku": level.sku, "units": count(done.on_hand), "place": level.location_name,
    }  # fmt: skip
    undo = {"units": str(-units), "reason": "undo", "note": ""}
    return _did(says, done, address("stock-adjust", item, location), undo)


counting = form("stock/<int:item>/<int:location>/count", name="stock-count", needs="stock:write")


@counting.asks
def ask_count(visit: Visit, given: Given, item: int, location: int) -> Ask:
    """How many are there; then whom it hits."""
    level = _level(item, location)
    title = _("Count %(sku)s at %(place)s") % {"sku": level.sku, "place": level.location_name}
    now = _stands(level)
    fields = [Field("units", _("Units that are there, those with the warehouse included"), "units", "", least=0)]
    again = Ask(title, _("See whom it hits"), address("stock"), says=[now], fields=fields, icon="runs", looks=True)
    if visit.request.method != "POST":
        return again
    try:
        units = given.number("units", least=0, most=MOST_UNITS)
    except Refused as refused:
        return replace(again, fields=[_marked(one, refused) for one in fields])
    _done, seen, refusal = effects.look_ahead(
        lambda: count_units(item, location, units=units, key=f"look/{visit.person.id}", actor=visit.actor),
        items=[item], actor=visit.actor,
    )  # fmt: skip
    if refusal:
        return replace(again, says=[now, refusal])
    found = units - level.on_hand
    says = _("%(units)s counted, as the books say.") % {"units": count(units)}
    if found:
        word = _("%(n)s fewer than the books say") if found < 0 else _("%(n)s more than the books say")
        says = _("%(units)s counted: %(word)s.") % {"units": count(units), "word": word % {"n": count(abs(found))}}
    return Ask(title, _("Save the count"), address("stock"), says=[says], part="console/effect.html",
               fields=[Field("units", "", "hidden", str(units))], values={"seen": seen, "today": visit.now.date()},
               danger=found < 0)  # fmt: skip


@counting.does
def do_count(visit: Visit, given: Given, item: int, location: int) -> Did:
    """What was counted is what is there."""
    level = _level(item, location)
    units = given.number("units", least=0, most=MOST_UNITS)
    done = count_units(item, location, units=units, key=_key(visit, given), actor=visit.actor)
    says = _("%(sku)s: %(units)s counted at %(place)s.") % {
        "sku": level.sku, "units": count(units), "place": level.location_name,
    }  # fmt: skip
    return _did(says, done, address("stock-count", item, location), {"units": str(done.was)})


sheet = form("stock/sheet", name="stock-sheet", needs="stock:write")


@sheet.asks
def ask_sheet(visit: Visit, given: Given) -> Ask:
    """A sheet to count by, to be filled or printed; then the differences and whom they hit."""
    places = [(row.code, row.name) for row in catalog.current().locations().values() if row.active]
    location = given.text("location", longest=64) or (places[0][0] if places else "")
    begin = given.text("from", longest=64)
    found = data.levels(location=location, after=(begin, location) if begin else None, limit=SHEET + 1)
    rows = [Sheeted(one, given.text(f"n-{one.key}", longest=9)) for one in found[:SHEET]]
    values = {
        "rows": rows, "places": places, "location": location, "from": begin, "today": visit.now.date(),
        "next": rows[-1].level.sku if len(found) > SHEET else "",
    }  # fmt: skip
    again = Ask(_("Count sheet"), _("See the differences"), address("stock"), icon="runs", looks=True,
                part="console/count_sheet.html", values=values)  # fmt: skip
    if visit.request.method != "POST":
        return again
    try:
        counted = counted_rows(rows)
    except Refused as refused:
        return replace(again, says=[said(refused)])
    items = [row.level.item for row in counted]
    _done, seen, refusal = effects.look_ahead(
        lambda: count_rows(counted, f"look/{visit.person.id}", visit.actor), items=items, actor=visit.actor
    )
    if refusal:
        return replace(again, says=[refusal])
    hidden = [Field(f"n-{row.level.key}", "", "hidden", row.typed) for row in counted]
    button = ngettext("Save %(n)s count", "Save %(n)s counts", len(counted)) % {"n": len(counted)}
    return Ask(_("Count sheet"), button, address("stock-sheet"), says=differences(counted), part="console/effect.html",
               fields=[*hidden, Field("location", "", "hidden", location), Field("from", "", "hidden", begin)],
               values={"seen": seen, "today": visit.now.date()})  # fmt: skip


@sheet.does
def do_sheet(visit: Visit, given: Given) -> Did:
    """Each count is what is there."""
    location = given.text("location", longest=64)
    begin = given.text("from", longest=64)
    found = data.levels(location=location, after=(begin, location) if begin else None, limit=SHEET)
    counted = counted_rows([Sheeted(one, given.text(f"n-{one.key}", longest=9)) for one in found])
    count_rows(counted, _key(visit, given), visit.actor)
    says = ngettext("%(n)s count saved.", "%(n)s counts saved.", len(counted)) % {"n": len(counted)}
    return Did(says, address("stock"))


def counted_rows(rows: Sequence[Sheeted]) -> list[Sheeted]:
    """The rows that somebody filled; refused when none was, or one with no number."""
    filled = [row for row in rows if row.typed]
    for row in filled:
        if not row.typed.isdecimal() or int(row.typed) > MOST_UNITS:
            raise invalid("n", _("%(sku)s: choose a whole number of units.") % {"sku": row.level.sku})
    if not filled:
        raise invalid("n", _("Fill in at least one count."))
    return filled


def count_rows(rows: Sequence[Sheeted], key: str, actor: str) -> None:
    """Count each, in the order of their items, so that two sheets at once do not wait for each other in a ring."""
    for row in sorted(rows, key=lambda row: row.level.item):
        level = row.level
        count_units(level.item, level.location_id, units=int(row.typed), key=f"{key}/{level.key}", actor=actor)


def differences(rows: Sequence[Sheeted]) -> list[str]:
    """What differs from the books, the largest losses first."""
    found = [(int(row.typed) - row.level.on_hand, row.level) for row in rows]
    differs = sorted(((n, level) for n, level in found if n), key=lambda pair: (pair[0], pair[1].sku))
    if not differs:
        return [_("All counts agree with the books.")]
    says = [f"{level.sku}: {'+' if n > 0 else '−'}{count(abs(n))}" for n, level in differs[:8]]
    if len(differs) > len(says):
        says.append(_("and %(n)s more") % {"n": len(differs) - len(says)})
    return says


def reasons() -> dict[str, str]:
    """Why stock is corrected."""
    return {
        "broken": _("Broken or spoilt"), "lost": _("Lost or stolen"), "found": _("Found"), "own use": _("Own use"),
        "booking": _("Wrong booking"), "undo": _("Taken back"),
    }  # fmt: skip


def kind_name(kind: str) -> str:
    """A kind of move as people say it."""
    return {
        "opening": _("opening"), "receipt": _("receipt"), "shipment": _("shipment"), "adjustment": _("correction"),
        "count": _("count"), "short_pick": _("missing when picked"), "restock": _("returned"),
        "snapshot": _("taken over"), "transfer_out": _("sent elsewhere"), "transfer_in": _("came from elsewhere"),
    }.get(kind, kind)  # fmt: skip


def _level(item: int, location: int) -> Level:
    found = data.at(item, location)
    if found is None:
        raise unknown("level", f"{item}/{location}")
    return found


def _stands(level: Level) -> str:
    values = {"on_hand": count(level.on_hand), "owned": count(level.allocated), "released": count(level.released)}
    if level.released:
        return _("%(on_hand)s on hand; %(owned)s have an owner, %(released)s of them are with the warehouse.") % values
    return _("%(on_hand)s on hand; %(owned)s have an owner.") % values


def _units(given: Given) -> int:
    units = given.number("units", least=-MOST_UNITS, most=MOST_UNITS)
    if not units:
        raise invalid("units", _("Nothing would change."))
    return units


def _reason(given: Given) -> str:
    word = given.choice("reason", list(reasons()))
    note = given.text("note", longest=150)
    return f"{word}: {note}" if note else word


def _marked(field: Field, refused: Refused) -> Field:
    return replace(field, error=said(refused)) if refused.values.get("field") == field.name else field


def _key(visit: Visit, given: Given) -> str:
    return f"console/{given.text('token', longest=64) or uuid4().hex}"


def _did(says: str, done: Corrected, undo: str, fields: dict[str, str]) -> Did:
    if done.taken_back:
        says += " " + ngettext("%(n)s unit was taken back from who owned it.",
                               "%(n)s units were taken back from who owned them.", done.taken_back) % {
            "n": count(done.taken_back)}  # fmt: skip
        return Did(says, address("stock"))
    return Did(says, address("stock"), undo=undo, fields={**fields, "token": uuid4().hex})


def _listing() -> Listing:
    places = [(row.code, row.name) for row in catalog.current().locations().values()]
    return Listing(
        name="stock",
        title=_("Stock"),
        caption=_("Levels by item and place"),
        row="console/stock_row.html",
        columns=(
            Column("item", _("Item"), csv=lambda row: row.sku),
            Column("location", _("Place"), csv=lambda row: row.location),
            Column("on_hand", _("On hand"), csv=lambda row: row.on_hand, number=True),
            Column("allocated", _("Owned"), csv=lambda row: row.allocated, number=True),
            Column("released", _("With the warehouse"), csv=lambda row: row.released, number=True, low=True),
            Column("free", _("Free"), csv=lambda row: row.free, number=True),
            Column("waiting", _("Waiting"), csv=lambda row: row.waiting, number=True, low=True),
            Column("do", _("Actions")),
        ),
        sorts=(Sort("sku", _("SKU")),),
        filters=(
            Filter("q", _("Search"), hint=_("Part of the SKU or the name")),
            Filter("location", _("Place"), "choice", options=places),
            Filter("only", _("Only"), "choice", options=(
                ("free", _("free units")), ("owned", _("owned units")), ("waiting", _("somebody waits")),
                ("empty", _("nothing there")),
            )),
        ),
        views=(
            View(_("All")), View(_("Waiting for more"), {"only": "waiting"}), View(_("Empty"), {"only": "empty"}),
        ),
        empty_title=_("No stock yet"),
        empty_says=_("Levels come from receipts, counts and your ERP's snapshots: backorder import stock.csv."),
    )  # fmt: skip


def _moves_listing() -> Listing:
    def of(row: tuple[Moved, str, str]) -> Moved:
        return row[0]

    places = [(row.code, row.name) for row in catalog.current().locations().values()]
    return Listing(
        name="stock-moves",
        title=_("Stock"),
        caption=_("What moved, the newest first"),
        row="console/moves_row.html",
        columns=(
            Column("at", _("When"), csv=lambda row: of(row).at.isoformat()),
            Column("item", _("Item"), csv=lambda row: of(row).sku),
            Column("units", _("Units"), csv=lambda row: of(row).units, number=True),
            Column("kind", _("What"), csv=lambda row: of(row).kind),
            Column("location", _("Place"), csv=lambda row: of(row).location),
            Column("note", _("Why"), csv=lambda row: of(row).note),
            Column("who", _("Who"), csv=lambda row: row[1], low=True),
        ),
        sorts=(Sort("newest", _("newest"), descending=True),),
        filters=(
            Filter("item", _("Item"), hint=_("Its SKU")),
            Filter("kind", _("What"), "choice", options=tuple((kind, kind_name(kind)) for kind in KINDS)),
            Filter("location", _("Place"), "choice", options=places),
        ),
        views=(
            View(_("All")), View(_("Corrections"), {"kind": "adjustment"}), View(_("Counts"), {"kind": "count"}),
            View(_("Receipts"), {"kind": "receipt"}),
        ),
        empty_title=_("Nothing moved yet"),
        empty_says=_("Receipts, shipments, counts and corrections appear here."),
    )  # fmt: skip
