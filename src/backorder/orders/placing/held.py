"""What a cart's hold owns, and how it passes to the order that the cart becomes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from backorder.engine.model import Source, SourceKey
from backorder.journal.prepared import rows

from ..ledger.lock import Locked
from ..ledger.save import Changes, Owner
from .decide import Decision, Own
from .drafts import Draft

_HOLDS = """
    SELECT h.channel_id, h.token, h.id, h.item_id, h.units, h.open, a.kind, a.source, a.location,
           a.units, a.eta, a.known
    FROM unnest(%s::bigint[], %s::text[]) AS r(channel_id, token)
    JOIN orders_hold h ON h.channel_id = r.channel_id AND h.token = r.token AND h.ended_at IS NULL
    LEFT JOIN LATERAL (
        SELECT 'stock' AS kind, a.level_id AS source, v.location_id AS location, a.allocated AS units,
               NULL::date AS eta, '' AS known
        FROM orders_allocation a JOIN stock_level v ON v.id = a.level_id WHERE a.hold_id = h.id
        UNION ALL
        SELECT 'supply', p.supply_id, s.location_id, p.units, s.eta, s.reference
        FROM orders_peg p JOIN supply_supply s ON s.id = p.supply_id WHERE p.hold_id = h.id
    ) a ON true
    ORDER BY h.id, a.kind, a.eta, a.source
"""


@dataclass(slots=True)
class HeldItem:
    """One live hold: units of one item, and what backs them as (source, location, units, ETA, name)."""

    id: int
    item: int
    units: int
    open: int
    backing: list[tuple[SourceKey, int, int, date | None, str]] = field(default_factory=list)

    @property
    def owner(self) -> Owner:
        return ("hold", self.id)


@dataclass(slots=True)
class Held:
    """Everything one cart holds."""

    items: list[HeldItem]

    def own_units(self, seen: Locked) -> dict[int, list[Own]]:
        """By item, the units a decision for this cart may use before it asks for more."""
        own: dict[int, list[Own]] = defaultdict(list)
        for held in self.items:
            for key, location, units, eta, known_as in held.backing:
                own[held.item].append(Own(Source(key, location, 0, 0, eta or seen.now.date(), True, known_as), units))
            pegged = sum(units for (kind, _), _, units, _, _ in held.backing if kind == "supply")
            own[held.item].append(Own(None, held.open - pegged))
        return own


def items_of_carts(drafts: Sequence[Draft]) -> set[int]:
    """The items that the carts of these drafts hold now: whoever ends a hold must have locked its item."""
    named = _named(drafts)
    if not named:
        return set()
    channels, tokens = zip(*named, strict=True)
    return {row[3] for row in rows(_HOLDS, [list(channels), list(tokens)])}


def load_held(drafts: Sequence[Draft], locked: Container[int] | None = None) -> dict[int, Held]:
    """The live holds of the carts these drafts name, by draft; those of `locked` items (None: to read only, all)."""
    named = _named(drafts)
    if not named:
        return {}
    channels, tokens = zip(*named, strict=True)
    found: dict[int, dict[int, HeldItem]] = defaultdict(dict)
    for row in rows(_HOLDS, [list(channels), list(tokens)]):
        if locked is None or row[3] in locked:
            _add(found[named[row[0], row[1]]], row[2:])
    return {draft: Held(list(items.values())) for draft, items in found.items()}


def _named(drafts: Sequence[Draft]) -> dict[tuple[int, str], int]:
    """The drafts that name a cart, by (channel, token)."""
    named: dict[tuple[int, str], int] = {}
    for draft in drafts:
        token = getattr(draft.given, "hold", None) or getattr(draft.given, "token", None)
        if token is not None:
            named[draft.channel.id, token] = draft.id
    return named


def _add(items: dict[int, HeldItem], row: tuple[Any, ...]) -> None:
    id, item, units, open_units, kind, source, location, backed, eta, known_as = row
    held = items.setdefault(id, HeldItem(id, item, units, open_units))
    if kind is not None:
        held.backing.append(((kind, source), location, backed, eta, known_as))


def use_held(changes: Changes, held: Held, decision: Decision, *, at: datetime) -> None:
    """End the holds of a cart that became an order: what it uses changed its owner, the rest is freed.

    The order's rows are written as if all came from the open; taking the hold's own away again leaves
    every counter where it was for the units that only changed hands.
    """
    used: dict[tuple[int, SourceKey], int] = defaultdict(int)
    for line in decision.draft.asked_lines:
        for piece in decision.slices.get(line.id, ()):
            if piece.source is not None:
                used[line.item, piece.source] += piece.units
    for one in held.items:
        end_hold(changes, one, outcome="ordered", at=at, order=decision.draft.id)
        if any(used[one.item, key] < units for key, _, units, _, _ in one.backing):
            changes.mark([one.item], "hold_ended")


def end_hold(changes: Changes, held: HeldItem, *, outcome: str, at: datetime, order: int | None = None) -> None:
    """Take everything from a hold and close it; `units` stay as what was once held."""
    for (kind, id), _, units, _, _ in held.backing:
        if kind == "stock":
            changes.allocate(held.owner, id, -units)
        else:
            changes.peg(held.owner, id, -units)
    changes.move_hold_units(held.id, held.item, open=-held.open)
    changes.hold_units[held.id].update({"ended_at": at, "outcome": outcome, "order_id": order})
    changes.tell("hold.ended", f"hold/{held.id}", item=held.item, units=held.units, outcome=outcome, order=order)
