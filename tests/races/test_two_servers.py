"""Two server processes on one database sell the last units once, and one order that reaches both is one order."""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from django.db import connection

from backorder.access import keys
from backorder.cli.house import is_answering
from backorder.config import database
from backorder.orders.models import Order
from tests.connections import Running, until
from tests.orders.shop import Shop

CLIENTS = 6
UNITS = 50


class Server:
    """A `backorder web` of its own on the test database."""

    def __init__(self) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        given = connection.settings_dict
        host = str(given["HOST"] or given["OPTIONS"]["host"])
        address = database.compose(user=given["USER"], password=given["PASSWORD"], name=given["NAME"], host=host)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "backorder.cli", "web", "--port", str(self.port)],
            env={**os.environ, "DATABASE_URL": address},
        )

    def place(self, key: str, reference: str, sku: str, units: int = 1) -> tuple[int, Any]:
        """POST an order; the status and the answer."""
        body = {"channel": "web", "reference": reference, "country": "GB", "lines": [{"sku": sku, "units": units}]}
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        client = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            client.request("POST", "/api/v1/orders", json.dumps(body), headers)
            answer = client.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            client.close()


@pytest.fixture
def servers(shop: Shop) -> Iterator[tuple[Server, Server]]:
    """Two that answer; ended with the test."""
    found = (Server(), Server())
    try:
        for one in found:
            until(lambda one=one: is_answering(f"http://127.0.0.1:{one.port}") or one.process.poll() is not None)
            assert one.process.poll() is None
        yield found
    finally:
        for one in found:
            one.process.terminate()
        for one in found:
            with suppress(subprocess.TimeoutExpired):
                one.process.wait(30)


def test_two_servers_sell_the_last_units_once(shop: Shop, servers: tuple[Server, Server], clean: None) -> None:
    shop.item("LAMP", sell="stock_only", stock=UNITS)
    shop.item("DESK", stock=UNITS)
    key = keys.create(name="shop", scopes=["orders:write"])

    def buy(n: int) -> Counter[int]:
        server = servers[n % 2]
        return Counter(server.place(key, f"{n}-{turn}", "LAMP")[0] for turn in range(UNITS // CLIENTS + 4))

    running = [Running(lambda n=n: buy(n)) for n in range(CLIENTS)]
    answers = sum((each.finish() for each in running), Counter())
    assert answers == {201: UNITS, 409: CLIENTS * (UNITS // CLIENTS + 4) - UNITS}
    assert shop.level("LAMP") == (UNITS, UNITS)

    def twice(n: int) -> list[tuple[int, int]]:
        server = servers[n]
        return [
            (status, answer["id"])
            for status, answer in (server.place(key, f"same-{turn}", "DESK") for turn in range(10))
        ]

    running = [Running(lambda n=n: twice(n)) for n in range(2)]
    one, other = (each.finish() for each in running)
    assert [id for _, id in one] == [id for _, id in other]
    assert [sorted(pair) for pair in zip((s for s, _ in one), (s for s, _ in other), strict=True)] == [[200, 201]] * 10
    assert Order.objects.filter(reference__startswith="same-").count() == 10
    assert shop.level("DESK") == (UNITS, 10)
