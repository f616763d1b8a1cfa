"""The OpenAPI document: ninja's skeleton of addresses and parameters, our bodies, answers, headers and problems.

It is built from the very structs that read and write the JSON, so it cannot say anything else.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import msgspec
from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema

from backorder.api.operation import Operation, registry
from backorder.api.problems import MEDIA_TYPE, Problem

_REF = "#/components/schemas/{name}"

# In the order in which an integrator needs them.
_TAGS = (
    "orders", "explanations", "items", "policies", "stock", "supply", "locations", "calendars", "services", "channels",
    "transfer", "variants", "runs", "notices", "threads", "templates", "cases", "payments", "journal", "webhooks",
    "keys", "clock",
)  # fmt: skip

_FIRST = ("placing", "orders")

_WORDS = {
    400: "The body is not JSON, or was cut off.",
    401: "No key, or not a valid one.",
    403: "The key lacks the scope.",
    404: "There is no such thing.",
    409: "This cannot be done in the state things are in.",
    411: "The body has no length.",
    412: "Changed since it was read.",
    413: "The body is too large.",
    415: "The body is of another type.",
    422: "Refused: a field or value is not possible; the problem names it.",
    428: "If-Match is missing.",
    429: "The key calls too often.",
    503: "Not now; try again.",
}


def document(api: NinjaAPI, skeleton: OpenAPISchema) -> dict[str, Any]:
    """Complete ninja's document with what `operation` knows."""
    schemas, components = _schemas()
    for path in skeleton["paths"].values():
        for method in path.values():
            _complete(method, registry[method["operationId"]], schemas)
    skeleton["paths"] = dict(sorted(skeleton["paths"].items(), key=lambda pair: _place(pair[1])))
    skeleton["components"]["schemas"] = dict(sorted(components.items()))
    skeleton["components"]["securitySchemes"] = {
        "ApiKey": {"type": "http", "scheme": "bearer", "description": "A key made with `backorder keys create`."}
    }
    return skeleton


def _place(methods: dict[str, Any]) -> tuple[int, int, int]:
    """Where an address stands in the document: by resource, placing before what comes after, then as in the source."""
    names = list(registry)
    first = min(names.index(one["operationId"]) for one in methods.values())
    one = registry[names[first]]
    return _TAGS.index(one.tag), _FIRST.index(one.module) if one.module in _FIRST else len(_FIRST), first


def _schemas() -> tuple[dict[str, Any], dict[str, Any]]:
    """The schema of every body and answer by repr of its type, and the components they refer to."""
    kinds = {repr(kind): kind for one in registry.values() for kind in (one.body, one.answer) if kind is not None}
    kinds[repr(Problem)] = Problem
    found, components = msgspec.json.schema_components(list(kinds.values()), ref_template=_REF)
    components["Problem"]["additionalProperties"] = True
    found, components = _told_apart(found, components)
    return dict(zip(kinds, found, strict=True)), components


def _told_apart(found: Any, components: dict[str, Any]) -> Any:
    """Shapes of one name are told apart by their module: `backorder.api.supplies.Loss` becomes `SuppliesLoss`."""
    text = msgspec.json.encode([found, components]).decode()
    for name in components:
        if "." in name:
            *_, module, short = name.split(".")
            plain = module.title().replace("_", "") + short
            assert plain not in components, plain
            text = text.replace(f'/{name}"', f'/{plain}"').replace(f'"{name}":', f'"{plain}":')
    return msgspec.json.decode(text)


def _complete(method: dict[str, Any], one: Operation, schemas: dict[str, Any]) -> None:
    for parameter in method["parameters"]:
        parameter["schema"] = _without_null(parameter["schema"])
    method["parameters"] += _headers(one)
    if one.body is not None:
        content = {kind: {"schema": schemas[repr(one.body)]} for kind in one.media_types}
        method["requestBody"] = {"required": True, "content": content}
    method["responses"] = {str(status): answer for status, answer in sorted(_responses(one, schemas).items())}
    method["security"] = [{"ApiKey": []}]
    method["x-scope"] = one.scope or "that of the kind"


def _responses(one: Operation, schemas: dict[str, Any]) -> dict[int, Any]:
    good: dict[str, Any] = {"description": HTTPStatus(one.status).phrase}
    if one.answer is not None:
        good["content"] = {kind: {"schema": schemas[repr(one.answer)]} for kind in one.answer_types}
    headers = _answer_headers(one)
    if headers:
        good["headers"] = {name: {"description": says, "schema": {"type": "string"}} for name, says in headers.items()}
    found = {one.status: good}
    for status, says in one.also.items():
        found[status] = {**good, "description": says}
    for status in _refusals(one):
        found[status] = {"description": _WORDS[status], "content": {MEDIA_TYPE: {"schema": schemas[repr(Problem)]}}}
    return found


def _refusals(one: Operation) -> set[int]:
    found = {401, 403, 404, 409, 422, 429, 503}
    if one.body is not None:
        found |= {400, 411, 413, 415}
    if one.versioned:
        found |= {412, 428}
    return found


def _headers(one: Operation) -> list[dict[str, Any]]:
    found = []
    if one.versioned:
        found.append(
            {
                "name": "If-Match",
                "in": "header",
                "required": one.versioned is True,
                "description": "The ETag of what you have seen.",
                "schema": {"type": "string", "pattern": '^"[0-9]{1,9}"$'},
            }
        )
    if one.once:
        found.append(
            {
                "name": "Idempotency-Key",
                "in": "header",
                "required": False,
                "description": "The same key and body gives the first answer again, for 30 days.",
                "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"},
            }
        )
    return found


def _answer_headers(one: Operation) -> dict[str, str]:
    found = {}
    if one.paged:
        found["Link"] = "The next page, as rel=next; absent on the last."
    if one.once:
        found["Idempotent-Replayed"] = "true if this is the answer of an earlier call."
    return found


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    # An address cannot carry null: an optional parameter is left out.
    kept = {name: value for name, value in schema.items() if name not in ("title", "default") or value is not None}
    kept.pop("title", None)
    choices = kept.pop("anyOf", None)
    if choices is None:
        return kept
    real = [choice for choice in choices if choice.get("type") != "null"]
    return _without_null({**kept, **real[0]}) if len(real) == 1 else {**kept, "anyOf": real}
