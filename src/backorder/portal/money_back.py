"""What comes back to the customer when units are cancelled, in minor units: the order's cost before less after.

The same costs by which refunds are raised, so that what is shown is what is paid back.
"""

from __future__ import annotations

from collections.abc import Mapping

from backorder.orders.reading import OrderView
from backorder.payments import amounts


def for_units(order: OrderView, units: Mapping[int, int]) -> int:
    """For so many units of lines (id -> units; of a kit's line whole kits)."""
    kept = amounts.kept(order)
    left = {id: max(0, n - units.get(id, 0)) for id, n in kept.items()}
    return amounts.cost(order, kept) - amounts.cost(order, left)


def for_everything(order: OrderView) -> int:
    """For all that has not left; shipping goes back as well if nothing has."""
    return amounts.cost(order, amounts.kept(order)) - amounts.cost(order, amounts.shipped(order))
