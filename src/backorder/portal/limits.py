"""How often somebody without an account may knock: by link, and by address for whoever brings links that are not ours.

Buckets are per process, by the monotonic clock; a full one holds a minute's worth.
"""

from __future__ import annotations

import math
import threading
import time
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest

from backorder.journal.refusals import Refused

LOOKS_PER_MINUTE = 120  # One link.
CHANGES_PER_MINUTE = 20  # One link: choices, questions, addresses.
WRONG_LINKS_PER_MINUTE = 20  # One address.
ASKS_PER_MINUTE = 3_000  # One address, of the storefront.
BUCKETS = 20_000


@dataclass(slots=True)
class _Bucket:
    tokens: float
    filled_at: float


_lock = threading.Lock()
_buckets: dict[str, _Bucket] = {}


def take(of: str, *, per_minute: int, at: float | None = None) -> None:
    """Take one call from the bucket of this name, or refuse (too_often, 429) with `retry_after` in seconds."""
    at = time.monotonic() if at is None else at
    size = float(per_minute)
    with _lock:
        bucket = _buckets.get(of)
        if bucket is None:
            if len(_buckets) >= BUCKETS:
                _buckets.clear()
            bucket = _buckets[of] = _Bucket(size, at)
        bucket.tokens = min(size, bucket.tokens + (at - bucket.filled_at) * size / 60)
        bucket.filled_at = at
        if bucket.tokens >= 1:
            bucket.tokens -= 1
            return
    seconds = max(1, math.ceil((1 - bucket.tokens) * 60 / size))
    raise Refused(
        "too_often",
        f"This may be asked {per_minute} times a minute; try again in {seconds} s.",
        status=429,
        limit=per_minute,
        retry_after=seconds,
    )


def forget() -> None:
    """Start with full buckets."""
    with _lock:
        _buckets.clear()


def address_of(request: HttpRequest) -> str:
    """The caller's network address; what proxies say of it counts only where the installation has some."""
    proxies = settings.BACKORDER_PROXIES
    told = [one.strip() for one in request.headers.get("X-Forwarded-For", "").split(",") if one.strip()]
    if proxies and len(told) >= proxies:
        return told[-proxies]
    return str(request.META.get("REMOTE_ADDR", ""))
