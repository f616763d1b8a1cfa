"""Working days: weekdays in a zone, less public holidays and closed days, plus opened days."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from msgspec import Meta, Struct
from msgspec.structs import asdict

from backorder.api.operation import Call, operation
from backorder.api.parameters import Code
from backorder.api.shapes import Zone
from backorder.catalog import define, reading
from backorder.catalog.specs import MAX_SPECIAL_DAYS, CalendarSpec
from backorder.journal.refusals import unknown

TAG = "calendars"

SpecialDays = Annotated[tuple[date, ...], Meta(max_length=MAX_SPECIAL_DAYS)]


class Calendar(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is said of a calendar; weekdays count from 0 (Monday) to 6."""

    zone: Zone = "UTC"
    weekdays: Annotated[tuple[Annotated[int, Meta(ge=0, le=6)], ...], Meta(min_length=1, max_length=7)] = (
        0,
        1,
        2,
        3,
        4,
    )
    holiday_country: Annotated[str, Meta(pattern="^([A-Z]{2})?$")] = ""
    holiday_region: Annotated[str, Meta(pattern="^([A-Z0-9]{1,5})?$")] = ""
    closed_on: SpecialDays = ()
    opened_on: SpecialDays = ()


@operation(TAG, "GET", "/calendars", scope="catalog:read", answer=list[CalendarSpec])
def list_calendars(call: Call) -> list[CalendarSpec]:
    """List all calendars."""
    return reading.calendars()


@operation(TAG, "GET", "/calendars/{path:code}", scope="catalog:read", answer=CalendarSpec)
def get_calendar(call: Call, code: Code) -> CalendarSpec:
    """Show a calendar."""
    for found in reading.calendars(code):
        return found
    raise unknown("calendar", code)


@operation(TAG, "PUT", "/calendars/{path:code}", scope="catalog:write", answer=CalendarSpec)
def define_calendar(call: Call, code: Code, body: Calendar) -> CalendarSpec:
    """Make or change a calendar. Promises follow at their next decision."""
    define.define_calendar(CalendarSpec(code=code, **asdict(body)), actor=call.actor)
    return get_calendar(call, code)
