"""The OpenAPI document as people read it: operations by resource, shapes by field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

PREFIX = "/api/v1"
Schema = Mapping[str, Any]

_LIMITS = {
    "minimum": "at least {}", "maximum": "at most {}", "minLength": "at least {} characters",
    "maxLength": "at most {} characters", "minItems": "at least {}", "maxItems": "at most {}",
    "maxProperties": "at most {}", "default": "usually {}",
}  # fmt: skip


def tags(document: Schema) -> list[dict[str, Any]]:
    """The resources in the order of the document, each with its operations."""
    found: dict[str, list[dict[str, Any]]] = {}
    for path, methods in document["paths"].items():
        for verb, one in methods.items():
            found.setdefault(one["tags"][0], []).append(_operation(path, verb, one))
    return [{"name": name, "operations": operations} for name, operations in found.items()]


def shapes(document: Schema) -> list[dict[str, Any]]:
    """The shapes of bodies and answers, each with its fields."""
    return [
        {
            "name": name,
            "summary_html": in_html(schema.get("description", "").split("\n")[0]),
            "fields": [
                {"name": field, "required": field in schema.get("required", ()), "what": what(value)}
                for field, value in schema.get("properties", {}).items()
            ],
        }
        for name, schema in document["components"]["schemas"].items()
    ]


def what(schema: Schema) -> str:
    """A schema in a line: its kind and its limits."""
    return ", ".join([_kind(schema), *_limits(schema)])


def in_html(text: str) -> SafeString:
    """Plain text for a page; what stands in backticks as code."""
    pieces = [escape(piece) for piece in text.split("`")]
    return mark_safe("".join(f"<code>{piece}</code>" if n % 2 else piece for n, piece in enumerate(pieces)))


def _operation(path: str, verb: str, one: Schema) -> dict[str, Any]:
    status, answer = next((status, answer) for status, answer in one["responses"].items() if status.startswith("2"))
    created = one["responses"].get("201", answer)
    headers = {parameter["name"] for parameter in one["parameters"] if parameter["in"] == "header"}
    return {
        "id": one["operationId"],
        "verb": verb.upper(),
        "path": path.removeprefix(PREFIX),
        "summary": one.get("summary", ""),
        "description": one.get("description", ""),
        "summary_html": in_html(one.get("summary", "")),
        "description_html": in_html(one.get("description", "")),
        "scope": one["x-scope"],
        "versioned": "If-Match" in headers,
        "once": "Idempotency-Key" in headers,
        "body": _content(one.get("requestBody", {})),
        "status": "201" if "201" in one["responses"] else status,
        "answer": _content(created),
        "parameters": [
            {
                "name": parameter["name"],
                "where": parameter["in"],
                "required": parameter["required"],
                "what": what(parameter["schema"]),
            }
            for parameter in one["parameters"]
            if parameter["in"] != "header"
        ],
    }


def _content(holder: Schema) -> str:
    return " or ".join(f"{_kind(content['schema'])} ({kind})" for kind, content in holder.get("content", {}).items())


def _kind(schema: Schema) -> str:
    if "$ref" in schema:
        return str(schema["$ref"].rsplit("/", 1)[-1])
    if "anyOf" in schema:
        return " or ".join(_kind(choice) for choice in schema["anyOf"])
    if "enum" in schema:
        return " | ".join(str(choice) for choice in schema["enum"])
    kind = schema.get("type", "anything")
    if "prefixItems" in schema:
        return f"[{', '.join(_kind(one) for one in schema['prefixItems'])}]"
    if kind == "array":
        return f"list of {_kind(schema.get('items', {}))}"
    return str(schema.get("format", kind))


def _limits(schema: Schema) -> Iterator[str]:
    merged = dict(schema)
    for choice in schema.get("anyOf", ()):
        merged.update({key: value for key, value in choice.items() if key in _LIMITS})
    for key, words in _LIMITS.items():
        if key in merged and merged[key] not in (None, "", [], {}):
            yield words.format(merged[key])
    if "description" in merged and "$ref" not in merged:
        yield str(merged["description"]).rstrip(".")
