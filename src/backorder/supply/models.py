"""Tables of supply: suppliers, purchase orders, dated inbound units and the history of their dates."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Greatest


class Supplier(models.Model):
    """Who delivers; `usual_late_days` is how late they usually are (learned or entered)."""

    code = models.TextField(unique=True)
    name = models.TextField()
    country = models.TextField(default="GB")
    calendar = models.ForeignKey("catalog.Calendar", null=True, on_delete=models.PROTECT)
    lead_time_days = models.IntegerField(default=14)
    usual_late_days = models.IntegerField(default=0)
    email = models.TextField(default="")
    active = models.BooleanField(default=True)

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(lead_time_days__range=(0, 1000)), name="supplier_lead_time"),
            models.CheckConstraint(condition=Q(usual_late_days__range=(0, 1000)), name="supplier_usual_late"),
        )


class SupplierItem(models.Model):
    """What a supplier sells of ours: price, least quantity, pack; lower rank is asked first."""

    supplier = models.ForeignKey(Supplier, on_delete=models.CASCADE)
    item = models.ForeignKey("catalog.Item", on_delete=models.CASCADE)
    supplier_sku = models.TextField(default="")
    price_minor = models.BigIntegerField(null=True)
    currency = models.TextField(default="GBP")
    min_order_units = models.IntegerField(default=1)
    pack_units = models.IntegerField(default=1)
    lead_time_days = models.IntegerField(null=True)
    rank = models.IntegerField(default=0)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["supplier", "item"], name="supplier_item_once"),
            models.CheckConstraint(condition=Q(min_order_units__gte=1), name="supplier_item_moq"),
            models.CheckConstraint(condition=Q(pack_units__gte=1), name="supplier_item_pack"),
        )


class PurchaseOrder(models.Model):
    """An order to a supplier: draft (no supply yet), sent, closed (nothing more to come) or cancelled."""

    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT)
    reference = models.TextField(unique=True)
    state = models.TextField(default="draft")
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(state__in=["draft", "sent", "closed", "cancelled"]), name="purchase_order_state"
            ),
        )


class PurchaseLine(models.Model):
    """One item on a purchase order; its delivery schedule is its Supply rows once it is sent."""

    purchase_order = models.ForeignKey(PurchaseOrder, on_delete=models.CASCADE, related_name="lines")
    item = models.ForeignKey("catalog.Item", on_delete=models.PROTECT)
    location = models.ForeignKey("catalog.Location", on_delete=models.PROTECT)
    units = models.IntegerField()
    price_minor = models.BigIntegerField(null=True)
    eta = models.DateField()

    class Meta:
        constraints = (models.CheckConstraint(condition=Q(units__gte=1), name="purchase_line_units"),)


class Supply(models.Model):
    """Dated units that will arrive at a location: one row per delivery of a purchase line, transfer
    or production. `pegged` are those promised to lines and holds."""

    kind = models.TextField(default="purchase")
    purchase_line = models.ForeignKey(PurchaseLine, null=True, on_delete=models.PROTECT, related_name="supplies")
    reference = models.TextField()
    item = models.ForeignKey("catalog.Item", on_delete=models.PROTECT)
    location = models.ForeignKey("catalog.Location", on_delete=models.PROTECT)
    units = models.IntegerField()
    received = models.IntegerField(default=0)
    cancelled = models.IntegerField(default=0)
    pegged = models.IntegerField(default=0)
    first_eta = models.DateField()
    eta = models.DateField()
    certainty = models.TextField(default="confirmed")
    created_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(units__gte=0, received__gte=0, cancelled__gte=0) & Q(cancelled__lte=F("units")),
                name="supply_units",
            ),
            models.CheckConstraint(
                condition=Q(pegged__gte=0) & Q(pegged__lte=Greatest(F("units") - F("received") - F("cancelled"), 0)),
                name="pegged_within_what_comes",
            ),
            models.CheckConstraint(condition=Q(kind__in=["purchase", "transfer", "production"]), name="supply_kind"),
            models.CheckConstraint(
                condition=Q(certainty__in=["confirmed", "expected", "uncertain"]), name="supply_certainty"
            ),
        )
        indexes = (
            models.Index(
                fields=["item", "eta"],
                condition=Q(units__gt=F("received") + F("cancelled")),
                name="supply_still_to_come",
            ),
            models.Index(
                fields=["eta", "reference", "location"],
                condition=Q(units__gt=F("received") + F("cancelled")),
                name="supply_by_day",
            ),
            models.Index(fields=["reference"], name="supply_by_reference"),
        )


class EtaChange(models.Model):
    """A supply's day moved; later is a slip, earlier a pull-in."""

    supply = models.ForeignKey(Supply, on_delete=models.CASCADE, related_name="eta_changes")
    was = models.DateField()
    now = models.DateField()
    reason = models.TextField(default="")
    at = models.DateTimeField()
    actor = models.TextField()


class Receipt(models.Model):
    """Goods of one supply arrived and were counted in; `closes` says nothing more of it will come."""

    supply = models.ForeignKey(Supply, on_delete=models.PROTECT, related_name="receipts")
    units = models.IntegerField()
    over = models.IntegerField(default=0)
    closes = models.BooleanField()
    key = models.TextField(unique=True)
    at = models.DateTimeField()
    actor = models.TextField()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(units__gte=0) & Q(over__gte=0) & Q(over__lte=F("units")), name="receipt_units"
            ),
        )
