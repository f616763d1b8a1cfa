"""Runs: simulated, compared, approved, committed item by item, replayed; and all that can come in between."""

from __future__ import annotations

import json
import zlib
from dataclasses import replace
from datetime import time, timedelta
from typing import Any

import pytest
from django.db import connection

from backorder.catalog import define
from backorder.catalog.specs import CalendarSpec, LocationSpec, PolicySpec
from backorder.engine.columns import RunInput, pack
from backorder.journal import clock
from backorder.journal.models import Entry
from backorder.journal.refusals import Refused
from backorder.orders.changing.cancel import cancel
from backorder.orders.models import Line, Peg
from backorder.planning import frozen, reading, runs, sides, variants, working
from backorder.planning.models import Frozen, FrozenRange, Run, RunItem, RunLine
from backorder.planning.selection import selected_items
from tests.invariants import assert_clean
from tests.orders.shop import Shop, open_shop

from .test_variants import form, only

pytestmark = pytest.mark.django_db

TAKE_FOR_VIPS = (
    {"name": "vips", "strategy": "win", "filter": only("tag:vip", True)},
    {"name": "others", "strategy": "redistribute"},
)


@pytest.fixture
def shop(db: None) -> Shop:
    return open_shop()


@pytest.fixture
def contested(shop: Shop) -> dict[str, Any]:
    """Five lamps come on day 5 for whoever came first; a VIP came later and was promised the lead time."""
    shop.item("LAMP")
    shop.inbound("LAMP", 5, 5)
    first = shop.place(("LAMP", 4))
    vip = shop.place(("LAMP", 4), tags=("vip",))
    variants.save_variant("vips", form(*TAKE_FOR_VIPS), actor="ann")
    variants.save_variant("calm", form(), actor="ann")
    return {"first": first, "vip": vip}


def pegged(shop: Shop, placed: Any) -> int:
    return sum(Peg.objects.filter(line_id=placed.lines[0].id).values_list("units", flat=True))


def state_of_orders() -> list[Any]:
    lines = Line.objects.order_by("id").values_list("id", "open", "allocated", "promise_version")
    return [*lines, *Peg.objects.order_by("line_id", "supply_id").values_list("line_id", "supply_id", "units")]


def test_a_simulation_changes_nothing_and_tells_who_gains_and_loses(shop: Shop, contested: dict[str, Any]) -> None:
    before = state_of_orders()
    (run,) = runs.simulate(["vips"], actor="ann")
    assert state_of_orders() == before
    first, vip = contested["first"].lines[0].id, contested["vip"].lines[0].id
    assert [(one.line, one.segment, one.covered_before, one.covered_after, one.how) for one in reading.diff(run)] == [
        (first, "others", 4, 1, "loses"),
        (vip, "vips", 1, 4, "gains"),
    ]
    seen = reading.run(run)
    assert (seen.state, seen.items, seen.lines, seen.ranges_left) == ("simulated", {"proposed": 1}, 2, 0)
    assert (seen.after["gainers"], seen.after["losers"], seen.after["promises_broken"]) == (1, 1, 1)
    assert (seen.before["gainers"], seen.before["covered_rate"], seen.after["covered_rate"]) == (0, 0.625, 0.625)


def test_variants_are_compared_on_one_frozen_input(shop: Shop, contested: dict[str, Any]) -> None:
    taking, calm = runs.simulate(["vips", "calm"], actor="ann")
    side_by_side = reading.compared([taking, calm])
    assert [(one.variant, one.after["losers"]) for one in side_by_side] == [("vips", 1), ("calm", 0)]
    (alone,) = runs.simulate(["calm"], actor="ann")
    with pytest.raises(Refused, match="runs_are_not_comparable"):
        reading.compared([taking, alone])


def test_what_is_committed_is_what_was_simulated(shop: Shop, contested: dict[str, Any]) -> None:
    (run,) = runs.simulate(["vips"], actor="ann")
    runs.commit_run(run, actor="bob")
    assert (pegged(shop, contested["first"]), pegged(shop, contested["vip"])) == (1, 4)
    assert shop.line(contested["vip"]).promised_on == shop.day(6)
    seen = reading.run(run)
    assert (seen.state, seen.items, seen.committed_by) == ("committed", {"committed": 1}, "bob")
    assert_clean(connection)
    facts = list(Entry.objects.filter(subject=f"run/{run}").order_by("seq").values_list("fact", flat=True))
    assert facts == ["run.made", "run.simulated", "run.committing", "run.committed"]


def test_a_run_is_committed_once(shop: Shop, contested: dict[str, Any]) -> None:
    (run,) = runs.simulate(["vips"], actor="ann")
    runs.commit_run(run, actor="bob")
    after = state_of_orders()
    with pytest.raises(Refused, match="run_is_not_ready"):
        runs.commit_run(run, actor="bob")
    assert working.go_on(run) == 0
    assert state_of_orders() == after


def test_the_same_again_changes_nothing(shop: Shop, contested: dict[str, Any]) -> None:
    (run,) = runs.simulate(["vips"], actor="ann")
    runs.commit_run(run, actor="bob")
    (again,) = runs.simulate(["vips"], actor="ann")
    assert (reading.diff(again), reading.run(again).items) == ([], {})


def test_an_item_that_changed_so_that_somebody_is_worse_off_is_refused_by_name(
    shop: Shop, contested: dict[str, Any]
) -> None:
    shop.item("DESK")
    shop.inbound("DESK", 5, 5)
    other = shop.place(("DESK", 4))
    other_vip = shop.place(("DESK", 4), tags=("vip",))
    (run,) = runs.simulate(["vips"], actor="ann")
    shop.place(("LAMP", 1), tags=("vip",), priority=9)
    runs.commit_run(run, actor="bob")
    first = contested["first"].lines[0].id
    ((_, refused),) = reading.items(run, state="refused")
    assert (refused.sku, refused.line) == ("LAMP", first)
    assert refused.says == f"Line {first} would get fewer units than approved."
    assert [item.sku for _, item in reading.items(run, state="committed")] == ["DESK"]
    assert (pegged(shop, contested["first"]), pegged(shop, contested["vip"])) == (4, 1)
    assert (pegged(shop, other), pegged(shop, other_vip)) == (1, 4)
    assert_clean(connection)


def test_a_slip_since_the_approval_refuses_the_item(shop: Shop, contested: dict[str, Any]) -> None:
    (run,) = runs.simulate(["vips"], actor="ann")
    shop.move(Peg.objects.values_list("supply_id", flat=True)[0], 9)
    before = state_of_orders()
    runs.commit_run(run, actor="bob")
    ((_, refused),) = reading.items(run, state="refused")
    assert refused.says == f"Line {contested['vip'].lines[0].id} would get its units later than approved."
    assert state_of_orders() == before


def test_who_cancelled_since_is_no_obstacle(shop: Shop, contested: dict[str, Any]) -> None:
    (run,) = runs.simulate(["vips"], actor="ann")
    cancel(contested["first"].id, actor="test")
    runs.commit_run(run, actor="bob")
    assert reading.run(run).items == {"committed": 1}
    assert pegged(shop, contested["vip"]) == 4
    assert_clean(connection)


def test_a_run_of_a_variant_that_was_changed_since_is_refused(shop: Shop, contested: dict[str, Any]) -> None:
    (run,) = runs.simulate(["vips"], actor="ann")
    variants.save_variant("vips", form(*TAKE_FOR_VIPS, jitter_days=2), actor="ann", seen=1)
    before = state_of_orders()
    for verb in (runs.approve, runs.commit_run):
        with pytest.raises(Refused, match="variant_changed"):
            verb(run, actor="bob")
    assert (state_of_orders(), reading.run(run).state) == (before, "simulated")


def test_a_second_person_approves(shop: Shop, contested: dict[str, Any]) -> None:
    variants.save_variant("vips", form(*TAKE_FOR_VIPS, second_person=True), actor="ann", seen=1)
    (run,) = runs.simulate(["vips"], actor="ann")
    with pytest.raises(Refused, match="run_is_not_ready"):
        runs.commit_run(run, actor="ann")
    with pytest.raises(Refused, match="second_person_needed"):
        runs.approve(run, actor="ann")
    assert reading.run(run).approved_by == ""
    runs.approve(run, actor="bob")
    runs.approve(run, actor="bob")
    runs.commit_run(run, actor="ann")
    seen = reading.run(run)
    assert (seen.state, seen.approved_by, seen.committed_by) == ("committed", "bob", "ann")
    assert Entry.objects.filter(fact="run.approved").count() == 1


def test_a_discarded_run_is_not_committed(shop: Shop, contested: dict[str, Any]) -> None:
    (run,) = runs.simulate(["vips"], actor="ann")
    runs.discard(run, actor="ann")
    runs.discard(run, actor="ann")
    with pytest.raises(Refused, match="run_is_not_ready"):
        runs.commit_run(run, actor="bob")


def test_a_run_is_replayed_byte_for_byte(shop: Shop, contested: dict[str, Any]) -> None:
    (run,) = runs.simulate(["vips"], actor="ann")
    runs.commit_run(run, actor="bob")
    clock.set_to(clock.now().replace(year=2031), actor="test")
    assert runs.replay(run) is True
    documents = Run.objects.get(pk=run).documents
    documents[0]["segments"] = documents[0]["segments"][::-1]
    Run.objects.filter(pk=run).update(documents=documents)
    assert runs.replay(run) is False


def test_a_replay_of_what_is_not_kept_is_refused(shop: Shop, contested: dict[str, Any]) -> None:
    (run,) = runs.simulate(["vips"], actor="ann")
    Frozen.objects.get(runs=run).ranges.all().delete()
    with pytest.raises(Refused, match="input_is_gone"):
        runs.commit_run(run, actor="bob")
    with pytest.raises(Refused, match="input_is_gone"):
        runs.replay(run)


def test_inputs_are_kept_for_ninety_days(shop: Shop, contested: dict[str, Any]) -> None:
    (run,) = runs.simulate(["vips"], actor="ann")
    (open_run,) = runs.simulate(["calm"], actor="ann")
    Run.objects.filter(pk=open_run).update(state="committing")
    clock.advance(timedelta(days=90), actor="test")
    assert frozen.purge() == 0, "not before"
    clock.advance(timedelta(seconds=1), actor="test")
    assert frozen.purge() == 1
    assert [row.line for row in reading.diff(run)] != [], "what came of it stays"
    with pytest.raises(Refused, match="input_is_gone"):
        runs.replay(run)
    assert Frozen.objects.get(runs=open_run).ranges.exists(), "a run is at work on it"


@pytest.mark.parametrize(
    ("codes", "skus", "name"),
    [
        (["vips"], ["DESK"], "unknown_item"),
        (["nobody"], None, "unknown_variant"),
        ([], None, "wrong_number_of_variants"),
        (["vips"] * 11, None, "wrong_number_of_variants"),
        (["vips"], [], "nothing_is_selected"),
    ],
)
def test_a_run_that_cannot_be_is_refused(
    shop: Shop, contested: dict[str, Any], codes: list[str], skus: list[str] | None, name: str
) -> None:
    with pytest.raises(Refused, match=name):
        runs.simulate(codes, skus=skus, actor="ann")
    assert not Run.objects.exists()


def test_at_once_decides_and_commits_what_a_simulation_would(shop: Shop, contested: dict[str, Any]) -> None:
    (simulated,) = runs.simulate(["vips"], actor="ann")
    said = reading.diff(simulated)
    run = runs.commit_at_once("vips", actor="ann")
    assert (pegged(shop, contested["first"]), pegged(shop, contested["vip"])) == (1, 4)
    assert (reading.diff(run), reading.run(run).state) == (said, "committed")
    assert (reading.run(run).digest, runs.replay(run)) == (reading.run(simulated).digest, True)
    assert_clean(connection)


def test_a_range_looks_at_its_own_items_only(shop: Shop) -> None:
    items: list[int] = []
    for sku in ("LAMP", "SOFA", "VASE", "BOWL"):
        items.append(shop.item(sku))
        shop.place((sku, 1))
    lamp, sofa, vase, bowl = items
    assert selected_items(None) == items
    assert selected_items(None, first=sofa, last=vase) == [sofa, vase]
    assert selected_items(["BOWL", "LAMP", "VASE"], first=sofa, last=vase) == [vase]
    assert selected_items(["BOWL", "LAMP"], first=lamp) == [lamp, bowl]


def test_zero_supply_and_too_small_supply_are_told(shop: Shop) -> None:
    """The floor of one of two VIPs cannot be held; the run says so and who would have to lose."""
    shop.item("LAMP")
    one = shop.place(("LAMP", 4), tags=("vip",))
    two = shop.place(("LAMP", 4), tags=("vip",))
    variants.save_variant("vips", form(*TAKE_FOR_VIPS), actor="ann")
    shop.inbound("LAMP", 5, 5)
    (run,) = runs.simulate(["vips"], actor="ann")
    (broken,) = reading.broken_floors(run)
    assert (broken.line, broken.segment, broken.lacking) == (two.lines[0].id, "vips", 3)
    assert [(loss.line, loss.units) for loss in broken.losers] == [(one.lines[0].id, 3)]


def test_stop_item_leaves_the_item_and_goes_on(shop: Shop, contested: dict[str, Any]) -> None:
    shop.item("DESK")
    shop.place(("DESK", 4), tags=("vip",))
    variants.save_variant("vips", form(*TAKE_FOR_VIPS, on_broken="stop_item"), actor="ann", seen=1)
    (run,) = runs.simulate(["vips"], actor="ann")
    assert {item.sku: item.state for _, item in reading.items(run)} == {"LAMP": "proposed", "DESK": "stopped"}
    runs.commit_run(run, actor="bob")
    assert pegged(shop, contested["vip"]) == 4


def test_stop_all_changes_nothing_without_a_fallback(
    shop: Shop, contested: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even if the broken floor is found in the last range, after others were decided."""
    monkeypatch.setattr(frozen, "ITEMS_AT_ONCE", 1)
    shop.item("DESK")
    shop.place(("DESK", 4), tags=("vip",))
    variants.save_variant("vips", form(*TAKE_FOR_VIPS, on_broken="stop_all"), actor="ann", seen=1)
    (run,) = runs.simulate(["vips"], actor="ann")
    seen = reading.run(run)
    assert (seen.stopped, seen.items, reading.diff(run)) == (["vips"], {}, [])
    with pytest.raises(Refused, match="simulate_first"):
        runs.commit_at_once("vips", actor="ann")


def test_a_fallback_decides_what_was_stopped(
    shop: Shop, contested: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(frozen, "ITEMS_AT_ONCE", 1)
    shop.item("DESK")
    shop.place(("DESK", 4), tags=("vip",))
    milder = [{**TAKE_FOR_VIPS[0], "strategy": "improve"}, TAKE_FOR_VIPS[1]]
    variants.save_variant("milder", form(*milder), actor="ann")
    variants.save_variant("vips", form(*TAKE_FOR_VIPS, on_broken="stop_all", fallback="milder"), actor="ann", seen=1)
    (run,) = runs.simulate(["vips"], actor="ann")
    assert (reading.run(run).stopped, reading.run(run).items) == (["vips"], {"proposed": 1})
    runs.commit_run(run, actor="bob")
    assert pegged(shop, contested["vip"]) == 4
    assert runs.replay(run)


def test_what_is_kept_of_lines_are_differences_only(shop: Shop, contested: dict[str, Any]) -> None:
    shop.item("DESK")
    shop.inbound("DESK", 50, 5)
    for _ in range(5):
        shop.place(("DESK", 1))
    (run,) = runs.simulate(["vips"], actor="ann")
    assert (reading.run(run).lines, RunLine.objects.filter(run_id=run).count()) == (7, 2)
    assert RunItem.objects.filter(run_id=run).count() == 1


class TestPromisesThatMove:
    """No unit moves, but the supply it hangs on does, or a calendar: the promise must follow, and be shown before."""

    @pytest.fixture
    def waiting(self, shop: Shop) -> Any:
        """Four lamps hang on a supply of day 5, which slipped to day 10 while nobody decided anew."""
        shop.item("LAMP")
        self.supply = shop.inbound("LAMP", 5, 5)
        placed = shop.place(("LAMP", 4))
        assert shop.line(placed).promised_on == shop.day(6)
        variants.save_variant("calm", form(), actor="ann")
        shop.move(self.supply, 10)
        return placed

    def days(self, run: int) -> list[Any]:
        return [(one.line, one.how, one.promised_before, one.promised_after) for one in reading.diff(run)]

    def test_a_slip_is_shown_then_committed_then_gone(self, shop: Shop, waiting: Any) -> None:
        before = state_of_orders()
        (run,) = runs.simulate(["calm"], actor="ann")
        assert state_of_orders() == before
        (row,) = reading.diff(run)
        assert (row.line, row.how, row.segment, row.units) == (waiting.lines[0].id, "slips", "all", 4)
        assert (row.promised_before, row.promised_after) == (shop.day(6), shop.day(11))
        assert (row.covered_before, row.covered_after, row.ready_before, row.ready_after) == (
            4, 4, shop.day(10), shop.day(10),
        )  # fmt: skip
        assert (sides.lines(run, how="slips"), sides.lines(run, how="other_source")) == ([row], [])
        assert sides.most_changed(run, "loses") == []
        seen = reading.run(run)
        assert (seen.items, seen.before["notices"], seen.after["notices"]) == ({"proposed": 1}, 0, 1)
        assert (seen.after["losers"], seen.after["promises_broken"]) == (0, 0), "by the supplier, not by the run"
        runs.commit_run(run, actor="bob")
        line = shop.line(waiting)
        assert (line.promised_on, line.promised_ship_on, line.promise_version) == (shop.day(11), shop.day(10), 2)
        assert pegged(shop, waiting) == 4
        assert (reading.run(run).items, runs.replay(run)) == ({"committed": 1}, True)
        (again,) = runs.simulate(["calm"], actor="ann")
        assert (reading.diff(again), reading.run(again).items, reading.run(again).after["notices"]) == ([], {}, 0)
        assert_clean(connection)

    def test_at_once_shows_the_same(self, shop: Shop, waiting: Any) -> None:
        (simulated,) = runs.simulate(["calm"], actor="ann")
        run = runs.commit_at_once("calm", actor="ann")
        assert self.days(run) == [(waiting.lines[0].id, "slips", shop.day(6), shop.day(11))]
        assert (reading.diff(run), reading.run(run).after) == (reading.diff(simulated), reading.run(simulated).after)
        assert (shop.line(waiting).promised_on, runs.replay(run)) == (shop.day(11), True)

    @pytest.mark.parametrize(("to", "jitter", "shown"), [(4, 1, False), (3, 1, True), (4, 0, True), (3, 2, False)])
    def test_an_earlier_day_is_news_beyond_the_jitter(
        self, shop: Shop, waiting: Any, to: int, jitter: int, shown: bool
    ) -> None:
        variants.save_variant("calm", form(jitter_days=jitter), actor="ann", seen=1)
        shop.move(self.supply, to)
        (run,) = runs.simulate(["calm"], actor="ann")
        earlier = [(waiting.lines[0].id, "pulls_in", shop.day(6), shop.day(to + 1))]
        assert self.days(run) == (earlier if shown else [])
        assert [one.how for one in sides.lines(run, how="pulls_in")] == (["pulls_in"] if shown else [])
        runs.commit_run(run, actor="bob")
        assert shop.line(waiting).promised_on == shop.day(to + 1 if shown else 6)

    def test_a_slip_within_the_promised_day_is_none(self, shop: Shop, waiting: Any) -> None:
        """The warehouse works on Mondays: what comes on Tuesday or on Sunday leaves on the same day."""
        define.define_calendar(CalendarSpec(code="MONDAYS", weekdays=(0,)), actor="test")
        spec = LocationSpec(code="NORTH", name="North", calendar="MONDAYS", cut_off=time(23, 59))
        define.define_location(spec, actor="test")
        shop.move(self.supply, 8)
        runs.commit_at_once("calm", actor="ann")
        assert shop.line(waiting).promised_on == shop.day(15)
        shop.move(self.supply, 13)
        (run,) = runs.simulate(["calm"], actor="ann")
        assert (reading.diff(run), reading.run(run).items) == ([], {})
        shop.move(self.supply, 15)
        (run,) = runs.simulate(["calm"], actor="ann")
        assert self.days(run) == [(waiting.lines[0].id, "slips", shop.day(15), shop.day(22))]

    def test_a_promise_that_slips_further_than_approved_refuses_the_item(self, shop: Shop, waiting: Any) -> None:
        """Two of three hang on nothing: their lead time says the day, and a longer one a later day."""
        define.define_policy(PolicySpec(sell="backorder", sku="LAMP", lead_time_days=7), actor="test")
        more = shop.place(("LAMP", 3))
        assert shop.line(more).promised_on == shop.day(11)
        shop.move(self.supply, 12)
        (run,) = runs.simulate(["calm"], actor="ann")
        line = more.lines[0].id
        assert (line, "slips", shop.day(11), shop.day(13)) in self.days(run)
        define.define_policy(PolicySpec(sell="backorder", sku="LAMP", lead_time_days=20), actor="test")
        before = state_of_orders()
        runs.commit_run(run, actor="bob")
        ((_, refused),) = reading.items(run, state="refused")
        assert (refused.line, refused.says) == (line, f"Line {line} would be promised a later day than approved.")
        assert state_of_orders() == before

    def test_what_was_stopped_keeps_its_promise(self, shop: Shop, waiting: Any) -> None:
        shop.place(("LAMP", 4), tags=("vip",))
        segments = ({**TAKE_FOR_VIPS[0], "strategy": "win"}, {"name": "others", "strategy": "gain"})
        variants.save_variant("vips", form(*segments, on_broken="stop_item"), actor="ann")
        (simulated,) = runs.simulate(["vips"], actor="ann")
        run = runs.commit_at_once("vips", actor="ann")
        line = waiting.lines[0].id
        for one in (simulated, run):
            assert reading.run(one).items == {"stopped": 1}
            assert (self.days(one), reading.run(one).after["notices"]) == ([(line, "lacks", None, None)], 0)
        assert shop.line(waiting).promised_on == shop.day(6)

    def test_an_input_kept_without_days_is_still_read(self, shop: Shop, waiting: Any) -> None:
        """Of one that was frozen by an older version only units are told, and it is replayed as it was."""
        (run,) = runs.simulate(["calm"], actor="ann", wait=False)
        kept = FrozenRange.objects.get(frozen__runs=run)
        held = frozen.thaw(kept.frozen_id, kept.number)
        content = without_days(replace(held, lines=replace(held.lines, promised_on=None, dated_on=None)))
        assert b"dated_on" in pack(held)
        assert b"dated_on" not in content
        FrozenRange.objects.filter(frozen_id=kept.frozen_id).update(content=zlib.compress(content))
        working.go_on(run)
        assert (self.days(run), reading.run(run).after["notices"], runs.replay(run)) == ([], 0, True)


def without_days(held: RunInput) -> bytes:
    """An input as it was packed before promised days were part of it."""
    content = pack(held)
    end = 8 + int.from_bytes(content[:8], "little")
    header = json.loads(content[8:end])
    (lines,) = (part for name, part in header["parts"] if name == "lines")
    lines["parts"] = [part for part in lines["parts"] if part[0] not in ("promised_on", "dated_on")]
    text = json.dumps(header, sort_keys=True, separators=(",", ":")).encode()
    return len(text).to_bytes(8, "little") + text + content[end:]
