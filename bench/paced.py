"""A steady load: orders posted at fixed instants, whether or not earlier ones were answered, timed from those instants.

`python -m bench.paced URL KEY RATE SECONDS PREFIX LOW HIGH` orders items SKU-LOW to SKU-HIGH by turns and prints JSON;
SIGTERM ends it before its time, after the orders that are under way were answered.
"""

from __future__ import annotations

import asyncio
import json
import signal
import sys
import time
from urllib.parse import urlsplit

CONNECTIONS = 32


class Load:
    """What is sent and when, and what came of it."""

    def __init__(self, url: str, key: str, rate: float, seconds: float, prefix: str, low: int, high: int) -> None:
        parts = urlsplit(url)
        self.host, self.port = str(parts.hostname), int(parts.port or 80)
        self.key, self.prefix, self.low, self.high = key, prefix, low, high
        self.rate, self.total = rate, int(rate * seconds)
        self.next = 0
        self.times: list[float] = []
        self.refused = 0
        self.began = time.perf_counter() + 0.2

    def request(self, number: int) -> bytes:
        """The bytes of order `number`."""
        sku = f"SKU-{self.low + number % (self.high - self.low + 1)}"
        body = json.dumps(
            {"channel": "web", "reference": f"{self.prefix}{number}", "country": "GB",
             "lines": [{"sku": sku, "units": 1}]}
        ).encode()  # fmt: skip
        head = (
            f"POST /api/v1/orders HTTP/1.1\r\nHost: {self.host}\r\nAuthorization: Bearer {self.key}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body

    def end(self) -> None:
        """Send no more."""
        self.total = self.next

    async def sender(self) -> None:
        """One connection: takes the next instant, waits for it, sends, reads the answer."""
        reader, writer = await asyncio.open_connection(self.host, self.port)
        while self.next < self.total:
            number, self.next = self.next, self.next + 1
            due = self.began + number / self.rate
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            writer.write(self.request(number))
            status = await _answer(reader)
            self.times.append(time.perf_counter() - due)
            self.refused += status // 100 != 2
        writer.close()

    async def run(self) -> dict[str, float]:
        """Send everything and sum it up, in milliseconds; `rate` is how many a second were answered."""
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, self.end)
        await asyncio.gather(*(self.sender() for _ in range(CONNECTIONS)))
        # The last answer comes a while after the last instant whatever the rate: what it lags beyond the usual counts.
        seconds = time.perf_counter() - self.began
        due = len(self.times) / self.rate
        self.times.sort()
        return {
            "sent": len(self.times),
            "rate": len(self.times) / max(due, seconds - self.times[len(self.times) // 2]),
            "refused": self.refused,
            "p50_ms": 1000 * self.times[len(self.times) // 2],
            "p99_ms": 1000 * self.times[int(len(self.times) * 0.99)],
            "seconds": seconds,
        }


async def _answer(reader: asyncio.StreamReader) -> int:
    head = await reader.readuntil(b"\r\n\r\n")
    length = 0
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            length = int(line.partition(b":")[2])
    await reader.readexactly(length)
    return int(head.split(b" ", 2)[1])


if __name__ == "__main__":
    url, key, rate, seconds, prefix, low, high = sys.argv[1:]
    load = Load(url, key, float(rate), float(seconds), prefix, int(low), int(high))
    print(json.dumps(asyncio.run(load.run())))
