"""Do the books add up? Each finding is a sentence; none means that all is well.

Counters must be what their rows say, quantities must balance, and nothing may be stuck: no peg on supply
that will not come, no promise on supply its line no longer has, no mark that nobody reads.
"""

from __future__ import annotations

from dataclasses import dataclass

from backorder.journal import verify as journal
from backorder.journal.prepared import rows

MOST_OF_A_KIND = 100
"""A kind of finding is told at most this often; the first ones are enough to see what is wrong."""

OLD_MARK_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it must be; `item` is whose books it is in (None: those of no one item)."""

    name: str
    subject: str
    says: str
    item: int | None = None

    def __str__(self) -> str:
        return f"{self.name}: {self.subject} {self.says}"


def verify() -> list[Finding]:
    """What is wrong with the books, a statement for each kind of finding; locks nothing.

    Each statement sees one instant, so findings while orders come in are as good as at rest.
    """
    found = [Finding("journal", "journal", sentence) for sentence in journal.verify()]
    return [*found, *(finding for name in _CHECKS for finding in findings(name))]


def findings(name: str) -> list[Finding]:
    """The findings of one kind, at most MOST_OF_A_KIND."""
    return [Finding(name, *row) for row in rows(f"{_CHECKS[name]} LIMIT {MOST_OF_A_KIND}", [])]


# Each query gives (subject, what it says, item).
_CHECKS = {
    "level_counter": """
        SELECT 'level/' || v.id, 'says ' || v.allocated || ' units are allocated; its allocations are '
               || coalesce(a.units, 0) || '.', v.item_id
        FROM stock_level v
        LEFT JOIN (SELECT level_id, sum(allocated + released) AS units FROM orders_allocation GROUP BY level_id) a
          ON a.level_id = v.id
        WHERE v.allocated <> coalesce(a.units, 0) ORDER BY v.id
    """,
    "supply_counter": """
        SELECT 'supply/' || s.id, 'says ' || s.pegged || ' units are pegged; its pegs are '
               || coalesce(p.units, 0) || '.', s.item_id
        FROM supply_supply s
        LEFT JOIN (SELECT supply_id, sum(units) AS units FROM orders_peg GROUP BY supply_id) p ON p.supply_id = s.id
        WHERE s.pegged <> coalesce(p.units, 0) ORDER BY s.id
    """,
    "queue_counter": """
        SELECT 'item/' || q.item_id, 'says ' || q.open_units || ' units wait; its lines and holds wait for '
               || coalesce(w.units, 0) || '.', q.item_id
        FROM orders_queue q
        LEFT JOIN (
            SELECT item_id, sum(open) AS units FROM (
                SELECT item_id, open FROM orders_line WHERE open > 0
                UNION ALL SELECT item_id, open FROM orders_hold WHERE ended_at IS NULL AND open > 0
            ) x GROUP BY item_id
        ) w ON w.item_id = q.item_id
        WHERE q.open_units <> coalesce(w.units, 0) ORDER BY q.item_id
    """,
    "line_balance": """
        SELECT 'line/' || id, 'ordered ' || ordered || ' units; '
               || open + allocated + released + shipped + cancelled + substituted || ' are accounted for.', item_id
        FROM orders_line WHERE ordered <> open + allocated + released + shipped + cancelled + substituted ORDER BY id
    """,
    "line_allocations": """
        SELECT 'line/' || l.id, 'has ' || l.allocated || ' units allocated and ' || l.released
               || ' released; its allocations say ' || coalesce(a.allocated, 0) || ' and ' || coalesce(a.released, 0)
               || '.', l.item_id
        FROM orders_line l
        LEFT JOIN (
            SELECT line_id, sum(allocated) AS allocated, sum(released) AS released
            FROM orders_allocation WHERE line_id IS NOT NULL GROUP BY line_id
        ) a ON a.line_id = l.id
        WHERE (l.allocated, l.released) <> (coalesce(a.allocated, 0), coalesce(a.released, 0)) ORDER BY l.id
    """,
    "hold_balance": """
        SELECT 'hold/' || h.id, 'holds ' || h.units || ' units; ' || h.open + coalesce(a.units, 0)
               || ' are accounted for.', h.item_id
        FROM orders_hold h
        LEFT JOIN (
            SELECT hold_id, sum(allocated) AS units FROM orders_allocation WHERE hold_id IS NOT NULL GROUP BY hold_id
        ) a ON a.hold_id = h.id
        WHERE h.ended_at IS NULL AND h.units <> h.open + coalesce(a.units, 0) ORDER BY h.id
    """,
    "ended_hold": """
        SELECT 'hold/' || h.id, 'has ended and still owns units.', h.item_id FROM orders_hold h
        WHERE h.ended_at IS NOT NULL
          AND (EXISTS (SELECT FROM orders_allocation a WHERE a.hold_id = h.id)
               OR EXISTS (SELECT FROM orders_peg p WHERE p.hold_id = h.id))
        ORDER BY h.id
    """,
    "on_hand": """
        SELECT 'level/' || v.id, 'has ' || v.on_hand || ' units on hand; its moves make '
               || coalesce(m.units, 0) || '.', v.item_id
        FROM stock_level v
        LEFT JOIN (SELECT item_id, location_id, sum(units) AS units FROM stock_move GROUP BY item_id, location_id) m
          ON m.item_id = v.item_id AND m.location_id = v.location_id
        WHERE v.on_hand <> coalesce(m.units, 0) ORDER BY v.id
    """,
    "received": """
        SELECT 'supply/' || s.id, 'received ' || s.received || ' units; its receipts are '
               || coalesce(r.units, 0) || '.', s.item_id
        FROM supply_supply s
        LEFT JOIN (SELECT supply_id, sum(units) AS units FROM supply_receipt GROUP BY supply_id) r
          ON r.supply_id = s.id
        WHERE s.received <> coalesce(r.units, 0) ORDER BY s.id
    """,
    "pegged_beyond_open": """
        SELECT 'line/' || l.id, 'waits for ' || l.open || ' units and has ' || p.units || ' pegged.', l.item_id
        FROM orders_line l
        JOIN (SELECT line_id, sum(units) AS units FROM orders_peg GROUP BY line_id) p ON p.line_id = l.id
        WHERE p.units > l.open ORDER BY l.id
    """,
    "dead_supply": """
        SELECT 'supply/' || s.id, 'has ' || sum(p.units) || ' units pegged; '
               || greatest(s.units - s.received - s.cancelled, 0) || ' are to come, its order is '
               || coalesce(max(o.state), 'none') || '.', s.item_id
        FROM orders_peg p JOIN supply_supply s ON s.id = p.supply_id
        LEFT JOIN supply_purchaseline n ON n.id = s.purchase_line_id
        LEFT JOIN supply_purchaseorder o ON o.id = n.purchase_order_id
        GROUP BY s.id
        HAVING sum(p.units) > greatest(s.units - s.received - s.cancelled, 0) OR max(o.state) <> 'sent' ORDER BY s.id
    """,
    # Units that no supply is pegged to are those the promise says stand on nothing, or has no day for.
    "promise_without_supply": """
        SELECT 'line/' || l.id, 'has ' || l.open - p.units || ' units without supply; its promise says so of '
               || t.unsupplied || '.', l.item_id
        FROM orders_line l
        CROSS JOIN LATERAL (SELECT coalesce(sum(units), 0) AS units FROM orders_peg WHERE line_id = l.id) p
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(units), 0) AS units,
                   coalesce(sum(units) FILTER (WHERE backing = 'nothing'), 0) AS unsupplied
            FROM orders_part WHERE line_id = l.id AND version = l.promise_version
        ) t
        WHERE l.open > p.units
          AND l.open - p.units > t.unsupplied + greatest(l.open + l.allocated + l.released + l.shipped - t.units, 0)
          AND NOT EXISTS (SELECT FROM stock_changed c WHERE c.item_id = l.item_id)
        ORDER BY l.id
    """,
    "unread_mark": f"""
        SELECT 'item/' || item_id, 'changed (' || min(cause) || ') and was not re-decided for over {OLD_MARK_SECONDS}'
               || ' seconds: is the worker running?', NULL::bigint
        FROM stock_changed GROUP BY item_id
        HAVING min(at) < backorder_now() - interval '{OLD_MARK_SECONDS} seconds' ORDER BY item_id
    """,
}
