"""How an order stands, as its customer reads it: a headline, each item drawn unit by unit, and every date ever given.

Only words, days and units of this one order; of others nothing but how many wait before it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backorder.catalog import queries as catalog
from backorder.journal import clock
from backorder.notices import on_page, recipients, saying
from backorder.notices.on_page import PageQuestion
from backorder.notices.story import Batch, LineStory, lines_of
from backorder.orders import reading
from backorder.orders.deciding.promised import Place, Promised, places_of, promises_of
from backorder.orders.reading import OrderView

from .drawing import Picture, draw


@dataclass(frozen=True, slots=True)
class Order:
    """An order with what its page is made of; days are those of the customer's own zone."""

    view: OrderView
    lines: tuple[LineStory, ...]
    promises: Mapping[int, Sequence[Promised]]
    places: Mapping[int, Place]
    shop: str
    locale: str
    now: datetime
    questions: tuple[PageQuestion, ...] = ()

    @property
    def today(self) -> date:
        return self.now.astimezone(ZoneInfo(self.view.zone)).date()

    @property
    def waiting(self) -> list[LineStory]:
        """Items of which units come later."""
        return [line for line in self.lines if line.later_units]

    @property
    def is_with_the_warehouse(self) -> bool:
        """Are units being packed?"""
        return any(line.released for line in self.view.lines)

    @property
    def is_cancelled(self) -> bool:
        """Was everything cancelled?"""
        return not self.lines

    @property
    def is_on_its_way(self) -> bool:
        """Has everything left?"""
        return bool(self.lines) and not any(line.owed for line in self.lines)

    def day(self, on: date) -> str:
        """A day in the reader's words."""
        return saying.day(on, locale=self.locale, today=self.today)

    def span(self, batch: Batch) -> str:
        """The days of a batch."""
        assert batch.from_on is not None
        assert batch.to_on is not None
        return saying.span(batch.from_on, batch.to_on, locale=self.locale, today=self.today)

    def money(self, minor: int) -> str:
        """An amount in the order's currency."""
        return saying.money(minor, self.view.currency, locale=self.locale)


@dataclass(frozen=True, slots=True)
class Fact:
    """One row beside the drawing: an icon, units in words, and when."""

    icon: str
    term: str
    says: str


@dataclass(frozen=True, slots=True)
class ItemCard:
    """One item of the order."""

    line: int
    name: str
    wanted: int
    picture: Picture
    facts: tuple[Fact, ...]
    why: str
    place: str


def load(order_id: int, *, language: str = "") -> Order:
    """The order of this id with its story; `language` blank: the language it was placed in."""
    view = reading.order(order_id)
    locale = language or view.locale
    now = clock.now()
    names = {sku: item.name for sku, item in catalog.items_by_sku({line.sku for line in view.lines}).items()}
    today = now.astimezone(ZoneInfo(view.zone)).date()
    (channel,) = reading.channels(view.channel)
    return Order(
        view=view,
        lines=lines_of(view, names=names, today=today),
        promises=promises_of(order_id),
        places=places_of(order_id),
        shop=channel.name,
        locale=locale,
        now=now,
        questions=tuple(on_page.due(order_id, now=now)),
    )


def address_may_change(order: Order) -> bool:
    """Is nothing packed or sent yet, and something still to come?"""
    return not order.is_with_the_warehouse and not order.view.shipments and any(line.owed for line in order.lines)


def headline(order: Order) -> str:
    """The one sentence the customer came for."""
    now, later = (sum(getattr(line, name) for line in order.lines) for name in ("now_units", "later_units"))
    if order.is_cancelled:
        return _("This order is cancelled.")
    if order.is_on_its_way:
        return _is_arriving(order)
    if not later:
        return ngettext("It is here, and leaves soon.", "All %(n)s are here, and leave soon.", now) % {"n": now}
    batches = [batch for line in order.waiting for batch in line.later]
    if any(batch.to_on is None for batch in batches):
        return _undated(now, sum(batch.units for batch in batches if batch.to_on is None))
    when = _overall(order, batches)
    if now:
        return _("%(now)s come now. %(later)s follow %(when)s.") % {"now": now, "later": later, "when": when}
    return ngettext("It comes %(when)s.", "All %(n)s come %(when)s.", later) % {"n": later, "when": when}


def greeting(order: Order) -> str:
    """Hello, and sorry where there is something to be sorry for."""
    name = recipients.first_name(recipients.of_order(order.view).name)
    said = _("Hello %(name)s.") % {"name": name} if name else _("Hello.")
    late = sum(line.later_units for line in order.waiting if _is_later_than_first(order, line))
    if late:
        sorry = ngettext("We are sorry that one is late.", "We are sorry that %(n)s are late.", late) % {"n": late}
        return f"{said} {sorry}"
    return said


def items(order: Order) -> tuple[ItemCard, ...]:
    """Items of which something is still to come, those that wait first."""
    owed = sorted((line for line in order.lines if line.owed), key=lambda line: not line.later_units)
    return tuple(_item(order, line) for line in owed)


def parcels(order: Order) -> list[Fact]:
    """What has left, parcel by parcel, the latest first."""
    names = {line.id: line.name for line in order.lines}
    kits = {line.id: line.kit_line for line in order.view.lines if line.kit_line is not None}
    found = []
    for one in reversed(order.view.shipments):
        held = ", ".join(
            f"{row.units} × {names[of]}" for row in one.lines if (of := kits.get(row.line, row.line)) in names
        )
        found.append(Fact("ship", held or _("A parcel"), _when_parcel(order, one)))
    return found


def _item(order: Order, line: LineStory) -> ItemCard:
    late = _is_later_than_first(order, line)
    undated = sum(batch.units for batch in line.later if batch.to_on is None)
    return ItemCard(
        line=line.id,
        name=line.name,
        wanted=line.wanted,
        picture=draw(
            now=line.shipped + line.now_units,
            later=0 if late else line.later_units - undated,
            slipped=line.later_units - undated if late else 0,
            undated=undated,
        ),
        facts=_facts(order, line),
        why=why(order, line) if line.later_units else "",
        place=_place(order, line),
    )


def _facts(order: Order, line: LineStory) -> tuple[Fact, ...]:
    found = []
    if line.shipped:
        found.append(Fact("check", _("%(n)s sent") % {"n": line.shipped}, _("See the parcels below")))
    for batch in line.now:
        says = _("With you %(when)s") % {"when": order.span(batch)} if batch.to_on else _("It leaves as soon as it can")
        found.append(Fact("ship", _("%(n)s now") % {"n": batch.units}, says))
    first = first_said(order, line)
    for batch in line.later:
        if batch.to_on is None:
            found.append(Fact("none", _("%(n)s without a date") % {"n": batch.units}, _was_due(first)))
            continue
        when = order.span(batch)
        if first and first != when and _is_later_than_first(order, line):
            when = _("%(when)s, first said %(first)s") % {"when": when, "first": first}
        icon = "slip" if _is_later_than_first(order, line) else "wait"
        found.append(Fact(icon, _("%(n)s later") % {"n": batch.units}, when))
    return tuple(found)


def _was_due(first: str) -> str:
    if first:
        return _("They were due %(first)s. We do not have a new date yet.") % {"first": first}
    return _("We do not know the day yet, and say so.")


def first_said(order: Order, line: LineStory) -> str:
    """The days of the last part of what was promised first, blank where nothing was."""
    parts = [version.parts for id in _own_lines(order, line) for version in order.promises.get(id, ())[:1]]
    last = max((part for told in parts for part in told), key=lambda part: part.deliver_on, default=None)
    return order.span(Batch(last.units, last.deliver_from_on, last.deliver_on)) if last else ""


def _is_later_than_first(order: Order, line: LineStory) -> bool:
    own = set(_own_lines(order, line))
    first = [one.first_promised_on for one in order.view.lines if one.id in own and one.first_promised_on]
    if not first:
        return False
    return line.later_units > 0 and (line.last_on is None or line.last_on > max(first))


def _own_lines(order: Order, line: LineStory) -> list[int]:
    """The line itself, or the parts of a kit."""
    return [one.id for one in order.view.lines if one.kit_line == line.id] or [line.id]


def why(order: Order, line: LineStory) -> str:
    """Why it is not there yet: what moved its date last."""
    versions = [version for id in _own_lines(order, line) for version in _that_moved(order.promises.get(id, ()))]
    moved = max(versions, key=lambda one: one.at, default=None)
    if moved is None:
        return _first_reason(order, line)
    return reason(moved.cause, is_later=_is_later_than_first(order, line))


def _that_moved(versions: Sequence[Promised]) -> list[Promised]:
    """The versions of a promise that moved its last day, not those that only say it of fewer units."""
    return [now for before, now in pairwise(versions) if _last_day(now) != _last_day(before)]


def _last_day(version: Promised) -> date | None:
    return max((part.deliver_on for part in version.parts), default=None)


def _first_reason(order: Order, line: LineStory) -> str:
    backing = {
        part.backing
        for id in _own_lines(order, line)
        for version in order.promises.get(id, ())[-1:]
        for part in version.parts
    }
    if "supply" in backing:
        return _("They were not on our shelf when you ordered. A delivery is on its way to us, and yours are on it.")
    if "nothing" in backing:
        return _("They were not on our shelf when you ordered. The date rests on how long that usually takes.")
    return _("They were not on our shelf when you ordered.")


def reason(cause: str, *, is_later: bool) -> str:
    """What moved a date, in a sentence."""
    if cause == "ordered":
        return _("What we said when you ordered.")
    said = _later(cause) if is_later else _sooner(cause)
    return said or (_("We had to move the date.") if is_later else _("They can come sooner."))


def _later(cause: str) -> str:
    return {
        "eta": _("The delivery that carries them comes later than our supplier had said."),
        "cancelled_supply": _("The delivery that was to carry them was cancelled. They come with another."),
        "split_supply": _("Our supplier sends them in two deliveries."),
        "receipt": _("The delivery brought fewer than had been announced."),
        "count": _("We counted our shelf and found fewer than we thought."),
        "adjustment": _("We counted our shelf and found fewer than we thought."),
        "snapshot": _("We counted our shelf and found fewer than we thought."),
        "short_pick": _("When we went to pack them, there were fewer than we thought."),
        "new_day": _("The delivery that carries them is overdue."),
        "set": _("They come together with the rest of your order, which is late."),
        "cancelled": _("You asked for fewer."),
        "edited": _("Your order was changed."),
    }.get(cause, "")


def _sooner(cause: str) -> str:
    return {
        "eta": _("The delivery that carries them comes sooner."),
        "receipt": _("A delivery has arrived."),
        "new_supply": _("Another delivery was announced, and yours are on it."),
        "cancelled": _("Some came free, so they went to you."),
        "hold_ended": _("Some came free, so they went to you."),
        "hold_lowered": _("Some came free, so they went to you."),
        "substitute": _("Some came free, so they went to you."),
        "edited": _("Some came free, so they went to you."),
        "returned": _("Some came back to us, so they went to you."),
        "count": _("We counted our shelf and found more."),
        "adjustment": _("We counted our shelf and found more."),
        "snapshot": _("We counted our shelf and found more."),
        "set": _("The rest of your order can come sooner, and they come together."),
    }.get(cause, "")


def _place(order: Order, line: LineStory) -> str:
    found = [place for id in _own_lines(order, line) if (place := order.places.get(id))]
    if not found:
        return ""
    worst = max(found, key=lambda place: place.place)
    if worst.waiting == 1:
        return _("Nobody else is waiting for this.")
    if worst.place == 1:
        return _("You are first of the %(all)s who wait.") % {"all": worst.waiting}
    return _("You are number %(place)s of the %(all)s who wait.") % {"place": worst.place, "all": worst.waiting}


def _is_arriving(order: Order) -> str:
    shipments = order.view.shipments
    if shipments and all(one.delivered_at for one in shipments):
        return _("Everything has arrived.")
    coming = [one.deliver_on for one in shipments if not one.delivered_at and one.deliver_on >= order.today]
    if coming:
        return _("Everything is on its way, with you by %(day)s.") % {"day": order.day(max(coming))}
    return _("Everything is on its way.")


def _undated(now: int, undated: int) -> str:
    said = ngettext("One has no date yet.", "%(n)s have no date yet.", undated) % {"n": undated}
    return _("%(now)s come now.") % {"now": now} + " " + said if now else said


def _overall(order: Order, batches: Sequence[Batch]) -> str:
    days = [(batch.from_on, batch.to_on) for batch in batches if batch.from_on and batch.to_on]
    return order.span(Batch(0, min(first for first, _ in days), max(last for _, last in days)))


def _when_parcel(order: Order, shipment: reading.ShipmentView) -> str:
    left = order.day(shipment.shipped_at.astimezone(ZoneInfo(order.view.zone)).date())
    if shipment.delivered_at:
        on = order.day(shipment.delivered_at.astimezone(ZoneInfo(order.view.zone)).date())
        return _("Left %(left)s, delivered %(on)s") % {"left": left, "on": on}
    return _("Left %(left)s, with you by %(on)s") % {"left": left, "on": order.day(shipment.deliver_on)}
