"""The one place that writes what orders, holds, allocations, pegs and promises became.

A verb collects its decision in `Changes`; `save` writes all of it in one statement: rows as JSON
documents, one common table expression per table, counters moved by differences. The database's
CHECKs have the last word, and `Changes` asserts first that no unit was lost on the way.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any, Literal

import msgspec
from django.apps import apps
from django.db import connection

from backorder.journal.identity import new_ids
from backorder.journal.prepared import Statement, rows, rows_and_commit
from backorder.journal.record import INSERT, Fact, as_rows

Owner = tuple[Literal["line", "hold"], int]
Bucket = Literal["open", "allocated", "released", "shipped", "cancelled", "substituted", "returned"]

ORDER_COLUMNS = {
    "contact": "jsonb", "ship_to": "jsonb", "service_id": "bigint", "shipping_minor": "bigint",
    "discount_minor": "bigint", "tax_minor": "bigint", "paid_at": "timestamptz", "authorisation": "text",
    "capture_before": "timestamptz", "requested_on": "date", "on_short": "text", "ship": "text",
    "substitutes_allowed": "bool", "cancel_if_not_by": "date", "early_charge_consent": "bool",
    "priority": "smallint", "tags": "text[]", "attributes": "jsonb",
}  # fmt: skip
"""Columns of an order that an edit may set, with their types."""

LINE_COLUMNS = {
    "priority": "smallint", "requested_on": "date", "unit_price_minor": "bigint", "discount_minor": "bigint",
    "tax_minor": "bigint",
}  # fmt: skip
"""Columns of a line that an edit may set beside its quantities."""

_encode = msgspec.json.Encoder().encode


@dataclass(slots=True)
class Changes:
    """A decision on its way to the database; amounts are differences, negative ones take away."""

    orders: list[dict[str, Any]] = field(default_factory=list)
    order_changes: dict[int, dict[str, Any]] = field(default_factory=dict)
    lines: list[dict[str, Any]] = field(default_factory=list)
    holds: list[dict[str, Any]] = field(default_factory=list)
    promises: list[dict[str, Any]] = field(default_factory=list)
    parts: list[dict[str, Any]] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)
    marks: dict[int, str] = field(default_factory=dict)
    line_units: dict[int, dict[str, int]] = field(default_factory=dict)
    hold_units: dict[int, dict[str, Any]] = field(default_factory=dict)
    allocated: dict[tuple[Owner, int], list[int]] = field(default_factory=dict)
    pegged: dict[tuple[Owner, int, bool], int] = field(default_factory=lambda: defaultdict(int))
    queues: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    promised_days: dict[int, dict[str, Any]] = field(default_factory=dict)
    line_columns: dict[int, dict[str, Any]] = field(default_factory=dict)

    def move_units(self, line: int, item: int, **units: int) -> None:
        """Move units of a line between its buckets (`open=-3, allocated=3`); the queue follows `open`."""
        assert sum(n for bucket, n in units.items() if bucket != "returned") == 0, "no unit is lost or doubled"
        row = self.line_units.setdefault(line, defaultdict(int))
        for bucket, n in units.items():
            row[bucket] += n
        self.owe(item, units.get("open", 0))

    def move_hold_units(self, hold: int, item: int, *, open: int) -> None:
        """Raise or lower the units a hold waits for; the queue follows."""
        self.hold_units.setdefault(hold, defaultdict(int))["open"] += open
        self.owe(item, open)

    def owe(self, item: int, units: int) -> None:
        """Raise or lower what the queue of an item waits for."""
        if units:
            self.queues[item] += units

    def allocate(self, owner: Owner, level: int, units: int, *, released: int = 0) -> None:
        """Give `owner` units of a level, or take them back; `released` are with the warehouse already."""
        row = self.allocated.setdefault((owner, level), [0, 0])
        row[0] += units
        row[1] += released

    def peg(self, owner: Owner, supply: int, units: int, *, hard: bool = False) -> None:
        """Point units of `owner` to inbound supply, or take the pointer back."""
        self.pegged[owner, supply, hard] += units

    def touch(self, order: int, **columns: Any) -> None:
        """Raise an order's version, and set those of its columns that may change after it was placed."""
        assert columns.keys() <= ORDER_COLUMNS.keys(), columns.keys() - ORDER_COLUMNS.keys()
        self.order_changes.setdefault(order, {}).update(columns)

    def mark(self, items: Iterable[int], cause: str) -> None:
        """Say that something about these items changed and is to be re-decided."""
        for item in items:
            self.marks[item] = cause

    def tell(self, fact: str, subject: str, **body: Any) -> None:
        """Add a fact to be recorded with the change."""
        self.facts.append(Fact(fact, subject, body))


def save(changes: Changes, *, actor: str, at: datetime) -> None:
    """Write everything in one statement, inside the caller's transaction."""
    for text, params in writes(changes, actor=actor, at=at):
        rows(text, params)


def save_and_commit(changes: Iterable[Changes], *, actor: str, at: datetime) -> None:
    """Write the last changes of a transaction, each in one statement while the next is being decided, and commit."""
    rows_and_commit(write for each in changes for write in writes(each, actor=actor, at=at))


def writes(changes: Changes, *, actor: str, at: datetime) -> list[Statement]:
    """The statement that writes everything; none if there is nothing to write."""
    assert connection.in_atomic_block
    documents = _documents(changes, actor, at)
    if not documents:
        return []
    return [(_statement(tuple(documents)), [_encode(rows_of).decode() for rows_of in documents.values()])]


def _documents(changes: Changes, actor: str, at: datetime) -> dict[str, list[dict[str, Any]]]:
    documents = {
        "orders": sorted(changes.orders, key=lambda row: (row["channel_id"], row["reference"])),
        "order_changes": [{"id": id, "columns": columns} for id, columns in changes.order_changes.items()],
        "lines": changes.lines,
        "holds": changes.holds,
        "line_units": _line_units(changes),
        "hold_units": [{"id": hold, **units} for hold, units in changes.hold_units.items()],
        **_allocations(changes),
        **_pegs(changes),
        "promises": changes.promises,
        "parts": changes.parts,
        "queues": _differences(changes.queues),
        "marks": [{"item_id": item, "cause": cause, "at": at} for item, cause in sorted(changes.marks.items())],
        "facts": as_rows(changes.facts, actor=actor, at=at),
    }
    return {name: document for name, document in documents.items() if document}


def _line_units(changes: Changes) -> list[dict[str, Any]]:
    ids = changes.line_units.keys() | changes.promised_days.keys() | changes.line_columns.keys()
    return [
        {
            "id": line,
            **changes.line_units.get(line, {}),
            **changes.promised_days.get(line, {}),
            "columns": changes.line_columns.get(line, {}),
        }
        for line in sorted(ids)
    ]


def _allocations(changes: Changes) -> dict[str, list[dict[str, Any]]]:
    levels: dict[int, int] = defaultdict(int)
    allocations = []
    for ((kind, owner), level), (allocated, released) in changes.allocated.items():
        levels[level] += allocated + released
        if allocated or released:
            allocations.append({f"{kind}_id": owner, "level_id": level, "allocated": allocated, "released": released})
    return {**_split("allocations", allocations, changes), "levels": _differences(levels)}


def _pegs(changes: Changes) -> dict[str, list[dict[str, Any]]]:
    supplies: dict[int, int] = defaultdict(int)
    pegs = []
    for ((kind, owner), supply, hard), units in changes.pegged.items():
        supplies[supply] += units
        if units:
            pegs.append({f"{kind}_id": owner, "supply_id": supply, "units": units, "hard": hard})
    return {**_split("pegs", pegs, changes), "supplies": _differences(supplies)}


def _split(name: str, given: list[dict[str, Any]], changes: Changes) -> dict[str, list[dict[str, Any]]]:
    """Rows of owners that are new in this very change can only be inserts; all others may meet a row."""
    fresh_owners = {("line_id", row["id"]) for row in changes.lines} | {("hold_id", row["id"]) for row in changes.holds}
    documents: dict[str, list[dict[str, Any]]] = {name: [], f"line_{name}": [], f"hold_{name}": []}
    for id, row in zip(new_ids(len(given)), given, strict=True):
        owner = next(iter(row.items()))
        target = name if owner in fresh_owners else f"line_{name}" if "line_id" in row else f"hold_{name}"
        documents[target].append({"id": id, **row})
    return documents


def _differences(amounts: Mapping[int, int]) -> list[dict[str, Any]]:
    return [{"id": key, "by": by} for key, by in sorted(amounts.items()) if by]


@cache
def _statement(names: tuple[str, ...]) -> str:
    parts = ",\n".join(part for name in names for part in _PARTS[name]())
    return f"WITH {parts}\nSELECT 1 WHERE false"


def _insert(model: str, columns: str = "") -> str:
    """An INSERT of a JSON document's rows into a model's table, types taken from the model."""
    found = {f.column: f.db_type(connection) for f in apps.get_model(model)._meta.local_concrete_fields}
    wanted = columns.split() or list(found)
    types = ", ".join(f'"{column}" {found[column]}' for column in wanted)
    names = ", ".join(f'"{column}"' for column in wanted)
    table = apps.get_model(model)._meta.db_table
    return f"INSERT INTO {table} ({names}) SELECT {names} FROM json_to_recordset(%s::json) AS r({types})"


_BUCKETS = ("open", "allocated", "released", "shipped", "cancelled", "substituted", "returned")
_DAYS = ("first_promised_on", "promised_on", "first_ship_on", "promised_ship_on")


def _line_update() -> str:
    sets = [f"{b} = t.{b} + coalesce(r.{b}, 0)" for b in _BUCKETS]
    sets += [f"{d} = CASE WHEN r.promise_version IS NULL THEN t.{d} ELSE r.{d} END" for d in _DAYS[1:2] + _DAYS[3:]]
    sets += [f"{d} = coalesce(t.{d}, r.{d})" for d in ("first_promised_on", "first_ship_on")]
    sets += [
        f"{c} = CASE WHEN r.columns ? '{c}' THEN (r.columns->>'{c}')::{t} ELSE t.{c} END"
        for c, t in LINE_COLUMNS.items()
    ]
    sets += ["promise_version = coalesce(r.promise_version, t.promise_version)"]
    types = ", ".join(
        [*(f"{b} int" for b in _BUCKETS), *(f"{d} date" for d in _DAYS), "promise_version int, columns jsonb"]
    )
    return (
        f"UPDATE orders_line t SET {', '.join(sets)} "
        f"FROM json_to_recordset(%s::json) AS r(id bigint, {types}) WHERE t.id = r.id"
    )


def _order_update() -> str:
    sets = []
    for column, kind in ORDER_COLUMNS.items():
        value = f"r.columns->'{column}'" if kind == "jsonb" else f"(r.columns->>'{column}')::{kind}"
        if kind == "text[]":
            value = f"ARRAY(SELECT jsonb_array_elements_text(r.columns->'{column}'))"
        sets.append(f"{column} = CASE WHEN r.columns ? '{column}' THEN {value} ELSE t.{column} END")
    return (
        f"UPDATE orders_order t SET version = t.version + 1, {', '.join(sets)} "
        "FROM json_to_recordset(%s::json) AS r(id bigint, columns jsonb) WHERE t.id = r.id"
    )


def _merge(name: str, table: str, owner: str, key: str, amounts: str) -> tuple[str, ...]:
    """Add differences to rows: update those that stay, delete those that become empty, insert the new."""
    hard = table == "orders_peg"
    types = f"id bigint, {owner} bigint, {key} bigint, {', '.join(f'{a} int' for a in amounts.split())}"
    types += ", hard bool" if hard else ""
    same = f"t.{owner} = r.{owner} AND t.{key} = r.{key}" + (" AND t.hard = r.hard" if hard else "")
    empty = " AND ".join(f"t.{a} + r.{a} = 0" for a in amounts.split())
    sums = ", ".join(f"{a} = t.{a} + r.{a}" for a in amounts.split())
    columns = ", ".join(("id", owner, key, *amounts.split(), *(["hard"] if hard else [])))
    return (
        f"{name}_given AS (SELECT * FROM json_to_recordset(%s::json) AS r({types}))",
        f"{name}_gone AS (DELETE FROM {table} t USING {name}_given r WHERE {same} AND {empty})",
        f"{name}_kept AS (UPDATE {table} t SET {sums} FROM {name}_given r WHERE {same} AND NOT ({empty}))",
        f"{name}_new AS (INSERT INTO {table} ({columns}) SELECT {columns} FROM {name}_given r "
        f"WHERE NOT EXISTS (SELECT 1 FROM {table} t WHERE {same}))",
    )


def _add(table: str, column: str, key: str = "id") -> str:
    return (
        f"UPDATE {table} t SET {column} = t.{column} + r.by "
        f"FROM json_to_recordset(%s::json) AS r(id bigint, by int) WHERE t.{key} = r.id"
    )


def _named(name: str, sql: str) -> tuple[str]:
    return (f"{name} AS ({sql})",)


_PARTS: dict[str, Any] = {
    "orders": lambda: _named("orders", _insert("orders.Order")),
    "order_changes": lambda: _named("order_changes", _order_update()),
    "lines": lambda: _named("lines", _insert("orders.Line")),
    "holds": lambda: _named("holds", _insert("orders.Hold")),
    "line_units": lambda: _named("line_units", _line_update()),
    "hold_units": lambda: _named(
        "hold_units",
        "UPDATE orders_hold t SET open = t.open + coalesce(r.open, 0), units = t.units + coalesce(r.units, 0), "
        "ended_at = coalesce(r.ended_at, t.ended_at), outcome = coalesce(r.outcome, t.outcome), "
        "order_id = coalesce(r.order_id, t.order_id), ends_at = coalesce(r.ends_at, t.ends_at) "
        "FROM json_to_recordset(%s::json) AS r(id bigint, open int, units int, ended_at timestamptz, outcome text, "
        "order_id bigint, ends_at timestamptz) WHERE t.id = r.id",
    ),
    "allocations": lambda: _named(
        "allocations", _insert("orders.Allocation", "id line_id hold_id level_id allocated released")
    ),
    "line_allocations": lambda: _merge("la", "orders_allocation", "line_id", "level_id", "allocated released"),
    "hold_allocations": lambda: _merge("ha", "orders_allocation", "hold_id", "level_id", "allocated released"),
    "levels": lambda: _named("levels", _add("stock_level", "allocated")),
    "pegs": lambda: _named("pegs", _insert("orders.Peg", "id line_id hold_id supply_id units hard")),
    "line_pegs": lambda: _merge("lp", "orders_peg", "line_id", "supply_id", "units"),
    "hold_pegs": lambda: _merge("hp", "orders_peg", "hold_id", "supply_id", "units"),
    "supplies": lambda: _named("supplies", _add("supply_supply", "pegged")),
    "promises": lambda: _named("promises", _insert("orders.Promise")),
    "parts": lambda: _named("parts", _insert("orders.Part")),
    "queues": lambda: _named("queues", _add("orders_queue", "open_units", "item_id")),
    "facts": lambda: _named("facts", INSERT),
    "marks": lambda: _named("marks", _insert("stock.Changed", "item_id cause at")),
}
