"""Cases of the delay law: what must be done by when, the question as it would go out, answers, and the evidence."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from django.http import HttpResponse
from msgspec import Meta, Struct

from backorder.api import paging
from backorder.api.operation import Answered, Call, operation
from backorder.api.parameters import Cursor, Id, Limit
from backorder.api.shapes import Note
from backorder.notices import cases, evidence
from backorder.notices.cases import CaseView, Preview

TAG = "cases"
QUESTION_CHARACTERS = 10_000

Instant = Annotated[datetime, Meta(tz=True)]
By = Literal["phone", "mail", "letter", "sms", "portal", "api"]


class CaseAnswer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the customer answered, `by` which way, and when it was received (none: now).

    `further_until` or `further_indefinite`: the yes also covers a further delay that was asked about in the same
    question. `is_automatic`: a machine wrote it, so it is kept and changes nothing.
    """

    said: Literal["consent", "cancel"]
    by: By = "api"
    received_at: Instant | None = None
    further_until: date | None = None
    further_indefinite: bool = False
    is_automatic: bool = False


class HandQuestion(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A question that was put by letter or phone: when, the new day (none: no day can be given), what was said."""

    means: Literal["letter", "phone"]
    sent_at: Instant
    revised_on: date | None = None
    text: Annotated[str, Meta(min_length=1, max_length=QUESTION_CHARACTERS, pattern=r"^[^\x00]*$")]


class WillNotShip(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why the merchant decided not to ship."""

    why: Note = ""


class CaseClosing(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a person found out about a case that the law leaves to people."""

    note: Annotated[Note, Meta(min_length=1)]


@operation(TAG, "GET", "/cases", scope="notices:read", answer=list[CaseView], paged=True)
def list_cases(
    call: Call,
    state: Literal["open", "closed"] = "open",
    order: Id | None = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Answered:
    """List delay cases, the next deadline first; without their steps."""
    after = paging.read_cursor(cursor, tuple[datetime | None, int])
    rows = cases.cases(is_open=state == "open", order=order, after=after, limit=limit + 1)
    page, more = paging.cut(rows, limit, lambda row: (row.deadline_at, row.id))
    return Answered(page, headers=paging.link(call.request, more))


@operation(TAG, "GET", "/cases/{int:case}", scope="notices:read", answer=CaseView)
def get_case(call: Call, case: Id) -> CaseView:
    """Show a case: the ruling with its paragraph, what was promised, and every step."""
    return cases.case(case)


@operation(TAG, "GET", "/cases/{int:case}/preview", scope="notices:read", answer=Preview)
def preview_case(call: Call, case: Id) -> Preview:
    """Show the question as it would go out now, what silence would mean, and what the law demands it to say."""
    return cases.preview(case)


@operation(TAG, "POST", "/cases/{int:case}/ask", scope="notices:write", answer=CaseView)
def ask_case(call: Call, case: Id) -> CaseView:
    """Put the question now, without waiting for more changes."""
    return cases.ask_now(case, actor=call.actor)


@operation(TAG, "POST", "/cases/{int:case}/asked", scope="notices:write", answer=CaseView)
def record_question(call: Call, case: Id, body: HandQuestion) -> CaseView:
    """Keep a question that was put by letter or phone."""
    return cases.asked_by_hand(
        case, means=body.means, sent_at=body.sent_at, revised_on=body.revised_on, text=body.text, actor=call.actor
    )


@operation(TAG, "POST", "/cases/{int:case}/answers", scope="notices:write", answer=CaseView)
def answer_case(call: Call, case: Id, body: CaseAnswer) -> CaseView:
    """Keep what the customer answered, such as on the phone; it counts from when it was received."""
    if body.said == "cancel":
        return cases.answer_cancel(
            case, by=body.by, received_at=body.received_at, is_automatic=body.is_automatic, actor=call.actor
        )
    return cases.answer_wait(
        case,
        by=body.by,
        received_at=body.received_at,
        further_until=body.further_until,
        further_indefinite=body.further_indefinite,
        is_automatic=body.is_automatic,
        actor=call.actor,
    )


@operation(TAG, "POST", "/cases/{int:case}/close", scope="notices:write", answer=CaseView)
def close_case(call: Call, case: Id, body: CaseClosing) -> CaseView:
    """Close a case that the law leaves to people."""
    return cases.close(case, note=body.note, actor=call.actor)


@operation(TAG, "POST", "/lines/{int:line}/will-not-ship", scope="orders:write", answer=CaseView)
def will_not_ship(call: Call, line: Id, body: WillNotShip) -> CaseView:
    """Decide not to ship a line: it is cancelled, the customer is told and gets the money back."""
    return cases.will_not_ship(line, why=body.why, actor=call.actor)


@operation(TAG, "GET", "/cases/{int:case}/evidence", scope="notices:read", answer=str, answer_types=("text/html",))
def export_evidence(call: Call, case: Id) -> HttpResponse:
    """Export everything about a case as one file for a regulator: a page to read, with the same as JSON within."""
    name, page = evidence.as_file(case)
    response = HttpResponse(page, content_type="text/html; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
