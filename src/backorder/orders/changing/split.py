"""Split a line: some of the units that wait become a line of their own, with the same place in the queue.

What is split off can be pinned, replaced, cancelled or sent by itself. Nothing anybody was promised changes.
"""

from __future__ import annotations

from typing import Any

from django.db import transaction

from backorder.journal.identity import new_id
from backorder.journal.prepared import rows
from backorder.journal.refusals import Refused

from ..ledger.promises import days, write_promise
from ..ledger.retry import retried
from ..ledger.save import Changes, save
from .opened import OpenLine, OpenOrder, open_order
from .reduce import last_owed, still_owed

CAUSE = "split"
_MORE = """
    SELECT first_promised_on, first_ship_on, min_ship_units, ship_multiple, max_shipments,
           (SELECT max(position) FROM orders_line n WHERE n.order_id = l.order_id)
    FROM orders_line l WHERE id = %s
"""


def split(order_id: int, *, line: int, units: int, actor: str, version: int | None = None) -> int:
    """Split `units` that wait off a line, those that come last; returns the new line's id.

    The new line keeps order time, priority, wish, first promise, price and pegs. Discount and tax stay with the old
    one. Refused for parts of kits, and when not at least one unit would stay on the line.
    """
    return retried(lambda: _split(order_id, line, units, actor, version))


@transaction.atomic
def _split(order_id: int, line_id: int, units: int, actor: str, version: int | None) -> int:
    order = open_order(order_id, actor=actor, version=version)
    line = order.line(line_id)
    _check(line, units)
    changes = Changes()
    slices = last_owed(line, units)
    kept = still_owed(line, line.owed - units)
    row = _new_row(order, line, units, days(slices, version=1))
    changes.lines.append(row)
    _move_pegs(changes, line, row["id"], units)
    changes.move_units(line.id, line.item, open=-units, substituted=units)
    changes.owe(line.item, units)
    write_promise(changes, row["id"], slices, version=1, cause=CAUSE, at=order.seen.now)
    write_promise(changes, line.id, kept, version=line.promise_version + 1, cause=CAUSE, at=order.seen.now)
    changes.promised_days[line.id] = days(kept, version=line.promise_version + 1)
    changes.touch(order.id)
    changes.tell("line.split", order.subject, line=line.id, item=line.item, by=row["id"], units=units)
    save(changes, actor=actor, at=order.seen.now)
    return int(row["id"])


def _check(line: OpenLine, units: int) -> None:
    if line.kit_line is not None or line.kit_units is not None:
        raise Refused(
            "kit_is_whole", f"{line.sku} belongs to a kit: its parts are not split.", field="line", value=line.id
        )
    most = min(line.open, line.owed - 1)
    if not 1 <= units <= most:
        raise Refused(
            "more_than_is_open",
            f"{units} units of {line.sku} cannot be split off: at most {max(most, 0)}, one stays on the line.",
            status=409,
            field="units",
            value=units,
            limit=most,
            line=line.id,
        )


def _new_row(order: OpenOrder, line: OpenLine, units: int, promised: dict[str, Any]) -> dict[str, Any]:
    ((first_promised_on, first_ship_on, least, multiple, most, position),) = rows(_MORE, [line.id])
    return {
        "id": new_id(),
        "order_id": order.id,
        "position": position + 1,
        "item_id": line.item,
        "kit_line_id": None,
        "kit_units": None,
        "per_kit": None,
        "instead_of_id": line.id,
        "placed": False,
        "ordered_at": line.ordered_at,
        "priority": line.priority,
        "requested_on": line.requested_on,
        "min_ship_units": min(least, units),
        "ship_multiple": multiple,
        "max_shipments": most,
        "ordered": units,
        "open": units,
        "allocated": 0,
        "released": 0,
        "shipped": 0,
        "cancelled": 0,
        "substituted": 0,
        "returned": 0,
        "unit_price_minor": line.unit_price_minor,
        "discount_minor": 0,
        "tax_minor": 0,
        **promised,
        "first_promised_on": first_promised_on,
        "first_ship_on": first_ship_on,
    }


def _move_pegs(changes: Changes, line: OpenLine, new: int, units: int) -> None:
    """Unpegged units go first, then the pegs that arrive last, hard ones at the very end."""
    left = units - (line.open - sum(peg.units for peg in line.pegs))
    for peg in sorted(line.pegs, key=lambda peg: (peg.hard, -peg.eta.toordinal(), -peg.supply)):
        moved = min(left, peg.units)
        if moved > 0:
            changes.peg(line.owner, peg.supply, -moved, hard=peg.hard)
            changes.peg(("line", new), peg.supply, moved, hard=peg.hard)
            left -= moved
