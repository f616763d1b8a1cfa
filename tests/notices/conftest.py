"""A shop at its start, and a mail server that keeps what it is given."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from tests.notices.post import Mailbox, serving, use
from tests.orders.shop import Shop, open_shop


@pytest.fixture
def shop(transactional_db: None) -> Shop:
    return open_shop()


@pytest.fixture
def mailbox(settings: Settings) -> Iterator[Mailbox]:
    found = Mailbox()
    controller = serving(found)
    controller.start()
    use(settings, controller)
    yield found
    controller.stop()
