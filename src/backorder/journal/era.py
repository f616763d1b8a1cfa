"""Eras: stretches of the journal whose transaction ids can be compared.

Data restored into another server meet a counter of transactions that may stand lower than before; what is written then
would sort before what was restored, and followers would never read it. A new era puts it behind.
"""

from __future__ import annotations

from django.db import connection, transaction

RESTORED = "restored data: the journal holds transactions that this server has yet to reach"

# The snapshot does not count the transaction that asks, which may have written itself.
_FROM_THE_FUTURE = """
    SELECT newest.xact >= pg_snapshot_xmax(pg_current_snapshot())
           AND newest.xact IS DISTINCT FROM pg_current_xact_id_if_assigned()
    FROM (
        SELECT xact FROM journal_entry WHERE era = (SELECT max(id) FROM journal_era) ORDER BY xact DESC LIMIT 1
    ) AS newest
"""


def current() -> int:
    """The number of the era that is being written."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT max(id) FROM journal_era")
        (era,) = cursor.fetchone()
    assert isinstance(era, int)
    return era


@transaction.atomic
def begin(reason: str = RESTORED) -> int:
    """Begin a new era and return its number. Waits until whoever writes the journal has committed."""
    _wait_for_writers()
    return _begin(reason)


@transaction.atomic
def check_on_start() -> int | None:
    """Begin a new era if the journal holds entries of transactions yet to come; return its number, or None.

    To be called before anything is written, at each start.
    """
    if not has_entries_from_the_future():
        return None
    _wait_for_writers()
    # Another process that starts now may have been faster.
    return _begin(RESTORED) if has_entries_from_the_future() else None


def has_entries_from_the_future() -> bool:
    """Does the current era hold an entry of a transaction that this server has not begun yet?"""
    with connection.cursor() as cursor:
        cursor.execute(_FROM_THE_FUTURE)
        row = cursor.fetchone()
    return bool(row and row[0])


def _wait_for_writers() -> None:
    # Shuts out inserts, not reads. An insert that waits here reads the number of its era only afterwards.
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE journal_entry IN EXCLUSIVE MODE")


def _begin(reason: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO journal_era (id, began_at, reason)"
            " SELECT max(id) + 1, greatest(max(began_at), now()), %s FROM journal_era RETURNING id",
            [reason],
        )
        (era,) = cursor.fetchone()
    assert isinstance(era, int)
    return era
