"""The values the engine reasons about: whole units, plain dates, small integers as ids.

Rooms turn rows into these values and decisions back into rows; the engine sees nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any, Literal

from .calendars import Route

Kind = Literal["stock", "supply"]
SourceKey = tuple[Kind, int]
"""Where units come from: ("stock", level id) or ("supply", supply id)."""


class Sell(StrEnum):
    """How an item may be promised beyond what is on the shelf."""

    STOCK_ONLY = "stock_only"
    BACKORDER = "backorder"
    PREORDER = "preorder"
    MADE_TO_ORDER = "made_to_order"


class Sourcing(StrEnum):
    """In which order the locations of a channel are asked."""

    FEWEST_SPLITS = "fewest_splits"
    ORDERED = "ordered"
    MOST_AVAILABLE = "most_available"


class OnShort(StrEnum):
    """What the customer wants done with units that are not on the shelf."""

    WAIT = "wait"  # They wait; a short stock-only line refuses the order whole.
    SHIP_REST = "ship_rest"  # They wait where they may; what may not wait is cancelled, the rest goes on.
    CANCEL_REST = "cancel_rest"  # They are cancelled; the rest goes on.


@dataclass(frozen=True, slots=True)
class Shape:
    """How the units of a line leave: no less than `least` at a time, in whole multiples of `multiple` or as the rest,
    in at most `most` shipments (0: any number). What comes too early for a shipment waits for a later one."""

    least: int = 1
    multiple: int = 1
    most: int = 0

    @property
    def binds(self) -> bool:
        """Is there any rule at all?"""
        return self.least > 1 or self.multiple > 1 or self.most > 0

    def part(self, units: int, missing: int, *, is_last: bool = False, no_more: bool = False) -> int:
        """How many of the `units` there are may leave now, while `missing` (those among them) are still to leave.

        The last shipment allowed waits for all of them, unless there will be no more.
        """
        if units == missing:
            return units
        if is_last and not no_more:
            return 0
        if not is_last:
            units = min(units, max(missing - self.least, 0))  # The rest must be large enough for its own shipment.
        units -= units % self.multiple
        return units if units >= self.least else 0


@dataclass(frozen=True, slots=True)
class Policy:
    """How one item is promised on one channel; `backorder_limit` None is unlimited, never 0."""

    sell: Sell
    backorder_limit: int | None = None  # Most units that may be open (waiting) at once, all lines together.
    street_on: date | None = None  # First day it may ship.
    lead_time_days: int | None = None  # Calendar days from order to arrival when no supply is in sight.
    max_per_customer: int | None = None
    min_ship_units: int = 1
    ship_multiple: int = 1  # Sent in whole multiples of so many units; the last ones as they are.
    safety_units: Mapping[int, int] = field(default_factory=dict)  # By location: stock never offered.
    backorder_locations: tuple[int, ...] = ()  # Where unsupplied units may be owed, in sourcing order.


@dataclass(frozen=True, slots=True)
class Source:
    """Units at one location from one day on: the shelf, or one dated inbound supply.

    `free` units have no owner. `left` are all that count for the queue: free stock on the shelf, and
    for inbound everything still to come, pegged or not. `ready_on` is the shelf's today or the ETA
    (overdue supply already moved to the day it now counts from, and then not `certain`).
    """

    key: SourceKey
    location: int
    free: int
    left: int
    ready_on: date
    certain: bool = True
    known_as: str = ""  # What people call it: a location code or a purchase order's reference.

    @property
    def on_shelf(self) -> bool:
        return self.key[0] == "stock"


@dataclass(frozen=True, slots=True)
class Book:
    """All that is known of one item under its lock, before a decision.

    `open_units` is what lines and holds wait for; when `stale` (a change is not yet re-decided) that
    many units, stock first and then supply by date, are owed to the queue and not offered.
    """

    item: int
    sources: tuple[Source, ...]
    open_units: int = 0
    stale: bool = False


@dataclass(frozen=True, slots=True)
class Ask:
    """Units of one item that somebody wants promised now.

    `routes` are the ways from each sourcing location to the customer, in the channel's order.
    `wanted_on` is the delivery day asked for (None: as soon as possible).
    """

    id: int
    item: int
    units: int
    policy: Policy
    routes: tuple[Route, ...]
    sourcing: Sourcing = Sourcing.FEWEST_SPLITS
    wanted_on: date | None = None
    on_short: OnShort = OnShort.WAIT
    taken_by_customer: int = 0  # Units the customer has on other live lines, for max_per_customer.
    most_from_shelf: int | None = None  # So many units at most may come from the shelf: parts of whole kits.
    buyer: int | str | None = None  # Asks of one buyer share max_per_customer in a batch; None: those of one call do.
    shape: Shape = Shape()


@dataclass(frozen=True, slots=True)
class Slice:
    """Part of a decision: units from one source (None: no supply in sight), with their days.

    `reason` is one of: on_shelf, inbound, inbound_late (overdue supply), lead_time, made_to_order,
    street_date (the street date moved the day).
    """

    units: int
    source: SourceKey | None
    location: int
    ship_on: date
    deliver_from_on: date
    deliver_on: date
    reason: str
    certain: bool = True


@dataclass(frozen=True, slots=True)
class Part:
    """What the customer is told: units that come on one day. `reason` is that of the slice hardest to keep."""

    units: int
    ship_on: date
    deliver_from_on: date
    deliver_on: date
    reason: str
    certain: bool = True


@dataclass(frozen=True, slots=True)
class Short:
    """Units that cannot be promised, and why: `refusal` is the name of a refusal, `limit` its number."""

    units: int
    refusal: str
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """The decision for one ask: slices by date, and what could not be promised.

    slices' units + short.units == ask.units. The caller refuses the order, or cancels the short
    units, as the customer's `on_short` says.
    """

    ask: Ask
    slices: tuple[Slice, ...]
    short: Short | None = None

    @property
    def stock_units(self) -> int:
        return sum(s.units for s in self.slices if s.source is not None and s.source[0] == "stock")

    @property
    def promised_units(self) -> int:
        return sum(s.units for s in self.slices)


@dataclass(frozen=True, slots=True)
class Demand:
    """A line (or hold) that competes for supply in a re-decision.

    `units` are its open and its allocated-but-not-released units together; `held` says which sources
    they hang on today (soft only; released units and hard pegs are frozen and not part of this).
    `need_on` maps a location, in sourcing order, to the last ready day there that still makes the wanted
    day (None at all of them: as soon as possible). Locations absent from `need_on` may not serve it.
    Where the ways from several locations differ in length, give a demand without wish the days that would
    make today's delivery: all supply is late then, and by how much compares across locations.
    """

    id: int
    units: int
    rank: tuple[Any, ...]
    need_on: Mapping[int, date | None]
    held: tuple[tuple[SourceKey, int], ...] = ()
    complete: bool = False  # All its units or none at one time.
    is_hold: bool = False


@dataclass(frozen=True, slots=True)
class Peg:
    """`units` of `source` go to `demand`."""

    demand: int
    source: SourceKey
    units: int


@dataclass(frozen=True, slots=True)
class Plan:
    """Who gets what of one item, sorted; demands of the input that are absent from `pegs` get nothing.

    `open_units` of each demand = its units - its stock pegs; `unsupplied` maps demand to units that
    no source covers.
    """

    pegs: tuple[Peg, ...]
    unsupplied: Mapping[int, int]

    def conserves(self, demands: Sequence[Demand], sources: Sequence[Source]) -> bool:
        """Is every unit of every demand pegged once or unsupplied, and none pegged that is not there?"""
        there = {source.key: source.free for source in sources}
        wanted = {demand.id: demand.units - self.unsupplied.get(demand.id, 0) for demand in demands}
        for demand in demands:
            for key, units in demand.held:
                there[key] += units
        for peg in self.pegs:
            there[peg.source] -= peg.units
            wanted[peg.demand] -= peg.units
        return (
            min(there.values(), default=0) >= 0 and not any(wanted.values()) and all(peg.units > 0 for peg in self.pegs)
        )


@dataclass(frozen=True, slots=True)
class Claim:
    """Units of one supply or level that somebody has: a peg or an allocation, when a receipt or a loss is dealt out."""

    id: int
    units: int
    rank: tuple[Any, ...]
    hard: bool = False
    released: bool = False
