"""Write what was committed to: a promise is a version with its dated parts, never edited."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from backorder.engine.model import Slice

from .save import Changes


def write_promise(
    changes: Changes, line: int, slices: Sequence[Slice], *, version: int, cause: str, at: datetime
) -> None:
    """Add version `version` of a line's promise; `slices` are all units still owed, by date."""
    changes.promises.append({"line_id": line, "version": version, "at": at, "cause": cause})
    for number, piece in enumerate(slices, 1):
        changes.parts.append(_part(line, version, number, piece))


def days(slices: Sequence[Slice], *, version: int) -> dict[str, Any]:
    """The columns of a line that follow its promise: its day is that of its last part (None: no date)."""
    deliver_on, ship_on = last_days(slices)
    return {
        "first_promised_on": deliver_on,
        "promised_on": deliver_on,
        "first_ship_on": ship_on,
        "promised_ship_on": ship_on,
        "promise_version": version,
    }


def last_days(slices: Sequence[Slice]) -> tuple[date | None, date | None]:
    """(deliver_on, ship_on) of the last part; None without parts."""
    if not slices:
        return None, None
    return max(piece.deliver_on for piece in slices), max(piece.ship_on for piece in slices)


def _part(line: int, version: int, number: int, piece: Slice) -> dict[str, Any]:
    return {
        "line_id": line,
        "version": version,
        "number": number,
        "units": piece.units,
        "location_id": piece.location,
        "supply_id": piece.source[1] if piece.source is not None and piece.source[0] == "supply" else None,
        "backing": "nothing" if piece.source is None else piece.source[0],
        "ship_on": piece.ship_on,
        "deliver_from_on": piece.deliver_from_on,
        "deliver_on": piece.deliver_on,
        "reason": piece.reason,
        "certain": piece.certain,
    }
