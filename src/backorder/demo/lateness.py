"""What the worker does about late promises while the days are played, and what the customers answer.

Questions go where no provider is set: to the outbox. The customers answer on the day after they were asked: most agree
to wait, the others cancel.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from zlib import crc32

from backorder.journal.prepared import rows
from backorder.journal.refusals import Refused
from backorder.notices import cases, composing, delay, noting, sending
from backorder.notices.cases import CaseView

DAYS = 6
"""The last days of the replay, in which the law is watched: each night costs a second or so."""

PATIENT_PERCENT = 85
ANSWERS_AFTER = timedelta(hours=12)
GIVES_UP_AFTER = timedelta(days=3)
MOST = 500

_OWED = "SELECT DISTINCT order_id FROM orders_line WHERE open + allocated + released > 0 ORDER BY order_id"


def watch(now: datetime) -> None:
    """Let customers answer what they were asked before, then do what the law wants done by the end of this day."""
    for case in cases.cases(limit=MOST):
        _answer(cases.case(case.id), now)
    while delay.watch():
        pass
    while delay.act_due():
        pass
    for channel in ("email", "alert"):
        while sending.send_due(channel):
            pass


def tell_from_here() -> None:
    """What was played is told nobody; from now on whoever waits is told what changes."""
    noting.begin_here()
    owed: Sequence[int] = [order for (order,) in rows(_OWED, [])]
    for first in range(0, len(owed), MOST):
        composing.take_as_told(owed[first : first + MOST])


def _answer(case: CaseView, now: datetime) -> None:
    """The same customer answers alike whenever the same days are played; who was late before we looked gives up."""
    asked = [step.at for step in case.steps if step.what == "asked"]
    answered = [step.at for step in case.steps if step.what == "answered"]
    if asked and now - asked[-1] >= ANSWERS_AFTER and not (answered and answered[-1] > asked[-1]):
        is_patient = crc32(case.reference.encode()) % 100 < PATIENT_PERCENT
        _say(cases.answer_wait if is_patient else cases.answer_cancel, case)
    elif case.state == "late" and case.deadline_at is not None and now - case.deadline_at > GIVES_UP_AFTER:
        _say(cases.answer_cancel, case)


def _say(answer: Callable[..., CaseView], case: CaseView) -> None:
    with suppress(Refused):  # It was too late for that: the law has decided, or the warehouse.
        answer(case.id, by="portal", actor="customer:portal")
