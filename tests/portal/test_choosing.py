"""Each choice really changes who gets what, in the same second; looking and checking change nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest

from backorder.catalog import define
from backorder.catalog.specs import SubstituteSpec
from backorder.journal import clock
from backorder.journal.models import Entry
from backorder.orders.changing.edit import Edit, edit
from backorder.orders.deciding.midnight import mark_day_changes
from backorder.orders.deciding.redecide import work_marks
from backorder.orders.fulfilling.release import release
from backorder.orders.models import Line, Order
from backorder.portal.models import Choice
from tests.orders.shop import Shop
from tests.portal.conftest import Customer, customer_of, words

pytestmark = pytest.mark.django_db


@pytest.fixture
def hannah(shop: Shop) -> Customer:
    """Five hearts now, two on day 10, at 2.95 each; 40 cream ones could be taken instead for 0.30 less."""
    shop.item("HEART", stock=5)
    shop.item("CREAM", stock=40)
    define.define_substitute(SubstituteSpec(sku="HEART", substitute="CREAM", price_difference_minor=-30), actor="test")
    shop.inbound("HEART", 50, day=10)
    placed = shop.place(("HEART", 7))
    price = {placed.lines[0].id: {"unit_price_minor": 295}}
    edit(placed.id, Edit(order={"paid_at": clock.now(), "shipping_minor": 495}, lines=price), version=None, actor="t")
    work_marks()
    return customer_of(placed)


def units(customer: Customer, number: int = 0) -> dict[str, int]:
    line = Line.objects.filter(order_id=customer.placed.id).order_by("position")[number]
    names = ("open", "allocated", "released", "shipped", "cancelled", "substituted")
    return {name: getattr(line, name) for name in names if getattr(line, name)}


def facts(customer: Customer) -> list[tuple[str, str]]:
    """What the customer did, by the journal."""
    found = Entry.objects.filter(subject=f"order/{customer.placed.id}", actor="customer:portal").order_by("seq")
    return [(one.fact, one.actor) for one in found]


def test_only_what_is_possible_is_offered_and_the_first_changes_nothing(hannah: Customer) -> None:
    line = hannah.placed.lines[0].id
    assert hannah.offered() == ["wait", f"swap:{line}:CREAM", "together", "until", f"cancel:{line}", "all"]


def test_looking_and_checking_change_nothing(hannah: Customer) -> None:
    before, written = units(hannah), Entry.objects.count()
    for choice in hannah.offered():
        hannah.get()
        hannah.check(choice, day="2030-01-20")
        for step in ("choose", "confirm", "withdraw", "address", "ask", "reach"):
            hannah.get(step)
    assert (units(hannah), Entry.objects.count(), Choice.objects.count()) == (before, written, 0)


def test_waiting_is_put_on_record_with_the_day_agreed_to(hannah: Customer, shop: Shop) -> None:
    answer = hannah.choose("wait")
    assert (answer.status_code, answer["Location"]) == (303, f"/my/{hannah.link}?done=wait")
    line = hannah.placed.lines[0].id
    fact = Entry.objects.get(fact="order.wait_accepted")
    told = {"units": 2, "promised_on": shop.day(11).isoformat(), "version": 1}
    assert (fact.body, fact.actor) == ({"lines": {str(line): told}}, "customer:portal")
    assert units(hannah) == {"open": 2, "allocated": 5}
    assert "Thank you. We keep them for you" in hannah.page(done="wait")


def test_taking_the_substitute_frees_what_waited(hannah: Customer, shop: Shop) -> None:
    line = hannah.placed.lines[0].id
    page = words(hannah.post("choose", choice=f"swap:{line}:CREAM"))
    assert "Take 2 × Cream instead? Nothing has been done yet." in page
    assert "We give you £0.60 back, the way you paid." in page
    hannah.choose(f"swap:{line}:CREAM")
    assert units(hannah) == {"allocated": 5, "substituted": 2}
    assert units(hannah, 1) == {"allocated": 2}
    assert shop.waits("HEART") == 0
    assert ("line.substituted", "customer:portal") in facts(hannah)


def test_a_substitute_that_went_meanwhile_is_refused_whole(hannah: Customer, shop: Shop) -> None:
    fields = hannah.check(f"swap:{hannah.placed.lines[0].id}:CREAM")
    shop.place(("CREAM", 39))
    answer = hannah.post("confirm", **fields)
    assert answer.status_code == 409
    assert units(hannah) == {"open": 2, "allocated": 5}
    assert Choice.objects.count() == 0


def test_cancelling_some_gives_them_to_the_next(hannah: Customer, shop: Shop) -> None:
    line = hannah.placed.lines[0].id
    next_one = shop.place(("HEART", 49))  # One more than the delivery has left for it.
    assert shop.line(next_one).promised_on == shop.day(21)
    page = words(hannah.post("choose", choice=f"cancel:{line}", **{f"units:cancel:{line}": "1"}))
    assert "Cancel 1 × Heart?" in page
    assert "We give you £2.95 back, the way you paid." in page
    hannah.choose(f"cancel:{line}", **{f"units:cancel:{line}": "1"})
    assert units(hannah) == {"open": 1, "allocated": 5, "cancelled": 1}
    work_marks()
    assert shop.line(next_one).promised_on == shop.day(11)


@pytest.mark.parametrize("named", ["0", "3", "-1", "two", "1.5", "99999999999", "²"])
def test_units_out_of_range_are_refused_and_what_was_typed_stays(hannah: Customer, named: str) -> None:
    line = hannah.placed.lines[0].id
    answer = hannah.post("choose", choice=f"cancel:{line}", **{f"units:cancel:{line}": named})
    assert answer.status_code == 422
    assert "Please name a number you still wait for." in words(answer)
    assert f'value="{named}"' in answer.content.decode()


def test_cancelling_everything_frees_everything(hannah: Customer, shop: Shop) -> None:
    assert "We give you £25.60 back, the way you paid." in words(hannah.post("choose", choice="all"))
    hannah.choose("all")
    assert units(hannah) == {"cancelled": 7}
    assert shop.level("HEART") == (5, 0)
    assert "This order is cancelled." in hannah.page()
    assert hannah.offered() == []


def test_sending_together_and_sending_what_is_there_undo_each_other(hannah: Customer) -> None:
    hannah.choose("together")
    assert Order.objects.get().ship == "together"
    assert "ship" in hannah.offered()
    assert "together" not in hannah.offered()
    hannah.choose("ship")
    assert Order.objects.get().ship == "as_ready"


def test_a_last_day_cancels_what_has_not_come_by_then(hannah: Customer, shop: Shop) -> None:
    hannah.choose("until", day=shop.day(5).isoformat())
    assert Order.objects.get().cancel_if_not_by == shop.day(5)
    assert "We wait until 12 January at most, as you asked." in hannah.page()
    clock.advance(timedelta(days=5), actor="test")
    mark_day_changes()
    assert units(hannah) == {"open": 2, "allocated": 5}
    clock.advance(timedelta(days=1), actor="test")
    mark_day_changes()
    assert units(hannah) == {"cancelled": 7}


@pytest.mark.parametrize("day", ["", "2030-01-07", "2031-02-01", "soon", "2030-13-01", "٢٠٣٠-٠١-٢٠"])
def test_a_day_that_cannot_be_is_refused(hannah: Customer, day: str) -> None:
    answer = hannah.post("choose", choice="until", day=day)
    assert answer.status_code == 422
    assert "Please choose a day from tomorrow on, within a year." in words(answer)
    assert Order.objects.get().cancel_if_not_by is None


def test_the_same_confirmation_twice_is_one_choice(hannah: Customer) -> None:
    line = hannah.placed.lines[0].id
    fields = hannah.check(f"cancel:{line}", **{f"units:cancel:{line}": "1"})
    first, second = hannah.post("confirm", **fields), hannah.post("confirm", **fields)
    assert first["Location"] == second["Location"] == f"/my/{hannah.link}?done=cancel"
    assert units(hannah) == {"open": 1, "allocated": 5, "cancelled": 1}
    kept = Choice.objects.get()
    assert (kept.kind, kept.chosen["units"], kept.chosen["back_minor"], kept.language) == ("cancel", 1, 295, "en")
    assert kept.shown.splitlines()[:2] == ["Cancel 1 × Heart", "1 × Heart will not be sent."]


def test_of_two_tabs_that_choose_differently_the_second_is_told(hannah: Customer) -> None:
    line = hannah.placed.lines[0].id
    one, other = hannah.check(f"cancel:{line}"), hannah.check(f"swap:{line}:CREAM")
    hannah.post("confirm", **one)
    answer = hannah.post("confirm", **other)
    assert answer.status_code == 409
    assert "Something changed while you were choosing. Nothing was done." in words(answer)
    assert units(hannah) == {"allocated": 5, "cancelled": 2}


def test_what_is_being_packed_is_refused_kindly(hannah: Customer) -> None:
    fields = hannah.check("all")
    release(hannah.placed.id, actor="test")
    answer = hannah.post("confirm", **fields)
    assert answer.status_code == 409
    assert "Nothing was done." in words(answer)
    assert units(hannah) == {"open": 2, "released": 5}
    assert "all" not in hannah.offered()
    assert "together" not in hannah.offered()


@pytest.mark.parametrize("choice", ["", "burn", "cancel:1", "swap:1:CREAM", "swap:x", "all:all", "withdraw", "\x00"])
def test_a_choice_that_was_not_offered_is_refused(hannah: Customer, choice: str) -> None:
    assert hannah.post("choose", choice=choice).status_code == 409
    assert hannah.post("confirm", choice=choice, once="abcdefgh", seen="x").status_code == 409
    assert (units(hannah), Choice.objects.count()) == ({"open": 2, "allocated": 5}, 0)
