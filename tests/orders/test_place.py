"""An order is promised what nobody else has, in the transaction that stores it."""

from __future__ import annotations

import pytest

from backorder.journal.identity import ids_at_hand
from backorder.journal.models import Entry
from backorder.journal.refusals import Refused
from backorder.orders.models import Allocation, Line, Order, Part, Peg, Promise
from backorder.orders.placing.forms import Placed
from backorder.orders.placing.place import place_orders

from .shop import Shop

pytestmark = pytest.mark.django_db


def test_what_is_on_the_shelf_is_allocated_and_dated(shop: Shop) -> None:
    shop.item("LAMP", stock=100)
    placed = shop.place(("LAMP", 50))
    (line,) = placed.lines
    assert (line.allocated, line.open, line.promised_on) == (50, 0, shop.day(1))
    assert shop.level("LAMP") == (100, 50)
    assert Entry.objects.filter(fact="order.placed", subject=f"order/{placed.id}").count() == 1


def test_five_now_and_two_later(shop: Shop) -> None:
    shop.item("LAMP", stock=5)
    supply = shop.inbound("LAMP", 10, 12)
    (line,) = shop.place(("LAMP", 7)).lines
    assert [(p.units, p.deliver_on, p.reason, p.supply) for p in line.parts] == [
        (5, shop.day(1), "on_shelf", None),
        (2, shop.day(13), "inbound", supply),
    ]
    assert (line.allocated, line.open) == (5, 2)
    assert shop.waits("LAMP") == 2
    assert Peg.objects.get().units == 2


def test_units_without_supply_get_the_lead_time_and_no_peg(shop: Shop) -> None:
    shop.item("LAMP", lead_time_days=20)
    (line,) = shop.place(("LAMP", 3)).lines
    assert [(p.units, p.deliver_on, p.reason, p.certain) for p in line.parts] == [(3, shop.day(21), "lead_time", False)]
    assert not Peg.objects.exists()


def test_a_short_stock_only_line_refuses_its_order_whole_and_every_short_line_is_named(shop: Shop) -> None:
    shop.item("A", sell="stock_only", stock=4)
    shop.stock("A", 3, at="SOUTH")
    shop.item("B", sell="stock_only")
    shop.item("C", stock=10)
    refused = shop.try_place(("A", 100), ("B", 100), ("C", 1))
    assert isinstance(refused, Refused)
    assert refused.name == "item_is_not_sellable_on_backorder"
    assert [(row["sku"], row["available"]) for row in refused.values["lines"]] == [("A", 7), ("B", 0)]
    assert not Order.objects.exists()
    assert not Allocation.objects.exists()
    assert shop.level("C") == (10, 0)
    assert [e.body["units"] for e in Entry.objects.filter(fact="demand_unmet").order_by("seq")] == [100, 100]


def test_the_rest_goes_on_when_the_customer_said_so(shop: Shop) -> None:
    shop.item("A", sell="stock_only", stock=4)
    shop.item("B", stock=1)
    placed = shop.place(("A", 6), ("B", 3), on_short="ship_rest")
    assert [(line.allocated, line.open, line.cancelled) for line in placed.lines] == [(4, 0, 2), (1, 2, 0)]


def test_cancel_the_rest_takes_only_the_shelf(shop: Shop) -> None:
    shop.item("B", stock=1)
    (line,) = shop.place(("B", 3), on_short="cancel_rest").lines
    assert (line.allocated, line.open, line.cancelled) == (1, 0, 2)


def test_the_same_order_again_is_answered_as_the_first_time(shop: Shop) -> None:
    shop.item("LAMP", stock=5)
    order = shop.order(("LAMP", 7), reference="W-10482")
    (first,) = place_orders([order], actor="test")
    shop.stock("LAMP", 50)
    (again,) = place_orders([order], actor="test")
    assert isinstance(first, Placed)
    assert isinstance(again, Placed)
    assert again.replayed is True
    assert again.lines == first.lines
    assert Order.objects.count() == 1


def test_the_same_reference_with_another_body_is_refused(shop: Shop) -> None:
    shop.item("LAMP", stock=5)
    shop.place(("LAMP", 1), reference="W-1")
    refused = shop.try_place(("LAMP", 2), reference="W-1")
    assert isinstance(refused, Refused)
    assert refused.name == "reference_reused"
    assert shop.level("LAMP") == (5, 1)


def test_equal_rows_in_one_batch_are_one_order(shop: Shop) -> None:
    shop.item("LAMP", stock=5)
    order = shop.order(("LAMP", 2))
    other = shop.order(("LAMP", 3), reference=order.reference)
    first, again, reused = place_orders([order, order, other], actor="test")
    assert isinstance(first, Placed)
    assert isinstance(again, Placed)
    assert (again.id, again.replayed) == (first.id, True)
    assert isinstance(reused, Refused)
    assert shop.level("LAMP") == (5, 2)


def test_a_refused_order_in_a_batch_leaves_its_units_to_the_next(shop: Shop) -> None:
    shop.item("A", sell="stock_only", stock=5)
    shop.item("B", sell="stock_only", stock=0)
    orders = [shop.order(("A", 5), ("B", 1)), shop.order(("A", 5)), shop.order(("NONE", 1)), shop.order(("A", 1))]
    outcomes = place_orders(orders, actor="test")
    assert [o.name if isinstance(o, Refused) else "placed" for o in outcomes] == [
        "item_is_not_sellable_on_backorder", "placed", "unknown_item", "item_is_not_sellable_on_backorder",
    ]  # fmt: skip


def test_the_backorder_limit_counts_all_waiting_units(shop: Shop) -> None:
    shop.item("LAMP", stock=2, backorder_limit=5)
    refused = shop.try_place(("LAMP", 8))
    assert isinstance(refused, Refused)
    assert refused.values["limit"] == 5
    shop.place(("LAMP", 7))
    assert isinstance(shop.try_place(("LAMP", 1)), Refused)


def test_a_customer_takes_no_more_than_the_cap_over_all_orders(shop: Shop) -> None:
    shop.item("LAMP", stock=50, max_per_customer=3)
    shop.place(("LAMP", 2), customer="c-1")
    refused = shop.try_place(("LAMP", 2), customer="c-1")
    assert isinstance(refused, Refused)
    assert refused.name == "max_per_customer_reached"
    shop.place(("LAMP", 3), customer="c-2")


def test_an_order_that_ships_together_takes_the_day_of_its_slowest_line(shop: Shop) -> None:
    shop.item("A", stock=5)
    shop.item("B")
    shop.inbound("A", 5, 9)
    shop.inbound("B", 5, 10)
    a, b = shop.place(("A", 2), ("B", 2), ship="together").lines
    assert (a.promised_on, b.promised_on) == (shop.day(11), shop.day(11))
    assert a.allocated == 0, "the shelf stays free for others: delivery on day 9 makes the day"


def test_many_lines_cost_as_many_statements_as_one(shop: Shop, django_assert_num_queries: object) -> None:
    for n in range(101):
        shop.item(f"I{n}", stock=5)
    shop.place(("I100", 1))
    shop.place(*((f"I{n}", 1) for n in range(100)))  # The catalog now knows all items.
    for lines in ([("I0", 1)], [(f"I{n}", 1) for n in range(100)]):
        order = shop.order(*lines)
        # Fetching a block of ids is a statement of its own, once for a thousand.
        with ids_at_hand(1_000), django_assert_num_queries(6):  # type: ignore[operator]
            (placed,) = place_orders([order], actor="test")
        assert isinstance(placed, Placed)


def test_promises_parts_and_lines_agree(shop: Shop) -> None:
    shop.item("LAMP", stock=5)
    placed = shop.place(("LAMP", 7))
    line = Line.objects.get(order_id=placed.id)
    assert list(Promise.objects.values_list("line_id", "version", "cause")) == [(line.pk, 1, "ordered")]
    assert [p.units for p in Part.objects.filter(line=line, version=1).order_by("number")] == [5, 2]
    assert line.first_promised_on == line.promised_on == shop.day(21)
