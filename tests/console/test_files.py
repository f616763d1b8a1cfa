"""Files: given out whole, checked without effect, taken in once, with the refused rows to download."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backorder.access import staff
from backorder.catalog import reading as catalog
from backorder.console import uploads
from backorder.console.models import Upload
from backorder.journal import clock
from backorder.orders.models import Order
from backorder.stock import reading as stock
from backorder.supply import queries as supply
from backorder.supply.suppliers import SupplierSpec, define_supplier
from tests.orders.shop import Shop

from .test_item import text_of

pytestmark = pytest.mark.django_db

ITEMS = b"sku,name,price_minor\nVASE,Vase,1250\nBAD,,5\nBOWL,Bowl,-1\nTRAY,=Tray,3\n"


def send(desk, kind: str, body: bytes, name: str = "some.csv", token: str = "t-1"):
    file = SimpleUploadedFile(name, body)
    return desk.client.post(f"/console/settings/files/{kind}/send", {"file": file, "token": token})


def skus() -> list[str]:
    return [one.sku for one in catalog.items(after=None, limit=100)]


def test_a_file_is_checked_without_effect_then_taken_in_once(desk, shop: Shop) -> None:
    answer = send(desk, "items", ITEMS)
    assert answer.status_code == 302
    page = answer["Location"].removeprefix("/console/")
    assert "Being checked" in text_of(desk.get(page))
    before = skus()
    assert (uploads.go_on(), uploads.go_on()) == (1, 0)
    assert skus() == before
    text = text_of(desk.get(page))
    assert "Checked 2 of 4 rows would be taken, 2 refused." in text
    report = desk.get(f"{page}/refused").content.decode().splitlines()
    assert report[0] == "\ufeffrow,type,field,reason"
    assert [line.split(",")[0] for line in report[1:]] == ["3", "4"]

    desk.do(f"{page}/take")
    assert uploads.go_on() == 1
    assert "Taken in 2 of 4 rows were taken, 2 refused." in text_of(desk.get(page))
    assert {"VASE", "TRAY"} <= set(skus())
    assert not {"BAD", "BOWL"} & set(skus())
    again = desk.do(f"{page}/take")
    assert again.status_code == 409
    assert "This file is not waiting to be taken in." in text_of(again)
    assert uploads.go_on() == 0
    assert bytes(Upload.objects.get().body) == b""


def test_the_same_form_sent_twice_is_one_file(desk, shop: Shop) -> None:
    assert send(desk, "items", ITEMS)["Location"] == send(desk, "items", ITEMS)["Location"]
    assert Upload.objects.count() == 1


@pytest.mark.parametrize(
    ("kind", "body", "name"),
    [
        ("stock", b"sku,location,on_hand\nLAMP,NORTH,9\n", "stock.csv"),
        ("purchase-orders",
         b'{"reference":"PO-1","supplier":"S-1","lines":[{"sku":"LAMP","location":"NORTH","units":5}]}\n', "po.ndjson"),
        ("orders", b'{"channel":"web","reference":"W-1","country":"GB","lines":[{"sku":"LAMP","units":1}]}\n',
         "orders.jsonl"),
    ],
)  # fmt: skip
def test_checking_changes_nothing_of_any_kind(desk, shop: Shop, kind: str, body: bytes, name: str) -> None:
    shop.item("LAMP", stock=5)
    define_supplier(SupplierSpec(code="S-1", name="One"), actor="test")

    def state() -> tuple[object, ...]:
        return (
            stock.levels(after=None, limit=10),
            supply.purchase_orders(before=None, limit=10),
            Order.objects.count(),
        )

    before = state()
    send(desk, kind, body, name)
    uploads.go_on()
    kept = Upload.objects.get()
    assert (kept.state, kept.rows, kept.taken, kept.refusals) == ("checked", 1, 1, [])
    assert state() == before
    uploads.take(kept.pk, kind=kind)
    uploads.go_on()
    assert Upload.objects.get().state == "taken"
    assert state() != before


@pytest.mark.parametrize(
    ("name", "body", "status", "says"),
    [
        ("items.xlsx", b"PK", 422, "ends neither in .ndjson nor in .csv"),
        ("items.csv", b"", 422, "is empty"),
        ("items.csv", b"x" * 101, 413, "larger than"),
    ],
)
def test_what_cannot_be_a_file_is_said_on_the_page(
    desk, shop: Shop, monkeypatch, name: str, body: bytes, status: int, says: str
) -> None:
    monkeypatch.setattr(uploads, "MOST_BYTES", 100)
    answer = send(desk, "items", body, name)
    assert answer.status_code == status
    assert says in text_of(answer)
    assert Upload.objects.count() == 0
    assert "Choose a file first." in text_of(desk.post("settings/files/items/send"))


def test_a_file_with_other_columns_stops_and_says_why(desk, shop: Shop) -> None:
    page = send(desk, "items", b"sku,colour\nLAMP,red\n")["Location"].removeprefix("/console/")
    uploads.go_on()
    assert "There is no column &#x27;colour&#x27;" in desk.get(page).content.decode()
    assert Upload.objects.get().state == "stopped"


def test_what_was_wrong_is_said_in_the_language_of_whoever_looks(desk, shop: Shop) -> None:
    stopped = send(desk, "items", b"sku,colour\nLAMP,red\n", token="a")["Location"].removeprefix("/console/")
    stock = b"sku,location,on_hand\nNOSUCH,NORTH,1\nLAMP,NOWHERE,1\nLAMP,NORTH\n"
    shop.item("LAMP")
    refused = send(desk, "stock", stock, token="b")["Location"].removeprefix("/console/")
    while uploads.go_on():
        pass
    assert "There is no column &#x27;colour&#x27;" in desk.get(stopped).content.decode()
    staff.prefer(desk.person.id, language="de", zone="UTC", theme="", density="")
    assert "Angehalten Die Spalte colour gibt es nicht; es gibt sku, name" in text_of(desk.get(stopped))
    text = text_of(desk.get(refused))
    assert "2 sku Den Artikel NOSUCH gibt es nicht." in text
    assert "3 location Den Ort NOWHERE gibt es nicht." in text
    assert "4 row Die Zeile hat 2 Zellen statt 3." in text
    report = desk.get(f"{refused}/refused").content.decode().splitlines()
    assert report[1] == "2,unknown_item,sku,Den Artikel NOSUCH gibt es nicht."


def test_a_file_whose_worker_is_gone_stops(desk, shop: Shop) -> None:
    clock.freeze(actor="test")
    page = send(desk, "items", ITEMS)["Location"].removeprefix("/console/")
    Upload.objects.update(worked_at=clock.now())
    assert uploads.go_on() == 0
    clock.advance(timedelta(minutes=11), actor="test")
    assert uploads.go_on() == 0
    assert "The worker ended in the middle." in text_of(desk.get(page))


def test_old_files_are_deleted(desk, shop: Shop) -> None:
    send(desk, "items", ITEMS)
    assert uploads.purge() == 0
    Upload.objects.update(made_at=clock.now() - timedelta(days=31))
    assert uploads.purge() == 1


def test_a_kind_is_given_out_whole(desk, shop: Shop) -> None:
    shop.item("LAMP", stock=5)
    answer = desk.get("settings/files/stock/export/csv")
    assert answer["Content-Disposition"] == 'attachment; filename="stock.csv"'
    assert b"".join(answer.streaming_content) == b"sku,location,on_hand,allocated,free\r\nLAMP,NORTH,5,0,5\r\n"
    assert desk.get("settings/files/stock/export/xlsx").status_code == 404


def test_who_may_not_write_a_kind_is_not_asked_for_it(desk_of, shop: Shop) -> None:
    viewer = desk_of("viewer")
    page = viewer.get("settings/files").content.decode()
    assert "/export/csv" in page
    assert 'type="file"' not in page
    assert send(viewer, "items", ITEMS).status_code == 403
    assert Upload.objects.count() == 0


def test_the_page_costs_the_same_however_many_files(desk, shop: Shop) -> None:
    send(desk, "items", ITEMS)
    desk.get("settings/files")
    with CaptureQueriesContext(connection) as few:
        desk.get("settings/files")
    for number in range(9):
        send(desk, "items", ITEMS, token=f"n-{number}")
    with CaptureQueriesContext(connection) as many:
        desk.get("settings/files")
    assert len(many) == len(few)
