"""What may be said about the catalog: one frozen value per thing, which checks its own limits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time
from zoneinfo import ZoneInfo

from backorder.journal.refusals import Refused

from .limits import (
    MAX_DAYS,
    MAX_MINOR,
    check_choice,
    check_code,
    check_count,
    check_day,
    check_letters,
    check_text,
    check_units,
)
from .working_days import knows_holidays

SELLS = ("stock_only", "backorder", "preorder", "made_to_order")
RELEASES = ("by_hand", "when_complete", "when_any")
MAX_SPECIAL_DAYS = 2_000
MAX_ATTRIBUTES = 50
MAX_PARTS = 100
MAX_PER_KIT = 10_000
MAX_TRANSIT_DAYS = 180
MAX_LOCATION_DAYS = 90

Attribute = str | int | bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarSpec:
    """Working days in one zone; weekdays from 0 (Monday) to 6."""

    code: str
    zone: str = "UTC"
    weekdays: tuple[int, ...] = (0, 1, 2, 3, 4)
    holiday_country: str = ""
    holiday_region: str = ""
    closed_on: tuple[date, ...] = ()
    opened_on: tuple[date, ...] = ()

    def check(self) -> None:
        """Refuse what breaks a limit."""
        check_code("code", self.code)
        _check_zone(self.zone)
        for weekday in self.weekdays:
            check_count("weekdays", weekday, most=6)
        if not self.weekdays:
            raise Refused(
                "calendar_never_works",
                "weekdays is empty; name at least one weekday.",
                field="weekdays",
                value=[],
                limit=1,
            )
        _check_holidays(self.holiday_country, self.holiday_region)
        for name, days in (("closed_on", self.closed_on), ("opened_on", self.opened_on)):
            check_count(f"number of {name}", len(days), most=MAX_SPECIAL_DAYS)
            for day in days:
                check_day(name, day)


@dataclass(frozen=True, slots=True, kw_only=True)
class LocationSpec:
    """A place that holds stock; `calendar` is the code of one."""

    code: str
    name: str
    calendar: str
    country: str = "GB"
    cut_off: time = time(14)
    receiving_days: int = 0
    processing_days: int = 0
    release: str = "by_hand"
    rank: int = 0
    active: bool = True

    def check(self) -> None:
        """Refuse what breaks a limit."""
        check_code("code", self.code)
        check_text("name", self.name, least=1)
        check_letters("country", self.country, count=2)
        check_count("receiving_days", self.receiving_days, most=MAX_LOCATION_DAYS)
        check_count("processing_days", self.processing_days, most=MAX_LOCATION_DAYS)
        check_choice("release", self.release, RELEASES)
        check_rank(self.rank)
        if self.cut_off.tzinfo is not None:
            raise Refused(
                "cut_off_has_a_zone",
                "cut_off is local time of the calendar's zone; name no zone with it.",
                field="cut_off",
                value=self.cut_off.isoformat(),
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceSpec:
    """A carrier's service; `calendar` is the code of one, transit is counted in its working days."""

    code: str
    name: str
    calendar: str
    carrier: str = ""
    transit_min_days: int = 1
    transit_max_days: int = 3
    active: bool = True

    def check(self) -> None:
        """Refuse what breaks a limit."""
        check_code("code", self.code)
        check_text("name", self.name, least=1)
        check_text("carrier", self.carrier)
        check_count("transit_min_days", self.transit_min_days, most=MAX_TRANSIT_DAYS)
        check_count("transit_max_days", self.transit_max_days, least=self.transit_min_days, most=MAX_TRANSIT_DAYS)


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemSpec:
    """What is sold."""

    sku: str
    name: str
    unit: str = "piece"
    price_minor: int | None = None
    currency: str = "GBP"
    active: bool = True
    attributes: Mapping[str, Attribute] = field(default_factory=dict)

    def check(self) -> None:
        """Refuse what breaks a limit."""
        check_code("sku", self.sku)
        check_text("name", self.name, least=1)
        check_code("unit", self.unit)
        if self.price_minor is not None:
            check_count("price_minor", self.price_minor, most=MAX_MINOR)
        check_letters("currency", self.currency, count=3)
        check_count("number of attributes", len(self.attributes), most=MAX_ATTRIBUTES)
        for key, value in self.attributes.items():
            check_code("attribute", key)
            if isinstance(value, str):
                check_text(f"attributes.{key}", value)


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicySpec:
    """How items may be promised; None for sku, location (a code) or channel (a code) means any."""

    sell: str
    sku: str | None = None
    location: str | None = None
    channel: str | None = None
    backorder_limit: int | None = None
    street_on: date | None = None
    lead_time_days: int | None = None
    max_per_customer: int | None = None
    min_ship_units: int = 1
    ship_multiple: int = 1
    safety_units: int = 0

    def check(self) -> None:
        """Refuse what breaks a limit or makes no sense together."""
        check_choice("sell", self.sell, SELLS)
        if self.channel is not None:
            check_code("channel", self.channel)
        for name, units in (("backorder_limit", self.backorder_limit), ("max_per_customer", self.max_per_customer)):
            if units is not None:
                check_units(name, units)
        if self.lead_time_days is not None:
            check_count("lead_time_days", self.lead_time_days, most=MAX_DAYS)
        check_units("min_ship_units", self.min_ship_units)
        check_units("ship_multiple", self.ship_multiple)
        check_count("safety_units", self.safety_units)
        if self.street_on is not None:
            check_day("street_on", self.street_on)
        self._check_sense()

    def _check_sense(self) -> None:
        if self.sell == "preorder" and self.street_on is None:
            raise Refused(
                "preorder_needs_street_date",
                "street_on is missing; a preorder needs the first day it ships.",
                field="street_on",
                value=None,
            )
        if self.sell == "made_to_order" and self.lead_time_days is None:
            raise Refused(
                "made_to_order_needs_lead_time",
                "lead_time_days is missing; what is made to order needs the days it takes.",
                field="lead_time_days",
                value=None,
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class SubstituteSpec:
    """`substitute` may be offered instead of `sku`; lower rank is offered first."""

    sku: str
    substitute: str
    rank: int = 0
    price_difference_minor: int = 0

    def check(self) -> None:
        """Refuse what breaks a limit."""
        check_rank(self.rank)
        check_count("price_difference_minor", self.price_difference_minor, least=-MAX_MINOR, most=MAX_MINOR)
        if self.sku == self.substitute:
            raise Refused(
                "substitute_is_the_item_itself",
                f"substitute is {self.sku!r}, the item itself.",
                field="substitute",
                value=self.substitute,
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class KitSpec:
    """The parts of a kit: SKU -> units in one kit. No parts make it a plain item again."""

    sku: str
    parts: Mapping[str, int]

    def check(self) -> None:
        """Refuse what breaks a limit."""
        check_count("number of parts", len(self.parts), most=MAX_PARTS)
        for sku, units in self.parts.items():
            check_count(f"parts.{sku}", units, least=1, most=MAX_PER_KIT)
        if self.sku in self.parts:
            raise Refused(
                "kit_contains_itself", f"parts names {self.sku!r}, the kit itself.", field="parts", value=self.sku
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class SourcingSpec:
    """Which locations (codes, first choice first) serve a channel (None: any) and country (blank: any).

    No locations take the rule away.
    """

    locations: tuple[str, ...]
    channel: str | None = None
    country: str = ""

    def check(self) -> None:
        """Refuse what breaks a limit."""
        if self.channel is not None:
            check_code("channel", self.channel)
        if self.country:
            check_letters("country", self.country, count=2)
        if len(set(self.locations)) < len(self.locations):
            raise Refused(
                "location_named_twice",
                "locations names a location twice.",
                field="locations",
                value=list(self.locations),
            )


def check_rank(value: int) -> int:
    """Ranks order things; a million either way is plenty."""
    return check_count("rank", value, least=-1_000_000, most=1_000_000)


def _check_zone(zone: str) -> None:
    try:
        ZoneInfo(zone)
    except (ValueError, OSError, KeyError):
        raise Refused(
            "unknown_zone",
            f"zone is {zone!r}; it must be an IANA time zone such as Europe/London.",
            field="zone",
            value=zone,
        ) from None


def _check_holidays(country: str, region: str) -> None:
    if (country or region) and not knows_holidays(country, region):
        raise Refused(
            "unknown_holidays",
            f"No public holidays are known for {country} {region}.".replace(" .", "."),
            field="holiday_region" if knows_holidays(country) else "holiday_country",
            value=region if knows_holidays(country) else country,
        )
