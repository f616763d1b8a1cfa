"""The sentences the delay law demands, each recognisable after rendering, so that a template can be checked for them.

Which sentences a question needs follows from its kind of option (16 CFR 435.2(b), engine.law.content). The merchant's
template decides where they stand, not what they say.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from django.utils.translation import gettext as _

from backorder.engine.law.content import DATED, SILENCE_OF
from backorder.engine.law.facts import Element, OptionKind, Silence

from .. import saying
from .marks import Sealed, seal, sealed_in

_NUMBERS = {element: number for number, element in enumerate(Element)}
# That a message goes out as e-mail is the means itself, not something its text could say.
BY_ITS_MEANS = frozenset({Element.LIKELY_TO_REACH})

NAMES: Mapping[Element, str] = {
    Element.REVISED_DATE: "revised_date",
    Element.UNABLE_TO_DATE: "no_date",
    Element.REASONS: "reasons",
    Element.RIGHT_TO_CANCEL: "right_to_cancel",
    Element.SILENCE_IS_CONSENT: "silence",
    Element.SILENCE_IS_CANCEL: "silence",
    Element.CONTINUING_RIGHT: "continuing_right",
    Element.FREE_ANSWER: "answer",
}
"""What a template calls each element: `law.<name>`."""


def law_values(
    option: OptionKind | None,
    *,
    revised_on: date | None,
    answer_by: date | None,
    reasons: str,
    locale: str,
    today: date,
) -> dict[str, str]:
    """The sentences of a delay question; blank where its kind has none. `option` None: no law gives silence a meaning.

    `revised_on` is the new day by which it ships, `answer_by` the last day on which consent counts.
    """
    found = dict.fromkeys([*NAMES.values()], "")
    dated = revised_on is not None and (option is None or option in DATED)
    if dated:
        assert revised_on is not None
        on = saying.day(revised_on, locale=locale, today=today)
        found["revised_date"] = _sealed(Element.REVISED_DATE, _("We can now send it by %(when)s.") % {"when": on})
    else:
        found["no_date"] = _sealed(Element.UNABLE_TO_DATE, _("We cannot give you any date at present."))
    if reasons:
        found["reasons"] = _sealed(Element.REASONS, reasons)
    found["right_to_cancel"] = _sealed(
        Element.RIGHT_TO_CANCEL,
        _("You can cancel now. You then get back everything you paid for it, promptly and the way you paid."),
    )
    found["answer"] = _sealed(
        Element.FREE_ANSWER, _("Answering costs you nothing: one tap on the page below, or just reply to this message.")
    )
    found["silence"] = _silence(option, revised_on, answer_by, locale=locale, today=today)
    if option in (OptionKind.FIRST_INDEFINITE, OptionKind.RENEWED_INDEFINITE):
        found["continuing_right"] = _sealed(
            Element.CONTINUING_RIGHT, _("If you agree to wait, you can still cancel at any time until it is sent.")
        )
    return found


def elements_in(rendered: str) -> frozenset[Element]:
    """The elements a rendered text holds."""
    numbers = sealed_in(rendered)
    return frozenset(element for element, number in _NUMBERS.items() if number in numbers) | BY_ITS_MEANS


def _silence(
    option: OptionKind | None, revised_on: date | None, answer_by: date | None, *, locale: str, today: date
) -> str:
    if option is None:
        return _("If you do nothing, we keep your order. We never take your silence for a yes.")
    if SILENCE_OF[option] is Silence.CONSENT:
        assert revised_on is not None
        on = saying.day(revised_on, locale=locale, today=today)
        return _sealed(
            Element.SILENCE_IS_CONSENT,
            _(
                "If we do not hear from you before we send it, and before %(when)s, we will assume that you have agreed"
                " to this delay."
            )
            % {"when": on},
        )
    assert answer_by is not None
    on = saying.day(answer_by, locale=locale, today=today)
    return _sealed(
        Element.SILENCE_IS_CANCEL,
        _(
            "If you have not agreed to wait by %(when)s and we have not sent it by then, we cancel it by ourselves and"
            " you get all your money back."
        )
        % {"when": on},
    )


def _sealed(element: Element, text: str) -> Sealed:
    return seal(_NUMBERS[element], text)
