"""Somebody counted: what is on hand is what was counted, whoever the books say owns it."""

from __future__ import annotations

from django.db import transaction

from backorder.catalog.limits import check_count, check_text
from backorder.journal.record import Fact, record

from ..ledger.retry import retried
from .begin import begin
from .correct import MAX_KEY, Corrected, correct, first_answer, lock_shelf

CAUSE = "count"


def count(item: int, location: int, *, units: int, key: str, actor: str) -> Corrected:
    """Say that `units` of an item (its id) are at a location (its id), those released to the warehouse included.

    Fewer than are allocated: units are taken back from the lowest rank upwards, released ones last, each
    of these told as `release.short`. A count that agrees with the books is no move. The same `key` again
    changes nothing. Refused: number_out_of_range, unknown_item, unknown_location, key_used_elsewhere.
    """
    check_count("units", units)
    check_text("key", key, least=1, most=MAX_KEY)
    return retried(lambda: _count(item, location, units, f"count/{key}", actor))


@transaction.atomic
def _count(item: int, location: int, units: int, subject: str, actor: str) -> Corrected:
    seen = begin([item], actor=actor)
    if (known := first_answer(subject, item, location)) is not None:
        return known
    shelf = lock_shelf(item, location, seen)
    done = correct(shelf, units=units, kind=CAUSE, subject=subject, seen=seen, actor=actor)
    record([Fact("stock.counted", subject, done.body())], actor=actor, at=seen.now)
    return done
