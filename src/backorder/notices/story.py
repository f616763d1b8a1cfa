"""An order as its customer sees it: of each line what left, what leaves now, and what comes later and when.

Units that are allocated leave now; the others wait. A day that has passed is no date: it is told as late.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from backorder.orders.reading import LineView, OrderView, PartView


@dataclass(frozen=True, slots=True)
class Batch:
    """Units that come together; without days when nobody can say when."""

    units: int
    from_on: date | None = None
    to_on: date | None = None
    ship_on: date | None = None
    is_certain: bool = True


@dataclass(frozen=True, slots=True)
class LineStory:
    """One line: `wanted` units in all (ordered less cancelled and substituted), of which `shipped` have left."""

    id: int
    sku: str
    name: str
    wanted: int
    shipped: int
    now: tuple[Batch, ...]
    later: tuple[Batch, ...]
    days_late: int = 0

    @property
    def now_units(self) -> int:
        return sum(batch.units for batch in self.now)

    @property
    def later_units(self) -> int:
        return sum(batch.units for batch in self.later)

    @property
    def owed(self) -> int:
        return self.now_units + self.later_units

    @property
    def last_on(self) -> date | None:
        """The day by which all of it is there; None when part of it cannot be dated."""
        days = [batch.to_on for batch in (*self.now, *self.later)]
        return max((on for on in days if on is not None), default=None) if None not in days else None

    @property
    def first_on(self) -> date | None:
        """The first day of the batch that comes last."""
        last = self.last_on
        return next((b.from_on for b in (*self.later, *self.now) if b.to_on == last), None) if last else None

    def as_told(self) -> dict[str, Any]:
        """What is remembered of what the customer was told."""
        return {
            "wanted": self.wanted,
            "shipped": self.shipped,
            "now": self.now_units,
            "later": self.later_units,
            "from": self.first_on.isoformat() if self.first_on else None,
            "last": self.last_on.isoformat() if self.last_on else None,
        }


def lines_of(order: OrderView, *, names: Mapping[str, str], today: date) -> tuple[LineStory, ...]:
    """The lines of an order that are or were to come, kits as wholes; `names` are the items' by SKU."""
    stories = {line.id: _story(line, names, today) for line in order.lines if line.kit_units is None}
    found = []
    for line in order.lines:
        if line.kit_units is not None:
            found.append(_kit(line, [part for part in order.lines if part.kit_line == line.id], stories, names))
        elif line.kit_line is None:
            found.append(stories[line.id])
    return tuple(line for line in found if line.wanted)


def parcels_to_come(lines: Sequence[LineStory]) -> int:
    """In how many more parcels the rest comes, as far as can be told."""
    days = {batch.ship_on for line in lines for batch in (*line.now, *line.later)}
    return len(days)


def _story(line: LineView, names: Mapping[str, str], today: date) -> LineStory:
    owed = line.open + line.allocated + line.released
    # A promise still names what has left since; that were its first units.
    parts = _without(line.parts, sum(part.units for part in line.parts) - owed)
    batches = [_batch(part, today) for part in parts]
    undated = owed - sum(batch.units for batch in batches)
    if undated > 0:
        batches.append(Batch(undated))
    now, later = _divide(batches, line.allocated + line.released)
    return LineStory(
        id=line.id,
        sku=line.sku,
        name=names.get(line.sku, line.sku),
        wanted=line.ordered - line.cancelled - line.substituted,
        shipped=line.shipped,
        now=now,
        later=later,
        days_late=line.days_late,
    )


def _batch(part: PartView, today: date) -> Batch:
    if part.deliver_on < today:
        return Batch(part.units)
    return Batch(part.units, max(part.deliver_from_on, today), part.deliver_on, part.ship_on, part.certain)


def _without(parts: Sequence[PartView], units: int) -> list[PartView]:
    left: list[PartView] = []
    for part in parts:
        gone = min(max(units, 0), part.units)
        units -= gone
        if part.units > gone:
            left.append(_with_units(part, part.units - gone))
    return left


def _with_units(part: PartView, units: int) -> PartView:
    return PartView(
        units=units, location=part.location, ship_on=part.ship_on, deliver_from_on=part.deliver_from_on,
        deliver_on=part.deliver_on, reason=part.reason, certain=part.certain, supply=part.supply,
    )  # fmt: skip


def _divide(batches: Sequence[Batch], now: int) -> tuple[tuple[Batch, ...], tuple[Batch, ...]]:
    """The first `now` units leave now, the others later; batches of the same days are told as one."""
    first: list[Batch] = []
    rest: list[Batch] = []
    for batch in batches:
        take = min(now, batch.units)
        now -= take
        if take:
            _add(first, replace(batch, units=take))
        if batch.units > take:
            _add(rest, replace(batch, units=batch.units - take))
    return tuple(first), tuple(rest)


def _add(batches: list[Batch], batch: Batch) -> None:
    if batches and replace(batches[-1], units=0) == replace(batch, units=0):
        batches[-1] = replace(batch, units=batches[-1].units + batch.units)
    else:
        batches.append(batch)


def _kit(
    kit: LineView, parts: Sequence[LineView], stories: Mapping[int, LineStory], names: Mapping[str, str]
) -> LineStory:
    """Whole kits: as many are here as all parts allow, and the last part gives the day."""
    told = [(stories[part.id], part.per_kit or 1) for part in parts]
    wanted = max((-(-one.wanted // per) for one, per in told), default=0)
    shipped = min((one.shipped // per for one, per in told), default=0)
    now = min(max(0, min(((one.now_units + one.shipped) // per for one, per in told), default=0) - shipped), wanted)
    later = wanted - shipped - now
    slowest = max((one for one, _ in told), key=lambda one: one.last_on or date.max, default=None)
    days = (slowest.later or slowest.now)[-1:] if slowest is not None else ()
    last = days[0] if days else Batch(0)
    return LineStory(
        id=kit.id,
        sku=kit.sku,
        name=names.get(kit.sku, kit.sku),
        wanted=wanted,
        shipped=shipped,
        now=(replace(_soonest(told, last), units=now),) if now else (),
        later=(replace(last, units=later),) if later else (),
        days_late=max((one.days_late for one, _ in told), default=0),
    )


def _soonest(told: Sequence[tuple[LineStory, int]], last: Batch) -> Batch:
    """Kits that leave now are there when the slowest of their parts that are here is."""
    here = [batch for one, _ in told for batch in one.now if batch.to_on is not None]
    return max(here, key=lambda batch: batch.to_on or date.min, default=last)
