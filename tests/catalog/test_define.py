"""The verbs of the catalog: what they write, what they refuse, what they leave alone."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, time
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from backorder.catalog import define, queries, reading
from backorder.catalog.models import Calendar, Item, ItemPolicy, KitPart, Location, Service, SourcingRule, Substitute
from backorder.catalog.specs import (
    CalendarSpec,
    ItemSpec,
    KitSpec,
    LocationSpec,
    PolicySpec,
    ServiceSpec,
    SourcingSpec,
    SubstituteSpec,
)
from backorder.journal.refusals import Refused

pytestmark = pytest.mark.django_db

BY = "test"


@pytest.fixture(autouse=True)
def ground() -> None:
    """One calendar, one location and two items."""
    define.define_calendar(CalendarSpec(code="uk", zone="Europe/London"), actor=BY)
    define.define_location(LocationSpec(code="MAIN", name="Main", calendar="uk"), actor=BY)
    for sku in ("LAMP", "BULB"):
        define.define_item(ItemSpec(sku=sku, name=sku.title()), actor=BY)


def facts() -> list[tuple[str, str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT fact, subject, body::text FROM journal_entry ORDER BY seq")
        return [(fact, subject, json.loads(body)) for fact, subject, body in cursor.fetchall()]


def everything() -> list[int]:
    tables = (Calendar, Location, Service, Item, ItemPolicy, Substitute, KitPart, SourcingRule)
    return [*(table.objects.count() for table in tables), queries.version()]


VERBS: dict[Callable[..., Any], Callable[..., Any]] = {
    CalendarSpec: define.define_calendar,
    LocationSpec: define.define_location,
    ServiceSpec: define.define_service,
    ItemSpec: define.define_item,
    PolicySpec: define.define_policy,
    SubstituteSpec: define.define_substitute,
    KitSpec: define.define_kit,
    SourcingSpec: define.define_sourcing,
}
GOOD: dict[Callable[..., Any], dict[str, Any]] = {
    CalendarSpec: {"code": "c"},
    LocationSpec: {"code": "L", "name": "L", "calendar": "uk"},
    ServiceSpec: {"code": "s", "name": "S", "calendar": "uk"},
    ItemSpec: {"sku": "S", "name": "S"},
    PolicySpec: {"sell": "backorder"},
    SubstituteSpec: {"sku": "LAMP", "substitute": "BULB"},
    KitSpec: {"sku": "LAMP", "parts": {"BULB": 1}},
    SourcingSpec: {"locations": ("MAIN",)},
}


@pytest.mark.parametrize(
    ("make", "wrong", "name", "field"),
    [
        (CalendarSpec, {"code": ""}, "text_has_wrong_length", "code"),
        (CalendarSpec, {"code": "x" * 65}, "text_has_wrong_length", "code"),
        (CalendarSpec, {"zone": "Moon/Base"}, "unknown_zone", "zone"),
        (CalendarSpec, {"zone": "../etc/passwd"}, "unknown_zone", "zone"),
        (CalendarSpec, {"zone": ""}, "unknown_zone", "zone"),
        (CalendarSpec, {"weekdays": ()}, "calendar_never_works", "weekdays"),
        (CalendarSpec, {"weekdays": (7,)}, "number_out_of_range", "weekdays"),
        (CalendarSpec, {"holiday_country": "XX"}, "unknown_holidays", "holiday_country"),
        (CalendarSpec, {"holiday_country": "GB", "holiday_region": "XX"}, "unknown_holidays", "holiday_region"),
        (CalendarSpec, {"closed_on": (date(1999, 1, 1),)}, "day_out_of_range", "closed_on"),
        (LocationSpec, {"calendar": "moon"}, "unknown_calendar", "calendar"),
        (LocationSpec, {"calendar": "a\0"}, "unknown_calendar", "calendar"),
        (LocationSpec, {"country": "gb"}, "not_an_iso_code", "country"),
        (LocationSpec, {"processing_days": 91}, "number_out_of_range", "processing_days"),
        (LocationSpec, {"receiving_days": -1}, "number_out_of_range", "receiving_days"),
        (LocationSpec, {"release": "never"}, "not_a_choice", "release"),
        (LocationSpec, {"name": "a\nb"}, "text_is_not_printable", "name"),
        (ServiceSpec, {"transit_min_days": 4}, "number_out_of_range", "transit_max_days"),
        (ServiceSpec, {"transit_max_days": 181}, "number_out_of_range", "transit_max_days"),
        (ItemSpec, {"sku": "x" * 65}, "text_has_wrong_length", "sku"),
        (ItemSpec, {"sku": " S"}, "text_is_not_printable", "sku"),
        (ItemSpec, {"sku": "S\0"}, "text_is_not_printable", "sku"),
        (ItemSpec, {"name": "x" * 201}, "text_has_wrong_length", "name"),
        (ItemSpec, {"price_minor": -1}, "number_out_of_range", "price_minor"),
        (ItemSpec, {"currency": "EURO"}, "not_an_iso_code", "currency"),
        (ItemSpec, {"attributes": {"a": "x\0"}}, "text_is_not_printable", "attributes.a"),
        (PolicySpec, {"sell": "give"}, "not_a_choice", "sell"),
        (PolicySpec, {"sell": "preorder"}, "preorder_needs_street_date", "street_on"),
        (PolicySpec, {"sell": "made_to_order"}, "made_to_order_needs_lead_time", "lead_time_days"),
        (PolicySpec, {"backorder_limit": 0}, "number_out_of_range", "backorder_limit"),
        (PolicySpec, {"max_per_customer": 0}, "number_out_of_range", "max_per_customer"),
        (PolicySpec, {"lead_time_days": 1001}, "number_out_of_range", "lead_time_days"),
        (PolicySpec, {"safety_units": 1.0}, "number_out_of_range", "safety_units"),
        (PolicySpec, {"sku": "NOPE"}, "unknown_item", "sku"),
        (PolicySpec, {"location": "NOPE"}, "unknown_location", "location"),
        (PolicySpec, {"street_on": date(2101, 1, 1)}, "day_out_of_range", "street_on"),
        (SubstituteSpec, {"substitute": "LAMP"}, "substitute_is_the_item_itself", "substitute"),
        (SubstituteSpec, {"substitute": "NOPE"}, "unknown_item", "substitute"),
        (KitSpec, {"parts": {"LAMP": 1}}, "kit_contains_itself", "parts"),
        (KitSpec, {"parts": {"NOPE": 1}}, "unknown_item", "parts"),
        (KitSpec, {"parts": {"BULB": 0}}, "number_out_of_range", "parts.BULB"),
        (SourcingSpec, {"locations": ("MAIN", "MAIN")}, "location_named_twice", "locations"),
        (SourcingSpec, {"locations": ("NOPE",)}, "unknown_location", "location"),
    ],
)  # fmt: skip
def test_nonsense_is_refused_and_nothing_changes(
    make: Callable[..., Any], wrong: dict[str, Any], name: str, field: str
) -> None:
    verb, good = VERBS[make], GOOD[make]
    before = everything()
    with pytest.raises(Refused) as no:
        verb(make(**good | wrong), actor=BY)
    assert (no.value.name, no.value.values["field"]) == (name, field)
    assert everything() == before
    verb(make(**good), actor=BY)


SPECS: list[Any] = [
    CalendarSpec(code="c", weekdays=(5, 6), holiday_country="GB", closed_on=(date(2026, 1, 2),)),
    LocationSpec(code="L", name="L", calendar="uk", cut_off=time(9, 30), release="when_any"),
    ServiceSpec(code="s", name="S", calendar="uk", transit_min_days=0, transit_max_days=0),
    ItemSpec(sku="S", name="S", price_minor=5, attributes={"colour": "red", "size": 3}),
    PolicySpec(sell="backorder", sku="LAMP", location="MAIN", channel="web", backorder_limit=5),
    PolicySpec(sell="preorder", street_on=date(2030, 1, 1)),
    SubstituteSpec(sku="LAMP", substitute="BULB", price_difference_minor=-5),
    KitSpec(sku="LAMP", parts={"BULB": 2}),
    SourcingSpec(channel="web", country="GB", locations=("MAIN",)),
]


@pytest.mark.parametrize("spec", SPECS)
def test_saying_the_same_twice_changes_nothing(spec: Any) -> None:
    verb = VERBS[type(spec)]
    first = verb(spec, actor=BY)
    before = everything(), len(facts())
    assert verb(spec, actor=BY) == first
    assert (everything(), len(facts())) == before


@pytest.mark.parametrize("spec", SPECS)
def test_what_was_said_can_be_read_again(spec: Any) -> None:
    VERBS[type(spec)](spec, actor=BY)
    read: dict[type, Callable[[], list[Any]]] = {
        CalendarSpec: reading.calendars,
        LocationSpec: reading.locations,
        ServiceSpec: reading.services,
        ItemSpec: lambda: reading.items(after=None, limit=10),
        PolicySpec: lambda: [policy for _, policy in reading.policies(sku=None, after=None, limit=10)],
        SubstituteSpec: lambda: reading.substitutes("LAMP"),
        KitSpec: lambda: [reading.kit("LAMP")],
        SourcingSpec: reading.sourcing,
    }
    assert spec in read[type(spec)]()


class TestItems:
    def test_many_rows_are_answered_one_by_one(self) -> None:
        answers = define.define_items(
            [
                ItemSpec(sku="NEW", name="New"),
                ItemSpec(sku="", name="Nameless"),
                ItemSpec(sku="LAMP", name="Better lamp"),
                ItemSpec(sku="NEW", name="New again"),
                ItemSpec(sku="BULB", name="Bulb"),
            ],
            actor=BY,
        )
        ids = dict(Item.objects.values_list("sku", "id"))
        names = [answer.name if isinstance(answer, Refused) else answer for answer in answers]
        assert names == [ids["NEW"], "text_has_wrong_length", ids["LAMP"], "sku_twice_in_batch", ids["BULB"]]
        assert dict(Item.objects.values_list("sku", "name")) == {"LAMP": "Better lamp", "BULB": "Bulb", "NEW": "New"}
        # Only what changed is told.
        told = [fact for fact in facts() if fact[0] == "item.defined"][2:]
        assert told == [
            ("item.defined", f"item/{ids['LAMP']}", {"made": False}),
            ("item.defined", f"item/{ids['NEW']}", {"made": True}),
        ]

    def test_a_thousand_items_cost_as_many_statements_as_one(self) -> None:
        def cost(count: int, prefix: str) -> int:
            with CaptureQueriesContext(connection) as seen:
                define.define_items([ItemSpec(sku=f"{prefix}{n}", name="Item") for n in range(count)], actor=BY)
            return len(seen)

        assert cost(1, "A") == cost(1000, "B")
        assert Item.objects.count() == 1003

    def test_every_item_has_a_queue(self) -> None:
        define.define_items([ItemSpec(sku=f"I{n}", name="Item") for n in range(5)], actor=BY)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM catalog_item i LEFT JOIN orders_queue q ON q.item_id = i.id"
                " WHERE q.item_id IS NULL"
            )
            assert cursor.fetchone() == (0,)


class TestKits:
    def test_parts_are_replaced_whole_and_taken_away(self) -> None:
        define.define_item(ItemSpec(sku="CAP", name="Cap"), actor=BY)
        define.define_kit(KitSpec(sku="LAMP", parts={"BULB": 2}), actor=BY)
        define.define_kit(KitSpec(sku="LAMP", parts={"CAP": 1}), actor=BY)
        assert reading.kit("LAMP").parts == {"CAP": 1}
        define.define_kit(KitSpec(sku="LAMP", parts={}), actor=BY)
        assert reading.kit("LAMP").parts == {}

    def test_kits_do_not_contain_kits(self) -> None:
        define.define_item(ItemSpec(sku="SET", name="Set"), actor=BY)
        define.define_kit(KitSpec(sku="LAMP", parts={"BULB": 2}), actor=BY)
        for sku, part, name in (("SET", "LAMP", "kit_contains_a_kit"), ("BULB", "SET", "kit_is_a_part")):
            with pytest.raises(Refused) as no:
                define.define_kit(KitSpec(sku=sku, parts={part: 1}), actor=BY)
            assert no.value.name == name
        assert list(KitPart.objects.values_list("kit__sku", "part__sku", "units")) == [("LAMP", "BULB", 2)]


class TestRemoving:
    def test_a_policy_is_removed_by_its_exact_scope(self) -> None:
        define.define_policy(PolicySpec(sell="backorder", sku="LAMP"), actor=BY)
        with pytest.raises(Refused, match="unknown_policy"):
            define.remove_policy(sku="LAMP", channel="web", actor=BY)
        assert ItemPolicy.objects.count() == 1
        define.remove_policy(sku="LAMP", actor=BY)
        assert ItemPolicy.objects.count() == 0

    def test_a_substitute_is_removed_once(self) -> None:
        define.define_substitute(SubstituteSpec(sku="LAMP", substitute="BULB"), actor=BY)
        before = queries.version()
        define.remove_substitute("LAMP", substitute="BULB", actor=BY)
        assert queries.version() > before
        with pytest.raises(Refused, match="unknown_substitute"):
            define.remove_substitute("LAMP", substitute="BULB", actor=BY)


def test_a_rolled_back_change_is_forgotten() -> None:
    """What was read before a rollback is not taken for what another change made after it."""
    before = queries.version()
    with transaction.atomic():
        define.define_item(ItemSpec(sku="GHOST", name="Ghost"), actor=BY)
        assert set(queries.items_by_sku(["GHOST"])) == {"GHOST"}
        transaction.set_rollback(True)
    assert queries.version() == before
    define.define_item(ItemSpec(sku="REAL", name="Real"), actor=BY)
    assert set(queries.items_by_sku(["GHOST", "REAL"])) == {"REAL"}
