"""Journeys through changes of mind and surprises: edits, cancellations, blocks, kits, substitutes, short picks."""

from __future__ import annotations

from .merchant import Merchant


def test_an_edit_changes_only_what_it_has_seen(shop: Merchant) -> None:
    """Two read the same order; the second to write is told to read again, and more units queue at the end."""
    lamp = shop.item("EDIT-LAMP", stock=5)
    bought = shop.buy((lamp, 3))
    waiting = shop.buy((lamp, 4))
    line, at = bought["lines"][0]["id"], f"/orders/{bought['id']}"
    seen = shop.send("GET", at).headers["ETag"]

    assert shop.refused("PATCH", at, {"priority": 1}) == (428, "if_match_is_missing")
    raised = shop.call("PATCH", at, {"lines": [{"line": line, "units": 5}]}, If_Match=seen)
    assert [(row["ordered"], row["allocated"], row["open"]) for row in raised["lines"]] == [(3, 3, 0), (2, 0, 2)]
    assert shop.refused("PATCH", at, {"priority": 1}, If_Match=seen) == (412, "order_has_changed")

    queue = shop.get(f"/items/{lamp}/queue")["rows"]
    assert [(row["order"], row["open"]) for row in queue] == [(waiting["id"], 2), (bought["id"], 2)]


def test_cancelled_units_go_to_who_waits_and_not_to_the_next_shopper(shop: Merchant) -> None:
    desk = shop.item("QUEUE-DESK", stock=4)
    regretted = shop.buy((desk, 4))
    first, second = shop.buy((desk, 3)), shop.buy((desk, 3))
    shop.post(f"/orders/{regretted['id']}/cancel", {"reason": "found it elsewhere"})
    newcomer = shop.buy((desk, 1))
    assert newcomer["lines"][0]["allocated"] == 0

    shop.until_units(first, allocated=3)
    shop.until_units(second, allocated=1, open=2)
    assert (shop.units(regretted), shop.units(newcomer)) == ({"cancelled": 4}, {"open": 1})
    assert shop.level(desk) == (4, 4)
    again = shop.refused("POST", f"/orders/{regretted['id']}/cancel", {})
    assert again == (409, "nothing_to_cancel")


def test_another_item_instead_with_the_customers_consent(shop: Merchant) -> None:
    """Two of five chairs wait; the customer agrees to two others, which leave at once."""
    chair, other = shop.item("CHAIR-OAK", stock=3), shop.item("CHAIR-ASH", stock=9)
    shop.put(f"/items/{chair}/substitutes/{other}", {"price_difference_minor": -500})
    bought = shop.buy((chair, 5))
    at, wanted = f"/orders/{bought['id']}/substitutions", {"line": bought["lines"][0]["id"], "sku": other}
    assert shop.refused("POST", at, wanted) == (409, "no_consent_to_substitute")

    shop.post(at, {**wanted, "consent": True})
    assert (shop.units(bought, 0), shop.units(bought, 1)) == ({"allocated": 3, "substituted": 2}, {"allocated": 2})
    new = shop.line(bought, 1)
    assert (new["sku"], new["instead_of"], new["promised_on"]) == (other, wanted["line"], shop.day(1))
    shop.release(bought)
    assert [row["shipped"] for row in shop.ship(bought)["lines"]] == [3, 2]


def test_a_kit_waits_for_its_parts_and_leaves_whole(shop: Merchant) -> None:
    """Each set is one lamp and four bulbs: with three lamps and nine bulbs two of three sets leave."""
    lamp, bulb, kit = shop.item("KIT-LAMP", stock=3), shop.item("KIT-BULB", stock=9), shop.item("KIT-SET")
    shop.put(f"/items/{kit}/parts", {"parts": {lamp: 1, bulb: 4}})
    delivery = shop.coming(bulb, 10, day=6)
    bought = shop.buy((kit, 3))
    lamps, bulbs = (number for sku in (lamp, bulb) for number, line in enumerate(bought["lines"]) if line["sku"] == sku)
    assert bought["lines"][0]["kit_units"] == 3
    now_and_later = [(bought["lines"][n]["allocated"], bought["lines"][n]["open"]) for n in (lamps, bulbs)]
    assert now_and_later == [(2, 1), (8, 4)]
    shop.release(bought)
    shop.ship(bought)
    assert [(shop.line(bought, n)["shipped"], shop.line(bought, n)["released"]) for n in (lamps, bulbs)] == [
        (2, 0),
        (8, 0),
    ]

    shop.pass_days(6)
    shop.receive(delivery, 10)
    shop.until_units(bought, lamps, shipped=2, allocated=1)
    shop.until_units(bought, bulbs, shipped=8, allocated=4)
    shop.release(bought)
    shop.ship(bought)
    assert (shop.units(bought, lamps), shop.units(bought, bulbs)) == ({"shipped": 3}, {"shipped": 12})
    assert (shop.level(lamp), shop.level(bulb)) == ((0, 0), (7, 0))


def test_a_blocked_order_keeps_its_units_and_stays(shop: Merchant) -> None:
    lamp = shop.item("BLOCK-LAMP", stock=2)
    bought = shop.buy((lamp, 2))
    at = f"/orders/{bought['id']}"
    shop.post(f"{at}/blocks", {"kind": "payment", "note": "the card was refused"})
    assert shop.refused("POST", f"{at}/release", {}) == (409, "order_is_blocked")
    assert (shop.units(bought), shop.level(lamp)) == ({"allocated": 2}, (2, 2))
    assert shop.order(bought)["blocks"][0]["kind"] == "payment"

    shop.call("DELETE", f"{at}/blocks/payment")
    shop.release(bought)
    shop.ship(bought)
    assert shop.units(bought) == {"shipped": 2}


def test_the_picker_finds_fewer_than_the_books_say(shop: Merchant) -> None:
    """Two of five are not on the shelf: they wait again in their old place and are the first to be served."""
    lamp = shop.item("SHORT-LAMP", stock=5)
    bought = shop.buy((lamp, 5))
    later = shop.buy((lamp, 1))
    shop.release(bought)
    missing = {"line": bought["lines"][0]["id"], "location": "NORTH", "units": 2}
    assert shop.refused("POST", f"/orders/{bought['id']}/short-picks", {**missing, "units": 6})[0] == 409
    shop.post(f"/orders/{bought['id']}/short-picks", missing)
    assert (shop.units(bought), shop.level(lamp)) == ({"open": 2, "released": 3}, (3, 3))
    shop.ship(bought)

    shop.stock(lamp, 2)
    shop.until_units(bought, allocated=2, shipped=3)
    assert shop.units(later) == {"open": 1}


def test_what_goes_together_waits_for_the_slowest(shop: Merchant) -> None:
    """A desk is there, its chair comes on day 8: both are promised for day 9 and leave in one parcel."""
    desk, chair = shop.item("SET-DESK", stock=1), shop.item("SET-CHAIR")
    delivery = shop.coming(chair, 1, day=8)
    bought = shop.buy((desk, 1), (chair, 1), ship="together")
    assert [line["promised_on"] for line in bought["lines"]] == [shop.day(9), shop.day(9)]
    release = f"/orders/{bought['id']}/release"
    assert shop.refused("POST", release, {}) == (409, "order_ships_together")

    shop.post(f"/supplies/{delivery}/eta", {"eta": shop.day(10), "reason": "a storm"})
    shop.until_promised(bought, 11, number=0)
    shop.until_promised(bought, 11, number=1)

    shop.pass_days(10)
    shop.receive(delivery, 1)
    shop.release(bought)
    (parcel,) = shop.ship(bought)["shipments"]
    assert len(parcel["lines"]) == 2
