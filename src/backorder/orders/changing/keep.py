"""The customer answers that he goes on waiting: nothing moves, but what he agreed to is on record."""

from __future__ import annotations

from django.db import transaction

from backorder.journal.refusals import Refused

from ..ledger.retry import retried
from ..ledger.save import Changes, save
from .opened import open_order


def keep_waiting(order_id: int, *, actor: str, version: int | None = None) -> dict[int, str | None]:
    """Record that the customer waits for what is open, by the days promised now; returns those days (ISO) by line.

    Refused when nothing waits, or when the order is not at `version` any more.
    """
    return retried(lambda: _keep_waiting(order_id, actor, version))


@transaction.atomic
def _keep_waiting(order_id: int, actor: str, version: int | None) -> dict[int, str | None]:
    order = open_order(order_id, actor=actor, version=version)
    waiting = [line for line in order.lines.values() if line.open]
    if not waiting:
        raise Refused(
            "nothing_waits", "Nothing of the order waits any more.", status=409, field="order", value=order_id
        )
    days = {line.id: line.promised_on.isoformat() if line.promised_on else None for line in waiting}
    changes = Changes()
    changes.tell(
        "order.wait_accepted",
        order.subject,
        lines={
            str(line.id): {"units": line.open, "promised_on": days[line.id], "version": line.promise_version}
            for line in waiting
        },
    )
    save(changes, actor=actor, at=order.seen.now)
    return days
