"""What may be sold of an item now and later: the number that shops and an ERP are told.

It is asked of the same engine that answers orders, so it leaves out safety stock and, while a change is
not yet re-decided, what the queue is owed: 30 on the shelf of which 29 are allocated, and 50 received, are 51.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from msgspec import Struct

from backorder.catalog.snapshot import ItemRow
from backorder.engine.model import Ask, Book, OnShort, Policy, Slice
from backorder.engine.promise import OpenBooks

from ..ledger.books import load_books
from ..ledger.lock import Locked, look
from .channels import channel
from .decide import is_stock

MOST_ASKED = 10**9


class LocationUnits(Struct, frozen=True):
    """Units that may be sold from the shelf of a location."""

    location: str
    units: int


class LaterUnits(Struct, frozen=True):
    """Units of dated supply that nobody is promised, by the day they would be delivered."""

    deliver_on: date
    units: int
    certain: bool


class Availability(Struct, frozen=True, kw_only=True):
    """What a channel may sell of an item: from the shelf, later, and whether beyond both."""

    sku: str
    channel: str
    free_to_sell: int
    locations: tuple[LocationUnits, ...]
    later: tuple[LaterUnits, ...]
    sell: str
    lead_time_days: int | None
    street_on: date | None


def availability(items: Sequence[ItemRow], *, where: str, country: str = "") -> list[Availability]:
    """What channel `where` may sell of each item, to a country (blank: any); five statements, no lock."""
    seen = look([item.id for item in items])
    origin = channel(where, seen.catalog.version)
    routes = seen.catalog.routes(channel=where, country=country, service_id=origin.service)
    policies = seen.catalog.policies([item.id for item in items], channel=where, country=country)
    books = load_books([item.id for item in items], seen)
    found = []
    for item in items:
        policy = policies[item.id]
        unrationed = replace(policy, max_per_customer=None)
        ask = Ask(1, item.id, MOST_ASKED, unrationed, routes, sourcing=origin.sourcing, on_short=OnShort.CANCEL_REST)
        found.append(_availability(item, where, books[item.id], policy, seen, ask))
    return found


def _availability(item: ItemRow, where: str, book: Book, policy: Policy, seen: Locked, ask: Ask) -> Availability:
    now = _slices(book, ask, seen)
    later = _slices(book, replace(ask, on_short=OnShort.SHIP_REST), seen)
    codes = {id: row.code for id, row in seen.catalog.locations().items()}
    shelves: dict[str, int] = defaultdict(int)
    for piece in now:
        shelves[codes[piece.location]] += piece.units if is_stock(piece.source) else 0
    return Availability(
        sku=item.sku,
        channel=where,
        free_to_sell=sum(shelves.values()) if item.active else 0,
        locations=tuple(LocationUnits(code, units) for code, units in sorted(shelves.items())),
        later=tuple(
            LaterUnits(piece.deliver_on, piece.units, piece.certain)
            for piece in later if piece.source is not None and not is_stock(piece.source)
        ),
        sell=policy.sell,
        lead_time_days=policy.lead_time_days,
        street_on=policy.street_on,
    )  # fmt: skip


def _slices(book: Book, ask: Ask, seen: Locked) -> Sequence[Slice]:
    (answer,) = OpenBooks({book.item: book}).promise([ask], now=seen.now)
    return answer.slices
