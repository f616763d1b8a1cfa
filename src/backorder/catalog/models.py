"""Tables of the catalog: what is sold, from where, on which days, and how it may be promised."""

from __future__ import annotations

from datetime import time

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q


def every_weekday() -> list[int]:
    """Monday (0) to Friday (4)."""
    return [0, 1, 2, 3, 4]


class Calendar(models.Model):
    """Working days in one zone: weekdays, less public holidays, less closed days, plus opened days."""

    code = models.TextField(unique=True)
    zone = models.TextField(default="UTC")
    weekdays = ArrayField(models.SmallIntegerField(), default=every_weekday)
    holiday_country = models.TextField(blank=True, default="")
    holiday_region = models.TextField(blank=True, default="")
    closed_on = ArrayField(models.DateField(), default=list)
    opened_on = ArrayField(models.DateField(), default=list)


class Location(models.Model):
    """A place that holds stock: warehouse, store, drop-ship supplier."""

    BY_HAND, WHEN_COMPLETE, WHEN_ANY = "by_hand", "when_complete", "when_any"

    code = models.TextField(unique=True)
    name = models.TextField()
    country = models.TextField(default="GB")
    calendar = models.ForeignKey(Calendar, on_delete=models.PROTECT)
    cut_off = models.TimeField(default=time(14))
    receiving_days = models.SmallIntegerField(default=0)
    processing_days = models.SmallIntegerField(default=0)
    release = models.TextField(default=BY_HAND)
    rank = models.IntegerField(default=0)
    active = models.BooleanField(default=True)

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(receiving_days__range=(0, 90)), name="location_receiving_days"),
            models.CheckConstraint(condition=Q(processing_days__range=(0, 90)), name="location_processing_days"),
            models.CheckConstraint(
                condition=Q(release__in=["by_hand", "when_complete", "when_any"]), name="location_release"
            ),
        )


class Service(models.Model):
    """A carrier's service: how many of its working days from door to door."""

    code = models.TextField(unique=True)
    name = models.TextField()
    carrier = models.TextField(default="")
    transit_min_days = models.SmallIntegerField(default=1)
    transit_max_days = models.SmallIntegerField(default=3)
    calendar = models.ForeignKey(Calendar, on_delete=models.PROTECT)
    active = models.BooleanField(default=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(transit_min_days__gte=0, transit_max_days__lte=180)
                & Q(transit_max_days__gte=F("transit_min_days")),
                name="service_transit_days",
            ),
        )


class Item(models.Model):
    """What is sold, by its SKU; whole units of its stock unit."""

    sku = models.TextField(unique=True)
    name = models.TextField()
    unit = models.TextField(default="piece")
    price_minor = models.BigIntegerField(null=True)
    currency = models.TextField(default="GBP")
    active = models.BooleanField(default=True)
    attributes = models.JSONField(default=dict)
    created_at = models.DateTimeField()

    class Meta:
        constraints = (models.CheckConstraint(condition=~Q(sku=""), name="item_has_a_sku"),)


class ItemPolicy(models.Model):
    """How items may be promised. Null item, location or channel (a code) means any.

    The most specific row wins whole: item before location before channel.
    """

    item = models.ForeignKey(Item, null=True, on_delete=models.CASCADE)
    location = models.ForeignKey(Location, null=True, on_delete=models.CASCADE)
    channel = models.TextField(null=True)
    sell = models.TextField()
    backorder_limit = models.IntegerField(null=True)
    street_on = models.DateField(null=True)
    lead_time_days = models.IntegerField(null=True)
    max_per_customer = models.IntegerField(null=True)
    min_ship_units = models.IntegerField(default=1)
    ship_multiple = models.IntegerField(default=1, db_default=1)
    safety_units = models.IntegerField(default=0)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["item", "location", "channel"], nulls_distinct=False, name="one_policy_per_scope"
            ),
            models.CheckConstraint(
                condition=Q(sell__in=["stock_only", "backorder", "preorder", "made_to_order"]), name="policy_sell"
            ),
            models.CheckConstraint(
                condition=Q(backorder_limit=None) | Q(backorder_limit__gt=0), name="policy_backorder_limit"
            ),
            models.CheckConstraint(
                condition=Q(lead_time_days=None) | Q(lead_time_days__range=(0, 1000)), name="policy_lead_time"
            ),
            models.CheckConstraint(
                condition=Q(max_per_customer=None) | Q(max_per_customer__gt=0), name="policy_max_per_customer"
            ),
            models.CheckConstraint(condition=Q(min_ship_units__gte=1), name="policy_min_ship"),
            models.CheckConstraint(condition=Q(ship_multiple__gte=1), name="policy_ship_multiple"),
            models.CheckConstraint(condition=Q(safety_units__gte=0), name="policy_safety"),
        )


class Substitute(models.Model):
    """An item that may be offered instead of another; lower rank is offered first."""

    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="substitutes")
    substitute = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="+")
    rank = models.IntegerField(default=0)
    price_difference_minor = models.BigIntegerField(default=0)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["item", "substitute"], name="substitute_once"),
            models.CheckConstraint(condition=~Q(item=F("substitute")), name="substitute_is_another_item"),
        )


class KitPart(models.Model):
    """`units` of `part` go into one kit. Kits do not contain kits."""

    kit = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="parts")
    part = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="+")
    units = models.IntegerField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["kit", "part"], name="kit_part_once"),
            models.CheckConstraint(condition=Q(units__gte=1), name="kit_part_units"),
            models.CheckConstraint(condition=~Q(kit=F("part")), name="kit_is_not_its_part"),
        )


class SourcingRule(models.Model):
    """Which locations serve a channel (a code; null: any) and country (blank: any), in which order.

    Without any rule for a channel all active locations serve it by `Location.rank`, then code.
    """

    channel = models.TextField(null=True)
    country = models.TextField(blank=True, default="")
    location = models.ForeignKey(Location, on_delete=models.CASCADE)
    rank = models.IntegerField(default=0)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["channel", "country", "location"], nulls_distinct=False, name="one_sourcing_rule_per_place"
            ),
        )


class Version(models.Model):
    """One row whose number every change of the catalog replaces: who kept what he read knows when to read again.

    The numbers come from a sequence, so that one which was rolled back is never seen again.
    """

    id = models.SmallIntegerField(primary_key=True, default=1)
    n = models.BigIntegerField(default=0)

    class Meta:
        constraints = (models.CheckConstraint(condition=Q(id=1), name="version_is_one_row"),)
