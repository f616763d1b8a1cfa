"""Policies, jobs and files in a real browser: every look, and a file checked and taken in by hand."""

from __future__ import annotations

import pytest

from backorder.catalog import define, reading
from backorder.catalog.specs import PolicySpec
from backorder.console import uploads
from backorder.journal.jobs import Ran, tell
from tests.orders.shop import Shop

from .conftest import Gallery, NewVisitor
from .test_console_goods import signed_in

ITEMS = b"sku,name\nVASE,Vase\nBAD,\n"


@pytest.fixture
def settled(shop: Shop) -> None:
    shop.item("LAMP", stock=5)
    define.define_policy(PolicySpec(sell="backorder", sku="LAMP", location="NORTH", backorder_limit=40), actor="test")
    tell([Ran("send texts", 1.0, failed_ago=2.0, failure="OSError: no route"), Ran("purge what is old", 86_400.0, 3.0)])


@pytest.mark.parametrize("page", ["policies", "jobs", "files", "people", "places"])
def test_every_look(gallery: Gallery, settled: None, page: str) -> None:
    gallery(f"console-settings-{page}", f"/console/settings/{page}", **signed_in("admin", "planner"))


def test_a_file_is_checked_and_taken_in(visitor: NewVisitor, settled: None) -> None:
    one = visitor(language="de-DE", **signed_in("admin"))
    page = one.open("/console/settings/files")
    box = page.get_by_role("region", name="Artikel")
    box.get_by_label("Eine Datei, .csv oder .ndjson").set_input_files(
        {"name": "items.csv", "mimeType": "text/csv", "buffer": ITEMS}
    )
    box.get_by_role("button", name="Prüfen").click()
    page.get_by_text("Wird geprüft").wait_for()
    uploads.go_on()
    page.get_by_text("1 von 2 Zeilen würden übernommen, 1 abgelehnt.").wait_for()
    one.is_accessible()
    page.get_by_role("link", name="Übernehmen").click()
    page.get_by_role("dialog").get_by_role("button", name="Übernehmen").click()
    page.get_by_text("Wird übernommen", exact=True).wait_for()
    uploads.go_on()
    page.get_by_text("1 von 2 Zeilen wurden übernommen, 1 abgelehnt.").wait_for()
    assert "VASE" in [item.sku for item in reading.items(after=None, limit=10)]
