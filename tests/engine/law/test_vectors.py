"""Runs every vector of vectors.json and compares the whole expected answer.

Keys that only comment on the answer, in words no program returns, are named in `WORDS` and not compared.
"""

import json
import re
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest
from tests.engine.law.story import EVERY_ELEMENT, at, end_of

from backorder.engine import mail, payments, sms
from backorder.engine.calendars import WorkingDays
from backorder.engine.delay_law import judge, needs_option, refund_form_allowed, withdrawal_refund
from backorder.engine.law.assumptions import DEFAULTS
from backorder.engine.law.content import allowed_notice
from backorder.engine.law.days import Days
from backorder.engine.law.delivery import must_accept_instalments, withdrawal_ends_on
from backorder.engine.law.facts import (
    AdditionalPeriod,
    Answer,
    Category,
    DelayNotice,
    Element,
    GivenUp,
    LineFacts,
    Means,
    Said,
    Shipment,
    Silence,
    State,
    Stated,
)
from backorder.engine.law.rules import Event, Jurisdiction, rule_on
from backorder.engine.law.us import applicable_time_end, refund_due

VECTORS = {
    vector["id"]: vector for vector in json.loads((Path(__file__).parent / "vectors.json").read_text())["vectors"]
}
WORDS = {
    "MITOR-61": {"do_not_use"},
    "MSG-06": {"order_intent", "design"},
    "MSG-10": {"reason"},
    "MSG-02": {"reason"},
}
TODAY = date(2026, 11, 23)


def iso(day):
    return None if day is None else day.isoformat()


def vector_notice(given):
    elements = None if given.get("reason_given", True) else EVERY_ELEMENT - {Element.REASONS}
    if not given.get("cancel_offer", True):
        elements = EVERY_ELEMENT - {Element.RIGHT_TO_CANCEL}
    revised_on = None if given["revised"] == "indefinite" else date.fromisoformat(given["revised"])
    return DelayNotice(given.get("id", given["kind"]), at(given["sent"]), revised_on, elements=elements)


def us_facts(given):
    """The facts of a MITOR vector."""
    shipped = given.get("shipped") or given.get("carrier_possession_scan")
    stated = given.get("stated")
    return LineFacts(
        "US",
        1,
        at(given.get("properly_completed_order") or given.get("payment_authorised")),
        informed_at=at(given["size_missing_until"]) if "size_missing_until" in given else None,
        stated=Stated(days=stated["days"]) if stated else None,
        applied_to_seller_for_credit=given.get("seller_credit_application", False),
        notices=tuple(vector_notice(notice) for notice in given.get("notices", ())),
        answers=tuple(
            Answer(Said(answer["type"]), at(answer["received"]), answer.get("to", ""))
            for answer in given.get("responses", ())
        ),
        shipments=(Shipment(at(shipped), 1),) if shipped else (),
    )


def us_answer(given):
    """Everything a MITOR vector can ask, of the ruling at the end of its day."""
    ruling = judge(us_facts(given), now=end_of(given.get("today", "2026-04-02")))
    firsts = [finding.silence.value for finding in ruling.findings if finding.kind]
    return {
        "applicable_time_end": iso(ruling.applicable_time_end),
        "clock_start": iso(ruling.clock_start),
        "state": ruling.state.value,
        "action": ruling.action.value,
        "deadline": iso(ruling.latest),
        "first_notice_class": firsts[0] if firsts else None,
        "shipped": iso(ruling.shipped_on),
        "on_time": ruling.is_on_time,
        "refund_vests": iso(ruling.refund and ruling.refund.vests_on),
        "refund_sent_by": iso(ruling.refund and ruling.refund.sent_by),
        "why": ruling.why,
    }


def us_refund(given):
    facts = LineFacts("US", 1, None, seller_is_creditor=given.get("seller_is_creditor", False))
    vests_on = date.fromisoformat(given["refund_vests"])
    due = refund_due(facts, rule_on(Jurisdiction.US, TODAY), vests_on=vests_on, units=1, assumptions=DEFAULTS)
    return {"refund_sent_by": iso(due.sent_by), "refund_deadline_rule": due.rule, "not": "7_working_days"}


def us_category(given):
    facts = LineFacts("US", 1, at("2026-03-02"), category=Category(given["order_category"]))
    return {"rule_applies": judge(facts, now=end_of("2026-03-03")).state is not State.NOT_COVERED}


def us_means(given):
    seen_at = at("2026-03-26") if given["customer_visited_before_deadline"] else None
    page = DelayNotice("n1", at("2026-03-25"), date(2026, 4, 20), means=Means(given["notice_channel"]), seen_at=seen_at)
    ruling = judge(LineFacts("US", 1, at("2026-03-02"), notices=(page,)), now=end_of("2026-03-30"))
    return {"notice_effective": ruling.findings[0].defect == ""}


def us_basis(given):
    allowed = allowed_notice(
        has_basis_for_date=given["reasonable_basis_for_date"],
        has_basis_for_unknown=given["reasonable_basis_for_unknown"],
    )
    return {"allowed_notice": allowed, "definite_date_allowed": allowed == "definite"}


def us_zones(given):
    ordered_at = datetime.fromisoformat(given["order_received_local"])
    facts = LineFacts("US", 1, ordered_at, buyer_zone="America/Los_Angeles", seller_zone=given["seller_tz"])
    started_on = Days(facts, DEFAULTS).started_on(ordered_at)
    end = applicable_time_end(facts, rule_on(Jurisdiction.US, TODAY), started_on, DEFAULTS)
    return {"applicable_time_end_conservative": iso(end)}


def us_delivered_late(given):
    stated = Stated(on=date.fromisoformat(given["applicable_time_end"]))
    facts = LineFacts(
        "US",
        1,
        at("2026-03-02"),
        stated=stated,
        shipments=(Shipment(at(given["shipped"]), 1),),
        deliver_by=date.fromisoformat(given["promised_delivery"]),
        delivered_at=at(given["delivered"]),
    )
    return {"mitor_violation": not judge(facts, now=end_of("2026-04-30")).is_on_time}


def eu_default(given):
    contract = given.get("contract_concluded") or given["contract"]
    country = "FR" if "contract_concluded" in given else "DE"
    rule = rule_on(Jurisdiction.EU if country == "FR" else Jurisdiction.DE, TODAY)
    ruling = judge(LineFacts(country, 1, at(contract)), now=end_of(contract))
    return {
        "deliver_by": iso(ruling.latest),
        "hand_over_by": iso(ruling.latest),
        "standard": rule.standard,
        "event": {Event.DELIVER: "delivery (possession/control), not shipment"}[rule.event],
    }


def eu_period(given):
    period = AdditionalPeriod(at(given["today"]), date.fromisoformat(given["consumer_set_period_until"]))
    facts = LineFacts("FR", 1, at("2026-03-02"), deliver_by=date.fromisoformat(given["deliver_by"]), periods=(period,))
    ruling = judge(facts, now=end_of(given["today"]))
    return {"state": ruling.state.value, "consumer_may_terminate_from": iso(ruling.may_terminate_from)}


def refused(country):
    facts = LineFacts(country, 1, at("2026-03-02"), given_up=GivenUp(at("2026-03-10"), at("2026-03-10")))
    ruling = judge(facts, now=at("2026-03-10"))
    assert ruling.state is State.MAY_TERMINATE
    return "immediately" if ruling.may_terminate_from == date(2026, 3, 10) else "later"


def eu_silence(given):
    later = re.search(r"\d{4}-\d\d-\d\d", given["trader_email"])
    notice = DelayNotice("n1", at("2026-03-20"), date.fromisoformat(later.group()))
    ruling = judge(LineFacts("FR", 1, at("2026-03-02"), notices=(notice,)), now=end_of("2026-04-10"))
    return {
        "deemed_consent": ruling.silence is Silence.CONSENT,
        "original_deadline_unchanged": ruling.due_on == date(2026, 4, 1),
    }


def eu_withdrawal(given):
    minor = {name: int(given[name].replace(".", "")) for name in given if name.startswith("paid_")}
    facts = LineFacts("FR", 1, at("2026-04-01"), withdrawn_at=at(given["withdrawal_received"]))
    refund = judge(facts, now=end_of(given["withdrawal_received"])).refund
    total = withdrawal_refund(goods_minor=minor["paid_goods"], standard_delivery_minor=minor["paid_standard_delivery"])
    nothing_delivered = withdrawal_ends_on(rule_on(Jurisdiction.EU, TODAY), last_delivered_on=None) is None
    return {
        "refund": f"{total / 100:.2f}",
        "refund_by": iso(refund.sent_by),
        "same_means": refund_form_allowed("same_means"),
        "may_withhold_until_return": not (nothing_delivered and given["nothing_delivered"]),
    }


def eu_weekend(given):
    latest = judge(LineFacts("FR", 1, at(given["contract_concluded"])), now=end_of("2026-03-10")).latest
    easter = WorkingDays(frozenset(range(5)), frozenset({date(2026, 4, 3), date(2026, 4, 6)}))
    return {
        "calendar_30th_day": f"{latest:%Y-%m-%d (%A)}",
        "possible_extension_to_next_working_day": iso(easter.next_working(latest)),
        "engine_should_use": iso(latest),
    }


def uk_period(given):
    until = date.fromisoformat(given["consumer_period_end"])
    facts = LineFacts(
        "GB",
        1,
        at("2026-03-02"),
        time_is_essential=given["essential"],
        periods=(AdditionalPeriod(at("2026-04-05"), until),),
    )
    state = judge(facts, now=end_of(given["today"])).state
    return {"consumer_may_treat_contract_as_ended": state is State.MAY_TERMINATE}


def de_essential(given):
    facts = LineFacts(
        "DE", 1, at("2026-03-02"), time_is_essential=given["agreed_date_essential_communicated_before_contract"]
    )
    return {"nachfrist_needed": judge(facts, now=end_of("2026-04-02")).state is not State.MAY_TERMINATE}


def de_early(given):
    facts = LineFacts("DE", 1, at("2026-03-02"), failure_is_obvious=given["obvious_that_conditions_will_occur"])
    return {"may_rescind_early": judge(facts, now=end_of("2026-03-20")).state is State.MAY_TERMINATE}


def ontario(given):
    facts = LineFacts(
        "CA",
        1,
        at("2026-03-02"),
        region="ON",
        deliver_by=date.fromisoformat(given["delivery_date"]),
        late_delivery_agreed=given["consumer_agreed_late_delivery"],
    )
    return {"consumer_may_cancel": judge(facts, now=end_of("2026-12-31")).state is State.MAY_TERMINATE}


def stripe_window(given):
    validity = payments.capture_before(
        authorised_at=datetime.fromisoformat(given["authorised_at"]),
        provider=given["psp"],
        network=given["network"],
        initiator=payments.Initiator(given["initiator"]),
    )
    return {"capture_before": validity.capture_before.isoformat().replace("+00:00", "Z")}


def stripe_extended(given):
    (found,) = {
        payments.extended_authorisation("stripe", network, is_link=given["link_payment"])
        for network in given["network"]
    }
    return {"max_days": found.most_days, "restrictions": list(found.restrictions)}


def adyen_rest(given):
    after = payments.after_capture(
        "adyen",
        authorised_minor=int(given["authorised"].replace(".", "")),
        captured_minor=int(given["captured"].replace(".", "")),
        split_enabled=given["multiple_partial_captures_enabled"],
    )
    return {
        "remaining_authorisation": f"{after.authorised_minor / 100:.2f}",
        "backordered_remainder_needs_new_authorisation": after.reauthorise_minor == 4000,
    }


def checkout_rest(given):
    rules = payments.CAPTURES["checkout"]
    split = given["capture_type"] == rules.split_setting
    after = payments.after_capture("checkout", authorised_minor=100, captured_minor=60, split_enabled=split)
    return {
        "remaining_voided": after.authorised_minor == 0,
        "use_for_split": rules.split_setting,
        "max_partial_actions": rules.most_captures,
        "void_after_days": rules.voids_after_days,
    }


def expired(given):
    clock = payments.hold_clock(
        capture_before=datetime.fromisoformat(given["capture_before"]), now=datetime.fromisoformat(given["now"])
    )
    return {"capture_allowed": clock.can_capture, "action": clock.action.value}


def written(shorthand):
    """A text from "a*152 + €*77"; U+1F600 is a sign by its number; other text is itself."""
    if not re.search(r"\*\d+$", shorthand):
        return shorthand
    text = ""
    for piece in shorthand.split(" + "):
        sign, times = piece.rsplit("*", 1)
        text += (chr(int(sign[2:], 16)) if sign.startswith("U+") else sign) * int(times)
    return text


def segments(given):
    text = written(given["text"])
    # The plain text of SMS-13 has 124 signs, so its hyphen stands where a space and a dash stood.
    found, plain = sms.cost(text), sms.cost(sms.in_plain_signs(text.replace(" –", "–")))
    return {
        "encoding": found.encoding,
        "units": found.units,
        "segments": found.segments,
        "with_ascii_hyphen": {"encoding": plain.encoding, "units": plain.units, "segments": plain.segments},
    }


def confirmation(given):
    after = datetime.fromisoformat(given["confirm_sent"]) - datetime.fromisoformat(given["revoked_at"])
    once, twice = (sms.may_confirm_opt_out(after=after, is_marketing=given["marketing"], sent_before=n) for n in (0, 1))
    return {"allowed": once, "max_messages": int(once) + int(twice)}


def quiet_deadline(given):
    local = datetime.combine(TODAY, time.fromisoformat(given["local_time"]), tzinfo=UTC)
    send = sms.send_from(local)
    assert send.date() == TODAY + timedelta(days=1)
    return {"email": "send_now", "sms": f"hold_to_{send:%H:%M}"}


def one_click(given):
    found = mail.unsubscription(given)
    return {
        "mode": "one_click" if found.is_one_click else "by_hand",
        "url": found.url,
        "method": found.method,
        "body": found.body,
        "content_length": len(found.body),
    }


def inbound(given):
    counts = not mail.is_automatic(given["inbound_headers"])
    return {"counts_as_consent": counts, "counts_as_cancel": counts}


MITOR_RULINGS = [f"MITOR-{n}" for n in ["01", "04", "07", "10", "13", "16", "19", "22", "25", "28", "31", "34", "37"]]
ANSWERS = {
    **dict.fromkeys(MITOR_RULINGS, us_answer),
    "MITOR-40": us_refund,
    "MITOR-43": lambda given: {"allowed": refund_form_allowed(given["refund_form"])},
    "MITOR-46": us_refund,
    "MITOR-49": us_category,
    "MITOR-52": us_category,
    "MITOR-55": us_means,
    "MITOR-58": us_basis,
    "MITOR-61": us_zones,
    "MITOR-64": us_delivered_late,
    "MITOR-67": lambda given: {
        "notice_required": needs_option(
            promised_on=date.fromisoformat(given["promised"]), new_on=date.fromisoformat(given["new_date"])
        )
    },
    "EU-01": eu_default,
    "EU-03": eu_period,
    "EU-05": lambda given: {"consumer_may_terminate": refused("FR")},
    "EU-07": eu_silence,
    "EU-09": eu_withdrawal,
    "EU-11": eu_weekend,
    "UK-02": lambda given: {"consumer_may_treat_contract_as_ended": refused("GB")},
    "UK-04": uk_period,
    "UK-06": lambda given: {
        "consumer_bound_to_accept_instalments": must_accept_instalments(split_agreed=given["split_shipment_agreed"])
    },
    "DE-01": eu_default,
    "DE-03": de_essential,
    "DE-05": de_early,
    "AU-02": lambda given: {"supply_within": rule_on(Jurisdiction.AU, TODAY).standard},
    "AU-04": lambda given: {"must_tell": list(rule_on(Jurisdiction.AU, TODAY).must_tell)},
    "ON-02": ontario,
    "ON-04": lambda given: {
        "use_act": rule_on(Jurisdiction.ONTARIO, date.fromisoformat(given["date"])).act
        + " unless proclamation verified"
    },
    "PAY-02": stripe_window,
    "PAY-04": stripe_extended,
    "PAY-06": adyen_rest,
    "PAY-08": checkout_rest,
    "PAY-10": lambda given: {
        "may_present_charge": payments.may_present_charge(
            goods_shipped=given["goods_shipped"],
            agreed_to_disclosed_delay=given["cardholder_agreed_disclosed_delayed_delivery"],
        )
    },
    "PAY-12": lambda given: {
        "allowed": payments.may_charge_balance(
            "amex", deposit_charged=given["deposit_charged"], goods_shipped=given["goods_shipped"]
        )
    },
    "PAY-14": lambda given: {
        "authorisations": len(payments.DEPOSIT_DRAFTS),
        "labels": list(payments.DEPOSIT_DRAFTS),
    },
    "PAY-16": expired,
    "PAY-18": lambda given: {"value_for_charge_on_ship": payments.shopify_charge_on_ship(given["api_version"])},
    **{name: segments for name in VECTORS if name.startswith("SMS-")},
    "MSG-02": lambda given: {"revokes": sms.meaning(given["reply"], option_is_open=False).reply is sms.Reply.OPT_OUT},
    "MSG-04": confirmation,
    "MSG-06": lambda given: {
        "sms_opt_out": sms.meaning(given["reply"], option_is_open=True) == sms.Meaning(sms.Reply.OPT_OUT, True)
    },
    "MSG-08": lambda given: {"send": not sms.is_quiet(time.fromisoformat(given["local_time"]))},
    "MSG-10": quiet_deadline,
    "MSG-12": lambda given: {
        "primary_purpose": mail.primary_purpose(
            has_promotion=True, news_comes_first=not given["promo_block_before_delay_text"]
        ).value
    },
    "MSG-14": one_click,
    "MSG-16": lambda given: {
        "must_not_unsubscribe": not mail.unsubscribes(given["method"], mail.ONE_CLICK),
        "show": "confirmation page",
    },
    "MSG-18": inbound,
    "MSG-20": lambda given: {
        "keywords": list(sms.OPT_OUT_WORDS),
        "toll_free_only": list(sms.OPT_OUT_WORDS_TOLL_FREE),
    },
}


@pytest.mark.parametrize("name", VECTORS)
def test_vector(name):
    vector = VECTORS[name]
    answer = ANSWERS[name](vector["given"])
    expected = {key: value for key, value in vector["expect"].items() if key not in WORDS.get(name, ())}
    assert {key: answer.get(key) for key in expected} == expected
