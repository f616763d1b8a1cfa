"""Tables of stock: levels, the moves that made them, ERP snapshots, and what changed."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q


class Level(models.Model):
    """Units of one item at one location: physically there, and of those owned by lines or holds."""

    item = models.ForeignKey("catalog.Item", on_delete=models.PROTECT)
    location = models.ForeignKey("catalog.Location", on_delete=models.PROTECT)
    on_hand = models.IntegerField(default=0)
    allocated = models.IntegerField(default=0)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["item", "location"], name="one_level_per_item_and_location"),
            models.CheckConstraint(
                condition=Q(allocated__gte=0) & Q(allocated__lte=F("on_hand")), name="never_oversold"
            ),
        )


class Move(models.Model):
    """One change of `on_hand`, append-only. The same cause twice is one move."""

    item = models.ForeignKey("catalog.Item", on_delete=models.PROTECT)
    location = models.ForeignKey("catalog.Location", on_delete=models.PROTECT)
    units = models.IntegerField()
    kind = models.TextField()
    cause = models.TextField()
    note = models.TextField(default="")
    at = models.DateTimeField()
    actor = models.TextField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["item", "location", "kind", "cause"], name="one_move_per_cause"),
            models.CheckConstraint(condition=~Q(units=0), name="move_moves_something"),
            models.CheckConstraint(
                condition=Q(
                    kind__in=[
                        "opening",
                        "receipt",
                        "shipment",
                        "adjustment",
                        "count",
                        "short_pick",
                        "restock",
                        "snapshot",
                        "transfer_out",
                        "transfer_in",
                    ]
                ),
                name="move_kind",
            ),
        )


class Changed(models.Model):
    """A mark: something about this item changed and is not yet re-decided. The mark is the truth."""

    item = models.ForeignKey("catalog.Item", on_delete=models.CASCADE)
    cause = models.TextField()
    at = models.DateTimeField()


class Snapshot(models.Model):
    """An ERP's statement of what is on hand at a location, true as of `taken_at` (its watermark)."""

    location = models.ForeignKey("catalog.Location", on_delete=models.PROTECT)
    taken_at = models.DateTimeField()
    received_at = models.DateTimeField()
    rows = models.IntegerField()
    source = models.TextField(default="")

    class Meta:
        constraints = (models.UniqueConstraint(fields=["location", "taken_at"], name="one_snapshot_per_instant"),)
