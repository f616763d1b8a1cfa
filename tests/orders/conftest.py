"""A small shop to order from: two warehouses that ship any day, one channel, a few items."""

from __future__ import annotations

import pytest

from tests.orders.shop import Shop, open_shop


@pytest.fixture
def shop(db: None) -> Shop:
    return open_shop()
