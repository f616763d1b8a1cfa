"""What a caller is told of a placed order: the first answer, now or when the same order comes again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from backorder.catalog import queries as catalog
from backorder.catalog.snapshot import Snapshot
from backorder.engine.model import Slice
from backorder.journal.prepared import rows

from .decide import Decision, stock_units
from .forms import Placed, PlacedLine, PlacedPart

_FIRST_ANSWERS = """
    SELECT o.id, c.code, o.reference, o.ordered_at, l.id, l.position, i.sku, l.ordered, l.kit_units, l.kit_line_id
    FROM orders_order o
    JOIN orders_channel c ON c.id = o.channel_id
    JOIN orders_line l ON l.order_id = o.id
    JOIN catalog_item i ON i.id = l.item_id
    WHERE o.id = ANY(%s::bigint[]) AND l.placed
    ORDER BY o.id, l.position
"""
_FIRST_PARTS = """
    SELECT line_id, units, location_id, ship_on, deliver_from_on, deliver_on, reason, certain, supply_id, backing
    FROM orders_part WHERE line_id = ANY(%s::bigint[]) AND version = 1 ORDER BY line_id, number
"""


def first_answer(decision: Decision, *, ordered_at: datetime) -> Placed:
    """The answer to an order that has just been decided."""
    draft = decision.draft
    given: Any = draft.given
    lines = tuple(
        _line(
            (line.id, line.position, line.sku, 0 if line.kit_units else line.units, line.kit_units, line.kit_line),
            parts_of(decision.slices.get(line.id, ()), draft.book),
            stock_units(decision.slices.get(line.id, ())),
        )
        for line in draft.lines
    )
    return Placed(draft.id, draft.channel.code, given.reference, ordered_at, lines)


def first_answers(order_ids: Iterable[int]) -> dict[int, Placed]:
    """The first answers to orders placed before, rebuilt from version 1 of their promises."""
    found = rows(_FIRST_ANSWERS, [list(order_ids)])
    parts, allocated = _first_parts([row[4] for row in found])
    lines: dict[int, list[PlacedLine]] = defaultdict(list)
    heads: dict[int, tuple[int, str, str, datetime]] = {}
    for row in found:
        heads[row[0]] = row[:4]
        lines[row[0]].append(_line(row[4:], tuple(parts[row[4]]), allocated[row[4]]))
    return {id: Placed(*head, tuple(lines[id]), replayed=True) for id, head in heads.items()}


def parts_of(slices: Sequence[Slice], book: Snapshot) -> tuple[PlacedPart, ...]:
    """Slices as a caller sees them: locations by their codes."""
    places = book.locations()
    return tuple(_part(piece, places[piece.location].code) for piece in slices)


def _first_parts(line_ids: list[int]) -> tuple[Mapping[int, list[PlacedPart]], Mapping[int, int]]:
    places = catalog.current().locations()
    parts: dict[int, list[PlacedPart]] = defaultdict(list)
    allocated: dict[int, int] = defaultdict(int)
    for line, units, location, ship_on, from_on, deliver_on, reason, certain, supply, backing in rows(
        _FIRST_PARTS, [line_ids]
    ):
        parts[line].append(
            PlacedPart(units, places[location].code, ship_on, from_on, deliver_on, reason, certain, supply)
        )
        allocated[line] += units if backing == "stock" else 0
    return parts, allocated


def _line(head: Sequence[Any], parts: tuple[PlacedPart, ...], allocated: int) -> PlacedLine:
    id, position, sku, ordered, kit_units, kit_line = head
    promised = sum(part.units for part in parts)
    deliver_on = max((part.deliver_on for part in parts), default=None)
    return PlacedLine(
        id=id,
        position=position,
        sku=sku,
        ordered=ordered,
        allocated=allocated,
        open=promised - allocated,
        cancelled=ordered - promised,
        first_promised_on=deliver_on,
        promised_on=deliver_on,
        parts=parts,
        kit_units=kit_units,
        kit_line=kit_line,
    )


def _part(piece: Slice, location: str) -> PlacedPart:
    supply = piece.source[1] if piece.source is not None and piece.source[0] == "supply" else None
    return PlacedPart(
        piece.units,
        location,
        piece.ship_on,
        piece.deliver_from_on,
        piece.deliver_on,
        piece.reason,
        piece.certain,
        supply,
    )
