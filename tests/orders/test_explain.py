"""Each date has its reason; "who stands before me, and why" is answered, to customers without telling of others."""

from __future__ import annotations

import msgspec
import pytest

from backorder.engine.strategies import Condition, Filter, Key, Segment, Strategy, Variant
from backorder.journal.refusals import Refused
from backorder.orders.deciding.explain import explain_line, explain_order, queue
from backorder.orders.deciding.standing import let_stand

from .shop import Shop

pytestmark = pytest.mark.django_db


def test_a_date_is_told_step_by_step(shop: Shop) -> None:
    shop.item("LAMP", stock=5)
    shop.inbound("LAMP", 10, 12)
    placed = shop.place(("LAMP", 7))
    told = explain_line(placed.lines[0].id)
    assert [(p.units, p.deliver_on, p.backing) for p in told.parts] == [
        (5, shop.day(1), "stock"),
        (2, shop.day(13), "supply"),
    ]
    assert [(s.what, s.on) for s in told.parts[1].steps] == [
        ("supply_arrives", shop.day(12)),
        ("ships", shop.day(12)),
        ("arrives", shop.day(13)),
    ]
    assert told.says == "5 by 2030-01-08; 2 by 2030-01-20. It is number 1 of 1 who wait."


def test_who_stands_before_and_by_which_rule(shop: Shop) -> None:
    shop.item("LAMP")
    shop.inbound("LAMP", 2, 3)
    shop.inbound("LAMP", 2, 9)
    first, second = shop.place(("LAMP", 2)), shop.place(("LAMP", 2))
    told = explain_line(second.lines[0].id)
    assert [(a.line, a.units, a.ready_on, a.because) for a in told.ahead] == [
        (first.lines[0].id, 2, shop.day(3), "first_promised_on")
    ]
    assert (told.place, told.waiting) == (2, 2)
    assert explain_line(first.lines[0].id).ahead == ()


def test_a_customer_learns_nothing_of_others(shop: Shop) -> None:
    shop.item("LAMP")
    shop.inbound("LAMP", 7, 3)
    shop.inbound("LAMP", 2, 9)
    first, second = shop.place(("LAMP", 7), customer="ann"), shop.place(("LAMP", 2), customer="bob")
    told = msgspec.json.encode(explain_order(second.id, audience="customer")).decode()
    (line,) = explain_order(second.id, audience="customer")
    assert [a.says for a in line.ahead] == ["Another order stands before yours by an earlier first promised day."]
    for secret in (str(first.id), str(first.lines[0].id), "ann", '"units":7', "PO-"):
        assert secret not in told


def test_the_queue_of_an_item_in_rank_order(shop: Shop) -> None:
    shop.item("LAMP")
    supply = shop.inbound("LAMP", 3, 3)
    first, second = shop.place(("LAMP", 2)), shop.place(("LAMP", 2))
    seen = queue("LAMP")
    assert (seen.open_units, seen.stale) == (4, False)
    assert [(r.place, r.order, r.open, r.unsupplied, r.because, r.pegs) for r in seen.rows] == [
        (1, first.id, 2, 0, "first", ((supply, 2),)),
        (2, second.id, 2, 1, "first_promised_on", ((supply, 1),)),
    ]


def test_the_queue_is_ranked_by_the_variant_that_stands(shop: Shop) -> None:
    shop.item("LAMP")
    small, large = shop.place(("LAMP", 2)), shop.place(("LAMP", 5))
    rank = (Key("units", descending=True),)
    many = Filter((Condition("units", at_least=6),))
    variant = Variant("big", (Segment("huge", Strategy.WIN, many), Segment("all", Strategy.GAIN, rank=rank)), version=3)
    let_stand(variant, fallbacks=(), item=None, actor="test")
    seen = queue("LAMP")
    assert (seen.variant, seen.version) == ("big", 3)
    assert seen.rule == "variant 'big', version 3: segment, then the segment's rank"
    assert [(r.place, r.order, r.segment, r.strategy, r.because) for r in seen.rows] == [
        (1, large.id, "all", "gain", "first"),
        (2, small.id, "all", "gain", "units"),
    ]
    huge = shop.place(("LAMP", 7))
    assert [(r.place, r.order, r.segment, r.because) for r in queue("LAMP").rows] == [
        (1, huge.id, "huge", "first"),
        (2, large.id, "all", "segment"),
        (3, small.id, "all", "units"),
    ]


def test_unknown_lines_and_orders_are_refused(shop: Shop) -> None:
    for asked in (lambda: explain_line(1), lambda: explain_order(1), lambda: queue("NONE")):
        with pytest.raises(Refused) as refused:
            asked()
        assert refused.value.status == 404


def test_what_would_better_a_day_is_told_to_staff_only(shop: Shop) -> None:
    """The second line waits for the later supply; if that came as early as the first's, its day would be better."""
    shop.item("LAMP")
    shop.inbound("LAMP", 2, 3)
    late = shop.inbound("LAMP", 2, 9)
    shop.place(("LAMP", 2))
    second = shop.place(("LAMP", 2))
    told = explain_line(second.lines[0].id)
    assert (told.variant, told.version, told.segment, told.strategy) == ("default", 0, "everybody", "gain")
    assert [(one.supply, one.days, one.ready_on) for one in told.sooner if one.supply == late] == [
        (late, 1, shop.day(8))
    ]
    assert all(one.known_as in one.says for one in told.sooner)
    assert explain_line(second.lines[0].id, audience="customer").sooner == ()
