"""Orders as staff and connectors see them: lists in pages, one order with everything that belongs to it.

A fixed number of statements, whatever the number of lines. A promised day that has passed is told as
late, never as a date.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection
from msgspec import Struct

from backorder.journal import clock
from backorder.journal.refusals import unknown

from .models import Channel


class ChannelView(Struct, frozen=True, kw_only=True):
    """Where orders come from; `service` is the usual one's code."""

    code: str
    name: str
    sourcing: str
    service: str | None
    currency: str
    hold_minutes: int
    active: bool


class OrderRow(Struct, frozen=True, kw_only=True):
    """An order as a list shows it; units are those of all its lines."""

    id: int
    channel: str
    reference: str
    customer: str | None
    country: str
    ordered_at: datetime
    version: int
    ordered: int
    open: int
    allocated: int
    released: int
    shipped: int
    cancelled: int
    promised_on: date | None
    is_late: bool
    is_blocked: bool


class CustomerView(Struct, frozen=True, kw_only=True):
    """Who ordered."""

    reference: str
    name: str
    email: str
    phone: str
    tier: str


class PartView(Struct, frozen=True, kw_only=True):
    """Units of a promise with their days, and what stands behind them."""

    units: int
    location: str
    ship_on: date
    deliver_from_on: date
    deliver_on: date
    reason: str
    certain: bool
    supply: int | None


class LineView(Struct, frozen=True, kw_only=True):
    """A line: ordered = open + allocated + released + shipped + cancelled + substituted.

    `promised_on` is null when there is no promise, or when its day has passed: then `days_late` says by how much.
    """

    id: int
    order: int
    position: int
    sku: str
    ordered: int
    open: int
    allocated: int
    released: int
    shipped: int
    cancelled: int
    substituted: int
    returned: int
    ordered_at: datetime
    priority: int
    requested_on: date | None
    first_promised_on: date | None
    promised_on: date | None
    days_late: int
    promise_version: int
    min_ship_units: int
    ship_multiple: int
    max_shipments: int | None
    unit_price_minor: int
    discount_minor: int
    tax_minor: int
    kit_line: int | None
    kit_units: int | None
    per_kit: int | None
    instead_of: int | None
    parts: tuple[PartView, ...]


class BlockView(Struct, frozen=True, kw_only=True):
    """Why an order may not be released."""

    kind: str
    note: str
    placed_at: datetime
    lifted_at: datetime | None


class ShippedUnits(Struct, frozen=True, kw_only=True):
    """Units of a line in a shipment."""

    line: int
    units: int


class ShipmentView(Struct, frozen=True, kw_only=True):
    """What left a location for an order."""

    id: int
    location: str
    service: str
    tracking: str
    shipped_at: datetime
    deliver_on: date
    delivered_at: datetime | None
    lines: tuple[ShippedUnits, ...]


class OrderView(Struct, frozen=True, kw_only=True):
    """An order with everything that belongs to it."""

    id: int
    channel: str
    reference: str
    version: int
    ordered_at: datetime
    customer: CustomerView | None
    country: str
    region: str
    zone: str
    locale: str
    contact: dict[str, str]
    ship_to: dict[str, str]
    service: str
    currency: str
    shipping_minor: int
    discount_minor: int
    tax_minor: int
    paid_at: datetime | None
    authorisation: str
    capture_before: datetime | None
    shown_on: date | None
    shown_wording: str
    requested_on: date | None
    on_short: str
    ship: str
    substitutes_allowed: bool
    cancel_if_not_by: date | None
    early_charge_consent: bool
    priority: int
    tags: tuple[str, ...]
    attributes: dict[str, str | int | bool | None]
    lines: tuple[LineView, ...]
    blocks: tuple[BlockView, ...]
    shipments: tuple[ShipmentView, ...]


def channels(code: str | None = None) -> list[ChannelView]:
    """All channels by code, or the one of a code."""
    rows = Channel.objects.order_by("code").select_related("service")
    return [
        ChannelView(
            code=row.code,
            name=row.name,
            sourcing=row.sourcing,
            service=row.service.code if row.service else None,
            currency=row.currency,
            hold_minutes=row.hold_minutes,
            active=row.active,
        )
        for row in (rows if code is None else rows.filter(code=code))
    ]


def orders(
    *,
    channel: str | None = None,
    reference: str | None = None,
    customer: str | None = None,
    sku: str | None = None,
    state: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    before: int | None = None,
    limit: int,
) -> list[OrderRow]:
    """Orders, newest id first, those below `before`; `state` is waiting, late, blocked or released."""
    wanted = {
        "c.code = %s": channel,
        "o.reference = %s": reference,
        "p.reference = %s": customer,
        "EXISTS (SELECT 1 FROM orders_line l JOIN catalog_item i ON i.id = l.item_id"
        " WHERE l.order_id = o.id AND i.sku = %s)": sku,
        "o.ordered_at >= %s": since,
        "o.ordered_at < %s": until,
        "o.id < %s": before,
    }
    used = {condition: value for condition, value in wanted.items() if value is not None}
    conditions = [*used, *([_STATES[state]] if state else [])]
    today = clock.now().date()
    rows = _read(_ORDERS.format(where=" AND ".join(conditions) or "true"), *used.values(), limit)
    return [_order_row(row, today) for row in rows]


def order(order_id: int) -> OrderView:
    """One order, or the refusal unknown_order."""
    found = orders_by_id([order_id])
    if not found:
        raise unknown("order", order_id)
    return found[order_id]


def orders_by_id(order_ids: Iterable[int]) -> dict[int, OrderView]:
    """These orders with everything that belongs to them, in as many statements as one; unknown ones are absent."""
    ids, now = sorted(set(order_ids)), clock.now()
    found = [dict(zip(_ORDER_COLUMNS, row, strict=True)) for row in _read(_ORDER, ids)]
    days = {values["id"]: now.astimezone(ZoneInfo(values["zone"])).date() for values in found}
    lines, blocks, shipments = _grouped(_lines(_OF_ORDERS, ids, days)), _blocks(ids), _shipments(ids)
    return {
        values["id"]: _order_view(values, lines[values["id"]], blocks[values["id"]], shipments[values["id"]])
        for values in found
    }


def order_version(order_id: int) -> int:
    """The version of an order, or the refusal unknown_order."""
    found = _read("SELECT version FROM orders_order WHERE id = %s", order_id)
    if not found:
        raise unknown("order", order_id)
    return int(found[0][0])


def references(order_ids: Iterable[int]) -> dict[int, str]:
    """What these orders are called; unknown ones are absent."""
    return dict(_read("SELECT id, reference FROM orders_order WHERE id = ANY(%s::bigint[])", sorted(order_ids)))


def line(line_id: int) -> LineView:
    """One line, or the refusal unknown_line."""
    found = _lines("l.id = %s", line_id, defaultdict(lambda: clock.now().date()))
    if not found:
        raise unknown("line", line_id)
    return found[0]


_STATES = {
    "waiting": "EXISTS (SELECT 1 FROM orders_line l WHERE l.order_id = o.id AND l.open > 0)",
    "released": "EXISTS (SELECT 1 FROM orders_line l WHERE l.order_id = o.id AND l.released > 0)",
    "late": "EXISTS (SELECT 1 FROM orders_line l WHERE l.order_id = o.id"
    " AND l.open + l.allocated + l.released > 0 AND l.promised_on < backorder_now()::date)",
    "blocked": "EXISTS (SELECT 1 FROM orders_block b WHERE b.order_id = o.id AND b.lifted_at IS NULL)",
}
_ORDERS = """
    SELECT o.id, c.code, o.reference, p.reference, o.country, o.ordered_at, o.version,
           s.ordered, s.open, s.allocated, s.released, s.shipped, s.cancelled, s.promised_on,
           EXISTS (SELECT 1 FROM orders_block b WHERE b.order_id = o.id AND b.lifted_at IS NULL)
    FROM orders_order o
    JOIN orders_channel c ON c.id = o.channel_id
    LEFT JOIN orders_customer p ON p.id = o.customer_id
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(ordered), 0) AS ordered, coalesce(sum(open), 0) AS open,
               coalesce(sum(allocated), 0) AS allocated, coalesce(sum(released), 0) AS released,
               coalesce(sum(shipped), 0) AS shipped, coalesce(sum(cancelled), 0) AS cancelled,
               max(promised_on) FILTER (WHERE open + allocated + released > 0) AS promised_on
        FROM orders_line WHERE order_id = o.id
    ) s
    WHERE {where}
    ORDER BY o.id DESC LIMIT %s
"""
_ORDER_COLUMNS = (
    "id", "channel", "reference", "version", "ordered_at", "country", "region", "zone", "locale", "contact",
    "ship_to", "service", "currency", "shipping_minor", "discount_minor", "tax_minor", "paid_at", "authorisation",
    "capture_before", "shown_on", "shown_wording", "requested_on", "on_short", "ship", "substitutes_allowed",
    "cancel_if_not_by", "early_charge_consent", "priority", "tags", "attributes", "c_reference", "c_name", "c_email",
    "c_phone", "c_tier",
)  # fmt: skip
_ORDER = """
    SELECT o.id, c.code, o.reference, o.version, o.ordered_at, o.country, o.region, o.zone, o.locale, o.contact::text,
           o.ship_to::text, s.code, o.currency, o.shipping_minor, o.discount_minor, o.tax_minor, o.paid_at,
           o.authorisation, o.capture_before, o.shown_on, o.shown_wording, o.requested_on, o.on_short, o.ship,
           o.substitutes_allowed, o.cancel_if_not_by, o.early_charge_consent, o.priority, o.tags, o.attributes::text,
           p.reference, p.name, p.email, p.phone, p.tier
    FROM orders_order o
    JOIN orders_channel c ON c.id = o.channel_id
    JOIN catalog_service s ON s.id = o.service_id
    LEFT JOIN orders_customer p ON p.id = o.customer_id
    WHERE o.id = ANY(%s::bigint[])
"""
_OF_ORDERS = "l.order_id = ANY(%s::bigint[])"
_LINE_COLUMNS = (
    "id", "order", "position", "sku", "ordered", "open", "allocated", "released", "shipped", "cancelled",
    "substituted", "returned", "ordered_at", "priority", "requested_on", "first_promised_on", "promised_on",
    "promise_version", "min_ship_units", "ship_multiple", "max_shipments", "unit_price_minor", "discount_minor",
    "tax_minor", "kit_line", "kit_units", "per_kit", "instead_of",
)  # fmt: skip
_LINES = """
    SELECT l.id, l.order_id, l.position, i.sku, l.ordered, l.open, l.allocated, l.released, l.shipped, l.cancelled,
           l.substituted, l.returned, l.ordered_at, l.priority, l.requested_on, l.first_promised_on, l.promised_on,
           l.promise_version, l.min_ship_units, l.ship_multiple, l.max_shipments, l.unit_price_minor, l.discount_minor,
           l.tax_minor, l.kit_line_id, l.kit_units, l.per_kit, l.instead_of_id
    FROM orders_line l JOIN catalog_item i ON i.id = l.item_id
    WHERE {where} ORDER BY l.order_id, l.position
"""
_PARTS = """
    SELECT p.line_id, p.units, w.code, p.ship_on, p.deliver_from_on, p.deliver_on, p.reason, p.certain, p.supply_id
    FROM orders_part p
    JOIN orders_line l ON l.id = p.line_id AND l.promise_version = p.version
    JOIN catalog_location w ON w.id = p.location_id
    WHERE {where} ORDER BY p.line_id, p.number
"""
_BLOCKS = """
    SELECT order_id, kind, note, placed_at, lifted_at FROM orders_block WHERE order_id = ANY(%s::bigint[]) ORDER BY id
"""
_SHIPMENTS = """
    SELECT s.order_id, s.id, w.code, v.code, s.tracking, s.shipped_at, s.deliver_on, s.delivered_at,
           n.line_id, n.units
    FROM orders_shipment s
    JOIN catalog_location w ON w.id = s.location_id
    JOIN catalog_service v ON v.id = s.service_id
    JOIN orders_shipmentline n ON n.shipment_id = s.id
    WHERE s.order_id = ANY(%s::bigint[]) ORDER BY s.id, n.line_id
"""


def _order_row(row: tuple[Any, ...], today: date) -> OrderRow:
    *values, promised_on, is_blocked = row
    names = OrderRow.__struct_fields__[: len(values)]
    is_late = promised_on is not None and promised_on < today
    return OrderRow(
        **dict(zip(names, values, strict=True)),
        promised_on=None if is_late else promised_on,
        is_late=is_late,
        is_blocked=is_blocked,
    )


def _order_view(
    values: dict[str, Any], lines: list[LineView], blocks: list[BlockView], shipments: list[ShipmentView]
) -> OrderView:
    who = [values.pop(name) for name in ("c_reference", "c_name", "c_email", "c_phone", "c_tier")]
    customer = (
        None if who[0] is None else CustomerView(reference=who[0], name=who[1], email=who[2], phone=who[3], tier=who[4])
    )
    values["tags"] = tuple(values["tags"])
    for name in ("contact", "ship_to", "attributes"):
        values[name] = json.loads(values[name])
    return OrderView(**values, customer=customer, lines=tuple(lines), blocks=tuple(blocks), shipments=tuple(shipments))


def _grouped(lines: Iterable[LineView]) -> dict[int, list[LineView]]:
    found: dict[int, list[LineView]] = defaultdict(list)
    for line in lines:
        found[line.order].append(line)
    return found


def _lines(where: str, value: int | list[int], days: Mapping[int, date]) -> tuple[LineView, ...]:
    """Lines by order and position; `days` is each order's today."""
    parts: dict[int, list[PartView]] = defaultdict(list)
    for row in _read(_PARTS.format(where=where), value):
        parts[row[0]].append(PartView(**dict(zip(PartView.__struct_fields__, row[1:], strict=True))))
    return tuple(
        _line(dict(zip(_LINE_COLUMNS, row, strict=True)), parts, days[row[1]])
        for row in _read(_LINES.format(where=where), value)
    )


def _line(values: dict[str, Any], parts: Mapping[int, Iterable[PartView]], today: date) -> LineView:
    owed = values["open"] + values["allocated"] + values["released"]
    promised_on = values.pop("promised_on")
    days_late = (today - promised_on).days if owed and promised_on is not None and promised_on < today else 0
    return LineView(
        **values,
        promised_on=None if days_late else promised_on,
        days_late=days_late,
        parts=tuple(parts.get(values["id"], ())),
    )


def _blocks(order_ids: list[int]) -> dict[int, list[BlockView]]:
    found: dict[int, list[BlockView]] = defaultdict(list)
    for order_id, *row in _read(_BLOCKS, order_ids):
        found[order_id].append(BlockView(**dict(zip(BlockView.__struct_fields__, row, strict=True))))
    return found


def _shipments(order_ids: list[int]) -> dict[int, list[ShipmentView]]:
    heads: dict[int, tuple[Any, ...]] = {}
    lines: dict[int, list[ShippedUnits]] = defaultdict(list)
    for row in _read(_SHIPMENTS, order_ids):
        heads[row[1]] = row[:8]
        lines[row[1]].append(ShippedUnits(line=row[8], units=row[9]))
    names = ShipmentView.__struct_fields__[:7]
    found: dict[int, list[ShipmentView]] = defaultdict(list)
    for id, (order_id, *head) in heads.items():
        found[order_id].append(ShipmentView(**dict(zip(names, head, strict=True)), lines=tuple(lines[id])))
    return found


def _read(sql: str, *params: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found
