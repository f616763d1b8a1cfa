"""How a verb that starts from items begins: their queues locked, the holds that are due ended, the look taken."""

from __future__ import annotations

from collections.abc import Iterable

from ..ledger.lock import Locked, lock_queues, look
from ..placing.end_holds import end_holds


def begin(items: Iterable[int], *, actor: str) -> Locked:
    """Lock the queues of `items` until the transaction ends and read what every decision on them must know."""
    locked = lock_queues(items)
    seen = look(locked)
    if not seen.due_holds:
        return seen
    end_holds(seen.due_holds, outcome="expired", at=seen.now, actor=actor)
    return look(locked)
