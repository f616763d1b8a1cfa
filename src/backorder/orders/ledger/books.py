"""Read, under the lock, what is known of items: the books every decision is made from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from backorder.engine.model import Book, Source
from backorder.journal.prepared import Statement, rows
from backorder.stock import queries as stock
from backorder.supply import queries as supply

from .lock import Locked, look_statement, seen_by


def look_at_books(items: Iterable[int]) -> tuple[Locked, dict[int, Book]]:
    """What every decision must know, and the book of each item, in one statement."""
    return books_seen(items, rows(*books_statement(items)))


def books_statement(items: Iterable[int]) -> Statement:
    """The statement that `look_at_books` runs, for whoever sends it together with others."""
    return look_statement(sorted(set(items)), stock.SHELF, supply.INBOUND)


def books_seen(items: Iterable[int], found: list[tuple[Any, ...]]) -> tuple[Locked, dict[int, Book]]:
    """What the rows of that statement say of these items."""
    wanted = sorted(set(items))
    seen, (on_shelf, coming) = seen_by(found)
    todays = seen.catalog.todays(seen.now)
    sources = (*stock.as_shelf(on_shelf, today=todays), *supply.as_inbound(coming, today=todays))
    return seen, _books(wanted, _by_item(sources), seen)


def load_books(items: Iterable[int], seen: Locked) -> dict[int, Book]:
    """The book of each item; two statements whatever their number."""
    wanted = sorted(set(items))
    return _books(wanted, load_sources(wanted, seen), seen)


def load_sources(items: list[int], seen: Locked) -> dict[int, list[Source]]:
    """Shelves and inbound supply of each item."""
    todays = seen.catalog.todays(seen.now)
    return _by_item((*stock.shelf(items, today=todays), *supply.inbound(items, today=todays)))


def _by_item(found: Iterable[tuple[int, Source]]) -> dict[int, list[Source]]:
    sources: dict[int, list[Source]] = defaultdict(list)
    for item, source in found:
        sources[item].append(source)
    return sources


def _books(items: list[int], sources: dict[int, list[Source]], seen: Locked) -> dict[int, Book]:
    return {
        item: Book(
            item=item,
            sources=tuple(sources[item]),
            open_units=seen.open_units.get(item, 0),
            stale=item in seen.stale,
        )
        for item in items
    }
