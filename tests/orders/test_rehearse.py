"""What is shown before a change is what happens after it, and showing it changes nothing."""

import pytest

from backorder.catalog.specs import PolicySpec
from backorder.journal.models import Entry
from backorder.journal.refusals import Refused
from backorder.orders.deciding.policies import change_policy
from backorder.orders.deciding.redecide import redecide, work_marks
from backorder.orders.deciding.rehearse import Standing, rehearse
from backorder.orders.models import Line, Peg, Promise
from backorder.orders.supplying.count import count
from backorder.orders.supplying.inbound import move_eta
from backorder.stock.models import Changed, Level, Move
from backorder.supply.models import EtaChange, Supply

TABLES = (Line, Peg, Promise, Level, Move, Changed, Supply, EtaChange, Entry)


def everything():
    return {table: sorted(table.objects.values_list(), key=str) for table in TABLES}


def settled(shop, sku):
    while work_marks():
        pass
    return shop.items[sku]


def test_a_slip_names_who_is_later_and_changes_nothing(shop):
    shop.item("LAMP")
    supply = shop.inbound("LAMP", 5, 10)
    first, second = shop.place(("LAMP", 3)), shop.place(("LAMP", 2))
    item = settled(shop, "LAMP")
    before = everything()

    _, effect = rehearse(lambda: move_eta(supply, eta=shop.day(15), actor="test"), items=[item], actor="test")

    assert everything() == before
    assert effect.looked == 2
    assert [line.line for line in effect.later] == [first.lines[0].id, second.lines[0].id]
    assert [(line.was.promised_on, line.now.promised_on) for line in effect.lines] == [(shop.day(11), shop.day(16))] * 2
    assert (effect.sooner, effect.losing) == ((), ())
    assert effect.customers == 2


def test_what_is_rehearsed_is_what_happens(shop):
    shop.item("LAMP")
    supply = shop.inbound("LAMP", 5, 10)
    shop.inbound("LAMP", 2, 12)
    placed = [shop.place(("LAMP", units)) for units in (3, 2, 2)]
    item = settled(shop, "LAMP")

    _, effect = rehearse(lambda: move_eta(supply, eta=shop.day(30), actor="test"), items=[item], actor="test")
    move_eta(supply, eta=shop.day(30), actor="test")
    redecide([item], cause="test", actor="test")

    now = {line.id: line.promised_on for line in (shop.line(one) for one in placed)}
    assert {line.line: line.now.promised_on for line in effect.lines}.items() <= now.items()
    assert len(effect.lines) == 2


def test_a_short_count_names_who_loses_units(shop):
    shop.item("LAMP", stock=5)
    shop.place(("LAMP", 2))
    last = shop.place(("LAMP", 3))
    item = settled(shop, "LAMP")
    before = everything()

    done, effect = rehearse(
        lambda: count(item, shop.locations["NORTH"], units=4, key="c1", actor="test"), items=[item], actor="test"
    )

    assert everything() == before
    assert (done.was, done.on_hand, done.taken_back) == (5, 4, 1)
    assert [line.line for line in effect.losing] == [last.lines[0].id]
    assert effect.lines[0].was == Standing(0, 3, 0, shop.day(1), 0)
    assert (effect.lines[0].now.open, effect.lines[0].now.allocated, effect.lines[0].now.unsupplied) == (1, 2, 1)


def test_a_pending_change_is_not_counted_in(shop):
    shop.item("LAMP")
    supply = shop.inbound("LAMP", 5, 10)
    shop.place(("LAMP", 3))
    item = settled(shop, "LAMP")
    move_eta(supply, eta=shop.day(20), actor="test")  # Marked, not yet re-decided.

    _, effect = rehearse(lambda: move_eta(supply, eta=shop.day(20), actor="test"), items=[item], actor="test")

    assert effect.lines == ()


def test_a_refusal_is_handed_on_and_changes_nothing(shop):
    shop.item("LAMP")
    supply = shop.inbound("LAMP", 5, 10)
    shop.place(("LAMP", 3))
    item = settled(shop, "LAMP")
    before = everything()

    with pytest.raises(Refused, match=r"eta_has_passed|eta_before_order"):
        rehearse(lambda: move_eta(supply, eta=shop.day(-3), actor="test"), items=[item], actor="test")

    assert everything() == before


def test_the_catalog_that_was_rehearsed_is_forgotten(shop):
    shop.item("LAMP", lead_time_days=20)
    shop.place(("LAMP", 3))
    item = settled(shop, "LAMP")
    spec = PolicySpec(sell="backorder", sku="LAMP", lead_time_days=5)

    _, effect = rehearse(lambda: change_policy(spec, actor="test"), items=[item], actor="test")
    again, _ = shop.place(("LAMP", 1)), settled(shop, "LAMP")

    assert [(line.was.promised_on, line.now.promised_on) for line in effect.sooner] == [(shop.day(21), shop.day(6))]
    assert shop.line(again).promised_on == shop.day(21)
