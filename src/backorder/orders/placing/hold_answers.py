"""What a cart is told of its hold, and an asker of an inquiry: lines with dates, and what is short."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from msgspec import Struct

from .answers import parts_of
from .decide import Decision, describe, stock_units
from .forms import PlacedPart


class AskedLine(Struct, frozen=True):
    """A line of a hold or an inquiry: units on the shelf now, all units by date, and what is short and why."""

    sku: str
    units: int
    from_stock: int
    parts: tuple[PlacedPart, ...]
    short: dict[str, Any] | None = None
    alternatives: tuple[dict[str, Any], ...] = ()


class HeldCart(Struct, frozen=True):
    """A live hold: until when, and what it holds."""

    channel: str
    token: str
    ends_at: datetime
    lines: tuple[AskedLine, ...]


def cart_answer(decision: Decision, *, ends_at: datetime) -> HeldCart:
    """The answer to a hold that was made or changed."""
    given: Any = decision.draft.given
    return HeldCart(decision.draft.channel.code, given.token, ends_at, asked_lines(decision))


def asked_lines(decision: Decision) -> tuple[AskedLine, ...]:
    """Each line of a decision that was asked for units, in order."""
    lines = []
    for line in decision.draft.asked_lines:
        slices, short = decision.slices[line.id], decision.shorts.get(line.id)
        lines.append(
            AskedLine(
                line.sku,
                line.units,
                stock_units(slices),
                parts_of(slices, decision.draft.book),
                describe(line, short) if short else None,
            )
        )
    return tuple(lines)
