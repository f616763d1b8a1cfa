"""Variants: the saved ways to decide, what stands, and the verbs that let one stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from backorder.access import staff
from backorder.planning import variants as planning
from backorder.planning.variants import StandingView, VariantView

from .asking import Ask, Did, Field, Given, form
from .door import Visit, address, page
from .runs import READS, WRITES
from .words import actor_name


@dataclass(frozen=True, slots=True)
class Card:
    """A variant in the list, with where it stands."""

    view: VariantView
    by: str
    stands: Sequence[StandingView]


@page("runs/variants", name="variants", needs=READS)
def variants(visit: Visit) -> HttpResponseBase:
    """All variants, and what stands by itself."""
    found, standing = planning.variants(), planning.stands()
    names = staff.names({one.actor for one in found})
    cards = [
        Card(one, actor_name(one.actor, names), [each for each in standing if each.variant == one.code])
        for one in found
    ]
    return visit.render(
        "console/variants.html", title=_("Variants"), cards=cards, standing=standing, may=visit.may(WRITES),
        section="variants",
    )  # fmt: skip


letting = form("runs/variants/<str:code>/stand", name="variant-stand", needs=WRITES)
ending = form("runs/standing/end", name="variant-end", needs=WRITES)


@letting.asks
def ask_stand(visit: Visit, given: Given, code: str) -> Ask:
    """Let it decide by itself from now on."""
    view = planning.variant(code)
    says = [_("Whenever something changes, version %(n)s of it decides from then on. Nothing changes before that.")
            % {"n": view.version}]  # fmt: skip
    sku = Field("sku", _("Only for this item"), required=False, hint=_("Its SKU. Empty: all that have nothing own."))
    return Ask(_("Let %(code)s stand?") % {"code": code}, _("Let it stand"), address("variants"), says=says,
               fields=[sku], icon="pin")  # fmt: skip


@letting.does
def do_stand(visit: Visit, given: Given, code: str) -> Did:
    """It stands; undo ends that, if nothing stood before."""
    sku = given.text("sku", longest=100) or None
    before = [one for one in planning.stands() if one.sku == sku]
    planning.stand(code, sku=sku, actor=visit.actor)
    undo = address("variant-stand", before[0].variant) if before else address("variant-end")
    where = sku or _("everything")
    return Did(_("%(code)s decides %(where)s now.") % {"code": code, "where": where}, address("variants"), undo=undo,
               fields={"sku": sku or ""})  # fmt: skip


@ending.asks
def ask_end(visit: Visit, given: Given) -> Ask:
    """Decide as if nothing had been said."""
    sku = given.text("sku", longest=100)
    says = [_("From the next change on, the usual order counts: priority, first promised day, time of order.")]
    return Ask(_("Let it stand no more?"), _("End it"), address("variants"), says=says,
               fields=[Field("sku", "", "hidden", sku)])  # fmt: skip


@ending.does
def do_end(visit: Visit, given: Given) -> Did:
    """It stands no more."""
    sku = given.text("sku", longest=100) or None
    before = next((one for one in planning.stands() if one.sku == sku), None)
    planning.stand_no_more(sku=sku, actor=visit.actor)
    undo = address("variant-stand", before.variant) if before else ""
    return Did(_("The usual order counts again."), address("variants"), undo=undo, fields={"sku": sku or ""})
