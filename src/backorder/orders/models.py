"""Tables of orders: quantities, not states. The database refuses a lost or doubled unit."""

from __future__ import annotations

from datetime import date

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Cast, Coalesce

from backorder.journal.identity import new_id


class Queue(models.Model):
    """One row per item, always there (a trigger makes it): the lock of that item and what it owes."""

    item = models.OneToOneField("catalog.Item", primary_key=True, on_delete=models.CASCADE)
    open_units = models.IntegerField(default=0)

    class Meta:
        constraints = (models.CheckConstraint(condition=Q(open_units__gte=0), name="queue_is_not_negative"),)


class Standing(models.Model):
    """By which variant an item (null: all that have none of their own) is decided when something changes.

    `documents` are the variant and its fallbacks as they were when a planner let them stand.
    """

    item = models.ForeignKey("catalog.Item", null=True, db_index=False, on_delete=models.CASCADE)
    variant = models.TextField()
    version = models.IntegerField()
    documents = models.JSONField()
    since = models.DateTimeField()
    by = models.TextField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["item"], name="one_variant_stands", nulls_distinct=False),)


class Channel(models.Model):
    """Where orders come from: a shop, a marketplace, the phone."""

    code = models.TextField(unique=True)
    name = models.TextField()
    sourcing = models.TextField(default="fewest_splits")
    service = models.ForeignKey("catalog.Service", null=True, on_delete=models.PROTECT)
    currency = models.TextField(default="GBP")
    hold_minutes = models.IntegerField(default=15)
    active = models.BooleanField(default=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(sourcing__in=["fewest_splits", "ordered", "most_available"]), name="channel_sourcing"
            ),
            models.CheckConstraint(condition=Q(hold_minutes__range=(1, 43_200)), name="channel_hold_minutes"),
        )


class Customer(models.Model):
    """Who orders. `reference` is the shop's id of the customer on its channel."""

    id = models.BigIntegerField(primary_key=True, default=new_id)
    channel = models.ForeignKey(Channel, on_delete=models.PROTECT)
    reference = models.TextField()
    name = models.TextField(blank=True, default="")
    email = models.TextField(blank=True, default="")
    phone = models.TextField(blank=True, default="")
    tier = models.TextField(blank=True, default="")

    class Meta:
        constraints = (models.UniqueConstraint(fields=["channel", "reference"], name="customer_once_per_channel"),)


class Order(models.Model):
    """What a customer asked for, with everything that cannot be recovered later."""

    id = models.BigIntegerField(primary_key=True, default=new_id)
    # No index of the channel alone: the planner would take it for young tables and read all its orders.
    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, db_index=False)
    reference = models.TextField()
    fingerprint = models.BinaryField()
    customer = models.ForeignKey(Customer, null=True, on_delete=models.PROTECT)
    ordered_at = models.DateTimeField()
    version = models.IntegerField(default=1)
    country = models.TextField()
    region = models.TextField(blank=True, default="")
    zone = models.TextField(default="UTC")
    locale = models.TextField(default="en")
    contact = models.JSONField(default=dict)
    ship_to = models.JSONField(default=dict)
    service = models.ForeignKey("catalog.Service", on_delete=models.PROTECT, db_index=False)
    currency = models.TextField()
    shipping_minor = models.BigIntegerField(default=0)
    discount_minor = models.BigIntegerField(default=0)
    tax_minor = models.BigIntegerField(default=0)
    paid_at = models.DateTimeField(null=True)
    authorisation = models.TextField(blank=True, default="")
    capture_before = models.DateTimeField(null=True)
    shown_on = models.DateField(null=True)
    shown_wording = models.TextField(blank=True, default="")
    requested_on = models.DateField(null=True)
    on_short = models.TextField(default="wait")
    ship = models.TextField(default="as_ready")
    substitutes_allowed = models.BooleanField(default=False)
    cancel_if_not_by = models.DateField(null=True)
    early_charge_consent = models.BooleanField(default=False)
    priority = models.SmallIntegerField(default=0)
    tags = ArrayField(models.TextField(), default=list)
    attributes = models.JSONField(default=dict)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["channel", "reference"], name="one_order_per_reference"),
            models.CheckConstraint(
                condition=Q(on_short__in=["wait", "ship_rest", "cancel_rest"]), name="order_on_short"
            ),
            models.CheckConstraint(condition=Q(ship__in=["as_ready", "together"]), name="order_ship"),
        )
        indexes = (
            models.Index(fields=["cancel_if_not_by"], condition=~Q(cancel_if_not_by=None), name="order_unwanted_by"),
        )


class Line(models.Model):
    """Units of one item on an order. A kit's own line has no quantities; its component lines do."""

    id = models.BigIntegerField(primary_key=True, default=new_id)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="lines", db_index=False)
    position = models.IntegerField()
    item = models.ForeignKey("catalog.Item", on_delete=models.PROTECT)
    kit_line = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="components", db_index=False)
    kit_units = models.IntegerField(null=True)
    per_kit = models.IntegerField(null=True)
    instead_of = models.ForeignKey(
        "self", null=True, on_delete=models.PROTECT, related_name="substituted_by", db_index=False
    )
    placed = models.BooleanField(default=True)  # False: added later, by an edit or as a substitute.
    ordered_at = models.DateTimeField()
    priority = models.SmallIntegerField(default=0)
    requested_on = models.DateField(null=True)
    min_ship_units = models.IntegerField(default=1)
    ship_multiple = models.IntegerField(default=1, db_default=1)
    max_shipments = models.SmallIntegerField(null=True)  # Null: any number.

    ordered = models.IntegerField()
    open = models.IntegerField()
    allocated = models.IntegerField(default=0)
    released = models.IntegerField(default=0)
    shipped = models.IntegerField(default=0)
    cancelled = models.IntegerField(default=0)
    substituted = models.IntegerField(default=0)
    returned = models.IntegerField(default=0)

    unit_price_minor = models.BigIntegerField(default=0)
    discount_minor = models.BigIntegerField(default=0)
    tax_minor = models.BigIntegerField(default=0)

    # Delivery days of the last part; null when nothing could be promised. The first one never changes.
    first_promised_on = models.DateField(null=True)
    promised_on = models.DateField(null=True)
    first_ship_on = models.DateField(null=True)
    promised_ship_on = models.DateField(null=True)
    # From this instant on nothing of the line may leave; a case of the delay law sets it, null: no law does.
    leave_by_at = models.DateTimeField(null=True)
    promise_version = models.IntegerField(default=0)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["order", "position"], name="line_position_once"),
            models.CheckConstraint(
                condition=Q(
                    ordered=F("open")
                    + F("allocated")
                    + F("released")
                    + F("shipped")
                    + F("cancelled")
                    + F("substituted")
                ),
                name="no_unit_lost_or_doubled",
            ),
            models.CheckConstraint(
                condition=Q(
                    open__gte=0,
                    allocated__gte=0,
                    released__gte=0,
                    shipped__gte=0,
                    cancelled__gte=0,
                    substituted__gte=0,
                    returned__gte=0,
                ),
                name="line_quantities_are_not_negative",
            ),
            models.CheckConstraint(condition=Q(returned__lte=F("shipped")), name="returned_was_shipped"),
            models.CheckConstraint(
                condition=Q(min_ship_units__gte=1, ship_multiple__gte=1)
                & (Q(max_shipments=None) | Q(max_shipments__gte=1)),
                name="line_shipments",
            ),
            models.CheckConstraint(
                condition=Q(kit_units=None, ordered__gte=1) | Q(kit_units__gte=1, ordered=0),
                name="a_line_orders_something",
            ),
        )
        indexes = (
            # Few lines are part of a kit or stand in for another: the rest need not pay for finding those.
            models.Index(fields=["kit_line"], condition=~Q(kit_line=None), name="line_of_kit"),
            models.Index(fields=["instead_of"], condition=~Q(instead_of=None), name="line_instead_of"),
            models.Index(fields=["item"], condition=Q(open__gt=0), name="line_waits"),
            models.Index(fields=["item", "order"], condition=Q(allocated__gt=0), name="line_allocated"),
            # What has left of an item, which counts for quotas.
            models.Index(fields=["item"], condition=Q(released__gt=0) | Q(shipped__gt=0), name="line_left"),
            # The queue as staff sort it: by promised day, by age, by value.
            models.Index(
                Coalesce("promised_on", Value(date(9999, 12, 31))),
                F("id"),
                condition=Q(open__gt=0),
                name="line_by_urgency",
            ),
            models.Index(fields=["id"], condition=Q(open__gt=0), name="line_by_age"),
            models.Index(
                Cast("open", models.BigIntegerField()) * F("unit_price_minor"),
                F("id"),
                condition=Q(open__gt=0),
                name="line_by_value",
            ),
        )


class Block(models.Model):
    """The order may not be released (fraud, payment, address); it keeps its units."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="blocks")
    kind = models.TextField()
    note = models.TextField(blank=True, default="")
    placed_at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["order", "kind"], condition=Q(lifted_at=None), name="one_block_of_a_kind"),
            models.CheckConstraint(condition=Q(kind__in=["fraud", "payment", "address", "other"]), name="block_kind"),
        )


class Hold(models.Model):
    """A soft reservation of one item for a cart (`token`) that ends; owns allocations and pegs like a line."""

    id = models.BigIntegerField(primary_key=True, default=new_id)
    channel = models.ForeignKey(Channel, on_delete=models.PROTECT)
    token = models.TextField()
    item = models.ForeignKey("catalog.Item", on_delete=models.PROTECT)
    country = models.TextField()
    service = models.ForeignKey("catalog.Service", on_delete=models.PROTECT)
    units = models.IntegerField()
    open = models.IntegerField(default=0)
    made_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    outcome = models.TextField(blank=True, default="")
    order = models.ForeignKey(Order, null=True, on_delete=models.PROTECT)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["channel", "token", "item"], condition=Q(ended_at=None), name="one_live_hold_per_cart_and_item"
            ),
            models.CheckConstraint(condition=Q(units__gte=1, open__gte=0, open__lte=F("units")), name="hold_units"),
            models.CheckConstraint(
                condition=Q(outcome__in=["", "expired", "released", "ordered"]), name="hold_outcome"
            ),
        )
        indexes = (
            models.Index(fields=["item"], condition=Q(ended_at=None), name="hold_lives"),
            models.Index(fields=["ends_at"], condition=Q(ended_at=None), name="hold_due"),
        )


class Allocation(models.Model):
    """On-hand units that have an owner: a line or a hold. Shipping removes them."""

    id = models.BigIntegerField(primary_key=True, default=new_id)
    level = models.ForeignKey("stock.Level", on_delete=models.PROTECT)
    line = models.ForeignKey(Line, null=True, on_delete=models.PROTECT, related_name="allocations", db_index=False)
    hold = models.ForeignKey(Hold, null=True, on_delete=models.PROTECT, related_name="allocations", db_index=False)
    allocated = models.IntegerField(default=0)
    released = models.IntegerField(default=0)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["line", "level"], condition=~Q(line=None), name="allocation_of_line"),
            models.UniqueConstraint(fields=["hold", "level"], condition=~Q(hold=None), name="allocation_of_hold"),
            models.CheckConstraint(
                condition=Q(line=None, hold__isnull=False) | Q(line__isnull=False, hold=None), name="allocation_owner"
            ),
            models.CheckConstraint(
                condition=Q(allocated__gte=0, released__gte=0) & (Q(allocated__gt=0) | Q(released__gt=0)),
                name="allocation_holds_something",
            ),
            models.CheckConstraint(condition=Q(hold=None) | Q(released=0), name="holds_are_not_released"),
        )


class Peg(models.Model):
    """Units of inbound supply that will cover a line or hold; hard ones are not re-decided."""

    id = models.BigIntegerField(primary_key=True, default=new_id)
    supply = models.ForeignKey("supply.Supply", on_delete=models.PROTECT)
    line = models.ForeignKey(Line, null=True, on_delete=models.PROTECT, related_name="pegs", db_index=False)
    hold = models.ForeignKey(Hold, null=True, on_delete=models.PROTECT, related_name="pegs", db_index=False)
    units = models.IntegerField()
    hard = models.BooleanField(default=False)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["line", "supply", "hard"], condition=~Q(line=None), name="peg_of_line"),
            models.UniqueConstraint(fields=["hold", "supply", "hard"], condition=~Q(hold=None), name="peg_of_hold"),
            models.CheckConstraint(
                condition=Q(line=None, hold__isnull=False) | Q(line__isnull=False, hold=None), name="peg_owner"
            ),
            models.CheckConstraint(condition=Q(units__gte=1), name="peg_units"),
        )


class Promise(models.Model):
    """What was committed to for a line, and why; versions, never edited.

    `cause` names what moved it: ordered, receipt, eta, cancelled_supply, count, freed, edit ...
    """

    pk = models.CompositePrimaryKey("line_id", "version")
    line = models.ForeignKey(Line, on_delete=models.PROTECT, related_name="promises", db_index=False)
    version = models.IntegerField()
    at = models.DateTimeField()
    cause = models.TextField()


class Part(models.Model):
    """One date-quantity slice of a promise. `backing` (stock, supply, nothing) and `reason` say what
    stands behind the date."""

    pk = models.CompositePrimaryKey("line_id", "version", "number")
    line = models.ForeignKey(Line, on_delete=models.PROTECT, related_name="+", db_index=False)
    version = models.IntegerField()
    number = models.SmallIntegerField()
    units = models.IntegerField()
    location = models.ForeignKey("catalog.Location", on_delete=models.PROTECT, db_index=False)
    supply = models.ForeignKey("supply.Supply", null=True, on_delete=models.PROTECT, db_index=False)
    ship_on = models.DateField()
    deliver_from_on = models.DateField()
    deliver_on = models.DateField()
    reason = models.TextField()
    backing = models.TextField()
    certain = models.BooleanField(default=True)

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(units__gte=1), name="part_units"),
            models.CheckConstraint(
                condition=Q(backing__in=["stock", "nothing"], supply=None) | Q(backing="supply", supply__isnull=False),
                name="part_backing",
            ),
            models.CheckConstraint(
                condition=Q(deliver_from_on__gte=F("ship_on"), deliver_on__gte=F("deliver_from_on")),
                name="part_days_in_order",
            ),
        )


class Shipment(models.Model):
    """Units that left a location for one order: possession has passed to the carrier. The same `key`
    twice is one shipment."""

    id = models.BigIntegerField(primary_key=True, default=new_id)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="shipments")
    location = models.ForeignKey("catalog.Location", on_delete=models.PROTECT)
    service = models.ForeignKey("catalog.Service", on_delete=models.PROTECT)
    key = models.TextField(unique=True)
    tracking = models.TextField(blank=True, default="")
    shipped_at = models.DateTimeField()
    shipped_on = models.DateField()
    deliver_on = models.DateField()
    delivered_at = models.DateTimeField(null=True)


class ShipmentLine(models.Model):
    """Units of one line in a shipment."""

    id = models.BigIntegerField(primary_key=True, default=new_id)
    shipment = models.ForeignKey(Shipment, on_delete=models.CASCADE, related_name="lines")
    line = models.ForeignKey(Line, on_delete=models.PROTECT, related_name="shipment_lines")
    units = models.IntegerField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["shipment", "line"], name="shipment_line_once"),
            models.CheckConstraint(condition=Q(units__gte=1), name="shipment_line_units"),
        )


class Return(models.Model):
    """Units of a line that came back, or never arrived (`kind` lost); the same `key` twice is one return."""

    id = models.BigIntegerField(primary_key=True, default=new_id)
    line = models.ForeignKey(Line, on_delete=models.PROTECT, related_name="returns")
    units = models.IntegerField()
    kind = models.TextField(default="return")
    restocked_at = models.ForeignKey("catalog.Location", null=True, on_delete=models.PROTECT)
    reason = models.TextField(blank=True, default="")
    key = models.TextField()
    at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["key", "line"], name="return_once"),
            models.CheckConstraint(condition=Q(units__gte=1), name="return_units"),
            models.CheckConstraint(condition=Q(kind__in=["return", "lost"]), name="return_kind"),
        )


class Wish(models.Model):
    """Somebody wants to be told when an item is back; their turn comes in the order of asking.

    `held`: units are held for them until `held_until`; then comes the next. `token` names the hold, and only those
    who were told know it.
    """

    id = models.BigIntegerField(primary_key=True, default=new_id)
    channel = models.ForeignKey(Channel, on_delete=models.PROTECT)
    item = models.ForeignKey("catalog.Item", on_delete=models.PROTECT, db_index=False)
    units = models.IntegerField(default=1)
    email = models.TextField()
    name = models.TextField(default="")
    locale = models.TextField(default="en")
    zone = models.TextField(default="UTC")
    country = models.TextField()
    asked_at = models.DateTimeField()
    state = models.TextField(default="waiting")
    held_until = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    token = models.TextField(blank=True, default="", db_default="")

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["channel", "item", "email"], condition=Q(ended_at=None), name="one_wish_of_an_address"
            ),
            models.CheckConstraint(condition=Q(units__gte=1), name="wish_units"),
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "held"], ended_at=None)
                | Q(state__in=["missed", "ordered", "left"], ended_at__isnull=False),
                name="wish_state",
            ),
            models.CheckConstraint(condition=~Q(state="held") | Q(held_until__isnull=False), name="wish_is_held"),
        )
        indexes = (
            models.Index(fields=["item", "asked_at", "id"], condition=Q(state="waiting"), name="wish_waits"),
            models.Index(fields=["held_until"], condition=Q(state="held"), name="wish_held"),
        )
