"""The pieces that bodies are made of: texts, codes, numbers and days with their limits."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from backorder.catalog.limits import MAX_DAYS, MAX_MINOR, MAX_NAME, MAX_UNITS
from backorder.files.shapes import INNER, Code, Count, Currency, Minor, Name, Units

__all__ = [
    "Change",
    "Code",
    "Count",
    "Country",
    "Currency",
    "Days",
    "Difference",
    "Identity",
    "Minor",
    "Name",
    "Note",
    "Rank",
    "Reference",
    "Text",
    "Units",
    "Zone",
]

Text = Annotated[str, Meta(max_length=MAX_NAME, pattern=f"^({INNER})?$")]
Note = Annotated[str, Meta(max_length=1_000, pattern=r"^[^\x00-\x1f\x7f]*$")]
Reference = Annotated[str, Meta(min_length=1, max_length=128, pattern=r"^[^\x00-\x1f\x7f]+$")]
Country = Annotated[str, Meta(pattern="^[A-Z]{2}$", description="ISO 3166-1 alpha-2.")]
Zone = Annotated[str, Meta(min_length=1, max_length=64, description="IANA time zone.")]
Change = Annotated[int, Meta(ge=-MAX_UNITS, le=MAX_UNITS, description="Units more, or fewer if negative.")]
Difference = Annotated[int, Meta(ge=-MAX_MINOR, le=MAX_MINOR, description="Money in minor units; negative is less.")]
Days = Annotated[int, Meta(ge=0, le=MAX_DAYS)]
Rank = Annotated[int, Meta(ge=-1_000_000, le=1_000_000, description="Lower comes first.")]
Identity = Annotated[int, Meta(ge=1, le=2**63 - 1)]
