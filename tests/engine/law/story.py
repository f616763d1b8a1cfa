"""Tell a line's story in lines a lawyer can read, and ask the law about it.

ordered  2026-03-02                     the order was paid and complete; an instant or a day (then its noon, UTC)
notice   n1 2026-03-25 until 2026-04-20 a delay notice; without `until` it gives no date
notice   n2 2026-04-12 until 2026-05-10 lacking reasons,right_to_cancel
yes      2026-04-18 to n2               an express consent; `further 2026-06-01` or `further indefinite` may follow
no       2026-04-19                     a cancellation
shipped  2026-04-20                     the carrier took possession; `3` after it: so many units
known    2026-03-20 late 2026-04-20     since then it is known when it can ship; without `late` no day is known
gave_up  2026-03-20 told 2026-03-21     the seller decided not to ship
refunded 2026-04-20
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import Any

from backorder.engine.delay_law import judge
from backorder.engine.law.assumptions import DEFAULTS, Assumptions
from backorder.engine.law.content import REQUIRED
from backorder.engine.law.facts import (
    Answer,
    DelayNotice,
    Element,
    GivenUp,
    LineFacts,
    Means,
    OptionKind,
    Outlook,
    Ruling,
    Said,
    Shipment,
)

LACKS = {
    "reasons": Element.REASONS,
    "right_to_cancel": Element.RIGHT_TO_CANCEL,
    "silence": Element.SILENCE_IS_CONSENT,
    "free_answer": Element.FREE_ANSWER,
    "continuing_right": Element.CONTINUING_RIGHT,
}
EVERY_ELEMENT = frozenset().union(*REQUIRED.values())


def day(text: str) -> date:
    return date.fromisoformat(text)


def at(text: str) -> datetime:
    """An instant with its offset, or the noon (UTC) of a day."""
    if "T" in text:
        return datetime.fromisoformat(text)
    return datetime.combine(day(text), time(12), tzinfo=UTC)


def end_of(text: str) -> datetime:
    return datetime.combine(day(text), time(23, 59, 59), tzinfo=UTC)


def told(story: str, **facts: Any) -> LineFacts:
    """The facts of a story; keyword arguments are further facts."""
    line = LineFacts(**{"country": "US", "units": 1, "tendered_at": None, **facts})
    for entry in filter(None, (row.strip() for row in story.splitlines())):
        word, *rest = entry.split()
        line = STEPS[word](line, *rest)
    return line


def ruled(story: str, *, on: str, assumptions: Assumptions = DEFAULTS, **facts: Any) -> Ruling:
    """The ruling at the end of a day (UTC), or at an instant."""
    now = at(on) if "T" in on else end_of(on)
    return judge(told(story, **facts), now=now, assumptions=assumptions)


def notice(id: str, sent: str, *rest: str) -> DelayNotice:
    words = dict(zip(rest[::2], rest[1::2], strict=True))
    revised_on = day(words["until"]) if "until" in words else None
    elements = None
    if "lacking" in words:
        elements = _complete(revised_on, words) - {LACKS[name] for name in words["lacking"].split(",")}
    return DelayNotice(
        id,
        at(sent),
        revised_on,
        elements=elements,
        has_basis=words.get("basis") != "none",
        means=Means.STATUS_PAGE if words.get("means") == "page" else Means.EMAIL,
        seen_at=at(words["seen"]) if "seen" in words else None,
        bounced=words.get("bounced") == "yes",
        revised_deliver_on=day(words["delivered"]) if "delivered" in words else None,
    )


def _complete(revised_on: date | None, words: dict[str, str]) -> frozenset[Element]:
    """What the notice's own kind demands; `as` names the kind where it is not a first short or indefinite one."""
    kind = OptionKind.FIRST_INDEFINITE if revised_on is None else OptionKind.FIRST_SHORT
    return REQUIRED[OptionKind(words["as"])] if "as" in words else REQUIRED[kind]


def _notice(line: LineFacts, *words: str) -> LineFacts:
    return replace(line, notices=(*line.notices, notice(*words)))


def _answer(said: Said) -> Any:
    def answered(line: LineFacts, received: str, *rest: str) -> LineFacts:
        words = dict(zip(rest[::2], rest[1::2], strict=True))
        further = words.get("further", "")
        answer = Answer(
            said,
            at(received),
            to=words.get("to", ""),
            further_until=day(further) if further not in ("", "indefinite") else None,
            further_indefinite=further == "indefinite",
            automatic=words.get("automatic") == "yes",
        )
        return replace(line, answers=(*line.answers, answer))

    return answered


def _shipped(line: LineFacts, possession: str, units: str = "1") -> LineFacts:
    return replace(line, shipments=(*line.shipments, Shipment(at(possession), int(units))))


def _known(line: LineFacts, known: str, *rest: str) -> LineFacts:
    return replace(line, outlook=Outlook(at(known), day(rest[1]) if rest else None))


def _gave_up(line: LineFacts, decided: str, *rest: str) -> LineFacts:
    return replace(line, given_up=GivenUp(at(decided), at(rest[1]) if rest else None))


STEPS: dict[str, Any] = {
    "ordered": lambda line, when: replace(line, tendered_at=at(when)),
    "notice": _notice,
    "yes": _answer(Said.CONSENT),
    "no": _answer(Said.CANCEL),
    "shipped": _shipped,
    "known": _known,
    "gave_up": _gave_up,
    "refunded": lambda line, when: replace(line, refund_sent_at=at(when)),
}
