"""How many rows a load wrote, table by table, as PostgreSQL itself counted them."""

from __future__ import annotations

import time
from dataclasses import dataclass

import psycopg

# A session hands its counts over at most once a second, and at its end.
SETTLE_SECONDS = 1.5

_COUNTS = """
    SELECT relname, n_tup_ins, n_tup_upd FROM pg_stat_user_tables
    WHERE relname ~ '^(access|catalog|stock|supply|orders|journal|notices)_'
"""


@dataclass(frozen=True, slots=True)
class Counts:
    """The counters of each table so far, (inserted, updated), and the orders there are."""

    tables: dict[str, tuple[int, int]]
    orders: int


@dataclass(frozen=True, slots=True)
class Written:
    """Rows inserted and updated per order, by table; tables with nothing are absent."""

    inserted: dict[str, float]
    updated: dict[str, float]

    def disagreements(self, other: Written, *, merged: bool = False, tolerance: float = 0.03) -> list[str]:
        """Tables in which this differs from `other` by more than `tolerance` rows per order.

        `merged`: orders settled together may update one row once for all of them, so fewer updates agree.
        """
        found = _differences("inserted", self.inserted, other.inserted, tolerance, fewer_is_fine=False)
        return found + _differences("updated", self.updated, other.updated, tolerance, fewer_is_fine=merged)


def counts(address: str) -> Counts:
    """Read the counters. Whoever wrote must have closed its sessions: an idle one keeps its counts for long."""
    time.sleep(SETTLE_SECONDS)
    with psycopg.connect(address) as connection:
        tables = {name: (inserted, updated) for name, inserted, updated in connection.execute(_COUNTS).fetchall()}
        row = connection.execute("SELECT count(*) FROM orders_order").fetchone()
    assert row is not None
    return Counts(tables, row[0])


def per_order(before: Counts, after: Counts) -> Written:
    """What was written between two counts, per order."""
    orders = after.orders - before.orders
    assert orders > 0, "nothing was ordered"
    inserted = {name: after.tables[name][0] - was[0] for name, was in before.tables.items()}
    updated = {name: after.tables[name][1] - was[1] for name, was in before.tables.items()}
    return Written(
        {name: count / orders for name, count in inserted.items() if count},
        {name: count / orders for name, count in updated.items() if count},
    )


def _differences(
    what: str, ours: dict[str, float], theirs: dict[str, float], tolerance: float, *, fewer_is_fine: bool
) -> list[str]:
    found = []
    for table in sorted(ours.keys() | theirs.keys()):
        mine, other = ours.get(table, 0.0), theirs.get(table, 0.0)
        if mine - other > tolerance or (other - mine > tolerance and not fewer_is_fine):
            found.append(f"{table}: {mine:.3f} {what} per order, the baseline {other:.3f}")
    return found
