"""The frame of every page: one has to sign in, the rail says where one is, the policy lets only our own files in."""

from __future__ import annotations

import re

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


def test_who_is_not_signed_in_is_sent_to_sign_in_and_back(client: Client) -> None:
    answer = client.get("/console/orders?state=late")
    assert answer.status_code == 302
    assert answer["Location"] == "/console/account/login/?next=/console/orders%3Fstate%3Dlate"


def test_a_page_has_one_headline_and_says_where_one_is(desk) -> None:
    text = desk.get("orders").content.decode()
    assert len(re.findall(r"<h1[ >]", text)) == 1
    assert re.findall(r'href="([^"]*)"[^>]* aria-current="page"', text)[0] == "/console/orders"
    assert "Priya Nair" in text


def test_pages_run_only_our_own_files(desk) -> None:
    answer = desk.get("orders")
    policy = answer["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    text = answer.content.decode()
    assert re.findall(r"\son\w+=|\sstyle=|javascript:", text) == []
    assert re.findall(r'(?:src|href)="((?:https?:)?//[^"]*)"', text) == []


def test_files_are_kept_for_good_under_the_hash_of_their_content(desk) -> None:
    text = desk.get("orders").content.decode()
    (address,) = re.findall(r'href="(/static/base\.[0-9a-f]{12}\.css)"', text)
    answer = Client().get(address)
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "max-age=315360000, public, immutable"
    assert b"@layer base" in b"".join(answer.streaming_content)


def test_what_one_person_sees_is_kept_by_no_cache(desk) -> None:
    assert desk.get("orders")["Cache-Control"] == "private, no-store"
