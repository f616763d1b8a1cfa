"""An ERP says what was on hand at an instant; what moved since is kept, what is owed is not published."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from backorder.catalog import define
from backorder.catalog import queries as catalog
from backorder.catalog.specs import PolicySpec, SourcingSpec
from backorder.journal import clock
from backorder.journal.models import Entry
from backorder.journal.refusals import Refused
from backorder.orders.deciding.redecide import work_marks
from backorder.orders.models import Allocation
from backorder.orders.placing.availability import availability
from backorder.orders.supplying import snapshot
from backorder.orders.supplying.adjust import adjust
from backorder.orders.supplying.receive import receive
from backorder.orders.supplying.snapshot import Taken, take_snapshot
from backorder.stock.models import Changed, Level, Move, Snapshot
from tests.connections import another
from tests.invariants import assert_clean

from .shop import START, Shop

pytestmark = pytest.mark.django_db


def take(shop: Shop, *rows: tuple[str, int], minutes: int | None = None, **given: Any) -> Taken:
    """A snapshot of NORTH taken `minutes` after the start, or just now."""
    taken_at = clock.now() if minutes is None else START + timedelta(minutes=minutes)
    taken = take_snapshot(shop.locations["NORTH"], taken_at=taken_at, rows=rows, actor="erp", **given)
    assert_clean(connection)
    return taken


def later(minutes: int) -> None:
    clock.advance(timedelta(minutes=minutes), actor="test")


def everything() -> list[Any]:
    models = (Allocation, Move, Changed, Level, Entry, Snapshot)
    return [list(model._default_manager.order_by("pk").values()) for model in models]


def test_levels_become_what_the_erp_says(shop: Shop) -> None:
    lamp, bulb = shop.item("LAMP", stock=5), shop.item("BULB")
    taken = take(shop, ("LAMP", 8), ("BULB", 3), ("NOT-OURS", 7))
    assert (taken.items, taken.changed, taken.taken_back, taken.unknown) == (2, 2, 0, ("NOT-OURS",))
    assert (shop.level("LAMP"), shop.level("BULB")) == ((8, 0), (3, 0))
    assert sorted(Changed.objects.values_list("item_id", "cause")) == [(lamp, "snapshot"), (bulb, "snapshot")]
    assert list(Move.objects.filter(kind="snapshot").order_by("id").values_list("units", flat=True)) == [3, 3]


def test_what_moved_after_the_watermark_is_kept_and_nothing_is_deducted_twice(shop: Shop) -> None:
    item, north = shop.item("LAMP", stock=20), shop.locations["NORTH"]
    later(10)
    adjust(item, north, units=-4, key="before", actor="test")
    later(10)
    adjust(item, north, units=-3, key="after", actor="test")
    receive(shop.inbound("LAMP", 6, 1), units=6, key="R1", actor="test")
    assert shop.level("LAMP") == (19, 0)
    take(shop, ("LAMP", 16), minutes=15)
    assert shop.level("LAMP") == (19, 0), "16 at the watermark, the loss before it included; -3 and +6 since"
    take(shop, ("LAMP", 15), minutes=16)
    assert shop.level("LAMP") == (18, 0), "our own correction of before is no movement of goods"


def test_what_was_allocated_meanwhile_stays(shop: Shop) -> None:
    shop.item("LAMP", stock=10)
    placed = shop.place(("LAMP", 7))
    take(shop, ("LAMP", 9))
    assert (shop.level("LAMP"), shop.line(placed).allocated) == ((9, 7), 7)


def test_goods_that_are_not_there_are_taken_back_from_the_lowest_rank(shop: Shop) -> None:
    shop.item("LAMP", stock=10)
    first, second = shop.place(("LAMP", 6)), shop.place(("LAMP", 3))
    taken = take(shop, ("LAMP", 7))
    assert (taken.taken_back, shop.level("LAMP"), shop.waits("LAMP")) == (2, (7, 7), 2)
    assert (shop.line(first).allocated, shop.line(second).allocated) == (6, 1)
    work_marks()
    assert (shop.line(second).open, shop.line(second).promised_on) == (2, shop.day(21))


def test_more_gone_than_was_there_is_zero_and_named(shop: Shop) -> None:
    item = shop.item("LAMP", stock=10)
    later(5)
    adjust(item, shop.locations["NORTH"], units=-6, key="A1", actor="test")
    taken = take(shop, ("LAMP", 4), minutes=1)
    assert (taken.overdrawn, shop.level("LAMP")) == (("LAMP",), (0, 0))


def test_a_complete_snapshot_empties_what_it_does_not_name(shop: Shop) -> None:
    shop.item("LAMP", stock=5)
    shop.item("BULB", stock=4)
    shop.stock("BULB", 2, at="SOUTH")
    assert take(shop, ("LAMP", 5), complete=True).changed == 1
    assert (shop.level("LAMP"), shop.level("BULB"), shop.level("BULB", "SOUTH")) == ((5, 0), (0, 0), (2, 0))


def test_a_snapshot_in_many_chunks_is_as_good_as_in_one(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshot, "ITEMS_AT_ONCE", 2)
    skus = [f"I{number}" for number in range(5)]
    for sku in skus:
        shop.item(sku)
    taken = take(shop, *((sku, number) for number, sku in enumerate(skus)))
    assert (taken.items, taken.changed) == (5, 4)
    assert [shop.level(sku)[0] for sku in skus[1:]] == [1, 2, 3, 4]


def test_a_snapshot_that_broke_off_may_be_sent_again(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshot, "ITEMS_AT_ONCE", 1)
    shop.item("LAMP", stock=5)
    shop.item("BULB", stock=5)
    whole = snapshot._apply

    def broken(location: int, taken_at: Any, wanted: Any, actor: str) -> Any:
        if shop.items["BULB"] in wanted:
            raise RuntimeError("cable")
        return whole(location, taken_at, wanted, actor)

    monkeypatch.setattr(snapshot, "_apply", broken)
    with pytest.raises(RuntimeError):
        take(shop, ("LAMP", 8), ("BULB", 9))
    monkeypatch.setattr(snapshot, "_apply", whole)
    assert take(shop, ("LAMP", 8), ("BULB", 9)).changed == 1
    assert (shop.level("LAMP"), shop.level("BULB")) == ((8, 0), (9, 0))


def test_older_future_and_senseless_snapshots_change_nothing(shop: Shop) -> None:
    shop.item("LAMP", stock=5)
    later(30)
    take(shop, ("LAMP", 6), minutes=20)
    before = everything()
    refused: list[tuple[str, tuple[tuple[str, int], ...], int]] = [
        ("snapshot_is_older", (("LAMP", 9),), 19),
        ("snapshot_is_older", (("LAMP", 9),), 20),
        ("snapshot_from_the_future", (("LAMP", 9),), 31),
        ("sku_twice", (("LAMP", 9), ("LAMP", 8)), 25),
        ("number_out_of_range", (("LAMP", -1),), 25),
    ]
    for name, rows, minutes in refused:
        with pytest.raises(Refused) as no:
            take(shop, *rows, minutes=minutes)
        assert no.value.name == name
    with pytest.raises(Refused, match="unknown_location"):
        take_snapshot(10**6, taken_at=START, rows=[], actor="erp")
    assert everything() == before
    assert take(shop, ("LAMP", 7), minutes=21).changed == 1


def test_two_snapshots_of_one_location_are_never_taken_at_once(shop: Shop) -> None:
    shop.item("LAMP", stock=5)
    before = everything()
    with another() as other:
        other.execute("SELECT pg_advisory_lock(hashtext('take_snapshot'), %s::int)", [shop.locations["NORTH"]])
        with pytest.raises(Refused, match="snapshot_under_way"):
            take(shop, ("LAMP", 6))
    assert everything() == before
    assert take(shop, ("LAMP", 6)).changed == 1


def published(*skus: str) -> list[int]:
    """What the shop's channel is told it may sell from stock."""
    items = catalog.current().items_by_sku(skus)
    return [row.free_to_sell for row in availability([items[sku] for sku in skus], where="web")]


def test_s137_what_is_reserved_in_the_shop_is_not_published(shop: Shop) -> None:
    """S137: stock 30 of which 29 are reserved in the shop, receipt +50: publish 51, not 80."""
    shop.item("LAMP", stock=30)
    shop.place(("LAMP", 29))
    assert published("LAMP") == [1]
    receive(shop.inbound("LAMP", 50, 1), units=50, key="R1", actor="test")
    assert published("LAMP") == [51], "before it is decided"
    work_marks()
    assert published("LAMP") == [51], "and after"


def test_what_the_queue_is_owed_is_not_published_before_it_has_it(shop: Shop) -> None:
    shop.item("LAMP", stock=30)
    shop.place(("LAMP", 40))
    receive(shop.inbound("LAMP", 50, 1), units=50, key="R1", actor="test")
    assert published("LAMP") == [40]
    work_marks()
    assert published("LAMP") == [40]


def test_safety_stock_is_not_published(shop: Shop) -> None:
    shop.item("LAMP", stock=30, safety_units=4)
    shop.item("BULB")
    shop.stock("LAMP", 3, at="SOUTH")
    assert published("BULB", "LAMP") == [0, 26]
    define.define_policy(PolicySpec(sell="backorder", sku="LAMP", location="SOUTH"), actor="test")
    assert published("LAMP") == [29], "SOUTH has a rule of its own, without safety stock"


def test_what_stands_where_the_channel_does_not_sell_from_is_not_published(shop: Shop) -> None:
    shop.item("LAMP", stock=10)
    shop.stock("LAMP", 2, at="SOUTH")
    shop.place(("LAMP", 4))
    assert published("LAMP") == [8]
    define.define_sourcing(SourcingSpec(channel="web", locations=("SOUTH",)), actor="test")
    assert published("LAMP") == [2]
