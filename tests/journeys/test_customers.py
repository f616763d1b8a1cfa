"""Journeys as customers see them: from the question when it could come to the parcel at the door."""

from __future__ import annotations

from tests.connections import until

from .merchant import Merchant


def test_what_is_on_the_shelf_arrives_tomorrow(shop: Merchant) -> None:
    """A plain order: asked, ordered, picked, shipped, delivered."""
    lamp = shop.item("PLAIN-LAMP", stock=10)
    asked = {"channel": "web", "country": "GB", "lines": [{"sku": lamp, "units": 2}]}
    told = shop.post("/inquiries", asked)
    assert (told["possible"], told["lines"][0]["parts"][0]["deliver_on"]) == (True, shop.day(1))
    assert shop.level(lamp) == (10, 0)

    bought = shop.buy((lamp, 2))
    assert (bought["lines"][0]["promised_on"], bought["lines"][0]["allocated"]) == (shop.day(1), 2)
    assert shop.level(lamp) == (10, 2)

    assert shop.release(bought)["lines"][0]["released"] == 2
    shipped = shop.ship(bought, tracking="1Z999")
    assert shop.level(lamp) == (8, 0)
    (parcel,) = shipped["shipments"]
    assert (parcel["tracking"], parcel["deliver_on"], parcel["delivered_at"]) == ("1Z999", shop.day(1), None)

    shop.pass_days(1)
    shop.post(f"/shipments/{parcel['id']}/delivered")
    assert shop.order(bought)["shipments"][0]["delivered_at"][:10] == shop.day(1)
    assert shop.units(bought) == {"shipped": 2}


def test_five_now_and_two_later(shop: Merchant) -> None:
    """Five of seven are there; the other two come with the next delivery, and go out in a second parcel."""
    lamp = shop.item("SEVEN-LAMPS", stock=5)
    delivery = shop.coming(lamp, 10, day=12)
    bought = shop.buy((lamp, 7))
    parts = [(part["units"], part["deliver_on"], part["reason"]) for part in bought["lines"][0]["parts"]]
    assert parts == [(5, shop.day(1), "on_shelf"), (2, shop.day(13), "inbound")]

    shop.release(bought)
    shop.ship(bought)
    assert shop.units(bought) == {"open": 2, "shipped": 5}

    shop.pass_days(12)
    received = shop.receive(delivery, 10)
    assert (received["allocated"], received["free"]) == (2, 8)
    shop.release(bought)
    parcels = shop.ship(bought)["shipments"]
    assert [parcel["lines"][0]["units"] for parcel in parcels] == [5, 2]
    assert (shop.units(bought), shop.level(lamp)) == ({"shipped": 7}, (8, 0))


def test_a_preorder_leaves_on_its_street_date_and_not_before(shop: Merchant) -> None:
    game = shop.item("GAME", sell="preorder", street_on=shop.day(20), lead_time_days=None)
    delivery = shop.coming(game, 50, day=10)
    bought = shop.buy((game, 1))
    assert (bought["lines"][0]["promised_on"], bought["lines"][0]["open"]) == (shop.day(21), 1)

    shop.pass_days(10)
    assert shop.receive(delivery, 50)["allocated"] == 1
    release = f"/orders/{bought['id']}/release"
    named = {"lines": [{"line": bought["lines"][0]["id"], "units": 1}]}
    assert shop.refused("POST", release, named) == (409, "before_street_date")
    assert shop.units(bought) == {"allocated": 1}

    shop.pass_days(10)
    shop.release(bought)
    shop.ship(bought)
    assert shop.units(bought) == {"shipped": 1}
    assert shop.order(bought)["shipments"][0]["deliver_on"] == bought["lines"][0]["promised_on"]


def test_what_is_made_to_order_is_made_and_comes_in_its_time(shop: Merchant) -> None:
    sofa = shop.item("SOFA", sell="made_to_order", lead_time_days=40)
    shop.supplier("JOINER", sofa, lead_time_days=35)
    bought = shop.buy((sofa, 1))
    (part,) = bought["lines"][0]["parts"]
    assert (part["reason"], part["deliver_on"], part["certain"]) == ("made_to_order", shop.day(41), False)

    until(lambda: shop.get("/purchase-proposals?supplier=JOINER"))
    shop.post("/purchase-proposals", {"supplier": "JOINER"})
    until(lambda: shop.line(bought)["promised_on"] == shop.day(36))
    assert shop.line(bought)["first_promised_on"] == shop.day(41)
    shop.pass_days(35)
    (coming,) = shop.get(f"/supplies?sku={sofa}")
    shop.receive(coming["id"], 1)
    shop.release(bought)
    shop.ship(bought)
    assert shop.units(bought) == {"shipped": 1}


def test_a_cart_holds_its_units_until_it_is_an_order(shop: Merchant) -> None:
    """The last three are held; somebody else gets none, the holder all, and a hold nobody uses ends by itself."""
    lamp = shop.item("HELD-LAMP", stock=3, sell="stock_only")
    cart = {"channel": "web", "country": "GB", "lines": [{"sku": lamp, "units": 3}], "minutes": 10}
    shop.post("/holds", {**cart, "token": "my-cart"})
    other = shop.basket((lamp, 1))
    assert shop.refused("POST", "/orders", other) == (409, "item_is_not_sellable_on_backorder")

    bought = shop.buy((lamp, 3), hold="my-cart")
    assert (shop.units(bought), shop.level(lamp)) == ({"allocated": 3}, (3, 3))
    assert shop.refused("DELETE", "/holds?channel=web&token=my-cart") == (404, "unknown_hold")

    shop.stock(lamp, 1)
    shop.post("/holds", {**cart, "token": "forgotten", "lines": [{"sku": lamp, "units": 1}]})
    assert shop.refused("POST", "/orders", other)[0] == 409
    shop.post("/clock", {"seconds": 600})
    assert shop.post("/orders", other)["lines"][0]["allocated"] == 1


def test_a_caller_who_hears_no_answer_asks_again(shop: Merchant) -> None:
    """The same order is the same order, another body is refused, and a creating call with a key is done once."""
    lamp = shop.item("TWICE-LAMP", stock=10)
    basket = shop.basket((lamp, 2))
    first, again = shop.send("POST", "/orders", basket), shop.send("POST", "/orders", basket)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()
    assert (again.headers["Idempotent-Replayed"], "Idempotent-Replayed" in first.headers) == ("true", False)
    other = {**basket, "lines": [{"sku": lamp, "units": 3}]}
    assert shop.refused("POST", "/orders", other) == (422, "reference_reused")
    assert shop.level(lamp) == (10, 2)

    shop.release(first.json())
    once = {"Idempotency_Key": f"ship-{basket['reference']}"}
    at = f"/orders/{first.json()['id']}/shipments"
    assert shop.post(at, {"location": "NORTH"}, **once) == shop.post(at, {"location": "NORTH"}, **once)
    assert (shop.level(lamp), len(shop.order(first.json())["shipments"])) == ((8, 0), 1)


def test_a_date_is_explained_to_the_customer_and_to_the_staff(shop: Merchant) -> None:
    """Who waits behind somebody is told so, but not behind whom; the staff see the order, and the rule."""
    lamp = shop.item("WHY-LAMP")
    shop.coming(lamp, 4, day=5)
    shop.coming(lamp, 4, day=9)
    first = shop.buy((lamp, 4), customer={"reference": "ann", "name": "Ann", "email": "ann@example.org"})
    second = shop.buy((lamp, 4))
    assert second["lines"][0]["promised_on"] == shop.day(10)

    (told,) = shop.get(f"/orders/{second['id']}/explain")
    steps = [(step["what"], step["on"]) for step in told["parts"][0]["steps"]]
    assert steps == [
        ("supply_arrives", shop.day(9)),
        ("ships", shop.day(9)),
        ("arrives", shop.day(10)),
    ]
    assert [set(ahead) for ahead in told["ahead"]] == [{"because", "says"}]
    answer = shop.send("GET", f"/orders/{second['id']}/explain").text
    assert "Ann" not in answer
    assert str(first["id"]) not in answer

    (staff,) = shop.get(f"/orders/{second['id']}/explain?audience=staff")
    assert [(ahead["order"], ahead["units"]) for ahead in staff["ahead"]] == [(first["id"], 4)]
    queue = shop.get(f"/items/{lamp}/queue")
    assert [row["order"] for row in queue["rows"]] == [first["id"], second["id"]]
