"""A client with a key for each test of the door."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client

from backorder.access import keys, limits
from backorder.catalog import define
from backorder.catalog.specs import CalendarSpec, ItemSpec, LocationSpec, ServiceSpec


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
