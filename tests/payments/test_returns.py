"""Goods that come back give their money back; and a refund that cannot go the way it came goes by other means."""

from datetime import date, timedelta

import pytest
from django.db import transaction

from backorder.catalog import define
from backorder.catalog.specs import KitSpec
from backorder.engine.law.facts import RefundDue
from backorder.journal import clock
from backorder.journal.models import Entry
from backorder.journal.refusals import Refused
from backorder.orders.changing.cancel import cancel
from backorder.orders.changing.withdraw import withdraw
from backorder.orders.fulfilling.release import release
from backorder.orders.fulfilling.returns import return_units
from backorder.orders.fulfilling.ship import ship
from backorder.payments import reviewing
from backorder.payments.other_means import by_other_means
from backorder.payments.recording import NewPayment, record_payment
from tests.orders.shop import START
from tests.payments.money import at, dues, facts, look, place, told

PAID = {"paid_at": START}


def sent(shop, *lines, **given):
    """An order of (SKU, units, price) that was paid and has left."""
    for sku, units, _ in lines:
        shop.item(sku, stock=units)
    placed = place(shop, *lines, **{**PAID, **given})
    release(placed.id, actor="test")
    ship(placed.id, location=shop.locations["NORTH"], key=placed.reference, actor="test")
    look()
    assert told(placed) == []
    return placed


def back(placed, units, *, number=0, key="r1", **given):
    return_units(placed.id, lines={placed.lines[number].id: units}, key=key, actor="test", **given)


def pay(placed, kind, minor, key="k", **given):
    return record_payment(placed.id, NewPayment(kind, minor, **given), key=key, actor="test")


def test_what_comes_back_is_paid_back_within_fourteen_days_where_it_may_be_given_back(shop):
    placed = sent(shop, ("LAMP", 3, 1000), shipping_minor=500, country="GB")
    clock.advance(timedelta(days=2), actor="test")
    back(placed, 1)
    look()
    (due,) = dues(placed)
    assert (due.kind, due.amount_minor, due.why, due.rule) == ("refund", 1000, "returned", "14_days")
    assert (due.vests_on, due.send_by_on) == (date(2030, 1, 9), date(2030, 1, 23))
    assert facts("refund.due")[0]["amount_minor"] == 1000
    back(placed, 1)  # The same key: nothing came back again.
    look()
    assert told(placed) == [("refund", 1000, "open")]
    back(placed, 2, key="r2")
    look()
    assert told(placed) == [("refund", 1000, "open"), ("refund", 2500, "open")]  # With what sending it had cost.


def test_where_no_law_names_a_day_the_merchants_own_target_counts(shop):
    placed = sent(shop, ("LAMP", 2, 1000), country="US")
    back(placed, 1)
    look()
    (due,) = dues(placed)
    assert (due.amount_minor, due.rule, due.send_by_on) == (1000, "without_undue_delay", date(2030, 1, 9))


def test_what_was_lost_is_not_paid_back_by_itself(shop):
    placed = sent(shop, ("LAMP", 2, 1000))
    back(placed, 1, kind="lost")
    look()
    assert told(placed) == []


def test_what_came_back_after_a_withdrawal_was_paid_back_with_it(shop):
    placed = sent(shop, ("LAMP", 2, 1000), country="DE")
    withdraw(placed.id, actor="test")
    look()
    back(placed, 2)
    look()
    assert [(due.amount_minor, due.why) for due in dues(placed)] == [(2000, "withdrawn")]
    pay(placed, "refunded", 2000)
    assert told(placed) == [("refund", 0, "done")]  # And nothing is due to be paid again.


def test_a_return_and_a_cancellation_each_have_their_own_refund_and_nothing_is_asked_for_again(shop):
    shop.item("LAMP", stock=2)
    placed = place(shop, ("LAMP", 3, 1000), country="US", **PAID)
    release(placed.id, actor="test")
    ship(placed.id, location=shop.locations["NORTH"], key="p", actor="test")
    back(placed, 1)
    cancel(placed.id, lines={placed.lines[0].id: 1}, actor="test")
    look()
    found = sorted((due.amount_minor, due.why, due.rule) for due in dues(placed))
    assert found == [(1000, "cancelled", "7_working_days"), (1000, "returned", "without_undue_delay")]
    pay(placed, "refunded", 1000)
    pay(placed, "refunded", 1000, "k2")
    look()
    assert told(placed) == [("refund", 0, "done"), ("refund", 0, "done")]


def test_a_kit_is_paid_back_when_all_its_parts_are_back(shop):
    shop.item("SHADE", stock=2)
    shop.item("FOOT", stock=4)
    shop.item("SET")
    define.define_kit(KitSpec(sku="SET", parts={"SHADE": 1, "FOOT": 2}), actor="test")
    placed = place(shop, ("SET", 2, 3000), **PAID)
    release(placed.id, actor="test")
    ship(placed.id, location=shop.locations["NORTH"], key="p", actor="test")
    lines = {line.sku: number for number, line in enumerate(placed.lines)}
    back(placed, 2, number=lines["FOOT"])
    look()
    assert told(placed) == []
    back(placed, 1, number=lines["SHADE"], key="r2")
    look()
    assert told(placed) == [("refund", 3000, "open")]


def owe(placed, units):
    """The law has the money of the first line sent back, though its goods stay where they are."""
    ground = reviewing.Ground("(c)(5)", RefundDue(date(2030, 1, 7), date(2030, 1, 16), "7_working_days", 2), "(c)(5)")
    with transaction.atomic():
        reviewing.owe(placed.id, {placed.lines[0].id: units}, ground=ground, now=clock.now(), actor="test")


def test_goods_that_are_owed_back_and_stay_are_not_to_be_paid_again(shop):
    placed = sent(shop, ("LAMP", 2, 1000), ("MUG", 1, 700), country="US")
    owe(placed, 2)
    pay(placed, "refunded", 2000)
    look()
    assert told(placed) == [("refund", 0, "done")]


def test_goods_that_are_owed_back_and_come_back_are_paid_back_once(shop):
    placed = sent(shop, ("LAMP", 2, 1000), ("MUG", 1, 700), country="US")
    owe(placed, 2)
    back(placed, 1)
    back(placed, 1, key="r2")
    look()
    pay(placed, "refunded", 2000)
    look()
    assert told(placed) == [("refund", 0, "done")]


def test_what_came_back_before_it_was_owed_back_is_paid_back_once(shop):
    placed = sent(shop, ("LAMP", 2, 1000), ("MUG", 1, 700), country="US")
    back(placed, 1)
    look()
    owe(placed, 2)
    found = sorted((due.amount_minor, due.why) for due in dues(placed))
    assert found == [(1000, "(c)(5)"), (1000, "returned")]
    pay(placed, "refunded", 1000)
    pay(placed, "refunded", 1000, "k2")
    back(placed, 1, key="r2")
    look()
    assert told(placed) == [("refund", 0, "done"), ("refund", 0, "done")]


@pytest.mark.parametrize("is_back_first", [False, True])
def test_other_goods_that_come_back_are_not_taken_for_those_owed_back(shop, is_back_first):
    placed = sent(shop, ("LAMP", 2, 1000), ("MUG", 1, 700), country="US")
    for step in ("back", "owe") if is_back_first else ("owe", "back"):
        back(placed, 1, number=1) if step == "back" else owe(placed, 2)
        look()
    found = sorted((due.amount_minor, due.why) for due in dues(placed))
    assert found == [(700, "returned"), (2000, "(c)(5)")]
    pay(placed, "refunded", 2000)
    pay(placed, "refunded", 700, "k2")
    look()
    assert told(placed) == [("refund", 0, "done"), ("refund", 0, "done")]


@pytest.mark.parametrize("is_back_first", [False, True])
def test_what_came_back_and_is_withdrawn_from_is_paid_back_once(shop, is_back_first):
    placed = sent(shop, ("LAMP", 2, 1000), country="DE")
    for step in ("back", "withdraw") if is_back_first else ("withdraw", "back"):
        back(placed, 1) if step == "back" else withdraw(placed.id, actor="test")
        look()
    assert sum(due.amount_minor for due in dues(placed)) == 2000


def test_a_refund_that_cannot_go_the_same_way_gets_seven_working_days_from_the_discovery(shop):
    shop.item("LAMP")
    placed = place(shop, ("LAMP", 3, 1000), country="US", **PAID)
    cancel(placed.id, actor="test")
    look()
    (due,) = dues(placed)
    assert (due.means, due.send_by_on) == ("same_means", date(2030, 1, 16))
    clock.advance(timedelta(days=4), actor="test")
    by_other_means(due.id, means="check", because="the card was closed", actor="staff:1")
    (due,) = dues(placed)
    assert (due.means, due.because) == ("check", "the card was closed")
    assert due.found_at is not None
    assert timedelta(0) <= clock.now() - due.found_at < timedelta(hours=1)
    # From Friday 11 January on, without Martin Luther King's day.
    assert (due.vests_on, due.send_by_on) == (date(2030, 1, 7), date(2030, 1, 23))
    assert due.by_at == at("2030-01-24T00:00:00Z")
    (fact,) = facts("refund.goes_otherwise")
    said = {"means": "check", "amount_minor": 3000, "currency": "GBP", "send_by_on": "2030-01-23"}
    assert fact == {"due": due.id, **said}
    clock.advance(timedelta(days=1), actor="test")
    by_other_means(due.id, means="cash", because="no address", actor="staff:1")
    assert (dues(placed)[0].means, dues(placed)[0].send_by_on) == ("cash", date(2030, 1, 23))
    pay(placed, "refunded", 3000, form="cash")
    assert told(placed) == [("refund", 0, "done")]


def test_in_europe_other_means_give_no_more_time(shop):
    shop.item("LAMP", stock=1)
    placed = place(shop, ("LAMP", 1, 1000), country="DE", **PAID)
    withdraw(placed.id, actor="test")
    look()
    (due,) = dues(placed)
    clock.advance(timedelta(days=4), actor="test")
    by_other_means(due.id, means="money_order", because="the account is closed", actor="staff:1")
    assert dues(placed)[0].send_by_on == due.send_by_on == date(2030, 1, 21)


def test_what_cannot_be_said_of_a_refund_is_refused_and_changes_nothing(shop):
    shop.item("LAMP", stock=1)
    placed = place(shop, ("LAMP", 1, 1000), authorisation="a")
    release(placed.id, actor="test")
    ship(placed.id, location=shop.locations["NORTH"], key="p", actor="test")
    look()
    (capture,) = dues(placed)
    other = place(shop, ("LAMP", 2, 1000), **PAID)
    cancel(other.id, actor="test")
    look()
    (refund,) = dues(other)
    entries = Entry.objects.count()
    later = clock.now() + timedelta(minutes=5)
    for name, id, given in (
        ("unknown_due", 1, {"means": "check"}),
        ("due_is_no_refund", capture.id, {"means": "check"}),
        ("refund_form_not_allowed", refund.id, {"means": "store_credit"}),
        ("refund_form_not_allowed", refund.id, {"means": "same_means"}),
        ("refund_found_in_the_future", refund.id, {"means": "check", "found_at": later}),
    ):
        with pytest.raises(Refused) as refused:
            by_other_means(id, because="x", actor="staff:1", **given)
        assert refused.value.name == name
    pay(other, "refunded", 2000)
    with pytest.raises(Refused, match="due_is_closed"):
        by_other_means(refund.id, means="check", because="x", actor="staff:1")
    assert (dues(other)[0].means, Entry.objects.count()) == ("same_means", entries + 1)
