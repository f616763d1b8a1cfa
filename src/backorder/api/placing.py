"""Orders, inquiries and holds as they come in: one by one, or a thousand in one call."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from http import HTTPStatus
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from backorder.access import limits
from backorder.api import bodies, etags, problems
from backorder.api.operation import Answered, Call, operation
from backorder.api.parameters import Code, Reference
from backorder.journal.refusals import Refused
from backorder.orders.placing import forms
from backorder.orders.placing.forms import Inquiry, NewHold, NewOrder, Placed
from backorder.orders.placing.hold import hold, release_hold
from backorder.orders.placing.hold_answers import HeldCart
from backorder.orders.placing.inquire import InquiryAnswer, inquire
from backorder.orders.placing.place import place_orders

TAG = "orders"

MOST_ORDERS = 5_000
MOST_LINES = 10_000
# Orders that are settled in one transaction: none of ours lasts over a second.
CHUNK = 1_000
NDJSON = "application/x-ndjson"

_order = msgspec.json.Decoder(NewOrder)
_array = msgspec.json.Decoder(list[msgspec.Raw])


class BatchRow(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What became of one order of a batch, at the place where it stood: 201 placed, 200 placed before, else refused."""

    status: int
    order: Placed | None = None
    problem: problems.Problem | None = None


Batch = Annotated[list[NewOrder], Meta(min_length=1, max_length=MOST_ORDERS)]


@operation(
    TAG,
    "POST",
    "/orders",
    scope="orders:write",
    answer=Placed,
    status=201,
    also={200: "It was placed before with this very body: the first answer again."},
)
def place_order(call: Call, body: NewOrder) -> Answered:
    """Place an order and answer with its promise.

    The channel and reference are its identity: the same body again gives the first answer again, another body is
    refused. A short line refuses the order whole, every short line named, unless `on_short` says otherwise.
    """
    (outcome,) = place_orders([body], actor=call.actor)
    if isinstance(outcome, Refused):
        raise outcome
    assert isinstance(outcome, Placed)
    headers = {"Location": f"/api/v1/orders/{outcome.id}", "ETag": etags.of(1)}
    if outcome.replayed is True:
        return Answered(first_time(outcome), 200, {"Location": headers["Location"], "Idempotent-Replayed": "true"})
    return Answered(outcome, headers=headers)


@operation(
    TAG,
    "POST",
    "/orders/batch",
    scope="orders:write",
    answer=list[BatchRow],
    body=Batch,
    media_types=(*bodies.JSON, NDJSON),
)
def place_batch(call: Call) -> list[BatchRow]:
    """Place up to 5,000 orders of together 10,000 lines; each gets its own answer, in the order given.

    Send a JSON array, or one order a line (NDJSON). A refused order does not touch the others.
    """
    given = [_read(row) for row in _rows(bodies.read(call.request, types=(*bodies.JSON, NDJSON)), call)]
    _refuse_too_many(given)
    limits.take(call.caller, len(given) - 1)
    return answers(given, actor=call.actor)


@operation(TAG, "POST", "/inquiries", scope="orders:read", answer=InquiryAnswer)
def make_inquiry(call: Call, body: Inquiry) -> InquiryAnswer:
    """Ask for dates and alternatives; nothing is held."""
    return inquire(body)


@operation(TAG, "POST", "/holds", scope="orders:write", answer=HeldCart, status=201)
def make_hold(call: Call, body: NewHold) -> HeldCart:
    """Hold units for a cart; naming the cart again changes its hold. Refused whole when a line is short."""
    return hold(body, actor=call.actor)


@operation(TAG, "DELETE", "/holds", scope="orders:write", status=204)
def end_hold(call: Call, channel: Code, token: Reference) -> None:
    """End a cart's hold before its time."""
    release_hold(channel, token, actor=call.actor)


def answers(given: Sequence[NewOrder | Refused], *, actor: str) -> list[BatchRow]:
    """Place what could be read, in chunks, and answer row by row."""
    orders = [order for order in given if isinstance(order, NewOrder)]
    outcomes: Iterator[Any] = iter(())
    if orders:
        outcomes = (
            outcome
            for start in range(0, len(orders), CHUNK)
            for outcome in place_orders(orders[start : start + CHUNK], actor=actor)
        )
    return [_row(row if isinstance(row, Refused) else next(outcomes)) for row in given]


def first_time(placed: Placed) -> Placed:
    """The answer as it was given the first time."""
    return msgspec.structs.replace(placed, replayed=msgspec.UNSET)


def _row(outcome: Placed | Refused) -> BatchRow:
    if isinstance(outcome, Refused):
        return BatchRow(status=outcome.status, problem=msgspec.convert(problems.to_plain(outcome), problems.Problem))
    again = outcome.replayed is True
    return BatchRow(status=HTTPStatus.OK if again else HTTPStatus.CREATED, order=first_time(outcome))


def _rows(body: bytes, call: Call) -> list[Any]:
    if call.request.content_type == NDJSON:
        return [line for line in body.split(b"\n") if line.strip()]
    return forms.read(body, _array)


def _read(row: bytes | msgspec.Raw) -> NewOrder | Refused:
    try:
        return forms.read(bytes(row), _order)
    except Refused as refused:
        return refused


def _refuse_too_many(given: Sequence[NewOrder | Refused]) -> None:
    if not 1 <= len(given) <= MOST_ORDERS:
        raise Refused(
            "batch_size_out_of_range",
            f"A batch has 1 to {MOST_ORDERS} orders, not {len(given)}.",
            field="body",
            value=len(given),
            limit=MOST_ORDERS,
        )
    lines = sum(len(order.lines) for order in given if isinstance(order, NewOrder))
    if lines > MOST_LINES:
        raise Refused(
            "batch_has_too_many_lines",
            f"A batch has at most {MOST_LINES} lines, not {lines}.",
            field="lines",
            value=lines,
            limit=MOST_LINES,
        )
