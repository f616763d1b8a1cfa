"""Who gets what of one item when something changed, under the standing default GAIN.

Only units nobody owns are handed out, in rank order, and nobody is confirmed fewer units by any day
than before. Also which claims a receipt fills, and from whom a loss is taken.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .model import Claim, Demand, Peg, Plan, Source, SourceKey

NEVER = 1 << 62  # Later than any day: units that nothing covers.


def allocate(demands: Sequence[Demand], sources: Sequence[Source]) -> Plan:
    """Decide one item anew: each demand keeps at least its curve, free units go to the first in rank who gains.

    `Source.free` are the unowned units, `Demand.held` the owned ones. The result is sorted, independent
    of the order of the input, and deciding it again changes nothing.
    """
    hands = _Hands(demands, sources)
    hands.settle()
    while hands.let_go() or hands.exchange():
        hands.settle()
    plan = hands.plan()
    assert plan.conserves(demands, sources)
    return plan


def receive(claims: Iterable[Claim], units: int) -> tuple[tuple[int, int], ...]:
    """Which pegs of a supply become allocations when `units` of it arrive: (claim id, units), hard first, then rank.

    What the result leaves over is surplus that nobody owns.
    """
    assert units >= 0
    return _deal(sorted(claims, key=lambda claim: (not claim.hard, claim.rank, claim.id)), units)


def take_back(claims: Iterable[Claim], units: int) -> tuple[tuple[int, int], ...]:
    """Who gives up `units` that were lost: (claim id, units), from the lowest rank upwards, released units last.

    Hard claims give way after soft ones. The result covers fewer units only when the claims do.
    """
    assert units >= 0
    upwards = sorted(claims, key=lambda claim: (claim.rank, claim.id), reverse=True)
    return _deal(sorted(upwards, key=lambda claim: (claim.released, claim.hard)), units)


def lateness(demand: Demand, source: Source) -> int | None:
    """How late `source` is for `demand`, less is better: 0 is on time, None may not serve it.

    Without a wanted day it is the day itself; of one day the shelf comes before what still arrives.
    """
    if source.location not in demand.need_on:
        return None
    need_on = demand.need_on[source.location]
    if need_on is None:
        return _moment(source)
    days = (source.ready_on - need_on).days
    return 2 * days + (not source.on_shelf) if days > 0 else 0


def _deal(claims: Iterable[Claim], units: int) -> tuple[tuple[int, int], ...]:
    dealt = []
    for claim in claims:
        if take := min(units, claim.units):
            dealt.append((claim.id, take))
            units -= take
    return tuple(dealt)


@dataclass(frozen=True, slots=True)
class _View:
    """The sources as demands with one `need_on` see them; sources are meant by their index.

    `late` is how late each source is (None: may not serve), 0 on time. `best` begins with the source
    to take first: the earliest, or for a wanted day the latest on time. `last` begins with the latest.
    """

    late: tuple[int | None, ...]
    best: tuple[int, ...]
    last: tuple[int, ...]


def _view(demand: Demand, sources: Sequence[Source]) -> _View:
    needs = demand.need_on
    assert len({need is None for need in needs.values()}) <= 1, "either all locations have a wanted day or none"
    nearness = {location: index for index, location in enumerate(needs)}
    late = [lateness(demand, source) for source in sources]

    def tie(index: int) -> tuple[bool, int, SourceKey]:
        source = sources[index]
        return (not source.certain, nearness[source.location], source.key)

    able = [index for index in range(len(sources)) if late[index] is not None]
    best = sorted(able, key=lambda i: (late[i], -_moment(sources[i]), tie(i)))
    last = sorted(able, key=lambda i: (-(late[i] or 0), -_moment(sources[i]), tie(i)))
    return _View(tuple(late), tuple(best), tuple(last))


def _moment(source: Source) -> int:
    """When its units can be used, as a number; of one day the shelf comes before what still arrives."""
    return 2 * source.ready_on.toordinal() + (not source.on_shelf)


class _Claimant:
    """A demand while units are handed out: what it holds by source index, what it lacks, how late its last unit is."""

    __slots__ = ("demand", "held", "kept", "missing", "place", "view", "worst")

    def __init__(self, demand: Demand, view: _View, place: int) -> None:
        self.demand, self.view, self.place = demand, view, place
        self.held: dict[int, int] = {}
        self.kept: dict[int, int] = {}  # From where it would no longer be served: not ours to take, nor to move.
        self.missing = demand.units
        self.worst = NEVER if self.missing else 0  # All may be covered by hard pegs, which stay out of this.

    def gains_from(self, source: int) -> bool:
        late = self.view.late[source]
        return late is not None and late < self.worst

    def keep(self, source: int, units: int) -> None:
        """Leave it what it holds where the demand may not be served from any more."""
        self.kept[source] = self.kept.get(source, 0) + units
        self.missing -= units
        assert self.missing >= 0
        self._look()

    def add(self, source: int, units: int) -> None:
        self.held[source] = self.held.get(source, 0) + units
        self.missing -= units
        assert self.missing >= 0
        self._look()

    def remove(self, source: int, units: int) -> None:
        self.held[source] -= units
        assert self.held[source] >= 0
        if not self.held[source]:
            del self.held[source]
        self.missing += units
        self._look()

    def latest(self) -> int:
        """The held source it would give back first."""
        return max(self.held, key=lambda source: (self.view.late[source], source))

    def _look(self) -> None:
        late = self.view.late
        self.worst = NEVER if self.missing else max((late[source] or 0 for source in self.held), default=0)


class _Hands:
    """Units of one item on their way from hand to hand; none is lost or doubled.

    A demand only ever improves, so who gains first from a source is found by pointers that only move on.
    """

    def __init__(self, demands: Sequence[Demand], sources: Sequence[Source]) -> None:
        self.sources = sorted(sources, key=lambda source: (_moment(source), source.key))
        self.moments = [_moment(source) for source in self.sources]
        self.free = [source.free for source in self.sources]
        self.ranked = self._seat(demands)
        self.completes = [claimant for claimant in self.ranked if claimant.demand.complete]
        self._first = [0] * len(self.sources)  # By source: nobody before this place gains from it.
        self._first_complete = [0] * len(self.sources)  # The same among those who must ship complete.
        self._next_complete = 0  # Those before this one were asked since units came free that they could use.

    def _seat(self, demands: Sequence[Demand]) -> list[_Claimant]:
        index = {source.key: place for place, source in enumerate(self.sources)}
        assert len(index) == len(self.sources), "each source once"
        views: dict[tuple[object, ...], _View] = {}
        ranked = []
        for place, demand in enumerate(sorted(demands, key=lambda demand: (demand.rank, demand.id))):
            need = tuple(demand.need_on.items())
            view = views.get(need)
            if view is None:
                view = views[need] = _view(demand, self.sources)
            claimant = _Claimant(demand, view, place)
            for key, units in demand.held:
                if view.late[index[key]] is None:
                    claimant.keep(index[key], units)
                else:
                    claimant.add(index[key], units)
            ranked.append(claimant)
        return ranked

    def settle(self) -> None:
        """Hand out free units, always to the first in rank who gains, until nobody gains."""
        while True:
            place = self._first_to_gain()
            if self._complete_before(place):
                continue
            if place == len(self.ranked):
                return
            self._serve(self.ranked[place])

    def let_go(self) -> bool:
        """Take from the shelf what waits there for units that are nowhere in sight."""
        gave = False
        for claimant in self.completes:
            shelves = [source for source in claimant.held if self.sources[source].on_shelf] if claimant.missing else []
            for source in shelves:
                self._give_back(claimant, source, claimant.held[source])
                gave = True
        return gave

    def exchange(self) -> bool:
        """Swap units that wait on for their set against later ones which still make its day, if somebody gains."""
        holders = self._holders()
        passed: dict[tuple[int, int], int] = {}
        swapped = False
        for claimant in self.completes:
            if claimant.missing:
                continue
            for early in sorted(claimant.held):
                for later in self._as_good(claimant, early):
                    if early not in claimant.held:
                        break
                    swapped |= self._swap_with_pool(claimant, early, later)
                    swapped |= self._swap_with_holders(claimant, early, later, holders[later], passed)
        return swapped

    def plan(self) -> Plan:
        pegs = [
            Peg(claimant.demand.id, self.sources[source].key, units)
            for claimant in self.ranked
            for source, units in (*claimant.held.items(), *claimant.kept.items())
        ]
        unsupplied = {claimant.demand.id: claimant.missing for claimant in self.ranked if claimant.missing}
        return Plan(
            pegs=tuple(sorted(pegs, key=lambda peg: (peg.demand, peg.source))),
            unsupplied=dict(sorted(unsupplied.items())),
        )

    def _first_to_gain(self) -> int:
        """The place of the first in rank who gains from any free unit; one past the end if nobody does."""
        first = len(self.ranked)
        for source, free in enumerate(self.free):
            if free:
                first = min(first, self._first_to_gain_from(source))
        return first

    def _first_to_gain_from(self, source: int) -> int:
        place = self._first[source]
        while place < len(self.ranked):
            claimant = self.ranked[place]
            if not claimant.demand.complete and claimant.gains_from(source):
                break
            place += 1
        self._first[source] = place
        return place

    def _complete_before(self, place: int) -> bool:
        """Let the complete demands that stand before `place` take a better day, if one of them can."""
        while self._next_complete < len(self.completes):
            claimant = self.completes[self._next_complete]
            if claimant.place > place:
                return False
            self._next_complete += 1
            if self._complete_earlier(claimant):
                return True
        return False

    def _complete_earlier(self, claimant: _Claimant) -> bool:
        """Move a complete demand to the earliest day on which all its units can be there, if that is a gain."""
        view, wanted = claimant.view, claimant.demand.units - sum(claimant.kept.values())
        for source in reversed(view.last):
            wanted -= self.free[source] + claimant.held.get(source, 0)
            if wanted <= 0:
                day = view.late[source]
                assert day is not None
                if day >= claimant.worst:
                    return False
                self._gather(claimant, day)
                return True
        return False

    def _gather(self, claimant: _Claimant, day: int) -> None:
        """Cover all units by `day`, the latest sources first: what is there earlier stays for others."""
        before = dict(claimant.held)
        for source, units in before.items():
            claimant.remove(source, units)
            self.free[source] += units
        for source in claimant.view.last:
            if (claimant.view.late[source] or 0) <= day and (take := min(claimant.missing, self.free[source])):
                self._take(claimant, source, take)
        assert not claimant.missing
        for source, units in before.items():
            if claimant.held.get(source, 0) < units:
                self._ask_completes_again(source)

    def _serve(self, claimant: _Claimant) -> None:
        """Give the best free units, until it gives others back: those are for the first in rank again."""
        for source in claimant.view.best:
            while self.free[source] and claimant.gains_from(source):
                if not claimant.missing:
                    latest = claimant.latest()
                    units = min(self.free[source], claimant.held[latest])
                    self._give_back(claimant, latest, units)
                    self._take(claimant, source, units)
                    return
                self._take(claimant, source, min(self.free[source], claimant.missing))

    def _take(self, claimant: _Claimant, source: int, units: int) -> None:
        self.free[source] -= units
        assert self.free[source] >= 0
        claimant.add(source, units)

    def _give_back(self, claimant: _Claimant, source: int, units: int) -> None:
        claimant.remove(source, units)
        self.free[source] += units
        self._ask_completes_again(source)

    def _ask_completes_again(self, source: int) -> None:
        """Units of `source` came free: the complete demands that could use them are asked anew."""
        first = self._first_complete[source]
        while first < len(self.completes) and not self.completes[first].gains_from(source):
            first += 1
        self._first_complete[source] = first
        self._next_complete = min(self._next_complete, first)

    def _holders(self) -> list[list[_Claimant]]:
        holders: list[list[_Claimant]] = [[] for _ in self.sources]
        for claimant in self.ranked:
            if not claimant.demand.complete:
                for source in claimant.held:
                    holders[source].append(claimant)
        return holders

    def _as_good(self, claimant: _Claimant, early: int) -> list[int]:
        """Sources later than `early` that still make the day of a complete demand, the latest first."""
        late = claimant.view.late
        return [
            source
            for source in claimant.view.last
            if self.moments[source] > self.moments[early] and (late[source] or 0) <= claimant.worst
        ]

    def _swap_with_pool(self, claimant: _Claimant, early: int, later: int) -> bool:
        """Swap against free units, for those who lack units; for one who gives others back, settle anew after it."""
        swapped = False
        while early in claimant.held and self.free[later]:
            place = self._first_to_gain_from(early)
            if place == len(self.ranked):
                break
            other = self.ranked[place]
            latest = None if other.missing else other.latest()
            wants = other.missing if latest is None else other.held[latest]
            units = min(claimant.held[early], self.free[later], wants)
            self._give_back(claimant, early, units)
            self._take(claimant, later, units)
            if latest is not None:
                self._give_back(other, latest, units)
            self._take(other, early, units)
            swapped = True
            if latest is not None:
                break
        return swapped

    def _swap_with_holders(
        self,
        claimant: _Claimant,
        early: int,
        later: int,
        holders: Sequence[_Claimant],
        passed: dict[tuple[int, int], int],
    ) -> bool:
        """Swap against those who hold `later` and gain from `early`, the first in rank first."""
        swapped = False
        at = passed.get((early, later), 0)
        while at < len(holders) and early in claimant.held:
            other = holders[at]
            if later in other.held and _prefers(other, early, later):
                units = min(claimant.held[early], other.held[later])
                for one, gives, takes in ((claimant, early, later), (other, later, early)):
                    one.remove(gives, units)
                    one.add(takes, units)
                swapped = True
            else:
                at += 1
        passed[early, later] = at
        return swapped


def _prefers(claimant: _Claimant, source: int, to: int) -> bool:
    late, than = claimant.view.late[source], claimant.view.late[to]
    return late is not None and than is not None and late < than
