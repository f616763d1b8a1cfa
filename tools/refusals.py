"""Which refusals a room may have to say: those of every module that it imports, directly or through others.

Read from the source, like the reference of refusals, so that none is forgotten when it is translated.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

SOURCE = Path(__file__).resolve().parent.parent / "src"
SENTENCES = "SENTENCES"
# What `journal.refusals.unknown` carries.
UNKNOWN = frozenset({"field", "value"})


@cache
def reached_from(room: str) -> dict[str, frozenset[str]]:
    """The names that other rooms may refuse `room` with, each with the facts that it carries wherever it is raised."""
    found: dict[str, frozenset[str]] = {}
    for module in sorted(_imported_by(f"backorder.{room}")):
        if module.split(".")[1:2] == [room]:
            continue
        for name, facts in _raised(ast.parse(_files()[module].read_text(encoding="utf-8"))):
            found[name] = found.get(name, facts) & facts
    return found


@cache
def _files() -> dict[str, Path]:
    found = {}
    for path in SOURCE.rglob("*.py"):
        parts = path.relative_to(SOURCE).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def _imported_by(package: str) -> set[str]:
    seen: set[str] = set()
    todo = [module for module in _files() if module == package or module.startswith(package + ".")]
    while todo:
        module = todo.pop()
        if module not in seen:
            seen.add(module)
            todo += _imports(module)
    return seen


def _imports(module: str) -> Iterator[str]:
    path = _files()[module]
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [one.name for one in node.names]
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            names = [base, *(f"{base}.{one.name}" for one in node.names)]
        yield from (name for name in names if name in _files())


def _raised(tree: ast.AST) -> Iterator[tuple[str, frozenset[str]]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if called == "Refused":
                yield str(node.args[0].value), frozenset(one.arg for one in node.keywords if one.arg) - {"status"}
            elif called == "unknown":
                yield f"unknown_{node.args[0].value}", UNKNOWN
        elif isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == SENTENCES:
            assert isinstance(node.value, ast.Dict)
            yield from ((str(key.value), frozenset()) for key in node.value.keys if isinstance(key, ast.Constant))
