"""The nightly look finds what changed behind the marks' back, once a night; what is stuck the worker mends."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection

from backorder.journal import clock
from backorder.journal.models import Entry
from backorder.journal.verify import verify as verify_journal
from backorder.orders.checking.repair import mend_stuck
from backorder.orders.checking.verify import verify
from backorder.orders.deciding.net_change import items_that_differ, look_through
from backorder.orders.deciding.redecide import work_marks
from backorder.orders.models import Peg
from backorder.stock.models import Changed
from backorder.supply.models import Supply
from tests.invariants import assert_clean

from .shop import Shop

pytestmark = pytest.mark.django_db


def test_what_nobody_marked_is_found_at_night_and_decided(shop: Shop) -> None:
    shop.item("LAMP")
    shop.item("DESK")
    placed = shop.place(("LAMP", 3))
    shop.place(("DESK", 3))
    shop.inbound("LAMP", 5, 4)
    assert look_through() == 2
    assert list(Changed.objects.values_list("item_id", "cause")) == [(shop.items["LAMP"], "nightly")]
    assert items_that_differ(shop.items.values()) == [], "what is marked will be decided anyway"
    work_marks()
    assert shop.line(placed).promised_on == shop.day(5)
    assert items_that_differ(shop.items.values()) == []
    assert Entry.objects.filter(fact="items.looked_through").exists()
    assert verify_journal() == [], "what the worker notes of its look is an entry like any other"


def test_it_looks_once_a_night(shop: Shop) -> None:
    shop.item("LAMP")
    shop.place(("LAMP", 3))
    assert look_through() == 1
    shop.inbound("LAMP", 5, 4)
    assert look_through() == 0
    assert not Changed.objects.exists()
    assert Entry.objects.filter(fact="items.looked_through").count() == 1
    clock.set_to(clock.now() + timedelta(days=1), actor="test")
    assert look_through() == 1
    assert Changed.objects.count() == 1
    clock.set_to(clock.now() + timedelta(hours=16), actor="test")
    assert look_through() == 0, "it is past midnight, but not yet the hour"


def test_a_promise_on_supply_that_will_not_come_is_mended_by_the_worker(shop: Shop) -> None:
    """Somebody took the supply away behind our back: verify names it, the worker's job mends it."""
    shop.item("LAMP")
    supply = shop.inbound("LAMP", 5, 4)
    placed = shop.place(("LAMP", 3))
    Supply.objects.filter(id=supply).update(cancelled=5, pegged=0)
    assert {finding.name for finding in verify()} == {"dead_supply", "supply_counter"}
    assert mend_stuck() > 0
    assert not Peg.objects.exists()
    work_marks()
    line = shop.line(placed)
    assert (line.promised_on, line.promise_version) == (shop.day(21), 2)
    assert verify() == []
    assert mend_stuck() == 0
    assert_clean(connection)
