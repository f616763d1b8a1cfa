"""Delay cases and dues in the console: by deadline, asked, answered by phone, given up, noted as done, evidence."""

from __future__ import annotations

import pytest

from backorder.notices.models import Case
from backorder.payments import queries as payments
from tests.notices import late
from tests.notices.late import order, questions, slip, the_case, units, work
from tests.orders.shop import Shop, open_shop

from .test_item import text_of


@pytest.fixture
def shop(transactional_db: None) -> Shop:
    return open_shop()


@pytest.fixture
def placed(shop: Shop):
    """Three lamps for the US that were to leave on day 12 and leave on day 20 now."""
    shop.item("LAMP")
    supply = shop.inbound("LAMP", 10, 12)
    found = order(shop, ("LAMP", 3, 1000), country="US", reference="W-1")
    work(send=False)
    slip(shop, supply, 20)
    work(send=False)
    return found


def test_a_case_stands_with_its_deadline_and_what_the_law_says(desk, placed) -> None:
    text = text_of(desk.get("messages/cases"))
    assert "W-1" in text
    assert "Ask: wait or cancel?" in text
    assert "pill law" in desk.get("messages/cases").content.decode()
    text = text_of(desk.get(f"messages/cases/{the_case(placed).id}"))
    assert "(b)(1)" in text
    assert "first question, a delay of up to 30 days" in text
    assert "Who does not answer agrees to wait." in text
    assert "Nothing fits these filters" in text_of(desk.get("messages/cases?state=closed"))


def test_today_leads_to_the_case_and_to_the_list_when_there_are_several(desk, placed, shop: Shop) -> None:
    case = the_case(placed).id
    page = desk.get("").content.decode()
    assert f'href="/console/messages/cases/{case}"' in page
    assert "1 case of the delay law is open" in text_of(desk.get(""))
    assert f'href="/console/orders/{placed.id}"' not in law_row(page)
    supply = shop.inbound("LAMP", 10, 13)
    order(shop, ("LAMP", 9, 1000), country="US", reference="W-2")
    work(send=False)
    slip(shop, supply, 25)
    work(send=False)
    assert Case.objects.filter(closed_at=None).count() == 2
    assert 'href="/console/messages/cases"' in law_row(desk.get("").content.decode())


def law_row(page: str) -> str:
    """The row of Today that speaks of the delay law."""
    (row,) = [row for row in page.split("<tr")[1:] if "of the delay law" in row]
    return row


def test_the_question_is_seen_before_it_goes_out_once(desk, placed) -> None:
    case = the_case(placed).id
    assert "Answers count until" in text_of(desk.get(f"messages/cases/{case}/ask"))
    assert questions(placed) == []
    for _ in range(2):  # A double click.
        desk.do(f"messages/cases/{case}/ask", {"token": "t"})
    assert len(questions(placed)) == 1
    again = desk.do(f"messages/cases/{case}/ask")
    assert (again.status_code, len(questions(placed))) == (409, 1)


def test_an_answer_by_phone_cancels_and_money_goes_back(desk, placed) -> None:
    case = the_case(placed).id
    desk.do(f"messages/cases/{case}/answer", {"said": "cancel", "by": "phone"})
    assert units(placed) == {"cancelled": 3}
    work(send=False)
    (due,) = payments.dues(order=placed.id, kind="refund")
    assert due.amount_minor == 3000
    page = desk.get("messages/dues")
    assert "W-1" in text_of(page)
    assert "pill law" in page.content.decode()
    for _ in range(2):
        desk.do(f"messages/dues/{due.id}/done", {"amount": "3000", "reference": "re_1", "token": "t"})
    assert payments.due(due.id).state == "done"
    assert len([one for one in payments.account_view(placed.id).payments if one.kind == "refunded"]) == 1


def test_nobody_agrees_to_what_was_not_asked_or_in_the_future(desk, placed) -> None:
    case = the_case(placed).id
    before = late.whats(placed)
    assert desk.do(f"messages/cases/{case}/answer", {"said": "wait", "by": "phone"}).status_code == 409
    page = desk.do(f"messages/cases/{case}/answer", {"said": "cancel", "by": "phone", "on": "2099-01-01"})
    assert "This day has not come yet." in text_of(page)
    assert (units(placed), late.whats(placed)) == ({"open": 3}, before)


def test_a_question_put_by_phone_is_kept_and_agreed_to(desk, shop: Shop, placed) -> None:
    case = the_case(placed).id
    said = {"means": "phone", "on": shop.day(20).isoformat(), "text": "Told her the new day and her right to cancel."}
    desk.do(f"messages/cases/{case}/asked", said)
    assert "asked" in late.whats(placed)
    desk.do(f"messages/cases/{case}/answer", {"said": "wait", "by": "phone"})
    assert "answered" in late.whats(placed)
    assert units(placed) == {"open": 3}


def test_the_merchant_gives_up(desk, placed) -> None:
    case = the_case(placed).id
    assert desk.do(f"messages/cases/{case}/will-not-ship", {"why": " "}).status_code == 422
    assert units(placed) == {"open": 3}
    desk.do(f"messages/cases/{case}/will-not-ship", {"why": "The supplier closed"})
    assert units(placed) == {"cancelled": 3}
    assert "The supplier closed" in text_of(desk.get(f"messages/cases/{case}"))


def test_a_case_the_law_decides_is_not_closed_by_hand(desk, placed) -> None:
    case = the_case(placed).id
    assert desk.do(f"messages/cases/{case}/close", {"note": "no"}).status_code == 409
    assert Case.objects.get().closed_at is None


def test_the_evidence_is_one_file(desk, placed) -> None:
    file = desk.get(f"messages/cases/{the_case(placed).id}/evidence")
    assert file["Content-Disposition"].startswith("attachment; filename=")
    assert "W-1" in file.content.decode()


def test_what_is_due_is_dropped_with_a_reason(desk, placed) -> None:
    desk.do(f"messages/cases/{the_case(placed).id}/answer", {"said": "cancel", "by": "phone"})
    work(send=False)
    (due,) = payments.dues(order=placed.id, kind="refund")
    assert "The law asks for it" in text_of(desk.get(f"messages/dues/{due.id}/drop"))
    assert desk.do(f"messages/dues/{due.id}/drop", {"note": ""}).status_code == 422
    assert payments.due(due.id).state == "open"
    desk.do(f"messages/dues/{due.id}/drop", {"note": "paid in cash"})
    assert payments.due(due.id).state == "dropped"


def test_a_refund_goes_back_by_other_means(desk, placed) -> None:
    desk.do(f"messages/cases/{the_case(placed).id}/answer", {"said": "cancel", "by": "phone"})
    work(send=False)
    (due,) = payments.dues(order=placed.id, kind="refund")
    form = f"messages/dues/{due.id}/otherwise"
    assert "How it goes back" in text_of(desk.get(form))
    for wrong in ({"means": "store_credit", "because": "x"}, {"means": "check", "because": ""}):
        assert desk.do(form, wrong).status_code == 422
    assert payments.due(due.id).means == "same_means"
    assert desk.do(form, {"means": "check", "because": "The card was closed."}).status_code == 302
    now = payments.due(due.id)
    assert (now.means, now.because, now.state) == ("check", "The card was closed.", "open")
    assert "By other means: a cheque. The card was closed." in text_of(desk.get("messages/dues"))
    page = desk.get(f"messages/dues/{due.id}/done").content.decode()
    assert 'name="means" value="check" checked' in page

    amount = due.amount_minor
    desk.do(f"messages/dues/{due.id}/done", {"amount": amount, "means": "cash", "token": "t"})
    assert payments.due(due.id).state == "done"
    paid = [(one.kind, one.amount_minor, one.form) for one in payments.account_view(placed.id).payments]
    assert paid[-1] == ("refunded", amount, "cash")
    assert desk.do(form, {"means": "check", "because": "again"}).status_code == 409


def test_who_may_not_act_reads(desk_of, placed) -> None:
    viewer, case = desk_of("viewer"), the_case(placed).id
    assert viewer.get(f"messages/cases/{case}").status_code == 200
    for path in (f"messages/cases/{case}/answer", f"messages/cases/{case}/will-not-ship"):
        assert viewer.do(path, {"said": "cancel", "by": "phone", "why": "x"}).status_code == 403
    assert units(placed) == {"open": 3}
