"""An order's page answers a phone call: what to say, why, who went first, what happened; and it can be acted on."""

from __future__ import annotations

import html
import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backorder.journal import clock
from backorder.notices import threads
from backorder.orders.changing.block import block
from backorder.orders.deciding.redecide import work_marks
from backorder.orders.models import Customer, Line, Order
from backorder.orders.supplying.inbound import move_eta
from tests.orders.shop import Shop

pytestmark = pytest.mark.django_db


def said(desk, order: int) -> str:
    text = desk.get(f"orders/{order}").content.decode()
    paragraph = re.search(r'<p class="say">(.*?)</p>', text, re.DOTALL)[1]
    return " ".join(html.unescape(re.sub(r"<[^>]+>", "", paragraph)).replace("\u2060", "").split())


def test_what_is_here_is_said_first_and_what_comes_with_its_days(desk, shop: Shop) -> None:
    shop.item("LAMP", stock=5)
    shop.inbound("LAMP", 10, 12)
    placed = shop.place(("LAMP", 7))
    assert said(desk, placed.id) == (
        "5 of 7 Lamp are on the shelf and can leave today. That should arrive by Tue 8 Jan. "
        "2 of 7 Lamp come 20 Jan, as first said."
    ).replace("Tue 8 Jan", "Tue 8 Jan")


def test_a_slip_is_said_with_both_days_and_its_reason(desk, shop: Shop) -> None:
    shop.item("LAMP")
    supply = shop.inbound("LAMP", 10, 5)
    placed = shop.place(("LAMP", 1))
    move_eta(supply, eta=shop.day(17), reason="late", actor="test")
    while work_marks():
        pass
    assert said(desk, placed.id) == "1 Lamp comes 25 Jan, 12 days later than first said: the delivery moved."
    text = desk.get(f"orders/{placed.id}").content.decode()
    assert "Slipped 12 days" in text
    assert "now, +12 days" in text
    assert "Promise 2: 1 LAMP on 25 Jan" in text
    assert "a delivery moved, by PO-" in text


def test_a_day_that_has_passed_is_late_and_never_a_date(desk, shop: Shop) -> None:
    shop.item("LAMP")
    shop.inbound("LAMP", 10, 5)
    placed = shop.place(("LAMP", 2))
    clock.advance(timedelta(days=10), actor="test")
    assert said(desk, placed.id).startswith("2 Lamp are 4 days late")
    assert "overdue" in desk.get(f"orders/{placed.id}").content.decode()


def test_what_has_no_supply_is_said_openly(desk, shop: Shop) -> None:
    shop.item("LAMP", lead_time_days=20)
    placed = shop.place(("LAMP", 3))
    assert "but for 3 nothing is on its way yet" in said(desk, placed.id)


def test_who_went_first_and_by_which_rule(desk, shop: Shop) -> None:
    shop.item("LAMP")
    shop.inbound("LAMP", 4, 5)
    shop.inbound("LAMP", 4, 12)
    first = shop.place(("LAMP", 4))
    second = shop.place(("LAMP", 4))
    text = desk.get(f"lines/{second.lines[0].id}/why").content.decode()
    assert "Number 2 of 2 who wait for LAMP" in text
    assert f'<a href="/console/orders/{first.id}">{first.reference}</a>' in text
    assert "nobody loses what was confirmed" in text
    assert "Arrives by 20 Jan." in text


def test_two_lines_of_which_the_same_is_said_share_a_sentence(desk, shop: Shop) -> None:
    for sku in ("LAMP", "DESK"):
        shop.item(sku)
        shop.inbound(sku, 9, 5)
    placed = shop.place(("LAMP", 1), ("DESK", 2))
    assert said(desk, placed.id) == "1 Lamp and 2 Desk come 13 Jan, as first said."


def test_what_can_be_done_is_what_fits_the_order_and_the_person(desk, desk_of, shop: Shop) -> None:
    shop.item("LAMP", stock=5)
    placed = shop.place(("LAMP", 3))
    path = f"orders/{placed.id}"
    assert "Release 3 units" in desk.get(path).content.decode()
    warehouse = desk_of("warehouse").get(path).content.decode()
    assert "Release 3 units" in warehouse
    assert "Cancel the order" not in warehouse
    assert "Release" not in desk_of("viewer").get(path).content.decode()
    block(placed.id, kind="payment", actor="test")
    text = desk.get(path).content.decode()
    assert "Release 3 units" not in text
    assert "Lift the block" in text
    assert "Nothing leaves before the block is lifted." in text


def test_release_cancel_parcels_and_blocks_do_what_they_say(desk, shop: Shop) -> None:
    shop.item("LAMP", stock=5)
    placed = shop.place(("LAMP", 7))
    path, line = f"orders/{placed.id}", placed.lines[0].id
    assert desk.do(f"{path}/parcels", {"ship": "together"}).status_code == 302
    assert Order.objects.get(id=placed.id).ship == "together"
    assert desk.do(f"{path}/release").status_code == 409
    text = desk.get(path).content.decode()
    assert "Everything is sent together" in html.unescape(text)
    desk.do(f"{path}/parcels", {"ship": "as_ready"})
    assert desk.do(f"{path}/block", {"kind": "fraud", "note": "odd"}).status_code == 302
    assert desk.do(f"{path}/release").status_code == 409
    assert desk.do(f"{path}/unblock", {"kind": "fraud"}).status_code == 302
    assert desk.do(f"{path}/release").status_code == 302
    assert Line.objects.get(id=line).released == 5
    assert desk.do(f"{path}/cancel").status_code == 409  # The warehouse has some in hand.
    assert Line.objects.get(id=line).cancelled == 0
    assert "By Priya Nair" in desk.get(path).content.decode()


def test_cancelling_an_order_shows_whom_it_helps_before(desk, shop: Shop) -> None:
    shop.item("LAMP")
    shop.inbound("LAMP", 4, 5)
    first = shop.place(("LAMP", 4))
    shop.place(("LAMP", 4))
    text = desk.get(f"orders/{first.id}/cancel").content.decode()
    assert "1 line would come sooner" in text
    assert Line.objects.get(id=first.lines[0].id).open == 4


def test_an_order_that_does_not_exist_is_said_so(desk) -> None:
    answer = desk.get("orders/999999999")
    assert answer.status_code == 404
    assert "There is no order" in html.unescape(answer.content.decode())


def test_names_in_any_script_and_of_any_length_stay_in_their_place(desk, shop: Shop) -> None:
    shop.item("LAMP")
    placed = shop.place(("LAMP", 1), customer="C1")
    Customer.objects.update(name="עדי " * 60 + "🎄" * 30)
    text = desk.get(f"orders/{placed.id}").content.decode()
    assert "<bdi>עדי" in text


def test_a_page_costs_the_same_for_one_line_and_for_thirty(desk, shop: Shop) -> None:
    skus = [f"ITEM-{n:02}" for n in range(30)]
    for sku in skus:
        shop.item(sku, stock=1)
        shop.inbound(sku, 5, 5)
    one = shop.place((skus[0], 2))
    many = shop.place(*[(sku, 2) for sku in skus])
    desk.get(f"orders/{one.id}")
    with CaptureQueriesContext(connection) as few:
        desk.get(f"orders/{one.id}")
    with CaptureQueriesContext(connection) as lots:
        desk.get(f"orders/{many.id}")
    assert len(few) == len(lots)
    assert len(few) <= 22


def test_the_palette_finds_orders_customers_and_pages(desk, shop: Shop) -> None:
    shop.item("LAMP")
    placed = shop.place(("LAMP", 1), reference="W-10482", customer="C-77")
    Customer.objects.update(name="Hannah Whitfield", email="hannah@example.org")
    assert desk.get("find?q=w-10482")["Location"] == f"/console/orders/{placed.id}"
    fragment = {"HX-Request": "true"}
    assert "W-10482" in desk.get("find?q=W-104", **fragment).content.decode()
    for words in ("whit", "hannah", "C-77", "Hannah Whit"):
        assert "Hannah Whitfield" in desk.get(f"find?q={words}", **fragment).content.decode()
    assert "/console/backorders" in desk.get("find?q=backo", **fragment).content.decode()
    for odd in ("%", "' OR 1=1 --", "&|!():*", "\x00", "x" * 500, "🎄"):
        assert desk.client.get("/console/find", {"q": odd}, headers=fragment).status_code == 200


def test_a_message_goes_out_and_its_thread_is_shown(desk, desk_of, shop: Shop) -> None:
    shop.item("LAMP")
    placed = shop.place(("LAMP", 1), customer="C1")
    Customer.objects.update(name="Hannah", email="hannah@example.org")
    path = f"orders/{placed.id}"
    assert desk.do(f"{path}/message", {"text": "Would the cream ones do?\n<b>Priya</b>"}).status_code == 302
    text = desk.get(path).content.decode()
    assert "Would the cream ones do?<br>&lt;b&gt;Priya&lt;/b&gt;" in text
    (thread,) = threads.threads(order=placed.id)
    assert (thread.waits_for, thread.subject) == ("customer", "Would the cream ones do? <b>Priya</b>")
    threads.ask("Yes please", order=placed.id, actor="customer")
    assert desk.do(f"{path}/message", {"text": "Done."}).status_code == 302
    assert [one.text for one in threads.thread(thread.id).messages][1:] == ["Yes please", "Done."]
    assert desk.do(f"{path}/message", {"text": "  "}).status_code == 422
    assert "Write to the customer" not in desk_of("viewer").get(path).content.decode()
