"""What texts cost and replies mean; what mail headers say."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from backorder.engine.mail import Purpose, is_automatic, primary_purpose, unsubscribes, unsubscription
from backorder.engine.sms import (
    Cost,
    Meaning,
    Reply,
    cost,
    in_plain_signs,
    is_quiet,
    may_confirm_opt_out,
    meaning,
    send_from,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", Cost("GSM-7", 0, 1)),
        ("a" * 160, Cost("GSM-7", 160, 1)),
        ("a" * 161, Cost("GSM-7", 161, 2)),
        ("a" * 306, Cost("GSM-7", 306, 2)),
        ("a" * 307, Cost("GSM-7", 307, 3)),
        ("€" * 81, Cost("GSM-7", 162, 2)),
        ("a" * 152 + "€" * 76, Cost("GSM-7", 304, 2)),
        ("a" * 152 + "€" * 77, Cost("GSM-7", 306, 3)),
        ("^{}\\[]~|€\f", Cost("GSM-7", 20, 1)),
        ("ê" * 70, Cost("UCS-2", 70, 1)),
        ("ê" * 71, Cost("UCS-2", 71, 2)),
        ("ê" * 135, Cost("UCS-2", 135, 3)),
        ("😀" * 36, Cost("UCS-2", 72, 2)),
        # 67 is odd: a pair of surrogates does not straddle, so 33 signs fill a segment.
        ("😀" * 67, Cost("UCS-2", 134, 3)),
        ("`", Cost("UCS-2", 1, 1)),
        ("äöüß ÄÖÜ ñ é", Cost("GSM-7", 12, 1)),
    ],
)
def test_what_a_text_costs(text, expected):
    assert cost(text) == expected


def test_plain_signs_keep_a_text_cheap():
    assert in_plain_signs("“Ships 12–16 Dec” – it’s late…") == '"Ships 12-16 Dec" - it\'s late...'
    assert in_plain_signs("Größe 😀") == "Größe 😀"


@pytest.mark.parametrize(
    ("text", "reply"),
    [
        ("STOP", Reply.OPT_OUT),
        (" stop. ", Reply.OPT_OUT),
        ("ＳＴＯＰ", Reply.OPT_OUT),
        ("Arret", Reply.OPT_OUT),
        ("opt out", Reply.OPT_OUT),
        ("revoke", Reply.OPT_OUT),
        ("Please take me off your text list", Reply.OPT_OUT),
        ("Do not text me again", Reply.OPT_OUT),
        ("don't send me these", Reply.OPT_OUT),
        ("START", Reply.OPT_IN),
        ("unstop", Reply.OPT_IN),
        ("help", Reply.HELP),
        ("Info!", Reply.HELP),
        ("When does it arrive?", Reply.OTHER),
        ("KEEP", Reply.OTHER),
        ("my package was sent to the wrong stop", Reply.OTHER),
    ],
)
def test_what_a_reply_means(text, reply):
    assert meaning(text, option_is_open=False) == Meaning(reply)


def test_cancel_under_an_open_question_is_two_things():
    assert meaning("cancel", option_is_open=True) == Meaning(Reply.OPT_OUT, may_cancel_order=True)
    assert meaning("Please cancel it", option_is_open=True) == Meaning(Reply.OTHER, may_cancel_order=True)
    assert meaning("cancel", option_is_open=False) == Meaning(Reply.OPT_OUT)
    assert meaning("STOP", option_is_open=True) == Meaning(Reply.OPT_OUT)


def test_one_confirmation_without_marketing_in_five_minutes():
    five = timedelta(minutes=5)
    allowed = [
        may_confirm_opt_out(after=five, is_marketing=False),
        may_confirm_opt_out(after=five + timedelta(seconds=1), is_marketing=False),
        may_confirm_opt_out(after=five, is_marketing=True),
        may_confirm_opt_out(after=five, is_marketing=False, sent_before=1),
    ]
    assert allowed == [True, False, False, False]


@pytest.mark.parametrize(
    ("local", "region", "quiet"),
    [
        ("07:59", "", True),
        ("08:00", "", False),
        ("21:00", "", False),
        ("21:01", "", True),
        ("20:01", "FL", True),
        ("20:00", "FL", False),
        ("00:00", "", True),
    ],
)
def test_quiet_hours(local, region, quiet):
    assert is_quiet(time.fromisoformat(local), region=region) is quiet


def test_a_text_waits_for_the_morning():
    ready = [datetime(2026, 3, 2, hour, 30, tzinfo=UTC) for hour in (7, 12, 22)]
    assert [send_from(local).isoformat() for local in ready] == [
        "2026-03-02T08:00:00+00:00",
        "2026-03-02T12:30:00+00:00",
        "2026-03-03T08:00:00+00:00",
    ]


@pytest.mark.parametrize(
    ("ready", "zone", "goes"),
    [
        # The night has an hour less, or more: the text waits for eight on that clock, not for so many hours.
        ("2026-03-28T22:30", "Europe/Berlin", "2026-03-29T08:00:00+02:00"),
        ("2026-10-24T22:30", "Europe/Berlin", "2026-10-25T08:00:00+01:00"),
        ("2026-03-08T03:10", "America/New_York", "2026-03-08T08:00:00-04:00"),
        ("2026-11-01T01:30", "America/New_York", "2026-11-01T08:00:00-05:00"),
    ],
)
def test_a_text_waits_for_the_morning_of_a_day_on_which_clocks_change(ready, zone, goes):
    local = datetime.fromisoformat(ready).replace(tzinfo=ZoneInfo(zone))
    assert send_from(local).isoformat() == goes


def test_the_purpose_of_a_message():
    assert primary_purpose(has_promotion=False) is Purpose.TRANSACTIONAL
    assert primary_purpose(has_promotion=True) is Purpose.TRANSACTIONAL
    assert primary_purpose(has_promotion=True, news_comes_first=False) is Purpose.COMMERCIAL
    assert primary_purpose(has_promotion=True, subject_advertises=True) is Purpose.COMMERCIAL
    assert primary_purpose(has_promotion=False, subject_advertises=True) is Purpose.COMMERCIAL


def test_one_click_needs_an_https_address_and_the_exact_words():
    post = {"List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    both = unsubscription({"list-unsubscribe": "<mailto:u@example.com>, <https://example.com/u>", **post})
    assert (both.is_one_click, both.url, both.method, both.body) == (
        True,
        "https://example.com/u",
        "POST",
        "List-Unsubscribe=One-Click",
    )
    assert not unsubscription({"List-Unsubscribe": "<mailto:u@example.com>", **post}).is_one_click
    assert not unsubscription({"List-Unsubscribe": "<http://example.com/u>", **post}).is_one_click
    plain = unsubscription({"List-Unsubscribe": "<https://example.com/u>"})
    assert (plain.is_one_click, plain.url, plain.method) == (False, "https://example.com/u", "GET")


def test_only_the_exact_post_unsubscribes():
    asked = [("POST", "List-Unsubscribe=One-Click"), ("GET", "List-Unsubscribe=One-Click"), ("POST", ""), ("HEAD", "")]
    assert [unsubscribes(method, body) for method, body in asked] == [True, False, False, False]


@pytest.mark.parametrize(
    ("headers", "automatic"),
    [
        ({}, False),
        ({"Auto-Submitted": "no"}, False),
        ({"auto-submitted": "No; owner-email=a@example.com"}, False),
        ({"Auto-Submitted": "auto-replied"}, True),
        ({"Auto-Submitted": "auto-generated; type=x"}, True),
        ({"X-Auto-Response-Suppress": "All"}, True),
        ({"Return-Path": "<>"}, True),
        ({"Precedence": "auto_reply"}, True),
    ],
)
def test_what_a_machine_wrote_is_no_answer(headers, automatic):
    assert is_automatic(headers) is automatic
