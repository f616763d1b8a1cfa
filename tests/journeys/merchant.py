"""A merchant who has nothing but the REST API of a running installation, and a calendar that stands still."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import httpx
from tests.connections import until

Json = Any


@dataclass
class Merchant:
    """Calls the API with one key. Days are counted from the day on which the journey began."""

    client: httpx.Client
    today: date = date.min
    _number: int = field(default=0)

    def begin(self) -> Merchant:
        """A new journey begins today."""
        self.today = self.now().date()
        return self

    def now(self) -> datetime:
        return datetime.fromisoformat(self.get("/clock")["now"])

    def day(self, number: int) -> str:
        return (self.today + timedelta(days=number)).isoformat()

    def pass_days(self, days: int) -> None:
        self.post("/clock", {"seconds": days * 24 * 3600})

    def send(self, method: str, path: str, body: Json = None, **headers: str) -> httpx.Response:
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.request(method, path, json=body, headers=given)

    def call(self, method: str, path: str, body: Json = None, **headers: str) -> Json:
        answer = self.send(method, path, body, **headers)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    def get(self, path: str) -> Json:
        return self.call("GET", path)

    def put(self, path: str, body: Json) -> Json:
        return self.call("PUT", path, body)

    def post(self, path: str, body: Json = None, **headers: str) -> Json:
        return self.call("POST", path, {} if body is None else body, **headers)

    def refused(self, method: str, path: str, body: Json = None, **headers: str) -> tuple[int, str]:
        """The status and the name of a refusal."""
        answer = self.send(method, path, body, **headers)
        assert answer.status_code >= 400, answer.text
        return answer.status_code, answer.json()["name"]

    def item(self, sku: str, *, stock: int = 0, sell: str = "backorder", **policy: Json) -> str:
        """Begin to sell an item, with some on the northern shelf; returns its SKU."""
        self.put(f"/items/{sku}", {"name": sku.title()})
        if sell != "stock_only":
            policy.setdefault("lead_time_days", 30)
        self.put("/policies", {"sell": sell, "sku": sku, **policy})
        if stock:
            self.stock(sku, stock)
        return sku

    def stock(self, sku: str, units: int) -> None:
        self.post("/adjustments", {"sku": sku, "location": "NORTH", "units": units, "reason": "opening"})

    def basket(self, *lines: tuple[str, int], **given: Json) -> Json:
        self._number += 1
        reference = f"{self.today}-{lines[0][0]}-{self._number}"
        wanted = [{"sku": sku, "units": units} for sku, units in lines]
        return {"channel": "web", "reference": reference, "country": "GB", "lines": wanted, **given}

    def buy(self, *lines: tuple[str, int], **given: Json) -> Json:
        """A customer orders; returns the order as it was answered."""
        return self.post("/orders", self.basket(*lines, **given))

    def order(self, placed: Json) -> Json:
        return self.get(f"/orders/{placed['id']}")

    def line(self, placed: Json, number: int = 0) -> Json:
        return self.order(placed)["lines"][number]

    def units(self, placed: Json, number: int = 0) -> dict[str, int]:
        """The quantities of a line that are not zero, but for what was ordered."""
        names = ("open", "allocated", "released", "shipped", "cancelled", "substituted", "returned")
        line = self.line(placed, number)
        return {name: line[name] for name in names if line[name]}

    def level(self, sku: str) -> tuple[int, int]:
        """(on hand, allocated) in the north."""
        (row,) = self.get(f"/levels?sku={sku}&location=NORTH")
        return row["on_hand"], row["allocated"]

    def release(self, placed: Json) -> Json:
        return self.post(f"/orders/{placed['id']}/release")

    def ship(self, placed: Json, **given: Json) -> Json:
        return self.post(f"/orders/{placed['id']}/shipments", {"location": "NORTH", **given})

    def supplier(self, code: str, *skus: str, **terms: Json) -> None:
        """Somebody who sells us these items."""
        self.put(f"/suppliers/{code}", {"name": code.title(), "lead_time_days": 10})
        for sku in skus:
            self.put(f"/suppliers/{code}/items/{sku}", terms)

    def coming(self, sku: str, units: int, day: int) -> int:
        """Units of our own making are to come on a day; returns the supply."""
        self._number += 1
        made = {"kind": "production", "reference": f"RUN-{sku}-{self._number}", "sku": sku, "location": "NORTH"}
        return int(self.post("/supplies", {**made, "units": units, "eta": self.day(day)})["id"])

    def receive(self, supply: int, units: int) -> Json:
        return self.post(f"/supplies/{supply}/receipts", {"units": units})

    def until_promised(self, placed: Json, day: int, number: int = 0) -> None:
        """Wait until the worker has given a line this day."""
        until(lambda: self.line(placed, number)["promised_on"] == self.day(day))

    def until_units(self, placed: Json, number: int = 0, **units: int) -> None:
        """Wait until a line has exactly these quantities."""
        until(lambda: self.units(placed, number) == units)
