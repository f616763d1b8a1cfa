"""One operation of the door: who may call it, what it takes, what it answers, and its page in the OpenAPI document.

A view is a plain function `(call, path and query parameters, body) -> answer`. Bodies and answers are
msgspec structs or dataclasses, checked and written by msgspec; parameters are read by ninja.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Literal, TypeVar, get_type_hints

import msgspec
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from ninja import Router

from backorder.access import replays
from backorder.access.keys import Caller
from backorder.api import bodies, etags
from backorder.api.auth import ApiKey
from backorder.journal.refusals import Refused
from backorder.orders.placing import forms

View = TypeVar("View", bound=Callable[..., Any])

Versioned = bool | Literal["if_given"]

_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Call:
    """A request whose caller is known. `version` is the one in If-Match, where an operation asks for it."""

    request: HttpRequest
    caller: Caller
    version: int | None = None

    @property
    def actor(self) -> str:
        """As the journal names the caller."""
        return self.caller.actor


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer that needs more than its value: another status, headers."""

    value: Any
    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Operation:
    """What the OpenAPI document and the door itself must know of a view."""

    name: str
    module: str
    tag: str
    method: str
    scope: str | None
    status: int
    body: Any
    answer: Any
    media_types: tuple[str, ...]
    answer_types: tuple[str, ...]
    versioned: Versioned
    once: bool
    paged: bool
    also: dict[int, str]


router = Router()
"""Every address of the door; methods of one address must hang in one router."""

registry: dict[str, Operation] = {}
"""Every operation by its name, for the OpenAPI document."""


def operation(
    tag: str,
    method: str,
    path: str,
    *,
    scope: str | None,
    answer: Any = None,
    status: int = 200,
    versioned: Versioned = False,
    once: bool = False,
    paged: bool = False,
    body: Any = None,
    media_types: tuple[str, ...] = bodies.JSON,
    answer_types: tuple[str, ...] = bodies.JSON,
    also: dict[int, str] | None = None,
) -> Callable[[View], View]:
    """Hang a view into the door, among the resource `tag`.

    `versioned`: needs If-Match, or takes it `if_given`. `once`: creates something and takes an
    Idempotency-Key. `body` and `media_types` describe a body that the view reads by itself; a
    parameter `body` is read for it.
    """

    def hang(view: View) -> View:
        hints = get_type_hints(view, include_extras=True)
        form = hints.get("body")
        described = Operation(
            name=view.__name__,
            module=view.__module__.rpartition(".")[2],
            tag=tag,
            method=method,
            scope=scope,
            status=status,
            body=form or body,
            answer=answer,
            media_types=media_types,
            answer_types=answer_types,
            versioned=versioned,
            once=once,
            paged=paged,
            also=also or {},
        )
        assert view.__name__ not in registry, view.__name__
        registry[view.__name__] = described
        runner = _runner(view, described, msgspec.json.Decoder(form) if form else None)
        runner.__signature__ = _seen_by_ninja(view, hints)  # type: ignore[attr-defined]
        says = inspect.getdoc(view) or ""
        summary, _, more = says.partition("\n")
        router.add_api_operation(
            path,
            [method],
            runner,
            auth=ApiKey(scope),
            operation_id=view.__name__,
            summary=summary,
            description=more.strip() or None,
            tags=[tag],
        )
        return view

    return hang


def sort_addresses() -> None:
    """Try the longest and most literal addresses first: `/items/{sku}` also fits what comes below an item."""
    paths = router.path_operations
    for path in sorted(paths, key=lambda path: (-path.count("/"), path.count("{"))):
        paths[path] = paths.pop(path)


def _runner(
    view: Callable[..., Any], described: Operation, decoder: msgspec.json.Decoder[Any] | None
) -> Callable[..., HttpResponseBase]:
    known: set[str] = set(inspect.signature(view).parameters)

    @functools.wraps(view)
    def run(request: HttpRequest, **given: Any) -> HttpResponseBase:
        _refuse_unknown_parameters(request, known)
        version = _version(request, described)
        call = Call(request, request.auth, version)  # type: ignore[attr-defined]
        if decoder is not None:
            given["body"] = forms.read(bodies.read(request), decoder)
        return (
            _once(call, described, lambda: view(call, **given))
            if described.once
            else _respond(view(call, **given), described, call)
        )

    return run


def _version(request: HttpRequest, described: Operation) -> int | None:
    if described.versioned == "if_given":
        return etags.optional(request)
    return etags.required(request) if described.versioned else None


def _once(call: Call, described: Operation, create: Callable[[], Any]) -> HttpResponseBase:
    token = call.request.headers.get("Idempotency-Key")
    if token is None:
        return _respond(create(), described, call)
    request = call.request
    asked = replays.fingerprint(request.method or "", request.get_full_path(), request.body)
    with replays.once(call.caller, token, asked) as replay:
        if not replay.is_replayed:
            made = _respond(create(), described, call)
            assert isinstance(made, HttpResponse), "only plain answers can be kept"
            replay.finish(made.status_code, msgspec.json.decode(made.content))
            return made
    assert replay.answer is not None
    return _respond(
        Answered(replay.answer.body, replay.answer.status, {"Idempotent-Replayed": "true"}), described, call
    )


def _respond(answered: Any, described: Operation, call: Call) -> HttpResponseBase:
    if isinstance(answered, HttpResponseBase):
        return answered
    given = answered if isinstance(answered, Answered) else Answered(answered)
    status = given.status or described.status
    if status == HTTPStatus.NO_CONTENT:
        response = HttpResponse(status=status)
        del response["Content-Type"]
    else:
        response = HttpResponse(_encode(given.value), status=status, content_type=described.answer_types[0])
    for name, value in given.headers.items():
        response[name] = value
    response["RateLimit-Policy"] = f'"key";q={call.caller.rate_per_minute};w=60'
    return response


def _refuse_unknown_parameters(request: HttpRequest, known: set[str]) -> None:
    for name in request.GET:
        if name not in known:
            raise Refused("unknown_parameter", f"There is no parameter {name[:100]!r}.", field=name[:100])


def _seen_by_ninja(view: Callable[..., Any], hints: dict[str, Any]) -> inspect.Signature:
    parameters = [
        parameter.replace(annotation=hints[name])
        for name, parameter in inspect.signature(view).parameters.items()
        if name not in ("call", "body")
    ]
    request = inspect.Parameter("request", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=HttpRequest)
    return inspect.Signature([request, *parameters])
