"""Tables of the console: views that people saved, actions that were done, figures of a day, files that were sent,
errands for many lines.
"""

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
    `worked_at` is when the worker last said that it goes on; `facts` are those of the refusal that stopped it.
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
    facts = models.JSONField(default=dict)
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


class Errand(models.Model):
    """Something that somebody wants done to each of many lines: they are found first, then done by the worker.

    `state`: finding, found, doing, done or stopped. `values` is what was typed, `filters` and `sort` which lines are
    meant, `place` how far they are found, `sums` what they come to, `changed` how many promises changed. Kept for 30
    days.
    """

    person = models.ForeignKey("auth.User", on_delete=models.CASCADE)
    action = models.TextField()
    values = models.JSONField(default=dict)
    query = models.TextField(default="")
    filters = models.JSONField(default=dict)
    sort = models.TextField(default="urgent")
    descending = models.BooleanField(default=False)
    made_at = models.DateTimeField(db_index=True)
    worked_at = models.DateTimeField()
    state = models.TextField(default="finding")
    trouble = models.TextField(default="")
    place = models.JSONField(null=True)
    lines = models.IntegerField(default=0)
    sums = models.JSONField(default=dict)
    changed = models.IntegerField(default=0)
    undo_of = models.OneToOneField("self", on_delete=models.CASCADE, null=True, related_name="undone_by")

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=models.Q(state__in=["finding", "found", "doing", "done", "stopped"]), name="errand_state"
            ),
        )
        indexes = (
            models.Index(fields=["worked_at"], name="errand_to_do", condition=models.Q(state__in=["finding", "doing"])),
        )


class ErrandLine(models.Model):
    """A line of an errand, in the order of the list. `state`: empty while it waits, done or refused.

    `was` is what undoing it needs, `refusal` why it was refused: name, English sentence, facts.
    """

    errand = models.ForeignKey(Errand, on_delete=models.CASCADE, db_index=False)
    place = models.IntegerField()
    line = models.BigIntegerField()
    order = models.BigIntegerField()
    item = models.BigIntegerField()
    customer = models.BigIntegerField(null=True)
    value_minor = models.BigIntegerField()
    currency = models.TextField()
    state = models.TextField(default="")
    was = models.JSONField(null=True)
    refusal = models.JSONField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["errand", "line"], name="errand_line_once"),
            models.CheckConstraint(condition=models.Q(state__in=["", "done", "refused"]), name="errand_line_state"),
        )
        indexes = (
            models.Index(fields=["errand", "place"], name="errand_line_to_do", condition=models.Q(state="")),
            models.Index(fields=["errand", "place"], name="errand_line_refused", condition=models.Q(state="refused")),
        )
