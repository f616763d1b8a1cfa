"""Errands: one thing done to each of many lines by the worker, after they were found, counted and looked at.

The lines are kept as they are found, so what is done is what was seen. Each line goes through its verb's door in a
transaction of its own together with its being ticked off: workers may share an errand, and one that dies loses and
repeats nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import DatabaseError, connection, transaction
from django.utils.translation import gettext as _

from backorder.access import staff
from backorder.access.staff import Person
from backorder.journal import clock
from backorder.journal.refusals import Refused, unknown
from backorder.orders.ledger.retry import is_passing, retried
from backorder.orders.showing import queue

from .errands_doing import ACTIONS, BY_ITEM, NEEDS, decide_again
from .models import Errand, ErrandLine

log = logging.getLogger(__name__)

MOST_LINES = 100_000
# How many lines are found in one transaction, and how many lines or items are done before others have their turn.
FOUND_AT_ONCE = 2_000
LINES_AT_ONCE = 50
ITEMS_AT_ONCE = 10
KEPT = timedelta(days=30)
SHOWN = 20
# What an action is taken back by; the others cannot be.
UNDONE_BY = {"priority": "priority_back", "pin": "unpin"}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be done to which lines: those that `filters` let through, in the order of the list."""

    action: str
    values: Mapping[str, Any]
    filters: Mapping[str, Any]
    sort: str
    descending: bool
    query: str


@dataclass(frozen=True, slots=True)
class Progress:
    """How many lines of an errand are done, were refused, and wait."""

    done: int
    refused: int
    waits: int


def begin(wanted: Wanted, *, person: Person, now: datetime) -> int:
    """Let the worker find the lines; returns the errand's number. Nothing is done to them yet."""
    assert wanted.action in ACTIONS or wanted.action == BY_ITEM, wanted.action
    made = Errand.objects.create(
        person_id=person.id, action=wanted.action, values=dict(wanted.values), query=wanted.query,
        filters=dict(wanted.filters), sort=wanted.sort, descending=wanted.descending, made_at=now, worked_at=now,
    )  # fmt: skip
    return made.pk


def errand(id: int) -> Errand:
    """The errand of this number; refused as unknown_errand."""
    found = Errand.objects.select_related("person", "undo_of").filter(pk=id).first()
    if found is None:
        raise unknown("errand", id)
    return found


def recent() -> list[Errand]:
    """The last errands, the newest first."""
    return list(Errand.objects.select_related("person").order_by("-id")[:SHOWN])


def progress(id: int) -> Progress:
    """How far it is."""
    with connection.cursor() as cursor:
        cursor.execute(_PROGRESS, [id])
        done, refused, waits = cursor.fetchone()
    return Progress(done, refused, waits)


def refused_lines(id: int, *, limit: int) -> list[ErrandLine]:
    """The lines that were refused, in the order of the list."""
    return list(ErrandLine.objects.filter(errand_id=id, state="refused").order_by("place")[:limit])


def do(id: int) -> None:
    """Let the worker do it; refused when the lines are not found, or it was begun already."""
    if not Errand.objects.filter(pk=id, state="found").update(state="doing"):
        raise Refused("errand_is_not_found", _("This is not waiting to be done."), status=409, field="errand")


def stop(id: int) -> None:
    """Do no more of it: what was done stays done. Refused when it is over."""
    if not Errand.objects.filter(pk=id, state__in=["finding", "found", "doing"]).update(
        state="stopped", trouble="asked"
    ):
        raise Refused("errand_is_over", _("This is over already."), status=409, field="errand")


@transaction.atomic
def undo(id: int, *, person: Person, now: datetime) -> int:
    """Take back what an errand did, line by line, by another errand; returns that one's number, the same each time."""
    found = errand(id)
    kept = Errand.objects.filter(undo_of=found).first()
    if kept is not None:
        return kept.pk
    if not can_be_undone(found):
        raise Refused("errand_has_no_undo", _("This cannot be taken back."), status=409, field="errand")
    made = Errand.objects.create(
        person_id=person.id, action=UNDONE_BY[found.action], values=found.values, query=found.query,
        made_at=now, worked_at=now, state="doing", undo_of=found,
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_COPY_DONE, [made.pk, found.pk])
        Errand.objects.filter(pk=made.pk).update(lines=cursor.rowcount)
    return made.pk


def can_be_undone(errand: Errand) -> bool:
    """Is it over, and is there a way back?"""
    return errand.action in UNDONE_BY and errand.state in ("done", "stopped")


def go_on() -> int:
    """Find or do some of the errand that has waited longest; returns how many lines were found or done."""
    waiting = Errand.objects.filter(state__in=["finding", "doing"]).order_by("worked_at", "id").first()
    if waiting is None:
        return 0
    if waiting.state == "finding":
        return _find(waiting.pk)
    Errand.objects.filter(pk=waiting.pk).update(worked_at=clock.now())
    person = staff.find(waiting.person_id)
    if person is None or not person.may(NEEDS):
        Errand.objects.filter(pk=waiting.pk).update(state="stopped", trouble="no_right")
        return 1
    return _do_items(waiting) if waiting.action == BY_ITEM else _do_lines(waiting)


def purge() -> int:
    """Delete errands that are older than we keep them; returns how many."""
    old = Errand.objects.filter(made_at__lt=clock.now() - KEPT)
    ErrandLine.objects.filter(errand__in=old)._raw_delete(old.db)
    deleted, _by_table = old.delete()
    return deleted


# -- finding -----------------------------------------------------------------------------------------------------------


@transaction.atomic
def _find(id: int) -> int:
    """Keep the next lines; after the last one say what they come to."""
    one = Errand.objects.select_for_update(skip_locked=True).filter(pk=id, state="finding").first()
    if one is None:
        return 0
    room = MOST_LINES - one.lines
    found, end = queue.gathered(
        one.filters, sort=one.sort, descending=one.descending, after=tuple(one.place) if one.place else None,
        limit=min(FOUND_AT_ONCE, room), now=one.made_at,
    )  # fmt: skip
    kept = [
        ErrandLine(errand=one, place=place, line=row.line, order=row.order, item=row.item, customer=row.customer,
                   value_minor=row.value_minor, currency=row.currency)
        for place, row in enumerate(found, start=one.lines)
    ]  # fmt: skip
    # A line that moved down the list meanwhile is found twice, and kept once.
    ErrandLine.objects.bulk_create(kept, ignore_conflicts=True)
    one.place, one.lines, one.worked_at = end, one.lines + len(found), clock.now()
    if end is None or one.lines >= MOST_LINES:
        one.state, one.sums = "found", {**_sums(id), "more": end is not None}
        one.lines = one.sums["lines"]
    one.save(update_fields=["place", "lines", "worked_at", "state", "sums"])
    return max(len(found), 1)


def _sums(id: int) -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute(_SUMS, [id])
        found = cursor.fetchall()
    totals = next(row for row in found if row[0] is None)
    worth = {currency: int(value) for currency, value, *_counts in found if currency is not None}
    return {"worth": worth, "lines": totals[2], "orders": totals[3], "customers": totals[4], "items": totals[5]}


# -- doing -------------------------------------------------------------------------------------------------------------


def _do_lines(errand: Errand) -> int:
    waits = ErrandLine.objects.filter(errand=errand, state="").order_by("place")
    ids = list(waits.values_list("pk", flat=True)[:LINES_AT_ONCE])
    if not ids:
        return _finish(errand)
    return sum(_do_line(errand, id) for id in ids)


def _do_line(errand: Errand, id: int) -> bool:
    try:
        return retried(lambda: _tick_off(errand, id))
    except DatabaseError as failure:
        if is_passing(failure):
            raise
        log.exception("Line %d of errand %d failed", id, errand.pk)
    except Exception:
        log.exception("Line %d of errand %d failed", id, errand.pk)
    return _refuse(ErrandLine.objects.filter(pk=id, state=""), Refused("failed", "It failed; see the log."))


@transaction.atomic
def _tick_off(errand: Errand, id: int) -> bool:
    one = ErrandLine.objects.select_for_update(skip_locked=True).filter(pk=id, state="").first()
    if one is None:
        return False
    try:
        with transaction.atomic():
            was = ACTIONS[errand.action](one, errand.values, f"staff:{errand.person_id}")
    except Refused as refused:
        return _refuse(ErrandLine.objects.filter(pk=id), refused)
    return bool(ErrandLine.objects.filter(pk=id).update(state="done", was=was))


def _do_items(errand: Errand) -> int:
    waits = ErrandLine.objects.filter(errand=errand, state="")
    items = list(waits.order_by("item").values_list("item", flat=True).distinct()[:ITEMS_AT_ONCE])
    if not items:
        return _finish(errand)
    return sum(retried(lambda item=item: _decide(errand, item)) for item in items)  # type: ignore[misc]


@transaction.atomic
def _decide(errand: Errand, item: int) -> int:
    changed = decide_again(item, f"staff:{errand.person_id}")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE console_errand SET changed = changed + %s WHERE id = %s", [changed, errand.pk])
    return ErrandLine.objects.filter(errand=errand, item=item, state="").update(state="done")


def _refuse(lines: Any, refused: Refused) -> bool:
    facts = {key: value for key, value in refused.values.items() if isinstance(value, str | int)}
    told = {"name": refused.name, "says": refused.says, "values": facts}
    return bool(lines.update(state="refused", refusal=told))


def _finish(errand: Errand) -> int:
    return Errand.objects.filter(pk=errand.pk, state="doing").update(state="done")


_PROGRESS = """
    SELECT count(*) FILTER (WHERE state = 'done'), count(*) FILTER (WHERE state = 'refused'),
           count(*) FILTER (WHERE state = '')
    FROM console_errandline WHERE errand_id = %s
"""
# The row without a currency is the sum of all: customers without a name are told order by order.
_SUMS = """
    SELECT currency, sum(value_minor), count(*), count(DISTINCT "order"),
           count(DISTINCT coalesce(customer, -"order")), count(DISTINCT item)
    FROM console_errandline WHERE errand_id = %s GROUP BY GROUPING SETS ((currency), ())
"""
_COPY_DONE = """
    INSERT INTO console_errandline (errand_id, place, line, "order", item, customer, value_minor, currency, state, was)
    SELECT %s, place, line, "order", item, customer, value_minor, currency, '', was
    FROM console_errandline WHERE errand_id = %s AND state = 'done'
"""
