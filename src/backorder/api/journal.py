"""What happened: the journal's facts, newest first, by subject or by kind; and the demand that could not be met."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from msgspec import Struct

from backorder.api import paging
from backorder.api.operation import Answered, Call, operation
from backorder.api.parameters import Cursor, Instant, Limit, Word
from backorder.journal import feed
from backorder.journal.refusals import Refused

TAG = "journal"


class Entry(Struct, frozen=True):
    """One fact: `noun.happened` to a subject (`kind/id`), when, by whom; ids and numbers only."""

    position: str
    at: datetime
    actor: str
    fact: str
    subject: str
    body: dict[str, Any]


@operation(TAG, "GET", "/journal", scope="orders:read", answer=list[Entry], paged=True)
def list_entries(
    call: Call,
    subject: Word | None = None,
    fact: Word | None = None,
    actor: Word | None = None,
    since: Instant | None = None,
    until: Instant | None = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Answered:
    """List facts, newest first: of one subject, or of a kind, an actor, a time."""
    if subject is not None:
        if fact or actor or since or until:
            raise Refused(
                "subject_stands_alone",
                "Give subject, or fact, actor, since and until; not both.",
                field="subject",
                value=subject,
            )
        page = feed.of_subject(subject, after=cursor, limit=limit)
    else:
        facts = [fact] if fact else []
        page = feed.search(facts=facts, actor=actor, since=since, until=until, after=cursor, limit=limit)
    return _answer(call, page)


@operation(TAG, "GET", "/demand-unmet", scope="orders:read", answer=list[Entry], paged=True)
def list_demand_unmet(
    call: Call, since: Instant | None = None, until: Instant | None = None, limit: Limit = 50, cursor: Cursor = None
) -> Answered:
    """List refused and clamped quantities, newest first: lost sales are demand too."""
    page = feed.search(facts=["demand_unmet"], since=since, until=until, after=cursor, limit=limit)
    return _answer(call, page)


def _answer(call: Call, page: feed.Page) -> Answered:
    rows = [Entry(one.position.token, one.at, one.actor, one.fact, one.subject, one.body) for one in page.entries]
    return Answered(rows, headers=paging.link(call.request, page.after))
