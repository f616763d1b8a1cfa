"""What comes back to the customer when units are cancelled, in minor units of the order's currency.

A line's discount and tax go with its units in proportion; shipping goes back only with the whole order.
"""

from __future__ import annotations

from collections.abc import Mapping

from backorder.orders.reading import LineView, OrderView


def for_units(order: OrderView, units: Mapping[int, int]) -> int:
    """For so many units of lines (id -> units; of a kit's line whole kits)."""
    lines = {line.id: line for line in order.lines}
    return sum(_share(lines[id], n) for id, n in units.items())


def for_everything(order: OrderView) -> int:
    """For all that has not left. If nothing has, everything that was asked for, shipping included."""
    owed = {line.id: _owed(order, line) for line in order.lines if line.kit_line is None}
    goods = for_units(order, {id: n for id, n in owed.items() if n})
    if order.shipments:
        return goods
    return max(0, goods + order.shipping_minor + order.tax_minor - order.discount_minor)


def _owed(order: OrderView, line: LineView) -> int:
    if line.kit_units is None:
        return line.open + line.allocated + line.released
    parts = [(one.open + one.allocated + one.released, one.per_kit or 1)
             for one in order.lines if one.kit_line == line.id]  # fmt: skip
    return max((-(-owed // per) for owed, per in parts), default=0)


def _share(line: LineView, units: int) -> int:
    ordered = line.kit_units if line.kit_units is not None else line.ordered
    extra = (line.tax_minor - line.discount_minor) * units
    return max(0, line.unit_price_minor * units + (extra // ordered if ordered else 0))
