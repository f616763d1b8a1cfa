"""How much of an item a group may have at most, and must be left at least: quotas, protections, caps by customer.

They bound what is newly taken; what a floor keeps is kept, and counts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .columns import Bools, Lines, RunInput
from .seats import selects
from .strategies import Basis, Quota, Variant

NO_LIMIT = 1 << 62


@dataclass(frozen=True, slots=True)
class Groups:
    """Which lines each quota and each protection of a variant is about, in the order of the variant.

    `used` are the units by item that each quota has given already.
    """

    variant: Variant
    today: int
    quotas: tuple[Bools, ...]
    used: tuple[Mapping[int, int], ...]
    protections: tuple[Bools, ...]
    customers: Sequence[int] | None

    @property
    def exist(self) -> bool:
        return bool(self.quotas or self.protections or self.customers is not None)


def groups(run: RunInput, variant: Variant) -> Groups:
    """Find the members of every group. Raises UnknownAttribute."""
    customers = run.lines.customer
    return Groups(
        variant,
        run.today,
        tuple(selects(quota.filter, run.lines) for quota in variant.quotas),
        tuple(_used(quota, run.gone) for quota in variant.quotas),
        tuple(selects(protection.filter, run.lines) for protection in variant.protections),
        customers.tolist() if variant.customer_cap is not None and customers is not None else None,
    )


def _used(quota: Quota, gone: Lines | None) -> Mapping[int, int]:
    if gone is None:
        return quota.used
    assert gone.dated_on is not None, "who is gone left on a day"
    counts = selects(quota.filter, gone)
    if quota.from_on is not None:
        counts &= gone.dated_on >= quota.from_on
    if quota.until_on is not None:
        counts &= gone.dated_on <= quota.until_on
    used: dict[int, int] = defaultdict(int, quota.used)
    for item, units in zip(gone.item[counts].tolist(), gone.units[counts].tolist(), strict=True):
        used[item] += units
    return used


class Limits:
    """The quotas, protections and caps of one item while its units are handed out; sources are meant by their index.

    `ready_on` are the sources' days. Lines are meant by their index in the run.
    """

    __slots__ = ("_caps", "_customers", "_groups", "_protections", "_quotas")

    def __init__(self, known: Groups, item: int, ready_on: Sequence[int]) -> None:
        variant = known.variant
        self._groups = known
        self._customers = known.customers
        self._caps: dict[int, int] = defaultdict(lambda: variant.customer_cap or 0)
        self._quotas = [
            _Bound(members, quota.units - used.get(item, 0), _within(ready_on, quota.from_on, quota.until_on))
            for quota, members, used in zip(variant.quotas, known.quotas, known.used, strict=True)
            if quota.item in (None, item)
        ]
        self._protections = [
            (
                _Bound(members, guard.units, _within(ready_on, guard.from_on, guard.until_on)),
                guard.basis is Basis.PRIORITISED,
            )
            for guard, members in zip(variant.protections, known.protections, strict=True)
            if guard.item in (None, item) and (guard.expires_on is None or known.today < guard.expires_on)
        ]

    def take(self, line: int, source: int, units: int) -> None:
        """`line` got `units` of `source` (negative: gave them back)."""
        if self._customers is not None and self._customers[line] >= 0:
            self._caps[self._customers[line]] -= units
        for quota in self._quotas:
            quota.take(line, source, units)
        for guard, _ in self._protections:
            guard.take(line, source, units)

    def allowed(self, line: int, source: int, left: Sequence[int]) -> int:
        """The most units of `source` that `line` may take more, while `left` units of each source are left."""
        most = NO_LIMIT
        if self._customers is not None and self._customers[line] >= 0:
            most = min(most, self._caps[self._customers[line]])
        for quota in self._quotas:
            if quota.members[line] and source in quota.sources:
                most = min(most, quota.units)
        return max(min(most, self._unprotected(line, source, left)), 0)

    def _unprotected(self, line: int, source: int, left: Sequence[int]) -> int:
        most, owed, there = NO_LIMIT, 0, set[int]()
        is_before = False  # Belongs to a group that comes before the protection at hand.
        for guard, is_prioritised in self._protections:
            if guard.members[line]:
                is_before = True
            elif source in guard.sources and not (is_prioritised and is_before):
                owed += max(guard.units, 0)
                there |= guard.sources
                most = min(most, sum(left[each] for each in guard.sources) - max(guard.units, 0))
        return min(most, sum(left[each] for each in there) - owed) if there else most


class _Bound:
    __slots__ = ("members", "sources", "units")

    def __init__(self, members: Bools, units: int, sources: frozenset[int]) -> None:
        self.members, self.units, self.sources = members, units, sources

    def take(self, line: int, source: int, units: int) -> None:
        if self.members[line] and source in self.sources:
            self.units -= units


def _within(ready_on: Sequence[int], from_on: int | None, until_on: int | None) -> frozenset[int]:
    return frozenset(
        index
        for index, on in enumerate(ready_on)
        if (from_on is None or on >= from_on) and (until_on is None or on <= until_on)
    )
