"""What was told, what waits and what is dead, for staff, doors and the outbox page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Count, QuerySet

from backorder.journal import clock
from backorder.journal.record import Fact, record
from backorder.journal.refusals import Refused, unknown

from .channels.outcome import OUTBOX
from .kinds import KINDS
from .kinds import kind as find_kind
from .models import Case, KindRule, Notice
from .wishes import wishes
from .writing import subject_of

STATES = ("waiting", "sent", "dead", "suppressed")
LIMIT = 100


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """A notice without its words; `address` is where it went, `provider` who took it."""

    id: int
    kind: str
    channel: str
    order: int | None
    line: int | None
    thread: int | None
    instead_of: int | None
    language: str
    wording: str
    address: str
    subject: str
    state: str
    tries: int
    next_try_at: datetime | None
    wanted_by: datetime | None
    last_error: str
    provider: str
    segments: int
    created_at: datetime
    sent_at: datetime | None
    delivered_at: datetime | None
    bounced_at: datetime | None


@dataclass(frozen=True, slots=True)
class NoticeText:
    """A notice exactly as it was or will be sent, and what it rests on."""

    notice: NoticeRow
    text: str
    html: str
    headers: dict[str, str]
    message_id: str
    evidence: dict[str, Any]


@dataclass(frozen=True, slots=True)
class KindRow:
    """A kind of notice, and whether it is told."""

    kind: str
    says: str
    about: str
    is_active: bool
    is_lawful: bool
    is_commercial: bool
    is_texted: bool


@dataclass(frozen=True, slots=True)
class CaseRow:
    """An open case of the delay law: what must be done by when."""

    id: int
    order: int
    line: int
    jurisdiction: str
    state: str
    action: str
    paragraph: str
    applicable_on: str | None
    revised_on: str | None
    deadline_at: datetime | None
    opened_at: datetime


def notices(
    *,
    order: int | None = None,
    kind: str | None = None,
    channel: str | None = None,
    state: str | None = None,
    address: str | None = None,
    before: int | None = None,
    limit: int = LIMIT,
) -> list[NoticeRow]:
    """Notices, the newest id first, those below `before`; state dead: what needs a person. Refuses unknown_state."""
    if state is not None and state not in STATES:
        raise Refused(
            "unknown_notice_state",
            f"A notice is {', '.join(STATES)}; not {state[:40]}.",
            field="state",
            value=state[:40],
        )
    wanted = {
        "order_id": order, "kind": kind, "channel": channel, "state": state, "address": address, "id__lt": before
    }  # fmt: skip
    used = {name: value for name, value in wanted.items() if value is not None}
    return [_row(row) for row in Notice.objects.filter(**used).order_by("-id")[:limit]]


def notice(notice_id: int) -> NoticeText:
    """One notice with its exact words. Refuses unknown_notice."""
    return _text(_known(notice_id))


def texts_of_order(order: int, *, limit: int = LIMIT) -> list[NoticeText]:
    """Everything that was told of an order, word for word, oldest first."""
    return [_text(row) for row in Notice.objects.filter(order_id=order).order_by("created_at", "id")[:limit]]


def outbox(*, limit: int = LIMIT) -> list[NoticeText]:
    """What would have been sent, newest first, because no provider is set; and what waits for its time."""
    return [_text(row) for row in _in_outbox().order_by("-created_at", "-id")[:limit]]


def counts() -> dict[str, int]:
    """How many notices are in each state; what is dead needs a person."""
    found = {row["state"]: row["n"] for row in Notice.objects.values("state").annotate(n=Count("id"))}
    return {state: found.get(state, 0) for state in STATES}


def kinds() -> list[KindRow]:
    """Every kind, and whether it is told."""
    rules = {rule.kind: rule.active for rule in KindRule.objects.all()}
    return [
        KindRow(
            one.name, one.says, one.about, rules.get(one.name, one.is_active) or one.is_lawful, one.is_lawful,
            one.is_commercial, one.is_texted,
        )
        for one in KINDS.values()
    ]  # fmt: skip


def open_cases(*, limit: int = LIMIT) -> list[CaseRow]:
    """Cases of the delay law that are not closed, the next deadline first."""
    rows = Case.objects.filter(closed_at=None).order_by("deadline_at", "id")[:limit]
    return [
        CaseRow(
            id=row.pk,
            order=row.order_id,
            line=row.line_id,
            jurisdiction=row.jurisdiction,
            state=row.state,
            action=row.action,
            paragraph=row.paragraph,
            applicable_on=row.applicable_on.isoformat() if row.applicable_on else None,
            revised_on=row.revised_on.isoformat() if row.revised_on else None,
            deadline_at=row.deadline_at,
            opened_at=row.opened_at,
        )
        for row in rows
    ]


@transaction.atomic
def set_active(kind: str, *, active: bool, actor: str, now: datetime | None = None) -> None:
    """Tell a kind of notice or not. Refuses unknown_kind, and to silence what the law asks for."""
    if find_kind(kind).is_lawful and not active:
        raise Refused(
            "kind_is_lawful", "What the law asks for is always told.", status=409, field="active", value=False
        )
    KindRule.objects.update_or_create(kind=kind, defaults={"active": active})
    record([Fact("notice_kind.set", f"notice_kind/{kind}", {"active": active})], actor=actor, at=now or clock.now())


@transaction.atomic
def resend(notice_id: int, *, actor: str, now: datetime | None = None) -> NoticeRow:
    """Send a notice again, dead or not, as it was and under its Message-ID.

    Refuses notice_has_no_address (409), and notice_is_suppressed (409): allow the address first, then send again.
    """
    at = now or clock.now()
    found = Notice.objects.select_for_update().filter(pk=notice_id).first()
    if found is None:
        raise unknown("notice", notice_id)
    if not found.address:
        raise Refused("notice_has_no_address", "There is no address to send it to.", status=409, field="notice")
    _refuse_suppressed(found)
    found.state, found.tries, found.last_error, found.leased_until = "waiting", 0, "", None
    found.sent_at = found.delivered_at = found.bounced_at = None
    found.next_try_at = at
    found.save()
    body = {"notice": found.pk, "kind": found.kind, "channel": found.channel}
    record([Fact("notice.resent", subject_of(found), body)], actor=actor, at=at)
    return _row(found)


def _refuse_suppressed(found: Notice) -> None:
    if found.kind not in KINDS:
        return
    reason = wishes([(found.channel, found.address)]).why_not(found.channel, found.address, KINDS[found.kind])
    if reason:
        raise Refused(
            "notice_is_suppressed",
            f"Nothing may be sent to this address ({reason.removeprefix('suppressed: ')}).",
            status=409,
            field="notice",
            value=found.pk,
        )


def _in_outbox() -> QuerySet[Notice]:
    return Notice.objects.filter(provider=OUTBOX) | Notice.objects.filter(state="waiting")


def _known(notice_id: int) -> Notice:
    found = Notice.objects.filter(pk=notice_id).first()
    if found is None:
        raise unknown("notice", notice_id)
    return found


def _row(row: Notice) -> NoticeRow:
    return NoticeRow(
        id=row.pk,
        kind=row.kind,
        channel=row.channel,
        order=row.order_id,
        line=row.line_id,
        thread=row.thread_id,
        instead_of=row.instead_of_id,
        language=row.language,
        wording=row.wording,
        address=row.address,
        subject=row.subject,
        state=row.state,
        tries=row.tries,
        next_try_at=row.next_try_at if row.state == "waiting" else None,
        wanted_by=row.wanted_by,
        last_error=row.last_error,
        provider=row.provider,
        segments=row.segments,
        created_at=row.created_at,
        sent_at=row.sent_at,
        delivered_at=row.delivered_at,
        bounced_at=row.bounced_at,
    )


def _text(row: Notice) -> NoticeText:
    return NoticeText(_row(row), row.text, row.html, row.headers, row.message_id, row.evidence)
