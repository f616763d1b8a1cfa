"""Policies: found by what they are for, changed with their effect shown before, ended, and put back."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backorder.catalog import define, reading
from backorder.catalog.specs import PolicySpec
from backorder.console import policies
from tests.orders.shop import Shop

from .test_item import lamp, text_of  # noqa: F401

pytestmark = pytest.mark.django_db

ALL = {"sku": None, "location": None, "channel": None}
RULE = {"sell": "backorder", "backorder_limit": "40", "min_ship_units": "1", "safety_units": "0"}


@pytest.fixture
def rules(shop: Shop) -> None:
    for sku in ("LAMP", "DESK"):
        shop.item(sku)
    define.define_policy(PolicySpec(sell="stock_only", sku="LAMP"), actor="test")
    define.define_policy(PolicySpec(sell="backorder", sku="DESK", location="NORTH"), actor="test")


def listed(desk, query: str = "") -> list[str]:
    rows = desk.get(f"settings/policies?format=csv{query}").getvalue().decode().splitlines()[1:]
    return [",".join(row.split(",")[:4]) for row in rows]


def test_the_list_is_filtered_by_item_place_way_and_scope(desk, rules: None) -> None:
    everything = listed(desk)
    assert "LAMP,,,stock_only" in everything
    assert listed(desk, "&sku=DESK&location=NORTH") == ["DESK,NORTH,,backorder"]
    assert listed(desk, "&sell=stock_only") == ["LAMP,,,stock_only"]
    assert all(row.startswith(",") for row in listed(desk, "&only=general"))
    assert desk.get("settings/policies?location=NOWHERE").status_code == 422
    assert "Nothing fits these filters" in text_of(desk.get("settings/policies?sku=NONE"))


def test_a_page_of_policies_costs_the_same_however_many(desk, rules: None) -> None:
    desk.get("settings/policies")
    with CaptureQueriesContext(connection) as few:
        desk.get("settings/policies")
    for number in range(60):
        define.define_policy(PolicySpec(sell="stock_only", channel=f"c{number}"), actor="test")
    desk.get("settings/policies")
    with CaptureQueriesContext(connection) as many:
        page = desk.get("settings/policies")
    assert len(many) == len(few)
    assert page.content.decode().count('scope="row"') == 50


def test_a_change_shows_its_effect_then_is_saved_and_put_back(desk, lamp: int) -> None:  # noqa: F811
    asked = {**RULE, "sku": "LAMP", "location": "", "channel": ""}
    text = text_of(desk.post("settings/policies/change", asked))
    assert "For LAMP, any place, any channel." in text
    assert "At most on backorder, units: none → 40" in text
    assert "Usual lead time, days: 20 → none" in text
    assert "1 line would be later, £0.00. 2 lines keep their date." in text
    before = reading.policy(sku="LAMP", location=None, channel=None)
    assert before == PolicySpec(sell="backorder", sku="LAMP", lead_time_days=20)
    desk.do("settings/policies/change", asked)
    made = reading.policy(sku="LAMP", location=None, channel=None)
    assert made == PolicySpec(sell="backorder", sku="LAMP", backorder_limit=40)
    toast = desk.client.session["toast"]
    desk.client.post(toast["undo"], {"confirmed": "1", **dict(toast["fields"])})
    assert reading.policy(sku="LAMP", location=None, channel=None) == before


def test_a_new_policy_is_taken_back_by_ending_it(desk, rules: None) -> None:
    desk.do("settings/policies/change", {**RULE, "sku": "LAMP", "location": "NORTH", "channel": ""})
    scope = {"sku": "LAMP", "location": "NORTH", "channel": None}
    assert reading.policy(**scope) == PolicySpec(sell="backorder", backorder_limit=40, sku="LAMP", location="NORTH")
    toast = desk.client.session["toast"]
    desk.client.post(toast["undo"], {"confirmed": "1", **dict(toast["fields"])})
    assert reading.policy(**scope) is None


def test_a_rule_for_all_items_shows_whom_it_reaches(desk, lamp: int, monkeypatch) -> None:  # noqa: F811
    before = reading.policy(**ALL)
    asked = {**RULE, "sku": "", "location": "NORTH", "channel": ""}
    assert "For all items, NORTH, any channel." in text_of(desk.post("settings/policies/change", asked))
    monkeypatch.setattr(policies, "LOOKED_AHEAD", 0)
    assert "It may reach the lines of more than 0 items" in text_of(desk.post("settings/policies/change", asked))
    assert reading.policy(**ALL) == before


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"sku": "NONE"}, "NONE"),
        ({"location": "NOWHERE"}, "Choose one of those offered."),
        ({"channel": "nowhere"}, "Choose one of those offered."),
        ({"sell": "preorder"}, "A preorder needs the first day it may ship."),
        ({"sell": "made_to_order"}, "What is made to order needs the days that takes."),
        ({"backorder_limit": "many"}, "Choose a whole number"),
    ],
)
def test_what_cannot_be_is_said_at_its_field_and_nothing_changes(
    desk, rules: None, change: dict[str, str], says: str
) -> None:
    before = reading.policies(sku=None, after=None, limit=50)
    asked = {**RULE, "sku": "LAMP", "location": "", "channel": "", **change}
    assert says in text_of(desk.post("settings/policies/change", asked))
    assert desk.do("settings/policies/change", asked).status_code in (404, 422)
    assert reading.policies(sku=None, after=None, limit=50) == before


def test_a_policy_ends_and_comes_back(desk, rules: None) -> None:
    scope = {"sku": "DESK", "location": "NORTH", "channel": ""}
    assert "What is more general counts then" in text_of(desk.post("settings/policies/end", scope))
    desk.do("settings/policies/end", scope)
    assert reading.policy(sku="DESK", location="NORTH", channel=None) is None
    toast = desk.client.session["toast"]
    assert "This policy has ended already." in text_of(desk.do("settings/policies/end", scope))
    desk.client.post(toast["undo"], {"confirmed": "1", **dict(toast["fields"])})
    assert reading.policy(sku="DESK", location="NORTH", channel=None) == PolicySpec(
        sell="backorder", sku="DESK", location="NORTH"
    )


def test_who_may_only_read_is_offered_no_change(desk_of, rules: None) -> None:
    page = desk_of("viewer").get("settings/policies").content.decode()
    assert "settings/policies/change" not in page
    assert "LAMP" in page
