"""Answer "when could I have it?" without holding anything: dates, what is short, and what else is possible."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from backorder.engine.promise import OpenBooks
from backorder.journal.refusals import Refused

from .books import load_books
from .decide import consider
from .drafts import draft
from .forms import Inquiry
from .held import load_held
from .hold_answers import AskedLine, asked_lines
from .lock import look


class InquiryAnswer(Struct, frozen=True):
    """What would be promised at this instant; `possible`: an order like this would be accepted whole."""

    asked_at: datetime
    possible: bool
    lines: tuple[AskedLine, ...]


def inquire(asked: Inquiry) -> InquiryAnswer:
    """Decide as an order would be decided, and forget it: no lock, no row, no fact."""
    (drafted,) = draft([asked])
    if isinstance(drafted, Refused):
        raise drafted
    seen = look(drafted.items)
    held = load_held([drafted]).get(drafted.id)
    desk = OpenBooks(load_books(drafted.items, seen))
    decision = consider(drafted, desk, now=seen.now, own=held.own_units(seen) if held else None)
    return InquiryAnswer(seen.now, not decision.shorts, asked_lines(decision))
