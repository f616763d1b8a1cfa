"""Variants and runs through the door, from the first version to the replay."""

from __future__ import annotations

from typing import Any

import pytest
from tests.api.conftest import Door, order

from backorder.planning.working import go_on_with_all

VIPS = {"include": [{"attribute": "tag:vip", "values": [True]}]}
FORM: dict[str, Any] = {
    "segments": [
        {"name": "vips", "strategy": "win", "filter": VIPS},
        {"name": "others", "strategy": "redistribute"},
    ]
}


@pytest.fixture
def waiting(shop: Door) -> Door:
    """Two orders wait for a DESK, the second one of a VIP; one comes in a count."""
    for n, tags in ((1, []), (2, ["vip"])):
        placed = shop.post("/orders", order(reference=f"W-{n}", lines=[{"sku": "DESK", "units": 1}], tags=tags))
        assert placed.status_code == 201, placed.content
    counted = shop.post("/counts", {"sku": "DESK", "location": "MAIN", "units": 1}, Idempotency_Key="count-1")
    assert counted.status_code == 201, counted.content
    return shop


def test_a_variant_is_made_changed_and_shown_with_its_versions(shop: Door) -> None:
    made = shop.put("/variants/vips", FORM)
    assert (made.status_code, made["ETag"], made.json()["version"]) == (200, '"1"', 1)
    assert shop.put("/variants/vips", {**FORM, "jitter_days": 4}).status_code == 428
    assert shop.put("/variants/vips", {**FORM, "jitter_days": 4}, If_Match='"3"').status_code == 412
    changed = shop.put("/variants/vips", {**FORM, "jitter_days": 4}, If_Match='"1"')
    assert (changed.status_code, changed["ETag"]) == (200, '"2"')
    found = shop.get("/variants/vips/versions").json()
    assert [(one["variant"]["version"], [each["field"] for each in one["changes"]]) for one in found] == [
        (2, ["jitter_days"]),
        (1, ["segments"]),
    ]
    assert [one["code"] for one in shop.get("/variants").json()] == ["vips"]


def test_an_unknown_attribute_is_refused_with_those_there_are(shop: Door) -> None:
    wrong = {"segments": [{"name": "a", "strategy": "win", "filter": {"include": [{"attribute": "colour"}]}}]}
    answer = shop.put("/variants/vips", wrong)
    problem = answer.json()
    assert (answer.status_code, problem["name"]) == (422, "unknown_attribute")
    assert problem["field"] == "segments[0].filter.include[0].attribute"
    assert "tier" in problem["limit"]
    assert [one["name"] for one in shop.get("/variant-attributes").json()] == problem["limit"]
    assert shop.get("/variants/vips").status_code == 404


def test_a_run_from_preview_to_replay(waiting: Door) -> None:
    waiting.put("/variants/vips", FORM)
    seen = waiting.post("/variants/vips/preview", {}).json()
    assert [(one["segment"], one["lines"]) for one in seen["segments"]] == [("vips", 1), ("others", 1)]
    assert waiting.post("/variant-previews", {"form": FORM}).json() == seen
    made = waiting.post("/runs", {"variants": ["vips"]}, Idempotency_Key="run-1")
    assert made.status_code == 201, made.content
    (run,) = made.json()
    assert (run["state"], run["items"]) == ("simulated", {"proposed": 1})
    again = waiting.post("/runs", {"variants": ["vips"]}, Idempotency_Key="run-1")
    assert (again.json(), again["Idempotent-Replayed"]) == ([run], "true")
    address = f"/runs/{run['id']}"
    assert [(one["segment"], one["how"]) for one in waiting.get(f"{address}/diff").json()] == [("vips", "gains")]
    assert waiting.get(f"/runs/compare?runs={run['id']}").json() == [run]
    assert waiting.post(f"{address}/approve").json()["state"] == "approved"
    assert waiting.post(f"{address}/commit").json()["items"] == {"committed": 1}
    assert waiting.post(f"{address}/commit").json()["name"] == "run_is_not_ready"
    assert waiting.post(f"{address}/replay").json()["same"] is True
    assert waiting.get(f"{address}/broken").json() == []
    assert [one["id"] for one in waiting.get("/runs").json()] == [run["id"]]
    queue = waiting.get("/items/DESK/queue").json()["rows"]
    assert [row["allocated"] for row in queue] == [0]


def test_a_standing_variant_is_set_shown_and_ended(waiting: Door) -> None:
    waiting.put("/variants/vips", FORM)
    stands = waiting.put("/standing-variants", {"variant": "vips", "sku": "DESK"})
    assert (stands.status_code, stands.json()["version"]) == (200, 1)
    assert [one["sku"] for one in waiting.get("/standing-variants").json()] == ["DESK"]
    assert waiting.delete("/standing-variants?sku=DESK").status_code == 204
    assert waiting.delete("/standing-variants?sku=DESK").status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "name"),
    [
        ("GET", "/runs/7", None, 404, "unknown_run"),
        ("POST", "/runs/7/commit", {}, 404, "unknown_run"),
        ("GET", "/runs/compare?runs=a", None, 422, "invalid_parameter"),
        ("POST", "/runs", {"variants": []}, 422, "invalid_field"),
        ("POST", "/runs", {"variants": ["none"]}, 404, "unknown_variant"),
        ("POST", "/runs/at-once", {"variant": "none"}, 404, "unknown_variant"),
        ("PUT", "/standing-variants", {"variant": "none"}, 404, "unknown_variant"),
        ("PUT", "/variants/x", {"segments": []}, 422, "invalid_field"),
    ],
)
def test_what_cannot_be_is_refused(shop: Door, method: str, path: str, body: Any, status: int, name: str) -> None:
    answer = shop.call(method, path, body)
    assert (answer.status_code, answer.json()["name"]) == (status, name), answer.content


def test_a_variant_that_is_solved_is_left_to_the_workers(waiting: Door) -> None:
    assert waiting.put("/variants/best", {**FORM, "objective": "kept_promises"}).status_code == 200
    (run,) = waiting.post("/runs", {"variants": ["best"]}, Idempotency_Key="run-1").json()
    assert (run["state"], run["optimised"]) == ("deciding", [])
    while go_on_with_all():
        pass
    run = waiting.get(f"/runs/{run['id']}").json()
    assert (run["state"], run["optimised"][0]["objective"], run["optimised"][0]["gap"]) == (
        "simulated", "kept_promises", 0,
    )  # fmt: skip
    refused = waiting.post("/runs/at-once", {"variant": "best"}, Idempotency_Key="run-2")
    assert (refused.status_code, refused.json()["name"]) == (409, "simulate_first")
