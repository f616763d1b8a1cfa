"""Orders with prices, and the steps from a fact of the journal to what is due."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import connection

from backorder.journal import feed
from backorder.orders.placing.forms import NewLine, NewOrder, Placed
from backorder.orders.placing.place import place_orders
from backorder.payments import queries, watching
from backorder.payments.queries import DueRow
from backorder.payments.recording import NewPayment, record_payment
from tests.connections import until
from tests.orders.shop import Shop


def place(shop: Shop, *lines: tuple[str, int, int], **given: Any) -> Placed:
    """An order of (SKU, units, unit price)."""
    priced = tuple(NewLine(sku=sku, units=units, unit_price_minor=price) for sku, units, price in lines)
    base = shop.order((lines[0][0], 1))
    told = {"channel": base.channel, "reference": base.reference, "country": "GB", **given}
    (placed,) = place_orders([NewOrder(lines=priced, **told)], actor="test")
    assert isinstance(placed, Placed), placed
    return placed


def look() -> None:
    """Let the follower read up to the last entry."""

    def is_done() -> bool:
        watching.follow_orders()
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT seq = (SELECT max(seq) FROM journal_entry) FROM journal_follower WHERE name = 'payments'"
            )
            row = cursor.fetchone()
        return bool(row and row[0])

    until(is_done)


def dues(placed: Placed, **given: Any) -> list[DueRow]:
    return queries.dues(order=placed.id, **given)


def told(placed: Placed, **given: Any) -> list[tuple[str, int, str]]:
    """(kind, amount, state) of everything that is or was due."""
    return [(due.kind, due.amount_minor, due.state) for due in sorted(dues(placed, **given), key=lambda due: due.id)]


def facts(fact: str) -> list[dict[str, Any]]:
    return [entry.body for entry in feed.search(facts=[fact]).entries]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def refund(due_id: int) -> None:
    """Send back what is due."""
    due = queries.due(due_id)
    record_payment(due.order, NewPayment("refunded", due.amount_minor), key=f"r{due.id}", due=due.id, actor="test")


def record_refund(placed: Placed) -> None:
    """Send everything that is due back."""
    for due in dues(placed, state="open", kind="refund"):
        refund(due.id)
