"""The withdrawal function: "Withdraw from the contract" leads to one page, "Confirm withdrawal" on it declares it."""

from __future__ import annotations

import secrets

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext as _

from backorder.journal.refusals import Refused
from backorder.notices.saying import language_of

from . import choices, money_back, standing
from .choose import choose, done_before
from .door import Visit, by_link
from .my_order import ONCE_CHARACTERS, frame, show
from .rights import withdrawal
from .standing import Order


@by_link
def withdraw(visit: Visit) -> HttpResponse:
    """GET: what a withdrawal means and the button. POST: it is declared."""
    order = standing.load(visit.order, language=visit.language)
    with translation.override(language_of(order.locale)):
        if visit.request.method == "POST":
            return _declare(visit, order)
        if not withdrawal(order).may:
            return show(visit, order)
        found = {"choice": _declaration(order), "once": secrets.token_urlsafe(12), "ends": _ends(order)}
        return render(visit.request, "portal/withdraw.html", {**frame(visit, order), **found})


def _declare(visit: Visit, order: Order) -> HttpResponse:
    once = visit.request.POST.get("once", "")[:ONCE_CHARACTERS]
    if done_before(order.view.id, once) or withdrawal(order).made_at:
        return visit.go(done="withdraw")
    try:
        if not withdrawal(order).may:
            raise Refused("too_late_to_withdraw", "The time to withdraw has ended.", status=409, field="order")
        # A declaration counts when it is made: it does not matter what else has changed in the order since.
        version, language = order.view.version, language_of(order.locale)
        choose(order.view.id, _declaration(order), version=version, once=once, language=language)
    except Refused as refused:
        return show(visit, standing.load(visit.order, language=visit.language), refused=refused)
    return visit.go(done="withdraw")


def _declaration(order: Order) -> choices.Choice:
    back = money_back.for_everything(order.view)
    then = [
        _("I withdraw from my contract about order %(reference)s.") % {"reference": order.view.reference},
        *([_("What has not left is cancelled at once.")] if any(line.owed for line in order.lines) else []),
        *([_("What has reached you, or is on its way, goes back to us. We write to you how.")]
          if order.view.shipments or order.is_with_the_warehouse else []),
        *choices.money(order, back),
    ]  # fmt: skip
    return choices.Choice("withdraw", _("Withdraw from the contract"), "", tuple(then), back_minor=back)


def _ends(order: Order) -> str:
    """Until when, where the last item has arrived."""
    ends_on = withdrawal(order).ends_on
    return _("You may, without giving a reason, until %(day)s.") % {"day": order.day(ends_on)} if ends_on else ""
