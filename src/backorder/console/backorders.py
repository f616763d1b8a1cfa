"""The queue: which lines wait, why, and until when; and what can be done about many of them at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from backorder.orders.showing import queue

from . import line_actions, states
from .door import Visit, page
from .listing import Bulk, Column, Criteria, Filter, Found, Listing, Sort, criteria_of, show
from .saved_views import View
from .states import Shown
from .templatetags.look import money

NUMBERS = ("age", "value", "priority")


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads pages of the queue as they are drawn."""

    visit: Visit

    def __call__(self, criteria: Criteria, limit: int) -> Found:
        found = queue.waiting(
            filters_of(criteria.filters),
            sort=criteria.sort,
            descending=criteria.descending,
            after=_place(criteria),
            limit=limit,
            now=self.visit.now,
        )
        today = self.visit.now.date()
        return Found([states.shown(row, today=today) for row in found.rows], found.after, found.looked_at)


@page("backorders", name="backorders", needs="orders:read")
def backorders(visit: Visit) -> HttpResponseBase:
    """The lines that wait, most urgent first."""
    return show(visit, listing(), _Reader(visit), template="console/backorders.html", now_query=_query(visit))


@page("backorders/counts", name="backorders-counts", needs="orders:read")
def counts(visit: Visit) -> HttpResponse:
    """How many lines the current filters and each tab hold; asked for after the page itself is there."""
    described = listing()
    here = queue.counted(filters_of(criteria_of(visit, described).filters), now=visit.now)
    tabs = [(number, states.counted(queue.counted(filters_of(view.filters), now=visit.now)))
            for number, view in enumerate(described.views)]  # fmt: skip
    return visit.render(
        "console/backorders_counts.html", tabs=tabs, lines=states.counted(here), n=here.lines, value=here.value
    )


def listing() -> Listing:
    """The list as it is drawn."""
    return Listing(
        name="backorders",
        title=_("Backorders"),
        caption=_("Lines that wait"),
        row="console/backorders_row.html",
        columns=_columns(),
        sorts=(
            Sort("urgent", _("most urgent")),
            Sort("age", _("longest waiting")),
            Sort("value", _("value"), descending=True),
        ),
        filters=_filters_offered(),
        views=(
            View(_("All waiting")),
            View(_("Late"), {"state": "late"}),
            View(_("At risk"), {"state": "risk"}),
            View(_("Slipped"), {"state": "slipped"}),
            View(_("No supply"), {"state": "unsupplied"}),
        ),
        bulk=(
            Bulk(line_actions.repromise.name, _("Re-promise"), "cal", line_actions.NEEDS, key="p"),
            Bulk(line_actions.priority.name, _("Priority"), "up", line_actions.NEEDS),
            Bulk(line_actions.pinning.name, _("Pin to a delivery"), "pin", line_actions.NEEDS),
            Bulk(line_actions.splitting.name, _("Split"), "cut", line_actions.NEEDS),
            Bulk(line_actions.substituting.name, _("Substitute"), "swap", line_actions.NEEDS),
            Bulk(line_actions.cancelling.name, _("Cancel units"), "x", line_actions.NEEDS, danger=True),
        ),
        all_at_once=True,
        empty_title=_("No line waits"),
        empty_says=_("When stock cannot cover an order, its line appears here by itself."),
    )


def _columns() -> tuple[Column, ...]:
    return (
        Column("order", _("Order"), csv=lambda one: one.row.reference),
        Column("customer", _("Customer"), csv=lambda one: one.row.customer, shown=False),
        Column("state", _("State"), csv=lambda one: one.state.word, sort="urgent"),
        Column("item", _("Item and reason"), csv=lambda one: one.row.sku),
        Column("units", _("Units and promise"), csv=lambda one: one.row.open),
        Column("promised", _("Promised"), csv=lambda one: one.row.promised_on, shown=False),
        Column("supply", _("Supply"), csv=lambda one: one.supply, low=True),
        Column("age", _("Days"), csv=lambda one: one.age, sort="age", number=True, low=True),
        Column("priority", _("Priority"), csv=lambda one: one.row.priority, number=True, shown=False),
        Column("value", _("Value"), csv=_value, sort="value", number=True),
    )


def _filters_offered() -> tuple[Filter, ...]:
    return (
        Filter("state", _("State"), "choice", options=(
            ("late", _("late")), ("unsupplied", _("no supply")), ("slipped", _("slipped")), ("risk", _("at risk")),
            ("sooner", _("sooner than said")), ("undated", _("no date")), ("preorder", _("preorder")),
        )),
        Filter("sku", _("Item"), hint=_("Its SKU")),
        Filter("supply", _("Delivery"), hint=_("The number of the purchase order")),
        Filter("customer", _("Customer"), hint=_("Number or part of the name")),
        Filter("channel", _("Channel")),
        Filter("location", _("Location"), hint=_("Its code")),
        Filter("age", _("Waits at least"), "number", unit=_("days")),
        Filter("value", _("Value at least"), "number"),
        Filter("promised_by", _("Promised by"), "day"),
        Filter("promised_after", _("Promised after"), "day"),
    )  # fmt: skip


def filters_of(given: Mapping[str, str]) -> dict[str, Any]:
    """The filters as the queue takes them."""
    return {name: int(value) if name in NUMBERS else value for name, value in given.items()}


def _place(criteria: Criteria) -> tuple[int | str, int] | None:
    if criteria.after is None:
        return None
    key, id = criteria.after
    return (key if criteria.sort == "urgent" else int(key)), int(id)


def _value(one: Shown) -> str:
    return money(one.row.value_minor, one.row.currency)


def _query(visit: Visit) -> str:
    return visit.request.GET.urlencode()
