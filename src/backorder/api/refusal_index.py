"""Every refusal the product knows, read from its own source, so that none lacks its entry in the reference."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import backorder

SENTENCES = "SENTENCES"


@dataclass(frozen=True, slots=True, order=True)
class RefusalEntry:
    """A refusal by name: its usual HTTP status and its sentence, with {names} where values stand."""

    name: str
    status: int
    says: str


@cache
def refusals() -> tuple[RefusalEntry, ...]:
    """All of them by name; of several sentences for one name the first found stands."""
    found: dict[str, RefusalEntry] = {}
    for path in sorted(Path(backorder.__file__).parent.rglob("*.py")):
        for entry in _entries(ast.parse(path.read_text())):
            found.setdefault(entry.name, entry)
    return tuple(sorted(found.values()))


def _entries(tree: ast.AST) -> Iterator[RefusalEntry]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield from _from_call(node)
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict):
            yield from _from_sentences(node)


def _from_call(node: ast.Call) -> Iterator[RefusalEntry]:
    called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    if called not in ("Refused", "unknown", "_id_of") or not node.args:
        return
    first = node.args[1] if called == "_id_of" and len(node.args) > 1 else node.args[0]
    if not isinstance(first, ast.Constant) or not isinstance(first.value, str):
        return
    if called == "Refused":
        yield RefusalEntry(first.value, _status(node), _sentence(node.args[1]))
    else:
        yield RefusalEntry(f"unknown_{first.value}", 404, f"There is no {first.value} {{value}}.")


def _from_sentences(node: ast.Assign) -> Iterator[RefusalEntry]:
    target = node.targets[0]
    if not isinstance(target, ast.Name) or target.id != SENTENCES:
        return
    assert isinstance(node.value, ast.Dict)
    for key, value in zip(node.value.keys, node.value.values, strict=True):
        if isinstance(key, ast.Constant):
            yield RefusalEntry(str(key.value), 409, _sentence(value))


def _status(node: ast.Call) -> int:
    for keyword in node.keywords:
        if keyword.arg == "status" and isinstance(keyword.value, ast.Constant):
            return int(str(keyword.value.value))
    return 422


def _sentence(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(_sentence(part) for part in node.values)
    if isinstance(node, ast.FormattedValue):
        return "{" + _short_name(node.value) + "}"
    if isinstance(node, ast.BinOp):
        return _sentence(node.left) + _sentence(node.right)
    return "{" + _short_name(node) + "}"


def _short_name(node: ast.expr) -> str:
    if isinstance(node, ast.Name):
        return node.id.lower()
    if isinstance(node, ast.Attribute):
        return node.attr.lower()
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return _short_name(node.func.value)
    if isinstance(node, ast.Subscript):
        return _short_name(node.value)
    return "value"
