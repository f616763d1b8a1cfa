"""Sign-in, Today, Backorders and an order in a real browser: every look, by keyboard, and without script."""

from __future__ import annotations

import pytest

from backorder.access import staff, welcome
from backorder.console import errands, listing, measuring
from backorder.orders.deciding.redecide import work_marks
from backorder.orders.models import Line
from backorder.orders.supplying.inbound import move_eta
from tests.orders.shop import Shop

from .conftest import Gallery, NewVisitor
from .test_console_goods import signed_in

PASSWORD = "correct horse battery"


@pytest.fixture
def queue(shop: Shop) -> dict[str, int]:
    """Four lines of LAMP wait for a delivery that slipped, one of DESK for nothing; order ids by reference."""
    shop.item("LAMP", stock=5)
    shop.item("DESK")
    supply = shop.inbound("LAMP", 30, 6)
    ids = {}
    for number, units in enumerate((7, 6, 4, 2)):
        ids[f"W-{number}"] = shop.place(("LAMP", units), reference=f"W-{number}", customer=f"C-{number}").id
    ids["W-9"] = shop.place(("DESK", 3), reference="W-9", customer="عدي <b>🎄</b> " + "long " * 20).id
    Line.objects.update(unit_price_minor=1_250)
    move_eta(supply, eta=shop.day(16), actor="test")
    while work_marks():
        pass
    measuring.measure()
    return ids


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("console-today", ""),
        ("console-backorders", "backorders"),
        ("console-backorders-none", "backorders?state=late"),
        ("console-orders", "orders"),
        ("console-find", "find?q=W-"),
        ("console-me", "me"),
    ],
)
def test_every_look(gallery: Gallery, queue: dict[str, int], name: str, path: str) -> None:
    gallery(name, f"/console/{path}", **signed_in("admin", "planner"))


def test_every_look_of_an_order(gallery: Gallery, queue: dict[str, int]) -> None:
    gallery("console-order", f"/console/orders/{queue['W-0']}", **signed_in("admin", "planner"))


def test_every_look_of_a_form_and_of_a_no(gallery: Gallery, queue: dict[str, int]) -> None:
    line = Line.objects.get(order_id=queue["W-1"]).id
    gallery("console-cancel", f"/console/lines/cancel?line={line}", **signed_in("support"))
    gallery("console-no-right", f"/console/lines/cancel?line={line}", status=403, **signed_in("viewer"))


def test_every_look_of_sign_in_and_welcome(gallery: Gallery, shop: Shop) -> None:
    gallery("sign-in", "/console/account/login/")
    gallery("welcome", f"/console/welcome/{welcome.owner_link()}")


def test_german(visitor: NewVisitor, queue: dict[str, int]) -> None:
    one = visitor(language="de-DE", device="phone", **signed_in("admin", "planner"))
    page = one.open("/console/backorders")
    assert page.locator("h1").inner_text() == "Rückstände"
    assert "10 Tage verschoben" in page.locator("table").inner_text()
    one.is_accessible()
    one.fits()


def test_coming_in_by_password(visitor: NewVisitor, shop: Shop) -> None:
    person = staff.invite("priya@shop.example", name="Priya Nair", roles=["planner"], actor="test")
    welcome.choose_password(welcome.link(person.id), password=PASSWORD)
    page = visitor().open("/console/orders?state=late")
    page.get_by_label("E-mail").fill("priya@shop.example")
    page.get_by_label("Password").fill("not this one at all")
    page.get_by_role("button", name="Sign in", exact=True).click()
    assert page.get_by_role("alert").first.is_visible()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/console/orders?state=late")


def test_lines_are_picked_and_ranked_by_keyboard_alone(visitor: NewVisitor, queue: dict[str, int]) -> None:
    page = visitor(**signed_in("support")).open("/console/backorders?sku=LAMP")
    for key in ("j", "x", "j", "x"):
        page.keyboard.press(key)
    page.get_by_text("2 picked").wait_for()
    page.get_by_role("button", name="Priority").click()
    page.get_by_role("spinbutton", name="Priority").fill("5")
    page.get_by_role("button", name="Change priority").click()
    page.wait_for_url("**/console/backorders?sku=LAMP")
    page.get_by_text("Priority of 2 lines is 5.").wait_for()
    assert sorted(Line.objects.filter(item__sku="LAMP", open__gt=0).values_list("priority", flat=True)).count(5) == 2
    page.keyboard.press("z")
    page.get_by_text("Priority of 2 lines is 0.").wait_for()
    assert set(Line.objects.values_list("priority", flat=True)) == {0}


def test_all_that_fit_are_ranked_by_the_worker(
    visitor: NewVisitor, queue: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "PAGE_ROWS", 2)
    one = visitor(**signed_in("support"))
    page = one.open("/console/backorders?sku=LAMP")
    for key in ("j", "x"):
        page.keyboard.press(key)
    page.get_by_label("All that fit these filters").check()
    page.get_by_text("All that fit", exact=True).wait_for()
    page.get_by_role("button", name="Priority").click()
    page.get_by_role("spinbutton", name="Priority").fill("5")
    page.get_by_role("button", name="Find and count").click()
    page.get_by_text("Being counted", exact=True).wait_for()
    while errands.go_on():
        pass
    page.get_by_text("4 lines of 4 orders by 4 customers, £175.00.").wait_for()
    one.is_accessible()
    one.fits()
    page.get_by_role("link", name="Change priority").click()
    page.get_by_role("button", name="Change priority: 4 lines").click()
    page.get_by_text("Being done", exact=True).wait_for()
    while errands.go_on():
        pass
    page.get_by_text("4 of 4 lines were done, 0 refused.").wait_for()
    assert sorted(Line.objects.values_list("priority", flat=True)) == [0, 5, 5, 5, 5]
    page.get_by_role("link", name="Undo").click()
    page.get_by_role("dialog").get_by_role("button", name="Undo").click()
    page.get_by_text("Being done", exact=True).wait_for()
    while errands.go_on():
        pass
    page.get_by_text("4 of 4 lines were done, 0 refused.").wait_for()
    assert set(Line.objects.values_list("priority", flat=True)) == {0}


def test_the_palette_leads_to_an_order_and_a_dialog_cancels(visitor: NewVisitor, queue: dict[str, int]) -> None:
    page = visitor(**signed_in("support")).open("/console/")
    page.keyboard.press("Control+k")
    page.get_by_role("combobox").fill("W-2")
    page.get_by_role("option", name="W-2").wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/console/orders/{queue['W-2']}")
    page.get_by_role("link", name="Cancel 4").click()
    box = page.get_by_role("dialog")
    box.get_by_label("Units to cancel").fill("9")
    box.get_by_role("button", name="Cancel units").click()
    assert box.get_by_label("Units to cancel").input_value() == "9"  # Too many is for the browser to say.
    box.get_by_label("Units to cancel").fill("1")
    box.get_by_role("button", name="Cancel units").click()
    page.get_by_text("1 unit is cancelled.").wait_for()
    assert Line.objects.get(order_id=queue["W-2"]).cancelled == 1


def test_without_script_a_line_is_cancelled_just_the_same(visitor: NewVisitor, queue: dict[str, int]) -> None:
    page = visitor(scripts=False, **signed_in("support")).open(f"/console/orders/{queue['W-3']}")
    page.get_by_role("link", name="Cancel 2").click()
    page.get_by_label("Units to cancel").fill("2")
    page.get_by_role("button", name="Cancel units").click()
    page.wait_for_url(f"**/console/orders/{queue['W-3']}")
    assert Line.objects.get(order_id=queue["W-3"]).cancelled == 2
    assert "2 units are cancelled." in page.content()


def test_moving_by_letters_and_asking_for_the_keys(visitor: NewVisitor, queue: dict[str, int]) -> None:
    page = visitor(**signed_in("viewer")).open("/console/")
    page.keyboard.press("g")
    page.keyboard.press("b")
    page.wait_for_url("**/console/backorders")
    page.keyboard.press("?")
    page.get_by_role("heading", name="Keys").wait_for()
    page.keyboard.press("Escape")
    page.keyboard.press("f")
    assert page.get_by_label("Waits at least (days)").is_visible()
