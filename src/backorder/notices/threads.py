"""Conversations: a customer asks, a person answers, somebody closes. An answer goes out as a notice.

What a machine wrote (an out-of-office reply, a bounce) is kept and shown, but never counts as an answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from backorder.journal import clock
from backorder.journal.record import Fact, record
from backorder.journal.refusals import Refused, unknown
from backorder.orders.names import order_customers

from . import content, saying, telling, writing
from .content import Content
from .kinds import KINDS
from .models import Message, Thread
from .recipients import Recipient
from .writing import Draft

TEXT_CHARACTERS = 10_000
SUBJECT_CHARACTERS = 200
MOST_MESSAGES = 500
LIMIT = 100


@dataclass(frozen=True, slots=True)
class MessageRow:
    """One message. `author` is customer or staff; a machine's is kept but answers nothing."""

    id: int
    author: str
    actor: str
    text: str
    at: datetime
    is_automatic: bool
    notice: int | None


@dataclass(frozen=True, slots=True)
class ThreadRow:
    """A conversation; `waits_for` is staff, customer or nobody (closed)."""

    id: int
    order: int | None
    address: str
    subject: str
    opened_at: datetime
    last_at: datetime
    waits_for: str
    closed_at: datetime | None
    messages: tuple[MessageRow, ...] = ()


@transaction.atomic
def ask(
    text: str,
    *,
    order: int | None = None,
    address: str = "",
    subject: str = "",
    actor: str,
    is_automatic: bool = False,
    message_id: str | None = None,
    answers: int | None = None,
    now: datetime | None = None,
) -> ThreadRow:
    """Keep what a customer wrote: in the open thread of the order (or of his address), else in a new one.

    `answers` is the notice he replied to.

    The same `message_id` again changes nothing. Refuses text_is_empty, text_too_long, unknown_order.
    """
    at = now or clock.now()
    said = _checked(text)
    if message_id is not None and (known := Message.objects.filter(message_id=message_id).first()) is not None:
        return thread(known.thread_id)
    customer = _customer(order)
    found = _open_thread(order, address, at)
    is_new = found is None
    if found is None:
        line = " ".join((subject or said).split())[:SUBJECT_CHARACTERS]
        found = Thread.objects.create(
            order_id=order, customer_id=customer, address=address, subject=line, opened_at=at, last_at=at
        )
    _add(found, "customer", said, actor=actor, at=at, is_automatic=is_automatic, message_id=message_id, notice=answers)
    if not is_automatic:
        found.waits_for = "staff"
    found.last_at = at
    found.save()
    if not is_automatic:
        _record("opened" if is_new else "continued", found, actor, at)
    return thread(found.pk)


@transaction.atomic
def answer(thread_id: int, text: str, *, actor: str, now: datetime | None = None) -> ThreadRow:
    """Answer a thread: the customer is sent it, and it waits for him. Refuses thread_is_closed (409)."""
    at = now or clock.now()
    said = _checked(text)
    found = _locked(thread_id)
    if found.closed_at is not None:
        raise Refused("thread_is_closed", "This conversation is closed.", status=409, field="thread", value=thread_id)
    asked = found.messages.filter(author="customer", is_automatic=False).order_by("-id").first()
    draft = _letter(found, said, asked, at)
    written = writing.write([draft], now=at, actor=actor)
    notice = written[0].pk if written else None
    _add(found, "staff", said, actor=actor, at=at, notice=notice)
    found.waits_for, found.last_at = "customer", at
    found.save()
    _record("answered", found, actor, at)
    return thread(found.pk)


@transaction.atomic
def write(order: int, text: str, *, actor: str, now: datetime | None = None) -> ThreadRow:
    """Write to the customer of an order: in its open thread, else in a new one that waits for him.

    Refuses text_is_empty, text_too_long, unknown_order.
    """
    at = now or clock.now()
    said = _checked(text)
    customer = _customer(order)
    found = _open_thread(order, "", at)
    if found is None:
        line = " ".join(said.split())[:SUBJECT_CHARACTERS]
        found = Thread.objects.create(order_id=order, customer_id=customer, subject=line, opened_at=at, last_at=at)
    return answer(found.pk, said, actor=actor, now=at)


@transaction.atomic
def close(thread_id: int, *, actor: str, now: datetime | None = None) -> ThreadRow:
    """Nothing more is to be said; a later message of the customer opens a new thread. Closing again changes nothing."""
    at = now or clock.now()
    found = _locked(thread_id)
    if found.closed_at is None:
        found.closed_at, found.waits_for = at, "nobody"
        found.save()
        _record("closed", found, actor, at)
    return thread(found.pk)


def thread(thread_id: int) -> ThreadRow:
    """One thread with its messages, oldest first, the last MOST_MESSAGES of them. Refuses unknown_thread."""
    found = Thread.objects.filter(pk=thread_id).first()
    if found is None:
        raise unknown("thread", thread_id)
    messages = sorted(found.messages.order_by("-id")[:MOST_MESSAGES], key=lambda message: (message.at, message.pk))
    return _row(found, tuple(_message(message) for message in messages))


def threads(
    *, order: int | None = None, waits_for: str | None = None, before: int | None = None, limit: int = LIMIT
) -> list[ThreadRow]:
    """Threads without their messages, the newest first, those below the id `before`."""
    found = Thread.objects.order_by("-id")
    if order is not None:
        found = found.filter(order_id=order)
    if waits_for is not None:
        found = found.filter(waits_for=waits_for)
    if before is not None:
        found = found.filter(id__lt=before)
    return [_row(row) for row in found[:limit]]


def _open_thread(order: int | None, address: str, at: datetime) -> Thread | None:
    same = Q(order_id=order) if order is not None else Q(order=None, address=address) & ~Q(address="")
    return Thread.objects.select_for_update().filter(same, closed_at=None).order_by("-id").first()


def _customer(order: int | None) -> int | None:
    if order is None:
        return None
    telling.scene_of(order, now=clock.now())  # Refuses an order that is not there.
    return order_customers([order]).get(order)


def _letter(found: Thread, text: str, asked: Message | None, now: datetime) -> Draft:
    """The answer as a letter, in the thread of the message it answers."""
    subject = f"Re: {found.subject}" if asked else found.subject
    thread_said = {"subject": subject, "text": text, "question": asked.text if asked else ""}
    parent = (asked.message_id if asked else None) or ""
    if found.order_id is None:
        to = Recipient(email=found.address)
        with saying.spoken(saying.language_of(to.locale)):
            values = {"shop": writing.mail_domain(), "greeting": writing.greeting(""), "thread": thread_said}
        return Draft(
            KINDS["answer"], to, Content(values=values), thread=found.pk, in_reply_to=parent, channels=("email",)
        )
    scene = telling.scene_of(found.order_id, now=now)
    made = content.of_thread(scene, thread_said)
    return Draft(
        KINDS["answer"],
        content.recipient(scene.order),
        made,
        order=found.order_id,
        customer=found.customer_id,
        thread=found.pk,
        reference=scene.order.reference,
        in_reply_to=parent,
        channels=("email",),
    )


def _add(
    found: Thread,
    author: str,
    text: str,
    *,
    actor: str,
    at: datetime,
    is_automatic: bool = False,
    message_id: str | None = None,
    notice: int | None = None,
) -> None:
    Message.objects.create(
        thread=found,
        author=author,
        actor=actor,
        text=text,
        at=at,
        is_automatic=is_automatic,
        message_id=message_id,
        notice_id=notice,
    )


def _locked(thread_id: int) -> Thread:
    found = Thread.objects.select_for_update().filter(pk=thread_id).first()
    if found is None:
        raise unknown("thread", thread_id)
    return found


def _checked(text: str) -> str:
    said = text.replace("\x00", "").strip()
    if not said:
        raise Refused("text_is_empty", "Write something first.", field="text", value="", limit=1)
    if len(said) > TEXT_CHARACTERS:
        raise Refused(
            "text_too_long",
            f"A message has at most {TEXT_CHARACTERS} characters, not {len(said)}.",
            field="text",
            value=len(said),
            limit=TEXT_CHARACTERS,
        )
    return said


def _record(what: str, found: Thread, actor: str, at: datetime) -> None:
    subject = f"order/{found.order_id}" if found.order_id is not None else f"thread/{found.pk}"
    record([Fact(f"thread.{what}", subject, {"thread": found.pk})], actor=actor, at=at)


def _row(found: Thread, messages: tuple[MessageRow, ...] = ()) -> ThreadRow:
    return ThreadRow(
        id=found.pk,
        order=found.order_id,
        address=found.address,
        subject=found.subject,
        opened_at=found.opened_at,
        last_at=found.last_at,
        waits_for=found.waits_for,
        closed_at=found.closed_at,
        messages=messages,
    )


def _message(row: Message) -> MessageRow:
    return MessageRow(row.pk, row.author, row.actor, row.text, row.at, row.is_automatic, row.notice_id)
