"""Add lines to an order that exists: raised quantities and substitutes, decided like a new order's lines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from backorder.engine.promise import OpenBooks
from backorder.journal.refusals import Refused

from ..ledger.books import load_books
from ..ledger.save import Changes
from ..placing.decide import Decision, decide
from ..placing.drafts import Draft, draft
from ..placing.forms import NewLine, NewOrder
from ..placing.write_order import write_lines
from .opened import OpenOrder

OnShort = Literal["wait", "ship_rest", "cancel_rest"]


def draft_more(order: OpenOrder, lines: Sequence[NewLine]) -> Draft:
    """The new lines as an order of the same customer would have them; refused if that would be refused."""
    (drafted,) = draft([
        NewOrder(channel=order.channel, reference=order.reference, country=order.country, lines=tuple(lines),
                 service=order.service, requested_on=order.requested_on, priority=order.priority)
    ])  # fmt: skip
    if isinstance(drafted, Refused):
        raise drafted
    return drafted


def add_lines(
    changes: Changes, order: OpenOrder, drafted: Draft, *, instead_of: int | None = None, cause: str
) -> Decision:
    """Decide the drafted lines now and add them to the order; their items must be locked. Refused when short.

    New lines have their own order time: extra units do not inherit the old place.
    """
    desk = OpenBooks(load_books(drafted.items, order.seen))
    decision = decide(drafted, desk, now=order.seen.now)
    after = max(line.position for line in order.lines.values())
    write_lines(changes, decision, order=order.id, after=after, instead_of=instead_of, cause=cause, at=order.seen.now)
    return decision
