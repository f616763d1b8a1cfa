"""The warehouse finds fewer than the books say: released units go back to open, and on hand is corrected."""

from __future__ import annotations

from django.db import transaction

from backorder.journal.refusals import Refused
from backorder.stock import moves

from ..changing.opened import open_order
from ..ledger.retry import retried
from ..ledger.save import Changes, save


def short_pick(order_id: int, *, line: int, location: int, units: int, key: str, actor: str) -> None:
    """`units` of a line that were released at a location are not there: they wait again, keeping their place.

    The item is marked, so that what else is free goes to whoever ranks first. The same `key` again
    changes nothing.
    """
    retried(lambda: _short_pick(order_id, line, location, units, key, actor))


@transaction.atomic
def _short_pick(order_id: int, line_id: int, location: int, units: int, key: str, actor: str) -> None:
    order = open_order(order_id, actor=actor)
    line = order.line(line_id)
    move = moves.NewMove(line.item, location, -units, "short_pick", f"short_pick/{key}")
    if moves.was_made(move):
        return
    at = [one for one in line.allocations if one.location == location and one.released]
    most = sum(one.released for one in at)
    if not 0 < units <= most:
        raise Refused(
            "more_than_is_released",
            f"{units} units of {line.sku} cannot be short: {most} are released there.",
            status=409,
            field="units",
            value=units,
            limit=most,
            line=line_id,
        )
    changes = Changes()
    changes.move_units(line.id, line.item, released=-units, open=units)
    changes.allocate(line.owner, at[0].level, 0, released=-units)
    changes.mark([line.item], "short_pick")
    changes.touch(order.id)
    changes.tell("line.short_picked", order.subject, line=line.id, item=line.item, units=units, location=location)
    save(changes, actor=actor, at=order.seen.now)
    moves.apply([move], actor=actor, at=order.seen.now)
