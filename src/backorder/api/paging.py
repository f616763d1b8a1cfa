"""Long lists in pages: a cursor that says where the last page ended, and `Link: rel="next"`.

The cursor is the key of the last row, so a page costs the same at the end as at the start, and rows
that come or go meanwhile are neither shown twice nor skipped.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from typing import TypeVar

import msgspec
from django.http import HttpRequest

from backorder.journal.refusals import Refused

MOST_ROWS = 500
USUAL_ROWS = 50

Row = TypeVar("Row")
Key = TypeVar("Key")


def read_cursor(cursor: str | None, shape: type[Key]) -> Key | None:
    """The key that a cursor of ours carries; anything else is refused."""
    if cursor is None:
        return None
    try:
        return msgspec.json.decode(urlsafe_b64decode(cursor.encode()), type=shape)
    except (ValueError, msgspec.MsgspecError):
        raise Refused(
            "invalid_cursor", "cursor: take it from the Link header of the page before.", field="cursor", value=cursor
        ) from None


def write_cursor(key: object) -> str:
    """A key as an opaque word that is safe in an address."""
    return urlsafe_b64encode(msgspec.json.encode(key)).decode()


def cut(rows: Sequence[Row], limit: int, key: Callable[[Row], object]) -> tuple[Sequence[Row], str | None]:
    """One page of at most `limit` of `rows` (read with limit + 1), and the cursor of the next, if there is one."""
    if len(rows) <= limit:
        return rows, None
    return rows[:limit], write_cursor(key(rows[limit - 1]))


def link(request: HttpRequest, cursor: str | None) -> dict[str, str]:
    """The Link header to the next page of this very question; none on the last."""
    if cursor is None:
        return {}
    query = request.GET.copy()
    query["cursor"] = cursor
    return {"Link": f'<{request.path}?{query.urlencode()}>; rel="next"'}
