"""How the customer wants to be reached: which news by e-mail, texts or not. What the law asks for always goes."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext as _

from backorder.journal.refusals import Refused
from backorder.notices import recipients, wishes
from backorder.notices.saying import language_of

from . import standing
from .choose import ACTOR
from .door import Visit, by_link
from .my_order import frame, show
from .standing import Order

SOURCE = "portal"


@dataclass(frozen=True, slots=True)
class Wish:
    """One box that may be ticked."""

    channel: str
    about: str
    label: str
    wanted: bool

    @property
    def name(self) -> str:
        return f"{self.channel}:{self.about}"


@by_link
def reach(visit: Visit) -> HttpResponse:
    """GET: the boxes as they stand. POST: those that were changed are remembered."""
    order = standing.load(visit.order, language=visit.language)
    with translation.override(language_of(order.locale)):
        boxes = _boxes(order)
        if visit.request.method == "POST":
            try:
                _save(order, boxes, ticked=set(visit.request.POST.getlist("wanted")))
            except Refused as refused:
                return show(visit, order, refused=refused)
            return visit.go(done="reach")
        to = recipients.of_order(order.view)
        found = {"boxes": boxes, "email": _masked(to.email), "sms": _masked(to.sms)}
        return render(visit.request, "portal/reach.html", {**frame(visit, order), **found})


@transaction.atomic
def _save(order: Order, boxes: list[Wish], *, ticked: set[str]) -> None:
    to = recipients.of_order(order.view)
    for box in boxes:
        wanted = box.name in ticked
        if wanted != box.wanted:
            address = to.email if box.channel == "email" else to.sms
            wishes.choose(
                channel=box.channel, address=address, wanted=wanted, about=box.about, source=SOURCE, actor=ACTOR
            )


def _boxes(order: Order) -> list[Wish]:
    to = recipients.of_order(order.view)
    found = []
    if to.email:
        known = {row.kind: row.wanted for row in wishes.preferences("email", to.email)}
        usual = known.get("", True)
        found += [Wish("email", about, label, known.get(about, usual)) for about, label in _kinds().items()]
    if to.sms:
        texts = {row.kind: row.wanted for row in wishes.preferences("sms", to.sms)}
        found.append(Wish("sms", "", _("Text messages about this order"), texts.get("", False)))
    return found


def _kinds() -> dict[str, str]:
    return {
        "slipped": _("A date gets later"),
        "improved": _("A date gets earlier"),
        "ready": _("What I waited for is here"),
        "shipped": _("A parcel has left"),
        "substitute_offered": _("Something else could come sooner"),
        "survey": _("A question after delivery"),
    }


def _masked(address: str) -> str:
    """Enough to know one's own address, too little to learn another's."""
    if "@" in address:
        local, _at, domain = address.rpartition("@")
        return f"{local[:1]}•••@{domain}"
    return f"•••{address[-3:]}" if address else ""
