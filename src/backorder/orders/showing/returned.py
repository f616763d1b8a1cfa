"""What came back of orders: units by line, and when the last of them did. What was lost on the way is not among it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from backorder.journal.prepared import rows

_RETURNED = """
    SELECT l.order_id, json_object_agg(l.id, r.units)::text, max(r.at)
    FROM (SELECT r.line_id, sum(r.units) AS units, max(r.at) AS at FROM orders_return r
          WHERE r.kind = 'return' AND r.line_id IN (SELECT id FROM orders_line WHERE order_id = ANY(%s::bigint[]))
          GROUP BY r.line_id) AS r
    JOIN orders_line l ON l.id = r.line_id
    GROUP BY l.order_id
"""


@dataclass(frozen=True, slots=True)
class Returned:
    """Units by line that the customer sent back, the last of them at an instant."""

    units: Mapping[int, int]
    last_at: datetime


def returned(order_ids: Iterable[int]) -> dict[int, Returned]:
    """What came back of these orders; those of which nothing did are absent."""
    found = rows(_RETURNED, [sorted(set(order_ids))])
    return {
        order: Returned({int(line): int(n) for line, n in json.loads(units).items()}, last_at)
        for order, units, last_at in found
    }
