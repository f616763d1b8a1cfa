"""What silence means is said on the page itself: the law is watched by a follower, which reads what is committed."""

from __future__ import annotations

from datetime import UTC, datetime, time

import pytest

from backorder.journal.refusals import Refused
from backorder.orders.fulfilling.release import release
from backorder.orders.models import Line
from backorder.orders.supplying.receive import receive
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


@pytest.mark.parametrize("answers", [True, False], ids=["yes", "silence"])
def test_a_yes_counts_at_the_door_in_the_same_second_though_no_worker_runs(shop: Shop, answers: bool) -> None:
    shop.item("LAMP")
    supply = shop.inbound("LAMP", 10, day=12)
    placed = late.order(shop, ("LAMP", 3, 1000))
    late.slip(shop, supply, 60)
    late.post.advance(minutes=10)
    late.work()
    late.on(shop, 20)
    line = placed.lines[0].id
    ended_at = midnight(shop, 43)  # T is day 12; T+30 is over.
    assert Line.objects.get(pk=line).leave_by_at == ended_at

    if answers:
        assert customer_of(placed).choose("wait").status_code == 303
        assert Line.objects.get(pk=line).leave_by_at == midnight(shop, 61)
        assert late.whats(placed)[-1] == "answered"

    late.on(shop, 44)
    receive(supply, units=3, key="r", actor="test")
    late.decide()
    if answers:
        assert release(placed.id, actor="test") == {line: 3}
        assert late.units(placed) == {"released": 3}
    else:
        with pytest.raises(Refused) as refusal:
            release(placed.id, actor="test")
        assert (refusal.value.name, refusal.value.values["limit"]) == ("deemed_cancelled", ended_at.isoformat())
        assert late.units(placed) == {"allocated": 3}


def midnight(shop: Shop, day: int) -> datetime:
    return datetime.combine(shop.day(day), time(), tzinfo=UTC)
