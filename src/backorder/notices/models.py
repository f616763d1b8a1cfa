"""Tables of notices: where webhooks go, and every delivery with its fate."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q


class Endpoint(models.Model):
    """A webhook address; `facts` are the fact names it wants (empty: all)."""

    url = models.TextField()
    secret = models.TextField()
    facts = ArrayField(models.TextField(), default=list)
    active = models.BooleanField(default=True)
    created_at = models.DateTimeField()


class Delivery(models.Model):
    """One message to one endpoint: waiting, delivered, or dead after its last try."""

    id = models.UUIDField(primary_key=True)
    endpoint = models.ForeignKey(Endpoint, on_delete=models.CASCADE)
    fact = models.TextField()
    payload = models.JSONField()
    state = models.TextField(default="waiting")
    tries = models.IntegerField(default=0)
    next_try_at = models.DateTimeField()
    last_error = models.TextField(default="")
    created_at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(state__in=["waiting", "delivered", "dead"]), name="delivery_state"),
        )
        indexes = (models.Index(fields=["next_try_at"], condition=Q(state="waiting"), name="delivery_due"),)
