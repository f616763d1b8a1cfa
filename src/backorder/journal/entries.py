"""Facts as they are read back: values, with the position that orders them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple


class Position(NamedTuple):
    """Where an entry stands. Compared as (era, xact, seq): `seq` alone is drawn before the commit and says nothing."""

    era: int
    xact: int
    seq: int

    @property
    def token(self) -> str:
        """The position as text, for cursors."""
        return f"{self.era}-{self.xact}-{self.seq}"


START = Position(0, 0, 0)

# What every query of entries selects, in the order `from_row` takes it.
COLUMNS = "e.era, e.xact::text::bigint, e.seq, e.at, e.actor, e.fact, e.subject, e.body::text"


@dataclass(frozen=True, slots=True)
class Entry:
    """One fact: what happened (`noun.happened`) to whom (`kind/id`), when, by whom."""

    position: Position
    at: datetime
    actor: str
    fact: str
    subject: str
    body: dict[str, Any]


def from_row(row: Sequence[Any]) -> Entry:
    """The entry of a row of COLUMNS."""
    era, xact, seq, at, actor, fact, subject, body = row
    return Entry(Position(era, xact, seq), at, actor, fact, subject, json.loads(body))
