"""Why a date is what it is, and who holds units that somebody waits for.

The answers are values with names of steps and rules; the doors turn them into words.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from .allocate import lateness
from .calendars import Route
from .model import Demand, Policy, Slice, Source, SourceKey
from .promise import lead_time_ends

RANK = ("priority", "first_promised_on", "ordered_at", "id")  # What the default rank compares, in this order.
CONFIRMED_BEFORE = "confirmed_before"  # It stands behind, but what is confirmed is not taken away (GAIN).


@dataclass(frozen=True, slots=True)
class Ahead:
    """`demand` has `units` of `source` that the asker could use earlier than its own, and `because` says why.

    Without source and day it still waits for such units itself, and would get them first. `because` is
    the first rank attribute on which it stands before the asker, or "confirmed_before".
    """

    demand: int
    source: SourceKey | None
    units: int
    ready_on: date | None
    because: str


@dataclass(frozen=True, slots=True)
class Step:
    """One step on the way to a date: `what` happened, on which day, and how many days it took.

    `what` is one of: ordered, supply_arrives, supply_is_overdue, lead_time_ends, put_away,
    next_working_day, processed, street_date, wanted_later, together, ships, arrives_from, arrives.
    """

    what: str
    on: date
    days: int = 0


def ahead_of(
    asker: Demand, demands: Iterable[Demand], sources: Iterable[Source], *, attributes: Sequence[str] = RANK
) -> tuple[Ahead, ...]:
    """Who stands between `asker` and earlier units: those who hold them, the earliest units first, then who waits.

    `demands` are those of the item with what they hold now; `attributes` names the parts of their rank.
    Without those who are named the asker would gain.
    """
    known = {source.key: source for source in sources}
    others = sorted((other for other in demands if other.id != asker.id), key=lambda other: (other.rank, other.id))
    holders = _holders(asker, others, known, attributes)
    wanted = [known[key] for key in dict.fromkeys(ahead.source for ahead in holders) if key is not None]
    named = {ahead.demand for ahead in holders}
    waiting = [
        Ahead(other.id, None, _late_units(other, known), None, _because(other, asker, attributes))
        for other in others
        if other.id not in named
        and (other.rank, other.id) < (asker.rank, asker.id)
        and any(_gains(other, source, known) for source in wanted)
    ]
    return (*holders, *waiting)


def steps(
    piece: Slice,
    route: Route,
    *,
    policy: Policy,
    now: datetime,
    source: Source | None = None,
    wanted_on: date | None = None,
    counted_from: date | None = None,
) -> tuple[Step, ...]:
    """The way to the days of `piece`, step by step; `source` is None for units that no supply covers.

    The parameters are those with which the piece was dated; where its day was moved for the sake of
    others that go with it, the step `together` says so.
    """
    way = _to_the_location(route, policy, route.today(now), source, counted_from)
    leaves_on = route.ship_on_from_stock(now)
    if source is None or not source.on_shelf:
        leaves_on = max(leaves_on, route.ship_on_from_supply(_ready_on(way)))
    starts_on = route.location_days.subtract(leaves_on, route.processing_days)
    if starts_on > way[-1].on:
        way.append(Step("next_working_day", starts_on))
    if route.processing_days:
        way.append(Step("processed", leaves_on, route.processing_days))
    way += _postponements(piece, route, policy.street_on, leaves_on, wanted_on)
    return (*way, *_to_the_customer(piece, route))


def _holders(
    asker: Demand, others: Iterable[Demand], known: Mapping[SourceKey, Source], attributes: Sequence[str]
) -> list[Ahead]:
    found = [
        (known[key].ready_on, Ahead(other.id, key, units, known[key].ready_on, _because(other, asker, attributes)))
        for other in others
        for key, units in other.held
        if _gains(asker, known[key], known)
    ]
    found.sort(key=lambda row: row[0])  # Stable: of one day in the order of rank.
    return [ahead for _, ahead in found]


def _gains(demand: Demand, source: Source, known: Mapping[SourceKey, Source]) -> bool:
    late, worst = lateness(demand, source), _worst(demand, known)
    return late is not None and (worst is None or late < worst)


def _worst(demand: Demand, known: Mapping[SourceKey, Source]) -> int | None:
    """How late the last of its units is; None if it lacks units."""
    if sum(units for _, units in demand.held) < demand.units:
        return None
    return max(lateness(demand, known[key]) or 0 for key, _ in demand.held)


def _late_units(demand: Demand, known: Mapping[SourceKey, Source]) -> int:
    """The units it would rather have earlier: those it lacks, else those of its last day."""
    lacks = demand.units - sum(units for _, units in demand.held)
    worst = _worst(demand, known)
    return lacks or sum(units for key, units in demand.held if lateness(demand, known[key]) == worst)


def _because(other: Demand, asker: Demand, attributes: Sequence[str]) -> str:
    for name, theirs, mine in zip(attributes, other.rank, asker.rank, strict=False):
        if theirs != mine:
            return name if theirs < mine else CONFIRMED_BEFORE
    return "id" if other.id < asker.id else CONFIRMED_BEFORE


def _to_the_location(
    route: Route, policy: Policy, today: date, source: Source | None, counted_from: date | None
) -> list[Step]:
    if source is not None and source.on_shelf:
        return [Step("ordered", today)]
    if source is not None:
        way = [Step("supply_arrives" if source.certain else "supply_is_overdue", source.ready_on)]
    else:
        way = [Step("ordered", counted_from or today), _lead_time(policy, today, counted_from or today)]
    if route.receiving_days:
        way.append(Step("put_away", way[-1].on + timedelta(days=route.receiving_days), route.receiving_days))
    return way


def _lead_time(policy: Policy, today: date, counted_from: date) -> Step:
    ends_on = lead_time_ends(policy, today=today, counted_from=counted_from)
    assert ends_on is not None, "a date without supply rests on a lead time or a street date"
    return Step("lead_time_ends", max(ends_on, today), policy.lead_time_days or 0)


def _ready_on(way: Sequence[Step]) -> date:
    return way[-2].on if way[-1].what == "put_away" else way[-1].on


def _postponements(
    piece: Slice, route: Route, street_on: date | None, leaves_on: date, wanted_on: date | None
) -> list[Step]:
    found = []
    if street_on is not None and (street := route.street_ship_on(street_on)) > leaves_on:
        found.append(Step("street_date", leaves_on := street))
    if wanted_on is not None and (wanted := route.ship_by(wanted_on)) > leaves_on:
        found.append(Step("wanted_later", leaves_on := wanted))
    if piece.ship_on > leaves_on:
        found.append(Step("together", piece.ship_on))
    return found


def _to_the_customer(piece: Slice, route: Route) -> list[Step]:
    way = [Step("ships", piece.ship_on)]
    if piece.deliver_from_on != piece.deliver_on:
        way.append(Step("arrives_from", piece.deliver_from_on, route.transit_min_days))
    return [*way, Step("arrives", piece.deliver_on, route.transit_max_days)]
