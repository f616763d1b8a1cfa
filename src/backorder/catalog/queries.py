"""What the catalog answers: the current snapshot for those who promise, and what the doors look up."""

from __future__ import annotations

import threading
from collections.abc import Iterable

from backorder.engine.calendars import Route
from backorder.engine.model import Policy

from .snapshot import ItemRow, LocationRow, ServiceRow, Snapshot
from .version import version
from .version import version as read_version

__all__ = [
    "current", "items", "items_by_sku", "kit_parts", "latest", "location", "policies", "routes", "service",
    "substitutes", "version",
]  # fmt: skip

_lock = threading.Lock()
_latest: Snapshot | None = None


def current(*, version: int | None = None) -> Snapshot:
    """The catalog as it is now; one statement, none if the caller has read the version itself."""
    global _latest
    wanted = read_version() if version is None else version
    snapshot = _latest
    if snapshot is not None and snapshot.version == wanted:
        return snapshot
    with _lock:
        if _latest is None or _latest.version != wanted:
            _latest = Snapshot(wanted)
        return _latest


def latest() -> Snapshot:
    """The catalog as this process last knew it, without a statement: whoever uses it compares versions later."""
    return _latest if _latest is not None else current()


def items_by_sku(skus: Iterable[str]) -> dict[str, ItemRow]:
    """The items of these SKUs, inactive ones too; unknown ones are absent."""
    return current().items_by_sku(skus)


def items(item_ids: Iterable[int]) -> dict[int, ItemRow]:
    """The items of these ids; unknown ones are absent."""
    return current().items(item_ids)


def policies(item_ids: Iterable[int], *, channel: str, country: str = "") -> dict[int, Policy]:
    """How each item may be promised on a channel; see `Snapshot.policies`."""
    return current().policies(item_ids, channel=channel, country=country)


def routes(*, channel: str, country: str, service_id: int | None) -> tuple[Route, ...]:
    """The ways to a customer in sourcing order; shared objects that remember their days."""
    return current().routes(channel=channel, country=country, service_id=service_id)


def kit_parts(item_ids: Iterable[int]) -> dict[int, tuple[tuple[int, int], ...]]:
    """(part's item id, units in one kit) of those items that are kits; the others are absent."""
    return current().kit_parts(item_ids)


def location(code: str) -> LocationRow:
    """The location of this code, or the refusal unknown_location."""
    return current().location(code)


def service(code: str) -> ServiceRow:
    """The service of this code, or the refusal unknown_service."""
    return current().service(code)


def substitutes(item_id: int) -> tuple[tuple[int, int], ...]:
    """(item id, price difference in minor units) of what may be offered instead, best first; active items only."""
    return current().substitutes([item_id]).get(item_id, ())
