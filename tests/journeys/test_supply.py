"""Journeys of supply: bought because it is owed, late, received, counted by others, and told to who wants to know."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from tests.connections import until
from tests.notices.receiver import Receiver, receiving

from .merchant import Merchant


def test_from_a_backorder_to_a_return(shop: Merchant) -> None:
    """Nothing is there: it is bought in one call, slips, arrives, leaves, arrives, and one of it comes back."""
    desk = shop.item("LOOP-DESK")
    shop.supplier("ACME", desk, min_order_units=8, pack_units=4, price_minor=4200)
    bought = shop.buy((desk, 5))
    (part,) = bought["lines"][0]["parts"]
    assert (part["reason"], part["deliver_on"]) == ("lead_time", shop.day(31))

    until(lambda: shop.get("/purchase-proposals?supplier=ACME"))
    (proposal,) = shop.get("/purchase-proposals?supplier=ACME")
    assert [(line["sku"], line["unsupplied_units"], line["order_units"]) for line in proposal["lines"]] == [
        (desk, 5, 8)
    ]
    ordered = shop.post("/purchase-proposals", {"supplier": "ACME"})
    assert (ordered["state"], ordered["lines"][0]["units"]) == ("sent", 8)
    shop.until_promised(bought, 11)
    assert shop.get("/purchase-proposals?supplier=ACME") == []

    (coming,) = shop.get(f"/supplies?sku={desk}")
    assert (coming["eta"], coming["pegged"]) == (shop.day(10), 5)
    shop.post(f"/supplies/{coming['id']}/eta", {"eta": shop.day(14), "reason": "missed the ship"})
    shop.until_promised(bought, 15)
    line = shop.line(bought)
    assert (line["first_promised_on"], line["promise_version"]) == (shop.day(31), 3)

    shop.pass_days(14)
    received = shop.receive(coming["id"], 8)
    assert (received["allocated"], received["free"]) == (5, 3)
    assert shop.get(f"/purchase-orders/{ordered['reference']}")["state"] == "closed"
    shop.release(bought)
    (parcel,) = shop.ship(bought)["shipments"]
    shop.pass_days(1)
    shop.post(f"/shipments/{parcel['id']}/delivered")

    back = {"lines": [{"line": line["id"], "units": 1}], "restock_at": "NORTH", "reason": "wrong colour"}
    shop.post(f"/orders/{bought['id']}/returns", back)
    assert shop.units(bought) == {"shipped": 5, "returned": 1}
    until(lambda: shop.get(f"/items/{desk}/availability?channel=web")["free_to_sell"] == 4)
    facts = [entry["fact"] for entry in reversed(shop.get(f"/journal?subject=order/{bought['id']}"))]
    assert facts == [
        "order.placed",
        "line.redecided",
        "line.redecided",
        "line.allocated",
        "order.released",
        "order.shipped",
        "shipment.delivered",
        "order.returned",
    ]


def test_s137_the_erp_counts_and_the_shop_publishes_what_is_free(shop: Merchant) -> None:
    """Thirty are there and 29 are sold; the ERP has received fifty more and knows of no sale: 51 are free, not 80."""
    lamp = shop.item("ERP-LAMP", stock=30, sell="stock_only")
    shop.buy((lamp, 29))
    shop.post("/clock", {"seconds": 60})
    told = {"location": "NORTH", "taken_at": shop.now().isoformat(), "rows": [{"sku": lamp, "on_hand": 80}]}
    shop.post("/snapshots", told)
    assert shop.level(lamp) == (80, 29)
    until(lambda: shop.get(f"/items/{lamp}/availability?channel=web")["free_to_sell"] == 51)
    assert shop.refused("POST", "/snapshots", told) == (409, "snapshot_is_older")
    assert shop.refused("POST", "/orders", shop.basket((lamp, 52))) == (409, "item_is_not_sellable_on_backorder")


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Somebody's server that webhooks are sent to."""
    with receiving() as found:
        yield found


def test_who_wants_to_know_is_told_and_can_verify_it(shop: Merchant, receiver: Receiver) -> None:
    """A webhook arrives signed; one that is refused comes again with the same id."""
    registered = shop.post("/webhooks", {"url": receiver.url, "facts": ["order.placed", "order.shipped"]})
    hook, secret = registered["endpoint"]["id"], registered["secret"]
    lamp = shop.item("HOOK-LAMP", stock=3)
    bought = shop.buy((lamp, 3))

    def mine() -> list[Any]:
        """What was told of this order: others may have been placed just before somebody wanted to know."""
        about = f"order/{bought['id']}"
        return [one for one in list(receiver.received) if one.verified(secret)["data"]["subject"] == about]

    until(mine)
    (first,) = mine()
    message = first.verified(secret)
    assert (message["type"], message["data"]["subject"]) == ("order.placed", f"order/{bought['id']}")
    assert (message["data"]["channel_code"], message["data"]["reference"]) == ("web", bought["reference"])

    receiver.answers.append((503, {}))
    shop.release(bought)
    shop.ship(bought)
    until(lambda: len(mine()) == 2)
    until(lambda: [row["tries"] for row in shop.get(f"/deliveries?webhook={hook}&state=waiting")] == [1])
    shop.post("/clock", {"seconds": 3600})
    until(lambda: len(mine()) == 3)
    failed, repeated = mine()[1:]
    assert repeated.id == failed.id != first.id
    assert repeated.verified(secret)["type"] == "order.shipped"
    shop.call("DELETE", f"/webhooks/{hook}")
