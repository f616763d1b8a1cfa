"""Change how items may be promised, and mark those that wait so that they are decided by the new rules."""

from __future__ import annotations

from django.db import transaction

from backorder.catalog import define
from backorder.catalog.specs import PolicySpec
from backorder.journal import clock
from backorder.journal.prepared import rows
from backorder.stock import marks

CAUSE = "policy"

_WAITING = "SELECT item_id FROM orders_queue WHERE open_units > 0"
_SOME_WAITING = f"{_WAITING} ORDER BY item_id LIMIT %s"


@transaction.atomic
def change_policy(spec: PolicySpec, *, actor: str) -> int:
    """Make or change the policy of one scope; returns its id. Waiting lines of its items are re-decided."""
    policy = define.define_policy(spec, actor=actor)
    _mark(spec.sku)
    return policy


@transaction.atomic
def drop_policy(*, sku: str | None, location: str | None, channel: str | None, actor: str) -> None:
    """Take the policy of exactly this scope away; waiting lines of its items are re-decided."""
    define.remove_policy(sku=sku, location=location, channel=channel, actor=actor)
    _mark(sku)


def waiting_items(*, limit: int) -> list[int]:
    """The ids of items that somebody waits for, at most `limit` of them: whom a policy for all items may reach."""
    return [item for (item,) in rows(_SOME_WAITING, [limit])]


def _mark(sku: str | None) -> None:
    items = [define.item_id(sku)] if sku is not None else [item for (item,) in rows(_WAITING, [])]
    marks.mark(items, cause=CAUSE, at=clock.now())
