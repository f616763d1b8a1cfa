"""How fast a key may call: a token bucket per key, in this process.

The bucket holds one minute's worth and refills steadily, by the monotonic clock: moving the installation's clock
gives nobody more calls. With several server processes each has its own buckets, so the limit is per process.
"""

from __future__ import annotations

import math
import threading
import time
from dataclasses import dataclass

from backorder.journal.refusals import Refused

from .keys import Caller

BUCKETS = 10_000


@dataclass(slots=True)
class _Bucket:
    tokens: float
    filled_at: float


_lock = threading.Lock()
_buckets: dict[int, _Bucket] = {}


def take(caller: Caller, n: int = 1, *, at: float | None = None) -> None:
    """Take `n` calls from the caller's bucket, or refuse (rate_limited, 429) with `retry_after` in whole seconds.

    More than a full bucket is granted when the bucket is full, and owed afterwards: a large batch waits, but passes.
    `at` is a monotonic instant in seconds, for tests.
    """
    assert n >= 0
    at = time.monotonic() if at is None else at
    size = float(caller.rate_per_minute)
    with _lock:
        bucket = _bucket(caller.id, size, at)
        bucket.tokens = min(size, bucket.tokens + (at - bucket.filled_at) * size / 60)
        bucket.filled_at = at
        missing = min(float(n), size) - bucket.tokens
        if missing <= 0:
            bucket.tokens -= n
            return
    raise _refusal(caller, seconds=max(1, math.ceil(missing * 60 / size)))


def forget() -> None:
    """Start with full buckets."""
    with _lock:
        _buckets.clear()


def _bucket(key_id: int, size: float, at: float) -> _Bucket:
    found = _buckets.get(key_id)
    if found is None:
        if len(_buckets) >= BUCKETS:
            _buckets.clear()
        found = _buckets[key_id] = _Bucket(size, at)
    return found


def _refusal(caller: Caller, *, seconds: int) -> Refused:
    return Refused(
        "rate_limited",
        f"The key bo_{caller.prefix} may call {caller.rate_per_minute} times a minute; try again in {seconds} s.",
        status=429,
        limit=caller.rate_per_minute,
        retry_after=seconds,
    )
