"""What is proposed to buy, to the unit, and the call that buys it."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backorder.journal import clock
from backorder.journal.refusals import Refused
from backorder.orders.deciding.redecide import work_marks
from backorder.orders.supplying.unsupplied import Unsupplied, unsupplied_units
from backorder.planning.proposals import (
    Proposal,
    ProposalLine,
    Unbuyable,
    order_proposal,
    purchase_proposals,
    round_up,
    without_supplier,
)
from backorder.stock import marks
from backorder.supply import purchase, queries
from backorder.supply.models import PurchaseOrder
from backorder.supply.purchase import NewPurchaseLine, NewPurchaseOrder
from backorder.supply.suppliers import SupplierItemSpec, SupplierSpec, define_supplier, define_supplier_item
from tests.orders.shop import START, Shop, open_shop


@pytest.fixture
def shop(db: None) -> Shop:
    """The small shop, with a supplier of lamps in packs of 6, at least 12."""
    shop = open_shop()
    shop.item("LAMP")
    define_supplier(SupplierSpec(code="ACME", name="Acme", calendar="ALWAYS", lead_time_days=9), actor="test")
    define_supplier_item(
        SupplierItemSpec(supplier="ACME", sku="LAMP", supplier_sku="A-1", price_minor=450, min_order_units=12,
                         pack_units=6), actor="test",
    )  # fmt: skip
    return shop


def proposed(shop: Shop) -> list[tuple[str, str, int, int, int]]:
    """(sku, location, unsupplied, on drafts, to order) of every line proposed."""
    return [
        (line.sku, line.location, line.unsupplied_units, line.drafted_units, line.order_units)
        for proposal in purchase_proposals()
        for line in proposal.lines
    ]


class TestUnsupplied:
    def test_what_hangs_on_stock_or_supply_is_left_out(self, shop: Shop) -> None:
        shop.stock("LAMP", 3)
        shop.inbound("LAMP", 4, day=5)
        shop.place(("LAMP", 9))
        assert shop.waits("LAMP") == 6
        # The lead time of 20 days says when the last two leave.
        assert unsupplied_units() == [
            Unsupplied(shop.items["LAMP"], shop.locations["NORTH"], 2, shop.day(20), clock.now(), waiting=1)
        ]
        assert unsupplied_units([]) == []

    def test_lines_of_one_item_add_up(self, shop: Shop) -> None:
        shop.place(("LAMP", 2))
        shop.place(("LAMP", 5), ("LAMP", 1))
        assert [(row.units, row.waiting) for row in unsupplied_units([shop.items["LAMP"]])] == [(8, 3)]


class TestRounding:
    @pytest.mark.parametrize(
        ("missing", "least", "pack", "order"),
        [
            ([1], 1, 1, [1]),
            ([7], 1, 6, [12]),
            ([12], 12, 6, [12]),
            ([1], 12, 6, [12]),
            ([1], 13, 6, [18]),
            ([0], 12, 6, [0]),
            ([3, 8], 20, 6, [6, 18]),
            ([3, 0], 1, 2, [4, 0]),
            ([8, 3], 1, 4, [8, 4]),
        ],
    )
    def test_packs_first_then_the_least_quantity(
        self, missing: list[int], least: int, pack: int, order: list[int]
    ) -> None:
        assert round_up(missing, least=least, pack=pack) == order


class TestProposals:
    def test_a_proposal_says_what_and_why(self, shop: Shop) -> None:
        shop.place(("LAMP", 14))
        assert purchase_proposals() == [
            Proposal("ACME", (
                ProposalLine(
                    item=shop.items["LAMP"], sku="LAMP", supplier_sku="A-1", location="NORTH", unsupplied_units=14,
                    drafted_units=0, order_units=18, price_minor=450, currency="GBP", needed_by=shop.day(20),
                    expected_on=shop.day(9), waiting=1,
                ),
            )),
        ]  # fmt: skip

    def test_nothing_owed_nothing_proposed(self, shop: Shop) -> None:
        shop.stock("LAMP", 5)
        shop.place(("LAMP", 5))
        assert purchase_proposals() == []

    def test_drafts_are_counted_but_not_as_supply(self, shop: Shop) -> None:
        shop.place(("LAMP", 14))
        line = NewPurchaseLine(sku="LAMP", location="NORTH", units=10)
        purchase.draft(NewPurchaseOrder(supplier="ACME", reference="D-1", lines=(line,)), actor="test")
        assert proposed(shop) == [("LAMP", "NORTH", 14, 10, 12)]
        more = NewPurchaseLine(sku="LAMP", location="NORTH", units=4)
        purchase.draft(NewPurchaseOrder(supplier="ACME", reference="D-2", lines=(more,)), actor="test")
        assert proposed(shop) == []

    def test_items_that_are_not_yet_re_decided_wait(self, shop: Shop) -> None:
        shop.place(("LAMP", 14))
        marks.mark([shop.items["LAMP"]], cause="count", at=START)
        assert purchase_proposals() == []
        assert work_marks() == 1
        assert proposed(shop) == [("LAMP", "NORTH", 14, 0, 18)]

    def test_the_first_rank_is_asked(self, shop: Shop) -> None:
        define_supplier(SupplierSpec(code="BOLT", name="Bolt", lead_time_days=2), actor="test")
        define_supplier_item(SupplierItemSpec(supplier="BOLT", sku="LAMP", rank=-1), actor="test")
        shop.place(("LAMP", 14))
        assert [(row.supplier, row.lines[0].order_units) for row in purchase_proposals()] == [("BOLT", 14)]
        assert purchase_proposals(supplier="ACME") == []

    def test_what_nobody_sells_us_is_named(self, shop: Shop) -> None:
        chair = shop.item("CHAIR")
        shop.place(("CHAIR", 2), ("LAMP", 1))
        assert without_supplier() == [Unbuyable(chair, "CHAIR", "NORTH", 2, shop.day(20))]
        assert proposed(shop) == [("LAMP", "NORTH", 1, 0, 12)]


class TestOrderProposal:
    def test_one_call_closes_the_loop(self, shop: Shop) -> None:
        placed = shop.place(("LAMP", 14))
        assert shop.line(placed).promised_on == shop.day(21)
        sent = order_proposal("ACME", reference="PO-A", actor="test")
        detail = queries.purchase_order("PO-A")
        assert [(line.sku, line.location, line.units, line.price_minor, line.eta) for line in detail.lines] == [
            ("LAMP", "NORTH", 18, 450, shop.day(9))
        ]
        assert marks.stale([shop.items["LAMP"]]) == {shop.items["LAMP"]}
        assert work_marks() == 1
        assert queries.supply(sent.supplies[0]).pegged == 14
        assert shop.line(placed).promised_on == shop.day(10)
        assert unsupplied_units() == []

    def test_twice_buys_once(self, shop: Shop) -> None:
        shop.place(("LAMP", 14))
        order_proposal("ACME", actor="test")
        for _ in range(2):  # Before the re-decision, and after it.
            with pytest.raises(Refused) as no:
                order_proposal("ACME", actor="test")
            assert (no.value.name, no.value.status) == ("nothing_to_order", 409)
            work_marks()
        assert PurchaseOrder.objects.count() == 1

    def test_only_the_named_items(self, shop: Shop) -> None:
        shop.item("CHAIR")
        define_supplier_item(SupplierItemSpec(supplier="ACME", sku="CHAIR"), actor="test")
        shop.place(("CHAIR", 2), ("LAMP", 1))
        sent = order_proposal("ACME", skus={"CHAIR"}, actor="test")
        assert sent.items == (shop.items["CHAIR"],)
        assert proposed(shop) == [("LAMP", "NORTH", 1, 0, 12)]

    def test_an_unknown_supplier_is_refused(self, shop: Shop) -> None:
        with pytest.raises(Refused, match="unknown_supplier"):
            order_proposal("NOBODY", actor="test")

    def test_a_used_reference_is_refused_and_nothing_is_bought(self, shop: Shop) -> None:
        shop.place(("LAMP", 14))
        order_proposal("ACME", reference="PO-A", actor="test")
        work_marks()
        shop.place(("LAMP", 8))
        with pytest.raises(Refused, match="purchase_order_exists"):
            order_proposal("ACME", reference="PO-A", actor="test")
        assert PurchaseOrder.objects.count() == 1
        assert marks.stale([shop.items["LAMP"]]) == set()


def test_statements_do_not_grow_with_the_items(shop: Shop) -> None:
    def cost() -> int:
        purchase_proposals()  # The catalog is read once.
        with CaptureQueriesContext(connection) as seen:
            purchase_proposals(now=clock.now())
        return len(seen)

    shop.place(("LAMP", 1))
    one = cost()
    for number in range(20):
        sku = f"I{number}"
        shop.item(sku)
        define_supplier_item(SupplierItemSpec(supplier="ACME", sku=sku), actor="test")
        shop.place((sku, 1))
    assert len(purchase_proposals()[0].lines) == 21
    assert cost() == one
