"""When something changed, what is free goes to those who wait, in rank order, and nobody loses."""

from __future__ import annotations

from datetime import timedelta

import pytest

from backorder.journal import clock
from backorder.journal.models import Entry
from backorder.orders.deciding.redecide import redecide, work_marks
from backorder.orders.models import Hold, Peg
from backorder.orders.placing.forms import NewHold, NewLine, Placed
from backorder.orders.placing.hold import hold, release_hold
from backorder.stock.models import Changed

from .shop import Shop

pytestmark = pytest.mark.django_db


def units(shop: Shop, placed: Placed) -> tuple[int, int]:
    """(open, allocated) of an order's first line."""
    line = shop.line(placed)
    return line.open, line.allocated


def test_new_stock_goes_to_the_first_who_waits(shop: Shop) -> None:
    item = shop.item("LAMP")
    first, second = shop.place(("LAMP", 7)), shop.place(("LAMP", 4))
    shop.stock("LAMP", 5)
    redecide([item], cause="test", actor="test")
    assert (units(shop, first), units(shop, second)) == ((2, 5), (4, 0))
    assert shop.level("LAMP") == (5, 5)
    assert shop.waits("LAMP") == 6


def test_a_new_supply_moves_the_promise_and_is_told_once(shop: Shop) -> None:
    item = shop.item("LAMP", lead_time_days=20)
    placed = shop.place(("LAMP", 7))
    supply = shop.inbound("LAMP", 10, 5)
    redecide([item], cause="supply", actor="test")
    line = shop.line(placed)
    assert (line.first_promised_on, line.promised_on, line.promise_version) == (shop.day(21), shop.day(6), 2)
    assert list(Peg.objects.values_list("supply_id", "units")) == [(supply, 7)]
    redecide([item], cause="supply", actor="test")
    assert shop.line(placed).promise_version == 2
    assert Entry.objects.filter(fact="line.redecided").count() == 1


def test_the_worker_removes_the_marks_it_has_read(shop: Shop) -> None:
    item = shop.item("LAMP")
    placed = shop.place(("LAMP", 2))
    shop.stock("LAMP", 2)
    Changed.objects.create(item_id=item, cause="receipt", at=clock.now())
    Changed.objects.create(item_id=item, cause="receipt", at=clock.now())
    assert work_marks() == 1
    assert not Changed.objects.exists()
    assert units(shop, placed) == (0, 2)
    assert work_marks() == 0


def test_a_stale_item_offers_nothing_that_its_queue_is_owed(shop: Shop) -> None:
    item = shop.item("LAMP")
    waiting = shop.place(("LAMP", 4))
    shop.stock("LAMP", 6)
    Changed.objects.create(item_id=item, cause="receipt", at=clock.now())
    newcomer = shop.place(("LAMP", 5))
    assert units(shop, newcomer) == (3, 2), "six came, four are owed to the queue"
    work_marks()
    assert units(shop, waiting) == (0, 4)


def test_a_hold_raised_and_lowered_keeps_exactly_what_it_asks_for(shop: Shop) -> None:
    shop.item("LAMP", sell="stock_only", stock=10)

    def held(n: int) -> None:
        hold(NewHold(channel="web", token="cart", country="GB", lines=(NewLine(sku="LAMP", units=n),)), actor="test")

    for wanted in (3, 7, 2, 10):
        held(wanted)
        assert shop.level("LAMP") == (10, wanted)
    with pytest.raises(Exception, match="item_is_not_sellable_on_backorder"):
        held(11)
    assert shop.level("LAMP") == (10, 10)
    release_hold("web", "cart", actor="test")
    assert shop.level("LAMP") == (10, 0)


def test_an_order_takes_over_its_own_hold(shop: Shop) -> None:
    shop.item("LAMP", stock=3)
    shop.inbound("LAMP", 5, 4)
    hold(NewHold(channel="web", token="cart", country="GB", lines=(NewLine(sku="LAMP", units=5),)), actor="test")
    assert (shop.level("LAMP"), shop.waits("LAMP")) == ((3, 3), 2)
    placed = shop.place(("LAMP", 5), hold="cart")
    (line,) = placed.lines
    assert (line.allocated, line.open, line.promised_on) == (3, 2, shop.day(5))
    assert (shop.level("LAMP"), shop.waits("LAMP")) == ((3, 3), 2)
    ended = Hold.objects.get()
    assert (ended.outcome, ended.order_id, ended.open) == ("ordered", placed.id, 0)


def test_an_order_for_less_than_its_hold_frees_the_rest_for_the_queue(shop: Shop) -> None:
    item = shop.item("LAMP", stock=5)
    hold(NewHold(channel="web", token="cart", country="GB", lines=(NewLine(sku="LAMP", units=5),)), actor="test")
    waiting = shop.place(("LAMP", 2))
    shop.place(("LAMP", 1), hold="cart")
    assert list(Changed.objects.values_list("item_id", "cause")) == [(item, "hold_ended")]
    work_marks()
    assert units(shop, waiting) == (0, 2)
    assert shop.level("LAMP") == (5, 3)


def test_a_hold_past_its_end_is_ended_by_the_next_decision(shop: Shop) -> None:
    shop.item("LAMP", stock=5)
    wanted = NewHold(channel="web", token="cart", country="GB", lines=(NewLine(sku="LAMP", units=5),), minutes=10)
    hold(wanted, actor="test")
    clock.advance(timedelta(minutes=11), actor="test")
    assert units(shop, shop.place(("LAMP", 2))) == (0, 2)
    assert Hold.objects.get().outcome == "expired"


def test_what_a_cart_held_and_the_order_does_not_name_is_freed(shop: Shop) -> None:
    shop.item("LAMP", stock=5)
    vase = shop.item("VASE", stock=5)
    lines = (NewLine(sku="LAMP", units=2), NewLine(sku="VASE", units=3))
    hold(NewHold(channel="web", token="cart", country="GB", lines=lines), actor="test")
    shop.place(("LAMP", 2), hold="cart")
    assert (shop.level("LAMP"), shop.level("VASE")) == ((5, 2), (5, 0))
    assert list(Changed.objects.values_list("item_id", flat=True)) == [vase]
    assert not Hold.objects.filter(ended_at=None).exists()
