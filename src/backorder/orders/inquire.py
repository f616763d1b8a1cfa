"""Answer "when could I have it?" without holding anything: dates, what is short, and what else is possible."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from backorder.engine.model import Book
from backorder.engine.promise import OpenBooks
from backorder.journal.refusals import Refused

from .books import load_books
from .decide import consider
from .drafts import Draft, draft
from .forms import Inquiry
from .held import Held, load_held
from .hold_answers import AskedLine, asked_lines
from .lock import Locked, look


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
    seen = look(items)
    books = load_books(items, seen)
    held = load_held(good)
    return [
        _answer(drafted, books, held.get(drafted.id), seen) if isinstance(drafted, Draft) else drafted
        for drafted in drafts
    ]


def _answer(drafted: Draft, books: dict[int, Book], held: Held | None, seen: Locked) -> InquiryAnswer:
    own = held.own_units(seen) if held else None
    decision = consider(drafted, OpenBooks(books), now=seen.now, own=own)
    return InquiryAnswer(seen.now, not decision.shorts, asked_lines(decision))
