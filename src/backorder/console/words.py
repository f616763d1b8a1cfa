"""Words that several pages of the console share, in the reader's language."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import pgettext


def role_name(role: str) -> str:
    """A role as people say it."""
    return {
        "viewer": _("Viewer"),
        "support": _("Support"),
        "planner": _("Planner"),
        "buyer": _("Buyer"),
        "warehouse": _("Warehouse"),
        "admin": _("Administrator"),
    }.get(role, role)


def actor_name(actor: str, names: dict[str, str]) -> str:
    """Who did something: a name, or what kind of thing it was."""
    if actor in names:
        return names[actor]
    kind = actor.partition(":")[0]
    return {
        "key": _("a connected system"),
        "staff": _("a former colleague"),
        "customer": _("the customer"),
        "job": pgettext("actor", "backorder"),
        "demo": pgettext("actor", "the demo"),
        "cli": _("the command line"),
    }.get(kind, pgettext("actor", "backorder"))


def cause_name(cause: str) -> str:
    """Why a promise was made anew."""
    return {
        "ordered": _("ordered"),
        "receipt": _("goods arrived"),
        "new_supply": _("a delivery was announced"),
        "eta": _("a delivery moved"),
        "cancelled_supply": _("a delivery was cancelled"),
        "count": _("stock was counted"),
        "counted": _("stock was counted"),
        "adjusted": _("stock was corrected"),
        "cancelled": _("units were cancelled"),
        "edited": _("the order was edited"),
        "substitute": _("another item instead"),
        "split": _("the line was split"),
        "pinned": _("pinned to a delivery"),
        "unpinned": _("no longer pinned"),
        "asked": _("decided again on request"),
        "redecided": _("decided again"),
        "released": _("handed to the warehouse"),
        "short_pick": _("missing when picked"),
        "set": _("what ships together was aligned"),
        "new_day": _("a new day"),
        "returned": _("units came back"),
        "hold_ended": _("a cart gave units back"),
        "run": _("a planning run"),
    }.get(cause, cause.replace("_", " "))
