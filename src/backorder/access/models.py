"""Tables of access: keys, answers kept so that a repeated call is answered the same, links that were revoked."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Key(models.Model):
    """An API key. Only its hash is kept; `prefix` finds it and is safe to show."""

    name = models.TextField()
    prefix = models.TextField(unique=True)
    digest = models.BinaryField()
    scopes = ArrayField(models.TextField())
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)
    rate_per_minute = models.IntegerField(default=60_000)

    class Meta:
        constraints = (models.CheckConstraint(condition=models.Q(rate_per_minute__gt=0), name="key_rate_is_positive"),)


class Replay(models.Model):
    """The answer a creating call was given, by key and `Idempotency-Key`; kept 30 days."""

    key = models.ForeignKey(Key, on_delete=models.CASCADE)
    token = models.TextField()
    fingerprint = models.BinaryField()
    status = models.SmallIntegerField(null=True)
    answer = models.JSONField(null=True)
    made_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["key", "token"], name="one_answer_per_token"),)
        indexes = (models.Index(fields=["made_at"], name="replay_by_age"),)


class Revoked(models.Model):
    """How often the links of a purpose about a subject were revoked; those of an older generation do not open."""

    purpose = models.TextField()
    subject = models.TextField()
    generation = models.IntegerField(default=1)
    revoked_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["purpose", "subject"], name="one_generation_per_subject"),
            models.CheckConstraint(condition=models.Q(generation__gte=1), name="generation_counts_up"),
        )


class Staff(models.Model):
    """A person who works here: what they may do and how they like their pages. Sign-in is Django's user's."""

    user = models.OneToOneField("auth.User", primary_key=True, on_delete=models.PROTECT)
    name = models.TextField()
    roles = ArrayField(models.TextField())
    language = models.TextField(blank=True, default="")
    zone = models.TextField(default="UTC")
    theme = models.TextField(blank=True, default="")
    density = models.TextField(blank=True, default="")
    invited_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=models.Q(roles__contained_by=["viewer", "support", "planner", "buyer", "warehouse", "admin"]),
                name="staff_roles",
            ),
            models.CheckConstraint(condition=models.Q(theme__in=["", "light", "dark"]), name="staff_theme"),
            models.CheckConstraint(condition=models.Q(density__in=["", "roomy"]), name="staff_density"),
        )
