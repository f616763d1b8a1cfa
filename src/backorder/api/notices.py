"""What people are told: every notice word for word and its fate, what they wish, and where nothing may go."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from msgspec import Meta, Struct

from backorder.api import paging
from backorder.api.operation import Answered, Call, operation
from backorder.api.parameters import Cursor, Id, Limit, Word
from backorder.notices import queries, telling, wishes
from backorder.notices.queries import KindRow, NoticeRow, NoticeText
from backorder.notices.wishes import PreferenceRow, SuppressionRow
from backorder.orders.placing.forms import Sku

TAG = "notices"

Way = Literal["email", "sms"]
Address = Annotated[str, Meta(min_length=3, max_length=254)]
Note = Annotated[str, Meta(max_length=500)]


class Told(Struct, frozen=True):
    """The notices that were written."""

    notices: list[int]


class KindChange(Struct, frozen=True, forbid_unknown_fields=True):
    """Whether a kind of notice is told."""

    active: bool


class NewSuppression(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An address to which nothing is to go any more."""

    channel: Way
    address: Address
    note: Note = ""


class NewPreference(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the owner of an address wants to be told there; `kind` blank: everything. `source`: how you know."""

    channel: Way
    address: Address
    wanted: bool
    kind: Annotated[str, Meta(max_length=60)] = ""
    source: Annotated[str, Meta(min_length=1, max_length=60)]


class Offer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A substitute for what waits of a line, and when it could be there."""

    line: int
    sku: Sku
    on: date | None = None


@operation(TAG, "GET", "/notices", scope="notices:read", answer=list[NoticeRow], paged=True)
def list_notices(
    call: Call,
    order: Id | None = None,
    kind: Word | None = None,
    channel: Literal["email", "sms", "alert"] | None = None,
    state: Literal["waiting", "sent", "dead", "suppressed"] | None = None,
    address: Word | None = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Answered:
    """List notices, newest first; those in state `dead` need a person."""
    before = paging.read_cursor(cursor, int)
    rows = queries.notices(
        order=order, kind=kind, channel=channel, state=state, address=address, before=before, limit=limit + 1
    )
    page, more = paging.cut(rows, limit, lambda row: row.id)
    return Answered(page, headers=paging.link(call.request, more))


@operation(TAG, "GET", "/notices/{int:notice}", scope="notices:read", answer=NoticeText)
def get_notice(call: Call, notice: Id) -> NoticeText:
    """Show a notice word for word, with what it rests on."""
    return queries.notice(notice)


@operation(TAG, "POST", "/notices/{int:notice}/resend", scope="notices:write", answer=NoticeRow)
def resend_notice(call: Call, notice: Id) -> NoticeRow:
    """Send a notice again as it was, dead or not."""
    return queries.resend(notice, actor=call.actor)


@operation(TAG, "POST", "/orders/{int:order}/notices", scope="notices:write", answer=Told, status=201, once=True)
def tell_order(call: Call, order: Id) -> Told:
    """Tell the customer how the order stands now."""
    return Told(telling.tell_again(order, actor=call.actor))


@operation(TAG, "POST", "/orders/{int:order}/offers", scope="notices:write", answer=Told, status=201, once=True)
def offer_substitute(call: Call, order: Id, body: Offer) -> Told:
    """Offer the customer one of the item's substitutes for what waits."""
    found = telling.offer_substitute(order, line=body.line, sku=body.sku, on=body.on, actor=call.actor)
    return Told(found)


@operation(TAG, "GET", "/notice-kinds", scope="notices:read", answer=list[KindRow])
def list_notice_kinds(call: Call) -> list[KindRow]:
    """List the kinds of notices, and whether each is told."""
    return queries.kinds()


@operation(TAG, "PUT", "/notice-kinds/{kind}", scope="notices:write", answer=KindRow)
def set_notice_kind(call: Call, kind: Word, body: KindChange) -> KindRow:
    """Tell a kind of notice, or not. What the law asks for is always told."""
    queries.set_active(kind, active=body.active, actor=call.actor)
    return next(row for row in queries.kinds() if row.kind == kind)


@operation(TAG, "GET", "/suppressions", scope="notices:read", answer=list[SuppressionRow], paged=True)
def list_suppressions(
    call: Call, channel: Way | None = None, address: Word | None = None, limit: Limit = 50, cursor: Cursor = None
) -> Answered:
    """List addresses to which nothing goes, newest first, and why."""
    before = paging.read_cursor(cursor, int)
    rows = wishes.suppressions(channel=channel, address=address, before=before, limit=limit + 1)
    page, more = paging.cut(rows, limit, lambda row: row.id)
    return Answered(page, headers=paging.link(call.request, more))


@operation(TAG, "POST", "/suppressions", scope="notices:write", answer=SuppressionRow, status=201)
def suppress_address(call: Call, body: NewSuppression) -> SuppressionRow:
    """Send nothing to an address any more."""
    wishes.suppress(channel=body.channel, address=body.address, reason="by_hand", note=body.note, actor=call.actor)
    return wishes.suppressions(channel=body.channel, address=body.address, limit=1)[0]


@operation(TAG, "DELETE", "/suppressions/{int:suppression}", scope="notices:write", status=204)
def allow_address(call: Call, suppression: Id) -> None:
    """Send to an address again."""
    wishes.allow(suppression, actor=call.actor)


@operation(TAG, "GET", "/preferences", scope="notices:read", answer=list[PreferenceRow])
def list_preferences(call: Call, channel: Way, address: Word) -> list[PreferenceRow]:
    """Show what the owner of an address wants to be told there."""
    return wishes.preferences(channel, address)


@operation(TAG, "PUT", "/preferences", scope="notices:write", answer=list[PreferenceRow])
def choose_preference(call: Call, body: NewPreference) -> list[PreferenceRow]:
    """Remember what the owner of an address wants to be told there."""
    wishes.choose(
        channel=body.channel, address=body.address, wanted=body.wanted, about=body.kind, source=body.source,
        actor=call.actor,
    )  # fmt: skip
    return wishes.preferences(body.channel, body.address)
