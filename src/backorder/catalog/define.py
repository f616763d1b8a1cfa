"""The verbs that say what is sold, from where, on which days and how: each makes or changes by code.

Saying the same twice changes nothing. Every change renews the catalog's version and leaves a fact.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from django.db import connection, models, transaction

from backorder.journal import clock
from backorder.journal.record import Fact, record
from backorder.journal.refusals import Refused, unknown

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
from .version import renew_version


class Spec(Protocol):
    """What a verb is told."""

    def check(self) -> None: ...


@transaction.atomic
def define_calendar(spec: CalendarSpec, *, actor: str, now: datetime | None = None) -> int:
    """Make or change a calendar by its code; returns its id."""
    spec.check()
    values = {
        "zone": spec.zone,
        "weekdays": sorted(set(spec.weekdays)),
        "holiday_country": spec.holiday_country,
        "holiday_region": spec.holiday_region,
        "closed_on": sorted(set(spec.closed_on)),
        "opened_on": sorted(set(spec.opened_on)),
    }
    return _define(Calendar, {"code": spec.code}, values, actor=actor, now=now)


@transaction.atomic
def define_location(spec: LocationSpec, *, actor: str, now: datetime | None = None) -> int:
    """Make or change a location by its code; returns its id."""
    spec.check()
    values = {
        "name": spec.name,
        "country": spec.country,
        "calendar_id": calendar_id(spec.calendar),
        "cut_off": spec.cut_off,
        "receiving_days": spec.receiving_days,
        "processing_days": spec.processing_days,
        "release": spec.release,
        "rank": spec.rank,
        "active": spec.active,
    }
    return _define(Location, {"code": spec.code}, values, actor=actor, now=now)


@transaction.atomic
def define_service(spec: ServiceSpec, *, actor: str, now: datetime | None = None) -> int:
    """Make or change a carrier's service by its code; returns its id."""
    spec.check()
    values = {
        "name": spec.name,
        "carrier": spec.carrier,
        "calendar_id": calendar_id(spec.calendar),
        "transit_min_days": spec.transit_min_days,
        "transit_max_days": spec.transit_max_days,
        "active": spec.active,
    }
    return _define(Service, {"code": spec.code}, values, actor=actor, now=now)


@transaction.atomic
def define_policy(spec: PolicySpec, *, actor: str, now: datetime | None = None) -> int:
    """Make or change the policy of one scope (item, location, channel); returns its id.

    Who calls this for lines that may already wait calls it through the orders room, which marks them.
    """
    spec.check()
    values = {
        "sell": spec.sell,
        "backorder_limit": spec.backorder_limit,
        "street_on": spec.street_on,
        "lead_time_days": spec.lead_time_days,
        "max_per_customer": spec.max_per_customer,
        "min_ship_units": spec.min_ship_units,
        "ship_multiple": spec.ship_multiple,
        "safety_units": spec.safety_units,
    }
    scope = _scope(sku=spec.sku, location=spec.location, channel=spec.channel)
    return _define(ItemPolicy, scope, values, actor=actor, now=now)


@transaction.atomic
def remove_policy(
    *,
    sku: str | None = None,
    location: str | None = None,
    channel: str | None = None,
    actor: str,
    now: datetime | None = None,
) -> None:
    """Take the policy of exactly this scope away; what is less specific then counts."""
    row = ItemPolicy.objects.filter(**_scope(sku=sku, location=location, channel=channel)).first()
    if row is None:
        raise unknown("policy", {"sku": sku, "location": location, "channel": channel})
    policy_id = row.id
    row.delete()
    _changed("policy.removed", f"policy/{policy_id}", {"item": row.item_id}, actor=actor, now=now)


@transaction.atomic
def define_item(spec: ItemSpec, *, actor: str, now: datetime | None = None) -> int:
    """Make or change an item by its SKU; returns its id."""
    (answer,) = define_items([spec], actor=actor, now=now)
    if isinstance(answer, Refused):
        raise answer
    return answer


@transaction.atomic
def define_items(specs: Sequence[ItemSpec], *, actor: str, now: datetime | None = None) -> list[int | Refused]:
    """Make or change many items in one statement; an id or a refusal per row, in their order."""
    refused = _refusals(specs)
    good = [spec for spec, no in zip(specs, refused, strict=True) if no is None]
    at = now or clock.now()
    changed = _write_items(good, at=at)
    ids = dict(Item.objects.filter(sku__in=[spec.sku for spec in good]).values_list("sku", "id"))
    if changed:
        renew_version()
        facts = [Fact("item.defined", f"item/{item}", {"made": made}) for item, made in changed]
        record(facts, actor=actor, at=at)
    return [no or ids[spec.sku] for spec, no in zip(specs, refused, strict=True)]


@transaction.atomic
def define_substitute(spec: SubstituteSpec, *, actor: str, now: datetime | None = None) -> int:
    """Say that an item may be offered instead of another; returns the id."""
    spec.check()
    scope = {"item_id": item_id(spec.sku), "substitute_id": item_id(spec.substitute, field="substitute")}
    values = {"rank": spec.rank, "price_difference_minor": spec.price_difference_minor}
    return _define(Substitute, scope, values, actor=actor, now=now)


@transaction.atomic
def remove_substitute(sku: str, *, substitute: str, actor: str, now: datetime | None = None) -> None:
    """No longer offer `substitute` instead of `sku`."""
    rows = Substitute.objects.filter(item__sku=sku, substitute__sku=substitute)
    if not rows.delete()[0]:
        raise unknown("substitute", substitute)
    _changed("substitute.removed", f"item/{item_id(sku)}", {"substitute": item_id(substitute)}, actor=actor, now=now)


@transaction.atomic
def define_kit(spec: KitSpec, *, actor: str, now: datetime | None = None) -> int:
    """Set the parts of a kit, all of them; returns the kit's item id. Kits do not contain kits."""
    spec.check()
    ids = _lock_items([spec.sku, *spec.parts])
    kit = ids[spec.sku]
    parts = {ids[sku]: units for sku, units in spec.parts.items()}
    _refuse_nested_kits(spec, kit, parts)
    if dict(KitPart.objects.filter(kit_id=kit).values_list("part_id", "units")) == parts:
        return kit
    KitPart.objects.filter(kit_id=kit).delete()
    KitPart.objects.bulk_create(KitPart(kit_id=kit, part_id=part, units=units) for part, units in sorted(parts.items()))
    _changed("kit.defined", f"item/{kit}", {"parts": parts}, actor=actor, now=now)
    return kit


@transaction.atomic
def define_sourcing(spec: SourcingSpec, *, actor: str, now: datetime | None = None) -> None:
    """Set the locations that serve a channel and country, all of them, first choice first."""
    spec.check()
    wanted = [location_id(code) for code in spec.locations]
    rules = SourcingRule.objects.filter(channel=spec.channel, country=spec.country)
    if list(rules.order_by("rank").values_list("location_id", flat=True)) == wanted:
        return
    rules.delete()
    SourcingRule.objects.bulk_create(
        SourcingRule(channel=spec.channel, country=spec.country, location_id=place, rank=rank)
        for rank, place in enumerate(wanted)
    )
    body = {"channel": spec.channel, "country": spec.country, "locations": wanted}
    _changed("sourcing.defined", f"sourcing/{spec.channel or 'any'}", body, actor=actor, now=now)


def calendar_id(code: str) -> int:
    """The id of a calendar, or the refusal unknown_calendar."""
    return _id_of(Calendar, "calendar", code=code)


def location_id(code: str) -> int:
    """The id of a location, or the refusal unknown_location."""
    return _id_of(Location, "location", code=code)


def item_id(sku: str, *, field: str = "sku") -> int:
    """The id of an item, or the refusal unknown_item naming `field`."""
    found = _find(Item, sku=sku)
    if found is None:
        raise unknown_item(sku, field=field)
    return found


def _id_of(model: type[models.Model], what: str, **by: str) -> int:
    found = _find(model, **by)
    if found is None:
        raise unknown(what, next(iter(by.values())))
    return found


def _find(model: type[models.Model], **by: str) -> int | None:
    # PostgreSQL has no text with a zero byte in it, so nothing is called that.
    if any("\0" in value for value in by.values()):
        return None
    return model._default_manager.filter(**by).values_list("pk", flat=True).first()


def _scope(*, sku: str | None, location: str | None, channel: str | None) -> dict[str, Any]:
    return {
        "item_id": None if sku is None else item_id(sku),
        "location_id": None if location is None else location_id(location),
        "channel": channel,
    }


def _define(
    model: type[models.Model],
    scope: Mapping[str, Any],
    values: Mapping[str, Any],
    *,
    actor: str,
    now: datetime | None,
) -> int:
    row, made = model._default_manager.get_or_create(**scope, defaults=values)
    noun = "policy" if model is ItemPolicy else model.__name__.lower()
    if not made:
        # Read again under a lock: the comparison below must be with what is there when we write.
        row = model._default_manager.select_for_update().get(pk=row.pk)
        changed = [name for name, value in values.items() if getattr(row, name) != value]
        if not changed:
            return int(row.pk)
        for name in changed:
            setattr(row, name, values[name])
        row.save(update_fields=changed)
    _changed(f"{noun}.defined", f"{noun}/{row.pk}", {"made": made, **scope, **values}, actor=actor, now=now)
    return int(row.pk)


def _changed(fact: str, subject: str, body: Mapping[str, Any], *, actor: str, now: datetime | None) -> None:
    renew_version()
    record([Fact(fact, subject, dict(body))], actor=actor, at=now or clock.now())


def _refusals(specs: Sequence[ItemSpec]) -> list[Refused | None]:
    seen: set[str] = set()
    answers: list[Refused | None] = []
    for spec in specs:
        answers.append(_refusal(spec, seen))
        seen.add(spec.sku)
    return answers


def _refusal(spec: ItemSpec, seen: set[str]) -> Refused | None:
    try:
        spec.check()
    except Refused as no:
        return no
    if spec.sku in seen:
        return Refused(
            "sku_twice_in_batch", f"sku {spec.sku!r} was named before in this batch.", field="sku", value=spec.sku
        )
    return None


_WRITE_ITEMS = """
    INSERT INTO catalog_item AS i (sku, name, unit, price_minor, currency, active, attributes, created_at)
    SELECT sku, name, unit, price_minor, currency, active, attributes::jsonb, %s
    FROM unnest(%s::text[], %s::text[], %s::text[], %s::bigint[], %s::text[], %s::boolean[], %s::text[])
        AS n(sku, name, unit, price_minor, currency, active, attributes)
    ORDER BY sku
    ON CONFLICT (sku) DO UPDATE SET
        name = excluded.name, unit = excluded.unit, price_minor = excluded.price_minor,
        currency = excluded.currency, active = excluded.active, attributes = excluded.attributes
    WHERE (i.name, i.unit, i.price_minor, i.currency, i.active, i.attributes) IS DISTINCT FROM
        (excluded.name, excluded.unit, excluded.price_minor, excluded.currency, excluded.active, excluded.attributes)
    RETURNING i.id, i.xmax = 0
"""


def _write_items(specs: Sequence[ItemSpec], *, at: datetime) -> list[tuple[int, bool]]:
    """(id, made) of the items that are new or changed."""
    if not specs:
        return []
    columns: list[list[Any]] = [
        [getattr(spec, name) for spec in specs] for name in ("sku", "name", "unit", "price_minor", "currency", "active")
    ]
    attributes = [json.dumps(dict(spec.attributes)) for spec in specs]
    with connection.cursor() as cursor:
        cursor.execute(_WRITE_ITEMS, [at, *columns, attributes])
        return [(item, made) for item, made in cursor.fetchall()]


def _lock_items(skus: Sequence[str]) -> dict[str, int]:
    rows = Item.objects.select_for_update(no_key=True).filter(sku__in=skus).order_by("id")
    ids = dict(rows.values_list("sku", "id"))
    for sku in skus:
        if sku not in ids:
            raise unknown_item(sku, field="parts" if sku in skus[1:] else "sku")
    return ids


def _refuse_nested_kits(spec: KitSpec, kit: int, parts: Mapping[int, int]) -> None:
    nested = KitPart.objects.filter(kit_id__in=parts).values_list("kit__sku", flat=True).order_by("kit__sku").first()
    if nested is not None:
        raise Refused(
            "kit_contains_a_kit", f"parts names {nested!r}, which is a kit itself.", field="parts", value=nested
        )
    if parts and KitPart.objects.filter(part_id=kit).exists():
        raise Refused(
            "kit_is_a_part", f"{spec.sku!r} is a part of a kit and cannot be a kit itself.", field="sku", value=spec.sku
        )
