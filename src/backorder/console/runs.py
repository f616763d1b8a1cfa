"""Runs: the list of them, a new simulation of one variant or several, and what came of each side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backorder.access import staff
from backorder.planning import reading, variants
from backorder.planning import runs as planning
from backorder.planning.reading import RunView
from backorder.planning.runs import MOST_VARIANTS
from backorder.planning.selection import MOST_SKUS

from .asking import Ask, Did, Field, Given, form, invalid
from .door import Visit, address, page
from .listing import Column, Criteria, Filter, Found, Listing, Sort, cut, show
from .runs_words import Figure, figures, state_of
from .states import State
from .templatetags.look import count
from .words import actor_name

READS, WRITES = "planning:read", "planning:write"
LONGEST_SKUS = 20_000
BAR = 76


@dataclass(frozen=True, slots=True)
class Listed:
    """A run as the list shows it."""

    run: RunView
    state: State
    made_by: str
    says: str


@dataclass(frozen=True, slots=True)
class Cell:
    """A figure of one run (`of`: its variant): in words, against now, as a bar, and whether no other run is better."""

    of: str
    says: str
    change: str
    width: float
    is_best: bool


@dataclass(frozen=True, slots=True)
class Measured:
    """A figure of all runs beside each other, and of now."""

    label: str
    now: str
    cells: Sequence[Cell]


@page("runs", name="runs", needs=READS)
def runs(visit: Visit) -> HttpResponseBase:
    """The runs, the newest first."""
    may = visit.may(WRITES)
    return show(visit, _listing(), _read, template="console/runs.html", may_run=may, section="runs")


def _read(criteria: Criteria, limit: int) -> Found:
    before = int(criteria.after[0]) if criteria.after else None
    found = reading.runs(variant=criteria.filters.get("variant"), before=before, limit=limit + 1)
    names = staff.names({one.made_by for one in found})
    rows = [
        Listed(one, state_of(one.state, second_person=one.second_person), actor_name(one.made_by, names), effect(one))
        for one in found
    ]
    return cut(rows, limit, lambda row: (row.run.id,))


def effect(run: RunView) -> str:
    """What a run changes, in a sentence."""
    if run.state == "deciding":
        return _("not known yet")
    gain, lose = int(run.after.get("gainers", 0)), int(run.after.get("losers", 0))
    if not run.lines and not gain and not lose:
        return _("changes nothing")
    gains = ngettext("%(n)s line gains", "%(n)s lines gain", gain) % {"n": count(gain)}
    loses = ngettext("%(n)s loses", "%(n)s lose", lose) % {"n": count(lose)}
    return f"{gains}, {loses}"


def _listing() -> Listing:
    return Listing(
        name="runs",
        title=_("Runs"),
        caption=_("Runs, the newest first"),
        row="console/runs_row.html",
        columns=(
            Column("run", _("Run"), csv=lambda one: one.run.id),
            Column("state", _("State"), csv=lambda one: one.state.word),
            Column("effect", _("What it changes"), csv=lambda one: one.says),
            Column("items", _("Items"), csv=lambda one: sum(one.run.items.values()), number=True, low=True),
            Column("made", _("Made"), csv=lambda one: one.run.made_at.isoformat()),
            Column("by", _("By"), csv=lambda one: one.made_by, low=True),
        ),
        sorts=(Sort("newest", _("newest first"), descending=True),),
        filters=(Filter("variant", _("Variant"), hint=_("Its code")),),
        empty_title=_("Nothing was run yet"),
        empty_says=_("A run decides anew who gets what, by a variant you choose. It is simulated first, "
                     "and changes nothing until somebody commits it."),
    )  # fmt: skip


# -- a new simulation ----------------------------------------------------------------------------------------------

simulating = form("runs/new", name="run-new", needs=WRITES)


@simulating.asks
def ask_simulation(visit: Visit, given: Given) -> Ask:
    """Which variants, and on which items."""
    known = variants.variants()
    title, back = _("New run"), address("runs")
    if not known:
        says = [_("A run needs a variant: a saved way to decide. Make one first.")]
        return Ask(title, _("Make a variant"), address("variants"), says=says, looks=True)
    picked = given.values.get("variant", "")
    boxes = [
        Field(f"v-{one.code}", one.code + (f": {one.form.note}" if one.form.note else ""), "check",
              "1" if one.code == picked else "", required=False)
        for one in known
    ]  # fmt: skip
    items = Field(
        "skus", _("Only these items"), "long", required=False, most=LONGEST_SKUS,
        hint=_("SKUs, one a line or by comma. Empty: everything that somebody waits for."),
    )  # fmt: skip
    says = [
        _("All variants you tick decide on one picture of stock and orders, so that they can be compared."),
        _("Nothing of any order changes."),
    ]
    return Ask(title, _("Simulate"), back, says=says, fields=[*boxes, items], icon="runs")


@simulating.does
def do_simulation(visit: Visit, given: Given) -> Did:
    """Freeze the picture; the worker decides."""
    codes = [one.code for one in variants.variants() if given.check(f"v-{one.code}")]
    if not 1 <= len(codes) <= MOST_VARIANTS:
        raise invalid("variants", _("Tick one to %(n)s variants.") % {"n": MOST_VARIANTS})
    made = planning.simulate(codes, skus=skus_of(given), actor=visit.actor, wait=False)
    said = ngettext("%(n)s variant is being simulated.", "%(n)s variants are being simulated.", len(made))
    return Did(said % {"n": len(made)}, address("run", made[0]))


def skus_of(given: Given) -> list[str] | None:
    """The items named, or None for all."""
    named = given.text("skus", longest=LONGEST_SKUS).replace(",", "\n").split("\n")
    found = list(dict.fromkeys(one.strip() for one in named if one.strip()))
    if len(found) > MOST_SKUS:
        raise invalid("skus", _("At most %(n)s at once.") % {"n": count(MOST_SKUS)})
    return found or None


# -- side by side --------------------------------------------------------------------------------------------------


def measured(runs: Sequence[RunView], currency: str) -> list[Measured]:
    """Every figure of these runs beside how it is now; nothing before they are decided."""
    known = [one for one in runs if one.after]
    if not known:
        return []
    return [_measured(figure, known) for figure in figures(currency)]


def _measured(figure: Figure, runs: Sequence[RunView]) -> Measured:
    now = runs[0].before.get(figure.name, 0)
    values = [one.after.get(figure.name, 0) for one in runs]
    best = (max(values) if figure.better > 0 else min(values)) if figure.better else None
    is_contest = len(runs) > 1 and len(set(values)) > 1
    most = 1.0 if figure.name in ("fill_rate", "covered_rate", "fairness") else max(*values, now, 0) or 1.0
    is_of_change = figure.name in ("gainers", "losers", "notices", "promises_broken")
    cells = [
        Cell(
            run.variant,
            figure.says(value),
            "" if is_of_change else _change(figure, value - now),
            round(BAR * value / most, 1),
            is_contest and value == best,
        )
        for run, value in zip(runs, values, strict=True)
    ]
    return Measured(figure.label, "–" if is_of_change else figure.says(now), cells)


def _change(figure: Figure, by: float) -> str:
    if abs(by) < 0.00005:
        return _("same")
    return ("+" if by > 0 else "−") + figure.says(abs(by))


def tabs(visit: Visit, here: str) -> list[dict[str, Any]]:
    """Where one can go among runs."""
    return [
        {"label": label, "url": address(name), "here": name == here}
        for name, label in (("runs", _("Runs")), ("variants", _("Variants")))
    ]
