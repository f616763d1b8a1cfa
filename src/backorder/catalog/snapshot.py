"""The catalog as it stood at one version, kept in the process so that orders need not read it again.

Places, days and general policies are loaded whole, items one by one as they are asked for. A snapshot
is never mended: when the version moves, a new one is begun.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import lru_cache
from typing import Any, Generic, TypeVar
from zoneinfo import ZoneInfo

from django.db import connection

from backorder.engine.calendars import EVERY_DAY, Route, WorkingDays
from backorder.engine.model import Policy, Sell
from backorder.journal.prepared import rows, together
from backorder.journal.refusals import Refused, unknown

from .working_days import working_days

MOST_KEPT = 200_000

Key = TypeVar("Key")
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class ItemRow:
    """What is sold."""

    id: int
    sku: str
    name: str
    active: bool
    price_minor: int | None
    currency: str
    unit: str


@dataclass(frozen=True, slots=True)
class LocationRow:
    """A place that holds stock, with the days it works."""

    id: int
    code: str
    name: str
    country: str
    calendar: str
    zone: str
    days: WorkingDays
    cut_off: time
    receiving_days: int
    processing_days: int
    release: str
    rank: int
    active: bool

    def today(self, now: datetime) -> date:
        """The day it is there; `now` is aware."""
        return now.astimezone(ZoneInfo(self.zone)).date()


@dataclass(frozen=True, slots=True)
class ServiceRow:
    """A carrier's service, with the days it moves parcels."""

    id: int
    code: str
    name: str
    carrier: str
    calendar: str
    days: WorkingDays
    transit_min_days: int
    transit_max_days: int
    active: bool


@dataclass(frozen=True, slots=True)
class PolicyRow:
    """One row of policy; None means any."""

    id: int
    item: int | None
    location: int | None
    channel: str | None
    sell: str
    backorder_limit: int | None
    street_on: date | None
    lead_time_days: int | None
    max_per_customer: int | None
    min_ship_units: int
    ship_multiple: int
    safety_units: int

    @property
    def weight(self) -> int:
        """How specific it is: item before location before channel."""
        return 4 * (self.item is not None) + 2 * (self.location is not None) + (self.channel is not None)


@dataclass(frozen=True, slots=True)
class SourcingRow:
    """One place in the sourcing order of a channel (None: any) and country (blank: any)."""

    channel: str | None
    country: str
    location: int


class Kept(Generic[Key, Value]):
    """What was loaded before, by key; the oldest give way when there are too many."""

    def __init__(self, load: Callable[[list[Key]], Mapping[Key, Value]], *, most: int = MOST_KEPT) -> None:
        self._load = load
        self._most = most
        self._kept: dict[Key, Value] = {}
        self._lock = threading.Lock()

    def get(self, keys: Iterable[Key]) -> dict[Key, Value]:
        """The values of `keys`; those without a value are absent."""
        kept = self._kept
        found: dict[Key, Value] = {}
        missing: dict[Key, None] = {}
        for key in keys:
            value = kept.get(key)
            if value is None:
                missing[key] = None
            else:
                found[key] = value
        if missing:
            found.update(self._fetch(list(missing)))
        return found

    def put(self, loaded: Mapping[Key, Value]) -> None:
        """Keep values that were loaded on the way."""
        with self._lock:
            self._kept.update(loaded)
            while len(self._kept) > self._most:
                del self._kept[next(iter(self._kept))]

    def _fetch(self, keys: list[Key]) -> Mapping[Key, Value]:
        loaded = self._load(keys)
        self.put(loaded)
        return loaded


class Snapshot:
    """Everything of the catalog that placing an order needs; safe to share among threads."""

    def __init__(self, version: int) -> None:
        self.version = version
        self._days = {row[0]: (row[1], row[2], _days_of(*row[3:])) for row in _read(_CALENDARS)}
        self._locations = {row.id: row for row in map(self._location_row, _read(_LOCATIONS))}
        self._services = {row.id: row for row in map(self._service_row, _read(_SERVICES))}
        self._location_ids = {row.code: row.id for row in self._locations.values()}
        self._service_ids = {row.code: row.id for row in self._services.values()}
        self._rules = [SourcingRow(*row) for row in _read(_SOURCING)]
        self._general = [PolicyRow(*row) for row in _read(_GENERAL_POLICIES)]
        self._items: Kept[str, ItemRow] = Kept(self._load_by_sku)
        self._items_by_id: Kept[int, ItemRow] = Kept(_load_items_by_id)
        self._own_rows: Kept[int, tuple[PolicyRow, ...]] = Kept(_load_policies)
        self._parts: Kept[int, tuple[tuple[int, int], ...]] = Kept(_load_parts)
        self._substitutes: Kept[int, tuple[tuple[int, int], ...]] = Kept(_load_substitutes)
        self._orders: dict[tuple[str, str], tuple[int, ...]] = {}
        self._routes: dict[tuple[str, str, int | None], tuple[Route, ...]] = {}
        self._policies: dict[tuple[str, tuple[int, ...]], Kept[int, Policy]] = {}

    def items_by_sku(self, skus: Iterable[str]) -> dict[str, ItemRow]:
        """The items of these SKUs, inactive ones too; unknown ones are absent."""
        return self._items.get(skus)

    def items(self, item_ids: Iterable[int]) -> dict[int, ItemRow]:
        """The items of these ids; unknown ones are absent."""
        return self._items_by_id.get(item_ids)

    def item(self, sku: str) -> ItemRow:
        """The item of this SKU; refused as unknown_item if there is none."""
        found = self._items.get([sku]).get(sku)
        if found is None:
            raise unknown_item(sku)
        return found

    def location(self, code: str) -> LocationRow:
        """The location of this code; refused as unknown_location if there is none."""
        if code not in self._location_ids:
            raise unknown("location", code)
        return self._locations[self._location_ids[code]]

    def locations(self) -> Mapping[int, LocationRow]:
        """All locations by id, inactive ones too."""
        return self._locations

    def todays(self, now: datetime) -> dict[int, date]:
        """The day it is at each location; `now` is aware."""
        return {row.id: row.today(now) for row in self._locations.values()}

    def service(self, code: str) -> ServiceRow:
        """The service of this code; refused as unknown_service if there is none."""
        if code not in self._service_ids:
            raise unknown("service", code)
        return self._services[self._service_ids[code]]

    def services(self) -> Mapping[int, ServiceRow]:
        """All services by id, inactive ones too."""
        return self._services

    def calendar_days(self, calendar_id: int) -> WorkingDays:
        """The working days of a calendar."""
        return self._days[calendar_id][2]

    def sourcing(self, *, channel: str, country: str) -> tuple[int, ...]:
        """Ids of the active locations that serve a channel and country, first choice first.

        A channel's own rules stand before those for any channel; among them those of the country
        before those for any country. Without any rule all active locations serve, by rank and code.
        """
        order = self._orders.get((channel, country))
        if order is None:
            order = self._orders[channel, country] = self._sourcing(channel, country)
        return order

    def routes(self, *, channel: str, country: str, service_id: int | None) -> tuple[Route, ...]:
        """The ways from each sourcing location to the customer, in sourcing order; shared objects."""
        key = (channel, country, service_id)
        routes = self._routes.get(key)
        if routes is None:
            service = None if service_id is None else self._services[service_id]
            order = self.sourcing(channel=channel, country=country)
            routes = self._routes[key] = tuple(_route(self._locations[at], service) for at in order)
        return routes

    def policies(self, item_ids: Iterable[int], *, channel: str, country: str = "") -> dict[int, Policy]:
        """How each item may be promised on a channel; stock only where no row says otherwise.

        The numbers are those of the most specific row without a location, or, if that sells from
        stock only, of the first location whose own row sells beyond it. `safety_units` and
        `backorder_locations` come from the most specific row at each location.
        """
        order = self.sourcing(channel=channel, country=country)
        kept = self._policies.get((channel, order))
        if kept is None:
            kept = self._policies.setdefault(
                (channel, order), Kept(lambda missing: self._resolve(missing, channel, order))
            )
        return kept.get(item_ids)

    def kit_parts(self, item_ids: Iterable[int]) -> dict[int, tuple[tuple[int, int], ...]]:
        """(part's item id, units in one kit) of those items that are kits; the others are absent."""
        return {item: parts for item, parts in self._parts.get(item_ids).items() if parts}

    def substitutes(self, item_ids: Iterable[int]) -> dict[int, tuple[tuple[int, int], ...]]:
        """(item id, price difference in minor units) of what may be offered instead, best first; active items only."""
        return {item: others for item, others in self._substitutes.get(item_ids).items() if others}

    def _load_by_sku(self, skus: list[str]) -> dict[str, ItemRow]:
        """Items by SKU, and on the way all else that an order of them will ask for."""
        # PostgreSQL has no text with a zero byte in it, so there is no such SKU to look for.
        found = {row[1]: ItemRow(*row) for row in rows(_ITEMS, [[sku for sku in skus if "\0" not in sku]])}
        ids = [item.id for item in found.values()]
        policies, parts, others = together((_POLICIES, [ids]), (_PARTS, [ids]), (_SUBSTITUTES, [ids]))
        self._items_by_id.put({item.id: item for item in found.values()})
        self._own_rows.put(_policies_of(ids, policies))
        self._parts.put(_pairs_of(ids, parts))
        self._substitutes.put(_pairs_of(ids, others))
        return found

    def _location_row(self, row: tuple[Any, ...]) -> LocationRow:
        calendar, zone, days = self._days[row[4]]
        return LocationRow(*[*row[:4], calendar, zone, days, *row[5:]])

    def _service_row(self, row: tuple[Any, ...]) -> ServiceRow:
        calendar, _, days = self._days[row[4]]
        return ServiceRow(*[*row[:4], calendar, days, *row[5:]])

    def _sourcing(self, channel: str, country: str) -> tuple[int, ...]:
        active = {row.id for row in self._locations.values() if row.active}
        rules = [rule for rule in self._rules if rule.channel == channel]
        rules = rules or [rule for rule in self._rules if rule.channel is None]
        if not rules:
            return tuple(row.id for row in self._locations.values() if row.active)
        chosen = [rule for rule in rules if rule.country == country] or [rule for rule in rules if not rule.country]
        return tuple(rule.location for rule in chosen if rule.location in active)

    def _resolve(self, item_ids: list[int], channel: str, order: tuple[int, ...]) -> dict[int, Policy]:
        own_rows = self._own_rows.get(item_ids)
        general: Policy | None = None
        resolved: dict[int, Policy] = {}
        for item in item_ids:
            if own := own_rows.get(item, ()):
                resolved[item] = resolve([*own, *self._general], channel=channel, order=order)
            else:
                # Most items have no row of their own; they share one policy.
                general = general or resolve(self._general, channel=channel, order=order)
                resolved[item] = general
        return resolved


def unknown_item(sku: str, *, field: str = "sku") -> Refused:
    """There is no item of this SKU; `field` is where it was named."""
    return Refused("unknown_item", f"There is no item {sku!r}.", status=404, field=field, value=sku)


def resolve(rows: Iterable[PolicyRow], *, channel: str, order: tuple[int, ...]) -> Policy:
    """The policy that `rows` of one item (and of any item) make on a channel sourced in `order`."""
    fitting = sorted((row for row in rows if row.channel in (None, channel)), key=lambda row: row.weight, reverse=True)
    general = next((row for row in fitting if row.location is None), None)
    at = {place: next((row for row in fitting if row.location in (None, place)), None) for place in order}

    owes = tuple(place for place, row in at.items() if row is not None and row.sell != Sell.STOCK_ONLY)
    leading = general
    if owes and (general is None or general.sell == Sell.STOCK_ONLY):
        leading = at[owes[0]]
    safety = {place: row.safety_units for place, row in at.items() if row is not None and row.safety_units}
    if leading is None:
        return Policy(Sell.STOCK_ONLY, safety_units=safety)
    return Policy(
        Sell(leading.sell),
        backorder_limit=leading.backorder_limit,
        street_on=leading.street_on,
        lead_time_days=leading.lead_time_days,
        max_per_customer=leading.max_per_customer,
        min_ship_units=leading.min_ship_units,
        ship_multiple=leading.ship_multiple,
        safety_units=safety,
        backorder_locations=owes,
    )


def _route(location: LocationRow, service: ServiceRow | None) -> Route:
    carrier_days, least, most = EVERY_DAY, 0, 0
    if service is not None:
        carrier_days, least, most = service.days, service.transit_min_days, service.transit_max_days
    return _shared_route(
        location.id,
        service and service.id,
        location.zone,
        location.days,
        location.cut_off,
        location.receiving_days,
        location.processing_days,
        carrier_days,
        least,
        most,
    )


@lru_cache(maxsize=4096)
def _shared_route(*way: Any) -> Route:
    # A route remembers the days it was asked for, so equal ways outlive the snapshot they came with.
    return Route(*way)


def _days_of(weekdays: list[int], country: str, region: str, closed: list[date], opened: list[date]) -> WorkingDays:
    return working_days(weekdays, country=country, region=region, closed=closed, opened=opened)


_CALENDARS = """
    SELECT id, code, zone, weekdays, holiday_country, holiday_region, closed_on, opened_on FROM catalog_calendar
"""
_LOCATIONS = """
    SELECT id, code, name, country, calendar_id, cut_off, receiving_days, processing_days, release, rank, active
    FROM catalog_location ORDER BY rank, code
"""
_SERVICES = """
    SELECT id, code, name, carrier, calendar_id, transit_min_days, transit_max_days, active
    FROM catalog_service ORDER BY code
"""
_SOURCING = """
    SELECT r.channel, r.country, r.location_id
    FROM catalog_sourcingrule r JOIN catalog_location l ON l.id = r.location_id ORDER BY r.rank, l.rank, l.code
"""
_POLICY_COLUMNS = """
    id, item_id, location_id, channel, sell, backorder_limit, street_on, lead_time_days, max_per_customer,
    min_ship_units, ship_multiple, safety_units
"""
_GENERAL_POLICIES = f"SELECT {_POLICY_COLUMNS} FROM catalog_itempolicy WHERE item_id IS NULL"
_POLICIES = f"SELECT {_POLICY_COLUMNS} FROM catalog_itempolicy WHERE item_id = ANY(%s::bigint[])"
_ITEM_COLUMNS = "id, sku, name, active, price_minor, currency, unit"
_ITEMS = f"SELECT {_ITEM_COLUMNS} FROM catalog_item WHERE sku = ANY(%s::text[])"
_ITEMS_BY_ID = f"SELECT {_ITEM_COLUMNS} FROM catalog_item WHERE id = ANY(%s::bigint[])"
_SUBSTITUTES = """
    SELECT s.item_id, s.substitute_id, s.price_difference_minor
    FROM catalog_substitute s JOIN catalog_item i ON i.id = s.substitute_id
    WHERE s.item_id = ANY(%s::bigint[]) AND i.active ORDER BY s.item_id, s.rank, i.sku
"""
_PARTS = "SELECT kit_id, part_id, units FROM catalog_kitpart WHERE kit_id = ANY(%s::bigint[]) ORDER BY kit_id, part_id"


def _read(sql: str, *params: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


def _load_items_by_id(item_ids: list[int]) -> dict[int, ItemRow]:
    return {row[0]: ItemRow(*row) for row in rows(_ITEMS_BY_ID, [item_ids])}


def _load_policies(item_ids: list[int]) -> dict[int, tuple[PolicyRow, ...]]:
    return _policies_of(item_ids, rows(_POLICIES, [item_ids]))


def _load_parts(item_ids: list[int]) -> dict[int, tuple[tuple[int, int], ...]]:
    return _pairs_of(item_ids, rows(_PARTS, [item_ids]))


def _load_substitutes(item_ids: list[int]) -> dict[int, tuple[tuple[int, int], ...]]:
    return _pairs_of(item_ids, rows(_SUBSTITUTES, [item_ids]))


def _policies_of(item_ids: list[int], found: Iterable[tuple[Any, ...]]) -> dict[int, tuple[PolicyRow, ...]]:
    policies: dict[int, tuple[PolicyRow, ...]] = dict.fromkeys(item_ids, ())
    for row in found:
        policies[row[1]] += (PolicyRow(*row),)
    return policies


def _pairs_of(item_ids: list[int], found: Iterable[tuple[int, int, int]]) -> dict[int, tuple[tuple[int, int], ...]]:
    pairs: dict[int, tuple[tuple[int, int], ...]] = dict.fromkeys(item_ids, ())
    for item, other, number in found:
        pairs[item] += ((other, number),)
    return pairs
