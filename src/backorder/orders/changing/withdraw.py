"""The consumer withdraws from the contract: a declaration that counts when it is made, whatever the goods do.

What has not left is cancelled at once. What the warehouse has in hand is stopped by a block; what was shipped
comes back as returns do.
"""

from __future__ import annotations

from django.db import transaction
from msgspec import Struct

from backorder.journal.refusals import Refused

from ..ledger.retry import retried
from ..ledger.save import Changes, save
from ..models import Block
from .opened import OpenOrder, open_order
from .reduce import reduce_line

BLOCK = "other"
NOTE = "withdrawn from"


class Withdrawn(Struct, frozen=True):
    """Units by line: cancelled at once, stopped at the warehouse, to be sent back."""

    cancelled: dict[int, int]
    stopped: dict[int, int]
    to_return: dict[int, int]


def withdraw(order_id: int, *, actor: str, version: int | None = None) -> Withdrawn:
    """Withdraw from the whole order; refused when nothing of it is owed or kept, or it is not at `version`.

    Whether there is a right to withdraw, and until when, is for the caller to know.
    """
    return retried(lambda: _withdraw(order_id, actor, version))


@transaction.atomic
def _withdraw(order_id: int, actor: str, version: int | None) -> Withdrawn:
    order = open_order(order_id, actor=actor, version=version)
    units = _units(order)
    if not (units.cancelled or units.stopped or units.to_return):
        raise Refused(
            "nothing_to_withdraw_from",
            "Nothing of the order is owed or kept any more.",
            status=409,
            field="order",
            value=order_id,
        )
    changes = Changes()
    for line, n in units.cancelled.items():
        reduce_line(changes, order, order.line(line), n, to="cancelled", cause="cancelled")
    changes.touch(order.id)
    changes.tell(
        "order.withdrawn", order.subject,
        cancelled=_texts(units.cancelled), stopped=_texts(units.stopped), to_return=_texts(units.to_return),
    )  # fmt: skip
    if units.stopped and BLOCK not in order.blocks:
        Block.objects.create(order_id=order.id, kind=BLOCK, note=NOTE, placed_at=order.seen.now)
        changes.tell("order.blocked", order.subject, kind=BLOCK)
    save(changes, actor=actor, at=order.seen.now)
    return units


def _units(order: OpenOrder) -> Withdrawn:
    lines = order.lines.values()
    return Withdrawn(
        cancelled={line.id: n for line in lines if (n := line.open + line.allocated)},
        stopped={line.id: line.released for line in lines if line.released},
        to_return={line.id: n for line in lines if (n := line.shipped - line.returned)},
    )


def _texts(units: dict[int, int]) -> dict[str, int]:
    return {str(line): n for line, n in units.items()}
