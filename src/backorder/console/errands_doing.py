"""What an errand does to one line, each by the verb that does it to a single one; what undoing needs is given back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from backorder.journal.refusals import Refused
from backorder.orders import reading
from backorder.orders.changing.cancel import cancel
from backorder.orders.changing.edit import Edit, edit
from backorder.orders.changing.pin import pin, unpin
from backorder.orders.changing.substitute import substitute
from backorder.orders.deciding.redecide import redecide
from backorder.orders.reading import LineView

from .models import ErrandLine

NEEDS = "orders:write"
# Deciding again is done item by item, not line by line.
BY_ITEM = "repromise"

Values = Mapping[str, Any]
Doing = Callable[[ErrandLine, Values, str], Any]


def decide_again(item: int, actor: str) -> int:
    """Decide an item anew; returns how many promises changed."""
    return redecide([item], cause="asked", actor=actor)


def _priority(one: ErrandLine, values: Values, actor: str) -> int:
    line = _waiting(one)
    _rank(one, int(values["priority"]), actor)
    return line.priority


def _priority_back(one: ErrandLine, values: Values, actor: str) -> None:
    line = _waiting(one)
    if line.priority != values["priority"]:
        raise Refused("line_has_changed", "Its priority was changed meanwhile.", status=409, field="priority")
    assert isinstance(one.was, int), one.pk
    _rank(one, one.was, actor)


def _rank(one: ErrandLine, priority: int, actor: str) -> None:
    edit(one.order, Edit(lines={one.line: {"priority": priority}}), version=None, actor=actor)


def _pin(one: ErrandLine, values: Values, actor: str) -> None:
    _waiting(one)
    pin(one.order, line=one.line, supply=values["supply"], actor=actor)


def _unpin(one: ErrandLine, values: Values, actor: str) -> None:
    unpin(one.order, line=one.line, actor=actor)


def _substitute(one: ErrandLine, values: Values, actor: str) -> None:
    _waiting(one)
    substitute(one.order, line=one.line, sku=values["sku"], consent=values["consent"], actor=actor)


def _cancel(one: ErrandLine, values: Values, actor: str) -> None:
    line = _waiting(one)
    cancel(one.order, lines={one.line: line.open}, reason=values["reason"], actor=actor)


def _waiting(one: ErrandLine) -> LineView:
    line = reading.line(one.line)
    if not line.open:
        raise Refused("line_waits_no_more", "It waits no more.", status=409, field="line", value=one.line)
    return line


ACTIONS: Mapping[str, Doing] = {
    "priority": _priority, "priority_back": _priority_back, "pin": _pin, "unpin": _unpin, "substitute": _substitute,
    "cancel": _cancel,
}  # fmt: skip
