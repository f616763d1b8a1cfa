"""The page of an item: its figures, its picture, its queue in groups, and rules that show their effect before."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backorder.catalog import define, reading
from backorder.catalog.specs import ItemSpec, SubstituteSpec
from backorder.journal.models import Entry
from backorder.orders.deciding.redecide import work_marks
from backorder.orders.models import Line
from backorder.orders.showing import item_queue
from backorder.supply import queries as supply
from tests.orders.shop import Shop

pytestmark = pytest.mark.django_db


def text_of(answer) -> str:
    """What a page says, without tags."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


@pytest.fixture
def lamp(shop: Shop) -> int:
    """3 on the shelf for W-A; 10 come on day 12, of which 8 go to W-A and W-B; W-C stands on nothing."""
    item = shop.item("LAMP", stock=3)
    shop.inbound("LAMP", 10, 12)
    for name, units in (("W-A", 5), ("W-B", 6), ("W-C", 4)):
        shop.place(("LAMP", units), reference=name)
    while work_marks():
        pass
    return item


def known(item: int) -> dict[int, supply.SupplyRow]:
    return {row.id: row for row in supply.supplies_of(item)}


def test_the_page_says_what_there_is_and_when_it_is_short(desk, shop: Shop, lamp: int) -> None:
    text = text_of(desk.get("items/LAMP"))
    assert "On hand 3" in text
    assert "Waiting 12 3 lines" in text
    assert "Arriving 10 1 delivery" in text
    assert "brings 10" not in text
    assert "W-C" in text


def test_the_queue_stands_in_groups_by_what_covers_each_line(shop: Shop, lamp: int) -> None:
    first, last = item_queue.queue(lamp, known(lamp), opened=None, after=0)
    assert [(row.reference, row.rank, row.before, row.here, row.open) for row in first.rows] == [
        ("W-A", 1, 0, 3, 2),
        ("W-B", 2, 2, 0, 6),
    ]
    assert (first.lines, first.units, first.more) == (2, 8, 0)
    assert last.supply is None
    assert [(row.reference, row.rank, row.unsupplied) for row in last.rows] == [("W-C", 3, 2)]


def test_a_long_group_is_opened_page_by_page(shop: Shop, monkeypatch) -> None:
    monkeypatch.setattr(item_queue, "SHOWN_OF_AN_OPEN_GROUP", 4)
    item = shop.item("LAMP")
    supply_id = shop.inbound("LAMP", 100, 12)
    for number in range(11):
        shop.place(("LAMP", 1), reference=f"W-{number:02}")
    (closed,) = item_queue.queue(item, known(item), opened=None, after=0)
    assert ([row.rank for row in closed.rows], closed.more) == ([1, 2, 3, 4, 5], 6)
    (second,) = item_queue.queue(item, known(item), opened=supply_id, after=4)
    assert ([row.rank for row in second.rows], second.more, second.last_place) == ([5, 6, 7, 8], 3, 8)


def test_the_page_takes_as_many_statements_for_many_lines_as_for_one(desk, shop: Shop, lamp: int) -> None:
    desk.get("items/LAMP")
    with CaptureQueriesContext(
        connection,
    ) as few:
        desk.get("items/LAMP")
    for number in range(30):
        shop.place(("LAMP", 1), reference=f"X-{number}")
    while work_marks():
        pass
    with CaptureQueriesContext(connection) as many:
        desk.get("items/LAMP")
    assert len(many) == len(few) <= 40


def test_a_day_of_the_picture_can_be_looked_at(desk, shop: Shop, lamp: int) -> None:
    answer = desk.get(f"items/LAMP?day={shop.day(12)}", **{"HX-Request": "true", "HX-Target": "chart"})
    text = text_of(answer)
    assert "brings 10, 0 of them free." in text
    assert "<html" not in answer.content.decode()


@pytest.mark.parametrize(
    "query", ["day=yesterday", "scale=century", "group=x", "group=99999999999999999999", "after=-1"]
)
def test_a_wrong_address_shows_the_plain_page(desk, shop: Shop, lamp: int, query: str) -> None:
    assert desk.get(f"items/LAMP?{query}").status_code == 200


def test_there_is_no_page_of_an_item_that_there_is_not(desk) -> None:
    assert desk.get("items/NOSUCH").status_code == 404


def test_what_anybody_wrote_is_shown_and_not_run(desk, shop: Shop) -> None:
    nasty = "<script>alert(1)</script>"
    define.define_item(ItemSpec(sku="A/B <b>", name=nasty), actor="test")
    answer = desk.get("items/A/B%20%3Cb%3E")
    assert answer.status_code == 200
    assert nasty not in answer.content.decode()
    assert "&lt;script&gt;alert(1)" in answer.content.decode()


RULE = {"sell": "backorder", "backorder_limit": "", "max_per_customer": "", "lead_time_days": "2", "street_on": "",
        "min_ship_units": "1", "safety_units": "0"}  # fmt: skip


def test_a_rule_shows_its_effect_and_changes_nothing_yet(desk, shop: Shop, lamp: int) -> None:
    before = (reading.policies(sku="LAMP", after=None, limit=9), list(Line.objects.order_by("id").values()),
              Entry.objects.count())  # fmt: skip
    text = text_of(desk.post("items/LAMP/policy", RULE))
    assert "Usual lead time, days: 20 → 2" in text
    assert "1 line would come sooner" in text
    assert (reading.policies(sku="LAMP", after=None, limit=9), list(Line.objects.order_by("id").values()),
            Entry.objects.count()) == before  # fmt: skip


def test_a_rule_is_saved_lines_are_decided_again_and_undo_puts_it_back(desk, shop: Shop, lamp: int) -> None:
    answer = desk.do("items/LAMP/policy", RULE)
    assert answer.status_code == 302
    work_marks()
    assert Line.objects.get(order__reference="W-C").promised_on == shop.day(13)  # Its last part comes with the supply.
    (policy,) = [spec for _, spec in reading.policies(sku="LAMP", after=None, limit=9)]
    assert policy.lead_time_days == 2
    toast = desk.client.session["toast"]
    desk.client.post(toast["undo"], {"confirmed": "1", **dict(toast["fields"])})
    (policy,) = [spec for _, spec in reading.policies(sku="LAMP", after=None, limit=9)]
    assert policy.lead_time_days == 20
    assert Entry.objects.filter(fact="policy.defined").latest("seq").actor == desk.person.actor


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"sell": "preorder"}, "A preorder needs the first day it may ship."),
        ({"sell": "made_to_order", "lead_time_days": ""}, "What is made to order needs the days that takes."),
        ({"backorder_limit": "0"}, "Choose a whole number from 1 to 1000000."),
        ({"lead_time_days": "soon"}, "Choose a whole number from 0 to 1000000."),
        ({"street_on": "24.12.2030"}, "Write the day like 2026-12-24."),
        ({"sell": "give away"}, "Choose one of those offered."),
    ],
)
def test_a_rule_that_cannot_be_is_refused_where_it_is_wrong(desk, lamp: int, change: dict[str, str], says: str) -> None:
    before = reading.policies(sku="LAMP", after=None, limit=9)
    for confirmed in ({}, {"confirmed": "1"}):
        answer = desk.post("items/LAMP/policy", {**RULE, **change, **confirmed})
        assert says in text_of(answer)
    assert reading.policies(sku="LAMP", after=None, limit=9) == before


def test_a_limit_below_what_waits_is_warned_of(desk, lamp: int) -> None:
    text = text_of(desk.post("items/LAMP/policy", {**RULE, "backorder_limit": "5"}))
    assert "12 units wait now, the limit is 5" in text


def test_a_substitute_is_named_shown_and_dropped_again(desk, shop: Shop, lamp: int) -> None:
    shop.item("CANDLE", stock=7)
    assert desk.do("items/LAMP/substitute", {"substitute": "CANDLE", "difference": "-50"}).status_code == 302
    assert reading.substitutes("LAMP") == [
        SubstituteSpec(sku="LAMP", substitute="CANDLE", rank=0, price_difference_minor=-50)
    ]
    assert "7 free today" in text_of(desk.get("items/LAMP"))
    desk.do("items/LAMP/substitute", {"drop": "CANDLE"})
    assert reading.substitutes("LAMP") == []


def test_nobody_else_changes_a_rule(desk_of, lamp: int) -> None:
    viewer = desk_of("viewer")
    assert "See the effect" not in viewer.get("items/LAMP").content.decode()
    assert viewer.do("items/LAMP/policy", RULE).status_code == 403
    assert [spec.lead_time_days for _, spec in reading.policies(sku="LAMP", after=None, limit=9)] == [20]


def test_items_are_listed_filtered_and_found(desk, shop: Shop, lamp: int) -> None:
    shop.item("CANDLE", stock=7)

    def skus(query: str) -> list[str]:
        return re.findall(r'href="/console/items/([^"?/]+)"', desk.get(f"items?{query}").content.decode())

    assert skus("") == ["CANDLE", "LAMP"]
    assert skus("only=waiting") == skus("q=am") == skus("only=short") == ["LAMP"]
    assert skus("only=free") == ["CANDLE"]
    assert skus("only=arriving") == ["LAMP"]
    assert skus("q=100%25") == []
