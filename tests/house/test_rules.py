"""Rules of this house that no tool knows: short functions, short files, telling names, locks without a registry."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "src").rglob("*.py"))

LONGEST_FUNCTION = 70
LONGEST_FILE = 500
FORBIDDEN_NAMES = {"utils", "util", "helpers", "helper", "common", "misc", "base", "core", "manager", "managers"}
FORBIDDEN_NAMES |= {"handler", "handlers", "processor", "signals"}


def is_written_by_a_tool(path: Path) -> bool:
    return "migrations" in path.parts


def function_lengths(path: Path) -> list[tuple[int, str]]:
    """Return (lines without the docstring, name) of each function in a file."""
    found = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            docstring = node.body[0].end_lineno - node.body[0].lineno + 1 if ast.get_docstring(node) else 0
            found.append((node.end_lineno - node.lineno + 1 - docstring, f"{path.relative_to(ROOT)}:{node.name}"))
    return found


def test_no_function_is_longer_than_the_wall():
    lengths = [pair for path in SOURCES if not is_written_by_a_tool(path) for pair in function_lengths(path)]
    assert [pair for pair in lengths if pair[0] > LONGEST_FUNCTION] == []


def test_no_file_is_two_files_that_have_not_met():
    lengths = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in SOURCES}
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST_FILE and "migrations" not in name} == {}


def test_modules_are_named_for_what_they_do():
    assert [path for path in SOURCES if path.stem in FORBIDDEN_NAMES or path.parent.name in FORBIDDEN_NAMES] == []


def test_every_module_says_what_it_is_for():
    speaking = [path for path in SOURCES if path.name != "apps.py" and not is_written_by_a_tool(path)]
    assert [
        path for path in speaking if path.read_text().strip() and not ast.get_docstring(ast.parse(path.read_text()))
    ] == []


@pytest.mark.parametrize("name", ["runtime.lock", "dev.lock"])
def test_locks_pin_every_file_and_name_no_registry(name):
    text = (ROOT / "requirements" / name).read_text()
    assert re.findall(r"https?://|file:|--index|--extra-index|--find-links|--trusted", text) == []
    packages = re.findall(r"^[a-z0-9].*?(?=^[a-z0-9]|\Z)", text, re.MULTILINE | re.DOTALL)
    assert len(packages) > 30
    assert [package for package in packages if "==" not in package or "--hash=sha256:" not in package] == []


def test_the_development_lock_holds_what_runs_in_production():
    pins = {
        name: set(re.findall(r"^\S+==\S+", (ROOT / "requirements" / name).read_text(), re.MULTILINE))
        for name in ("runtime.lock", "dev.lock")
    }
    assert pins["runtime.lock"] - pins["dev.lock"] == set()
