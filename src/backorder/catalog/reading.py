"""The catalog as the doors show it: the same values that define it, by code, in pages where there may be many."""

from __future__ import annotations

from django.db.models import Q

from .models import Calendar, Item, ItemPolicy, KitPart, Location, Service, SourcingRule, Substitute
from .snapshot import unknown_item
from .specs import (
    CalendarSpec,
    ItemSpec,
    KitSpec,
    LocationSpec,
    PolicySpec,
    ServiceSpec,
    SourcingSpec,
    SubstituteSpec,
)


def items(*, after: str | None, limit: int, search: str | None = None) -> list[ItemSpec]:
    """Items by SKU, those after `after`; `search` is part of a SKU or name, whatever its case."""
    found = Item.objects.order_by("sku")
    if after is not None:
        found = found.filter(sku__gt=after)
    if search:
        found = found.filter(Q(sku__icontains=search) | Q(name__icontains=search))
    return [_item(row) for row in found[:limit]]


def item(sku: str) -> ItemSpec:
    """The item of this SKU, or the refusal unknown_item."""
    row = Item.objects.filter(sku=sku).first()
    if row is None:
        raise unknown_item(sku)
    return _item(row)


def kit(sku: str) -> KitSpec:
    """The parts of an item; none if it is no kit."""
    parts = KitPart.objects.filter(kit__sku=sku).order_by("part__sku")
    return KitSpec(sku=sku, parts=dict(parts.values_list("part__sku", "units")))


def substitutes(sku: str) -> list[SubstituteSpec]:
    """What may be offered instead of an item, first choice first."""
    rows = Substitute.objects.filter(item__sku=sku).order_by("rank", "substitute__sku").select_related("substitute")
    return [
        SubstituteSpec(
            sku=sku, substitute=row.substitute.sku, rank=row.rank, price_difference_minor=row.price_difference_minor
        )
        for row in rows
    ]


def policies(
    *,
    sku: str | None,
    after: int | None,
    limit: int,
    location: str | None = None,
    channel: str | None = None,
    sell: str | None = None,
    general: bool = False,
) -> list[tuple[int, PolicySpec]]:
    """(id, policy) by id, those after `after`; of one item, place, channel or way to sell, or of all.

    `general`: only those that name no item.
    """
    rows = ItemPolicy.objects.select_related("item", "location").order_by("id").filter(id__gt=after or 0)
    named = {"item__sku": sku, "location__code": location, "channel": channel, "sell": sell}
    rows = rows.filter(**{name: value for name, value in named.items() if value is not None})
    if general:
        rows = rows.filter(item=None)
    return [(row.id, _policy(row)) for row in rows[:limit]]


def policy(*, sku: str | None, location: str | None, channel: str | None) -> PolicySpec | None:
    """The policy of exactly this scope, if it has one of its own."""
    rows = ItemPolicy.objects.select_related("item", "location").filter(channel=channel)
    rows = rows.filter(item__sku=sku) if sku is not None else rows.filter(item=None)
    row = (rows.filter(location__code=location) if location is not None else rows.filter(location=None)).first()
    return None if row is None else _policy(row)


def calendars(code: str | None = None) -> list[CalendarSpec]:
    """All calendars by code, or the one of a code."""
    rows = Calendar.objects.order_by("code")
    return [
        CalendarSpec(
            code=row.code,
            zone=row.zone,
            weekdays=tuple(row.weekdays),
            holiday_country=row.holiday_country,
            holiday_region=row.holiday_region,
            closed_on=tuple(row.closed_on),
            opened_on=tuple(row.opened_on),
        )
        for row in (rows if code is None else rows.filter(code=code))
    ]


def locations(code: str | None = None) -> list[LocationSpec]:
    """All locations by code, or the one of a code."""
    rows = Location.objects.order_by("code").select_related("calendar")
    return [
        LocationSpec(
            code=row.code,
            name=row.name,
            calendar=row.calendar.code,
            country=row.country,
            cut_off=row.cut_off,
            receiving_days=row.receiving_days,
            processing_days=row.processing_days,
            release=row.release,
            rank=row.rank,
            active=row.active,
        )
        for row in (rows if code is None else rows.filter(code=code))
    ]


def services(code: str | None = None) -> list[ServiceSpec]:
    """All services by code, or the one of a code."""
    rows = Service.objects.order_by("code").select_related("calendar")
    return [
        ServiceSpec(
            code=row.code,
            name=row.name,
            calendar=row.calendar.code,
            carrier=row.carrier,
            transit_min_days=row.transit_min_days,
            transit_max_days=row.transit_max_days,
            active=row.active,
        )
        for row in (rows if code is None else rows.filter(code=code))
    ]


def sourcing() -> list[SourcingSpec]:
    """Every rule of sourcing: its locations, first choice first."""
    rules: dict[tuple[str | None, str], list[str]] = {}
    rows = SourcingRule.objects.order_by("channel", "country", "rank")
    for channel, country, location in rows.values_list("channel", "country", "location__code"):
        rules.setdefault((channel, country), []).append(location)
    return [
        SourcingSpec(channel=channel, country=country, locations=tuple(locations))
        for (channel, country), locations in rules.items()
    ]


def _item(row: Item) -> ItemSpec:
    return ItemSpec(
        sku=row.sku,
        name=row.name,
        unit=row.unit,
        price_minor=row.price_minor,
        currency=row.currency,
        active=row.active,
        attributes=row.attributes,
    )


def _policy(row: ItemPolicy) -> PolicySpec:
    return PolicySpec(
        sell=row.sell,
        sku=row.item.sku if row.item else None,
        location=row.location.code if row.location else None,
        channel=row.channel,
        backorder_limit=row.backorder_limit,
        street_on=row.street_on,
        lead_time_days=row.lead_time_days,
        max_per_customer=row.max_per_customer,
        min_ship_units=row.min_ship_units,
        ship_multiple=row.ship_multiple,
        safety_units=row.safety_units,
    )
