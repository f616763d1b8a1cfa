"""Find orders and customers by the beginning of what is written on them, by index, a few at a time."""

from __future__ import annotations

from msgspec import Struct

from backorder.journal.prepared import rows

# The highest character: a word is the beginning of whatever lies between it and itself with this behind.
LAST = "\U0010ffff"


class FoundOrder(Struct, frozen=True):
    """An order that was found."""

    id: int
    reference: str
    channel: str
    customer: str | None


class FoundCustomer(Struct, frozen=True):
    """A customer that was found."""

    reference: str
    name: str
    email: str


_ORDERS = """
    SELECT o.id, o.reference, c.code, p.name
    FROM orders_channel c
    CROSS JOIN LATERAL (
        SELECT id, reference, customer_id FROM orders_order
        WHERE channel_id = c.id AND reference >= %s::text AND reference < %s::text ORDER BY reference LIMIT %s::int
    ) o
    LEFT JOIN orders_customer p ON p.id = o.customer_id
    ORDER BY length(o.reference), o.reference LIMIT %s::int
"""
_BY_NUMBER = """
    SELECT p.reference, p.name, p.email FROM orders_channel c CROSS JOIN LATERAL (
        SELECT reference, name, email FROM orders_customer
        WHERE channel_id = c.id AND reference >= %s::text AND reference < %s::text ORDER BY reference LIMIT %s::int
    ) p
    ORDER BY length(p.reference), p.reference LIMIT %s::int
"""
_CUSTOMERS = """
    SELECT reference, name, email FROM orders_customer
    WHERE to_tsvector('simple', name || ' ' || email || ' ' || reference) @@ to_tsquery('simple', %s::text)
    LIMIT %s::int
"""


def orders_by_reference(words: str, *, limit: int) -> list[FoundOrder]:
    """Orders whose reference begins so, as written or in capitals; the shortest first."""
    found: dict[int, FoundOrder] = {}
    for beginning in dict.fromkeys((words, words.upper())):
        for row in rows(_ORDERS, [beginning, beginning + LAST, limit, limit]):
            found.setdefault(row[0], FoundOrder(*row))
    return list(found.values())[:limit]


def customers_by_name(words: str, *, limit: int) -> list[FoundCustomer]:
    """Customers whose reference begins so, then those with a word in name or e-mail that begins so, for each word."""
    found = {row[0]: FoundCustomer(*row) for row in rows(_BY_NUMBER, [words, words + LAST, limit, limit])}
    query = beginnings(words)
    if query and len(found) < limit:
        found |= {row[0]: FoundCustomer(*row) for row in rows(_CUSTOMERS, [query, limit])}
    return list(found.values())[:limit]


def beginnings(words: str) -> str:
    """The text-search query for words that begin so: letters and digits only, so nothing in it is an operator."""
    plain = ["".join(letter for letter in word if letter.isalnum()) for word in words.split()[:6]]
    return " & ".join(f"{word}:*" for word in plain if word)
