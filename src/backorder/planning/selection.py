"""Which items a run looks at: those somebody waits for, all or only those named."""

from __future__ import annotations

from collections.abc import Sequence

from backorder.catalog import queries as catalog
from backorder.catalog.snapshot import unknown_item
from backorder.journal.refusals import Refused
from backorder.orders.deciding.frame import waiting_items

MOST_SKUS = 10_000


def selected_items(skus: Sequence[str] | None, *, first: int = 0, last: int | None = None) -> list[int]:
    """Ids of all items that somebody waits for, or of those named, from `first` to `last`; sorted.

    Refused: unknown or too many SKUs.
    """
    if skus is None:
        return waiting_items(first=first, last=last)
    return [item for item in _named(skus) if first <= item and (last is None or item <= last)]


def _named(skus: Sequence[str]) -> list[int]:
    if len(skus) > MOST_SKUS:
        raise Refused("too_many_skus", f"skus: at most {MOST_SKUS}.", field="skus", value=len(skus), limit=MOST_SKUS)
    found = catalog.items_by_sku(skus)
    missing = next((sku for sku in skus if sku not in found), None)
    if missing is not None:
        raise unknown_item(missing, field="skus")
    return sorted({item.id for item in found.values()})
