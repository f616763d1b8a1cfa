"""Tables of the console: the views that people saved, and the actions that were done, so that none is done twice."""

from __future__ import annotations

from django.db import models


class SavedView(models.Model):
    """Filters, sort and columns of one list under a name; `shared` ones are everybody's."""

    person = models.ForeignKey("auth.User", on_delete=models.CASCADE)
    page = models.TextField()
    name = models.TextField()
    query = models.TextField()
    shared = models.BooleanField(default=False)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["person", "page", "name"], name="view_name_once"),)


class Done(models.Model):
    """A form that was sent: the same `token` again is answered the same and does nothing. Kept for 30 days."""

    token = models.TextField(primary_key=True)
    person = models.ForeignKey("auth.User", on_delete=models.CASCADE)
    made_at = models.DateTimeField(db_index=True)
    answer = models.JSONField(null=True)


class Measured(models.Model):
    """How we stood on a day: what `figures` measured last on it, as JSON."""

    on = models.DateField(primary_key=True)
    at = models.DateTimeField()
    figures = models.JSONField()
