"""What holds for every ruling whatever happened, in every country."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from backorder.engine.delay_law import draft_option, judge
from backorder.engine.law.facts import (
    Action,
    AdditionalPeriod,
    Answer,
    DelayNotice,
    Element,
    GivenUp,
    LineFacts,
    Means,
    Outlook,
    Said,
    Shipment,
    Silence,
    State,
)

START = datetime(2026, 3, 2, 12, tzinfo=UTC)
instants = st.integers(0, 24 * 150).map(lambda hours: START + timedelta(hours=hours))
days = st.integers(-5, 150).map(lambda n: date(2026, 3, 2) + timedelta(days=n))
maybe_days = st.none() | days
elements = st.none() | st.frozensets(st.sampled_from(Element))
notices = st.builds(
    DelayNotice,
    id=st.sampled_from(["n1", "n2", "n3"]),
    sent_at=instants,
    revised_on=maybe_days,
    elements=elements,
    has_basis=st.sampled_from([True, True, True, False]),
    means=st.sampled_from(Means),
    seen_at=st.none() | instants,
    bounced=st.sampled_from([False, False, False, True]),
)
answers = st.builds(
    Answer,
    said=st.sampled_from(Said),
    received_at=instants,
    to=st.sampled_from(["", "n1", "n2", "n3", "never sent"]),
    further_until=maybe_days,
    further_indefinite=st.booleans(),
    automatic=st.sampled_from([False, False, True]),
)
lines = st.builds(
    LineFacts,
    country=st.sampled_from(["US", "FR", "DE", "GB", "AU", "CA", "JP"]),
    region=st.sampled_from(["", "ON"]),
    units=st.just(3),
    tendered_at=st.just(START) | st.none(),
    buyer_zone=st.sampled_from(["", "Pacific/Kiritimati", "America/Los_Angeles"]),
    seller_zone=st.sampled_from(["UTC", "America/New_York"]),
    notices=st.lists(notices, max_size=4, unique_by=lambda notice: notice.id).map(tuple),
    answers=st.lists(answers, max_size=4).map(tuple),
    shipments=st.lists(st.builds(Shipment, instants, st.integers(1, 3)), max_size=3).map(tuple),
    outlook=st.none() | st.builds(Outlook, instants, maybe_days),
    same_means_impossible_at=st.none() | instants,
    given_up=st.none() | st.builds(GivenUp, instants, st.none() | instants),
    refund_sent_at=st.none() | instants,
    delivered_at=st.none() | instants,
    terminated_at=st.none() | instants,
    withdrawn_at=st.none() | instants,
    periods=st.lists(st.builds(AdditionalPeriod, instants, days), max_size=2).map(tuple),
    time_is_essential=st.booleans(),
)


def known_at(facts, now):
    """The facts as they were known at an instant."""

    def past(at):
        return at if at is not None and at <= now else None

    given_up = facts.given_up
    if given_up is not None:
        given_up = GivenUp(given_up.decided_at, past(given_up.told_at))
        given_up = given_up if given_up.decided_at <= now or given_up.told_at else None
    return replace(
        facts,
        notices=tuple(
            n for n in facts.notices if n.sent_at <= now and (n.means is not Means.STATUS_PAGE or seen(n, now))
        ),
        answers=tuple(a for a in facts.answers if a.received_at <= now),
        shipments=tuple(s for s in facts.shipments if s.possession_at <= now),
        outlook=facts.outlook if facts.outlook and facts.outlook.known_at <= now else None,
        given_up=given_up,
        refund_sent_at=past(facts.refund_sent_at),
        same_means_impossible_at=past(facts.same_means_impossible_at),
        delivered_at=past(facts.delivered_at),
        terminated_at=past(facts.terminated_at),
        withdrawn_at=past(facts.withdrawn_at),
        periods=tuple(p for p in facts.periods if p.set_at <= now),
    )


def seen(notice, now):
    return notice.seen_at is None or notice.seen_at <= now


@settings(max_examples=100, deadline=None)
@given(lines, instants)
def test_what_happens_later_changes_no_ruling(facts, now):
    assert judge(facts, now=now) == judge(known_at(facts, now), now=now)


@settings(max_examples=100, deadline=None)
@given(lines, instants)
def test_the_order_in_which_facts_are_handed_over_does_not_matter(facts, now):
    shuffled = replace(facts, answers=facts.answers[::-1], shipments=facts.shipments[::-1])
    if len({answer.received_at for answer in facts.answers}) == len(facts.answers):
        assert judge(shuffled, now=now) == judge(facts, now=now)


@settings(max_examples=100, deadline=None)
@given(lines, instants)
def test_a_ruling_is_whole(facts, now):
    ruling = judge(facts, now=now)
    assert (ruling.latest is None) == (ruling.latest_at is None)
    if ruling.action is Action.REFUND:
        assert ruling.refund is not None
        assert ruling.latest == ruling.refund.sent_by > ruling.refund.vests_on
        assert 1 <= ruling.refund.units <= facts.units
    if ruling.state is State.CANCELLED:
        assert ruling.why in {"(c)(1)", "(c)(2)", "(c)(3)", "(c)(4)", "(c)(5)"}
        assert ruling.action is Action.REFUND
    if ruling.state in {State.OPEN, State.OPEN_INDEFINITE}:
        assert ruling.refund is None
        # To say that one gives up is due soon after deciding it, so that alone can be overdue while the order stands.
        assert ruling.due_on is None or ruling.latest_at > now or ruling.action is Action.TELL_AND_REFUND
    assert ruling.is_strictest == (facts.country in {"JP"} or (facts.country == "CA" and facts.region != "ON"))


@settings(max_examples=100, deadline=None)
@given(lines, instants)
def test_silence_consents_in_one_case_only(facts, now):
    """The US, the first valid option, a day no more than 30 days after T."""
    ruling = judge(facts, now=now)
    if ruling.silence is Silence.CONSENT:
        (short,) = [finding for finding in ruling.findings if finding.silence is Silence.CONSENT]
        assert facts.country == "US"
        assert ruling.due_on - ruling.applicable_time_end <= timedelta(days=30)
        assert [finding.notice for finding in ruling.findings if finding.kind and not finding.defect] == [short.notice]


@settings(max_examples=100, deadline=None)
@given(lines, instants, maybe_days)
def test_a_draft_is_what_the_notice_then_is(facts, now, revised_on):
    if any(at == now for notice in facts.notices for at in (notice.sent_at, notice.seen_at)):
        return
    draft = draft_option(facts, revised_on=revised_on, now=now)
    sent = replace(facts, notices=(*facts.notices, DelayNotice("real", now, revised_on)))
    real = [finding for finding in judge(sent, now=now).findings if finding.notice == "real"]
    if real:
        assert [(real[0].kind, real[0].silence, real[0].answer_by, real[0].defect)] == [
            (draft.kind, draft.silence, draft.answer_by, draft.defect)
        ]
