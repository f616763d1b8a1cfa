"""Turn a decision into rows: the order, its lines with their units, what backs them, the first promise."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from backorder.engine.model import Slice
from backorder.journal.refusals import Refused

from ..ledger.promises import days, write_promise
from ..ledger.save import Changes, Owner
from .customers import Named, name_of
from .decide import Decision, is_stock, stock_units
from .drafts import Draft, DraftLine
from .forms import NewOrder

NO_DAYS = days((), version=0)


def write_order(changes: Changes, decision: Decision, customers: dict[Named, int], *, at: datetime) -> None:
    """Add an accepted order with everything that hangs on it, and its fact."""
    draft = decision.draft
    changes.orders.append(_order_row(draft, customers, at))
    for line in draft.lines:
        _write_line(changes, decision, line, at)
    changes.tell(
        "order.placed",
        f"order/{draft.id}",
        channel=draft.channel.id,
        lines=[_line_fact(decision, line) for line in draft.lines],
    )
    for line in draft.asked_lines:
        short = decision.shorts.get(line.id)
        if short is not None:
            _tell_unmet(changes, draft, line, short.units, short.refusal)


def write_unmet(changes: Changes, draft: Draft, refused: Refused) -> None:
    """A refused order is demand too: one fact for each of its short lines."""
    by_position = {line.position: line for line in draft.lines}
    for row in refused.values.get("lines", ()):
        line = by_position[row["position"]]
        _tell_unmet(changes, draft, line, line.units, row["refusal"])


def back(changes: Changes, owner: Owner, slices: tuple[Slice, ...]) -> None:
    """Let `owner` hold what its slices come from."""
    for piece in slices:
        if piece.source is None:
            continue
        kind, id = piece.source
        if kind == "stock":
            changes.allocate(owner, id, piece.units)
        else:
            changes.peg(owner, id, piece.units)


def write_lines(
    changes: Changes,
    decision: Decision,
    *,
    order: int,
    after: int,
    instead_of: int | None = None,
    cause: str,
    at: datetime,
) -> None:
    """Add lines to an order that exists, behind position `after`."""
    for line in decision.draft.lines:
        line.position += after
        row = _write_line(changes, decision, line, at, cause=cause)
        row.update({"order_id": order, "placed": False, "instead_of_id": instead_of})
    changes.tell(
        "order.lines_added", f"order/{order}", cause=cause,
        lines=[_line_fact(decision, line) for line in decision.draft.lines],
    )  # fmt: skip


def _line_row(
    line: DraftLine, *, order: int, slices: tuple[Slice, ...], cancelled: int, priority: int, at: datetime
) -> dict[str, Any]:
    on_shelf = stock_units(slices)
    return {
        "id": line.id,
        "order_id": order,
        "position": line.position,
        "item_id": line.item,
        "kit_line_id": line.kit_line,
        "kit_units": line.kit_units,
        "per_kit": line.per_kit,
        "instead_of_id": None,
        "placed": True,
        "ordered_at": at,
        "priority": priority,
        "requested_on": line.wanted_on,
        "min_ship_units": line.policy.min_ship_units,
        "ship_multiple": line.policy.ship_multiple,
        "max_shipments": line.new.max_shipments,
        "ordered": 0 if line.kit_units else line.units,
        "open": 0 if line.kit_units else line.units - on_shelf - cancelled,
        "allocated": on_shelf,
        "released": 0,
        "shipped": 0,
        "cancelled": cancelled,
        "substituted": 0,
        "returned": 0,
        "unit_price_minor": line.new.unit_price_minor,
        "discount_minor": line.new.discount_minor,
        "tax_minor": line.new.tax_minor,
        **(days(slices, version=1) if slices else NO_DAYS),
    }


def _write_line(
    changes: Changes, decision: Decision, line: DraftLine, at: datetime, *, cause: str = "ordered"
) -> dict[str, Any]:
    slices = decision.slices.get(line.id, ())
    cancelled = decision.cancelled.get(line.id, 0)
    given: Any = decision.draft.given
    row = _line_row(line, order=decision.draft.id, slices=slices, cancelled=cancelled, priority=given.priority, at=at)
    changes.lines.append(row)
    changes.owe(line.item, row["open"])
    back(changes, ("line", line.id), slices)
    if slices:
        write_promise(changes, line.id, slices, version=1, cause=cause, at=at)
    return row


def _order_row(draft: Draft, customers: dict[Named, int], at: datetime) -> dict[str, Any]:
    given = draft.given
    assert isinstance(given, NewOrder)
    return {
        "id": draft.id,
        "channel_id": draft.channel.id,
        "reference": given.reference,
        "fingerprint": "\\x" + draft.fingerprint.hex(),
        "customer_id": customers.get(name_of(draft)) if given.customer else None,
        "ordered_at": at,
        "version": 1,
        "country": given.country,
        "region": given.region,
        "zone": given.zone,
        "locale": given.locale,
        "contact": given.contact,
        "ship_to": given.ship_to,
        "service_id": draft.service,
        "currency": given.currency or draft.channel.currency,
        "shipping_minor": given.shipping_minor,
        "discount_minor": given.discount_minor,
        "tax_minor": given.tax_minor,
        "paid_at": given.paid_at,
        "authorisation": given.authorisation,
        "capture_before": given.capture_before,
        "shown_on": given.shown_on,
        "shown_wording": given.shown_wording,
        "requested_on": given.requested_on,
        "on_short": given.on_short,
        "ship": given.ship,
        "substitutes_allowed": given.substitutes_allowed,
        "cancel_if_not_by": given.cancel_if_not_by,
        "early_charge_consent": given.early_charge_consent,
        "priority": given.priority,
        "tags": given.tags,
        "attributes": given.attributes,
    }


def _line_fact(decision: Decision, line: DraftLine) -> dict[str, Any]:
    slices = decision.slices.get(line.id, ())
    open_units = sum(piece.units for piece in slices if not is_stock(piece.source))
    fact = {"line": line.id, "item": line.item, "ordered": line.units, "open": open_units}
    return {**fact, "promised_on": max(p.deliver_on for p in slices).isoformat()} if slices else fact


def _tell_unmet(changes: Changes, draft: Draft, line: DraftLine, units: int, why: str) -> None:
    changes.tell("demand_unmet", f"item/{line.item}", units=units, why=why, channel=draft.channel.id)
