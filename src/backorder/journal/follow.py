"""Read the journal in order, missing nothing: for jobs that turn facts into something else.

Transactions commit in another order than they draw numbers. A follower therefore orders by (era, xact, seq) and reads
only entries below the oldest transaction still running: whatever commits later stands behind what was read.
The follower's place moves in the transaction that uses the entries, so each takes effect once; what leaves the machine
afterwards may be repeated, never lost.
"""

from __future__ import annotations

from django.db import connection

from .entries import COLUMNS, Entry, Position, from_row
from .models import Follower

LIMIT = 500

_PLACE = "SELECT era, xact, seq FROM journal_follower WHERE name = %s"
_LOCK = f"{_PLACE} FOR NO KEY UPDATE SKIP LOCKED"
# Behind every entry there can be.
_END = Position(2**31 - 1, 2**63 - 1, 2**63 - 1)

# Entries of an earlier era are all there: a new one begins only when no transaction of the old one is left.
_READ = f"""
    SELECT {COLUMNS} FROM journal_entry AS e
    WHERE (e.era, e.xact, e.seq) > (%s, %s::text::xid8, %s)
      AND (e.xact < pg_snapshot_xmin(pg_current_snapshot()) OR e.era < (SELECT max(id) FROM journal_era))
      AND (e.era, e.xact, e.seq) <= (%s, %s::text::xid8, %s)
    ORDER BY e.era, e.xact, e.seq
    LIMIT %s
"""

_LAG = """
    SELECT f.name, greatest(coalesce(extract(epoch FROM backorder_now() - unread.at), 0), 0)::float
    FROM journal_follower AS f
    LEFT JOIN LATERAL (
        SELECT e.at FROM journal_entry AS e
        WHERE (e.era, e.xact, e.seq) > (f.era, f.xact::text::xid8, f.seq)
        ORDER BY e.era, e.xact, e.seq LIMIT 1
    ) AS unread ON true
    ORDER BY f.name
"""


def read(name: str, *, limit: int = LIMIT, behind: str = "") -> list[Entry]:
    """The next entries for follower `name`, at most `limit`; a new follower begins at the first entry.

    `behind` names a follower that must have been there first: what it has not read is not read (while there is no such
    follower, nothing holds this one back). Must be inside the transaction that uses the entries and then calls
    `advance`: until it ends, another reader of the same name gets nothing.
    """
    assert connection.in_atomic_block, "a follower reads in the transaction that uses what it read"
    place = _lock(name)
    if place is None:
        return []
    # A statement of its own after the lock: only then does it see what the previous holder did.
    end = (behind and _place(behind)) or _END
    with connection.cursor() as cursor:
        cursor.execute(_READ, [place.era, place.xact, place.seq, *end, limit])
        return [from_row(row) for row in cursor.fetchall()]


def advance(name: str, last: Entry | Position) -> None:
    """Remember that `name` is done with everything up to `last`, in the caller's transaction."""
    assert connection.in_atomic_block, "a follower moves in the transaction that used what it read"
    place = last.position if isinstance(last, Entry) else last
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE journal_follower SET era = %s, xact = %s, seq = %s, read_at = backorder_now()"
            " WHERE name = %s AND (era, xact, seq) < (%s, %s, %s)",
            [*place, name, *place],
        )
        assert cursor.rowcount == 1, f"{name} would move back or does not exist"


def lags() -> dict[str, float]:
    """For each follower, the age in seconds of the oldest entry it has not read; 0 if there is none."""
    with connection.cursor() as cursor:
        cursor.execute(_LAG)
        return dict(cursor.fetchall())


def lag() -> float:
    """How many seconds the slowest follower is behind."""
    return max(lags().values(), default=0.0)


def _place(name: str) -> Position | None:
    with connection.cursor() as cursor:
        cursor.execute(_PLACE, [name])
        row = cursor.fetchone()
    return Position(*row) if row is not None else None


def _lock(name: str) -> Position | None:
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [name])
        row = cursor.fetchone()
        if row is None and not Follower.objects.filter(name=name).exists():
            cursor.execute(
                "INSERT INTO journal_follower (name, era, xact, seq) VALUES (%s, 0, 0, 0) ON CONFLICT DO NOTHING",
                [name],
            )
            cursor.execute(_LOCK, [name])
            row = cursor.fetchone()
    return Position(*row) if row is not None else None
