"""The rules of each jurisdiction as dated data: which act, from when, and its numbers.

The law changes here and nowhere else. A rule with `effective_from` None was passed but is not known to be in force.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum


class Jurisdiction(StrEnum):
    """Whose law."""

    US = "us"
    EU = "eu"
    DE = "de"
    UK = "uk"
    AU = "au"
    ONTARIO = "ontario"
    STRICTEST = "strictest"  # Nobody's: what is applied where no rule is known.


class Event(StrEnum):
    """Which event stops the clock."""

    SHIP = "ship"
    DELIVER = "deliver"
    SUPPLY = "supply"


@dataclass(frozen=True, slots=True)
class Rule:
    """The numbers and paragraphs of one act.

    `default_days` apply when no time was stated; None is "a reasonable time". `grace_days` are the days of lateness
    after which the consumer may cancel. Up to `short_delay_days` after the stated time silence consents to a first
    delay; None: it never does. `refund_working_days` or `refund_days`; with neither the law says "without undue delay".
    `may_cite` false: a directive binds states, so it is never named to a customer.
    """

    jurisdiction: Jurisdiction
    act: str
    effective_from: date | None
    event: Event
    default_days: int | None
    source: str
    credit_days: int | None = None
    grace_days: int = 0
    short_delay_days: int | None = None
    longest_unconsented_days: int | None = None
    refund_working_days: int | None = None
    refund_days: int | None = None
    withdrawal_days: int | None = None
    send_back_days: int | None = None  # After the withdrawal was declared.
    must_ask: bool = False
    must_cancel: bool = False
    period_only_after_due: bool = False
    may_cite: bool = True
    cites: Mapping[str, str] = field(default_factory=dict)
    must_tell: tuple[str, ...] = ()
    standard: str = ""  # How promptly, in the act's own words.


@dataclass(frozen=True, slots=True)
class Duty:
    """Something else a shop must have from a day on, beside the clocks."""

    name: str
    effective_from: date
    paragraph: str


ECFR = "https://www.ecfr.gov/current/title-16/chapter-I/subchapter-D/part-435"
MITOR_CITES = {
    "time": "(a)(1)",
    "ask": "(b)(1)",
    "short": "(b)(1)(ii)",
    "long": "(b)(1)(iii)",
    "agreed": "(b)(1)(iii)(B)",
    "further": "(b)(1)(iv)",
    "renew": "(b)(2)",
    "renewed": "(b)(2)(ii)",
    "indefinite": "(b)(1)(iii)(B),(b)(2)(iii)",
    "give_up": "(b)(4),(c)(4)",
}

RULES: tuple[Rule, ...] = (
    Rule(
        Jurisdiction.US,
        "16 CFR 435 (MITOR), as amended by 79 FR 55615",
        date(2014, 12, 8),
        Event.SHIP,
        default_days=30,
        credit_days=50,
        short_delay_days=30,
        longest_unconsented_days=30,
        refund_working_days=7,
        must_ask=True,
        must_cancel=True,
        cites=MITOR_CITES,
        source=ECFR,
    ),
    Rule(
        Jurisdiction.STRICTEST,
        "no rule known: the US clock, silence never consents, refund without undue delay",
        date(1, 1, 1),
        Event.SHIP,
        default_days=30,
        longest_unconsented_days=30,
        must_ask=True,
        must_cancel=True,
        may_cite=False,
        cites=MITOR_CITES,
        source=ECFR,
    ),
    Rule(
        Jurisdiction.EU,
        "Directive 2011/83/EU",
        date(2014, 6, 13),
        Event.DELIVER,
        default_days=30,
        withdrawal_days=14,
        send_back_days=14,
        may_cite=False,
        standard="without undue delay and not later than 30 days",
        cites={"time": "18(1)", "period": "18(2) subpara 1", "at_once": "18(2) subpara 2", "refund": "18(3)"},
        source="https://eur-lex.europa.eu/eli/dir/2011/83/oj",
    ),
    Rule(
        Jurisdiction.DE,
        "BGB",
        date(2014, 6, 13),
        Event.DELIVER,
        default_days=30,
        withdrawal_days=14,
        send_back_days=14,
        period_only_after_due=True,
        standard="unverzueglich",
        cites={
            "time": "475(1)",
            "period": "323(1)",
            "at_once": "323(2)",
            "early": "323(4)",
            "part": "323(5) s1",
            "refund": "346(1)",
        },
        source="https://www.gesetze-im-internet.de/bgb/__323.html",
    ),
    Rule(
        Jurisdiction.UK,
        "Consumer Rights Act 2015",
        date(2015, 10, 1),
        Event.DELIVER,
        default_days=30,
        withdrawal_days=14,
        send_back_days=14,
        standard="without undue delay",
        cites={
            "time": "s28(3)",
            "period": "s28(7)-(8)",
            "at_once": "s28(6)",
            "refund": "s28(9)",
            "short_delivery": "s25(1)",
            "instalments": "s26(1)",
        },
        source="https://www.legislation.gov.uk/ukpga/2015/15/section/28",
    ),
    Rule(
        Jurisdiction.AU,
        "Australian Consumer Law s36",
        date(2011, 1, 1),
        Event.SUPPLY,
        default_days=None,
        standard="reasonable time",
        cites={"time": "36(4)", "refund": "ACCC guidance", "tell": "ACCC guidance"},
        must_tell=("stock availability", "likely timing", "remedies"),
        source="https://www.accc.gov.au/consumers/sales-delivery/non-delivery-of-products-services",
    ),
    Rule(
        Jurisdiction.ONTARIO,
        "CPA 2002",
        date(2005, 7, 30),
        Event.DELIVER,
        default_days=30,
        grace_days=30,
        refund_days=15,
        cites={"time": "s26", "at_once": "s26", "refund": "s26"},
        source="https://www.cleo.on.ca/en/publications/otmshop/how-do-i-cancel-agreement",
    ),
    Rule(
        Jurisdiction.ONTARIO,
        "CPA 2023",
        None,  # Assented 2023-12-06; not in force in the latest source (2025).
        Event.DELIVER,
        default_days=30,
        grace_days=30,
        refund_days=15,
        source="https://www.ontariocanada.com/registry/view.do?language=en&postingId=49574",
    ),
)


@dataclass(frozen=True, slots=True)
class Penalty:
    """The most a violation can cost under FTC Act 5(m)(1)(A), in whole dollars: for people to read, never for logic."""

    since: date
    dollars: int
    source: str


PENALTIES = (
    Penalty(date(2023, 1, 1), 50_120, "amount of 2023"),
    Penalty(date(2025, 1, 17), 53_088, "90 FR 5580"),  # The amount of 2026 is not known here.
)

DUTIES: Mapping[Jurisdiction, tuple[Duty, ...]] = {
    jurisdiction: (
        Duty("withdrawal_function", date(2026, 6, 19), "Directive 2011/83/EU 11a"),
        Duty("durability_and_repair_information", date(2026, 9, 27), "Directive 2024/825"),
    )
    for jurisdiction in (Jurisdiction.EU, Jurisdiction.DE)
}

# The European Economic Area, to all of which Directive 2011/83/EU applies.
EEA = frozenset(
    "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK".split()  # noqa: SIM905
)
COUNTRIES: Mapping[str, Jurisdiction] = {
    **dict.fromkeys(EEA, Jurisdiction.EU),
    "DE": Jurisdiction.DE,
    "GB": Jurisdiction.UK,
    "US": Jurisdiction.US,
    "AU": Jurisdiction.AU,
}
REGIONS: Mapping[tuple[str, str], Jurisdiction] = {("CA", "ON"): Jurisdiction.ONTARIO}


def jurisdiction_of(country: str, region: str = "") -> Jurisdiction:
    """Whose law an order to this country (ISO 3166-1) and region (ISO 3166-2 without the country) follows."""
    key = country.upper(), region.upper().removeprefix(f"{country.upper()}-")
    return REGIONS.get(key) or COUNTRIES.get(key[0], Jurisdiction.STRICTEST)


def rule_on(jurisdiction: Jurisdiction, day: date) -> Rule:
    """The rule in force on a day; before the first one known, the first."""
    known = [(rule.effective_from, rule) for rule in RULES if rule.jurisdiction == jurisdiction]
    dated = sorted(((since, rule) for since, rule in known if since is not None), key=lambda pair: pair[0])
    return ([rule for since, rule in dated if since <= day] or [dated[0][1]])[-1]


def duties_on(jurisdiction: Jurisdiction, day: date) -> tuple[Duty, ...]:
    """The further duties in force on a day."""
    return tuple(duty for duty in DUTIES.get(jurisdiction, ()) if duty.effective_from <= day)
