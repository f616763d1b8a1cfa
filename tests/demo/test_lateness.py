"""What is late in the demo is asked about and answered as the days pass: nothing that lies back is left open."""

from __future__ import annotations

import pytest

from backorder.demo import lateness
from backorder.journal import clock
from backorder.notices.models import Notice, Pending, Told
from backorder.orders.placing.forms import Placed
from tests.notices import post
from tests.notices.late import on, order, slip, the_case, units, whats, work
from tests.orders.shop import Shop, open_shop


@pytest.fixture
def shop(transactional_db: None) -> Shop:
    return open_shop()


def waiting(shop: Shop) -> tuple[Placed, int]:
    shop.item("LAMP")
    supply = shop.inbound("LAMP", 10, 12)
    return order(shop, ("LAMP", 3, 1000), country="GB"), supply


def night(shop: Shop, day: int) -> None:
    """The end of a day; the follower reads as far as the other databases of the server let it, so it is helped."""
    on(shop, day, 23)
    lateness.watch(clock.now())
    work()


@pytest.mark.parametrize(("patient", "answer"), [(100, {"open": 3}), (0, {"cancelled": 3})])
def test_a_customer_answers_on_the_day_after(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, patient: int, answer: dict[str, int]
) -> None:
    monkeypatch.setattr(lateness, "PATIENT_PERCENT", patient)
    placed, supply = waiting(shop)
    slip(shop, supply, 20)
    night(shop, 2)
    assert (whats(placed), units(placed)) == (["opened", "asked"], {"open": 3})
    night(shop, 3)
    assert "answered" in whats(placed)
    assert units(placed) == answer
    deadline_at = the_case(placed).deadline_at
    assert deadline_at is None or deadline_at > clock.now()


def test_who_was_late_before_anybody_looked_gives_up(shop: Shop) -> None:
    placed, supply = waiting(shop)
    slip(shop, supply, 60)
    on(shop, 30)
    work()
    assert (the_case(placed).state, units(placed)) == ("late", {"open": 3})
    night(shop, 31)
    assert units(placed) == {"cancelled": 3}
    case = the_case(placed)
    assert (case.action, case.deadline_at is not None and case.deadline_at > clock.now()) == ("refund", True)


def test_what_was_played_is_told_nobody_and_counts_as_told(shop: Shop) -> None:
    placed, _ = waiting(shop)
    lateness.tell_from_here()
    post.note_all()
    assert (Notice.objects.count(), Pending.objects.count()) == (0, 0)
    (told,) = Told.objects.all()
    assert (told.order_id, [line["later"] for line in told.lines.values()]) == (placed.id, [3])
