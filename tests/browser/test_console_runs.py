"""Runs and variants in a real browser: every look, built by clicking, and without script."""

from __future__ import annotations

import msgspec
import pytest
from playwright.sync_api import expect

from backorder.planning import runs, variants
from backorder.planning.forms import VariantForm
from backorder.planning.models import Variant
from tests.orders.shop import Shop

from .conftest import Gallery, NewVisitor
from .test_console_goods import signed_in

VIPS = {"include": [{"attribute": "tag:vip", "values": [True]}]}


@pytest.fixture
def run(shop: Shop) -> int:
    """A run of two variants over lamps that a VIP wants and somebody else came for first."""
    shop.item("LAMP")
    shop.inbound("LAMP", 5, 5)
    shop.place(("LAMP", 4), reference="W-1")
    shop.place(("LAMP", 4), reference="W-2", tags=("vip",))
    for code, segments in {
        "calm": [{"name": "Everybody", "strategy": "skip"}],
        "vips": [
            {"name": "Key accounts, whatever they are called here", "strategy": "win", "filter": VIPS},
            {"name": "Others", "strategy": "redistribute"},
        ],
    }.items():
        variants.save_variant(code, msgspec.convert({"segments": segments}, VariantForm), actor="test")
    return runs.simulate(["calm", "vips"], actor="test")[1]


def test_every_look(gallery: Gallery, run: int) -> None:
    person = signed_in("admin", "planner")
    gallery("console-run", f"/console/runs/{run}", prepare=lambda one: one.page.wait_for_load_state(), **person)
    gallery("console-variant", "/console/runs/variants/vips",
            prepare=lambda one: one.page.wait_for_selector("#taken table"), **person)  # fmt: skip


@pytest.mark.parametrize("path", ["runs", "runs/variants", "runs/new"])
def test_every_look_of_lists(gallery: Gallery, run: int, path: str) -> None:
    gallery(f"console-{path.replace('/', '-')}", f"/console/{path}", **signed_in("admin", "planner"))


def test_every_look_line_by_line(gallery: Gallery, run: int) -> None:
    gallery("console-run-lines", f"/console/runs/{run}/lines", **signed_in("viewer"))


@pytest.mark.parametrize("scripts", [True, False])
def test_a_variant_is_built_by_clicking(visitor: NewVisitor, run: int, scripts: bool) -> None:
    page = visitor(scripts=scripts, **signed_in("planner")).open("/console/runs/variants/new")
    page.get_by_label("Condition 1 of segment 1: what").select_option("tag:")
    page.get_by_label("Condition 1 of segment 1: value").fill("vip")
    page.get_by_role("button", name="Segment", exact=True).click()
    page.get_by_role("heading", name="Segment 2").wait_for()
    page.locator("#s1name").fill("the rest")
    if scripts:
        page.locator("#s1name").blur()
    else:
        page.get_by_role("button", name="Look", exact=True).last.click()
    page.locator("#taken").get_by_text("W-2").wait_for()
    page.get_by_label("Code").fill("clicked")
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url("**/runs/variants/clicked")
    assert Variant.objects.filter(code="clicked").exists()


def test_a_lost_connection_is_said_keeps_what_was_typed_and_goes_away(visitor: NewVisitor, run: int) -> None:
    one = visitor(**signed_in("planner"))
    page = one.open("/console/runs/variants/new")
    expect(page.locator("#trouble")).to_be_hidden()
    page.context.set_offline(True)
    page.locator("#s0name").fill("everybody")
    page.locator("#s0name").blur()
    expect(page.locator("#trouble")).to_be_visible()
    assert "console: htmx:sendError, [object HTMLDivElement]" in one.wrongs
    one.wrongs.clear()
    page.context.set_offline(False)
    page.locator("#s0strategy").select_option("gain")
    page.locator("#taken").get_by_text("W-2").wait_for()
    expect(page.locator("#trouble")).to_be_hidden()
    assert page.locator("#s0name").input_value() == "everybody"


def test_a_protection_is_added_by_clicking(visitor: NewVisitor, run: int) -> None:
    one = visitor(device="phone", theme="dark", **signed_in("planner"))
    page = one.open("/console/runs/variants/new")
    page.get_by_label("Code").fill("ruled")
    page.get_by_role("button", name="Rule", exact=True).click()
    page.locator("#q0kind").select_option("least")
    page.locator("#q0name").fill("for VIPs")
    page.locator("#q0units").fill("3")
    page.get_by_label("Condition 1 of rule 1: what").select_option("tag:")
    page.get_by_label("Condition 1 of rule 1: value").fill("vip")
    page.locator("#q0expires_on").fill("2030-03-01")
    one.is_accessible()
    one.fits()
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url("**/runs/variants/ruled")
    assert page.locator("#q0name").input_value() == "for VIPs"
    assert Variant.objects.get(code="ruled").version == 1
