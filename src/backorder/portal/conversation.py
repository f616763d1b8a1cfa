"""The conversation with a person about one order, as its customer reads it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from backorder.notices import threads

MOST_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Said:
    """One message of the conversation."""

    is_mine: bool
    text: str
    at: datetime


def conversation(order_id: int) -> list[Said]:
    """What was last asked and answered about the order, oldest first; what machines wrote is left out."""
    found = threads.threads(order=order_id, limit=1)
    messages = threads.thread(found[0].id).messages if found else ()
    people = [one for one in messages if not one.is_automatic]
    return [Said(one.author == "customer", one.text, one.at) for one in people[-MOST_SHOWN:]]
