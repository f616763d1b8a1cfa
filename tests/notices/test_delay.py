"""A late line under the law: asked in time, kept waiting or cancelled, and its money given back, by itself."""

from __future__ import annotations

from datetime import timedelta
from email.message import EmailMessage

import pytest

from backorder.journal import clock
from backorder.journal.refusals import Refused
from backorder.notices import cases, composing, delay, inbound
from backorder.notices.models import Case, Notice, Pending, Watch
from backorder.orders.changing.cancel import cancel
from backorder.orders.changing.keep import keep_waiting
from backorder.orders.fulfilling.release import release
from backorder.orders.fulfilling.ship import ship
from tests.notices import late, post
from tests.notices.late import on, order, questions, slip, the_case, units, whats, work
from tests.orders.shop import Shop, open_shop
from tests.payments import money


@pytest.fixture
def shop(transactional_db: None) -> Shop:
    return open_shop()


def wait_for(shop, day, *, country="US", units=3, **given):
    """An order that is promised to leave on a day, and its supply."""
    shop.item("LAMP")
    supply = shop.inbound("LAMP", 10, day)
    placed = order(shop, ("LAMP", units, 1000), country=country, **given)
    work()
    return placed, supply


def test_an_order_in_time_has_no_case_and_is_forgotten_when_it_left(shop):
    shop.item("LAMP", stock=5)
    placed = order(shop, ("LAMP", 2, 1000))
    work()
    assert Watch.objects.filter(order_id=placed.id).exists()
    release(placed.id, actor="test")
    ship(placed.id, location=shop.locations["NORTH"], key="p", actor="test")
    on(shop, 40)
    work()
    assert not Watch.objects.exists()
    assert not Case.objects.exists()


def test_a_short_delay_is_asked_about_and_silence_keeps_the_order(shop):
    placed, supply = wait_for(shop, 12)
    slip(shop, supply, 20)
    work()
    case = the_case(placed)
    assert (case.state, case.action, case.paragraph) == ("open", "send_first_option", "(b)(1)")
    assert (case.applicable_on, questions(placed)) == (shop.day(12), [])
    post.advance(minutes=10)
    work()
    (asked,) = questions(placed)
    assert asked.state == "sent"
    assert "we will assume that you have agreed" in asked.text
    assert "January" not in asked.subject
    assert asked.wanted_by == case.deadline_at
    assert whats(placed) == ["opened", "asked"]
    case = the_case(placed)
    assert (case.action, case.revised_on) == ("ship", shop.day(20))
    on(shop, 19)
    work()
    assert units(placed) == {"open": 3}
    assert len(questions(placed)) == 1


def test_a_worker_that_comes_late_asks_first_and_tells_the_slip_by_its_question_alone(shop):
    placed, supply = wait_for(shop, 5)
    post.tell()
    slip(shop, supply, 9)
    post.advance(minutes=11)
    # Everything is due at once. Composing finds that the law was not asked yet, and leaves the order to it.
    post.note_all()
    assert composing.compose_due() == 0
    assert Pending.objects.filter(order_id=placed.id).exists()
    while delay.act_due():
        pass
    post.tell(minutes=11)
    while delay.act_due():
        pass
    told = list(Notice.objects.filter(order_id=placed.id).order_by("id").values_list("kind", flat=True))
    assert told == ["order_received", "delay_question"]
    assert not Pending.objects.exists()


def test_what_a_customer_waits_to_hear_does_not_wait_for_the_law(shop):
    placed, supply = wait_for(shop, 5)
    post.tell()
    slip(shop, supply, 9)
    cancel(placed.id, lines={placed.lines[0].id: 1}, reason="one is enough", actor="test")
    post.note_all()
    assert Watch.objects.filter(order_id=placed.id, look_at__lte=clock.now()).exists()
    assert [notice.kind for notice in post.tell()] == ["cancelled"]


def test_a_long_delay_is_asked_about_reminded_and_cancelled_by_silence_with_all_the_money(shop):
    placed, supply = wait_for(shop, 12, shipping_minor=500)
    slip(shop, supply, 60)
    post.advance(minutes=10)
    work()
    (asked,) = questions(placed)
    assert "we cancel it by ourselves" in asked.text
    case = the_case(placed)
    assert (case.action, case.revised_on) == ("ship_or_get_consent", shop.day(42))
    on(shop, 40, 1)
    work()
    assert Notice.objects.filter(order_id=placed.id, kind="choice_reminder").count() == 1
    assert units(placed) == {"open": 3}
    on(shop, 43, 1)
    work()
    assert units(placed) == {"cancelled": 3}
    (due,) = money.dues(placed)
    assert (due.amount_minor, due.why, due.vests_on, due.rule) == (3500, "(c)(2)", shop.day(43), "7_working_days")
    assert due.paragraph == "(c)(2)"
    assert whats(placed) == ["opened", "asked", "reminded", "cancelled"]
    assert the_case(placed).closed_at is None
    money.record_refund(placed)
    work()
    case = the_case(placed)
    assert (case.state, case.closed_at is not None) == ("refunded", True)
    assert not Watch.objects.filter(order_id=placed.id).exists()


def test_a_yes_keeps_the_order_until_the_day_agreed_on(shop):
    placed, supply = wait_for(shop, 12)
    slip(shop, supply, 60)
    post.advance(minutes=10)
    work()
    on(shop, 41)
    cases.answer_wait(the_case(placed).id, by="phone", actor="staff:1")
    on(shop, 50)
    work()
    assert units(placed) == {"open": 3}
    case = the_case(placed)
    assert (case.state, case.revised_on, case.paragraph) == ("open", shop.day(60), "(b)(1)(iii)(B)")
    assert [step.body["said"] for step in case.steps if step.what == "answered"] == ["consent"]


def test_to_wait_on_the_customers_own_page_is_a_yes(shop):
    placed, supply = wait_for(shop, 12)
    slip(shop, supply, 60)
    post.advance(minutes=10)
    work()
    keep_waiting(placed.id, actor="customer:portal")
    on(shop, 50)
    work()
    assert units(placed) == {"open": 3}
    assert "answered" in whats(placed)


def test_a_yes_that_comes_too_late_is_refused_and_changes_nothing(shop):
    placed, supply = wait_for(shop, 12)
    slip(shop, supply, 60)
    post.advance(minutes=10)
    work()
    on(shop, 43, 1)
    with pytest.raises(Refused, match="answer_too_late"):
        cases.answer_wait(the_case(placed).id, by="phone", actor="staff:1")
    assert "answered" not in whats(placed)
    # But one that came in time and was written down late counts as of then.
    cases.answer_wait(
        the_case(placed).id, by="phone", received_at=clock.now() - timedelta(days=1), actor="staff:1"
    )  # fmt: skip
    work()
    assert units(placed) == {"open": 3}


def test_an_automatic_reply_is_no_answer(shop):
    placed, supply = wait_for(shop, 12)
    slip(shop, supply, 60)
    post.advance(minutes=10)
    work()
    cases.answer_wait(the_case(placed).id, by="mail", is_automatic=True, actor="customer:mail")
    on(shop, 43, 1)
    work()
    assert units(placed) == {"cancelled": 3}


def two_late(shop, lamp_on, shade_on):
    """An order of a lamp and a shade that were both to come on the same day."""
    shop.item("LAMP")
    shop.item("SHADE")
    supplies = [shop.inbound(sku, 10, 12) for sku in ("LAMP", "SHADE")]
    placed = order(shop, ("LAMP", 1, 1000), ("SHADE", 1, 500), country="US")
    work()
    for supply, day in zip(supplies, (lamp_on, shade_on), strict=True):
        slip(shop, supply, day)
    post.advance(minutes=10)
    work()
    return placed


def reply(text, to, number=1):
    letter = EmailMessage()
    letter["From"], letter["Subject"], letter["Message-ID"] = "hannah@example.com", "Re", f"<r{number}@mail.example>"
    letter["In-Reply-To"] = to
    letter.set_content(text)
    inbound.take_mail(letter)
    work()


def test_of_two_questions_a_reply_answers_the_one_it_replies_to(shop):
    placed = two_late(shop, 60, 70)
    lamp, shade = questions(placed)
    assert (lamp.line_id, shade.line_id) == (placed.lines[0].id, placed.lines[1].id)
    reply("Wait", shade.message_id)
    assert [the_case(placed, n).action for n in (0, 1)] == ["ship_or_get_consent", "ship"]


def test_what_is_asked_alike_of_several_lines_is_one_letter_and_one_answer(shop):
    placed = two_late(shop, 60, 60)
    (asked,) = questions(placed)
    assert "1 × Lamp and 1 × Shade" in asked.subject
    assert [the_case(placed, n).steps[-1].notice for n in (0, 1)] == [asked.pk, asked.pk]
    on(shop, 40)
    work()
    assert Notice.objects.filter(order_id=placed.id, kind="choice_reminder").count() == 1
    reply("I will wait.", asked.message_id)
    assert [the_case(placed, n).action for n in (0, 1)] == ["ship", "ship"]


def test_of_what_was_asked_alike_each_line_ends_by_itself(shop):
    placed = two_late(shop, 60, 60)
    cases.answer_wait(the_case(placed, 1).id, by="phone", actor="staff:1")
    on(shop, 43)
    work()
    assert [the_case(placed, n).state for n in (0, 1)] == ["cancelled", "open"]
    assert units(placed) == {"cancelled": 1}


def test_a_no_cancels_at_once_and_gives_the_money_back(shop):
    placed, supply = wait_for(shop, 12)
    slip(shop, supply, 20)
    post.advance(minutes=10)
    work()
    cases.answer_cancel(the_case(placed).id, by="phone", actor="staff:1")
    assert units(placed) == {"cancelled": 3}
    (due,) = money.dues(placed)
    assert (due.amount_minor, due.why, due.vests_on) == (3000, "(c)(1)", shop.day(0))
    work()
    assert len(money.dues(placed)) == 1


def test_a_second_slip_is_asked_about_and_silence_cancels_on_the_old_day(shop):
    placed, supply = wait_for(shop, 12)
    slip(shop, supply, 20)
    post.advance(minutes=10)
    work()
    on(shop, 15)
    slip(shop, supply, 22)
    post.advance(minutes=10)
    work()
    _, second = questions(placed)
    assert "we cancel it by ourselves" in second.text
    assert the_case(placed).steps[-1].body["option"] == "renewed_dated"
    on(shop, 21, 1)
    work()
    assert units(placed) == {"cancelled": 3}
    assert money.dues(placed)[0].why == "(c)(3)"


def test_what_lies_ready_on_its_last_day_and_does_not_leave_is_asked_about(shop):
    shop.item("LAMP", stock=5)
    placed = order(shop, ("LAMP", 2, 1000), shown_on=shop.day(1))
    on(shop, 1, 10)
    work()
    assert questions(placed) == []
    on(shop, 1, 13)
    work()
    (asked,) = questions(placed)
    assert the_case(placed).steps[-1].body["revised_on"] == "2030-01-11"
    assert asked.wanted_by == the_case(placed).steps[-1].at + timedelta(hours=11)


def test_a_country_without_a_known_rule_never_takes_silence_for_a_yes(shop):
    placed, supply = wait_for(shop, 12, country="BR")
    slip(shop, supply, 20)
    post.advance(minutes=10)
    work()
    case = the_case(placed)
    assert (case.is_strictest, case.jurisdiction) == (True, "strictest")
    assert "we cancel it by ourselves" in questions(placed)[0].text
    on(shop, 21, 1)
    work()
    assert units(placed) == {"cancelled": 3}


def test_in_germany_the_customer_is_told_and_nothing_is_cancelled_by_itself(shop):
    placed, supply = wait_for(shop, 12, country="DE")
    slip(shop, supply, 60)
    post.advance(minutes=10)
    work()
    (asked,) = questions(placed)
    assert "We never take your silence for a yes" in asked.text
    on(shop, 30)
    work()
    case = the_case(placed)
    assert (case.state, units(placed)) == ("late", {"open": 3})
    on(shop, 60)
    work()
    assert len(questions(placed)) == 1


def test_the_merchant_who_will_not_ship_says_so_and_gives_the_money_back(shop):
    placed, _ = wait_for(shop, 12)
    case = cases.will_not_ship(placed.lines[0].id, why="discontinued", actor="staff:1")
    assert units(placed) == {"cancelled": 3}
    assert money.dues(placed)[0].why == "(c)(4)"
    assert case.state == "cancelled"
    assert [step.what for step in case.steps][:2] == ["opened", "will_not_ship"]


def test_what_the_warehouse_has_in_hand_is_stopped_and_cancelled_when_it_comes_back(shop):
    from backorder.orders.fulfilling.release import give_back

    shop.item("LAMP", stock=5)
    placed = order(shop, ("LAMP", 2, 1000), shown_on=shop.day(1))
    release(placed.id, actor="test")
    on(shop, 2, 9)
    work()
    assert units(placed) == {"released": 2}
    assert late.facts("order.blocked")[0]["kind"] == "other"
    give_back(placed.id, lines={placed.lines[0].id: 2}, actor="test")
    post.advance(hours=1)
    work()
    assert units(placed) == {"cancelled": 2}
    assert money.dues(placed)[0].amount_minor == 2000


def test_what_left_after_the_order_was_deemed_cancelled_is_owed_back(shop):
    shop.item("LAMP", stock=5)
    placed = order(shop, ("LAMP", 2, 1000), shown_on=shop.day(1))
    release(placed.id, actor="test")
    on(shop, 2, 9)
    work()
    ship(placed.id, location=shop.locations["NORTH"], key="p", has_left=True, actor="test")
    work()
    assert the_case(placed).state == "shipped_late"
    assert [(due.amount_minor, due.why) for due in money.dues(placed)] == [(2000, "(c)(5)")]
    work()
    assert len(money.dues(placed)) == 1


def test_a_cancellation_and_a_shipment_of_one_instant_are_left_to_a_person(shop):
    shop.item("LAMP", stock=5)
    placed = order(shop, ("LAMP", 2, 1000), shown_on=shop.day(1))
    on(shop, 1, 13)
    work()
    release(placed.id, actor="test")
    ship(placed.id, location=shop.locations["NORTH"], key="p", actor="test")
    case = cases.answer_cancel(the_case(placed).id, by="phone", received_at=clock.now(), actor="staff:1")
    work()
    case = the_case(placed)
    assert (case.state, case.closed_at) == ("manual_review", None)
    assert money.dues(placed) == []
    closed = cases.close(case.id, note="the parcel had left", actor="staff:1")
    assert closed.closed_at is not None


def test_a_question_that_comes_back_is_as_if_never_asked(shop):
    placed, supply = wait_for(shop, 12)
    slip(shop, supply, 20)
    post.advance(minutes=10)
    work()
    Notice.objects.filter(kind="delay_question").update(bounced_at=clock.now())
    on(shop, 2)
    post.advance(hours=1)
    Watch.objects.update(look_at=clock.now())
    work()
    assert "alerted" in whats(placed)
    on(shop, 13, 1)
    work()
    assert units(placed) == {"cancelled": 3}
    assert money.dues(placed)[0].why == "(c)(5)"


def test_a_question_by_letter_counts_like_any_other(shop):
    placed, supply = wait_for(shop, 12, contact={"name": "No Address"})
    slip(shop, supply, 20)
    post.advance(minutes=10)
    work()
    assert whats(placed) == ["opened", "asked", "alerted"]
    case = the_case(placed)
    cases.asked_by_hand(
        case.id, means="letter", sent_at=clock.now(), revised_on=shop.day(20), text="Dear ...", actor="staff:1"
    )  # fmt: skip
    on(shop, 13, 1)
    work()
    assert units(placed) == {"open": 3}
    assert the_case(placed).revised_on == shop.day(20)


def test_looking_twice_does_nothing_twice(shop):
    placed, supply = wait_for(shop, 12)
    slip(shop, supply, 60)
    post.advance(minutes=10)
    for _ in range(3):
        Watch.objects.update(look_at=clock.now())
        work(send=False)
    assert len(questions(placed)) == 1
    on(shop, 43, 1)
    for _ in range(3):
        Watch.objects.update(look_at=clock.now())
        work(send=False)
    assert whats(placed).count("cancelled") == 1
    assert len(money.dues(placed)) == 1


def test_a_date_that_is_kept_after_all_closes_the_case_without_a_word(shop):
    placed, supply = wait_for(shop, 12)
    slip(shop, supply, 20)
    work()
    assert the_case(placed).closed_at is None
    slip(shop, supply, 10)
    work()
    post.advance(minutes=10)
    work()
    case = the_case(placed)
    assert (case.closed_at is not None, case.steps[-1].body["why"]) == (True, "kept_after_all")
    assert questions(placed) == []


def test_a_kit_is_asked_about_as_a_whole(shop):
    from backorder.catalog import define
    from backorder.catalog.specs import KitSpec

    shop.item("SHADE", stock=10)
    shop.item("FOOT")
    supply = shop.inbound("FOOT", 10, 12)
    shop.item("SET")
    define.define_kit(KitSpec(sku="SET", parts={"SHADE": 1, "FOOT": 1}), actor="test")
    placed = order(shop, ("SET", 2, 1000))
    work()
    slip(shop, supply, 60)
    post.advance(minutes=10)
    work()
    (asked,) = questions(placed)
    assert "2 × Set" in asked.text
    on(shop, 51, 1)
    work()
    assert whats(placed) == ["opened", "asked", "cancelled"]
    assert [(due.amount_minor, due.why) for due in money.dues(placed)] == [(2000, "(c)(2)")]
