"""Cases, evidence and money through the door."""

from __future__ import annotations

import json
import re

import pytest
from django.test import Client
from tests.api.conftest import Door
from tests.notices import late, post
from tests.orders.shop import open_shop

from backorder.access import keys, limits


@pytest.fixture
def door(transactional_db: None) -> Door:
    keys.forget()
    limits.forget()
    shop = open_shop()
    shop.item("LAMP")
    supply = shop.inbound("LAMP", 10, 12)
    placed = late.order(shop, ("LAMP", 3, 1000), reference="W-<1>")
    late.work()
    late.slip(shop, supply, 60)
    found = Door(Client(raise_request_exception=False), keys.create(name="test", scopes=["admin"]))
    found.placed = placed  # type: ignore[attr-defined]
    return found


def test_a_case_from_its_list_to_the_regulators_file(door):
    late.work()
    (row,) = door.get("/cases").json()
    assert (row["reference"], row["sku"], row["state"], row["action"]) == ("W-<1>", "LAMP", "open", "send_first_option")
    address = f"/cases/{row['id']}"
    shown = door.get(f"{address}/preview").json()
    assert (shown["option"], shown["silence"], shown["defect"]) == ("first_over_30_days", "silence_is_cancel", "")
    assert "we cancel it by ourselves" in shown["text"]
    asked = door.post(f"{address}/ask").json()
    assert [step["what"] for step in asked["steps"]] == ["opened", "asked"]
    assert door.post(f"{address}/ask").json()["type"].endswith("question_is_on_its_way")
    late.work()
    assert door.post(f"{address}/close", {"note": "x"}).json()["type"].endswith("case_needs_no_person")
    answered = door.post(f"{address}/answers", {"said": "cancel", "by": "phone"}).json()
    assert [step["what"] for step in answered["steps"]][2:] == ["answered", "cancelled"]

    (due,) = door.get("/dues").json()
    assert (due["kind"], due["amount_minor"], due["why"], due["reference"]) == ("refund", 3000, "(c)(1)", "W-<1>")
    told = {"kind": "refunded", "amount_minor": 3000, "due": due["id"], "key": "r1"}
    first = door.post(f"/orders/{due['order']}/payments", told)
    again = door.post(f"/orders/{due['order']}/payments", told)
    assert (first.status_code, again.json()["id"]) == (201, first.json()["id"])
    assert door.get("/dues").json() == []
    late.work()
    assert door.get("/cases").json() == []
    assert door.get("/cases?state=closed").json()[0]["state"] == "refunded"

    page = door.get(f"{address}/evidence")
    assert page["Content-Disposition"] == f'attachment; filename="delay-case-{row["id"]}.html"'
    text = page.content.decode()
    assert "W-<1>" not in text
    data = json.loads(re.search(r'id="data">(.*?)</script>', text, re.S).group(1))  # type: ignore[union-attr]
    assert data["case"]["promised"]["first_ship_on"] == "2030-01-19"
    assert [step["what"] for step in data["case"]["steps"]][-1] == "closed"
    questions = [one for one in data["notices"] if one["kind"] == "delay_question"]
    assert "we cancel it by ourselves" in questions[0]["text"]
    assert questions[0]["sent_at"] is not None
    assert data["case"]["steps"][1]["body"]["basis"]["parts"][0]["ship_on"] == "2030-03-08"
    assert data["money"]["refunded_minor"] == 3000
    assert data["readings"]["zones"] == "strictest"


def test_what_is_wrong_is_refused_and_changes_nothing(door):
    late.work()
    (row,) = door.get("/cases").json()
    address, order = f"/cases/{row['id']}", row["order"]
    before = door.get(address).json()
    wrong = [
        (door.get("/cases/999"), "unknown_case"),
        (door.get("/dues/999"), "unknown_due"),
        (door.post("/lines/999/will-not-ship", {}), "unknown_line"),
        (door.post(f"{address}/answers", {"said": "consent"}), "nothing_was_asked"),
        (
            door.post(f"{address}/answers", {"said": "cancel", "received_at": "2031-01-01T00:00:00Z"}),
            "answer_in_the_future",
        ),
        (door.post(f"{address}/answers", {"said": "perhaps"}), "invalid_field"),
        (door.post(f"/orders/{order}/payments", {"kind": "refunded", "amount_minor": 3001}), "refund_exceeds_payment"),
        (
            door.post(f"/orders/{order}/payments", {"kind": "captured", "amount_minor": 1, "currency": "EUR"}),
            "currency_differs",
        ),
        (door.post(f"/orders/{order}/payments", {"kind": "captured", "amount_minor": 1, "due": 999}), "unknown_due"),
    ]
    for answer, name in wrong:
        assert answer.json()["type"].endswith(name), (name, answer.content)
    assert door.get(address).json() == before
    assert door.get(f"/orders/{order}/payments").json()["captured_minor"] == 3000


def test_not_to_ship_is_told_and_paid_back(door):
    late.work()
    line = door.placed.lines[0].id
    case = door.post(f"/lines/{line}/will-not-ship", {"why": "discontinued"}).json()
    assert (case["state"], case["ruling"]["why"]) == ("cancelled", "(c)(4)")
    assert door.get("/dues?kind=refund").json()[0]["amount_minor"] == 3000
    post.note_all()
    assert door.post(f"/lines/{line}/will-not-ship", {}).json()["type"].endswith("nothing_is_owed")


def test_a_refund_that_cannot_go_the_way_it_was_paid_goes_otherwise_and_the_customer_is_told(door):
    late.work()
    line = door.placed.lines[0].id
    case = door.post(f"/lines/{line}/will-not-ship", {"why": "discontinued"}).json()
    (due,) = door.get("/dues?kind=refund").json()
    assert (due["means"], due["because"], due["found_at"]) == ("same_means", "", None)
    assert case["deadline_at"] == due["by_at"]
    post.tell()
    post.advance(days=4)
    address = f"/dues/{due['id']}/other-means"
    for wrong in ({"means": "store_credit", "because": "x"}, {"means": "check", "because": ""}, {"means": "check"}):
        assert door.post(address, wrong).status_code == 422
    later = {"means": "check", "because": "x", "found_at": "2031-01-01T00:00:00Z"}
    assert door.post(address, later).json()["type"].endswith("refund_found_in_the_future")
    assert door.get("/dues?kind=refund").json() == [due]
    moved = door.post(address, {"means": "check", "because": "the card was closed"}).json()
    assert (moved["means"], moved["because"], moved["amount_minor"]) == ("check", "the card was closed", 3000)
    assert moved["by_at"] > due["by_at"]
    (told,) = post.tell()
    text = " ".join(told.text.split())
    assert "It cannot go back the way you paid: we send it by cheque, by" in text
    late.work()
    assert door.get(f"/cases/{case['id']}").json()["deadline_at"] == moved["by_at"]
