"""The lane and Django's door answer every case alike: status, refusal, body and headers."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from django.db import connection
from tests.api.conftest import Door
from tests.api.door_cases import CASES, TYPE, Case

from backorder.access import keys, limits

pytestmark = pytest.mark.django_db(transaction=True)

COMPARED = ("Content-Type", "ETag", "Idempotent-Replayed", "WWW-Authenticate", "RateLimit-Policy", "Location", "Allow")
# What belongs to one order alone: ids and instants.
OWN = re.compile(r'"(id|ordered_at|asked_at|ends_at)":\s*("[^"]*"|\d+)|/orders/\d+|(django|lane)-')


@pytest.fixture
def _no_other_sessions() -> Iterator[None]:
    """The threads of the server keep their connections; the test database must be left alone in the end."""
    yield
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


@pytest.mark.usefixtures("_no_other_sessions")
def test_both_doors_answer_alike(shop: Door) -> None:
    from backorder.config.asgi import _django, application

    made = {case.scopes: keys.create(name="case", scopes=case.scopes) for case in CASES}
    limits.forget()
    answers = {door: asyncio.run(_ask(app, door, made)) for door, app in (("django", _django), ("lane", application))}
    for case, django, lane in zip(CASES, answers["django"], answers["lane"], strict=True):
        for answer in (django, lane):
            problem = answer.json() if "problem" in answer.headers["Content-Type"] else {}
            assert (answer.status_code, problem.get("name")) == (case.status, case.name), (case.says, answer.text)
        assert _comparable(lane) == _comparable(django), case.says


@pytest.mark.usefixtures("_no_other_sessions")
def test_a_file_comes_in_through_the_server(shop: Door) -> None:
    from backorder.config.asgi import application

    async def send() -> httpx.Response:
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app=application), base_url="http://localhost"
        ) as ask:
            body = b"sku,name\n" + b"".join(b"S-%d,Item\n" % n for n in range(3_000))
            headers = {"Authorization": f"Bearer {shop.key}", "Content-Type": "text/csv"}
            return await ask.post("/api/v1/imports/items", content=body, headers=headers)

    assert asyncio.run(send()).json()["taken"] == 3_000


async def _ask(app: Any, door: str, made: dict[tuple[str, ...], str]) -> list[httpx.Response]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://localhost") as client:
        return [await _send(client, case, door, made[case.scopes]) for case in CASES]


async def _send(client: httpx.AsyncClient, case: Case, door: str, key: str) -> httpx.Response:
    headers = {**TYPE, "Authorization": f"Bearer {key}", **case.headers}
    return await client.request(
        case.method,
        "/api/v1" + case.path,
        content=case.body_for(door),
        headers={name: value for name, value in headers.items() if value},
    )


def _comparable(answer: httpx.Response) -> tuple[str, dict[str, str]]:
    headers = {name: OWN.sub("", answer.headers.get(name, "")) for name in COMPARED}
    return OWN.sub("", answer.text), headers
