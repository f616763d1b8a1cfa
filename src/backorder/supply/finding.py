"""Find purchase orders by the beginning of their reference, by index, a few at a time."""

from __future__ import annotations

from msgspec import Struct

from backorder.journal.prepared import rows

LAST = "\U0010ffff"


class FoundPurchase(Struct, frozen=True):
    """A purchase order that was found."""

    reference: str
    supplier: str


_PURCHASES = """
    SELECT p.reference, s.name FROM supply_purchaseorder p JOIN supply_supplier s ON s.id = p.supplier_id
    WHERE p.reference >= %s::text AND p.reference < %s::text ORDER BY p.reference LIMIT %s::int
"""


def purchase_orders(words: str, *, limit: int) -> list[FoundPurchase]:
    """Purchase orders whose reference begins so, as written or in capitals."""
    found: dict[str, FoundPurchase] = {}
    for beginning in dict.fromkeys((words, words.upper())):
        for row in rows(_PURCHASES, [beginning, beginning + LAST, limit]):
            found.setdefault(row[0], FoundPurchase(*row))
    return list(found.values())[:limit]
