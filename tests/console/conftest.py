"""People of each role at the staff's door, and a shop with something to look at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import get_resolver

from backorder.access import staff
from backorder.access.staff import Person
from tests.orders.shop import Shop, open_shop

PASSWORD = "correct horse battery"


@dataclass
class Desk:
    """A signed-in person and their browser."""

    person: Person
    client: Client

    def get(self, path: str, **headers: str):
        return self.client.get("/console/" + path, headers=headers)

    def post(self, path: str, data: dict[str, object] | None = None, **headers: str):
        return self.client.post("/console/" + path, data or {}, headers=headers)

    def do(self, path: str, data: dict[str, object] | None = None, **headers: str):
        """Send a form for good."""
        return self.post(path, {"confirmed": "1", **(data or {})}, **headers)


@pytest.fixture
def shop(db: None) -> Shop:
    return open_shop()


@pytest.fixture
def desk_of(db: None) -> Callable[..., Desk]:
    """`desk_of("planner")`: somebody with these roles, signed in."""

    def make(*roles: str, name: str = "Priya Nair") -> Desk:
        person = staff.invite(
            f"{'.'.join(roles)}.{User.objects.count()}@shop.example", name=name, roles=roles, actor="test"
        )
        client = Client(raise_request_exception=True)
        client.force_login(User.objects.get(pk=person.id))
        return Desk(person, client)

    return make


@pytest.fixture
def desk(desk_of: Callable[..., Desk]) -> Desk:
    """A planner who is also an administrator: may do everything."""
    return desk_of("admin", "planner")


@pytest.fixture(autouse=True, scope="session")
def _everything_is_loaded() -> None:
    """The first request imports much; inside a test's transaction a busy machine might cut it off meanwhile."""
    get_resolver().url_patterns  # noqa: B018
    Client().handler.load_middleware()
