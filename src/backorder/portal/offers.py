"""What a shop may say of an item before it is bought: "In stock", "Order now, ships 12-16 December", "5 now, 2 later".

The same engine that answers orders gives the days, so what is shown is what would be promised; of an item that is not
yet re-decided after a change it offers nothing that the queue can use. No stock level is told: only whether the units
that were asked for are there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from django.utils import translation
from django.utils.translation import gettext as _

from backorder.catalog import queries as catalog
from backorder.catalog.snapshot import ItemRow
from backorder.engine.model import Policy, Sell
from backorder.journal.refusals import Refused
from backorder.notices import saying
from backorder.orders.placing.forms import Inquiry, NewLine, PlacedPart
from backorder.orders.placing.inquire import InquiryAnswer, inquire_all

IN_STOCK, LIMITED, OUT_OF_STOCK = "InStock", "LimitedAvailability", "OutOfStock"
BACK_ORDER, PRE_ORDER, MADE_TO_ORDER = "BackOrder", "PreOrder", "MadeToOrder"
GOOGLE = {
    IN_STOCK: "in_stock", LIMITED: "in_stock", OUT_OF_STOCK: "out_of_stock", BACK_ORDER: "backorder",
    PRE_ORDER: "preorder", MADE_TO_ORDER: "backorder",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Offered:
    """What is said of some units of an item. `availability` is schema.org's word; `starts_at` the day it ships."""

    sku: str
    name: str
    units: int
    availability: str
    text: str
    now_units: int
    ship_on: date | None
    deliver_from_on: date | None
    deliver_on: date | None
    starts_at: datetime | None
    price_minor: int | None
    currency: str


def offers(skus: Sequence[str], *, channel: str, country: str, language: str, units: int = 1) -> list[Offered]:
    """What is said of each item, all from one look at the books; unknown and inactive items are left out."""
    known = catalog.items_by_sku(skus)
    rows = [known[sku] for sku in skus if sku in known and known[sku].active]
    asked = [Inquiry(channel=channel, country=country, lines=(NewLine(sku=row.sku, units=units),)) for row in rows]
    sells = catalog.policies([row.id for row in rows], channel=channel, country=country)
    answers = inquire_all(asked) if asked else []
    with translation.override(language):
        return [
            _offered(row, answer, sells[row.id], units=units, language=language)
            for row, answer in zip(rows, answers, strict=True)
        ]


def _offered(row: ItemRow, answer: InquiryAnswer | Refused, policy: Policy, *, units: int, language: str) -> Offered:
    if isinstance(answer, Refused):
        if answer.name in ("unknown_channel", "unknown_service"):
            raise answer
        parts: tuple[PlacedPart, ...] = ()
        now_units, today = 0, datetime.now(UTC).date()
    else:
        (line,) = answer.lines
        parts, now_units, today = (line.parts if answer.possible else ()), line.from_stock, answer.asked_at.date()
    later = [part for part in parts if part.reason != "on_shelf"] if now_units < units else []
    word = _word(parts, now_units, units, policy.sell)
    said = later or list(parts)
    is_out_on = policy.street_on if word == PRE_ORDER else None
    first = min(said, key=lambda part: part.ship_on, default=None)
    last = max(said, key=lambda part: part.deliver_on, default=None)
    return Offered(
        sku=row.sku,
        name=row.name,
        units=units,
        availability=word,
        text=_text(word, now_units, units, first, last, is_out_on=is_out_on, today=today, language=language),
        now_units=now_units if word == LIMITED else units if word == IN_STOCK else 0,
        ship_on=first.ship_on if first else None,
        deliver_from_on=first.deliver_from_on if first else None,
        deliver_on=last.deliver_on if last else None,
        starts_at=_starts_at(first) if first and word not in (IN_STOCK, LIMITED) else None,
        price_minor=row.price_minor,
        currency=row.currency,
    )


def _word(parts: Sequence[PlacedPart], now_units: int, units: int, sell: Sell) -> str:
    if not parts:
        return OUT_OF_STOCK
    if now_units >= units:
        return PRE_ORDER if all(part.reason == "street_date" for part in parts) else IN_STOCK
    if now_units:
        return LIMITED
    if sell is Sell.PREORDER:
        return PRE_ORDER
    return MADE_TO_ORDER if sell is Sell.MADE_TO_ORDER else BACK_ORDER


def _text(
    word: str, now_units: int, units: int, first: PlacedPart | None, last: PlacedPart | None, *,
    is_out_on: date | None, today: date, language: str,
) -> str:  # fmt: skip
    if word == IN_STOCK:
        return _("In stock")
    if first is None or last is None:
        return _("Out of stock")
    if word == LIMITED:
        return _("%(now)s now, %(later)s later") % {"now": now_units, "later": units - now_units}
    ships = saying.span(first.ship_on, max(last.ship_on, first.ship_on), locale=language, today=today)
    if word == PRE_ORDER:
        out = saying.day(is_out_on or first.ship_on, locale=language, today=today)
        return _("Preorder, out %(day)s") % {"day": out}
    if word == MADE_TO_ORDER:
        return _("Made for you, ships %(when)s") % {"when": ships}
    if first.supply is None:
        return _("Order now, ships about %(when)s") % {"when": ships}
    return _("Order now, ships %(when)s") % {"when": ships}


def _starts_at(part: PlacedPart) -> datetime:
    """The beginning of the day it ships, where it ships from: what feeds call the availability date."""
    return datetime.combine(part.ship_on, time(), ZoneInfo(catalog.location(part.location).zone))
