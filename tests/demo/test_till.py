"""What customers of the demo paid for and lost is paid back some days later, and once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from backorder.demo import till
from backorder.journal import clock
from backorder.orders.changing.cancel import cancel
from backorder.payments import queries
from backorder.payments.models import Payment
from tests.notices.late import order
from tests.orders.shop import Shop, open_shop


@pytest.fixture
def shop(transactional_db: None) -> Shop:
    return open_shop()


def refunds() -> list[tuple[str, int]]:
    return [(one.state, one.raised_minor) for one in queries.dues(kind="refund")]


def night() -> int:
    clock.advance(timedelta(days=1), actor="test")
    return till.close(clock.now())


def test_what_is_cancelled_is_paid_back_two_nights_later_and_once(shop: Shop) -> None:
    shop.item("LAMP", stock=3)
    placed = order(shop, ("LAMP", 3, 1000), country="GB")
    assert (night(), refunds()) == (0, [])
    cancel(placed.id, lines={placed.lines[0].id: 2}, reason="too many", actor="test")
    assert (night(), refunds()) == (0, [("open", 2000)])
    assert (night(), refunds()) == (0, [("open", 2000)])
    assert (night(), refunds()) == (1, [("done", 2000)])
    assert (night(), refunds()) == (0, [("done", 2000)])
    assert list(Payment.objects.order_by("id").values_list("kind", "amount_minor")) == [
        ("captured", 3000),
        ("refunded", 2000),
    ]
