"""The Python client has every operation of the checked-in document, and travels safely."""

from __future__ import annotations

import inspect
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from tests.api.conftest import Door, door, places, shop  # noqa: F401

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "clients" / "python"))

from backorder_client import Client, Refused, Unreachable  # noqa: E402
from backorder_client import transport as travel  # noqa: E402
from backorder_client.calls import Calls  # noqa: E402

DOCUMENT = json.loads((ROOT / "docs" / "openapi.json").read_text())
OPERATIONS = {one["operationId"] for path in DOCUMENT["paths"].values() for one in path.values()}
ORDER = {"channel": "web", "reference": "W-1", "country": "GB", "lines": [{"sku": "LAMP", "units": 2}]}


def test_every_operation_has_a_method_and_every_method_an_operation() -> None:
    methods = {name for name, _ in inspect.getmembers(Calls, inspect.isfunction) if not name.startswith("_")}
    assert methods == OPERATIONS


@pytest.fixture
def client(shop: Door) -> Iterator[Client]:  # noqa: F811
    from backorder.config.wsgi import application

    # The test's own connection must outlive the requests.
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    with Client("http://localhost", key=shop.key, transport=httpx.WSGITransport(app=application)) as client:
        yield client
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def test_an_order_is_placed_listed_edited_and_cancelled(client: Client) -> None:
    placed = client.place_order(ORDER)  # type: ignore[arg-type]
    assert client.place_order(ORDER) == placed  # type: ignore[arg-type]
    assert [row["reference"] for row in client.list_orders(channel="web")] == ["W-1"]
    edited = client.edit_order(placed["id"], {"priority": 3}, version=1)
    assert (edited["priority"], edited["version"]) == (3, 2)
    with pytest.raises(Refused) as stale:
        client.edit_order(placed["id"], {"priority": 4}, version=1)
    assert stale.value.status == 412
    gone = client.cancel_order(placed["id"], {})
    assert [line["cancelled"] for line in gone["lines"]] == [2]


def test_a_refusal_carries_its_name_and_values(client: Client) -> None:
    with pytest.raises(Refused) as no:
        client.get_item("NONE")
    assert (no.value.status, no.value.name, no.value.values["value"]) == (404, "unknown_item", "NONE")


def test_pages_follow_each_other(client: Client) -> None:
    assert [row["sku"] for row in client.list_items(limit=1)] == ["CHAIR", "DESK", "LAMP"]


def test_files_go_in_and_out(client: Client) -> None:
    report = client.import_file("items", b"sku,name\nBOX,Box\n", media_type="text/csv")
    assert report["taken"] == 1
    assert b"".join(client.export_file("items", format="csv")).count(b"\r\n") == 5


class Server:
    """Answers what it was told, one after the other, and remembers what it was asked."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.answers = list(answers)
        self.asked: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture(autouse=True)
def _without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(travel.time, "sleep", lambda _: None)


def made(server: Server) -> Client:
    return Client("http://localhost", key="k", tries=3, transport=httpx.MockTransport(server))


def test_a_creating_call_is_repeated_with_the_same_key() -> None:
    server = Server(httpx.ReadTimeout("lost"), httpx.Response(503), httpx.Response(201, json={"reference": "PO-1"}))
    assert made(server).order_from_proposal({"supplier": "ACME"}) == {"reference": "PO-1"}
    keys = {request.headers["Idempotency-Key"] for request in server.asked}
    assert (len(server.asked), len(keys)) == (3, 1)


def test_a_call_that_could_do_something_twice_is_not_repeated() -> None:
    server = Server(httpx.ReadTimeout("lost"), httpx.Response(201, json={}))
    with pytest.raises(Unreachable):
        made(server).create_key({"name": "x", "scopes": ["admin"]})
    assert len(server.asked) == 1


def test_it_gives_up_after_its_tries() -> None:
    server = Server(*[httpx.ConnectError("down")] * 3)
    with pytest.raises(Unreachable):
        made(server).create_key({"name": "x", "scopes": ["admin"]})
    assert len(server.asked) == 3


def test_a_last_not_now_is_a_refusal() -> None:
    problem: dict[str, Any] = {"name": "try_again", "detail": "Not now.", "status": 503}
    server = Server(*[httpx.Response(503, json=problem)] * 3)
    with pytest.raises(Refused, match="try_again"):
        made(server).show_clock()
