"""Items, inbound, stock and ship in a real browser: every look, and each role's journey with hands on the keys."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import User
from django.contrib.sessions.backends.db import SessionStore

from backorder.access import staff
from backorder.catalog import define
from backorder.catalog.specs import ItemSpec
from backorder.orders.deciding.redecide import work_marks
from backorder.orders.models import Line, Shipment
from backorder.orders.supplying.buy import buy
from backorder.orders.supplying.inbound import move_eta
from backorder.stock.models import Level
from backorder.supply.models import Receipt, Supply
from backorder.supply.purchase import NewPurchaseLine, NewPurchaseOrder
from backorder.supply.suppliers import SupplierSpec, define_supplier
from tests.orders.shop import Shop

from .conftest import Gallery, NewVisitor


def signed_in(*roles: str) -> dict[str, Any]:
    """What a browser brings along when this person is signed in already."""
    person = staff.invite(f"{'.'.join(roles)}@shop.example", name="Priya Nair", roles=roles, actor="test")
    user = User.objects.get(pk=person.id)
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    cookie = {"name": settings.SESSION_COOKIE_NAME, "value": session.session_key, "domain": "127.0.0.1", "path": "/"}
    return {"storage_state": {"cookies": [cookie], "origins": []}}


@pytest.fixture
def hearts(shop: Shop) -> dict[str, int]:
    """HEART: 5 on the shelf, 24 come with PO-1, slipped by five days; four orders, one of them with a long name."""
    shop.item("HEART", stock=5)
    name = "White hanging heart T-light holder with a name that is much longer than names of items usually are"
    define.define_item(ItemSpec(sku="HEART", name=name, price_minor=295), actor="test")
    shop.item("STAR", stock=9)
    define_supplier(SupplierSpec(code="ANVI", name="Anvi Crafts", country="IN"), actor="test")
    line = NewPurchaseLine(sku="HEART", location="NORTH", units=24, eta=shop.day(6))
    buy(NewPurchaseOrder(supplier="ANVI", reference="PO-1", lines=(line,)), actor="test")
    ids = {}
    for number, units in enumerate((3, 7, 6, 4)):
        placed = shop.place(("HEART", units), ("STAR", 1), reference=f"W-{number}", customer=f"Customer {number}")
        ids[f"W-{number}"] = placed.id
    move_eta(Supply.objects.get().pk, eta=shop.day(11), actor="test")
    settle()
    return ids


def settle() -> None:
    while work_marks():
        pass


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("console-item", "items/HEART?day=2030-01-18"),
        ("console-inbound", "inbound"),
        ("console-receive", "inbound/PO-1/receive"),
        ("console-stock", "stock"),
        ("console-ship", "ship"),
    ],
)
def test_every_look(gallery: Gallery, hearts: dict[str, int], name: str, path: str) -> None:
    gallery(name, f"/console/{path}", **signed_in("admin"))


@pytest.mark.parametrize("path", ["items", "inbound", "stock", "ship"])
def test_an_empty_house_teaches(visitor: NewVisitor, shop: Shop, path: str) -> None:
    one = visitor(device="phone", **signed_in("admin"))
    page = one.open(f"/console/{path}")
    page.locator(".empty h2, .empty h3").wait_for()
    one.is_accessible()
    one.fits()


def test_a_buyer_moves_a_delivery_and_takes_it_back(visitor: NewVisitor, shop: Shop, hearts: dict[str, int]) -> None:
    one = visitor(**signed_in("buyer"))
    page = one.open("/console/inbound/PO-1")
    page.get_by_role("link", name="Change the ETA").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("New ETA").fill(str(shop.day(20)))
    dialog.get_by_role("button", name="See whom it hits").click()
    dialog.get_by_text("lines would be later").wait_for()
    one.is_accessible()
    assert Supply.objects.get().eta == shop.day(11)
    dialog.get_by_role("button", name="Save the new day").click()
    page.get_by_role("status").get_by_text("PO-1 is expected on").wait_for()
    assert Supply.objects.get().eta == shop.day(20)
    page.keyboard.press("z")  # Undo, by its key.
    page.get_by_role("status").get_by_text("is expected on Fri 18 Jan").wait_for()
    assert Supply.objects.get().eta == shop.day(11)


def test_a_warehouse_receives_by_scanner_releases_and_ships(visitor: NewVisitor, hearts: dict[str, int]) -> None:
    one = visitor(**signed_in("warehouse"))
    page = one.open("/console/inbound")
    page.keyboard.press("v")
    page.get_by_label("Delivery or SKU").fill("PO-1")
    page.keyboard.press("Enter")
    for n in (1, 2):
        page.get_by_label("Scan or type a SKU").fill("heart")
        page.keyboard.press("Enter")
        page.get_by_text(f"HEART: {n} counted.").wait_for()
    page.get_by_label("Units of HEART counted").fill("24")
    page.get_by_role("button", name="See what it does").click()
    page.get_by_text("24 of 24 units that are due.").wait_for()
    assert Receipt.objects.count() == 0
    page.get_by_role("button", name="Take in 24 units").click()
    page.get_by_role("status").get_by_text("24 units taken in").wait_for()
    settle()

    one.open("/console/ship")
    page.get_by_label("Pick W-1").check()
    page.get_by_role("button", name="Release").click()
    page.get_by_role("button", name="Release 1 parcel").click()
    page.get_by_role("status").get_by_text("Released 1 parcel.").wait_for()
    row = page.get_by_role("row", name="W-1")
    row.hover()
    row.get_by_role("link", name="Confirm").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Units of STAR that leave").fill("0")
    dialog.get_by_label("Units of STAR that are missing").fill("1")
    dialog.get_by_label("Tracking number").fill("JD 0146")
    one.is_accessible()
    dialog.get_by_role("button", name="Confirm as sent").click()
    page.get_by_role("status").get_by_text("7 units of W-1 left. 1 missing unit waits again.").wait_for()
    assert Shipment.objects.get().tracking == "JD 0146"


def test_a_planner_sees_what_a_rule_does_before_it_is_saved(visitor: NewVisitor, hearts: dict[str, int]) -> None:
    one = visitor(**signed_in("planner"))
    page = one.open("/console/items/HEART")
    page.get_by_label("At most on backorder, units").fill("10")
    page.get_by_role("button", name="See the effect").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("At most on backorder, units: none → 10").wait_for()
    dialog.get_by_text("15 units wait now, the limit is 10").wait_for()
    dialog.get_by_role("button", name="Save").click()
    page.get_by_role("status").get_by_text("Saved.").wait_for()
    assert page.get_by_label("At most on backorder, units").input_value() == "10"


def test_a_count_works_without_script(visitor: NewVisitor, shop: Shop, hearts: dict[str, int]) -> None:
    page = visitor(scripts=False, **signed_in("warehouse")).open("/console/stock/sheet")
    page.locator(f'input[name="n-{shop.items["HEART"]}-{shop.locations["NORTH"]}"]').fill("4")
    page.get_by_role("button", name="See the differences").click()
    page.get_by_text("HEART: −1").wait_for()
    page.get_by_text("gives units from the shelf back").first.wait_for()
    page.get_by_role("button", name="Save 1 count").click()
    page.get_by_text("1 count saved.").wait_for()
    assert Level.objects.get(item_id=shop.items["HEART"]).on_hand == 4
    assert Line.objects.filter(item_id=shop.items["HEART"]).count() == 4
