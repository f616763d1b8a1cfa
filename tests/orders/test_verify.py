"""Break the books by hand: verify finds it, repair mends it, and what needs a guess is left to people."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection

from backorder.journal import clock
from backorder.journal.models import Entry
from backorder.orders.checking.repair import repair
from backorder.orders.checking.verify import verify
from backorder.orders.deciding.redecide import work_marks
from backorder.orders.models import Hold, Peg
from backorder.orders.placing.forms import NewHold, NewLine, Placed
from backorder.orders.placing.hold import hold
from backorder.stock.models import Changed
from tests.invariants import assert_clean

from .shop import Shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def busy(shop: Shop) -> Placed:
    """A lamp with 3 on the shelf, 10 inbound, and an order of 8 that has all 3 and waits for 5."""
    shop.item("LAMP", stock=3, lead_time_days=20)
    shop.inbound("LAMP", 10, 5)
    placed = shop.place(("LAMP", 8))
    assert verify() == []
    return placed


def run(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # Else a table with rows of this test cannot be altered.
        cursor.execute(sql)


def named() -> list[str]:
    return [finding.name for finding in verify()]


@pytest.mark.parametrize(
    ("sql", "name"),
    [
        ("UPDATE stock_level SET allocated = 1", "level_counter"),
        ("UPDATE supply_supply SET pegged = 9", "supply_counter"),
        ("UPDATE orders_queue SET open_units = 4", "queue_counter"),
    ],
)
def test_a_counter_follows_its_rows_again(shop: Shop, busy: Placed, sql: str, name: str) -> None:
    run(sql)
    assert named() == [name]
    (said,) = repair()
    assert said.endswith("as its rows do.")
    assert verify() == []
    assert_clean(connection)
    assert (shop.level("LAMP"), shop.waits("LAMP"), Peg.objects.get().supply.pegged) == ((3, 3), 5, 5)
    assert Entry.objects.get(fact="books.repaired").subject == f"item/{shop.items['LAMP']}"
    assert list(Changed.objects.values_list("cause", flat=True)) == ["repaired"]
    assert repair() == []


def test_a_finding_is_a_sentence_that_names_the_numbers(shop: Shop, busy: Placed) -> None:
    run("UPDATE orders_queue SET open_units = 4")
    item = shop.items["LAMP"]
    (finding,) = verify()
    assert str(finding) == f"queue_counter: item/{item} says 4 units wait; its lines and holds wait for 5."
    assert finding.item == item


def test_a_lost_peg_is_found_and_the_line_is_decided_anew(shop: Shop, busy: Placed) -> None:
    run("DELETE FROM orders_peg")
    run("UPDATE supply_supply SET pegged = 0, cancelled = 10")
    assert named() == ["promise_without_supply"]
    assert len(repair()) == 1
    assert named() == []
    work_marks()
    assert (named(), shop.line(busy).promised_on) == ([], shop.day(21))


def test_nobody_stays_pegged_to_supply_that_will_not_come(shop: Shop, busy: Placed) -> None:
    second = shop.place(("LAMP", 2))
    run("ALTER TABLE supply_supply DROP CONSTRAINT pegged_within_what_comes")
    run("UPDATE supply_supply SET cancelled = 6")
    assert named() == ["dead_supply"]
    assert len(repair()) == 5, "the second loses 2, the first 1, the supply is counted, both promises are decided"
    assert dict(Peg.objects.values_list("line_id", "units")) == {busy.lines[0].id: 4}
    work_marks()
    assert named() == []
    assert (shop.line(busy).promised_on, shop.line(second).promised_on) == (shop.day(21), shop.day(21))
    assert_clean(connection)


def test_an_ended_hold_owns_nothing(shop: Shop, busy: Placed) -> None:
    hold(NewHold(channel="web", token="cart", country="GB", lines=(NewLine(sku="LAMP", units=2),)), actor="test")
    Hold.objects.update(ended_at=clock.now(), outcome="expired", open=0)
    assert named() == ["queue_counter", "ended_hold"]
    assert len(repair()) == 3
    assert named() == []
    assert_clean(connection)


def test_a_mark_that_nobody_reads_is_found(shop: Shop, busy: Placed) -> None:
    Changed.objects.create(item_id=shop.items["LAMP"], cause="receipt", at=clock.now())
    assert named() == []
    clock.advance(timedelta(seconds=61), actor="test")
    assert named() == ["unread_mark"]
    work_marks()
    assert named() == []


@pytest.mark.parametrize(
    ("sql", "name"),
    [
        (
            "ALTER TABLE orders_line DROP CONSTRAINT no_unit_lost_or_doubled; UPDATE orders_line SET ordered = 9",
            "line_balance",
        ),
        ("UPDATE orders_line SET ordered = ordered + 1, allocated = allocated + 1", "line_allocations"),
        ("UPDATE stock_level SET on_hand = 4", "on_hand"),
        ("UPDATE supply_supply SET received = 1", "received"),
        ("UPDATE orders_peg SET units = 6; UPDATE supply_supply SET pegged = 6", "pegged_beyond_open"),
    ],
)
def test_what_needs_a_guess_is_found_and_left_to_people(shop: Shop, busy: Placed, sql: str, name: str) -> None:
    run(sql)
    assert named() == [name]
    assert repair() == []
    assert named() == [name]


def test_the_journal_is_looked_at_too(shop: Shop, busy: Placed) -> None:
    run("INSERT INTO journal_follower (name, era, xact, seq) VALUES ('x', 99, 1, 1)")
    assert named() == ["journal"]
