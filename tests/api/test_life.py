"""An order's life through the door: supply is bought, slips, arrives, and the order is released, shipped, returned."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tests.api.conftest import Door, order

from backorder.access import keys
from backorder.journal import clock
from backorder.orders.deciding.redecide import work_marks


@pytest.fixture
def waiting(shop: Door) -> dict[str, Any]:
    """An order whose 5 DESK wait, and a supplier who sells DESK by fours, at least eight."""
    assert shop.put("/suppliers/ACME", {"name": "Acme", "lead_time_days": 5}).status_code == 200
    terms = {"price_minor": 900, "min_order_units": 8, "pack_units": 4}
    assert shop.put("/suppliers/ACME/items/DESK", terms).status_code == 200
    made = shop.post("/orders", order(lines=[{"sku": "DESK", "units": 5}]))
    assert made.status_code == 201, made.content
    work_marks(100)
    return dict(made.json())


def buy(shop: Door) -> dict[str, Any]:
    """Order what is proposed; returns the delivery."""
    bought = shop.post("/purchase-proposals", {"supplier": "ACME", "reference": "PO-1"})
    assert bought.status_code == 201, bought.content
    (line,) = bought.json()["lines"]
    (delivery,) = line["deliveries"]
    work_marks(100)
    return dict(delivery)


def test_a_proposal_becomes_a_purchase_order_in_one_call(shop: Door, waiting: dict[str, Any]) -> None:
    (proposal,) = shop.get("/purchase-proposals").json()
    assert [(line["sku"], line["unsupplied_units"], line["order_units"]) for line in proposal["lines"]] == [
        ("DESK", 5, 8)
    ]
    delivery = buy(shop)
    assert (delivery["sku"], delivery["units"], delivery["to_come"], delivery["location"]) == ("DESK", 8, 8, "MAIN")
    assert shop.get("/purchase-proposals").json() == []
    again = shop.post("/purchase-proposals", {"supplier": "ACME"})
    assert (again.status_code, again.json()["name"]) == (409, "nothing_to_order")
    assert [row["reference"] for row in shop.get("/purchase-orders?state=sent").json()] == ["PO-1"]


def test_from_receipt_to_return(shop: Door, waiting: dict[str, Any]) -> None:
    delivery, at = buy(shop), f"/orders/{waiting['id']}"
    line = waiting["lines"][0]["id"]
    received = shop.post(f"/supplies/{delivery['id']}/receipts", {"units": 8, "key": "R-1"})
    assert received.status_code == 201, received.content
    assert (received.json()["allocated"], received.json()["free"]) == (5, 3)
    shown = shop.get(at).json()
    assert (shown["lines"][0]["open"], shown["lines"][0]["allocated"]) == (0, 5)

    released = shop.post(f"{at}/release", {"location": "MAIN"})
    assert released.status_code == 200, released.content
    assert released.json()["lines"][0]["released"] == 5
    short = shop.post(f"{at}/short-picks", {"line": line, "location": "MAIN", "units": 1, "key": "S-1"})
    assert short.status_code == 201, short.content
    assert (short.json()["lines"][0]["released"], short.json()["lines"][0]["open"]) == (4, 1)
    shipped = shop.post(f"{at}/shipments", {"location": "MAIN", "tracking": "T-1", "key": "P-1"})
    assert shipped.status_code == 201, shipped.content
    (parcel,) = shipped.json()["shipments"]
    assert (parcel["tracking"], parcel["lines"]) == ("T-1", [{"line": line, "units": 4}])
    too_much = shop.post(f"{at}/shipments", {"location": "MAIN", "lines": [{"line": line, "units": 1}]})
    assert too_much.json()["name"] == "more_than_is_released"
    assert shop.post(f"/shipments/{parcel['id']}/delivered", {}).status_code == 204
    back = shop.post(f"{at}/returns", {"lines": [{"line": line, "units": 2}], "restock_at": "MAIN"})
    assert back.status_code == 201, back.content
    assert back.json()["lines"][0]["returned"] == 2
    gone = shop.post(f"{at}/cancel", {"lines": [{"line": line, "units": 5}]})
    assert (gone.status_code, gone.json()["name"]) == (409, "more_than_is_open")


def test_a_supply_slips_splits_and_is_lost(shop: Door, waiting: dict[str, Any]) -> None:
    delivery = buy(shop)
    at = f"/supplies/{delivery['id']}"
    later = (clock.now() + timedelta(days=40)).date().isoformat()
    moved = shop.post(f"{at}/eta", {"eta": later, "reason": "strike"})
    assert moved.status_code == 200, moved.content
    assert (moved.json()["eta"], moved.json()["first_eta"]) == (later, delivery["first_eta"])
    assert [(row["was"], row["now"], row["reason"]) for row in shop.get(f"{at}/etas").json()] == [
        (delivery["eta"], later, "strike")
    ]
    parts = [{"units": 3, "eta": delivery["eta"]}, {"units": 5, "eta": later}]
    split = shop.post(f"{at}/split", {"parts": parts})
    assert split.status_code == 200, split.content
    assert [(row["units"], row["eta"]) for row in split.json()] == [(3, delivery["eta"]), (5, later)]
    assert [row["to_come"] for row in shop.get("/supplies?sku=DESK").json()] == [3, 5]
    lost = shop.post("/purchase-orders/PO-1/cancel", {"reason": "bankrupt"})
    assert lost.status_code == 200, lost.content
    assert shop.get("/supplies?sku=DESK").json() == []


def test_an_edit_needs_the_version_it_has_seen(shop: Door, waiting: dict[str, Any]) -> None:
    at = f"/orders/{waiting['id']}"
    seen = shop.get(at)["ETag"]
    blind = shop.patch(at, {"priority": 5})
    assert (blind.status_code, blind.json()["name"]) == (428, "if_match_is_missing")
    line = waiting["lines"][0]["id"]
    edited = shop.patch(at, {"priority": 5, "lines": [{"line": line, "units": 4}]}, If_Match=seen)
    assert edited.status_code == 200, edited.content
    assert (edited.json()["priority"], edited.json()["lines"][0]["cancelled"]) == (5, 1)
    assert edited["ETag"] != seen
    stale = shop.patch(at, {"priority": 9}, If_Match=seen)
    assert stale.status_code == 412, stale.content
    assert shop.get(at).json()["priority"] == 5


def test_a_creating_call_is_answered_once(shop: Door, waiting: dict[str, Any]) -> None:
    at = f"/orders/{waiting['id']}/cancel"
    wanted = {"lines": [{"line": waiting["lines"][0]["id"], "units": 1}]}
    first = shop.post(at, wanted, Idempotency_Key="k-1")
    again = shop.post(at, wanted, Idempotency_Key="k-1")
    assert first.json() == again.json()
    assert again["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first
    other = shop.post(at, {}, Idempotency_Key="k-1")
    assert (other.status_code, other.json()["name"]) == (422, "idempotency_key_reused")
    assert shop.get(f"/orders/{waiting['id']}").json()["lines"][0]["cancelled"] == 1


def test_a_block_keeps_an_order_from_being_released(shop: Door) -> None:
    made = shop.post("/orders", order()).json()
    at = f"/orders/{made['id']}"
    blocked = shop.post(f"{at}/blocks", {"kind": "fraud", "note": "look"})
    assert blocked.status_code == 201, blocked.content
    assert shop.post(f"{at}/release", {}).json()["name"] == "order_is_blocked"
    assert [row["reference"] for row in shop.get("/orders?state=blocked").json()] == ["W-1"]
    assert shop.delete(f"{at}/blocks/fraud").status_code == 200
    assert shop.delete(f"{at}/blocks/fraud").json()["name"] == "order_is_not_blocked"
    assert shop.post(f"{at}/release", {}).json()["lines"][0]["released"] == 2


def test_explanations_tell_customers_nothing_of_others(shop: Door, waiting: dict[str, Any]) -> None:
    other = shop.post("/orders", order(reference="W-2", lines=[{"sku": "DESK", "units": 7}])).json()
    line = other["lines"][0]["id"]
    told = shop.get(f"/lines/{line}/explain").json()
    staff = shop.get(f"/lines/{line}/explain?audience=staff").json()
    assert told["line"] == staff["line"] == line
    assert all(ahead.get("order") is None and ahead.get("line") is None for ahead in told["ahead"])
    assert shop.get(f"/orders/{other['id']}/explain").json() == [told]
    queue = shop.get("/items/DESK/queue").json()
    assert [(row["place"], row["order"], row["open"]) for row in queue["rows"]] == [
        (1, waiting["id"], 5),
        (2, other["id"], 7),
    ]


def test_what_staff_are_told_takes_a_scope_of_its_own(shop: Door, waiting: dict[str, Any]) -> None:
    line = waiting["lines"][0]["id"]
    of_a_shop = Door(shop.client, keys.create(name="shop", scopes=["orders:read", "orders:write"]))
    assert of_a_shop.get(f"/lines/{line}/explain").json() == shop.get(f"/lines/{line}/explain").json()
    for path in (
        f"/lines/{line}/explain?audience=staff", f"/orders/{waiting['id']}/explain?audience=staff", "/items/DESK/queue",
    ):  # fmt: skip
        refused = of_a_shop.get(path)
        assert (refused.status_code, refused.json()["name"], refused.json()["limit"]) == (
            403, "scope_missing", "queue:read",
        ), path  # fmt: skip
    of_the_desk = Door(shop.client, keys.create(name="desk", scopes=["orders:read", "queue:read"]))
    assert of_the_desk.get(f"/lines/{line}/explain?audience=staff").status_code == 200
    assert of_the_desk.get("/items/DESK/queue").status_code == 200


def test_free_to_sell_leaves_out_what_is_owned(shop: Door) -> None:
    shop.post("/orders", order(lines=[{"sku": "LAMP", "units": 3}]))
    found = shop.get("/items/LAMP/availability?channel=web").json()
    assert (found["free_to_sell"], found["sell"]) == (7, "stock_only")
    assert found["locations"] == [{"location": "MAIN", "units": 7}]
    published = shop.get("/availability?channel=web").json()
    assert [(row["sku"], row["free_to_sell"]) for row in published] == [("CHAIR", 0), ("DESK", 0), ("LAMP", 7)]
    assert [(row["sku"], row["on_hand"], row["allocated"], row["free"]) for row in shop.get("/levels").json()] == [
        ("LAMP", 10, 3, 7)
    ]
    assert [(row["units"], row["kind"]) for row in shop.get("/moves?sku=LAMP").json()] == [(10, "opening")]


def test_a_scope_opens_only_its_own_door(shop: Door) -> None:
    from backorder.access import keys

    reader = Door(shop.client, keys.create(name="reader", scopes=["orders:read"]))
    assert reader.get("/orders").status_code == 200
    refused = reader.post("/orders", order())
    assert (refused.status_code, refused.json()["name"], refused.json()["limit"]) == (
        403,
        "scope_missing",
        "orders:write",
    )
    assert shop.get("/orders").json() == []


def test_webhooks_show_their_secret_once(shop: Door) -> None:
    made = shop.post("/webhooks", {"url": "https://example.com/hook", "facts": ["order.*"]})
    assert made.status_code == 201, made.content
    assert made.json()["secret"].startswith("whsec_")
    at = f"/webhooks/{made.json()['endpoint']['id']}"
    assert "secret" not in shop.get(at).json()
    assert shop.patch(at, {"active": False}).json()["active"] is False
    assert shop.post(f"{at}/test").json()["name"] == "webhook_is_inactive"
    assert shop.delete(at).status_code == 204
    private = shop.post("/webhooks", {"url": "https://127.0.0.1/hook"})
    assert (private.status_code, private.json()["field"]) == (422, "url")


def test_the_clock_moves_forward_only(door: Door) -> None:
    assert door.post("/clock", {"be": "frozen"}).json()["frozen"] is True
    before = door.get("/clock").json()["now"]
    after = door.post("/clock", {"seconds": 3600}).json()["now"]
    assert after > before
    back = door.post("/clock", {"to": before})
    assert (back.status_code, back.json()["name"]) == (422, "clock_cannot_go_back")
    assert door.get("/clock").json()["now"] == after


def test_keys_are_made_and_revoked(door: Door) -> None:
    made = door.post("/keys", {"name": "shop", "scopes": ["orders:read"]}).json()["key"]
    assert Door(door.client, made).get("/orders").status_code == 200
    prefix = made.split("_")[1]
    assert [row["name"] for row in door.get("/keys").json()] == ["test", "shop"]
    assert door.delete(f"/keys/{prefix}").status_code == 204
    unknown = door.post("/keys", {"name": "x", "scopes": ["everything"]})
    assert (unknown.status_code, unknown.json()["field"]) == (422, "scopes[0]")
