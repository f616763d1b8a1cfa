"""Units as things: solid are here, outlined are dated, hatched have slipped, dashed have no date.

SVG geometry, computed here: the page needs no inline style. Many units are drawn as bars of their share.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT, GAP = 304.0, 24.0, 4.0
WIDEST = 40.0  # One unit is never wider than this.
MOST_DRAWN = 20  # Beyond, a bar per kind instead of a mark per unit.
NARROWEST = 12.0


@dataclass(frozen=True, slots=True)
class Mark:
    """One rectangle; lines are drawn inside their edge."""

    kind: str
    x: str
    width: str


@dataclass(frozen=True, slots=True)
class Picture:
    """The marks of an item, from left to right."""

    marks: tuple[Mark, ...]
    width: str = f"{WIDTH:g}"
    height: str = f"{HEIGHT:g}"


def draw(*, now: int, later: int, slipped: int, undated: int) -> Picture:
    """A picture of these units."""
    units = [("now", now), ("later", later), ("slip", slipped), ("none", undated)]
    shown = [(kind, n) for kind, n in units if n]
    total = sum(n for _, n in shown)
    if total <= MOST_DRAWN:
        each = [kind for kind, n in shown for _ in range(n)]
        width = min(WIDEST, (WIDTH - GAP * (len(each) - 1)) / max(1, len(each)))
        return _picture([(kind, width) for kind in each])
    room = WIDTH - GAP * (len(shown) - 1) - NARROWEST * len(shown)
    return _picture([(kind, NARROWEST + room * n / total) for kind, n in shown])


def _picture(marks: Sequence[tuple[str, float]]) -> Picture:
    x, found = 0.0, []
    for kind, width in marks:
        inset = 0.0 if kind == "now" else 0.5
        found.append(Mark(kind, f"{x + inset:.2f}", f"{width - 2 * inset:.2f}"))
        x += width + GAP
    return Picture(tuple(found))
