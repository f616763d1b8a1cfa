"""An order under its locks, with everything a change of it must know.

Whoever starts from an order reads its items unlocked, locks their queues, then the order, and reads
again; if the items changed meanwhile it starts over.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from backorder.engine.model import Policy, Shape
from backorder.journal.prepared import rows, together
from backorder.journal.refusals import Refused, unknown

from ..ledger.lock import Locked, lock_queues, lock_statement, look, look_statement, seen_by
from ..ledger.save import Owner
from ..ledger.shaping import SHAPE
from ..placing.end_holds import end_holds

_ITEMS = "SELECT DISTINCT item_id FROM orders_line WHERE order_id = ANY(%s::bigint[])"
_ORDER = """
    SELECT o.id, c.code, o.reference, o.version, o.ordered_at, o.country, s.code, o.service_id, o.currency, o.ship,
           o.on_short, o.priority, o.requested_on, o.substitutes_allowed, o.customer_id,
           ARRAY(SELECT kind FROM orders_block b WHERE b.order_id = o.id AND b.lifted_at IS NULL ORDER BY kind)
    FROM orders_order o JOIN orders_channel c ON c.id = o.channel_id JOIN catalog_service s ON s.id = o.service_id
    WHERE o.id = ANY(%s::bigint[]) ORDER BY o.id FOR NO KEY UPDATE OF o
"""
_LINES = f"""
    SELECT l.order_id, l.id, l.position, l.item_id, i.sku, l.kit_line_id, l.kit_units, l.per_kit, l.ordered_at,
           l.priority, l.requested_on, l.ordered, l.open, l.allocated, l.released, l.shipped, l.cancelled,
           l.substituted, l.returned, l.unit_price_minor, l.promised_on, l.promise_version, l.leave_by_at,
           {SHAPE}
    FROM orders_line l JOIN catalog_item i ON i.id = l.item_id WHERE l.order_id = ANY(%s::bigint[]) ORDER BY l.position
"""
_ALLOCATIONS = """
    SELECT l.order_id, a.line_id, a.level_id, v.location_id, a.allocated, a.released
    FROM orders_allocation a JOIN stock_level v ON v.id = a.level_id JOIN orders_line l ON l.id = a.line_id
    WHERE l.order_id = ANY(%s::bigint[]) ORDER BY a.line_id, v.location_id
"""
_PEGS = """
    SELECT l.order_id, p.line_id, p.supply_id, p.units, p.hard, s.eta
    FROM orders_peg p JOIN supply_supply s ON s.id = p.supply_id JOIN orders_line l ON l.id = p.line_id
    WHERE l.order_id = ANY(%s::bigint[]) ORDER BY p.line_id, p.hard DESC, s.eta, p.supply_id
"""
_LOADED = (_ORDER, _LINES, _ALLOCATIONS, _PEGS)


@dataclass(slots=True)
class Allocated:
    """Units of a line at one location: with the line, or already with the warehouse."""

    level: int
    location: int
    allocated: int
    released: int


@dataclass(slots=True)
class Pegged:
    """Units of a line that inbound supply will cover."""

    supply: int
    units: int
    hard: bool
    eta: date


@dataclass(slots=True)
class OpenLine:
    """A line with its units and what backs them."""

    id: int
    position: int
    item: int
    sku: str
    kit_line: int | None
    kit_units: int | None
    per_kit: int | None
    ordered_at: datetime
    priority: int
    requested_on: date | None
    ordered: int
    open: int
    allocated: int
    released: int
    shipped: int
    cancelled: int
    substituted: int
    returned: int
    unit_price_minor: int
    promised_on: date | None
    promise_version: int
    leave_by_at: datetime | None
    shape: Shape = field(kw_only=True)
    allocations: list[Allocated] = field(default_factory=list)
    pegs: list[Pegged] = field(default_factory=list)

    @property
    def owner(self) -> Owner:
        return ("line", self.id)

    @property
    def owed(self) -> int:
        """Units that have not left yet."""
        return self.open + self.allocated + self.released


@dataclass(slots=True)
class OpenOrder:
    """An order whose queues and row are locked."""

    id: int
    channel: str
    reference: str
    version: int
    ordered_at: datetime
    country: str
    service: str
    service_id: int
    currency: str
    ship: str
    on_short: str
    priority: int
    requested_on: date | None
    substitutes_allowed: bool
    customer: int | None
    blocks: list[str]
    lines: dict[int, OpenLine] = field(kw_only=True)
    seen: Locked = field(kw_only=True)

    @property
    def subject(self) -> str:
        return f"order/{self.id}"

    def line(self, line_id: int) -> OpenLine:
        """The line of this id; refused if the order has none."""
        found = self.lines.get(line_id)
        if found is None:
            raise unknown("line", line_id)
        return found

    def components(self, kit: OpenLine) -> list[OpenLine]:
        """The component lines of a kit's line."""
        return [line for line in self.lines.values() if line.kit_line == kit.id]

    def policies(self) -> Mapping[int, Policy]:
        """How the order's items may be promised on its channel, by item."""
        items = {line.item for line in self.lines.values()}
        return self.seen.catalog.policies(items, channel=self.channel, country=self.country)


def open_order(order_id: int, *, actor: str, version: int | None = None, also: Iterable[int] = ()) -> OpenOrder:
    """Lock an order (and the queues of items `also`) and load it; inside a transaction.

    Refused as unknown_order, or as order_has_changed when `version` is not its version.
    """
    found = open_orders([order_id], actor=actor, also=also).get(order_id)
    if found is None:
        raise unknown("order", order_id)
    return _check_version(found, version)


def open_orders(order_ids: Sequence[int], *, actor: str, also: Iterable[int] = ()) -> dict[int, OpenOrder]:
    """Lock several orders and load them together; those that do not exist are absent.

    They share one look at the clock and the catalog.
    """
    wanted, more = list(order_ids), set(also)
    for _ in range(3):
        items = {item for (item,) in rows(_ITEMS, [wanted])} | more
        found = _load(wanted, sorted(items), actor)
        if {line.item for order in found.values() for line in order.lines.values()} <= items:
            return found
    raise Refused("order_is_busy", "The order is being changed; try again.", status=503, field="order", value=wanted[0])


def _load(order_ids: list[int], items: list[int], actor: str) -> dict[int, OpenOrder]:
    """Lock and load in one flight: each statement sees what the locks before it waited for."""
    locked, looked, orders, lines, allocations, pegs = together(
        lock_statement(items, skip_busy=False), look_statement(items), *((sql, [order_ids]) for sql in _LOADED)
    )
    if len(locked) < len(items):
        lock_queues(items)  # Refuses the one that is missing.
    seen, _ = seen_by(looked)
    if seen.due_holds:
        end_holds(seen.due_holds, outcome="expired", at=seen.now, actor=actor)
        seen = look(items)
    found: dict[int, OpenOrder] = {row[0]: OpenOrder(*row, lines={}, seen=seen) for row in orders}
    for order, *line in lines:
        found[order].lines[line[0]] = OpenLine(*line[:-3], shape=Shape(*line[-3:]))
    for order, line, *backing in allocations:
        found[order].lines[line].allocations.append(Allocated(*backing))
    for order, line, *backing in pegs:
        found[order].lines[line].pegs.append(Pegged(*backing))
    return found


def _check_version(found: OpenOrder, version: int | None) -> OpenOrder:
    if version is not None and version != found.version:
        raise Refused(
            "order_has_changed",
            f"The order is at version {found.version} now, not {version}: read it again.",
            status=412,
            field="version",
            value=version,
            limit=found.version,
        )
    return found
