"""How often, and how many at a time, the units of a line leave: told, decided and released by the same rules."""

from __future__ import annotations

import pytest

from backorder.catalog import define
from backorder.catalog.specs import ItemSpec, KitSpec
from backorder.journal import clock
from backorder.journal.refusals import Refused
from backorder.orders.deciding.redecide import work_marks
from backorder.orders.fulfilling.release import release
from backorder.orders.fulfilling.ship import ship
from backorder.orders.models import Line, Part, Peg
from backorder.orders.placing.forms import NewCustomer, NewLine, NewOrder, Placed
from backorder.orders.placing.place import place_orders
from backorder.orders.supplying.inbound import move_eta
from backorder.stock.models import Changed

from .shop import Shop

pytestmark = pytest.mark.django_db


def refusal(name: str) -> pytest.RaisesExc[Refused]:
    return pytest.raises(Refused, match=f"^{name}:")


def place(shop: Shop, units: int, **line: int) -> Placed:
    """An order of so many lamps, with wishes about their shipments."""
    new = NewOrder(
        channel="web", reference=f"S-{Line.objects.count()}", country="GB", customer=NewCustomer(reference="ann"),
        lines=(NewLine(sku="LAMP", units=units, **line),),
    )  # fmt: skip
    (placed,) = place_orders([new], actor="test")
    assert isinstance(placed, Placed), placed
    return placed


def told(shop: Shop, placed: Placed) -> str:
    """The parts of the line's promise: units by day."""
    line = shop.line(placed)
    days: dict[int, int] = {}
    for part in Part.objects.filter(line_id=line.pk, version=line.promise_version):
        day = (part.deliver_on - shop.day(0)).days
        days[day] = days.get(day, 0) + part.units
    return " ".join(f"{units}@{day}" for day, units in sorted(days.items()))


def has(shop: Shop, placed: Placed) -> tuple[int, int]:
    """(units on the shelf for it, units pegged to supply)."""
    line = shop.line(placed)
    return line.allocated, sum(peg.units for peg in Peg.objects.filter(line_id=line.pk))


def arrives(shop: Shop, units: int) -> None:
    shop.stock("LAMP", units)
    Changed.objects.create(item_id=shop.items["LAMP"], cause="receipt", at=clock.now())
    work_marks()


def test_what_is_too_few_for_a_shipment_is_promised_with_the_next(shop: Shop) -> None:
    shop.item("LAMP", stock=5, min_ship_units=6)
    shop.inbound("LAMP", 10, 9)
    placed = place(shop, 7)
    assert told(shop, placed) == "7@10"
    assert has(shop, placed) == (0, 7), "what leaves on day 9 does not sit on the shelf until then"


def test_multiples_split_what_is_on_the_shelf(shop: Shop) -> None:
    shop.item("LAMP", stock=7, ship_multiple=6)
    shop.inbound("LAMP", 10, 9)
    placed = place(shop, 12)
    assert told(shop, placed) == "6@1 6@10"
    assert release(placed.id, actor="test") == {placed.lines[0].id: 6}
    with refusal("no_whole_multiple"):
        release(placed.id, actor="test")


def test_one_shipment_waits_for_everything(shop: Shop) -> None:
    shop.item("LAMP", stock=3)
    shop.inbound("LAMP", 2, 4)
    shop.inbound("LAMP", 2, 9)
    placed = place(shop, 6, max_shipments=1)
    assert told(shop, placed) == "6@10"
    assert has(shop, placed) == (2, 4), "one stays for others"
    with refusal("last_shipment_waits"):
        release(placed.id, actor="test")


def test_two_shipments_are_promised_decided_and_kept(shop: Shop) -> None:
    shop.item("LAMP", stock=3)
    shop.inbound("LAMP", 2, 4)
    shop.inbound("LAMP", 2, 9)
    placed = place(shop, 6, max_shipments=2)
    line = placed.lines[0].id
    assert told(shop, placed) == "3@1 3@10"
    assert release(placed.id, actor="test") == {line: 3}
    ship(placed.id, location=shop.locations["NORTH"], key="s-1", actor="test")
    arrives(shop, 2)
    assert has(shop, placed) == (1, 2)
    with refusal("last_shipment_waits"):
        release(placed.id, actor="test")
    arrives(shop, 1)
    assert shop.line(placed).allocated == 3
    assert release(placed.id, actor="test") == {line: 3}


def test_a_slip_moves_the_shipment_and_not_what_has_left(shop: Shop) -> None:
    shop.item("LAMP", stock=3)
    supply = shop.inbound("LAMP", 4, 4)
    placed = place(shop, 6, max_shipments=2)
    assert told(shop, placed) == "3@1 3@5"
    release(placed.id, actor="test")
    move_eta(supply, eta=shop.day(12), actor="test")
    work_marks()
    assert told(shop, placed) == "3@1 3@13"


def test_a_kit_leaves_whole_however_often(shop: Shop) -> None:
    shop.item("LAMP", stock=3)
    define.define_item(ItemSpec(sku="SET", name="Set"), actor="test")
    define.define_kit(KitSpec(sku="SET", parts={"LAMP": 2}), actor="test")
    with refusal("kit_is_whole"):
        raise _outcome(shop, NewLine(sku="SET", units=1, max_shipments=1))


def test_what_would_come_after_the_last_day_is_left_to_others(shop: Shop) -> None:
    shop.item("LAMP")
    late = shop.inbound("LAMP", 5, 12)
    first = shop.place(("LAMP", 5), customer="bea", cancel_if_not_by=shop.day(20))
    second = shop.place(("LAMP", 5), customer="cid")
    assert (has(shop, first), has(shop, second)) == ((0, 5), (0, 0))
    move_eta(late, eta=shop.day(22), actor="test")
    work_marks()
    assert has(shop, first) == (0, 5), "what it has it keeps: something better may come"
    shop.inbound("LAMP", 5, 15)
    Changed.objects.create(item_id=shop.items["LAMP"], cause="supply", at=clock.now())
    work_marks()
    assert Peg.objects.get(line_id=shop.line(first).pk).supply_id != late
    assert Peg.objects.get(line_id=shop.line(second).pk).supply_id == late


def test_nobody_takes_what_comes_after_his_last_day(shop: Shop) -> None:
    shop.item("LAMP")
    first = shop.place(("LAMP", 5), customer="bea", cancel_if_not_by=shop.day(20))
    second = shop.place(("LAMP", 5), customer="cid")
    shop.inbound("LAMP", 5, 25)
    Changed.objects.create(item_id=shop.items["LAMP"], cause="supply", at=clock.now())
    work_marks()
    assert (has(shop, first), has(shop, second)) == ((0, 0), (0, 5))


def _outcome(shop: Shop, line: NewLine) -> Refused:
    new = NewOrder(channel="web", reference="S-kit", country="GB", lines=(line,))
    (outcome,) = place_orders([new], actor="test")
    assert isinstance(outcome, Refused), outcome
    return outcome
