"""Tables of notices: where webhooks go, and every delivery with its fate."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q


class Endpoint(models.Model):
    """A webhook address; `facts` are the fact names it wants (empty: all). `secret` is encrypted.

    `failing_since` is set while its last try failed: it then no longer shares its turn with healthy ones.
    """

    url = models.TextField()
    secret = models.TextField()
    facts = ArrayField(models.TextField(), default=list)
    active = models.BooleanField(default=True)
    inactive_because = models.TextField(default="")
    created_at = models.DateTimeField()
    failing_since = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(active=False) | Q(inactive_because=""), name="endpoint_inactive_because"
            ),
        )


class Delivery(models.Model):
    """One message to one endpoint: waiting, delivered, or dead after its last try.

    While `leased_until` (real time, whatever the installation's clock says) has not passed, a worker is at it.
    """

    id = models.UUIDField(primary_key=True)
    endpoint = models.ForeignKey(Endpoint, on_delete=models.CASCADE, db_index=False)
    fact = models.TextField()
    payload = models.JSONField()
    state = models.TextField(default="waiting")
    tries = models.IntegerField(default=0)
    next_try_at = models.DateTimeField()
    leased_until = models.DateTimeField(null=True)
    last_status = models.SmallIntegerField(null=True)
    last_error = models.TextField(default="")
    created_at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(state__in=["waiting", "delivered", "dead"]), name="delivery_state"),
            models.CheckConstraint(condition=Q(state="waiting") | Q(leased_until=None), name="delivery_lease"),
        )
        indexes = (
            models.Index(fields=["endpoint", "next_try_at"], condition=Q(state="waiting"), name="delivery_due"),
            models.Index(fields=["endpoint", "created_at"], name="delivery_by_endpoint"),
            models.Index(fields=["created_at", "id"], name="delivery_by_age"),
        )
