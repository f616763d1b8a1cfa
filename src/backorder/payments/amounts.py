"""What parts of an order cost, in minor units: what was asked for, what is still wanted, what has shipped.

A line's discount and tax go with its units, those of the order with the goods' worth; shipping is paid as long as
anything is kept. Pure: from an order as it is read.
"""

from __future__ import annotations

from collections.abc import Mapping

from backorder.orders.reading import LineView, OrderView


def total(order: OrderView) -> int:
    """What the customer was asked for at the order: all lines as they were placed."""
    return cost(order, {line.id: _ordered(line) for line in _placed(order)})


def cost(order: OrderView, units: Mapping[int, int]) -> int:
    """What these units (line id -> units, whole kits for a kit's line) would have cost alone, shipping included."""
    lines = {line.id: line for line in order.lines}
    goods = sum(_share(lines[id], n) for id, n in units.items())
    if not any(units.values()):
        return 0
    whole = sum(_share(line, _ordered(line)) for line in _placed(order))
    extra = (order.tax_minor - order.discount_minor) * goods
    return max(0, goods + order.shipping_minor + (extra // whole if whole else 0))


def kept(order: OrderView) -> dict[int, int]:
    """Units that are wanted or were sent, by line; kits whole."""
    return {line.id: _least(order, line, _kept) for line in _whole(order)}


def still_kept(order: OrderView, returned: Mapping[int, int], stays: Mapping[int, int]) -> dict[int, int]:
    """The same less what came back (units by line; a kit is back when all its parts are) or is owed back as it `stays`.

    What comes back of a line is of what was owed back first: those units are given back once.
    """
    back = {line.id: _least(order, line, lambda one: returned.get(one.id, 0)) for line in _whole(order)}
    return {id: max(0, units - max(back[id], stays.get(id, 0))) for id, units in kept(order).items()}


def shipped(order: OrderView) -> dict[int, int]:
    """Units that have left, by line; whole kits."""
    return {line.id: _least(order, line, lambda one: one.shipped) for line in _whole(order)}


def is_reduced(order: OrderView) -> bool:
    """Was anything taken back of what was ordered?"""
    return any(line.cancelled or line.substituted for line in order.lines)


def is_owed(order: OrderView) -> bool:
    """Is anything still to leave?"""
    return any(line.open + line.allocated + line.released for line in order.lines)


def _whole(order: OrderView) -> list[LineView]:
    return [line for line in order.lines if line.kit_line is None]


def _placed(order: OrderView) -> list[LineView]:
    """The lines of the order as it was placed, not those that were added since."""
    return [line for line in _whole(order) if line.ordered_at == order.ordered_at and line.instead_of is None]


def _ordered(line: LineView) -> int:
    return line.kit_units if line.kit_units is not None else line.ordered


def _kept(line: LineView) -> int:
    return line.ordered - line.cancelled - line.substituted


def _least(order: OrderView, line: LineView, units: object) -> int:
    assert callable(units)
    if line.kit_units is None:
        return int(units(line))
    return min((units(one) // (one.per_kit or 1) for one in order.lines if one.kit_line == line.id), default=0)


def _share(line: LineView, units: int) -> int:
    ordered = _ordered(line)
    extra = (line.tax_minor - line.discount_minor) * units
    return max(0, line.unit_price_minor * units + (extra // ordered if ordered else 0))
