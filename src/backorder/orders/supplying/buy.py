"""Write a purchase order down and send it, both or neither."""

from __future__ import annotations

from django.db import transaction

from backorder.supply import purchase
from backorder.supply.purchase import NewPurchaseOrder, Sent

from ..ledger.retry import retried
from .inbound import send_purchase_order


def buy(new: NewPurchaseOrder, *, actor: str) -> Sent:
    """Order and send; returns its supplies. Refused as `purchase.draft` and `send_purchase_order` refuse."""
    return retried(lambda: _buy(new, actor))


@transaction.atomic
def _buy(new: NewPurchaseOrder, actor: str) -> Sent:
    purchase.draft(new, actor=actor)
    return send_purchase_order(new.reference, actor=actor)
