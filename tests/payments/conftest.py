"""A shop whose orders are paid for, and the worker's look at their money."""

from __future__ import annotations

import pytest

from tests.orders.shop import Shop, open_shop


@pytest.fixture
def shop(transactional_db: None) -> Shop:
    return open_shop()
