"""Remember which statements an ERP made of what is on hand, so that an old one never undoes a newer one."""

from __future__ import annotations

from datetime import datetime

from django.db import connection, transaction

from backorder.catalog.limits import check_count, check_text
from backorder.journal.refusals import Refused

from .models import Snapshot
from .queries import last_snapshot

MAX_SNAPSHOT_ROWS = 1_000_000


@transaction.atomic
def record_snapshot(location_id: int, *, taken_at: datetime, received_at: datetime, rows: int, source: str = "") -> int:
    """Write down a snapshot of a location; returns its id.

    Refused: snapshot_from_the_future, snapshot_is_older (another one is at least as new). The caller
    changes the levels, in the same transaction.
    """
    assert taken_at.tzinfo is not None
    check_count("rows", rows, most=MAX_SNAPSHOT_ROWS)
    check_text("source", source)
    if taken_at > received_at:
        raise Refused(
            "snapshot_from_the_future",
            f"taken_at is {taken_at.isoformat()}, later than now.",
            field="taken_at",
            value=taken_at.isoformat(),
            limit=received_at.isoformat(),
        )
    newest = _newest_locked(location_id)
    if newest is not None and taken_at <= newest:
        raise Refused(
            "snapshot_is_older",
            f"taken_at is {taken_at.isoformat()}; one of {newest.isoformat()} is known.",
            status=409,
            field="taken_at",
            value=taken_at.isoformat(),
            limit=newest.isoformat(),
        )
    snapshot = Snapshot.objects.create(
        location_id=location_id, taken_at=taken_at, received_at=received_at, rows=rows, source=source
    )
    return snapshot.id


def _newest_locked(location_id: int) -> datetime | None:
    with connection.cursor() as cursor:
        # Two snapshots of one location take turns, also when there is no older row to lock.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('stock_snapshot'), %s)", [location_id])
    return last_snapshot(location_id)
