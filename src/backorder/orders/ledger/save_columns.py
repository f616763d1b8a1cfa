"""Write what was decided on many lines at once: the same tables as `save`, from columns instead of documents.

Only for decisions on lines that exist, read under the lock of their queues. One statement whatever the
number of lines; whole columns go to the database as binary arrays. The CHECKs have the last word.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from backorder.engine.columns import MISSING
from backorder.engine.promise import REASONS
from backorder.journal.identity import new_ids

from .integers import run

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Rows:
    """Allocations and pegs that change, and by how much the counters of their levels and supplies do.

    `row` is the row's id, 0 for one to be made; one that does not stay is removed. `after` are its units then.
    """

    supply: Bools
    row: Ints
    owner: Ints
    is_hold: Bools
    source: Ints
    after: Ints
    stays: Bools
    counter: Ints
    counter_is_supply: Bools
    counter_by: Ints


@dataclass(frozen=True, slots=True)
class PartRows:
    """Parts of new promises; `backing` is 0 stock, 1 supply, 2 nothing; `supply` 0 where there is none."""

    line: Ints
    version: Ints
    number: Ints
    units: Ints
    location: Ints
    supply: Ints
    backing: Ints
    ship_on: Ints
    deliver_from_on: Ints
    deliver_on: Ints
    reason: Ints
    certain: Ints


@dataclass(frozen=True, slots=True)
class Written:
    """All that one decision writes; tuples are columns side by side, as their makers in `deciding` say."""

    rows: Rows
    gained: tuple[Ints, Bools, Ints]
    queues: tuple[Ints, Ints]
    promises: tuple[Ints, ...]
    parts: PartRows
    facts: tuple[Ints, ...]
    causes: Sequence[str]
    marks: Sequence[int]
    mark_cause: str


def save_columns(found: Written, *, actor: str, at: datetime, unmark: Sequence[int] = ()) -> None:
    """Write everything in one statement, inside the caller's transaction, and remove the marks `unmark`."""
    assert connection.in_atomic_block
    parameters = _parameters(found, actor, at, unmark)
    wanted = [name for name, values in parameters.items() if len(values[0])]
    if not wanted:
        return
    sql = "WITH " + ",\n".join(_PARTS[name] for name in wanted) + "\nSELECT 1 WHERE false"
    run(sql, [value for name in wanted for value in parameters[name]])


def _parameters(found: Written, actor: str, at: datetime, unmark: Sequence[int]) -> dict[str, tuple[Any, ...]]:
    causes = list(found.causes)
    who, is_hold, units = found.gained
    lines = _lines(found, who[~is_hold], units[~is_hold])
    parts = found.parts
    return {
        **_row_parameters(found.rows),
        "lines": lines,
        "holds": (who[is_hold], units[is_hold]),
        "queues": found.queues,
        "promises": (*found.promises[:3], at, causes),
        "parts": tuple(getattr(parts, name) for name in PartRows.__dataclass_fields__),
        "facts": (*found.facts, at, actor, causes),
        "marks": (np.array(sorted(found.marks), dtype=np.int64), found.mark_cause, at),
        "unmarked": (np.array(unmark, dtype=np.int64),),
    }


def _row_parameters(found: Rows) -> dict[str, tuple[Ints, ...]]:
    parameters: dict[str, tuple[Ints, ...]] = {}
    for name, mine in (("allocations", ~found.supply), ("pegs", found.supply)):
        new, kept = mine & (found.row == 0), mine & (found.row != 0) & found.stays
        gone = mine & (found.row != 0) & ~found.stays
        ids = np.array(new_ids(int(new.sum())), dtype=np.int64)
        owner, hold = np.where(found.is_hold, 0, found.owner), np.where(found.is_hold, found.owner, 0)
        parameters |= {
            f"{name}_gone": (found.row[gone],),
            f"{name}_kept": (found.row[kept], found.after[kept]),
            f"{name}_new": (ids, owner[new], hold[new], found.source[new], found.after[new]),
        }
    for name, is_supply in (("levels", False), ("supplies", True)):
        one = found.counter_is_supply == is_supply
        parameters[name] = (found.counter[one], found.counter_by[one])
    return parameters


def _lines(found: Written, gained_by: Ints, gained: Ints) -> tuple[Ints, ...]:
    """(line, units from the shelf, version or 0, deliver_on, ship_on) of each line that changes."""
    line, version, _, deliver_on, ship_on = found.promises
    ids = np.union1d(line, gained_by)
    columns = [np.zeros(len(ids), dtype=np.int64) for _ in range(4)]
    columns[0][np.searchsorted(ids, gained_by)] = gained
    for column, values in zip(columns[1:], (version, deliver_on, ship_on), strict=True):
        column[np.searchsorted(ids, line)] = values
    return (ids, *columns)


def _unnested(names: str, *, ordinality: bool = False) -> str:
    arrays = ", ".join("%s::bigint[]" for _ in names.split())
    columns = ", ".join(names.split())
    if ordinality:
        return f"unnest({arrays}) WITH ORDINALITY AS r({columns}, place)"
    return f"unnest({arrays}) AS r({columns})"


def _day(column: str) -> str:
    return f"CASE WHEN r.{column} > 0 THEN DATE '0001-01-01' + (r.{column} - 1)::int END"


def _owned(table: str, key: str, units: str, more: str = "", values: str = "") -> dict[str, str]:
    return {
        "gone": f"DELETE FROM {table} t USING unnest(%s::bigint[]) AS r(id) WHERE t.id = r.id",
        "kept": f"UPDATE {table} t SET {units} = r.units FROM {_unnested('id units')} WHERE t.id = r.id",
        "new": f"INSERT INTO {table} (id, line_id, hold_id, {key}, {units}{more}) "
        f"SELECT r.id, nullif(r.line, 0), nullif(r.hold, 0), r.source, r.units{values} "
        f"FROM {_unnested('id line hold source units')}",
    }


def _counted(table: str, column: str, key: str = "id") -> str:
    return f"UPDATE {table} t SET {column} = t.{column} + r.by FROM {_unnested('id by')} WHERE t.{key} = r.id"


def _line_update() -> str:
    days = ("promised_on", "deliver_on"), ("promised_ship_on", "ship_on")
    sets = [f"{name} = CASE WHEN r.version > 0 THEN {_day(given)} ELSE t.{name} END" for name, given in days]
    firsts = ("first_promised_on", "deliver_on"), ("first_ship_on", "ship_on")
    sets += [f"{name} = coalesce(t.{name}, {_day(given)})" for name, given in firsts]
    return (
        "UPDATE orders_line t SET open = t.open - r.gained, allocated = t.allocated + r.gained, "
        f"promise_version = greatest(t.promise_version, r.version), {', '.join(sets)} "
        f"FROM {_unnested('id gained version deliver_on ship_on')} WHERE t.id = r.id"
    )


_REASON_NAMES = "ARRAY[" + ", ".join(f"'{name}'" for name in REASONS) + "]"
_PARTS: dict[str, str] = {
    **{
        f"{name}_{how}": f"{name}_{how} AS ({sql})"
        for name, found in (
            ("allocations", _owned("orders_allocation", "level_id", "allocated", ", released", ", 0")),
            ("pegs", _owned("orders_peg", "supply_id", "units", ", hard", ", false")),
        )
        for how, sql in found.items()
    },
    "levels": f"levels AS ({_counted('stock_level', 'allocated')})",
    "supplies": f"supplies AS ({_counted('supply_supply', 'pegged')})",
    "lines": f"lines AS ({_line_update()})",
    "holds": "holds AS (UPDATE orders_hold t SET open = t.open - r.gained "
    f"FROM {_unnested('id gained')} WHERE t.id = r.id)",
    "queues": f"queues AS ({_counted('orders_queue', 'open_units', 'item_id')})",
    "promises": "promises AS (INSERT INTO orders_promise (line_id, version, at, cause) "
    "SELECT r.line, r.version, g.at, g.causes[r.cause + 1] "
    f"FROM {_unnested('line version cause')}, (SELECT %s::timestamptz AS at, %s::text[] AS causes) g)",
    "parts": "parts AS (INSERT INTO orders_part (line_id, version, number, units, location_id, supply_id, ship_on, "
    "deliver_from_on, deliver_on, reason, backing, certain) SELECT r.line, r.version, r.number, r.units, r.location, "
    f"nullif(r.supply, 0), {_day('ship_on')}, {_day('deliver_from_on')}, {_day('deliver_on')}, "
    f"({_REASON_NAMES})[r.reason + 1], (ARRAY['stock', 'supply', 'nothing'])[r.backing + 1], r.certain = 1 FROM "
    + _unnested("line version number units location supply backing ship_on deliver_from_on deliver_on reason certain")
    + ")",
    "facts": "facts AS (INSERT INTO journal_entry (era, at, actor, fact, subject, body) "
    "SELECT (SELECT max(id) FROM journal_era), g.at, g.actor, 'line.redecided', 'order/' || r.order_id, "
    "jsonb_build_object('line', r.line, 'item', r.item, 'cause', g.causes[r.cause + 1], 'allocated', r.gained, "
    f"'was', {_day('was')}, 'promised_on', {_day('promised_on')}) FROM "
    + _unnested("order_id line item cause gained was promised_on", ordinality=True)
    + ", (SELECT %s::timestamptz AS at, %s::text AS actor, %s::text[] AS causes) g ORDER BY r.place)",
    "marks": "marks AS (INSERT INTO stock_changed (item_id, cause, at) "
    "SELECT r.item, g.cause, g.at FROM unnest(%s::bigint[]) AS r(item), "
    "(SELECT %s::text AS cause, %s::timestamptz AS at) g)",
    "unmarked": "unmarked AS (DELETE FROM stock_changed t USING unnest(%s::bigint[]) AS r(id) WHERE t.id = r.id)",
}
assert MISSING < 0, "a missing day is below every day"
