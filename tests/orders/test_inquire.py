"""An inquiry is answered as an order would be, and leaves nothing behind."""

from __future__ import annotations

import pytest

from backorder.catalog import define
from backorder.catalog.specs import SubstituteSpec
from backorder.journal.models import Entry
from backorder.journal.refusals import Refused
from backorder.orders.placing.forms import Inquiry, NewLine
from backorder.orders.placing.inquire import inquire, inquire_all

from .shop import Shop

pytestmark = pytest.mark.django_db


def ask(*lines: tuple[str, int]) -> Inquiry:
    return Inquiry(channel="web", country="GB", lines=tuple(NewLine(sku=sku, units=n) for sku, n in lines))


def test_the_choices_of_somebody_who_cannot_have_all_at_once(shop: Shop) -> None:
    shop.item("LAMP", stock=5)
    shop.inbound("LAMP", 10, 12)
    shop.item("LAMP-B", stock=9)
    define.define_substitute(SubstituteSpec(sku="LAMP", substitute="LAMP-B", price_difference_minor=150), actor="test")
    (line,) = inquire(ask(("LAMP", 7))).lines
    assert line.from_stock == 5
    assert [(a["choice"], a["sku"], a["units"], a["parts"][-1].deliver_on if a["parts"] else None)
            for a in line.alternatives] == [
        ("wait", "LAMP", 7, shop.day(13)),
        ("later_date", "LAMP", 7, shop.day(13)),
        ("partial", "LAMP", 5, shop.day(1)),
        ("substitute", "LAMP-B", 7, shop.day(1)),
        ("cancel", "LAMP", 7, None),
    ]  # fmt: skip


def test_an_inquiry_writes_nothing_and_takes_nothing(shop: Shop) -> None:
    shop.item("LAMP", stock=5)
    before = Entry.objects.count()
    first, second, unknown = inquire_all([ask(("LAMP", 5)), ask(("LAMP", 5)), ask(("NONE", 1))])
    assert not isinstance(first, Refused)
    assert first.lines[0].from_stock == 5
    assert first == second
    assert first.lines[0].alternatives == ()
    assert isinstance(unknown, Refused)
    assert Entry.objects.count() == before
    assert shop.level("LAMP") == (5, 0)


def test_what_cannot_be_promised_is_said_without_refusing(shop: Shop) -> None:
    shop.item("LAMP", sell="stock_only", stock=2)
    answer = inquire(ask(("LAMP", 5)))
    assert answer.possible is False
    short = answer.lines[0].short
    assert short is not None
    assert (short["available"], short["refusal"]) == (2, "item_is_not_sellable_on_backorder")
    assert [a["choice"] for a in answer.lines[0].alternatives] == ["partial", "cancel"]
