"""Tables of notices: what is told to whom in which words, what they answered, and where webhooks go.

Every message is kept as it was sent, with its fate; the wording is data; cases of the delay law keep their steps.
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from backorder.journal.identity import id_in_order


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


class Template(models.Model):
    """The wording of a kind of notice in a language, as data: versions, at most one of them live.

    Where none is live, the wording that comes with the product is used.
    """

    kind = models.TextField()
    language = models.TextField()
    version = models.IntegerField()
    subject = models.TextField()
    body = models.TextField()
    sms = models.TextField(default="")
    note = models.TextField(default="")
    made_by = models.TextField()
    made_at = models.DateTimeField()
    live_at = models.DateTimeField(null=True)
    retired_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["kind", "language", "version"], name="template_version_once"),
            models.UniqueConstraint(
                fields=["kind", "language"],
                condition=Q(live_at__isnull=False, retired_at=None),
                name="one_live_template",
            ),
            models.CheckConstraint(condition=Q(version__gte=1), name="template_version"),
        )


class KindRule(models.Model):
    """What the merchant decided about a kind of notice; without a row it is told as the product thinks best."""

    kind = models.TextField(primary_key=True)
    active = models.BooleanField(default=True)


class Pending(models.Model):
    """An order about which there may be something to tell: the facts that say so, gathered until `due_at`."""

    order = models.OneToOneField("orders.Order", primary_key=True, on_delete=models.CASCADE)
    facts = models.JSONField(default=list)
    first_at = models.DateTimeField()
    due_at = models.DateTimeField(db_index=True)
    tries = models.IntegerField(default=0)


class Told(models.Model):
    """What the customer of an order was last told of each line; what differs from it enough is news."""

    order = models.OneToOneField("orders.Order", primary_key=True, on_delete=models.CASCADE)
    lines = models.JSONField(default=dict)
    at = models.DateTimeField()


class Thread(models.Model):
    """A conversation with a customer, about an order or not; open until somebody closes it."""

    id = models.BigIntegerField(primary_key=True, default=id_in_order)
    order = models.ForeignKey("orders.Order", null=True, on_delete=models.CASCADE, related_name="+")
    customer = models.ForeignKey("orders.Customer", null=True, on_delete=models.SET_NULL, related_name="+")
    address = models.TextField(default="")
    subject = models.TextField()
    opened_at = models.DateTimeField()
    last_at = models.DateTimeField()
    waits_for = models.TextField(default="staff")
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(waits_for__in=["staff", "customer", "nobody"]), name="thread_waits_for"),
            models.CheckConstraint(condition=Q(closed_at=None) | Q(waits_for="nobody"), name="thread_closed"),
        )
        indexes = (models.Index(fields=["last_at"], condition=Q(closed_at=None), name="thread_open"),)


class Notice(models.Model):
    """One message to somebody outside, exactly as it was or will be sent, and its fate.

    `channel` is the way it goes (email, sms, alert). `wanted_by` is the last moment at which it still keeps the law.
    `evidence` names what it rests on: the seqs of the facts that caused it. `fallback` is the same in the form of
    another channel, to be sent if this way fails; that notice then points here (`instead_of`). The lease is real time,
    whatever the installation's clock says.
    """

    id = models.BigIntegerField(primary_key=True, default=id_in_order)
    kind = models.TextField()
    channel = models.TextField()
    order = models.ForeignKey("orders.Order", null=True, on_delete=models.CASCADE, related_name="+", db_index=False)
    line = models.ForeignKey("orders.Line", null=True, on_delete=models.SET_NULL, related_name="+")
    customer = models.ForeignKey("orders.Customer", null=True, on_delete=models.SET_NULL, related_name="+")
    thread = models.ForeignKey(Thread, null=True, on_delete=models.SET_NULL, related_name="+")
    instead_of = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="+")
    template = models.ForeignKey(Template, null=True, on_delete=models.PROTECT, related_name="+")
    wording = models.TextField()
    language = models.TextField()
    address = models.TextField()
    name = models.TextField(default="")
    subject = models.TextField(default="")
    text = models.TextField()
    html = models.TextField(default="")
    headers = models.JSONField(default=dict)
    fallback = models.JSONField(default=dict)
    message_id = models.TextField(unique=True)
    evidence = models.JSONField(default=dict)
    wanted_by = models.DateTimeField(null=True)
    state = models.TextField(default="waiting")
    tries = models.IntegerField(default=0)
    next_try_at = models.DateTimeField()
    leased_until = models.DateTimeField(null=True)
    last_error = models.TextField(default="")
    provider = models.TextField(default="")
    provider_id = models.TextField(default="")
    segments = models.SmallIntegerField(default=0)
    escalated_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    bounced_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "sent", "dead", "suppressed"]), name="notice_state"
            ),
            models.CheckConstraint(condition=Q(channel__in=["email", "sms", "alert"]), name="notice_channel"),
            models.CheckConstraint(condition=Q(state="waiting") | Q(leased_until=None), name="notice_lease"),
            models.CheckConstraint(condition=~Q(state="sent") | Q(sent_at__isnull=False), name="notice_sent_at"),
            models.UniqueConstraint(fields=["instead_of"], name="one_notice_instead"),
        )
        indexes = (
            models.Index(fields=["next_try_at"], condition=Q(state="waiting"), name="notice_due"),
            models.Index(fields=["order", "created_at"], name="notice_by_order"),
            models.Index(fields=["wanted_by"], condition=Q(state="waiting"), name="notice_by_deadline"),
            models.Index(fields=["provider_id"], condition=~Q(provider_id=""), name="notice_by_provider_id"),
            models.Index(fields=["address", "created_at"], name="notice_by_address"),
        )


class Message(models.Model):
    """One message of a thread. `is_automatic`: an out-of-office reply or the like, which never counts as an answer."""

    id = models.BigIntegerField(primary_key=True, default=id_in_order)
    thread = models.ForeignKey(Thread, on_delete=models.CASCADE, related_name="messages")
    author = models.TextField()
    actor = models.TextField()
    text = models.TextField()
    at = models.DateTimeField()
    is_automatic = models.BooleanField(default=False)
    message_id = models.TextField(null=True, unique=True)
    notice = models.ForeignKey(Notice, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        constraints = (models.CheckConstraint(condition=Q(author__in=["customer", "staff"]), name="message_author"),)
        indexes = (models.Index(fields=["thread", "id"], name="message_of_thread"),)


class Preference(models.Model):
    """What somebody wants to be told at an address of a channel; kind blank: anything. `source` says how we know."""

    channel = models.TextField()
    address = models.TextField()
    kind = models.TextField(default="")
    wanted = models.BooleanField()
    source = models.TextField()
    at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["channel", "address", "kind"], name="preference_once"),
            models.CheckConstraint(condition=Q(channel__in=["email", "sms"]), name="preference_channel"),
        )


class Suppression(models.Model):
    """An address to which nothing (or nothing that is not about an order) may go, and why."""

    channel = models.TextField()
    address = models.TextField()
    reason = models.TextField()
    note = models.TextField(default="")
    at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["channel", "address"], name="suppression_once"),
            models.CheckConstraint(condition=Q(channel__in=["email", "sms"]), name="suppression_channel"),
            models.CheckConstraint(
                condition=Q(reason__in=["bounce", "complaint", "stop", "unsubscribed", "by_hand"]),
                name="suppression_reason",
            ),
        )


class Watch(models.Model):
    """An order that owes something: when the delay law must be asked about it next."""

    order = models.OneToOneField("orders.Order", primary_key=True, on_delete=models.CASCADE)
    look_at = models.DateTimeField(db_index=True)
    tries = models.IntegerField(default=0)


class Case(models.Model):
    """A line whose promise cannot be held where the law asks for something: what it asks, until when.

    `ruling` is the law's last answer as data, `state` its state; `deadline_at` is when the next thing must be done.
    """

    id = models.BigIntegerField(primary_key=True, default=id_in_order)
    order = models.ForeignKey("orders.Order", on_delete=models.CASCADE, related_name="+")
    line = models.ForeignKey("orders.Line", on_delete=models.CASCADE, related_name="+")
    jurisdiction = models.TextField()
    state = models.TextField()
    action = models.TextField(default="none")
    paragraph = models.TextField(default="")
    applicable_on = models.DateField(null=True)
    revised_on = models.DateField(null=True)
    deadline_at = models.DateTimeField(null=True)
    ruling = models.JSONField(default=dict)
    evidence = models.JSONField(default=dict)
    opened_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["line"], condition=Q(closed_at=None), name="one_open_case_of_a_line"),
        )
        indexes = (models.Index(fields=["deadline_at"], condition=Q(closed_at=None), name="case_by_deadline"),)


class CaseStep(models.Model):
    """What was done, told or answered in a case, in order; never edited. `body` holds what was shown or said."""

    id = models.BigIntegerField(primary_key=True, default=id_in_order)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="steps")
    what = models.TextField()
    at = models.DateTimeField()
    actor = models.TextField()
    paragraph = models.TextField(default="")
    notice = models.ForeignKey(Notice, null=True, on_delete=models.PROTECT, related_name="+")
    body = models.JSONField(default=dict)

    class Meta:
        indexes = (models.Index(fields=["case", "id"], name="step_of_case"),)
