"""The pieces that rows of files and bodies of the API share: codes, names, units and money with their limits."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from backorder.catalog.limits import MAX_CODE, MAX_MINOR, MAX_NAME, MAX_UNITS

# Printable, no control characters, no space at either end: what people type and copy.
INNER = r"[^\x00-\x20\x7f-\xa0]([^\x00-\x1f\x7f-\x9f]*[^\x00-\x20\x7f-\xa0])?"
_TRIMMED = f"^{INNER}$"

Code = Annotated[str, Meta(min_length=1, max_length=MAX_CODE, pattern=_TRIMMED)]
Name = Annotated[str, Meta(min_length=1, max_length=MAX_NAME, pattern=_TRIMMED)]
Currency = Annotated[str, Meta(pattern="^[A-Z]{3}$", description="ISO 4217.")]
Units = Annotated[int, Meta(ge=1, le=MAX_UNITS, description="Whole units of the item's stock unit.")]
Count = Annotated[int, Meta(ge=0, le=MAX_UNITS)]
Minor = Annotated[int, Meta(ge=0, le=MAX_MINOR, description="Money in minor units of the currency.")]
