"""The table of scenarios is complete, and each test that it names exists and says which scenario it shows."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TABLE = ROOT / "docs" / "scenarios.md"
WAITS_FOR = ("strategies and runs", "telling people", "console")


def cases() -> dict[str, str]:
    """By case: what shows it."""
    rows = (line.strip("| ").split(" | ") for line in TABLE.read_text().splitlines() if line.startswith("| S"))
    return {case: shown for case, _, shown in rows}


@cache
def named_tests(path: str) -> dict[str, str]:
    """By name (of class and function): the name and docstring of each test of a file."""
    found: dict[str, str] = {}
    tree = ast.parse((ROOT / path).read_text())
    nodes = [("", node) for node in tree.body]
    nodes += [
        (f"{group.name}::", node) for group in tree.body if isinstance(group, ast.ClassDef) for node in group.body
    ]
    for group, node in nodes:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            found[group + node.name] = f"{node.name} {ast.get_docstring(node) or ''}"
    return found


def test_no_odd_case_is_missing() -> None:
    assert list(cases()) == sorted(
        [*(f"S{number:02}" for number in range(1, 154, 2)), "S49b"], key=lambda case: (int(case.strip("Sb")), case)
    )


@pytest.mark.parametrize("case", cases())
def test_each_case_is_shown_or_says_why_not(case: str) -> None:
    shown = cases()[case]
    named = re.findall(r"`(tests/[^`]+?\.py)::([^`]+)`", shown)
    waits = [what for what in WAITS_FOR if shown.startswith(f"waits for: {what}")]
    assert named or waits, "it names a test or what it waits for"
    for path, name in named:
        assert name in named_tests(path), f"{path} has no {name}"
        assert re.search(rf"(?<![A-Za-z0-9]){case}(?![0-9a-z])", named_tests(path)[name], re.IGNORECASE) or (
            f"_{case.lower()}_" in named_tests(path)[name]
        ), f"{name} does not say that it shows {case}"
    if not (waits or shown.startswith(("`", "diverges: "))):
        pytest.fail("it begins with a test, `diverges:` or `waits for:`")
