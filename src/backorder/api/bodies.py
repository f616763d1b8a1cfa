"""Bodies as they arrive: JSON only, of a known length, within the limit."""

from __future__ import annotations

from collections.abc import Iterator

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest

from backorder.journal.refusals import Refused

MOST_BYTES = 16 * 1024 * 1024
BLOCK = 64 * 1024
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


def lines(request: HttpRequest, *, longest: int) -> Iterator[bytes]:
    """The lines of a body as they arrive, ends included; one longer than `longest` comes in pieces.

    Split here: the server's own stream has no readline that can be relied on.
    """
    rest = b""
    while block := request.read(BLOCK):
        *whole, rest = (rest + block).split(b"\n")
        yield from (line + b"\n" for line in whole)
        if len(rest) > longest:
            yield rest
            rest = b""
    if rest:
        yield rest


def _too_large(most: int) -> Refused:
    return Refused("body_too_large", f"The body may have {most} bytes.", status=413, field="body", limit=most)
