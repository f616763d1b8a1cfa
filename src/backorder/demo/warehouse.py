"""The warehouse and the customers' second thoughts: what is ready is released and shipped, some comes back."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random

from backorder.journal.prepared import rows
from backorder.orders.changing.cancel import cancel
from backorder.orders.fulfilling.release import release_ready
from backorder.orders.fulfilling.returns import return_units
from backorder.orders.fulfilling.ship import Parcel, ship_all
from backorder.orders.placing.forms import Placed

from .extract import Basket
from .stage import ACTOR

WAVE = 100  # Parcels that leave together.
PATIENCE_DAYS = 14
CANCELS_A_DAY = 0.5  # Orders that somebody tires of waiting for.
RESTOCKED_SHARE = 0.7

_RELEASED = """
    SELECT DISTINCT l.order_id FROM orders_allocation a JOIN orders_line l ON l.id = a.line_id
    WHERE a.released > 0 ORDER BY l.order_id
"""
_HAS = "SELECT id, open + allocated, shipped - returned FROM orders_line WHERE id = ANY(%s::bigint[])"
_TIRED = """
    SELECT DISTINCT l.order_id FROM orders_line l JOIN orders_order o ON o.id = l.order_id
    WHERE l.open > 0 AND o.ordered_at < %s::timestamptz ORDER BY l.order_id
"""


def ship_ready(today: date, *, location: int) -> int:
    """Release and ship all that is ready; returns how many parcels left."""
    release_ready(actor=ACTOR)
    parcels = [Parcel(order, location, f"{order}/{today}") for (order,) in rows(_RELEASED, [])]
    waves = [parcels[n : n + WAVE] for n in range(0, len(parcels), WAVE)]
    return sum(isinstance(sent, int) for wave in waves for sent in ship_all(wave, actor=ACTOR))


@dataclass(slots=True)
class Customers:
    """What customers take back: the credits of the data set, and now and then an order that took too long."""

    luck: Random
    location: int
    due: dict[date, list[tuple[int, int, int]]] = field(default_factory=lambda: defaultdict(list))

    def remember(self, basket: Basket, placed: Placed) -> None:
        """Note which units of an accepted order will come back, and when."""
        for sale, line in zip(basket.lines, placed.lines, strict=True):
            if sale.returned_at and sale.returned_units:
                self.due[sale.returned_at.date()].append((placed.id, line.id, sale.returned_units))

    def change_their_minds(self, now: datetime) -> int:
        """Cancel or send back what the data set says for today, and tire of some that wait; returns how many did."""
        credits = self.due.pop(now.date(), [])
        has = {line: units for line, *units in rows(_HAS, [[line for _, line, _ in credits]])} if credits else {}
        return sum(self._give_back(*credit, *has[credit[1]]) for credit in credits) + self._tire(now)

    def _give_back(self, order: int, line: int, units: int, here: int, gone: int) -> int:
        """Units of a line of which so many are still `here` and so many are `gone` to the customer."""
        if units <= here:
            cancel(order, lines={line: units}, reason="The customer changed their mind.", actor=ACTOR)
            return 1
        place = self.location if self.luck.random() < RESTOCKED_SHARE else None
        if units > gone:  # Part of it has left and part has not: this customer keeps it.
            return 0
        return_units(order, lines={line: units}, key=f"return/{line}", restock_at=place, actor=ACTOR)
        return 1

    def _tire(self, now: datetime) -> int:
        if self.luck.random() > CANCELS_A_DAY:
            return 0
        tired = [order for (order,) in rows(_TIRED, [now - timedelta(days=PATIENCE_DAYS)])]
        if not tired:
            return 0
        cancel(self.luck.choice(tired), reason="It took too long.", actor=ACTOR)
        return 1
