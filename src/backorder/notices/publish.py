"""Turn facts of the journal into deliveries, each once: the follower `webhooks` moves in the same transaction.

A message says what happened and to whom, in ids and numbers as the journal does, with the names the receiver knows
them by: the order's channel and reference, the item's SKU. Whoever needs more asks the API, and gets the current state
rather than that of a late message.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from backorder.catalog import queries as catalog
from backorder.journal import follow
from backorder.journal.entries import Entry
from backorder.orders.names import OrderName, order_names

from .models import Endpoint

FOLLOWER = "webhooks"
TEST = "webhook.test"

# What is about the installation itself is nobody's business outside.
PRIVATE_NOUNS = frozenset({"clock", "era", "journal", "key", "staff", "webhook"})

_INSERT = """
    INSERT INTO notices_delivery
        (id, endpoint_id, fact, payload, state, tries, next_try_at, last_error, created_at)
    SELECT n.id, n.endpoint_id, n.fact, n.payload, 'waiting', 0, at.now, '', at.now
    FROM unnest(%s::uuid[], %s::bigint[], %s::text[], %s::jsonb[]) AS n(id, endpoint_id, fact, payload),
         (SELECT backorder_now() AS now) AS at
"""


@transaction.atomic
def publish(*, limit: int = follow.LIMIT) -> int:
    """Write deliveries for the next entries of the journal, and return how many entries were read."""
    entries = follow.read(FOLLOWER, limit=limit)
    if not entries:
        return 0
    public = [entry for entry in entries if is_public(entry.fact)]
    if public:
        endpoints = Endpoint.objects.filter(active=True).order_by("id")
        _write([(endpoint.pk, entry) for endpoint in endpoints for entry in public if wants(endpoint, entry)])
    follow.advance(FOLLOWER, entries[-1])
    return len(entries)


def is_public(fact: str) -> bool:
    """May this fact be sent to webhooks?"""
    return fact.partition(".")[0] not in PRIVATE_NOUNS


def wants(endpoint: Endpoint, entry: Entry) -> bool:
    """Did this endpoint ask for this fact, at a time before it happened?"""
    noun = entry.fact.partition(".")[0]
    asked = not endpoint.facts or entry.fact in endpoint.facts or f"{noun}.*" in endpoint.facts
    return asked and endpoint.created_at <= entry.at


@dataclass(frozen=True, slots=True)
class Names:
    """What the outside calls the orders and items of some entries, by id."""

    orders: dict[int, OrderName]
    skus: dict[int, str]


def names_of(entries: Iterable[Entry]) -> Names:
    """The names that messages of these entries need, in two queries at most."""
    orders, items = set(), set()
    for entry in entries:
        orders |= _ids_of(entry, "order")
        items |= _ids_of(entry, "item") | {line["item"] for line in _lines(entry.body) if "item" in line}
    return Names(order_names(orders), {item: row.sku for item, row in catalog.items(items).items()} if items else {})


def message(entry: Entry, names: Names) -> dict[str, Any]:
    """What is sent for an entry: `type`, `timestamp`, `data` (Standard Webhooks)."""
    data: dict[str, Any] = {**entry.body, "subject": entry.subject}
    for order in _ids_of(entry, "order") & names.orders.keys():
        data |= {"channel_code": names.orders[order].channel, "reference": names.orders[order].reference}
    for item in _ids_of(entry, "item") & names.skus.keys():
        data["sku"] = names.skus[item]
    if lines := _lines(entry.body):
        data["lines"] = [
            line | {"sku": names.skus[line["item"]]} if line.get("item") in names.skus else line for line in lines
        ]
    return {"type": entry.fact, "timestamp": entry.at.isoformat(), "data": data}


def _ids_of(entry: Entry, kind: str) -> set[int]:
    """The one id of this kind an entry is about: its subject, else a value of its body; none if it has neither."""
    noun, _, name = entry.subject.partition("/")
    found = name if noun == kind else entry.body.get(kind)
    return {int(found)} if isinstance(found, int) or (isinstance(found, str) and found.isdecimal()) else set()


def _lines(body: dict[str, Any]) -> list[dict[str, Any]]:
    lines = body.get("lines")
    return lines if isinstance(lines, list) and all(isinstance(line, dict) for line in lines) else []


def _write(pairs: list[tuple[int, Entry]]) -> None:
    if not pairs:
        return
    names = names_of(entry for _, entry in pairs)
    with connection.cursor() as cursor:
        cursor.execute(
            _INSERT,
            [
                [uuid.uuid4() for _ in pairs],
                [endpoint_id for endpoint_id, _ in pairs],
                [entry.fact for _, entry in pairs],
                [json.dumps(message(entry, names), separators=(",", ":")) for _, entry in pairs],
            ],
        )
