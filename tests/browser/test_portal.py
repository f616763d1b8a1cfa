"""The customer's pages in a real browser: phone and desktop, light and dark, without script."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import Response, expect

from backorder.access import links
from backorder.catalog import define
from backorder.catalog.specs import ItemSpec, SubstituteSpec
from backorder.journal import clock
from backorder.orders.changing.edit import Edit, edit
from backorder.orders.deciding.redecide import work_marks
from backorder.orders.placing import waitlist
from backorder.orders.placing.channels import define_channel
from backorder.orders.placing.forms import Placed
from backorder.orders.placing.waitlist import NewWish
from backorder.orders.supplying.inbound import move_eta
from backorder.portal.waitlist import serve
from tests.orders.shop import Shop

from .conftest import Gallery, NewVisitor
from .kit import Visitor

LAMP = "https://shop.example/lamp"
HEART = "White hanging heart T-light holder"


@pytest.fixture
def hearts(shop: Shop) -> Placed:
    """Seven hearts of which two wait for a delivery that has slipped, a lantern that is here, cream ones to swap."""
    define_channel("web", actor="test", name="Larkfold")
    for sku, name, stock in (
        ("HEART", HEART, 5),
        ("CREAM", "Cream hanging heart T-light holder", 40),
        ("STAR", "Paper star lantern, brass", 9),
    ):
        shop.item(sku, stock=stock)
        define.define_item(ItemSpec(sku=sku, name=name, price_minor=295, currency="GBP"), actor="test")
    define.define_substitute(SubstituteSpec(sku="HEART", substitute="CREAM", price_difference_minor=-30), actor="test")
    delivery = shop.inbound("HEART", 240, day=10)
    shop.place(("HEART", 1))
    placed = shop.place(("HEART", 6), ("STAR", 2))
    edit(
        placed.id,
        Edit(
            order={
                "contact": {"name": "Hannah", "email": "hannah@example.com", "sms": "+441632960961"},
                "ship_to": {"name": "Hannah Meyer", "line1": "1 Mill Lane", "city": "Leeds", "postcode": "LS1 1AA"},
                "paid_at": clock.now(),
            },
            lines={line.id: {"unit_price_minor": 295} for line in placed.lines},
        ),
        version=None,
        actor="test",
    )
    clock.advance(timedelta(days=2, hours=3), actor="test")
    move_eta(delivery, eta=shop.day(21), actor="test")
    work_marks()
    return placed


def path_of(placed: Placed) -> str:
    return f"/my/{links.make('order', placed.id, now=clock.now())}"


def test_my_order_in_every_look(gallery: Gallery, hearts: Placed) -> None:
    gallery("portal", path_of(hearts))


def test_the_confirm_step_in_every_look(gallery: Gallery, hearts: Placed) -> None:
    def check(one: Visitor) -> None:
        one.page.locator("label").filter(has_text="Take 2 × Cream").click()
        one.page.get_by_role("button", name="Check my choice").click()
        expect(one.page.get_by_text("Nothing has been done yet.")).to_be_visible()

    gallery("portal-confirm", path_of(hearts), prepare=check)


@pytest.mark.parametrize("step", ["withdraw", "address", "reach"])
def test_the_other_pages_in_every_look(gallery: Gallery, hearts: Placed, step: str) -> None:
    gallery(f"portal-{step}", f"{path_of(hearts)}/{step}")


@pytest.mark.parametrize("state", ["waiting", "held", "over"])
def test_the_place_on_the_waitlist_in_every_look(gallery: Gallery, shop: Shop, state: str) -> None:
    shop.item("LAMP", sell="stock_only")
    define.define_item(ItemSpec(sku="LAMP", name="Brass table lamp", attributes={"link": LAMP}), actor="test")
    one = waitlist.join(NewWish(channel="web", sku="LAMP", country="GB", email="ann@example.com"), actor="test")
    if state != "waiting":
        shop.stock("LAMP", 1)
        work_marks()
        assert serve() == 1
    if state == "over":
        clock.advance(timedelta(days=20), actor="test")
    gallery(f"portal-waitlist-{state}", f"/waitlist/{links.make('waitlist', one, now=clock.now())}")


def test_my_order_in_german(gallery: Gallery, hearts: Placed) -> None:
    gallery("portal-german", f"{path_of(hearts)}?lang=de")


def test_a_link_that_ended_in_every_look(gallery: Gallery, hearts: Placed) -> None:
    path = path_of(hearts)
    clock.advance(timedelta(days=200), actor="test")
    gallery("portal-ended", path, status=410)


def test_everything_works_without_scripts_and_by_keyboard(visitor: NewVisitor, hearts: Placed) -> None:
    one = visitor(device="phone", scripts=False)
    page = one.open(path_of(hearts))
    page.get_by_label("Keep waiting").focus()
    for _ in range(3):  # Keep waiting, the cream ones, one parcel, until a day.
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Wait, but only until a day I choose?")
    page.get_by_role("button", name="Yes, wait until then").press("Enter")
    expect(page.get_by_role("status")).to_have_text("Done. We wait until the day you chose.")
    page.get_by_label("Your question").fill("Is it heavy?")
    page.get_by_role("button", name="Send question").click()
    expect(page.get_by_role("status")).to_have_text("Your question has reached us. A person answers it.")
    expect(page.get_by_text("Is it heavy?")).to_be_visible()


def test_a_page_is_light(visitor: NewVisitor, hearts: Placed) -> None:
    one = visitor(device="phone")
    answers: list[Response] = []
    one.page.on("response", lambda answer: answers.append(answer))
    one.open(path_of(hearts))
    assert len(answers) == 4  # The page and its three style sheets.
    assert sum(len(answer.body()) for answer in answers) < 100_000


def test_the_script_of_the_storefront_fills_a_page(visitor: NewVisitor, hearts: Placed, site: str) -> None:
    one = visitor()
    page = one.open("/healthz")
    # A shop's own page, on an address of its own, which lets the script in.
    page.route(
        "**/shop",
        lambda route: route.fulfill(
            content_type="text/html",
            body=f"""<html lang="de"><title>x</title><p data-backorder-sku="HEART">Bald wieder da</p>
            <p data-backorder-sku="NOPE">Fragen Sie uns</p>
            <script src="{site}/storefront/snippet.js" data-json-ld></script></html>""",
        ),
    )
    page.goto(f"{site}/shop")
    expect(page.get_by_text("Jetzt bestellen, Versand am 28. Januar")).to_be_visible()
    expect(page.get_by_text("Fragen Sie uns")).to_be_visible()
    data = page.locator('script[type="application/ld+json"]').text_content()
    assert '"availability":"https://schema.org/BackOrder"' in (data or "")
