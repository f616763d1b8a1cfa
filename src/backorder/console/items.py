"""All items, by SKU: what each has, owes and expects."""

from __future__ import annotations

from typing import Any

from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from backorder.orders.showing import items as data

from .door import Visit, page
from .item_policy import sells
from .listing import Column, Criteria, Filter, Found, Listing, Sort, cut, show
from .saved_views import View


@page("items", name="items", needs="catalog:read")
def items(visit: Visit) -> HttpResponseBase:
    """The list of items."""
    return show(visit, _listing(), read, today=visit.now.date())


def read(criteria: Criteria, limit: int) -> Found:
    """A page of items by SKU."""
    wanted: dict[str, Any] = dict(criteria.filters)
    after = str(criteria.after[0]) if criteria.after else None
    found = data.items(**wanted, after=after, limit=limit + 1)
    return cut(found, limit, lambda row: (row.sku,))


def _listing() -> Listing:
    return Listing(
        name="items",
        title=_("Items"),
        caption=_("Items by SKU, with what each has, owes and expects"),
        row="console/items_row.html",
        columns=(
            Column("sku", _("Item"), csv=lambda row: row.sku),
            Column("name", _("Name"), csv=lambda row: row.name, shown=False),
            Column("on_hand", _("On hand"), csv=lambda row: row.on_hand, number=True),
            Column("free", _("Free"), csv=lambda row: row.free, number=True),
            Column("waiting", _("Waiting"), csv=lambda row: row.waiting, number=True),
            Column("arriving", _("Arriving"), csv=lambda row: row.arriving, number=True),
            Column("next_on", _("Next delivery"), csv=lambda row: row.next_on),
            Column("sell", _("Beyond the shelf"), csv=lambda row: row.sell, low=True),
        ),
        sorts=(Sort("sku", _("SKU")),),
        filters=(
            Filter("q", _("Search"), hint=_("Part of the SKU or the name")),
            Filter("only", _("Only"), "choice", options=(
                ("waiting", _("somebody waits")), ("short", _("more wait than arrive")),
                ("free", _("free on the shelf")), ("empty", _("nothing on the shelf")),
                ("arriving", _("on its way")),
            )),
            Filter("sell", _("Beyond the shelf"), "choice", options=tuple(sells().items())),
        ),
        views=(
            View(_("All")),
            View(_("Waiting"), {"only": "waiting"}),
            View(_("Short"), {"only": "short"}),
            View(_("On its way"), {"only": "arriving"}),
        ),
        empty_title=_("No items yet"),
        empty_says=_("Items come from your shop over the API, or as a file: backorder import items.csv."),
    )  # fmt: skip
