"""Ask a person: the question becomes a message of the order's conversation, whose answers its page shows."""

from __future__ import annotations

import re

from django.http import HttpResponse
from django.utils import translation

from backorder.journal.refusals import Refused
from backorder.notices import threads
from backorder.notices.saying import language_of

from . import standing
from .choose import ACTOR
from .door import Visit, by_link
from .my_order import show

LONGEST = 4_000
_ONCE = re.compile(r"[A-Za-z0-9_-]{8,40}")


@by_link
def ask(visit: Visit) -> HttpResponse:
    """Keep the question; the same form sent twice asks once."""
    if visit.request.method != "POST":
        return visit.go()
    order = standing.load(visit.order, language=visit.language)
    text, once = visit.request.POST.get("question", "").strip(), visit.request.POST.get("once", "")
    with translation.override(language_of(order.locale)):
        try:
            _check(text)
            message_id = f"<{once}@order-page>" if _ONCE.fullmatch(once) else None
            threads.ask(text, order=visit.order, actor=ACTOR, message_id=message_id)
        except Refused as refused:
            return show(visit, order, refused=refused)
    return visit.go(done="asked")


def _check(text: str) -> None:
    if not text:
        raise Refused("question_is_empty", "The question is empty.", field="question", value="")
    if len(text) > LONGEST:
        raise Refused(
            "question_too_long",
            f"The question has {len(text)} characters; at most {LONGEST} are possible.",
            field="question",
            value=len(text),
            limit=LONGEST,
        )
