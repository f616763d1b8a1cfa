"""A variant being built: segments by clicking, with the lines they take beside them, saved as a new version.

Each small button sends the whole form and gets it back changed, so it works without script; with script the lines
that are taken follow every change.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from backorder.access import staff
from backorder.engine.optimise import MOST_LINES
from backorder.journal.refusals import Refused
from backorder.orders.showing import queue
from backorder.orders.showing.queue import Row
from backorder.planning import variants as planning
from backorder.planning.forms import VariantForm
from backorder.planning.variants import PreviewView, SelectedView

from . import toasts, variant_fields
from .asking import Given
from .door import Visit, address, page
from .refusals import said
from .runs import READS, WRITES, skus_of
from .runs_words import attribute_label, attributes, broken, objectives, shares, strategies
from .stale import Change
from .variant_fields import Part, Sheet, Typed
from .words import actor_name

SHOWN = 5
VERSIONS_SHOWN = 20
WEIGHTS = ("value_minor", "unit_price_minor", "priority", "order_age_days")
"""What lateness may be weighed by, here; the API takes any number."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What a segment takes, with its first lines."""

    view: SelectedView
    lines: Sequence[Row]


@page("runs/variants/new", name="variant-new", needs=WRITES, methods=("GET", "POST"))
def new(visit: Visit) -> HttpResponseBase:
    """A variant from nothing, or `from` another one."""
    if visit.request.method == "POST":
        return _act(visit, code=None)
    origin = visit.request.GET.get("from", "")
    sheet = variant_fields.shown("", planning.variant(origin).form) if origin else _first()
    return _show(visit, sheet, code=None, seen=None)


@page("runs/variants/<str:code>", name="variant", needs=READS)
def variant(visit: Visit, code: str) -> HttpResponseBase:
    """A variant, to look at or to change."""
    wanted = visit.request.GET.get("version", "")
    view = planning.variant(code, int(wanted) if wanted.isdecimal() and len(wanted) < 10 else None)
    return _show(visit, variant_fields.shown(code, view.form), code=code, seen=planning.variant(code).version)


@page("runs/variants/<str:code>/save", name="variant-save", needs=WRITES, methods=("POST",))
def save(visit: Visit, code: str) -> HttpResponseBase:
    """Whatever a button of the form does."""
    return _act(visit, code=code)


@page("runs/variant-preview", name="variant-preview", needs=READS, methods=("POST",))
def preview(visit: Visit) -> HttpResponseBase:
    """The lines that what is typed would take, for script."""
    return visit.render("console/variant_taken.html", **_looked(visit, variant_fields.typed(visit.request.POST)))


def _first() -> Sheet:
    return Sheet(segments=[Typed(name=_("Everybody"), strategy="redistribute")])


def _act(visit: Visit, *, code: str | None) -> HttpResponseBase:
    given = visit.request.POST
    sheet = variant_fields.typed(given)
    seen = Given(given).version
    do = given.get("do", "")
    if do == "save":
        try:
            return _save(visit, sheet, code or sheet.code, seen)
        except Refused as refused:
            if refused.status not in (404, 409, 412, 422, 428):
                raise
            return _show(visit, sheet, code=code, seen=seen, refused=_told(refused, code, seen))
    looks = _looked(visit, sheet) if do == "look" else {}
    return _show(visit, variant_fields.changed(sheet, do), code=code, seen=seen, **looks)


def _save(visit: Visit, sheet: Sheet, code: str, seen: int | None) -> HttpResponse:
    if not code or not all(one.isalnum() or one in "-_." for one in code):
        says = _("A code is letters, digits, - _ and . only; it stands in addresses.")
        raise Refused("invalid_field", says, field="code", value=code[:64])
    if code == "new":
        raise Refused("name_is_taken", _("This code means something else in addresses."), field="code", value=code)
    made = planning.save_variant(code, variant_fields.meant(sheet), actor=visit.actor, seen=seen)
    is_same = made.version == seen
    says = _("Nothing was changed.") if is_same else _("Saved %(code)s as version %(n)s.")
    toasts.give(visit.request, toasts.Toast(says if is_same else says % {"code": code, "n": made.version}))
    return HttpResponseRedirect(address("variant", code))


def _told(refused: Refused, code: str | None, seen: int | None) -> Refused:
    """Without a version seen the code was meant to be new: say that it is taken."""
    if refused.name != "if_match_is_missing" or seen is not None:
        return refused
    return Refused("name_is_taken", _("There is a variant of this code already."), status=409, field="code")


def _show(
    visit: Visit, sheet: Sheet, *, code: str | None, seen: int | None, refused: Refused | None = None, **looks: Any
) -> HttpResponse:
    versions = planning.versions(code)[:VERSIONS_SHOWN] if code else []
    names = staff.names({one.actor for one in versions})
    return visit.render(
        "console/variant.html",
        status=refused.status if refused else 200,
        title=code or _("New variant"),
        code=code,
        sheet=sheet,
        seen=seen,
        refusal=refused,
        changed=_change(code, refused),
        versions=[(one, actor_name(one.actor, names)) for one in versions],
        may=visit.may(WRITES),
        attributes=attributes(),
        ops=variant_fields.ops(),
        strategies=[(name, word, says) for name, (word, says) in strategies().items()],
        shares=list(shares().items()),
        broken=list(broken().items()),
        objectives=list(objectives().items()),
        weights=[(name, attribute_label(name)) for name in dict.fromkeys((*WEIGHTS, sheet.weight)) if name],
        most_optimised=MOST_LINES,
        others=[one.code for one in planning.variants() if one.code != code],
        usual=Part(),
        **looks,
    )


def _change(code: str | None, refused: Refused | None) -> Change | None:
    """Who saved the version that came in between."""
    if code is None or refused is None or refused.name != "version_is_stale":
        return None
    last = planning.variant(code)
    who = actor_name(last.actor, staff.names({last.actor}))
    return Change(who, _("saved version %(n)s") % {"n": last.version}, last.at)


# -- what it takes -------------------------------------------------------------------------------------------------


def _looked(visit: Visit, sheet: Sheet) -> dict[str, Any]:
    try:
        form = variant_fields.meant(sheet)
        found = planning.preview(form, skus=skus_of(Given(visit.request.POST)))
    except Refused as refused:
        return {"looked": True, "trouble": said(refused)}
    return {"looked": True, "found": found, "taken": _taken(visit, form, found)}


def _taken(visit: Visit, form: VariantForm, found: PreviewView) -> list[Taken]:
    """Each segment with its first lines, read in one go."""
    wanted = [id for one in found.segments for id in one.first[:SHOWN]]
    lines = {row.id: row for row in queue.lines(wanted, now=visit.now)} if wanted else {}
    return [
        Taken(one, [lines[id] for id in one.first[:SHOWN] if id in lines]) for one in found.segments
    ]  # fmt: skip
