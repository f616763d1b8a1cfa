"""Inbound: deliveries with what hangs on them; moves, receipts, cancellations and orders show their effect before."""

from __future__ import annotations

import re
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backorder.catalog import define
from backorder.catalog.specs import PolicySpec
from backorder.journal import clock
from backorder.journal.models import Entry
from backorder.orders.deciding.redecide import work_marks
from backorder.orders.models import Line, Peg
from backorder.orders.showing import inbound
from backorder.orders.supplying.buy import buy
from backorder.supply.models import PurchaseOrder, Receipt, Supply
from backorder.supply.purchase import NewPurchaseLine, NewPurchaseOrder
from backorder.supply.suppliers import SupplierItemSpec, SupplierSpec, define_supplier, define_supplier_item
from tests.invariants import assert_clean
from tests.orders.shop import Shop

from .test_item import text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def coming(shop: Shop) -> dict[str, int]:
    """PO-1 of Anvi brings 10 LAMP and 5 VASE on day 10; W-A waits for 6 LAMP, W-B for 3 LAMP and 5 VASE."""
    for sku in ("LAMP", "VASE"):
        shop.item(sku)
    define_supplier(SupplierSpec(code="ANVI", name="Anvi Crafts", country="IN"), actor="test")
    lines = tuple(
        NewPurchaseLine(sku=sku, location="NORTH", units=units, eta=shop.day(10))
        for sku, units in (("LAMP", 10), ("VASE", 5))
    )
    buy(NewPurchaseOrder(supplier="ANVI", reference="PO-1", lines=lines), actor="test")
    shop.place(("LAMP", 6), reference="W-A")
    shop.place(("LAMP", 3), ("VASE", 5), reference="W-B")
    settle()
    return {row.item.sku: row.pk for row in Supply.objects.select_related("item")}


def settle() -> None:
    while work_marks():
        pass


def everything() -> list[object]:
    """All that looking must leave alone."""
    models = (Supply, Receipt, Peg, Line, PurchaseOrder, Entry)
    return [list(model._default_manager.order_by("pk").values()) for model in models]


def test_a_delivery_is_one_row_with_what_hangs_on_it(shop: Shop, coming) -> None:
    (one,) = inbound.deliveries(clock.now())
    assert (one.reference, one.eta, one.units, one.pegged, one.supplier) == (
        "PO-1",
        shop.day(10),
        15,
        14,
        "Anvi Crafts",
    )
    assert sorted(one.supplies) == sorted(coming.values())
    assert one.hanging.lines == 3


def test_deliveries_walk_by_day_and_are_filtered(desk, shop: Shop, coming) -> None:
    late = shop.inbound("LAMP", 2, 1)
    Supply.objects.filter(id=late).update(reference="TR-1", kind="transfer", eta=shop.day(-2), first_eta=shop.day(-5))

    def references(query: str = "") -> list[str]:
        page = desk.get(f"inbound{query}").content.decode().split("Received lately")[0]
        return re.findall(r'<th scope="row" class="nowrap"><a href="/console/inbound/([^"]+)">', page)

    assert references() == ["TR-1", "PO-1"]
    assert references("?state=overdue") == references("?state=slipped") == ["TR-1"]
    assert references("?supplier=ANVI") == references("?item=VASE") == ["PO-1"]
    assert references("?reference=TR-1") == ["TR-1"]
    found = inbound.deliveries(clock.now(), after=(shop.day(-2), "TR-1", shop.locations["NORTH"]))
    assert [one.reference for one in found] == ["PO-1"]


def test_the_list_takes_as_many_statements_for_many_deliveries_as_for_one(desk, shop: Shop, coming) -> None:
    desk.get("inbound")
    with CaptureQueriesContext(connection) as few:
        desk.get("inbound")
    for day in range(11, 40):
        shop.inbound("LAMP", 2, day)
    with CaptureQueriesContext(connection) as many:
        desk.get("inbound")
    assert len(many) == len(few) <= 30


def test_a_move_says_whom_it_hits_and_changes_nothing_yet(desk, shop: Shop, coming) -> None:
    before = everything()
    text = text_of(desk.post("inbound/PO-1/move", {"eta": str(shop.day(14)), "reason": "storm"}))
    assert "3 lines would be later" in text
    assert "2 customers get another date." in text
    assert everything() == before


def test_a_move_moves_the_whole_delivery_and_undo_moves_it_back(desk, shop: Shop, coming) -> None:
    desk.do("inbound/PO-1/move", {"eta": str(shop.day(14)), "reason": "storm"})
    settle()
    assert set(Supply.objects.values_list("eta", flat=True)) == {shop.day(14)}
    assert Line.objects.get(order__reference="W-A").promised_on == shop.day(15)
    assert set(Entry.objects.filter(fact="supply.eta_moved").values_list("actor", flat=True)) == {desk.person.actor}
    assert "4 days later" in text_of(desk.get("inbound/PO-1"))
    assert "toast" not in desk.client.session  # It was shown on the page just read.
    desk.do("inbound/PO-1/move", {"eta": str(shop.day(10))})
    assert set(Supply.objects.values_list("eta", flat=True)) == {shop.day(10)}


@pytest.mark.parametrize(
    ("eta", "says"), [("2029-01-01", "before"), ("tomorrow", "Write the day like 2026-12-24."), ("2199-01-01", "2100")]
)
def test_a_day_that_cannot_be_is_refused(desk, coming, eta: str, says: str) -> None:
    before = everything()
    for confirmed in ({}, {"confirmed": "1"}):
        assert says in text_of(desk.post("inbound/PO-1/move", {"eta": eta, **confirmed}))
    assert everything() == before


def test_what_arrives_is_counted_by_scanner(desk, coming) -> None:
    sheet = desk.get("inbound/PO-1/receive").content.decode()
    assert f'name="u-{coming["LAMP"]}"' in sheet
    scanned = desk.post("inbound/PO-1/receive", {f"u-{coming['LAMP']}": "4", "scan": "lamp"})
    assert "LAMP: 5 counted." in text_of(scanned)
    assert f'name="u-{coming["LAMP"]}" type="number" inputmode="numeric" min="0" step="1" value="5"' in (
        scanned.content.decode()
    )
    assert Receipt.objects.count() == 0


def test_a_receipt_says_what_it_does_and_does_it_once(desk, shop: Shop, coming) -> None:
    before = everything()
    counted = {f"u-{coming['LAMP']}": "11", f"u-{coming['VASE']}": "3", f"c-{coming['VASE']}": "1"}
    text = text_of(desk.post("inbound/PO-1/receive", counted))
    assert "14 of 15 units that are due." in text
    assert "12 go to those who wait for them, 2 are free." in text
    assert "1 more than was ordered" in text
    assert "2 units that were promised will not come" in text
    assert everything() == before
    for _ in range(2):  # A double click.
        assert desk.do("inbound/PO-1/receive", {**counted, "token": "t1"}).status_code == 302
    assert sorted(Receipt.objects.values_list("units", "over", "closes")) == [(3, 0, True), (11, 1, True)]
    assert shop.level("LAMP") == (11, 9)
    assert_clean(connection)


@pytest.mark.parametrize(("units", "says"), [("", "Count at least one unit"), ("-3", "whole number"), ("x", "whole")])
def test_a_count_that_is_none_is_refused(desk, coming, units: str, says: str) -> None:
    before = everything()
    for confirmed in ({}, {"confirmed": "1"}):
        answer = desk.post("inbound/PO-1/receive", {f"u-{coming['LAMP']}": units, **confirmed})
        assert says in text_of(answer)
    assert everything() == before


def test_the_way_to_a_receipt_is_a_reference_or_an_item(desk, coming) -> None:
    assert desk.get("inbound/receive?q=PO-1")["Location"] == "/console/inbound/PO-1/receive"
    assert desk.get("inbound/receive?q=VASE")["Location"] == "/console/inbound/PO-1/receive"
    assert "Nothing to come is called" in text_of(desk.get("inbound/receive?q=nonsense"))
    assert "PO-1" in text_of(desk.get("inbound/receive"))


def test_cancelling_says_who_stands_on_nothing_then(desk, coming) -> None:
    before = everything()
    text = text_of(desk.get("inbound/PO-1/cancel"))
    assert "15 units that are still due will not come." in text
    assert "3 lines would have no supply behind them." in text
    assert everything() == before
    desk.do("inbound/PO-1/cancel", {"reason": "bankrupt"})
    assert PurchaseOrder.objects.get().state == "cancelled"
    assert Peg.objects.count() == 0
    assert "cancelled" in text_of(desk.get("inbound/PO-1"))


def test_a_new_order_says_whom_it_helps_and_is_sent(desk, shop: Shop, coming) -> None:
    shop.place(("VASE", 4), reference="W-C")
    settle()
    typed = {"supplier": "ANVI", "reference": "PO-2", "location": "NORTH", "lines": f"VASE 8 {shop.day(12)}\nLAMP 1"}
    before = everything()
    text = text_of(desk.post("inbound/new", typed))
    assert "1 line would come sooner" in text
    assert everything() == before
    assert desk.do("inbound/new", typed)["Location"] == "/console/inbound/PO-2"
    settle()
    assert Line.objects.get(order__reference="W-C").promised_on == shop.day(13)


@pytest.mark.parametrize("lines", ["VASE", "VASE many", "NOSUCH 3", "VASE 3 2030-13-01", "VASE 0"])
def test_an_order_that_cannot_be_read_is_refused(desk, coming, lines: str) -> None:
    before = everything()
    typed = {"supplier": "ANVI", "reference": "PO-2", "location": "NORTH", "lines": lines}
    for confirmed in ({}, {"confirmed": "1"}):
        assert "Line 1:" in text_of(desk.post("inbound/new", {**typed, **confirmed}))
    assert everything() == before


def test_what_is_proposed_is_ordered_with_one_click(desk, shop: Shop, coming) -> None:
    define_supplier_item(SupplierItemSpec(supplier="ANVI", sku="VASE", price_minor=250, pack_units=6), actor="test")
    shop.place(("VASE", 4), reference="W-C")
    settle()
    assert "Anvi Crafts" in text_of(desk.get("inbound/buy"))
    assert "6 of VASE for NORTH" in text_of(desk.get("inbound/buy/ANVI"))
    answer = desk.do("inbound/buy/ANVI")
    settle()
    reference = answer["Location"].rpartition("/")[2]
    assert Supply.objects.get(reference=reference).units == 6
    assert Peg.objects.get(line__order__reference="W-C").units == 4
    assert "Nothing to buy" in text_of(desk.get("inbound/buy"))


def test_suppliers_are_measured_by_the_day_first_named(desk, shop: Shop, coming) -> None:
    PurchaseOrder.objects.update(state="closed", closed_at=clock.now())
    (kept,) = inbound.keeping()
    assert (kept.name, kept.deliveries, kept.kept) == ("Anvi Crafts", 1, 1)
    Supply.objects.update(first_eta=date(2029, 12, 31))
    (kept,) = inbound.keeping()
    assert (kept.kept, kept.late_days) == (0, 7.0)
    assert "0 of 1" in text_of(desk.get("inbound/suppliers"))


def test_each_role_does_its_own(desk_of, shop: Shop, coming) -> None:
    warehouse, support = desk_of("warehouse"), desk_of("support")
    assert warehouse.do("inbound/PO-1/move", {"eta": str(shop.day(14))}).status_code == 403
    assert support.do("inbound/PO-1/receive", {f"u-{coming['LAMP']}": "1"}).status_code == 403
    assert Receipt.objects.count() == 0
    assert warehouse.do("inbound/PO-1/receive", {f"u-{coming['LAMP']}": "1"}).status_code == 302
    assert Receipt.objects.get().actor == warehouse.person.actor


def test_a_rule_for_all_items_counts_for_each(desk, shop: Shop) -> None:
    define.define_policy(PolicySpec(sell="backorder", lead_time_days=9), actor="test")
    shop.item("BELL", sell="stock_only")
    assert "as everything" in text_of(desk.get("items/BELL"))
