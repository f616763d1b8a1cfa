"""Supply that is sent, moves, shrinks or is split takes along who waits for it; nobody hangs on what will not come."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection

from backorder.journal import clock
from backorder.journal.models import Entry
from backorder.journal.refusals import Refused
from backorder.orders.checking.verify import verify
from backorder.orders.deciding.redecide import work_marks
from backorder.orders.models import Part, Peg
from backorder.orders.placing.forms import Placed
from backorder.orders.supplying import inbound
from backorder.stock.models import Changed
from backorder.supply import purchase, suppliers
from backorder.supply.deliveries import NewSupply
from backorder.supply.models import EtaChange, PurchaseOrder, Supply
from backorder.supply.purchase import NewPurchaseLine, NewPurchaseOrder
from backorder.supply.suppliers import SupplierSpec
from tests.invariants import assert_clean

from .shop import Shop

pytestmark = pytest.mark.django_db


def pegs(shop: Shop, placed: Placed) -> dict[int, int]:
    """Units of an order's first line by supply."""
    return dict(Peg.objects.filter(line_id=placed.lines[0].id).values_list("supply_id", "units"))


def everything() -> list[Any]:
    """All that a refusal must leave alone."""
    models = (Peg, Changed, Supply, EtaChange, PurchaseOrder, Entry)
    return [list(model._default_manager.order_by("pk").values()) for model in models]


def draft(shop: Shop, *lines: tuple[str, int, int], reference: str = "PO-A") -> str:
    """A draft of (SKU, units, day of its ETA)."""
    suppliers.define_supplier(SupplierSpec(code="ACME", name="Acme"), actor="test")
    rows = tuple(NewPurchaseLine(sku=sku, location="NORTH", units=n, eta=shop.day(day)) for sku, n, day in lines)
    purchase.draft(NewPurchaseOrder(supplier="ACME", reference=reference, lines=rows), actor="test")
    return reference


def settle() -> None:
    """Let the worker do what is marked; then everything must hold."""
    work_marks()
    assert verify() == []
    assert_clean(connection)


def test_a_draft_is_no_supply_and_sending_it_moves_who_waits(shop: Shop) -> None:
    item = shop.item("LAMP", lead_time_days=20)
    placed = shop.place(("LAMP", 4))
    reference = draft(shop, ("LAMP", 10, 6))
    settle()
    assert (shop.line(placed).promised_on, pegs(shop, placed)) == (shop.day(21), {})
    sent = inbound.send_purchase_order(reference, actor="test")
    assert list(Changed.objects.values_list("item_id", "cause")) == [(item, "new_supply")]
    settle()
    assert (shop.line(placed).promised_on, pegs(shop, placed)) == (shop.day(7), {sent.supplies[0]: 4})


def test_a_new_supply_is_not_offered_to_newcomers_before_the_queue_had_its_share(shop: Shop) -> None:
    shop.item("LAMP", lead_time_days=20)
    waiting = shop.place(("LAMP", 4))
    (supply,) = inbound.send_purchase_order(draft(shop, ("LAMP", 5, 6)), actor="test").supplies
    newcomer = shop.place(("LAMP", 5))
    assert pegs(shop, newcomer) == {supply: 1}
    settle()
    assert pegs(shop, waiting) == {supply: 4}


def test_sending_twice_is_refused(shop: Shop) -> None:
    shop.item("LAMP")
    reference = draft(shop, ("LAMP", 10, 6))
    inbound.send_purchase_order(reference, actor="test")
    before = everything()
    with pytest.raises(Refused, match="purchase_order_state"):
        inbound.send_purchase_order(reference, actor="test")
    assert everything() == before


def test_announced_supply_needs_no_purchase_order(shop: Shop) -> None:
    shop.item("LAMP", lead_time_days=20)
    placed = shop.place(("LAMP", 4))
    new = NewSupply(kind="transfer", reference="T-1", sku="LAMP", location="NORTH", units=4, eta=shop.day(3))
    supply = inbound.announce_supply(new, actor="test")
    settle()
    assert (shop.line(placed).promised_on, pegs(shop, placed)) == (shop.day(4), {supply: 4})


def test_a_slip_moves_the_promise_and_costs_nobody_his_place(shop: Shop) -> None:
    shop.item("LAMP", lead_time_days=60)
    supply = shop.inbound("LAMP", 6, 5)
    first, second = shop.place(("LAMP", 4)), shop.place(("LAMP", 2))
    after = inbound.move_eta(supply, eta=shop.day(9), reason="storm", actor="test")
    settle()
    assert after.eta == shop.day(9)
    assert [shop.line(placed).promised_on for placed in (first, second)] == [shop.day(10), shop.day(10)]
    assert [shop.line(placed).first_promised_on for placed in (first, second)] == [shop.day(6), shop.day(6)]
    assert list(EtaChange.objects.values_list("was", "now", "reason")) == [(shop.day(5), shop.day(9), "storm")]
    assert (pegs(shop, first), pegs(shop, second)) == ({supply: 4}, {supply: 2})


def test_the_same_eta_again_changes_nothing(shop: Shop) -> None:
    shop.item("LAMP")
    supply = shop.inbound("LAMP", 6, 5)
    before = everything()
    inbound.move_eta(supply, eta=shop.day(5), actor="test")
    assert everything() == before


def test_s131_a_date_that_has_passed_is_never_shown(shop: Shop) -> None:
    """S131: the preorder's date was yesterday and nothing arrived: the promise counts from the next working day."""
    shop.item("LAMP", lead_time_days=60)
    supply = shop.inbound("LAMP", 6, 2)
    placed = shop.place(("LAMP", 4))
    clock.advance(timedelta(days=3), actor="test")
    inbound.move_eta(supply, eta=shop.day(2), certainty="uncertain", actor="test")
    settle()
    line = shop.line(placed)
    assert (line.first_promised_on, line.promised_on) == (shop.day(3), shop.day(5))


def test_cancelled_units_are_taken_from_the_lowest_rank_upwards_and_hard_pegs_last(shop: Shop) -> None:
    item = shop.item("LAMP", lead_time_days=20)
    supply = shop.inbound("LAMP", 14, 5)
    first, second, third = (shop.place(("LAMP", 4)) for _ in range(3))
    Peg.objects.filter(line_id=third.lines[0].id).update(hard=True)
    after = inbound.cancel_supply(supply, units=7, reason="sold out", actor="test")
    assert (after.to_come, after.cancelled, after.pegged) == (7, 7, 7), "2 units nobody waited for went first"
    assert [pegs(shop, placed) for placed in (first, second, third)] == [{supply: 3}, {}, {supply: 4}]
    assert list(Changed.objects.values_list("item_id", "cause")) == [(item, "cancelled_supply")]
    settle()
    assert [shop.line(placed).promised_on for placed in (first, second, third)] == [
        shop.day(21),
        shop.day(21),
        shop.day(6),
    ]


def test_lost_supply_frees_everybody_and_closes_its_order(shop: Shop) -> None:
    shop.item("LAMP", lead_time_days=20)
    (supply,) = inbound.send_purchase_order(draft(shop, ("LAMP", 5, 6)), actor="test").supplies
    placed = shop.place(("LAMP", 5))
    settle()
    inbound.cancel_supply(supply, actor="test")
    assert (pegs(shop, placed), PurchaseOrder.objects.get().state) == ({}, "cancelled")
    settle()
    assert shop.line(placed).promised_on == shop.day(21)
    with pytest.raises(Refused, match="supply_is_closed"):
        inbound.cancel_supply(supply, actor="test")


def test_a_promise_whose_supply_is_lost_says_so_even_where_the_day_stays(shop: Shop) -> None:
    shop.item("LAMP", lead_time_days=20)
    supply = shop.inbound("LAMP", 5, 20)
    placed = shop.place(("LAMP", 5))
    assert (shop.line(placed).promised_on, shop.line(placed).promise_version) == (shop.day(21), 1)
    inbound.cancel_supply(supply, actor="test")
    settle()
    line = shop.line(placed)
    assert (line.promised_on, line.promise_version) == (shop.day(21), 2)
    part = Part.objects.get(line_id=line.id, version=2)
    assert (part.backing, part.supply_id, part.reason, part.units) == ("nothing", None, "lead_time", 5)
    Changed.objects.create(item_id=shop.items["LAMP"], cause="test", at=clock.now())
    settle()
    assert shop.line(placed).promise_version == 2


def test_an_order_to_a_supplier_is_cancelled_whole(shop: Shop) -> None:
    shop.item("LAMP")
    shop.item("BULB")
    inbound.send_purchase_order(draft(shop, ("LAMP", 5, 6), ("BULB", 3, 7)), actor="test")
    lamp, bulb = shop.place(("LAMP", 5)), shop.place(("BULB", 2))
    changed = inbound.cancel_purchase_order("PO-A", reason="bankrupt", actor="test")
    assert [row.cancelled for row in changed] == [5, 3]
    assert (pegs(shop, lamp), pegs(shop, bulb), PurchaseOrder.objects.get().state) == ({}, {}, "cancelled")
    settle()
    with pytest.raises(Refused, match="purchase_order_state"):
        inbound.cancel_purchase_order("PO-A", actor="test")


def test_a_split_gives_the_earliest_part_to_the_best_in_rank(shop: Shop) -> None:
    shop.item("LAMP", lead_time_days=60)
    supply = shop.inbound("LAMP", 10, 5)
    first, second, third = (shop.place(("LAMP", 3)) for _ in range(3))
    Peg.objects.filter(line_id=third.lines[0].id).update(hard=True)
    parts = [(5, shop.day(9)), (3, shop.day(4)), (2, shop.day(7))]
    early, middle, late = inbound.split_supply(supply, parts=parts, reason="three lorries", actor="test")
    assert [(row.units, row.eta, row.pegged) for row in (early, middle, late)] == [
        (3, shop.day(4), 3),
        (2, shop.day(7), 2),
        (5, shop.day(9), 4),
    ]
    assert early.id == supply
    assert pegs(shop, third) == {early.id: 3}
    assert pegs(shop, first) == {middle.id: 2, late.id: 1}
    assert pegs(shop, second) == {late.id: 3}
    settle()
    assert [shop.line(placed).promised_on for placed in (third, first, second)] == [
        shop.day(6),
        shop.day(10),
        shop.day(10),
    ], "one day better is a wobble nobody is told of"


def test_a_split_of_what_was_partly_received_keeps_what_came(shop: Shop) -> None:
    shop.item("LAMP")
    supply = shop.inbound("LAMP", 10, 5)
    Supply.objects.filter(id=supply).update(units=10)
    rows = inbound.split_supply(supply, parts=[(4, shop.day(5)), (6, shop.day(8))], actor="test")
    assert [(row.units, row.eta) for row in rows] == [(4, shop.day(5)), (6, shop.day(8))]
    assert Supply.objects.get(id=rows[1].id).first_eta == shop.day(5), "a slip stays a slip"


def test_refusals_of_eta_cancellation_and_schedule_change_nothing(shop: Shop) -> None:
    shop.item("LAMP")
    supply = shop.inbound("LAMP", 10, 5)
    shop.place(("LAMP", 3))
    before = everything()
    today = shop.day(0)

    def schedule(*parts: tuple[int, int]) -> Any:
        return inbound.split_supply(supply, parts=[(n, shop.day(day)) for n, day in parts], actor="test")

    refused = {
        "eta_before_order": lambda: inbound.move_eta(supply, eta=today - timedelta(days=1), actor="test"),
        "day_out_of_range": lambda: inbound.move_eta(supply, eta=date(1999, 12, 31), actor="test"),
        "more_than_is_due": lambda: inbound.cancel_supply(supply, units=11, actor="test"),
        "number_out_of_range": lambda: inbound.cancel_supply(supply, units=0, actor="test"),
        "schedule_does_not_add_up": lambda: schedule((4, 5), (5, 6)),
        "unknown_supply": lambda: inbound.move_eta(10**9, eta=today, actor="test"),
        "unknown_purchase_order": lambda: inbound.send_purchase_order("NONE", actor="test"),
    }
    for name, attempt in refused.items():
        with pytest.raises(Refused) as no:
            attempt()
        assert no.value.name == name
    with pytest.raises(Refused, match="number_out_of_range"):
        schedule()
    with pytest.raises(Refused, match="number_out_of_range"):
        schedule((0, 5), (10, 6))
    assert everything() == before


def test_an_eta_that_has_passed_is_refused(shop: Shop) -> None:
    shop.item("LAMP")
    supply = shop.inbound("LAMP", 10, 5)
    clock.advance(timedelta(days=3), actor="test")
    before = everything()
    with pytest.raises(Refused) as no:
        inbound.move_eta(supply, eta=shop.day(2), actor="test")
    assert (no.value.name, no.value.values["limit"]) == ("eta_has_passed", "2030-01-10")
    assert everything() == before


def test_the_items_of_a_delivery_move_together_or_not_at_all(shop: Shop) -> None:
    for sku in ("LAMP", "VASE"):
        shop.item(sku)
    lamps, vases = shop.inbound("LAMP", 5, 10), shop.inbound("VASE", 5, 10)

    moved = inbound.move_etas([vases, lamps], eta=shop.day(14), reason="storm", actor="test")
    assert [(row.id, row.eta) for row in moved] == [(lamps, shop.day(14)), (vases, shop.day(14))]

    inbound.cancel_supply(vases, actor="test")
    before = everything()
    with pytest.raises(Refused, match="supply_is_closed"):
        inbound.move_etas([lamps, vases], eta=shop.day(16), actor="test")
    assert everything() == before
