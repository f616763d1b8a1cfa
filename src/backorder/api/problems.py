"""Every "no" of the REST door as problem details (RFC 9457): what is refused, in words, with the values that mend it.

`type` is the refusal's entry in the reference that this installation serves. Nothing of the inside
leaks: what was not foreseen is logged under a number, and only the number is told.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable
from datetime import date, datetime
from http import HTTPStatus
from typing import Any

import msgspec
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.db import DatabaseError, DataError, InterfaceError, InternalError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from ninja.errors import AuthenticationError, ValidationError

from backorder.journal.refusals import Refused
from backorder.orders.ledger.retry import is_full

MEDIA_TYPE = "application/problem+json"
REFERENCE = "/api/docs/refusals"
# Values are told back so that a caller finds its mistake, not so that it is sent its body again.
LONGEST_VALUE = 200
RETRY_SECONDS = 1
FULL_SECONDS = 60

log = logging.getLogger(__name__)

_encode = msgspec.json.Encoder(enc_hook=str).encode


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """Why a request was refused; further members carry the values that belong to the refusal."""

    type: str
    title: str
    status: int
    detail: str
    name: str
    field: str | None = None
    value: Any = None
    limit: Any = None


def answer(refused: Refused) -> HttpResponse:
    """The refusal as a response, with the headers its status asks for."""
    response = HttpResponse(_encode(to_plain(refused)), status=refused.status, content_type=MEDIA_TYPE)
    if refused.status == HTTPStatus.UNAUTHORIZED:
        response["WWW-Authenticate"] = 'Bearer realm="backorder"'
    if refused.status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE):
        response["Retry-After"] = str(max(1, round(refused.values.get("retry_after", RETRY_SECONDS))))
    return response


def to_plain(refused: Refused) -> dict[str, Any]:
    """The refusal as problem details: plain values, ready for JSON."""
    values = {
        name: _shown(value) for name, value in refused.values.items() if name not in Problem.__struct_fields__[:5]
    }
    return {
        "type": f"{REFERENCE}#{refused.name}",
        "title": refused.name.replace("_", " ").capitalize(),
        "status": refused.status,
        "detail": refused.says,
        "name": refused.name,
        **values,
    }


def refusal_of(error: Exception) -> Refused:
    """The refusal that an exception amounts to; whatever has none is logged and told as `unexpected`."""
    if isinstance(error, Refused):
        return error
    for kind, turn in TURNS:
        if isinstance(error, kind):
            return turn(error)
    number = secrets.token_hex(8)
    log.error("unexpected error %s", number, exc_info=error)
    return Refused("unexpected", f"Something went wrong here; the log knows it as {number}.", status=500, error=number)


def handle(request: HttpRequest, error: Exception | type[Exception]) -> HttpResponse:
    """Ninja's handler for every exception of a view."""
    assert isinstance(error, Exception)
    return answer(refusal_of(error))


class Middleware:
    """Turns what Django itself refuses below /api (no such address, wrong method) into problem details."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code < HTTPStatus.BAD_REQUEST or not request.path.startswith("/api/"):
            return response
        if response.get("Content-Type") == MEDIA_TYPE:
            return response
        problem = answer(_refusal_of_status(request, response.status_code))
        if response.has_header("Allow"):
            problem["Allow"] = response["Allow"]
        return problem

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """What no view caught."""
        return handle(request, error) if request.path.startswith("/api/") else None


def _refusal_of_status(request: HttpRequest, status: int) -> Refused:
    if status == HTTPStatus.NOT_FOUND:
        return Refused("no_such_address", f"There is nothing at {request.path[:LONGEST_VALUE]}.", status=404)
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        return Refused("method_not_allowed", f"{request.method} is not possible here.", status=405)
    return Refused("bad_request", "The request could not be understood.", status=status)


def _parameter(error: ValidationError) -> Refused:
    first = error.errors[0]
    field = str(first["loc"][-1])
    limit = first["msg"].removeprefix("Value error, ")
    return Refused("invalid_parameter", f"{field}: {limit}.", field=field, limit=limit)


def _too_large(error: RequestDataTooBig) -> Refused:
    return Refused("body_too_large", "The body is larger than this address takes.", status=413)


def _out_of_range(error: Exception) -> Refused:
    log.warning("a value was out of range", exc_info=error)
    return Refused("value_out_of_range", "An instant or number is beyond what can be kept.", status=422)


def _database(error: DatabaseError) -> Refused:
    if is_full(error):
        log.error("the database has no room to write: %s", error)
        return Refused(
            "storage_is_full",
            "There is no room left to write this down, so nothing of it was kept. Whoever runs this server must make"
            " room on the database's disk; then send it again.",
            status=503, retry_after=FULL_SECONDS,
        )  # fmt: skip
    log.warning("the database did not finish a request: %s", error)
    return Refused("try_again", "The database did not finish this just now; try again.", status=503)


TURNS: list[tuple[type[Exception], Callable[[Any], Refused]]] = [
    (ValidationError, _parameter),
    (
        AuthenticationError,
        lambda _: Refused("key_is_missing", "Send an API key: Authorization: Bearer bo_...", status=401),
    ),
    (Http404, lambda _: Refused("no_such_address", "There is nothing here.", status=404)),
    (RequestDataTooBig, _too_large),
    (UnreadablePostError, lambda _: Refused("body_was_cut_off", "The body ended before its length.", status=400)),
    (RecursionError, lambda _: Refused("body_is_not_json", "The body is nested too deeply.", status=400)),
    (SuspiciousOperation, lambda _: Refused("bad_request", "The request could not be understood.", status=400)),
    # Deadlocks, timeouts, a database that restarts: nothing was written, the call may be repeated.
    (OperationalError, _database),
    (InterfaceError, _database),
    (InternalError, _database),
    # What no shape caught: instants of the year 1, offsets of a day.
    (DataError, _out_of_range),
    (OverflowError, _out_of_range),
]


def _shown(value: Any) -> Any:
    if isinstance(value, str):
        return value if len(value) <= LONGEST_VALUE else value[:LONGEST_VALUE] + "…"
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if isinstance(value, (list, tuple)):
        return [_shown(one) for one in value[:100]]
    return value
