"""Read, under the lock, what is known of items: the books every decision is made from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from backorder.engine.model import Book, Source
from backorder.stock import queries as stock
from backorder.supply import queries as supply

from .lock import Locked


def load_books(items: Iterable[int], seen: Locked) -> dict[int, Book]:
    """The book of each item; two statements whatever their number."""
    wanted = sorted(set(items))
    sources = load_sources(wanted, seen)
    return {
        item: Book(
            item=item,
            sources=tuple(sources[item]),
            open_units=seen.open_units.get(item, 0),
            stale=item in seen.stale,
        )
        for item in wanted
    }


def load_sources(items: list[int], seen: Locked) -> dict[int, list[Source]]:
    """Shelves and inbound supply of each item."""
    todays = seen.catalog.todays(seen.now)
    sources: dict[int, list[Source]] = defaultdict(list)
    for item, source in (*stock.shelf(items, today=todays), *supply.inbound(items, today=todays)):
        sources[item].append(source)
    return sources
