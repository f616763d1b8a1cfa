"""An order: one page that answers a phone call. What to say, the lines, who went first, what happened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backorder.access import staff
from backorder.catalog import queries as catalog
from backorder.journal import feed
from backorder.journal.entries import Entry
from backorder.notices import threads
from backorder.notices.threads import MessageRow
from backorder.orders import reading
from backorder.orders.deciding.explain import AheadView, LineExplained, StepView, explain_line
from backorder.orders.names import order_names
from backorder.orders.reading import LineView, OrderView
from backorder.orders.showing import history, queue
from backorder.orders.showing.history import Version
from backorder.orders.showing.queue import Row

from . import facts, order_actions, phone, states
from .door import Visit, page
from .states import State
from .templatetags.look import count, day, days, money
from .words import actor_name, cause_name

HAPPENED = 60
# Facts that a promise's own version tells better.
SAID_BY_PROMISES = frozenset({"line.redecided", "order.lines_added"})
SHOWN_AHEAD = 8
SHOWN_MESSAGES = 10


@dataclass(frozen=True, slots=True)
class ShownLine:
    """A line as the table draws it."""

    line: LineView
    name: str
    state: State
    units: list[tuple[str, int]]
    says: str
    promise: str
    before: str
    supply: str
    arrives: str
    row: Row | None
    pinned: bool


@dataclass(frozen=True, slots=True)
class Happening:
    """One entry of the timeline."""

    at: datetime
    icon: str
    tone: str
    title: str
    more: str
    who: str


@page("orders/<int:order>", name="order", needs="orders:read")
def show(visit: Visit, order: int) -> HttpResponse:
    """What to say, the lines, why, and what happened."""
    found = reading.order(order)
    today = visit.now.date()
    waiting = {
        row.id: row
        for row in queue.waiting(
            {"order": order}, sort="urgent", descending=False, after=None, limit=500, now=visit.now
        ).rows
    }
    rows = catalog.items_by_sku({line.sku for line in found.lines})
    names = {sku: row.name for sku, row in rows.items()}
    first = next(iter(waiting.values()), None)
    return visit.render(
        "console/order.html",
        title=found.reference,
        order=found,
        customer=_customer(found),
        about=_about(found, history.standing(order), today=today),
        says=phone.says(found, waiting, names, today=today),
        state=_worst(found, waiting, today=today),
        first=first,
        track=_track(found, first, today=today),
        lines=[_line(line, waiting.get(line.id), names, today=today) for line in found.lines],
        balance=_balance(found),
        happened=_happened(found, visit),
        money_facts=_money(found, today=today),
        actions=order_actions.offered(visit, found, waiting),
        messages=_messages(order),
        may_write=visit.may(order_actions.NEEDS),
        today=today,
    )


@page("lines/<int:line>/why", name="line-why", needs="orders:read")
def why(visit: Visit, line: int) -> HttpResponse:
    """Why a line's date is what it is, and who stands before it: asked for after the page is there."""
    found = explain_line(line)
    ahead = found.ahead[:SHOWN_AHEAD]
    named = order_names(one.order for one in ahead if one.order is not None)
    return visit.render(
        "console/why.html",
        title=_("Why not sooner?"),
        why=found,
        steps=[_step(step, today=visit.now.date()) for part in found.parts[-1:] for step in part.steps],
        ahead=[(one, named[one.order].reference if one.order in named else "", _because(one)) for one in ahead],
        more=len(found.ahead) - len(ahead),
        rule=_rule(found),
        today=visit.now.date(),
    )


def _step(step: StepView, *, today: date) -> str:
    """One step on the way to a date, in the reader's words and days."""
    said = {
        "ordered": _("Ordered on %(on)s."),
        "supply_arrives": _("%(what)s is expected on %(on)s."),
        "supply_is_overdue": _("%(what)s is overdue; it is counted on for %(on)s, which is not certain."),
        "lead_time_ends": _("Nothing is on its way yet; with the usual %(days)s days of lead time it comes on %(on)s."),
        "put_away": _("Put away %(days)s days after arrival, on %(on)s."),
        "next_working_day": _("The next working day there is %(on)s."),
        "processed": _("Packed in %(days)s working days, by %(on)s."),
        "street_date": _("It may not ship before %(on)s."),
        "wanted_later": _("It is wanted later, so it leaves on %(on)s."),
        "together": _("It waits until %(on)s for what it ships together with."),
        "ships": _("Ships on %(on)s."),
        "arrives_from": _("Arrives from %(on)s."),
        "arrives": _("Arrives by %(on)s."),
    }.get(step.what)
    if said is None:
        return step.says
    what = step.says.partition(" is ")[0] if step.what.startswith("supply_") else ""
    return said % {"on": day(step.on, today), "days": step.days, "what": what}


def _because(one: AheadView) -> str:
    return {
        "priority": _("a higher priority"),
        "first_promised_on": _("promised an earlier day first"),
        "ordered_at": _("ordered earlier"),
        "id": _("came a moment earlier"),
        "confirmed_before": _("was confirmed before, and that is not taken away"),
    }.get(one.because, one.because)


def _rule(found: LineExplained) -> str:
    if found.rule.startswith("default rank"):
        return _("priority, then the day first promised, then the time of the order; nobody loses what was confirmed")
    return found.rule


def _customer(order: OrderView) -> str:
    if order.customer and order.customer.name:
        return order.customer.name
    named = order.contact.get("name") or order.ship_to.get("name")
    return named or (order.customer.reference if order.customer else "")


def _about(order: OrderView, before: history.Standing, *, today: date) -> str:
    total = sum(
        line.unit_price_minor * line.ordered - line.discount_minor for line in order.lines if line.instead_of is None
    )
    worth = total + order.shipping_minor - order.discount_minor
    told = [_("%(channel)s order of %(day)s, %(worth)s.") % {
        "channel": order.channel, "day": day(order.ordered_at.date(), today), "worth": money(worth, order.currency),
    }]  # fmt: skip
    if place := order.ship_to.get("city") or order.region or order.country:
        told.append(f"{place}.")
    if before.orders:
        said = _("Order number %(n)s of this customer") % {"n": count(before.orders + 1)}
        late = ngettext("%(n)s came late", "%(n)s came late", before.late) % {"n": before.late}
        none = _("none late before")
        told.append(f"{said}, {late if before.late else none}.")
    return " ".join(told)


def _worst(order: OrderView, waiting: Mapping[int, Row], *, today: date) -> State:
    if blocks := [block for block in order.blocks if block.lifted_at is None]:
        return State("risk", "late", _("Blocked: %(kind)s") % {"kind": blocks[0].kind})
    if waiting:
        return states.state(next(iter(waiting.values())), today=today)
    if any(line.allocated or line.released for line in order.lines):
        return State("kept", "kept", _("Ready to go"))
    return State("", "check", _("Done"))


def _line(line: LineView, row: Row | None, names: Mapping[str, str], *, today: date) -> ShownLine:
    if row is not None:
        seen = states.shown(row, today=today)
        here = line.allocated + line.released
        says = ", ".join(
            _told((line.shipped, _("%(n)s shipped")), (here, _("%(n)s now")), (line.open, _("%(n)s later")))
        )
        return ShownLine(
            line, names.get(line.sku, line.sku), seen.state, seen.units, says, _promise_days(row, today=today),
            seen.before, seen.supply, seen.arrives, row, any(one.hard for one in row.arrivals),
        )  # fmt: skip
    says = ", ".join(
        _told(
            (line.shipped, _("%(n)s shipped")),
            (line.released, _("%(n)s with the warehouse")),
            (line.allocated, _("%(n)s now")),
            (line.cancelled, _("%(n)s cancelled")),
            (line.substituted, _("%(n)s moved to another line")),
        )
    )
    drawn = [("gone", line.shipped), ("now", line.allocated + line.released)]
    on = day(line.promised_on, today) if line.promised_on else "–"
    places = dict.fromkeys(part.location for part in line.parts)
    return ShownLine(
        line, names.get(line.sku, line.sku), _settled(line), drawn, says, on,
        _("as first said") if line.promised_on == line.first_promised_on and line.promised_on else "",
        ", ".join(places) if line.allocated or line.released else "",
        _("on the shelf") if line.allocated else "", None, False,
    )  # fmt: skip


def _settled(line: LineView) -> State:
    if line.kit_units is not None:
        return State("", "item", _("Kit of %(n)s") % {"n": count(line.kit_units)})
    if line.allocated or line.released:
        if line.days_late:
            late = ngettext("%(n)s day late", "%(n)s days late", line.days_late) % {"n": line.days_late}
            return State("late", "late", late)
        return State("kept", "kept", _("With the warehouse") if line.released else _("On the shelf"))
    if line.shipped:
        return State("", "ship", _("Shipped"))
    return State("", "x", _("Cancelled") if line.cancelled else _("Replaced"))


def _told(*counted: tuple[int, str]) -> list[str]:
    return [says % {"n": count(n)} for n, says in counted if n]


def _promise_days(row: Row, *, today: date) -> str:
    waiting = [part for part in row.parts if part.backing != "stock"]
    if not waiting or row.promised_on is None:
        return _("no date")
    if row.days_late(today):
        return _("overdue")
    return days(waiting[-1].deliver_from_on, waiting[-1].deliver_on, today)


def _track(order: OrderView, row: Row | None, *, today: date) -> list[tuple[str, str, str]]:
    """First to current, as the track draws it: (class, day, words)."""
    if row is None:
        return []
    ordered = ("done", day(order.ordered_at.date(), today), _("ordered"))
    if row.first_promised_on is None or row.promised_on is None:
        return [ordered, ("now", "–", _("no date yet"))]
    first = day(row.first_promised_on, today)
    now = _promise_days(row, today=today)
    if row.days_late(today):
        return [ordered, ("slid", first, _("first said")), ("now", now, _("the day has passed"))]
    slipped = row.slipped_days
    if slipped > 0:
        by = ngettext("now, +%(n)s day", "now, +%(n)s days", slipped) % {"n": slipped}
        return [ordered, ("slid", first, _("first said")), ("now", now, by)]
    if slipped < 0:
        by = ngettext("now, %(n)s day sooner", "now, %(n)s days sooner", -slipped) % {"n": -slipped}
        return [ordered, ("done", first, _("first said")), ("", now, by)]
    return [ordered, ("", now, _("as first said"))]


def _balance(order: OrderView) -> str:
    names = ("ordered", "open", "allocated", "released", "shipped", "cancelled", "substituted")
    sums = {name: sum(getattr(line, name) for line in order.lines) for name in names}
    said = _(
        "%(ordered)s ordered = %(open)s open + %(allocated)s allocated + %(released)s released"
        " + %(shipped)s shipped + %(cancelled)s cancelled"
    )
    more = " + " + _("%(substituted)s replaced") if sums["substituted"] else ""
    return (said + more) % sums


def _money(order: OrderView, *, today: date) -> list[tuple[str, str]]:
    told: list[tuple[str, str]] = []
    if order.paid_at:
        told.append((_("Paid"), day(order.paid_at.date(), today)))
    if order.capture_before:
        until = order.capture_before.date()
        last = max((line.promised_on for line in order.lines if line.promised_on), default=None)
        says = day(until, today)
        if last and last > until:
            says += " · " + _("lapses before the goods arrive")
        told.append((_("Card hold until"), says))
    if order.cancel_if_not_by:
        told.append((_("Last date set"), _("cancels if not by %(day)s") % {"day": day(order.cancel_if_not_by, today)}))
    told.append((_("When short"), {"wait": _("waits"), "ship_rest": _("sends the rest"),
                                   "cancel_rest": _("cancels the rest")}[order.on_short]))  # fmt: skip
    told.append((_("Parcels"), _parcels(order)))
    told.append((_("Substitutes"), _("agreed to") if order.substitutes_allowed else _("only after asking")))
    still = sum(line.unit_price_minor * (line.open + line.allocated) for line in order.lines)
    if still:
        told.append((_("If cancelled"), _("%(money)s back") % {"money": money(still, order.currency)}))
    return told


def _parcels(order: OrderView) -> str:
    """How the order leaves, with the lines that have a rule of their own."""
    if order.ship == "together":
        return _("all together")
    rules = []
    for line in order.lines:
        if line.max_shipments is not None:
            rules.append(_("%(sku)s in at most %(n)s") % {"sku": line.sku, "n": line.max_shipments})
        if line.min_ship_units > 1 and line.kit_line is None:
            rules.append(_("%(sku)s no less than %(n)s") % {"sku": line.sku, "n": line.min_ship_units})
        if line.ship_multiple > 1 and line.kit_line is None:
            rules.append(_("%(sku)s in multiples of %(n)s") % {"sku": line.sku, "n": line.ship_multiple})
    return " · ".join([_("each when it is ready"), *rules])


def _messages(order: int) -> list[tuple[MessageRow, str]]:
    """What was written in the newest conversation of an order, with who wrote it."""
    found = threads.threads(order=order, limit=1)
    if not found:
        return []
    messages = threads.thread(found[0].id).messages[-SHOWN_MESSAGES:]
    names = staff.names(one.actor for one in messages)
    return [(one, actor_name(one.actor, names) if one.author == "staff" else _("the customer")) for one in messages]


# -- what happened -----------------------------------------------------------------------------------------------------


def _happened(order: OrderView, visit: Visit) -> list[Happening]:
    entries = feed.of_subject(f"order/{order.id}", limit=HAPPENED).entries
    names = staff.names(entry.actor for entry in entries)
    told = [_entry(entry, names) for entry in entries if entry.fact not in SAID_BY_PROMISES]
    told += [_version(one, visit.now.date()) for one in history.versions(order.id) if one.waits or one.version > 1]
    return sorted(told, key=lambda one: one.at, reverse=True)[:HAPPENED]


def _entry(entry: Entry, names: Mapping[str, str]) -> Happening:
    icon, tone = facts.drawn(entry.fact)
    reason = str(entry.body.get("reason") or "")
    return Happening(entry.at, icon, tone, facts.say(entry), reason, actor_name(entry.actor, dict(names)))


def _version(one: Version, today: date) -> Happening:
    if one.on is None:
        says = _("%(sku)s: no date") % {"sku": one.sku}
        return Happening(one.at, "none", "late", says, cause_name(one.cause), "")
    on = days(one.from_on or one.on, one.on, today)
    says = _("Promise %(n)s: %(units)s %(sku)s on %(days)s") % {
        "n": one.version, "units": count(one.units), "sku": one.sku, "days": on,
    }  # fmt: skip
    by = _("by %(supply)s") % {"supply": one.supply} if one.supply else ""
    more = ", ".join(word for word in (cause_name(one.cause), by) if word)
    return Happening(one.at, *_drawn(one), says, more, "")


def _drawn(one: Version) -> tuple[str, str]:
    if one.before_on is None or one.on is None or one.before_on == one.on:
        return "check", "kept"
    return ("slip", "late") if one.on > one.before_on else ("up", "kept")
