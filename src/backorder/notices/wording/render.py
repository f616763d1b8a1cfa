"""Turn words and values into what is sent: a subject, a text, a letter in HTML, an SMS, and the elements it holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from backorder.engine import sms
from backorder.engine.law.facts import Element

from .elements import elements_in
from .letter import Letter, Row, as_html, as_text
from .marks import Span, as_line, blocks, guard, unguard
from .sandbox import run
from .templates import Wording

SUBJECT_CHARACTERS = 200
EMPTY_LAW = dict.fromkeys(
    ("revised_date", "no_date", "reasons", "right_to_cancel", "silence", "continuing_right", "answer"), ""
)
NOTHING: Mapping[str, Any] = {
    "shop": "", "name": "", "greeting": "", "reference": "", "ordered_on": "", "link": "", "headline": "", "short": "",
    "items": "", "reason": "", "cancelled_items": "", "answer_by": "", "has_later": False, "is_undated": False,
    "is_all_sent": False, "lines": [], "law": EMPTY_LAW,
    "shipment": {"number": 0, "of": 0, "goods": "", "when": "", "tracking": "", "service": ""},
    "refund": {"amount": "", "by": "", "means": ""},
    "substitute": {"name": "", "sku": "", "when": "", "price": ""},
    "thread": {"subject": "", "text": "", "question": ""},
    "withdrawal": dict.fromkeys(("at", "cancelled", "stopped", "to_return", "return_by", "refund_by"), ""),
    "waitlist": {"item": "", "sku": "", "units": 0, "until": ""},
}  # fmt: skip
"""Every variable a template may use, with nothing in it."""
_NOTHING = guard(NOTHING)


@dataclass(frozen=True, slots=True)
class Content:
    """What a notice says: the values of its template's variables, and what its pictures show."""

    values: Mapping[str, Any]
    units: Sequence[str] = ()
    units_say: str = ""
    rows: Sequence[Row] = ()
    foot: Sequence[tuple[Span, ...]] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True)
class Rendered:
    """A notice in all its forms. `segments` is what its SMS costs; `elements` those of the delay law in its letter,
    `sms_elements` in its text, whose link is the way to answer."""

    subject: str
    text: str
    html: str
    sms: str
    segments: int
    elements: frozenset[Element]
    sms_elements: frozenset[Element] = frozenset()


def render(wording: Wording, content: Content, *, language: str, with_sms: bool = True) -> Rendered:
    """Render a notice; the language must be the active one. Refuses what a template gets wrong, see `sandbox.run`."""
    # Guarded once for all three: most of what rendering costs is that.
    values = _NOTHING | guard(content.values)
    body = run(wording.body, values)
    subject = as_line(run(wording.subject, values))[:SUBJECT_CHARACTERS]
    letter = Letter(
        language=language,
        subject=subject,
        shop=unguard(values["shop"]),
        blocks=blocks(body),
        units=content.units,
        units_say=content.units_say,
        rows=content.rows,
        foot=content.foot,
    )
    text = run(wording.sms, values) if with_sms else ""
    short = sms.in_plain_signs(as_line(text))
    told = elements_in(text)
    if (link := content.values.get("link")) and sms.in_plain_signs(str(link)) in short:
        told |= {Element.FREE_ANSWER}
    return Rendered(
        subject,
        as_text(letter),
        as_html(letter),
        short,
        sms.cost(short).segments if short else 0,
        elements_in(body),
        told,
    )
