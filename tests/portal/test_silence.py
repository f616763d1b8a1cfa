"""What silence means is said on the page itself: the law is watched by a follower, which reads what is committed."""

from __future__ import annotations

import pytest

from tests.notices import late
from tests.orders.shop import Shop, open_shop
from tests.portal.conftest import customer_of


@pytest.fixture
def shop(transactional_db: None) -> Shop:
    return open_shop()


def test_where_silence_ends_the_order_the_page_says_so_and_until_when(shop: Shop) -> None:
    shop.item("LAMP")
    supply = shop.inbound("LAMP", 10, day=12)
    placed = late.order(shop, ("LAMP", 3, 1000))
    late.slip(shop, supply, 60)
    late.post.advance(minutes=10)
    late.work()
    assert "If we hear nothing from you by" in customer_of(placed).page()
    assert "the law has us cancel what waits and give your money back." in customer_of(placed).page()
