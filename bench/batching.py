"""The batch endpoint: 1,000 orders of one line in a request."""

from __future__ import annotations

import http.client
import itertools
import json
import random
import statistics
import time

from bench.installation import Installation
from bench.results import Measured, Row

ORDERS = 1_000
_batches = itertools.count()


def measure(here: Installation, *, seconds: int) -> Measured:
    """Post batches one after the other for some seconds; the web server is started and stopped here."""
    here.start_web()
    chance = random.Random(1)
    place(here, [f"SKU-{chance.randint(1, 10_000)}" for _ in range(ORDERS)])
    took: list[float] = []
    while sum(took) < seconds:
        took.append(place(here, [f"SKU-{chance.randint(1, 10_000)}" for _ in range(ORDERS)]))
    here.stop("web")
    per_second = ORDERS * len(took) / sum(took)
    row = Row(
        "batch endpoint, 1,000 orders a request",
        f"{per_second:,.0f} lines/s, median request {statistics.median(took):.2f} s",
        ">= 5,000 lines/s",
        per_second >= 5_000,
        ">= 12,000 lines/s",
        per_second >= 12_000,
    )
    return Measured([row])


def place(here: Installation, skus: list[str]) -> float:
    """Place one order of one unit per SKU in one request; every row must be placed. Returns the seconds it took."""
    batch = next(_batches)
    body = json.dumps(
        [
            {"channel": "web", "reference": f"batch{batch}-{n}", "country": "GB", "lines": [{"sku": sku, "units": 1}]}
            for n, sku in enumerate(skus)
        ]
    )
    headers = {"Authorization": f"Bearer {here.key}", "Content-Type": "application/json"}
    connection = http.client.HTTPConnection("127.0.0.1", here.port, timeout=120)
    connection.connect()
    began = time.perf_counter()
    connection.request("POST", "/api/v1/orders/batch", body, headers)
    answer = connection.getresponse()
    rows = answer.read()
    took = time.perf_counter() - began
    assert answer.status == 200, rows[:2000]
    wrong = [row for row in json.loads(rows) if row["status"] != 201]
    assert not wrong, wrong[:2]
    connection.close()
    return took
