"""One run: what it would do beside its rivals, who gains and who pays, line by line, and its way to being committed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backorder.access import staff
from backorder.journal.refusals import Refused
from backorder.orders.names import order_names
from backorder.orders.reading import channels
from backorder.planning import reading, sides
from backorder.planning import runs as planning
from backorder.planning.reading import Bettered, Broken, LineDiff, RunView
from backorder.planning.sides import How, Side

from .asking import Ask, Did, Given, form
from .door import Visit, address, page
from .listing import Column, Criteria, Filter, Found, Listing, Sort, cut, show
from .runs import READS, WRITES, effect, measured
from .runs_words import how_pill, item_state, objectives, scored, state_of, strategies, strategy_icon
from .states import State
from .templatetags.look import count, money
from .words import actor_name

SHOWN = 8
REFUSED_SHOWN = 20
UNDER_WAY = ("deciding", "committing")
LABEL, ROW, HALF = 130, 34, 76
"""Geometry of the chart of segments: room for names, height of a row, length of the longest bar."""


@dataclass(frozen=True, slots=True)
class Changed:
    """A line that a run changes, with the order it belongs to."""

    diff: LineDiff
    reference: str
    state: State

    @property
    def units(self) -> str:
        """`+3`, `−2`, or nothing when only a day changes."""
        by = self.diff.covered_after - self.diff.covered_before
        return (("+" if by > 0 else "−") + count(abs(by))) if by else ""


@dataclass(frozen=True, slots=True)
class Bar:
    """A segment's bar: where its row begins, and the bar left or right of zero."""

    side: Side
    label: str
    top: int
    x: float
    width: float
    says: str


@page("runs/<int:run>", name="run", needs=READS)
def run(visit: Visit, run: int) -> HttpResponseBase:
    """The run beside those decided on the same picture."""
    found = sides.together(run)
    this = next(one for one in found if one.id == run)
    decided = this.state != "deciding"
    changes = by_changes(run) if decided else {}
    segments = sides.by_segment(run) if decided else []
    left = [one for _id, one in reading.items(run, state="refused", limit=REFUSED_SHOWN)] if decided else []
    return visit.render(
        "console/run.html",
        **progress_of(this),
        title=_("Run %(n)s") % {"n": run},
        says=_says(this),
        people=_people(this),
        state=state_of(this.state, second_person=this.second_person),
        rivals=found,
        measured=measured(found, _currency()),
        chart=bars(segments),
        height=ROW * len(segments) + 8,
        segments=[(one, strategies().get(one.strategy, ("", ""))[0], strategy_icon(one.strategy)) for one in segments],
        gains=changes.get("gains", []),
        loses=changes.get("loses", []),
        left=left,
        effect=effect(this),
        optimised=[_solved(one) for one in this.optimised],
        may=visit.may(WRITES),
        is_own=this.made_by == visit.actor,
    )


@page("runs/<int:run>/progress", name="run-progress", needs=READS)
def progress(visit: Visit, run: int) -> HttpResponseBase:
    """How far the run is; the whole page again when it is through."""
    this = reading.run(run)
    if this.state not in UNDER_WAY:
        response = HttpResponse(status=204)
        response["HX-Redirect"] = address("run", run)
        return response
    return visit.render("console/run_progress.html", **progress_of(this))


def progress_of(this: RunView) -> dict[str, Any]:
    """How far a run is, for its bar."""
    items = sum(this.items.values())
    done = items - this.items.get("proposed", 0)
    under_way = this.state in UNDER_WAY
    if this.state == "deciding":
        left = ngettext("%(n)s part is left to decide", "%(n)s parts are left to decide", this.ranges_left)
        return {"this": this, "under_way": True, "share": 0, "far": left % {"n": count(this.ranges_left)}}
    far = _("%(done)s of %(all)s items are done") % {"done": count(done), "all": count(items)}
    return {"this": this, "under_way": under_way, "share": round(100 * done / items) if items else 0, "far": far}


@dataclass(frozen=True, slots=True)
class Solved:
    """What a solver made of a plan, in words: the objective, what its figures count, and how sure it is."""

    objective: str
    counts: str
    before: str
    after: str
    proof: str


def _score(objective: str, score: float) -> str:
    """A score as people read it; lateness counts negative, and minor units are money."""
    return money(round(score), _currency()) if objective == "value" else count(round(abs(score)))


def _solved(one: Bettered) -> Solved:
    before, after = (_score(one.objective, score) for score in (one.before, one.after))
    if one.gap is None:
        proof = _("How much better it could be is not known.")
    elif one.gap == 0:
        proof = _("Proven: no assignment is better.")
    else:
        proof = _("At most %(share)s %% better could be missed.") % {"share": f"{100 * one.gap:.1f}"}
    return Solved(objectives()[one.objective], scored(one.objective), before, after, proof)


def by_changes(run: int) -> Mapping[str, list[Changed]]:
    """Who gains and who loses most."""
    return {how: _named(sides.most_changed(run, how, limit=SHOWN)) for how in ("gains", "loses")}


def bars(segments: Sequence[Side]) -> list[Bar]:
    """Units gained or lost by segment, as bars left and right of zero."""
    most = max((abs(one.units) for one in segments), default=0) or 1
    zero = LABEL + HALF
    found = []
    for number, one in enumerate(segments):
        width = round(HALF * abs(one.units) / most, 1)
        sign = "+" if one.units > 0 else "−" if one.units < 0 else ""
        name = one.segment or _("no segment")
        label = name if len(name) <= 20 else f"{name[:19]}…"
        found.append(
            Bar(one, label, ROW * number + 8, zero if one.units > 0 else round(zero - width, 1), width,
                f"{sign}{count(abs(one.units))}")
        )  # fmt: skip
    return found


def _named(found: Sequence[LineDiff]) -> list[Changed]:
    names = order_names({one.order for one in found if one.order})
    return [
        Changed(one, names[one.order].reference if one.order in names else _("a cart"), how_pill(one.how))
        for one in found
    ]


@page("runs/<int:run>/broken", name="run-broken", needs=READS)
def broken(visit: Visit, run: int) -> HttpResponseBase:
    """Floors that could not be held, decided once more to say who would have to lose; asked for after the page."""
    found: list[Broken] = []
    try:
        found = reading.broken_floors(run)
    except Refused as refused:
        if refused.status != 410:  # The picture is not kept any more: nobody can say.
            raise
    return visit.render("console/run_broken.html", broken=found)


def _says(this: RunView) -> str:
    """How the run stands, in a sentence."""
    return {
        "deciding": _("The picture is taken; the run is being decided. Nothing of any order changes."),
        "simulated": _("Decided on a picture of stock and orders. Nothing is written yet."),
        "approved": _("Approved, and not committed yet."),
        "committing": _("Being committed, item by item, each decided again."),
        "committed": _("Committed: this is how it is."),
        "discarded": _("Put away; it changed nothing."),
    }[this.state]


def _people(this: RunView) -> list[tuple[str, str, Any]]:
    """Who did what to it, and when."""
    done = [(_("Made"), this.made_by, this.made_at), (_("Approved"), this.approved_by, this.approved_at),
            (_("Committed"), this.committed_by, this.committed_at)]  # fmt: skip
    names = staff.names({who for _what, who, _at in done if who})
    return [(what, actor_name(who, names), at) for what, who, at in done if at is not None]


def _currency() -> str:
    """The currency of all channels; blank where there are several."""
    found = {one.currency for one in channels()}
    return found.pop() if len(found) == 1 else ""


# -- line by line --------------------------------------------------------------------------------------------------


@page("runs/<int:run>/lines", name="run-lines", needs=READS)
def lines(visit: Visit, run: int) -> HttpResponseBase:
    """What the run changes, line by line."""
    this = reading.run(run)

    def read(criteria: Criteria, limit: int) -> Found:
        after = int(criteria.after[0]) if criteria.after else 0
        how: Any = criteria.filters.get("how")
        segment = int(criteria.filters["segment"]) if "segment" in criteria.filters else None
        found = sides.lines(run, how=how, segment=segment, after=after, limit=limit + 1)
        return cut(_named(found), limit, lambda row: (row.diff.line,))

    return show(visit, _lines_listing(run), read, template="console/run_lines.html", this=this)


def _lines_listing(run: int) -> Listing:
    segments = [(str(number), one.segment or "") for number, one in enumerate(sides.by_segment(run)) if one.segment]
    return Listing(
        name="run-lines",
        title=_("Run %(n)s, line by line") % {"n": run},
        caption=_("Lines that the run changes"),
        row="console/run_lines_row.html",
        columns=(
            Column("order", _("Order"), csv=lambda one: one.reference),
            Column("how", _("What happens"), csv=lambda one: one.diff.how),
            Column("item", _("Item"), csv=lambda one: one.diff.sku),
            Column("segment", _("Segment"), csv=lambda one: one.diff.segment, low=True),
            Column("owed", _("Owed"), csv=lambda one: one.diff.units, number=True),
            Column("units", _("Covered"), csv=lambda one: one.diff.covered_after, number=True),
            Column("was", _("Ready before"), csv=lambda one: one.diff.ready_before),
            Column("then", _("Ready then"), csv=lambda one: one.diff.ready_after),
            Column("promised", _("Promised before"), csv=lambda one: one.diff.promised_before, shown=False),
            Column("new", _("Promised then"), csv=lambda one: one.diff.promised_after, shown=False),
        ),
        sorts=(Sort("line", _("by line")),),
        filters=(
            Filter("how", _("What happens"), "choice", options=[(how, how_pill(how).word) for how in get_args(How)]),
            Filter("segment", _("Segment"), "choice", options=segments),
        ),
        empty_title=_("The run changes no line"),
        empty_says=_("What is decided by the variant is what is decided already."),
    )


@page("runs/<int:run>/items", name="run-items", needs=READS)
def items(visit: Visit, run: int) -> HttpResponseBase:
    """How far each item of the run is, and why some were left."""
    this = reading.run(run)

    def read(criteria: Criteria, limit: int) -> Found:
        after = int(criteria.after[0]) if criteria.after else 0
        found = reading.items(run, state=criteria.filters.get("state"), after=after, limit=limit + 1)
        rows = [(id, one, item_state(one.state)) for id, one in found]
        return cut(rows, limit, lambda row: (row[0],))

    return show(visit, _items_listing(run), read, template="console/run_lines.html", this=this)


def _items_listing(run: int) -> Listing:
    states = [(name, item_state(name).word) for name in ("proposed", "committed", "refused", "stopped")]
    return Listing(
        name="run-items",
        title=_("Run %(n)s, item by item") % {"n": run},
        caption=_("Items of the run"),
        row="console/run_items_row.html",
        columns=(
            Column("item", _("Item"), csv=lambda one: one[1].sku),
            Column("state", _("State"), csv=lambda one: one[1].state),
            Column("why", _("Why"), csv=lambda one: one[1].says),
        ),
        sorts=(Sort("item", _("by item")),),
        filters=(Filter("state", _("State"), "choice", options=states),),
        empty_title=_("The run changes no item"),
    )


# -- its way -------------------------------------------------------------------------------------------------------

approving = form("runs/<int:run>/approve", name="run-approve", needs=WRITES)
committing = form("runs/<int:run>/commit", name="run-commit", needs=WRITES)
discarding = form("runs/<int:run>/discard", name="run-discard", needs=WRITES)
replaying = form("runs/<int:run>/replay", name="run-replay", needs=READS)


@approving.asks
def ask_approval(visit: Visit, given: Given, run: int) -> Ask:
    """Say what one agrees to."""
    this = reading.run(run)
    says = [_will(this), _("Nothing is written by approving; committing does that.")]
    if this.second_person and this.made_by == visit.actor:
        says.append(_("You made this run; this variant wants somebody else to approve it."))
    return _ask(this, _("Approve run %(n)s?"), _("Approve"), "check", says)


@approving.does
def do_approval(visit: Visit, given: Given, run: int) -> Did:
    """Approve it."""
    planning.approve(run, actor=visit.actor)
    return Did(_("Run %(n)s is approved.") % {"n": run}, address("run", run))


@committing.asks
def ask_commit(visit: Visit, given: Given, run: int) -> Ask:
    """What will change, for whom, and what will not."""
    this = reading.run(run)
    says = [
        _will(this),
        _("Each item is decided again under its lock. An item is left as it is, and named,"
          " if one of its lines would be worse off than shown here."),
        _("Customers whose date changes are told."),
    ]  # fmt: skip
    lines = int(this.after.get("notices", 0))
    button = ngettext("Commit, %(n)s date changes", "Commit, %(n)s dates change", lines) % {"n": count(lines)}
    return _ask(this, _("Commit run %(n)s?"), button, "bolt", says, danger=int(this.after.get("losers", 0)) > 0)


@committing.does
def do_commit(visit: Visit, given: Given, run: int) -> Did:
    """Begin; the worker goes on."""
    planning.commit_run(run, actor=visit.actor, wait=False)
    return Did(_("Run %(n)s is being committed.") % {"n": run}, address("run", run))


@discarding.asks
def ask_discard(visit: Visit, given: Given, run: int) -> Ask:
    """Put it away."""
    says = [_("It stays in the list and can be read, but never be committed.")]
    return _ask(reading.run(run), _("Discard run %(n)s?"), _("Discard"), "x", says, danger=True)


@discarding.does
def do_discard(visit: Visit, given: Given, run: int) -> Did:
    """Discard it."""
    planning.discard(run, actor=visit.actor)
    return Did(_("Run %(n)s is put away.") % {"n": run}, address("runs"))


@replaying.asks
def ask_replay(visit: Visit, given: Given, run: int) -> Ask:
    """Decide the kept picture again and compare."""
    says = [_("The picture it decided on is decided once more, and both plans are compared byte for byte."),
            _("Nothing changes; with many lines it takes a while.")]  # fmt: skip
    return _ask(reading.run(run), _("Replay run %(n)s?"), _("Replay"), "undo", says)


@replaying.does
def do_replay(visit: Visit, given: Given, run: int) -> Did:
    """Say whether it came out the same."""
    same = planning.replay(run)
    says = _("Replayed: the same plan, byte for byte.") if same else _("Replayed: the plan differs. This is a defect.")
    return Did(says, address("run", run))


def _will(this: RunView) -> str:
    """What committing would change."""
    gain, lose = int(this.after.get("gainers", 0)), int(this.after.get("losers", 0))
    told = int(this.after.get("notices", 0))
    items = sum(this.items.values())
    return _("%(items)s items change: %(gain)s lines gain, %(lose)s lose, %(told)s get another date.") % {
        "items": count(items), "gain": count(gain), "lose": count(lose), "told": count(told),
    }  # fmt: skip


def _ask(this: RunView, title: str, button: str, icon: str, says: Sequence[str], *, danger: bool = False) -> Ask:
    return Ask(
        title % {"n": this.id}, button, address("run", this.id), says=says, icon=icon, danger=danger,
        subject=f"run/{this.id}",
    )  # fmt: skip
