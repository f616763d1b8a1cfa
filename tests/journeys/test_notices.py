"""A customer is told, from the order to the last parcel, through the running installation; staff see every word."""

from __future__ import annotations

from datetime import date
from typing import Any

from tests.connections import until

from .merchant import Merchant


def told(shop: Merchant, placed: Any) -> list[Any]:
    """What the customer of an order was told, oldest first."""
    return list(reversed(shop.get(f"/notices?order={placed['id']}&limit=100")))


def until_told(shop: Merchant, placed: Any, *kinds: str) -> None:
    """Wait until they were told exactly this; what they were told instead stands in the failure."""
    wanted = [(kind, "sent") for kind in kinds]
    try:
        until(lambda: [(one["kind"], one["state"]) for one in told(shop, placed)] == wanted)
    except AssertionError:
        assert [(one["kind"], one["state"]) for one in told(shop, placed)] == wanted


def test_from_the_order_to_the_last_parcel(shop: Merchant) -> None:
    shop.item("HEART", stock=5)
    coming = shop.coming("HEART", 20, 5)
    placed = shop.buy(("HEART", 7), contact={"email": "hannah@example.com", "name": "Hannah Weaver"})
    until_told(shop, placed, "order_received")

    # The delivery slips past the agreed day, so the customer may choose; told once, when changes have been gathered.
    shop.post(f"/supplies/{coming}/eta", {"eta": shop.day(9), "reason": "missed the ship"})
    shop.until_promised(placed, 10)
    shop.post("/clock", {"seconds": 660})
    until_told(shop, placed, "order_received", "delay_question")

    # What is here leaves, then the rest comes and leaves.
    shop.release(placed)
    shop.ship(placed, tracking="JD01")
    until_told(shop, placed, "order_received", "delay_question", "shipped")
    shop.receive(coming, 20)
    shop.until_units(placed, allocated=2, shipped=5)
    shop.release(placed)
    shop.ship(placed)
    until_told(shop, placed, "order_received", "delay_question", "shipped", "shipped")

    notices = told(shop, placed)
    assert {one["provider"] for one in notices} == {"outbox"}
    assert notices[2]["subject"].startswith("Parcel 1 of 2 is on its way")
    assert notices[3]["subject"].startswith("Parcel 2 of 2 is on its way")
    exact = shop.get(f"/notices/{notices[1]['id']}")
    assert "we are sorry: we cannot send 2 × Heart of your order" in exact["text"]
    days = [date.fromisoformat(shop.day(number)) for number in (10, 6)]
    now, before = (f"{day.day} {day:%B}" for day in days)
    assert f"2 later: with you {now} (said before: {before})" in exact["text"]
    assert set(exact["evidence"]) == {"case", "basis"}

    # The customer answers by mail, a person answers back.
    answer = shop.client.post(
        "/inbound-mails",
        content=(
            f"From: hannah@example.com\r\nTo: us@example.com\r\nMessage-ID: <{placed['id']}@mail.example>\r\n"
            f"In-Reply-To: {exact['message_id']}\r\nSubject: Re\r\n\r\nThank you!\r\n"
        ).encode(),
        headers={"Content-Type": "message/rfc822"},
    )
    assert (answer.status_code, answer.json()["as_what"]) == (200, "thread"), answer.text
    thread = answer.json()["thread"]
    assert shop.get(f"/threads/{thread}")["order"] == placed["id"]
    assert shop.post(f"/threads/{thread}/messages", {"text": "With pleasure."})["waits_for"] == "customer"
    until_told(shop, placed, "order_received", "delay_question", "shipped", "shipped", "answer")
    assert shop.post(f"/threads/{thread}/close")["waits_for"] == "nobody"


def test_staff_mend_what_failed_and_choose_the_words(shop: Merchant) -> None:
    own = shop.get("/templates/own/order_received")
    words = {"kind": "order_received", "language": "fr", "subject": "Bonjour {{ reference }}", "body": own["body"]}
    assert shop.refused("POST", "/templates", {**words, "body": "{{ nonsense }}"}) == (422, "template_variable_unknown")
    made = shop.post("/templates", words)
    assert shop.post("/templates/preview", words)[0]["subject"] == "Bonjour W-10482"
    assert shop.post(f"/templates/{made['id']}/live")["state"] == "live"

    shop.item("STAR", stock=1)
    placed = shop.buy(("STAR", 1), contact={"email": "bad\r\naddress@example.com"}, locale="fr")
    until(lambda: not told(shop, placed))
    other = shop.buy(("STAR", 1), contact={"email": "luc@example.com"}, locale="fr")
    until_told(shop, other, "order_received")
    (notice,) = told(shop, other)
    assert notice["subject"] == f"Bonjour {other['reference']}"
    assert notice["wording"] == "template order_received/fr 1"
    assert shop.post(f"/templates/{made['id']}/retire")["state"] == "retired"

    closed = shop.post("/suppressions", {"channel": "email", "address": "luc@example.com", "note": "asked us"})
    assert shop.refused("POST", f"/notices/{notice['id']}/resend") == (409, "notice_is_suppressed")
    shop.call("DELETE", f"/suppressions/{closed['id']}")
    shop.post(f"/notices/{notice['id']}/resend")
    until_told(shop, other, "order_received")


def test_the_outbox_asks_for_an_administrators_key(shop: Merchant) -> None:
    page = str(shop.client.base_url).replace("/api/v1/", "/outbox")
    assert shop.client.get(page, headers={"Authorization": ""}).status_code == 401
    assert shop.client.get(page).status_code == 200
