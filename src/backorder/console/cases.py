"""Delay cases by deadline: what the law says of a late line, the question as it goes out, answers, and the evidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from backorder.access import staff
from backorder.journal.refusals import Refused
from backorder.notices import cases as verbs
from backorder.notices import evidence
from backorder.notices.cases import CaseView, StepView

from .asking import Ask, Did, Field, Given, form, invalid
from .cases_words import action_words, law_name, option_words, silence_words, state_pill, step_words
from .door import Visit, address, page
from .listing import Column, Criteria, Filter, Found, Listing, Sort, cut, show
from .messages import READS, WRITES
from .messages_words import element_name
from .refusals import said
from .saved_views import View
from .states import State
from .templatetags.look import day
from .words import actor_name

CANCELS = "orders:write"
LONGEST_TEXT = 4_000
WAYS = ("phone", "mail")


@dataclass(frozen=True, slots=True)
class Listed:
    """A case as the list shows it."""

    case: CaseView
    state: State
    law: str
    action: str


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a case on its timeline."""

    step: StepView
    icon: str
    tone: str
    words: str
    who: str
    more: str


@page("messages/cases", name="cases", needs=READS)
def cases(visit: Visit) -> HttpResponseBase:
    """The cases, the next deadline first."""

    def read(criteria: Criteria, limit: int) -> Found:
        found = verbs.cases(
            is_open=criteria.filters.get("state") != "closed", after=_place(criteria), limit=limit + 1
        )  # fmt: skip
        return cut([_listed(one) for one in found], limit, _key)

    return show(visit, _listing(), read, template="console/messages.html", section="cases")


def _key(row: Listed) -> tuple[Any, ...]:
    at = row.case.deadline_at
    return (at.isoformat() if at else None, row.case.id)


def _place(criteria: Criteria) -> tuple[datetime | None, int] | None:
    if criteria.after is None:
        return None
    at, id = criteria.after
    return (datetime.fromisoformat(str(at)) if at else None, int(id))


def _listed(one: CaseView) -> Listed:
    state = state_pill(one.state, is_closed=one.closed_at is not None)
    return Listed(one, state, law_name(one.jurisdiction), action_words(one.action))


def _listing() -> Listing:
    return Listing(
        name="cases",
        title=_("Messages"),
        caption=_("Cases of the delay law, the next deadline first"),
        row="console/cases_row.html",
        columns=(
            Column("case", _("Order"), csv=lambda one: one.case.reference),
            Column("deadline", _("By law by"), csv=lambda one: one.case.deadline_at),
            Column("action", _("What must be done"), csv=lambda one: one.case.action),
            Column("state", _("State"), csv=lambda one: one.case.state),
            Column("law", _("Law"), csv=lambda one: one.case.jurisdiction, low=True),
            Column("revised", _("Expected"), csv=lambda one: one.case.revised_on, low=True),
        ),
        sorts=(Sort("deadline", _("next deadline first")),),
        filters=(Filter("state", _("State"), "choice", options=[("open", _("open")), ("closed", _("closed"))]),),
        views=(View(_("Open")), View(_("Closed"), {"state": "closed"})),
        empty_title=_("No case is open"),
        empty_says=_("When a line gets later than was promised and a law speaks of that, its case opens by itself."),
    )


@page("messages/cases/<int:case>", name="case", needs=READS)
def case(visit: Visit, case: int) -> HttpResponseBase:
    """What the law says, what goes out next, and what was done."""
    found = verbs.case(case)
    names = staff.names({one.actor for one in found.steps})
    preview = trouble = None
    if found.closed_at is None:
        try:
            preview = verbs.preview(case)
        except Refused as refused:
            # A line that is owed no more is no line of the law: there is nothing left to ask, and nothing to say.
            trouble = "" if refused.name == "unknown_line" else said(refused)
    return visit.render(
        "console/case.html",
        title=_("Delay of %(sku)s in %(order)s") % {"sku": found.sku, "order": found.reference},
        case=found,
        listed=_listed(found),
        says=found.ruling.get("said") or (),
        money_back_on=_told(str((found.ruling.get("refund") or {}).get("sent_by") or "")),
        preview=preview,
        option=option_words(preview.option) if preview and preview.option else "",
        silence=silence_words(preview.silence) if preview else "",
        contains=[element_name(one) for one in preview.must_contain] if preview else [],
        trouble=trouble,
        promised=_promised(found.promised),
        steps=[_step(one, actor_name(one.actor, names)) for one in reversed(found.steps)],
        may=visit.may(WRITES) and found.closed_at is None,
        may_cancel=visit.may(CANCELS) and found.closed_at is None,
    )


def _step(one: StepView, who: str) -> Step:
    icon, tone, words = step_words(one.what)
    said = one.body.get("why") or one.body.get("said") or one.body.get("option") or one.body.get("about") or ""
    more = option_words(str(said)) if one.what == "asked" else str(said).replace("_", " ")
    return Step(one, icon, tone, words, who, more)


def _promised(kept: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What was promised and shown at the order."""
    named = {
        "ordered_at": _("Ordered"), "paid_at": _("Paid"), "shown_on": _("Day shown"), "shown_wording": _("Words shown"),
        "first_ship_on": _("First day to leave"), "first_promised_on": _("First promised day"),
        "requested_on": _("Wanted day"),
    }  # fmt: skip
    return [(word, _told(str(kept[name]))) for name, word in named.items() if kept.get(name)]


def _told(kept: str) -> str:
    """A kept value as it is read: days and instants as days."""
    try:
        return day(datetime.fromisoformat(kept).date())
    except ValueError:
        return kept[:200]


@page("messages/cases/<int:case>/evidence", name="case-evidence", needs=READS)
def evidence_file(visit: Visit, case: int) -> HttpResponseBase:
    """Everything about the case in one file, for a regulator or a court."""
    name, html = evidence.as_file(case)
    response = HttpResponse(html)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


# -- what staff does -----------------------------------------------------------------------------------------------

sending = form("messages/cases/<int:case>/ask", name="case-ask", needs=WRITES)
telling = form("messages/cases/<int:case>/asked", name="case-asked", needs=WRITES)
answering = form("messages/cases/<int:case>/answer", name="case-answer", needs=WRITES)
giving_up = form("messages/cases/<int:case>/will-not-ship", name="case-will-not-ship", needs=CANCELS)
closing = form("messages/cases/<int:case>/close", name="case-close", needs=WRITES)


@sending.asks
def ask_send(visit: Visit, given: Given, case: int) -> Ask:
    """The question, and what silence will mean."""
    shown = verbs.preview(case)
    says = [silence_words(shown.silence)]
    if shown.answer_by:
        says.append(_("Answers count until %(day)s.") % {"day": day(shown.answer_by)})
    if shown.defect:
        says.append(_("It would count as never sent: %(why)s.") % {"why": shown.defect.replace("_", " ")})
    return _ask(case, _("Send the question now?"), _("Send the question"), "mail", says,
                part="console/case_letter.html", values={"shown": shown})  # fmt: skip


@sending.does
def do_send(visit: Visit, given: Given, case: int) -> Did:
    """Ask at once."""
    verbs.ask_now(case, actor=visit.actor)
    return Did(_("The question is on its way."), address("case", case))


@telling.asks
def ask_asked(visit: Visit, given: Given, case: int) -> Ask:
    """A question that was put by phone or letter."""
    fields = [
        Field("means", _("How"), "choice", "phone",
              options=[("phone", _("By phone"), ""), ("letter", _("By letter"), "")]),
        Field("on", _("The day said"), "day", required=False, hint=_("Empty: it was said that no day can be given.")),
        Field("text", _("What was said"), "long", most=LONGEST_TEXT),
    ]  # fmt: skip
    return _ask(case, _("Note a question put by phone or letter"), _("Keep it"), "phone", (), fields=fields)


@telling.does
def do_asked(visit: Visit, given: Given, case: int) -> Did:
    """Keep it as sent now."""
    on = given.day("on") if given.text("on") else None
    verbs.asked_by_hand(
        case, means=given.choice("means", ["phone", "letter"]), sent_at=visit.now, revised_on=on,
        text=given.text("text", longest=LONGEST_TEXT, required=True), actor=visit.actor,
    )  # fmt: skip
    return Did(_("Kept: the customer was asked."), address("case", case))


@answering.asks
def ask_answer(visit: Visit, given: Given, case: int) -> Ask:
    """What the customer said, how and when."""
    fields = [
        Field("said", _("The customer"), "choice", options=[
            ("wait", _("Waits"), _("Agrees to the new day.")),
            ("cancel", _("Cancels"), _("What has not left is cancelled at once, and the money goes back.")),
        ]),
        Field("by", _("How"), "choice", "phone", options=[("phone", _("By phone"), ""), ("mail", _("By mail"), "")]),
        Field("on", _("Received on"), "day", required=False, hint=_("Empty: just now.")),
    ]  # fmt: skip
    says = [_("It counts from when it was received. This cannot be undone.")]
    return _ask(case, _("Record the customer's answer"), _("Record it"), "user", says, fields=fields)


@answering.does
def do_answer(visit: Visit, given: Given, case: int) -> Did:
    """Record it."""
    said, by = given.choice("said", ["wait", "cancel"]), given.choice("by", WAYS)
    at = _received(visit, given)
    if said == "wait":
        verbs.answer_wait(case, by=by, received_at=at, actor=visit.actor)
        return Did(_("Recorded: the customer waits."), address("case", case))
    verbs.answer_cancel(case, by=by, received_at=at, actor=visit.actor)
    return Did(_("Recorded: the customer cancels. What has not left is cancelled."), address("case", case))


def _received(visit: Visit, given: Given) -> datetime | None:
    """The end of the day named, in the person's zone; the present when that is today."""
    if not given.text("on"):
        return None
    on, today = given.day("on"), visit.now.astimezone(visit.zone).date()
    if on > today:
        raise invalid("on", _("This day has not come yet."))
    if on == today:
        return visit.now
    return datetime(on.year, on.month, on.day, 23, 59, tzinfo=visit.zone).astimezone(UTC)


@giving_up.asks
def ask_give_up(visit: Visit, given: Given, case: int) -> Ask:
    """Decide not to ship."""
    says = [_("What has not left of this line is cancelled, the customer is told, and the money goes back by law."),
            _("This cannot be undone.")]  # fmt: skip
    why = Field("why", _("Why"), most=200, hint=_("It is kept as evidence."))
    return _ask(case, _("Decide not to ship?"), _("Will not ship"), "x", says, fields=[why], danger=True)


@giving_up.does
def do_give_up(visit: Visit, given: Given, case: int) -> Did:
    """Decide it."""
    line = verbs.case(case).line
    made = verbs.will_not_ship(line, why=given.text("why", longest=200, required=True), actor=visit.actor)
    return Did(_("Cancelled. The customer is told."), address("case", made.id))


@closing.asks
def ask_close(visit: Visit, given: Given, case: int) -> Ask:
    """Somebody has looked at it."""
    says = [_("Only a case that the law leaves to people is closed by hand; the others close by themselves.")]
    return _ask(case, _("Close this case?"), _("Close it"), "check", says,
                fields=[Field("note", _("What you found"), most=500)])  # fmt: skip


@closing.does
def do_close(visit: Visit, given: Given, case: int) -> Did:
    """Close it."""
    verbs.close(case, note=given.text("note", longest=500, required=True), actor=visit.actor)
    return Did(_("The case is closed."), address("case", case))


def _ask(case: int, title: str, button: str, icon: str, says: Any, **more: Any) -> Ask:
    return Ask(title, button, address("case", case), says=says, icon=icon, **more)
