"""What stands in an address or behind its question mark: the shapes and limits that many operations share."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated

from pydantic import BeforeValidator, Field

from backorder.api.paging import MOST_ROWS
from backorder.orders.placing.forms import check_instant

_PRINTABLE = r"^[^\x00-\x1f\x7f]+$"


def _day(value: object) -> object:
    # Pydantic would take a number of seconds for a day.
    if isinstance(value, str):
        return date.fromisoformat(value) if len(value) == len("2026-01-01") else _not("a day such as 2026-12-31")
    return value


def _instant(value: object) -> object:
    if not isinstance(value, str):
        return value
    if value[4:5] != "-" or (instant := datetime.fromisoformat(value)).tzinfo is None:
        return _not("an instant with its zone such as 2026-12-31T08:00:00Z")
    check_instant(instant)
    return instant.astimezone(UTC)


def _not(what: str) -> object:
    raise ValueError(f"must be {what}")


Id = Annotated[int, Field(ge=1, le=2**63 - 1)]
Sku = Annotated[str, Field(min_length=1, max_length=64, pattern=_PRINTABLE)]
Code = Annotated[str, Field(min_length=1, max_length=64, pattern=_PRINTABLE)]
Reference = Annotated[str, Field(min_length=1, max_length=128, pattern=_PRINTABLE)]
Word = Annotated[str, Field(min_length=1, max_length=100, pattern=_PRINTABLE)]
Country = Annotated[str, Field(pattern="^[A-Z]{2}$")]
Limit = Annotated[int, Field(ge=1, le=MOST_ROWS, description="Rows on a page.")]
Cursor = Annotated[str | None, Field(max_length=400, description="Where the page before ended; from its Link header.")]
Day = Annotated[date, BeforeValidator(_day)]
Instant = Annotated[datetime, BeforeValidator(_instant)]
