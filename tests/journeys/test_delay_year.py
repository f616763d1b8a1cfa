"""A year of a shop whose supplies slip, through the product itself: verbs, tables, worker, post, a clock that moves.

The judge of the US orders is tests/engine/law/checker.py, which shares nothing with the product: he is shown the
notices that left, the answers, parcels and refunds as they stand in the tables, and finds nothing. What he finds in a
shop whose worker stopped asking the law shows that he would have.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

import pytest
from tests.engine.law import checker
from tests.engine.law.checker import Happening, Log, breaches
from tests.notices import late
from tests.orders.shop import START, Shop, open_shop
from tests.payments import money

from backorder.journal import clock
from backorder.journal.refusals import Refused
from backorder.notices import cases, delay
from backorder.notices.models import CaseStep, Notice, Watch
from backorder.orders.fulfilling.release import release
from backorder.orders.fulfilling.ship import ship
from backorder.orders.models import Line, Part, Promise, Shipment
from backorder.orders.placing.forms import Placed
from backorder.orders.supplying.inbound import move_eta
from backorder.orders.supplying.receive import receive
from backorder.payments.models import Due, Payment

END = 200
OPENS = 8
PLACES = ("US",) * 8 + ("DE", "GB", "AU", "CA", "BR")
# Federal holidays of this year as published, on the days they are kept.
HOLIDAYS = {date(2030, 1, 1), date(2030, 1, 21), date(2030, 2, 18), date(2030, 5, 27), date(2030, 6, 19),
            date(2030, 7, 4)}  # fmt: skip
SAYS_CONSENT, SAYS_CANCEL = "we will assume that you have agreed", "we cancel it by ourselves"


@dataclass
class Story:
    """One order: its supply, the days on which it slips, how its customer answers."""

    placed: Placed
    supply: int
    eta: int
    slips: dict[int, int]
    temper: random.Random
    heard: set[int] = field(default_factory=set)
    answers: list[tuple[datetime, int, str]] = field(default_factory=list)
    arrived: bool = False


@pytest.fixture
def shop(transactional_db: None) -> Shop:
    return open_shop()


def test_a_year_of_slips_misses_no_deadline_and_misuses_no_silence(shop, monkeypatch):
    monkeypatch.setattr(checker, "HOLIDAYS", HOLIDAYS)
    stories = open_year(shop, PLACES, seed=4)
    live(shop, stories)
    logs = [log_of(story.placed) for story in stories[:8]]
    assert [breaches(log, end=shop.day(END)) for log in logs] == [[]] * 8
    happened = Counter(one.what for log in logs for one in log.happenings)
    assert min(happened[what] for what in ("notice", "shipped", "refund")) >= 1, happened
    for story in stories[8:12]:
        assert not cancelled_by_law(story), "no law but that of the US cancels by itself"
        texts = [one.text for one in late.questions(story.placed)]
        assert texts
        assert not [text for text in texts if SAYS_CONSENT in text or SAYS_CANCEL in text]
    strict = late.questions(stories[12].placed)
    assert strict
    assert not [one for one in strict if SAYS_CONSENT in one.text]


def test_the_judge_sees_a_worker_that_stopped_asking_the_law(shop, monkeypatch):
    stories = open_year(shop, ("US", "US"), seed=4)
    monkeypatch.setattr(delay, "act_due", lambda **_: 0)
    live(shop, stories)
    found = [name for story in stories for name, _ in breaches(log_of(story.placed), end=shop.day(END))]
    assert "not_asked_in_time" in found
    assert "silence_taken_for_consent" in found


def open_year(shop: Shop, places: tuple[str, ...], *, seed: int) -> list[Story]:
    chance = random.Random(seed)
    return [_ordered(shop, number, country, random.Random(chance.random())) for number, country in enumerate(places)]


def _ordered(shop: Shop, number: int, country: str, chance: random.Random) -> Story:
    sku, eta = f"ITEM-{number}", chance.randrange(8, 25)
    shop.item(sku, lead_time_days=120)
    supply = shop.inbound(sku, 2, eta)
    region = {"region": "ON"} if country == "CA" else {}
    placed = late.order(shop, (sku, 2, 1000), country=country, **region)
    slips, day, now_on = {}, 0, eta
    for _ in range(chance.choice([1, 1, 2, 3])):
        day += chance.randrange(1, 8)
        if day < now_on:
            now_on += chance.choice([2, 9, 29, 31, 45])
            slips[day] = now_on
    return Story(placed, supply, eta, slips, chance)


# -- the days ------------------------------------------------------------------------------------------------------


def live(shop: Shop, stories: list[Story]) -> None:
    """Day by day where something happens, and at every moment at which the worker wants to look."""
    late.work()
    while (at := _next(shop, stories)) is not None:
        clock.set_to(max(at, clock.now()), actor="test")
        for story in stories:
            _supply(shop, story)
            _answer(story)
        late.decide()
        late.work()
        _refund()
        for story in stories:
            _hear(story)


def _next(shop: Shop, stories: list[Story]) -> datetime | None:
    now, end = clock.now(), _at(shop, END)
    moments = [_at(shop, day) for story in stories for day in (*story.slips, story.eta) if not story.arrived]
    moments += [at for story in stories for at, _, _ in story.answers]
    moments += [datetime.combine(on, time(15), UTC) for on in Due.objects.filter(state="open", kind="refund")
                .values_list("send_by_on", flat=True)]  # fmt: skip
    moments += Watch.objects.values_list("look_at", flat=True)
    return min((at for at in moments if now < at <= end), default=None)


def _at(shop: Shop, day: int) -> datetime:
    return datetime.combine(shop.day(day), time(OPENS), UTC)


def _supply(shop: Shop, story: Story) -> None:
    """The supplier says a new day, or the goods come and leave at once if they still may."""
    now = clock.now()
    today = (now.date() - START.date()).days - (now.hour < OPENS)  # Nobody works at night.
    for day in [day for day in story.slips if day <= today]:
        story.eta = story.slips.pop(day)
        move_eta(story.supply, eta=shop.day(story.eta), actor="test")
    if story.arrived or story.eta > today:
        return
    story.arrived = True
    receive(story.supply, units=2, key=f"r{story.supply}", actor="test")
    late.decide()
    try:
        release(story.placed.id, actor="test")
        ship(story.placed.id, location=shop.locations["NORTH"], key=f"s{story.placed.id}", actor="test")
    except Refused as refused:
        if refused.name != "nothing_to_release":  # It was cancelled before the goods came.
            raise


def _hear(story: Story) -> None:
    """A question arrived: some days later its customer says yes or no, or never anything."""
    for notice in late.questions(story.placed):
        if notice.pk not in story.heard and notice.sent_at is not None:
            story.heard.add(notice.pk)
            said = story.temper.choice(["", "", "yes", "yes", "no"])
            if said:
                at = notice.sent_at + timedelta(days=story.temper.randrange(1, 40))
                story.answers.append((at, late.the_case(story.placed).id, said))


def _answer(story: Story) -> None:
    for answer in [one for one in story.answers if one[0] <= clock.now()]:
        story.answers.remove(answer)
        verb = cases.answer_wait if answer[2] == "yes" else cases.answer_cancel
        try:
            verb(answer[1], by="phone", actor="staff:1")
        except Refused as refused:
            if refused.name not in ("answer_too_late", "case_is_closed"):
                raise


def _refund() -> None:
    """The merchant refunds on the last day."""
    for due in Due.objects.filter(state="open", kind="refund", send_by_on__lte=clock.now().date()):
        money.refund(due.pk)


# -- what an outsider sees -----------------------------------------------------------------------------------------


def log_of(placed: Placed) -> Log:
    """The order as the tables show it."""
    line = Line.objects.get(id=placed.lines[0].id)
    ordered = placed.ordered_at.date()
    assert line.first_ship_on is not None
    log = Log(ordered, (line.first_ship_on - ordered).days)
    for promise in Promise.objects.filter(line=line).order_by("version"):
        days = list(Part.objects.filter(line=line, version=promise.version).values_list("ship_on", flat=True))
        log.happenings.append(Happening(promise.at.date(), "known", revised=max(days, default=None)))
    for step in CaseStep.objects.filter(case__line=line).order_by("id"):
        log.happenings += _told(step)
    log.happenings += [Happening(one.shipped_on, "shipped") for one in Shipment.objects.filter(order_id=placed.id)]
    refunds = Payment.objects.filter(order_id=placed.id, kind="refunded")
    log.happenings += [Happening(one.at.date(), "refund") for one in refunds]
    return log


def _told(step: CaseStep) -> list[Happening]:
    if step.what == "asked":
        sent = Notice.objects.get(id=step.body["notices"][0])
        assert sent.sent_at is not None
        says = "consent" if SAYS_CONSENT in sent.text else "cancel" if SAYS_CANCEL in sent.text else ""
        lacks = () if "You can cancel now" in sent.text else ("right_to_cancel",)
        revised = late.days(step.body["revised_on"]) if step.body["revised_on"] else None
        return [Happening(sent.sent_at.date(), "notice", f"q{step.pk}", revised, says, lacks)]
    if step.what == "answered" and step.body.get("fact") == "delay.answered":
        on = datetime.fromisoformat(step.body["received_at"]).date()
        if step.body["said"] == "cancel":
            return [Happening(on, "no")]
        asked = CaseStep.objects.filter(case=step.case, what="asked", id__lt=step.pk).order_by("-id")[0]
        return [Happening(on, "yes", f"q{asked.pk}")]
    return []


def cancelled_by_law(story: Story) -> bool:
    return any(body["reason"] == "delay_law" for body in late.facts("order.cancelled")
               if str(story.placed.lines[0].id) in body["lines"])  # fmt: skip
