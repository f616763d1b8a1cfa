"""Lines that wait are pinned, split and decided again through the API as in the console."""

from __future__ import annotations

from .conftest import Door, order


def test_a_line_is_pinned_split_and_decided_again(shop: Door) -> None:
    bought = {
        "sku": "DESK",
        "location": "MAIN",
        "units": 6,
        "eta": "2099-01-05",
        "reference": "T-1",
        "kind": "transfer",
    }
    supply = shop.post("/supplies", bought).json()["id"]
    placed = shop.post("/orders", order(lines=[{"sku": "DESK", "units": 5}])).json()
    line = placed["lines"][0]["id"]
    assert shop.post(f"/lines/{line}/pin", {"supply": supply}).status_code == 200
    assert shop.post(f"/lines/{line}/pin", {"supply": supply}).json()["name"] == "supply_is_promised"
    assert shop.delete(f"/lines/{line}/pin").status_code == 200
    assert shop.delete(f"/lines/{line}/pin").json()["name"] == "line_is_not_pinned"
    made = shop.post(f"/lines/{line}/split", {"units": 2})
    assert (made.status_code, made.json()["open"], made.json()["instead_of"]) == (201, 2, line)
    assert shop.get(f"/lines/{line}").json()["open"] == 3
    assert shop.post(f"/lines/{line}/split", {"units": 3}).status_code == 409
    assert shop.post(f"/lines/{line}/redecide").json() == {"changed": 0}
    assert shop.post("/lines/999/redecide").status_code == 404
