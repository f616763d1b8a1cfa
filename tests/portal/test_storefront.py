"""What a shop shows before the order is what the order would be promised."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from pytest_django import Settings

from backorder.catalog import define
from backorder.catalog.specs import ItemSpec
from backorder.config.feed import pattern
from backorder.portal import storefront
from backorder.portal.feed import address
from backorder.stock import marks
from tests.orders.shop import START, Shop

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nothing_kept() -> Iterator[None]:
    storefront.forget()
    yield
    storefront.forget()


def ask(sku: str, kind: str = "json", headers: dict[str, str] | None = None, **query: Any) -> HttpResponse:
    return Client().get(f"/storefront/items/{sku}.{kind}", query, headers=headers or {})


def said(sku: str, **query: Any) -> tuple[str, str]:
    found = ask(sku, **query).json()
    return found["availability"], found["text"]


def test_each_kind_of_item_is_said_in_its_own_words(shop: Shop) -> None:
    shop.item("LAMP", stock=5)
    shop.item("HEART")
    shop.inbound("HEART", 50, day=10)
    shop.item("CHAIR", lead_time_days=20)
    shop.item("BOOK", sell="preorder", street_on=shop.day(40))
    shop.item("TABLE", sell="made_to_order", lead_time_days=30)
    shop.item("GONE", sell="stock_only")
    assert said("LAMP") == ("InStock", "In stock")
    assert said("LAMP", units=7) == ("LimitedAvailability", "5 now, 2 later")
    assert said("HEART") == ("BackOrder", "Order now, ships 17 January")
    assert said("CHAIR") == ("BackOrder", "Order now, ships about 27 January")
    assert said("BOOK") == ("PreOrder", "Preorder, out 16 February")
    assert said("TABLE") == ("MadeToOrder", "Made for you, ships 6 February")
    assert said("GONE") == ("OutOfStock", "Out of stock")
    assert said("HEART", lang="de") == ("BackOrder", "Jetzt bestellen, Versand am 17. Januar")


def test_what_is_shown_is_what_is_promised(shop: Shop) -> None:
    shop.item("HEART", stock=1)
    shop.inbound("HEART", 50, day=10)
    shown = ask("HEART", units=3).json()
    (line,) = shop.place(("HEART", 3)).lines
    assert (shown["now_units"], shown["later_units"], shown["deliver_on"]) == (1, 2, line.promised_on.isoformat())


def test_a_stale_item_offers_nothing_the_queue_can_use(shop: Shop) -> None:
    shop.item("HEART")
    shop.inbound("HEART", 50, day=10)
    shop.place(("HEART", 4))
    shop.stock("HEART", 4)
    marks.mark([shop.items["HEART"]], cause="receipt", at=START)
    assert said("HEART") == ("BackOrder", "Order now, ships 17 January")


def test_the_answer_is_cached_and_open_to_every_site(shop: Shop) -> None:
    shop.item("LAMP", stock=5)
    first = ask("LAMP")
    assert first["Access-Control-Allow-Origin"] == "*"
    assert first["Cache-Control"] == "public, max-age=30"
    assert not first.cookies
    again = ask("LAMP", headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    assert ask("LAMP", units=9)["ETag"] != first["ETag"]


def test_no_stock_level_is_told(shop: Shop) -> None:
    shop.item("LAMP", stock=4321)
    assert "4321" not in ask("LAMP").content.decode()
    assert ask("LAMP", units=2).json()["now_units"] == 2


@pytest.mark.parametrize(
    ("sku", "query", "status", "name"),
    [
        ("NOPE", {}, 404, "unknown_item"),
        ("LAMP", {"channel": "nope"}, 404, "unknown_channel"),
        ("LAMP", {"country": "GBR"}, 422, "invalid_parameter"),
        ("LAMP", {"units": "0"}, 422, "invalid_parameter"),
        ("LAMP", {"units": "1e9"}, 422, "invalid_parameter"),
    ],
)
def test_what_cannot_be_asked_is_refused(shop: Shop, sku: str, query: dict[str, str], status: int, name: str) -> None:
    shop.item("LAMP", stock=5)
    answer = ask(sku, **query)
    assert (answer.status_code, answer.json()["name"]) == (status, name)
    assert answer["Access-Control-Allow-Origin"] == "*"


def test_the_piece_of_html_cannot_be_broken_by_a_name(shop: Shop) -> None:
    shop.item("LAMP", stock=1)
    name = "</script><script>alert(1)</script>"
    define.define_item(ItemSpec(sku="LAMP", name=name, price_minor=590, currency="GBP"), actor="test")
    page = ask("LAMP", "html").content.decode()
    (data,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page)
    assert page.count("<script") == 1
    assert json.loads(data) == {
        "@context": "https://schema.org/", "@type": "Product", "sku": "LAMP", "name": name,
        "offers": {"@type": "Offer", "availability": "https://schema.org/InStock", "price": "5.90",
                   "priceCurrency": "GBP"},
    }  # fmt: skip


def test_the_feed_gives_the_day_it_ships_for_what_is_not_here(shop: Shop) -> None:
    shop.item("BOOK", sell="preorder", street_on=shop.day(40))
    shop.item("HEART")
    shop.inbound("HEART", 50, day=10)
    shop.item("LAMP", stock=5)
    define.define_item(ItemSpec(sku="LAMP", name="Lamp & shade", price_minor=590, currency="GBP"), actor="test")
    answer = Client().get("/storefront/feed.xml?supplement=1")
    body = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
    assert re.findall("<item>(.*)</item>", body) == [
        "<g:id>BOOK</g:id><g:title>Book</g:title><g:availability>preorder</g:availability>"
        "<g:availability_date>2030-02-16T00:00+00:00</g:availability_date>",
        "<g:id>HEART</g:id><g:title>Heart</g:title><g:availability>backorder</g:availability>"
        "<g:availability_date>2030-01-17T00:00+00:00</g:availability_date>",
        "<g:id>LAMP</g:id><g:title>Lamp &amp; shade</g:title><g:availability>in_stock</g:availability>"
        "<g:price>5.90 GBP</g:price>",
    ]
    assert Client().get("/storefront/feed.xml?channel=nope").status_code == 404


def test_what_ships_in_more_than_a_year_is_left_out_of_the_feed_and_counted(shop: Shop) -> None:
    shop.item("NEAR", sell="preorder", street_on=shop.day(364))
    shop.item("FAR", sell="preorder", street_on=shop.day(367))
    said = feed(supplement="1")
    assert re.findall("<g:id>(.*?)</g:id>", said) == ["NEAR"]
    assert "<!-- 1 of 2 items left out: 1 more than a year ahead -->" in said


def feed(**query: str) -> str:
    answer = Client().get("/storefront/feed.xml", query)
    assert answer.status_code == 200
    return b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]


def test_a_whole_feed_has_the_page_and_the_picture_of_each_item_and_counts_those_without(
    shop: Shop, settings: Settings
) -> None:
    shop.item("LAMP", stock=5)
    attributes = {
        "link": "https://s.example/l?a=1&b=2",
        "image_link": "https://s.example/l.jpg",
        "description": "Big <3",
    }
    define.define_item(
        ItemSpec(sku="LAMP", name="Lamp", price_minor=590, currency="GBP", attributes=attributes), actor="test"
    )
    shop.item("MUG", stock=1)
    shop.item("STAR", stock=1)
    define.define_item(ItemSpec(sku="STAR", name="Star", attributes={"link": "https://s.example/star"}), actor="test")
    lamp = (
        "<g:id>LAMP</g:id><g:title>Lamp</g:title><g:description>Big &lt;3</g:description>"
        "<g:link>https://s.example/l?a=1&amp;b=2</g:link><g:image_link>https://s.example/l.jpg</g:image_link>"
        "<g:availability>in_stock</g:availability><g:price>5.90 GBP</g:price>"
    )
    said = feed()
    assert re.findall("<item>(.*)</item>", said) == [lamp]
    assert said.endswith("</channel></rss>\n<!-- 2 of 3 items left out: 1 without link, 1 without image_link -->\n")
    settings.BACKORDER_FEED_LINK = "https://s.example/p/{sku}"
    settings.BACKORDER_FEED_IMAGE_LINK = "https://s.example/i/{sku}.jpg"
    said = feed()
    assert re.findall("<g:link>(.*?)</g:link>", said) == [
        "https://s.example/l?a=1&amp;b=2", "https://s.example/p/MUG", "https://s.example/star",
    ]  # fmt: skip
    assert re.findall("<g:image_link>(.*?)</g:image_link>", said)[2] == "https://s.example/i/STAR.jpg"
    assert "left out" not in said


@pytest.mark.parametrize(
    "wrong", ["javascript:alert(1)", "/p/lamp", "https://", "https://s.example/a b", "https://[", "https://s.example/ü"]
)
def test_what_is_no_address_counts_as_none(shop: Shop, wrong: str) -> None:
    shop.item("LAMP", stock=5)
    attributes = {"link": wrong, "image_link": "https://s.example/l.jpg"}
    define.define_item(ItemSpec(sku="LAMP", name="Lamp", attributes=attributes), actor="test")
    said = feed()
    assert "<item>" not in said
    assert "<!-- 1 of 1 items left out: 1 without link -->" in said


def test_a_sku_in_a_pattern_is_quoted(settings: Settings) -> None:
    settings.BACKORDER_FEED_LINK = "https://s.example/p/{sku}"
    assert address(ItemSpec(sku="A/B C&D", name="x"), "link") == "https://s.example/p/A%2FB%20C%26D"


def test_a_pattern_without_a_place_for_the_sku_stops_the_start() -> None:
    assert pattern("") == ""
    assert pattern("https://s.example/p/{sku}") == "https://s.example/p/{sku}"
    for wrong in ("https://s.example/p", "s.example/{sku}"):
        with pytest.raises(ValueError, match="is no address with"):
            pattern(wrong)
