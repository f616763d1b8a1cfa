"""Bad luck of a whole installation: its disk is full, and its database dies under load. Nothing answered is lost."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import LiteralString

import httpx
import psutil
import psycopg
import pytest
from tests import invariants
from tests.connections import Running, until

from backorder.config import embedded

from .merchant import Merchant
from .serving import Served, serving

# Above the 16 MB of a segment of PostgreSQL's log, so that only tables run out of room.
LARGEST_FILE_KB = 20 * 1024
_FILLING = """
    INSERT INTO journal_entry (era, at, actor, fact, subject, body)
    SELECT (SELECT max(id) FROM journal_era), backorder_now(), 'test', 'test.filled', 'test/1',
           jsonb_build_object('x', repeat('x', 1900))
    FROM generate_series(1, 64)
"""
BUYERS, ORDERS_EACH = 4, 40


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder for an installation with a database of its own."""
    found = Path(tempfile.mkdtemp(prefix="luck-", dir=os.environ["BACKORDER_TEST_RUN"]))
    found.chmod(0o711)
    yield found
    embedded.stop(found / "data")
    shutil.rmtree(found)


@contextmanager
def merchant_of(served: Served, key: str) -> Iterator[Merchant]:
    headers = {"Authorization": f"Bearer {key}"}
    with httpx.Client(base_url=f"{served.address}/api/v1", headers=headers, timeout=60) as client:
        yield Merchant(client)


def set_up(merchant: Merchant) -> str:
    merchant.put("/calendars/ALWAYS", {"weekdays": [0, 1, 2, 3, 4, 5, 6]})
    merchant.put("/locations/NORTH", {"name": "North", "calendar": "ALWAYS"})
    merchant.put("/services/POST", {"name": "Post", "calendar": "ALWAYS"})
    merchant.put("/channels/web", {"name": "Web", "service": "POST"})
    return merchant.item("LAMP", stock=100_000)


def fill_the_journals_file(data: Path) -> None:
    """Grow the journal's file to its limit, as any table's may be some day."""
    with psycopg.connect(embedded.url(data), autocommit=True) as connection:
        connection.execute("ALTER TABLE journal_entry ALTER body SET STORAGE PLAIN")
        with pytest.raises(psycopg.Error, match="File too large"):
            endlessly(connection, _FILLING)


def endlessly(connection: psycopg.Connection, statement: LiteralString) -> None:
    while True:
        connection.execute(statement)


def assert_all_is_there(data: Path, merchant: Merchant, answered: list[str]) -> None:
    """Every answered order is found with its unit, and no invariant is broken."""
    found = {row["reference"] for page in pages(merchant, "/orders?limit=100") for row in page}
    assert set(answered) <= found
    assert merchant.level("LAMP")[1] == len(found)
    with psycopg.connect(embedded.url(data)) as connection:
        invariants.assert_clean(connection)


def pages(merchant: Merchant, path: str) -> Iterator[list[dict[str, str]]]:
    following: str | None = path
    while following:
        answer = got(merchant, following)
        yield answer.json()
        link = answer.headers.get("Link", "")
        following = link.partition("<")[2].partition(">")[0].removeprefix("/api/v1") or None


def got(merchant: Merchant, path: str) -> httpx.Response:
    """Ask until the page comes, as a client does: the database may just be getting up."""
    answers: list[httpx.Response] = []

    def asked() -> bool:
        answers.append(merchant.send("GET", path))
        return answers[-1].is_success

    until(asked)
    return answers[-1]


def test_a_full_disk_refuses_orders_keeps_the_others_and_takes_them_again_when_there_is_room(folder: Path) -> None:
    data = folder / "data"
    limited = serving(folder, largest_file_kb=LARGEST_FILE_KB)
    with limited as served, merchant_of(served, key := served.key) as shop:
        lamp = set_up(shop)
        fill_the_journals_file(data)
        answered: list[str] = []
        while (answer := shop.send("POST", "/orders", basket := shop.basket((lamp, 1)))).is_success:
            answered.append(basket["reference"])
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
        assert answer.json()["name"] == "storage_is_full"
        assert shop.send("POST", "/orders", basket).status_code == answer.status_code
        assert shop.get("/items/LAMP")["sku"] == lamp
        assert_all_is_there(data, shop, answered)

    with serving(folder) as served, merchant_of(served, key) as shop:
        assert shop.send("POST", "/orders", basket).status_code == 201
        assert_all_is_there(data, shop, [*answered, basket["reference"]])


def test_a_database_killed_under_load_loses_and_doubles_no_order(folder: Path) -> None:
    """Each buyer sends each order until it is answered, as a client does; the database is killed twice meanwhile."""
    data = folder / "data"
    with serving(folder) as served, merchant_of(served, served.key) as shop:
        lamp = set_up(shop)

        def buy(buyer: int) -> list[str]:
            references = [f"{buyer}/{number}" for number in range(ORDERS_EACH)]
            with merchant_of(served, served.key) as mine:
                for reference in references:
                    basket = {**mine.basket((lamp, 1)), "reference": reference}
                    until(lambda basket=basket: mine.send("POST", "/orders", basket).is_success)
            return references

        buyers = [Running(lambda buyer=buyer: buy(buyer)) for buyer in range(BUYERS)]
        for enough in (BUYERS * 5, BUYERS * 15):
            until(lambda enough=enough: orders_in(data) >= enough)
            killed = embedded.process_id(data)
            assert killed
            psutil.Process(killed).kill()
        answered = [reference for each in buyers for reference in each.finish()]
        assert orders_in(data) == BUYERS * ORDERS_EACH
        assert_all_is_there(data, shop, answered)


def orders_in(data: Path) -> int:
    """How many orders are stored; none while the database is down."""
    try:
        with psycopg.connect(embedded.url(data), connect_timeout=5) as connection:
            row = connection.execute("SELECT count(*) FROM orders_order").fetchone()
    except psycopg.OperationalError:
        return 0
    return int(row[0]) if row else 0
