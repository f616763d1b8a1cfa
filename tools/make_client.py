"""Make the Python client's calls and shapes from the OpenAPI document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Schema = Mapping[str, Any]

HEAD = '''"""{says} Made by tools.make_client from docs/openapi.json: do not edit."""

from __future__ import annotations

'''
SCALARS = {"integer": "int", "number": "float", "boolean": "bool", "string": "str", "null": "None"}
PREFIX = "/api/v1"


def shapes(document: Schema) -> str:
    """`shapes.py`: a TypedDict for each schema."""
    parts = [HEAD.format(says="What goes in and comes out, as typed dictionaries.")]
    parts.append("from typing import Any, Literal, NotRequired, TypedDict\n")
    for name, schema in document["components"]["schemas"].items():
        parts.append(f'\n\nclass {name}(TypedDict):\n    """{_says(schema)}"""\n')
        fields = schema.get("properties", {})
        if fields:
            parts.append("\n")
        for field, value in fields.items():
            kind = typed(value)
            needed = field in schema.get("required", ())
            parts.append(f"    {field}: {kind if needed else f'NotRequired[{kind}]'}\n")
    return "".join(parts)


def calls(document: Schema) -> str:
    """`calls.py`: a method for each operation."""
    parts = [HEAD.format(says="One method for each operation of the API.")]
    parts.append(
        "from collections.abc import Iterable, Iterator\n"
        "from typing import Any, Literal, cast\n"
        "from urllib.parse import quote\n\n"
        "from . import shapes\n"
        "from .transport import Pages, Transport\n\n\n"
        "class Calls:\n"
        '    """Every operation; use `Client`, which adds the connection."""\n\n'
        "    def __init__(self, transport: Transport) -> None:\n"
        "        self._transport = transport\n"
    )
    for path, methods in document["paths"].items():
        for verb, one in methods.items():
            parts.append("\n" + _method(path.removeprefix(PREFIX), verb.upper(), one))
    return "".join(parts)


def typed(schema: Any, where: str = "") -> str:
    """The Python type of a schema; `where` prefixes the names of shapes."""
    if not isinstance(schema, Mapping) or not schema:
        return "Any"
    if "$ref" in schema:
        return where + schema["$ref"].rsplit("/", 1)[-1]
    if "anyOf" in schema:
        return " | ".join(dict.fromkeys(typed(one, where) for one in schema["anyOf"]))
    if "enum" in schema:
        return "Literal[" + ", ".join(_quoted(one) for one in schema["enum"]) + "]"
    if schema.get("type") == "array":
        return f"list[{typed(schema.get('items'), where)}]"
    if schema.get("type") == "object":
        return f"dict[str, {typed(schema.get('additionalProperties'), where)}]"
    return SCALARS.get(schema.get("type", ""), "Any")


def _method(path: str, verb: str, one: Schema) -> str:
    headers = {parameter["name"]: parameter for parameter in one["parameters"] if parameter["in"] == "header"}
    in_path = [parameter for parameter in one["parameters"] if parameter["in"] == "path"]
    in_query = [parameter for parameter in one["parameters"] if parameter["in"] == "query"]
    answer = _answer(one)
    media_types = list(one.get("requestBody", {}).get("content", {}))
    is_file = bool(media_types) and "application/json" not in media_types
    is_stream = _media_type(one) == "application/x-ndjson"
    is_paged = any("Link" in response.get("headers", {}) for response in one["responses"].values())

    arguments = ["self", *(f"{parameter['name']}: {typed(parameter['schema'])}" for parameter in in_path)]
    how = []
    if is_file:
        kinds = ", ".join(_quoted(kind) for kind in media_types)
        arguments += ["content: bytes | Iterable[bytes]", "*", f"media_type: Literal[{kinds}]"]
        how += ["content=content", "media_type=media_type"]
    elif media_types:
        arguments.append(f"body: {typed(one['requestBody']['content']['application/json']['schema'], 'shapes.')}")
        how.append("body=body")
    named = [
        _query(parameter)
        for parameter in sorted(in_query, key=lambda parameter: not parameter["required"])
        if not (is_paged and parameter["name"] == "cursor")
    ]
    if "If-Match" in headers:
        named.append("version: int" if headers["If-Match"]["required"] else "version: int | None = None")
        how.append("version=version")
    if "Idempotency-Key" in headers:
        named.append("idempotency_key: str | None = None")
        how += ["once=True", "idempotency_key=idempotency_key"]
    if named:
        arguments += named if "*" in arguments else ["*", *named]
    query = ", ".join(
        f'"{parameter["name"]}": {parameter["name"]}'
        for parameter in in_query
        if not (is_paged and parameter["name"] == "cursor")
    )
    if query:
        how.append(f"query={{{query}}}")
    if verb in ("GET", "PUT", "DELETE") or "Idempotency-Key" in headers or one["operationId"] in REPEATABLE:
        how.append("repeatable=True")
    return _written(
        one,
        arguments,
        how,
        path=_path(path, in_path),
        verb=verb,
        answer=answer,
        query=query,
        is_paged=is_paged,
        is_stream=is_stream,
    )


# Their bodies carry what makes a repetition harmless.
REPEATABLE = {"place_order", "place_batch", "make_inquiry", "make_hold"}


def _written(
    one: Schema,
    arguments: list[str],
    how: list[str],
    *,
    path: str,
    verb: str,
    answer: str,
    query: str,
    is_paged: bool,
    is_stream: bool,
) -> str:
    says = one["summary"].rstrip(".") + "."
    if is_stream:
        returns, does = "Iterator[bytes]", f"return self._transport.stream({path}, query={{{query}}})"
    elif is_paged:
        row = answer.removeprefix("list[").removesuffix("]")
        returns, does = f"Pages[{row}]", f"return Pages(self._transport, {path}, {{{query}}})"
    else:
        sent = f"self._transport.call({', '.join([_quoted(verb), path, *how])})"
        returns, does = answer, sent if answer == "None" else f'return cast("{answer}", {sent})'
    lines = [
        f"    def {one['operationId']}({', '.join(arguments)}) -> {returns}:",
        f'        """{says}"""',
        f"        {does}",
    ]
    return "\n".join(lines) + "\n"


def _query(parameter: Schema) -> str:
    kind = typed(parameter["schema"])
    return f"{parameter['name']}: {kind}" if parameter["required"] else f"{parameter['name']}: {kind} | None = None"


def _path(path: str, in_path: list[Schema]) -> str:
    for parameter in in_path:
        name = parameter["name"]
        path = path.replace(f"{{{name}}}", "{quote(str(" + name + "), safe='')}")
    return f'f"{path}"' if in_path else f'"{path}"'


def _answer(one: Schema) -> str:
    for status in ("201", "200"):
        for content in one["responses"].get(status, {}).get("content", {}).values():
            return typed(content["schema"], "shapes.")
    return "None"


def _media_type(one: Schema) -> str:
    return next(iter(one["responses"].get("200", {}).get("content", {})), "")


def _says(schema: Schema) -> str:
    text = " ".join(schema.get("description", "").split())
    return text if len(text) < 110 else text[: text[:107].rfind(" ")] + " ..."


def _quoted(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else repr(value)
