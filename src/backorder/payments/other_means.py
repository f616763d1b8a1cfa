"""A refund that cannot go back the way the payment came: by which other means it goes, why, and by when now.

It stays money: never store credit. The law's days may begin anew when it is found out (16 CFR 435.1(b)).
"""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import transaction

from backorder.engine import delay_law
from backorder.engine.law.facts import RefundDue
from backorder.journal import clock
from backorder.journal.record import Fact, record
from backorder.journal.refusals import Refused, unknown
from backorder.orders import reading

from . import recording, reviewing
from .models import Due

SAME = "same_means"


@transaction.atomic
def by_other_means(
    due_id: int, *, means: str, because: str, found_at: datetime | None = None, actor: str, now: datetime | None = None
) -> None:
    """Say that a refund goes by other means, because of what was found (None: now); its last day may move.

    Refuses unknown_due, due_is_no_refund, due_is_closed, refund_form_not_allowed, and refund_found_in_the_future. The
    first discovery counts: naming other means again moves no day.
    """
    at = now or clock.now()
    due = _open_refund(due_id)
    _check(means, found_at, at)
    due.found_at = due.found_at or found_at or at
    due.means, due.because = means, because
    _date(due)
    due.save(update_fields=["means", "because", "found_at", "by_at", "send_by_on", "warned_at"])
    body = {
        "due": due.pk, "means": means, "amount_minor": due.amount_minor, "currency": due.currency,
        "send_by_on": due.send_by_on.isoformat() if due.send_by_on else None,
    }  # fmt: skip
    record([Fact("refund.goes_otherwise", f"order/{due.order_id}", body)], actor=actor, at=at)


def _open_refund(due_id: int) -> Due:
    order_id = Due.objects.filter(pk=due_id).values_list("order_id", flat=True).first()
    if order_id is None:
        raise unknown("due", due_id)
    recording.lock_order(order_id)
    due = Due.objects.select_for_update().get(pk=due_id)
    if due.kind != "refund":
        raise Refused("due_is_no_refund", f"It is to {due.kind.replace('_', ' ')}, not to refund.", field="due",
                      value=due_id)  # fmt: skip
    if due.state != "open":
        raise Refused("due_is_closed", f"It is {due.state} already.", status=409, field="due", value=due_id)
    return due


def _check(means: str, found_at: datetime | None, now: datetime) -> None:
    if means == SAME or not delay_law.refund_form_allowed(means):
        allowed = sorted(delay_law.REFUND_FORMS - {SAME})
        raise Refused(
            "refund_form_not_allowed",
            f"A refund is money and goes back the way it came; not as {means[:40]}.",
            field="means", value=means[:40], limit=allowed,
        )  # fmt: skip
    if found_at is not None and found_at > now:
        raise Refused("refund_found_in_the_future", f"{found_at.isoformat()} has not come yet.", field="found_at",
                      value=found_at.isoformat(), limit=now.isoformat())  # fmt: skip


def _date(due: Due) -> None:
    """Its last day, as the law counts from the discovery; a warning is due anew if the day moved."""
    if due.vests_on is None or due.send_by_on is None or due.found_at is None:
        return
    facts, given = reviewing.legal_facts(reading.order(due.order_id)), settings.BACKORDER_LAW
    was = RefundDue(due.vests_on, due.send_by_on, due.rule, 1)
    new = delay_law.other_means_deadline(facts, was, found_at=due.found_at, assumptions=given)
    if new.sent_by != due.send_by_on:
        due.send_by_on, due.by_at, due.warned_at = new.sent_by, delay_law.ends_at(facts, new.sent_by, given), None
