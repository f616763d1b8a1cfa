"""One action for all lines that a list finds: counted first, done line by line, refused ones named, undone."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backorder.access import staff
from backorder.console import errands
from backorder.console.models import Errand, ErrandLine
from backorder.journal import clock
from backorder.journal.models import Entry
from backorder.orders.changing.cancel import cancel
from backorder.orders.models import Line, Order, Peg
from tests.orders.shop import Shop

from .test_item import text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def waiting(shop: Shop) -> dict[str, int]:
    """Line ids by reference: W-0 to W-4 of LAMP wait for 1 to 5 units at 10.00, W-9 of DESK for 3 at 2.00."""
    shop.item("LAMP")
    shop.item("DESK")
    shop.inbound("LAMP", 30, 12)
    ids = {}
    for n in range(5):
        ids[f"W-{n}"] = shop.place(("LAMP", n + 1), reference=f"W-{n}", customer=f"C-{n % 2}").lines[0].id
    ids["W-9"] = shop.place(("DESK", 3), reference="W-9", customer="C-9").lines[0].id
    Line.objects.update(unit_price_minor=1_000)
    Line.objects.filter(id=ids["W-9"]).update(unit_price_minor=200)
    return ids


def work() -> None:
    while errands.go_on():
        pass


def asked(desk, form: str, query: str, **typed: object) -> str:
    """Ask for it and let the lines be found; returns the errand's page."""
    answer = desk.do(f"lines/{form}", {"all": query, **typed})
    assert answer.status_code == 302, text_of(answer)
    work()
    return str(answer["Location"]).removeprefix("/console/")


def priorities() -> dict[str, int]:
    return dict(Line.objects.order_by("id").values_list("order__reference", "priority"))


def test_all_that_fit_are_counted_then_done_then_taken_back(desk, waiting, monkeypatch) -> None:
    monkeypatch.setattr(errands, "FOUND_AT_ONCE", 2)
    form = text_of(desk.get("lines/priority?all=%3Fsku%3DLAMP"))
    assert "All lines that wait with Item LAMP." in form
    assert "at most 100,000" in form
    page = asked(desk, "priority", "?sku=LAMP", priority=7)
    assert "Counted 5 lines of 5 orders by 2 customers, £150.00. Priority 7." in text_of(desk.get(page))
    assert set(priorities().values()) == {0}

    confirm = text_of(desk.get(f"{page}/do"))
    assert "5 lines of 5 orders by 2 customers, £150.00." in confirm
    assert "Customers are told only if their date changes." in confirm
    assert "Change priority: 5 lines" in confirm
    cancel(Order.objects.get(reference="W-1").id, actor="test")
    assert desk.do(f"{page}/do").status_code == 302
    assert "Being done 0 of 5 lines so far, 0 refused." in text_of(desk.get(page))
    work()
    assert priorities() == {"W-0": 7, "W-1": 0, "W-2": 7, "W-3": 7, "W-4": 7, "W-9": 0}
    text = text_of(desk.get(page))
    assert "Done 4 of 5 lines were done, 1 refused." in text
    assert "W-1 LAMP It waits no more." in text
    edits = Entry.objects.filter(fact="order.edited")
    assert (edits.count(), set(edits.values_list("actor", flat=True))) == (4, {desk.person.actor})
    assert desk.get(f"{page}/refused").content.decode().splitlines() == [
        "\ufefforder,sku,line,reason", f"W-1,LAMP,{waiting['W-1']},It waits no more."
    ]  # fmt: skip
    assert desk.do(f"{page}/do").status_code == 409

    desk.do("lines/priority", {"line": waiting["W-2"], "priority": 9})
    back = str(desk.do(f"{page}/undo")["Location"])
    assert desk.do(f"{page}/undo")["Location"] == back
    work()
    assert priorities() == {"W-0": 0, "W-1": 0, "W-2": 9, "W-3": 0, "W-4": 0, "W-9": 0}
    text = text_of(desk.client.get(back))
    assert "Done 3 of 4 lines were done, 1 refused." in text
    assert "W-2 LAMP Its priority was changed meanwhile." in text


def test_no_filter_means_all_that_wait_and_cancelling_tells_their_value(desk, waiting) -> None:
    page = asked(desk, "cancel", "?", reason="The maker closed.")
    text = text_of(desk.get(page))
    assert "Counted 6 lines of 6 orders by 3 customers, £156.00. Reason: The maker closed." in text
    assert "Each of them is told. This cannot be undone." in text
    desk.do(f"{page}/do")
    work()
    assert list(Line.objects.filter(open__gt=0)) == []
    cancelled = Entry.objects.filter(fact="order.cancelled")
    assert [one.body["reason"] for one in cancelled] == ["The maker closed."] * 6
    assert desk.do(f"{page}/undo").status_code == 409


def test_deciding_again_goes_by_item(desk, shop: Shop, waiting) -> None:
    shop.stock("DESK", 3)
    page = asked(desk, "repromise", "?sort=-value")
    desk.do(f"{page}/do")
    work()
    assert Line.objects.get(id=waiting["W-9"]).allocated == 3
    assert "Done 6 of 6 lines were done, 0 refused. 1 promise changed." in text_of(desk.get(page))


def test_lines_of_one_item_are_pinned_in_the_order_of_the_list(desk, shop: Shop, waiting) -> None:
    small = shop.inbound("LAMP", 9, 20)
    page = asked(desk, "pin", "?sku=LAMP&sort=-value", supply=small)
    assert f"Delivery {shop_reference(small)}." in text_of(desk.get(page))
    desk.do(f"{page}/do")
    work()
    assert sorted(Peg.objects.filter(supply_id=small, hard=True).values_list("line__order__reference", "units")) == [
        ("W-3", 4), ("W-4", 5)
    ]  # fmt: skip
    assert "Done 2 of 5 lines were done, 3 refused." in text_of(desk.get(page))
    back = str(desk.do(f"{page}/undo")["Location"])
    work()
    assert not Peg.objects.filter(hard=True).exists()
    assert "Done 2 of 2 lines were done, 0 refused." in text_of(desk.client.get(back))


def shop_reference(supply: int) -> str:
    return str(Peg._meta.get_field("supply").related_model.objects.get(id=supply).reference)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("form", "query", "typed", "status", "says"),
    [
        ("pin", "?state=late", {}, 409, "Pick lines of one item"),
        ("priority", "?sku=LAMP", {"priority": 101}, 422, "Choose a whole number from -100 to 100."),
        ("priority", "?state=nonsense", {"priority": 1}, 422, "cannot be"),
        ("substitute", "?sku=LAMP", {"sku": "DESK"}, 422, "Choose one of those offered."),
    ],
)
def test_what_cannot_be_meant_is_refused_at_once(desk, waiting, form, query, typed, status, says) -> None:
    answer = desk.do(f"lines/{form}", {"all": query, **typed})
    assert (answer.status_code, says in text_of(answer)) == (status, True)
    assert not Errand.objects.exists()


def test_more_than_the_limit_are_cut_and_it_says_so(desk, waiting, monkeypatch) -> None:
    monkeypatch.setattr(errands, "MOST_LINES", 3)
    page = asked(desk, "cancel", "?sort=-value")
    text = text_of(desk.get(page))
    assert "3 lines of 3 orders by 2 customers, £120.00. More fit: these are the first in the order" in text
    assert [one.line for one in ErrandLine.objects.order_by("place")] == [waiting[f"W-{n}"] for n in (4, 3, 2)]


def test_it_stops_when_asked_and_when_the_right_is_gone(desk, desk_of, waiting, monkeypatch) -> None:
    monkeypatch.setattr(errands, "LINES_AT_ONCE", 2)
    page = asked(desk, "priority", "?", priority=3)
    desk.do(f"{page}/do")
    assert errands.go_on() == 2
    desk.do(f"{page}/stop")
    assert errands.go_on() == 0
    assert "Stopped 2 of 6 lines were done, 0 refused." in text_of(desk.get(page))
    assert desk.do(f"{page}/stop").status_code == 409

    other = desk_of("support")
    page = asked(other, "cancel", "?")
    other.do(f"{page}/do")
    staff.set_roles(other.person.id, roles=["viewer"], actor="test")
    work()
    assert Line.objects.filter(open__gt=0).count() == 6
    assert "may not do it any more. 0 of 6 lines were done." in text_of(desk.get(page))


def test_one_defect_touches_no_other_line(desk, waiting, monkeypatch) -> None:
    broken = waiting["W-2"]
    does = errands.ACTIONS["cancel"]

    def cancel_or_fail(one, values, actor):
        assert one.line != broken
        return does(one, values, actor)

    page = asked(desk, "cancel", "?sku=LAMP")
    desk.do(f"{page}/do")
    monkeypatch.setattr(errands, "ACTIONS", {"cancel": cancel_or_fail})
    work()
    assert list(Line.objects.filter(open__gt=0, item__sku="LAMP").values_list("id", flat=True)) == [broken]
    assert "4 of 5 lines were done, 1 refused." in text_of(desk.get(page))


def test_the_page_costs_the_same_however_many_lines_and_old_ones_go(desk, waiting) -> None:
    costs = []
    for query in ("?sku=DESK", "?"):
        page = asked(desk, "cancel", query)
        with CaptureQueriesContext(connection) as queries:
            desk.get(page)
        costs.append(len(queries))
    assert costs[0] == costs[1]
    text = text_of(desk.get("backorders/many"))
    assert (text.count("Counted"), text.count("1 line · £6.00 Priya Nair")) == (2, 1)
    assert errands.purge() == 0
    clock.freeze(actor="test")
    clock.advance(timedelta(days=31), actor="test")
    assert errands.purge() == 2
    assert (Errand.objects.count(), ErrandLine.objects.count()) == (0, 0)
