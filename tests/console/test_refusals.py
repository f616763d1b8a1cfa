"""Refusals of the rooms below are said in German on German pages, each by its name; the API stays English."""

from __future__ import annotations

import re
from datetime import date

import pytest
from django.utils import translation
from django.utils.translation import pgettext
from tools.refusals import reached_from

from backorder.access import staff
from backorder.catalog.snapshot import unknown_item
from backorder.console.refusals import CONTEXT, in_words, said
from backorder.journal.refusals import Refused
from backorder.orders.models import Line
from tests.orders.shop import Shop

from .test_item import text_of

NAMES = reached_from("console")
PLACES = re.compile(r"%\((\w+)\)s")


def test_every_refusal_that_the_console_may_have_to_say_has_a_german_sentence_of_facts_that_it_carries() -> None:
    assert len(NAMES) > 150
    assert {"more_than_is_open", "unknown_order", "backorder_limit_reached", "order_has_changed"} <= NAMES.keys()
    with translation.override("de"):
        german = {name: pgettext(CONTEXT, name) for name in NAMES}
    assert [name for name, sentence in german.items() if sentence == name] == []
    lacks = {name: set(PLACES.findall(german[name])) - facts - {"says"} for name, facts in NAMES.items()}
    assert {name: facts for name, facts in lacks.items() if facts} == {}


def test_in_english_the_refusal_speaks_for_itself() -> None:
    refused = Refused("text_too_long", "A message has at most 9 characters, not 12.", field="text", value=12, limit=9)
    with translation.override("en"):
        assert said(refused) == "A message has at most 9 characters, not 12."
    with translation.override("de"):
        assert said(refused) == "Eine Nachricht hat höchstens 9 Zeichen."


def test_where_a_name_or_a_fact_is_missing_the_english_sentence_stands() -> None:
    with translation.override("de"):
        assert said(Refused("never_heard_of", "Never heard of it.")) == "Never heard of it."
        assert said(Refused("text_too_long", "Too long.")) == "Too long."
        assert (
            in_words("unknown_location", {"value": [date(2030, 5, 3), None]}) == "Den Ort 3 Mai 2030, – gibt es nicht."
        )


@pytest.fixture
def german(desk_of):
    desk = desk_of("planner")
    staff.prefer(desk.person.id, language="de", zone="UTC", theme="", density="")
    return desk


@pytest.mark.django_db
def test_a_german_page_says_no_in_german(shop: Shop, german) -> None:
    shop.item("LAMP")
    shop.place(("LAMP", 2), reference="W-A")
    line = Line.objects.get()
    text = text_of(german.get("items/NO-SUCH"))
    assert "Den Artikel NO-SUCH gibt es nicht." in text
    text = text_of(german.do("lines/cancel", {"line": line.id, "units": "9"}))
    assert "So viele Stück sind nicht mehr offen: Es sind 2." in text
    assert Line.objects.get().cancelled == 0
    assert unknown_item("NO-SUCH").says.startswith("There is no item")


@pytest.mark.django_db
def test_what_the_console_itself_refuses_is_said_in_its_own_words(shop: Shop, german) -> None:
    text = text_of(german.post("settings/files/items/send"))
    assert "Wählen Sie zuerst eine Datei." in text
