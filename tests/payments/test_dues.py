"""What is due of an order's money follows from the order and from what happened, and is raised once."""

from datetime import date, timedelta

import pytest

from backorder.journal import clock
from backorder.journal.refusals import Refused
from backorder.orders.changing.cancel import cancel
from backorder.orders.changing.withdraw import withdraw
from backorder.orders.fulfilling.release import release
from backorder.orders.fulfilling.ship import ship
from backorder.payments import queries, watching
from backorder.payments.recording import NewPayment, record_payment
from tests.orders.shop import START
from tests.payments.money import at, dues, facts, look, place, told

PAID = {"paid_at": START}


def pay(placed, kind, minor, key="k", **given):
    return record_payment(placed.id, NewPayment(kind, minor, **given), key=key, actor="test")


def send(placed, shop, units, key):
    release(placed.id, lines={placed.lines[0].id: units}, actor="test")
    ship(placed.id, location=shop.locations["NORTH"], lines={placed.lines[0].id: units}, key=key, actor="test")


def test_a_cancelled_part_gives_back_what_it_cost_and_the_rest_with_its_shipping(shop):
    shop.item("LAMP", stock=1)
    placed = place(shop, ("LAMP", 3, 1000), shipping_minor=500, tax_minor=300, country="US", **PAID)
    cancel(placed.id, lines={placed.lines[0].id: 2}, actor="test")
    look()
    (due,) = dues(placed)
    assert (due.kind, due.amount_minor, due.state, due.why) == ("refund", 2200, "open", "cancelled")
    assert (due.vests_on, due.send_by_on, due.rule) == (date(2030, 1, 7), date(2030, 1, 16), "7_working_days")
    cancel(placed.id, actor="test")
    look()
    assert told(placed) == [("refund", 2200, "open"), ("refund", 1600, "open")]
    assert sum(fact["amount_minor"] for fact in facts("refund.due")) == 3800


def test_looking_again_raises_nothing_again(shop):
    shop.item("LAMP")
    placed = place(shop, ("LAMP", 3, 1000), **PAID)
    cancel(placed.id, actor="test")
    look()
    clock.advance(timedelta(hours=1), actor="test")
    pay(placed, "failed", 0)
    look()
    assert told(placed) == [("refund", 3000, "open")]


def test_a_refund_closes_what_is_due_and_is_told_once(shop):
    shop.item("LAMP")
    placed = place(shop, ("LAMP", 3, 1000), **PAID)
    cancel(placed.id, actor="test")
    look()
    first = pay(placed, "refunded", 1000)
    assert told(placed) == [("refund", 2000, "open")]
    assert pay(placed, "refunded", 1000) == first
    pay(placed, "refunded", 2000, "k2")
    assert told(placed) == [("refund", 0, "done")]
    assert [fact["amount_minor"] for fact in facts("refund.sent")] == [2000, 1000]
    with pytest.raises(Refused) as refused:
        pay(placed, "refunded", 1, "k3")
    assert (refused.value.name, refused.value.values["limit"]) == ("refund_exceeds_payment", 0)
    assert told(placed) == [("refund", 0, "done")]


def test_store_credit_is_no_refund(shop):
    shop.item("LAMP")
    placed = place(shop, ("LAMP", 3, 1000), **PAID)
    cancel(placed.id, actor="test")
    look()
    with pytest.raises(Refused, match="refund_form_not_allowed"):
        pay(placed, "refunded", 3000, form="store_credit")
    assert told(placed) == [("refund", 3000, "open")]


def test_a_withdrawal_gives_everything_back_within_its_days(shop):
    shop.item("LAMP", stock=1)
    placed = place(shop, ("LAMP", 1, 1000), shipping_minor=500, country="DE", **PAID)
    send(placed, shop, 1, "p1")
    withdraw(placed.id, actor="test")
    look()
    (due,) = dues(placed)
    assert (due.amount_minor, due.why, due.rule, due.send_by_on) == (1500, "withdrawn", "14_days", date(2030, 1, 21))


def test_an_order_of_which_no_payment_is_known_owes_nothing_back(shop):
    shop.item("LAMP")
    placed = place(shop, ("LAMP", 3, 1000))
    cancel(placed.id, actor="test")
    look()
    assert told(placed) == []


HELD = {"authorisation": "auth-1", "capture_before": at("2030-01-14T09:00:00Z")}


def test_each_parcel_is_captured_and_a_dropped_rest_is_authorised_anew(shop):
    shop.item("LAMP", stock=1)
    shop.inbound("LAMP", 5, 20)
    placed = place(shop, ("LAMP", 3, 1000), shipping_minor=500, attributes={"payment_provider": "stripe"}, **HELD)
    send(placed, shop, 1, "p1")
    look()
    (due,) = dues(placed)
    assert (due.kind, due.amount_minor, due.by_at) == ("capture", 1500, HELD["capture_before"])
    assert due.authorisation == "auth-1"
    pay(placed, "captured", 1500)
    assert told(placed) == [("capture", 0, "done"), ("authorise_again", 2000, "open")]
    assert dues(placed, state="open")[0].by_at == at("2030-01-27T00:00:00Z")
    pay(placed, "authorised", 2000, "k2", capture_before=at("2030-01-30T00:00:00Z"))
    assert told(placed) == [("capture", 0, "done"), ("authorise_again", 0, "done")]
    assert queries.account_view(placed.id).held_minor == 2000


def test_a_provider_that_keeps_the_rest_is_asked_for_nothing(shop):
    shop.item("LAMP", stock=1)
    shop.inbound("LAMP", 5, 3)
    placed = place(shop, ("LAMP", 3, 1000), **HELD)
    send(placed, shop, 1, "p1")
    look()
    pay(placed, "captured", 1000, split_enabled=True)
    assert told(placed) == [("capture", 0, "done")]


def test_a_hold_that_lapses_is_announced_and_then_asked_for_once(shop):
    shop.item("LAMP")
    shop.inbound("LAMP", 5, 20)
    placed = place(shop, ("LAMP", 3, 1000), **HELD)
    look()
    clock.set_to(at("2030-01-13T08:00:00Z"), actor="test")
    assert watching.watch_holds() == 0
    clock.set_to(at("2030-01-13T10:00:00Z"), actor="test")
    assert [watching.watch_holds(), watching.watch_holds()] == [1, 0]
    (warned,) = facts("payment.hold_lapses")
    assert (warned["amount_minor"], warned["capture_before"]) == (3000, "2030-01-14T09:00:00+00:00")
    assert told(placed) == []
    clock.set_to(at("2030-01-14T09:00:00Z"), actor="test")
    assert [watching.watch_holds(), watching.watch_holds()] == [1, 0]
    assert told(placed) == [("authorise_again", 3000, "open")]
    cancel(placed.id, actor="test")
    look()
    assert told(placed) == [("authorise_again", 3000, "dropped")]


def test_the_window_of_a_hold_comes_from_its_provider_and_network(shop):
    shop.item("LAMP")
    known = {"payment_provider": "stripe", "payment_network": "visa"}
    placed = place(shop, ("LAMP", 3, 1000), authorisation="a", attributes=known)
    look()
    (payment,) = queries.account_view(placed.id).payments
    assert payment.capture_before == placed.ordered_at + timedelta(days=7)
    assert payment.capture_source.startswith("https://stripe.com")


def test_a_cancelled_hold_is_voided_and_nothing_is_refunded(shop):
    shop.item("LAMP")
    placed = place(shop, ("LAMP", 3, 1000), **HELD)
    cancel(placed.id, actor="test")
    look()
    assert told(placed) == [("void", 3000, "open")]
    assert dues(placed)[0].by_at == placed.ordered_at + timedelta(hours=24)
    pay(placed, "voided", 3000)
    assert told(placed) == [("void", 0, "done")]


def test_the_rest_of_a_deposit_is_due_at_release_and_a_cancelled_one_goes_back(shop):
    shop.item("LAMP", stock=3)
    placed = place(shop, ("LAMP", 3, 1000), attributes={"deposit_minor": 600}, **PAID)
    other = place(shop, ("LAMP", 1, 1000), attributes={"deposit_minor": 600}, **PAID)
    look()
    assert told(placed) == []
    release(placed.id, actor="test")
    cancel(other.id, actor="test")
    look()
    assert told(placed) == [("balance", 2400, "open")]
    assert told(other) == [("refund", 600, "open")]
    assert [fact["amount_minor"] for fact in facts("payment.balance_due")] == [2400]


def test_with_amex_the_balance_waits_for_the_goods_to_leave(shop):
    shop.item("LAMP", stock=3)
    told_ahead = {"deposit_minor": 600, "payment_network": "amex"}
    placed = place(shop, ("LAMP", 3, 1000), attributes=told_ahead, **PAID)
    release(placed.id, actor="test")
    look()
    assert told(placed) == []
    ship(placed.id, location=shop.locations["NORTH"], key="p", actor="test")
    look()
    assert told(placed) == [("balance", 2400, "open")]


def test_dues_are_listed_by_deadline_page_by_page(shop):
    shop.item("LAMP")
    later = place(shop, ("LAMP", 1, 1000), country="US", **PAID)
    sooner = place(shop, ("LAMP", 1, 1000), country="GB", **PAID)
    for placed in (later, sooner):
        cancel(placed.id, actor="test")
    look()
    rows = queries.dues(state="open")
    assert [row.order for row in rows] == [sooner.id, later.id]
    assert queries.dues(state="open", after=(rows[0].by_at, rows[0].id)) == rows[1:]


def test_a_refund_that_nobody_sends_is_told_in_time(shop):
    shop.item("LAMP")
    placed = place(shop, ("LAMP", 1, 1000), country="GB", **PAID)
    cancel(placed.id, actor="test")
    look()
    assert watching.watch_dues() == 0
    clock.set_to(dues(placed)[0].by_at - timedelta(hours=23), actor="test")
    assert [watching.watch_dues(), watching.watch_dues()] == [1, 0]
    assert facts("refund.at_risk")[0]["amount_minor"] == 1000


def test_what_somebody_dropped_is_not_raised_again(shop):
    shop.item("LAMP")
    placed = place(shop, ("LAMP", 1, 1000), **PAID)
    cancel(placed.id, actor="test")
    look()
    queries.drop(dues(placed)[0].id, note="paid in the store", actor="staff:1")
    pay(placed, "failed", 0)
    assert told(placed) == [("refund", 1000, "dropped")]
    with pytest.raises(Refused, match="due_is_closed"):
        queries.drop(dues(placed)[0].id, note="", actor="staff:1")


def test_what_the_order_says_was_paid_and_what_the_provider_says_was_captured_is_one_money(shop):
    shop.item("LAMP")
    placed = place(shop, ("LAMP", 2, 1900), country="US", **PAID)
    look()
    pay(placed, "captured", 3800, provider="stripe", reference="ch_1")
    cancel(placed.id, actor="test")
    look()
    (due,) = dues(placed)
    assert (due.kind, due.amount_minor) == ("refund", 3800)
    assert queries.account_view(placed.id).captured_minor == 3800


def test_captures_in_parts_take_the_place_of_what_the_order_said_part_by_part(shop):
    shop.item("LAMP")
    placed = place(shop, ("LAMP", 2, 1900), country="US", **PAID)
    pay(placed, "captured", 1900, key="1")
    pay(placed, "captured", 1900, key="2")
    pay(placed, "captured", 100, key="3")  # More than the order cost was taken: that is real money too.
    with pytest.raises(Refused, match=r"^refund_exceeds_payment:"):
        pay(placed, "refunded", 3901, key="r")
    pay(placed, "refunded", 3900, key="r")
