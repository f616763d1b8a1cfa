"""Tables of the journal: facts, eras, where each follower stands, how each job went, and the one clock."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models.functions import Now

if TYPE_CHECKING:
    # Only the type checker knows fields by the type of their values.
    _BigInteger = models.BigIntegerField[int, int]
else:
    _BigInteger = models.BigIntegerField


class Xid8Field(_BigInteger):
    """A PostgreSQL transaction id with its epoch (`xid8`); never reused, unlike `xid`."""

    def db_type(self, connection: object) -> str:
        return "xid8"

    def select_format(self, compiler: Any, sql: str, params: Any) -> tuple[str, Any]:
        return f"({sql})::text::bigint", params


class Entry(models.Model):
    """One fact. Ids and numbers only, no personal data. No UPDATE, no DELETE (trigger)."""

    pk = models.CompositePrimaryKey("era", "xact", "seq")
    seq = models.BigIntegerField()
    era = models.IntegerField()
    xact = Xid8Field()
    at = models.DateTimeField()
    actor = models.TextField()
    fact = models.TextField()
    subject = models.TextField()
    body = models.JSONField(default=dict)

    class Meta:
        indexes = (models.Index(fields=["subject", "seq"], name="entry_by_subject"),)


class Era(models.Model):
    """A stretch of journal whose transaction ids are comparable; a restore begins a new one."""

    id = models.AutoField(primary_key=True)
    began_at = models.DateTimeField(db_default=Now())
    reason = models.TextField()


class Follower(models.Model):
    """How far a reader of the journal has come, as (era, xact, seq)."""

    name = models.TextField(primary_key=True)
    era = models.IntegerField(default=0)
    xact = models.BigIntegerField(default=0)
    seq = models.BigIntegerField(default=0)
    read_at = models.DateTimeField(null=True)


class Job(models.Model):
    """How a background job went last, as the worker told a few seconds later, and whether somebody wants it now."""

    name = models.TextField(primary_key=True)
    every_seconds = models.FloatField()
    seen_at = models.DateTimeField()
    ran_at = models.DateTimeField(null=True)
    took_seconds = models.FloatField(default=0)
    did = models.IntegerField(default=0)
    failed_at = models.DateTimeField(null=True)
    failure = models.TextField(default="")
    wanted_at = models.DateTimeField(null=True)
    wanted_by = models.TextField(default="")


class Clock(models.Model):
    """The installation's one clock: a single row, movable only where created for simulation."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    simulated = models.BooleanField(default=False)
    frozen_at = models.DateTimeField(null=True)
    shift = models.DurationField()

    class Meta:
        constraints = (
            models.CheckConstraint(condition=models.Q(id=1), name="clock_is_one_row"),
            models.CheckConstraint(
                condition=models.Q(simulated=True) | models.Q(frozen_at=None),
                name="clock_freezes_only_in_simulation",
            ),
        )
