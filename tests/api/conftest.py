"""A client with a key for each test of the door."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from backorder.access import keys, limits
from backorder.catalog import define
from backorder.catalog import queries as catalog
from backorder.catalog.specs import CalendarSpec, ItemSpec, LocationSpec, ServiceSpec
from backorder.journal import clock
from backorder.stock import moves
from backorder.stock.moves import NewMove


@dataclass
class Door:
    """Calls the door with one key; answers are Django responses."""

    client: Client
    key: str

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.key:
            given.setdefault("Authorization", f"Bearer {self.key}")
        content = body if isinstance(body, (bytes, str)) else b"" if body is None else json.dumps(body)
        kind = given.pop("Content-Type", "application/json")
        return self.client.generic(method, "/api/v1" + path, content, content_type=kind, headers=given)

    def get(self, path: str, **headers: str) -> Any:
        return self.call("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.call("POST", path, {} if body is None else body, **headers)

    def put(self, path: str, body: Any, **headers: str) -> Any:
        return self.call("PUT", path, body, **headers)

    def patch(self, path: str, body: Any, **headers: str) -> Any:
        return self.call("PATCH", path, body, **headers)

    def delete(self, path: str, **headers: str) -> Any:
        return self.call("DELETE", path, **headers)


@pytest.fixture
def door(db: None) -> Door:
    """The door with an administrator's key."""
    keys.forget()
    limits.forget()
    return Door(Client(raise_request_exception=False), keys.create(name="test", scopes=["admin"]))


@pytest.fixture
def places(db: None) -> None:
    """A working calendar, one location MAIN, one service POST, and items LAMP, DESK and CHAIR."""
    define.define_calendar(CalendarSpec(code="UK", zone="Europe/London"), actor="test")
    define.define_location(LocationSpec(code="MAIN", name="Main", calendar="UK"), actor="test")
    define.define_service(ServiceSpec(code="POST", name="Post", calendar="UK"), actor="test")
    for sku in ("LAMP", "DESK", "CHAIR"):
        define.define_item(ItemSpec(sku=sku, name=sku.title()), actor="test")


def order(**given: Any) -> dict[str, Any]:
    return {"channel": "web", "reference": "W-1", "country": "GB", "lines": [{"sku": "LAMP", "units": 2}], **given}


@pytest.fixture
def shop(door: Door, places: None) -> Door:
    """A channel `web`; 10 LAMP on the shelf, DESK sold beyond it, CHAIR from the shelf only."""
    assert door.put("/channels/web", {"name": "Web", "service": "POST"}).status_code == 200
    assert door.put("/policies", {"sell": "backorder", "sku": "DESK", "lead_time_days": 7}).status_code == 200
    lamp, main = catalog.items_by_sku(["LAMP"])["LAMP"].id, catalog.location("MAIN").id
    with transaction.atomic():
        moves.apply([NewMove(lamp, main, 10, "opening", "test/1")], actor="test", at=clock.now())
    return door
