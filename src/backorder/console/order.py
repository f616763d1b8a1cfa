"""An order: one page that answers a phone call."""

from __future__ import annotations

from django.http import HttpResponse

from backorder.orders import reading

from .door import Visit, page


@page("orders/<int:order>", name="order", needs="orders:read")
def show(visit: Visit, order: int) -> HttpResponse:
    """What to say, the lines, why, and what happened."""
    found = reading.order(order)
    return visit.render("console/order.html", title=found.reference, order=found)
