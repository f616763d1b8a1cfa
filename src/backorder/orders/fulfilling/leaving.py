"""Until when a line may leave: an instant that a case of the delay law keeps on it, looked at by whoever sends goods.

The law ends an order when a day has passed, whether or not anybody looked; so the instant lies with the line itself,
is read with it behind the same locks, and costs nothing where no case is open.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from backorder.journal.prepared import rows
from backorder.journal.refusals import Refused

from ..changing.opened import OpenLine, OpenOrder

_SET = """
    UPDATE orders_line l SET leave_by_at = n.at
    FROM unnest(%s::bigint[], %s::timestamptz[]) AS n(line, at)
    WHERE l.order_id = %s::bigint AND coalesce(l.kit_line_id, l.id) = n.line AND l.leave_by_at IS DISTINCT FROM n.at
    RETURNING l.id
"""


def leave_by(order_id: int, lines: Mapping[int, datetime | None]) -> None:
    """Keep until when these lines (a kit's own line for its parts) may leave; None: no law says. Holds no locks itself.

    The caller holds the order's locks.
    """
    if lines:
        rows(_SET, [list(lines), list(lines.values()), order_id])


def may_leave(order: OpenOrder, line: OpenLine) -> bool:
    """May units of the line still leave?"""
    return line.leave_by_at is None or order.seen.now < line.leave_by_at


def refuse_ended(order: OpenOrder, lines: Iterable[int]) -> None:
    """Refuse deemed_cancelled where one of these lines may not leave any more."""
    for id in lines:
        line = order.line(id)
        if line.leave_by_at is not None and not may_leave(order, line):
            raise Refused(
                "deemed_cancelled",
                f"{line.sku} may not leave since {line.leave_by_at.isoformat()}: the law's last day passed, and its"
                " customer has not agreed to wait longer.",
                status=409,
                field="line",
                value=id,
                limit=line.leave_by_at.isoformat(),
            )
