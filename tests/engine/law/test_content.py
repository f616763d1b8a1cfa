"""The notice checklist of 16 CFR 435.2(b), column by column, and what a draft would be if it went out now."""

import pytest
from tests.engine.law.story import at, day, told

from backorder.engine.delay_law import draft_option
from backorder.engine.law.content import (
    TemplateFacts,
    allowed_notice,
    forbidden_elements,
    missing_elements,
    option_kind,
)
from backorder.engine.law.facts import Element, OptionKind, Silence

ALWAYS = [Element.RIGHT_TO_CANCEL, Element.FREE_ANSWER, Element.LIKELY_TO_REACH]
COLUMNS = {
    OptionKind.FIRST_SHORT: [Element.REVISED_DATE, Element.SILENCE_IS_CONSENT],
    OptionKind.FIRST_LONG: [Element.REVISED_DATE, Element.SILENCE_IS_CANCEL],
    OptionKind.FIRST_INDEFINITE: [
        Element.UNABLE_TO_DATE,
        Element.REASONS,
        Element.SILENCE_IS_CANCEL,
        Element.CONTINUING_RIGHT,
    ],
    OptionKind.RENEWED_DATED: [Element.REVISED_DATE, Element.SILENCE_IS_CANCEL],
    OptionKind.RENEWED_INDEFINITE: [
        Element.UNABLE_TO_DATE,
        Element.REASONS,
        Element.SILENCE_IS_CANCEL,
        Element.CONTINUING_RIGHT,
    ],
}
ORDERED = "ordered 2026-03-02\n"
SHORT = ORDERED + "notice n1 2026-03-25 until 2026-04-20\n"


@pytest.mark.parametrize("kind", OptionKind)
def test_an_empty_template_lacks_everything_its_kind_demands(kind):
    missing = missing_elements(kind, TemplateFacts(frozenset()))
    assert set(missing) == {*ALWAYS, *COLUMNS[kind]}
    assert list(missing) == [element for element in Element if element in missing]


@pytest.mark.parametrize("kind", OptionKind)
def test_a_complete_template_passes_and_each_element_is_missed(kind):
    complete = frozenset({*ALWAYS, *COLUMNS[kind]})
    assert missing_elements(kind, TemplateFacts(complete)) == ()
    assert forbidden_elements(kind, TemplateFacts(complete)) == ()
    for element in complete:
        assert missing_elements(kind, TemplateFacts(complete - {element})) == (element,)


def test_the_wrong_silence_and_advertising_are_forbidden():
    everything = TemplateFacts(frozenset(Element), has_promotion=True)
    assert forbidden_elements(OptionKind.FIRST_SHORT, everything) == (Element.SILENCE_IS_CANCEL, "promotion")
    for kind in set(OptionKind) - {OptionKind.FIRST_SHORT}:
        assert forbidden_elements(kind, everything) == (Element.SILENCE_IS_CONSENT, "promotion")


def test_which_option_a_day_makes():
    kinds = [
        option_kind(revised_on, last_short_day=day("2026-05-01"), is_first=is_first)
        for revised_on in (day("2026-05-01"), day("2026-05-02"), None)
        for is_first in (True, False)
    ]
    assert kinds == [
        OptionKind.FIRST_SHORT,
        OptionKind.RENEWED_DATED,
        OptionKind.FIRST_LONG,
        OptionKind.RENEWED_DATED,
        OptionKind.FIRST_INDEFINITE,
        OptionKind.RENEWED_INDEFINITE,
    ]


def test_what_may_be_said_truthfully():
    said = [
        allowed_notice(has_basis_for_date=dated, has_basis_for_unknown=unknown)
        for dated, unknown in ((True, True), (True, False), (False, True), (False, False))
    ]
    assert said == ["definite", "definite", "indefinite_with_reason", "none"]


DRAFTS = [
    (ORDERED, "2026-04-20", "2026-03-25", OptionKind.FIRST_SHORT, Silence.CONSENT, "2026-04-20", ""),
    (ORDERED, "2026-06-15", "2026-03-25", OptionKind.FIRST_LONG, Silence.CANCEL, "2026-05-01", ""),
    (ORDERED, None, "2026-03-25", OptionKind.FIRST_INDEFINITE, Silence.CANCEL, "2026-05-01", ""),
    (SHORT, "2026-04-21", "2026-04-12", OptionKind.RENEWED_DATED, Silence.CANCEL, "2026-04-20", ""),
    (SHORT, None, "2026-04-20", OptionKind.RENEWED_INDEFINITE, Silence.CANCEL, "2026-04-20", ""),
    (SHORT, "2026-04-10", "2026-04-05", None, Silence.NOTHING, None, ""),
    (ORDERED, "2026-04-20", "2026-04-02", None, Silence.NOTHING, None, "sent_late"),
    (SHORT + "no 2026-04-01", "2026-05-01", "2026-04-02", None, Silence.NOTHING, None, "order_was_over"),
    (SHORT + "shipped 2026-04-01", "2026-05-01", "2026-04-02", None, Silence.NOTHING, None, "order_was_over"),
]


@pytest.mark.parametrize(("story", "revised", "sent", "kind", "silence", "answer_by", "defect"), DRAFTS)
def test_what_a_notice_would_be_if_it_went_out_now(story, revised, sent, kind, silence, answer_by, defect):
    draft = draft_option(told(story), revised_on=day(revised) if revised else None, now=at(sent))
    assert (draft.kind, draft.silence, draft.answer_by, draft.defect) == (
        kind,
        silence,
        day(answer_by) if answer_by else None,
        defect,
    )
    assert draft.must_contain == (frozenset({*ALWAYS, *COLUMNS[kind]}) if kind else frozenset())


def test_a_draft_says_the_instant_answers_end():
    draft = draft_option(told(SHORT), revised_on=None, now=at("2026-04-12"))
    assert draft.answer_by_at == at("2026-04-21T00:00+00:00")


@pytest.mark.parametrize("country", ["FR", "GB", "AU"])
def test_elsewhere_a_notice_asks_nothing(country):
    draft = draft_option(told(ORDERED, country=country), revised_on=day("2026-05-20"), now=at("2026-03-25"))
    assert (draft.kind, draft.silence, draft.answer_by) == (None, Silence.NOTHING, None)
