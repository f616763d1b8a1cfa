"""Pin a line to a delivery: its units are fixed there, and no decision gives them to anybody else.

What others were promised is not taken: only what is free of the delivery, or the line's own already, can be pinned.
"""

from __future__ import annotations

from django.db import transaction

from backorder.journal.prepared import rows
from backorder.journal.refusals import Refused, unknown

from ..ledger.retry import retried
from ..ledger.save import Changes, save
from .opened import OpenLine, OpenOrder, open_order

_SUPPLY = """
    SELECT reference, item_id, greatest(units - received - cancelled, 0), pegged
    FROM supply_supply WHERE id = %s
"""


def pin(
    order_id: int, *, line: int, supply: int, units: int | None = None, actor: str, version: int | None = None
) -> int:
    """Pin `units` (None: as many as can be) of a line to a delivery; returns how many are pinned to it then.

    The item is marked, so that the date follows at once. Refused for another item's delivery, one that is done, and
    more than is free of it or waits.
    """
    return retried(lambda: _pin(order_id, line, supply, units, actor, version))


def unpin(order_id: int, *, line: int, actor: str, version: int | None = None) -> int:
    """Let a line's pinned units go with the queue again; returns how many there were."""
    return retried(lambda: _unpin(order_id, line, actor, version))


@transaction.atomic
def _pin(order_id: int, line_id: int, supply: int, units: int | None, actor: str, version: int | None) -> int:
    order = open_order(order_id, actor=actor, version=version)
    line = order.line(line_id)
    reference, to_come, pegged = _delivery(line, supply)
    mine = sum(peg.units for peg in line.pegs if peg.supply == supply and not peg.hard)
    hard = sum(peg.units for peg in line.pegs if peg.hard)
    most = min(mine + to_come - pegged, line.open - hard)
    wanted = most if units is None else units
    if not 1 <= wanted <= most:
        raise _too_many(line, reference, wanted, most, free=to_come - pegged + mine)
    changes = Changes()
    _swap(changes, line, supply, wanted, mine)
    _finish(changes, order, line, "line.pinned", "pinned", actor, supply=supply, units=wanted)
    return wanted + sum(peg.units for peg in line.pegs if peg.supply == supply and peg.hard)


@transaction.atomic
def _unpin(order_id: int, line_id: int, actor: str, version: int | None) -> int:
    order = open_order(order_id, actor=actor, version=version)
    line = order.line(line_id)
    hard = [peg for peg in line.pegs if peg.hard]
    if not hard:
        raise Refused(
            "line_is_not_pinned", f"{line.sku} is not pinned to a delivery.", status=409, field="line", value=line_id
        )
    changes = Changes()
    for peg in hard:
        changes.peg(line.owner, peg.supply, -peg.units, hard=True)
        changes.peg(line.owner, peg.supply, peg.units)
    units = sum(peg.units for peg in hard)
    _finish(changes, order, line, "line.unpinned", "unpinned", actor, units=units)
    return units


def _delivery(line: OpenLine, supply: int) -> tuple[str, int, int]:
    found = rows(_SUPPLY, [supply])
    if not found:
        raise unknown("supply", supply)
    reference, item, to_come, pegged = found[0]
    if item != line.item:
        raise Refused(
            "supply_of_another_item", f"{reference} brings no {line.sku}.", status=409, field="supply", value=supply
        )
    return reference, to_come, pegged


def _swap(changes: Changes, line: OpenLine, supply: int, units: int, mine: int) -> None:
    """Make own soft pegs there hard first, then take what is free; other pegs give way, the latest first."""
    own = min(units, mine)
    more = units - own
    if own:
        changes.peg(line.owner, supply, -own)
    changes.peg(line.owner, supply, units, hard=True)
    soft_elsewhere = [peg for peg in line.pegs if not peg.hard and peg.supply != supply]
    unpegged = line.open - sum(peg.units for peg in line.pegs)
    give_way = max(more - unpegged, 0)
    for peg in sorted(soft_elsewhere, key=lambda peg: (-peg.eta.toordinal(), -peg.supply)):
        given = min(give_way, peg.units)
        if given:
            changes.peg(line.owner, peg.supply, -given)
            give_way -= given
    assert give_way == 0, "more was pinned than waits"


def _finish(changes: Changes, order: OpenOrder, line: OpenLine, fact: str, cause: str, actor: str, **body: int) -> None:
    changes.mark([line.item], cause)
    changes.touch(order.id)
    changes.tell(fact, order.subject, line=line.id, item=line.item, **body)
    save(changes, actor=actor, at=order.seen.now)


def _too_many(line: OpenLine, reference: str, units: int, most: int, *, free: int) -> Refused:
    if not line.open:
        says = f"No unit of {line.sku} waits."
    elif free <= 0:
        says = f"All of {reference} is promised to others."
    else:
        says = f"{units} units of {line.sku} cannot be pinned to {reference}: at most {max(most, 0)}."
    return Refused("supply_is_promised", says, status=409, field="units", value=units, limit=max(most, 0), line=line.id)
