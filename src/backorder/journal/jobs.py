"""How each background job went last, and who wants one to run now: what the worker tells, and what it is told.

The worker gathers its runs and tells them together every few seconds, so a job that looks four times a second costs
no more than one that looks once a day. A wish is taken by one worker, once.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import connection

from .models import Job
from .refusals import unknown

LONGEST_FAILURE = 300

# A run that went well and one that failed may be told together: each has its own instant.
_TELL = """
    INSERT INTO journal_job AS j
        (name, every_seconds, seen_at, ran_at, took_seconds, did, failed_at, failure, wanted_by)
    SELECT name, every_seconds, backorder_now(), backorder_now() - make_interval(secs => ran_ago), took_seconds, did,
           backorder_now() - make_interval(secs => failed_ago), failure, ''
    FROM jsonb_to_recordset(%s::jsonb) AS told (name text, every_seconds float, ran_ago float, took_seconds float,
                                                did int, failed_ago float, failure text)
    ORDER BY name
    ON CONFLICT (name) DO UPDATE SET
        every_seconds = excluded.every_seconds,
        seen_at = excluded.seen_at,
        ran_at = coalesce(excluded.ran_at, j.ran_at),
        took_seconds = CASE WHEN excluded.ran_at IS NULL THEN j.took_seconds ELSE excluded.took_seconds END,
        did = CASE WHEN excluded.ran_at IS NULL THEN j.did ELSE excluded.did END,
        failed_at = coalesce(excluded.failed_at, j.failed_at),
        failure = CASE WHEN excluded.failed_at IS NULL THEN j.failure ELSE excluded.failure END
"""
_WANT = "UPDATE journal_job SET wanted_at = backorder_now(), wanted_by = %s WHERE name = %s"
_TAKE = "UPDATE journal_job SET wanted_at = NULL WHERE wanted_at IS NOT NULL AND name = ANY(%s) RETURNING name"


@dataclass(frozen=True, slots=True)
class Ran:
    """What became of a job since it was told last: how long ago its last run ended, how long it took, what it did.

    `ran_ago` is None when none went well, `failed_ago` when none failed.
    """

    name: str
    every_seconds: float
    ran_ago: float | None = None
    took_seconds: float = 0.0
    did: int = 0
    failed_ago: float | None = None
    failure: str = ""


@dataclass(frozen=True, slots=True)
class JobView:
    """A job as it stands."""

    name: str
    every_seconds: float
    seen_at: datetime
    ran_at: datetime | None
    took_seconds: float
    did: int
    failed_at: datetime | None
    failure: str
    wanted_at: datetime | None

    @property
    def is_failing(self) -> bool:
        """Did its last run fail?"""
        return self.failed_at is not None and (self.ran_at is None or self.failed_at > self.ran_at)


def tell(runs: Iterable[Ran]) -> None:
    """Keep how these jobs went, in one statement."""
    told = [asdict(one) for one in runs]
    if told:
        with connection.cursor() as cursor:
            cursor.execute(_TELL, [json.dumps(told)])


def jobs() -> list[JobView]:
    """Every job that a worker told of, by name."""
    names = [*JobView.__dataclass_fields__]
    return [JobView(**row) for row in Job.objects.order_by("name").values(*names)]


def want(name: str, *, actor: str) -> None:
    """Let the worker run this job at once, whenever it would look next; refused as unknown_job."""
    with connection.cursor() as cursor:
        cursor.execute(_WANT, [actor, name])
        if not cursor.rowcount:
            raise unknown("job", name)


def take_wanted(names: Iterable[str]) -> list[str]:
    """Those of these jobs that somebody wants now; whoever takes them runs them."""
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, [sorted(names)])
        return [name for (name,) in cursor.fetchall()]


def in_a_line(failure: BaseException) -> str:
    """What went wrong, as its kind and first line: later lines may hold rows of tables."""
    first = str(failure).strip().split("\n", 1)[0]
    return f"{type(failure).__name__}: {first}"[:LONGEST_FAILURE]
