"""Customers look at their orders: how long until the whole page is there, at a steady 20 a second.

Each page is an order of three items of which some units wait in a queue of a thousand, with every date it was given.
"""

from __future__ import annotations

import asyncio
import json
import time

import httpx

from bench.installation import Installation
from bench.results import Measured, Row

RATE = 20.0
HOLD_MILLISECONDS = 80.0
ORDERS = 200
IN_THE_QUEUE = 1_000

_PLACE = f"""
import json
import django
django.setup()
from backorder.access import links
from backorder.journal import clock
from backorder.orders.placing.forms import NewLine, NewOrder
from backorder.orders.placing.place import place_orders
def order(n, prefix):
    # Every tenth item waits for a delivery; SKU-10 is the one that all of them want.
    lines = [NewLine(sku=sku, units=3) for sku in ("SKU-10", f"SKU-{{20 + 10 * (n % 50)}}", f"SKU-{{1 + n % 9}}")]
    return NewOrder(channel="web", reference=f"{{prefix}}{{n}}", country="GB", lines=tuple(lines))
placed = []
for first in range(0, {IN_THE_QUEUE}, 200):
    placed += place_orders([order(n, "portal-") for n in range(first, first + 200)], actor="bench")
ids = [one.id for one in placed if hasattr(one, "id")][-{ORDERS}:]
assert ids, placed[0]
print(json.dumps([links.make("order", id, now=clock.now()) for id in ids]))
"""


def measure(here: Installation, *, seconds: int) -> Measured:
    """Open pages at a steady rate, each due at its own instant, and time them from those instants."""
    found: list[str] = json.loads(here.python(*_PLACE.splitlines()).splitlines()[-1])
    here.start_web()
    times, sizes = asyncio.run(_look(here.url, found, seconds))
    here.stop("web")
    p50, p95 = (1000 * times[int(len(times) * share)] for share in (0.5, 0.95))
    row = Row(
        f"the customer's page at {RATE:.0f} requests/s, {IN_THE_QUEUE:,} orders in the queue",
        f"p50 {p50:.0f} ms, p95 {p95:.0f} ms, {sum(sizes) / len(sizes) / 1024:.0f} kB",
        f"p95 < {HOLD_MILLISECONDS:.0f} ms",
        p95 < HOLD_MILLISECONDS,
    )
    return Measured([row])


async def _look(url: str, found: list[str], seconds: int) -> tuple[list[float], list[int]]:
    """Seconds (sorted) and bytes of each page."""
    times: list[float] = []
    sizes: list[int] = []

    async with httpx.AsyncClient(base_url=url, timeout=60) as client:

        async def open_page(number: int, due: float) -> None:
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            answer = await client.get(f"/my/{found[number % len(found)]}")
            assert answer.status_code == 200, answer.text[:500]
            times.append(time.perf_counter() - due)
            sizes.append(len(answer.content))

        await open_page(0, 0.0)  # The first one compiles the templates.
        times.clear()
        began = time.perf_counter() + 0.2
        await asyncio.gather(*(open_page(n, began + n / RATE) for n in range(int(RATE * seconds))))
    return sorted(times), sizes
