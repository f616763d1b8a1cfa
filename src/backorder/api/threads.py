"""Conversations with customers: what they ask, what staff answers."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from backorder.api import paging
from backorder.api.operation import Answered, Call, operation
from backorder.api.parameters import Cursor, Id, Limit
from backorder.notices import threads
from backorder.notices.threads import SUBJECT_CHARACTERS, TEXT_CHARACTERS, ThreadRow

TAG = "threads"

Said = Annotated[str, Meta(min_length=1, max_length=TEXT_CHARACTERS)]


class NewQuestion(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a customer asked about an order, by telephone or anywhere else."""

    order: int
    text: Said
    subject: Annotated[str, Meta(max_length=SUBJECT_CHARACTERS)] = ""


class NewAnswer(Struct, frozen=True, forbid_unknown_fields=True):
    """What the customer is answered."""

    text: Said


@operation(TAG, "GET", "/threads", scope="notices:read", answer=list[ThreadRow], paged=True)
def list_threads(
    call: Call,
    order: Id | None = None,
    waits_for: Literal["staff", "customer", "nobody"] | None = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Answered:
    """List conversations, newest first, without their messages; `waits_for` staff: somebody must answer."""
    before = paging.read_cursor(cursor, int)
    rows = threads.threads(order=order, waits_for=waits_for, before=before, limit=limit + 1)
    page, more = paging.cut(rows, limit, lambda row: row.id)
    return Answered(page, headers=paging.link(call.request, more))


@operation(TAG, "POST", "/threads", scope="notices:write", answer=ThreadRow, status=201, once=True)
def open_thread(call: Call, body: NewQuestion) -> ThreadRow:
    """Keep a customer's question about an order: in its open conversation, or in a new one."""
    return threads.ask(body.text, order=body.order, subject=body.subject, actor=call.actor)


@operation(TAG, "GET", "/threads/{int:thread}", scope="notices:read", answer=ThreadRow)
def get_thread(call: Call, thread: Id) -> ThreadRow:
    """Show a conversation with its messages."""
    return threads.thread(thread)


@operation(
    TAG, "POST", "/threads/{int:thread}/messages", scope="notices:write", answer=ThreadRow, status=201, once=True
)
def answer_thread(call: Call, thread: Id, body: NewAnswer) -> ThreadRow:
    """Answer the customer; the answer is sent by e-mail."""
    return threads.answer(thread, body.text, actor=call.actor)


@operation(TAG, "POST", "/threads/{int:thread}/close", scope="notices:write", answer=ThreadRow)
def close_thread(call: Call, thread: Id) -> ThreadRow:
    """Close a conversation."""
    return threads.close(thread, actor=call.actor)
