"""Try again what failed for a passing reason: deadlocks, lost connections, a twin that was faster."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from django.db import DatabaseError, IntegrityError, InterfaceError, OperationalError, connection

Result = TypeVar("Result")

PAUSES = (0.01, 0.2, 1.0)  # Seconds before the second, third and fourth try.
_PASSING = {"40P01", "40001", "55P03", "57P01", "57P02", "57P03"}
_DISK_FULL = "53100"
_NO_ROOM = ("could not extend file", "File too large", "No space left")  # What has no code of its own.
_TWINS = {
    "one_order_per_reference", "customer_once_per_channel", "one_live_hold_per_cart_and_item", "supply_receipt_key_key",
}  # fmt: skip


def retried(attempt: Callable[[], Result]) -> Result:
    """Run `attempt`, a whole transaction, up to four times; it must look for what it may have done before.

    Inside a transaction of the caller it runs once: there the caller must try again.
    """
    if connection.in_atomic_block:
        return attempt()
    for pause in PAUSES:
        try:
            return attempt()
        except DatabaseError as failure:
            if not is_passing(failure) and not _is_twin(failure):
                raise
            if is_lost(failure):
                connection.close()
        time.sleep(pause)
    return attempt()


def is_passing(failure: DatabaseError) -> bool:
    """May the same work succeed a moment later?"""
    return _code(failure) in _PASSING or is_lost(failure)


def is_lost(failure: DatabaseError) -> bool:
    """Did the connection to the database go away?"""
    code = _code(failure)
    if isinstance(failure, InterfaceError):
        return True
    return isinstance(failure, OperationalError) and (code is None or code[:2] in {"08", "57"})


def is_full(failure: DatabaseError) -> bool:
    """Has the database no room to write, on its disk or in one of its files? Trying at once does not help."""
    code = _code(failure) or ""
    return code == _DISK_FULL or (code[:2] in {"XX", "58"} and any(words in str(failure) for words in _NO_ROOM))


def _is_twin(failure: DatabaseError) -> bool:
    constraint = getattr(getattr(failure.__cause__, "diag", None), "constraint_name", None)
    return isinstance(failure, IntegrityError) and constraint in _TWINS


def _code(failure: DatabaseError) -> str | None:
    return getattr(failure.__cause__, "sqlstate", None)
