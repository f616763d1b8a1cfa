"""Carry out what a customer confirmed: once, together with the record of what was shown, in one transaction.

The change itself is made by the verbs of orders under their locks, with the version of the order that the customer
saw: whoever was faster (the warehouse, another tab) wins, and the slower choice is refused whole.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime

from django.db import connection, transaction

from backorder.journal.refusals import Refused
from backorder.notices import delay, on_page, saying
from backorder.orders.changing.cancel import cancel
from backorder.orders.changing.edit import Edit, edit
from backorder.orders.changing.keep import keep_waiting
from backorder.orders.changing.substitute import substitute
from backorder.orders.changing.withdraw import withdraw
from backorder.orders.ledger.retry import retried
from backorder.orders.reading import line as read_line

from . import choices
from .models import Choice

ACTOR = "customer:portal"
REASON = "customer"

_FIRST = """
    INSERT INTO portal_choice (order_id, once, kind, chosen, shown, language, at)
    VALUES (%s, %s, %s, %s::jsonb, %s, %s, backorder_now())
    ON CONFLICT (order_id, once) DO NOTHING RETURNING id
"""


def choose(order_id: int, choice: choices.Choice, *, version: int, once: str, language: str) -> bool:
    """Do what was chosen; False when this very choice (`once`) was done before. Refused when it cannot be done now."""
    return retried(lambda: _choose(order_id, choice, version, once, language))


def done_before(order_id: int, once: str) -> str | None:
    """What kind of choice was done under this `once`, None if none was."""
    return Choice.objects.filter(order_id=order_id, once=once).values_list("kind", flat=True).first()


def last_of(order_id: int, kind: str) -> datetime | None:
    """When a choice of this kind was last made for the order."""
    return Choice.objects.filter(order_id=order_id, kind=kind).order_by("-at").values_list("at", flat=True).first()


@transaction.atomic
def _choose(order_id: int, choice: choices.Choice, version: int, once: str, language: str) -> bool:
    if not _is_first(order_id, choice, once, language):
        return False
    if choice.kind == "wait":
        # What the law has us ask and no letter has asked yet was on the page that is confirmed now.
        with saying.spoken(language):
            on_page.ask(order_id, locale=language, actor=ACTOR)
    _DO[choice.kind](order_id, choice, version)
    return True


def _is_first(order_id: int, choice: choices.Choice, once: str, language: str) -> bool:
    """Record the choice; whoever sends the same one meanwhile waits here until it is done or undone."""
    chosen = {"line": choice.line, "sku": choice.sku, "units": choice.units, "back_minor": choice.back_minor,
              "day": choice.day.isoformat() if choice.day else None}  # fmt: skip
    shown = "\n".join((choice.title, *choice.then))
    with connection.cursor() as cursor:
        cursor.execute(_FIRST, [order_id, once, choice.kind, json.dumps(chosen), shown, language])
        return cursor.fetchone() is not None


def _wait(order_id: int, choice: choices.Choice, version: int) -> None:
    keep_waiting(order_id, actor=ACTOR, version=version)
    # The warehouse may ship what was agreed to in the same second, whether a worker runs or not.
    delay.hear(order_id)


def _keep(order_id: int, choice: choices.Choice, version: int) -> None:
    """Nothing changes."""


def _swap(order_id: int, choice: choices.Choice, version: int) -> None:
    assert choice.line is not None
    gone = Refused("substitute_is_gone", "The other item is no longer on the shelf.", status=409, field="choice")
    try:
        new = substitute(
            order_id, line=choice.line, sku=choice.sku, units=choice.units, consent=True, actor=ACTOR, version=version
        )
    except Refused as refused:
        raise gone if "lines" in refused.values else refused from None
    # It was offered as being here now: to wait for that instead is not what was agreed to.
    if read_line(new).open:
        raise gone


def _ship(order_id: int, choice: choices.Choice, version: int) -> None:
    edit(order_id, Edit(order={"ship": "as_ready"}), version=version, actor=ACTOR)


def _together(order_id: int, choice: choices.Choice, version: int) -> None:
    edit(order_id, Edit(order={"ship": "together"}), version=version, actor=ACTOR)


def _until(order_id: int, choice: choices.Choice, version: int) -> None:
    edit(order_id, Edit(order={"cancel_if_not_by": choice.day}), version=version, actor=ACTOR)


def _cancel(order_id: int, choice: choices.Choice, version: int) -> None:
    assert choice.line is not None
    cancel(order_id, lines={choice.line: choice.units}, reason=REASON, actor=ACTOR, version=version)


def _all(order_id: int, choice: choices.Choice, version: int) -> None:
    cancel(order_id, reason=REASON, actor=ACTOR, version=version)


def _withdraw(order_id: int, choice: choices.Choice, version: int) -> None:
    withdraw(order_id, actor=ACTOR, version=version)


_DO: Mapping[str, Callable[[int, choices.Choice, int], None]] = {
    "wait": _wait, "keep": _keep, "swap": _swap, "ship": _ship, "together": _together, "until": _until,
    "cancel": _cancel, "all": _all, "withdraw": _withdraw,
}  # fmt: skip
