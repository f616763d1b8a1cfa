"""Files come in row by row and go out page by page; what is refused is named by line, field and reason."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import RequestFactory
from tests.api.conftest import Door, order

from backorder.api import bodies
from backorder.files import transfer
from backorder.files.rows import LONGEST_LINE
from backorder.orders.deciding.redecide import work_marks

NDJSON, CSV = "application/x-ndjson", "text/csv"


def ndjson(*rows: Any) -> bytes:
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


def take(door: Door, kind: str, body: bytes, media_type: str = NDJSON) -> dict[str, Any]:
    answer = door.post(f"/imports/{kind}", body, Content_Type=media_type)
    assert answer.status_code == 200, answer.content
    return dict(answer.json())


def give(door: Door, kind: str, format: str = "ndjson") -> bytes:
    return b"".join(door.get(f"/exports/{kind}?format={format}").streaming_content)


def test_items_come_in_and_go_out_the_same(shop: Door) -> None:
    body = (
        b"sku,name,unit,price_minor,currency,active,attributes\r\n"
        b'BULB,"Bulb, warm",piece,250,EUR,true,"{""watt"":9}"\r\n'
        b"BOX,Box,piece,,GBP,false,{}\r\n"
    )
    report = take(shop, "items", body, CSV)
    assert (report["rows"], report["taken"], report["refused"]) == (2, 2, 0)
    lines = give(shop, "items", "csv").splitlines(keepends=True)
    assert lines[0] == body.splitlines(keepends=True)[0]
    assert lines[1:3] == [body.splitlines(keepends=True)[2], body.splitlines(keepends=True)[1]]
    exported = give(shop, "items")
    assert take(shop, "items", exported)["taken"] == 5
    assert give(shop, "items") == exported


def test_refused_rows_are_named_and_the_others_taken(shop: Door) -> None:
    body = ndjson({"sku": "NEW", "name": "New"}, {"sku": "BAD"}, {"sku": "NEW", "name": "Twice"}) + b"\nnonsense\n"
    report = take(shop, "items", body)
    assert (report["rows"], report["taken"], report["refused"]) == (4, 1, 3)
    assert [(row["row"], row["name"], row["field"]) for row in report["refusals"]] == [
        (2, "invalid_field", "body"),
        (3, "sku_twice_in_batch", "sku"),
        (5, "body_is_not_json", None),
    ]
    assert shop.get("/items/NEW").json()["name"] == "New"
    assert shop.get("/items/BAD").status_code == 404


def test_stock_is_what_the_file_says_and_owners_give_back_last(shop: Door) -> None:
    made = shop.post("/orders", order(lines=[{"sku": "LAMP", "units": 6}])).json()
    body = ndjson(
        {"sku": "LAMP", "location": "MAIN", "on_hand": 4},
        {"sku": "CHAIR", "location": "MAIN", "on_hand": 3},
        {"sku": "CHAIR", "location": "MAIN", "on_hand": 5},
        {"sku": "CHAIR", "location": "NOWHERE", "on_hand": 5},
        {"sku": "NONE", "location": "MAIN", "on_hand": 5},
        {"sku": "DESK", "location": "MAIN", "on_hand": -1},
    )
    report = take(shop, "stock", body)
    assert [(row["row"], row["name"]) for row in report["refusals"]] == [
        (3, "level_named_twice"),
        (4, "unknown_location"),
        (5, "unknown_item"),
        (6, "invalid_field"),
    ]
    levels = {row["sku"]: (row["on_hand"], row["allocated"]) for row in shop.get("/levels").json()}
    assert levels == {"CHAIR": (3, 0), "LAMP": (4, 4)}
    line = shop.get(f"/orders/{made['id']}").json()["lines"][0]
    assert (line["allocated"], line["open"]) == (4, 2)
    exported = give(shop, "stock")
    assert take(shop, "stock", exported)["taken"] == 2
    assert give(shop, "stock") == exported


def test_orders_come_in_as_csv_a_line_each(shop: Door) -> None:
    body = (
        b"channel,reference,country,customer_reference,sku,units,requested_on\n"
        b"web,W-1,GB,C-1,LAMP,1,\n"
        b"web,W-1,GB,C-1,DESK,2,\n"
        b"web,W-2,GB,,LAMP,x,\n"
        b"web,W-3,GB,,CHAIR,1,\n"
    )
    report = take(shop, "orders", body, CSV)
    assert [(row["row"], row["name"]) for row in report["refusals"]] == [
        (4, "invalid_field"),
        (5, "item_is_not_sellable_on_backorder"),
    ]
    (found,) = shop.get("/orders").json()
    assert (found["reference"], found["customer"], found["ordered"], found["open"]) == ("W-1", "C-1", 3, 2)
    again = take(shop, "orders", body, CSV)
    assert (again["taken"], len(shop.get("/orders").json())) == (1, 1)
    flat = give(shop, "orders", "csv").decode().splitlines()
    assert len(flat) == 3
    assert json.loads(give(shop, "orders"))["reference"] == "W-1"


def test_purchase_orders_are_taken_whole_or_not_at_all(shop: Door) -> None:
    shop.put("/suppliers/ACME", {"name": "Acme"})
    good = {"reference": "PO-1", "supplier": "ACME", "lines": [{"sku": "DESK", "location": "MAIN", "units": 5}]}
    late = {"sku": "DESK", "location": "MAIN", "units": 5, "eta": "2001-01-01"}
    bad = {"reference": "PO-2", "supplier": "ACME", "lines": [*good["lines"], late]}
    report = take(shop, "purchase-orders", ndjson(good, bad, good))
    assert [(row["row"], row["name"]) for row in report["refusals"]] == [
        (2, "eta_before_order"),
        (3, "purchase_order_exists"),
    ]
    assert [(row["reference"], row["state"]) for row in shop.get("/purchase-orders").json()] == [("PO-1", "sent")]
    assert json.loads(give(shop, "purchase-orders"))["lines"][0]["units"] == 5
    assert give(shop, "purchase-orders", "csv").count(b"\r\n") == 2


@pytest.mark.parametrize(
    ("kind", "body", "media_type", "status", "name"),
    [
        ("nothing", b"", NDJSON, 422, "invalid_parameter"),
        ("items", b"{}", "application/json", 415, "media_type_is_not_supported"),
        ("items", b"sku,colour\n", CSV, 422, "unknown_column"),
        ("items", b"\xff\xfe\n", CSV, 422, "file_is_not_csv"),
    ],
)
def test_files_that_are_none(shop: Door, kind: str, body: bytes, media_type: str, status: int, name: str) -> None:
    answer = shop.post(f"/imports/{kind}", body, Content_Type=media_type)
    assert (answer.status_code, answer.json()["name"]) == (status, name)


def test_a_line_without_end_is_refused(shop: Door) -> None:
    lines = iter([b"x" * (LONGEST_LINE + 1), b"\n"])
    report = transfer.import_rows("items", lines, format="ndjson", actor="test")
    assert [(row.row, row.name) for row in report.refusals] == [(1, "line_too_long")]


def test_progress_is_told_after_each_chunk(shop: Door) -> None:
    told: list[int] = []
    lines = [json.dumps({"sku": f"S-{n}", "name": "S"}).encode() + b"\n" for n in range(2_500)]
    report = transfer.import_rows("items", lines, format="ndjson", actor="test", progress=told.append)
    assert (report.taken, told) == (2_500, [1_000, 2_000, 2_500])
    assert work_marks(100) >= 0


@pytest.mark.parametrize("block", [1, 3, 7, 64 * 1024])
def test_lines_are_cut_wherever_the_blocks_end(monkeypatch: pytest.MonkeyPatch, rf: RequestFactory, block: int) -> None:
    monkeypatch.setattr(bodies, "BLOCK", block)
    body = b"one\ntwo\r\n\nlast"
    request = rf.generic("POST", "/", body)
    assert list(bodies.lines(request, longest=100)) == [b"one\n", b"two\r\n", b"\n", b"last"]
    endless = rf.generic("POST", "/", b"x" * 50)
    assert max(map(len, bodies.lines(endless, longest=10))) <= max(10 + block, 11)
