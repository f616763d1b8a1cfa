"""Conversations: who asked what, the answer a person gives, and their end."""

from __future__ import annotations

from dataclasses import dataclass

from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from backorder.access import staff
from backorder.notices import threads as verbs
from backorder.notices.threads import SUBJECT_CHARACTERS, TEXT_CHARACTERS, ThreadRow

from .asking import Ask, Did, Field, Given, form
from .door import Visit, address, page
from .listing import Column, Criteria, Filter, Found, Listing, Sort, cut, show
from .messages import READS, WRITES, references, token
from .messages_words import waits_for
from .saved_views import View
from .states import State
from .words import actor_name

TURNS = ("staff", "customer", "nobody")


@dataclass(frozen=True, slots=True)
class Listed:
    """A conversation as the list shows it."""

    thread: ThreadRow
    state: State
    reference: str


@page("messages", name="messages", needs=READS)
def messages(visit: Visit) -> HttpResponseBase:
    """The conversations, the newest first."""
    return show(visit, _listing(), _read, template="console/messages.html", section="messages")


def _read(criteria: Criteria, limit: int) -> Found:
    before = int(criteria.after[0]) if criteria.after else None
    found = verbs.threads(waits_for=criteria.filters.get("waits_for"), before=before, limit=limit + 1)
    names = references(one.order for one in found)
    rows = [Listed(one, waits_for(one.waits_for), names.get(one.order or 0, "")) for one in found]
    return cut(rows, limit, lambda row: (row.thread.id,))


def _listing() -> Listing:
    return Listing(
        name="messages",
        title=_("Messages"),
        caption=_("Conversations, the newest first"),
        row="console/messages_row.html",
        columns=(
            Column("subject", _("Conversation"), csv=lambda one: one.thread.subject),
            Column("order", _("Order"), csv=lambda one: one.reference),
            Column("state", _("State"), csv=lambda one: one.thread.waits_for),
            Column("last", _("Last message"), csv=lambda one: one.thread.last_at.isoformat()),
        ),
        sorts=(Sort("newest", _("newest first"), descending=True),),
        filters=(Filter("waits_for", _("State"), "choice", options=[(one, waits_for(one).word) for one in TURNS]),),
        views=(
            View(_("All")), View(_("Waits for us"), {"waits_for": "staff"}),
            View(_("Waits for the customer"), {"waits_for": "customer"}),
        ),
        empty_title=_("Nobody asked anything"),
        empty_says=_("What customers write on their page or by mail appears here, beside their order."),
    )  # fmt: skip


@page("messages/<int:thread>", name="thread", needs=READS)
def thread(visit: Visit, thread: int) -> HttpResponseBase:
    """What was said, and the room for an answer."""
    found = verbs.thread(thread)
    names = staff.names({one.actor for one in found.messages})
    said = [(one, actor_name(one.actor, names) if one.author == "staff" else "") for one in found.messages]
    return visit.render(
        "console/thread.html", title=found.subject, thread=found, said=said, state=waits_for(found.waits_for),
        reference=references([found.order]).get(found.order or 0, ""), may=visit.may(WRITES), token=token(),
        longest=TEXT_CHARACTERS,
    )  # fmt: skip


answering = form("messages/<int:thread>/answer", name="thread-answer", needs=WRITES)
closing = form("messages/<int:thread>/close", name="thread-close", needs=WRITES)
asking = form("messages/orders/<int:order>/question", name="thread-ask", needs=WRITES)


@answering.asks
def ask_answer(visit: Visit, given: Given, thread: int) -> Ask:
    """What the customer is told."""
    found = verbs.thread(thread)
    says = [_("The customer gets it by e-mail, with the question below it.")]
    text = Field("text", _("Your answer"), "long", most=TEXT_CHARACTERS)
    return Ask(_("Answer: %(subject)s") % {"subject": found.subject}, _("Send the answer"), address("thread", thread),
               says=says, fields=[text], icon="mail")  # fmt: skip


@answering.does
def do_answer(visit: Visit, given: Given, thread: int) -> Did:
    """Send it."""
    verbs.answer(thread, given.text("text", longest=TEXT_CHARACTERS, required=True), actor=visit.actor)
    return Did(_("The answer is on its way."), address("thread", thread))


@closing.asks
def ask_close(visit: Visit, given: Given, thread: int) -> Ask:
    """Nothing more to say."""
    says = [_("The customer is not told. What he writes later begins a new conversation.")]
    return Ask(_("Close this conversation?"), _("Close it"), address("thread", thread), says=says, icon="check")


@closing.does
def do_close(visit: Visit, given: Given, thread: int) -> Did:
    """Close it."""
    verbs.close(thread, actor=visit.actor)
    return Did(_("The conversation is closed."), address("messages"))


@asking.asks
def ask_question(visit: Visit, given: Given, order: int) -> Ask:
    """What a customer asked on the phone."""
    reference = references([order]).get(order, "")
    fields = [Field("subject", _("Subject"), required=False, most=SUBJECT_CHARACTERS),
              Field("text", _("What the customer asked"), "long", most=TEXT_CHARACTERS)]  # fmt: skip
    return Ask(_("Note a question about %(order)s") % {"order": reference}, _("Keep it"), address("order", order),
               fields=fields, icon="ask")  # fmt: skip


@asking.does
def do_question(visit: Visit, given: Given, order: int) -> Did:
    """Keep it; it waits for an answer."""
    made = verbs.ask(given.text("text", longest=TEXT_CHARACTERS, required=True), order=order,
                     subject=given.text("subject", longest=SUBJECT_CHARACTERS), actor=visit.actor)  # fmt: skip
    return Did(_("Kept. It waits for an answer."), address("thread", made.id))
