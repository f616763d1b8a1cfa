"""The pages of "my order": look, choose, confirm. Looking changes nothing; what is confirmed was shown before."""

from __future__ import annotations

import secrets
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpResponse, HttpResponseNotAllowed
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext as _

from backorder.engine.law.facts import Silence
from backorder.journal.refusals import Refused
from backorder.notices import cases, on_page
from backorder.notices.saying import language_of

from . import choices, regrets, standing, timeline
from .choose import choose as carry_out
from .choose import done_before
from .conversation import conversation
from .door import NAMES, Visit, by_link
from .rights import withdrawal
from .standing import Order, address_may_change

ONCE_CHARACTERS = 40


@by_link
def look(visit: Visit) -> HttpResponse:
    """The order as it stands."""
    if visit.request.method not in ("GET", "HEAD"):
        return HttpResponseNotAllowed(["GET"])
    order = standing.load(visit.order, language=visit.language)
    with translation.override(language_of(order.locale)):
        return show(visit, order, done=visit.request.GET.get("done", ""))


@by_link
def choose(visit: Visit) -> HttpResponse:
    """Show once more what a choice would do; nothing is done yet."""
    if visit.request.method != "POST":
        return visit.go()
    order = standing.load(visit.order, language=visit.language)
    with translation.override(language_of(order.locale)):
        try:
            choice = _chosen(visit, order)
        except Refused as refused:
            return show(visit, order, refused=refused)
        if choice.kind == "keep":
            return visit.go()
        seen = choices.fingerprint(order, choice)
        once = secrets.token_urlsafe(12)
        given = {"choice": choice, "seen": seen, "once": once, "given": _given(visit)}
        return render(visit.request, "portal/confirm.html", {**frame(visit, order), **given})


@by_link
def confirm(visit: Visit) -> HttpResponse:
    """Do what was shown, if it is still so; then the order as it stands."""
    if visit.request.method != "POST":
        return visit.go()
    order = standing.load(visit.order, language=visit.language)
    with translation.override(language_of(order.locale)):
        once = visit.request.POST.get("once", "")[:ONCE_CHARACTERS]
        try:
            return _confirm(visit, order, once)
        except Refused as refused:
            # The order may have moved on: it is shown as it is now.
            return show(visit, standing.load(visit.order, language=visit.language), refused=refused)


def _confirm(visit: Visit, order: Order, once: str) -> HttpResponse:
    key = visit.request.POST.get("choice", "")
    done = done_before(order.view.id, once)
    if done is not None:
        return visit.go(done=done)
    choice = _chosen(visit, order)
    if choices.fingerprint(order, choice) != visit.request.POST.get("seen"):
        raise Refused(
            "choice_has_changed", "The order has changed since the choice was shown.", status=409, field="choice",
            value=key[:100],
        )  # fmt: skip
    carry_out(order.view.id, choice, version=order.view.version, once=once, language=language_of(order.locale))
    return visit.go(done=choice.kind)


def _chosen(visit: Visit, order: Order) -> choices.Choice:
    given = _given(visit)
    return choices.chosen(order, given["choice"], units=given["units"], day=given["day"])


def _given(visit: Visit) -> dict[str, str]:
    """What the form says; units belong to the line of the choice."""
    post = visit.request.POST
    key = post.get("choice", "")
    return {"choice": key, "units": post.get(f"units:{key}", post.get("units", "")), "day": post.get("day", "")}


def show(visit: Visit, order: Order, *, done: str = "", refused: Refused | None = None) -> HttpResponse:
    """The page of the order, with what was done or why it was not."""
    regret = regrets.regret(refused) if refused else None
    found: dict[str, Any] = {
        **frame(visit, order),
        "headline": standing.headline(order),
        "greeting": standing.greeting(order),
        "items": standing.items(order),
        "parcels": standing.parcels(order),
        "choices": choices.possible(order),
        "entries": timeline.entries(order),
        "done": _done(done),
        "regret": regret,
        "typed": {**_given(visit), "question": visit.request.POST.get("question", "")} if refused else {},
        "conversation": conversation(order.view.id),
        "ask_once": secrets.token_urlsafe(12),
        "ends": order.day(visit.ends_at.astimezone(ZoneInfo(order.view.zone)).date()),
        "withdrawal": withdrawal(order),
        "may_change_address": address_may_change(order),
        "silence": _silence(order),
        "until": _until(order),
    }
    return render(visit.request, "portal/order.html", found, status=refused.status if refused else 200)


def frame(visit: Visit, order: Order) -> dict[str, Any]:
    """What every page of an order has around it."""
    spoken = language_of(order.locale)
    others = [(code, name) for code, name in NAMES.items() if code != spoken]
    return {
        "order": order,
        "language": spoken,
        "lang_query": f"?lang={visit.language}" if visit.language else "",
        "base": f"/my/{visit.link}",
        "languages": others,
    }


def _silence(order: Order) -> str:
    """What it means to choose nothing."""
    if not order.waiting:
        return _("If you choose nothing, everything stays as it is.")
    ends_by = _ends_by(order)
    if ends_by is not None:
        said = _("If we hear nothing from you by %(day)s, the law has us cancel what waits and give your money back.")
        return said % {"day": order.day(ends_by)} + " " + _("To keep it, choose to keep waiting.")
    if order.view.cancel_if_not_by:
        return _("If you choose nothing, we keep waiting with you until the day you named.")
    return _("If you choose nothing, we keep waiting with you.")


def _ends_by(order: Order) -> date | None:
    """The last day to say that one waits, where the law takes silence for a no."""
    asked = [case.ruling for case in cases.cases(order=order.view.id)]
    days = [ruling["answer_by"] for ruling in asked if ruling.get("silence") == Silence.CANCEL.value]
    known = [date.fromisoformat(day) for day in days if day]
    # A question that has not gone out yet, or could not, will mean the same.
    still_to_ask = on_page.earliest_end(order.questions)
    return min([*known, *([still_to_ask] if still_to_ask else [])], default=None)


def _until(order: Order) -> str:
    day = order.view.cancel_if_not_by
    said = _("We wait until %(day)s at most, as you asked. What has not left by then is cancelled.")
    return said % {"day": order.day(day)} if day else ""


def _done(what: str) -> str:
    """What was done, for the top of the page; words of ours only, whatever the address says."""
    return {
        "wait": _("Thank you. We keep them for you and write when something changes."),
        "swap": _("Done. You get the other item instead."),
        "ship": _("Done. What is here leaves as soon as it can."),
        "together": _("Done. Everything comes together."),
        "until": _("Done. We wait until the day you chose."),
        "cancel": _("Done. They are cancelled."),
        "all": _("Done. The order is cancelled."),
        "withdraw": _("Your withdrawal has reached us. We send you a confirmation by e-mail."),
        "address": _("Done. We send it to the new address."),
        "asked": _("Your question has reached us. A person answers it."),
        "reach": _("Done. We reach you as you wish."),
    }.get(what, "")
