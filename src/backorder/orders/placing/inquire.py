"""Answer "when could I have it?" without holding anything: dates, what is short, and what else is possible."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from backorder.engine.alternatives import Offer, alternatives
from backorder.engine.model import Ask, Book
from backorder.engine.promise import OpenBooks
from backorder.journal.refusals import Refused

from ..ledger.books import look_at_books
from ..ledger.lock import Locked
from .decide import consider
from .drafts import Draft, draft
from .forms import Inquiry
from .held import Held, load_held
from .hold_answers import AskedLine, asked_lines


class InquiryAnswer(Struct, frozen=True):
    """What would be promised at this instant; `possible`: an order like this would be accepted whole."""

    asked_at: datetime
    possible: bool
    lines: tuple[AskedLine, ...]


def inquire(asked: Inquiry) -> InquiryAnswer:
    """Decide as an order would be decided, and forget it: no lock, no row, no fact."""
    (answer,) = inquire_all([asked])
    if isinstance(answer, Refused):
        raise answer
    return answer


def inquire_all(asked: Sequence[Inquiry]) -> list[InquiryAnswer | Refused]:
    """Answer many inquiries from one look at the books; each as if it were alone."""
    drafts = draft(asked)
    good = [drafted for drafted in drafts if isinstance(drafted, Draft)]
    if not good:
        return [drafted for drafted in drafts if isinstance(drafted, Refused)]
    items = {item for drafted in good for item in drafted.items}
    others = {other for found in good[0].book.substitutes(items).values() for other, _ in found}
    seen, books = look_at_books(items | others)
    held = load_held(good)
    return [
        _answer(drafted, books, held.get(drafted.id), seen) if isinstance(drafted, Draft) else drafted
        for drafted in drafts
    ]


def _answer(drafted: Draft, books: dict[int, Book], held: Held | None, seen: Locked) -> InquiryAnswer:
    own = held.own_units(seen) if held else None
    decision = consider(drafted, OpenBooks(books), now=seen.now, own=own)
    lines = [
        line if line.from_stock == line.units else replace(line, alternatives=_choices(ask, books, seen))
        for line, ask in zip(asked_lines(decision), drafted.asks(), strict=True)
    ]
    return InquiryAnswer(seen.now, not decision.shorts, tuple(lines))


def _choices(ask: Ask, books: dict[int, Book], seen: Locked) -> tuple[dict[str, Any], ...]:
    """What the asker may choose, each with its days."""
    others = seen.catalog.substitutes([ask.item]).get(ask.item, ())
    offers = [Offer(other, ask.policy, ask.routes, more) for other, more in others if other in books]
    found = alternatives(ask, books, now=seen.now, substitutes=offers)
    names = seen.catalog.items({one.item for one in found})
    return tuple(
        {
            "choice": one.choice,
            "sku": names[one.item].sku,
            "units": one.units,
            "parts": one.parts,
            "price_difference_minor": one.price_difference_minor,
        }
        for one in found
    )
