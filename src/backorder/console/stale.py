"""Somebody changed this while you looked at it: who, what and when, read from the journal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from backorder.access import staff
from backorder.journal import feed
from backorder.journal.refusals import Refused

from .facts import say
from .words import actor_name

STALE = frozenset({"order_has_changed", "version_is_stale"})


@dataclass(frozen=True, slots=True)
class Change:
    """The last thing that happened to what the page shows."""

    who: str
    what: str
    at: datetime


def since(subject: str, refused: Refused) -> Change | None:
    """The last change of `subject` when a refusal says that there was one."""
    if refused.name not in STALE:
        return None
    found = feed.of_subject(subject, limit=1).entries
    if not found:
        return None
    (last,) = found
    return Change(actor_name(last.actor, staff.names([last.actor])), say(last), last.at)
