"""Why a date is what it is, who stands before a line, and which rule put them there.

Staff see orders and lines; a customer sees only how many wait before him and why, never another's
name, order or quantity.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from backorder.catalog import queries as catalog
from backorder.engine.explain import Ahead, Step, ahead_of, steps
from backorder.engine.model import Slice, Source, SourceKey
from backorder.journal.prepared import rows
from backorder.journal.refusals import unknown

from ..ledger.books import load_sources
from ..ledger.lock import Locked, look
from ..ledger.waiting import Waiter, load_waiters
from .dating import dated, with_held
from .tracing import Place, Sooner, Taken, ranked, trace

Audience = Literal["staff", "customer"]
RULE = "default rank: priority, first promised day, order time, id; strategy GAIN"

STEPS = {
    "ordered": "Ordered on {on}.",
    "supply_arrives": "{known_as} is expected on {on}.",
    "supply_is_overdue": "{known_as} is overdue; it is counted on for {on}, which is not certain.",
    "lead_time_ends": "Nothing is on its way yet; with the usual {days} days of lead time it comes on {on}.",
    "put_away": "Put away {days} days after arrival, on {on}.",
    "next_working_day": "The next working day there is {on}.",
    "processed": "Packed in {days} working days, by {on}.",
    "street_date": "It may not ship before {on}.",
    "wanted_later": "It is wanted later, so it leaves on {on}.",
    "together": "It waits until {on} for what it ships together with.",
    "ships": "Ships on {on}.",
    "arrives_from": "Arrives from {on}.",
    "arrives": "Arrives by {on}.",
}
REASONS = {
    "priority": "a higher priority",
    "first_promised_on": "an earlier first promised day",
    "ordered_at": "an earlier order time",
    "id": "the same moment, but an earlier number",
    "confirmed_before": "a confirmation that is not taken away",
    "held": "a confirmation that is not taken away",
    "floor": "a floor that is served first",
    "segment": "an earlier segment",
    "ceiling": "the asker's strategy, which lets it gain nothing",
    "rule": "a quota, protection, cap or set",
}


class StepView(Struct, frozen=True):
    """One step on the way to a date."""

    what: str
    on: date
    days: int
    says: str


class PartExplained(Struct, frozen=True):
    """Units of a line with their day, and how that day came about. `backing` is stock, supply or nothing."""

    units: int
    deliver_on: date
    backing: str
    certain: bool
    steps: tuple[StepView, ...]


class AheadView(Struct, frozen=True, omit_defaults=True):
    """Somebody who has, or would get, units this line could use earlier; who it is only staff are told."""

    because: str
    says: str
    line: int | None = None
    hold: int | None = None
    order: int | None = None
    units: int | None = None
    ready_on: date | None = None
    source: str | None = None


class SoonerView(Struct, frozen=True, kw_only=True):
    """If this supply came `days` earlier, the line's last unit would be ready on `ready_on` (null: still not all)."""

    supply: int
    known_as: str
    days: int
    ready_on: date | None
    says: str


class LineExplained(Struct, frozen=True, kw_only=True):
    """A line's dates and place, in values and in sentences.

    `variant`, `version` and `segment` are what decides it; asked for alone, by staff, `sooner` says which supply would
    have to come earlier to better its day.
    """

    line: int
    sku: str
    open: int
    allocated: int
    unsupplied: int
    first_promised_on: date | None
    promised_on: date | None
    is_late: bool
    place: int | None
    waiting: int
    rule: str
    parts: tuple[PartExplained, ...]
    ahead: tuple[AheadView, ...]
    says: str
    variant: str = "default"
    version: int = 0
    segment: str | None = None
    strategy: str | None = None
    sooner: tuple[SoonerView, ...] = ()


class QueueRow(Struct, frozen=True, kw_only=True):
    """One who waits for an item, in rank order. `because` is what puts it behind the row above.

    That is segment, a rank attribute, or id. Lines in no `segment` (null) stay as they are and stand last.
    """

    place: int
    line: int | None
    hold: int | None
    order: int | None
    open: int
    allocated: int
    unsupplied: int
    priority: int
    first_promised_on: date | None
    requested_on: date | None
    promised_on: date | None
    ordered_at: datetime
    is_late: bool
    because: str
    pegs: tuple[tuple[int, int], ...]
    segment: str | None = None
    strategy: str | None = None


class QueueView(Struct, frozen=True, kw_only=True):
    """The queue of an item, ranked by the `variant` that stands for it; `stale`: a change is not yet re-decided."""

    sku: str
    open_units: int
    stale: bool
    rule: str
    rows: tuple[QueueRow, ...]
    variant: str = "default"
    version: int = 0


def explain_line(line_id: int, *, audience: Audience = "staff") -> LineExplained:
    """Why the line's dates are what they are and who stands before it; refused if there is no such line."""
    found = rows("SELECT item_id FROM orders_line WHERE id = %s AND kit_units IS NULL", [line_id])
    if not found:
        raise unknown("line", line_id)
    told = _explain(found[0][0], [line_id], audience)[0]
    return _traced(told, found[0][0]) if audience == "staff" else told


def explain_order(order_id: int, *, audience: Audience = "staff") -> tuple[LineExplained, ...]:
    """The same for every line of an order that has units, by position."""
    sql = "SELECT item_id, id FROM orders_line WHERE order_id = %s AND kit_units IS NULL ORDER BY position"
    found = rows(sql, [order_id])
    if not found:
        raise unknown("order", order_id)
    lines = {
        one.line: one
        for item in {item for item, _ in found}
        for one in _explain(item, [line for of, line in found if of == item], audience)
    }
    return tuple(lines[line] for _, line in found)


def queue(sku: str) -> QueueView:
    """Who waits for an item, in the order in which units are given."""
    item = catalog.current().item(sku)
    seen = look([item.id])
    waiters = {(waiter.is_hold, waiter.id): waiter for waiter in load_waiters([item.id], seen.catalog)}
    ranking = ranked(item.id, seen, among=waiters)
    named = f"variant {ranking.variant!r}, version {ranking.version}: segment, then the segment's rank"
    return QueueView(
        sku=sku,
        open_units=seen.open_units.get(item.id, 0),
        stale=item.id in seen.stale,
        rule=named if ranking.version else RULE,
        rows=tuple(_queue_row(n, place, waiters[place.key], seen) for n, place in enumerate(ranking.places)),
        variant=ranking.variant,
        version=ranking.version,
    )


def _queue_row(n: int, place: Place, waiter: Waiter, seen: Locked) -> QueueRow:
    return QueueRow(
        place=n + 1,
        line=None if waiter.is_hold else waiter.id,
        hold=waiter.id if waiter.is_hold else None,
        order=waiter.order,
        open=waiter.open,
        allocated=waiter.allocated,
        unsupplied=waiter.unsupplied,
        priority=waiter.priority,
        first_promised_on=waiter.first_promised_on,
        requested_on=waiter.requested_on,
        promised_on=waiter.promised_on,
        ordered_at=waiter.ordered_at,
        is_late=_is_late(waiter, seen),
        because=place.because,
        pegs=tuple((one.source[1], one.units) for one in waiter.backing if one.source[0] == "supply"),
        segment=place.segment,
        strategy=place.strategy,
    )


def _explain(item: int, lines: Sequence[int], audience: Audience) -> list[LineExplained]:
    seen = look([item])
    waiters = load_waiters([item], seen.catalog, holders_too=True)
    sources = with_held(load_sources([item], seen)[item], waiters, seen.now)
    known = {waiter.id: waiter for waiter in waiters if not waiter.is_hold}
    ranked = sorted((w for w in waiters if w.open), key=lambda waiter: waiter.rank)
    sku = catalog.current(version=seen.catalog.version).items([item])[item].sku
    return [
        _explain_waiter(known[line], waiters, ranked, sources, seen, sku, audience)
        if line in known
        else _nothing_owed(line, sku, len(ranked))
        for line in lines
    ]


def _explain_waiter(
    waiter: Waiter,
    waiters: Sequence[Waiter],
    ranked: Sequence[Waiter],
    sources: dict[SourceKey, Source],
    seen: Locked,
    sku: str,
    audience: Audience,
) -> LineExplained:
    share = {one.source: one.units for one in waiter.backing if not one.hard}
    slices = dated(waiter, share, sources, seen.now)
    before = ahead_of(waiter.demand(), [other.demand() for other in waiters], sources.values())
    by_id = {other.id: other for other in waiters}
    place = ranked.index(waiter) + 1 if waiter in ranked else None
    parts = tuple(_part(piece, waiter, sources, seen, audience) for piece in slices)
    return LineExplained(
        line=waiter.id,
        sku=sku,
        open=waiter.open,
        allocated=waiter.allocated,
        unsupplied=waiter.unsupplied,
        first_promised_on=waiter.first_promised_on,
        promised_on=waiter.promised_on,
        is_late=_is_late(waiter, seen),
        place=place,
        waiting=len(ranked),
        rule=RULE,
        parts=parts,
        ahead=tuple(_ahead(one, by_id[one.demand], sources, audience) for one in before),
        says=_sentences(waiter, parts, place, len(ranked), _is_late(waiter, seen)),
    )


def _part(
    piece: Slice, waiter: Waiter, sources: dict[SourceKey, Source], seen: Locked, audience: Audience
) -> PartExplained:
    source = sources[piece.source] if piece.source else None
    route = waiter.routes.get(piece.location) or next(iter(waiter.routes.values()))
    way = steps(
        piece, route, policy=waiter.policy, now=seen.now, source=source, wanted_on=waiter.wanted_on,
        counted_from=route.today(waiter.ordered_at),
    )  # fmt: skip
    known_as = source.known_as if source and audience == "staff" else "The next delivery"
    return PartExplained(
        units=piece.units,
        deliver_on=piece.deliver_on,
        backing=piece.source[0] if piece.source else "nothing",
        certain=piece.certain,
        steps=tuple(_step(step, known_as) for step in way),
    )


def _step(step: Step, known_as: str) -> StepView:
    says = STEPS[step.what].format(on=step.on.isoformat(), days=step.days, known_as=known_as or "The next delivery")
    return StepView(step.what, step.on, step.days, says)


def _ahead(one: Ahead, other: Waiter, sources: dict[SourceKey, Source], audience: Audience) -> AheadView:
    why = REASONS[one.because]
    if audience == "customer":
        return AheadView(because=one.because, says=f"Another order stands before yours by {why}.")
    source = sources[one.source].known_as if one.source else None
    who = f"hold {other.id}" if other.is_hold else f"line {other.id} of order {other.order}"
    has = (
        f"has {one.units} units of {source}, ready on {one.ready_on}," if one.source else f"waits for {one.units} units"
    )
    return AheadView(
        because=one.because,
        says=f"The {who} {has} by {why}.",
        line=None if other.is_hold else other.id,
        hold=other.id if other.is_hold else None,
        order=other.order,
        units=one.units,
        ready_on=one.ready_on,
        source=source,
    )


def _sentences(waiter: Waiter, parts: Iterable[PartExplained], place: int | None, waiting: int, is_late: bool) -> str:
    said = [f"{part.units} by {part.deliver_on}" + ("" if part.certain else ", not certain") for part in parts]
    told = ["; ".join(said) + "." if said else "No date can be given yet."]
    if is_late:
        told.append(f"It is late: it was promised for {waiter.promised_on}.")
    elif waiter.promised_on != waiter.first_promised_on:
        told.append(f"First promised for {waiter.first_promised_on}, now for {waiter.promised_on}.")
    if place is not None:
        told.append(f"It is number {place} of {waiting} who wait.")
    return " ".join(told)


def _is_late(waiter: Waiter, seen: Locked) -> bool:
    return waiter.promised_on is not None and waiter.promised_on < seen.now.date()


def _traced(told: LineExplained, item: int) -> LineExplained:
    """The same with what only staff may know: the variant, who took units under it, what would better the day."""
    found = trace(item, told.line, look([item]))
    if found is None:
        return told
    rule = told.rule if not found.version else f"variant {found.variant}, version {found.version}"
    return replace(
        told,
        rule=rule,
        variant=found.variant,
        version=found.version,
        segment=found.segment,
        strategy=found.strategy,
        ahead=told.ahead if not found.version else tuple(_taker(one) for one in found.taken),
        sooner=tuple(
            SoonerView(
                supply=one.supply, known_as=one.known_as, days=one.days, ready_on=one.ready_on, says=_if_sooner(one)
            )
            for one in found.sooner
        ),
    )


def _taker(one: Taken) -> AheadView:
    who = f"hold {one.id}" if one.is_hold else f"line {one.id} of order {one.order}"
    why = REASONS.get(one.because, f"its {one.because}")
    return AheadView(
        because=one.because,
        says=f"The {who} in segment {one.segment} has {one.units} units, ready on {one.ready_on}, by {why}.",
        line=None if one.is_hold else one.id,
        hold=one.id if one.is_hold else None,
        order=one.order,
        units=one.units,
        ready_on=one.ready_on,
    )


def _if_sooner(one: Sooner) -> str:
    then = f"its last unit would be ready on {one.ready_on}" if one.ready_on else "more of it would be covered"
    return f"If {one.known_as} came {one.days} days earlier, {then}."


def _nothing_owed(line: int, sku: str, waiting: int) -> LineExplained:
    return LineExplained(
        line=line, sku=sku, open=0, allocated=0, unsupplied=0, first_promised_on=None, promised_on=None, is_late=False,
        place=None, waiting=waiting, rule=RULE, parts=(), ahead=(), says="Nothing of this line is owed any more.",
    )  # fmt: skip
