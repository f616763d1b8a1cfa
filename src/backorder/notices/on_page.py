"""The question that a page of the order puts while the letter that asks it has not left, or cannot.

A page is a notice to whoever looks at it (FTC Business Guide to the Mail Order Rule): what the law demands stands on
the page that is confirmed, it is kept as a question that was seen then, and the yes to it counts like any other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.conf import settings

from backorder.engine import delay_law
from backorder.engine.delay_law import Draft
from backorder.engine.law.facts import Action, Means, Silence
from backorder.engine.law.rules import Event
from backorder.orders.changing.opened import open_order

from . import asking, law_facts, steps
from .law_facts import Line
from .models import Case
from .wording.elements import law_values
from .wording.marks import plain

ASKS = {Action.SEND_FIRST_OPTION.value, Action.SEND_RENEWED_OPTION.value}
ORDER = ("reasons", "revised_date", "no_date", "right_to_cancel", "silence", "continuing_right")


@dataclass(frozen=True, slots=True)
class PageQuestion:
    """What the law has us ask about a line now: the new day to ship, what silence will mean, and the sentences."""

    line: Line
    draft: Draft

    @property
    def reasons(self) -> str:
        """Why it is late, in the active language."""
        return asking.why(self.line)

    @property
    def ends_by(self) -> date | None:
        """The last day to say yes, where silence cancels."""
        return self.draft.answer_by if self.draft.silence is Silence.CANCEL else None

    def sentences(self, *, locale: str, today: date) -> tuple[str, ...]:
        """What the law demands of the question, in the active language."""
        values = law_values(
            self.draft.kind, revised_on=self.line.expected_on, answer_by=self.draft.answer_by, reasons=self.reasons,
            locale=locale, today=today,
        )  # fmt: skip
        return tuple(plain(values[name]) for name in ORDER if values[name])


def due(order_id: int, *, now: datetime) -> list[PageQuestion]:
    """The questions that are still to be put about an order; costs one small read where nothing is."""
    if not Case.objects.filter(order_id=order_id, closed_at=None, action__in=ASKS).exists():
        return []
    return [one for line in law_facts.lines_under_law(order_id, now=now) if (one := _question(line, now)) is not None]


def earliest_end(questions: Sequence[PageQuestion]) -> date | None:
    """The first day on which silence would cancel something."""
    return min((one.ends_by for one in questions if one.ends_by is not None), default=None)


def ask(order_id: int, *, locale: str, actor: str) -> None:
    """Keep that the questions that were due were seen now, on the page whose yes follows in this transaction."""
    if not Case.objects.filter(order_id=order_id, closed_at=None, action__in=ASKS).exists():
        return
    now = open_order(order_id, actor=actor).seen.now
    for one in due(order_id, now=now):
        case = steps.open_case(one.line, now=now, actor=actor)
        steps.withdraw(case, why="it was asked on the page", now=now)
        shown = one.sentences(locale=locale, today=now.astimezone(ZoneInfo(one.line.order.zone)).date())
        steps.step(case, "asked", now=now, actor=actor, paragraph=one.line.ruling.paragraph, body={
            "option": one.draft.kind, "revised_on": one.line.expected_on,
            "revised_deliver_on": one.line.days.promised_on, "answer_by": one.draft.answer_by,
            "silence": one.draft.silence, "reasons": one.reasons, "notices": [], "basis": steps.basis(one.line),
            "latest_at": one.line.ruling.latest_at, "by_hand": Means.STATUS_PAGE.value, "sent_at": now.isoformat(),
            "shown": shown,
        })  # fmt: skip
        told: dict[str, object] = {"option": one.draft.kind, "silence": one.draft.silence.value, "notices": []}
        steps.tell("asked", case, told, now=now, actor=actor)


def _question(line: Line, now: datetime) -> PageQuestion | None:
    if line.ruling.action.value not in ASKS or not line.owed or line.rule.event is not Event.SHIP:
        return None
    draft = delay_law.draft_option(line.facts, revised_on=line.expected_on, now=now, assumptions=settings.BACKORDER_LAW)
    return None if draft.defect or draft.kind is None else PageQuestion(line, draft)
