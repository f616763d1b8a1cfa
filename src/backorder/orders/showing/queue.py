"""The lines that wait, as staff see them: sorted by urgency, age or value, a page at a time.

A page walks an index of waiting lines. What no index knows (no supply, at risk ...) is asked of at most `LOOKED_AT`
lines a page: a page costs the same among a thousand lines and among a million, and says when it should look further.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection

LOOKED_AT = 5_000
# A count beyond this, or among more lines than the second, is told as "and more".
COUNTED = 1_000
COUNTED_AMONG = 2_000
NO_DAY = date(9999, 12, 31)

Key = tuple[int | str, int]


@dataclass(frozen=True, slots=True)
class Part:
    """Units of the current promise with their days; `backing` is stock, supply or nothing."""

    units: int
    ship_on: date
    deliver_from_on: date
    deliver_on: date
    reason: str
    backing: str
    certain: bool


@dataclass(frozen=True, slots=True)
class Arrival:
    """A delivery that a line hangs on."""

    id: int
    reference: str
    eta: date
    units: int
    hard: bool


@dataclass(frozen=True, slots=True)
class Row:
    """A line that waits; `cause` is why its promise is what it is."""

    id: int
    order: int
    reference: str
    customer: str
    channel: str
    sku: str
    item: str
    open: int
    allocated: int
    released: int
    shipped: int
    priority: int
    ordered_at: datetime
    requested_on: date | None
    first_promised_on: date | None
    promised_on: date | None
    value_minor: int
    currency: str
    cause: str
    key: Key
    unsupplied: int
    parts: tuple[Part, ...]
    arrivals: tuple[Arrival, ...]

    def days_late(self, today: date) -> int:
        """Days since the promised day; 0 while it is not over."""
        return max((today - self.promised_on).days, 0) if self.promised_on else 0

    @property
    def slipped_days(self) -> int:
        """Days that the promise moved since it was first made; negative when it comes sooner."""
        if self.promised_on is None or self.first_promised_on is None:
            return 0
        return (self.promised_on - self.first_promised_on).days

    @property
    def is_at_risk(self) -> bool:
        """Does a part of the promise stand on something uncertain?"""
        return any(part.backing == "supply" and not part.certain for part in self.parts)

    @property
    def is_unreleased(self) -> bool:
        """Does a part wait for its first day of sale?"""
        return any(part.reason == "street_date" for part in self.parts)


@dataclass(frozen=True, slots=True)
class Page:
    """Rows, the key behind which the next page begins, and how many lines were looked at when that was the limit."""

    rows: Sequence[Row]
    after: Key | None
    looked_at: int | None


@dataclass(frozen=True, slots=True)
class Gathered:
    """A line that waits, with no more than it takes to keep it for later; `customer` is None for an unnamed one."""

    line: int
    order: int
    item: int
    customer: int | None
    value_minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class Counted:
    """A count of lines and their value by currency; `more` when there may be more than were counted."""

    lines: int
    value: dict[str, int]
    more: bool


# Each sort is an index of waiting lines: its expression, and its type.
SORTS = {
    "urgent": ("coalesce(l.promised_on, '9999-12-31'::date)", "date"),
    "age": ("l.id", "bigint"),
    "value": ("l.open::bigint * l.unit_price_minor", "bigint"),
}
_PEGGED = "coalesce((SELECT sum(g.units) FROM orders_peg g WHERE g.line_id = l.id), 0)"
_UNCERTAIN = """EXISTS (SELECT 1 FROM orders_part p WHERE p.line_id = l.id AND p.version = l.promise_version
    AND p.backing = 'supply' AND NOT p.certain)"""
STATES = {
    "late": "l.promised_on < %(today)s",
    "unsupplied": f"l.open > {_PEGGED}",
    "slipped": "l.promised_on > l.first_promised_on",
    "risk": _UNCERTAIN,
    "sooner": "l.promised_on < l.first_promised_on",
    "undated": "l.promised_on IS NULL",
    "preorder": "EXISTS (SELECT 1 FROM orders_part p WHERE p.line_id = l.id AND p.version = l.promise_version"
    " AND p.reason = 'street_date')",
}
# What narrows the walk of the index itself, and what each line walked over is asked.
_NARROW = {
    "sku": "l.item_id = (SELECT id FROM catalog_item WHERE sku = %(sku)s)",
    "order": "l.order_id = %(order)s::bigint",
    "supply": "l.id IN (SELECT line_id FROM orders_peg g JOIN supply_supply s ON s.id = g.supply_id"
    " WHERE s.id IN (SELECT id FROM supply_supply WHERE reference = %(supply)s))",
    "lines": "l.id = ANY(%(lines)s::bigint[])",
}
_ASKED = {
    "age": "l.ordered_at <= %(now)s - make_interval(days => %(age)s::int)",
    "value": "l.open::bigint * l.unit_price_minor >= %(value)s::bigint * 100",
    "channel": "EXISTS (SELECT 1 FROM orders_order o JOIN orders_channel c ON c.id = o.channel_id"
    " WHERE o.id = l.order_id AND c.code = %(channel)s)",
    "customer": "EXISTS (SELECT 1 FROM orders_order o JOIN orders_customer p ON p.id = o.customer_id"
    " WHERE o.id = l.order_id AND (p.reference || ' ' || p.name) ILIKE %(customer_like)s)",
    "location": "EXISTS (SELECT 1 FROM orders_part p JOIN catalog_location w ON w.id = p.location_id"
    " WHERE p.line_id = l.id AND p.version = l.promise_version AND w.code = %(location)s)",
    "promised_by": "l.promised_on <= %(promised_by)s::date",
    "promised_after": "l.promised_on > %(promised_after)s::date",
    "priority": "l.priority >= %(priority)s::int",
}
_WALK = """
    SELECT l.*, {key} AS k FROM orders_line l
    WHERE l.open > 0 AND {narrow} AND {behind}
    ORDER BY {key} {way}, l.id {way} LIMIT {looked_at}
"""
_PAGE = """
    SELECT l.id, l.order_id, o.reference, coalesce(nullif(p.name, ''), o.contact->>'name', o.ship_to->>'name',
           p.reference, ''), c.code, i.sku, i.name, l.open, l.allocated, l.released, l.shipped, l.priority,
           l.ordered_at, l.requested_on, l.first_promised_on, l.promised_on, l.open::bigint * l.unit_price_minor,
           o.currency, coalesce(m.cause, ''), l.k::text, l.promise_version
    FROM (SELECT l.* FROM ({walk}) l WHERE {asked} ORDER BY l.k {way}, l.id {way} LIMIT %(limit)s) l
    JOIN orders_order o ON o.id = l.order_id
    JOIN orders_channel c ON c.id = o.channel_id
    JOIN catalog_item i ON i.id = l.item_id
    LEFT JOIN orders_customer p ON p.id = o.customer_id
    LEFT JOIN orders_promise m ON m.line_id = l.id AND m.version = l.promise_version
    ORDER BY l.k {way}, l.id {way}
"""
_GATHER = """
    SELECT l.id, l.order_id, l.item_id, o.customer_id, l.open::bigint * l.unit_price_minor, o.currency, l.k::text
    FROM ({walk}) l JOIN orders_order o ON o.id = l.order_id
    WHERE {asked} ORDER BY l.k {way}, l.id {way} LIMIT %(limit)s
"""
_END = "SELECT k::text, id FROM ({walk}) l ORDER BY k {way}, id {way} OFFSET %(looked_at)s - 1 LIMIT 1"
_COUNT = """
    WITH walked AS MATERIALIZED ({walk}),
         fitting AS (
             SELECT l.order_id, l.open::bigint * l.unit_price_minor AS value FROM walked l WHERE {asked}
             LIMIT %(counted)s
         )
    SELECT w.lines, g.* FROM (SELECT count(*) AS lines FROM walked) w
    LEFT JOIN (
        SELECT o.currency, count(*) AS lines, sum(f.value)::bigint FROM fitting f
        JOIN orders_order o ON o.id = f.order_id GROUP BY o.currency
    ) g ON true
"""
_PARTS = """
    SELECT p.line_id, p.units, p.ship_on, p.deliver_from_on, p.deliver_on, p.reason, p.backing, p.certain
    FROM unnest(%s::bigint[], %s::int[]) AS w(line, version)
    JOIN orders_part p ON p.line_id = w.line AND p.version = w.version
    ORDER BY p.line_id, p.number
"""
_ARRIVALS = """
    SELECT g.line_id, s.id, s.reference, s.eta, g.units, g.hard
    FROM orders_peg g JOIN supply_supply s ON s.id = g.supply_id
    WHERE g.line_id = ANY(%s::bigint[]) ORDER BY g.line_id, s.eta, s.id
"""


def waiting(
    filters: Mapping[str, Any], *, sort: str, descending: bool, after: Key | None, limit: int, now: datetime
) -> Page:
    """A page of lines that wait, in three statements (four at the limit of what is looked at)."""
    heads, end, looked_at = _walked(
        _PAGE, filters, sort=sort, descending=descending, after=after, limit=limit, now=now, key_at=_KEY_AT
    )
    return Page(_rows(heads), end, looked_at)


def gathered(
    filters: Mapping[str, Any], *, sort: str, descending: bool, after: Key | None, limit: int, now: datetime
) -> tuple[list[Gathered], Key | None]:
    """Up to `limit` lines that wait, as `waiting` finds them, and the key behind which there may be more."""
    heads, end, _looked_at = _walked(
        _GATHER, filters, sort=sort, descending=descending, after=after, limit=limit, now=now, key_at=-1
    )
    return [Gathered(*head[:-1]) for head in heads], end


def _walked(
    template: str, filters: Mapping[str, Any], *, sort: str, descending: bool, after: Key | None, limit: int,
    now: datetime, key_at: int,
) -> tuple[list[tuple[Any, ...]], Key | None, int | None]:  # fmt: skip
    """Rows of a page, the key of its end, and how many lines were looked at when that was the limit."""
    # Where nothing more is asked of a line than its index knows, no line is looked at in vain.
    is_asked = bool(filters.keys() & _ASKED.keys() or filters.get("state"))
    looked_at = None if is_asked else limit + 1
    sql, values = _statement(
        template, filters, sort=sort, descending=descending, after=after, now=now, looked_at=looked_at
    )
    heads = _read(sql, {**values, "limit": limit + 1})
    if len(heads) > limit:
        last = heads[limit - 1]
        return heads[:limit], (last[key_at], last[0]), None
    sql, values = _statement(_END, filters, sort=sort, descending=descending, after=after, now=now)
    end = _read(sql, {**values, "looked_at": LOOKED_AT})
    return heads, ((end[0][0], end[0][1]) if end else None), (LOOKED_AT if end else None)


def counted(filters: Mapping[str, Any], *, now: datetime) -> Counted:
    """How many lines these are and what they are worth, as far as it is cheap to know."""
    sql, values = _statement(
        _COUNT, filters, sort="urgent", descending=False, after=None, now=now, looked_at=COUNTED_AMONG
    )
    found = _read(sql, {**values, "counted": COUNTED + 1})
    lines = sum(row[2] or 0 for row in found)
    value = {row[1]: row[3] for row in found if row[1] is not None}
    return Counted(lines, value, lines > COUNTED or found[0][0] >= COUNTED_AMONG)


def lines(ids: Iterable[int], *, now: datetime) -> list[Row]:
    """These lines, as far as they wait, by id."""
    wanted = list(ids)
    return list(waiting({"lines": wanted}, sort="age", descending=False, after=None, limit=len(wanted), now=now).rows)


def _statement(
    template: str, filters: Mapping[str, Any], *, sort: str, descending: bool, after: Key | None, now: datetime,
    looked_at: int | None = None,
) -> tuple[str, dict[str, Any]]:  # fmt: skip
    key, kind = SORTS[sort]
    way = "DESC" if descending else "ASC"
    narrow = [_NARROW[name] for name in filters if name in _NARROW]
    asked = [_ASKED[name] for name in filters if name in _ASKED]
    state = filters.get("state")
    if state == "late" and sort == "urgent":
        narrow.append("coalesce(l.promised_on, '9999-12-31'::date) < %(today)s")
    elif state:
        asked.append(STATES[state])
    behind = f"({key}, l.id) {'<' if descending else '>'} (%(key)s::{kind}, %(id)s::bigint)" if after else "true"
    walk = _WALK.format(
        key=key, way=way, narrow=" AND ".join(narrow) or "true", behind=behind, looked_at=int(looked_at or LOOKED_AT)
    )
    values = {**filters, "now": now, "today": now.date()}
    values["customer_like"] = _like(str(filters.get("customer", "")))
    if after:
        values |= {"key": after[0], "id": after[1]}
    return template.format(walk=walk, asked=" AND ".join(asked) or "true", way=way), values


def _like(words: str) -> str:
    plain = words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{plain}%"


def _rows(heads: Sequence[tuple[Any, ...]]) -> list[Row]:
    ids = [head[0] for head in heads]
    parts: dict[int, list[Part]] = defaultdict(list)
    arrivals: dict[int, list[Arrival]] = defaultdict(list)
    if ids:
        for line, *part in _read(_PARTS, [ids, [head[20] for head in heads]]):
            parts[line].append(Part(*part))
        for line, *arrival in _read(_ARRIVALS, [ids]):
            arrivals[line].append(Arrival(*arrival))
    return [_row(head, parts[head[0]], arrivals[head[0]]) for head in heads]


_HEAD = (
    "id", "order", "reference", "customer", "channel", "sku", "item", "open", "allocated", "released", "shipped",
    "priority", "ordered_at", "requested_on", "first_promised_on", "promised_on", "value_minor", "currency", "cause",
)  # fmt: skip


_KEY_AT = len(_HEAD)


def _row(head: tuple[Any, ...], parts: Sequence[Part], arrivals: Sequence[Arrival]) -> Row:
    *values, key, _version = head
    pegged = sum(one.units for one in arrivals)
    told = dict(zip(_HEAD, values, strict=True))
    return Row(
        **told,
        key=(key, told["id"]),
        unsupplied=max(told["open"] - pegged, 0),
        parts=tuple(parts),
        arrivals=tuple(arrivals),
    )


def _read(sql: str, params: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found
