"""What the delay law leaves open, answered by this installation: BACKORDER_LAW_* in the environment.

Each reading is named and has the default that is safest for a seller (docs/reference/settings). A wrong value stops
the start: a law that is read wrongly must not run quietly.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from backorder.engine.law.assumptions import Assumptions, Zones


@dataclass(frozen=True, slots=True)
class Practice:
    """How this installation acts on the law, beside its readings.

    `stated_time`: "promised" (the first promise counts as a stated time) or "shown" (only a day the shop showed).
    `unknown_payment_counts`: an order of which no payment is known counts as paid when it was ordered.
    `payment_block_restarts`: a payment block is a payment that failed. `ask_hours` before a deadline ends, what has
    not left is asked about. `remind_days` before silence cancels, the question is put again.
    """

    seller_zone: str = "UTC"
    stated_time: str = "promised"
    unknown_payment_counts: bool = True
    payment_block_restarts: bool = True
    ask_hours: float = 12.0
    remind_days: float = 3.0


def assumptions() -> Assumptions:
    """The readings of the law, from the environment."""
    return Assumptions(
        last_day_counts=_yes(os.environ.get("BACKORDER_LAW_LAST_DAY_COUNTS", "1")),
        working_weekdays=_weekdays(os.environ.get("BACKORDER_LAW_WORKING_WEEKDAYS", "0,1,2,3,4")),
        federal_holidays_are_working_days=_yes(os.environ.get("BACKORDER_LAW_HOLIDAYS_WORK", "0")),
        vests_on_next_day=_yes(os.environ.get("BACKORDER_LAW_VESTS_NEXT_DAY", "1")),
        range_means_last=_yes(os.environ.get("BACKORDER_LAW_RANGE_MEANS_LAST", "1")),
        zones=Zones(os.environ.get("BACKORDER_LAW_ZONES", "strictest")),
        counting_starts_after_vesting=_yes(os.environ.get("BACKORDER_LAW_COUNT_AFTER_VESTING", "1")),
        notice_working_days=int(os.environ.get("BACKORDER_LAW_NOTICE_WORKING_DAYS", "1")),
        billing_cycle_days=int(os.environ.get("BACKORDER_LAW_BILLING_CYCLE_DAYS", "28")),
        undue_delay_working_days=int(os.environ.get("BACKORDER_LAW_UNDUE_DELAY_WORKING_DAYS", "2")),
        reasonable_days=int(os.environ.get("BACKORDER_LAW_REASONABLE_DAYS", "30")),
        cancellation_needs_option=_yes(os.environ.get("BACKORDER_LAW_CANCELLATION_NEEDS_OPTION", "0")),
        bounced_notice_counts=_yes(os.environ.get("BACKORDER_LAW_BOUNCED_NOTICE_COUNTS", "0")),
        additional_period_days=int(os.environ.get("BACKORDER_LAW_ADDITIONAL_PERIOD_DAYS", "14")),
        closed=_days(os.environ.get("BACKORDER_LAW_CLOSED", "")),
    )


def practice() -> Practice:
    """How the law is acted on, from the environment."""
    zone = os.environ.get("BACKORDER_LAW_SELLER_ZONE", "UTC")
    ZoneInfo(zone)  # A zone nobody knows ends the start here.
    stated = os.environ.get("BACKORDER_LAW_STATED_TIME", "promised")
    assert stated in ("promised", "shown"), f"BACKORDER_LAW_STATED_TIME is {stated}; use promised or shown"
    return Practice(
        seller_zone=zone,
        stated_time=stated,
        unknown_payment_counts=_yes(os.environ.get("BACKORDER_LAW_UNKNOWN_PAYMENT_COUNTS", "1")),
        payment_block_restarts=_yes(os.environ.get("BACKORDER_LAW_PAYMENT_BLOCK_RESTARTS", "1")),
        ask_hours=float(os.environ.get("BACKORDER_LAW_ASK_HOURS", "12")),
        remind_days=float(os.environ.get("BACKORDER_LAW_REMIND_DAYS", "3")),
    )


def _yes(value: str) -> bool:
    assert value in ("0", "1"), f"{value!r} is neither 0 nor 1"
    return value == "1"


def _weekdays(value: str) -> frozenset[int]:
    found = frozenset(int(one) for one in value.split(",") if one.strip())
    assert found, "some weekday must be a working day"
    assert found <= set(range(7)), f"{value!r} are no weekdays: 0 is Monday, 6 is Sunday"
    return found


def _days(value: str) -> frozenset[date]:
    return frozenset(date.fromisoformat(one.strip()) for one in value.split(",") if one.strip())
