"""Orders through the door: placed once, replayed, refused, shown and listed."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from tests.api.conftest import Door, order

from backorder.journal import clock

pytestmark = pytest.mark.usefixtures("places")


def test_an_order_is_placed_and_replayed(shop: Door) -> None:
    first = shop.post("/orders", order())
    assert first.status_code == 201, first.content
    placed = first.json()
    assert [(line["sku"], line["ordered"], line["allocated"], line["open"]) for line in placed["lines"]] == [
        ("LAMP", 2, 2, 0)
    ]
    assert first["Location"] == f"/api/v1/orders/{placed['id']}"
    again = shop.post("/orders", order())
    assert again.status_code == 200
    assert again["Idempotent-Replayed"] == "true"
    assert again.json() == placed


def test_the_same_reference_with_another_body_is_refused(shop: Door) -> None:
    shop.post("/orders", order())
    answer = shop.post("/orders", order(lines=[{"sku": "LAMP", "units": 3}]))
    assert (answer.status_code, answer.json()["name"]) == (422, "reference_reused")
    assert len(shop.get("/orders").json()) == 1


def test_a_short_order_is_refused_whole_with_every_short_line(shop: Door) -> None:
    answer = shop.post("/orders", order(lines=[{"sku": "LAMP", "units": 11}, {"sku": "CHAIR", "units": 1}]))
    assert answer.status_code == 409
    problem = answer.json()
    assert problem["name"] == "item_is_not_sellable_on_backorder"
    assert [(line["sku"], line["asked"], line["available"]) for line in problem["lines"]] == [
        ("LAMP", 11, 10),
        ("CHAIR", 1, 0),
    ]
    assert shop.get("/orders").json() == []
    unmet = shop.get("/demand-unmet").json()
    assert sorted(row["body"]["units"] for row in unmet) == [1, 11]


def test_a_batch_answers_row_by_row(shop: Door) -> None:
    rows = [
        order(reference="B-1"),
        order(reference="B-2", lines=[{"sku": "NONE", "units": 1}]),
        order(reference="B-1"),
        {"channel": "web"},
        order(reference="B-1", lines=[{"sku": "LAMP", "units": 1}]),
        order(reference="B-3", lines=[{"sku": "DESK", "units": 4}]),
    ]
    answer = shop.post("/orders/batch", rows)
    assert answer.status_code == 200, answer.content
    assert [row["status"] for row in answer.json()] == [201, 404, 200, 422, 422, 201]
    assert [row.get("problem", {}).get("name") for row in answer.json()] == [
        None,
        "unknown_item",
        None,
        "invalid_field",
        "reference_reused",
        None,
    ]
    assert answer.json()[2]["order"] == answer.json()[0]["order"]
    assert [row["reference"] for row in shop.get("/orders").json()] == ["B-3", "B-1"]


def test_a_batch_may_be_ndjson(shop: Door) -> None:
    body = b'{"channel":"web","reference":"N-1","country":"GB","lines":[{"sku":"LAMP","units":1}]}\n\nnonsense\n'
    answer = shop.post("/orders/batch", body, Content_Type="application/x-ndjson")
    assert [row["status"] for row in answer.json()] == [201, 400]


def test_an_order_shows_everything_it_carries(shop: Door) -> None:
    customer = {"reference": "C-9", "name": "Ada", "email": "ada@example.org"}
    made = shop.post(
        "/orders",
        order(customer=customer, lines=[{"sku": "DESK", "units": 3}], tags=["gift"], ship_to={"city": "Leeds"}),
    ).json()
    answer = shop.get(f"/orders/{made['id']}")
    assert answer["ETag"] == '"1"'
    shown = answer.json()
    assert shown["customer"] == {**customer, "phone": "", "tier": ""}
    assert (shown["tags"], shown["ship_to"], shown["contact"]) == (["gift"], {"city": "Leeds"}, {})
    line = shown["lines"][0]
    assert (line["ordered"], line["open"], line["allocated"], line["days_late"]) == (3, 3, 0, 0)
    assert line["promised_on"] == line["first_promised_on"] == made["lines"][0]["promised_on"]
    assert date.fromisoformat(line["promised_on"]) > clock.now().date()
    assert shop.get(f"/lines/{line['id']}").json() == line


def test_orders_are_found_by_what_is_asked(shop: Door) -> None:
    for number in range(3):
        shop.post("/orders", order(reference=f"W-{number}", customer={"reference": f"C-{number}"}))
    shop.post("/orders", order(reference="D-1", lines=[{"sku": "DESK", "units": 1}]))
    assert [row["reference"] for row in shop.get("/orders?state=waiting").json()] == ["D-1"]
    assert [row["reference"] for row in shop.get("/orders?sku=LAMP").json()] == ["W-2", "W-1", "W-0"]
    assert [row["reference"] for row in shop.get("/orders?customer=C-1").json()] == ["W-1"]
    assert [row["reference"] for row in shop.get("/orders?reference=W-0&channel=web").json()] == ["W-0"]
    first = shop.get("/orders?limit=3")
    following = first["Link"].partition("<")[2].partition(">")[0].removeprefix("/api/v1")
    assert [row["reference"] for row in first.json() + shop.get(following).json()] == ["D-1", "W-2", "W-1", "W-0"]


def test_a_hold_keeps_units_until_it_is_ended(shop: Door) -> None:
    wanted = {"channel": "web", "token": "cart-1", "country": "GB", "lines": [{"sku": "LAMP", "units": 8}]}
    held = shop.post("/holds", wanted)
    assert held.status_code == 201, held.content
    assert held.json()["lines"][0]["from_stock"] == 8
    assert shop.post("/orders", order(lines=[{"sku": "LAMP", "units": 3}])).status_code == 409
    assert shop.delete("/holds?channel=web&token=cart-1").status_code == 204
    assert shop.delete("/holds?channel=web&token=cart-1").json()["name"] == "unknown_hold"


def test_an_inquiry_holds_nothing(shop: Door) -> None:
    asked = {"channel": "web", "country": "GB", "lines": [{"sku": "LAMP", "units": 12}]}
    answer = shop.post("/inquiries", asked)
    assert answer.status_code == 200, answer.content
    assert answer.json()["possible"] is False
    assert answer.json()["lines"][0]["from_stock"] == 10
    assert shop.post("/orders", order(lines=[{"sku": "LAMP", "units": 10}])).status_code == 201


@pytest.mark.parametrize(
    ("change", "status", "name", "field"),
    [
        ({"lines": [{"sku": "NONE", "units": 1}]}, 404, "unknown_item", "lines[0].sku"),
        ({"lines": [{"sku": "LAMP", "units": 0}]}, 422, "invalid_field", "lines[0].units"),
        ({"lines": [{"sku": "LAMP", "units": -1}]}, 422, "invalid_field", "lines[0].units"),
        ({"lines": [{"sku": "LAMP", "units": 10**7}]}, 422, "invalid_field", "lines[0].units"),
        ({"lines": [{"sku": "LAMP", "units": 10**30}]}, 422, "invalid_field", "lines[0].units"),
        ({"lines": [{"sku": "LAMP", "units": "2"}]}, 422, "invalid_field", "lines[0].units"),
        ({"lines": [{"sku": "LAMP", "units": 1.5}]}, 422, "invalid_field", "lines[0].units"),
        ({"lines": []}, 422, "invalid_field", "lines"),
        ({"lines": [{"sku": "LAMP", "units": 1}] * 10_001}, 422, "invalid_field", "lines"),
        ({"channel": "none"}, 404, "unknown_channel", "channel"),
        ({"service": "none"}, 404, "unknown_service", "service"),
        ({"country": "gb"}, 422, "invalid_field", "country"),
        ({"zone": "Mars"}, 422, "unknown_zone", "zone"),
        ({"reference": ""}, 422, "invalid_field", "reference"),
        ({"reference": "a\x00b"}, 422, "invalid_field", "reference"),
        ({"contact": {"a\x00": "b"}}, 422, "invalid_field", "contact"),
        ({"attributes": {"a": "\x00"}}, 422, "invalid_field", "attributes[...]"),
        ({"colour": "red"}, 422, "invalid_field", "body"),
        ({"paid_at": "2026-01-01T00:00:00"}, 422, "invalid_field", "paid_at"),
        ({"paid_at": "2026-01-01T00:00:00+23:00"}, 422, "invalid_field", "body"),
        ({"capture_before": "0001-01-01T00:00:00Z"}, 422, "invalid_field", "body"),
    ],
)
def test_a_bad_order_is_refused_and_nothing_is_kept(
    shop: Door, change: dict[str, Any], status: int, name: str, field: str
) -> None:
    answer = shop.post("/orders", order(**change))
    problem = answer.json()
    assert (answer.status_code, problem["name"], problem["field"]) == (status, name, field), problem
    assert shop.get("/orders").json() == []


@pytest.mark.parametrize(
    ("body", "headers", "status", "name"),
    [
        (b"{}", {"Content_Type": "text/plain"}, 415, "media_type_is_not_supported"),
        (b" " * (16 * 1024 * 1024 + 1), {}, 413, "body_too_large"),
        (b"\xff", {}, 400, "body_is_not_json"),
        (b"", {}, 415, "media_type_is_not_supported"),
        (b"[" * 100_000, {}, 422, "invalid_field"),
        (b"{}", {"Authorization": "Bearer bo_aaaaaaaaaa_b"}, 401, "key_not_valid"),
        (b"{}", {"Authorization": "Basic YTpi"}, 401, "key_is_missing"),
    ],
)
def test_what_is_no_order_at_all(shop: Door, body: bytes, headers: dict[str, str], status: int, name: str) -> None:
    answer = shop.post("/orders", body, **headers)
    assert (answer.status_code, answer.json()["name"]) == (status, name)


def test_the_number_of_statements_does_not_grow_with_lines(shop: Door, django_assert_num_queries: Any) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    counts = []
    for lines in (1, 100):
        shop.post("/orders", order(reference=f"warm-{lines}", lines=[{"sku": "DESK", "units": 1}] * lines))
        with CaptureQueriesContext(connection) as placing:
            made = shop.post("/orders", order(reference=f"Q-{lines}", lines=[{"sku": "DESK", "units": 1}] * lines))
        with CaptureQueriesContext(connection) as showing:
            shop.get(f"/orders/{made.json()['id']}")
        # Ids come in blocks: whether one ends just here depends on what was numbered before.
        counts.append(tuple(sum("nextval(" not in one["sql"] for one in seen) for seen in (placing, showing)))
    assert counts[0] == counts[1]
