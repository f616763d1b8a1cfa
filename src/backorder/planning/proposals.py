"""What to buy so that nothing owed stays without supply, and the one call that buys it.

A proposal covers the unsupplied units, less those on drafts, from the supplier to be asked first, in
its packs and not below its least quantity. It forecasts nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from django.db import transaction

from backorder.catalog import queries as catalog
from backorder.catalog.snapshot import Snapshot
from backorder.journal import clock
from backorder.journal.identity import new_id
from backorder.journal.refusals import Refused
from backorder.orders.supplying.inbound import send_purchase_order
from backorder.orders.supplying.unsupplied import Unsupplied, unsupplied_units
from backorder.stock import marks
from backorder.supply import purchase
from backorder.supply import queries as supply
from backorder.supply.queries import Offer
from backorder.supply.suppliers import lock_supplier


@dataclass(frozen=True, slots=True)
class ProposalLine:
    """Units of one item to order for one location.

    `unsupplied_units` are owed without supply, `drafted_units` of them are on drafts already;
    `order_units` is what MOQ and pack make of the rest. `needed_by` is the first promised ship day
    among them, `expected_on` the day the supplier's lead time leads to.
    """

    item: int
    sku: str
    supplier_sku: str
    location: str
    unsupplied_units: int
    drafted_units: int
    order_units: int
    price_minor: int | None
    currency: str
    needed_by: date | None
    expected_on: date
    waiting: int


@dataclass(frozen=True, slots=True)
class Proposal:
    """What to order from one supplier, the most urgent first."""

    supplier: str
    lines: tuple[ProposalLine, ...]


@dataclass(frozen=True, slots=True)
class Unbuyable:
    """Units owed without supply that no active supplier sells us."""

    item: int
    sku: str
    location: str
    units: int
    needed_by: date | None


def purchase_proposals(*, supplier: str | None = None, now: datetime | None = None) -> list[Proposal]:
    """What to order from each supplier (or one), by code.

    Items with a change that is not yet re-decided are left out: their units may be covered in a moment.
    """
    owed = unsupplied_units()
    return _proposals(owed, supply.best_offers({row.item for row in owed}), supplier, now or clock.now())


def without_supplier() -> list[Unbuyable]:
    """Units owed without supply that nobody sells us, the most urgent first: their items need a supplier."""
    owed = unsupplied_units()
    return _unbuyable(owed, supply.best_offers({row.item for row in owed}))


def everything_to_buy(*, now: datetime | None = None) -> tuple[list[Proposal], list[Unbuyable]]:
    """`purchase_proposals` of all suppliers and what is `without_supplier`, read once."""
    owed = unsupplied_units()
    offers = supply.best_offers({row.item for row in owed})
    return _proposals(owed, offers, None, now or clock.now()), _unbuyable(owed, offers)


def _proposals(
    owed: Sequence[Unsupplied], offers: dict[int, Offer], supplier: str | None, now: datetime
) -> list[Proposal]:
    wanted = [row for row in owed if row.item in offers and supplier in (None, offers[row.item].supplier_code)]
    lines = _lines(_settled(wanted), offers, now=now)
    by_supplier: dict[str, list[ProposalLine]] = {}
    for line in sorted(lines, key=lambda line: (line.needed_by or date.min, line.sku, line.location)):
        by_supplier.setdefault(offers[line.item].supplier_code, []).append(line)
    return [Proposal(code, tuple(by_supplier[code])) for code in sorted(by_supplier)]


def _unbuyable(owed: Sequence[Unsupplied], offers: dict[int, Offer]) -> list[Unbuyable]:
    rows = [row for row in owed if row.item not in offers]
    book = catalog.current()
    items, places = book.items(row.item for row in rows), book.locations()
    found = [
        Unbuyable(row.item, items[row.item].sku, places[row.location].code, row.units, row.needed_by) for row in rows
    ]
    return sorted(found, key=lambda one: (one.needed_by or date.max, one.sku, one.location))


@transaction.atomic
def order_proposal(
    supplier_code: str,
    *,
    skus: Collection[str] | None = None,
    reference: str | None = None,
    actor: str,
    now: datetime | None = None,
) -> purchase.Sent:
    """Order what is proposed from one supplier (only these `skus`, if named) and send it.

    The items are marked, so that the new supply is shared out. Two calls at once buy once: the second
    waits for the first, and then finds nothing (refused as nothing_to_order).
    """
    at = now or clock.now()
    lock_supplier(supplier_code)
    lines = [
        line
        for proposal in purchase_proposals(supplier=supplier_code, now=at)
        for line in proposal.lines
        if skus is None or line.sku in skus
    ][: purchase.MAX_LINES]
    if not lines:
        raise Refused(
            "nothing_to_order",
            f"Nothing is proposed from {supplier_code!r}.",
            status=409,
            field="supplier",
            value=supplier_code,
        )
    name = reference or f"PO-{new_id()}"
    purchase.draft(_purchase_order(supplier_code, name, lines), actor=actor, now=at)
    return send_purchase_order(name, actor=actor)


def _settled(owed: Sequence[Unsupplied]) -> list[Unsupplied]:
    stale = marks.stale({row.item for row in owed})
    return [row for row in owed if row.item not in stale]


def _lines(owed: Sequence[Unsupplied], offers: dict[int, Offer], *, now: datetime) -> list[ProposalLine]:
    drafted = supply.drafted_units({row.item for row in owed})
    book = catalog.current()
    lines: list[ProposalLine] = []
    for item, group in groupby(owed, key=lambda row: row.item):
        rows = list(group)
        missing = [max(row.units - drafted.get((item, row.location), 0), 0) for row in rows]
        order = round_up(missing, least=offers[item].min_order_units, pack=offers[item].pack_units)
        lines.extend(
            _line(row, units, offers[item], drafted.get((item, row.location), 0), book, now)
            for row, units in zip(rows, order, strict=True)
            if units
        )
    return lines


def round_up(missing: Sequence[int], *, least: int, pack: int) -> list[int]:
    """Units to order for each of the places that miss units of one item.

    Each is a whole number of packs; what is short of the least quantity is added where most is missing.

    >>> round_up([3, 8], least=20, pack=6)
    [6, 18]
    """
    order = [-(-units // pack) * pack for units in missing]
    short = least - sum(order)
    if any(order) and short > 0:
        most = max(range(len(missing)), key=lambda n: missing[n])
        order[most] += -(-short // pack) * pack
    return order


def _line(row: Unsupplied, units: int, offer: Offer, drafted: int, book: Snapshot, now: datetime) -> ProposalLine:
    place = book.locations()[row.location]
    return ProposalLine(
        item=row.item,
        sku=book.items([row.item])[row.item].sku,
        supplier_sku=offer.supplier_sku,
        location=place.code,
        unsupplied_units=row.units,
        drafted_units=drafted,
        order_units=units,
        price_minor=offer.price_minor,
        currency=offer.currency,
        needed_by=row.needed_by,
        expected_on=purchase.usual_eta(offer.calendar, place, book, now, offer.lead_time_days),
        waiting=row.waiting,
    )


def _purchase_order(supplier: str, reference: str, lines: Sequence[ProposalLine]) -> purchase.NewPurchaseOrder:
    return purchase.NewPurchaseOrder(
        supplier=supplier,
        reference=reference,
        lines=tuple(
            purchase.NewPurchaseLine(
                sku=line.sku, location=line.location, units=line.order_units, eta=line.expected_on,
                price_minor=line.price_minor,
            )
            for line in lines
        ),
    )  # fmt: skip
