"""Which sentences each delay option must and must not contain (16 CFR 435.2(b)), as data and a check.

The notices room maps a template's placeholders to `Element`s and refuses to let it go live while anything is missing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from .facts import Element, OptionKind, Silence

EVERY = frozenset({Element.RIGHT_TO_CANCEL, Element.FREE_ANSWER, Element.LIKELY_TO_REACH})

REQUIRED: Mapping[OptionKind, frozenset[Element]] = {
    OptionKind.FIRST_SHORT: EVERY | {Element.REVISED_DATE, Element.SILENCE_IS_CONSENT},
    OptionKind.FIRST_LONG: EVERY | {Element.REVISED_DATE, Element.SILENCE_IS_CANCEL},
    OptionKind.FIRST_INDEFINITE: EVERY
    | {Element.UNABLE_TO_DATE, Element.REASONS, Element.SILENCE_IS_CANCEL, Element.CONTINUING_RIGHT},
    OptionKind.RENEWED_DATED: EVERY | {Element.REVISED_DATE, Element.SILENCE_IS_CANCEL},
    OptionKind.RENEWED_INDEFINITE: EVERY
    | {Element.UNABLE_TO_DATE, Element.REASONS, Element.SILENCE_IS_CANCEL, Element.CONTINUING_RIGHT},
}
NEVER: Mapping[OptionKind, frozenset[Element]] = {
    kind: frozenset({Element.SILENCE_IS_CANCEL if kind is OptionKind.FIRST_SHORT else Element.SILENCE_IS_CONSENT})
    for kind in OptionKind
}

DATED = {OptionKind.FIRST_SHORT, OptionKind.FIRST_LONG, OptionKind.RENEWED_DATED}

# What a notice may not lack to be a notice at all: without it, it counts as never sent.
SILENCE_OF: Mapping[OptionKind, Silence] = {
    kind: Silence.CONSENT if kind is OptionKind.FIRST_SHORT else Silence.CANCEL for kind in OptionKind
}


@dataclass(frozen=True, slots=True)
class TemplateFacts:
    """What a template was found to contain; `has_promotion`: any advertising, which a delay notice may not carry."""

    elements: frozenset[Element]
    has_promotion: bool = False


def missing_elements(kind: OptionKind, template: TemplateFacts) -> tuple[Element, ...]:
    """What the law demands of this kind of notice and the template lacks, in the order of `Element`."""
    return _in_order(REQUIRED[kind] - template.elements)


def forbidden_elements(kind: OptionKind, template: TemplateFacts) -> tuple[str, ...]:
    """What the template contains and this kind of notice never may: the wrong silence, or "promotion"."""
    wrong = _in_order(NEVER[kind] & template.elements)
    return (*wrong, "promotion") if template.has_promotion else wrong


def option_kind(
    revised_on: date | None, *, last_short_day: date | None, is_first: bool, silence_may_consent: bool = True
) -> OptionKind:
    """Which option a notice is: `last_short_day` is the last day to which a silent buyer can be moved (None: none)."""
    if not is_first:
        return OptionKind.RENEWED_INDEFINITE if revised_on is None else OptionKind.RENEWED_DATED
    if revised_on is None:
        return OptionKind.FIRST_INDEFINITE
    is_short = silence_may_consent and last_short_day is not None and revised_on <= last_short_day
    return OptionKind.FIRST_SHORT if is_short else OptionKind.FIRST_LONG


def allowed_notice(*, has_basis_for_date: bool, has_basis_for_unknown: bool) -> str:
    """What may be said truthfully ((a)(2)-(3)): "definite", "indefinite_with_reason", or "none"."""
    if has_basis_for_date:
        return "definite"
    return "indefinite_with_reason" if has_basis_for_unknown else "none"


def _in_order(elements: Collection[Element]) -> tuple[Element, ...]:
    return tuple(element for element in Element if element in elements)
