"""Money that must move, by deadline, and what happened to it: for the shop, or for an adapter to its provider."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import uuid4

from msgspec import Meta, Struct

from backorder.api import paging
from backorder.api.operation import Answered, Call, operation
from backorder.api.parameters import Cursor, Id, Limit
from backorder.api.shapes import Currency, Identity, Minor, Note, Reference
from backorder.payments import queries
from backorder.payments.other_means import by_other_means
from backorder.payments.queries import AccountView, DueRow, PaymentRow
from backorder.payments.recording import NewPayment, record_payment

TAG = "payments"

Instant = Annotated[datetime, Meta(tz=True)]
Word = Annotated[str, Meta(max_length=60, pattern=r"^[a-z0-9_ -]*$")]
Key = Annotated[Reference, Meta(description="The same key of an order again changes nothing.")]


class PaymentTold(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What happened to an order's money. `due` names what it settles (none: the oldest of its kind).

    `capture_before` of an authorisation is the provider's own word; without it the window known for the provider and
    network counts. `split_enabled`: what a partial capture leaves can still be captured. Refunds are money: `form`.
    """

    kind: Literal["authorised", "captured", "refunded", "voided", "failed"]
    amount_minor: Minor
    currency: Currency | None = None
    at: Instant | None = None
    provider: Word = ""
    network: Word = ""
    reference: Note = ""
    form: Word = "same_means"
    is_deposit: bool = False
    split_enabled: bool = False
    capture_before: Instant | None = None
    due: Identity | None = None
    key: Key | None = None


class DueDropped(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why this need not move any more."""

    note: Annotated[Note, Meta(min_length=1)]


class OtherMeans(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a refund goes back that cannot go the way it was paid, why, and since when that is known (none: now)."""

    means: Literal["cash", "check", "credit_memo_to_issuer", "money_order"]
    because: Annotated[Note, Meta(min_length=1)]
    found_at: Instant | None = None


@operation(TAG, "GET", "/dues", scope="orders:read", answer=list[DueRow], paged=True)
def list_dues(
    call: Call,
    state: Literal["open", "done", "dropped"] | None = "open",
    kind: Literal["refund", "capture", "authorise_again", "balance", "void"] | None = None,
    order: Id | None = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Answered:
    """List money that must move, the nearest deadline first."""
    after = paging.read_cursor(cursor, tuple[datetime | None, int])
    rows = queries.dues(state=state, kind=kind, order=order, after=after, limit=limit + 1)
    page, more = paging.cut(rows, limit, lambda row: (row.by_at, row.id))
    return Answered(page, headers=paging.link(call.request, more))


@operation(TAG, "GET", "/dues/{int:due}", scope="orders:read", answer=DueRow)
def get_due(call: Call, due: Id) -> DueRow:
    """Show what is due, of what, until when, and what it rests on."""
    return queries.due(due)


@operation(TAG, "POST", "/dues/{int:due}/drop", scope="orders:write", answer=DueRow)
def drop_due(call: Call, due: Id, body: DueDropped) -> DueRow:
    """Decide that this need not move any more. It is not raised again."""
    return queries.drop(due, note=body.note, actor=call.actor)


@operation(TAG, "POST", "/dues/{int:due}/other-means", scope="orders:write", answer=DueRow)
def refund_by_other_means(call: Call, due: Id, body: OtherMeans) -> DueRow:
    """Say that a refund cannot go back the way it was paid; where the law counts from the discovery, its day moves."""
    by_other_means(due, means=body.means, because=body.because, found_at=body.found_at, actor=call.actor)
    return queries.due(due)


@operation(TAG, "GET", "/orders/{int:order}/payments", scope="orders:read", answer=AccountView)
def get_account(call: Call, order: Id) -> AccountView:
    """Show an order's money: what was paid, what is held until when, what went back, what is due."""
    return queries.account_view(order)


@operation(TAG, "POST", "/orders/{int:order}/payments", scope="orders:write", answer=PaymentRow, status=201, once=True)
def tell_payment(call: Call, order: Id, body: PaymentTold) -> PaymentRow:
    """Tell that money was authorised, captured, refunded or voided; what it settles is closed."""
    new = NewPayment(
        kind=body.kind,
        amount_minor=body.amount_minor,
        currency=body.currency or "",
        at=body.at,
        provider=body.provider,
        network=body.network,
        reference=body.reference,
        form=body.form,
        is_deposit=body.is_deposit,
        split_enabled=body.split_enabled,
        capture_before=body.capture_before,
    )
    return queries.payment(record_payment(order, new, key=body.key or uuid4().hex, due=body.due, actor=call.actor))
