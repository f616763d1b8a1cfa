"""Variants: written down in versions, refused by the field that does not fit, previewed, and made to stand."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from django.db import DatabaseError, connection, transaction

from backorder.journal.models import Entry
from backorder.journal.refusals import Refused
from backorder.orders.deciding.explain import explain_line
from backorder.orders.deciding.redecide import redecide, work_marks
from backorder.orders.fulfilling.release import release
from backorder.orders.fulfilling.ship import ship
from backorder.orders.models import Peg
from backorder.planning import runs, variants
from backorder.planning.forms import VariantForm
from backorder.planning.models import Variant, VariantVersion
from tests.invariants import assert_clean
from tests.orders.shop import Shop, open_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(db: None) -> Shop:
    return open_shop()


def form(*segments: dict[str, Any], **more: Any) -> VariantForm:
    """A variant as the API takes it."""
    given = segments or ({"name": "all", "strategy": "gain"},)
    return msgspec.convert({"segments": list(given), **more}, VariantForm)


def only(attribute: str, *values: Any) -> dict[str, Any]:
    return {"include": [{"attribute": attribute, "values": list(values)}]}


def test_a_variant_has_versions_that_stay(shop: Shop) -> None:
    first = variants.save_variant("vip", form(), actor="ann")
    assert (first.version, first.actor) == (1, "ann")
    again = variants.save_variant("vip", form(), actor="bob", seen=1)
    assert (again.version, again.actor) == (1, "ann"), "the same again changes nothing"
    second = variants.save_variant("vip", form(jitter_days=3, note="calmer"), actor="bob", seen=1)
    assert second.version == 2
    assert [(view.version, view.actor) for view in variants.versions("vip")] == [(2, "bob"), (1, "ann")]
    assert variants.variant("vip", 1).form == form()
    assert variants.changes("vip", 2) == [
        {"field": "jitter_days", "was": None, "is": 3},
        {"field": "note", "was": None, "is": "calmer"},
    ]
    assert [fact.body["version"] for fact in Entry.objects.filter(fact="variant.saved").order_by("seq")] == [1, 2]


def test_a_version_cannot_be_edited(shop: Shop) -> None:
    variants.save_variant("vip", form(), actor="ann")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        VariantVersion.objects.update(actor="eve")
    assert variants.variant("vip").actor == "ann"


@pytest.mark.parametrize(("seen", "name"), [(None, "if_match_is_missing"), (7, "version_is_stale")])
def test_who_has_not_seen_the_newest_version_changes_nothing(shop: Shop, seen: int | None, name: str) -> None:
    variants.save_variant("vip", form(), actor="ann")
    with pytest.raises(Refused, match=name):
        variants.save_variant("vip", form(jitter_days=0), actor="bob", seen=seen)
    assert variants.variant("vip").version == 1


@pytest.mark.parametrize(
    ("given", "name", "field"),
    [
        (form({"name": "a", "strategy": "win", "filter": only("colour", "red")}), "unknown_attribute",
         "segments[0].filter.include[0].attribute"),
        (form({"name": "a", "strategy": "win", "filter": {"exclude": [{"attribute": "tier"}]}}),
         "condition_says_nothing", "segments[0].filter.exclude[0]"),
        (form({"name": "a", "strategy": "win", "filter": only("promised_in_days", "soon")}), "value_does_not_fit",
         "segments[0].filter.include[0].values[0]"),
        (form({"name": "a", "strategy": "win", "filter": only("tag:vip", 1)}), "value_does_not_fit",
         "segments[0].filter.include[0].values[0]"),
        (form({"name": "a", "strategy": "win", "filter": only("promised_on", "2026-13-01")}), "value_does_not_fit",
         "segments[0].filter.include[0].values[0]"),
        (form({"name": "a", "strategy": "win", "rank": [{"attribute": "tier"}]}), "rank_needs_sequence",
         "segments[0].rank[0].sequence"),
        (form({"name": "a", "strategy": "win"}, {"name": "a", "strategy": "lose"}), "name_is_taken",
         "segments[1].name"),
        (form(fallback="nobody"), "unknown_variant", "variant"),
        (form(fallback="new"), "fallback_is_cyclic", "fallback"),
        (form(quotas=[{"name": "q", "units": 5, "from_on": "2030-02-01", "until_on": "2030-01-01"}]),
         "period_ends_before_it_begins", "quotas[0].until_on"),
        (form(quotas=[{"name": "q", "units": 5, "sku": "NONE"}]), "unknown_item", "sku"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_by_its_field(shop: Shop, given: VariantForm, name: str, field: str) -> None:
    with pytest.raises(Refused) as refused:
        variants.save_variant("new", given, actor="ann")
    assert (refused.value.name, refused.value.values["field"]) == (name, field)
    assert not Variant.objects.filter(version__gt=0).exists()
    assert not VariantVersion.objects.exists()


def test_a_fallback_that_leads_back_is_refused(shop: Shop) -> None:
    variants.save_variant("a", form(), actor="ann")
    variants.save_variant("b", form(fallback="a"), actor="ann")
    with pytest.raises(Refused, match="a -> b -> a does not end"):
        variants.save_variant("a", form(fallback="b"), actor="ann", seen=1)
    assert variants.variant("a").version == 1
    assert [one.name for one in variants.chain("b")] == ["b", "a"]


def test_a_preview_shows_lines_by_segment_and_says_the_first_match_wins(shop: Shop) -> None:
    shop.item("LAMP")
    gold = shop.place(("LAMP", 3), tags=("vip",))
    plain = shop.place(("LAMP", 2))
    seen = variants.preview(
        form(
            {"name": "vips", "strategy": "win", "filter": only("tag:vip", True)},
            {"name": "small", "strategy": "gain", "filter": {"include": [{"attribute": "units", "at_most": 3}]}},
        )
    )
    assert [(one.segment, one.lines, one.units, one.first, one.taken_before) for one in seen.segments] == [
        ("vips", 1, 3, [gold.lines[0].id], 0),
        ("small", 1, 2, [plain.lines[0].id], 1),
    ]
    assert (seen.items, seen.lines, seen.excluded, seen.overlapping) == (1, 2, 0, 1)
    assert seen.overlapping_first == [gold.lines[0].id]


def test_a_filter_that_takes_nothing_says_so(shop: Shop) -> None:
    shop.item("LAMP")
    shop.place(("LAMP", 3))
    seen = variants.preview(form({"name": "none", "strategy": "win", "filter": only("tier", "platinum")}))
    assert [(one.lines, one.units, one.first) for one in seen.segments] == [(0, 0, [])]
    assert (seen.lines, seen.excluded) == (1, 1)


def test_a_standing_variant_decides_events(shop: Shop) -> None:
    """Whoever is tagged comes first, though he came last; without the variant the first who came does."""
    shop.item("LAMP")
    first, tagged = shop.place(("LAMP", 4)), shop.place(("LAMP", 4), tags=("vip",))
    variants.save_variant(
        "vips",
        form(
            {"name": "vips", "strategy": "improve", "filter": only("tag:vip", True)},
            {"name": "others", "strategy": "gain"},
        ),
        actor="ann",
    )
    stands = variants.stand("vips", sku="LAMP", actor="ann")
    assert (stands.sku, stands.variant, stands.version) == ("LAMP", "vips", 1)
    shop.stock("LAMP", 5)
    work_marks()
    assert [(shop.line(one).allocated, shop.line(one).open) for one in (first, tagged)] == [(1, 3), (4, 0)]
    assert_clean(connection)
    variants.stand_no_more(sku="LAMP", actor="ann")
    assert variants.stands() == []
    with pytest.raises(Refused, match="unknown_standing_variant"):
        variants.stand_no_more(sku="LAMP", actor="ann")


def test_an_explanation_quotes_the_variant_that_decides(shop: Shop) -> None:
    shop.item("LAMP")
    shop.inbound("LAMP", 4, 5)
    tagged, other = shop.place(("LAMP", 4), tags=("vip",)), shop.place(("LAMP", 4))
    variants.save_variant(
        "vips",
        form(
            {"name": "vips", "strategy": "gain", "filter": only("tag:vip", True)}, {"name": "rest", "strategy": "gain"}
        ),
        actor="ann",
    )
    variants.stand("vips", sku="LAMP", actor="ann")
    told = explain_line(other.lines[0].id)
    assert (told.rule, told.segment, told.strategy) == ("variant vips, version 1", "rest", "gain")
    assert [(one.line, one.units, one.because) for one in told.ahead] == [(tagged.lines[0].id, 4, "segment")]


def test_an_items_own_variant_stands_before_the_general_one(shop: Shop) -> None:
    for sku in ("LAMP", "DESK"):
        shop.item(sku)
    variants.save_variant("all", form(), actor="ann")
    variants.save_variant("own", form({"name": "none", "strategy": "skip"}), actor="ann")
    variants.stand("all", sku=None, actor="ann")
    variants.stand("own", sku="DESK", actor="ann")
    lamp, desk = shop.place(("LAMP", 2)), shop.place(("DESK", 2))
    for sku in ("LAMP", "DESK"):
        shop.stock(sku, 2)
    redecide(shop.items.values(), cause="test", actor="test")
    assert (shop.line(lamp).allocated, shop.line(desk).allocated) == (2, 0)


class TestQuotasThatWereUsed:
    """At most five for VIPs: what has left counts, in its period, whoever decides."""

    def vips_wait(self, shop: Shop, **period: Any) -> tuple[Any, Any, Any]:
        """A VIP got three of four and they left on day 0; another wants four, somebody else two; eight arrive."""
        shop.item("LAMP", stock=3)
        quota = {"name": "vips", "units": 5, "filter": only("tag:vip", True), **period}
        variants.save_variant("scarce", form(quotas=[quota]), actor="ann")
        first = shop.place(("LAMP", 4), tags=("vip",))
        release(first.id, actor="test")
        ship(first.id, location=shop.locations["NORTH"], key="p", actor="test")
        return first, shop.place(("LAMP", 4), tags=("vip",)), shop.place(("LAMP", 2))

    def covered(self, shop: Shop, *placed: Any) -> list[int]:
        return [shop.line(one).allocated for one in placed]

    def test_what_was_shipped_counts_when_something_changes(self, shop: Shop) -> None:
        waiting = self.vips_wait(shop)
        variants.stand("scarce", sku="LAMP", actor="ann")
        shop.stock("LAMP", 8)
        work_marks()
        assert self.covered(shop, *waiting) == [1, 1, 2]
        assert_clean(connection)

    def test_what_the_warehouse_has_in_hand_counts(self, shop: Shop) -> None:
        shop.item("LAMP", stock=3)
        quota = {"name": "vips", "units": 5, "filter": only("tag:vip", True)}
        variants.save_variant("scarce", form(quotas=[quota]), actor="ann")
        first = shop.place(("LAMP", 3), tags=("vip",))
        release(first.id, actor="test")
        second = shop.place(("LAMP", 4), tags=("vip",))
        variants.stand("scarce", sku="LAMP", actor="ann")
        shop.stock("LAMP", 8)
        work_marks()
        assert self.covered(shop, second) == [2]

    @pytest.mark.parametrize(
        ("period", "third"),
        [
            ({}, 1),
            ({"from_on": "2030-01-01", "until_on": "2030-12-31"}, 1),
            ({"sku": "LAMP"}, 1),
            # They left before it began: the second VIP gets all four.
            ({"from_on": "2030-01-08"}, 4),
        ],
    )
    def test_a_run_counts_what_left_in_the_period(self, shop: Shop, period: Any, third: int) -> None:
        waiting = self.vips_wait(shop, **period)
        shop.inbound("LAMP", 8, 3)
        run = runs.commit_at_once("scarce", actor="ann")
        pegged = [sum(Peg.objects.filter(line_id=one.lines[0].id).values_list("units", flat=True)) for one in waiting]
        assert pegged == [1, third, 2]
        assert runs.replay(run), "the frozen input tells what had left"

    def test_it_is_about_the_lines_that_its_conditions_take(self, shop: Shop) -> None:
        """The same again, but who got the three was no VIP."""
        shop.item("LAMP", stock=3)
        quota = {"name": "vips", "units": 5, "filter": only("tag:vip", True)}
        variants.save_variant("scarce", form(quotas=[quota]), actor="ann")
        first = shop.place(("LAMP", 3))
        release(first.id, actor="test")
        ship(first.id, location=shop.locations["NORTH"], key="p", actor="test")
        vip = shop.place(("LAMP", 7), tags=("vip",))
        variants.stand("scarce", sku="LAMP", actor="ann")
        shop.stock("LAMP", 8)
        work_marks()
        assert self.covered(shop, vip) == [5]
