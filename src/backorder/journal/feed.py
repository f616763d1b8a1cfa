"""What happened, for people: the entries of one thing, or of a kind of fact, newest first, page by page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from .entries import COLUMNS, Entry, Position, from_row
from .refusals import Refused

LIMIT = 100
MOST = 1_000


@dataclass(frozen=True, slots=True)
class Page:
    """Some entries, newest first; `after` asks for the next page, None if this was the last."""

    entries: tuple[Entry, ...]
    after: str | None


def of_subject(subject: str, *, after: str | None = None, limit: int = LIMIT) -> Page:
    """What happened to `subject` (`kind/id`), newest first."""
    return _page(["e.subject = %s"], [subject], after, limit, by="seq")


def of_subjects(subjects: Sequence[str], *, facts: Sequence[str], limit: int = LIMIT) -> tuple[Entry, ...]:
    """The newest of these facts about any of `subjects` (`kind/id`), newest first; each subject is read by index."""
    _check(limit)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {COLUMNS} FROM unnest(%s::text[]) AS n(subject) CROSS JOIN LATERAL ("
            " SELECT * FROM journal_entry WHERE subject = n.subject AND fact = ANY(%s) ORDER BY seq DESC LIMIT %s"
            ") AS e ORDER BY e.seq DESC LIMIT %s",
            [sorted(set(subjects)), list(facts), limit, limit],
        )
        return tuple(from_row(row) for row in cursor.fetchall())


def search(
    *,
    facts: Sequence[str] = (),
    actor: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    after: str | None = None,
    limit: int = LIMIT,
) -> Page:
    """What happened, newest first: of these facts (all if none), by this actor, in `since <= at < until`."""
    wanted = [
        ("e.fact = ANY(%s)", list(facts) or None),
        ("e.actor = %s", actor),
        ("e.at >= %s", since),
        ("e.at < %s", until),
    ]
    used = [(condition, value) for condition, value in wanted if value is not None]
    return _page([condition for condition, _ in used], [value for _, value in used], after, limit, by="position")


# Of one subject few entries exist, and its index is by seq; the whole journal is walked by its primary key.
_ORDERS = {
    "seq": ("e.seq < %s", "e.seq DESC"),
    "position": ("(e.era, e.xact, e.seq) < (%s, %s::text::xid8, %s)", "e.era DESC, e.xact DESC, e.seq DESC"),
}


def _page(conditions: list[str], values: list[Any], after: str | None, limit: int, *, by: str) -> Page:
    _check(limit)
    before, order = _ORDERS[by]
    if after is not None:
        place = _position(after)
        conditions = [*conditions, before]
        values = [*values, *(place if by == "position" else [place.seq])]
    where = " AND ".join(conditions) or "true"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {COLUMNS} FROM journal_entry AS e WHERE {where} ORDER BY {order} LIMIT %s",
            [*values, limit + 1],
        )
        found = [from_row(row) for row in cursor.fetchall()]
    shown = tuple(found[:limit])
    return Page(shown, shown[-1].position.token if len(found) > limit else None)


def _check(limit: int) -> None:
    if not 1 <= limit <= MOST:
        raise Refused(
            "page_size_out_of_range",
            f"A page has 1 to {MOST} entries, not {limit}.",
            field="limit",
            value=limit,
            limit=MOST,
        )


def _position(token: str) -> Position:
    parts = token.split("-")
    if len(parts) != 3 or not all(part.isascii() and part.isdigit() and len(part) < 19 for part in parts):
        raise Refused(
            "cursor_malformed", "The cursor is not one that was given out.", field="cursor", value=token[:100]
        )
    return Position(*map(int, parts))
