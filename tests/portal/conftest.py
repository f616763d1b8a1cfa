"""A customer with a link, who looks at pages as text: no browser, the real addresses."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from backorder.access import links
from backorder.journal import clock
from backorder.orders.placing.forms import Placed
from backorder.portal import limits
from tests.orders.shop import Shop, open_shop


@dataclass
class Customer:
    """Somebody with the link of one order."""

    placed: Placed
    link: str
    client: Client = field(default_factory=lambda: Client(raise_request_exception=True))

    def get(self, step: str = "", **query: str) -> HttpResponse:
        return self.client.get(self._path(step), query)

    def post(self, step: str, **given: Any) -> HttpResponse:
        return self.client.post(self._path(step), given)

    def page(self, step: str = "", **query: str) -> str:
        """The words of a page, tags left out."""
        answer = self.get(step, **query)
        assert answer.status_code == 200, answer.content.decode()
        return words(answer)

    def offered(self) -> list[str]:
        """The keys of what may be chosen."""
        return re.findall(r'name="choice" id="c\d+" value="([^"]+)"', self.get().content.decode())

    def check(self, choice: str, **given: Any) -> dict[str, str]:
        """Choose, and see it once more; returns the hidden fields of the page that asks."""
        answer = self.post("choose", choice=choice, **given)
        assert answer.status_code == 200, words(answer)
        return dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', html.unescape(answer.content.decode())))

    def choose(self, choice: str, **given: Any) -> HttpResponse:
        """Choose and confirm."""
        return self.post("confirm", **self.check(choice, **given))

    def _path(self, step: str) -> str:
        return f"/my/{self.link}" + (f"/{step}" if step else "")


def words(answer: HttpResponse) -> str:
    """What is to be read on a page."""
    body = re.sub(r"<head>.*?</head>", "", answer.content.decode(), flags=re.S)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())


def customer_of(placed: Placed) -> Customer:
    """The customer of an order, with a link of today."""
    return Customer(placed, links.make("order", placed.id, now=clock.now()))


@pytest.fixture
def shop(db: None) -> Shop:
    return open_shop()


@pytest.fixture(autouse=True)
def _full_buckets() -> Iterator[None]:
    limits.forget()
    yield
    limits.forget()
