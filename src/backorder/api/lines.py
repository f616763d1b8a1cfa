"""What can be done about one line that waits: pinned to a delivery, split, decided again."""

from __future__ import annotations

from msgspec import Struct

from backorder.api.operation import Call, operation
from backorder.api.parameters import Id
from backorder.api.shapes import Identity, Units
from backorder.catalog import queries as catalog
from backorder.orders import reading
from backorder.orders.changing.pin import pin, unpin
from backorder.orders.changing.split import split
from backorder.orders.deciding.redecide import redecide

TAG = "orders"


class NewPin(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The delivery, and how many units of the line are pinned to it (all that can be, if it is left out)."""

    supply: Identity
    units: Units | None = None


class NewSplit(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many of the units that wait become a line of their own: those that come last."""

    units: Units


class Redecided(Struct, frozen=True):
    """How many promises changed."""

    changed: int


@operation(TAG, "POST", "/lines/{int:line}/pin", scope="orders:write", answer=reading.LineView)
def pin_line(call: Call, line: Id, body: NewPin) -> reading.LineView:
    """Fix a line's units to a delivery. What others were promised from it is not taken; the date follows at once."""
    pin(reading.line(line).order, line=line, supply=body.supply, units=body.units, actor=call.actor)
    return reading.line(line)


@operation(TAG, "DELETE", "/lines/{int:line}/pin", scope="orders:write", answer=reading.LineView)
def unpin_line(call: Call, line: Id) -> reading.LineView:
    """Let a line's pinned units go with the queue again."""
    unpin(reading.line(line).order, line=line, actor=call.actor)
    return reading.line(line)


@operation(TAG, "POST", "/lines/{int:line}/split", scope="orders:write", answer=reading.LineView, status=201, once=True)
def split_line(call: Call, line: Id, body: NewSplit) -> reading.LineView:
    """Split units off a line; the answer is the new line, which keeps the place, the first promise and the pegs."""
    return reading.line(split(reading.line(line).order, line=line, units=body.units, actor=call.actor))


@operation(TAG, "POST", "/lines/{int:line}/redecide", scope="orders:write", answer=Redecided)
def redecide_line(call: Call, line: Id) -> Redecided:
    """Decide the line's item anew, by the rules that stand; nobody loses what was confirmed."""
    (item,) = catalog.items_by_sku([reading.line(line).sku]).values()
    return Redecided(redecide([item.id], cause="asked", actor=call.actor))
