"""What a change would do to those who wait, before it is made: done, decided, looked at and undone.

The same verb that will make the change makes it here, in a transaction that is always rolled back, so that what is
shown before is what happens after. Nothing of it is ever seen by anybody else; the items stay locked meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from django.db import transaction

from backorder.journal.prepared import rows
from backorder.journal.refusals import Refused
from backorder.stock import marks

from ..ledger.lock import lock_queues
from .redecide import redecide

Answer = TypeVar("Answer")

CAUSE = "rehearsed"
MOST_LINES = 20_000
_WAIT = "SELECT set_config('lock_timeout', '3s', true)"

_LINES = """
    SELECT l.id, l.item_id, l.order_id, o.reference, coalesce(nullif(p.name, ''), p.reference, ''), o.customer_id,
           l.unit_price_minor, o.currency, l.first_promised_on, l.requested_on,
           l.open, l.allocated, l.released, l.promised_on,
           greatest(l.open - coalesce((SELECT sum(g.units) FROM orders_peg g WHERE g.line_id = l.id), 0), 0)::int
    FROM orders_line l JOIN orders_order o ON o.id = l.order_id LEFT JOIN orders_customer p ON p.id = o.customer_id
    WHERE l.item_id = ANY(%s::bigint[]) AND l.open + l.allocated + l.released > 0
    ORDER BY l.ordered_at, l.id LIMIT %s
"""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a line stands: units, and the day of its last part (None: no date)."""

    open: int
    allocated: int
    released: int
    promised_on: date | None
    unsupplied: int


@dataclass(frozen=True, slots=True)
class Affected:
    """A line whose standing would change; `value_minor` is that of its units that are owed."""

    line: int
    item: int
    order: int
    reference: str
    customer: str
    customer_id: int | None
    value_minor: int
    currency: str
    first_promised_on: date | None
    requested_on: date | None
    was: Standing
    now: Standing

    @property
    def is_later(self) -> bool:
        """Would it get a later day, or lose its day?"""
        if self.was.promised_on is None:
            return False
        return self.now.promised_on is None or self.now.promised_on > self.was.promised_on

    @property
    def is_sooner(self) -> bool:
        """Would it get an earlier day, or a first one?"""
        if self.now.promised_on is None:
            return False
        return self.was.promised_on is None or self.now.promised_on < self.was.promised_on

    @property
    def loses_units(self) -> bool:
        """Would units that stand on the shelf for it be taken back?"""
        return self.now.allocated + self.now.released < self.was.allocated + self.was.released

    @property
    def breaks_wish(self) -> bool:
        """Would the day the customer asked for, kept so far, be missed?"""
        wish, was, now = self.requested_on, self.was.promised_on, self.now.promised_on
        return wish is not None and was is not None and was <= wish and (now is None or now > wish)


@dataclass(frozen=True, slots=True)
class Effect:
    """Of the `looked` lines that are owed units of the items, those that would stand otherwise, in order of time."""

    looked: int
    lines: tuple[Affected, ...]

    @property
    def later(self) -> tuple[Affected, ...]:
        return tuple(line for line in self.lines if line.is_later)

    @property
    def sooner(self) -> tuple[Affected, ...]:
        return tuple(line for line in self.lines if line.is_sooner)

    @property
    def losing(self) -> tuple[Affected, ...]:
        return tuple(line for line in self.lines if line.loses_units)

    @property
    def customers(self) -> int:
        """Customers (orders, where no customer is known) with a line whose day would change."""
        return len({line.customer_id or -line.order for line in (*self.later, *self.sooner)})


def rehearse(act: Callable[[], Answer], *, items: Iterable[int], actor: str) -> tuple[Answer, Effect]:
    """What `act` (verbs on these items) would answer, and what it would do to the lines that are owed units of them.

    Refused as `act` refuses, and as too_many_to_rehearse. Nothing is changed.
    """
    wanted = sorted(set(items))
    with transaction.atomic():
        rows(_WAIT, [])
        lock_queues(wanted)
        if marks.stale(wanted):
            redecide(wanted, cause=CAUSE, actor=actor)  # What changed before is not what this change does.
        before = _standings(wanted)
        answer = act()
        redecide(wanted, cause=CAUSE, actor=actor)
        after = {row[0]: row for row in _standings(wanted)}
        transaction.set_rollback(True)
    changed = (_affected(row, after.get(row[0])) for row in before)
    return answer, Effect(len(before), tuple(line for line in changed if line is not None))


def _standings(items: list[int]) -> list[tuple[Any, ...]]:
    found = rows(_LINES, [items, MOST_LINES + 1])
    if len(found) > MOST_LINES:
        raise Refused(
            "too_many_to_rehearse",
            f"More than {MOST_LINES} lines wait; the effect of a change on so many is not shown beforehand.",
            status=409,
            field="items",
            value=len(found),
            limit=MOST_LINES,
        )
    return found


def _affected(before: tuple[Any, ...], after: tuple[Any, ...] | None) -> Affected | None:
    was = Standing(*before[10:])
    now = Standing(0, 0, 0, None, 0) if after is None else Standing(*after[10:])
    if was == now:
        return None
    line, item, order, reference, customer, customer_id, price, currency, first, wish = before[:10]
    value = price * (was.open + was.allocated + was.released)
    return Affected(
        line, item, order, reference, customer, customer_id, value, currency, first, wish, was, now
    )  # fmt: skip
