"""How a line's units may leave, as the database tells it: the same columns for deciding, dating and releasing."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

SHIPMENTS_LEFT = """
    CASE WHEN l.max_shipments IS NULL THEN 0 ELSE greatest(1, l.max_shipments - (l.released > 0)::int - (
        SELECT count(DISTINCT h.shipped_on) FROM orders_shipmentline w JOIN orders_shipment h ON h.id = w.shipment_id
        WHERE w.line_id = l.id
    )) END"""
"""How many shipments of line `l` may still come (0: any number): days on which it left count, and what is packed."""

SHAPE = f"""
    CASE WHEN l.kit_line_id IS NULL THEN l.min_ship_units ELSE 1 END,
    CASE WHEN l.kit_line_id IS NULL THEN l.ship_multiple ELSE 1 END, {SHIPMENTS_LEFT}"""
"""Least units, multiple and shipments left of line `l`; parts of a kit leave as whole kits."""

BITS = 21  # Wider than any number of units.
PACKED_SHAPE = f"""
    (CASE WHEN l.kit_line_id IS NULL
     THEN l.min_ship_units + (l.ship_multiple::bigint << {BITS}) + (({SHIPMENTS_LEFT})::bigint << {2 * BITS})
     ELSE 1 + (1::bigint << {BITS}) END)"""
"""The same as one number; `unpacked` takes it apart."""
ANY_SHAPE = 1 + (1 << BITS)


def unpacked(shape: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Least units, multiple and shipments left, of what `PACKED_SHAPE` tells."""
    mask = (1 << BITS) - 1
    return shape & mask, (shape >> BITS) & mask, shape >> 2 * BITS
