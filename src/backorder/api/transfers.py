"""Files through the door: import and export of items, stock, orders and purchase orders, as NDJSON or CSV."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

from django.http import StreamingHttpResponse

from backorder.api import bodies
from backorder.api.operation import Call, operation
from backorder.files import transfer
from backorder.files.rows import LONGEST_LINE, MEDIA_TYPES
from backorder.files.transfer import Report

TAG = "transfer"

MOST_BYTES = 256 * 1024 * 1024

KindName = Literal["items", "stock", "orders", "purchase-orders"]


@operation(TAG, "POST", "/imports/{kind}", scope=None, answer=Report, body=str, media_types=tuple(MEDIA_TYPES))
def import_file(call: Call, kind: KindName) -> Report:
    """Take a file in, chunk by chunk. Needs the scope that writes its kind.

    Refused rows are reported by line, field and reason and do not touch the others.
    """
    call.caller.require(transfer.kind_of(kind).scopes[1])
    bodies.check(call.request, types=tuple(MEDIA_TYPES), most=MOST_BYTES)
    lines = bodies.lines(call.request, longest=LONGEST_LINE)
    return transfer.import_rows(kind, lines, format=MEDIA_TYPES[call.request.content_type or ""], actor=call.actor)


@operation(TAG, "GET", "/exports/{kind}", scope=None, answer=str, answer_types=tuple(MEDIA_TYPES))
def export_file(call: Call, kind: KindName, format: Literal["ndjson", "csv"] = "ndjson") -> StreamingHttpResponse:
    """Export all of a kind, as NDJSON or CSV. Needs the scope that reads its kind."""
    call.caller.require(transfer.kind_of(kind).scopes[0])
    media_type = next(name for name, known in MEDIA_TYPES.items() if known == format)
    response = StreamingHttpResponse(_in_blocks(transfer.export_rows(kind, format=format)), content_type=media_type)
    response["Content-Disposition"] = f'attachment; filename="{kind}.{format}"'
    return response


def _in_blocks(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Each piece of an answer costs a hand-over between threads, so lines travel together."""
    block = bytearray()
    for line in lines:
        block += line
        if len(block) >= bodies.BLOCK:
            yield bytes(block)
            block.clear()
    yield bytes(block)
