"""Block an order (fraud, payment, address): it keeps its units and its place, and is not released."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from backorder.journal.refusals import Refused

from ..ledger.retry import retried
from ..ledger.save import Changes, save
from ..models import Block
from .opened import open_order

KINDS = ("fraud", "payment", "address", "other")


def block(order_id: int, *, kind: str, note: str = "", actor: str) -> None:
    """Block an order; blocking it again for the same kind changes nothing."""
    if kind not in KINDS:
        raise Refused(
            "invalid_field",
            f"kind is {kind!r}; it is one of {', '.join(KINDS)}.",
            field="kind",
            value=kind,
            limit=list(KINDS),
        )
    retried(lambda: _block(order_id, kind, note, actor))


def lift(order_id: int, *, kind: str, actor: str) -> None:
    """Lift a block; refused if the order has none of this kind."""
    retried(lambda: _lift(order_id, kind, actor))


@transaction.atomic
def _block(order_id: int, kind: str, note: str, actor: str) -> None:
    order = open_order(order_id, actor=actor)
    if kind in order.blocks:
        return
    Block.objects.create(order_id=order_id, kind=kind, note=note, placed_at=order.seen.now)
    _tell(order_id, "order.blocked", kind, actor, order.seen.now)


@transaction.atomic
def _lift(order_id: int, kind: str, actor: str) -> None:
    order = open_order(order_id, actor=actor)
    if kind not in order.blocks:
        raise Refused("order_is_not_blocked", f"The order has no {kind} block.", status=409, field="kind", value=kind)
    Block.objects.filter(order_id=order_id, kind=kind, lifted_at=None).update(lifted_at=order.seen.now)
    _tell(order_id, "order.unblocked", kind, actor, order.seen.now)


def _tell(order_id: int, fact: str, kind: str, actor: str, at: datetime) -> None:
    changes = Changes()
    changes.touch(order_id)
    changes.tell(fact, f"order/{order_id}", kind=kind)
    save(changes, actor=actor, at=at)
