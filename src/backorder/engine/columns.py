"""What a run decides on and what it decided, as columns: numpy arrays side by side, one entry a line, supply or peg.

Days are ordinals (`date.toordinal()`); everything is whole numbers. Lines and supplies are meant by their
index in these columns, and only `id` and `kind` lead back to rows.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

ASAP = -1
"""A `way_need` without wanted day: as soon as possible."""
ANY_DAY = 4_000_000
"""A `way_due` without due day: whatever is in sight will do. Later than any ordinal."""
MISSING = np.iinfo(np.int64).min
"""No value, in a number column of attributes."""
NO_SET = -1


class Rule(IntEnum):
    """By which step a peg came to be."""

    SKIPPED = 0  # Excluded, SKIP, or held where the line may no longer be served: left alone.
    KEPT = 1  # The floor: held before, and held still.
    FLOOR = 2  # The floor: taken for it.
    TOP_UP = 3  # Taken in the order of rank.
    SHARED = 4  # Dealt inside a tier.
    SET = 5  # Moved to the day of the slowest of its set.
    OPTIMISED = 6  # Assigned by the solver.


@dataclass(frozen=True, slots=True)
class Lines:
    """Waiting lines (and holds), one entry each; `units` are open and allocated ones, without released and hard-pegged.

    A line's ways are entries `way_start[i]` to `way_start[i + 1]` of the `way_` columns, its sourcing order:
    a location, the last ready day there that makes the wanted day (ASAP: none wanted; all or none of a
    line's ways), and the last ready day that makes its due day (requested, else first promised; ANY_DAY:
    none), which WIN and `max_late_days` count from. In the same manner `held_source` (an index into
    Supplies) and `held_units` are what it holds softly, each source once. `attributes` are further columns
    for filters and ranks, numbers or text; `id`, `item`, `units`, `complete` and `customer` can be named
    without being among them, and so can `confirmed` (units it holds).

    The optional columns are rules: `complete` all or nothing; `set_id` (NO_SET: none) lines that ship
    together or, where `in_ratio`, in equal proportion; `multiple` units are taken in multiples of, or the
    rest; `min_part` least units a day's part may have; `max_late_days` past due (-1: no limit); `max_parts`
    most days (0: no limit).

    `promised_on` and `dated_on` decide nothing: the day a line was promised, and the day that its units as
    they are would be promised now (MISSING: none).
    """

    id: Ints
    item: Ints
    units: Ints
    way_start: Ints
    way_location: Ints
    way_need: Ints
    way_due: Ints
    held_start: Ints
    held_source: Ints
    held_units: Ints
    attributes: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    complete: Bools | None = None
    set_id: Ints | None = None
    in_ratio: Bools | None = None
    customer: Ints | None = None
    multiple: Ints | None = None
    min_part: Ints | None = None
    max_late_days: Ints | None = None
    max_parts: Ints | None = None
    promised_on: Ints | None = None
    dated_on: Ints | None = None

    def __len__(self) -> int:
        return len(self.id)


@dataclass(frozen=True, slots=True)
class Supplies:
    """Shelves and dated supplies, one entry each: `kind` 0 stock, 1 inbound, `id` of the level or supply.

    `free` are units nobody owns; what the lines of the input hold comes on top. `ready_on` is the shelf's
    today or the ETA (overdue supply moved to the day it counts from, and then not `certain`).
    """

    id: Ints
    kind: Ints
    item: Ints
    location: Ints
    free: Ints
    ready_on: Ints
    certain: Bools

    def __len__(self) -> int:
        return len(self.id)


@dataclass(frozen=True, slots=True)
class RunInput:
    """All a decision rests on, but for the variant; `today` is an ordinal. The order of entries does not matter.

    `gone` are lines of which units were released or shipped, an entry for each day on which some were (`dated_on`):
    nobody decides on them, but they count for quotas. They have no ways and hold nothing.
    """

    lines: Lines
    supplies: Supplies
    today: int
    gone: Lines | None = None


@dataclass(frozen=True, slots=True)
class RunPlan:
    """Who gets what. Pegs are sorted by line id, then kind and id of the supply; indexes are those of the input.

    Per line: `segment` (-1: excluded), `place` (its place in its item's order of rank), `unsupplied` units,
    `lacking` units of a floor that could not be held (WIN and GAIN only: these are the broken floors).
    `stopped` are items (ids) that were left as they were; `plain_items` counts items decided one by one.
    `variant` and `version` name what decided.
    """

    variant: str
    version: int
    peg_line: Ints
    peg_source: Ints
    peg_units: Ints
    peg_rule: Ints
    segment: Ints
    place: Ints
    unsupplied: Ints
    lacking: Ints
    stopped: Ints
    stopped_all: bool = False
    plain_items: int = 0

    @property
    def broken(self) -> Ints:
        """Indexes of the lines whose WIN or GAIN floor could not be held."""
        return np.flatnonzero(self.lacking)

    def fingerprint(self) -> str:
        """SHA-256 over all columns: equal plans have equal fingerprints."""
        return hashlib.sha256(pack(self)).hexdigest()


def pack(value: Lines | Supplies | RunInput | RunPlan) -> bytes:
    """The columns as bytes, the same for the same content; `unpack` reads them back."""
    columns: list[NDArray[Any]] = []
    header = json.dumps(_head(value, columns), sort_keys=True, separators=(",", ":")).encode()
    return len(header).to_bytes(8, "little") + header + b"".join(column.tobytes() for column in columns)


def unpack(content: bytes) -> Any:
    """Read what `pack` wrote."""
    length = int.from_bytes(content[:8], "little")
    value, _ = _body(json.loads(content[8 : 8 + length]), content, 8 + length)
    return value


def _head(value: Any, columns: list[NDArray[Any]]) -> Any:
    if isinstance(value, np.ndarray):
        column = np.ascontiguousarray(value if value.dtype != object else _text(value))
        columns.append(column)
        return {"dtype": column.dtype.str, "size": len(column), "is_text": value.dtype == object}
    if isinstance(value, Mapping):
        return {"mapping": [[name, _head(value[name], columns)] for name in sorted(value)]}
    if isinstance(value, (Lines, Supplies, RunInput, RunPlan)):
        parts = [[each.name, _head(getattr(value, each.name), columns)] for each in fields(value)]
        return {"type": type(value).__name__, "parts": parts}
    return {"value": value}


def _text(value: NDArray[Any]) -> NDArray[Any]:
    """Text with None as a fixed-width column: None is one sign that no text begins with."""
    return np.array(["\x01" if each is None else f"\x02{each}" for each in value], dtype=np.str_)


def _body(head: Any, content: bytes, at: int) -> tuple[Any, int]:
    if "dtype" in head:
        dtype = np.dtype(head["dtype"])
        end = at + dtype.itemsize * head["size"]
        column: Any = np.frombuffer(content[at:end], dtype=dtype)
        if head["is_text"]:
            column = np.array([None if each == "\x01" else each[1:] for each in column.tolist()], dtype=object)
        return column, end
    if "value" in head:
        return head["value"], at
    found = {}
    for name, part in head.get("mapping", head.get("parts")):
        found[name], at = _body(part, content, at)
    kinds: dict[str, Any] = {kind.__name__: kind for kind in (Lines, Supplies, RunInput, RunPlan)}
    return (kinds[head["type"]](**found) if "type" in head else found), at


def pick_lines(lines: Lines, keeps: Bools, supply_place: Ints) -> Lines:
    """Some of the lines; `supply_place` says where each supply stands now."""
    picked: dict[str, Any] = {}
    for each in fields(Lines):
        column = getattr(lines, each.name)
        if each.name == "attributes":
            picked[each.name] = {name: values[keeps] for name, values in column.items()}
        elif column is not None and not each.name.startswith(("way_", "held_")):
            picked[each.name] = column[keeps]
    for name, columns in (("way", ("way_location", "way_need", "way_due")), ("held", ("held_source", "held_units"))):
        counts = np.diff(getattr(lines, f"{name}_start"))
        entries = np.repeat(keeps, counts)
        picked[f"{name}_start"] = np.concatenate([[0], np.cumsum(counts[keeps])]).astype(np.int64)
        for column in columns:
            picked[column] = getattr(lines, column)[entries]
    picked["held_source"] = supply_place[picked["held_source"]]
    return Lines(**picked)
