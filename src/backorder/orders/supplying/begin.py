"""How a verb that starts from items begins: their queues locked, the holds that are due ended, the look taken."""

from __future__ import annotations

from collections.abc import Iterable

from backorder.journal.prepared import together

from ..ledger.lock import Locked, lock_queues, lock_statement, look, look_statement, seen_by
from ..placing.end_holds import end_holds


def begin(items: Iterable[int], *, actor: str) -> Locked:
    """Lock the queues of `items` until the transaction ends and read what every decision on them must know."""
    wanted = sorted(set(items))
    locked, found = together(lock_statement(wanted, skip_busy=False), look_statement(wanted))
    if len(locked) < len(wanted):
        lock_queues(wanted)  # Refuses the one that is missing.
    seen, _ = seen_by(found)
    if not seen.due_holds:
        return seen
    end_holds(seen.due_holds, outcome="expired", at=seen.now, actor=actor)
    return look(wanted)
