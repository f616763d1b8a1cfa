"""May these words go live? Everything they ask for must exist, and a delay question must hold what the law demands.

Each template is rendered for every situation of its kind before a customer sees it: with names and without, with dates
and without, one item and many, and for each of the five delay options.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from backorder.engine.law.content import DATED, TemplateFacts, forbidden_elements, missing_elements
from backorder.engine.law.facts import OptionKind
from backorder.journal.refusals import Refused

from .. import saying
from ..kinds import Kind
from ..story import Batch, LineStory
from . import pictures
from .elements import BY_ITS_MEANS as BY_ITS_MEANS
from .elements import NAMES, law_values
from .render import NOTHING, Content, Rendered, render
from .sandbox import unknown_names
from .templates import Wording

TODAY = date(2030, 1, 7)
SUBJECT_CHARACTERS = 500
BODY_CHARACTERS = 20_000
SMS_CHARACTERS = 1_000
MOST_SEGMENTS = 10

# A message about an order that also advertises is advertising (16 CFR 316.3), and a delay notice may not be that.
_PROMOTION = re.compile(
    r"\b(discount|coupon|voucher|promo code|special offer|sale ends|on sale|newsletter|buy now|shop now)\b"
    r"|\b(spring|summer|autumn|winter|flash|clearance|black friday|cyber monday) sale\b|\bsave \d|\d ?(%|percent) off\b"
    r"|\b(rabatt\w*|gutschein\w*|angebot der woche|sonderangebot|schlussverkauf|sparen sie)\b"
    r"|\b(descuento|cupón|oferta especial|rebajas|ahorre)\b"
    r"|\b(remise|réduction|bon d'achat|offre spéciale|code promo|soldes|économisez)\b",
    re.IGNORECASE,
)
# In a text the word itself is enough to be read as what to answer; in a letter, with a verb of answering near it.
_CANCEL_IN_TEXT = re.compile(r"\bCANCEL\b")
_CANCEL_BY_TEXT = re.compile(
    r"\b(?i:reply|text|send|answer|antwort\w*|schreib\w*|senden|respond\w*|conteste\w*|envíe|répond\w*|envoyez)\b[^.!?]{0,40}"
    r"\bCANCEL\b"
)


@dataclass(frozen=True, slots=True)
class Sample:
    """One situation in which a notice is written; `option` is that of a delay question."""

    says: str
    content: Content
    option: OptionKind | None = None


def check(wording: Wording, kind: Kind, *, language: str) -> list[tuple[Sample, Rendered]]:
    """Refuse words that may not go live, naming what is wrong; else what they make of every situation of the kind.

    Refuses template_too_long, template_malformed, template_variable_unknown, template_fails, template_lacks_element,
    template_has_forbidden_element, template_asks_to_text_cancel, sms_too_long.
    """
    _check_sizes(wording)
    _check_names(wording)
    if _CANCEL_IN_TEXT.search(wording.sms) or _CANCEL_BY_TEXT.search(wording.body):
        raise Refused(
            "template_asks_to_text_cancel",
            "Whoever answers CANCEL to a text is cut off by his carrier, and we may never see it: ask for the link.",
            field="sms",
            value="CANCEL",
        )
    with saying.spoken(language):
        made = [(sample, render(wording, sample.content, language=language)) for sample in samples(kind, language)]
    for sample, rendered in made:
        _check_rendered(kind, sample, rendered, wording)
    return made


def samples(kind: Kind, language: str) -> Iterator[Sample]:
    """The situations of a kind, in the active language."""
    if kind.about == "delay":
        for option in (None, *OptionKind):
            yield Sample(option.value if option else "no law", _delay(option, language), option)
        return
    yield Sample("some now, some later", _content(language, _line()))
    undated = replace(_line(), later=(Batch(2),))
    yield Sample("no date can be given", _content(language, undated))
    yield Sample(
        "no name, nothing left to come", _content(language, replace(_line(), now=(), later=(), shipped=7), name="")
    )


def _check_sizes(wording: Wording) -> None:
    limits = {"subject": SUBJECT_CHARACTERS, "body": BODY_CHARACTERS, "sms": SMS_CHARACTERS}
    for field, limit in limits.items():
        text = getattr(wording, field)
        if len(text) > limit or (field == "body" and not text.strip()) or (field == "subject" and not text.strip()):
            raise Refused(
                "template_too_long" if text.strip() else "template_is_empty",
                f"The {field} of a template has 1 to {limit} characters, not {len(text)}.",
                field=field,
                value=len(text),
                limit=limit,
            )


def _check_names(wording: Wording) -> None:
    known = {**NOTHING, "lines": [pictures.line_values(_line(), first_said="", locale="en", today=TODAY)]}
    for field in ("subject", "body", "sms"):
        unknown = unknown_names(getattr(wording, field), known)
        if unknown:
            raise Refused(
                "template_variable_unknown",
                f"The {field} uses {', '.join(unknown[:5])}, which no notice has.",
                field=field,
                value=unknown[:20],
                limit=sorted(known),
            )


def _check_rendered(kind: Kind, sample: Sample, rendered: Rendered, wording: Wording) -> None:
    if not rendered.subject:
        raise Refused(
            "template_is_empty",
            f"The subject is empty where: {sample.says}.",
            field="subject",
            value=sample.says,
            limit=1,
        )
    if rendered.segments > MOST_SEGMENTS:
        raise Refused(
            "sms_too_long",
            f"The text message takes {rendered.segments} segments; {MOST_SEGMENTS} are allowed.",
            field="sms",
            value=rendered.segments,
            limit=MOST_SEGMENTS,
        )
    if kind.about == "delay" and sample.option is not None:
        _check_law(sample.option, rendered, wording, is_question=kind.name == "delay_question")


def _check_law(option: OptionKind, rendered: Rendered, wording: Wording, *, is_question: bool) -> None:
    has_promotion = _PROMOTION.search(f"{wording.body} {wording.subject} {wording.sms}") is not None
    told = TemplateFacts(rendered.elements, has_promotion=has_promotion)
    _check_elements(option, told, field="body")
    if rendered.sms and is_question:
        _check_elements(option, TemplateFacts(rendered.sms_elements, has_promotion=has_promotion), field="sms")
    forbidden = forbidden_elements(option, told)
    if forbidden:
        raise Refused(
            "template_has_forbidden_element",
            f"For {option.value.replace('_', ' ')} the text may not contain: {', '.join(forbidden)}.",
            field="body",
            value=list(forbidden),
            limit=option.value,
        )


def _check_elements(option: OptionKind, told: TemplateFacts, *, field: str) -> None:
    """A text that lacks an element asks nothing, as a letter would: silence after it would mean nothing."""
    missing = missing_elements(option, told)
    if missing:
        names = ", ".join(f"law.{NAMES[element]}" for element in missing)
        raise Refused(
            "template_lacks_element",
            f"For {option.value.replace('_', ' ')} the law demands {names} (16 CFR 435.2(b)).",
            field=field,
            value=[element.value for element in missing],
            limit=option.value,
        )


# -- samples --------------------------------------------------------------------------------------------------------


def _line() -> LineStory:
    return LineStory(
        id=1, sku="LAMP", name="Brass lamp", wanted=7, shipped=0,
        now=(Batch(5, date(2030, 1, 9), date(2030, 1, 10), date(2030, 1, 8)),),
        later=(Batch(2, date(2030, 1, 24), date(2030, 1, 28), date(2030, 1, 23)),),
    )  # fmt: skip


def _content(language: str, line: LineStory, *, name: str = "Hannah", **more: Any) -> Content:
    shown: dict[str, Any] = {"locale": language, "today": TODAY}
    values = {
        **NOTHING,
        "shop": "Larkfold",
        "name": name,
        "greeting": f"{name}," if name else "-",
        "reference": "W-10482",
        "ordered_on": saying.day(TODAY, locale=language, today=TODAY),
        "link": "https://shop.example/my/order.1.x",
        "headline": pictures.headline([line], **shown),
        "short": pictures.in_short(line, **shown),
        "items": pictures.named(line, 2),
        "reason": "",
        "cancelled_items": pictures.named(line, 2),
        "answer_by": saying.day(date(2030, 2, 1), locale=language, today=TODAY),
        "has_later": bool(line.later_units),
        "is_undated": line.owed > 0 and line.last_on is None,
        "is_all_sent": not line.owed,
        "lines": [pictures.line_values(line, first_said="", **shown)],
        "shipment": {
            "number": 1,
            "of": 2,
            "goods": "5 × Brass lamp",
            "when": "1",
            "tracking": "JD1",
            "service": "POST",
        },
        "refund": {"amount": saying.money(590, "GBP", locale=language), "by": "1", "means": "1" if line.later else ""},
        "substitute": {"name": "Tin lamp", "sku": "TIN", "when": "1", "price": ""},
        "thread": {"subject": "Re: When?", "text": "Soon.", "question": "When?"},
        "withdrawal": {
            "at": saying.moment(datetime(2030, 1, 7, 12, tzinfo=UTC), locale=language, zone=ZoneInfo("UTC")),
            "cancelled": pictures.named(line, 2) if line.owed else "",
            "stopped": pictures.named(line, 1) if line.now else "",
            "to_return": "" if line.owed else pictures.named(line, 7),
            "return_by": "1",
            "refund_by": "1",
        },
        "waitlist": {"item": "Brass lamp", "sku": "LAMP", "units": 1, "until": "1"},
        **more,
    }
    return Content(
        values=values,
        units=pictures.units_of(line),
        units_say=values["short"],
        rows=pictures.rows_of([line], [], first_said="", **shown),
    )


def _delay(option: OptionKind | None, language: str) -> Content:
    dated = option is None or option in DATED
    law = law_values(
        option,
        revised_on=date(2030, 1, 28) if dated else None,
        answer_by=date(2030, 2, 1),
        reasons="The ship is late.",
        locale=language,
        today=TODAY,
    )
    return _content(language, _line(), law=law)
