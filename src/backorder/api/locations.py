"""Places that hold stock, and which of them serve whom."""

from __future__ import annotations

from datetime import time
from typing import Annotated, Literal

from msgspec import Meta, Struct
from msgspec.structs import asdict

from backorder.api.operation import Call, operation
from backorder.api.parameters import Code as InAddress
from backorder.api.shapes import Code, Country, Name, Rank
from backorder.catalog import define, reading
from backorder.catalog.specs import MAX_LOCATION_DAYS, LocationSpec, SourcingSpec
from backorder.journal.refusals import unknown

TAG = "locations"

FewDays = Annotated[int, Meta(ge=0, le=MAX_LOCATION_DAYS, description="Working days.")]


class Location(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is said of a location; `cut_off` is the calendar's local time until when an order still leaves that day."""

    name: Name
    calendar: Code
    country: Country = "GB"
    cut_off: Annotated[time, Meta(tz=False)] = time(14)
    receiving_days: FewDays = 0
    processing_days: FewDays = 0
    release: Literal["by_hand", "when_complete", "when_any"] = "by_hand"
    rank: Rank = 0
    active: bool = True


class Sourcing(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which locations serve a channel (null: any) and country (blank: any), first choice first; none: no rule."""

    locations: Annotated[tuple[Code, ...], Meta(max_length=1_000)]
    channel: Code | None = None
    country: Annotated[str, Meta(pattern="^([A-Z]{2})?$")] = ""


@operation(TAG, "GET", "/locations", scope="catalog:read", answer=list[LocationSpec])
def list_locations(call: Call) -> list[LocationSpec]:
    """List all locations."""
    return reading.locations()


@operation(TAG, "GET", "/locations/{path:code}", scope="catalog:read", answer=LocationSpec)
def get_location(call: Call, code: InAddress) -> LocationSpec:
    """Show a location."""
    for found in reading.locations(code):
        return found
    raise unknown("location", code)


@operation(TAG, "PUT", "/locations/{path:code}", scope="catalog:write", answer=LocationSpec)
def define_location(call: Call, code: InAddress, body: Location) -> LocationSpec:
    """Make or change a location."""
    define.define_location(LocationSpec(code=code, **asdict(body)), actor=call.actor)
    return get_location(call, code)


@operation(TAG, "GET", "/sourcing", scope="catalog:read", answer=list[SourcingSpec])
def list_sourcing(call: Call) -> list[SourcingSpec]:
    """List every rule of sourcing."""
    return reading.sourcing()


@operation(TAG, "PUT", "/sourcing", scope="catalog:write", answer=list[SourcingSpec])
def define_sourcing(call: Call, body: Sourcing) -> list[SourcingSpec]:
    """Set the locations that serve a channel and country, all of them, first choice first."""
    define.define_sourcing(SourcingSpec(**asdict(body)), actor=call.actor)
    return reading.sourcing()
