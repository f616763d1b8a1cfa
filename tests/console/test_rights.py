"""Every address of the console and every operation of the API, with every role: what may not be done is refused."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from django.contrib.auth.models import User
from django.test import Client

from backorder.access import keys, limits, staff
from backorder.access.keys import SCOPES, allows
from backorder.access.roles import ROLES, roles_with, scopes_of
from backorder.api import operation as api
from backorder.api import urls as _every_operation  # noqa: F401
from backorder.console import door
from backorder.console import urls as _every_page  # noqa: F401

pytestmark = pytest.mark.django_db

VALUES = {"int": "1", "str": "x", "path": "x", "slug": "x", "uuid": "00000000-0000-4000-8000-000000000000"}
FILLED = re.compile(r"<(?:(\w+):)?(\w+)>|\{(?:(\w+):)?(\w+)\}")


def filled(route: str) -> str:
    return FILLED.sub(lambda found: VALUES.get(found[1] or found[3] or "str", "x"), route)


@pytest.fixture
def people() -> dict[str, Client]:
    """A signed-in client for each role."""
    clients = {}
    for role in ROLES:
        person = staff.invite(f"{role}@shop.example", name=role.title(), roles=[role], actor="test")
        clients[role] = Client(raise_request_exception=False)
        clients[role].force_login(User.objects.get(pk=person.id))
    return clients


def pages() -> Iterator[tuple[str, str, str | None]]:
    for hung in door.registry.values():
        for method in hung.methods:
            yield method, f"/console/{filled(hung.route)}", hung.needs


def test_every_address_asks_who_is_there() -> None:
    client = Client()
    for method, address, _ in pages():
        answer = client.generic(method, address)
        assert (answer.status_code, answer["Location"].split("?")[0]) == (302, "/console/account/login/"), address


def test_every_address_lets_in_exactly_the_roles_that_may(people: dict[str, Client]) -> None:
    wrong = []
    for method, address, needs in pages():
        for role, client in people.items():
            answer = client.generic(method, address)
            may = needs is None or allows(scopes_of([role]), needs)
            if (answer.status_code == 403) == may or answer.status_code >= 500:
                wrong.append((role, method, address, needs, answer.status_code))
    assert wrong == []


def test_who_may_not_is_told_which_role_may_and_whom_to_ask(people: dict[str, Client]) -> None:
    refused = next(one for one in door.registry.values() if one.needs == "orders:write")
    text = people["viewer"].get(f"/console/{filled(refused.route)}").content.decode()
    assert "This needs the role Support, Planner, Administrator." in text
    assert "You are Viewer." in text
    assert "Ask Admin." in text


def test_the_api_lets_in_exactly_the_scopes_of_the_roles() -> None:
    limits.forget()
    wrong = []
    for role in ROLES:
        key = keys.create(name=role, scopes=sorted(scopes_of([role])))
        client = Client(raise_request_exception=False, headers={"authorization": f"Bearer {key}"})
        for path in api.router.path_operations:
            for one in api.router.path_operations[path].operations:
                needs = api.registry[one.operation_id].scope
                if needs is None or "DELETE /keys" in f"{one.methods[0]} {path}":
                    continue
                answer = client.generic(one.methods[0], "/api/v1" + filled(path), b"", content_type="application/json")
                is_refused = answer.status_code == 403 and answer.json()["name"] == "scope_missing"
                if is_refused == allows(scopes_of([role]), needs):
                    wrong.append((role, one.methods[0], path, needs, answer.status_code))
    assert wrong == []


def test_a_part_of_the_work_may_be_given_alone() -> None:
    assert roles_with("orders:fulfil") == ("support", "planner", "warehouse", "admin")
    assert roles_with("supply:receive") == ("planner", "buyer", "warehouse", "admin")
    assert roles_with("orders:write") == ("support", "planner", "admin")
    assert roles_with("admin") == ("admin",)
    assert scopes_of(["no such role"]) == frozenset()
    assert set().union(*ROLES.values()) == SCOPES


# What a form of the console does, and the operation of the API that does the same.
SAME = {
    "lines-repromise": "redecide_line",
    "lines-priority": "edit_order",
    "lines-pin": "pin_line",
    "lines-unpin": "unpin_line",
    "lines-split": "split_line",
    "lines-substitute": "substitute_item",
    "lines-cancel": "cancel_order",
    "order-release": "release_order",
    "order-cancel": "cancel_order",
    "order-parcels": "edit_order",
    "order-block": "block_order",
    "order-unblock": "lift_block",
    "due-otherwise": "refund_by_other_means",
}


@pytest.mark.parametrize(("form", "operation"), SAME.items())
def test_console_and_api_ask_for_the_same_right(form: str, operation: str) -> None:
    assert door.registry[form].needs == api.registry[operation].scope
