"""Correct what is on hand by a difference: breakage, theft, a find, a booking elsewhere."""

from __future__ import annotations

from django.db import transaction

from backorder.catalog.limits import MAX_UNITS, check_count, check_text
from backorder.journal.record import Fact, record
from backorder.journal.refusals import Refused

from ..ledger.retry import retried
from .begin import begin
from .correct import MAX_KEY, Corrected, Shelf, correct, first_answer, lock_shelf

CAUSE = "adjustment"


def adjust(
    item: int, location: int, *, units: int, reason: str = "", key: str, actor: str, take_back: bool = False
) -> Corrected:
    """Add `units` (+) of an item at a location to what is on hand, or take them off (-).

    Below what is allocated it is refused as stock_below_allocated, unless `take_back` says that owners
    give up what is missing (from the lowest rank upwards, released units last, as a count does). The same
    `key` again changes nothing. Refused also: adjustment_of_nothing, number_out_of_range,
    stock_below_zero, stock_above_limit, unknown_item, unknown_location, key_used_elsewhere.
    """
    check_count("units", units, least=-MAX_UNITS)
    check_text("reason", reason)
    check_text("key", key, least=1, most=MAX_KEY)
    if units == 0:
        raise Refused(
            "adjustment_of_nothing",
            "units is 0; an adjustment adds or takes at least one unit.",
            field="units",
            value=0,
            limit=1,
        )
    return retried(lambda: _adjust(item, location, units, reason, f"adjustment/{key}", actor, take_back))


@transaction.atomic
def _adjust(item: int, location: int, units: int, reason: str, subject: str, actor: str, take_back: bool) -> Corrected:
    seen = begin([item], actor=actor)
    if (known := first_answer(subject, item, location)) is not None:
        return known
    shelf = lock_shelf(item, location, seen)
    _refuse_below(shelf, units, take_back)
    done = correct(shelf, units=shelf.on_hand + units, kind=CAUSE, subject=subject, note=reason, seen=seen, actor=actor)
    record([Fact("stock.adjusted", subject, done.body())], actor=actor, at=seen.now)
    return done


def _refuse_below(shelf: Shelf, units: int, take_back: bool) -> None:
    left = shelf.on_hand + units
    if left < 0:
        raise Refused(
            "stock_below_zero",
            f"units is {units}; only {shelf.on_hand} are on hand.",
            status=409,
            field="units",
            value=units,
            limit=-shelf.on_hand,
        )
    if left < shelf.allocated and not take_back:
        raise Refused(
            "stock_below_allocated",
            f"units is {units}; of {shelf.on_hand} units on hand {shelf.allocated} are allocated.",
            status=409, field="units", value=units, limit=shelf.allocated - shelf.on_hand, on_hand=shelf.on_hand,
            allocated=shelf.allocated,
        )  # fmt: skip
