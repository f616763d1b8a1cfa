"""Carriers' services: how many of their working days from door to door."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct
from msgspec.structs import asdict

from backorder.api.operation import Call, operation
from backorder.api.parameters import Code as InAddress
from backorder.api.shapes import Code, Name, Text
from backorder.catalog import define, reading
from backorder.catalog.specs import MAX_TRANSIT_DAYS, ServiceSpec
from backorder.journal.refusals import unknown

TAG = "services"

TransitDays = Annotated[int, Meta(ge=0, le=MAX_TRANSIT_DAYS)]


class Service(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is said of a service."""

    name: Name
    calendar: Code
    carrier: Text = ""
    transit_min_days: TransitDays = 1
    transit_max_days: TransitDays = 3
    active: bool = True


@operation(TAG, "GET", "/services", scope="catalog:read", answer=list[ServiceSpec])
def list_services(call: Call) -> list[ServiceSpec]:
    """List all services."""
    return reading.services()


@operation(TAG, "GET", "/services/{path:code}", scope="catalog:read", answer=ServiceSpec)
def get_service(call: Call, code: InAddress) -> ServiceSpec:
    """Show a service."""
    for found in reading.services(code):
        return found
    raise unknown("service", code)


@operation(TAG, "PUT", "/services/{path:code}", scope="catalog:write", answer=ServiceSpec)
def define_service(call: Call, code: InAddress, body: Service) -> ServiceSpec:
    """Make or change a service."""
    define.define_service(ServiceSpec(code=code, **asdict(body)), actor=call.actor)
    return get_service(call, code)
