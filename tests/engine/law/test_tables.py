"""Tables A, B and C of 16 CFR 435.2, row by row: what to do now, what silence means, when money must go back.

In all stories the order is complete on 2 March 2026 and no time was stated, so T is 1 April and T+30 is 1 May.
"""

import pytest
from tests.engine.law.story import day, end_of, ruled

from backorder.engine.law.facts import Action, OptionKind, Silence, State

ORDERED = "ordered 2026-03-02\n"
SHORT = ORDERED + "notice n1 2026-03-25 until 2026-04-20\n"
LONG = ORDERED + "notice n1 2026-03-25 until 2026-06-15\n"
INDEFINITE = ORDERED + "notice n1 2026-03-25\n"
RENEWED = SHORT + "notice n2 2026-04-12 until 2026-05-10\n"

# Table A: (row, story, day, state, action, latest, paragraph).
WHAT_TO_DO = [
    ("A1", ORDERED, "2026-03-10", State.OPEN, Action.SHIP, "2026-04-01", "(a)(1)"),
    ("A1 on the last day", ORDERED, "2026-04-01", State.OPEN, Action.SHIP, "2026-04-01", "(a)(1)"),
    (
        "A2 the day is not kept",
        ORDERED + "known 2026-03-20 late 2026-04-20",
        "2026-03-20",
        State.OPEN,
        Action.SEND_FIRST_OPTION,
        "2026-04-01",
        "(b)(1)",
    ),
    (
        "A2 no day is known",
        ORDERED + "known 2026-03-20",
        "2026-03-20",
        State.OPEN,
        Action.SEND_FIRST_OPTION,
        "2026-04-01",
        "(b)(1)",
    ),
    (
        "A2 not yet: it still makes T",
        ORDERED + "known 2026-03-20 late 2026-04-01",
        "2026-03-20",
        State.OPEN,
        Action.SHIP,
        "2026-04-01",
        "(a)(1)",
    ),
    ("A3", SHORT, "2026-04-05", State.OPEN, Action.SHIP, "2026-04-20", "(b)(1)(ii)"),
    ("A3 before T", SHORT, "2026-03-26", State.OPEN, Action.SHIP, "2026-04-20", "(b)(1)(ii)"),
    ("A4 long", LONG, "2026-04-05", State.OPEN, Action.SHIP_OR_GET_CONSENT, "2026-05-01", "(b)(1)(iii)"),
    ("A4 indefinite", INDEFINITE, "2026-04-05", State.OPEN, Action.SHIP_OR_GET_CONSENT, "2026-05-01", "(b)(1)(iii)"),
    ("A5", LONG + "yes 2026-05-01", "2026-05-02", State.OPEN, Action.SHIP, "2026-06-15", "(b)(1)(iii)(B)"),
    (
        "A6",
        INDEFINITE + "yes 2026-04-20",
        "2026-12-31",
        State.OPEN_INDEFINITE,
        Action.CONTINUING_RIGHT,
        None,
        "(b)(1)(iii)(B),(b)(2)(iii)",
    ),
    (
        "A7",
        SHORT + "known 2026-04-10 late 2026-04-21",
        "2026-04-10",
        State.OPEN,
        Action.SEND_RENEWED_OPTION,
        "2026-04-20",
        "(b)(2)",
    ),
    (
        "A7 asked already, silence so far",
        RENEWED + "known 2026-04-10 late 2026-05-10",
        "2026-04-13",
        State.OPEN,
        Action.SHIP_OR_GET_CONSENT,
        "2026-04-20",
        "(b)(2)(ii)",
    ),
    (
        "A7 slipped again while the question is open",
        RENEWED + "known 2026-04-14 late 2026-05-20",
        "2026-04-14",
        State.OPEN,
        Action.SEND_RENEWED_OPTION,
        "2026-04-20",
        "(b)(2)",
    ),
    ("A8", RENEWED + "yes 2026-04-20 to n2", "2026-04-21", State.OPEN, Action.SHIP, "2026-05-10", "(b)(2)(ii)"),
    (
        "A8 indefinite",
        SHORT + "notice n2 2026-04-12\nyes 2026-04-18 to n2",
        "2026-08-01",
        State.OPEN_INDEFINITE,
        Action.CONTINUING_RIGHT,
        None,
        "(b)(1)(iii)(B),(b)(2)(iii)",
    ),
    (
        "A9 decided, not said: on the next working day",
        ORDERED + "gave_up 2026-03-20",
        "2026-03-20",
        State.OPEN,
        Action.TELL_AND_REFUND,
        "2026-03-23",
        "(b)(4),(c)(4)",
    ),
    (
        "A9 said",
        ORDERED + "gave_up 2026-03-20 told 2026-03-23",
        "2026-03-23",
        State.CANCELLED,
        Action.REFUND,
        "2026-04-01",
        "(b)(4),(c)(4)",
    ),
    ("A10", ORDERED, "2026-04-02", State.CANCELLED, Action.REFUND, "2026-04-13", "(c)(5)"),
    (
        "A10 done",
        ORDERED + "refunded 2026-04-03",
        "2026-04-03",
        State.REFUNDED,
        Action.NONE,
        None,
        "(c)(5)",
    ),
]


@pytest.mark.parametrize(
    ("story", "on", "state", "action", "latest", "paragraph"),
    [row[1:] for row in WHAT_TO_DO],
    ids=[row[0] for row in WHAT_TO_DO],
)
def test_table_a_what_to_do_now(story, on, state, action, latest, paragraph):
    ruling = ruled(story, on=on)
    assert (ruling.state, ruling.action, ruling.latest, ruling.paragraph) == (
        state,
        action,
        day(latest) if latest else None,
        paragraph,
    )


def test_the_buyer_may_agree_beforehand_to_a_further_delay():
    """(b)(1)(iv): a day so agreed on supersedes R; what goes beyond it needs a renewed option."""
    story = SHORT + "yes 2026-03-26 further 2026-05-25"
    ruling = ruled(story, on="2026-05-20")
    assert (ruling.state, ruling.due_on, ruling.paragraph) == (State.OPEN, day("2026-05-25"), "(b)(1)(iv)")
    assert ruled(story, on="2026-05-26").why == "(c)(3)"
    assert ruled(SHORT + "yes 2026-03-26 further indefinite", on="2027-01-01").state is State.OPEN_INDEFINITE


def test_a_further_delay_is_agreed_on_with_the_first_option_only():
    story = RENEWED + "yes 2026-04-18 to n2 further 2026-07-01"
    assert ruled(story, on="2026-04-21").due_on == day("2026-05-10")


def test_the_target_for_a_notice_is_the_next_working_day():
    friday = ruled(ORDERED + "known 2026-03-20 late 2026-04-20", on="2026-03-20")
    assert friday.ask_by == day("2026-03-23")
    last = ruled(ORDERED + "known 2026-04-01 late 2026-04-20", on="2026-04-01")
    assert (last.ask_by, last.latest) == (day("2026-04-01"), day("2026-04-01"))


# Table B: (row, story, kind, silence, last day to answer, what a silent buyer has the day after it).
MEANING_OF_SILENCE = [
    ("day 30 is short", "2026-03-25 until 2026-05-01", OptionKind.FIRST_SHORT, Silence.CONSENT, "2026-05-01"),
    ("day 31 is long", "2026-03-25 until 2026-05-02", OptionKind.FIRST_LONG, Silence.CANCEL, "2026-05-01"),
    ("indefinite", "2026-03-25", OptionKind.FIRST_INDEFINITE, Silence.CANCEL, "2026-05-01"),
    ("sent on T", "2026-04-01 until 2026-04-02", OptionKind.FIRST_SHORT, Silence.CONSENT, "2026-04-02"),
]


@pytest.mark.parametrize(
    ("notice", "kind", "silence", "answer_by"),
    [row[1:] for row in MEANING_OF_SILENCE],
    ids=[row[0] for row in MEANING_OF_SILENCE],
)
def test_table_b_silence_to_a_first_option(notice, kind, silence, answer_by):
    ruling = ruled(ORDERED + f"notice n1 {notice}", on="2026-04-01")
    (finding,) = ruling.findings
    assert (finding.kind, finding.silence, finding.answer_by, finding.defect) == (kind, silence, day(answer_by), "")
    assert (ruling.silence, ruling.answer_by) == (silence, day(answer_by))


def test_table_b_silence_to_a_renewed_option_cancels_at_the_old_day_even_for_one_day_more():
    story = SHORT + "notice n2 2026-04-12 until 2026-04-21"
    ruling = ruled(story, on="2026-04-20")
    assert (ruling.silence, ruling.answer_by) == (Silence.CANCEL, day("2026-04-20"))
    assert ruling.findings[1].kind is OptionKind.RENEWED_DATED
    after = ruled(story, on="2026-04-21")
    assert (after.state, after.why, after.refund.vests_on) == (State.CANCELLED, "(c)(3)", day("2026-04-21"))


def test_table_b_the_second_change_is_renewed_even_before_t_and_within_30_days():
    story = ORDERED + "notice n1 2026-03-10 until 2026-04-10\nnotice n2 2026-03-20 until 2026-04-15\n"
    assert [finding.kind for finding in ruled(story, on="2026-03-25").findings] == [
        OptionKind.FIRST_SHORT,
        OptionKind.RENEWED_DATED,
    ]
    assert ruled(story, on="2026-04-11").why == "(c)(3)"


def test_table_b_the_revised_day_is_measured_from_t_not_from_the_notice():
    early = ruled(ORDERED + "notice n1 2026-03-03 until 2026-05-01", on="2026-03-04")
    assert early.findings[0].kind is OptionKind.FIRST_SHORT


WORTHLESS = [
    ("late first", "notice n1 2026-04-02 until 2026-04-20", "sent_late", "(c)(5)", "2026-04-02"),
    (
        "no way to cancel",
        "notice n1 2026-03-25 until 2026-04-20 lacking right_to_cancel",
        "lacks_right_to_cancel_with_full_prompt_refund",
        "(c)(5)",
        "2026-04-02",
    ),
    (
        "indefinite without a reason",
        "notice n1 2026-03-25 lacking reasons",
        "lacks_reasons_for_the_delay",
        "(c)(5)",
        "2026-04-02",
    ),
    (
        "no word about silence",
        "notice n1 2026-03-25 until 2026-04-20 lacking silence",
        "lacks_silence_is_consent",
        "(c)(5)",
        "2026-04-02",
    ),
    (
        "an answer costs money",
        "notice n1 2026-03-25 until 2026-04-20 lacking free_answer",
        "lacks_way_to_answer_at_sellers_expense",
        "(c)(5)",
        "2026-04-02",
    ),
    (
        "says that silence consents to a long delay",
        "notice n1 2026-03-25 until 2026-06-15 lacking continuing_right as first_within_30_days",
        "lacks_silence_is_automatic_cancellation_with_last_answer_day",
        "(c)(5)",
        "2026-04-02",
    ),
    ("no basis", "notice n1 2026-03-25 until 2026-04-20 basis none", "no_reasonable_basis", "(c)(5)", "2026-04-02"),
    ("came back", "notice n1 2026-03-25 until 2026-04-20 bounced yes", "bounced", "(c)(5)", "2026-04-02"),
    ("nobody looked", "notice n1 2026-03-25 until 2026-04-20 means page", "not_seen", "(c)(5)", "2026-04-02"),
    (
        "looked too late",
        "notice n1 2026-03-25 until 2026-04-20 means page seen 2026-04-02",
        "sent_late",
        "(c)(5)",
        "2026-04-02",
    ),
]


@pytest.mark.parametrize(
    ("notice", "defect", "why", "vests"), [row[1:] for row in WORTHLESS], ids=[row[0] for row in WORTHLESS]
)
def test_table_b_what_is_no_notice(notice, defect, why, vests):
    ruling = ruled(ORDERED + notice, on="2026-04-02")
    assert ruling.findings[0].defect == defect
    assert (ruling.state, ruling.why, ruling.refund.vests_on) == (State.CANCELLED, why, day(vests))


def test_a_proper_notice_in_time_mends_a_worthless_one():
    story = ORDERED + "notice n1 2026-03-20 lacking reasons\nnotice n2 2026-03-30 until 2026-04-20"
    ruling = ruled(story, on="2026-04-05")
    assert (ruling.state, ruling.due_on) == (State.OPEN, day("2026-04-20"))
    assert ruling.findings[1].kind is OptionKind.FIRST_SHORT


def test_a_status_page_is_a_notice_once_the_buyer_looked():
    ruling = ruled(ORDERED + "notice n1 2026-03-20 until 2026-04-20 means page seen 2026-03-30", on="2026-04-05")
    assert (ruling.state, ruling.due_on) == (State.OPEN, day("2026-04-20"))


def test_a_late_renewed_option_is_none():
    ruling = ruled(SHORT + "notice n2 2026-04-21 until 2026-05-10\nyes 2026-04-22 to n2", on="2026-04-23")
    assert (ruling.why, ruling.findings[1].defect) == ("(c)(3)", "sent_late")


def test_an_earlier_day_is_news_and_no_question():
    story = SHORT + "notice n2 2026-04-05 until 2026-04-10\n"
    ruling = ruled(story, on="2026-04-12")
    assert (ruling.due_on, ruling.silence, ruling.findings[1].kind) == (day("2026-04-20"), Silence.CONSENT, None)
    # And it did not use up the first option's place: the next later day is a renewed one all the same.
    later = ruled(story + "notice n3 2026-04-15 until 2026-05-01", on="2026-04-16")
    assert later.findings[2].kind is OptionKind.RENEWED_DATED


# Table C: (trigger, story, day, why, vests, sent by).
TRIGGERS = [
    ("no under a short option", SHORT + "no 2026-04-10", "2026-04-10", "(c)(1)", "2026-04-10", "2026-04-21"),
    ("no under a renewed option", RENEWED + "no 2026-04-13", "2026-04-13", "(c)(1)", "2026-04-13", "2026-04-22"),
    (
        "no under the continuing right",
        INDEFINITE + "yes 2026-04-20\nno 2026-07-01",
        "2026-07-01",
        "(c)(1)",
        "2026-07-01",
        "2026-07-13",
    ),
    ("yes, then no", LONG + "yes 2026-04-10\nno 2026-04-11", "2026-04-11", "(c)(1)", "2026-04-11", "2026-04-21"),
    ("long, silence", LONG, "2026-05-02", "(c)(2)", "2026-05-02", "2026-05-12"),
    ("indefinite, silence", INDEFINITE, "2026-05-02", "(c)(2)", "2026-05-02", "2026-05-12"),
    ("long, a yes too late", LONG + "yes 2026-05-02", "2026-05-03", "(c)(2)", "2026-05-02", "2026-05-12"),
    ("short, not shipped, not asked again", SHORT, "2026-04-21", "(c)(3)", "2026-04-21", "2026-04-30"),
    ("renewed, silence", RENEWED, "2026-04-21", "(c)(3)", "2026-04-21", "2026-04-30"),
    ("renewed, a yes too late", RENEWED + "yes 2026-04-21 to n2", "2026-04-22", "(c)(3)", "2026-04-21", "2026-04-30"),
    ("agreed day missed", LONG + "yes 2026-04-20", "2026-06-16", "(c)(3)", "2026-06-16", "2026-06-26"),
    (
        "the seller says no",
        SHORT + "gave_up 2026-04-05 told 2026-04-06",
        "2026-04-06",
        "(c)(4)",
        "2026-04-06",
        "2026-04-15",
    ),
    ("no option at all", ORDERED, "2026-04-02", "(c)(5)", "2026-04-02", "2026-04-13"),
]


@pytest.mark.parametrize(
    ("story", "on", "why", "vests", "sent_by"), [row[1:] for row in TRIGGERS], ids=[row[0] for row in TRIGGERS]
)
def test_table_c_when_money_must_go_back(story, on, why, vests, sent_by):
    ruling = ruled(story, on=on)
    assert (ruling.state, ruling.action, ruling.why) == (State.CANCELLED, Action.REFUND, why)
    assert (ruling.refund.vests_on, ruling.refund.sent_by) == (day(vests), day(sent_by))
    assert ruling.latest == day(sent_by)
    assert ruling.latest_at > end_of(sent_by)


@pytest.mark.parametrize("story", [LONG, INDEFINITE, RENEWED], ids=["long", "indefinite", "renewed"])
def test_what_ships_on_the_last_day_is_in_time_without_any_answer(story):
    last = "2026-04-20" if story == RENEWED else "2026-05-01"
    ruling = ruled(story + f"shipped {last}", on="2026-06-01")
    assert (ruling.state, ruling.is_on_time, ruling.shipped_on) == (State.SHIPPED_COMPLIANT, True, day(last))
    late = ruled(story + "shipped 2026-05-02", on="2026-06-01")
    assert (late.state, late.is_on_time, late.action) == (State.SHIPPED_LATE, False, Action.REFUND)


def test_a_cancellation_and_a_shipment_of_one_instant_are_for_a_human():
    ruling = ruled(SHORT + "shipped 2026-04-10T10:00+00:00\nno 2026-04-10T10:00+00:00", on="2026-04-11")
    assert (ruling.state, ruling.action, ruling.refund) == (State.MANUAL_REVIEW, Action.REVIEW, None)


def test_a_cancellation_a_moment_before_the_shipment_counts_and_a_moment_after_does_not():
    before = ruled(SHORT + "no 2026-04-10T09:59:59+00:00\nshipped 2026-04-10T10:00+00:00", on="2026-04-11")
    assert (before.state, before.why) == (State.SHIPPED_LATE, "(c)(1)")
    after = ruled(SHORT + "shipped 2026-04-10T10:00+00:00\nno 2026-04-10T10:00:01+00:00", on="2026-04-11")
    assert (after.state, after.why) == (State.SHIPPED_COMPLIANT, "")


def test_only_what_did_not_ship_is_cancelled_and_owed():
    story = ORDERED + "shipped 2026-03-20 3\nnotice n1 2026-03-25 until 2026-06-15\n"
    ruling = ruled(story, on="2026-05-02", units=5)
    assert (ruling.state, ruling.why, ruling.units_open, ruling.refund.units) == (State.CANCELLED, "(c)(2)", 2, 2)
    late = ruled(story + "shipped 2026-05-03 2", on="2026-05-04", units=5)
    assert (late.state, late.refund.units, late.units_open) == (State.SHIPPED_LATE, 2, 0)
    whole = ruled(story + "shipped 2026-04-30 2", on="2026-05-04", units=5)
    assert (whole.state, whole.units_open) == (State.SHIPPED_COMPLIANT, 0)


def test_an_automatic_answer_says_nothing():
    assert ruled(LONG + "yes 2026-04-10 automatic yes", on="2026-05-02").why == "(c)(2)"
    assert ruled(SHORT + "no 2026-04-10 automatic yes", on="2026-04-11").state is State.OPEN


def test_a_yes_to_a_worthless_notice_agrees_to_nothing():
    story = SHORT + "notice n2 2026-04-12 lacking reasons as renewed_indefinite\nyes 2026-04-15"
    assert ruled(story, on="2026-04-21").why == "(c)(3)"


def test_a_yes_to_an_older_question_does_not_undo_a_later_one():
    story = RENEWED + "notice n3 2026-04-14 until 2026-06-01\nyes 2026-04-15 to n3\nyes 2026-04-16 to n2"
    assert ruled(story, on="2026-04-21").due_on == day("2026-06-01")


def test_after_an_open_ended_yes_another_question_changes_nothing_until_it_is_answered():
    story = INDEFINITE + "yes 2026-04-20\nnotice n2 2026-05-10 until 2026-07-01\n"
    ruling = ruled(story, on="2026-09-01")
    assert (ruling.state, ruling.silence) == (State.OPEN_INDEFINITE, Silence.NOTHING)
    agreed = ruled(story + "yes 2026-05-12 to n2", on="2026-05-13")
    assert (agreed.state, agreed.due_on) == (State.OPEN, day("2026-07-01"))


def test_what_has_not_happened_yet_is_not_known():
    """The same facts tell how the line stood on any earlier day."""
    story = RENEWED + "yes 2026-04-18 to n2\nshipped 2026-05-09"
    states = {on: ruled(story, on=on).action for on in ("2026-03-24", "2026-04-13", "2026-04-19", "2026-05-09")}
    assert list(states.values()) == [Action.SHIP, Action.SHIP_OR_GET_CONSENT, Action.SHIP, Action.NONE]
