"""What somebody may choose who cannot have everything at once, each choice with its days."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from .calendars import Route
from .model import Answer, Ask, Book, OnShort, Part, Policy, Sell, Slice
from .promise import merge, promise


class Choice(StrEnum):
    """What the customer may choose."""

    WAIT = "wait"  # Each part comes when it can.
    PREORDER = "preorder"  # The same for an item that may not ship yet.
    LATER_DATE = "later_date"  # All of it at one time, on the day of the last part.
    PARTIAL = "partial"  # What is there now, and no more.
    SUBSTITUTE = "substitute"  # Another item that is there now.
    CANCEL = "cancel"


@dataclass(frozen=True, slots=True)
class Offer:
    """A substitute for an item: how it may be promised, and what one unit costs more (less if negative)."""

    item: int
    policy: Policy
    routes: tuple[Route, ...]
    price_difference_minor: int = 0


@dataclass(frozen=True, slots=True)
class Alternative:
    """One choice: `units` of `item` that come in `parts`."""

    choice: Choice
    item: int
    units: int
    parts: tuple[Part, ...] = ()
    price_difference_minor: int = 0


def alternatives(
    ask: Ask, books: Mapping[int, Book], *, now: datetime, substitutes: Iterable[Offer] = ()
) -> tuple[Alternative, ...]:
    """The choices for an ask that the shelf cannot serve whole, or not by its wanted day; () if it can.

    `books` hold the item and every substitute, as they are before the ask takes anything. Nothing is
    offered that another has, and a substitute only as far as it is on the shelf.
    """
    from_shelf = _answer(replace(ask, on_short=OnShort.CANCEL_REST), books, now)
    if from_shelf.short is None and _is_in_time(ask, from_shelf):
        return ()
    found = _waiting(_answer(replace(ask, on_short=OnShort.WAIT), books, now), books, now)
    if from_shelf.slices and from_shelf.short is not None:
        found.append(_alternative(Choice.PARTIAL, ask.item, from_shelf.slices))
    found += [choice for offer in substitutes if (choice := _substitute(ask, offer, books, now)) is not None]
    return (*found, Alternative(Choice.CANCEL, ask.item, ask.units))


def _answer(ask: Ask, books: Mapping[int, Book], now: datetime, *, together: bool = False) -> Answer:
    return promise([ask], books, now=now, together=together)[0]


def _is_in_time(ask: Ask, answer: Answer) -> bool:
    return ask.wanted_on is None or all(piece.deliver_on <= ask.wanted_on for piece in answer.slices)


def _waiting(answer: Answer, books: Mapping[int, Book], now: datetime) -> list[Alternative]:
    """To wait for all units, in parts and, if there are several, at one time; nothing if they are not in sight."""
    ask = answer.ask
    if answer.short is not None or not answer.slices:
        return []
    is_preorder = ask.policy.sell is Sell.PREORDER and any(piece.reason == "street_date" for piece in answer.slices)
    found = [_alternative(Choice.PREORDER if is_preorder else Choice.WAIT, ask.item, answer.slices)]
    if len(found[0].parts) > 1:
        found.append(_alternative(Choice.LATER_DATE, ask.item, _answer(ask, books, now, together=True).slices))
    return found


def _substitute(ask: Ask, offer: Offer, books: Mapping[int, Book], now: datetime) -> Alternative | None:
    instead = replace(
        ask,
        item=offer.item,
        policy=offer.policy,
        routes=offer.routes,
        on_short=OnShort.CANCEL_REST,
        taken_by_customer=0,
    )
    answer = _answer(instead, books, now)
    if not answer.slices:
        return None
    found = _alternative(Choice.SUBSTITUTE, offer.item, answer.slices)
    return replace(found, price_difference_minor=offer.price_difference_minor)


def _alternative(choice: Choice, item: int, slices: tuple[Slice, ...]) -> Alternative:
    return Alternative(choice, item, sum(piece.units for piece in slices), merge(slices))
