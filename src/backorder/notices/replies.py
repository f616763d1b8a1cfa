"""Read replies to an open question: one plain word of the customer is an answer, anything else is for a person.

What a machine wrote says nothing (RFC 3834), and a text never agrees to a delay: that goes by link.
"""

from __future__ import annotations

from datetime import datetime

from backorder.engine.law.facts import Said
from backorder.journal.record import Fact, record

from . import alerts
from .models import Case, CaseStep, Message
from .steps import step

ACTOR = "customer:mail"
MOST = 20

# The first line of a reply, in the languages we write in; "no" alone could mean either and is left to a person.
WORDS = {
    Said.CONSENT: {
        "wait", "i wait", "i will wait", "i'll wait", "keep", "keep it", "yes, wait", "yes i wait", "warten",
        "ich warte", "ja, warten", "esperar", "espero", "attendre", "j'attends",
    },
    Said.CANCEL: {
        "cancel", "please cancel", "cancel it", "cancel my order", "cancel the order", "stornieren",
        "bitte stornieren", "cancelar", "annuler",
    },
}  # fmt: skip


def take(order_id: int, *, now: datetime) -> None:
    """Keep what customers replied to the open questions of an order, each message once; the caller holds its locks."""
    cases = list(Case.objects.filter(order_id=order_id, closed_at=None).order_by("id"))
    asked = {case.pk: _first_asked_at(case) for case in cases}
    asked_cases = [case for case in cases if asked[case.pk] is not None]
    if not asked_cases:
        return
    known = set(CaseStep.objects.filter(case__in=cases, what="replied").values_list("body__message", flat=True))
    since = min(at for at in asked.values() if at is not None)
    messages = Message.objects.filter(
        thread__order_id=order_id, author="customer", is_automatic=False, at__gte=since
    ).order_by("id")[:MOST]
    for message in messages:
        if message.pk not in known:
            _take(asked_cases, message, now)


def meaning(text: str) -> Said | None:
    """What a reply plainly says; None leaves it to a person."""
    lines = text.strip().lower().splitlines()
    first = lines[0].strip().rstrip(".!").strip() if lines else ""
    return next((said for said, words in WORDS.items() if first in words), None)


def _take(cases: list[Case], message: Message, now: datetime) -> None:
    said = meaning(message.text)
    is_text = (message.message_id or "").startswith("sms:") or message.actor != "customer"
    if len(cases) > 1:
        # Of several questions it answers those of the letter it replies to; a reply to none is for a person.
        mine = _asked_by(cases, message)
        cases, said = mine or cases, said if mine else None
    if is_text:
        said = None
    for case in cases:
        body = {"message": message.pk, "thread": message.thread_id, "read_as": said.value if said else "for_a_person"}
        step(case, "replied", now=now, actor=ACTOR, body=body)
    if said is None:
        _alert(cases[0], message, now)
        return
    facts = [
        Fact("delay.answered", f"order/{case.order_id}", {
            "case": case.pk, "line": case.line_id, "said": said.value, "received_at": message.at.isoformat(),
            "by": "mail", "message": message.pk,
        })
        for case in cases
    ]  # fmt: skip
    record(facts, actor=ACTOR, at=now)


def _asked_by(cases: list[Case], message: Message) -> list[Case]:
    """The case whose question (or its reminder, or what went instead) the message replies to."""
    notice = message.notice
    if notice is None:
        return []
    named = {notice.pk, notice.instead_of_id}
    steps = CaseStep.objects.filter(case__in=cases, what__in=["asked", "reminded"])
    asked = {one.case_id for one in steps if named & set(one.body.get("notices", []))}
    return [case for case in cases if case.pk in asked]


def _alert(case: Case, message: Message, now: datetime) -> None:
    text = f"Order {case.order_id}: a reply to an open delay question needs reading (thread {message.thread_id})."
    alerts.raise_alert(f"A reply to a delay question: order {case.order_id}", text, now=now)


def _first_asked_at(case: Case) -> datetime | None:
    return CaseStep.objects.filter(case=case, what="asked").order_by("id").values_list("at", flat=True).first()
