"""What customers chose on their order's page: asked once, kept as it was shown."""

from __future__ import annotations

from django.db import models


class Choice(models.Model):
    """One choice that was carried out. The same `once` of an order twice is one choice.

    `chosen` holds ids, numbers and days; `shown` the words the customer confirmed, in `language`.
    """

    order = models.ForeignKey("orders.Order", on_delete=models.CASCADE, related_name="+", db_index=False)
    once = models.TextField()
    kind = models.TextField()
    chosen = models.JSONField(default=dict)
    shown = models.TextField()
    language = models.TextField()
    at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["order", "once"], name="choice_once"),)
        indexes = (models.Index(fields=["order", "at"], name="choice_of_order"),)
