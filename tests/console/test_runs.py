"""Runs in the console: built by clicking, simulated, compared, approved by a second person, committed, replayed."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backorder.orders.models import Line, Peg
from backorder.planning import reading, sides, variants, working
from backorder.planning.models import Run, Variant
from tests.invariants import assert_clean
from tests.orders.shop import Shop

from .test_item import text_of

pytestmark = pytest.mark.django_db

FOR_VIPS = {
    "s-rows": ["0", "1"],
    "s0name": "vips",
    "s0strategy": "win",
    "s0c-rows": ["0"],
    "s0c0attribute": "tag:",
    "s0c0op": "is",
    "s0c0value": "vip",
    "s1name": "others",
    "s1strategy": "redistribute",
    "note": "Key accounts first",
}


@pytest.fixture
def lines(shop: Shop) -> dict[str, int]:
    """Five lamps come on day 5 for whoever came first; a VIP came later."""
    shop.item("LAMP")
    shop.inbound("LAMP", 5, 5)
    placed = {
        "first": shop.place(("LAMP", 4), reference="W-1"),
        "vip": shop.place(("LAMP", 4), reference="W-2", tags=("vip",)),
    }
    return {name: one.lines[0].id for name, one in placed.items()}


@pytest.fixture
def variant(desk, lines) -> str:
    saved = desk.post("runs/variants/new", {**FOR_VIPS, "code": "vips", "do": "save"})
    assert (saved.status_code, saved["Location"]) == (302, "/console/runs/variants/vips")
    return "vips"


def work() -> None:
    while working.go_on_with_all():
        pass


def simulated(desk, *codes: str) -> int:
    desk.do("runs/new", {f"v-{code}": "1" for code in codes})
    work()
    return Run.objects.order_by("id").values_list("id", flat=True)[0]


def books() -> list[Any]:
    pegs = Peg.objects.order_by("line_id", "supply_id").values_list("line_id", "supply_id", "units")
    return [*Line.objects.order_by("id").values_list("id", "open", "allocated", "promise_version"), *pegs]


def test_a_variant_is_built_by_clicking(desk, variant) -> None:
    form = variants.variant("vips").form
    assert [(one.name, one.strategy) for one in form.segments] == [("vips", "win"), ("others", "redistribute")]
    (condition,) = form.segments[0].filter.include
    assert (condition.attribute, condition.values) == ("tag:vip", (True,))
    assert (form.note, form.segments[1].filter.include) == ("Key accounts first", ())
    assert "Key accounts first" in text_of(desk.get("runs/variants"))


def test_small_buttons_change_the_sheet_and_save_nothing(desk, lines) -> None:
    for do, names in (
        ("add", ["vips", "others", ""]),
        ("drop.0", ["others"]),
        ("up.1", ["others", "vips"]),
    ):
        page = desk.post("runs/variants/new", {**FOR_VIPS, "do": do})
        assert [one.name for one in page.context["sheet"].segments] == names
    page = desk.post("runs/variants/new", {**FOR_VIPS, "do": "row.0"})
    assert [row.value for row in page.context["sheet"].segments[0].rows] == ["vip", ""]
    assert Variant.objects.count() == 0


def test_the_lines_it_takes_are_shown_while_it_is_built(desk, lines) -> None:
    for path, more in (("runs/variant-preview", {}), ("runs/variants/new", {"do": "look"})):
        page = desk.post(path, {**FOR_VIPS, **more})
        assert [(one.view.segment, one.view.lines, one.view.units) for one in page.context["taken"]] == [
            ("vips", 1, 4),
            ("others", 1, 4),
        ]
        assert "W-2" in text_of(page)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"s0name": ""}, "Segment 1 needs a name."),
        ({"s0c0attribute": "priority", "s0c0value": "high"}, "“high” is no whole number"),
        ({"s0c0attribute": "is_paid", "s0c0value": "maybe"}, "Write yes or no"),
        ({"s0c0attribute": "priority", "s0c0op": "between", "s0c0value": "3"}, "Write both ends like 3..9"),
        ({"s0c0attribute": "promised_on", "s0c0op": "least", "s0c0value": "soon"}, "a day such as 2026-12-31"),
        ({"s0strategy": "luck"}, "This cannot be"),
        ({"s1name": "vips"}, "there is another"),
        ({"code": "a b"}, "A code is letters"),
        ({"jitter_days": "99"}, "no whole number that can be"),
    ],
)
def test_what_cannot_be_meant_is_said_and_kept_as_typed(desk, lines, given: dict[str, str], says: str) -> None:
    page = desk.post("runs/variants/new", {**FOR_VIPS, "code": "vips", "do": "save", **given})
    assert page.status_code == 422
    assert says in text_of(page)
    assert page.context["sheet"].note == "Key accounts first"
    assert Variant.objects.count() == 0


def test_conditions_come_back_as_they_were_written(desk) -> None:
    conditions = [
        ("priority", "between", "1..9"), ("country", "not", 'GB,"a, b"'), ("order:", "is", "season=winter,summer"),
        ("days_late", "least", "3"), ("tag:", "not", "trial"), ("is_paid", "is", "yes"), ("tier", "is", "(none)"),
    ]  # fmt: skip
    given: dict[str, Any] = {"s-rows": ["0"], "s0name": "all", "s0strategy": "fill", "code": "x", "do": "save",
                             "s0c-rows": [str(n) for n in range(len(conditions))],
                             "s0k-rows": ["0"], "s0k0attribute": "tier", "s0k0way": "sequence",
                             "s0k0sequence": "gold,silver"}  # fmt: skip
    for n, (attribute, op, value) in enumerate(conditions):
        given |= {f"s0c{n}attribute": attribute, f"s0c{n}op": op, f"s0c{n}value": value}
    assert desk.post("runs/variants/new", given).status_code == 302
    (segment,) = desk.get("runs/variants/x").context["sheet"].segments
    assert {(row.attribute, row.op, row.value) for row in segment.rows} == set(conditions)
    assert [(part.attribute, part.way, part.sequence) for part in segment.rank] == [("tier", "sequence", "gold,silver")]


RULES: dict[str, Any] = {
    "s-rows": ["0"], "s0name": "all", "s0strategy": "redistribute", "code": "ruled", "q-rows": ["0", "1"],
    "q0kind": "most", "q0name": "few", "q0units": "5", "q0sku": "LAMP", "q0until_on": "2030-02-01", "q0c-rows": ["0"],
    "q0c0attribute": "tier", "q0c0op": "not", "q0c0value": "gold",
    "q1kind": "least", "q1name": "kept", "q1units": "3", "q1basis": "prioritised", "q1expires_on": "2030-03-01",
    "q1c-rows": ["0"], "q1c0attribute": "tag:", "q1c0op": "is", "q1c0value": "vip",
}  # fmt: skip


def test_quotas_and_protections_are_written_and_come_back(desk, lines) -> None:
    assert desk.post("runs/variants/new", {**RULES, "do": "save"}).status_code == 302
    form = variants.variant("ruled").form
    (quota,), (protection,) = form.quotas, form.protections
    assert msgspec.json.decode(msgspec.json.encode(quota)) == {
        "name": "few", "units": 5, "sku": "LAMP", "until_on": "2030-02-01",
        "filter": {"exclude": [{"attribute": "tier", "values": ["gold"]}]},
    }  # fmt: skip
    assert msgspec.json.decode(msgspec.json.encode(protection)) == {
        "name": "kept", "units": 3, "basis": "prioritised", "expires_on": "2030-03-01",
        "filter": {"include": [{"attribute": "tag:vip", "values": [True]}]},
    }  # fmt: skip
    sheet = desk.get("runs/variants/ruled").context["sheet"]
    sent = {
        "s-rows": ["0"], "s0name": "all", "s0strategy": "redistribute", "version": "1", "do": "save",
        "q-rows": ["0", "1"],
    }  # fmt: skip
    for n, rule in enumerate(sheet.rules):
        names = ("kind", "name", "units", "sku", "from_on", "until_on", "expires_on", "basis")
        sent |= {f"q{n}{name}": getattr(rule, name) for name in names} | {f"q{n}c-rows": ["0"]}
        (row,) = rule.rows
        sent |= {f"q{n}c0attribute": row.attribute, f"q{n}c0op": row.op, f"q{n}c0value": row.value}
    desk.post("runs/variants/ruled/save", sent)
    assert (variants.variant("ruled").form, variants.variant("ruled").version) == (form, 1)


def test_a_protection_written_in_the_console_decides(desk, lines) -> None:
    given = {**RULES, "q-rows": ["1"], "do": "save"}
    assert desk.post("runs/variants/new", given).status_code == 302
    run = simulated(desk, "ruled")
    # Of the five lamps three are kept for the VIP, who came last.
    assert [(one.line, one.covered_after) for one in sides.lines(run, how="gains")] == [(lines["vip"], 3)]
    assert [(one.line, one.covered_after) for one in sides.lines(run, how="loses")] == [(lines["first"], 2)]


def test_rules_are_added_and_removed_by_buttons(desk) -> None:
    page = desk.post("runs/variants/new", {**RULES, "do": "rule"})
    assert [rule.name for rule in page.context["sheet"].rules] == ["few", "kept", ""]
    page = desk.post("runs/variants/new", {**RULES, "do": "rule_row.1"})
    assert [len(rule.rows) for rule in page.context["sheet"].rules] == [1, 2]
    page = desk.post("runs/variants/new", {**RULES, "do": "rule_drop.0"})
    assert [rule.name for rule in page.context["sheet"].rules] == ["kept"]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"q0units": ""}, "Rule 1 needs a name and a number of units."),
        ({"q0units": "many"}, "“many” is no whole number that can be."),
        ({"q0expires_on": "2030-03-01"}, "Rule 1: only what is kept (at least) expires"),
        ({"q0until_on": "soon"}, "Write the day like 2026-12-24."),
        ({"q0from_on": "2030-02-02"}, "2030-02-01 is before 2030-02-02"),
        ({"q0sku": "NOSUCH"}, "There is no item"),
        ({"q1c0attribute": "nonsense"}, "Rule 2: there is no attribute “nonsense”."),
        ({"q1name": "kept", "q0kind": "least", "q0name": "kept"}, "kept"),
    ],
)
def test_a_rule_that_cannot_be_meant_is_refused(desk, lines, change: dict[str, str], says: str) -> None:
    page = desk.post("runs/variants/new", {**RULES, **change, "do": "save"})
    assert page.status_code in (404, 422)
    assert says in text_of(page)
    assert Variant.objects.count() == 0


def test_a_solver_betters_a_variant_and_says_how_sure_it_is(desk, shop: Shop, lines) -> None:
    """Four of the five lamps go to the first order; two smaller ones could be whole instead of it."""
    for reference in ("W-3", "W-4"):
        shop.place(("LAMP", 2), reference=reference)
    sheet = {**FOR_VIPS, "s0strategy": "redistribute", "code": "best", "do": "save"}
    desk.post("runs/variants/new", {**sheet, "objective": "kept_promises", "weight": "priority"})
    form = variants.variant("best").form
    assert (form.objective, form.weight) == ("kept_promises", None)
    page = desk.get("runs/variants/best").content.decode()
    assert '<option value="kept_promises" selected>' in page
    run = simulated(desk, "best")
    (found,) = reading.run(run).optimised
    assert found.after > found.before
    said = text_of(desk.get(f"runs/{run}"))
    assert "What the solver found" in said
    assert "Proven: no assignment is better." in said


def test_a_stale_page_says_who_saved_meanwhile_and_keeps_what_was_typed(desk, desk_of, variant) -> None:
    other = desk_of("planner", name="Marcus Bell")
    given = {**FOR_VIPS, "version": "1", "do": "save"}
    other.post("runs/variants/vips/save", {**given, "note": "Marcus's"})
    page = desk.post("runs/variants/vips/save", {**given, "note": "mine"})
    assert page.status_code == 412
    assert "Marcus Bell changed this" in text_of(page)
    assert "saved version 2" in text_of(page)
    assert page.context["sheet"].note == "mine"
    assert variants.variant("vips").form.note == "Marcus's"


def test_a_code_is_given_once(desk, variant) -> None:
    page = desk.post("runs/variants/new", {**FOR_VIPS, "note": "other", "code": "vips", "do": "save"})
    assert "There is a variant of this code already." in text_of(page)
    assert variants.variant("vips").version == 1


def test_a_simulation_changes_nothing_and_shows_who_gains_and_who_pays(desk, lines, variant) -> None:
    before = books()
    desk.do("runs/new", {"v-vips": "1"})
    run = Run.objects.get().id
    assert "left to decide" in text_of(desk.get(f"runs/{run}"))
    work()
    assert books() == before
    text = text_of(desk.get(f"runs/{run}"))
    assert "1 line gains, 1 loses" in text
    assert "Units gained or lost by segment. vips: +3. others: −3." in text
    assert [(one.line, one.covered_after) for one in sides.lines(run, how="gains")] == [(lines["vip"], 4)]
    assert [(one.line, one.covered_after) for one in sides.most_changed(run, "loses")] == [(lines["first"], 1)]
    assert [(one.segment, one.units, one.gain, one.lose) for one in sides.by_segment(run)] == [
        ("vips", 3, 1, 0),
        ("others", -3, 0, 1),
    ]
    assert "W-1" in text_of(desk.get(f"runs/{run}/lines?how=loses"))
    assert "W-2" not in text_of(desk.get(f"runs/{run}/lines?how=loses"))
    assert "W-2" in text_of(desk.get(f"runs/{run}/lines?segment=0"))
    assert "LAMP" in text_of(desk.get(f"runs/{run}/items?state=proposed"))


def test_progress_ends_in_the_whole_page(desk, variant) -> None:
    desk.do("runs/new", {"v-vips": "1"})
    run = Run.objects.get().id
    under_way = desk.get(f"runs/{run}/progress", **{"HX-Request": "true"})
    assert "1 part is left to decide" in text_of(under_way)
    work()
    assert desk.get(f"runs/{run}/progress")["HX-Redirect"] == f"/console/runs/{run}"


def test_variants_stand_side_by_side(desk, variant) -> None:
    desk.post(
        "runs/variants/new", {"s-rows": ["0"], "s0name": "all", "s0strategy": "skip", "code": "calm", "do": "save"}
    )
    run = simulated(desk, "vips", "calm")
    page = desk.get(f"runs/{run}")
    assert [one.variant for one in page.context["rivals"]] == ["calm", "vips"]
    losers = next(row for row in page.context["measured"] if row.label == "Lines that lose")
    assert [(cell.says, cell.is_best) for cell in losers.cells] == [("0", True), ("1", False)]


def test_nothing_ticked_is_refused(desk, variant) -> None:
    page = desk.do("runs/new", {})
    assert page.status_code == 422
    assert "Tick one to 10 variants." in text_of(page)
    assert Run.objects.count() == 0


def test_a_commit_says_its_effect_and_is_done_by_the_worker(desk, lines, variant) -> None:
    run = simulated(desk, "vips")
    before = books()
    text = text_of(desk.get(f"runs/{run}/commit"))
    assert "1 items change: 1 lines gain, 1 lose, 2 get another date." in text
    assert books() == before
    for _ in range(2):  # A double click.
        assert desk.do(f"runs/{run}/commit", {"token": "t"}).status_code == 302
    assert reading.run(run).state == "committing"
    work()
    assert reading.run(run).state == "committed"
    assert sum(Peg.objects.filter(line_id=lines["vip"]).values_list("units", flat=True)) == 4
    assert_clean(connection)
    assert "Committed: this is how it is." in text_of(desk.get(f"runs/{run}"))


def test_a_second_person_approves(desk, desk_of, lines) -> None:
    desk.post("runs/variants/new", {**FOR_VIPS, "code": "two", "second_person": "1", "do": "save"})
    run = simulated(desk, "two")
    before = books()
    assert "Somebody else than you must approve" in text_of(desk.get(f"runs/{run}"))
    assert desk.do(f"runs/{run}/commit").status_code == 409
    assert desk.do(f"runs/{run}/approve").status_code == 403
    assert (reading.run(run).state, books()) == ("simulated", before)
    other = desk_of("planner", name="Marcus Bell")
    other.do(f"runs/{run}/approve")
    assert reading.run(run).state == "approved"
    assert "Marcus Bell" in text_of(desk.get(f"runs/{run}"))
    desk.do(f"runs/{run}/commit")
    work()
    assert reading.run(run).state == "committed"


def test_a_run_is_put_away_and_replayed(desk, variant) -> None:
    run = simulated(desk, "vips")
    desk.do(f"runs/{run}/replay")
    assert desk.client.session["toast"]["says"] == "Replayed: the same plan, byte for byte."
    desk.do(f"runs/{run}/discard")
    assert reading.run(run).state == "discarded"
    assert desk.do(f"runs/{run}/commit").status_code == 409


def test_a_variant_is_let_stand_and_undo_ends_that(desk, variant) -> None:
    desk.do("runs/variants/vips/stand", {"sku": ""})
    assert [(one.sku, one.variant) for one in variants.stands()] == [(None, "vips")]
    toast = desk.client.session["toast"]
    desk.client.post(toast["undo"], {"confirmed": "1", **dict(toast["fields"])})
    assert variants.stands() == []


def test_who_may_not_plan_sees_only(desk, desk_of, variant) -> None:
    run = simulated(desk, "vips")
    viewer = desk_of("viewer")
    page = viewer.get(f"runs/{run}")
    assert page.status_code == 200
    assert "/commit" not in page.content.decode()
    for path in (f"runs/{run}/commit", f"runs/{run}/approve", "runs/new", "runs/variants/vips/save"):
        assert viewer.do(path, {"do": "save", **FOR_VIPS}).status_code == 403
    assert (reading.run(run).state, variants.variant("vips").version) == ("simulated", 1)


def test_pages_take_as_many_statements_for_many_as_for_one(desk, shop: Shop, variant) -> None:
    run = simulated(desk, "vips")
    counts = []
    for _ in range(2):
        found = []
        for path in ("runs", "runs/variants", f"runs/{run}", f"runs/{run}/lines", f"runs/{run}/items"):
            desk.get(path)
            with CaptureQueriesContext(connection) as asked:
                assert desk.get(path).status_code == 200
            found.append(len(asked))
        counts.append(found)
        for number in range(12):
            shop.place(("LAMP", 1), reference=f"X-{number}", tags=("vip",) if number % 2 else ())
        Run.objects.all().delete()
        run = simulated(desk, "vips")
    assert counts[0] == counts[1]
    assert max(counts[0]) <= 40


def test_texts_of_others_are_shown_as_text(desk, lines) -> None:
    evil = "<script>alert(1)</script>"
    desk.post("runs/variants/new", {**FOR_VIPS, "s0name": evil, "note": evil, "code": "evil", "do": "save"})
    run = simulated(desk, "evil")
    for path in ("runs/variants", "runs/variants/evil", f"runs/{run}/broken", f"runs/{run}", f"runs/{run}/lines"):
        assert evil not in desk.get(path).content.decode()
