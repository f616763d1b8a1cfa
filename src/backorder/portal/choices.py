"""What a customer may really choose now, each choice with its price and with what it would do.

The first is always the one that changes nothing. A choice that is named here is possible as the order stands; whether
it still is when it is confirmed, the verbs decide under their locks.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from backorder.catalog import queries as catalog
from backorder.engine.law.rules import jurisdiction_of, rule_on
from backorder.journal.refusals import Refused
from backorder.notices.saying import listed
from backorder.notices.story import LineStory
from backorder.orders.placing.forms import Inquiry, NewLine
from backorder.orders.placing.inquire import inquire_all

from . import money_back
from .standing import Order

MOST_ITEMS = 10  # Beyond, only the whole order is offered, and a person helps with the rest.
LONGEST_WAIT = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Choice:
    """One choice. `key` names it in the form; `back_minor` is what it gives back (negative: what it costs).

    `most` units may be named where it can be done for some of them; `days` are the first and last day that may be.
    """

    key: str
    title: str
    says: str
    then: tuple[str, ...]
    price: str = ""
    line: int | None = None
    sku: str = ""
    units: int = 0
    most: int = 0
    days: tuple[date, date] | None = None
    day: date | None = None
    back_minor: int = 0
    button: str = ""

    @property
    def kind(self) -> str:
        return self.key.partition(":")[0]


def possible(order: Order) -> list[Choice]:
    """Everything that can be chosen now; empty when nothing of the order is still to be decided."""
    waiting = order.waiting
    if order.is_cancelled or order.is_on_its_way:
        return []
    found = [_wait(order)] if waiting else [_leave(order)]
    if len(waiting) <= MOST_ITEMS:
        found += _swaps(order, waiting)
    found += _together(order)
    if waiting:
        found.append(_until(order))
    if len(waiting) <= MOST_ITEMS:
        found += [_cancel(order, line, line.later_units) for line in waiting]
    found += _everything(order, alone=len(order.lines) == 1 and bool(waiting) and not order.lines[0].now_units)
    return found if len(found) > 1 else []


def chosen(order: Order, key: str, *, units: str = "", day: str = "") -> Choice:
    """The choice of this key as it would be done, with the units and the day the customer named.

    Refuses what is not possible (invalid_choice) and units or days out of range, naming the limit.
    """
    found = next((choice for choice in possible(order) if choice.key == key), None)
    if found is None:
        raise Refused("invalid_choice", "This choice is not possible now.", status=409, field="choice", value=key[:100])
    if found.kind == "cancel" and units:
        line = next(line for line in order.lines if line.id == found.line)
        found = _cancel(order, line, _number(units, most=found.most))
    if found.days is not None:
        found = _with_day(order, found, _day(day, found.days))
    return found


def fingerprint(order: Order, choice: Choice) -> str:
    """What the customer saw of the order when choosing: another one means that something has changed since."""
    seen = [
        (line.id, line.promise_version, line.open, line.allocated, line.released, line.shipped)
        for line in order.view.lines
    ]
    said = repr((order.view.version, seen, choice.key, choice.units, choice.day, choice.back_minor))
    return hashlib.sha256(said.encode()).hexdigest()[:32]


def name_all(lines: Sequence[LineStory]) -> str:
    """The names of items with how many of each wait."""
    return listed([f"{line.later_units} × {line.name}" for line in lines], last=_("and"))


# -- the choices, one by one ----------------------------------------------------------------------------------------


def _wait(order: Order) -> Choice:
    until = order.view.cancel_if_not_by
    kept = ngettext("The one you wait for stays yours.", "The %(n)s you wait for stay yours.", _waiting_units(order))
    then = [kept % {"n": _waiting_units(order)}, _("We write again when something changes.")]
    then += [said for one in order.questions for said in one.sentences(locale=order.locale, today=order.today)]
    if until:
        then.append(_("You asked us to wait until %(day)s at most. That still holds.") % {"day": order.day(until)})
    return Choice(
        "wait", _("Keep waiting"), _("Nothing to do. We write again only if the date changes."), tuple(then),
        price=pgettext("price", "Free"), button=_("Yes, I wait"),
    )  # fmt: skip


def _leave(order: Order) -> Choice:
    then = _("Everything stays as it is.")
    return Choice("keep", _("Leave it as it is"), _("Nothing to do."), (then,), button=_("Back to my order"))


def _swaps(order: Order, waiting: Sequence[LineStory]) -> Iterator[Choice]:
    """What is on the shelf and could be taken instead, best first, at most two for an item."""
    lines = {line.id: line for line in order.view.lines}
    book = catalog.current()
    items = book.items_by_sku({line.sku for line in waiting})
    known = book.substitutes([item.id for item in items.values()])
    wanted = [line for line in waiting if lines[line.id].kit_units is None and known.get(items[line.sku].id)]
    if not wanted:
        return
    view = order.view
    asked = [
        Inquiry(channel=view.channel, country=view.country, service=view.service,
                lines=(NewLine(sku=line.sku, units=line.later_units),))
        for line in wanted
    ]  # fmt: skip
    for line, answer in zip(wanted, inquire_all(asked), strict=True):
        if isinstance(answer, Refused):
            continue
        offers = [one for one in answer.lines[0].alternatives if one["choice"] == "substitute" and one["units"]]
        yield from (_swap(order, line, offer) for offer in offers[:2])


def _swap(order: Order, line: LineStory, offer: dict[str, Any]) -> Choice:
    units = min(int(offer["units"]), line.later_units)
    name = catalog.current().item(offer["sku"]).name
    more = int(offer["price_difference_minor"])
    when = order.day(max(part.deliver_on for part in offer["parts"]))
    goes = ngettext(
        "The one you waited for goes to the next person in the queue.",
        "The %(n)s you waited for go to the next people in the queue.",
        units,
    ) % {"n": units}
    then = (_("You get %(n)s × %(name)s, by %(when)s.") % {"n": units, "name": name, "when": when}, goes)
    price = _("Same price") if not more else order.money(abs(more * units))
    if more:
        price = _("%(amount)s more") % {"amount": price} if more > 0 else _("%(amount)s back") % {"amount": price}
    return Choice(
        f"swap:{line.id}:{offer['sku']}",
        _("Take %(n)s × %(name)s instead") % {"n": units, "name": name},
        _("Here now, with you by %(when)s.") % {"when": when},
        (*then, *money(order, -more * units)),
        price=price, line=line.id, sku=offer["sku"], units=units, back_minor=-more * units,
        button=_("Yes, take these instead"),
    )  # fmt: skip


def _together(order: Order) -> Iterator[Choice]:
    """One parcel instead of several, or the other way round."""
    here = sum(line.allocated for line in order.view.lines)
    if not here or not order.waiting:
        return
    if order.view.ship == "together":
        yield Choice(
            "ship", _("Send what you have now"),
            ngettext("One comes now, the rest when it is here.", "%(n)s come now, the rest when it is here.", here)
            % {"n": here},
            (_("What is here leaves as soon as it can. The rest follows in another parcel."),),
            price=pgettext("price", "Free"), button=_("Yes, send what you have"),
        )  # fmt: skip
        return
    if order.is_with_the_warehouse or order.view.shipments:
        return
    days = [batch.to_on for line in order.waiting for batch in line.later]
    last = max((on for on in days if on), default=None)
    if last is None or None in days:
        return
    yield Choice(
        "together", _("Send everything together"), _("One parcel, by %(when)s.") % {"when": order.day(last)},
        (ngettext("The one that is here waits for the rest.", "The %(n)s that are here wait for the rest.", here)
         % {"n": here}, _("Everything comes in one parcel, by %(when)s.") % {"when": order.day(last)}),
        price=pgettext("price", "Free"), button=_("Yes, send all together"),
    )  # fmt: skip


def _until(order: Order) -> Choice:
    first = order.today + timedelta(days=1)
    promised = max((on for line in order.waiting if (on := line.last_on)), default=None)
    day = order.view.cancel_if_not_by or max(first, promised or order.today + timedelta(days=14))
    rule = rule_on(jurisdiction_of(order.view.country, order.view.region), order.view.ordered_at.date())
    says = _("What has not left by then is cancelled, and you get your money back.")
    if rule.withdrawal_days is not None:
        says += " " + _("To set us a last day is your right, whatever the reason for the delay.")
    choice = Choice(
        "until", _("Wait, but only until a day I choose"), says, (), days=(first, order.today + LONGEST_WAIT), day=day,
        button=_("Yes, wait until then"),
    )  # fmt: skip
    return _with_day(order, choice, day)


def _with_day(order: Order, choice: Choice, day: date) -> Choice:
    then = (
        _("We keep them for you until the end of %(day)s.") % {"day": order.day(day)},
        _("What has not left by then is cancelled, without your doing anything."),
    )
    return replace(choice, day=day, then=(*then, _("You can still cancel, or choose another day, before.")))


def _cancel(order: Order, line: LineStory, units: int) -> Choice:
    back = money_back.for_units(order.view, {line.id: units})
    rest = line.now_units
    says = ngettext("The other one still comes.", "The other %(n)s still come.", rest) % {"n": rest} if rest else ""
    freed = ngettext(
        "It goes to the next person in the queue. You cannot undo this.",
        "They go to the next people in the queue. You cannot undo this.",
        units,
    )
    then = (_("%(n)s × %(name)s will not be sent.") % {"n": units, "name": line.name}, *money(order, back), freed)
    return Choice(
        f"cancel:{line.id}",
        _("Cancel %(n)s × %(name)s") % {"n": units, "name": line.name},
        says, then, price=_("%(amount)s back") % {"amount": order.money(back)} if back else "",
        line=line.id, units=units, most=line.later_units, back_minor=back, button=_("Yes, cancel them"),
    )  # fmt: skip


def _everything(order: Order, *, alone: bool) -> Iterator[Choice]:
    """Cancel all that has not left: possible while the warehouse has nothing of it in hand."""
    if order.is_with_the_warehouse or alone:
        return
    back = money_back.for_everything(order.view)
    some_left = bool(order.view.shipments)
    title = _("Cancel everything that has not left") if some_left else _("Cancel the whole order")
    yield Choice(
        "all", title, _("Possible until we begin to pack it."),
        (_("Nothing more is sent.") if some_left else _("Nothing is sent."), *money(order, back),
         _("You cannot undo this. You could order again.")),
        price=_("%(amount)s back") % {"amount": order.money(back)} if back else "",
        back_minor=back, button=_("Yes, cancel the order"),
    )  # fmt: skip


def money(order: Order, back: int) -> tuple[str, ...]:
    """What a choice gives back or costs, in a sentence; none where nothing does."""
    if not back:
        return ()
    amount = order.money(abs(back))
    if order.view.paid_at is None:
        said = _("You pay %(amount)s less.") if back > 0 else _("You pay %(amount)s more.")
    else:
        said = _("We give you %(amount)s back, the way you paid.") if back > 0 else _("%(amount)s more is due.")
    return (said % {"amount": amount},)


def _waiting_units(order: Order) -> int:
    return sum(line.later_units for line in order.waiting)


def _number(said: str, *, most: int) -> int:
    number = int(said) if said.isascii() and said.isdigit() and len(said) < 9 else 0
    if not 1 <= number <= most:
        raise Refused(
            "choice_units_out_of_range",
            f"{said[:20]!r} cannot be cancelled: a whole number from 1 to {most} can.",
            field="units",
            value=said[:20],
            limit=most,
        )
    return number


def _day(said: str, days: tuple[date, date]) -> date:
    first, last = days
    try:
        day = date.fromisoformat(said)
    except ValueError:
        day = date.min
    if not first <= day <= last:
        raise Refused(
            "choice_day_out_of_range",
            f"{said[:20]!r} is not a day from {first.isoformat()} to {last.isoformat()}.",
            field="day",
            value=said[:20],
            limit=[first.isoformat(), last.isoformat()],
        )
    return day
