"""Where templates run: Jinja's sandbox, without loops over numbers, includes, or anything but the values given.

A variable that is not there is an error, never an empty place.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from django.utils import translation
from jinja2 import StrictUndefined, Template, TemplateError, meta, nodes
from jinja2.exceptions import SecurityError, UndefinedError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from backorder.journal.refusals import Refused

# What a template may do with a value; everything else could be used to make it run for ever or grow without end.
FILTERS = ("capitalize", "default", "first", "join", "last", "length", "lower", "trim", "upper")
MOST_SIGNS = 100_000


class _Sandbox(ImmutableSandboxedEnvironment):
    intercepted_binops = frozenset({"*", "**", "+", "%"})

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        """Reckoning with numbers is allowed, making long texts by it is not."""
        are_numbers = isinstance(left, int) and isinstance(right, int)
        if operator == "**" or (operator in {"*", "%"} and not are_numbers):
            raise SecurityError(f"{operator} is not possible here")
        return super().call_binop(context, operator, left, right)


def _environment() -> _Sandbox:
    made = _Sandbox(undefined=StrictUndefined, autoescape=False, extensions=["jinja2.ext.i18n"])
    made.globals.clear()
    made.policies["ext.i18n.trimmed"] = True
    made.install_gettext_callables(translation.gettext, translation.ngettext, newstyle=True)  # type: ignore[attr-defined]
    made.filters = {name: made.filters[name] for name in FILTERS}
    return made


_sandbox = _environment()
_OURS = frozenset({"_", "gettext", "ngettext", "pgettext", "npgettext"})


@lru_cache(maxsize=500)
def compiled(source: str) -> Template:
    """The template of a source. Refuses template_malformed with the line."""
    try:
        return _sandbox.from_string(source)
    except TemplateError as wrong:
        line = getattr(wrong, "lineno", None)
        raise Refused(
            "template_malformed",
            f"The template cannot be read{f' (line {line})' if line else ''}: {wrong}.",
            field="body",
            value=line,
        ) from None


def run(source: str, values: Mapping[str, Any]) -> str:
    """Render a source with guarded values (`marks.guard`). Refuses what the template asks for and is not there."""
    try:
        rendered = compiled(source).render(values)
    except UndefinedError as missing:
        raise Refused(
            "template_variable_unknown", f"The template uses what is not there: {missing}.", field="body"
        ) from None
    except (TemplateError, TypeError, ValueError, ArithmeticError, RecursionError) as wrong:
        raise Refused("template_fails", f"The template fails: {str(wrong)[:200]}.", field="body") from None
    if len(rendered) > MOST_SIGNS:
        raise Refused(
            "template_too_long", f"The template makes {len(rendered)} characters.", field="body", limit=MOST_SIGNS
        )
    return rendered


def unknown_names(source: str, known: Mapping[str, Any]) -> list[str]:
    """What a template asks for anywhere, reached or not, that its values cannot have; `known` is a sample of them."""
    tree = _parsed(source)
    names = meta.find_undeclared_variables(tree) - known.keys() - _OURS
    attributes = {node.attr for node in tree.find_all(nodes.Getattr)} - _keys(known) - {"index", "first", "last"}
    return sorted(names | attributes)


def _parsed(source: str) -> nodes.Template:
    compiled(source)
    return _sandbox.parse(source)


def _keys(value: Any) -> set[str]:
    """Every key at any depth."""
    if isinstance(value, Mapping):
        return set(value) | {key for one in value.values() for key in _keys(one)}
    if isinstance(value, (list, tuple)):
        return {key for one in value for key in _keys(one)}
    return set()
