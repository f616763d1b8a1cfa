"""What becomes of dated supply: receipts, slips, cancellations, splits, pegs."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import transaction

from backorder.engine.model import Source
from backorder.journal.refusals import Refused
from backorder.supply import deliveries, purchase, queries
from backorder.supply.models import EtaChange, Receipt, Supply
from backorder.supply.purchase import NewPurchaseLine

from .conftest import NOW, TODAY, Ground, new_order, sent_supply

ETA = date(2026, 3, 20)


def receive(
    supply: int, units: int, *, key: str = "r1", closes: bool | None = None, unpeg: int = 0
) -> deliveries.Received:
    return deliveries.add_received(supply, units=units, closes=closes, unpeg=unpeg, key=key, actor="test", at=NOW)


def numbers(supply: int) -> tuple[int, int, int, int]:
    """(units, received, cancelled, pegged)."""
    row = queries.supply(supply)
    return row.units, row.received, row.cancelled, row.pegged


def state() -> str:
    return queries.purchase_order("PO-1").order.state


class TestReceipts:
    def test_all_of_it_closes_the_order(self, ground: Ground) -> None:
        done = receive(sent_supply(10), 10)
        assert (done.units, done.over, done.closes, done.supply.to_come) == (10, 0, True, 0)
        assert state() == "closed"

    def test_a_part_leaves_the_rest_due(self, ground: Ground) -> None:
        supply = sent_supply(10)
        done = receive(supply, 4)
        assert (done.over, done.closes, done.supply.to_come) == (0, False, 6)
        assert state() == "sent"
        assert receive(supply, 6, key="r2").closes is True
        assert numbers(supply) == (10, 10, 0, 0)
        assert state() == "closed"

    def test_a_short_one_that_closes_cancels_the_rest(self, ground: Ground) -> None:
        supply = sent_supply(10)
        assert receive(supply, 7, closes=True).closes is True
        assert numbers(supply) == (10, 7, 3, 0)
        assert state() == "closed"

    def test_nothing_came_and_nothing_will(self, ground: Ground) -> None:
        supply = sent_supply(10)
        receive(supply, 0, closes=True)
        assert numbers(supply) == (10, 0, 10, 0)
        assert state() == "cancelled"

    def test_more_than_was_due_is_recorded_as_over(self, ground: Ground) -> None:
        supply = sent_supply(10)
        done = receive(supply, 12)
        assert (done.over, done.closes) == (2, True)
        assert numbers(supply) == (10, 12, 0, 0)
        assert receive(supply, 1, key="r2").over == 1
        assert numbers(supply) == (10, 13, 0, 0)

    def test_what_was_closed_short_takes_no_more(self, ground: Ground) -> None:
        supply = sent_supply(10)
        receive(supply, 7, closes=True)
        with pytest.raises(Refused, match="supply_is_closed"):
            receive(supply, 1, key="r2")
        assert numbers(supply) == (10, 7, 3, 0)

    def test_the_same_key_is_the_same_receipt(self, ground: Ground) -> None:
        supply = sent_supply(10)
        first = receive(supply, 4)
        again = receive(supply, 9)
        assert (again.receipt, again.units, again.replayed) == (first.receipt, 4, True)
        assert numbers(supply) == (10, 4, 0, 0)
        assert Receipt.objects.count() == 1

    def test_a_key_belongs_to_one_supply(self, ground: Ground) -> None:
        receive(sent_supply(10), 4)
        other = sent_supply(10, reference="PO-2")
        with pytest.raises(Refused, match="receipt_key_used_elsewhere"):
            receive(other, 4)
        assert numbers(other) == (10, 0, 0, 0)

    def test_it_does_not_go_below_what_is_pegged(self, ground: Ground) -> None:
        supply = sent_supply(10)
        deliveries.change_pegged({supply: 8})
        with pytest.raises(Refused) as no:
            receive(supply, 5)
        assert (no.value.name, no.value.values["value"], no.value.values["limit"]) == ("supply_below_pegged", 8, 5)
        assert numbers(supply) == (10, 0, 0, 8)
        receive(supply, 5, unpeg=5)
        assert numbers(supply) == (10, 5, 0, 3)

    @pytest.mark.parametrize(
        ("units", "name"),
        [(-1, "number_out_of_range"), (0, "receipt_of_nothing"), (1_000_000_001, "number_out_of_range")],
    )
    def test_nonsense_is_refused(self, ground: Ground, units: int, name: str) -> None:
        supply = sent_supply(10)
        with pytest.raises(Refused) as no:
            receive(supply, units)
        assert no.value.name == name
        assert numbers(supply) == (10, 0, 0, 0)

    def test_an_order_closes_with_its_last_supply(self, ground: Ground) -> None:
        purchase.draft(
            new_order(
                NewPurchaseLine(sku="LAMP", location="MAIN", units=1),
                NewPurchaseLine(sku="BULB", location="MAIN", units=2),
            ),
            actor="test",
            now=NOW,
        )
        one, two = purchase.send("PO-1", actor="test", now=NOW).supplies
        receive(one, 1)
        assert state() == "sent"
        deliveries.reduce(two, units=2, actor="test", at=NOW)
        assert state() == "closed"


class TestEta:
    def test_a_slip_is_kept_in_its_history(self, ground: Ground) -> None:
        supply = sent_supply(eta=ETA)
        before = deliveries.set_eta(supply, eta=date(2026, 4, 1), reason="port strike", actor="test", at=NOW)
        assert before.eta == ETA
        deliveries.set_eta(supply, eta=date(2026, 4, 1), actor="test", at=NOW)
        row = queries.supply(supply)
        assert (row.eta, row.first_eta) == (date(2026, 4, 1), ETA)
        assert [(change.was, change.now, change.reason) for change in queries.eta_history(supply)] == [
            (ETA, date(2026, 4, 1), "port strike")
        ]

    def test_certainty_alone_is_no_slip(self, ground: Ground) -> None:
        supply = sent_supply(eta=ETA)
        deliveries.set_eta(supply, eta=ETA, certainty="uncertain", actor="test", at=NOW)
        assert queries.supply(supply).certainty == "uncertain"
        assert EtaChange.objects.count() == 0

    @pytest.mark.parametrize(
        ("eta", "later", "name"),
        [
            (TODAY - timedelta(days=1), 0, "eta_before_order"),
            (TODAY, 1, "eta_has_passed"),
            (date(2101, 1, 1), 0, "day_out_of_range"),
        ],
    )
    def test_impossible_days_are_refused(self, ground: Ground, eta: date, later: int, name: str) -> None:
        supply = sent_supply(eta=ETA)
        with pytest.raises(Refused) as no:
            deliveries.set_eta(supply, eta=eta, actor="test", at=NOW + timedelta(days=later))
        assert no.value.name == name
        assert queries.supply(supply).eta == ETA
        assert EtaChange.objects.count() == 0

    def test_nothing_to_come_has_no_eta(self, ground: Ground) -> None:
        supply = sent_supply()
        receive(supply, 10)
        with pytest.raises(Refused, match="supply_is_closed"):
            deliveries.set_eta(supply, eta=date(2026, 4, 1), actor="test", at=NOW)


class TestReduceAndSplit:
    def test_reduce_cancels_what_is_due(self, ground: Ground) -> None:
        supply = sent_supply(10)
        receive(supply, 4)
        assert deliveries.reduce(supply, units=2, actor="test", at=NOW).to_come == 4
        with pytest.raises(Refused) as no:
            deliveries.reduce(supply, units=5, actor="test", at=NOW)
        assert (no.value.name, no.value.values["limit"]) == ("more_than_is_due", 4)
        assert numbers(supply) == (10, 4, 2, 0)

    def test_reduce_does_not_go_below_what_is_pegged(self, ground: Ground) -> None:
        supply = sent_supply(10)
        deliveries.change_pegged({supply: 9})
        with pytest.raises(Refused, match="supply_below_pegged"):
            deliveries.reduce(supply, units=2, actor="test", at=NOW)
        deliveries.reduce(supply, units=2, unpeg=1, actor="test", at=NOW)
        assert numbers(supply) == (10, 0, 2, 8)

    def test_split_gives_units_a_day_of_their_own(self, ground: Ground) -> None:
        supply = sent_supply(10, eta=ETA)
        deliveries.change_pegged({supply: 5})
        new = deliveries.split(supply, units=6, eta=date(2026, 4, 3), unpeg=1, actor="test", at=NOW)
        assert numbers(supply) == (4, 0, 0, 4)
        assert (new.units, new.pegged, new.eta, new.first_eta, new.reference) == (6, 0, date(2026, 4, 3), ETA, "PO-1")
        assert len(queries.purchase_order("PO-1").lines[0].supplies) == 2
        assert [(change.was, change.now) for change in queries.eta_history(new.id)] == [(ETA, date(2026, 4, 3))]

    @pytest.mark.parametrize(
        ("units", "name"),
        [(10, "split_of_all"), (11, "more_than_is_due"), (0, "number_out_of_range"), (7, "supply_below_pegged")],
    )
    def test_impossible_splits_are_refused(self, ground: Ground, units: int, name: str) -> None:
        supply = sent_supply(10)
        deliveries.change_pegged({supply: 4})
        with pytest.raises(Refused) as no:
            deliveries.split(supply, units=units, eta=ETA, actor="test", at=NOW)
        assert no.value.name == name
        assert numbers(supply) == (10, 0, 0, 4)
        assert Supply.objects.count() == 1


class TestPegged:
    def test_it_moves_within_what_comes(self, ground: Ground) -> None:
        one, two = sent_supply(10), sent_supply(5, reference="PO-2")
        deliveries.change_pegged({one: 7, two: 5})
        deliveries.change_pegged({one: -2, two: 0})
        assert (numbers(one)[3], numbers(two)[3]) == (5, 5)
        for wrong in ({one: 1, two: 1}, {one: 6}, {one: -6}):
            with pytest.raises(Refused, match="supply_below_pegged"), transaction.atomic():
                deliveries.change_pegged(wrong)
        assert (numbers(one)[3], numbers(two)[3]) == (5, 5)

    def test_unknown_supply_is_refused(self, ground: Ground) -> None:
        with pytest.raises(Refused, match="unknown_supply"):
            deliveries.change_pegged({10**12: 1})
        with pytest.raises(Refused, match="unknown_supply"):
            queries.supply(10**12)


def test_transfers_come_without_an_order(ground: Ground) -> None:
    new = deliveries.NewSupply(kind="transfer", reference="T-1", sku="LAMP", location="SHOP", units=3, eta=ETA)
    supply = deliveries.announce(new, actor="test", at=NOW)
    row = queries.supply(supply)
    assert (row.kind, row.purchase_line, row.units, row.eta) == ("transfer", None, 3, ETA)
    receive(supply, 3)
    assert numbers(supply) == (3, 3, 0, 0)


class TestInbound:
    """What the engine is told of dated supply."""

    def inbound(self, ground: Ground, today: date) -> list[Source]:
        found = queries.inbound([ground.lamp, ground.bulb], today={ground.main: today, ground.shop: today})
        assert {item for item, _ in found} <= {ground.lamp}
        return [source for _, source in found]

    def test_free_and_left_by_day(self, ground: Ground) -> None:
        late, early = sent_supply(10, eta=ETA), sent_supply(4, eta=date(2026, 3, 9), reference="PO-2")
        deliveries.change_pegged({late: 6})
        receive(late, 1)
        assert self.inbound(ground, TODAY) == [
            Source(("supply", early), ground.main, free=4, left=4, ready_on=date(2026, 3, 9), known_as="PO-2"),
            Source(("supply", late), ground.main, free=3, left=9, ready_on=ETA, known_as="PO-1"),
        ]

    def test_what_arrived_or_was_cancelled_is_gone(self, ground: Ground) -> None:
        receive(sent_supply(10), 12)
        deliveries.reduce(sent_supply(4, reference="PO-2"), units=4, actor="test", at=NOW)
        assert self.inbound(ground, TODAY) == []

    def test_due_today_is_not_overdue(self, ground: Ground) -> None:
        sent_supply(10, eta=ETA)
        (source,) = self.inbound(ground, ETA)
        assert (source.ready_on, source.certain) == (ETA, True)

    def test_overdue_counts_from_the_next_working_day_plus_usual_lateness(self, ground: Ground) -> None:
        sent_supply(10, eta=ETA)  # A Friday.
        # Seen on Saturday 21 March: the next working day is Monday 23, plus 3 days is Thursday 26.
        (source,) = self.inbound(ground, date(2026, 3, 21))
        assert (source.ready_on, source.certain) == (date(2026, 3, 26), False)
        # Seen on Thursday 26: Friday 27, plus 3 days is Monday 30.
        (source,) = self.inbound(ground, date(2026, 3, 26))
        assert source.ready_on == date(2026, 3, 30)
        assert queries.overdue_items(ground.main, today=ETA) == []
        assert queries.overdue_items(ground.main, today=ETA + timedelta(days=1)) == [ground.lamp]

    def test_uncertain_supply_says_so(self, ground: Ground) -> None:
        deliveries.set_eta(sent_supply(eta=ETA), eta=ETA, certainty="uncertain", actor="test", at=NOW)
        (source,) = self.inbound(ground, TODAY)
        assert source.certain is False
