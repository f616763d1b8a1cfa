"""What carts hold at present, and who the customers are: two plain lists, newest first."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import connection
from msgspec import Struct

_HOLDS = """
    SELECT h.id, c.code, h.token, i.sku, h.country, h.units, h.units - h.open, h.open, h.made_at, h.ends_at
    FROM orders_hold h JOIN orders_channel c ON c.id = h.channel_id JOIN catalog_item i ON i.id = h.item_id
    WHERE h.ended_at IS NULL AND h.ends_at > backorder_now() {where} ORDER BY h.id DESC LIMIT %s
"""
_CUSTOMERS = """
    SELECT p.id, c.code, p.reference, p.name, p.email, p.phone, p.tier
    FROM orders_customer p JOIN orders_channel c ON c.id = p.channel_id
    WHERE true {where} ORDER BY p.id DESC LIMIT %s
"""


class HoldRow(Struct, frozen=True, kw_only=True):
    """Units of one item that a cart (`token`) holds until it ends: `allocated` on the shelf, `open` of them waiting."""

    id: int
    channel: str
    token: str
    sku: str
    country: str
    units: int
    allocated: int
    open: int
    made_at: datetime
    ends_at: datetime


class CustomerRow(Struct, frozen=True, kw_only=True):
    """A customer of a channel; `reference` is the shop's own."""

    id: int
    channel: str
    reference: str
    name: str
    email: str
    phone: str
    tier: str


def live_holds(
    *,
    channel: str | None = None,
    token: str | None = None,
    sku: str | None = None,
    before: int | None = None,
    limit: int,
) -> list[HoldRow]:
    """Holds that have not ended, those with ids below `before`."""
    wanted = {"c.code = %s": channel, "h.token = %s": token, "i.sku = %s": sku, "h.id < %s": before}
    return [HoldRow(**row) for row in _read(_HOLDS, wanted, limit, HoldRow.__struct_fields__)]


def customers(
    *,
    channel: str | None = None,
    reference: str | None = None,
    email: str | None = None,
    before: int | None = None,
    limit: int,
) -> list[CustomerRow]:
    """Customers, those with ids below `before`; `email` is compared whatever its case."""
    wanted = {
        "c.code = %s": channel, "p.reference = %s": reference, "lower(p.email) = lower(%s)": email, "p.id < %s": before,
    }  # fmt: skip
    return [CustomerRow(**row) for row in _read(_CUSTOMERS, wanted, limit, CustomerRow.__struct_fields__)]


def _read(sql: str, wanted: Mapping[str, Any], limit: int, names: tuple[str, ...]) -> list[dict[str, Any]]:
    used = {condition: value for condition, value in wanted.items() if value is not None}
    where = "".join(f" AND {condition}" for condition in used)
    with connection.cursor() as cursor:
        cursor.execute(sql.format(where=where), [*used.values(), limit])
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
