"""What is news to a customer: an order as it is now against what he was last told of it. Pure.

A wobble is none: better by less than `BETTER_BY_DAYS` is not worth a message, and worse than told always is, once.
What is not told does not count as told, so that many small steps add up to one real change.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from .kinds import KINDS
from .story import LineStory

BETTER_BY_DAYS = 2


@dataclass(frozen=True, slots=True)
class News:
    """The kind of the most important change, and the lines that changed so or otherwise."""

    kind: str
    lines: tuple[int, ...]


def dates_news(
    told: Mapping[str, Mapping[str, Any]], lines: Sequence[LineStory], *, preorders: Iterable[int] = ()
) -> News | None:
    """What is news in the dates of these lines; None if nothing is. `preorders` are lines sold before their day."""
    changes = [(kind, line.id) for line in lines if (kind := _change(told.get(str(line.id)), line, set(preorders)))]
    if not changes:
        return None
    return News(min((kind for kind, _ in changes), key=lambda kind: KINDS[kind].rank), tuple(id for _, id in changes))


def _change(was: Mapping[str, Any] | None, line: LineStory, preorders: set[int]) -> str | None:
    if was is None or not line.owed:
        return None
    left = max(0, line.shipped - was["shipped"])
    if line.later_units and line.now_units + left < was["now"]:
        return "backordered"
    before = date.fromisoformat(was["last"]) if was["last"] else None
    if before is not None and (line.last_on is None or line.last_on > before):
        return "slipped"
    if was["later"] and not line.later_units and left < was["later"] + was["now"]:
        return "preorder_released" if line.id in preorders else "ready"
    return "improved" if _is_better(was, before, line, left) else None


def _is_better(was: Mapping[str, Any], before: date | None, line: LineStory, left: int) -> bool:
    if line.last_on is not None and (before is None or (before - line.last_on).days >= BETTER_BY_DAYS):
        return True
    # More of it comes at once, though the last unit comes no sooner.
    return bool(line.later_units) and line.now_units + left > was["now"]
