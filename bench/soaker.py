"""One client of the soak: does things by chance over HTTP and writes each answered success to a file of its own.

`python -m bench.soaker URL KEY SEED OPERATIONS FILE`. A call without an answer is sent again, unchanged, until it has
one: whatever got through the first time must then be told the same. The file is all that is later held against the
database.
"""

from __future__ import annotations

import http.client
import json
import random
import sys
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

PATIENCE_SECONDS = 120.0
PAUSE_SECONDS = 0.2
PLACES = ("NORTH", "SOUTH")


class Client:
    """What one client knows: its own orders, and supplies it announced."""

    def __init__(self, url: str, key: str, seed: int, log: Path) -> None:
        self.host = urlsplit(url).netloc
        self.key = key
        self.name = f"s{seed}"
        self.chance = random.Random(seed)
        self.log = log.open("a")
        self.orders: list[dict[str, Any]] = []
        self.supplies: list[int] = []
        self.numbers = 0
        self.seen: Counter[str] = Counter()
        self.connection: http.client.HTTPConnection | None = None

    def step(self) -> None:
        """Do one thing."""
        (action,) = self.chance.choices(list(ACTIONS), list(ACTIONS.values()))
        action(self)

    def place(self) -> None:
        body = self._order()
        if placed := self._send("POST", "/orders", body):
            self._placed(body, placed)

    def place_many(self) -> None:
        bodies = [self._order() for _ in range(10)]
        rows = self._send("POST", "/orders/batch", bodies)
        for body, row in zip(bodies, rows or [], strict=False):
            self.seen[f"batch row {row['status']}"] += 1
            if row["status"] in {200, 201}:
                self._placed(body, row["order"])

    def ask(self) -> None:
        self._send("POST", "/inquiries", {"channel": "web", "country": "GB", "lines": self._lines()})

    def hold(self) -> None:
        token = f"{self.name}-{self._number()}"
        body = {"channel": "web", "token": token, "country": "GB", "lines": self._lines()}
        if self._send("POST", "/holds", body):
            self._note("hold", key=token, units=_by_sku(body["lines"]))
            if self.chance.random() < 0.5:
                self._send("DELETE", f"/holds?channel=web&token={token}")
            else:
                self.place_held(token, body["lines"])

    def place_held(self, token: str, lines: list[dict[str, Any]]) -> None:
        body = {**self._order(), "lines": lines, "hold": token}
        if placed := self._send("POST", "/orders", body):
            self._placed(body, placed)

    def cancel(self) -> None:
        if self.orders:
            order = self.chance.choice(self.orders)
            line = self.chance.choice(order["lines"])
            body = {"lines": [{"line": line["id"], "units": 1}]}
            if self._send("POST", f"/orders/{order['id']}/cancel", body):
                self._note("cancel", line=line["id"], units=1)

    def release_and_ship(self) -> None:
        if not self.orders:
            return
        order = self.chance.choice(self.orders)["id"]
        if self._send("POST", f"/orders/{order}/release", {}):
            for place in PLACES:
                key = f"ship-{self.name}-{self._number()}"
                if self._send("POST", f"/orders/{order}/shipments", {"location": place, "key": key}):
                    self._note("shipment", key=key, order=order)

    def announce(self) -> None:
        eta = datetime.now(UTC).date() + timedelta(days=self.chance.randint(1, 30))
        body = {
            "kind": "production", "reference": f"made-{self.name}-{self._number()}", "sku": self._sku(),
            "location": self.chance.choice(PLACES), "units": self.chance.randint(5, 60), "eta": eta.isoformat(),
        }  # fmt: skip
        if made := self._send("POST", "/supplies", body):
            self.supplies.append(made["id"])
            self._note("supply", key=body["reference"], units=body["units"])

    def receive(self) -> None:
        if self.supplies:
            supply, key = self.chance.choice(self.supplies), f"in-{self.name}-{self._number()}"
            body = {"units": self.chance.randint(1, 30), "key": key}
            if self._send("POST", f"/supplies/{supply}/receipts", body):
                self._note("receipt", key=key, units=body["units"])

    def slip(self) -> None:
        if self.supplies:
            eta = datetime.now(UTC).date() + timedelta(days=self.chance.randint(0, 40))
            self._send("POST", f"/supplies/{self.chance.choice(self.supplies)}/eta", {"eta": eta.isoformat()})

    def lose(self) -> None:
        if self.supplies:
            self._send("POST", f"/supplies/{self.chance.choice(self.supplies)}/cancel", {"units": 2})

    def adjust(self) -> None:
        key = f"found-{self.name}-{self._number()}"
        body = {
            "sku": self._sku(), "location": self.chance.choice(PLACES), "units": self.chance.choice((-2, 5, 10)),
            "reason": "soak", "key": key,
        }  # fmt: skip
        if self._send("POST", "/adjustments", body):
            self._note("adjustment", key=key, units=body["units"])

    # -- sending ------------------------------------------------------------------------------------------------------

    def _send(self, method: str, path: str, body: Any = None) -> Any:
        """The answer's JSON if it is a success, else None; sent again until there is an answer that is not a 5xx."""
        token = f"{self.name}-{self._number()}"
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            status, answer = self._try(method, path, body, token)
            self.seen[f"{status}"] += 1
            if status in {409, 422, 404} and answer:
                self.seen[json.loads(answer).get("name", "?")] += 1
            if 200 <= status < 300:
                return json.loads(answer) if answer else True
            if status and status < 500:
                return None
            time.sleep(PAUSE_SECONDS)
        raise AssertionError(f"no answer to {method} {path} within {PATIENCE_SECONDS} s")

    def _try(self, method: str, path: str, body: Any, token: str) -> tuple[int, bytes]:
        headers = {"Authorization": f"Bearer {self.key}", "Idempotency-Key": token}
        data = None if body is None else json.dumps(body).encode()
        if data is not None:
            headers["Content-Type"] = "application/json"
        try:
            if self.connection is None:
                self.connection = http.client.HTTPConnection(self.host, timeout=30)
            self.connection.request(method, f"/api/v1{path}", data, headers)
            answer = self.connection.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException):
            if self.connection is not None:
                self.connection.close()
            self.connection = None
            return 0, b""

    def _placed(self, body: dict[str, Any], placed: dict[str, Any]) -> None:
        self.orders.append(placed)
        units = {"total": sum(line["ordered"] for line in placed["lines"])}
        self._note("order", key=body["reference"], id=placed["id"], units=units, asked=_by_sku(body["lines"]))

    def _note(self, what: str, **values: Any) -> None:
        self.log.write(json.dumps({"what": what, **values}) + "\n")
        self.log.flush()

    # -- chance -------------------------------------------------------------------------------------------------------

    def _order(self) -> dict[str, Any]:
        return {
            "channel": "web", "reference": f"{self.name}-{self._number()}", "country": "GB", "lines": self._lines(),
            "on_short": self.chance.choice(("wait", "wait", "ship_rest")),
        }  # fmt: skip

    def _lines(self) -> list[dict[str, Any]]:
        skus = {self._sku() for _ in range(self.chance.choice((1, 1, 2, 3)))}
        return [{"sku": sku, "units": self.chance.randint(1, 5)} for sku in sorted(skus)]

    def _sku(self) -> str:
        return f"SKU-{self.chance.randint(1, 20)}"

    def _number(self) -> int:
        self.numbers += 1
        return self.numbers


def _by_sku(lines: list[dict[str, Any]]) -> dict[str, int]:
    return {line["sku"]: line["units"] for line in lines}


ACTIONS = {
    Client.place: 30, Client.place_many: 4, Client.ask: 5, Client.hold: 8, Client.cancel: 8,
    Client.release_and_ship: 10, Client.announce: 9, Client.receive: 10, Client.slip: 4, Client.lose: 2,
    Client.adjust: 8,
}  # fmt: skip


def main(url: str, key: str, seed: str, operations: str, log: str) -> None:
    """Do so many things and print what was answered."""
    client = Client(url, key, int(seed), Path(log))
    for _ in range(int(operations)):
        client.step()
    print(json.dumps(client.seen))


if __name__ == "__main__":
    main(*sys.argv[1:])
