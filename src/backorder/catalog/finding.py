"""Find items by the beginning of their SKU or of a word in their name, by index, a few at a time."""

from __future__ import annotations

from msgspec import Struct

from backorder.journal.prepared import rows

LAST = "\U0010ffff"


class FoundItem(Struct, frozen=True):
    """An item that was found."""

    sku: str
    name: str


_BY_SKU = "SELECT sku, name FROM catalog_item WHERE sku >= %s::text AND sku < %s::text ORDER BY sku LIMIT %s::int"
_BY_NAME = """
    SELECT sku, name FROM catalog_item WHERE to_tsvector('simple', name) @@ to_tsquery('simple', %s::text)
    LIMIT %s::int
"""


def items(words: str, *, limit: int) -> list[FoundItem]:
    """Items whose SKU begins so (as written or in capitals), then those with words in their name that begin so."""
    found: dict[str, FoundItem] = {}
    for beginning in dict.fromkeys((words, words.upper())):
        for row in rows(_BY_SKU, [beginning, beginning + LAST, limit]):
            found.setdefault(row[0], FoundItem(*row))
    query = " & ".join(f"{word}:*" for word in map(_plain, words.split()[:6]) if word)
    if query and len(found) < limit:
        for row in rows(_BY_NAME, [query, limit]):
            found.setdefault(row[0], FoundItem(*row))
    return list(found.values())[:limit]


def _plain(word: str) -> str:
    return "".join(letter for letter in word if letter.isalnum())
