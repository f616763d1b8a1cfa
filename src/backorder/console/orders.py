"""All orders, the newest first: found by what is written on them."""

from __future__ import annotations

from typing import Any

from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from backorder.orders import reading

from .door import Visit, page
from .listing import Column, Criteria, Filter, Found, Listing, Sort, cut, show
from .saved_views import View


@page("orders", name="orders", needs="orders:read")
def orders(visit: Visit) -> HttpResponseBase:
    """The list of orders."""
    return show(visit, _listing(), read)


def read(criteria: Criteria, limit: int) -> Found:
    """A page of orders; they are kept in the order in which they came."""
    wanted: dict[str, Any] = dict(criteria.filters)
    before = criteria.after[0] if criteria.after else None
    return cut(reading.orders(**wanted, before=before, limit=limit + 1), limit, lambda row: (row.id,))


def _listing() -> Listing:
    return Listing(
        name="orders",
        title=_("Orders"),
        caption=_("Orders, the newest first"),
        row="console/orders_row.html",
        columns=(
            Column("reference", _("Order"), csv=lambda row: row.reference),
            Column("customer", _("Customer"), csv=lambda row: row.customer),
            Column("ordered_at", _("Ordered"), csv=lambda row: row.ordered_at.isoformat()),
            Column("units", _("Units"), csv=lambda row: row.ordered),
            Column("open", _("Waiting"), csv=lambda row: row.open, number=True),
            Column("promised_on", _("Promised"), csv=lambda row: row.promised_on),
            Column("channel", _("Channel"), csv=lambda row: row.channel, low=True),
        ),
        sorts=(Sort("newest", _("newest"), descending=True),),
        filters=(
            Filter("state", _("State"), "choice", options=(
                ("waiting", _("waiting")), ("late", _("late")), ("released", _("with the warehouse")),
                ("blocked", _("blocked")),
            )),
            Filter("reference", _("Reference")),
            Filter("customer", _("Customer"), hint=_("The shop's number of the customer")),
            Filter("sku", _("Item"), hint=_("Its SKU")),
            Filter("channel", _("Channel")),
        ),
        views=(
            View(_("All")),
            View(_("Waiting"), {"state": "waiting"}),
            View(_("Late"), {"state": "late"}),
            View(_("With the warehouse"), {"state": "released"}),
            View(_("Blocked"), {"state": "blocked"}),
        ),
        empty_title=_("No order yet"),
        empty_says=_("Orders that a shop sends to the API appear here by themselves. Play the demo to see some."),
    )  # fmt: skip
