"""Ten thousand customers are to be told at once: how long until each has a letter in his mailbox.

The mailboxes are an SMTP server of this machine in a process of its own, spoken to over the wire.
`python -m bench.notices tell N` is what runs inside the installation.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from bench import installation
from bench.installation import Installation
from bench.results import Measured, Row

CUSTOMERS = 10_000
HOLD_SECONDS = 60.0
_AT_ONCE = 500

_SINK = """
import sys, time
from aiosmtpd.controller import Controller
class Sink:
    received = set()
    async def handle_DATA(self, server, session, envelope):
        head = envelope.content.partition(b"\\r\\n\\r\\n")[0]
        self.received.add(next(line for line in head.split(b"\\r\\n") if line.lower().startswith(b"message-id:")))
        return "250 OK"
controller = Controller(Sink(), hostname="127.0.0.1", port=int(sys.argv[1]))
controller.start()
print("ready", flush=True)
sys.stdin.readline()
print(len(Sink.received), flush=True)
controller.stop()
"""


def measure(here: Installation, *, customers: int = CUSTOMERS) -> Measured:
    """Place an order of each customer, then compose and send the answers to all of them."""
    with _mailboxes() as (port, count):
        said = subprocess.run(
            [sys.executable, "-m", "bench.notices", "tell", str(customers)],
            env={**here.environment, "BACKORDER_MAIL": f"smtp://127.0.0.1:{port}"},
            check=True,
            capture_output=True,
            text=True,
        )
        received = count()
    composing, sending = json.loads(said.stdout)
    assert received == customers, f"{received} of {customers} letters arrived"
    whole = composing + sending
    row = Row(
        f"{customers:,} notices at once, from facts to mailboxes over SMTP",
        f"{whole:.0f} s (composing {composing:.0f} s, sending {sending:.0f} s)",
        f"<= {HOLD_SECONDS:.0f} s",
        whole <= HOLD_SECONDS,
    )
    return Measured([row])


def tell(customers: int) -> tuple[float, float]:
    """Seconds to note and compose, and to send, the notices of so many new orders."""
    from backorder import jobs
    from backorder.notices import composing, delay, noting

    _place(customers)
    began = time.perf_counter()
    # What is told stays behind what the law is asked about.
    while delay.watch():
        pass
    while noting.note():
        pass
    while composing.compose_due():
        pass
    composed = time.perf_counter()
    with ThreadPoolExecutor(jobs.MAIL_SENDERS) as pool:
        list(pool.map(lambda _: _send(), range(jobs.MAIL_SENDERS)))
    return composed - began, time.perf_counter() - composed


def _send() -> None:
    from django.db import connection

    from backorder.notices import sending

    while sending.send_due("email"):
        pass
    connection.close()


def _place(customers: int) -> None:
    from backorder.orders.placing.forms import NewLine, NewOrder, Placed
    from backorder.orders.placing.place import place_orders

    for first in range(0, customers, _AT_ONCE):
        orders = [
            NewOrder(
                channel="web",
                reference=f"N-{n}",
                country="GB",
                contact={"email": f"customer{n}@example.com", "name": f"Customer {n}"},
                # One that is here and one that waits.
                lines=(NewLine(sku=f"SKU-{n % 9_000 + 1}", units=2), NewLine(sku=f"SKU-{n % 900 * 10 + 10}", units=3)),
            )
            for n in range(first, first + _AT_ONCE)
        ]
        outcomes = place_orders(orders, actor="bench")
        assert all(isinstance(outcome, Placed) for outcome in outcomes), outcomes


@contextmanager
def _mailboxes() -> Iterator[tuple[int, Callable[[], int]]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    sink = subprocess.Popen(
        [sys.executable, "-c", _SINK, str(port)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert sink.stdout is not None
    assert sink.stdin is not None
    assert sink.stdout.readline() == "ready\n"
    said: list[int] = []

    def count() -> int:
        assert sink.stdout is not None
        assert sink.stdin is not None
        sink.stdin.write("\n")
        sink.stdin.flush()
        said.append(int(sink.stdout.readline()))
        return said[-1]

    try:
        yield port, count
    finally:
        sink.stdin.close()
        sink.stdout.close()
        sink.terminate()
        sink.wait(30)


if __name__ == "__main__":
    if sys.argv[1:2] == ["tell"]:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backorder.config.settings")
        import django

        django.setup()
        print(json.dumps(tell(int(sys.argv[2]))))
    else:
        with installation.seeded() as place:
            print(measure(place, customers=int(sys.argv[1]) if len(sys.argv) > 1 else CUSTOMERS))
