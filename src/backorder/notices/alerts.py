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
# So many are named in one alert; of the others it tells how many.
NAMED = 100
_AND_MORE = "\nAnd "


@transaction.atomic
def raise_alert(subject: str, text: str, *, about: Notice | None = None, now: datetime) -> Notice | None:
    """Write an alert to the operator, in the caller's transaction; None if the same one went out within the hour.

    Of several notices with the same trouble each is named: in the alert that still waits, or the next hour's.
    """
    log.error("%s: %s", subject, text)
    recent = Notice.objects.filter(channel="alert", subject=subject, created_at__gt=now - QUIET).order_by("-id")
    last = recent.select_for_update().first()
    if last is not None and (about is None or last.evidence.get("notice") == about.pk):
        return None
    if last is not None and last.state == "waiting" and last.leased_until is None:
        return _added(last, text)
    # One went out just now: what comes after it is gathered until the hour is over.
    next_try_at = now if last is None else last.created_at + QUIET
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
        next_try_at=next_try_at,
        created_at=now,
    )


def _added(alert: Notice, text: str) -> Notice:
    """One more trouble of the same kind in an alert that has not left; of very many their number."""
    more = int(alert.evidence.get("more", 0)) + 1
    if more < NAMED:
        alert.text += f"\n{text}"
    else:
        alert.text = alert.text.partition(_AND_MORE)[0] + f"{_AND_MORE}{more - NAMED + 1} more."
    alert.evidence = {**alert.evidence, "more": more}
    alert.save(update_fields=["text", "evidence"])
    return alert


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
