"""Bad luck among many: a poison order, a worker killed in mid-job, the database's sessions cut under load."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading

import msgspec
import pytest
from django.db import connection, transaction

from backorder.config import database
from backorder.journal import clock
from backorder.journal.refusals import Refused
from backorder.orders.deciding.redecide import work_marks
from backorder.orders.models import Line, Order
from backorder.orders.placing import place
from backorder.orders.placing.forms import NewOrder, Placed
from backorder.orders.placing.place import place_orders
from backorder.stock.marks import mark
from backorder.stock.models import Changed
from tests import invariants
from tests.connections import Running, another, until
from tests.orders.shop import Shop, open_shop

TOGETHER = 256


@pytest.fixture
def shop(transactional_db: None) -> Shop:
    return open_shop()


def poisoned(order: NewOrder) -> NewOrder:
    """An order that every check lets pass and that PostgreSQL cannot store: JSON with a zero byte in a name."""
    return msgspec.structs.replace(order, attributes={"zero\x00byte": 1})


def test_one_order_of_256_that_cannot_be_stored_spoils_no_other(shop: Shop) -> None:
    shop.item("LAMP", stock=1000)
    orders = [shop.order(("LAMP", 1)) for _ in range(TOGETHER)]
    orders[100] = poisoned(orders[100])
    outcomes = place_orders(orders, actor="test")
    refused = {n: o.name for n, o in enumerate(outcomes) if isinstance(o, Refused)}
    assert refused == {100: "order_could_not_be_stored"}
    assert [o.reference for o in outcomes if isinstance(o, Placed)] == [
        order.reference for n, order in enumerate(orders) if n != 100
    ]
    assert Order.objects.count() == TOGETHER - 1
    assert shop.level("LAMP") == (1000, TOGETHER - 1)
    invariants.assert_clean(connection)


def test_one_order_of_256_that_cannot_be_decided_spoils_no_other(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.item("LAMP", stock=1000)
    orders = [shop.order(("LAMP", 1)) for _ in range(TOGETHER)]
    original = place.decide

    def decide(given: object, *rest: object, **named: object) -> object:
        if given.given.reference == orders[7].reference:  # type: ignore[attr-defined]
            raise ZeroDivisionError
        return original(given, *rest, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(place, "decide", decide)
    outcomes = place_orders(orders, actor="test")
    assert {n: o.name for n, o in enumerate(outcomes) if isinstance(o, Refused)} == {7: "order_could_not_be_stored"}
    assert shop.level("LAMP") == (1000, TOGETHER - 1)
    invariants.assert_clean(connection)


def test_a_worker_killed_in_mid_decision_leaves_the_mark_to_the_next(shop: Shop) -> None:
    """Its transaction is undone by the database; the mark is the truth, so the next worker decides."""
    item = shop.item("LAMP")
    placed = shop.place(("LAMP", 4))
    shop.stock("LAMP", 6)
    with transaction.atomic():
        mark([item], cause="receipt", at=clock.now())
    with another() as blocker:
        # Held up in the middle: everything is decided, and the level it wants to write is locked by somebody.
        blocker.execute("SET idle_in_transaction_session_timeout = 0")
        blocker.execute("SELECT 1 FROM stock_level FOR UPDATE")
        worker = subprocess.Popen([sys.executable, "-c", _WORK], stdin=subprocess.PIPE, text=True)
        assert worker.stdin is not None
        worker.stdin.write(_address() + "\n")
        worker.stdin.close()
        until(lambda: _waits_behind(blocker.info.backend_pid) or worker.poll() is not None)
        assert worker.poll() is None
        worker.send_signal(signal.SIGKILL)
        worker.wait()
    assert shop.line(placed).allocated == 0
    assert Changed.objects.count() == 1
    assert work_marks() == 1
    assert (shop.line(placed).allocated, shop.level("LAMP")) == (4, (6, 4))
    invariants.assert_clean(connection)


def test_sessions_cut_under_load_lose_and_double_nothing(shop: Shop) -> None:
    """As when the database restarts: each order is placed exactly once, though many calls lost their connection."""
    shop.item("LAMP", stock=10_000)
    orders = [[shop.order(("LAMP", 1)) for _ in range(40)] for _ in range(4)]
    stop = threading.Event()

    def buy(mine: list[NewOrder]) -> list[str]:
        return [outcome.reference for order in mine for outcome in _patiently(order) if isinstance(outcome, Placed)]

    buyers = [Running(lambda mine=mine: buy(mine)) for mine in orders]
    cutter = Running(lambda: _cut(stop))
    placed = [each.finish() for each in buyers]
    stop.set()
    assert cutter.finish() > 0
    assert placed == [[order.reference for order in mine] for mine in orders]
    assert Line.objects.count() == 160
    assert shop.level("LAMP") == (10_000, 160)
    invariants.assert_clean(connection)


def _patiently(order: NewOrder) -> list[object]:
    """Send an order until it is answered, as a client does; the same reference is the same order."""
    for _ in range(100):
        try:
            outcome = place_orders([order], actor="test")
        except Exception:
            connection.close()
            continue
        if isinstance(outcome[0], Placed):
            return list(outcome)
    raise AssertionError("it is never answered")


def _cut(stop: threading.Event) -> int:
    """End the sessions of buyers every 50 ms, and say how many."""
    cut = 0
    with another() as killer:
        killer.autocommit = True
        while not stop.wait(0.05):
            found = killer.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid() AND query LIKE %s",
                ["%orders_%"],
            ).fetchall()
            cut += len(found)
    return cut


def _waits_behind(pid: int) -> bool:
    """Is somebody held up by the session of this process id?"""
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_stat_activity WHERE %s = ANY(pg_blocking_pids(pid)))", [pid])
        return bool(cursor.fetchone()[0])


def _address() -> str:
    given = connection.settings_dict
    return database.compose(user=given["USER"], password=given["PASSWORD"], name=given["NAME"], host=_host())


def _host() -> str:
    given = connection.settings_dict
    return str(given["HOST"] or given["OPTIONS"]["host"])


_WORK = """
import os, sys
os.environ["DATABASE_URL"] = sys.stdin.readline().strip()
os.environ["DJANGO_SETTINGS_MODULE"] = "backorder.config.settings"
import django
django.setup()
from backorder.orders.deciding.redecide import work_marks
work_marks()
"""
