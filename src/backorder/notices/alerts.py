"""Tell the operator that something needs a person: a notice the law wants that does not get through, above all."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q

from backorder.journal import clock
from backorder.journal.identity import id_in_order
from backorder.journal.record import Fact, record

from .models import Notice
from .writing import message_id, subject_of

log = logging.getLogger(__name__)

ACTOR = "worker"
OPERATOR = "operator"
AT_RISK = timedelta(hours=12)
# The same alarm is not raised again within this time.
QUIET = timedelta(hours=1)
AT_ONCE = 100


def raise_alert(subject: str, text: str, *, about: Notice | None = None, now: datetime) -> Notice | None:
    """Write an alert to the operator, in the caller's transaction; None if the same one went out within the hour."""
    log.error("%s: %s", subject, text)
    recent = Notice.objects.filter(channel="alert", subject=subject, created_at__gt=now - QUIET)
    if recent.exists():
        return None
    id = id_in_order()
    return Notice.objects.create(
        id=id,
        kind="alert",
        channel="alert",
        order_id=about.order_id if about is not None else None,
        instead_of=None,
        wording="product",
        language="en",
        address=OPERATOR,
        subject=subject,
        text=text,
        message_id=message_id(id),
        evidence={"notice": about.pk} if about is not None else {},
        next_try_at=now,
        created_at=now,
    )


@transaction.atomic
def watch_deadlines(*, now: datetime | None = None) -> int:
    """Raise the alarm for notices that wait though their deadline is near, and past; once each; returns how many."""
    at = now or clock.now()
    waiting = Notice.objects.select_for_update(skip_locked=True).filter(state="waiting", wanted_by__isnull=False)
    near = waiting.filter(wanted_by__gt=at, wanted_by__lte=at + AT_RISK, escalated_at=None).exclude(last_error="")
    missed = waiting.filter(wanted_by__lte=at).filter(Q(escalated_at=None) | Q(escalated_at__lt=F("wanted_by")))
    found = [(notice, "notice.deadline_at_risk") for notice in near[:AT_ONCE]]
    found += [(notice, "notice.deadline_missed") for notice in missed[:AT_ONCE]]
    for notice, fact in found:
        _escalate(notice, fact, at)
    return len(found)


def _escalate(notice: Notice, fact: str, now: datetime) -> None:
    assert notice.wanted_by is not None
    notice.escalated_at = now
    notice.save(update_fields=["escalated_at"])
    body = {"notice": notice.pk, "kind": notice.kind, "wanted_by": notice.wanted_by.isoformat()}
    record([Fact(fact, subject_of(notice), body)], actor=ACTOR, at=now)
    is_missed = fact == "notice.deadline_missed"
    raise_alert(
        "A notice that the law wants was not sent in time" if is_missed else "A notice that the law wants is at risk",
        f"Notice {notice.pk} ({notice.kind}) of {subject_of(notice)} was to be sent by"
        f" {notice.wanted_by:%Y-%m-%d %H:%M} UTC and still waits: {notice.last_error or 'it was not tried yet'}."
        " Reach the customer another way.",
        about=notice,
        now=now,
    )
