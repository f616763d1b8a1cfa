"""What orders read of the catalog: right answers, from memory, never stale."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backorder.catalog import queries, warm
from backorder.catalog.define import (
    define_calendar,
    define_item,
    define_items,
    define_kit,
    define_location,
    define_policy,
    define_service,
    define_sourcing,
    define_substitute,
    remove_policy,
)
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
from backorder.engine.model import Policy, Sell
from backorder.journal.refusals import Refused

pytestmark = pytest.mark.django_db

BY = "test"


@pytest.fixture
def places() -> dict[str, int]:
    """Two warehouses, a calendar that keeps English holidays and one service."""
    define_calendar(CalendarSpec(code="uk", zone="Europe/London", holiday_country="GB", holiday_region="ENG"), actor=BY)
    define_calendar(CalendarSpec(code="parcels", weekdays=(0, 1, 2, 3, 4, 5)), actor=BY)
    main = define_location(LocationSpec(code="MAIN", name="Main", calendar="uk", processing_days=1, rank=1), actor=BY)
    shop = define_location(LocationSpec(code="SHOP", name="Shop", calendar="uk", rank=2), actor=BY)
    post = define_service(ServiceSpec(code="post", name="Post", calendar="parcels"), actor=BY)
    return {"MAIN": main, "SHOP": shop, "post": post}


def lamp(**values: object) -> int:
    return define_item(ItemSpec(sku="LAMP", name="Lamp", **values), actor=BY)  # type: ignore[arg-type]


def policy_of(item: int, *, channel: str = "web", country: str = "GB") -> Policy:
    return queries.policies([item], channel=channel, country=country)[item]


class TestVersion:
    def test_every_change_renews_it_and_saying_the_same_does_not(self, places: dict[str, int]) -> None:
        before = queries.version()
        lamp()
        after = queries.version()
        assert after > before
        lamp()
        assert queries.version() == after
        lamp(active=False)
        assert queries.version() > after

    def test_a_warm_batch_costs_one_statement_and_none_with_the_version_in_hand(self, places: dict[str, int]) -> None:
        ids = define_items([ItemSpec(sku=f"I{n}", name="Item") for n in range(100)], actor=BY)

        def ask(version: int | None = None) -> None:
            now = queries.current(version=version)
            assert len(now.items_by_sku([f"I{n}" for n in range(100)])) == 100
            now.policies(ids, channel="web", country="GB")  # type: ignore[arg-type]
            now.kit_parts(ids)  # type: ignore[arg-type]
            now.routes(channel="web", country="GB", service_id=places["post"])

        ask()
        with CaptureQueriesContext(connection) as seen:
            ask()
        assert len(seen) == 1
        known = queries.version()
        with CaptureQueriesContext(connection) as seen:
            ask(known)
        assert len(seen) == 0

    def test_only_missing_items_are_read(self, places: dict[str, int]) -> None:
        lamp()
        define_item(ItemSpec(sku="SHADE", name="Shade"), actor=BY)
        now = queries.current()
        now.items_by_sku(["LAMP"])
        with CaptureQueriesContext(connection) as seen:
            assert set(now.items_by_sku(["LAMP", "SHADE"])) == {"LAMP", "SHADE"}
        assert len(seen) == 4, "the item, and on the way its policies, parts and substitutes"
        with CaptureQueriesContext(connection) as seen:
            now.items_by_sku(["LAMP", "SHADE"])
        assert len(seen) == 0

    def test_a_new_snapshot_keeps_the_routes_that_are_the_same(self, places: dict[str, int]) -> None:
        def routes() -> list[int]:
            return [id(r) for r in queries.routes(channel="web", country="GB", service_id=places["post"])]

        before = routes()
        lamp()
        assert routes() == before


class TestItems:
    def test_unknown_skus_are_absent_and_zero_bytes_do_no_harm(self) -> None:
        item = lamp(price_minor=1999)
        found = queries.items_by_sku(["LAMP", "NOPE", "A\0B"])
        assert list(found) == ["LAMP"]
        row = found["LAMP"]
        assert (row.id, row.name, row.price_minor, row.currency, row.active) == (item, "Lamp", 1999, "GBP", True)

    def test_a_sku_unknown_before_is_found_after_it_was_made(self) -> None:
        assert queries.items_by_sku(["LAMP"]) == {}
        item = lamp()
        assert queries.items_by_sku(["LAMP"])["LAMP"].id == item

    def test_kits_and_substitutes(self) -> None:
        kit, bulb = lamp(), define_item(ItemSpec(sku="BULB", name="Bulb"), actor=BY)
        other = define_item(ItemSpec(sku="OTHER", name="Other"), actor=BY)
        define_kit(KitSpec(sku="LAMP", parts={"BULB": 3}), actor=BY)
        define_substitute(SubstituteSpec(sku="LAMP", substitute="OTHER", price_difference_minor=-50), actor=BY)
        assert queries.kit_parts([kit, bulb]) == {kit: ((bulb, 3),)}
        assert queries.substitutes(kit) == ((other, -50),)


class TestPolicies:
    def test_no_row_sells_from_stock_only(self, places: dict[str, int]) -> None:
        assert policy_of(lamp()) == Policy(Sell.STOCK_ONLY)

    def test_item_before_location_before_channel(self, places: dict[str, int]) -> None:
        item = lamp()
        expected: list[tuple[PolicySpec, int]] = [
            (PolicySpec(sell="backorder", lead_time_days=1), 1),
            (PolicySpec(sell="backorder", lead_time_days=2, channel="web"), 2),
            (PolicySpec(sell="backorder", lead_time_days=3, sku="LAMP"), 3),
            (PolicySpec(sell="backorder", lead_time_days=4, sku="LAMP", channel="web"), 4),
        ]
        for spec, days in expected:
            define_policy(spec, actor=BY)
            assert policy_of(item).lead_time_days == days
        assert policy_of(item, channel="phone").lead_time_days == 3
        remove_policy(sku="LAMP", channel="web", actor=BY)
        assert policy_of(item).lead_time_days == 3

    def test_safety_stock_comes_from_the_most_specific_row_at_each_location(self, places: dict[str, int]) -> None:
        item = lamp()
        define_policy(PolicySpec(sell="backorder", safety_units=1), actor=BY)
        define_policy(PolicySpec(sell="stock_only", safety_units=5, location="SHOP"), actor=BY)
        define_policy(PolicySpec(sell="stock_only", safety_units=7, location="SHOP", channel="web"), actor=BY)
        assert policy_of(item).safety_units == {places["MAIN"]: 1, places["SHOP"]: 7}
        define_policy(PolicySpec(sell="stock_only", sku="LAMP", location="SHOP", safety_units=2), actor=BY)
        assert policy_of(item).safety_units == {places["MAIN"]: 1, places["SHOP"]: 2}

    def test_locations_that_sell_from_stock_only_owe_nothing(self, places: dict[str, int]) -> None:
        item = lamp()
        define_policy(PolicySpec(sell="backorder", backorder_limit=9), actor=BY)
        assert policy_of(item).backorder_locations == (places["MAIN"], places["SHOP"])
        define_policy(PolicySpec(sell="stock_only", location="MAIN"), actor=BY)
        found = policy_of(item)
        assert (found.sell, found.backorder_limit) == (Sell.BACKORDER, 9)
        assert found.backorder_locations == (places["SHOP"],)

    def test_one_location_may_owe_what_the_others_may_not(self, places: dict[str, int]) -> None:
        item = lamp()
        define_policy(PolicySpec(sell="stock_only"), actor=BY)
        define_policy(PolicySpec(sell="backorder", sku="LAMP", location="SHOP", backorder_limit=4), actor=BY)
        found = policy_of(item)
        assert (found.sell, found.backorder_limit) == (Sell.BACKORDER, 4)
        assert found.backorder_locations == (places["SHOP"],)


class TestSourcing:
    def order(self, channel: str, country: str) -> list[str]:
        now = queries.current()
        return [now.locations()[at].code for at in now.sourcing(channel=channel, country=country)]

    def test_without_rules_all_active_locations_by_rank(self, places: dict[str, int]) -> None:
        define_location(LocationSpec(code="OLD", name="Old", calendar="uk", active=False), actor=BY)
        define_location(LocationSpec(code="AAA", name="A", calendar="uk", rank=2), actor=BY)
        assert self.order("web", "GB") == ["MAIN", "AAA", "SHOP"]

    def test_own_rules_before_those_for_any_channel_and_the_country_before_any(self, places: dict[str, int]) -> None:
        define_sourcing(SourcingSpec(locations=("SHOP",)), actor=BY)
        assert self.order("web", "GB") == ["SHOP"]
        define_sourcing(SourcingSpec(channel="web", country="GB", locations=("SHOP", "MAIN")), actor=BY)
        assert self.order("web", "GB") == ["SHOP", "MAIN"]
        assert self.order("web", "FR") == []
        define_sourcing(SourcingSpec(channel="web", locations=("MAIN",)), actor=BY)
        assert self.order("web", "FR") == ["MAIN"]
        assert self.order("phone", "FR") == ["SHOP"]
        define_sourcing(SourcingSpec(channel="web", country="GB", locations=()), actor=BY)
        assert self.order("web", "GB") == ["MAIN"]


class TestRoutes:
    def test_days_are_those_of_the_calendars(self, places: dict[str, int]) -> None:
        main, _ = queries.routes(channel="web", country="GB", service_id=places["post"])
        # 2025-12-24, 15:00 in London: past the cut-off; 25th and 26th are holidays, one day of processing.
        ship_on = main.ship_on_from_stock(datetime(2025, 12, 24, 15, tzinfo=UTC))
        assert ship_on == date(2025, 12, 30)
        assert main.delivery(ship_on) == (date(2025, 12, 31), date(2026, 1, 2))
        assert main.cut_off == time(14)

    def test_a_location_knows_its_today(self, places: dict[str, int]) -> None:
        todays = queries.current().todays(datetime(2025, 7, 1, 23, 30, tzinfo=UTC))
        assert todays == {places["MAIN"]: date(2025, 7, 2), places["SHOP"]: date(2025, 7, 2)}

    @pytest.mark.parametrize("what", ["location", "service"])
    def test_unknown_codes_are_refused(self, what: str) -> None:
        with pytest.raises(Refused) as no:
            getattr(queries, what)("nope")
        assert no.value.name == f"unknown_{what}"


def test_what_was_read_ahead_costs_no_statement_later(db: None, django_assert_num_queries: Any) -> None:
    items = [define_item(ItemSpec(sku=f"WARM-{n}", name="Warm"), actor=BY) for n in range(3)]
    version = warm.read_ahead()
    snapshot = queries.current()
    assert snapshot.version == version
    with django_assert_num_queries(0):
        assert [row.id for row in snapshot.items_by_sku([f"WARM-{n}" for n in range(3)]).values()] == items
        assert snapshot.kit_parts(items) == {}
        assert snapshot.substitutes(items) == {}
