"""The lists of live holds and of customers."""

from __future__ import annotations

from datetime import timedelta

from tests.api.conftest import Door, order

from backorder.journal import clock


def hold(shop: Door, token: str, *lines: tuple[str, int]) -> None:
    asked = {
        "channel": "web", "token": token, "country": "GB", "lines": [{"sku": sku, "units": n} for sku, n in lines],
    }  # fmt: skip
    made = shop.post("/holds", asked)
    assert made.status_code == 201, made.content


def test_live_holds_are_listed_newest_first_until_they_end(shop: Door) -> None:
    hold(shop, "cart-1", ("LAMP", 2), ("DESK", 3))
    hold(shop, "cart-2", ("LAMP", 1))
    found = shop.get("/holds").json()
    assert [(row["token"], row["sku"], row["units"], row["allocated"], row["open"]) for row in found] == [
        ("cart-2", "LAMP", 1, 1, 0), ("cart-1", "DESK", 3, 0, 3), ("cart-1", "LAMP", 2, 2, 0),
    ]  # fmt: skip
    assert [row["sku"] for row in shop.get("/holds?token=cart-1&sku=DESK&channel=web").json()] == ["DESK"]
    assert shop.get("/holds?channel=none").json() == []
    clock.advance(timedelta(days=31), actor="test")
    assert shop.get("/holds").json() == [], "past their end, though no timer has ended them yet"


def test_holds_come_in_pages(shop: Door) -> None:
    hold(shop, "cart-1", ("LAMP", 2), ("DESK", 3))
    first = shop.get("/holds?limit=1")
    rest = shop.get(first.headers["Link"].partition("<")[2].partition(">")[0].removeprefix("/api/v1"))
    assert [row["sku"] for row in (*first.json(), *rest.json())] == ["DESK", "LAMP"]
    assert "Link" not in rest.headers


def test_customers_are_found_by_reference_and_by_address(shop: Door) -> None:
    for number, name in enumerate(("Ada", "Grace")):
        given = {"reference": f"C-{number}", "name": name, "email": f"{name}@Example.com"}
        shop.post("/orders", order(reference=f"W-{number}", customer=given, lines=[{"sku": "LAMP", "units": 1}]))
    assert [row["name"] for row in shop.get("/customers").json()] == ["Grace", "Ada"]
    (ada,) = shop.get("/customers?reference=C-0&channel=web").json()
    assert (ada["reference"], ada["name"], ada["email"], ada["channel"]) == ("C-0", "Ada", "Ada@Example.com", "web")
    assert shop.get("/customers?email=ada%40example.com").json() == [ada]
    assert shop.get("/customers?email=nobody%40example.com").json() == []
