"""The fast lane for orders, inquiries and holds, before Django in the same process.

It takes only the plain case (a known key, JSON of a known and modest length, no query) and decides with
the same verbs, structs, limits and problem details; whatever else comes goes through Django's door,
which answers the same. Orders and inquiries that wait together are settled together.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

import msgspec

from backorder.access import keys, limits
from backorder.access.keys import Caller
from backorder.journal.prepared import find_by_index
from backorder.journal.refusals import Refused
from backorder.orders.ledger.retry import retried
from backorder.orders.placing import forms
from backorder.orders.placing.forms import Inquiry, NewHold, NewOrder, Placed
from backorder.orders.placing.hold import hold
from backorder.orders.placing.inquire import InquiryAnswer, inquire_all
from backorder.orders.placing.place import Outcome, place_orders

from . import problems
from .placing import first_time
from .settling import Settler

App = Callable[[Any, Callable[[], Awaitable[Any]], Callable[[Any], Awaitable[None]]], Awaitable[None]]

MOST_BYTES = 256 * 1024  # Larger bodies take Django's door, which has room for them.
ORDERS_TOGETHER = 256
INQUIRIES_TOGETHER = 64
QUEUE = 5_000
TRIES_TOGETHER = 3  # An order whose item is busy so often then waits for it, with all others that must.
THREADS = 4

Header = tuple[bytes, bytes]
HEADERS: tuple[Header, ...] = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
)

_encode = msgspec.json.Encoder().encode
_order = msgspec.json.Decoder(NewOrder)
_inquiry = msgspec.json.Decoder(Inquiry)
_hold = msgspec.json.Decoder(NewHold)


@dataclass(slots=True)
class _Reply:
    status: int
    body: bytes
    headers: tuple[Header, ...] = ()
    kind: bytes = b"application/json"


@dataclass(frozen=True, slots=True)
class _Ordered:
    order: NewOrder
    actor: str


def before(django: App) -> App:
    """An ASGI application that answers what it can in the lane and hands everything else to `django`."""
    lane = Lane()

    async def application(
        scope: Any, receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]
    ) -> None:
        way = lane.ways.get(scope["path"]) if scope["type"] == "http" and scope["method"] == "POST" else None
        token = _token(scope) if way is not None else None
        caller = keys.recognised(token) if token else None
        if caller is None and token:
            caller = await lane.look_up(token)
        if way is None or caller is None:
            await django(scope, receive, send)
            return
        body = await _read(receive)
        if body is not None:
            await _send(send, await _reply(way, caller, body), caller)

    return application


class Lane:
    """The three ways through the lane; threads start with the first call."""

    def __init__(self) -> None:
        self._orders: Settler[_Ordered, Outcome] = Settler(
            settle_orders, most=ORDERS_TOGETHER, queue=QUEUE, name="settle orders"
        )
        self._inquiries: Settler[Inquiry, InquiryAnswer] = Settler(
            _answer_inquiries, most=INQUIRIES_TOGETHER, queue=QUEUE, name="answer inquiries"
        )
        self._patient: Settler[_Ordered, Outcome] = Settler(
            settle_patiently, most=ORDERS_TOGETHER, queue=QUEUE, name="settle orders of busy items"
        )
        self._threads = ThreadPoolExecutor(THREADS, "lane")
        self.ways = {
            "/api/v1/orders": self.order,
            "/api/v1/inquiries": self.inquire,
            "/api/v1/holds": self.hold,
        }

    async def look_up(self, token: str) -> Caller | None:
        """The caller of a key this process has not used lately; None if it is not valid."""
        try:
            return await asyncio.get_running_loop().run_in_executor(
                self._threads, lambda: retried(lambda: keys.authenticate(token))
            )
        except Exception:
            return None  # Django's door says what is wrong.

    async def order(self, caller: Caller, body: bytes) -> _Reply:
        """POST /orders."""
        caller.require("orders:write")
        limits.take(caller)
        asked = _Ordered(forms.read(body, _order), caller.actor)
        for _ in range(TRIES_TOGETHER):
            outcome = await self._orders.ask(asked)
            if outcome != "busy":
                return _placed(outcome)
        return _placed(await self._patient.ask(asked))

    async def inquire(self, caller: Caller, body: bytes) -> _Reply:
        """POST /inquiries."""
        caller.require("orders:read")
        limits.take(caller)
        return _Reply(200, _encode(await self._inquiries.ask(forms.read(body, _inquiry))))

    async def hold(self, caller: Caller, body: bytes) -> _Reply:
        """POST /holds."""
        caller.require("orders:write")
        limits.take(caller)
        wanted = forms.read(body, _hold)
        loop = asyncio.get_running_loop()
        held = await loop.run_in_executor(self._threads, lambda: hold(wanted, actor=caller.actor))
        return _Reply(201, _encode(held))


def settle_orders(asked: Sequence[_Ordered]) -> list[Outcome]:
    """Place what waits together; orders of items that somebody else holds just now are answered "busy"."""
    return _settle(asked, skip_busy=True)


def settle_patiently(asked: Sequence[_Ordered]) -> list[Outcome]:
    """Place together the orders whose items were busy again and again: wait for those."""
    return _settle(asked, skip_busy=False)


def _settle(asked: Sequence[_Ordered], *, skip_busy: bool) -> list[Outcome]:
    """One batch for each who asks, mostly one."""
    retried(partial(find_by_index, always=True))
    by_actor: dict[str, list[int]] = defaultdict(list)
    for n, one in enumerate(asked):
        by_actor[one.actor].append(n)
    outcomes: dict[int, Outcome] = {}
    for actor, places in by_actor.items():
        orders = [asked[n].order for n in places]
        found = retried(partial(place_orders, orders, actor=actor, skip_busy=skip_busy))
        outcomes.update(zip(places, found, strict=True))
    return [outcomes[n] for n in range(len(asked))]


def _answer_inquiries(asked: Sequence[Inquiry]) -> list[InquiryAnswer | Refused]:
    retried(partial(find_by_index, always=True))
    return retried(lambda: inquire_all(asked))


def _placed(outcome: Outcome) -> _Reply:
    if isinstance(outcome, Refused):
        raise outcome
    assert isinstance(outcome, Placed)
    location = (b"location", b"/api/v1/orders/%d" % outcome.id)
    if outcome.replayed is True:
        return _Reply(200, _encode(first_time(outcome)), (location, (b"idempotent-replayed", b"true")))
    return _Reply(201, _encode(outcome), (location, (b"etag", b'"1"')))


def _token(scope: Any) -> str | None:
    """The key of a request that is plain enough for the lane, else None."""
    if scope["query_string"]:
        return None
    token = None
    length = kind = b""
    for name, value in scope["headers"]:
        if name == b"authorization" and value[:7].lower() == b"bearer ":
            token = value[7:].decode("latin-1")
        elif name == b"content-length":
            length = value
        elif name == b"content-type":
            kind = value
        elif name == b"expect":
            return None
    plain = kind == b"application/json" and length.isdigit() and int(length) <= MOST_BYTES
    return token if plain else None


async def _read(receive: Callable[[], Awaitable[Any]]) -> bytes | None:
    """The body; None when the client went away before its end."""
    chunks = []
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        chunks.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(chunks)


async def _reply(way: Callable[[Caller, bytes], Awaitable[_Reply]], caller: Caller, body: bytes) -> _Reply:
    try:
        return await way(caller, body)
    except Exception as error:
        said = problems.answer(problems.refusal_of(error))
        extra = tuple((name.lower().encode(), value.encode()) for name, value in said.items() if name != "Content-Type")
        return _Reply(said.status_code, said.content, extra, problems.MEDIA_TYPE.encode())


async def _send(send: Callable[[Any], Awaitable[None]], reply: _Reply, caller: Caller) -> None:
    headers = [
        (b"content-type", reply.kind),
        (b"content-length", b"%d" % len(reply.body)),
        *HEADERS,
        *reply.headers,
    ]
    if reply.status < 400:
        headers.append((b"ratelimit-policy", b'"key";q=%d;w=60' % caller.rate_per_minute))
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": reply.body})
