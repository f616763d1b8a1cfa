"""What must hold of every promise, whatever is asked of whatever there is."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backorder.engine.calendars import EVERY_DAY, MONDAY_TO_FRIDAY, Route
from backorder.engine.explain import steps
from backorder.engine.model import Answer, Ask, Book, OnShort, Policy, Sell, Source, Sourcing
from backorder.engine.promise import OpenBooks, merge, promise

TODAY = date(2026, 1, 5)
NOW = datetime(2026, 1, 5, 15, tzinfo=UTC)
ITEMS = (1, 2)
ROUTES = (
    Route(1, None, "UTC", MONDAY_TO_FRIDAY, time(14), 1, 1, MONDAY_TO_FRIDAY, 1, 2),
    Route(2, None, "Asia/Tokyo", EVERY_DAY, time(14), 0, 0, MONDAY_TO_FRIDAY, 2, 4),
    Route(3, None, "America/New_York", MONDAY_TO_FRIDAY, time(18), 0, 2, EVERY_DAY, 0, 0),
)
many = settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.too_slow])

days = st.integers(-3, 20).map(lambda n: TODAY + timedelta(days=n))
maybe_days = st.none() | days


@st.composite
def books(draw: st.DrawFn, item: int) -> Book:
    sources = []
    for location in draw(st.sets(st.integers(1, 3))):
        units = draw(st.integers(0, 9))
        sources.append(Source(("stock", location), location, units, units, TODAY))
    for n in range(draw(st.integers(0, 3))):
        left = draw(st.integers(0, 9))
        ready_on = max(TODAY, draw(days))
        free = draw(st.integers(0, left))
        sources.append(Source(("supply", n), draw(st.integers(1, 3)), free, left, ready_on, draw(st.booleans())))
    return Book(item, tuple(sources), draw(st.integers(0, 12)), draw(st.booleans()))


policies = st.builds(
    Policy,
    st.sampled_from(Sell),
    backorder_limit=st.none() | st.integers(0, 20),
    street_on=maybe_days,
    lead_time_days=st.none() | st.integers(0, 30),
    max_per_customer=st.none() | st.integers(0, 20),
    min_ship_units=st.integers(1, 3),
    safety_units=st.dictionaries(st.integers(1, 3), st.integers(0, 3)),
    backorder_locations=st.lists(st.integers(1, 3), unique=True).map(tuple),
)


@st.composite
def asks(draw: st.DrawFn) -> list[Ask]:
    return [
        Ask(
            n,
            draw(st.sampled_from(ITEMS)),
            draw(st.integers(1, 12)),
            draw(policies),
            tuple(draw(st.lists(st.sampled_from(ROUTES), unique=True))),
            sourcing=draw(st.sampled_from(Sourcing)),
            wanted_on=draw(maybe_days),
            on_short=draw(st.sampled_from(OnShort)),
            taken_by_customer=draw(st.integers(0, 3)),
        )
        for n in range(draw(st.integers(1, 4)))
    ]


everything = st.tuples(asks(), st.fixed_dictionaries({item: books(item) for item in ITEMS}), st.booleans())


def from_sources(answers: list[Answer]) -> Counter[tuple[int, object]]:
    given_out: Counter[tuple[int, object]] = Counter()
    for answer in answers:
        for piece in answer.slices:
            if piece.source:
                given_out[answer.ask.item, piece.source] += piece.units
    return given_out


@many
@given(everything)
def test_no_source_is_oversold_and_every_unit_is_promised_or_short(situation):
    wanted, known, together = situation
    answers = promise(wanted, known, now=NOW, together=together)
    given_out = from_sources(answers)
    for item, book in known.items():
        for source in book.sources:
            assert given_out[item, source.key] <= source.free
    for ask, answer in zip(wanted, answers, strict=True):
        assert answer.ask == ask
        assert answer.promised_units + (answer.short.units if answer.short else 0) == ask.units
        assert all(piece.units > 0 for piece in answer.slices)
        assert {piece.location for piece in answer.slices} <= {route.location for route in ask.routes}


@many
@given(everything)
def test_no_day_is_before_today_or_the_street_date_and_days_are_in_order(situation):
    wanted, known, together = situation
    by_location = {route.location: route for route in ROUTES}
    for answer in promise(wanted, known, now=NOW, together=together):
        for piece in answer.slices:
            assert piece.ship_on >= by_location[piece.location].today(NOW)
            assert piece.ship_on >= (answer.ask.policy.street_on or TODAY)
            assert piece.ship_on <= piece.deliver_from_on <= piece.deliver_on


@many
@given(everything)
def test_caps_and_kinds_are_kept(situation):
    wanted, known, together = situation
    open_units = {item: book.open_units for item, book in known.items()}
    for answer in promise(wanted, known, now=NOW, together=together):
        policy = answer.ask.policy
        waiting = answer.promised_units - answer.stock_units
        if policy.sell is Sell.STOCK_ONLY or answer.ask.on_short is OnShort.CANCEL_REST:
            assert waiting == 0
        if policy.max_per_customer is not None:
            assert answer.promised_units + answer.ask.taken_by_customer <= max(
                policy.max_per_customer, answer.ask.taken_by_customer
            )
        open_units[answer.ask.item] += waiting
        if waiting and policy.backorder_limit is not None and not together:
            assert open_units[answer.ask.item] <= policy.backorder_limit


@many
@given(everything)
def test_a_stale_item_offers_nothing_of_the_first_units_that_the_queue_waits_for(situation):
    """What is given out of each prefix of the supply, and what the queue is owed, never exceed the prefix."""
    wanted, known, together = situation
    known = {item: replace(book, stale=True) for item, book in known.items()}
    given_out = from_sources(promise(wanted, known, now=NOW, together=together))
    for item, book in known.items():
        in_order = sorted(book.sources, key=lambda source: (not source.on_shelf, source.ready_on, source.key))
        left, gone = 0, 0
        for source in in_order:
            left += source.left
            gone += given_out[item, source.key]
            assert gone <= max(0, left - book.open_units)


@many
@given(everything)
def test_a_refused_order_leaves_the_books_as_they_were(situation):
    wanted, known, together = situation
    once = OpenBooks(known)
    once.give_back(once.promise(wanted, now=NOW, together=together))
    assert once.promise(wanted, now=NOW) == promise(wanted, known, now=NOW)


@many
@given(everything)
def test_nothing_is_left_on_the_shelf_while_an_ask_is_short_or_waits(situation):
    """For asks without wish, cap or safety stock in the way."""
    wanted, known, _ = situation
    known = {item: replace(book, stale=False) for item, book in known.items()}
    plain = Policy(Sell.BACKORDER, lead_time_days=10, backorder_locations=(1, 2, 3))
    wanted = [replace(ask, wanted_on=None, policy=plain, on_short=OnShort.WAIT) for ask in wanted]
    answers = promise(wanted, known, now=NOW)
    given_out = from_sources(answers)
    for answer in answers:
        if answer.stock_units < answer.ask.units:
            served = {route.location for route in answer.ask.routes}
            for source in known[answer.ask.item].sources:
                if source.on_shelf and source.location in served:
                    assert given_out[answer.ask.item, source.key] == source.free


@many
@given(everything)
def test_what_goes_together_arrives_on_one_day(situation):
    wanted, known, _ = situation
    apart = promise(wanted, known, now=NOW)
    answers = promise(wanted, known, now=NOW, together=True)
    assert len({piece.deliver_on for answer in answers for piece in answer.slices}) <= 1
    assert [answer.promised_units for answer in answers] == [answer.promised_units for answer in apart]


@many
@given(everything)
def test_parts_say_the_same_units_by_day_as_the_slices(situation):
    wanted, known, together = situation
    for answer in promise(wanted, known, now=NOW, together=together):
        parts = merge(answer.slices)
        assert sum(part.units for part in parts) == answer.promised_units
        assert len({(part.ship_on, part.deliver_from_on, part.deliver_on) for part in parts}) == len(parts)
        assert list(parts) == sorted(parts, key=lambda part: (part.ship_on, part.deliver_on))


@many
@given(everything)
def test_the_steps_of_every_day_lead_to_it(situation):
    wanted, known, together = situation
    by_location = {route.location: route for route in ROUTES}
    for answer in promise(wanted, known, now=NOW, together=together):
        for piece in answer.slices:
            source = next((s for s in known[answer.ask.item].sources if s.key == piece.source), None)
            way = steps(
                piece,
                by_location[piece.location],
                policy=answer.ask.policy,
                now=NOW,
                source=source,
                wanted_on=answer.ask.wanted_on,
            )
            assert [step.on for step in way] == sorted(step.on for step in way)
            assert next(step.on for step in way if step.what == "ships") == piece.ship_on
            assert way[-1].on == piece.deliver_on
            before = [step for step in way if step.what not in ("ships", "arrives", "arrives_from")]
            assert before[-1].on == piece.ship_on
