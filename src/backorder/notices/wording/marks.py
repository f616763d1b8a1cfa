"""The few marks a template may use, so that one wording gives both the plain text and the letter in HTML.

`# ` and `## ` begin headings, `**bold**`, `[label](address)`; such a link alone in its paragraph is a button. The
paragraphs `:units` and `:rows` stand for the picture of the units and the table of what comes when. Values are
guarded before they are put in: nothing a customer or an item is called can become a mark, a line or an element.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

# Signs of Unicode's private use that stand for marks inside of values; any that come from outside are dropped first.
_GUARDS = {"*": "\ue000", "[": "\ue001", "]": "\ue002", "#": "\ue003", ":": "\ue004", "\n": "\ue005"}
_GUARD = str.maketrans({**{chr(n): "" for n in range(0xE000, 0xE0FF)}, **_GUARDS, "\r": "", "\t": " "})
_UNGUARD = str.maketrans({guard: mark for mark, guard in _GUARDS.items()})
_ELEMENT_FROM = 0xE080
_SEALS = re.compile(f"[{chr(_ELEMENT_FROM)}-{chr(_ELEMENT_FROM + 39)}]")

_SPAN = re.compile(r"\*\*(?P<bold>.+?)\*\*|\[(?P<label>[^\[\]]+)\]\((?P<url>[^()\s]+)\)", re.DOTALL)
_BUTTON = re.compile(r"\[(?P<label>[^\[\]]+)\]\((?P<url>[^()\s]+)\)")


class Sealed(str):
    """Text that was guarded and bears the sign of its element: it is put in as it is."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Span:
    """Some words: plain, bold, or a link."""

    text: str
    is_bold: bool = False
    url: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, a heading, a button, the picture of the units, the table of rows."""

    what: Literal["paragraph", "title", "heading", "button", "units", "rows"]
    spans: tuple[Span, ...] = ()


def guard(value: Any) -> Any:
    """A value of a template, at any depth, whose text can be nothing but text."""
    if type(value) is str:
        return value.translate(_GUARD) if value else value
    if value is None or isinstance(value, (Sealed, int)):
        return value
    if isinstance(value, str):
        return value.translate(_GUARD)
    if isinstance(value, Mapping):
        return {key: guard(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [guard(one) for one in value]
    return value


def unguard(text: str) -> str:
    """The text as people read it."""
    return text.translate(_UNGUARD)


def plain(text: str) -> str:
    """The text as people read it, without the signs of its elements."""
    return _SEALS.sub("", unguard(text))


def as_line(text: str) -> str:
    """The text as one line: for subjects and headers."""
    return " ".join(plain(text).split())


def seal(number: int, text: str) -> Sealed:
    """Guarded text that can be recognised after rendering as element `number` (0 to 39)."""
    assert 0 <= number < 40
    return Sealed(chr(_ELEMENT_FROM + number) + guard(text))


def sealed_in(rendered: str) -> set[int]:
    """The numbers of the elements that were rendered."""
    return {ord(sign) - _ELEMENT_FROM for sign in _SEALS.findall(rendered)}


def unsealed(rendered: str) -> str:
    """The text without the signs that tell its elements."""
    return _SEALS.sub("", rendered)


def blocks(rendered: str) -> tuple[Block, ...]:
    """The blocks of a rendered body, in order."""
    paragraphs = (" ".join(part.split()) for part in re.split(r"\n\s*\n", unsealed(rendered)))
    return tuple(_block(paragraph) for paragraph in paragraphs if paragraph)


def _block(paragraph: str) -> Block:
    if paragraph == ":units":
        return Block("units")
    if paragraph == ":rows":
        return Block("rows")
    for mark, what in (("## ", "heading"), ("# ", "title")):
        if paragraph.startswith(mark):
            return Block(what, _spans(paragraph.removeprefix(mark)))  # type: ignore[arg-type]
    button = _BUTTON.fullmatch(paragraph)
    if button is not None:
        return Block("button", (Span(unguard(button["label"]), url=unguard(button["url"])),))
    return Block("paragraph", _spans(paragraph))


def _spans(text: str) -> tuple[Span, ...]:
    found, at = [], 0
    for match in _SPAN.finditer(text):
        if match.start() > at:
            found.append(Span(unguard(text[at : match.start()])))
        if match["bold"] is not None:
            found.append(Span(unguard(match["bold"]), is_bold=True))
        else:
            found.append(Span(unguard(match["label"]), url=unguard(match["url"])))
        at = match.end()
    if at < len(text):
        found.append(Span(unguard(text[at:])))
    return tuple(found)
