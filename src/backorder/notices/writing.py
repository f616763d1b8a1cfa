"""Write notices: choose the ways they go, put them into words, and keep them exactly as they will be sent.

They are written in the transaction that makes them due; sending is another job's. So nothing is told of what was not
committed, and what was committed is told though the machine stops right after.
"""

from __future__ import annotations

import hmac
import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parseaddr
from functools import cache
from typing import Any

import msgspec
from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _

from backorder.access import links
from backorder.journal.identity import ids_in_order
from backorder.journal.prepared import rows
from backorder.journal.record import Fact, record
from backorder.journal.refusals import Refused

from . import quiet, recipients, saying, wishes
from .kinds import Kind
from .models import KindRule, Notice
from .recipients import Recipient
from .wording import letter, templates
from .wording.marks import Span
from .wording.render import Content, Rendered, render
from .wording.templates import Wording

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Draft:
    """A notice to be written. `content` is made in the recipient's language; `parent` is what it answers."""

    kind: Kind
    recipient: Recipient
    content: Content
    order: int | None = None
    line: int | None = None
    customer: int | None = None
    thread: int | None = None
    reference: str = ""
    not_before: datetime | None = None
    wanted_by: datetime | None = None
    evidence: Mapping[str, Any] = field(default_factory=dict)
    in_reply_to: str = ""
    channels: Sequence[str] = ("email", "sms")


@dataclass(frozen=True, slots=True)
class _Way:
    """A channel, the address there, and why nothing may go that way (blank: it may)."""

    channel: str
    address: str
    why_not: str = ""


def write(drafts: Sequence[Draft], *, now: datetime, actor: str) -> list[Notice]:
    """Write these notices for every way each is to go, and return them, in order; must be inside a transaction.

    A way that is closed gets its notice too, as suppressed: what was not told is visible. Kinds that the merchant
    switched off, and people without any address, get none, but for what the law asks: that is kept as dead.
    """
    if not drafts:
        return []
    off = {rule.kind: rule.active for rule in KindRule.objects.all()}
    told = [draft for draft in drafts if off.get(draft.kind.name, draft.kind.is_active) or draft.kind.is_lawful]
    known = wishes.wishes(pair for draft in told for pair in _addresses(draft.recipient))
    live = templates.live()
    planned = [(draft, way, other) for draft in told for way, other in _planned(draft, known)]
    ids = ids_in_order(len(planned))
    made = [_notice(id, *plan, live, now=now) for id, plan in zip(ids, planned, strict=True)]
    _insert(made)
    record([_fact(notice) for notice in made], actor=actor, at=now)
    return made


def _insert(made: Sequence[Notice]) -> None:
    """As one JSON document: letters are long, and quoting them as SQL costs more than writing them."""
    names = [field.attname for field in Notice._meta.local_concrete_fields]
    document = [{name: getattr(notice, name) for name in names} for notice in made]
    if document:
        rows(_statement(), [msgspec.json.encode(document).decode()])


@cache
def _statement() -> str:
    fields = {field.attname: field.db_type(connection) for field in Notice._meta.local_concrete_fields}
    names = ", ".join(fields)
    types = ", ".join(f"{name} {kind}" for name, kind in fields.items())
    return f"INSERT INTO notices_notice ({names}) SELECT {names} FROM json_to_recordset(%s::json) AS r({types})"


def subject_of(notice: Notice) -> str:
    """Whom the journal's facts about a notice are filed under."""
    return f"order/{notice.order_id}" if notice.order_id is not None else f"notice/{notice.pk}"


def greeting(name: str) -> str:
    """How a letter begins, in the active language."""
    first = recipients.first_name(name)
    return _("Hello %(name)s,") % {"name": first} if first else _("Hello,")


def order_links(orders: Collection[int], *, now: datetime) -> dict[int, str]:
    """The addresses of the customers' pages of these orders."""
    made = links.make_all("order", orders, now=now)
    return {order: links.address(made[order]) for order in orders}


def root_id(order: int) -> str:
    """The Message-ID that all letters about an order refer to, so that mail programs keep them together."""
    return f"<order-{order}.{_mark(f'order {order}')}@{mail_domain()}>"


def mail_domain() -> str:
    """The domain our mail comes from."""
    return _domain(settings.BACKORDER_MAIL_FROM)


@cache
def _domain(sender: str) -> str:
    return parseaddr(sender)[1].rpartition("@")[2] or "localhost"


# -- the ways it goes -----------------------------------------------------------------------------------------------


def _addresses(recipient: Recipient) -> Iterable[tuple[str, str]]:
    yield "email", recipient.email
    yield "sms", recipient.sms
    yield "sms", recipient.phone


def _planned(draft: Draft, known: wishes.Wishes) -> list[tuple[_Way, _Way | None]]:
    """The ways a notice goes, each with the one to take if it fails."""
    ways = _ways(draft, known)
    open_ways = [way for way in ways if not way.why_not]
    is_first_enough = len(open_ways) > 1 and not draft.kind.is_texted
    if not is_first_enough:
        return [(way, None) for way in ways]
    return [(way, open_ways[1] if way is open_ways[0] else None) for way in ways if way is not open_ways[1]]


def _ways(draft: Draft, known: wishes.Wishes) -> list[_Way]:
    recipient = draft.recipient
    number = recipient.sms or (recipient.phone if known.wants_texts(recipient.phone) else "")
    given = [("email", recipient.email), ("sms", number)]
    ways = [_way(channel, at, draft, known) for channel, at in given if at and channel in draft.channels]
    wanted = [way for way in ways if way.why_not != "not_wanted"]
    if wanted or not draft.kind.is_lawful:
        return wanted
    return [_Way("email", "", "There is no address to send it to.")]


def _way(channel: str, given: str, draft: Draft, known: wishes.Wishes) -> _Way:
    try:
        address = recipients.address(channel, given)
    except Refused as refused:
        return _Way(channel, "", refused.says)
    return _Way(channel, address, known.why_not(channel, address, draft.kind))


# -- its words ------------------------------------------------------------------------------------------------------


def _notice(
    id: int, draft: Draft, way: _Way, other: _Way | None, live: Mapping[tuple[str, str], Wording], *, now: datetime
) -> Notice:
    language = saying.language_of(draft.recipient.locale)
    is_suppressed = way.why_not.startswith("suppressed")
    with saying.spoken(language):
        needs_sms = way.channel == "sms" or other is not None
        wording, rendered, headers = _worded(id, draft, way, live, language, now, needs_sms)
    is_email = way.channel == "email"
    at = max(now, draft.not_before) if draft.not_before else now
    return Notice(
        id=id,
        kind=draft.kind.name,
        channel=way.channel,
        order_id=draft.order,
        line_id=draft.line,
        customer_id=draft.customer,
        thread_id=draft.thread,
        template_id=wording.template,
        wording=wording.name,
        language=language,
        address=way.address,
        name=_one_line(draft.recipient.name)[: recipients.NAME_CHARACTERS],
        subject=rendered.subject if is_email else "",
        text=rendered.text if is_email else rendered.sms,
        html=rendered.html if is_email else "",
        headers=headers if is_email else {},
        fallback={"channel": other.channel, "address": other.address, "text": rendered.sms} if other else {},
        message_id=message_id(id),
        evidence=dict(draft.evidence),
        wanted_by=draft.wanted_by,
        state="suppressed" if is_suppressed else "dead" if way.why_not else "waiting",
        last_error=way.why_not,
        next_try_at=quiet.earliest(way.channel, draft.recipient, at=at, wanted_by=draft.wanted_by),
        segments=0 if is_email else rendered.segments,
        created_at=now,
    )


def message_id(id: int) -> str:
    """A notice's Message-ID: the same at each try, and nothing that somebody could guess for another's."""
    return f"<n{id}.{_mark(f'notice {id}')}@{mail_domain()}>"


def _worded(
    id: int,
    draft: Draft,
    way: _Way,
    live: Mapping[tuple[str, str], Wording],
    language: str,
    now: datetime,
    needs_sms: bool,
) -> tuple[Wording, Rendered, dict[str, str]]:
    """The words, with the footer and headers that need the address; the product's words where a template fails."""
    headers = _threading(draft)
    foot = _foot(draft)
    if draft.kind.is_commercial and way.channel == "email" and way.address:
        url = unsubscribe_address(id, now=now)
        headers |= {"List-Unsubscribe": f"<{url}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
        foot.append(letter.unsubscribe_line(url))
    content = Content(draft.content.values, draft.content.units, draft.content.units_say, draft.content.rows, foot)
    wording = live.get((draft.kind.name, language), templates.own(draft.kind.name))
    try:
        return wording, render(wording, content, language=language, with_sms=needs_sms), headers
    except Refused as refused:
        if wording.template is None:
            raise
        log.error("The %s fails, the product's own words are used: %s", wording.name, refused.says)
        wording = templates.own(draft.kind.name)
        return wording, render(wording, content, language=language, with_sms=needs_sms), headers


def unsubscribe_address(notice: int, *, now: datetime) -> str:
    """Where the reader of a notice says that he wants no more of what is not about an order."""
    return f"{settings.BACKORDER_PUBLIC_URL.rstrip('/')}/unsubscribe/{links.make('unsubscribe', notice, now=now)}"


def _threading(draft: Draft) -> dict[str, str]:
    root = root_id(draft.order) if draft.order is not None else ""
    parent = _one_line(draft.in_reply_to) or root
    references = " ".join(dict.fromkeys(one for one in (root, parent) if one))
    return {"In-Reply-To": parent, "References": references} if references else {}


def _foot(draft: Draft) -> list[tuple[Span, ...]]:
    values = draft.content.values
    lines: list[tuple[Span, ...]] = []
    if draft.reference:
        said = _("Order %(reference)s of %(day)s.") % {
            "reference": draft.reference,
            "day": values.get("ordered_on", ""),
        }
        lines.append(
            (
                Span(said + " " + _("Opening the page changes nothing.") + " "),
                Span(_("Ask a person"), url=str(values.get("link", ""))),
                Span(" " + _("or just reply.")),
            )
        )
    if settings.BACKORDER_SHOP_ADDRESS:
        lines.append((Span(settings.BACKORDER_SHOP_ADDRESS),))
    return lines


def _fact(notice: Notice) -> Fact:
    body = {"notice": notice.pk, "kind": notice.kind, "channel": notice.channel, "state": notice.state}
    return Fact("notice.written", subject_of(notice), body)


def _mark(of: str) -> str:
    return hmac.digest(settings.SECRET_KEY.encode(), f"backorder notices {of}".encode(), "sha256").hex()[:16]


def _one_line(text: str) -> str:
    return " ".join(sign for sign in " ".join(text.split()).split(" ") if sign.isprintable())
