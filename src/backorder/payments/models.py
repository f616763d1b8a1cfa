"""Tables of payments: what the shop or its provider told us of an order's money, and what is due.

We hold no cards and move no money: a `Due` asks somebody else to, and a `Payment` is that somebody's word.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from backorder.journal.identity import new_id

PAYMENT_KINDS = ("authorised", "captured", "refunded", "voided", "failed")
DUE_KINDS = ("refund", "capture", "authorise_again", "balance", "void")
DUE_STATES = ("open", "done", "dropped")


class Payment(models.Model):
    """Money that was authorised, captured, refunded or voided, or failed to be; the same `key` of an order is one.

    `capture_before` is the end of an authorisation, `capture_source` who says so. `form` is how a refund went.
    """

    id = models.BigIntegerField(primary_key=True, default=new_id)
    order = models.ForeignKey("orders.Order", on_delete=models.PROTECT, related_name="+", db_index=False)
    kind = models.TextField()
    amount_minor = models.BigIntegerField()
    currency = models.TextField()
    at = models.DateTimeField()
    provider = models.TextField(default="")
    network = models.TextField(default="")
    reference = models.TextField(default="")
    form = models.TextField(default="")
    is_deposit = models.BooleanField(default=False)
    split_enabled = models.BooleanField(default=False)
    capture_before = models.DateTimeField(null=True)
    capture_source = models.TextField(default="")
    key = models.TextField()
    recorded_at = models.DateTimeField()
    warned_at = models.DateTimeField(null=True)
    lapsed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["order", "key"], name="payment_once"),
            models.CheckConstraint(condition=Q(kind__in=PAYMENT_KINDS), name="payment_kind"),
            models.CheckConstraint(condition=Q(amount_minor__gte=0), name="payment_amount"),
        )
        indexes = (
            models.Index(
                fields=["capture_before"],
                condition=Q(kind="authorised", lapsed_at=None, capture_before__isnull=False),
                name="payment_lapses",
            ),
        )


class Due(models.Model):
    """Money that must move, by the end of `by_at` (null: no day is known yet), and why.

    `vests_on`, `rule` and `paragraph` say what a refund rests on; `amount_minor` is what is still to be done of it.
    `goods_stay`: the customer keeps what it is for, which are the units by line in `stays`. A refund that cannot go
    back the way the payment came goes by other `means`, `because` of something that was `found_at` an instant.
    """

    id = models.BigIntegerField(primary_key=True, default=new_id)
    order = models.ForeignKey("orders.Order", on_delete=models.PROTECT, related_name="+", db_index=False)
    kind = models.TextField()
    amount_minor = models.BigIntegerField()
    raised_minor = models.BigIntegerField()
    currency = models.TextField()
    by_at = models.DateTimeField(null=True)
    send_by_on = models.DateField(null=True)
    vests_on = models.DateField(null=True)
    rule = models.TextField(default="")
    paragraph = models.TextField(default="")
    why = models.TextField(default="")
    state = models.TextField(default="open")
    raised_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    note = models.TextField(default="")
    goods_stay = models.BooleanField(default=False)
    stays = models.JSONField(default=dict)
    means = models.TextField(default="same_means")
    because = models.TextField(default="")
    found_at = models.DateTimeField(null=True)
    warned_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(kind__in=DUE_KINDS), name="due_kind"),
            models.CheckConstraint(condition=Q(state__in=DUE_STATES), name="due_state"),
            models.CheckConstraint(condition=Q(amount_minor__gte=0, raised_minor__gt=0), name="due_amount"),
            models.CheckConstraint(
                condition=Q(state="open", closed_at=None) | ~Q(state="open") & Q(closed_at__isnull=False),
                name="due_closed",
            ),
            models.CheckConstraint(condition=~Q(state="done") | Q(amount_minor=0), name="due_done_is_all_done"),
            models.CheckConstraint(
                condition=Q(means="same_means", found_at=None) | ~Q(means="same_means") & Q(found_at__isnull=False),
                name="due_other_means_were_found",
            ),
        )
        indexes = (
            models.Index(fields=["by_at", "id"], condition=Q(state="open"), name="due_by_deadline"),
            models.Index(fields=["order", "id"], name="due_of_order"),
        )
