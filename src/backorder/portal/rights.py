"""The right to withdraw from the contract: who has it, and until when.

In the EU, Germany and the UK it lasts until so many days after the last good was delivered, and exists before delivery
as well (Directive 2011/83/EU Art 9(2)(b), 11a), so a line that waits keeps the whole order open.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from backorder.engine.law.delivery import withdrawal_ends_on
from backorder.engine.law.rules import jurisdiction_of, rule_on

from .choose import last_of
from .standing import Order


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """May the customer withdraw now? `ends_on` None: while something is still to come. `made_at`: they did."""

    may: bool
    ends_on: date | None = None
    made_at: datetime | None = None


def withdrawal(order: Order) -> Withdrawal:
    """The right to withdraw from this order as it stands today."""
    rule = rule_on(jurisdiction_of(order.view.country, order.view.region), order.view.ordered_at.date())
    if rule.withdrawal_days is None:
        return Withdrawal(False)
    made_at = last_of(order.view.id, "withdraw")
    if made_at is not None:
        return Withdrawal(False, made_at=made_at)
    ends_on = withdrawal_ends_on(rule, last_delivered_on=_last_delivered_on(order))
    is_left = any(
        line.open + line.allocated + line.released + line.shipped > line.returned for line in order.view.lines
    )
    return Withdrawal(is_left and (ends_on is None or order.today <= ends_on), ends_on)


def _last_delivered_on(order: Order) -> date | None:
    """The day the last good arrived, None while something is still to come."""
    if any(line.owed for line in order.lines) or not order.view.shipments:
        return None
    days = [one.delivered_at for one in order.view.shipments]
    arrived = [at.astimezone(ZoneInfo(order.view.zone)).date() for at in days if at is not None]
    return max(arrived) if len(arrived) == len(days) else None
