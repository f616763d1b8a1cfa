"""An order after it was placed: cancelled, edited, released, shipped, returned, substituted, blocked."""

from __future__ import annotations

import pytest

from backorder.catalog import define
from backorder.catalog.specs import SubstituteSpec
from backorder.journal.models import Entry
from backorder.journal.refusals import Refused
from backorder.orders.changing.block import block, lift
from backorder.orders.changing.cancel import cancel
from backorder.orders.changing.edit import Edit, edit
from backorder.orders.changing.substitute import substitute
from backorder.orders.deciding.redecide import work_marks
from backorder.orders.fulfilling.release import give_back, release, release_ready
from backorder.orders.fulfilling.returns import return_units
from backorder.orders.fulfilling.ship import deliver, ship
from backorder.orders.fulfilling.short_pick import short_pick
from backorder.orders.models import Allocation, Line, Order, Peg, Promise, Shipment
from backorder.orders.placing.forms import NewLine, Placed
from backorder.stock.models import Changed

from .shop import Shop

pytestmark = pytest.mark.django_db


def quantities(line: Line) -> dict[str, int]:
    """The buckets of a line that are not empty."""
    names = ("open", "allocated", "released", "shipped", "cancelled", "substituted", "returned")
    return {name: n for name in names if (n := getattr(line, name))}


def refusal(name: str) -> pytest.RaisesExc[Refused]:
    return pytest.raises(Refused, match=f"^{name}:")


def test_cancelling_is_the_exact_inverse_once(shop: Shop) -> None:
    """S83: what was never allocated is not given back; cancelling twice is refused."""
    shop.item("LAMP", stock=3)
    placed = shop.place(("LAMP", 5))
    cancel(placed.id, reason="changed mind", actor="test")
    assert quantities(shop.line(placed)) == {"cancelled": 5}
    assert (shop.level("LAMP"), shop.waits("LAMP")) == ((3, 0), 0)
    with refusal("nothing_to_cancel"):
        cancel(placed.id, actor="test")
    assert (shop.level("LAMP"), shop.waits("LAMP")) == ((3, 0), 0)


def test_cancelling_takes_what_waits_before_what_is_allocated(shop: Shop) -> None:
    shop.item("LAMP", stock=3)
    shop.inbound("LAMP", 1, 4)
    placed = shop.place(("LAMP", 6))
    cancel(placed.id, lines={placed.lines[0].id: 2}, actor="test")
    assert quantities(shop.line(placed)) == {"open": 1, "allocated": 3, "cancelled": 2}
    assert Peg.objects.get().units == 1, "the units without supply went first"
    assert shop.line(placed).promised_on == shop.day(5)
    assert list(Promise.objects.values_list("version", "cause")) == [(1, "ordered"), (2, "cancelled")]


def test_freed_units_go_to_the_queue_and_not_to_the_next_shopper(shop: Shop) -> None:
    shop.item("LAMP", stock=5)
    first, waiting = shop.place(("LAMP", 5)), shop.place(("LAMP", 3))
    cancel(first.id, actor="test")
    newcomer = shop.place(("LAMP", 4))
    assert quantities(shop.line(newcomer)) == {"open": 2, "allocated": 2}
    work_marks()
    assert quantities(shop.line(waiting)) == {"allocated": 3}


def test_a_refused_cancellation_changes_nothing(shop: Shop) -> None:
    shop.item("LAMP", stock=5)
    placed = shop.place(("LAMP", 5))
    release(placed.id, lines={placed.lines[0].id: 4}, actor="test")
    ship(placed.id, location=shop.locations["NORTH"], lines={placed.lines[0].id: 1}, key="s-1", actor="test")
    entries = Entry.objects.count()
    for units, name in ((2, "released_units_cannot_be_cancelled"), (5, "more_than_is_open"), (0, "units_out_of_range")):
        with refusal(name):
            cancel(placed.id, lines={placed.lines[0].id: units}, actor="test")
    with refusal("released_units_cannot_be_cancelled"):
        cancel(placed.id, actor="test")
    assert quantities(shop.line(placed)) == {"allocated": 1, "released": 3, "shipped": 1}
    assert Entry.objects.count() == entries


def test_an_order_is_released_and_shipped_in_parts(shop: Shop) -> None:
    shop.item("LAMP", stock=5)
    placed = shop.place(("LAMP", 7))
    line = placed.lines[0].id
    assert release(placed.id, actor="test") == {line: 5}
    north = shop.locations["NORTH"]
    shipment = ship(placed.id, location=north, lines={line: 3}, key="s-1", tracking="T1", actor="test")
    assert quantities(shop.line(placed)) == {"open": 2, "released": 2, "shipped": 3}
    assert shop.level("LAMP") == (2, 2)
    assert ship(placed.id, location=north, lines={line: 3}, key="s-1", actor="test") == shipment, (
        "posted twice, sent once"
    )
    assert shop.level("LAMP") == (2, 2)
    with refusal("more_than_is_released"):
        ship(placed.id, location=north, lines={line: 3}, key="s-2", actor="test")
    ship(placed.id, location=north, key="s-2", actor="test")
    assert shop.level("LAMP") == (0, 0)
    assert not Allocation.objects.exists()
    deliver(shipment, actor="test")
    assert Shipment.objects.get(id=shipment).delivered_at is not None


def test_what_ships_together_waits_for_its_last_unit(shop: Shop) -> None:
    shop.item("LAMP", stock=5)
    shop.item("VASE")
    placed = shop.place(("LAMP", 2), ("VASE", 1), ship="together")
    with refusal("order_ships_together"):
        release(placed.id, actor="test")
    shop.stock("VASE", 1)
    shop.stock("LAMP", 5)
    Changed.objects.create(item_id=shop.items["VASE"], cause="receipt", at=placed.ordered_at)
    Changed.objects.create(item_id=shop.items["LAMP"], cause="receipt", at=placed.ordered_at)
    work_marks()
    release(placed.id, actor="test")
    north = shop.locations["NORTH"]
    with refusal("order_ships_together"):
        ship(placed.id, location=north, lines={placed.lines[0].id: 2}, key="s-1", actor="test")
    ship(placed.id, location=north, key="s-1", actor="test")
    assert quantities(shop.line(placed, 1)) == {"shipped": 1}


def test_a_blocked_order_keeps_its_units_and_is_not_released(shop: Shop) -> None:
    shop.item("LAMP", stock=5)
    placed = shop.place(("LAMP", 2))
    block(placed.id, kind="fraud", actor="test")
    block(placed.id, kind="fraud", actor="test")
    with refusal("order_is_blocked"):
        release(placed.id, actor="test")
    assert quantities(shop.line(placed)) == {"allocated": 2}
    lift(placed.id, kind="fraud", actor="test")
    release(placed.id, actor="test")
    with refusal("order_is_not_blocked"):
        lift(placed.id, kind="fraud", actor="test")


def test_locations_that_release_by_themselves(shop: Shop) -> None:
    shop.item("LAMP", stock=5)
    full, part = shop.place(("LAMP", 2)), shop.place(("LAMP", 6))
    assert release_ready() == 0, "by hand"
    shop.release_mode("NORTH", "when_complete")
    assert release_ready() == 1
    assert (quantities(shop.line(full)), quantities(shop.line(part))) == ({"released": 2}, {"open": 3, "allocated": 3})
    shop.release_mode("NORTH", "when_any")
    assert release_ready() == 1
    assert quantities(shop.line(part)) == {"open": 3, "released": 3}
    assert release_ready() == 0


def test_fewer_than_an_item_is_sent_in_wait_for_more(shop: Shop) -> None:
    shop.item("LAMP", stock=3, min_ship_units=4)
    shop.item("VASE", stock=1)
    placed = shop.place(("LAMP", 9), ("VASE", 1))
    lamps, vase = (line.id for line in placed.lines)

    def arrives(units: int) -> None:
        shop.stock("LAMP", units)
        Changed.objects.create(item_id=shop.items["LAMP"], cause="receipt", at=placed.ordered_at)
        work_marks()

    assert release(placed.id, actor="test") == {vase: 1}
    with refusal("fewer_than_are_sent"):
        release(placed.id, actor="test")
    assert release(placed.id, lines={lamps: 1}, actor="test") == {lamps: 1}, "who names units decides"
    arrives(2)
    assert release(placed.id, actor="test") == {lamps: 4}
    arrives(3)
    assert (quantities(shop.line(placed)), shop.level("LAMP")) == ({"open": 4, "released": 5}, (8, 5)), (
        "no shipment yet"
    )
    arrives(1)
    assert quantities(shop.line(placed)) == {"allocated": 4, "released": 5}
    assert release(placed.id, actor="test") == {lamps: 4}


def test_a_short_pick_puts_units_back_in_the_queue_with_their_old_place(shop: Shop) -> None:
    shop.item("LAMP", stock=5)
    first, second = shop.place(("LAMP", 4)), shop.place(("LAMP", 4))
    release(first.id, actor="test")
    north = shop.locations["NORTH"]
    for _ in range(2):
        short_pick(first.id, line=first.lines[0].id, location=north, units=2, key="p-1", actor="test")
    assert quantities(shop.line(first)) == {"open": 2, "released": 2}
    assert shop.level("LAMP") == (3, 3)
    shop.stock("LAMP", 2)
    work_marks()
    assert (quantities(shop.line(first)), quantities(shop.line(second))) == (
        {"allocated": 2, "released": 2},
        {"open": 3, "allocated": 1},
    )


def test_the_warehouse_gives_units_back_and_then_they_can_be_cancelled(shop: Shop) -> None:
    shop.item("LAMP", stock=5)
    placed = shop.place(("LAMP", 4))
    release(placed.id, actor="test")
    give_back(placed.id, lines={placed.lines[0].id: 4}, actor="test")
    cancel(placed.id, actor="test")
    assert shop.level("LAMP") == (5, 0)


def test_returned_units_go_on_the_shelf_and_to_the_queue(shop: Shop) -> None:
    shop.item("LAMP", stock=2)
    placed, waiting = shop.place(("LAMP", 2)), shop.place(("LAMP", 1))
    release(placed.id, actor="test")
    north, line = shop.locations["NORTH"], placed.lines[0].id
    ship(placed.id, location=north, key="s-1", actor="test")
    for _ in range(2):
        return_units(placed.id, lines={line: 1}, key="r-1", restock_at=north, actor="test")
    with refusal("more_than_was_shipped"):
        return_units(placed.id, lines={line: 2}, key="r-2", actor="test")
    work_marks()
    assert quantities(shop.line(placed)) == {"shipped": 2, "returned": 1}
    assert quantities(shop.line(waiting)) == {"allocated": 1}


def test_raised_units_do_not_inherit_the_old_place(shop: Shop) -> None:
    shop.item("LAMP")
    first, second = shop.place(("LAMP", 2)), shop.place(("LAMP", 2))
    edit(first.id, Edit(units={first.lines[0].id: 3}), version=1, actor="test")
    shop.stock("LAMP", 4)
    Changed.objects.create(item_id=shop.items["LAMP"], cause="receipt", at=first.ordered_at)
    work_marks()
    added = Line.objects.get(order_id=first.id, placed=False)
    assert (quantities(shop.line(first)), quantities(shop.line(second)), quantities(added)) == (
        {"allocated": 2},
        {"allocated": 2},
        {"open": 1},
    )


def test_lowering_gives_units_back(shop: Shop) -> None:
    shop.item("LAMP", stock=5)
    placed = shop.place(("LAMP", 5))
    version = edit(placed.id, Edit(units={placed.lines[0].id: 2}), version=1, actor="test")
    assert (version, Order.objects.get().version) == (2, 2)
    assert quantities(shop.line(placed)) == {"allocated": 2, "cancelled": 3}
    assert shop.level("LAMP") == (5, 2)


def test_a_change_of_price_alone_moves_no_unit(shop: Shop) -> None:
    """S87."""
    shop.item("LAMP", stock=5)
    placed = shop.place(("LAMP", 2))
    before = list(Allocation.objects.values())
    edit(placed.id, Edit(lines={placed.lines[0].id: {"unit_price_minor": 999}}), version=1, actor="test")
    assert shop.line(placed).unit_price_minor == 999
    assert list(Allocation.objects.values()) == before
    assert not Changed.objects.exists()


def test_a_stale_edit_is_refused_whole(shop: Shop) -> None:
    shop.item("LAMP", stock=5)
    placed = shop.place(("LAMP", 2))
    edit(placed.id, Edit(order={"ship_to": {"city": "Leeds"}, "tags": ["vip"]}), version=1, actor="test")
    with refusal("order_has_changed"):
        edit(
            placed.id, Edit(order={"ship_to": {"city": "York"}}, units={placed.lines[0].id: 1}), version=1, actor="test"
        )
    order = Order.objects.get()
    assert (order.ship_to, order.tags, order.version) == ({"city": "Leeds"}, ["vip"], 2)
    assert quantities(shop.line(placed)) == {"allocated": 2}


def test_the_address_is_frozen_once_units_are_with_the_warehouse(shop: Shop) -> None:
    shop.item("LAMP", stock=5)
    placed = shop.place(("LAMP", 2))
    release(placed.id, actor="test")
    with refusal("too_late_to_change"):
        edit(placed.id, Edit(order={"ship_to": {"city": "York"}}), version=2, actor="test")


def test_a_higher_priority_goes_first_among_those_who_wait(shop: Shop) -> None:
    shop.item("LAMP")
    first, second = shop.place(("LAMP", 2)), shop.place(("LAMP", 2))
    edit(second.id, Edit(order={"priority": 5}), version=1, actor="test")
    shop.stock("LAMP", 2)
    work_marks()
    assert (quantities(shop.line(first)), quantities(shop.line(second))) == ({"open": 2}, {"allocated": 2})


def test_a_substitute_needs_consent_and_takes_over_the_units(shop: Shop) -> None:
    shop.item("LAMP", stock=1)
    shop.item("LAMP-B", stock=5)
    define.define_substitute(SubstituteSpec(sku="LAMP", substitute="LAMP-B", price_difference_minor=150), actor="test")
    placed = shop.place(("LAMP", 3))
    line = placed.lines[0].id
    with refusal("no_consent_to_substitute"):
        substitute(placed.id, line=line, sku="LAMP-B", actor="test")
    new = substitute(placed.id, line=line, sku="LAMP-B", consent=True, actor="test")
    assert quantities(shop.line(placed)) == {"allocated": 1, "substituted": 2}
    other = Line.objects.get(id=new)
    assert (other.instead_of_id, other.unit_price_minor, quantities(other)) == (line, 150, {"allocated": 2})
    assert (shop.waits("LAMP"), shop.level("LAMP-B")) == (0, (5, 2))


def test_an_added_line_is_decided_at_once(shop: Shop) -> None:
    shop.item("LAMP", stock=5)
    shop.item("VASE", stock=5)
    placed = shop.place(("LAMP", 1))
    edit(placed.id, Edit(add=(NewLine(sku="VASE", units=2),)), version=1, actor="test")
    added = Line.objects.get(order_id=placed.id, position=2)
    assert quantities(added) == {"allocated": 2}
    assert isinstance(shop.place(("LAMP", 1)), Placed)
