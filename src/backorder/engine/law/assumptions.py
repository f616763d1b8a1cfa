"""What the law leaves open, each answer a named setting with its default.

The defaults are the readings that are safest for a seller; where law names no number, ours is the merchant's policy.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Zones(StrEnum):
    """Whose days count."""

    STRICTEST = "strictest"
    BUYER = "buyer"
    SELLER = "seller"


@dataclass(frozen=True, slots=True)
class Assumptions:
    """Readings A1 to A6 of 16 CFR 435 where it is silent, and the merchant's own numbers A7 to A13."""

    last_day_counts: bool = True  # A1: calendar days; the 30th day is still in time. False: the day before is the last.
    working_weekdays: frozenset[int] = frozenset(range(5))  # A2: "working days" is not defined; 0 is Monday.
    federal_holidays_are_working_days: bool = False  # A2
    vests_on_next_day: bool = True  # A3: a refund vests the day after the period. False: on its last day.
    range_means_last: bool = True  # A4: "3-5 days" promises 5. False: 3.
    zones: Zones = Zones.STRICTEST  # A5: the earlier of the buyer's and the seller's end of day.
    counting_starts_after_vesting: bool = True  # A6: the first of 7 working days is the one after the vesting.
    notice_working_days: int = 1  # A7: "within a reasonable time" of knowing; the merchant's target for a notice.
    billing_cycle_days: int = 28  # A8: the shortest billing cycle, where the seller is the creditor.
    undue_delay_working_days: int = 2  # A9: "without undue delay", where a rule names no days.
    reasonable_days: int = 30  # A10: a "reasonable time" to supply, where a rule names no days.
    cancellation_needs_option: bool = False  # A11: True: a cancellation before any delay option is no trigger (c)(1).
    bounced_notice_counts: bool = False  # A12: True: a notice that came back was still sent.
    additional_period_days: int = 14  # A13: the additional period that is proposed to a consumer.
    closed: frozenset[date] = frozenset()  # Other days on which nobody works, beside federal holidays.


DEFAULTS = Assumptions()
