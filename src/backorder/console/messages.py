"""Messages: conversations with customers, every notice word for word, what could not be delivered, closed addresses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backorder.notices import queries, wishes
from backorder.notices.kinds import KINDS
from backorder.notices.queries import NoticeRow
from backorder.notices.wishes import CHANNELS
from backorder.orders.names import order_names

from .asking import Ask, Did, Field, Given, form, invalid
from .door import Visit, address, page
from .listing import Bulk, Column, Criteria, Filter, Found, Listing, Sort, cut, show
from .messages_words import channel_name, closed_because, kind_name, notice_states
from .saved_views import View
from .states import State

READS, WRITES = "notices:read", "notices:write"
SOURCES = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox; frame-ancestors 'none'"
"""A letter's own policy: mail needs inline styles; nothing in it may run, load or be clicked away."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A notice as the list shows it."""

    notice: NoticeRow
    kind: str
    channel: str
    state: State
    reference: str


@page("messages/outbox", name="outbox", needs=READS)
def outbox(visit: Visit) -> HttpResponseBase:
    """Every notice, the newest first."""
    return show(visit, _listing(), _read, template="console/messages.html", section="outbox")


def _read(criteria: Criteria, limit: int) -> Found:
    given = criteria.filters
    found = queries.notices(
        order=int(given["order"]) if "order" in given else None,
        kind=given.get("kind"),
        channel=given.get("channel"),
        state=given.get("state"),
        address=given.get("address"),
        before=int(criteria.after[0]) if criteria.after else None,
        limit=limit + 1,
    )
    return cut(_listed(found), limit, lambda row: (row.notice.id,))


def _listed(found: Sequence[NoticeRow]) -> list[Listed]:
    names = references(one.order for one in found)
    states = notice_states()
    return [
        Listed(one, kind_name(one.kind), channel_name(one.channel), states[one.state], names.get(one.order or 0, ""))
        for one in found
    ]


def references(orders: Iterable[int | None]) -> dict[int, str]:
    """The references of these orders by id."""
    return {id: name.reference for id, name in order_names({one for one in orders if one}).items()}


def _listing() -> Listing:
    return Listing(
        name="outbox",
        title=_("Messages"),
        caption=_("Notices, the newest first"),
        row="console/outbox_row.html",
        columns=(
            Column("to", _("To"), csv=lambda one: one.notice.address),
            Column("kind", _("What"), csv=lambda one: one.notice.kind),
            Column("order", _("Order"), csv=lambda one: one.reference),
            Column("channel", _("By"), csv=lambda one: one.notice.channel, low=True),
            Column("state", _("State"), csv=lambda one: one.notice.state),
            Column("at", _("Written"), csv=lambda one: one.notice.created_at.isoformat()),
        ),
        sorts=(Sort("newest", _("newest first"), descending=True),),
        filters=(
            Filter("state", _("State"), "choice", options=[(name, one.word) for name, one in notice_states().items()]),
            Filter("kind", _("What"), "choice", options=[(name, kind_name(name)) for name in KINDS]),
            Filter("channel", _("By"), "choice", options=[(one, channel_name(one)) for one in (*CHANNELS, "alert")]),
            Filter("address", _("Address")),
        ),
        views=(
            View(_("All")), View(_("Waits"), {"state": "waiting"}), View(_("Given up"), {"state": "dead"}),
            View(_("Not sent"), {"state": "suppressed"}),
        ),
        bulk=(Bulk("notices-resend", _("Send again"), "mail", WRITES, key="s"),),
        empty_title=_("Nothing was told yet"),
        empty_says=_("What customers are told appears here, word for word, also before a mail server is set."),
    )  # fmt: skip


def _rests_on(evidence: Mapping[str, Any]) -> list[tuple[str, list[str]]]:
    """What a notice rests on, line by line: names as words, whatever the depth."""
    return [(_words(name), list(_told(value))) for name, value in sorted(evidence.items())]


def _told(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for name, one in value.items():
            if isinstance(one, list) and any(isinstance(part, Mapping) for part in one):
                yield from (f"{_words(name)}: " + ", ".join(_told(part)) for part in one)
            elif one not in (None, "", []):
                yield f"{_words(name)}: " + ", ".join(_told(one))
    elif isinstance(value, list):
        yield ", ".join(str(one) for one in value)
    else:
        yield str(value)


def _words(name: str) -> str:
    return name.replace("_", " ")


# -- one notice ----------------------------------------------------------------------------------------------------


@page("messages/notices/<int:notice>", name="notice", needs=READS)
def notice(visit: Visit, notice: int) -> HttpResponseBase:
    """A notice exactly as it was or will be sent, and what it rests on."""
    found = queries.notice(notice)
    (listed,) = _listed([found.notice])
    return visit.render(
        "console/notice.html", title=found.notice.subject or listed.kind, found=found, listed=listed,
        may=visit.may(WRITES), headers=sorted(found.headers.items()), evidence=_rests_on(found.evidence),
    )  # fmt: skip


@page("messages/notices/<int:notice>/letter", name="notice-letter", needs=READS)
def letter(visit: Visit, notice: int) -> HttpResponseBase:
    """The letter as a mail program shows it, in a sandbox."""
    return sandboxed(queries.notice(notice).html)


def sandboxed(html: str) -> HttpResponse:
    """A page of its own in which nothing runs and nothing is loaded."""
    response = HttpResponse(html)
    response["Content-Security-Policy"] = SOURCES
    return response


resending = form("messages/notices/resend", name="notices-resend", needs=WRITES)


@resending.asks
def ask_resend(visit: Visit, given: Given) -> Ask:
    """Which notices go out again."""
    ids = _picked(given)
    count = ngettext("%(n)s notice goes out again as it was, under its Message-ID.",
                     "%(n)s notices go out again as they were, each under its Message-ID.", len(ids))  # fmt: skip
    to = [f"{kind_name(one.kind)}: {one.address}" for one in (queries.notice(id).notice for id in ids[:5])]
    more = [_("and %(n)s more") % {"n": len(ids) - 5}] if len(ids) > 5 else []
    return Ask(
        _("Send again?"), _("Send again"), address("outbox"), says=[count % {"n": len(ids)}, *to, *more], icon="mail",
        fields=[Field("notices", "", "hidden", ",".join(map(str, ids)))],
    )  # fmt: skip


@resending.does
def do_resend(visit: Visit, given: Given) -> Did:
    """Send them again; one that may not be sent refuses all."""
    ids = _picked(given)
    for id in ids:
        queries.resend(id, actor=visit.actor)
    said = ngettext("%(n)s notice waits to be sent.", "%(n)s notices wait to be sent.", len(ids)) % {"n": len(ids)}
    return Did(said, address("notice", ids[0]) if len(ids) == 1 else address("outbox"))


def _picked(given: Given) -> list[int]:
    ids = given.ids("notice")
    listed = given.text("notices").split(",")
    found = ids or [int(one) for one in listed if one.isdecimal() and len(one) < 19]
    if not found:
        raise invalid("notice", _("Pick at least one notice."))
    return found


# -- closed addresses ----------------------------------------------------------------------------------------------


@page("messages/suppressions", name="suppressions", needs=READS)
def suppressions(visit: Visit) -> HttpResponseBase:
    """Addresses to which nothing goes, and why."""

    def read(criteria: Criteria, limit: int) -> Found:
        before = int(criteria.after[0]) if criteria.after else None
        given: dict[str, Any] = dict(criteria.filters)
        found = wishes.suppressions(**given, before=before, limit=limit + 1)
        rows = [(one, channel_name(one.channel), closed_because(one.reason)) for one in found]
        return cut(rows, limit, lambda row: (row[0].id,))

    return show(
        visit, _closed_listing(), read, template="console/suppressions.html", section="suppressions",
        may=visit.may(WRITES),
    )  # fmt: skip


def _closed_listing() -> Listing:
    return Listing(
        name="suppressions",
        title=_("Messages"),
        caption=_("Addresses to which nothing goes"),
        row="console/suppressions_row.html",
        columns=(
            Column("address", _("Address"), csv=lambda one: one[0].address),
            Column("channel", _("By"), csv=lambda one: one[0].channel),
            Column("reason", _("Why"), csv=lambda one: one[0].reason),
            Column("at", _("Since"), csv=lambda one: one[0].at.isoformat()),
            Column("do", _("Actions")),
        ),
        sorts=(Sort("newest", _("newest first"), descending=True),),
        filters=(
            Filter("channel", _("By"), "choice", options=[(one, channel_name(one)) for one in CHANNELS]),
            Filter("address", _("Address")),
        ),
        empty_title=_("Everybody can be reached"),
        empty_says=_("Addresses that bounce, complain or unsubscribe appear here, and nothing more goes to them."),
    )


closing = form("messages/suppressions/new", name="suppress", needs=WRITES)
allowing = form("messages/suppressions/<int:suppression>/allow", name="allow", needs=WRITES)


@closing.asks
def ask_suppress(visit: Visit, given: Given) -> Ask:
    """Which address is closed."""
    fields = [
        Field("channel", _("By"), "choice", "email", options=[(one, channel_name(one), "") for one in CHANNELS]),
        Field("address", _("Address")),
        Field("note", _("Note"), required=False),
    ]
    says = [_("Nothing goes there any more, also not what the law asks for: call or write a letter then.")]
    return Ask(_("Close an address"), _("Close it"), address("suppressions"), says=says, fields=fields, icon="x")


@closing.does
def do_suppress(visit: Visit, given: Given) -> Did:
    """Close it; undo opens it again."""
    channel, to = given.choice("channel", list(CHANNELS)), given.text("address", longest=254, required=True)
    wishes.suppress(channel=channel, address=to, reason="by_hand", note=given.text("note", longest=200),
                    actor=visit.actor)  # fmt: skip
    made = wishes.suppressions(channel=channel, address=to, limit=1)
    undo = address("allow", made[0].id) if made else ""
    return Did(_("Nothing goes to %(address)s any more.") % {"address": to}, address("suppressions"), undo=undo)


@allowing.asks
def ask_allow(visit: Visit, given: Given, suppression: int) -> Ask:
    """Send there again."""
    says = [_("What is told from now on goes there again; what was held back is not sent by itself.")]
    return Ask(_("Open this address again?"), _("Open it"), address("suppressions"), says=says, icon="check")


@allowing.does
def do_allow(visit: Visit, given: Given, suppression: int) -> Did:
    """Open it."""
    wishes.allow(suppression, actor=visit.actor)
    return Did(_("Notices go to this address again."), address("suppressions"))


def token() -> str:
    """What makes a form that was sent twice happen once."""
    return uuid4().hex
