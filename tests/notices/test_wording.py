"""Words as data: what a template may do, what is refused before a customer sees it, and what the law demands of it."""

from __future__ import annotations

from datetime import date

import pytest

from backorder.engine.law.content import NEVER, REQUIRED
from backorder.engine.law.facts import OptionKind
from backorder.journal.models import Entry
from backorder.journal.refusals import Refused
from backorder.notices import saying, templates
from backorder.notices.kinds import KINDS
from backorder.notices.models import Template
from backorder.notices.wording import marks
from backorder.notices.wording.checking import check
from backorder.notices.wording.render import Rendered
from backorder.notices.wording.sandbox import run
from backorder.notices.wording.templates import Wording, own

WORDS = Wording("Order {{ reference }}", "# {{ headline }}\n\n{{ greeting }} all is well.", "", "test")


def refused(wording: Wording, kind: str = "ready", language: str = "en") -> Refused:
    with pytest.raises(Refused) as caught:
        check(wording, KINDS[kind], language=language)
    return caught.value


def without(wording: Wording, part: str) -> Wording:
    assert part in wording.body
    return Wording(wording.subject, wording.body.replace(part, ""), wording.sms, wording.name)


# -- the product's own words ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", saying.LANGUAGES)
@pytest.mark.parametrize("kind", sorted(KINDS))
def test_our_own_words_may_go_live_in_every_language(kind: str, language: str) -> None:
    for _, rendered in check(own(kind), KINDS[kind], language=language):
        assert rendered.subject
        assert "{" not in rendered.text + rendered.sms
        assert "%(" not in rendered.text + rendered.html + rendered.subject + rendered.sms
        assert "CANCEL" not in rendered.sms


def questions() -> dict[OptionKind | None, Rendered]:
    """Our own delay question, for every option."""
    made = check(own("delay_question"), KINDS["delay_question"], language="en")
    return {sample.option: rendered for sample, rendered in made}


@pytest.mark.parametrize("option", OptionKind)
def test_a_delay_question_holds_exactly_what_the_law_demands(option: OptionKind) -> None:
    made = questions()
    assert REQUIRED[option] <= made[option].elements
    assert not NEVER[option] & made[option].elements


def test_silence_is_told_as_what_it_means() -> None:
    made = questions()
    short, long = made[OptionKind.FIRST_SHORT].text, made[OptionKind.FIRST_LONG].text
    assert "before 28 January, we will assume that you have agreed to this delay." in short
    assert "If you have not agreed to wait by 1 February" in long
    assert "we will assume" not in long
    assert "Your silence" not in made[None].text
    assert "We never take your silence for a yes." in made[None].text


# -- what is refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ("{{ nothing_of_that_name }}", "template_variable_unknown"),
        ("{% if False %}{{ order.total }}{% endif %}", "template_variable_unknown"),
        ("{{ shipment.secret }}", "template_variable_unknown"),
        ("{% if %}", "template_malformed"),
        ("{{ ''.__class__.__mro__ }}", "template_variable_unknown"),
        ("{{ shop.format }}", "template_variable_unknown"),
        ("{% for n in range(10) %}x{% endfor %}", "template_variable_unknown"),
        ("{{ 'x' * 1000000000 }}", "template_fails"),
        ("{{ 9 ** 999999 }}", "template_fails"),
        ("{{ shop | pprint }}", "template_malformed"),
        ("{% include 'secret' %}", "template_fails"),
        ("{% import 'os' as os %}{{ os }}", "template_fails"),
        ("{{ 1 / 0 }}", "template_fails"),
        ("Reply CANCEL to cancel.", "template_asks_to_text_cancel"),
        ("   ", "template_is_empty"),
        ("x" * 20_001, "template_too_long"),
    ],
)
def test_a_template_that_cannot_be_used_is_refused(body: str, name: str) -> None:
    assert refused(Wording("Order", body, "", "test")).name == name


@pytest.mark.parametrize("element", ["law.right_to_cancel", "law.answer", "law.silence"])
def test_a_delay_question_that_lacks_what_the_law_demands_is_refused(element: str) -> None:
    found = refused(without(own("delay_question"), "{{ " + element + " }}"), "delay_question")
    assert found.name == "template_lacks_element"
    assert element in found.says
    assert found.values["limit"] == "first_within_30_days"


def test_a_delay_question_without_reasons_fails_where_no_date_is_given() -> None:
    found = refused(without(own("delay_question"), "{{ law.reasons }}"), "delay_question")
    assert (found.name, found.values["limit"]) == ("template_lacks_element", "first_indefinite")


def test_a_sentence_that_is_only_looked_at_is_not_said() -> None:
    """The negative control: naming an element in a condition does not put it into the letter."""
    words = own("delay_question").body.replace("{{ law.answer }}", "{% if law.answer %}Answer us.{% endif %}")
    assert refused(Wording("S", words, "", "test"), "delay_question").name == "template_lacks_element"


def test_a_delay_question_may_not_advertise() -> None:
    words = own("delay_question")
    found = refused(Wording(words.subject, words.body + "\n\nUse the coupon SPRING!", "", "test"), "delay_question")
    assert (found.name, found.values["value"]) == ("template_has_forbidden_element", ["promotion"])


def test_a_text_message_has_a_price_limit() -> None:
    assert refused(Wording("S", "Body", "ж " * 400, "test")).name == "sms_too_long"


# -- marks ------------------------------------------------------------------------------------------------------------


def test_values_are_never_marks() -> None:
    evil = "**b** [l](https://evil.example)\n\n# Title\n\n:units"
    (block,) = marks.blocks(run("{{ v }}", marks.guard({"v": evil})))
    assert block == marks.Block("paragraph", (marks.Span(evil),))


def test_values_are_never_templates() -> None:
    assert marks.unguard(run("{{ v }}", marks.guard({"v": "{{ secret }} {% x %}"}))) == "{{ secret }} {% x %}"


def test_private_signs_from_outside_cannot_pretend_to_be_elements() -> None:
    rendered = run("{{ v }}", marks.guard({"v": chr(0xE080) + chr(0xE081) + "text"}))
    assert marks.sealed_in(rendered) == set()
    assert marks.unguard(rendered) == "text"


def test_a_link_alone_is_a_button_and_within_words_is_a_link() -> None:
    button, paragraph = marks.blocks("[Go](https://a.example)\n\nSee [this](https://b.example) **now**.")
    assert button == marks.Block("button", (marks.Span("Go", url="https://a.example"),))
    assert [span.text for span in paragraph.spans] == ["See ", "this", " ", "now", "."]
    assert [span.is_bold for span in paragraph.spans] == [False, False, False, True, False]


# -- versions ---------------------------------------------------------------------------------------------------------


def draft(**given: str) -> templates.TemplateRow:
    words = {"kind_name": "ready", "language": "en", "subject": WORDS.subject, "body": WORDS.body, **given}
    return templates.draft(**words, actor="test")  # type: ignore[arg-type]


@pytest.mark.django_db
def test_a_version_goes_live_in_place_of_the_one_before() -> None:
    first, second = draft(), draft(subject="Other {{ reference }}")
    assert [row.version for row in (first, second)] == [1, 2]
    assert templates.go_live(first.id, actor="test").state == "live"
    assert templates.go_live(second.id, actor="test").state == "live"
    assert [row.state for row in templates.templates()] == ["live", "retired"]
    assert templates.retire(second.id, actor="test").state == "retired"
    with pytest.raises(Refused, match="template_is_not_live"):
        templates.retire(second.id, actor="test")
    facts = Entry.objects.filter(fact__startswith="template.").order_by("seq").values_list("fact", flat=True)
    assert list(facts) == ["template.drafted"] * 2 + ["template.live"] * 2 + ["template.retired"]


@pytest.mark.django_db
def test_words_that_may_not_go_live_are_not_kept() -> None:
    for wrong in ({"body": "{{ x }}"}, {"language": "pt"}, {"kind_name": "nonsense"}):
        with pytest.raises(Refused):
            draft(**wrong)
    assert not Template.objects.exists()
    assert not Entry.objects.exists()


@pytest.mark.django_db
def test_a_preview_shows_every_situation_and_keeps_nothing() -> None:
    shown = templates.preview(own("delay_question"), kind_name="delay_question", language="de")
    assert [one.situation for one in shown] == ["no law", *(option.value for option in OptionKind)]
    assert "silence_is_consent" in shown[1].elements
    assert not Template.objects.exists()


# -- days and money ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("locale", "one", "span", "months", "next_year"),
    [
        ("en", "1 December", "12–16 December", "28 November – 2 December", "5 May 2027"),
        ("en-US", "December 1", "December 12–16", "November 28 – December 2", "May 5, 2027"),
        ("de", "1. Dezember", "12.–16. Dezember", "28. November – 2. Dezember", "5. Mai 2027"),
        ("es", "1 de diciembre", "12–16 de diciembre", "28 de noviembre – 2 de diciembre", "5 de mayo de 2027"),
        ("fr", "1er décembre", "12–16 décembre", "28 novembre – 2 décembre", "5 mai 2027"),
    ],
)
def test_days_are_said_as_people_say_them(locale: str, one: str, span: str, months: str, next_year: str) -> None:
    said = {"locale": locale, "today": date(2026, 11, 16)}
    assert saying.day(date(2026, 12, 1), **said) == one  # type: ignore[arg-type]
    assert saying.span(date(2026, 12, 12), date(2026, 12, 16), **said) == span  # type: ignore[arg-type]
    assert saying.span(date(2026, 11, 28), date(2026, 12, 2), **said) == months  # type: ignore[arg-type]
    assert saying.day(date(2027, 5, 5), **said) == next_year  # type: ignore[arg-type]
    assert saying.span(date(2026, 12, 1), date(2026, 12, 1), **said) == one  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("minor", "currency", "locale", "said"),
    [
        (590, "GBP", "en", "£5.90"),
        (123456789, "EUR", "de", "1.234.567,89\u00a0€"),
        (123456, "EUR", "fr", "1\u202f234,56\u00a0€"),
        (500, "JPY", "en", "¥500"),
        (1500, "KWD", "en", "1.500\u00a0KWD"),
        (-5, "USD", "en-US", "-$0.05"),
    ],
)
def test_money_is_said_in_its_currency(minor: int, currency: str, locale: str, said: str) -> None:
    assert saying.money(minor, currency, locale=locale) == said


@pytest.mark.parametrize("lacks", ["{{ law.right_to_cancel }}", "{{ law.silence }}", "Choose here: {{ link }}"])
def test_a_text_that_asks_holds_what_the_law_demands_as_a_letter_does(lacks: str) -> None:
    mine = own("delay_question")
    text = mine.sms.replace("{% trans %}", "").replace("{% endtrans %}", "")
    found = refused(Wording(mine.subject, mine.body, text.replace(lacks, ""), "test"), "delay_question")
    assert (found.name, found.values["field"]) == ("template_lacks_element", "sms")


@pytest.mark.parametrize(
    "text", ["To cancel answer NO, or just CANCEL.", "Antworten Sie mit CANCEL", "Responda CANCEL"]
)
def test_no_text_names_the_word_that_cuts_its_reader_off(text: str) -> None:
    assert refused(Wording("S", "Body", text, "test")).name == "template_asks_to_text_cancel"


@pytest.mark.parametrize("words", ["Summer sale? Save 20 percent", "Soldes", "Rebajas de enero", "20 % off"])
def test_a_delay_question_does_not_advertise(words: str) -> None:
    mine = own("delay_question")
    assert refused(Wording(mine.subject, f"{mine.body}\n\n{words}", mine.sms, "test"), "delay_question").name == (
        "template_has_forbidden_element"
    )
