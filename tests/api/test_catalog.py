"""Items, places, days and services through the door."""

from __future__ import annotations

import pytest
from tests.api.conftest import Door

pytestmark = pytest.mark.usefixtures("places")


def test_an_item_is_made_and_changed_by_its_sku(door: Door) -> None:
    made = door.put("/items/BULB%2F7", {"name": "Bulb", "price_minor": 250})
    assert made.status_code == 200, made.content
    assert made.json() == {
        "sku": "BULB/7",
        "name": "Bulb",
        "unit": "piece",
        "price_minor": 250,
        "currency": "GBP",
        "active": True,
        "attributes": {},
    }
    assert door.get("/items/BULB%2F7").json() == made.json()


def test_pages_of_items_follow_each_other(door: Door) -> None:
    first = door.get("/items?limit=2")
    assert [row["sku"] for row in first.json()] == ["CHAIR", "DESK"]
    address = first["Link"].partition("<")[2].partition(">")[0]
    assert first["Link"].endswith('rel="next"')
    second = door.get(address.removeprefix("/api/v1"))
    assert [row["sku"] for row in second.json()] == ["LAMP"]
    assert "Link" not in second


def test_a_location_shows_what_it_was_told(door: Door) -> None:
    said = {"name": "North", "calendar": "UK", "cut_off": "16:30:00", "release": "when_any"}
    made = door.put("/locations/NORTH", said)
    assert made.status_code == 200
    assert made.json() == {
        **said,
        "code": "NORTH",
        "country": "GB",
        "receiving_days": 0,
        "processing_days": 0,
        "rank": 0,
        "active": True,
    }
    assert [row["code"] for row in door.get("/locations").json()] == ["MAIN", "NORTH"]


def test_sourcing_parts_and_substitutes(door: Door) -> None:
    assert door.put("/sourcing", {"channel": "web", "locations": ["MAIN"]}).json() == [
        {"locations": ["MAIN"], "channel": "web", "country": ""}
    ]
    assert door.put("/items/DESK/parts", {"parts": {"LAMP": 2}}).json() == {"sku": "DESK", "parts": {"LAMP": 2}}
    assert door.put("/items/LAMP/substitutes/CHAIR", {"rank": 1}).json() == [
        {"sku": "LAMP", "substitute": "CHAIR", "rank": 1, "price_difference_minor": 0}
    ]
    assert door.delete("/items/LAMP/substitutes/CHAIR").status_code == 204
    assert door.delete("/items/LAMP/substitutes/CHAIR").status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "name", "field"),
    [
        ("PUT", "/items/X", {"name": ""}, 422, "invalid_field", "name"),
        ("PUT", "/items/X", {"name": 7}, 422, "invalid_field", "name"),
        ("PUT", "/items/X", {"name": "X", "colour": "red"}, 422, "invalid_field", "body"),
        ("PUT", "/items/X", {"name": "X", "price_minor": -1}, 422, "invalid_field", "price_minor"),
        ("PUT", "/items/X", {"name": "X", "price_minor": 1.5}, 422, "invalid_field", "price_minor"),
        ("PUT", "/items/X", "{", 400, "body_is_not_json", None),
        ("PUT", "/items/" + "X" * 65, {"name": "X"}, 422, "invalid_parameter", "sku"),
        ("PUT", "/locations/X", {"name": "X", "calendar": "NONE"}, 404, "unknown_calendar", "calendar"),
        ("PUT", "/calendars/X", {"zone": "Mars/Olympus"}, 422, "unknown_zone", "zone"),
        ("GET", "/items/NONE", None, 404, "unknown_item", "sku"),
        ("GET", "/items?limit=501", None, 422, "invalid_parameter", "limit"),
        ("GET", "/items?limit=x", None, 422, "invalid_parameter", "limit"),
        ("GET", "/items?cursor=%21", None, 422, "invalid_cursor", "cursor"),
        ("GET", "/items?colour=red", None, 422, "unknown_parameter", "colour"),
        ("GET", "/journal?since=2026-01-01T00:00:00%2B23:00", None, 422, "invalid_parameter", "since"),
        ("GET", "/journal?since=2026-01-01", None, 422, "invalid_parameter", "since"),
        ("POST", "/clock", {"to": "9999-12-31T23:59:59-10:00"}, 422, "clock_too_far", "to"),
        ("GET", "/nowhere", None, 404, "no_such_address", None),
        ("PATCH", "/items", {}, 405, "method_not_allowed", None),
    ],
)
def test_bad_input_is_refused_by_name(
    door: Door, method: str, path: str, body: object, status: int, name: str, field: str | None
) -> None:
    answer = door.call(method, path, body)
    problem = answer.json()
    assert (answer.status_code, problem["name"], problem.get("field")) == (status, name, field), problem
    assert answer["Content-Type"] == "application/problem+json"
    assert problem["type"] == f"/api/docs/refusals#{name}"
    assert problem["status"] == status
