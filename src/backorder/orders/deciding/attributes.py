"""What filters and ranks may name of a line, and how it is read: one column each, for all lines at once.

Most follow from what a decision reads anyway; the others cost one statement more, and only where a variant
names them. `tag:VIP`, `order:KEY` and `item:KEY` reach what merchants add themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from backorder.engine.columns import MISSING, Ints

from ..ledger.integers import Columns, integers, run
from .ways import Way

Kind = Literal["text", "number", "day", "instant", "yes_no"]
PREFIXES: dict[str, Kind] = {"tag:": "yes_no", "order:": "text", "item:": "text"}
MOST_NAME = 64

DAY_US = 86_400_000_000
EPOCH_DAY = 719_163


@dataclass(frozen=True, slots=True)
class Attribute:
    """What a filter or rank may name; days in conditions are written 2026-12-31."""

    name: str
    kind: Kind
    says: str


@dataclass(frozen=True, slots=True)
class Seen:
    """The columns of `frame._LINES` as the readers below want them."""

    found: Columns
    ways: Sequence[Way]
    way: Ints
    today: int

    @property
    def first_on(self) -> Ints:
        """The first promised day, or the requested one: the second part of the usual rank."""
        first_on: Ints = np.where(self.found[6] == MISSING, self.found[7], self.found[6])
        return first_on


def _days_since(seen: Seen, on: Ints) -> Ints:
    return np.where(on == MISSING, MISSING, seen.today - on)


def _days_until(seen: Seen, on: Ints) -> Ints:
    return np.where(on == MISSING, MISSING, on - seen.today)


def _by_way(seen: Seen, text: Callable[[Way], str | None]) -> NDArray[Any]:
    return np.array([text(way) for way in seen.ways], dtype=object)[seen.way]


_COLUMNS: dict[str, Callable[[Seen], NDArray[Any]]] = {
    "priority": lambda seen: seen.found[5],
    "first_promised_on": lambda seen: seen.first_on,
    "ordered_at": lambda seen: seen.found[8],
    "requested_on": lambda seen: seen.found[7],
    "promised_on": lambda seen: seen.found[9],
    "order": lambda seen: seen.found[11],
    "order_age_days": lambda seen: seen.today - (seen.found[8] // DAY_US + EPOCH_DAY),
    "promised_in_days": lambda seen: _days_until(seen, seen.found[9]),
    "requested_in_days": lambda seen: _days_until(seen, seen.found[7]),
    "days_late": lambda seen: np.maximum(_days_since(seen, seen.first_on), 0),
    "unit_price_minor": lambda seen: seen.found[16],
    "value_minor": lambda seen: seen.found[16] * (seen.found[3] + seen.found[4]),
    "unconfirmed": lambda seen: seen.found[3] > 0,
    "is_hold": lambda seen: seen.found[1] == 1,
    "ships_together": lambda seen: seen.found[15] == 1,
    "channel": lambda seen: _by_way(seen, lambda way: way.channel),
    "country": lambda seen: _by_way(seen, lambda way: way.country),
    "location": lambda seen: _by_way(seen, lambda way: way.first_location),
}
_USUAL = ("priority", "first_promised_on", "ordered_at", "order", "unit_price_minor")
_TEXTS = {
    "sku": "i.sku",
    "customer": "c.reference",
    "tier": "nullif(c.tier, '')",
    "region": "nullif(o.region, '')",
    "currency": "o.currency",
    "service": "s.code",
}
_NUMBERS = {
    "capture_before": f"coalesce((extract(epoch FROM o.capture_before) * 1000000)::bigint, '{MISSING}'::bigint)",
    "is_paid": "(o.paid_at IS NOT NULL)::int",
}
_FROM = """
    FROM orders_line l JOIN orders_order o ON o.id = l.order_id JOIN catalog_item i ON i.id = l.item_id
    JOIN catalog_service s ON s.id = o.service_id LEFT JOIN orders_customer c ON c.id = o.customer_id
    WHERE l.id = ANY(%s::bigint[])
"""

ATTRIBUTES: tuple[Attribute, ...] = (
    Attribute("sku", "text", "the item"),
    Attribute("item:KEY", "text", "an attribute KEY of the item"),
    Attribute("location", "text", "the location it is served from first"),
    Attribute("channel", "text", "the channel it came by"),
    Attribute("country", "text", "where it goes, two letters"),
    Attribute("region", "text", "the region it goes to"),
    Attribute("customer", "text", "the shop's reference of the customer"),
    Attribute("tier", "text", "the customer's tier"),
    Attribute("tag:NAME", "yes_no", "the order has the tag NAME"),
    Attribute("order:KEY", "text", "an attribute KEY of the order"),
    Attribute("service", "text", "the carrier service"),
    Attribute("currency", "text", "the order's currency"),
    Attribute("priority", "number", "higher is more urgent"),
    Attribute("ordered_at", "instant", "when it was ordered"),
    Attribute("order_age_days", "number", "days since it was ordered"),
    Attribute("requested_on", "day", "the day asked for"),
    Attribute("requested_in_days", "number", "days until it, negative ones have passed"),
    Attribute("first_promised_on", "day", "the first promised day, or the requested one"),
    Attribute("promised_on", "day", "the day promised now"),
    Attribute("promised_in_days", "number", "days until it, negative ones have passed"),
    Attribute("days_late", "number", "days since the first promised day"),
    Attribute("unit_price_minor", "number", "price of a unit in minor units"),
    Attribute("value_minor", "number", "price of all its units that are owed"),
    Attribute("units", "number", "units owed and not released"),
    Attribute("confirmed", "number", "units on the shelf or on dated supply"),
    Attribute("unconfirmed", "yes_no", "some of it is not on the shelf"),
    Attribute("is_hold", "yes_no", "a cart's hold, not an order"),
    Attribute("ships_together", "yes_no", "its order ships in one go"),
    Attribute("is_paid", "yes_no", "the order is paid"),
    Attribute("capture_before", "instant", "until when its payment may be taken"),
)


def kind_of(name: str) -> Kind | None:
    """What kind an attribute is; None if there is no such attribute."""
    for prefix, kind in PREFIXES.items():
        if name.startswith(prefix):
            return kind if len(prefix) < len(name) <= MOST_NAME else None
    return next((one.kind for one in ATTRIBUTES if one.name == name), None)


def attribute_columns(
    names: Iterable[str],
    found: Columns,
    ways: Sequence[Way],
    way: Ints,
    *,
    today: int,
) -> dict[str, NDArray[Any]]:
    """The columns of the usual attributes and of those named; `found` are the lines."""
    seen = Seen(found, ways, way, today)
    wanted = {*_USUAL, *names}
    columns = {name: _COLUMNS[name](seen) for name in sorted(wanted & _COLUMNS.keys())}
    # What is left is read, but for what the engine knows by itself.
    read = sorted(wanted - _COLUMNS.keys() - {"id", "item", "units", "complete", "confirmed"})
    if read:
        columns |= _read(read, found[0])
    return columns


def _read(names: Sequence[str], ids: Ints) -> dict[str, NDArray[Any]]:
    texts = [name for name in names if _kind(name) == "text"]
    numbers = [name for name in names if _kind(name) != "text"]
    columns = dict(zip(numbers, _numbers(numbers, ids), strict=True))
    return columns | {name: _texts(name, ids) for name in texts}


def _numbers(names: Sequence[str], ids: Ints) -> list[NDArray[Any]]:
    if not names:
        return []
    values = ", ".join(f"({_expression(name)})::bigint" for name in names)
    id, *columns = integers(f"/* {1 + len(names)} */ SELECT l.id, {values} {_FROM}", [ids])
    nothing = [MISSING if _kind(name) == "instant" else 0 for name in names]
    return [_placed(ids, id, *pair) for pair in zip(columns, nothing, strict=True)]


def _texts(name: str, ids: Ints) -> NDArray[Any]:
    """A column of text, read as numbers that stand for its different values."""
    number = f"coalesce(hashtextextended({_expression(name)}, 0), 0)"
    id, hashed = integers(f"/* 2 */ SELECT l.id, {number} {_FROM}", [ids])
    sql = f"SELECT DISTINCT {number}, {_expression(name)} {_FROM}"
    said: dict[int, str | None] = {0: None, **dict(run(sql, [ids]))}
    keys = np.array(sorted(said), dtype=np.int64)
    values = np.array([said[key] for key in keys.tolist()], dtype=object)
    return values[np.searchsorted(keys, _placed(ids, id, hashed, 0))]


def _placed(ids: Ints, id: Ints, column: Ints, nothing: int) -> Ints:
    """The values in the order of `ids`; holds have none."""
    values = np.full(len(ids), nothing, dtype=np.int64)
    values[np.searchsorted(ids, id)] = column
    return values


def _kind(name: str) -> Kind:
    kind = kind_of(name)
    assert kind is not None, f"{name} was checked when the variant was saved"
    return kind


def _expression(name: str) -> str:
    """How a value is read. Names that merchants choose are quoted as SQL text; the rest are ours."""
    prefix, _, key = name.partition(":")
    quoted = "'" + key.replace("'", "''").replace("%", "%%") + "'"
    if prefix == "tag":
        return f"({quoted} = ANY(o.tags))::int"
    if prefix in ("order", "item") and key:
        return f"({prefix[0]}.attributes ->> {quoted})"
    return _TEXTS.get(name) or _NUMBERS[name]
