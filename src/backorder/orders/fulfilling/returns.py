"""Units that came back, or never arrived. Nothing of the order is undone; a resend is a new line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from django.db import transaction

from backorder.journal.identity import new_ids
from backorder.journal.prepared import rows
from backorder.journal.refusals import Refused
from backorder.stock import moves

from ..changing.opened import OpenOrder, open_order
from ..ledger.retry import retried
from ..ledger.save import Changes, save

_KNOWN = "SELECT id FROM orders_return WHERE key = %s::text AND line_id = ANY(%s::bigint[]) LIMIT 1"
_INSERT = """
    INSERT INTO orders_return (id, line_id, units, kind, restocked_at_id, reason, key, at)
    SELECT id, line, units, %s::text, %s::bigint, %s::text, %s::text, %s::timestamptz
    FROM unnest(%s::bigint[], %s::bigint[], %s::integer[]) AS n(id, line, units)
"""


def return_units(
    order_id: int,
    *,
    lines: Mapping[int, int],
    key: str,
    kind: Literal["return", "lost"] = "return",
    restock_at: int | None = None,
    reason: str = "",
    actor: str,
) -> None:
    """Record that shipped units came back (`restock_at` a location: they are on the shelf again and go to
    the queue first) or were lost on the way. The same `key` again changes nothing.
    """
    if kind == "lost" and restock_at is not None:
        raise Refused(
            "lost_units_cannot_be_restocked",
            "What was lost on the way cannot be put on the shelf.",
            field="restock_at",
            value=restock_at,
        )
    retried(lambda: _return(order_id, lines, key, kind, restock_at, reason, actor))


@transaction.atomic
def _return(
    order_id: int, lines: Mapping[int, int], key: str, kind: str, restock_at: int | None, reason: str, actor: str
) -> None:
    order = open_order(order_id, actor=actor)
    if rows(_KNOWN, [key, list(lines)]):
        return
    changes = Changes()
    for id, units in lines.items():
        _check(order, id, units)
        changes.move_units(id, order.line(id).item, returned=units)
        if restock_at is not None:
            changes.mark([order.line(id).item], "returned")
    back = [new_ids(len(lines)), list(lines), list(lines.values())]
    rows(_INSERT, [kind, restock_at, reason, key, order.seen.now, *back])
    changes.touch(order.id)
    changes.tell(
        "order.returned",
        order.subject,
        lines={str(id): n for id, n in lines.items()},
        kind=kind,
        restocked_at=restock_at,
    )
    save(changes, actor=actor, at=order.seen.now)
    if restock_at is not None:
        onto_the_shelf = [
            moves.NewMove(order.line(id).item, restock_at, units, "restock", f"return/{key}/{id}")
            for id, units in lines.items()
        ]
        moves.apply(onto_the_shelf, actor=actor, at=order.seen.now)


def _check(order: OpenOrder, id: int, units: int) -> None:
    line = order.line(id)
    most = line.shipped - line.returned
    if not 0 < units <= most:
        raise Refused(
            "more_than_was_shipped",
            f"{units} units of {line.sku} cannot come back: {most} are with the customer.",
            status=409,
            field="units",
            value=units,
            limit=most,
            line=id,
        )
