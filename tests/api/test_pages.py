"""The pages beside the API load nothing from elsewhere, run no script, and say when the clock is simulated."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from backorder.access import keys
from backorder.api.refusal_index import refusals

pytestmark = pytest.mark.django_db

PAGES = ["/", "/api/docs", "/api/docs/refusals"]


@pytest.mark.parametrize("page", PAGES)
def test_a_page_loads_only_its_own_style(client: Client, page: str) -> None:
    answer = client.get(page)
    text = answer.content.decode()
    assert answer.status_code == 200
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    assert "<script" not in text
    assert re.findall(r'(?:src|href)="(https?:)?//', text) == []


@pytest.mark.parametrize("page", PAGES)
def test_a_simulated_clock_is_shown_on_every_page(client: Client, page: str) -> None:
    assert "Simulated clock" in client.get(page).content.decode()


def test_every_refusal_has_its_entry(client: Client) -> None:
    text = client.get("/api/docs/refusals").content.decode()
    known = {one.name for one in refusals()}
    assert {"clock_is_real", "unknown_location", "stock_below_allocated", "backorder_limit_reached"} <= known
    assert all(f'id="{name}"' in text for name in known)


def test_the_reference_lists_every_operation(client: Client) -> None:
    text = client.get("/api/docs").content.decode()
    document = client.get("/api/openapi.json").json()
    operations = [one["operationId"] for path in document["paths"].values() for one in path.values()]
    assert len(operations) > 20
    assert all(f'id="{name}"' in text for name in operations)


def test_metrics_need_a_key_and_tell_numbers(client: Client) -> None:
    refused = client.get("/metrics")
    assert (refused.status_code, refused.json()["name"]) == (401, "key_is_missing")
    key = keys.create(name="prometheus", scopes=["orders:read"])
    text = client.get("/metrics", headers={"Authorization": f"Bearer {key}"}).content.decode()
    assert "backorder_open_units 0.0" in text
    assert "backorder_marked_items 0.0" in text
    assert 'backorder_info{version="' in text
