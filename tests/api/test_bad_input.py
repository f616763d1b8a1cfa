"""What people and programs get wrong at the door: refused by name with the field and the limit, and nothing is kept."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tests.api.conftest import Door, order

from backorder.journal import clock
from backorder.orders.models import Order
from backorder.stock.models import Move


def problem(answer: Any) -> tuple[int, str, str | None]:
    told = answer.json()
    return answer.status_code, told["name"], told.get("field")


@pytest.fixture
def placed(shop: Door) -> dict[str, Any]:
    """An order of 2 of the 10 LAMP on the shelf, released to the warehouse."""
    made: dict[str, Any] = shop.post("/orders", order()).json()
    shop.post(f"/orders/{made['id']}/release")
    return made


@pytest.mark.parametrize(
    ("rows", "name", "limit"),
    [
        ([1_000] * 10 + [1], "batch_has_too_many_lines", 10_000),
        ([1] * 5_001, "batch_size_out_of_range", 5_000),
        ([], "batch_size_out_of_range", 5_000),
    ],
)
def test_a_batch_that_is_too_large_is_refused_whole(shop: Door, rows: list[int], name: str, limit: int) -> None:
    """10,001 lines, 5,001 orders, and none."""
    line = {"sku": "DESK", "units": 1}
    batch = [order(reference=f"B-{n}", lines=[line] * lines) for n, lines in enumerate(rows)]
    answer = shop.post("/orders/batch", batch)
    assert (answer.status_code, answer.json()["name"], answer.json()["limit"]) == (422, name, limit)
    assert Order.objects.count() == 0


def test_units_that_are_not_there_are_not_shipped(shop: Door, placed: dict[str, Any]) -> None:
    line, at = placed["lines"][0]["id"], f"/orders/{placed['id']}"
    too_many = {"location": "MAIN", "lines": [{"line": line, "units": 3}]}
    assert problem(shop.post(f"{at}/shipments", too_many)) == (409, "more_than_is_released", "units")
    assert problem(shop.post(f"{at}/shipments", {"location": "NOWHERE"})) == (404, "unknown_location", "location")
    assert problem(shop.post(f"{at}/cancel", {})) == (409, "released_units_cannot_be_cancelled", "units")
    assert shop.get(at).json()["shipments"] == []

    shop.post(f"{at}/shipments", {"location": "MAIN"})
    shipped = {"lines": [{"line": line, "units": 1}]}
    assert problem(shop.post(f"{at}/cancel", shipped)) == (409, "more_than_is_open", "units")
    assert problem(shop.post(f"{at}/shipments", {"location": "MAIN"})) == (409, "nothing_to_ship", "order")
    back = {"lines": [{"line": line, "units": 3}]}
    assert problem(shop.post(f"{at}/returns", back)) == (409, "more_than_was_shipped", "units")
    row = shop.get(at).json()["lines"][0]
    assert (row["shipped"], row["returned"], row["cancelled"]) == (2, 0, 0)


@pytest.mark.parametrize(
    ("path", "change", "expected"),
    [
        ("/adjustments", {"units": -9}, (409, "stock_below_allocated", "units")),
        ("/adjustments", {"units": -11}, (409, "stock_below_zero", "units")),
        ("/adjustments", {"units": 0}, (422, "adjustment_of_nothing", "units")),
        ("/adjustments", {"location": "NOWHERE", "units": 1}, (404, "unknown_location", "location")),
        ("/adjustments", {"sku": "NONE", "units": 1}, (404, "unknown_item", "sku")),
        ("/counts", {"units": -1}, (422, "invalid_field", "units")),
        ("/counts", {"units": 10**12}, (422, "invalid_field", "units")),
        ("/counts", {"units": "ten"}, (422, "invalid_field", "units")),
        ("/counts", {"location": "NOWHERE", "units": 1}, (404, "unknown_location", "location")),
    ],
)
def test_stock_is_not_corrected_to_nonsense(
    shop: Door, placed: dict[str, Any], path: str, change: dict[str, Any], expected: tuple[int, str, str]
) -> None:
    answer = shop.post(path, {"sku": "LAMP", "location": "MAIN", **change})
    assert problem(answer) == expected, answer.json()
    (level,) = shop.get("/levels?sku=LAMP").json()
    assert (level["on_hand"], level["allocated"], Move.objects.count()) == (10, 2, 1)


def test_supply_does_not_come_before_it_was_ordered(shop: Door) -> None:
    """A day in the past is refused; more than was due is taken in and recorded."""
    yesterday = (clock.now().date() - timedelta(days=1)).isoformat()
    tomorrow = (clock.now().date() + timedelta(days=1)).isoformat()
    new = {"kind": "production", "reference": "RUN-1", "sku": "DESK", "location": "MAIN", "units": 5}
    early = shop.post("/supplies", {**new, "eta": yesterday})
    assert (early.status_code, early.json()["field"]) == (422, "eta"), early.json()
    assert shop.get("/supplies?sku=DESK").json() == []

    made = shop.post("/supplies", {**new, "eta": tomorrow}).json()
    moved = shop.post(f"/supplies/{made['id']}/eta", {"eta": yesterday})
    assert (moved.status_code, moved.json()["field"]) == (422, "eta"), moved.json()
    received = shop.post(f"/supplies/{made['id']}/receipts", {"units": 7}).json()
    assert (received["units"], received["over"], received["still_due"]) == (7, 2, 0)
    assert problem(shop.post(f"/supplies/{made['id']}/receipts", {"units": 0}))[:2] == (422, "receipt_of_nothing")
    assert shop.get("/levels?sku=DESK").json()[0]["on_hand"] == 7
