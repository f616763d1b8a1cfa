"""Tables of planning: variants with all their versions, frozen inputs, and what runs decided on them."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class Variant(models.Model):
    """A saved way to decide; `version` is the newest of its versions."""

    code = models.TextField(unique=True)
    version = models.IntegerField()


class VariantVersion(models.Model):
    """A variant as it was written down at one time; never edited (trigger)."""

    pk = models.CompositePrimaryKey("variant_id", "version")
    variant = models.ForeignKey(Variant, on_delete=models.PROTECT, related_name="versions", db_index=False)
    version = models.IntegerField()
    form = models.JSONField()
    at = models.DateTimeField()
    actor = models.TextField()


class Frozen(models.Model):
    """What lines, holds and supplies were like at one time: the input that runs decide on and replays repeat."""

    at = models.DateTimeField()
    attributes = models.JSONField(default=list)
    skus = models.JSONField(null=True)


class FrozenRange(models.Model):
    """The part of a frozen input that lies in one range of items, as compressed columns."""

    pk = models.CompositePrimaryKey("frozen_id", "number")
    frozen = models.ForeignKey(Frozen, on_delete=models.CASCADE, related_name="ranges", db_index=False)
    number = models.IntegerField()
    first_item = models.BigIntegerField()
    last_item = models.BigIntegerField()
    lines = models.IntegerField()
    content = models.BinaryField()


class Run(models.Model):
    """One decision by a variant on a frozen input; `documents` are the variant and its fallbacks as they then were.

    `stopped` are the variants whose broken floors stopped them altogether. `digest` is that of the plans of all ranges.
    """

    frozen = models.ForeignKey(Frozen, on_delete=models.PROTECT, related_name="runs")
    variant = models.TextField()
    version = models.IntegerField()
    documents = models.JSONField()
    second_person = models.BooleanField(default=False)
    stopped = models.JSONField(default=list)
    state = models.TextField(default="deciding")
    figures = models.JSONField(default=dict)
    digest = models.TextField(blank=True, default="")
    made_at = models.DateTimeField()
    made_by = models.TextField()
    approved_at = models.DateTimeField(null=True)
    approved_by = models.TextField(blank=True, default="")
    committed_at = models.DateTimeField(null=True)
    committed_by = models.TextField(blank=True, default="")

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(state__in=["deciding", "simulated", "approved", "committing", "committed", "discarded"]),
                name="run_state",
            ),
        )


class RunRange(models.Model):
    """How far a run is in one range of items; whoever locks the row works on it.

    `plan` is the assignment a solver found, as compressed columns, and `optimised` by how much it bettered things.
    """

    pk = models.CompositePrimaryKey("run_id", "number")
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="ranges", db_index=False)
    number = models.IntegerField()
    first_item = models.BigIntegerField()
    last_item = models.BigIntegerField()
    state = models.TextField(default="open")
    digest = models.TextField(blank=True, default="")
    tally = models.JSONField(default=dict)
    plan = models.BinaryField(null=True)
    optimised = models.JSONField(default=list)

    class Meta:
        constraints = (models.CheckConstraint(condition=Q(state__in=["open", "done"]), name="run_range_state"),)


class RunItem(models.Model):
    """An item of which a run changes something, or which it had to leave.

    `state`: proposed, committed, refused (`says` why, `line` names the line), stopped (a floor could not be held).
    """

    pk = models.CompositePrimaryKey("run_id", "item_id")
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="items", db_index=False)
    item = models.ForeignKey("catalog.Item", on_delete=models.PROTECT, db_index=False)
    number = models.IntegerField()
    state = models.TextField()
    says = models.TextField(blank=True, default="")
    line = models.BigIntegerField(null=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(state__in=["proposed", "committed", "refused", "stopped"]), name="run_item_state"
            ),
        )
        indexes = (models.Index(fields=["run", "item"], condition=Q(state="proposed"), name="run_item_proposed"),)


class RunLine(models.Model):
    """What a run changes of one line or hold; lines that stay as they are have no row.

    Units covered and the last day they are ready, before and after (null: not all are covered); `lacking` units
    of a floor that could not be held. Promised days only where the units stay and the promise moves.
    """

    pk = models.CompositePrimaryKey("run_id", "line")
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="lines", db_index=False)
    line = models.BigIntegerField()
    item = models.ForeignKey("catalog.Item", on_delete=models.PROTECT, db_index=False)
    order = models.BigIntegerField()
    segment = models.SmallIntegerField()
    units = models.IntegerField()
    covered_before = models.IntegerField()
    covered_after = models.IntegerField()
    ready_before = models.DateField(null=True)
    ready_after = models.DateField(null=True)
    lacking = models.IntegerField(default=0)
    promised_before = models.DateField(null=True)
    promised_after = models.DateField(null=True)
