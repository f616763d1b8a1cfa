"""Races are run over real connections that commit; what they left is cleared away by the database fixture."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connection

from tests import invariants
from tests.orders.shop import Shop, open_shop


@pytest.fixture
def shop(transactional_db: None) -> Shop:
    """A shop that everybody sees, because it is committed."""
    return open_shop()


@pytest.fixture
def clean(shop: Shop) -> Iterator[None]:
    """After the race all invariants hold."""
    yield
    invariants.assert_clean(connection)


@pytest.fixture
def oversellable(shop: Shop) -> Iterator[None]:
    """The CHECK that would refuse an oversold level is taken away, so that the lock alone stands between two orders."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'never_oversold'")
        (definition,) = cursor.fetchone()
        cursor.execute("ALTER TABLE stock_level DROP CONSTRAINT never_oversold")
        yield
        cursor.execute("TRUNCATE stock_level CASCADE")
        cursor.execute(f"ALTER TABLE stock_level ADD CONSTRAINT never_oversold {definition}")
