"""Bodies as they arrive: JSON only, of a known length, within the limit."""

from __future__ import annotations

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest

from backorder.journal.refusals import Refused

MOST_BYTES = 16 * 1024 * 1024
JSON = ("application/json",)


def read(request: HttpRequest, *, types: tuple[str, ...] = JSON, most: int = MOST_BYTES) -> bytes:
    """The whole body; 415 for another type, 411 without a length, 413 above `most` bytes."""
    check(request, types=types, most=most)
    try:
        return request.body
    except RequestDataTooBig:
        raise _too_large(most) from None


def check(request: HttpRequest, *, types: tuple[str, ...] = JSON, most: int = MOST_BYTES) -> None:
    """Refuse by the headers alone, before anything is read."""
    if request.content_type not in types:
        raise Refused(
            "media_type_is_not_supported",
            f"Send {' or '.join(types)}.",
            status=415,
            field="Content-Type",
            value=request.content_type or None,
            limit=list(types),
        )
    length = request.headers.get("Content-Length")
    # A body without a length cannot be limited before it is read.
    if request.headers.get("Transfer-Encoding") and not length:
        raise Refused("length_is_missing", "Send Content-Length.", status=411, field="Content-Length")
    if length and int(length) > most:
        raise _too_large(most)


def _too_large(most: int) -> Refused:
    return Refused("body_too_large", f"The body may have {most} bytes.", status=413, field="body", limit=most)
