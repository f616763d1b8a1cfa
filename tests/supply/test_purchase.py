"""Purchase orders: draft, change, send, close; what each state refuses."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from backorder.journal.refusals import Refused
from backorder.supply import deliveries, purchase, queries
from backorder.supply.models import PurchaseLine, PurchaseOrder, Supply
from backorder.supply.purchase import NewPurchaseLine, NewPurchaseOrder

from .conftest import NOW, TODAY, Ground, new_order, sent_supply


def draft(new: NewPurchaseOrder) -> int:
    return purchase.draft(new, actor="test", now=NOW)


def state(reference: str = "PO-1") -> str:
    return queries.purchase_order(reference).order.state


class TestDraft:
    def test_a_draft_is_no_supply(self, ground: Ground) -> None:
        draft(new_order())
        assert state() == "draft"
        assert Supply.objects.count() == 0
        assert queries.drafted_units([ground.lamp]) == {(ground.lamp, ground.main): 10}

    def test_days_and_prices_come_from_the_suppliers_terms(self, ground: Ground) -> None:
        draft(
            new_order(
                NewPurchaseLine(sku="LAMP", location="MAIN", units=1),
                NewPurchaseLine(sku="BULB", location="SHOP", units=2),
                NewPurchaseLine(sku="LAMP", location="SHOP", units=3, eta=date(2026, 3, 5), price_minor=1),
            )
        )
        lines = queries.purchase_order("PO-1").lines
        # 5 days from Wednesday 4 March is Monday; 10 days is Saturday the 14th, so Monday the 16th.
        assert [(line.sku, line.location, line.units, line.eta, line.price_minor) for line in lines] == [
            ("LAMP", "MAIN", 1, date(2026, 3, 9), 450),
            ("BULB", "SHOP", 2, date(2026, 3, 16), None),
            ("LAMP", "SHOP", 3, date(2026, 3, 5), 1),
        ]

    def test_it_can_be_changed_until_it_is_sent(self, ground: Ground) -> None:
        order = draft(new_order())
        changed = new_order(NewPurchaseLine(sku="BULB", location="SHOP", units=3))
        assert purchase.change_draft(changed, actor="test", now=NOW) == order
        assert [(line.sku, line.units) for line in queries.purchase_order("PO-1").lines] == [("BULB", 3)]
        purchase.send("PO-1", actor="test", now=NOW)
        with pytest.raises(Refused) as no:
            purchase.change_draft(new_order(), actor="test", now=NOW)
        assert (no.value.name, no.value.values["value"], no.value.values["limit"]) == (
            "purchase_order_state",
            "sent",
            "draft",
        )
        assert [(line.sku, line.units) for line in queries.purchase_order("PO-1").lines] == [("BULB", 3)]

    def test_the_same_reference_is_refused(self, ground: Ground) -> None:
        draft(new_order())
        with pytest.raises(Refused) as no:
            draft(new_order())
        assert (no.value.name, no.value.status) == ("purchase_order_exists", 409)
        assert PurchaseOrder.objects.count() == 1

    @pytest.mark.parametrize(
        ("line", "name", "field"),
        [
            ({"units": 0}, "number_out_of_range", "lines[0].units"),
            ({"units": -5}, "number_out_of_range", "lines[0].units"),
            ({"units": 1_000_000_001}, "number_out_of_range", "lines[0].units"),
            ({"units": True}, "number_out_of_range", "lines[0].units"),
            ({"sku": "NOPE"}, "unknown_item", "lines[0].sku"),
            ({"sku": "A\0B"}, "unknown_item", "lines[0].sku"),
            ({"location": "MOON"}, "unknown_location", "location"),
            ({"eta": TODAY - timedelta(days=1)}, "eta_before_order", "lines[0].eta"),
            ({"eta": date(1999, 12, 31)}, "day_out_of_range", "lines[0].eta"),
            ({"eta": date(2101, 1, 1)}, "day_out_of_range", "lines[0].eta"),
            ({"price_minor": -1}, "number_out_of_range", "lines[0].price_minor"),
        ],
    )
    def test_nonsense_is_refused(self, ground: Ground, line: dict[str, object], name: str, field: str) -> None:
        given = {"sku": "LAMP", "location": "MAIN", "units": 1} | line
        with pytest.raises(Refused) as no:
            draft(new_order(NewPurchaseLine(**given)))  # type: ignore[arg-type]
        assert (no.value.name, no.value.values["field"]) == (name, field)
        assert PurchaseOrder.objects.count() == 0
        assert PurchaseLine.objects.count() == 0

    def test_the_number_of_lines_has_a_limit(self, ground: Ground) -> None:
        line = NewPurchaseLine(sku="LAMP", location="MAIN", units=1)
        with pytest.raises(Refused, match="number of lines is 1001"):
            draft(new_order(*[line] * 1001))
        with pytest.raises(Refused, match="number of lines is 0"):
            draft(NewPurchaseOrder(supplier="ACME", reference="PO-1", lines=()))

    def test_an_order_made_elsewhere_has_its_own_day(self, ground: Ground) -> None:
        line = NewPurchaseLine(sku="LAMP", location="MAIN", units=1, eta=TODAY - timedelta(days=1))
        earlier = NOW - timedelta(days=7)
        draft(new_order(line, ordered_at=earlier))
        sent = purchase.send("PO-1", sent_at=earlier, actor="test", now=NOW)
        row = Supply.objects.get(pk=sent.supplies[0])
        assert (row.eta, row.created_at) == (date(2026, 3, 3), earlier)
        with pytest.raises(Refused, match="order_from_the_future"):
            draft(new_order(reference="PO-2", ordered_at=NOW + timedelta(seconds=1)))


class TestSend:
    def test_sending_makes_supply(self, ground: Ground) -> None:
        draft(
            new_order(
                NewPurchaseLine(sku="BULB", location="MAIN", units=4, eta=date(2026, 3, 10)),
                NewPurchaseLine(sku="LAMP", location="SHOP", units=6, eta=date(2026, 3, 12)),
            )
        )
        sent = purchase.send("PO-1", actor="test", now=NOW)
        assert sent.items == (ground.lamp, ground.bulb)
        rows = queries.supplies(sent.supplies)
        assert [
            (row.item, row.location, row.units, row.to_come, row.eta, row.first_eta, row.reference)
            for row in (rows[id] for id in sent.supplies)
        ] == [
            (ground.bulb, ground.main, 4, 4, date(2026, 3, 10), date(2026, 3, 10), "PO-1"),
            (ground.lamp, ground.shop, 6, 6, date(2026, 3, 12), date(2026, 3, 12), "PO-1"),
        ]
        assert queries.drafted_units([ground.lamp, ground.bulb]) == {}

    def test_twice_is_refused_and_makes_nothing(self, ground: Ground) -> None:
        sent_supply()
        with pytest.raises(Refused, match="purchase_order_state"):
            purchase.send("PO-1", actor="test", now=NOW)
        assert Supply.objects.count() == 1

    def test_a_draft_whose_day_has_passed_is_refused(self, ground: Ground) -> None:
        draft(new_order(NewPurchaseLine(sku="LAMP", location="MAIN", units=1, eta=TODAY)))
        with pytest.raises(Refused) as no:
            purchase.send("PO-1", actor="test", now=NOW + timedelta(days=1))
        assert (no.value.name, no.value.values["limit"]) == ("eta_before_order", "2026-03-05")
        assert state() == "draft"
        assert Supply.objects.count() == 0


class TestStates:
    """Every transition: those of the table happen, all others are refused and change nothing."""

    def make(self, wanted: str) -> None:
        if wanted == "draft":
            draft(new_order())
            return
        supply = sent_supply()
        if wanted == "closed":
            deliveries.add_received(supply, units=10, key="r", actor="test", at=NOW)
        if wanted == "cancelled":
            deliveries.reduce(supply, units=10, actor="test", at=NOW)
        assert state() == wanted

    @pytest.mark.parametrize("before", ["draft", "sent", "closed", "cancelled"])
    @pytest.mark.parametrize("verb", ["send", "cancel_draft", "close"])
    def test_each_verb_from_each_state(self, ground: Ground, before: str, verb: str) -> None:
        self.make(before)
        allowed = {("draft", "send"): "sent", ("draft", "cancel_draft"): "cancelled"}
        if (before, verb) in allowed:
            getattr(purchase, verb)("PO-1", actor="test", now=NOW)
            assert state() == allowed[before, verb]
            return
        with pytest.raises(Refused) as no:
            getattr(purchase, verb)("PO-1", actor="test", now=NOW)
        is_due = (before, verb) == ("sent", "close")
        assert no.value.name == ("purchase_order_is_due" if is_due else "purchase_order_state")
        assert state() == before

    def test_unknown_references_are_refused(self, ground: Ground) -> None:
        for ask in (purchase.send, purchase.close, purchase.cancel_draft):
            with pytest.raises(Refused, match="unknown_purchase_order"):
                ask("NOPE", actor="test", now=NOW)
        with pytest.raises(Refused, match="unknown_purchase_order"):
            queries.purchase_order("NOPE")


def test_lists_are_paged_from_the_newest(ground: Ground) -> None:
    for number in range(3):
        draft(new_order(reference=f"PO-{number}"))
    first = queries.purchase_orders(limit=2)
    assert [row.reference for row in first] == ["PO-2", "PO-1"]
    assert [row.reference for row in queries.purchase_orders(limit=2, before=first[-1].id)] == ["PO-0"]
    assert queries.purchase_orders(state="sent") == []
    assert queries.purchase_orders(supplier="NOBODY") == []
