"""Tables of the console: views that people saved, actions that were done, figures of a day, files that were sent."""

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


class Upload(models.Model):
    """A file that somebody sent: checked without effect, then taken in when they say so. Kept for 30 days.

    `state`: checking, checked, taking, taken or stopped. The counts and `refusals` are those of its last pass;
    `worked_at` is when the worker last said that it goes on.
    """

    token = models.TextField(unique=True)
    person = models.ForeignKey("auth.User", on_delete=models.CASCADE)
    kind = models.TextField()
    format = models.TextField()
    name = models.TextField()
    body = models.BinaryField()
    made_at = models.DateTimeField()
    worked_at = models.DateTimeField(null=True)
    state = models.TextField(default="checking")
    trouble = models.TextField(default="")
    rows = models.IntegerField(default=0)
    taken = models.IntegerField(default=0)
    refused = models.IntegerField(default=0)
    refusals = models.JSONField(default=list)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=models.Q(state__in=["checking", "checked", "taking", "taken", "stopped"]),
                name="upload_state",
            ),
        )
        indexes = (
            models.Index(fields=["id"], name="upload_to_do", condition=models.Q(state__in=["checking", "taking"])),
        )
